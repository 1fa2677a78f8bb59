#include "fuzz/ike_world.h"

#include "ike/keys.h"

#include <stdio.h>
#include <stdlib.h>

/* --- OpenSSL's objects: made once ---------------------------------------------------------------------------------- */

struct ike_crypto *__real_ike_crypto_new(void);
void __real_ike_crypto_free(struct ike_crypto *c);
int __real_ike_dh_publish(struct ike_crypto *c, struct ike_dh *dh);
int __real_ike_dh_shared(struct ike_crypto *c, const struct ike_dh *dh, struct ike_bytes peer, uint8_t out[IKE_DH_MAX]);
struct ike_crypto *__wrap_ike_crypto_new(void);
void __wrap_ike_crypto_free(struct ike_crypto *c);
int __wrap_ike_dh_publish(struct ike_crypto *c, struct ike_dh *dh);
int __wrap_ike_dh_shared(struct ike_crypto *c, const struct ike_dh *dh, struct ike_bytes peer, uint8_t out[IKE_DH_MAX]);

#define POOL 4
static struct ike_crypto *pool[POOL];
static unsigned pooled;
static bool real_dh;

struct ike_crypto *__wrap_ike_crypto_new(void)
{
	return pooled ? pool[--pooled] : __real_ike_crypto_new();
}

void __wrap_ike_crypto_free(struct ike_crypto *c)
{
	if (pooled < POOL)
		pool[pooled++] = c;
	else
		__real_ike_crypto_free(c);
}

/* --- Diffie-Hellman ------------------------------------------------------------------------------------------------ */

#define TOY 16 /* octets of the private value that count */

/* "g^x" is x: of the right size, and both sides make the same of each other's. */
int __wrap_ike_dh_publish(struct ike_crypto *c, struct ike_dh *dh)
{
	if (real_dh)
		return __real_ike_dh_publish(c, dh);
	dh->public_octets = ike_dh_public_octets(dh->group);
	for (size_t i = 0; i < dh->public_octets; i++)
		dh->public[i] = i < TOY ? dh->private[i] : (uint8_t)(i + 1);
	return 0;
}

int __wrap_ike_dh_shared(struct ike_crypto *c, const struct ike_dh *dh, struct ike_bytes peer, uint8_t out[IKE_DH_MAX])
{
	if (real_dh)
		return __real_ike_dh_shared(c, dh, peer, out);
	memset(out, 0, IKE_DH_MAX);
	if (peer.octets != ike_dh_public_octets(dh->group) || !peer.p[TOY] || peer.p[TOY] == 0xFF)
		return -IKE_EMALFORMED;
	for (size_t i = 0; i < ike_dh_shared_octets(dh->group); i++)
		out[i] = (uint8_t)(i < TOY ? dh->private[i] ^ peer.p[i] : i);
	return 0;
}

/* --- configurations ------------------------------------------------------------------------------------------------ */

#define P(p, e, k, h, a, g, l)                                                                                         \
	{                                                                                                              \
		.priority = p, .encr = ISAKMP_ENCR_##e, .keybits = k, .hash = ISAKMP_HASH_##h,                         \
		.auth = ISAKMP_AUTH_##a, .group = g, .lifetime_s = l                                                   \
	}

static const struct isakmp_policy policies[][3] = {
	{ P(10, DES, 0, SHA, PRE_SHARE, 1, 86400) },
	{ P(10, AES, 256, SHA256, PRE_SHARE, 14, 86400) },
	{ P(10, 3DES, 0, MD5, PRE_SHARE, 2, 3600) },
	{ P(10, AES, 128, SHA512, PRE_SHARE, 19, 120), P(20, DES, 0, SHA, PRE_SHARE, 5, 60) },
	{ P(1, AES, 192, SHA384, RSA_SIG, 20, 86400), P(2, AES, 256, SHA256, PRE_SHARE, 21, 600),
	  P(3, AES, 128, SHA, PRE_SHARE, 24, 86400) },
	{ P(5, AES, 128, SHA, PRE_SHARE, 15, 86400), P(7, DES, 0, MD5, PRE_SHARE, 16, 300) },
	{ P(5, DES, 0, SHA, PRE_SHARE, 1, 7200), P(6, AES, 256, SHA384, PRE_SHARE, 2, 86400) },
	{ { 0 } }, /* none: IOS's */
};

