#include "router/plan.h"

#include "router/router.h"

#include <stdio.h>
#include <string.h>

#define IPV6_MIN_MTU    1280
#define IPV4_MIN_MTU    68
#define IPV4_PATH_LEAST 576 /* every host takes that much: RFC 791 */

struct ip_prefix plan_eui64(const struct ip_prefix *prefix, const uint8_t mac[6])
{
	struct ip_prefix p = *prefix;
	uint8_t *host = p.addr.octets + 8;

	memcpy(host, mac, 3);
	host[0] ^= 0x02;
	host[3] = 0xff;
	host[4] = 0xfe;
	memcpy(host + 5, mac + 3, 3);
	return p;
}

bool plan_wants_ipv6(const struct interface *i)
{
	return i->ipv6_enable || i->ipv6_count > 0;
}

bool plan_typed_link_local(const struct interface *i)
{
	for (unsigned k = 0; k < i->ipv6_count; k++)
		if (i->ipv6[k].link_local)
			return true;
	return false;
}

struct ip_addr plan_link_local(const struct interface *i, const uint8_t *mac)
{
	static const struct ip_prefix fe80 = { .addr = { 6, { 0xfe, 0x80 } }, .len = 64 };

	for (unsigned k = 0; k < i->ipv6_count; k++)
		if (i->ipv6[k].link_local)
			return i->ipv6[k].prefix.addr;
	if (!mac || !plan_wants_ipv6(i))
		return (struct ip_addr){ 0 };
	return plan_eui64(&fe80, mac).addr;
}

bool plan_address6(const struct interface *i, unsigned index, const uint8_t *mac, struct ip_prefix *out)
{
	const struct if_address6 *a;

	if (index >= i->ipv6_count)
		return false;
	a = &i->ipv6[index];
	if (a->eui64 && !mac)
		return false;
	*out = a->eui64 ? plan_eui64(&a->prefix, mac) : a->prefix;
	if (a->link_local)
		out->len = 64;
	return true;
}

static void put(struct plan_addresses *out, const struct ip_prefix *p)
{
	if (out->count < PLAN_ADDRESSES)
		out->at[out->count++] = *p;
}

static bool primary4(const struct interface *i, struct ip_prefix *out)
{
	for (unsigned k = 0; k < i->ip_count; k++)
		if (!i->ip[k].secondary) {
			*out = i->ip[k].prefix;
			return true;
		}
	return false;
}

void plan_addresses(const struct interface *i, const struct interface *lender, const uint8_t *mac,
		    struct plan_addresses *out)
{
	struct ip_prefix p;

	out->count = 0;
	if (i->unnumbered[0]) {
		if (lender && primary4(lender, &p)) {
			p.len = 32;
			put(out, &p);
		}
	} else {
		for (int secondary = 0; secondary <= 1; secondary++)
			for (unsigned k = 0; k < i->ip_count; k++)
				if (i->ip[k].secondary == secondary)
					put(out, &i->ip[k].prefix);
	}
	for (int link_local = 0; link_local <= 1; link_local++)
		for (unsigned k = 0; k < i->ipv6_count; k++)
			if (i->ipv6[k].link_local == link_local && plan_address6(i, k, mac, &p))
				put(out, &p);
}

struct ip_addr plan_source(const struct interface *i, const struct interface *lender, const uint8_t *mac,
			   unsigned family, const struct ip_addr *link_local)
{
	struct ip_prefix p;

	if (family == 4) {
		if (primary4(i->unnumbered[0] && lender ? lender : i, &p))
			return p.addr;
		return (struct ip_addr){ 0 };
	}
	for (unsigned k = 0; k < i->ipv6_count; k++)
		if (!i->ipv6[k].link_local && plan_address6(i, k, mac, &p))
			return p.addr;
	return *link_local;
}

unsigned plan_tunnel_family(const struct interface *i)
{
	if (!if_type_has_tunnel(i->type))
		return 0;
	return i->tunnel.mode == TUNNEL_IPSEC_IPV4 ? 4 : i->tunnel.mode == TUNNEL_IPSEC_IPV6 ? 6 : 0;
}

static void propose(struct ike_ident *out, enum esp_cipher cipher, unsigned keybits, enum esp_auth auth)
{
	struct ike_proposal *p = &out->proposals[out->proposal_count++];

	p->cipher = cipher;
	p->keybits = keybits;
	p->auth = auth;
	/* A VTI negotiates tunnel mode whatever `mode` says. */
	p->transport = false;
}

static void propose_sets(struct config *c, const struct ipsec_profile *profile, struct ike_ident *out)
{
	const struct transform_set *t;

	for (unsigned k = 0; k < profile->set_count && out->proposal_count < IKE_PROPOSALS; k++)
		if ((t = config_transform_set_find(c, profile->sets[k])))
			propose(out, t->cipher, t->keybits, t->auth);
	if (profile->set_count)
		return;
	if ((t = config_transform_set_find(c, "default")))
		propose(out, t->cipher, t->keybits, t->auth);
	else
		propose(out, ESP_CIPHER_AES, 128, ESP_AUTH_SHA);
}

