/*
 * What `log` entries of access lists matched, as IOS tells it: the first packet of a flow at once, those that follow with
 * their number when the flow is seen again five minutes later. The kernel hands over a few packets a second.
 */
#include "base/buf.h"
#include "router/filter_rules.h"
#include "router/internal.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS         64
#define FLOW_AGAIN_MS 300000

struct flow {
	uint64_t handle;
	struct ip_addr source, destination;
	uint16_t ports[2]; /* or ICMP type and code */
	uint8_t protocol;
};

struct filter_log {
	struct netif_nflog *nflog;
	struct event *event;
	struct {
		struct flow flow;
		uint64_t said_ms; /* 0: free */
		unsigned packets; /* since */
	} flows[FLOWS];
};

/* --- packets ---- */

static void read_ports(struct rd *r, struct flow *f)
{
	if (f->protocol == IPPROTO_TCP || f->protocol == IPPROTO_UDP) {
		f->ports[0] = rd_u16(r);
		f->ports[1] = rd_u16(r);
	} else if (f->protocol == IPPROTO_ICMP || f->protocol == IPPROTO_ICMPV6) {
		f->ports[0] = rd_u8(r);
		f->ports[1] = rd_u8(r);
	}
}

static bool read_packet(const struct netif_logged *p, struct flow *f)
{
	struct rd r = rd_of(p->packet, p->octets);
	const uint8_t version = rd_u8(&r);
	const uint8_t *addresses;

	if (version >> 4 == 4) {
		uint16_t offset;

		rd_take(&r, 5);
		offset = rd_u16(&r) & 0x1fff;
		rd_u8(&r);
		f->protocol = rd_u8(&r);
		rd_take(&r, 2);
		if (!(addresses = rd_take(&r, 8)))
			return false;
		f->source = ip_from_in4(addresses);
		f->destination = ip_from_in4(addresses + 4);
		if ((version & 15) > 5)
			rd_take(&r, ((version & 15u) - 5) * 4);
		if (!offset)
			read_ports(&r, f);
		return true;
	}
	rd_take(&r, 5);
	f->protocol = rd_u8(&r);
	rd_u8(&r);
	if (version >> 4 != 6 || !(addresses = rd_take(&r, 32)))
		return false;
	f->source = ip_from_in6(addresses);
	f->destination = ip_from_in6(addresses + 16);
	read_ports(&r, f);
	return true;
}

/* --- flows ---- */

static bool same_flow(const struct flow *a, const struct flow *b)
{
	return a->handle == b->handle && a->protocol == b->protocol && ip_equal(&a->source, &b->source) &&
	       ip_equal(&a->destination, &b->destination) && !memcmp(a->ports, b->ports, sizeof(a->ports));
}

/* How many packets there are to tell of now, 0: none yet. */
static unsigned to_tell(struct filter_log *l, const struct flow *f, uint64_t now)
{
	unsigned oldest = 0, packets;

	for (unsigned k = 0; k < FLOWS; k++) {
		if (l->flows[k].said_ms && same_flow(&l->flows[k].flow, f)) {
			packets = ++l->flows[k].packets;
			if (now - l->flows[k].said_ms < FLOW_AGAIN_MS)
				return 0;
			l->flows[k].said_ms = now;
			l->flows[k].packets = 0;
			return packets;
		}
		if (l->flows[k].said_ms < l->flows[oldest].said_ms)
			oldest = k;
	}
	l->flows[oldest].flow = *f;
	l->flows[oldest].said_ms = now;
	l->flows[oldest].packets = 0;
	return 1;
}

/* --- words ---- */

static const struct acl_entry *entry_in(const struct acl_list *lists, uint64_t handle, const struct acl **list)
{
	struct acl_entry *e = NULL;

	TAILQ_FOREACH (*list, lists, link) {
		HASH_FIND(hh, (*list)->handles, &handle, sizeof(handle), e);
		if (e)
			return e;
	}
	return NULL;
}