static const struct ike_proposal transforms[][2] = {
	{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA, false } },
	{ { ESP_CIPHER_GCM, 256, ESP_AUTH_NONE, false } },
	{ { ESP_CIPHER_AES, 256, ESP_AUTH_SHA256, true } },
	{ { ESP_CIPHER_3DES, 0, ESP_AUTH_MD5, false }, { ESP_CIPHER_DES, 0, ESP_AUTH_SHA, false } },
	{ { ESP_CIPHER_NULL, 0, ESP_AUTH_SHA512, false }, { ESP_CIPHER_AES, 192, ESP_AUTH_SHA384, true } },
	{ { ESP_CIPHER_AES, 128, ESP_AUTH_SHA, true }, { ESP_CIPHER_GCM, 128, ESP_AUTH_NONE, true } },
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void use_policies(struct pair_setup *s, unsigned which)
{
	s->policy_count = 0;
	for (size_t i = 0; i < COUNT(policies[0]) && policies[which % COUNT(policies)][i].priority; i++)
		s->policies[s->policy_count++] = policies[which % COUNT(policies)][i];
}

static void use_transforms(struct ike_ident *i, unsigned which)
{
	i->proposal_count = 0;
	for (size_t k = 0; k < COUNT(transforms[0]) && transforms[which % COUNT(transforms)][k].cipher; k++)
		i->proposals[i->proposal_count++] = transforms[which % COUNT(transforms)][k];
}

/* What both sides have in common. */
static void common(struct pair_setup *s, uint8_t a, uint8_t b, uint8_t c)
{
	static const unsigned groups[] = { 0, 1, 2, 0, 5, 14, 19, 0 };
	static const unsigned lives[] = { 3600, 120, 3600, 300 };
	static const uint32_t volumes[] = { 4608000, 2560, 0, 4608000 };
	static const char *const proxies[2][2] = { { "10.20.0.0/16", "10.30.0.1/32" },
						   { "2001:DB8:2::/48", "2001:DB8:3::1/128" } };
	struct ike_ident *i = &s->idents[0];
	const bool v6 = s->family == 6;

	use_policies(s, a);
	use_transforms(i, b);
	i->pfs_group = groups[b >> 5];
	i->lifetime_s = lives[a >> 3 & 3];
	i->lifetime_kb = volumes[a >> 5 & 3];
	s->fragmentation = c & 1;
	s->natt = !(c & 2);
	s->nat_keepalive_s = c & 4 ? 20 : 0;
	s->session_logging = c & 8;
	s->invalid_spi_recovery = c & 16;
	if (c & 32)
		s->keepalive = (struct isakmp_keepalive){ 10 + (c >> 6) * 50u, 2, c & 128 };
	if (a & 128) /* proxies of its own: the sides mirror each other */
		for (int k = 0; k < 2; k++)
			ip_parse_prefix(proxies[v6][k],
					(k == 0) == i->responder_only ? &i->remote_proxy : &i->local_proxy);
}

