/*
 * The engine's state machines. Two engines negotiate with a clock, a random source and Diffie-Hellman of the harness
 * (fuzz/ike_world.c has the configurations), and the input is what happens to them: WORLD_CONFIG octets of configuration,
 * then records of an operation, the number of its octets, and these. Messages on their way are changed and closed again
 * with the keys of the SA, so that what lies behind authentication is met, or changed as somebody would who has no keys;
 * made up; sent again, from elsewhere; lost. Time passes, and the operator enters commands.
 *
 * What must hold:
 * - What has no keys ends no SA that is authenticated and removes no IPsec SA, and is answered with little.
 * - What is kept is bounded.
 * - When all that is over, the two agree anew, where their configurations allow.
 * - When both have left, nothing is left.
 *
 * libs: -lcrypto -Wl,--wrap=ike_crypto_new,--wrap=ike_crypto_free,--wrap=ike_dh_publish,--wrap=ike_dh_shared
 */
#include "fuzz/ike_forge.h"
#include "fuzz/ike_world.h"
#include "ike/diag.h"
#include "ike/ipsec.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
const char *__asan_default_options(void);

/* What is freed after each input is much, and keeping it in quarantine costs more than it shows. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}

static void demand(bool good)
{
	if (!good)
		abort();
}

/* --- what must hold ------------------------------------------------------------------------------------------------ */

#define SEEN 64
/* What a side has that only authenticated means may take from it. */
struct seen {
	const struct ike_sa *sas[SEEN];
	uint32_t conn_ids[SEEN];
	unsigned count, removes, sent;
	uint64_t sent_octets;
};

static void look(const struct world *w, int side, struct seen *out)
{
	const struct ike_sa *sa;

	out->count = 0;
	out->removes = w->p->side[side].removes;
	out->sent = w->sent[side];
	out->sent_octets = w->sent_octets[side];
	TAILQ_FOREACH (sa, &w->p->side[side].ike->sas, link) {
		if (!sa->authenticated || sa->deleted || out->count == SEEN)
			continue;
		out->sas[out->count] = sa;
		out->conn_ids[out->count++] = sa->conn_id;
	}
}

static void still_there(const struct world *w, int side, const struct seen *was, size_t octets)
{
	const struct pair_side *s = &w->p->side[side];
	const struct ike_sa *sa;
	unsigned found = 0;

	TAILQ_FOREACH (sa, &s->ike->sas, link) {
		for (unsigned i = 0; i < was->count; i++)
			found += sa == was->sas[i] && sa->conn_id == was->conn_ids[i] && sa->authenticated &&
				 !sa->deleted;
	}
	demand(found == was->count);
	demand(s->removes == was->removes);
	if (!w->s[side].fragmentation)
		demand(w->sent[side] - was->sent <= 2);
	demand(w->sent_octets[side] - was->sent_octets <= 3 * octets + 1000);
}

static void bounded(const struct world *w, int side)
{
	struct ike *e = w->p->side[side].ike;
	const struct ike_ident_entry *i;
	const struct ike_sa *sa;
	const struct ike_node *n;
	const struct ike_pair *p;
	unsigned sas = 0, idents = 0, strangers = 0, jobs = 0, nodes, pairs;

	TAILQ_FOREACH (sa, &e->sas, link) {
		sas++;
		strangers += !sa->known && !sa->authenticated;
		nodes = 0;
		TAILQ_FOREACH (n, &sa->nodes, link) {
			nodes++;
		}
		demand(nodes == sa->node_count && nodes <= IKE_NODES_MAX);
		demand(sa->seen_count <= IKE_SEEN_MAX && sa->malformed <= IKE_RESENDS);
		demand(!sa->authenticated || sa->deleted || sa->has_keys);
	}
	TAILQ_FOREACH (i, &e->idents, link) {
		idents++;
		pairs = 0;
		TAILQ_FOREACH (p, &i->pairs, link) {
			pairs++;
			demand(!p->out_installed || p->in_installed);
		}
		demand(pairs <= IKE_PAIRS_MAX);
	}
	for (unsigned k = 0; k < w->p->job_count; k++)
		jobs += w->p->jobs[k].side == side;
	demand(sas == e->sa_count && idents == e->ident_count && jobs == e->dh_jobs);
	demand(strangers <= IKE_HALF_OPEN_MAX + 1 && e->strangers.count <= IKE_STRANGERS);
	demand(e->frags.count <= IKE_FRAG_MESSAGES && !e->about);
}

