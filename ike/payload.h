/*
 * ISAKMP messages: parse, check, build. RFC 2408 section 3, RFC 2407 section 4.6.
 *
 * Parsing never copies: what comes out points into the datagram, which must outlive it. Every function that returns
 * bool gives false for anything malformed and says in *fault what and where; the outputs are then not to be used.
 * Nothing here allocates. Integers are in host byte order; cookies, SPIs and addresses are octets as on the wire.
 */
#ifndef IKE_PAYLOAD_H
#define IKE_PAYLOAD_H

#include "base/addr.h"
#include "base/buf.h"
#include "ike/isakmp.h"

/* --- what was wrong -------------------------------------------------------------------------------------------- */

enum payload_why {
	PAYLOAD_OK,
	PAYLOAD_SHORT,     /* ends before its fields do, or before what its length says */
	PAYLOAD_LENGTH,    /* a length that cannot be */
	PAYLOAD_RESERVED,  /* "reserved not zero on %s payload!"; also what a wrong key looks like */
	PAYLOAD_VALUE,     /* a field with a value that is not defined */
	PAYLOAD_TRAILING,  /* octets after the last payload */
	PAYLOAD_UNKNOWN,   /* a payload type that is not defined, or not at this place */
	PAYLOAD_TOO_MANY,  /* more than any sane peer sends */
	PAYLOAD_VERSION,   /* header: not version 1 */
	PAYLOAD_FLAGS,     /* header: undefined flags */
	PAYLOAD_COOKIE,    /* header: initiator cookie zero */
	PAYLOAD_DOI,       /* not the IPsec DOI */
	PAYLOAD_SITUATION, /* not SIT_IDENTITY_ONLY */
};

struct payload_fault {
	enum payload_why why;
	uint8_t type; /* the payload it was found in; PAYLOAD_NONE: the message header */
};

/* "ID", "HASH", "NOTIFY": as IOS prints a payload's type. "UNKNOWN" for the others. */
const char *payload_name(uint8_t type);
/* NAT-D and NAT-OA by their numbers in the drafts are the RFC's; every other type is itself. */
uint8_t payload_plain_type(uint8_t type);

/* --- message header, RFC 2408 3.1 ------------------------------------------------------------------------------ */

struct isakmp_header {
	uint8_t icookie[ISAKMP_COOKIE_OCTETS], rcookie[ISAKMP_COOKIE_OCTETS];
	uint8_t next_payload, exchange, flags;
	uint8_t version; /* ISAKMP_VERSION when building */
	uint32_t message_id;
	uint32_t length; /* of the message, header included; filled by isakmp_close when building */
};

/* The length must be the datagram's. *body: what follows the header, perhaps still encrypted. */
bool isakmp_parse_header(const uint8_t *datagram, size_t octets, struct isakmp_header *h, struct rd *body,
			 struct payload_fault *fault);

/* --- the payloads of a message, RFC 2408 3.2 ------------------------------------------------------------------- */

#define ISAKMP_PAYLOADS_MAX 32
#define ISAKMP_PADDING_MAX  255 /* after the last payload of an encrypted message; peers pad more than one block */

struct payload {
	uint8_t type;
	struct rd body;       /* without its generic header */
	const uint8_t *whole; /* its generic header */
	size_t octets;        /* generic header included */
};

struct payloads {
	struct payload p[ISAKMP_PAYLOADS_MAX];
	unsigned count;
};

/*
 * Walks the chain that starts with a payload of type `first`. `padding` is how many octets may follow the last one: 0
 * in clear, ISAKMP_PADDING_MAX in a decrypted message. `first` PAYLOAD_NONE is good only with an empty body.
 */
bool payloads_walk(uint8_t first, struct rd body, size_t padding, struct payloads *out, struct payload_fault *fault);
/* The nth (from 0) payload of this type, or NULL. */
const struct payload *payloads_find(const struct payloads *m, uint8_t type, unsigned nth);
unsigned payloads_count(const struct payloads *m, uint8_t type);
/* The octets of payload `from` and all that follow it, without padding: the "rest" of HASH(1) and HASH(2). */
struct rd payloads_rest(const struct payloads *m, unsigned from);

/* --- typed payloads -------------------------------------------------------------------------------------------- */

#define ISAKMP_PROPOSALS_MAX  24
#define ISAKMP_TRANSFORMS_MAX 96 /* of all proposals of one SA payload */

/* RFC 2408 3.6 */
struct payload_transform {
	uint8_t number, id;
	uint8_t next; /* PAYLOAD_TRANSFORM or PAYLOAD_NONE: IOS prints it */
	struct rd attrs;
	const uint8_t *whole; /* its generic header: a responder sends the chosen one back unchanged */
	size_t octets;
};

/* RFC 2408 3.5 */
struct payload_proposal {
	uint8_t number, protocol;
	uint8_t spi_octets;
	const uint8_t *spi;
	unsigned first, count; /* its transforms in payload_sa.transforms */
};

/* RFC 2408 3.4, RFC 2407 4.6.1 */
struct payload_sa {
	uint32_t doi, situation;
	struct payload_proposal proposals[ISAKMP_PROPOSALS_MAX];
	unsigned proposal_count;
	struct payload_transform transforms[ISAKMP_TRANSFORMS_MAX];
	unsigned transform_count;
};

/* RFC 2407 4.6.2 */
struct payload_id {
	uint8_t type, protocol;
	uint16_t port;
	const uint8_t *data;
	size_t octets;
};

/* RFC 2408 3.14 */
struct payload_notify {
	uint32_t doi;
	uint8_t protocol, spi_octets;
	uint16_t type;
	const uint8_t *spi;
	const uint8_t *data;
	size_t octets; /* of data */
};