/* Who the peers are: addresses, names, keyrings and profiles. */
static void identities(struct pair_setup *s, int side, uint8_t how)
{
	static struct isakmp_match matches[2][3];
	static struct isakmp_key keys[2];
	const struct ike_ident *i = &s->idents[0];
	struct isakmp_match *m = matches[side];
	struct ike_profile *pr = &s->profiles[0];

	s->hostname = side ? "r3.example.com" : "r2.example.com";
	if (how & 1)
		s->identity = ISAKMP_ID_HOSTNAME;
	if (how & 2 && s->key_count < 2) { /* keys by name too */
		snprintf(s->keys[s->key_count].key, sizeof(s->keys[0].key), "cisco");
		snprintf(s->keys[s->key_count++].hostname, sizeof(s->keys[0].hostname), "r%d.example.com",
			 side ? 2 : 3);
	}
	if (how & 4) { /* a keyring, which the global key does not hide */
		keys[side] = (struct isakmp_key){ .peer = { i->remote, s->family == 6 ? 128 : 32 } };
		snprintf(keys[side].key, sizeof(keys[side].key), "cisco");
		s->keyrings[0] = (struct ike_keyring){ .name = "KR", .keys = &keys[side], .key_count = 1 };
		if (how & 64)
			s->keyrings[0].local = (struct ike_local){ true, { i->local } };
		s->keyring_count = 1;
	}
	if (!(how & 8))
		return;
	memset(m, 0, sizeof(matches[0]));
	m[0].kind = ISAKMP_MATCH_ADDRESS;
	m[0].prefix = (struct ip_prefix){ i->remote, s->family == 6 ? 64 : 8 }; /* outside of the NAT, and inside */
	m[1].kind = how & 32 ? ISAKMP_MATCH_HOST : ISAKMP_MATCH_HOST_DOMAIN;
	snprintf(m[1].text, sizeof(m[1].text), how & 32 ? "r%d.example.com" : "example.com", side ? 2 : 3);
	m[2].kind = how & 32 ? ISAKMP_MATCH_USER : how & 64 ? ISAKMP_MATCH_GROUP : ISAKMP_MATCH_USER_DOMAIN;
	snprintf(m[2].text, sizeof(m[2].text),
		 how & 32   ? "r%d@example.com"
		 : how & 64 ? "group1"
			    : "example.com",
		 side ? 2 : 3);
	*pr = (struct ike_profile){ .name = "PR", .matches = m, .match_count = 3, .aggressive = (how & 16) && !side };
	if (how & 4) {
		snprintf(pr->keyrings[0], sizeof(pr->keyrings[0]), "KR");
		pr->keyring_count = 1;
	}
	pr->self = how >> 5 & 3;
	if (pr->self == ISAKMP_SELF_USER_FQDN)
		snprintf(pr->self_text, sizeof(pr->self_text), "r%d@example.com", side + 2);
	if (how & 128) {
		pr->keepalive = (struct isakmp_keepalive){ 30, 3, false };
		snprintf(s->idents[0].profile, sizeof(s->idents[0].profile), "PR");
	}
	s->profile_count = 1;
}

static void aggressive(struct pair_setup *s, int side, uint8_t how)
{
	const struct ike_ident *i = &s->idents[0];

	s->aggressive = how & 1 ? ISAKMP_AGGRESSIVE_ON : ISAKMP_AGGRESSIVE_DEFAULT;
	if ((how & 3) != 3)
		return;
	s->peers[0] = (struct isakmp_peer){ .address = i->remote, .password = "cisco" };
	s->peers[0].endpoint = how & 4 ? ISAKMP_ENDPOINT_FQDN : ISAKMP_ENDPOINT_ADDRESS;
	s->peers[0].endpoint_address = i->local;
	snprintf(s->peers[0].endpoint_text, sizeof(s->peers[0].endpoint_text), "r%d.example.com", side + 2);
	s->peer_count = 1;
}

static bool keep(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	struct world *w = p->filter_ctx;
	struct world_packet *k = &w->kept[w->kept_count % WORLD_KEPT];
	struct ike_path seen;

	(void)number;
	w->sent[from]++;
	w->sent_octets[from] += *octets;
	if (!pair_carry(p, from, &p->sending, &seen))
		return true; /* to a stranger: what is kept stays as it is */
	k->to = 1 - from;
	k->path = seen;
	k->octets = *octets;
	memcpy(k->data, data, *octets);
	w->kept_count++;
	return true;
}