/* --- what comes in ------------------------------------------------------------------------------------------------- */

/* A datagram; forged: nothing in it shows that it is the peer's. */
static void feed(struct world *w, int to, const struct ike_path *path, const uint8_t *m, size_t octets, bool forged)
{
	struct seen was;

	look(w, to, &was);
	pair_inject_from(w->p, to, path, m, octets);
	if (forged)
		still_there(w, to, &was, octets);
}

/* Where something comes from: the peer, as it should; or elsewhere. */
static struct ike_path from_where(struct world *w, int to, const struct ike_path *usual, uint8_t how)
{
	struct ike_path path = usual ? *usual : pair_path(w->p, to);

	if (how & 1)
		path.remote.octets[3] ^= how;
	if (how & 2)
		path.remote_port = (uint16_t)(500 + how);
	if (how & 4)
		path.local_port = path.local_port == 500 ? 4500 : 500;
	if (how & 8)
		path.remote = w->p->side[1 - to].addr;
	return path;
}

/* The nth datagram that waits is taken from the queue. */
static bool take(struct world *w, unsigned n, struct world_packet *out)
{
	struct pair *p = w->p;
	struct pair_packet *q;

	if (!p->queued)
		return false;
	q = &p->queue[n % p->queued];
	if (q->esp)
		return false;
	out->to = q->to;
	out->path = q->path;
	out->octets = q->octets;
	memcpy(out->data, q->data, q->octets);
	p->queued--;
	memmove(q, q + 1, (size_t)(p->queue + p->queued - q) * sizeof(*q));
	return true;
}

/* As IKE fragmentation would send it, but in another order, twice, or not all of it. */
static void in_pieces(struct world *w, int to, const struct ike_path *path, const uint8_t *m, size_t octets,
		      struct rd *r)
{
	const size_t most = IKE_FRAG_MORE + IKE_FRAG_LEAST + rd_u8(r);
	const unsigned count = octets ? (unsigned)((octets - 1) / (most - IKE_FRAG_MORE) + 1) : 0;
	const uint8_t order = rd_u8(r);
	uint8_t piece[512];

	for (unsigned k = 0; k < count && count <= IKE_FRAG_PARTS; k++) {
		const unsigned n = order & 1 ? count - k : k + 1;
		const size_t cut = ike_frag_cut(m, octets, n, most, piece);

		if (k == order >> 4 && order & 2 && cut)
			piece[ISAKMP_HEADER_OCTETS + rd_u8(r) % (cut - ISAKMP_HEADER_OCTETS)] ^= rd_u8(r);
		if (k == order >> 4 && order & 4)
			continue;
		if (cut)
			pair_inject_from(w->p, to, path, piece, cut);
		if (cut && order & 8)
			pair_inject_from(w->p, to, path, piece, cut);
	}
}

static struct forge forge;
static uint8_t made[PAIR_DATAGRAM];

static void send_forged(struct world *w, int to, const struct ike_path *path, struct rd *r, bool pieces, bool forged)
{
	const size_t octets = forge_close(&forge, made, sizeof(made));

	if (octets && pieces)
		in_pieces(w, to, path, made, octets, r);
	else if (octets)
		feed(w, to, path, made, octets, forged);
}

/* A datagram on its way is changed, with the keys. */
static void edit(struct world *w, struct rd *r)
{
	const uint8_t n = rd_u8(r), how = rd_u8(r);
	static struct world_packet m;
	struct ike_path path;

	if (!take(w, n, &m))
		return;
	path = from_where(w, m.to, &m.path, how >> 4);
	if (!forge_open(&forge, w->p, m.to, m.data, m.octets)) {
		feed(w, m.to, &m.path, m.data, m.octets, false);
		return;
	}
	do {
		forge_edit(&forge, r);
	} while (rd_left(r) > 4);
	send_forged(w, m.to, &path, r, how & 1, false);
	if (how & 2) /* once more, as it came */
		feed(w, m.to, &path, m.data, m.octets, false);
}

/* May it be genuine as it is: encrypted, or AG2, whose hash shows it? */
static bool may_show(const struct world_packet *m)
{
	return m->data[19] & ISAKMP_FLAG_ENCRYPTED || m->data[18] == EXCHANGE_AGGRESSIVE;
}

