/* IKE fragmentation: pieces of a message put together, and a message cut into pieces. */
#include "ike/frag.h"

#include "ike/index.h"

#include <stdlib.h>
#include <string.h>

#define LAST 1 /* in the flags */

struct part {
	uint8_t *p;
	size_t octets;
};

struct ike_frag {
	TAILQ_ENTRY(ike_frag) link;
	const void *owner;
	struct ip_addr who;
	struct ike_path path;
	uint16_t id;
	unsigned last; /* the number of the last piece, 0: it has not come */
	unsigned have;
	size_t octets; /* of those that have */
	uint64_t until_ms;
	struct part parts[IKE_FRAG_PARTS];
};

/* What a piece says of itself. */
struct piece {
	uint16_t id;
	unsigned number;
	bool last;
	const uint8_t *p;
	size_t octets;
};

void ike_frags_init(struct ike_frags *f)
{
	TAILQ_INIT(&f->half);
	f->count = 0;
}

static void drop(struct ike_frags *f, struct ike_frag *m)
{
	TAILQ_REMOVE(&f->half, m, link);
	f->count--;
	for (unsigned i = 0; i < IKE_FRAG_PARTS; i++)
		free(m->parts[i].p);
	free(m);
}

void ike_frags_drop(struct ike_frags *f, const void *owner)
{
	struct ike_frag *m, *next;

	for (m = TAILQ_FIRST(&f->half); m; m = next) {
		next = TAILQ_NEXT(m, link);
		if (!owner || m->owner == owner)
			drop(f, m);
	}
}

void ike_frags_timer(struct ike_frags *f, uint64_t now_ms)
{
	struct ike_frag *m;

	while ((m = TAILQ_FIRST(&f->half)) && m->until_ms <= now_ms)
		drop(f, m);
}

uint64_t ike_frags_deadline(const struct ike_frags *f)
{
	const struct ike_frag *m = TAILQ_FIRST(&f->half);

	return m ? m->until_ms : UINT64_MAX;
}

/* --- taking ------------------------------------------------------------------------------------------------------ */

static bool read_piece(const struct payload *p, struct piece *out)
{
	struct rd r = p->body;

	out->id = rd_u16(&r);
	out->number = rd_u8(&r);
	out->last = rd_u8(&r) & LAST;
	out->octets = rd_left(&r);
	out->p = rd_take(&r, out->octets);
	return !r.why && out->octets && out->octets <= IKE_FRAG_OCTETS && out->number && out->number <= IKE_FRAG_PARTS;
}

static unsigned count_of(const struct ike_frags *f, const struct ip_addr *who)
{
	const struct ike_frag *m;
	unsigned count = 0;

	TAILQ_FOREACH (m, &f->half, link) {
		count += ip_equal(&m->who, who);
	}
	return count;
}

/* Half-open SAs are cheap: whoever has many of them must not push out what others send. */
static struct ike_frag *of_the_greediest(const struct ike_frags *f)
{
	struct ike_frag *m, *victim = NULL;
	unsigned most = 0;

	TAILQ_FOREACH (m, &f->half, link) {
		const unsigned count = count_of(f, &m->who);

		if (count > most) {
			most = count;
			victim = m;
		}
	}
	return victim;
}

static struct ike_frag *begin(struct ike_frags *f, const void *owner, const struct ip_addr *who,
			      const struct ike_path *path, uint16_t id, uint64_t now_ms)
{
	struct ike_frag *m, *oldest = NULL;
	unsigned of_one = 0;

	TAILQ_FOREACH (m, &f->half, link) {
		if (m->owner != owner)
			continue;
		if (!oldest)
			oldest = m;
		of_one++;
	}
	if (of_one >= IKE_FRAG_OF_ONE)
		drop(f, oldest);
	else if (f->count >= IKE_FRAG_MESSAGES)
		drop(f, of_the_greediest(f));
	m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->owner = owner;
	m->who = *who;
	m->path = *path;
	m->id = id;
	m->until_ms = now_ms + IKE_FRAG_MS;
	TAILQ_INSERT_TAIL(&f->half, m, link);
	f->count++;
	return m;
}

