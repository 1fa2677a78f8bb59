#include "tests/unit/exec_fakes.h"
#include "tests/unit/esp_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct exec_fakes fakes;

struct ike *router_ike(struct router *r)
{
	(void)r;
	return NULL;
}

struct esp *router_esp(struct router *r)
{
	(void)r;
	return NULL;
}

void router_set_debug(struct router *r, unsigned kinds)
{
	(void)r;
	fakes.debug = kinds;
}

void router_set_conditions(struct router *r, const struct ike_conditions *c)
{
	(void)r;
	fakes.conditions = *c;
}

const struct ike_conditions *router_conditions(const struct router *r)
{
	(void)r;
	return &fakes.conditions;
}

unsigned router_debug(const struct router *r)
{
	(void)r;
	return fakes.debug;
}

void router_each_if(struct router *r, void (*fn)(void *ctx, const struct router_if_info *i), void *ctx)
{
	(void)r;
	for (size_t i = 0; i < fakes.interface_count; i++) {
		struct router_if_info info = fakes.interfaces[i];

		snprintf(info.config_name, sizeof(info.config_name), "%s", info.name);
		fn(ctx, &info);
	}
}

bool router_if(struct router *r, const char *name, struct router_if_info *out)
{
	(void)r;
	for (size_t i = 0; i < fakes.interface_count; i++) {
		if (strcmp(fakes.interfaces[i].name, name) == 0) {
			*out = fakes.interfaces[i];
			return true;
		}
	}
	return false;
}

bool router_if_address6(struct router *r, const char *name, unsigned index, struct ip_prefix *out)
{
	(void)r;
	(void)name;
	(void)index;
	return ip_parse_prefix("2001:DB8::2/64", out);
}

void router_each_route(struct router *r, unsigned family, void (*fn)(void *ctx, const struct router_route *t),
		       void *ctx)
{
	(void)r;
	for (size_t i = 0; i < fakes.route_count; i++)
		if (fakes.routes[i].prefix.addr.family == family)
			fn(ctx, &fakes.routes[i]);
}

uint64_t router_route_age_s(const struct router_route *t)
{
	return t->since_ms / 1000;
}

void router_each_neigh(struct router *r, unsigned family, void (*fn)(void *ctx, const struct router_neigh *n),
		       void *ctx)
{
	(void)r;
	for (size_t i = 0; i < fakes.neigh_count; i++)
		if (fakes.neighs[i].addr.family == family)
			fn(ctx, &fakes.neighs[i]);
}

int router_ping_path(struct router *r, const struct ip_addr *dst, const char *source_if, const struct ip_addr *source,
		     const char *out_if, struct netif_ping *out)
{
	(void)r;
	(void)dst;
	snprintf(fakes.path_source_if, sizeof(fakes.path_source_if), "%s", source_if);
	snprintf(fakes.path_out_if, sizeof(fakes.path_out_if), "%s", out_if);
	fakes.path_source = *source;
	out->src = source->family ? *source : fakes.ping_source;
	out->group = fakes.ping_group;
	return fakes.ping_rc;
}

int netif_ping(const struct netif_ping *p, int wake_fd, unsigned *rtt_us)
{
	unsigned n = fakes.sent++;

	(void)wake_fd;
	fakes.last_ping = *p;
	if (!fakes.answers || n >= strlen(fakes.answers))
		return '.';
	if (fakes.rtt_us && fakes.answers[n] == '!')
		*rtt_us = fakes.rtt_us[n];
	if (fakes.answers[n] == '!' && p->on_reply) {
		struct netif_ping_reply reply = fakes.ping_reply;

		reply.rtt_us = *rtt_us;
		p->on_reply(p->ctx, &reply);
	}
	return fakes.answers[n] == '0' ? 0 : fakes.answers[n];
}

int netif_trace(const struct netif_trace *t, int wake_fd, struct ip_addr *from, unsigned *rtt_us)
{
	unsigned n = fakes.sent++;

	(void)wake_fd;
	fakes.last_trace = *t;
	if (n >= fakes.hop_count)
		return '.';
	if (fakes.hops[n].from)
		ip_parse(fakes.hops[n].from, from);
	*rtt_us = fakes.hops[n].rtt_us;
	return fakes.hops[n].mark;
}

void ike_each_sa(struct ike *e, void (*fn)(void *ctx, const struct ike_sa_info *sa), void *ctx)
{
	(void)e;
	for (size_t i = 0; i < fakes.sa_count; i++)
		fn(ctx, &fakes.sas[i]);
}