/* Octets of one that is on its way, or was, are changed without keys; the one that is changed comes too. */
static void change(struct world *w, struct rd *r)
{
	const uint8_t n = rd_u8(r), how = rd_u8(r);
	const struct world_packet *k;
	static struct world_packet m;
	struct ike_path path;
	bool forged;

	if (!w->kept_count)
		return;
	k = &w->kept[(w->kept_count - 1 - n % (w->kept_count < WORLD_KEPT ? w->kept_count : WORLD_KEPT)) % WORLD_KEPT];
	m = *k;
	path = from_where(w, m.to, &m.path, how >> 4);
	/* what changes the first block, or its IV, makes an encrypted one void; what is in clear shows nothing */
	forged = !may_show(&m);
	while (rd_left(r) >= 3) {
		const size_t at = rd_u16(r) % m.octets;
		const uint8_t x = rd_u8(r);

		m.data[at] ^= x;
		forged |= x && m.data[18] != EXCHANGE_AGGRESSIVE &&
			  (at < 16 || (at >= 20 && at < 24) || (at >= 28 && at < 44));
	}
	if (how & 1)
		m.octets -= 1 + how % m.octets / 2;
	if (how & 2 && m.octets >= ISAKMP_HEADER_OCTETS)
		m.data[26] = (uint8_t)(m.octets >> 8), m.data[27] = (uint8_t)m.octets;
	feed(w, m.to, &path, m.data, m.octets, forged);
}

/* Something that was sent before comes again. */
static void replay(struct world *w, struct rd *r)
{
	const uint8_t n = rd_u8(r), how = rd_u8(r);
	const unsigned have = w->kept_count < WORLD_KEPT ? w->kept_count : WORLD_KEPT;
	struct world_packet m;
	struct ike_path path;
	struct ike_sa *sa;
	bool used;

	if (!have)
		return;
	m = w->kept[(w->kept_count - 1 - n % have) % WORLD_KEPT];
	path = from_where(w, how & 8 ? 1 - m.to : m.to, how & 8 ? NULL : &m.path, how >> 4);
	if (how & 8) { /* to who has sent it */
		feed(w, 1 - m.to, &path, m.data, m.octets, true);
		return;
	}
	sa = ike_sa_find(w->p->side[m.to].ike, &path, m.data, m.data + ISAKMP_COOKIE_OCTETS);
	used = sa && sa->authenticated && m.data[18] == EXCHANGE_INFO &&
	       !ike_sa_mid_fresh(sa, (uint32_t)m.data[20] << 24 | (uint32_t)m.data[21] << 16 | m.data[22] << 8 |
					     m.data[23]);
	feed(w, m.to, &path, m.data, m.octets, used || !may_show(&m));
}

/* The nth of Quick Mode or of an Informational exchange that was sent to this side, taken apart. */
static bool open_kept(struct world *w, int to, unsigned n)
{
	const unsigned have = w->kept_count < WORLD_KEPT ? w->kept_count : WORLD_KEPT;

	for (unsigned i = 0; i < have; i++) {
		const struct world_packet *k = &w->kept[(w->kept_count - 1 - (n + i) % have) % WORLD_KEPT];

		if (k->to == to && k->octets > ISAKMP_HEADER_OCTETS && k->data[19] & ISAKMP_FLAG_ENCRYPTED &&
		    !ike_is_phase1(k->data[18]) && forge_open(&forge, w->p, to, k->data, k->octets))
			return true;
	}
	return false;
}