/* RFC 2408 3.15 */
struct payload_delete {
	uint32_t doi;
	uint8_t protocol, spi_octets;
	uint16_t count;
	const uint8_t *spis; /* count times spi_octets */
};

bool payload_parse_sa(const struct payload *p, struct payload_sa *out, struct payload_fault *fault);
bool payload_parse_id(const struct payload *p, struct payload_id *out, struct payload_fault *fault);
bool payload_parse_notify(const struct payload *p, struct payload_notify *out, struct payload_fault *fault);
bool payload_parse_delete(const struct payload *p, struct payload_delete *out, struct payload_fault *fault);
/*
 * KE, NONCE, HASH and VID are octets: p->body.p and rd_left(&p->body) once this has said that the number of them is
 * sane (nonce 8..256, the others at least 1). Whether KE and HASH fit the group and the hash is the caller's check.
 */
bool payload_check_opaque(const struct payload *p, struct payload_fault *fault);

/* ID_IPV4_ADDR, ID_IPV6_ADDR and the two subnets as a prefix. False for other types and holes in the mask. */
bool payload_id_prefix(const struct payload_id *id, struct ip_prefix *out);
/* An SPI of 4 octets as a number; 0 for NULL. */
uint32_t payload_spi(const uint8_t *spi);

/* --- vendor IDs ------------------------------------------------------------------------------------------------ */

enum isakmp_vid {
	VID_UNKNOWN,
	VID_UNITY,
	VID_DPD,
	VID_XAUTH,
	VID_NATT_RFC3947,
	VID_NATT_07,
	VID_NATT_03,
	VID_NATT_02,      /* draft-ietf-ipsec-nat-t-ike-02\n: what "-02" means everywhere, IOS too */
	VID_NATT_02_NONL, /* the same without the line feed */
	VID_FRAGMENTATION
};

#define ISAKMP_VID_OCTETS_MAX 20

/* Without IOS's own, which depends on the cookies: ike_ios_vid in ike/keys.h. */
enum isakmp_vid isakmp_vid_identify(const uint8_t *data, size_t octets);
/* Is it the fragmentation ID, for any mode of phase 1? Most peers append which modes they mean: 0x80 Main, 0x40 Aggressive. */
bool isakmp_vid_fragments(const uint8_t *data, size_t octets);
/* The octets of a fixed VID; *octets 0 and NULL for the kinds that have none. */
const uint8_t *isakmp_vid_octets(enum isakmp_vid vid, size_t *octets);
/*
 * What IOS takes for the major version in a vendor ID that it compares with Unity and DPD: the octet at offset 14, 0
 * when there is none. Of the kinds that are neither (nor IOS's own) it prints first "vendor ID seems Unity/DPD but
 * hash mismatch" when this is 1, else "but major %u mismatch".
 */
unsigned isakmp_vid_major(const uint8_t *data, size_t octets);

/* --- building -------------------------------------------------------------------------------------------------- */

/*
 * One message being built. Opens and closes nest: message > payload, and within an SA payload proposal > transform.
 * What does not fit is noticed once, by isakmp_close. Body octets go through `w` between open and close.
 */
struct isakmp_wr {
	struct wr w;
	size_t link;          /* where the type of the next payload goes */
	size_t open;          /* the open payload */
	size_t proposal_link; /* 0: no proposal yet */
	size_t proposal_open;
	size_t transform_link; /* 0: no transform yet */
	size_t transform_open;
	uint8_t transforms; /* in the open proposal */
};

/* h->next_payload, version and length are ignored: they follow from what is built. */
void isakmp_open(struct isakmp_wr *m, void *buf, size_t size, const struct isakmp_header *h);
/* Pads the body with zeros to a multiple of `block` (0 or 1: none). The message's octets, or 0: it did not fit. */
size_t isakmp_close(struct isakmp_wr *m, size_t block);

void wr_payload_open(struct isakmp_wr *m, uint8_t type);
void wr_payload_close(struct isakmp_wr *m);
/* A payload of nothing but these octets: KE, NONCE, HASH, VID, NAT-D; a copied ID body. */
void wr_payload(struct isakmp_wr *m, uint8_t type, const void *data, size_t octets);
/* A payload with room for octets that are computed later, zero for now. NULL when it does not fit. */
uint8_t *wr_payload_room(struct isakmp_wr *m, uint8_t type, size_t octets);

/* DOI IPsec, SIT_IDENTITY_ONLY; then proposals; ends with wr_payload_close. */
void wr_sa_open(struct isakmp_wr *m);
void wr_proposal_open(struct isakmp_wr *m, uint8_t number, uint8_t protocol, const void *spi, uint8_t spi_octets);
void wr_proposal_close(struct isakmp_wr *m);
void wr_transform_open(struct isakmp_wr *m, uint8_t number, uint8_t id);
void wr_transform_close(struct isakmp_wr *m);
/* A responder's answer: the chosen transform as it came, number and attributes unchanged. */
void wr_transform_copy(struct isakmp_wr *m, const struct payload_transform *t);

void wr_id(struct isakmp_wr *m, uint8_t type, uint8_t protocol, uint16_t port, const void *data, size_t octets);
void wr_id_addr(struct isakmp_wr *m, const struct ip_addr *a, uint8_t protocol, uint16_t port);
/* A proxy: ID_*_ADDR when `host`, else ID_*_ADDR_SUBNET. */
void wr_id_prefix(struct isakmp_wr *m, const struct ip_prefix *p, bool host, uint8_t protocol, uint16_t port);
void wr_notify(struct isakmp_wr *m, uint8_t protocol, const void *spi, uint8_t spi_octets, uint16_t type,
	       const void *data, size_t octets);
void wr_delete(struct isakmp_wr *m, uint8_t protocol, const void *spis, uint8_t spi_octets, uint16_t count);

#endif
