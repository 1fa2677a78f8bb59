/* Several tunnels between the same two routers: one IKE SA, a pair of SAs each, rekeyed and removed one by one. */
#include "ike/ipsec.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define TUNNELS 3

/* What an ident has: the SPIs of its pairs, newest first. */
struct seen {
	unsigned count;
	struct {
		uint32_t ident, in[IKE_CHILDREN], out[IKE_CHILDREN];
		unsigned pairs;
		bool up;
	} at[2 * TUNNELS];
};

static void note(void *ctx, const struct ike_ident_info *info)
{
	struct seen *s = ctx;

	if (s->count == 2 * TUNNELS)
		return;
	s->at[s->count].ident = info->ident;
	s->at[s->count].up = info->up;
	for (unsigned k = 0; k + 1 < info->child_count; k += 2) {
		s->at[s->count].in[k / 2] = info->children[k].spi;
		s->at[s->count].out[k / 2] = info->children[k + 1].spi;
		s->at[s->count].pairs++;
	}
	s->count++;
}

static struct seen look(struct pair *p, int side)
{
	struct seen s = { 0 };

	ike_each_ident(p->side[side].ike, note, &s);
	return s;
}

static void count_sa(void *ctx, const struct ike_sa_info *sa)
{
	*(unsigned *)ctx += !sa->deleted;
}

static unsigned ike_sas(struct pair *p, int side)
{
	unsigned n = 0;

	ike_each_sa(p->side[side].ike, count_sa, &n);
	return n;
}

/* Which ident of side 1 has the other half of the newest pair of this one of side 0? Its place, or TUNNELS. */
static unsigned partner(const struct seen *a, const struct seen *b, unsigned at)
{
	for (unsigned k = 0; k < b->count; k++)
		for (unsigned n = 0; n < b->at[k].pairs; n++)
			if (a->at[at].pairs && b->at[k].out[n] == a->at[at].in[0] && b->at[k].in[n] == a->at[at].out[0])
				return k;
	return TUNNELS;
}

static void add(struct pair *p, int side, struct pair_setup *s, unsigned tunnels)
{
	pair_configure(p, side, s);
	for (unsigned k = 0; k < tunnels; k++) {
		struct ike_ident i = s->idents[0];

		snprintf(i.map, sizeof(i.map), "Tunnel%u-head-0", k + 1);
		snprintf(i.ifname, sizeof(i.ifname), "Tunnel%u", k + 1);
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[side].ike, &i), 0);
	}
}

static struct pair *start(uint64_t seed, bool both_ask, unsigned life_s)
{
	struct pair *p = pair_new(seed);
	struct pair_setup s;

	for (int side = 1; side >= 0; side--) {
		struct pair_setup other;

		pair_setup(&other, 1 - side, 4);
		p->side[1 - side].addr = other.idents[0].local;
		pair_setup(&s, side, 4);
		s.idents[0].lifetime_s = life_s;
		if (both_ask)
			s.idents[0].responder_only = false;
		add(p, side, &s, TUNNELS);
	}
	return p;
}

/* Every tunnel is up at both ends, and no two of one side lead to the same one of the other. */
static void all_joined(struct pair *p, unsigned tunnels)
{
	const struct seen a = look(p, 0), b = look(p, 1);
	bool taken[2 * TUNNELS + 1] = { false };

	CU_ASSERT_EQUAL_FATAL(a.count, tunnels);
	CU_ASSERT_EQUAL_FATAL(b.count, tunnels);
	for (unsigned k = 0; k < tunnels; k++) {
		const unsigned other = partner(&a, &b, k);

		CU_ASSERT_TRUE(a.at[k].up);
		CU_ASSERT_TRUE(b.at[k].up);
		CU_ASSERT_NOT_EQUAL(other, TUNNELS);
		CU_ASSERT_FALSE(taken[other]);
		taken[other] = true;
	}
	CU_ASSERT_TRUE(pair_joined(p));
}

