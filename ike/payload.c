/*
 * Parsing of ISAKMP messages, RFC 2408 section 3 and RFC 2407 section 4.6.
 *
 * The walk checks the generic headers once for all payloads of a message; the typed parsers then read the body of one
 * payload. Proposals and transforms are payloads within a payload: the same generic header, read by open_nested().
 */
#include "ike/payload.h"

#include "base/names.h"

static const struct name payload_names[] = {
	{ PAYLOAD_SA, "SA" },
	{ PAYLOAD_PROPOSAL, "PROPOSAL" },
	{ PAYLOAD_TRANSFORM, "TRANSFORM" },
	{ PAYLOAD_KE, "KE" },
	{ PAYLOAD_ID, "ID" },
	{ PAYLOAD_CERT, "CERT" },
	{ PAYLOAD_CR, "CERT_REQ" },
	{ PAYLOAD_HASH, "HASH" },
	{ PAYLOAD_SIG, "SIG" },
	{ PAYLOAD_NONCE, "NONCE" },
	{ PAYLOAD_NOTIFY, "NOTIFY" },
	{ PAYLOAD_DELETE, "DELETE" },
	{ PAYLOAD_VID, "VENDOR" },
	{ PAYLOAD_ATTRIBUTES, "ATTR" },
	{ PAYLOAD_NATD, "NAT-D" },
	{ PAYLOAD_NATOA, "NAT-OA" },
	{ 0, NULL },
};

const char *payload_name(uint8_t type)
{
	return name_of(payload_names, payload_plain_type(type), "UNKNOWN");
}

uint8_t payload_plain_type(uint8_t type)
{
	if (type == PAYLOAD_NATD_07 || type == PAYLOAD_NATD_03)
		return PAYLOAD_NATD;
	return type == PAYLOAD_NATOA_07 || type == PAYLOAD_NATOA_03 ? PAYLOAD_NATOA : type;
}

static bool blame(struct payload_fault *fault, enum payload_why why, uint8_t type)
{
	*fault = (struct payload_fault){ why, type };
	return false;
}

/* After the last read of a body: what the cursor noticed, or octets that nobody read. */
static bool finished(const struct rd *r, struct payload_fault *fault, uint8_t type)
{
	if (r->why)
		return blame(fault, PAYLOAD_SHORT, type);
	if (rd_left(r))
		return blame(fault, PAYLOAD_TRAILING, type);
	return true;
}

bool isakmp_parse_header(const uint8_t *datagram, size_t octets, struct isakmp_header *h, struct rd *body,
			 struct payload_fault *fault)
{
	static const uint8_t no_cookie[ISAKMP_COOKIE_OCTETS];
	struct rd r = rd_of(datagram, octets);

	*h = (struct isakmp_header){ 0 };
	*body = (struct rd){ r.end, r.end, RD_OK };
	rd_copy(&r, h->icookie, sizeof(h->icookie));
	rd_copy(&r, h->rcookie, sizeof(h->rcookie));
	h->next_payload = rd_u8(&r);
	h->version = rd_u8(&r);
	h->exchange = rd_u8(&r);
	h->flags = rd_u8(&r);
	h->message_id = rd_u32(&r);
	h->length = rd_u32(&r);
	if (r.why)
		return blame(fault, PAYLOAD_SHORT, PAYLOAD_NONE);
	if (h->version >> 4 != ISAKMP_VERSION >> 4)
		return blame(fault, PAYLOAD_VERSION, PAYLOAD_NONE);
	if (h->flags & ~(ISAKMP_FLAG_ENCRYPTED | ISAKMP_FLAG_COMMIT | ISAKMP_FLAG_AUTH_ONLY))
		return blame(fault, PAYLOAD_FLAGS, PAYLOAD_NONE);
	if (memcmp(h->icookie, no_cookie, sizeof(no_cookie)) == 0)
		return blame(fault, PAYLOAD_COOKIE, PAYLOAD_NONE);
	if (h->length != octets)
		return blame(fault, PAYLOAD_LENGTH, PAYLOAD_NONE);
	*body = r;
	return true;
}

/* --- generic payload headers ----------------------------------------------------------------------------------- */

/*
 * One generic header, RFC 2408 3.2, and the cursor over what it holds. The reserved octet is looked at before the
 * length: a message decrypted with the wrong key is to be reported as IOS does.
 */
