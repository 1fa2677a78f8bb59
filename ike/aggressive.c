/*
 * Aggressive Mode with a pre-shared key, RFC 2409 section 5.4.
 *
 *	initiator                              responder
 *	AG1  HDR, SA, KE, Ni, IDii      -->
 *	                                <--    HDR, SA, KE, Nr, IDir, HASH_R   AG2
 *	AG3  HDR*, HASH_I               -->
 *
 * HASH_R goes to whoever asks, who can then try keys against it for as long as it likes. So this router answers only
 * when Aggressive Mode was enabled by name, and only an identity that has a key: any other one gets nothing, and nothing
 * that depends on a key is done for it. There is no exponentiation before the identity and an offer are acceptable.
 *
 * The responder does not retransmit AG2 by a timer, towards an address that nothing has proved. AG1 that comes again is
 * answered again, and so is a Quick Mode that begins before AG3 came. AG3 is encrypted as IOS has it; one in clear is
 * taken too, but not what stands beside its hash.
 */
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/phase1.h"

/* --- initiator --------------------------------------------------------------------------------------------------- */

/* The group cannot be negotiated: that of all offers. */
static enum ike_outcome am_want_pair(struct ike_step *s)
{
	return ike_step_dh(s, NULL, s->sa->mm->offer[0].group, (struct ike_bytes){ NULL, 0 });
}

/* RFC 3947 4: no port, since a NAT may change it. */
static struct payload_id own_id(struct ike_step *s)
{
	struct payload_id id = ike_own_id(s->e, s->sa);

	id.protocol = IPPROTO_UDP;
	return id;
}

static enum ike_outcome am_send_1(struct ike_step *s)
{
	struct ike_mm *mm = s->sa->mm;
	struct ike_bytes body;

	if (!ike_p1_put_offer(s))
		return IKE_DROP;
	ike_p1_put_ke(s);
	ike_p1_put_nonce(s);
	body = ike_p1_put_id(s, own_id(s), PAYLOAD_VID);
	ike_blob_set(&mm->idi, body.p, body.octets);
	ike_natt_build_vid(s);
	ike_fragment_build_vid(s);
	ike_vendor_build(s);
	dbg_aggressive_mode(s->e, s->sa->conn_id);
	return mm->idi.octets ? IKE_OK : IKE_DROP;
}

static enum ike_outcome am_take_2(struct ike_step *s)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];

	if (!memcmp(s->h.rcookie, none, sizeof(none)))
		return IKE_DROP;
	return ike_step_dh(s, &s->sa->mm->dh, 0, ike_body(payloads_find(&s->in, PAYLOAD_KE, 0)));
}

/* AG2 says all at once, and only its hash tells whether it is the peer's: the SA takes it over on trial. */
static enum ike_outcome try_2(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	const struct ike_key key = ike_key_for(s->e, sa);
	const struct ike_profile *profile;
	struct payload_id id;
	struct ike_p1_choice c;

	memcpy(sa->rcookie, s->h.rcookie, sizeof(sa->rcookie));
	dbg_processing(s->e, sa->conn_id, "SA", 0);
	if (!ike_p1_take_id(s, &id, &profile))
		return IKE_DROP;
	ike_vendor_ids(s);
	ike_p1_say_key(s, &key);
	if (!key.keyring || !ike_p1_take_answer(s, true, &c))
		return IKE_DROP;
	ike_natt_agree(s);
	ike_fragment_agree(s);
	ike_p1_agree(s, &c);
	if (!ike_natt_complete(s))
		return IKE_DROP;
	dbg_processing(s->e, sa->conn_id, "KE", 0);
	if (!ike_p1_have_ke(s) || !ike_p1_derive(s, &key) ||
	    !ike_p1_hash_good(s, ike_body(payloads_find(&s->in, PAYLOAD_ID, 0))))
		return IKE_DROP;
	return ike_p1_settle(s, &id, profile);
}

