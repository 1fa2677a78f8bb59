/*
 * Transform attributes (RFC 2408 3.3) of phase 1 (RFC 2409 Appendix A) and phase 2 (RFC 2407 4.5): a transform's octets
 * to a plain struct and back, and the comparison with what is configured.
 *
 * Values in the structs are those of the wire (ike/isakmp.h), 0 when the attribute is absent, so that an offer this
 * router cannot use can still be printed. Every attribute also stands in `list`, in wire order, for debug. Pointers
 * lead into the datagram.
 */
#ifndef IKE_ATTR_H
#define IKE_ATTR_H

#include "base/buf.h"
#include "config/model.h"
#include "ike/ike.h"
#include "ike/isakmp.h"

#define IKE_ATTRS_MAX 16 /* a transform without fault has 9 at most */

struct ike_attr {
	uint16_t type;         /* class, without the basic bit */
	bool basic;            /* the value stood in the length field; else VPI (variable precision integer) */
	uint32_t value;        /* of up to 4 octets; UINT32_MAX when it needs more */
	const uint8_t *octets; /* as on the wire, value_octets long (2 when basic) */
	size_t value_octets;
};

/* Why a transform cannot be taken, whatever the policy. The first that was found. */
enum ike_attr_fault {
	IKE_ATTR_OK,
	IKE_ATTR_SHORT,     /* ends within an attribute: the payload is malformed */
	IKE_ATTR_UNKNOWN,   /* a class that is not defined or not supported */
	IKE_ATTR_DUPLICATE, /* the same class (or life type) twice */
	IKE_ATTR_FORM,      /* a basic attribute in variable form, or a value of zero */
	IKE_ATTR_LIFE       /* a duration without its type, a type without its duration, or an undefined type */
};

/* Phase 1: one transform KEY_IKE */
struct ike_p1_attrs {
	uint16_t encr, keybits, hash, group, auth;
	uint32_t life_s, life_kb; /* 0: absent */
	bool life_s_basic;        /* form of life_s; else VPI, life_s_octets long */
	size_t life_s_octets;
	struct ike_attr list[IKE_ATTRS_MAX];
	unsigned count;
	enum ike_attr_fault fault;
	uint16_t fault_type; /* the class it was found at */
};

/* Phase 2: one transform of ESP */
struct ike_p2_attrs {
	uint8_t transform_id; /* set by the caller of ike_p2_parse */
	uint16_t encaps, auth, keybits, group;
	uint32_t life_s, life_kb;
	struct ike_attr list[IKE_ATTRS_MAX];
	unsigned count;
	enum ike_attr_fault fault;
	uint16_t fault_type;
};

/* True when every attribute could be read; *out is filled as far as it went in either case. See fault. */
bool ike_p1_parse(struct rd attrs, struct ike_p1_attrs *out);
bool ike_p2_parse(uint8_t transform_id, struct rd attrs, struct ike_p2_attrs *out);

/* In IOS's order: encr, key length, hash, group, auth, life type, life duration (VPI of 4 octets from 65536 on). */
void ike_p1_build(struct wr *w, const struct isakmp_policy *policy);

/* Phase 2 offer. Lifetimes 0 are left out; group 0: no PFS. */
struct ike_p2_offer {
	const struct ike_proposal *proposal;
	uint32_t life_s, life_kb;
	unsigned group;
	uint16_t encaps; /* 0: the proposal's own, without UDP */
};

/* In IOS's order: encapsulation, life in seconds, life in kilobytes, authenticator, key length, group. */
void ike_p2_build(struct wr *w, const struct ike_p2_offer *offer);

/* The first difference, in IOS's order of checks. */
enum ike_p1_differs {
	IKE_P1_SAME,
	IKE_P1_ENCR,    /* Encryption algorithm offered does not match policy! */
	IKE_P1_KEYBITS, /* Proposed key length does not match policy */
	IKE_P1_HASH,    /* Hash algorithm offered does not match policy! */
	IKE_P1_GROUP,   /* Diffie-Hellman group offered does not match policy! */
	IKE_P1_AUTH,    /* Authentication method offered does not match policy! */
	IKE_P1_ATTRS    /* an attribute that cannot be accepted: see fault */
};

/*
 * Lifetimes are not compared: the shorter is used. A key length is demanded of AES and refused with DES and 3DES, so
 * its misuse shows as IKE_P1_KEYBITS. A policy with another method than pre-share matches nothing: there are no
 * certificates here.
 */
enum ike_p1_differs ike_p1_compare(const struct ike_p1_attrs *offer, const struct isakmp_policy *policy);

enum ike_p2_differs {
	IKE_P2_SAME,
	IKE_P2_CIPHER,
	IKE_P2_KEYBITS,
	IKE_P2_AUTH,
	IKE_P2_ENCAPS,
	IKE_P2_GROUP,
	IKE_P2_ATTRS
};

/*
 * group: what PFS asks for, 0 when not configured, and then any supported group that the peer offers is good, as on
 * IOS. Lifetimes are not compared.
 */
enum ike_p2_differs ike_p2_compare(const struct ike_p2_attrs *offer, const struct ike_proposal *proposal,
				   unsigned group);

/* The model's value for a wire value and back. -1 (or 0 for the to_wire ones) when there is none. */
int ike_encr_of_wire(uint16_t oakley_encr);
int ike_hash_of_wire(uint16_t oakley_hash);
int ike_auth_of_wire(uint16_t oakley_auth);
uint16_t ike_encr_to_wire(enum isakmp_encr encr);
uint16_t ike_hash_to_wire(enum isakmp_hash hash);
uint16_t ike_auth_to_wire(enum isakmp_auth auth);
int ike_cipher_of_wire(uint8_t esp_transform_id);
int ike_esp_auth_of_wire(uint16_t ipsec_auth_alg);
uint8_t ike_cipher_to_wire(enum esp_cipher cipher);
uint16_t ike_esp_auth_to_wire(enum esp_auth auth);

#endif
