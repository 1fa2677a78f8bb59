/*
 * Building of ISAKMP messages, RFC 2408 section 3. The type of a payload stands in the header of the one before it, so
 * opening a payload fills in that octet (`link`); closing it fills in its length.
 */
#include "ike/payload.h"

#define NEXT_PAYLOAD_AT   16 /* offsets in the message header */
#define LENGTH_AT         24
#define GEN_LENGTH_AT     2 /* in a generic header */
#define PROPOSAL_COUNT_AT 7

void isakmp_open(struct isakmp_wr *m, void *buf, size_t size, const struct isakmp_header *h)
{
	*m = (struct isakmp_wr){ .w = wr_of(buf, size), .link = NEXT_PAYLOAD_AT };
	wr_bytes(&m->w, h->icookie, sizeof(h->icookie));
	wr_bytes(&m->w, h->rcookie, sizeof(h->rcookie));
	wr_u8(&m->w, PAYLOAD_NONE);
	wr_u8(&m->w, ISAKMP_VERSION);
	wr_u8(&m->w, h->exchange);
	wr_u8(&m->w, h->flags);
	wr_u32(&m->w, h->message_id);
	wr_u32(&m->w, 0);
}

size_t isakmp_close(struct isakmp_wr *m, size_t block)
{
	size_t body = wr_octets(&m->w) - ISAKMP_HEADER_OCTETS, total;

	if (!m->w.full && block > 1 && body % block != 0)
		wr_zero(&m->w, block - body % block);
	total = wr_octets(&m->w);
	if (m->w.full || total > UINT16_MAX)
		return 0;
	wr_patch_u16(&m->w, LENGTH_AT + 2, (uint16_t)total);
	return total;
}

/* A generic header whose length is still to come; the offset where it starts. */
static size_t open_generic(struct wr *w)
{
	size_t at = wr_octets(w);

	wr_u8(w, PAYLOAD_NONE);
	wr_u8(w, 0);
	wr_u16(w, 0);
	return at;
}

static void close_generic(struct wr *w, size_t at)
{
	size_t octets = wr_octets(w) - at;

	if (octets > UINT16_MAX)
		w->full = true;
	else
		wr_patch_u16(w, at + GEN_LENGTH_AT, (uint16_t)octets);
}

void wr_payload_open(struct isakmp_wr *m, uint8_t type)
{
	wr_patch_u8(&m->w, m->link, type);
	m->open = m->link = open_generic(&m->w);
}

void wr_payload_close(struct isakmp_wr *m)
{
	close_generic(&m->w, m->open);
}

void wr_payload(struct isakmp_wr *m, uint8_t type, const void *data, size_t octets)
{
	wr_payload_open(m, type);
	wr_bytes(&m->w, data, octets);
	wr_payload_close(m);
}

uint8_t *wr_payload_room(struct isakmp_wr *m, uint8_t type, size_t octets)
{
	uint8_t *room;

	wr_payload_open(m, type);
	room = wr_take(&m->w, octets);
	if (room)
		memset(room, 0, octets);
	wr_payload_close(m);
	return room;
}

/* --- security associations, RFC 2408 3.4 to 3.6 ---------------------------------------------------------------- */

void wr_sa_open(struct isakmp_wr *m)
{
	wr_payload_open(m, PAYLOAD_SA);
	wr_u32(&m->w, DOI_IPSEC);
	wr_u32(&m->w, SIT_IDENTITY_ONLY);
	m->proposal_link = 0;
}

void wr_proposal_open(struct isakmp_wr *m, uint8_t number, uint8_t protocol, const void *spi, uint8_t spi_octets)
{
	if (m->proposal_link)
		wr_patch_u8(&m->w, m->proposal_link, PAYLOAD_PROPOSAL);
	m->proposal_open = m->proposal_link = open_generic(&m->w);
	wr_u8(&m->w, number);
	wr_u8(&m->w, protocol);
	wr_u8(&m->w, spi_octets);
	wr_u8(&m->w, 0); /* the number of transforms */
	wr_bytes(&m->w, spi, spi_octets);
	m->transform_link = 0;
	m->transforms = 0;
}