static bool open_generic(struct rd *r, uint8_t type, uint8_t *next, struct payload *out, struct payload_fault *fault)
{
	const uint8_t *whole = r->p;
	uint8_t reserved;
	uint16_t length;

	*next = rd_u8(r);
	reserved = rd_u8(r);
	length = rd_u16(r);
	if (r->why)
		return blame(fault, PAYLOAD_SHORT, type);
	if (reserved != 0)
		return blame(fault, PAYLOAD_RESERVED, type);
	if (length < ISAKMP_GEN_OCTETS)
		return blame(fault, PAYLOAD_LENGTH, type);
	*out = (struct payload){ type, rd_sub(r, length - (size_t)ISAKMP_GEN_OCTETS), whole, length };
	if (r->why)
		return blame(fault, PAYLOAD_SHORT, type);
	return true;
}

/* The same for proposals and transforms, which may only be followed by their own kind. */
static bool open_nested(struct rd *r, uint8_t type, uint8_t *next, struct payload *out, struct payload_fault *fault)
{
	if (!open_generic(r, type, next, out, fault))
		return false;
	if (*next != type && *next != PAYLOAD_NONE)
		return blame(fault, PAYLOAD_UNKNOWN, type);
	return true;
}

/* Of those defined; 17 to 19 belong to group key management, 14 to 16 and 20 and 21 to extensions that IOS reads. */
static bool known_type(uint8_t type)
{
	return type >= PAYLOAD_PRIVATE_FIRST || type == PAYLOAD_SA ||
	       (type >= PAYLOAD_KE && type <= PAYLOAD_NATOA_07) || type == PAYLOAD_NATD || type == PAYLOAD_NATOA;
}

bool payloads_walk(uint8_t first, struct rd body, size_t padding, struct payloads *out, struct payload_fault *fault)
{
	uint8_t type = first, next;

	for (out->count = 0; type != PAYLOAD_NONE; type = next) {
		if (!known_type(type))
			return blame(fault, PAYLOAD_UNKNOWN, type);
		if (out->count == ISAKMP_PAYLOADS_MAX)
			return blame(fault, PAYLOAD_TOO_MANY, type);
		if (!open_generic(&body, type, &next, &out->p[out->count], fault))
			return false;
		out->count++;
	}
	if (rd_left(&body) > padding)
		return blame(fault, PAYLOAD_TRAILING, PAYLOAD_NONE);
	return true;
}

const struct payload *payloads_find(const struct payloads *m, uint8_t type, unsigned nth)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->p[i].type == type && nth-- == 0)
			return &m->p[i];
	return NULL;
}

unsigned payloads_count(const struct payloads *m, uint8_t type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->count; i++)
		n += m->p[i].type == type;
	return n;
}

struct rd payloads_rest(const struct payloads *m, unsigned from)
{
	if (from >= m->count)
		return (struct rd){ NULL, NULL, RD_OK };
	return (struct rd){ m->p[from].whole, m->p[m->count - 1].body.end, RD_OK };
}

/* --- typed payloads -------------------------------------------------------------------------------------------- */

static bool parse_transform(struct rd *r, uint8_t *next, struct payload_transform *t, struct payload_fault *fault)
{
	struct payload p;
	uint16_t reserved;

	if (!open_nested(r, PAYLOAD_TRANSFORM, next, &p, fault))
		return false;
	*t = (struct payload_transform){ .next = *next, .whole = p.whole, .octets = p.octets };
	t->number = rd_u8(&p.body);
	t->id = rd_u8(&p.body);
	reserved = rd_u16(&p.body);
	if (p.body.why)
		return blame(fault, PAYLOAD_SHORT, PAYLOAD_TRANSFORM);
	if (reserved != 0)
		return blame(fault, PAYLOAD_RESERVED, PAYLOAD_TRANSFORM);
	t->attrs = p.body;
	return true;
}

static bool parse_proposal(struct rd *r, uint8_t *next, struct payload_sa *sa, struct payload_fault *fault)
{
	struct payload_proposal *out = &sa->proposals[sa->proposal_count];
	struct payload p;
	uint8_t count, more = PAYLOAD_TRANSFORM;

	if (!open_nested(r, PAYLOAD_PROPOSAL, next, &p, fault))
		return false;
	*out = (struct payload_proposal){ .first = sa->transform_count };
	out->number = rd_u8(&p.body);
	out->protocol = rd_u8(&p.body);
	out->spi_octets = rd_u8(&p.body);
	count = rd_u8(&p.body);
	out->spi = rd_take(&p.body, out->spi_octets);
	if (p.body.why)
		return blame(fault, PAYLOAD_SHORT, PAYLOAD_PROPOSAL);
	if (count == 0)
		return blame(fault, PAYLOAD_VALUE, PAYLOAD_PROPOSAL);
	for (; more != PAYLOAD_NONE; sa->transform_count++, out->count++) {
		if (sa->transform_count == ISAKMP_TRANSFORMS_MAX)
			return blame(fault, PAYLOAD_TOO_MANY, PAYLOAD_TRANSFORM);
		if (!parse_transform(&p.body, &more, &sa->transforms[sa->transform_count], fault))
			return false;
	}
	if (out->count != count)
		return blame(fault, PAYLOAD_VALUE, PAYLOAD_PROPOSAL);
	return finished(&p.body, fault, PAYLOAD_PROPOSAL);
}

