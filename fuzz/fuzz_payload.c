/*
 * Everything that reads the octets of an ISAKMP message: header, walk, typed parsers, vendor IDs, attributes.
 *
 * The header's length is put right first, so that the fuzzer need not find it. All that the parsers hand out is read
 * to its end, for AddressSanitizer to see, and what was accepted is built anew and must come out the same.
 *
 * libs: -lcrypto
 */
#include "ike/attr.h"
#include "ike/payload.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void demand(bool good)
{
	if (!good)
		abort();
}

static void touch(const uint8_t *p, size_t octets)
{
	struct rd r = rd_of(p, octets);

	while (rd_left(&r))
		sink ^= rd_u8(&r);
}

static void read_attributes(const struct payload_transform *t)
{
	struct ike_p1_attrs p1;
	struct ike_p2_attrs p2;
	bool good;

	good = ike_p1_parse(t->attrs, &p1);
	demand(good == (p1.fault == IKE_ATTR_OK) && p1.count <= IKE_ATTRS_MAX);
	for (unsigned i = 0; i < p1.count; i++)
		touch(p1.list[i].octets, p1.list[i].value_octets);
	good = ike_p2_parse(t->id, t->attrs, &p2);
	demand(good == (p2.fault == IKE_ATTR_OK) && p2.count <= IKE_ATTRS_MAX);
	for (unsigned i = 0; i < p2.count; i++)
		touch(p2.list[i].octets, p2.list[i].value_octets);
}

/* The SA payload once more from what was understood of it; it must be the one that came. */
static void rebuild_sa(const struct payload *p, const struct payload_sa *sa)
{
	static const struct isakmp_header h = { .icookie = { 1 } };
	static uint8_t buf[UINT16_MAX];
	struct isakmp_wr m;
	size_t octets;
	struct rd r;

	isakmp_open(&m, buf, sizeof(buf), &h);
	wr_sa_open(&m);
	for (unsigned i = 0; i < sa->proposal_count; i++) {
		const struct payload_proposal *q = &sa->proposals[i];

		wr_proposal_open(&m, q->number, q->protocol, q->spi, q->spi_octets);
		for (unsigned t = 0; t < q->count; t++)
			wr_transform_copy(&m, &sa->transforms[q->first + t]);
		wr_proposal_close(&m);
	}
	wr_payload_close(&m);
	octets = isakmp_close(&m, 0);
	if (!octets) /* a payload of nearly 64 KiB has no room beside the header */
		return;
	r = rd_of(buf, octets);
	rd_take(&r, ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS);
	demand(rd_left(&r) == rd_left(&p->body) && memcmp(r.p, p->body.p, rd_left(&r)) == 0);
}

static void read_sa(const struct payload *p)
{
	static struct payload_sa sa;
	struct payload_fault fault;

	if (!payload_parse_sa(p, &sa, &fault))
		return;
	for (unsigned i = 0; i < sa.proposal_count; i++)
		touch(sa.proposals[i].spi, sa.proposals[i].spi_octets);
	for (unsigned i = 0; i < sa.transform_count; i++) {
		touch(sa.transforms[i].whole, sa.transforms[i].octets);
		read_attributes(&sa.transforms[i]);
	}
	rebuild_sa(p, &sa);
}

static void read_payload(const struct payload *p)
{
	struct payload_notify notify;
	struct payload_delete delete;
	struct payload_fault fault;
	struct ip_prefix prefix;
	struct payload_id id;

	touch(p->whole, p->octets);
	sink ^= (uint8_t)*payload_name(p->type);
	switch (p->type) {
	case PAYLOAD_SA:
		read_sa(p);
		break;
	case PAYLOAD_ID:
		if (!payload_parse_id(p, &id, &fault))
			break;
		touch(id.data, id.octets);
		if (payload_id_prefix(&id, &prefix))
			demand(prefix.len <= 8 * ip_octets(&prefix.addr));
		break;
	case PAYLOAD_NOTIFY:
		if (!payload_parse_notify(p, &notify, &fault))
			break;
		touch(notify.spi, notify.spi_octets);
		touch(notify.data, notify.octets);
		break;
	case PAYLOAD_DELETE:
		if (payload_parse_delete(p, &delete, &fault))
			touch(delete.spis, (size_t) delete.count * delete.spi_octets);
		break;
	case PAYLOAD_VID:
		isakmp_vid_identify(p->body.p, rd_left(&p->body));
		isakmp_vid_major(p->body.p, rd_left(&p->body));
		break;
	default:
		payload_check_opaque(p, &fault);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct payloads all;
	struct payload_fault fault;
	struct isakmp_header h;
	struct rd body;
	struct wr w;
	uint8_t *own;

	if (size < ISAKMP_HEADER_OCTETS || size > UINT16_MAX)
		return 0;
	isakmp_parse_header(data, size, &h, &body, &fault);
	own = malloc(size);
	demand(own != NULL);
	memcpy(own, data, size);
	w = wr_of(own, size);
	wr_take(&w, 24);
	wr_u32(&w, (uint32_t)size);
	if (isakmp_parse_header(own, size, &h, &body, &fault) &&
	    payloads_walk(h.next_payload, body, ISAKMP_PADDING_MAX, &all, &fault)) {
		for (unsigned i = 0; i < all.count; i++) {
			struct rd rest = payloads_rest(&all, i);

			touch(rest.p, rd_left(&rest));
			read_payload(&all.p[i]);
		}
	}
	free(own);
	return 0;
}
