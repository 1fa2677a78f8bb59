#include "fuzz/ike_forge.h"

#include "ike/ipsec.h"
#include "ike/phase1.h"

#include <stdlib.h>

/* --- what the receiver knows --------------------------------------------------------------------------------------- */

struct ike_sa *forge_sa(struct pair *p, int side, unsigned n)
{
	struct ike *e = p->side[side].ike;
	struct ike_sa *sa;

	if (!e->sa_count)
		return NULL;
	n %= e->sa_count;
	TAILQ_FOREACH (sa, &e->sas, link) {
		if (!n--)
			return sa;
	}
	return NULL;
}

/* rcookie is zero in first messages. */
static struct ike_sa *sa_of(struct pair *p, int side, const struct isakmp_header *h)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, &p->side[side].ike->sas, link) {
		if (!memcmp(sa->icookie, h->icookie, sizeof(h->icookie)) &&
		    (!memcmp(h->rcookie, none, sizeof(none)) || !memcmp(sa->rcookie, h->rcookie, sizeof(none))))
			return sa;
	}
	return NULL;
}

/* With keys: the receiver's, or else the sender's. */
static struct ike_sa *keyed(const struct forge *f)
{
	struct ike_sa *sa = sa_of(f->p, f->to, &f->h);

	if (sa && sa->has_keys && !sa->deleted)
		return sa;
	sa = sa_of(f->p, 1 - f->to, &f->h);
	return sa && sa->has_keys && !sa->deleted ? sa : NULL;
}

static bool iv_of(const struct forge *f, struct ike_sa *sa, uint8_t iv[IKE_BLOCK_MAX])
{
	const struct ike_node *n = ike_node_find(sa, f->h.message_id);

	if (ike_is_phase1(f->h.exchange))
		memcpy(iv, sa->keys.iv, IKE_BLOCK_MAX);
	else if (f->h.exchange == EXCHANGE_QUICK && n && !n->deferred)
		memcpy(iv, n->iv, IKE_BLOCK_MAX);
	else
		return !ike_iv_phase2(&sa->keys, f->h.message_id, iv);
	return true;
}

/* The nth pair of IPsec SAs of the receiver. */
static const struct ike_pair *pair_of(const struct forge *f, unsigned n)
{
	const struct ike_ident_entry *i;
	const struct ike_pair *p, *first = NULL;

	TAILQ_FOREACH (i, &f->p->side[f->to].ike->idents, link) {
		TAILQ_FOREACH (p, &i->pairs, link) {
			if (!first)
				first = p;
			if (!n--)
				return p;
		}
	}
	return first;
}

/* --- pieces -------------------------------------------------------------------------------------------------------- */

/* Room for a body; NULL: the arena is full. */
static uint8_t *room(struct forge *f, size_t octets)
{
	if (sizeof(f->arena) - f->used < octets)
		return NULL;
	f->used += octets;
	return f->arena + f->used - octets;
}

static void push(struct forge *f, uint8_t type, const void *body, size_t octets)
{
	uint8_t *to = f->count < FORGE_PIECES ? room(f, octets) : NULL;

	if (!to)
		return;
	if (octets)
		memcpy(to, body, octets);
	f->piece[f->count++] = (struct forge_piece){ .type = type, .octets = octets, .body = to };
}

static void set_body(struct forge *f, struct forge_piece *x, const void *body, size_t octets)
{
	uint8_t *to = room(f, octets);

	if (!to)
		return;
	if (octets)
		memcpy(to, body, octets);
	x->body = to;
	x->octets = octets;
}

static void begin(struct forge *f, struct pair *p, int to)
{
	f->p = p;
	f->to = to;
	f->rehash = true;
	f->chain_first = false;
	f->longer = 0;
	f->after = f->used = 0;
	f->count = 0;
}

