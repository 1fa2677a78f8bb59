/*
 * Transform attributes: RFC 2408 3.3 for their form, RFC 2409 Appendix A and RFC 2407 4.5 for the two sets of classes.
 *
 * read_attrs() turns the octets into the list; take_p1() and take_p2() then give one attribute its meaning. The first
 * fault is kept and the reading goes on where it can, because debug prints the whole transform before it is refused.
 */
#include "ike/attr.h"

#include "ike/keys.h"

/* What is shared between the two phases while a list is read. */
struct attr_reader {
	struct ike_attr *list;
	unsigned *count;
	enum ike_attr_fault *fault;
	uint16_t *fault_type;
	uint16_t life_class;
	uint16_t life_type; /* of the duration that must come next; 0: none pending */
	uint32_t seen;      /* classes, one bit each */
};

static void blame(const struct attr_reader *in, enum ike_attr_fault fault, uint16_t type)
{
	if (*in->fault)
		return;
	*in->fault = fault;
	*in->fault_type = type;
}

/* One attribute's octets. False when the transform ends within it. */
static bool read_attr(struct rd *r, struct ike_attr *a)
{
	uint16_t type = rd_u16(r);
	uint64_t value = 0;

	*a = (struct ike_attr){ .type = type & (ISAKMP_ATTR_BASIC - 1), .basic = type & ISAKMP_ATTR_BASIC };
	a->value_octets = a->basic ? 2 : rd_u16(r);
	a->octets = rd_take(r, a->value_octets);
	if (r->why)
		return false;
	for (size_t i = 0; i < a->value_octets; i++)
		value = value > UINT32_MAX ? value : value << 8 | a->octets[i];
	a->value = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	return true;
}

/* A basic attribute that may stand once. Zero is reserved in every class. */
static void take_basic(struct attr_reader *in, const struct ike_attr *a, uint16_t *out)
{
	if (!a->basic || a->value == 0)
		blame(in, IKE_ATTR_FORM, a->type);
	else if (in->seen & 1u << a->type)
		blame(in, IKE_ATTR_DUPLICATE, a->type);
	else
		*out = (uint16_t)a->value;
	in->seen |= 1u << a->type;
}

static void take_life_type(struct attr_reader *in, const struct ike_attr *a)
{
	if (!a->basic)
		blame(in, IKE_ATTR_FORM, a->type);
	else if (in->life_type || (a->value != LIFE_SECONDS && a->value != LIFE_KILOBYTES))
		blame(in, IKE_ATTR_LIFE, a->type);
	in->life_type = (uint16_t)a->value;
}

/* The duration of the type before it. Zero is how strongSwan says that it sets no limit: as if there were none. */
static void take_duration(struct attr_reader *in, const struct ike_attr *a, uint32_t *life_s, uint32_t *life_kb)
{
	uint32_t *out = in->life_type == LIFE_SECONDS ? life_s : life_kb;

	if (!in->life_type)
		blame(in, IKE_ATTR_LIFE, a->type);
	else if (!a->value_octets)
		blame(in, IKE_ATTR_FORM, a->type);
	else if (*out)
		blame(in, IKE_ATTR_DUPLICATE, a->type);
	else
		*out = a->value;
	in->life_type = 0;
}

/* Calls take for each attribute in turn; false when any fault was found. */
static bool read_attrs(struct rd r, struct attr_reader *in, void *out,
		       void (*take)(struct attr_reader *in, const struct ike_attr *a, void *out))
{
	while (rd_left(&r)) {
		struct ike_attr *a = &in->list[*in->count];

		if (*in->count == IKE_ATTRS_MAX)
			break; /* with so many some class was unknown or there twice, and blamed */
		if (!read_attr(&r, a)) {
			blame(in, IKE_ATTR_SHORT, a->type);
			break;
		}
		++*in->count;
		take(in, a, out);
	}
	if (in->life_type)
		blame(in, IKE_ATTR_LIFE, in->life_class);
	return *in->fault == IKE_ATTR_OK;
}