/* One that nobody sent, with the keys of an SA: made up, or like one that was sent. */
static void invent(struct world *w, struct rd *r)
{
	static const uint8_t exchanges[] = {
		EXCHANGE_INFO,  EXCHANGE_INFO,        EXCHANGE_QUICK, EXCHANGE_QUICK,
		EXCHANGE_QUICK, EXCHANGE_TRANSACTION, EXCHANGE_MAIN,  EXCHANGE_AGGRESSIVE
	};
	const uint8_t to = rd_u8(r) & 1, which = rd_u8(r), kind = rd_u8(r), how = rd_u8(r), from = rd_u8(r);
	const uint8_t exchange = exchanges[kind & 7];
	struct ike_sa *sa = forge_sa(w->p, to, which);
	const struct ike_path path = from_where(w, to, sa ? &sa->path : NULL, how & 128 ? from : 0);
	const struct ike_node *node;
	uint32_t mid = ike_is_phase1(exchange) ? 0 : rd_u16(r) + 1u;

	if (!sa || !sa->has_keys || sa->deleted)
		return;
	if ((kind & 32) && open_kept(w, to, which)) {
		forge.h.message_id = mid ? mid : 1;
		do {
			forge_edit(&forge, r);
		} while (rd_left(r) > 6);
		send_forged(w, to, &path, r, how & 32, false);
		return;
	}
	node = TAILQ_FIRST(&sa->nodes);
	if ((kind & 8) && node)
		mid = node->mid;
	forge_new(&forge, w->p, to, sa, exchange, mid, true);
	if (exchange == EXCHANGE_QUICK && !(kind & 16)) {
		forge_add(&forge, PAYLOAD_SA, r);
		forge_add(&forge, PAYLOAD_NONCE, r);
	}
	for (unsigned i = 0; i < how % 8u; i++) {
		static const uint8_t types[] = { PAYLOAD_NOTIFY, PAYLOAD_DELETE, PAYLOAD_ID,    PAYLOAD_KE,
						 PAYLOAD_NONCE,  PAYLOAD_VID,    PAYLOAD_NATOA, PAYLOAD_HASH };
		const uint8_t type = rd_u8(r);

		forge_add(&forge, type & 128 ? type & 127 : types[type & 7], r);
	}
	while ((how & 16) && rd_left(r) > 4)
		forge_edit(&forge, r);
	send_forged(w, to, &path, r, how & 32, false);
}

/* One that nobody sent and anybody could have. */
static void pretend(struct world *w, struct rd *r)
{
	static const uint8_t exchanges[] = { EXCHANGE_MAIN, EXCHANGE_MAIN, EXCHANGE_AGGRESSIVE, EXCHANGE_AGGRESSIVE,
					     EXCHANGE_INFO, EXCHANGE_INFO, EXCHANGE_QUICK,      EXCHANGE_BASE };
	const uint8_t to = rd_u8(r) & 1, which = rd_u8(r), kind = rd_u8(r), how = rd_u8(r);
	const uint8_t exchange = exchanges[kind & 7], shape = kind >> 3 & 3;
	const struct ike_sa *sa = which & 128 ? NULL : forge_sa(w->p, to, which);
	const struct ike_path path = from_where(w, to, sa ? &sa->path : NULL, how >> 4);
	static const uint8_t shapes[2][4][6] = {
		{ { PAYLOAD_SA, PAYLOAD_VID },
		  { PAYLOAD_KE, PAYLOAD_NONCE, PAYLOAD_NATD, PAYLOAD_NATD },
		  { PAYLOAD_NOTIFY },
		  { PAYLOAD_ID, PAYLOAD_HASH } },
		{ { PAYLOAD_SA, PAYLOAD_KE, PAYLOAD_NONCE, PAYLOAD_ID, PAYLOAD_VID },
		  { PAYLOAD_SA, PAYLOAD_KE, PAYLOAD_NONCE, PAYLOAD_ID, PAYLOAD_HASH, PAYLOAD_NATD },
		  { PAYLOAD_DELETE },
		  { PAYLOAD_HASH, PAYLOAD_NOTIFY } },
	};
	const uint8_t *types = shapes[exchange == EXCHANGE_AGGRESSIVE || kind & 32][shape];

	forge_new(&forge, w->p, to, sa, exchange, ike_is_phase1(exchange) ? 0 : rd_u16(r) + 1u, kind & 64);
	forge.rehash = false; /* the keys are not known */
	if (!sa)
		memset(forge.h.icookie, which, ISAKMP_COOKIE_OCTETS);
	if (!sa && kind & 128)
		memset(forge.h.rcookie, which, ISAKMP_COOKIE_OCTETS);
	for (unsigned i = 0; i < 6 && types[i]; i++)
		forge_add(&forge, types[i], r);
	while ((how & 1) && rd_left(r) > 4)
		forge_edit(&forge, r);
	forge.rehash = false;
	if (forge.h.flags & ISAKMP_FLAG_ENCRYPTED && sa) {
		/* as if it were encrypted: forge_close would have the keys */
		size_t octets;

		forge.h.flags &= (uint8_t)~ISAKMP_FLAG_ENCRYPTED;
		octets = forge_close(&forge, made, sizeof(made));
		made[19] |= ISAKMP_FLAG_ENCRYPTED;
		if (octets)
			feed(w, to, &path, made, octets, true);
		return;
	}
	send_forged(w, to, &path, r, how & 2, true);
}