bool forge_open(struct forge *f, struct pair *p, int to, const uint8_t *datagram, size_t octets)
{
	static uint8_t plain[PAIR_DATAGRAM];
	uint8_t iv[IKE_BLOCK_MAX];
	struct payload_fault fault;
	struct payloads in;
	struct ike_sa *sa;
	struct rd body;

	begin(f, p, to);
	if (!isakmp_parse_header(datagram, octets, &f->h, &body, &fault))
		return false;
	octets = rd_left(&body);
	memcpy(plain, body.p, octets);
	if (!(f->h.flags & ISAKMP_FLAG_ENCRYPTED)) {
		if (!payloads_walk(f->h.next_payload, rd_of(plain, octets), 0, &in, &fault))
			return false;
	} else {
		sa = keyed(f);
		if (!sa || !octets || octets % sa->keys.block_octets)
			return false;
		if (!iv_of(f, sa, iv) || ike_decrypt(&sa->keys, iv, plain, octets) ||
		    !payloads_walk(f->h.next_payload, rd_of(plain, octets), ISAKMP_PADDING_MAX, &in, &fault)) {
			/* the first message of an exchange that has gone on since */
			memcpy(plain, body.p, octets);
			if (ike_iv_phase2(&sa->keys, f->h.message_id, iv) ||
			    ike_decrypt(&sa->keys, iv, plain, octets) ||
			    !payloads_walk(f->h.next_payload, rd_of(plain, octets), ISAKMP_PADDING_MAX, &in, &fault))
				return false;
		}
	}
	for (unsigned i = 0; i < in.count; i++)
		push(f, in.p[i].type, in.p[i].body.p, rd_left(&in.p[i].body));
	return true;
}

void forge_new(struct forge *f, struct pair *p, int to, const struct ike_sa *sa, uint8_t exchange, uint32_t mid,
	       bool encrypted)
{
	static const uint8_t zero[IKE_HASH_MAX];

	begin(f, p, to);
	f->h = (struct isakmp_header){ .exchange = exchange,
				       .version = ISAKMP_VERSION,
				       .flags = encrypted ? ISAKMP_FLAG_ENCRYPTED : 0,
				       .message_id = mid };
	if (sa) {
		memcpy(f->h.icookie, sa->icookie, sizeof(f->h.icookie));
		memcpy(f->h.rcookie, sa->rcookie, sizeof(f->h.rcookie));
	}
	if (sa && encrypted && !ike_is_phase1(exchange))
		push(f, PAYLOAD_HASH, zero, sa->keys.hash_octets);
}

/* --- bodies that are made up ----------------------------------------------------------------------------------------- */

/* Not the octet that pair_leak.c looks for: what is echoed would look like memory that was never written. */
static uint8_t other_than_unwritten(uint8_t x)
{
	return x == 0xBE ? 0xBF : x;
}

static void some(struct wr *w, struct rd *r, size_t octets)
{
	const uint8_t fill = rd_u8(r);

	for (size_t i = 0; i < octets; i++)
		wr_u8(w, other_than_unwritten(rd_left(r) ? rd_u8(r) : fill));
}

/* Sizes around those that matter. */
static size_t a_size(struct rd *r, size_t right)
{
	static const uint16_t sizes[] = {
		0, 1, 3, 4, 7, 8, 9, 16, 20, 64, 96, 128, 255, 256, 257, 512, 513, 2000, 4100
	};
	const uint8_t how = rd_u8(r);

	if (how < 160)
		return right;
	return how < 192   ? right + 1
	       : how < 208 ? right - (right > 0)
			   : sizes[how % (sizeof(sizes) / sizeof(sizes[0]))];
}

static void an_attribute(struct wr *w, struct rd *r)
{
	const uint8_t how = rd_u8(r), type = rd_u8(r);
	const uint16_t value = rd_u16(r);

	if (how & 1) {
		wr_u16(w, 0x8000 | type % 20u);
		wr_u16(w, value);
		return;
	}
	wr_u16(w, type % 20u);
	wr_u16(w, how & 2 ? 4 : how >> 4);
	some(w, r, how & 2 ? 4 : how >> 4);
}

