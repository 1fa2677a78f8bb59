#include "ike/nearest.h"

#include "ike/natt.h"

#include <string.h>

static void differ(struct ike_differ *out, unsigned *count, enum ike_subject on, uint32_t ours, unsigned ours_bits,
		   uint32_t theirs, unsigned theirs_bits)
{
	out[(*count)++] = (struct ike_differ){ .on = on,
					       .ours = ours,
					       .theirs = theirs,
					       .ours_bits = (uint16_t)ours_bits,
					       .theirs_bits = (uint16_t)theirs_bits,
					       .theirs_known = true };
}

unsigned ike_p1_differs(const struct ike_p1_attrs *o, const struct isakmp_policy *p, struct ike_differ out[IKE_DIFFERS])
{
	const uint16_t encr = ike_encr_to_wire(p->encr), hash = ike_hash_to_wire(p->hash);
	unsigned n = 0;

	if (o->encr != encr)
		differ(out, &n, IKE_ON_ENCRYPTION, encr, p->keybits, o->encr, o->keybits);
	else if (o->keybits != p->keybits)
		differ(out, &n, IKE_ON_KEYLENGTH, encr, p->keybits, o->encr, o->keybits);
	if (o->hash != hash)
		differ(out, &n, IKE_ON_HASH, hash, 0, o->hash, 0);
	if (o->group != p->group)
		differ(out, &n, IKE_ON_GROUP, p->group, 0, o->group, 0);
	if (p->auth != ISAKMP_AUTH_PRE_SHARE || o->auth != OAKLEY_AUTH_PRE_SHARED)
		differ(out, &n, IKE_ON_AUTH, ike_auth_to_wire(p->auth), 0, o->auth, 0);
	if (!n && o->fault)
		differ(out, &n, IKE_ON_ATTRIBUTE, 0, 0, o->fault_type, 0);
	return n;
}

unsigned ike_p2_differs(const struct ike_p2_attrs *o, const struct ike_proposal *p, unsigned pfs_group,
			struct ike_differ out[IKE_DIFFERS])
{
	const uint8_t cipher = ike_cipher_to_wire(p->cipher);
	const uint16_t auth = ike_esp_auth_to_wire(p->auth);
	const uint16_t encaps = p->transport ? IPSEC_ENCAPS_TRANSPORT : IPSEC_ENCAPS_TUNNEL;
	unsigned n = 0;

	if (o->transform_id != cipher)
		differ(out, &n, IKE_ON_CIPHER, cipher, p->keybits, o->transform_id, o->keybits);
	else if (o->keybits != p->keybits)
		differ(out, &n, IKE_ON_CIPHERLENGTH, cipher, p->keybits, o->transform_id, o->keybits);
	if (o->auth != auth)
		differ(out, &n, IKE_ON_INTEGRITY, auth, 0, o->auth, 0);
	if (o->encaps != encaps)
		differ(out, &n, IKE_ON_MODE, encaps, 0, o->encaps, 0);
	if (pfs_group ? o->group != pfs_group : o->group && !ike_dh_supported(o->group))
		differ(out, &n, IKE_ON_PFS, pfs_group, 0, o->group, 0);
	if (!n && o->fault)
		differ(out, &n, IKE_ON_ATTRIBUTE, 0, 0, o->fault_type, 0);
	return n;
}

static enum fault fault_of(const struct ike_differ *d)
{
	switch (d->on) {
	case IKE_ON_ENCRYPTION:
		return FAULT_policy_encryption;
	case IKE_ON_KEYLENGTH:
		return FAULT_policy_keylength;
	case IKE_ON_HASH:
		return FAULT_policy_hash;
	case IKE_ON_GROUP:
		return FAULT_policy_group;
	case IKE_ON_AUTH:
		return FAULT_policy_auth;
	case IKE_ON_LIFETIME:
		return FAULT_policy_lifetime;
	case IKE_ON_CIPHER:
		return FAULT_transform_encryption;
	case IKE_ON_CIPHERLENGTH:
		return FAULT_transform_keylength;
	case IKE_ON_INTEGRITY:
		return FAULT_transform_auth;
	case IKE_ON_MODE:
		return FAULT_mode;
	case IKE_ON_PFS:
		return FAULT_pfs;
	case IKE_ON_LIFE_S:
	case IKE_ON_LIFE_KB:
		return FAULT_lifetime_differs;
	case IKE_ON_PROTOCOL:
		return FAULT_transform_protocol;
	case IKE_ON_ATTRIBUTE:
		break;
	}
	return FAULT_malformed;
}