static void shared(void)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct pair *p = start(seed, false, 3600);
		struct seen a, b;

		pair_run(p, 1000);
		all_joined(p, TUNNELS);
		a = look(p, 0);
		b = look(p, 1);
		for (unsigned k = 0; k < TUNNELS; k++) {
			CU_ASSERT_EQUAL(a.at[k].pairs, 1);
			CU_ASSERT_EQUAL(b.at[k].pairs, 1);
			CU_ASSERT_EQUAL(partner(&a, &b, k), k);
		}
		CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
		CU_ASSERT_EQUAL(ike_sas(p, 1), 1);
		pair_free(p);
	}
}

static void both_ask(void)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct pair *p = start(seed, true, 3600);

		pair_run(p, 120000);
		all_joined(p, TUNNELS);
		pair_free(p);
	}
}

/* The tunnels rekey one after the other; none goes down, and each keeps its partner. */
static void rekeyed(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct pair *p = start(seed, false, 600);

		pair_run(p, 1000);
		for (unsigned n = 0; n < 30; n++) {
			struct seen a, b;

			pair_run(p, 97000);
			all_joined(p, TUNNELS);
			a = look(p, 0);
			b = look(p, 1);
			for (unsigned k = 0; k < TUNNELS; k++)
				CU_ASSERT_EQUAL(partner(&a, &b, k), k);
		}
		CU_ASSERT_EQUAL(p->side[0].downs, 0);
		CU_ASSERT_EQUAL(p->side[1].downs, 0);
		CU_ASSERT(p->side[0].installs > 2 * TUNNELS * 3);
		pair_free(p);
	}
}

static void count_up(void *ctx, const struct ike_ident_info *info)
{
	*(unsigned *)ctx += info->up && info->child_count == 2;
}

static unsigned ups(struct pair *p, int side)
{
	unsigned n = 0;

	ike_each_ident(p->side[side].ike, count_up, &n);
	return n;
}

/*
 * More than are looked at after each event: deadlines are noticed all the same, the request that waits until the IKE SA
 * has room for its Quick Mode and the lifetimes.
 */
static void many(void)
{
	struct pair *p = pair_new(8);
	struct pair_setup s;
	const unsigned tunnels = IKE_LOOK_AT_ONCE + 6;

	for (int side = 1; side >= 0; side--) {
		pair_setup(&s, 1 - side, 4);
		p->side[1 - side].addr = s.idents[0].local;
		pair_setup(&s, side, 4);
		s.idents[0].lifetime_s = 600;
		add(p, side, &s, tunnels);
		ike_set_debug(p->side[side].ike, 0);
	}
	pair_run(p, 120000);
	CU_ASSERT_EQUAL(ups(p, 0), tunnels);
	CU_ASSERT_EQUAL(ups(p, 1), tunnels);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
	pair_run(p, 900000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	CU_ASSERT_EQUAL(p->side[1].downs, 0);
	CU_ASSERT(p->side[0].installs >= 4 * tunnels);
	pair_free(p);
}

/* First messages of our own are begun a few at a time; all are begun. */
static void paced(void)
{
	struct pair *p = pair_new(9);
	struct pair_setup s;

	pair_setup(&s, 0, 4);
	pair_configure(p, 0, &s);
	for (unsigned k = 0; k < 3 * IKE_STARTS_MAX; k++) {
		struct ike_ident i = s.idents[0];

		i.remote.octets[2] = 9; /* nobody is there */
		i.remote.octets[3] = (uint8_t)k;
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[0].ike, &i), 0);
	}
	CU_ASSERT_EQUAL(p->side[0].sent, IKE_STARTS_MAX);
	pair_run(p, IKE_STARTS_MS + IKE_LOOK_MS);
	CU_ASSERT_EQUAL(p->side[0].sent, 2 * IKE_STARTS_MAX);
	pair_run(p, IKE_STARTS_MS + IKE_LOOK_MS);
	CU_ASSERT_EQUAL(p->side[0].sent, 3 * IKE_STARTS_MAX);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(p->side[0].sent, 3 * IKE_STARTS_MAX);
	pair_free(p);
}