static void an_sa(struct wr *w, struct rd *r, bool phase2)
{
	const uint8_t shape = rd_u8(r);
	const unsigned proposals = 1 + shape % 4u, transforms = shape >> 4 == 15 ? 60 : 1 + (shape >> 4) % 3u;

	wr_u32(w, shape & 8 ? rd_u8(r) : 1);
	wr_u32(w, shape & 8 ? rd_u8(r) : 1);
	for (unsigned i = 0; i < proposals; i++) {
		const uint8_t how = rd_u8(r), number = rd_u8(r);
		const size_t at = wr_octets(w), spi = how & 1 ? how >> 4 : phase2 ? 4 : 0;

		wr_u16(w, i + 1 < proposals ? PAYLOAD_PROPOSAL << 8 : 0);
		wr_u16(w, 0);
		wr_u8(w, how & 2 ? number : (uint8_t)(i + 1));
		wr_u8(w, how & 4 ? number % 5 : phase2 ? PROTO_IPSEC_ESP : PROTO_ISAKMP);
		wr_u8(w, (uint8_t)spi);
		wr_u8(w, (uint8_t)(transforms + (how & 8 && number > 128)));
		some(w, r, spi);
		for (unsigned t = 0; t < transforms; t++) {
			const uint8_t count = rd_u8(r), id = rd_u8(r);
			const size_t from = wr_octets(w);

			wr_u16(w, t + 1 < transforms ? PAYLOAD_TRANSFORM << 8 : 0);
			wr_u16(w, 0);
			wr_u8(w, (uint8_t)(t + 1));
			wr_u8(w, phase2 ? id % 24 : 1);
			wr_u16(w, 0);
			for (unsigned k = 0; k < count % 12u; k++)
				an_attribute(w, r);
			wr_patch_u16(w, from + 2, (uint16_t)(wr_octets(w) - from));
		}
		wr_patch_u16(w, at + 2, (uint16_t)(wr_octets(w) - at));
	}
}

static void an_address(const struct forge *f, struct wr *w, struct rd *r, bool v6, bool subnet)
{
	const uint8_t how = rd_u8(r);
	const struct ip_addr *a = how & 1 ? &f->p->side[f->to].addr : &f->p->side[1 - f->to].addr;
	const size_t octets = v6 ? 16 : 4;

	if (how & 6)
		some(w, r, octets);
	else
		wr_bytes(w, a->octets, octets);
	for (size_t i = 0; subnet && i < octets; i++)
		wr_u8(w, how & 8 ? rd_u8(r) : how & 16 ? 0xFF : 0);
}

static void an_id(const struct forge *f, struct wr *w, struct rd *r)
{
	static const char *const names[] = { "r2.example.com",
					     "r3.example.com",
					     "R3@example.com",
					     "group1",
					     "cisco",
					     "x.EXAMPLE.com",
					     "",
					     "example.com",
					     "@",
					     "r3" };
	const uint8_t type = rd_u8(r), how = rd_u8(r);

	wr_u8(w, type % 13);
	wr_u8(w, how & 1 ? rd_u8(r) : how & 2 ? IPPROTO_UDP : 0);
	wr_u16(w, how & 4 ? rd_u16(r) : how & 8 ? 500 : 0);
	switch (type % 13) {
	case ID_IPV4_ADDR:
	case ID_IPV4_ADDR_SUBNET:
		an_address(f, w, r, false, type % 13 == ID_IPV4_ADDR_SUBNET);
		break;
	case ID_IPV6_ADDR:
	case ID_IPV6_ADDR_SUBNET:
		an_address(f, w, r, true, type % 13 == ID_IPV6_ADDR_SUBNET);
		break;
	default:
		if (how & 16)
			some(w, r, a_size(r, 20));
		else
			wr_bytes(w, names[how >> 5], strlen(names[how >> 5]));
	}
}

/* The SPI of a notification or a delete payload, of a kind that means something. */
static size_t an_spi(const struct forge *f, struct wr *w, struct rd *r, uint8_t how)
{
	const size_t before = wr_octets(w);
	const struct ike_pair *pair = pair_of(f, how >> 4);
	const struct ike_sa *other = forge_sa(f->p, f->to, how >> 4);

	switch (how % 8) {
	case 0:
	case 1:
		wr_bytes(w, f->h.icookie, ISAKMP_COOKIE_OCTETS);
		wr_bytes(w, f->h.rcookie, ISAKMP_COOKIE_OCTETS);
		break;
	case 2:
	case 3:
		wr_u32(w, !pair ? 1000 : how % 8 == 2 ? pair->out_spi : pair->in_spi);
		break;
	case 4:
		wr_bytes(w, other ? other->icookie : f->h.icookie, ISAKMP_COOKIE_OCTETS);
		wr_bytes(w, other ? other->rcookie : f->h.rcookie, ISAKMP_COOKIE_OCTETS);
		break;
	case 5:
		some(w, r, 4);
		break;
	case 6:
		some(w, r, how >> 4);
		break;
	default:
		break;
	}
	return wr_octets(w) - before;
}

