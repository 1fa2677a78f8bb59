/* Phase 1: the peer's transforms against our policies, in IOS's words. RFC 2409 Appendix A. */
#include "ike/choose.h"

#include "base/names.h"

#include <stdio.h>

static const struct name encr_names[] = {
	{ OAKLEY_ENCR_DES, "DES-CBC" }, { OAKLEY_ENCR_3DES, "3DES-CBC" }, { OAKLEY_ENCR_AES, "AES-CBC" }, { 0, NULL }
};
static const struct name hash_names[] = { { OAKLEY_HASH_MD5, "MD5" },       { OAKLEY_HASH_SHA, "SHA" },
					  { OAKLEY_HASH_SHA256, "SHA256" }, { OAKLEY_HASH_SHA384, "SHA384" },
					  { OAKLEY_HASH_SHA512, "SHA512" }, { 0, NULL } };
static const struct name auth_names[] = { { OAKLEY_AUTH_PRE_SHARED, "pre-share" },
					  { OAKLEY_AUTH_RSA_SIG, "RSA sig" },
					  { OAKLEY_AUTH_XAUTH_INIT_PRE_SHARED, "XAUTHInitPreShared" },
					  { 0, NULL } };

static void say_attr(struct ike *e, const char *what, const struct name *names, uint32_t value)
{
	char text[80];
	const char *name = name_of(names, (int)value, NULL);

	if (name)
		snprintf(text, sizeof(text), "%s %s", what, name);
	else
		snprintf(text, sizeof(text), "%s... What? %u?", what, value);
	dbg_attr(e, text);
}

static void say_attrs(struct ike *e, const struct ike_p1_attrs *a)
{
	char text[80];

	for (unsigned i = 0; i < a->count; i++) {
		const struct ike_attr *x = &a->list[i];

		switch (x->type) {
		case OAKLEY_ATTR_ENCR:
			say_attr(e, "encryption", encr_names, x->value);
			break;
		case OAKLEY_ATTR_HASH:
			say_attr(e, "hash", hash_names, x->value);
			break;
		case OAKLEY_ATTR_AUTH:
			say_attr(e, "auth", auth_names, x->value);
			break;
		case OAKLEY_ATTR_GROUP:
			snprintf(text, sizeof(text), "default group %u", x->value);
			dbg_attr(e, text);
			break;
		case OAKLEY_ATTR_KEY_LENGTH:
			snprintf(text, sizeof(text), "keylength of %u", x->value);
			dbg_attr(e, text);
			break;
		case OAKLEY_ATTR_LIFE_TYPE:
			dbg_attr(e, x->value == LIFE_KILOBYTES ? "life type in kilobytes" : "life type in seconds");
			break;
		case OAKLEY_ATTR_LIFE_DURATION:
			ike_say_duration(e, "life duration", x);
			break;
		default:
			snprintf(text, sizeof(text), "attribute... What? %u?", x->type);
			dbg_attr(e, text);
			break;
		}
	}
}

static void say_differs(struct ike *e, uint32_t cid, enum ike_p1_differs d)
{
	static void (*const say[])(struct ike * e, uint32_t cid) = {
		[IKE_P1_ENCR] = dbg_mismatch_encryption, [IKE_P1_KEYBITS] = dbg_mismatch_keylength,
		[IKE_P1_HASH] = dbg_mismatch_hash,       [IKE_P1_GROUP] = dbg_mismatch_group,
		[IKE_P1_AUTH] = dbg_mismatch_auth,       [IKE_P1_ATTRS] = dbg_mismatch_encryption,
	};

	say[d](e, cid);
}

/*
 * Local priority counts: every transform is tried against the first policy, then against the next. With the lines of
 * both a match and a mismatch, as IOS prints them.
 */
bool ike_p1_choose(struct ike_step *s, const struct payload_sa *sa, const struct isakmp_policy *policies, size_t count,
		   bool key, struct ike_p1_choice *out)
{
	const uint32_t cid = s->sa->conn_id;

	for (size_t i = 0; i < count; i++) {
		for (unsigned t = 0; t < sa->transform_count; t++) {
			const struct payload_transform *tr = &sa->transforms[t];
			enum ike_p1_differs d;
			bool no_key;

			for (unsigned p = 0; p < sa->proposal_count; p++)
				if (t >= sa->proposals[p].first && t - sa->proposals[p].first < sa->proposals[p].count)
					out->proposal = &sa->proposals[p];
			dbg_checking1(s->e, cid, tr->number, policies[i].priority);
			ike_p1_parse(tr->attrs, &out->offer);
			if (s->e->debug)
				say_attrs(s->e, &out->offer);
			d = ike_p1_compare(&out->offer, &policies[i]);
			if (out->proposal->protocol != PROTO_ISAKMP || tr->id != KEY_IKE)
				d = IKE_P1_ATTRS;
			if (d == IKE_P1_SAME && policies[i].auth != ISAKMP_AUTH_PRE_SHARE)
				d = IKE_P1_AUTH;
			no_key = d == IKE_P1_SAME && !key;
			if (no_key)
				dbg_mismatch_psk(s->e, cid);
			else if (d != IKE_P1_SAME)
				say_differs(s->e, cid, d);
			if (no_key || d != IKE_P1_SAME) {
				dbg_atts_bad(s->e, cid, tr->next);
				continue;
			}
			dbg_atts_ok1(s->e, cid, tr->next);
			out->policy = policies[i];
			out->transform = tr;
			return true;
		}
	}
	return false;
}

void ike_p1_agree(struct ike_step *s, const struct ike_p1_choice *c)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const uint32_t cid = sa->conn_id;

	/* what is set before the offer is looked at: on the responder a lifetime that is configured */
	dbg_life_actual(e, cid,
			sa->initiator || c->policy.lifetime_s == ISAKMP_LIFETIME_DEFAULT_S ? 0 : c->policy.lifetime_s);
	dbg_life_atts(e, cid);
	sa->life_s = c->policy.lifetime_s;
	if (c->offer.life_s && c->offer.life_s_basic) {
		dbg_life_basic(e, cid, c->offer.life_s);
	} else if (c->offer.life_s) {
		dbg_life_vpi(e, cid, (unsigned)c->offer.life_s_octets);
		dbg_life_fill(e, cid, c->offer.life_s);
	}
	if (c->offer.life_s && c->offer.life_s < sa->life_s)
		sa->life_s = c->offer.life_s;
	dbg_life_returning(e, cid, sa->life_s);
	dbg_life_started(e, cid, sa->life_s);
	sa->expires_ms = ike_now(e) + sa->life_s * 1000;
	sa->policy = c->policy;
	sa->chosen = true;
}