static void removed(void)
{
	struct pair *p = start(3, false, 3600);
	struct seen a;

	pair_run(p, 1000);
	a = look(p, 0);
	ike_ident_remove(p->side[0].ike, a.at[1].ident);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
	CU_ASSERT_EQUAL(ike_sas(p, 1), 1);
	a = look(p, 0);
	CU_ASSERT_EQUAL_FATAL(a.count, 2);
	CU_ASSERT_TRUE(a.at[0].up && a.at[1].up);
	a = look(p, 1);
	CU_ASSERT_TRUE(a.at[0].up && !a.at[1].up && a.at[2].up);
	CU_ASSERT_TRUE(pair_joined(p));
	/* it comes back, and finds the one that is free */
	{
		struct pair_setup s;

		pair_setup(&s, 0, 4);
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[0].ike, &s.idents[0]), 0);
	}
	pair_run(p, 1000);
	all_joined(p, TUNNELS);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 1);
	/* with the last one the IKE SA goes */
	a = look(p, 0);
	for (unsigned k = 0; k < TUNNELS; k++)
		ike_ident_remove(p->side[0].ike, a.at[k].ident);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(ike_sas(p, 0), 0);
	CU_ASSERT_EQUAL(ike_sas(p, 1), 0);
	pair_free(p);
}

/* --- Virtual-Templates -------------------------------------------------------------------------------------------- */

#define TEMPLATE 7

static void template_of(struct pair_setup *s)
{
	struct ike_ident *i = &s->idents[0];

	pair_setup(s, 1, 4);
	i->virtual_template = TEMPLATE;
	i->remote = (struct ip_addr){ 0 };
	i->local = (struct ip_addr){ 0 };
	i->map[0] = i->ifname[0] = '\0';
	i->responder_only = false;
}

static void configure_hub(struct pair *p, const struct pair_setup *s)
{
	const struct isakmp_match matches[] = {
		{ .kind = ISAKMP_MATCH_ADDRESS, .prefix = { .addr = { .family = 4 } } },
		{ .kind = ISAKMP_MATCH_HOST_DOMAIN, .text = "example.com" },
	};
	const struct ike_profile spokes = {
		.name = "SPOKES", .matches = matches, .match_count = 2, .virtual_template = TEMPLATE
	};
	const struct ike_settings settings = { .policies = s->policies,
					       .policy_count = s->policy_count,
					       .keys = s->keys,
					       .key_count = s->key_count,
					       .profiles = &spokes,
					       .profile_count = 1,
					       .natt = true,
					       .aggressive = ISAKMP_AGGRESSIVE_ON,
					       .enabled = true };

	ip_parse("10.1.1.3", &p->side[1].addr);
	CU_ASSERT_EQUAL_FATAL(ike_configure(p->side[1].ike, &settings), 0);
}

static struct pair *hub(uint64_t seed, const char *local_proxy, const char *remote_proxy)
{
	struct pair *p = pair_new(seed);
	struct pair_setup s;

	template_of(&s);
	configure_hub(p, &s);
	p->side[1].idents[0] = ike_ident_add(p->side[1].ike, &s.idents[0]);
	pair_setup(&s, 0, 4);
	ip_parse_prefix(local_proxy, &s.idents[0].local_proxy);
	ip_parse_prefix(remote_proxy, &s.idents[0].remote_proxy);
	pair_start(p, 0, &s);
	pair_run(p, 1000);
	return p;
}

static void cloned(void)
{
	struct pair *p = hub(1, "0.0.0.0/0", "0.0.0.0/0");
	struct ip_addr peer;
	struct seen b;

	ip_parse("10.1.1.2", &peer);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[1].clones, 1);
	CU_ASSERT_EQUAL(p->side[1].gone, 0);
	CU_ASSERT_TRUE(ip_equal(&p->side[1].clone.remote, &peer));
	CU_ASSERT_EQUAL(p->side[1].clone.virtual_template, 0);
	b = look(p, 1);
	CU_ASSERT_EQUAL(b.count, 1); /* the template is not shown */
	CU_ASSERT_TRUE(b.at[0].up);
	/* rekeying stays with the clone, whoever asks first */
	pair_run(p, 2 * 3600000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[1].clones, 1);
	CU_ASSERT_EQUAL(p->side[0].downs, 0);
	/* the peer ends it: the clone goes with its last SA, and the template waits for the next peer */
	ike_ident_remove(p->side[0].ike, p->side[0].idents[0]);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(p->side[1].gone, 1);
	CU_ASSERT_EQUAL(look(p, 1).count, 0);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 0);
	pair_free(p);
}