bool payload_parse_sa(const struct payload *p, struct payload_sa *out, struct payload_fault *fault)
{
	struct rd r = p->body;
	uint8_t more = PAYLOAD_PROPOSAL;

	out->proposal_count = out->transform_count = 0;
	out->doi = rd_u32(&r);
	out->situation = rd_u32(&r);
	if (r.why)
		return blame(fault, PAYLOAD_SHORT, PAYLOAD_SA);
	if (out->doi != DOI_IPSEC)
		return blame(fault, PAYLOAD_DOI, PAYLOAD_SA);
	if (out->situation != SIT_IDENTITY_ONLY)
		return blame(fault, PAYLOAD_SITUATION, PAYLOAD_SA);
	for (; more != PAYLOAD_NONE; out->proposal_count++) {
		if (out->proposal_count == ISAKMP_PROPOSALS_MAX)
			return blame(fault, PAYLOAD_TOO_MANY, PAYLOAD_PROPOSAL);
		if (!parse_proposal(&r, &more, out, fault))
			return false;
	}
	return finished(&r, fault, PAYLOAD_SA);
}

/* How long the data of an ID payload must be; 0: any length but none. RFC 2407 4.6.2 */
static size_t id_octets(uint8_t type)
{
	switch (type) {
	case ID_IPV4_ADDR:
		return 4;
	case ID_IPV4_ADDR_SUBNET:
	case ID_IPV4_ADDR_RANGE:
		return 8;
	case ID_IPV6_ADDR:
		return 16;
	case ID_IPV6_ADDR_SUBNET:
	case ID_IPV6_ADDR_RANGE:
		return 32;
	default:
		return 0;
	}
}

bool payload_parse_id(const struct payload *p, struct payload_id *out, struct payload_fault *fault)
{
	struct rd r = p->body;
	size_t expected;

	*out = (struct payload_id){ 0 };
	out->type = rd_u8(&r);
	out->protocol = rd_u8(&r);
	out->port = rd_u16(&r);
	out->octets = rd_left(&r);
	out->data = rd_take(&r, out->octets);
	if (r.why)
		return blame(fault, PAYLOAD_SHORT, PAYLOAD_ID);
	if (out->type < ID_IPV4_ADDR || out->type > ID_KEY_ID)
		return blame(fault, PAYLOAD_VALUE, PAYLOAD_ID);
	expected = id_octets(out->type);
	if (expected ? out->octets != expected : out->octets == 0)
		return blame(fault, PAYLOAD_LENGTH, PAYLOAD_ID);
	return true;
}

bool payload_parse_notify(const struct payload *p, struct payload_notify *out, struct payload_fault *fault)
{
	struct rd r = p->body;

	*out = (struct payload_notify){ 0 };
	out->doi = rd_u32(&r);
	out->protocol = rd_u8(&r);
	out->spi_octets = rd_u8(&r);
	out->type = rd_u16(&r);
	out->spi = rd_take(&r, out->spi_octets);
	out->octets = rd_left(&r);
	out->data = rd_take(&r, out->octets);
	if (r.why)
		return blame(fault, PAYLOAD_SHORT, PAYLOAD_NOTIFY);
	if (out->doi != DOI_IPSEC && out->doi != DOI_ISAKMP)
		return blame(fault, PAYLOAD_DOI, PAYLOAD_NOTIFY);
	return true;
}

bool payload_parse_delete(const struct payload *p, struct payload_delete *out, struct payload_fault *fault)
{
	struct rd r = p->body;

	*out = (struct payload_delete){ 0 };
	out->doi = rd_u32(&r);
	out->protocol = rd_u8(&r);
	out->spi_octets = rd_u8(&r);
	out->count = rd_u16(&r);
	out->spis = rd_take(&r, (size_t)out->spi_octets * out->count);
	if (!finished(&r, fault, PAYLOAD_DELETE))
		return false;
	if (out->doi != DOI_IPSEC && out->doi != DOI_ISAKMP)
		return blame(fault, PAYLOAD_DOI, PAYLOAD_DELETE);
	if (out->count == 0 || out->spi_octets == 0)
		return blame(fault, PAYLOAD_VALUE, PAYLOAD_DELETE);
	return true;
}