bool plan_ident(struct config *c, const struct interface *i, const struct ip_addr *local, const char *out_ifname,
		unsigned path_mtu, struct ike_ident *out)
{
	const struct ipsec_profile *profile = config_profile_find(c, i->tunnel.profile);
	uint8_t family = (uint8_t)plan_tunnel_family(i);

	memset(out, 0, sizeof(*out));
	if (!family || !i->tunnel.profile[0] || !profile)
		return false;
	propose_sets(c, profile, out);
	if (!out->proposal_count)
		return false;
	snprintf(out->map, sizeof(out->map), "%s-head-0", i->name);
	snprintf(out->ifname, sizeof(out->ifname), "%s", i->name);
	snprintf(out->out_ifname, sizeof(out->out_ifname), "%s", out_ifname);
	out->local = *local;
	out->remote = i->tunnel.destination;
	if (i->type == IF_VIRTUAL_TEMPLATE) {
		out->remote = (struct ip_addr){ 0 };
		out->virtual_template = if_number(i->name);
	}
	out->local_proxy.addr.family = family;
	out->remote_proxy.addr.family = family;
	out->pfs_group = profile->pfs_group;
	out->lifetime_s = profile->lifetime_s ? profile->lifetime_s : c->ipsec_lifetime_s;
	out->lifetime_kb = profile->lifetime_kb ? profile->lifetime_kb : c->ipsec_lifetime_kb;
	out->replay_window = c->replay_window;
	out->path_mtu = path_mtu;
	out->responder_only = profile->responder_only;
	out->idle_s = profile->idle_s ? profile->idle_s : c->ipsec_idle_s;
	snprintf(out->profile, sizeof(out->profile), "%s", profile->isakmp_profile);
	return true;
}

enum ipsec_df plan_df(const struct config *c, const struct interface *i)
{
	return i->df ? i->df : c->df ? c->df : IPSEC_DF_COPY;
}

bool plan_cut_after(const struct config *c, const struct interface *i)
{
	return (i->fragmentation ? i->fragmentation : c->fragmentation) == IPSEC_FRAGMENT_AFTER;
}

unsigned plan_path_mtu(unsigned now, unsigned said, unsigned family)
{
	static const unsigned plateaus[] = { 1492, 1006, IPV4_PATH_LEAST }; /* RFC 1191 7 */
	unsigned least = family == 6 ? IPV6_MIN_MTU : IPV4_PATH_LEAST;

	for (unsigned k = 0; !said && k < sizeof(plateaus) / sizeof(plateaus[0]); k++)
		if (plateaus[k] < now)
			said = plateaus[k];
	if (said < least)
		said = least;
	return said < now ? said : 0;
}

unsigned plan_tunnel_mtu(const struct config *config, const struct interface *i, unsigned plaintext_mtu,
			 unsigned path_mtu, unsigned link_mtu)
{
	unsigned family = plan_tunnel_family(i);
	unsigned outer = family == 6 ? 40 : 20, least = family == 6 ? IPV6_MIN_MTU : IPV4_MIN_MTU;
	unsigned mtu = plaintext_mtu ? plaintext_mtu : path_mtu > outer ? path_mtu - outer : least;
	unsigned typed = family == 6 ? i->ipv6_mtu : i->ip_mtu;

	/* The outer packet may be cut: what the link carries is taken, and more where somebody typed it. */
	if (plan_cut_after(config, i) || (family == 4 && plan_df(config, i) == IPSEC_DF_CLEAR))
		mtu = typed ? typed : link_mtu;
	else if (typed && typed < mtu)
		mtu = typed;
	return mtu < least ? least : mtu;
}

unsigned plan_workers(unsigned asked, long processors)
{
	const unsigned n = asked ? asked : processors > 1 ? (unsigned)processors / 2 : 1;

	return n < ROUTER_WORKERS_MAX ? n : ROUTER_WORKERS_MAX;
}

static void weigh(double *average, double sample, double fade)
{
	*average = sample + (*average - sample) * fade;
	/* A rate below one a minute is none: it would fade for ever. */
	if (*average < 1.0 / 60)
		*average = 0;
}

void plan_rate_update(struct plan_rate *r, uint64_t octets, uint64_t packets, double seconds, unsigned window_s)
{
	double fade;

	if (seconds <= 0)
		return;
	/* exp(-x) to the second order: a sample is short beside the window. */
	fade = seconds / window_s;
	fade = 1 / (1 + fade + fade * fade / 2);
	weigh(&r->bits_per_s, (double)octets * 8 / seconds, fade);
	weigh(&r->packets_per_s, (double)packets / seconds, fade);
}