void wr_proposal_close(struct isakmp_wr *m)
{
	wr_patch_u8(&m->w, m->proposal_open + PROPOSAL_COUNT_AT, m->transforms);
	close_generic(&m->w, m->proposal_open);
}

void wr_transform_open(struct isakmp_wr *m, uint8_t number, uint8_t id)
{
	if (m->transform_link)
		wr_patch_u8(&m->w, m->transform_link, PAYLOAD_TRANSFORM);
	m->transform_open = m->transform_link = open_generic(&m->w);
	wr_u8(&m->w, number);
	wr_u8(&m->w, id);
	wr_u16(&m->w, 0);
	m->transforms++;
}

void wr_transform_close(struct isakmp_wr *m)
{
	close_generic(&m->w, m->transform_open);
}

void wr_transform_copy(struct isakmp_wr *m, const struct payload_transform *t)
{
	wr_transform_open(m, t->number, t->id);
	wr_bytes(&m->w, t->attrs.p, rd_left(&t->attrs));
	wr_transform_close(m);
}

/* --- identification, notification, delete ---------------------------------------------------------------------- */

void wr_id(struct isakmp_wr *m, uint8_t type, uint8_t protocol, uint16_t port, const void *data, size_t octets)
{
	wr_payload_open(m, PAYLOAD_ID);
	wr_u8(&m->w, type);
	wr_u8(&m->w, protocol);
	wr_u16(&m->w, port);
	wr_bytes(&m->w, data, octets);
	wr_payload_close(m);
}

void wr_id_addr(struct isakmp_wr *m, const struct ip_addr *a, uint8_t protocol, uint16_t port)
{
	wr_id(m, a->family == 6 ? ID_IPV6_ADDR : ID_IPV4_ADDR, protocol, port, a->octets, ip_octets(a));
}

void wr_id_prefix(struct isakmp_wr *m, const struct ip_prefix *p, bool host, uint8_t protocol, uint16_t port)
{
	unsigned octets = ip_octets(&p->addr);
	uint8_t both[32] = { 0 }; /* address, then mask */
	struct wr w = wr_of(both, sizeof(both));

	if (host) {
		wr_id_addr(m, &p->addr, protocol, port);
		return;
	}
	wr_bytes(&w, p->addr.octets, octets);
	for (unsigned i = 0; i < octets; i++) {
		unsigned set = p->len > i * 8 ? p->len - i * 8 : 0;

		wr_u8(&w, (uint8_t)(set >= 8 ? 0xff : 0xff00 >> set));
	}
	wr_id(m, p->addr.family == 6 ? ID_IPV6_ADDR_SUBNET : ID_IPV4_ADDR_SUBNET, protocol, port, both, wr_octets(&w));
}

void wr_notify(struct isakmp_wr *m, uint8_t protocol, const void *spi, uint8_t spi_octets, uint16_t type,
	       const void *data, size_t octets)
{
	wr_payload_open(m, PAYLOAD_NOTIFY);
	wr_u32(&m->w, DOI_IPSEC);
	wr_u8(&m->w, protocol);
	wr_u8(&m->w, spi_octets);
	wr_u16(&m->w, type);
	wr_bytes(&m->w, spi, spi_octets);
	wr_bytes(&m->w, data, octets);
	wr_payload_close(m);
}

void wr_delete(struct isakmp_wr *m, uint8_t protocol, const void *spis, uint8_t spi_octets, uint16_t count)
{
	wr_payload_open(m, PAYLOAD_DELETE);
	wr_u32(&m->w, DOI_IPSEC);
	wr_u8(&m->w, protocol);
	wr_u8(&m->w, spi_octets);
	wr_u16(&m->w, count);
	wr_bytes(&m->w, spis, (size_t)spi_octets * count);
	wr_payload_close(m);
}