/* Does this piece agree with those that have come? */
static bool agrees(const struct ike_frag *m, const struct piece *x)
{
	if (m->parts[x->number - 1].p || x->octets > IKE_FRAG_OCTETS - m->octets)
		return false;
	if (m->last)
		return !x->last && x->number < m->last;
	if (x->last)
		for (unsigned i = x->number; i < IKE_FRAG_PARTS; i++)
			if (m->parts[i].p)
				return false;
	return true;
}

static uint8_t *join(const struct ike_frag *m)
{
	uint8_t *whole = malloc(m->octets);
	struct wr w = wr_of(whole, whole ? m->octets : 0);

	for (unsigned i = 0; whole && i < m->last; i++)
		wr_bytes(&w, m->parts[i].p, m->parts[i].octets);
	return whole;
}

uint8_t *ike_frags_take(struct ike_frags *f, const void *owner, const struct ip_addr *who, const struct ike_path *path,
			const struct payload *p, uint64_t now_ms, size_t *octets)
{
	struct ike_frag *m;
	struct piece x;
	struct part *part;
	uint8_t *whole;

	ike_frags_timer(f, now_ms);
	if (!read_piece(p, &x))
		return NULL;
	TAILQ_FOREACH (m, &f->half, link) {
		if (m->owner == owner && m->id == x.id && ike_same_path(&m->path, path))
			break;
	}
	if (!m)
		m = begin(f, owner, who, path, x.id, now_ms);
	if (!m || !agrees(m, &x))
		return NULL;
	part = &m->parts[x.number - 1];
	part->p = malloc(x.octets);
	if (!part->p)
		return NULL;
	memcpy(part->p, x.p, x.octets);
	part->octets = x.octets;
	m->octets += x.octets;
	m->have++;
	if (x.last)
		m->last = x.number;
	if (m->have != m->last)
		return NULL;
	whole = join(m);
	*octets = m->octets;
	drop(f, m);
	return whole;
}

/* --- cutting ----------------------------------------------------------------------------------------------------- */

/* The same message cut again has the same identifier, so that pieces of its retransmission help. */
static uint16_t id_of(const uint8_t *message, size_t octets)
{
	struct rd r = rd_of(message, octets);
	uint32_t sum = 1;

	while (rd_left(&r))
		sum = sum * 31 + rd_u8(&r);
	return (uint16_t)(sum >> 16 ^ sum);
}

size_t ike_frag_cut(const uint8_t *message, size_t octets, unsigned n, size_t most, uint8_t *out)
{
	const size_t each = most - IKE_FRAG_MORE, from = (n - 1) * each;
	/* as other implementations: Main Mode and message ID 0, whatever the message itself is */
	struct isakmp_header h = { .exchange = EXCHANGE_MAIN };
	struct rd r = rd_of(message, octets);
	struct isakmp_wr m;
	size_t part;

	if (from >= octets || n > UINT8_MAX)
		return 0;
	part = octets - from < each ? octets - from : each;
	rd_copy(&r, h.icookie, sizeof(h.icookie));
	rd_copy(&r, h.rcookie, sizeof(h.rcookie));
	r = rd_of(message, octets);
	rd_take(&r, from);
	isakmp_open(&m, out, most, &h);
	wr_payload_open(&m, PAYLOAD_FRAGMENT);
	wr_u16(&m.w, id_of(message, octets));
	wr_u8(&m.w, (uint8_t)n);
	wr_u8(&m.w, from + part == octets ? LAST : 0);
	wr_bytes(&m.w, rd_take(&r, part), part);
	wr_payload_close(&m);
	return isakmp_close(&m, 0);
}