/* --- phase 1 --------------------------------------------------------------------------------------------------- */

static void take_p1(struct attr_reader *in, const struct ike_attr *a, void *out)
{
	struct ike_p1_attrs *p1 = out;

	switch (a->type) {
	case OAKLEY_ATTR_ENCR:
		take_basic(in, a, &p1->encr);
		break;
	case OAKLEY_ATTR_HASH:
		take_basic(in, a, &p1->hash);
		break;
	case OAKLEY_ATTR_AUTH:
		take_basic(in, a, &p1->auth);
		break;
	case OAKLEY_ATTR_GROUP:
		take_basic(in, a, &p1->group);
		break;
	case OAKLEY_ATTR_KEY_LENGTH:
		take_basic(in, a, &p1->keybits);
		break;
	case OAKLEY_ATTR_LIFE_TYPE:
		take_life_type(in, a);
		break;
	case OAKLEY_ATTR_LIFE_DURATION:
		if (in->life_type == LIFE_SECONDS && !p1->life_s) {
			p1->life_s_basic = a->basic;
			p1->life_s_octets = a->value_octets;
		}
		take_duration(in, a, &p1->life_s, &p1->life_kb);
		break;
	default:
		blame(in, IKE_ATTR_UNKNOWN, a->type);
	}
}

bool ike_p1_parse(struct rd attrs, struct ike_p1_attrs *out)
{
	struct attr_reader in = { .list = out->list,
				  .count = &out->count,
				  .fault = &out->fault,
				  .fault_type = &out->fault_type,
				  .life_class = OAKLEY_ATTR_LIFE_TYPE };

	*out = (struct ike_p1_attrs){ 0 };
	return read_attrs(attrs, &in, out, take_p1);
}

enum ike_p1_differs ike_p1_compare(const struct ike_p1_attrs *offer, const struct isakmp_policy *policy)
{
	if (offer->encr != ike_encr_to_wire(policy->encr))
		return IKE_P1_ENCR;
	if (offer->keybits != policy->keybits)
		return IKE_P1_KEYBITS;
	if (offer->hash != ike_hash_to_wire(policy->hash))
		return IKE_P1_HASH;
	if (offer->group != policy->group)
		return IKE_P1_GROUP;
	if (policy->auth != ISAKMP_AUTH_PRE_SHARE || offer->auth != OAKLEY_AUTH_PRE_SHARED)
		return IKE_P1_AUTH;
	return offer->fault ? IKE_P1_ATTRS : IKE_P1_SAME;
}

/* --- phase 2 --------------------------------------------------------------------------------------------------- */

static void take_p2(struct attr_reader *in, const struct ike_attr *a, void *out)
{
	struct ike_p2_attrs *p2 = out;

	switch (a->type) {
	case IPSEC_ATTR_LIFE_TYPE:
		take_life_type(in, a);
		break;
	case IPSEC_ATTR_LIFE_DURATION:
		take_duration(in, a, &p2->life_s, &p2->life_kb);
		break;
	case IPSEC_ATTR_GROUP:
		take_basic(in, a, &p2->group);
		break;
	case IPSEC_ATTR_ENCAPS:
		take_basic(in, a, &p2->encaps);
		break;
	case IPSEC_ATTR_AUTH:
		take_basic(in, a, &p2->auth);
		break;
	case IPSEC_ATTR_KEY_LENGTH:
		take_basic(in, a, &p2->keybits);
		break;
	default:
		blame(in, IKE_ATTR_UNKNOWN, a->type);
	}
}

bool ike_p2_parse(uint8_t transform_id, struct rd attrs, struct ike_p2_attrs *out)
{
	struct attr_reader in = { .list = out->list,
				  .count = &out->count,
				  .fault = &out->fault,
				  .fault_type = &out->fault_type,
				  .life_class = IPSEC_ATTR_LIFE_TYPE };

	*out = (struct ike_p2_attrs){ .transform_id = transform_id };
	return read_attrs(attrs, &in, out, take_p2);
}