static enum ike_outcome am_have_2(struct ike_step *s)
{
	struct ike_sa *sa = s->sa, was = *sa;
	const enum ike_outcome outcome = try_2(s);

	if (outcome == IKE_DROP) {
		memcpy(sa->rcookie, was.rcookie, sizeof(sa->rcookie));
		memcpy(sa->keyring, was.keyring, sizeof(sa->keyring));
		sa->policy = was.policy;
		sa->chosen = was.chosen;
		sa->life_s = was.life_s;
		sa->expires_ms = was.expires_ms;
		sa->natt = was.natt;
		sa->fragmentation = was.fragmentation;
		sa->peer_dpd = was.peer_dpd;
		sa->peer_ios = was.peer_ios;
		sa->keys = was.keys;
		sa->has_keys = was.has_keys;
		sa->conn_id = was.conn_id;
	}
	wipe(&was, sizeof(was));
	if (outcome != IKE_OK)
		return outcome;
	memcpy(s->iv, sa->keys.iv, sizeof(s->iv));
	ike_natt_detect(s);
	ike_p1_initiator_authenticated(s);
	return IKE_OK;
}

static enum ike_outcome am_send_3(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	const bool contact = ike_p1_is_first_contact(s->e, sa);

	ike_natt_float(sa);
	ike_sa_peer_move(s->e, sa);
	if (contact)
		dbg_send_initial_contact(s->e, sa->conn_id);
	if (!ike_p1_put_hash(s, ike_blob_bytes(&sa->mm->idi)))
		return IKE_DROP;
	ike_natt_build(s);
	if (contact)
		ike_p1_put_initial_contact(s);
	return IKE_OK;
}

/* --- responder --------------------------------------------------------------------------------------------------- */

/* The initiator's identity, as it stood in AG1. */
static bool idi(const struct ike_sa *sa, struct payload_id *out)
{
	const struct payload p = { .type = PAYLOAD_ID, .body = rd_of(sa->mm->idi.p, sa->mm->idi.octets) };
	struct payload_fault fault;

	return payload_parse_id(&p, out, &fault);
}

static enum ike_outcome am_unknown(struct ike_step *s, const struct payload_id *id)
{
	char text[CONFIG_TEXT_SIZE];

	if (id->type == ID_FQDN || id->type == ID_USER_FQDN || id->type == ID_KEY_ID)
		dbg_key_no_name(s->e, ike_id_text(id, text));
	dbg_key_none(s->e, s->sa->conn_id, &s->sa->path.remote);
	ike_note_identity(s->e, s->sa, FAULT_key_none, false, ike_id_text(id, text), "");
	if (ike_noise(s->e))
		log_mode_failure(s->e, "Aggressive", &s->sa->path.remote);
	return IKE_DROP;
}

static enum ike_outcome am_take_1(struct ike_step *s)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const struct ike_bytes id_body = ike_body(payloads_find(&s->in, PAYLOAD_ID, 0));
	const struct ike_profile *profile;
	struct payload_id id;
	struct payload_sa offer;
	struct payload_fault fault;
	struct ike_p1_choice c;
	struct ike_key key;

	dbg_processing(e, sa->conn_id, "SA", 0);
	if (!ike_p1_take_id(s, &id, &profile))
		return IKE_DROP;
	ike_vendor_ids(s);
	key = ike_key_for_id(e, sa, profile, &id);
	if (!key.keyring)
		return am_unknown(s, &id);
	ike_p1_say_key(s, &key);
	if (!payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &offer, &fault))
		return IKE_DROP;
	if (!ike_p1_choose(s, &offer, e->set.policies, e->set.policy_count, true, &c)) {
		ike_note_policy(s, &offer, true);
		return ike_p1_refuse(s);
	}
	ike_blob_set(&sa->mm->idi, id_body.p, id_body.octets);
	if (!ike_p1_keep_offer(s, &c) || !sa->mm->idi.octets)
		return IKE_DROP;
	if (profile)
		memcpy(sa->profile, profile->name, sizeof(sa->profile));
	ike_natt_agree(s);
	ike_fragment_agree(s);
	ike_p1_agree(s, &c);
	return ike_p1_take_ke(s);
}