static void a_notification(const struct forge *f, struct wr *w, struct rd *r)
{
	static const uint16_t types[] = {
		NOTIFY_R_U_THERE,     NOTIFY_R_U_THERE_ACK,  NOTIFY_RESPONDER_LIFETIME, NOTIFY_INITIAL_CONTACT,
		NOTIFY_INVALID_SPI,   NOTIFY_INVALID_COOKIE, NOTIFY_NO_PROPOSAL_CHOSEN, NOTIFY_INVALID_ID_INFORMATION,
		NOTIFY_REPLAY_STATUS, NOTIFY_CONNECTED,      NOTIFY_PAYLOAD_MALFORMED,  40500
	};
	const uint8_t how = rd_u8(r), spi = rd_u8(r), data = rd_u8(r);
	const struct ike_sa *sa = sa_of(f->p, f->to, &f->h);
	const uint16_t type = how & 128 ? how : types[how % (sizeof(types) / sizeof(types[0]))];
	size_t at;

	wr_u32(w, data & 128 ? rd_u8(r) : 1);
	at = wr_octets(w);
	wr_u8(w, data & 64 ? rd_u8(r) : spi % 8 == 2 || spi % 8 == 3 || spi % 8 == 5 ? PROTO_IPSEC_ESP : PROTO_ISAKMP);
	wr_u8(w, 0);
	wr_u16(w, type);
	wr_patch_u8(w, at + 1, (uint8_t)an_spi(f, w, r, spi));
	if (type == NOTIFY_R_U_THERE || type == NOTIFY_R_U_THERE_ACK)
		wr_u32(w, (sa ? type == NOTIFY_R_U_THERE ? sa->dpd.their_sequence : sa->dpd.sequence : 0) + data % 8u);
	else if (type == NOTIFY_RESPONDER_LIFETIME)
		for (unsigned i = 0; i < data % 8u; i++) {
			const bool p1 = spi % 8 < 2;

			wr_u16(w, 0x8000 | (p1 ? 11 : 1));
			wr_u16(w, 1 + i / 2 % 2);
			wr_u16(w, p1 ? 12 : 2);
			wr_u16(w, 4);
			wr_u32(w, rd_u16(r) << (data >> 3 & 4));
		}
	else
		some(w, r, data % 8u);
	if (data & 32)
		some(w, r, data % 8u);
}

static void a_delete(const struct forge *f, struct wr *w, struct rd *r)
{
	const uint8_t how = rd_u8(r), spi = rd_u8(r);
	const unsigned count = how % 4u;
	size_t at, octets = 0;

	wr_u32(w, how & 128 ? rd_u8(r) : 1);
	wr_u8(w, how & 64 ? rd_u8(r) : spi % 8 == 2 || spi % 8 == 3 || spi % 8 == 5 ? PROTO_IPSEC_ESP : PROTO_ISAKMP);
	at = wr_octets(w);
	wr_u8(w, 0);
	wr_u16(w, (uint16_t)(how & 32 ? rd_u16(r) : count));
	for (unsigned i = 0; i < count; i++)
		octets = an_spi(f, w, r, (uint8_t)(spi + (i << 4)));
	wr_patch_u8(w, at, how & 16 ? rd_u8(r) : (uint8_t)octets);
}

static void a_public_value(const struct forge *f, struct wr *w, struct rd *r)
{
	struct ike_sa *sa = sa_of(f->p, f->to, &f->h);
	const struct ike_node *n = sa ? ike_node_find(sa, f->h.message_id) : NULL;
	unsigned group = sa ? sa->policy.group : 1;

	if (n && n->qm && n->qm->group)
		group = n->qm->group;
	some(w, r, a_size(r, ike_dh_public_octets(group)));
}