/* First messages from many addresses, or with many cookies. */
static void flood(struct world *w, struct rd *r)
{
	const uint8_t count = rd_u8(r), how = rd_u8(r), gap = rd_u8(r);
	struct world_packet m;
	unsigned i = 0, have = w->kept_count < WORLD_KEPT ? w->kept_count : WORLD_KEPT;

	while (i < have && w->kept[i].octets > 16 && (w->kept[i].data[8] || !ike_is_phase1(w->kept[i].data[18])))
		i++;
	if (i == have)
		return;
	m = w->kept[i];
	for (i = 0; i < count; i++) {
		m.data[0] ^= (uint8_t)(i + 1);
		m.data[1] = rd_u8(r);
		m.path.remote.octets[how & 1 ? 3 : 1] ^= how & 2 ? (uint8_t)i : 0;
		m.path.remote_port = (uint16_t)(how & 4 ? 500 : 1000 + i);
		feed(w, m.to, &m.path, m.data, m.octets, true);
		if (gap & 1)
			pair_run(w->p, gap);
	}
}

/* --- time, lines, commands ----------------------------------------------------------------------------------------- */

static void pass(struct world *w, struct rd *r)
{
	static const uint32_t spans[] = { 1,      2,      10,      100,     500,     1000,    2100,     5000,
					  10000,  10001,  21000,   31000,   51000,   61000,   90000,    121000,
					  300000, 600000, 1800000, 3570000, 3600000, 7200000, 86400000, 1 };
	const uint64_t span = spans[rd_u8(r) % (sizeof(spans) / sizeof(spans[0]))];
	/* where something happens every few seconds or minutes, time costs much */
	const uint64_t most =
		w->watched || w->p->traffic_ms || w->s[0].idents[0].lifetime_s < 3600 ? 1200000 : 90000000;
	const uint64_t left = w->passed_ms < most ? most - w->passed_ms : 1;

	w->passed_ms += span < left ? span : left;
	pair_run(w->p, span < left ? span : left);
}

static void line(struct world *w, struct rd *r)
{
	const uint8_t what = rd_u8(r), value = rd_u8(r);
	struct pair *p = w->p;

	switch (what % 9) {
	case 0:
		p->cut[value & 1] = value & 2;
		break;
	case 1:
		p->loss = value % 60;
		break;
	case 2:
		p->doubled = value % 100;
		break;
	case 3:
		p->jitter_ms = value;
		break;
	case 4:
		p->reorder = value & 1;
		break;
	case 5:
		p->dh_ms = value % 50;
		break;
	case 6:
		p->traffic_ms = value & 1 ? 5000 : 0;
		p->traffic_octets = value * 1000u;
		break;
	case 7:
		if (p->queued)
			p->queued--;
		break;
	default:
		for (int side = 0; side < 2; side++)
			if (p->side[side].nat.on)
				pair_nat_renew(p, side, NULL, p->side[side].nat.forwards ? 0 : (uint16_t)(value * 100));
	}
}

static volatile size_t sink;

static void text(const char *s)
{
	sink += s ? strlen(s) : 0;
}

static void read_failure(const struct ike_failure *f)
{
	char value[IKE_VALUE_SIZE], notify[IKE_NOTIFY_SIZE];

	text(ike_message_name(f->at.sent));
	text(ike_message_name(f->at.received));
	text(ike_notify_text(f->at.notify, notify));
	text(f->peer_id);
	text(f->profile);
	text(f->wanted);
	text(f->keyring);
	demand(f->differ_count <= IKE_DIFFERS);
	for (unsigned i = 0; i < f->differ_count; i++) {
		text(ike_value_text(f->differs[i].on, f->differs[i].ours, f->differs[i].ours_bits, value));
		text(ike_value_text(f->differs[i].on, f->differs[i].theirs, f->differs[i].theirs_bits, value));
	}
}

static void read_stranger(void *ctx, const struct ike_stranger *s)
{
	(void)ctx;
	read_failure(&s->failure);
}