enum ike_p2_differs ike_p2_compare(const struct ike_p2_attrs *offer, const struct ike_proposal *proposal,
				   unsigned group)
{
	uint16_t encaps = proposal->transport ? IPSEC_ENCAPS_TRANSPORT : IPSEC_ENCAPS_TUNNEL;

	if (ike_cipher_of_wire(offer->transform_id) != (int)proposal->cipher)
		return IKE_P2_CIPHER;
	if (offer->keybits != proposal->keybits)
		return IKE_P2_KEYBITS;
	if (offer->auth != ike_esp_auth_to_wire(proposal->auth))
		return IKE_P2_AUTH;
	if (offer->encaps != encaps)
		return IKE_P2_ENCAPS;
	if (group ? offer->group != group : offer->group && !ike_dh_supported(offer->group))
		return IKE_P2_GROUP;
	return offer->fault ? IKE_P2_ATTRS : IKE_P2_SAME;
}

/* --- building -------------------------------------------------------------------------------------------------- */

static void wr_basic(struct wr *w, uint16_t type, unsigned value)
{
	wr_u16(w, (uint16_t)(type | ISAKMP_ATTR_BASIC));
	wr_u16(w, (uint16_t)value);
}

/* A life type and its duration: basic when it fits, else a VPI of 4 octets, as IOS sends them. */
static void wr_life(struct wr *w, uint16_t type_class, uint16_t duration_class, unsigned type, uint32_t duration)
{
	wr_basic(w, type_class, type);
	if (duration <= UINT16_MAX) {
		wr_basic(w, duration_class, duration);
		return;
	}
	wr_u16(w, duration_class);
	wr_u16(w, sizeof(duration));
	wr_u32(w, duration);
}

void ike_p1_build(struct wr *w, const struct isakmp_policy *policy)
{
	wr_basic(w, OAKLEY_ATTR_ENCR, ike_encr_to_wire(policy->encr));
	if (policy->keybits)
		wr_basic(w, OAKLEY_ATTR_KEY_LENGTH, policy->keybits);
	wr_basic(w, OAKLEY_ATTR_HASH, ike_hash_to_wire(policy->hash));
	wr_basic(w, OAKLEY_ATTR_GROUP, policy->group);
	wr_basic(w, OAKLEY_ATTR_AUTH, ike_auth_to_wire(policy->auth));
	wr_life(w, OAKLEY_ATTR_LIFE_TYPE, OAKLEY_ATTR_LIFE_DURATION, LIFE_SECONDS, policy->lifetime_s);
}

void ike_p2_build(struct wr *w, const struct ike_p2_offer *offer)
{
	const struct ike_proposal *p = offer->proposal;

	wr_basic(w, IPSEC_ATTR_ENCAPS,
		 offer->encaps  ? offer->encaps
		 : p->transport ? IPSEC_ENCAPS_TRANSPORT
				: IPSEC_ENCAPS_TUNNEL);
	if (offer->life_s)
		wr_life(w, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, LIFE_SECONDS, offer->life_s);
	if (offer->life_kb)
		wr_life(w, IPSEC_ATTR_LIFE_TYPE, IPSEC_ATTR_LIFE_DURATION, LIFE_KILOBYTES, offer->life_kb);
	if (p->auth != ESP_AUTH_NONE)
		wr_basic(w, IPSEC_ATTR_AUTH, ike_esp_auth_to_wire(p->auth));
	if (p->keybits)
		wr_basic(w, IPSEC_ATTR_KEY_LENGTH, p->keybits);
	if (offer->group)
		wr_basic(w, IPSEC_ATTR_GROUP, offer->group);
}

/* --- wire values and the model's ------------------------------------------------------------------------------- */

struct pair {
	int model, wire;
};