static void a_vendor(const struct forge *f, struct wr *w, struct rd *r)
{
	const uint8_t kind = rd_u8(r), how = rd_u8(r);
	uint8_t ios[IKE_IOS_VID_OCTETS];
	size_t octets;
	const uint8_t *vid = isakmp_vid_octets(kind % (VID_FRAGMENTATION + 1), &octets);

	if (!vid && (kind & 128) && !ike_ios_vid(f->p->crypto, f->h.icookie, f->h.rcookie, ios)) {
		vid = ios;
		octets = sizeof(ios);
	}
	wr_bytes(w, vid, vid ? octets - (how & 1) : 0);
	some(w, r, vid ? how >> 4 : a_size(r, 16));
}

static void a_nat_hash(const struct forge *f, struct wr *w, struct rd *r)
{
	const struct ike_sa *sa = sa_of(f->p, f->to, &f->h);
	const enum isakmp_hash hash = sa ? sa->policy.hash : ISAKMP_HASH_SHA;
	const struct ike_path path = pair_path(f->p, f->to);
	uint8_t d[IKE_HASH_MAX];
	const uint8_t how = rd_u8(r);

	if ((how & 1) && !ike_natd_hash(f->p->crypto, hash, f->h.icookie, f->h.rcookie,
					how & 2 ? &path.local : &path.remote, how & 4 ? 4500 : 500, d))
		wr_bytes(w, d, ike_hash_octets(hash));
	else
		some(w, r, a_size(r, ike_hash_octets(hash)));
}

static void a_nat_address(const struct forge *f, struct wr *w, struct rd *r)
{
	const uint8_t type = rd_u8(r);
	const bool v6 = f->p->side[0].addr.family == 6;

	wr_u8(w, type & 128 ? type : v6 ? ID_IPV6_ADDR : ID_IPV4_ADDR);
	some(w, r, 3);
	an_address(f, w, r, v6, false);
}

static void a_body(const struct forge *f, uint8_t type, struct wr *w, struct rd *r)
{
	switch (payload_plain_type(type)) {
	case PAYLOAD_SA:
		an_sa(w, r, !ike_is_phase1(f->h.exchange));
		break;
	case PAYLOAD_ID:
		an_id(f, w, r);
		break;
	case PAYLOAD_NOTIFY:
		a_notification(f, w, r);
		break;
	case PAYLOAD_DELETE:
		a_delete(f, w, r);
		break;
	case PAYLOAD_KE:
		a_public_value(f, w, r);
		break;
	case PAYLOAD_NONCE:
		some(w, r, a_size(r, 20));
		break;
	case PAYLOAD_VID:
		a_vendor(f, w, r);
		break;
	case PAYLOAD_NATD:
		a_nat_hash(f, w, r);
		break;
	case PAYLOAD_NATOA:
		a_nat_address(f, w, r);
		break;
	default:
		some(w, r, a_size(r, 20));
	}
}

void forge_add(struct forge *f, uint8_t type, struct rd *r)
{
	static uint8_t body[8192];
	struct wr w = wr_of(body, sizeof(body));

	a_body(f, type, &w, r);
	push(f, type, body, w.full ? 0 : wr_octets(&w));
}

/* --- changes ------------------------------------------------------------------------------------------------------- */