static void tell(struct router *r, const struct acl *a, const struct acl_entry *e, const struct flow *f, const char *in,
		 unsigned packets)
{
	char source[IP_TEXT_SIZE], destination[IP_TEXT_SIZE], list[ACL_NAME_SIZE + 16],
		from[IP_TEXT_SIZE + 8 + CONFIG_IFNAME_SIZE + 4], ports[2][8] = { "", "" };
	char protocol[8], type[16] = "", mnemonic[16];
	const char *end = packets == 1 ? "" : "s", *verdict = e->permit ? "permitted" : "denied";
	const bool ipv6 = a->kind == ACL_IPV6, l4 = f->protocol == IPPROTO_TCP || f->protocol == IPPROTO_UDP;
	const bool icmp = f->protocol == (ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	ip_text(&f->source, source);
	ip_text(&f->destination, destination);
	if (a->kind == ACL_STANDARD) {
		log_syslog(r->log, LOG_SEV_INFORMATIONAL, "SEC", "IPACCESSLOGS", "list %s %s %s %u packet%s", a->name,
			   verdict, source, packets, end);
		return;
	}
	snprintf(list, sizeof(list), ipv6 ? "%s/%u" : "%s", a->name, e->sequence);
	for (unsigned k = 0; l4 && k < 2; k++)
		snprintf(ports[k], sizeof(ports[k]), "(%u)", f->ports[k]);
	if (icmp)
		snprintf(type, sizeof(type), " (%u/%u)", f->ports[0], f->ports[1]);
	snprintf(protocol, sizeof(protocol), "%u", f->protocol);
	snprintf(from, sizeof(from), "%s%s%s%s%s", source, ports[0], in[0] ? " (" : "", in, in[0] ? ")" : "");
	snprintf(mnemonic, sizeof(mnemonic), "%s%s", ipv6 ? "ACCESSLOG" : "IPACCESSLOG", l4 ? "P" : icmp ? "DP" : "NP");
	log_syslog(r->log, LOG_SEV_INFORMATIONAL, ipv6 ? "IPV6_ACL" : "SEC", mnemonic,
		   "list %s %s %s %s -> %s%s%s, %u packet%s", list, verdict,
		   f->protocol == IPPROTO_TCP   ? "tcp"
		   : f->protocol == IPPROTO_UDP ? "udp"
		   : icmp                       ? ipv6 ? "icmpv6" : "icmp"
						: protocol,
		   from, destination, ports[1], type, packets, end);
}

static void on_packet(void *ctx, const struct netif_logged *p)
{
	struct router *r = ctx;
	const struct iface *in = iface_by_index(r, p->ifindex);
	const struct acl_entry *e;
	const struct acl *a;
	struct flow f = { 0 };
	unsigned packets;

	if (sscanf(p->prefix, "c%" SCNx64, &f.handle) != 1 || !read_packet(p, &f))
		return;
	if (!(e = entry_in(&r->config->acls, f.handle, &a)) && !(e = entry_in(&r->config->acls6, f.handle, &a)))
		return;
	if ((packets = to_tell(r->filter_log, &f, router_now_ms())))
		tell(r, a, e, &f, e->log_input && in ? in->name : "", packets);
}

static void on_log(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)fd;
	(void)what;
	router_lock(r);
	netif_nflog_read(r->filter_log->nflog, on_packet, r);
	router_unlock(r);
}

/* --- life ---- */

void filter_log_start(struct router *r)
{
	struct filter_log *l;
	int rc;

	if (r->filter_log || !(l = calloc(1, sizeof(*l))))
		return;
	r->filter_log = l; /* tried once */
	rc = netif_nflog_open(FILTER_LOG_GROUP, FILTER_LOG_OCTETS, &l->nflog);
	if (rc < 0) {
		router_complain(r, "log entries of access lists are not told: %s", strerror(-rc));
		return;
	}
	l->event = event_new(r->base, netif_nflog_fd(l->nflog), EV_READ | EV_PERSIST, on_log, r);
	if (l->event)
		event_add(l->event, NULL);
}

void filter_log_free(struct router *r)
{
	if (!r->filter_log)
		return;
	if (r->filter_log->event)
		event_free(r->filter_log->event);
	netif_nflog_close(r->filter_log->nflog);
	free(r->filter_log);
	r->filter_log = NULL;
}