static void read_sa(void *ctx, const struct ike_sa_info *sa)
{
	(void)ctx;
	text(sa->state);
	text(sa->phase1_id);
	text(sa->profile);
	text(sa->keyring);
}

static void read_ident(void *ctx, const struct ike_ident_info *i)
{
	struct ike *e = ctx;
	struct ike_diag d;

	demand(i->child_count <= IKE_CHILDREN);
	demand(ike_diag(e, i->ident, &d));
	for (int k = 0; k < 2; k++) {
		read_failure(&d.phase1[k]);
		read_failure(&d.phase2[k]);
	}
	read_failure(&d.over);
	if (ike_diag_stops(&d))
		read_failure(ike_diag_stops(&d));
	for (unsigned k = 0; k < d.life_count; k++) {
		char value[IKE_VALUE_SIZE];

		text(ike_value_text(d.lives[k].on, d.lives[k].theirs, d.lives[k].theirs_bits, value));
	}
	demand(ike_ident_is(e, i->ident, &i->config));
}

/* All that show commands ask for. */
static void show(struct world *w)
{
	for (int side = 0; side < 2; side++) {
		struct ike *e = w->p->side[side].ike;
		struct ike_stats stats;

		ike_each_sa(e, read_sa, NULL);
		ike_each_ident(e, read_ident, e);
		ike_each_stranger(e, read_stranger, NULL);
		ike_stats(e, &stats);
		sink += ike_ident_between(e, &w->p->side[side].addr, &w->p->side[1 - side].addr, 0);
	}
}

static void take_key(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets)
{
	(void)ctx, (void)icookie;
	for (size_t i = 0; i < octets; i++)
		sink += key[i];
}

static void conditions(struct ike *e, struct rd *r)
{
	struct ike_conditions c = { .unmatched = rd_u8(r) };

	for (unsigned i = rd_u8(r) % 4u; i > 0; i--) {
		struct ike_condition x = { .kind = rd_u8(r) % (IKE_BY_SPI + 1u), .number = rd_u8(r), .engine_id = 1 };

		x.address.addr.family = 4;
		x.address.len = 8 * (rd_u8(r) % 5u);
		memcpy(x.address.addr.octets, (uint8_t[]){ 10, 1, 1, 3 }, 4);
		snprintf(x.name, sizeof(x.name), "%s",
			 x.kind == IKE_BY_PROFILE ? "PR"
			 : x.kind == IKE_BY_FVRF  ? "Global"
						  : "r3");
		ike_condition_add(&c, &x);
	}
	ike_set_conditions(e, &c);
	ike_set_debug(e, 63);
}

static void command(struct world *w, struct rd *r)
{
	const uint8_t what = rd_u8(r), side = rd_u8(r) & 1, value = rd_u8(r);
	struct pair_side *s = &w->p->side[side];
	struct ike *e = s->ike;
	const struct ip_addr *peer = &w->s[side].idents[0].remote;

	switch (what % 20) {
	case 0:
		ike_clear_isakmp(e, value & 1 ? IKE_CONN_FIRST + (value >> 1) % 4u : 0);
		break;
	case 1:
		ike_clear_sa(e, value & 1 ? peer : NULL);
		break;
	case 2:
		ike_clear_session(e, value & 1 ? peer : NULL);
		break;
	case 3:
		ike_shutdown(e);
		break;
	case 4:
		if (s->idents[value & 1])
			ike_ident_remove(e, s->idents[value & 1]);
		s->up[s->idents[value & 1] & 7] = false;
		s->idents[value & 1] = 0;
		break;
	case 5:
		world_restore(w, side);
		break;
	case 6:
		world_reconfigure(w, side, r);
		break;
	case 7:
		ike_ident_path_mtu(e, s->idents[0], value * 8u);
		break;
	case 8:
		conditions(e, r);
		break;
	case 9:
		ike_export_keys(e, value & 1 ? take_key : NULL);
		break;
	case 10:
		show(w);
		break;
	case 11:
		ike_stats_clear(e);
		break;
	case 12:
		s->fail_install = value & 1;
		s->refuse_clone = value & 2;
		break;
	case 13:
		pair_crash(w->p, side);
		memset(s->idents, 0, sizeof(s->idents));
		world_restore(w, side);
		if (!(value & 1))
			ike_set_debug(s->ike, 0);
		break;
	default:
		ike_set_debug(e, value & 63);
	}
}