/* The SA payload, taken apart and built again with one thing changed. */
static void edit_sa(struct forge *f, struct forge_piece *x, struct rd *r)
{
	static const struct isakmp_header h = { .icookie = { 1 } };
	static struct payload_sa sa;
	static uint8_t buf[16384];
	const uint8_t what = rd_u8(r), which = rd_u8(r), nth = rd_u8(r);
	const struct payload p = { .type = PAYLOAD_SA, .body = rd_of(x->body, x->octets) };
	struct payload_fault fault;
	struct isakmp_wr m;
	size_t octets;
	uint8_t spi[8];

	if (!payload_parse_sa(&p, &sa, &fault))
		return;
	rd_copy(r, spi, sizeof(spi));
	spi[0] = other_than_unwritten(spi[0]);
	isakmp_open(&m, buf, sizeof(buf), &h);
	wr_sa_open(&m);
	for (unsigned i = 0; i < sa.proposal_count; i++) {
		const struct payload_proposal *q = &sa.proposals[i];
		const bool me = i == which % sa.proposal_count;

		wr_proposal_open(&m, me && what == 0 ? nth : q->number, me && what == 1 ? nth % 5 : q->protocol,
				 me && what == 2 ? spi : q->spi, me && what == 2 ? nth % 9 : q->spi_octets);
		for (unsigned t = 0; t < q->count; t++) {
			const struct payload_transform *tr = &sa.transforms[q->first + t];
			const bool this = me && t == (which >> 4) % q->count;
			struct rd a = tr->attrs;
			unsigned k = 0;

			for (unsigned n = 0; this && what == 3 && n < nth; n++)
				wr_transform_copy(&m, tr);
			if (this && what == 4)
				continue;
			wr_transform_open(&m, tr->number, this && what == 5 ? nth : tr->id);
			for (; rd_left(&a) >= 4; k++) {
				const uint16_t type = rd_u16(&a), value = rd_u16(&a);
				const uint8_t *v = type & 0x8000 ? NULL : rd_take(&a, value);
				const bool it = this && what > 5 && k == nth % 16u;

				if (it && what % 8 == 6)
					continue; /* goes */
				if (it && what % 8 == 7)
					an_attribute(&m.w, r); /* another one before it */
				wr_u16(&m.w, it && what % 8 == 0 ? type ^ spi[0] : type);
				wr_u16(&m.w, it && !v && what % 8 >= 1 ? (uint16_t)(spi[0] << 8 | spi[1]) : value);
				if (v && it && what % 8 > 0 && value <= sizeof(spi))
					wr_bytes(&m.w, spi, value);
				else if (v)
					wr_bytes(&m.w, v, value);
			}
			wr_transform_close(&m);
		}
		wr_proposal_close(&m);
		if (me && what == 255)
			break;
	}
	wr_payload_close(&m);
	octets = isakmp_close(&m, 0);
	if (octets)
		set_body(f, x, buf + ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS,
			 octets - ISAKMP_HEADER_OCTETS - ISAKMP_GEN_OCTETS);
}

/* Octets go, come or change, at a place. */
static void edit_octets(struct forge *f, struct forge_piece *x, struct rd *r)
{
	static uint8_t body[8192];
	const uint8_t how = rd_u8(r);
	const size_t at = x->octets ? rd_u16(r) % (x->octets + 1) : 0;
	struct wr w = wr_of(body, sizeof(body));
	struct rd was = rd_of(x->body, x->octets);
	size_t n = 1 + (how >> 3);

	wr_bytes(&w, rd_take(&was, at), at);
	switch (how % 8) {
	case 0: /* cut */
		break;
	case 1: /* out */
		rd_take(&was, n < rd_left(&was) ? n : rd_left(&was));
		wr_bytes(&w, was.p, rd_left(&was));
		break;
	case 2: /* in */
	case 3:
		some(&w, r, how % 8 == 2 ? n : n * 150);
		wr_bytes(&w, was.p, rd_left(&was));
		break;
	default: /* other ones */
		n = how % 8 - 3u;
		n = n < rd_left(&was) ? n : rd_left(&was);
		for (size_t i = 0; i < n; i++)
			wr_u8(&w, rd_u8(&was) ^ rd_u8(r));
		wr_bytes(&w, was.p, rd_left(&was));
	}
	if (!w.full)
		set_body(f, x, body, wr_octets(&w));
}

static uint8_t a_type(struct rd *r)
{
	static const uint8_t types[] = { PAYLOAD_SA,      PAYLOAD_KE,       PAYLOAD_ID,       PAYLOAD_HASH,
					 PAYLOAD_NONCE,   PAYLOAD_NOTIFY,   PAYLOAD_DELETE,   PAYLOAD_VID,
					 PAYLOAD_NATD,    PAYLOAD_NATOA,    PAYLOAD_CR,       PAYLOAD_CERT,
					 PAYLOAD_NATD_03, PAYLOAD_NATOA_03, PAYLOAD_FRAGMENT, PAYLOAD_NOTIFY };
	const uint8_t which = rd_u8(r);

	return which & 128 ? which & 127 : types[which % sizeof(types)];
}