void world_begin(struct world *w, struct rd *all)
{
	struct rd r = rd_sub(all, rd_left(all) < WORLD_CONFIG ? rd_left(all) : WORLD_CONFIG);
	const uint8_t kind = rd_u8(&r), a = rd_u8(&r), b = rd_u8(&r), c = rd_u8(&r), who = rd_u8(&r), ag = rd_u8(&r);
	const uint8_t more = rd_u8(&r), net = rd_u8(&r), other = rd_u8(&r), limits = rd_u8(&r);
	static const struct ike_conditions nobody = { .count = 0 };
	struct pair_setup *s = w->s;

	memset(w, 0, sizeof(*w));
	real_dh = (kind & 0xF0) == 0x70;
	w->p = pair_new(rd_u16(&r));
	w->p->filter = keep;
	w->p->filter_ctx = w;
	w->watched = c & 36;
	for (int side = 0; side < 2; side++)
		pair_setup(&s[side], side, kind & 1 ? 6 : 4);
	if ((net & 3) == 1 && !(kind & 1))
		pair_nat(w->p, s, 0, "10.9.9.9", (uint16_t)(net & 4 ? 20000 : 0), net & 8);
	else if ((net & 3) == 2 && !(kind & 1))
		pair_nat(w->p, s, 1, "10.9.9.8", 0, true);
	for (int side = 0; side < 2; side++) {
		common(&s[side], a, b, c);
		identities(&s[side], side, who);
		aggressive(&s[side], side, ag | (who & 8 && who & 16));
	}
	/* the limits are met by what the good peer needs itself, too */
	w->compatible = !other && !(limits & 5) && ((ag & 7) != 7 || who & 2);
	if (other) /* one side's own */
		common(&s[other & 1], a ^ (other >> 1 & 7), b ^ (other >> 4 & 3), c ^ (other >> 6));
	if (more & 1)
		s[1].idents[0].responder_only = false;
	if (more & 2) { /* a second tunnel, twin or not */
		for (int side = 0; side < 2; side++) {
			s[side].idents[1] = s[side].idents[0];
			snprintf(s[side].idents[1].map, sizeof(s[side].idents[1].map), "Tunnel24-head-0");
			if (more & 4)
				s[side].idents[1].local_proxy.len = s[side].idents[1].remote_proxy.len = 8;
			s[side].ident_count = 2;
		}
	}
	if (more & 8)
		s[0].idents[0].idle_s = s[1].idents[0].idle_s = 60;
	if ((more & 16) && s[1].profile_count) { /* the responder's is a Virtual-Template */
		s[1].profiles[0].virtual_template = 1;
		s[1].idents[0].virtual_template = 1;
		s[1].idents[0].remote = (struct ip_addr){ 0 };
		if ((more & 34) == 32)
			s[1].idents[0].local = (struct ip_addr){ 0 };
	}
	if (more & 64)
		for (int side = 0; side < 2; side++)
			s[side].idents[0].path_mtu = 300;
	if (more & 128)
		w->p->dh_ms = 5;
	if (limits & 1)
		s[limits >> 1 & 1].sa_limit = 1 + (limits >> 4);
	if (limits & 4)
		s[limits >> 1 & 1].negotiation_limit = 1 + (limits >> 4);
	/* ESP does not pass a NAT without NAT traversal */
	w->compatible &= s[0].natt || !(net & 3);
	for (int side = 1; side >= 0; side--) {
		pair_start(w->p, side, &s[side]);
		if (!s[side].idents[0].local.family) { /* pair_start took it from there */
			struct pair_setup own;

			pair_setup(&own, side, s[side].family);
			w->p->side[side].addr = own.idents[0].local;
		}
		ike_set_conditions(w->p->side[side].ike, &nobody);
		if ((kind & 12) != 8)
			ike_set_debug(w->p->side[side].ike, 0);
	}
}

void world_end(struct world *w)
{
	pair_free(w->p);
}

void world_reconfigure(struct world *w, int side, struct rd *r)
{
	struct pair_setup s = w->s[side];
	const struct ip_addr addr = w->p->side[side].addr;
	const uint8_t what = rd_u8(r), a = rd_u8(r);

	if (what & 1)
		use_policies(&s, a);
	if (what & 2)
		snprintf(s.keys[0].key, sizeof(s.keys[0].key), "%s", a & 1 ? "other" : "");
	if (what & 4)
		s.key_count = a >> 1 & 1;
	if (what & 8)
		s.keepalive = (struct isakmp_keepalive){ a & 4 ? 10 : 0, 2, a & 8 };
	if (what & 16)
		s.aggressive = a >> 2 & 1 ? ISAKMP_AGGRESSIVE_ON : ISAKMP_AGGRESSIVE_OFF;
	if (what & 32)
		s.fragmentation = a & 16;
	if (what & 64)
		s.profile_count = 0;
	if (what & 128)
		s.natt = a & 32;
	pair_configure(w->p, side, &s);
	w->p->side[side].addr = addr;
	if ((what & 0x81) == 0x81 && (a & 128)) { /* no crypto isakmp enable */
		const struct ike_settings off = { .hostname = "" };

		ike_configure(w->p->side[side].ike, &off);
	}
}

void world_restore(struct world *w, int side)
{
	struct pair_side *x = &w->p->side[side];
	const struct ip_addr addr = x->addr;

	pair_configure(w->p, side, &w->s[side]);
	x->addr = addr;
	x->fail_install = x->refuse_clone = false;
	for (size_t i = 0; i < w->s[side].ident_count; i++)
		if (!x->idents[i])
			x->idents[i] = ike_ident_add(x->ike, &w->s[side].idents[i]);
}