bool payload_check_opaque(const struct payload *p, struct payload_fault *fault)
{
	size_t octets = rd_left(&p->body);

	if (p->type == PAYLOAD_NONCE ? octets < ISAKMP_NONCE_MIN || octets > ISAKMP_NONCE_MAX : octets == 0)
		return blame(fault, PAYLOAD_LENGTH, p->type);
	return true;
}

/* The length of a mask of n octets, or -1 when it has holes. */
static int mask_len(const uint8_t *mask, unsigned octets)
{
	unsigned len = 0, bits = octets * 8;

	while (len < bits && (mask[len / 8] & 0x80u >> len % 8))
		len++;
	for (unsigned i = len; i < bits; i++)
		if (mask[i / 8] & 0x80u >> i % 8)
			return -1;
	return (int)len;
}

bool payload_id_prefix(const struct payload_id *id, struct ip_prefix *out)
{
	bool v6 = id->type == ID_IPV6_ADDR || id->type == ID_IPV6_ADDR_SUBNET;
	bool subnet = id->type == ID_IPV4_ADDR_SUBNET || id->type == ID_IPV6_ADDR_SUBNET;
	unsigned octets = v6 ? 16 : 4;
	struct rd r = rd_of(id->data, id->octets);
	uint8_t addr[16], mask[16];
	int len = (int)octets * 8;

	if (!v6 && !subnet && id->type != ID_IPV4_ADDR)
		return false;
	rd_copy(&r, addr, octets);
	if (subnet) {
		rd_copy(&r, mask, octets);
		len = mask_len(mask, octets);
	}
	if (r.why || rd_left(&r) || len < 0)
		return false;
	out->addr = v6 ? ip_from_in6(addr) : ip_from_in4(addr);
	out->len = (uint8_t)len;
	return true;
}

uint32_t payload_spi(const uint8_t *spi)
{
	struct rd r = rd_of(spi, spi ? 4 : 0);

	return spi ? rd_u32(&r) : 0;
}

/* --- vendor IDs ------------------------------------------------------------------------------------------------ */

#define VID_VERSION_AT 14 /* Unity and DPD: a hash of 14 octets, then major and minor version */

static const struct vid_row {
	enum isakmp_vid vid;
	uint8_t octets;  /* as sent */
	uint8_t compare; /* how many of them must agree */
	uint8_t data[ISAKMP_VID_OCTETS_MAX];
} vids[] = {
	{ VID_UNITY, 16, VID_VERSION_AT + 1, "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00" },
	{ VID_DPD, 16, VID_VERSION_AT + 1, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00" },
	{ VID_XAUTH, 8, 8, "\x09\x00\x26\x89\xdf\xd6\xb7\x12" },
	{ VID_NATT_RFC3947, 16, 16, "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f" },
	{ VID_NATT_07, 16, 16, "\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82" },
	{ VID_NATT_03, 16, 16, "\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56" },
	{ VID_NATT_02, 16, 16, "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f" },
	{ VID_NATT_02_NONL, 16, 16, "\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48" },
	{ VID_FRAGMENTATION, 20, 16,
	  "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\x80\x00\x00\x00" },
};

enum isakmp_vid isakmp_vid_identify(const uint8_t *data, size_t octets)
{
	for (size_t i = 0; i < sizeof(vids) / sizeof(vids[0]); i++) {
		const struct vid_row *v = &vids[i];
		/* some peers append their capabilities to the fragmentation ID */
		bool fits = v->vid == VID_FRAGMENTATION ? octets >= v->compare : octets == v->octets;

		if (fits && memcmp(data, v->data, v->compare) == 0)
			return v->vid;
	}
	return VID_UNKNOWN;
}

bool isakmp_vid_fragments(const uint8_t *data, size_t octets)
{
	struct rd r = rd_of(data, octets);

	rd_take(&r, 16);
	return isakmp_vid_identify(data, octets) == VID_FRAGMENTATION && (!rd_left(&r) || rd_u8(&r) & 0xc0);
}

const uint8_t *isakmp_vid_octets(enum isakmp_vid vid, size_t *octets)
{
	for (size_t i = 0; i < sizeof(vids) / sizeof(vids[0]); i++)
		if (vids[i].vid == vid) {
			*octets = vids[i].octets;
			return vids[i].data;
		}
	*octets = 0;
	return NULL;
}

unsigned isakmp_vid_major(const uint8_t *data, size_t octets)
{
	return octets > VID_VERSION_AT ? data[VID_VERSION_AT] : 0;
}