/* ESP, and what the data plane says of it. */
static void traffic(struct world *w, struct rd *r)
{
	const uint8_t what = rd_u8(r), side = rd_u8(r) & 1, value = rd_u8(r);
	struct ike *e = w->p->side[side].ike;
	struct pair_sa *sa = pair_sa(w->p, side, what & 16);
	const struct ike_path path = from_where(w, side, NULL, value);

	switch (what % 8) {
	case 0:
		pair_send_esp(w->p, side, value * 1000u);
		break;
	case 1:
		if (sa && !sa->sa.inbound)
			pair_send_through(w->p, side, sa, value);
		break;
	case 2:
		ike_invalid_spi(e, &path.local, &path.remote, value & 128 && sa ? sa->sa.spi : 1000u + value, value);
		break;
	case 3:
		if (sa && sa->sa.inbound)
			ike_peer_moved(e, sa->sa.ident, sa->sa.spi, &path);
		break;
	case 4:
		if (sa)
			pair_carried(w->p, side, sa, (uint64_t)value << 24);
		break;
	case 5:
		if (sa && !sa->sa.inbound)
			ike_sa_limit(e, sa->sa.ident, sa->sa.spi);
		break;
	case 6:
		if (sa && sa->sa.inbound)
			pair_took(w->p, side, sa, value);
		break;
	default:
		pair_send_esp(w->p, side, 100);
		pair_run(w->p, 2);
	}
}

/* --- the input ----------------------------------------------------------------------------------------------------- */

static void step(struct world *w, struct rd *r)
{
	const uint8_t n = rd_u8(r);

	for (unsigned i = 0; i <= n % 16u; i++)
		pair_run(w->p, 1);
}

static const struct {
	void (*run)(struct world *w, struct rd *r);
	unsigned weight; /* how often the mutator makes one */
} operations[] = { { step, 4 },  { edit, 8 }, { change, 3 }, { replay, 3 },  { invent, 8 }, { pretend, 5 },
		   { flood, 1 }, { pass, 5 }, { line, 2 },   { command, 4 }, { traffic, 3 } };
#define INVENT     4
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))
#define RECORDS    40

/* The two are left alone with each other, and agree. */
static void recover(struct world *w)
{
	struct pair *p = w->p;

	p->cut[0] = p->cut[1] = false;
	p->loss = p->loss_esp = p->doubled = 0;
	p->jitter_ms = p->traffic_ms = 0;
	p->reorder = false;
	for (int side = 0; side < 2; side++)
		world_restore(w, side);
	pair_run(p, 5000);
	if (!w->compatible)
		return;
	for (int side = 0; side < 2; side++)
		ike_clear_session(p->side[side].ike, NULL);
	for (unsigned i = 0; i < 70; i++) {
		pair_run(p, 5000);
		if (pair_joined(p))
			return;
	}
	abort();
}

static bool has_peers(const struct ike *e)
{
	for (unsigned k = 0; k < IKE_CHAINS; k++)
		if (!TAILQ_EMPTY(&e->index.peers_by_address[k]))
			return true;
	return false;
}