static const struct pair encrs[] = {
	{ ISAKMP_ENCR_DES, OAKLEY_ENCR_DES },
	{ ISAKMP_ENCR_3DES, OAKLEY_ENCR_3DES },
	{ ISAKMP_ENCR_AES, OAKLEY_ENCR_AES },
	{ -1, 0 },
};

static const struct pair hashes[] = {
	{ ISAKMP_HASH_MD5, OAKLEY_HASH_MD5 },       { ISAKMP_HASH_SHA, OAKLEY_HASH_SHA },
	{ ISAKMP_HASH_SHA256, OAKLEY_HASH_SHA256 }, { ISAKMP_HASH_SHA384, OAKLEY_HASH_SHA384 },
	{ ISAKMP_HASH_SHA512, OAKLEY_HASH_SHA512 }, { -1, 0 },
};

static const struct pair auths[] = {
	{ ISAKMP_AUTH_PRE_SHARE, OAKLEY_AUTH_PRE_SHARED },
	{ ISAKMP_AUTH_RSA_SIG, OAKLEY_AUTH_RSA_SIG },
	{ -1, 0 },
};

static const struct pair ciphers[] = {
	{ ESP_CIPHER_NULL, ESP_TRANSFORM_NULL },  { ESP_CIPHER_DES, ESP_TRANSFORM_DES },
	{ ESP_CIPHER_3DES, ESP_TRANSFORM_3DES },  { ESP_CIPHER_AES, ESP_TRANSFORM_AES },
	{ ESP_CIPHER_GCM, ESP_TRANSFORM_GCM_16 }, { -1, 0 },
};

static const struct pair esp_auths[] = {
	{ ESP_AUTH_NONE, 0 },
	{ ESP_AUTH_MD5, IPSEC_AUTH_HMAC_MD5 },
	{ ESP_AUTH_SHA, IPSEC_AUTH_HMAC_SHA },
	{ ESP_AUTH_SHA256, IPSEC_AUTH_HMAC_SHA256 },
	{ ESP_AUTH_SHA384, IPSEC_AUTH_HMAC_SHA384 },
	{ ESP_AUTH_SHA512, IPSEC_AUTH_HMAC_SHA512 },
	{ -1, 0 },
};

static int of_wire(const struct pair *table, int wire)
{
	for (; table->model >= 0; table++)
		if (table->wire == wire)
			return table->model;
	return -1;
}

static int to_wire(const struct pair *table, int model)
{
	for (; table->model >= 0; table++)
		if (table->model == model)
			return table->wire;
	return 0;
}

int ike_encr_of_wire(uint16_t oakley_encr)
{
	return of_wire(encrs, oakley_encr);
}

int ike_hash_of_wire(uint16_t oakley_hash)
{
	return of_wire(hashes, oakley_hash);
}

int ike_auth_of_wire(uint16_t oakley_auth)
{
	return of_wire(auths, oakley_auth);
}

uint16_t ike_encr_to_wire(enum isakmp_encr encr)
{
	return (uint16_t)to_wire(encrs, (int)encr);
}

uint16_t ike_hash_to_wire(enum isakmp_hash hash)
{
	return (uint16_t)to_wire(hashes, (int)hash);
}

uint16_t ike_auth_to_wire(enum isakmp_auth auth)
{
	return (uint16_t)to_wire(auths, (int)auth);
}

int ike_cipher_of_wire(uint8_t esp_transform_id)
{
	return of_wire(ciphers, esp_transform_id);
}

int ike_esp_auth_of_wire(uint16_t ipsec_auth_alg)
{
	return of_wire(esp_auths, ipsec_auth_alg);
}

uint8_t ike_cipher_to_wire(enum esp_cipher cipher)
{
	return (uint8_t)to_wire(ciphers, (int)cipher);
}

uint16_t ike_esp_auth_to_wire(enum esp_auth auth)
{
	return (uint16_t)to_wire(esp_auths, (int)auth);
}