void ike_each_ident(struct ike *e, void (*fn)(void *ctx, const struct ike_ident_info *ident), void *ctx)
{
	(void)e;
	for (size_t i = 0; i < fakes.ident_count; i++)
		fn(ctx, &fakes.idents[i]);
}

static void told(const char *what, const char *whom)
{
	size_t n = strlen(fakes.told);

	snprintf(fakes.told + n, sizeof(fakes.told) - n, "%s %s;", what, whom);
}

void ike_clear_isakmp(struct ike *e, uint32_t conn_id)
{
	char text[16];

	(void)e;
	snprintf(text, sizeof(text), "%u", conn_id);
	told("isakmp", text);
}

void ike_clear_sa(struct ike *e, const struct ip_addr *peer)
{
	char text[IP_TEXT_SIZE];

	(void)e;
	told("sa", peer ? ip_text(peer, text) : "all");
}

void ike_clear_session(struct ike *e, const struct ip_addr *peer)
{
	char text[IP_TEXT_SIZE];

	(void)e;
	told("session", peer ? ip_text(peer, text) : "all");
}

void ike_stats(struct ike *e, struct ike_stats *out)
{
	(void)e;
	*out = fakes.stats;
}

void ike_stats_clear(struct ike *e)
{
	(void)e;
	told("stats", "all");
}

bool esp_tunnel_counters(struct esp *e, uint32_t id, struct esp_counters *in, struct esp_counters *out)
{
	(void)e;
	if (id != 1)
		return false;
	*in = fakes.in;
	*out = fakes.out;
	return true;
}

bool esp_suite_info(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite_info *out)
{
	(void)cipher;
	(void)keybits;
	(void)auth;
	*out = (struct esp_suite_info){ .iv_octets = 16 };
	return true;
}

size_t esp_engine_rows(const struct esp *e, struct esp_engine_row *out, size_t max)
{
	(void)e;
	for (size_t k = 0; k < max && k < fakes.engine_row_count; k++)
		out[k] = fakes.engine_rows[k];
	return fakes.engine_row_count;
}

const char *esp_engine_name(const struct esp *e)
{
	(void)e;
	return fakes.engine_row_count ? "ipsec-mb 1.3.0 AVX512" : "";
}

uint64_t router_no_buffer(const struct router *r, unsigned family, bool udp)
{
	(void)r;
	return family == 4 && !udp ? fakes.engine.no_buffer : 0;
}

void router_each_transport(struct router *r, void (*fn)(void *ctx, const struct router_transport_info *i), void *ctx)
{
	const struct router_transport_info port = { .name = "Ethernet0/0",
						    .transport = "raw socket",
						    .why = "booted with --transport raw" };

	(void)r;
	fn(ctx, &port);
}

unsigned router_workers(const struct router *r)
{
	(void)r;
	return 3;
}

void router_engine_counters(struct router *r, struct router_engine_counters *out)
{
	(void)r;
	*out = fakes.engine;
}

void router_engine_clear(struct router *r)
{
	(void)r;
	told("engine", "counters");
}

void router_clear_counters(struct router *r, const char *name)
{
	(void)r;
	told("counters", name ? name : "all");
}

bool router_clear_routes(struct router *r, const struct ip_addr *network, int len)
{
	char text[IP_TEXT_SIZE + 16] = "all";

	(void)r;
	if (network) {
		ip_text(network, text);
		snprintf(text + strlen(text), 16, "/%d", len);
	}
	told("routes", text);
	return !network || len != 32;
}

void router_clear_neigh(struct router *r, unsigned family, const char *ifname)
{
	(void)r;
	told(family == 6 ? "neighbors" : "arp", ifname ? ifname : "all");
}

size_t router_acl_counts(struct router_acl_count **out)
{
	*out = calloc(fakes.acl_count + 1, sizeof(**out));
	for (size_t k = 0; k < fakes.acl_count; k++)
		(*out)[k] = fakes.acl_counts[k];
	return fakes.acl_count;
}

void router_acl_clear(const uint64_t *handles, size_t count)
{
	for (size_t k = 0; k < count; k++)
		fakes.acl_cleared += handles[k];
}

const struct isakmp_policy *ike_default_policies(size_t *count)
{
	static const struct isakmp_policy policy = { .priority = 65508 };

	*count = 1;
	return &policy;
}