/* Both leave, without hearing of each other. */
static void leave(struct world *w)
{
	struct pair *p = w->p;

	p->cut[0] = p->cut[1] = true;
	for (int side = 0; side < 2; side++)
		ike_shutdown(p->side[side].ike);
	pair_run(p, 130000);
	for (int side = 0; side < 2; side++) {
		const struct pair_side *s = &p->side[side];

		demand(TAILQ_EMPTY(&s->ike->sas) && !has_peers(s->ike) && !s->ike->sa_count);
		demand(!s->ike->frags.count && !s->ike->dh_jobs);
		demand(!pair_installed(p, side, true) && !pair_installed(p, side, false));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct rd r = rd_of(data, size);

	if (size < WORLD_CONFIG)
		return 0;
	world_begin(&w, &r);
	for (unsigned n = 0; n < RECORDS && rd_left(&r) >= 2; n++) {
		const uint8_t what = rd_u8(&r), octets = rd_u8(&r);
		struct rd args = rd_sub(&r, octets < rd_left(&r) ? octets : rd_left(&r));

		operations[what % OPERATIONS].run(&w, &args);
		bounded(&w, 0);
		bounded(&w, 1);
	}
	show(&w);
	recover(&w);
	show(&w);
	leave(&w);
	world_end(&w);
	return 0;
}

/* --- mutations that keep to records -------------------------------------------------------------------------------- */

static unsigned dice(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

static uint8_t some_operation(unsigned *seed)
{
	unsigned all = 0, at, i = 0;

	for (size_t k = 0; k < OPERATIONS; k++)
		all += operations[k].weight;
	at = dice(seed, all);
	while (at >= operations[i].weight)
		at -= operations[i++].weight;
	return (uint8_t)i;
}

/* One record, made up. Returns its octets. */
static size_t a_record(unsigned *seed, uint8_t out[64])
{
	const size_t octets = 2 + dice(seed, 30);

	out[0] = some_operation(seed);
	out[1] = (uint8_t)octets;
	for (size_t i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)(dice(seed, 3) ? dice(seed, 256) : dice(seed, 8));
	if (out[0] == INVENT && octets > 4 && dice(seed, 2))
		out[4] |= 32; /* like one that was sent */
	return 2 + octets;
}

static size_t replace(uint8_t *data, size_t size, size_t max, size_t at, size_t gone, const uint8_t *in, size_t octets)
{
	if (size - gone + octets > max)
		return size;
	memmove(data + at + octets, data + at + gone, size - at - gone);
	if (octets)
		memcpy(data + at, in, octets);
	return size - gone + octets;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t at[RECORDS + 1], count = 0, from = WORLD_CONFIG, k, octets, j;
	uint8_t buf[320];

	if (size < WORLD_CONFIG || max < WORLD_CONFIG + 64) {
		size = max < WORLD_CONFIG ? max : WORLD_CONFIG;
		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)(dice(&seed, 2) ? 0 : dice(&seed, 256));
		return size;
	}
	while (from + 2 <= size && count < RECORDS) {
		at[count++] = from;
		from += 2u + data[from + 1];
		from = from < size ? from : size;
	}
	at[count] = from;
	size = from;
	k = count ? dice(&seed, (unsigned)count) : 0;
	switch (dice(&seed, 13)) {
	case 0: /* the configuration */
	case 1:
		data[dice(&seed, WORLD_CONFIG)] = (uint8_t)(dice(&seed, 3) ? 1u << dice(&seed, 8) : dice(&seed, 256));
		return size;
	case 2:
		data[dice(&seed, WORLD_CONFIG)] ^= (uint8_t)(1u << dice(&seed, 8));
		return size;
	case 3: /* one goes */
		return count ? replace(data, size, max, at[k], at[k + 1] - at[k], NULL, 0) : size;
	case 4: /* twice */
	case 5: /* one more */
	case 6:
		if (dice(&seed, 3) || !count)
			octets = a_record(&seed, buf);
		else {
			j = dice(&seed, (unsigned)count);
			octets = at[j + 1] - at[j];
			memcpy(buf, data + at[j], octets);
		}
		return replace(data, size, max, count ? at[k] : size, 0, buf, octets);
	case 7: /* another one at the end, or several messages that are nearly right */
		if (dice(&seed, 2)) {
			octets = a_record(&seed, buf);
			return replace(data, size, max, size, 0, buf, octets);
		}
		for (unsigned n = 1 + dice(&seed, 8); n > 0; n--) {
			octets = a_record(&seed, buf);
			buf[0] = INVENT;
			buf[4] |= 32;
			if (octets > 8)
				size = replace(data, size, max, size, 0, buf, octets);
		}
		return size;
	case 8: /* the same otherwise */
	case 9:
		octets = a_record(&seed, buf);
		if (!count)
			return size;
		buf[0] = data[at[k]];
		return replace(data, size, max, at[k], at[k + 1] - at[k], buf, octets);
	default: /* what one does */
		if (!count || at[k + 1] - at[k] < 2)
			return size;
		octets = at[k + 1] - at[k] - 2;
		memcpy(buf + 2, data + at[k] + 2, octets);
		buf[0] = dice(&seed, 16) ? data[at[k]] : some_operation(&seed);
		octets = LLVMFuzzerMutate(buf + 2, octets, 255);
		buf[1] = (uint8_t)octets;
		return replace(data, size, max, at[k], at[k + 1] - at[k], buf, octets + 2);
	}
}