static enum ike_outcome am_have_1(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	struct payload_id id;
	struct ike_key key;

	/* the configuration may have changed since */
	if (!ike_p1_have_ke(s) || !idi(sa, &id))
		return IKE_DROP;
	key = ike_key_for_id(s->e, sa, ike_profile_find(s->e, sa->profile), &id);
	if (!key.keyring)
		return am_unknown(s, &id);
	return ike_p1_derive(s, &key) ? IKE_OK : IKE_DROP;
}

static enum ike_outcome am_send_2(struct ike_step *s)
{
	struct ike_bytes body;

	ike_p1_put_answer(s);
	ike_p1_put_ke(s);
	body = ike_p1_put_id(s, own_id(s), PAYLOAD_NONCE);
	ike_p1_put_nonce(s);
	if (!ike_p1_put_hash(s, body))
		return IKE_DROP;
	ike_natt_build_vid(s);
	ike_fragment_build_vid(s);
	ike_vendor_build(s);
	ike_natt_build(s);
	return IKE_OK;
}

static enum ike_outcome am_take_3(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	enum ike_outcome outcome;
	struct payload_id id;

	if (!ike_p1_notifications_good(s) || !ike_natt_complete(s) || !idi(sa, &id) ||
	    !ike_p1_hash_good(s, ike_blob_bytes(&sa->mm->idi)))
		return IKE_DROP;
	outcome = ike_p1_settle(s, &id, ike_profile_match(s->e, sa, &id));
	if (outcome != IKE_OK)
		return outcome;
	ike_natt_detect(s);
	ike_p1_responder_authenticated(s);
	if (sa->mm->initial_contact)
		ike_p1_end_former_life(s->e, sa);
	return IKE_OK;
}

#define AG_1    P(SA) | P(KE) | P(NONCE) | P(ID), P(VID) | P(NOTIFY) | P(CR)
#define AG_2    P(SA) | P(KE) | P(NONCE) | P(ID) | P(HASH), P(VID) | P(NATD) | P(NOTIFY) | P(CR)
#define AG_3    P(HASH), P(VID) | P(NATD) | P(NOTIFY)
#define DONE_P1 .then = ike_p1_complete, NEXT(IKE_PHASE1_COMPLETE)

static const struct ike_row rows[] = {
	/*	  from       input          to           payloads          work                 else */
	{ IKE_READY, IKE_SA_REQ_AM, IKE_I_AM1, .take = am_want_pair, .resume = ike_p1_have_pair, BUILDS(AG_1),
	  .build = am_send_1, FIRST, WAITS },
	{ IKE_I_AM1, IKE_AM_EXCH, IKE_P1_COMPLETE, TAKES(AG_2), .take = am_take_2, .resume = am_have_2, BUILDS(AG_3),
	  .build = am_send_3, CRYPT, CLEAR_TOO, DONE_P1 },

	{ IKE_READY, IKE_AM_EXCH, IKE_R_AM_AAA_AWAIT, TAKES(AG_1), .take = am_take_1, .resume = am_have_1,
	  NEXT(PRESHARED_KEY_REPLY) },
	{ IKE_R_AM_AAA_AWAIT, PRESHARED_KEY_REPLY, IKE_R_AM2, BUILDS(AG_2), .build = am_send_2 },
	{ IKE_R_AM2, IKE_AM_EXCH, IKE_P1_COMPLETE, TAKES(AG_3), .take = am_take_3, CRYPT, CLEAR_TOO, DONE_P1 },
};

const struct ike_table ike_aggressive_mode = { "Aggressive Mode", rows, sizeof(rows) / sizeof(rows[0]) };