static void edit_header(struct forge *f, struct rd *r)
{
	const uint8_t what = rd_u8(r), value = rd_u8(r);

	switch (what % 10) {
	case 0:
		f->h.exchange = value;
		break;
	case 1:
		f->h.flags ^= value;
		break;
	case 2:
		f->h.message_id = value & 1 ? rd_u32(r) : 0;
		break;
	case 3:
		f->h.version = value;
		break;
	case 4:
		f->chain_first = true;
		f->first = value;
		break;
	case 5:
		f->longer = value - 128;
		break;
	case 6:
		f->h.icookie[value % ISAKMP_COOKIE_OCTETS] ^= rd_u8(r);
		break;
	case 7:
		f->h.rcookie[value % ISAKMP_COOKIE_OCTETS] ^= rd_u8(r);
		break;
	case 8:
		f->after = value;
		break;
	default:
		f->rehash = false;
	}
}

void forge_edit(struct forge *f, struct rd *r)
{
	const uint8_t what = rd_u8(r), which = rd_u8(r);
	struct forge_piece *x = &f->piece[f->count ? which % f->count : 0], *last;

	if (!f->count || what % 16 == 0) {
		edit_header(f, r);
		return;
	}
	switch (what % 16) {
	case 1: /* goes */
		f->count--;
		memmove(x, x + 1, (size_t)(f->piece + f->count - x) * sizeof(*x));
		break;
	case 2: /* twice */
		push(f, x->type, x->body, x->octets);
		break;
	case 3: { /* another place */
		struct forge_piece *y = &f->piece[rd_u8(r) % f->count], z = *x;

		*x = *y;
		*y = z;
		break;
	}
	case 4:
		x->type = a_type(r);
		break;
	case 5:
		x->longer = rd_u8(r) - 128;
		break;
	case 6:
		x->reserved = rd_u8(r);
		break;
	case 7:
	case 8: /* one more, behind this one */
		forge_add(f, a_type(r), r);
		last = &f->piece[f->count - 1];
		if (which & 128 && last > x) {
			const struct forge_piece z = *last;

			memmove(x + 2, x + 1, (size_t)(last - x - 1) * sizeof(*x));
			x[1] = z;
		}
		break;
	case 9:
	case 10: /* made anew */
		forge_add(f, x->type, r);
		last = &f->piece[f->count - 1];
		if (last > x) {
			*x = *last;
			f->count--;
		}
		break;
	case 11:
	case 12:
		for (unsigned i = 0; i < f->count; i++)
			if (f->piece[i].type == PAYLOAD_SA)
				edit_sa(f, &f->piece[i], r);
		break;
	default:
		edit_octets(f, x, r);
	}
}

/* --- closing ------------------------------------------------------------------------------------------------------- */

static const struct forge_piece *find(const struct forge *f, uint8_t type)
{
	for (unsigned i = 0; i < f->count; i++)
		if (f->piece[i].type == type)
			return &f->piece[i];
	return NULL;
}

/* HASH_I or HASH_R of phase 1: over the ID payload that is there, or in AG3 the one of AG1. */
static bool phase1_hash(const struct forge *f, const struct ike_sa *sa, uint8_t hash[IKE_HASH_MAX])
{
	const struct forge_piece *id = find(f, PAYLOAD_ID);
	const bool receiver = sa == sa_of(f->p, f->to, &f->h);
	const bool by_initiator = receiver != sa->initiator;
	struct ike_bytes body = { NULL, 0 };
	struct ike_p1_material m;

	if (!sa->mm)
		return false;
	m = ike_p1_known(sa);
	body = id ? (struct ike_bytes){ id->body, id->octets } : ike_blob_bytes(&sa->mm->idi);
	return !(by_initiator ? ike_hash_i(&sa->keys, &m, ike_blob_bytes(&sa->mm->sai), body, hash)
			      : ike_hash_r(&sa->keys, &m, ike_blob_bytes(&sa->mm->sai), body, hash));
}