/* A clone never looks for its peer, but it rekeys what it has. */
static void the_hub_rekeys(void)
{
	struct pair *p = hub(3, "10.2.0.0/16", "10.3.0.0/16");
	const uint32_t number = look(p, 1).at[0].ident;
	const struct ike_ident_entry *clone = ike_ident_find(p->side[1].ike, number);
	struct seen a, b;

	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_FALSE(TAILQ_FIRST(&clone->pairs)->initiator);
	/* half of the numbers of its outbound SA are used */
	ike_sa_limit(p->side[1].ike, number, pair_sa(p, 1, false)->sa.spi);
	pair_run(p, 1000);
	CU_ASSERT_PTR_EQUAL_FATAL(ike_ident_find(p->side[1].ike, number), clone);
	CU_ASSERT_TRUE(TAILQ_FIRST(&clone->pairs)->initiator);
	CU_ASSERT_TRUE(TAILQ_FIRST(&clone->pairs)->enabled);
	a = look(p, 0);
	b = look(p, 1);
	CU_ASSERT_EQUAL(a.at[0].pairs, 2);
	CU_ASSERT_EQUAL(b.at[0].pairs, 2);
	CU_ASSERT_EQUAL(partner(&a, &b, 0), 0);
	/* the old pair goes, the clone stays */
	pair_run(p, 120000);
	CU_ASSERT_EQUAL(look(p, 1).at[0].pairs, 1);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(p->side[1].clones, 1);
	CU_ASSERT_EQUAL(p->side[1].gone, 0);
	CU_ASSERT_EQUAL(p->side[0].downs + p->side[1].downs, 0);
	pair_free(p);
}

static void narrower(void)
{
	struct pair *p = hub(2, "10.2.0.0/16", "10.3.0.0/16");
	struct ip_prefix local, remote;

	ip_parse_prefix("10.3.0.0/16", &local);
	ip_parse_prefix("10.2.0.0/16", &remote);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	CU_ASSERT_TRUE(ip_equal(&p->side[1].clone.local_proxy.addr, &local.addr));
	CU_ASSERT_EQUAL(p->side[1].clone.remote_proxy.len, 16);
	CU_ASSERT_TRUE(ip_equal(&p->side[1].clone.remote_proxy.addr, &remote.addr));
	/* other proxies of the same peer are not this interface's */
	{
		struct pair_setup s;

		pair_setup(&s, 0, 4);
		CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[0].ike, &s.idents[0]), 0);
	}
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(p->side[1].clones, 1);
	CU_ASSERT_EQUAL(look(p, 1).count, 1);
	CU_ASSERT_FALSE(look(p, 0).at[1].up);
	CU_ASSERT(pair_mentioned(p, 1, "IPSec policy invalidated proposal with error 32") > 0);
	pair_free(p);
}

/* No clone is left of a peer that is not served. */
static void not_cloned(void)
{
	struct pair *p = pair_new(3);
	struct pair_setup s;

	template_of(&s);
	configure_hub(p, &s);
	p->side[1].refuse_clone = true;
	CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[1].ike, &s.idents[0]), 0);
	pair_setup(&s, 0, 4);
	pair_start(p, 0, &s);
	pair_run(p, 1000);
	CU_ASSERT_EQUAL(p->side[1].clones, 0);
	CU_ASSERT_EQUAL(pair_installed(p, 1, true), 0);
	CU_ASSERT_EQUAL(look(p, 1).count, 0);
	p->side[1].refuse_clone = false;
	/* the data plane does not take its SAs: the clone that was made goes at once */
	p->side[1].fail_install = true;
	pair_run(p, 31000);
	CU_ASSERT(p->side[1].clones > 0);
	CU_ASSERT_EQUAL(p->side[1].gone, p->side[1].clones);
	CU_ASSERT_EQUAL(look(p, 1).count, 0);
	p->side[1].fail_install = false;
	pair_run(p, 31000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(look(p, 1).count, 1);
	pair_free(p);
}