/* Takes it over when it is nearer than what is there. */
static void nearer(struct ike_failure *f, unsigned *best, const struct ike_differ *differs, unsigned count)
{
	*best = count;
	memcpy(f->differs, differs, count * sizeof(*differs));
	f->differ_count = count;
	f->fault = count ? fault_of(&differs[0]) : FAULT_NONE;
}

bool ike_nearest_policy(const struct payload_sa *offer, const struct isakmp_policy *policies, size_t count,
			struct ike_failure *out)
{
	struct ike_differ differs[IKE_DIFFERS];
	struct ike_p1_attrs attrs;
	unsigned best = IKE_DIFFERS + 1, n;

	for (size_t i = 0; i < count; i++) {
		for (unsigned t = 0; t < offer->transform_count; t++) {
			ike_p1_parse(offer->transforms[t].attrs, &attrs);
			n = ike_p1_differs(&attrs, &policies[i], differs);
			if (n >= best)
				continue;
			nearer(out, &best, differs, n);
			out->priority = policies[i].priority;
			out->transform = offer->transforms[t].number;
		}
	}
	return best <= IKE_DIFFERS;
}

/* AH or IPCOMP, alone or under the number of another proposal; 0: it is ESP alone. */
static uint8_t other_protocol(const struct payload_sa *sa, const struct payload_proposal *p)
{
	if (p->protocol != PROTO_IPSEC_ESP)
		return p->protocol;
	for (unsigned i = 0; i < sa->proposal_count; i++)
		if (&sa->proposals[i] != p && sa->proposals[i].number == p->number)
			return PROTO_IPSEC_ESP;
	return 0;
}

static unsigned differs_of(const struct ike_sa *sa, const struct payload_transform *t, const struct ike_ident *ident,
			   unsigned set, struct ike_differ out[IKE_DIFFERS])
{
	struct ike_p2_attrs attrs;
	bool udp;

	ike_p2_parse(t->id, t->attrs, &attrs);
	attrs.encaps = ike_natt_native(sa, attrs.encaps, &udp);
	return ike_p2_differs(&attrs, &ident->proposals[set], ident->pfs_group, out);
}

bool ike_nearest_set(const struct ike_sa *sa, const struct payload_sa *offer, const struct ike_ident *ident,
		     struct ike_failure *out)
{
	struct ike_differ differs[IKE_DIFFERS];
	unsigned best = IKE_DIFFERS + 1, n, count = 0;

	out->set = -1;
	for (unsigned i = 0; i < offer->proposal_count; i++) {
		const struct payload_proposal *p = &offer->proposals[i];
		const uint8_t protocol = other_protocol(offer, p);

		for (unsigned t = p->first; t < p->first + p->count; t++) {
			for (unsigned k = 0; !protocol && k < ident->proposal_count; k++) {
				n = differs_of(sa, &offer->transforms[t], ident, k, differs);
				if (n >= best)
					continue;
				nearer(out, &best, differs, n);
				out->proposal = p->number;
				out->transform = offer->transforms[t].number;
				out->set = (int)k;
			}
		}
		/* what comes with another protocol is told only when there is nothing else */
		if (!protocol || best <= IKE_DIFFERS)
			continue;
		differ(differs, &count, IKE_ON_PROTOCOL, PROTO_IPSEC_ESP, 0, protocol, 0);
		n = IKE_DIFFERS + 1;
		nearer(out, &n, differs, count);
		out->proposal = p->number;
		count = 0;
	}
	return out->differ_count;
}