static bool hash_of(const struct forge *f, struct ike_sa *sa, struct ike_bytes rest, uint8_t hash[IKE_HASH_MAX])
{
	const struct ike_node *n = ike_node_find(sa, f->h.message_id);
	const struct ike_qm *qm = n ? n->qm : NULL;

	if (ike_is_phase1(f->h.exchange))
		return phase1_hash(f, sa, hash);
	if (f->h.exchange == EXCHANGE_QUICK && qm && n->state == IKE_QM_I_QM1)
		return !ike_hash_2(&sa->keys, f->h.message_id, (struct ike_bytes){ qm->ni, qm->ni_octets }, rest, hash);
	if (f->h.exchange == EXCHANGE_QUICK && qm && n->state == IKE_QM_R_QM2)
		return !ike_hash_3(&sa->keys, f->h.message_id, (struct ike_bytes){ qm->ni, qm->ni_octets },
				   (struct ike_bytes){ qm->nr, qm->nr_octets }, hash);
	return !ike_hash_1(&sa->keys, f->h.message_id, rest, hash);
}

/* The IV of who sent it goes on from its last block, as if it had sent what is taken. */
static void chain(const struct forge *f, const uint8_t *last, size_t block)
{
	struct ike_sa *sa = sa_of(f->p, 1 - f->to, &f->h);
	struct ike_node *n = sa ? ike_node_find(sa, f->h.message_id) : NULL;

	if (sa && sa->has_keys && ike_is_phase1(f->h.exchange))
		memcpy(sa->keys.iv, last, block);
	else if (n && f->h.exchange == EXCHANGE_QUICK)
		memcpy(n->iv, last, block);
}

size_t forge_close(struct forge *f, uint8_t *out, size_t size)
{
	struct wr w = wr_of(out, size);
	struct ike_sa *sa = keyed(f);
	uint8_t hash[IKE_HASH_MAX], iv[IKE_BLOCK_MAX], *hash_at = NULL;
	size_t rest_at = 0, end;

	wr_bytes(&w, f->h.icookie, sizeof(f->h.icookie));
	wr_bytes(&w, f->h.rcookie, sizeof(f->h.rcookie));
	wr_u8(&w, f->chain_first ? f->first : f->count ? f->piece[0].type : 0);
	wr_u8(&w, f->h.version);
	wr_u8(&w, f->h.exchange);
	wr_u8(&w, f->h.flags);
	wr_u32(&w, f->h.message_id);
	wr_u32(&w, 0);
	for (unsigned i = 0; i < f->count; i++) {
		const struct forge_piece *x = &f->piece[i];
		const bool hashed =
			f->rehash && sa && x->type == PAYLOAD_HASH && !hash_at && (!i || ike_is_phase1(f->h.exchange));
		const size_t octets = hashed ? sa->keys.hash_octets : x->octets;

		wr_u8(&w, i + 1 < f->count ? x[1].type : 0);
		wr_u8(&w, x->reserved);
		wr_u16(&w, (uint16_t)((int)(octets + ISAKMP_GEN_OCTETS) + x->longer));
		if (hashed) {
			hash_at = wr_take(&w, octets);
			rest_at = wr_octets(&w);
		} else {
			wr_bytes(&w, x->body, octets);
		}
	}
	if (w.full)
		return 0;
	if (hash_at && hash_of(f, sa, (struct ike_bytes){ out + rest_at, wr_octets(&w) - rest_at }, hash))
		memcpy(hash_at, hash, sa->keys.hash_octets);
	wr_zero(&w, f->after);
	if (f->h.flags & ISAKMP_FLAG_ENCRYPTED && sa) {
		const size_t block = sa->keys.block_octets;

		while (!w.full && (wr_octets(&w) - ISAKMP_HEADER_OCTETS) % block)
			wr_u8(&w, 0);
		end = wr_octets(&w);
		if (w.full || end == ISAKMP_HEADER_OCTETS || !iv_of(f, sa, iv) ||
		    ike_encrypt(&sa->keys, iv, out + ISAKMP_HEADER_OCTETS, end - ISAKMP_HEADER_OCTETS))
			return 0;
		chain(f, out + end - block, block);
	}
	wr_patch_u16(&w, 26, (uint16_t)((int)wr_octets(&w) + f->longer));
	return w.full ? 0 : wr_octets(&w);
}