/* The router takes the template away, or clears its sessions. */
static void template_removed(void)
{
	struct pair *p = hub(4, "0.0.0.0/0", "0.0.0.0/0");

	ike_clear_session(p->side[1].ike, NULL);
	CU_ASSERT_EQUAL(p->side[1].gone, 1);
	pair_run(p, 40000);
	CU_ASSERT_TRUE(pair_joined(p)); /* the peer has come back by itself */
	CU_ASSERT_EQUAL(p->side[1].clones, 2);
	ike_ident_remove(p->side[1].ike, p->side[1].idents[0]);
	CU_ASSERT_EQUAL(p->side[1].gone, 2);
	pair_run(p, 100);
	CU_ASSERT_EQUAL(pair_installed(p, 0, true), 0);
	CU_ASSERT_EQUAL(ike_sas(p, 1), 0);
	pair_free(p);
}

/* The peer is gone without a word and comes back: its clone is the same, or a new one, but there is one. */
static void peer_crashes(void)
{
	struct pair *p = hub(5, "0.0.0.0/0", "0.0.0.0/0");
	struct pair_setup s;

	pair_crash(p, 0);
	pair_setup(&s, 0, 4);
	pair_start(p, 0, &s);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(look(p, 1).count, 1);
	pair_crash(p, 0);
	pair_run(p, 2 * 3600000);
	CU_ASSERT_EQUAL(look(p, 1).count, 0);
	CU_ASSERT_EQUAL(p->side[1].gone, p->side[1].clones);
	pair_free(p);
}

/* The peer comes back from another address, and says who it is: what it had before goes at once. */
static void peer_moves_in(bool aggressive)
{
	struct pair *p = pair_new(6);
	struct pair_setup s;

	template_of(&s);
	configure_hub(p, &s);
	CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[1].ike, &s.idents[0]), 0);
	for (int k = 0; k < 2; k++) {
		pair_setup(&s, 0, 4);
		s.identity = ISAKMP_ID_HOSTNAME;
		s.hostname = "R2.example.com";
		if (k)
			ip_parse("10.1.1.22", &s.idents[0].local);
		s.peer_count = aggressive;
		s.peers[0] = (struct isakmp_peer){ .address = s.idents[0].remote,
						   .password = "cisco",
						   .endpoint = ISAKMP_ENDPOINT_FQDN,
						   .endpoint_text = "R2.example.com" };
		pair_start(p, 0, &s);
		pair_run(p, 15000);
		CU_ASSERT_TRUE(pair_joined(p));
		CU_ASSERT_EQUAL(look(p, 1).count, 1);
		CU_ASSERT_TRUE(ip_equal(&p->side[1].clone.remote, &s.idents[0].local));
		CU_ASSERT_EQUAL(ike_sas(p, 1), 1);
		pair_crash(p, 0);
	}
	CU_ASSERT_EQUAL(p->side[1].clones, 2);
	CU_ASSERT_EQUAL(p->side[1].gone, 1);
	pair_free(p);
}

static void peer_moves(void)
{
	peer_moves_in(false);
	peer_moves_in(true);
}

/* A NAT gives the port of a peer that is gone to another one behind it: what the former had is not the latter's. */
static void another_peer_of_the_nat(void)
{
	static const char *const names[] = { "R2.example.com", "R4.example.com" };
	struct pair *p = pair_new(7);
	struct pair_setup s[2];
	struct seen b;

	template_of(&s[1]);
	configure_hub(p, &s[1]);
	p->side[1].idents[0] = ike_ident_add(p->side[1].ike, &s[1].idents[0]);
	for (int k = 0; k < 2; k++) {
		pair_setup(&s[0], 0, 4);
		pair_nat(p, s, 0, "192.0.2.2", 1000, false);
		s[0].identity = ISAKMP_ID_HOSTNAME;
		s[0].hostname = names[k];
		pair_start(p, 0, &s[0]);
		pair_run(p, 1000);
		CU_ASSERT_EQUAL(p->side[1].clones, (unsigned)k + 1);
		if (!k)
			pair_crash(p, 0);
	}
	b = look(p, 1);
	CU_ASSERT_EQUAL_FATAL(b.count, 2);
	CU_ASSERT_TRUE(b.at[0].up && b.at[1].up);
	CU_ASSERT_EQUAL(b.at[0].pairs, 1);
	CU_ASSERT_EQUAL(b.at[1].pairs, 1);
	CU_ASSERT_EQUAL(pair_sa(p, 0, false)->sa.spi, b.at[1].in[0]);
	pair_free(p);
}

/* Side 0 goes on until what it has sent last is answered: MM4. */
static struct pair_packet gets_mm4(struct pair *p, const struct pair_packet *mm1)
{
	struct pair_packet m = *mm1;

	for (unsigned n = 0; n < 3; n++) {
		p->queued = 0;
		pair_inject(p, m.to, m.data, m.octets);
		CU_ASSERT_EQUAL_FATAL(p->queued, 1);
		m = p->queue[0];
	}
	return m;
}

/*
 * Half-open SAs that have got beyond their first message, hoarded by one address, leave a new peer no less room: a few
 * first messages of strangers do not push it out, neither between MM1 and MM3 nor, `beyond`, while it makes MM5.
 */
static void hoarded_by_one(bool beyond)
{
	struct pair *p = pair_new(8);
	struct pair_packet mm1, answer;
	struct pair_setup s;
	struct ike_path path;
	uint8_t copy[PAIR_DATAGRAM];

	template_of(&s);
	configure_hub(p, &s);
	CU_ASSERT_NOT_EQUAL(ike_ident_add(p->side[1].ike, &s.idents[0]), 0);
	pair_setup(&s, 0, 4);
	pair_start(p, 0, &s);
	CU_ASSERT_EQUAL_FATAL(p->queued, 1);
	mm1 = p->queue[0];
	path = mm1.path;
	if (beyond)
		answer = gets_mm4(p, &mm1);
	for (unsigned n = 0; n < IKE_HALF_OPEN_MAX + 40; n++) {
		struct wr w = wr_of(path.remote.octets, 4);

		p->queued = 0;
		memcpy(copy, mm1.data, mm1.octets);
		if (n == IKE_HALF_OPEN_MAX - 2 && !beyond) {
			pair_inject(p, 1, copy, mm1.octets);
			CU_ASSERT_EQUAL_FATAL(p->queued, 1);
			answer = p->queue[0];
			continue;
		}
		wr_u32(&w, n < IKE_HALF_OPEN_MAX ? 0xC6336409u : 0xC6330000u + n);
		w = wr_of(copy, 4);
		wr_u32(&w, n + 1);
		pair_inject_from(p, 1, &path, copy, mm1.octets);
		if (n < IKE_HALF_OPEN_MAX)
			TAILQ_FIRST(&p->side[1].ike->sas)->state = IKE_R_MM4; /* as if MM3 had come */
	}
	CU_ASSERT_EQUAL(ike_sas(p, 1), IKE_HALF_OPEN_MAX);
	p->queued = 0;
	pair_inject(p, 0, answer.data, answer.octets);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode"), 1);
	pair_free(p);
}

static void hoarded(void)
{
	hoarded_by_one(false);
	hoarded_by_one(true);
}

static const struct unit_test tests[] = {
	{ "one IKE SA, a pair each", shared },
	{ "both sides ask", both_ask },
	{ "rekeyed in their order", rekeyed },
	{ "one is removed", removed },
	{ "more than are looked at each time", many },
	{ "first messages a few at a time", paced },
	{ "cloned for a peer", cloned },
	{ "the hub rekeys a clone", the_hub_rekeys },
	{ "narrower proxies", narrower },
	{ "not cloned", not_cloned },
	{ "the template is removed", template_removed },
	{ "the peer crashes", peer_crashes },
	{ "the peer comes back from elsewhere", peer_moves },
	{ "another peer of the same NAT", another_peer_of_the_nat },
	{ "half-open SAs that are hoarded", hoarded },
};

UNIT_MAIN("idents", tests)
