/*
 * Main Mode with a pre-shared key, RFC 2409 section 5.4.
 *
 *	initiator                    responder
 *	MM1  HDR, SA           -->
 *	                       <--   HDR, SA              MM2
 *	MM3  HDR, KE, Ni       -->
 *	                       <--   HDR, KE, Nr          MM4
 *	MM5  HDR*, IDii, HASH_I -->
 *	                       <--   HDR*, IDir, HASH_R   MM6
 *
 * The responder keeps no secret and does no exponentiation before MM3, which proves that the peer receives.
 */
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/phase1.h"

/* --- the SA payload ---------------------------------------------------------------------------------------------- */

static enum ike_outcome mm_send_1(struct ike_step *s)
{
	bool kept;

	dbg_main_mode(s->e, s->sa->conn_id);
	kept = ike_p1_put_offer(s);
	ike_natt_build_vid(s);
	ike_fragment_build_vid(s);
	return kept ? IKE_OK : IKE_DROP;
}

static enum ike_outcome mm_take_1(struct ike_step *s)
{
	const struct ike_key key = ike_key_for(s->e, s->sa);
	struct payload_sa offer;
	struct payload_fault fault;
	struct ike_p1_choice c;

	dbg_processing(s->e, s->sa->conn_id, "SA", 0);
	ike_vendor_ids(s);
	ike_p1_say_key(s, &key);
	if (!payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &offer, &fault))
		return IKE_DROP;
	if (!ike_p1_choose(s, &offer, s->e->set.policies, s->e->set.policy_count, key.keyring, &c)) {
		ike_note_policy(s, &offer, key.keyring);
		return ike_p1_refuse(s);
	}
	if (!ike_p1_keep_offer(s, &c))
		return IKE_DROP;
	ike_natt_agree(s);
	ike_fragment_agree(s);
	ike_p1_agree(s, &c);
	ike_vendor_ids(s);
	return IKE_OK;
}

static enum ike_outcome mm_send_2(struct ike_step *s)
{
	ike_p1_put_answer(s);
	ike_natt_build_vid(s);
	ike_fragment_build_vid(s);
	return IKE_OK;
}

static enum ike_outcome mm_take_2(struct ike_step *s)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	const struct ike_key key = ike_key_for(s->e, s->sa);
	struct ike_p1_choice c;

	if (!memcmp(s->h.rcookie, none, sizeof(none)))
		return IKE_DROP;
	dbg_processing(s->e, s->sa->conn_id, "SA", 0);
	ike_vendor_ids(s);
	ike_p1_say_key(s, &key);
	if (!key.keyring || !ike_p1_take_answer(s, true, &c))
		return IKE_DROP;
	memcpy(s->sa->rcookie, s->h.rcookie, sizeof(s->sa->rcookie));
	ike_natt_agree(s);
	ike_fragment_agree(s);
	ike_p1_agree(s, &c);
	ike_vendor_ids(s);
	return IKE_OK;
}

/* --- key exchange ------------------------------------------------------------------------------------------------ */

/* The initiator's key pair, for MM3. */
static enum ike_outcome mm_want_pair(struct ike_step *s)
{
	return ike_step_dh(s, NULL, s->sa->policy.group, (struct ike_bytes){ NULL, 0 });
}

static enum ike_outcome mm_send_ke(struct ike_step *s)
{
	ike_p1_put_ke(s);
	ike_p1_put_nonce(s);
	ike_vendor_build(s);
	ike_natt_build(s);
	return IKE_OK;
}

/* MM3 and MM4. The responder makes its own key pair only now. */
static enum ike_outcome mm_take_ke(struct ike_step *s)
{
	return ike_natt_complete(s) ? ike_p1_take_ke(s) : IKE_DROP;
}

/* Afterwards both sides have the keys, and the SA has its conn-id. */
static enum ike_outcome mm_have_ke(struct ike_step *s)
{
	const struct ike_key key = ike_key_for(s->e, s->sa);

	if (!ike_p1_have_ke(s))
		return IKE_DROP;
	if (!key.keyring) {
		dbg_key_none(s->e, s->sa->conn_id, &s->sa->path.remote);
		ike_note_fault(s->e, s->sa, FAULT_key_none, false);
		return IKE_DROP;
	}
	dbg_key_found(s->e, s->sa->conn_id, &s->sa->path.remote);
	if (!ike_p1_derive(s, &key))
		return IKE_DROP;
	ike_vendor_ids(s);
	ike_natt_detect(s);
	return IKE_OK;
}

/* --- identities -------------------------------------------------------------------------------------------------- */

static enum ike_outcome mm_send_auth(struct ike_step *s)
{
	struct payload_id id = ike_own_id(s->e, s->sa);

	id.protocol = IPPROTO_UDP;
	id.port = ike_natt_found(s->sa) ? 0 : ISAKMP_PORT; /* RFC 3947 4: no port where a NAT changes it */
	return ike_p1_put_hash(s, ike_p1_put_id(s, id, PAYLOAD_HASH)) ? IKE_OK : IKE_DROP;
}

static enum ike_outcome mm_send_5(struct ike_step *s)
{
	const bool contact = ike_p1_is_first_contact(s->e, s->sa);

	ike_natt_float(s->sa);
	if (contact)
		dbg_send_initial_contact(s->e, s->sa->conn_id);
	if (mm_send_auth(s) != IKE_OK)
		return IKE_DROP;
	if (contact)
		ike_p1_put_initial_contact(s);
	return IKE_OK;
}

/* The peer's ID and HASH, and the profile. Nothing of the SA changes unless it is who it says. */
static enum ike_outcome mm_check_auth(struct ike_step *s)
{
	const struct ike_profile *profile;
	struct payload_id id;

	if (!ike_p1_notifications_good(s) || !ike_p1_take_id(s, &id, &profile))
		return IKE_DROP;
	if (profile && ike_profile_has(profile, s->sa->keyring))
		dbg_key_keyring(s->e, s->sa->conn_id, s->sa->keyring);
	if (!ike_p1_hash_good(s, ike_body(payloads_find(&s->in, PAYLOAD_ID, 0))))
		return IKE_DROP;
	return ike_p1_settle(s, &id, profile);
}

static enum ike_outcome mm_take_5(struct ike_step *s)
{
	const enum ike_outcome outcome = mm_check_auth(s);

	if (outcome == IKE_OK)
		ike_p1_responder_authenticated(s);
	return outcome;
}

static enum ike_outcome mm_send_6(struct ike_step *s)
{
	if (s->sa->mm->initial_contact)
		ike_p1_end_former_life(s->e, s->sa);
	return mm_send_auth(s);
}

static enum ike_outcome mm_take_6(struct ike_step *s)
{
	const enum ike_outcome outcome = mm_check_auth(s);

	if (outcome == IKE_OK)
		ike_p1_initiator_authenticated(s);
	return outcome;
}

bool ike_phase1_start(struct ike *e, struct ike_sa *sa)
{
	struct ike_step *s = ike_step_new(e, sa, NULL);
	bool good;

	if (!s)
		return false;
	good = ike_run(s, sa->aggressive ? IKE_SA_REQ_AM : IKE_SA_REQ_MM);
	if (good)
		ike_sa_eager(e, sa);
	ike_step_end(s);
	return good;
}

#define MM_SA   P(SA), P(VID)
#define MM_KE   P(KE) | P(NONCE), P(VID) | P(NATD) | P(CR) | P(NOTIFY)
#define MM_AUTH P(ID) | P(HASH), P(VID) | P(NOTIFY) | P(CR)
#define ANSWER  NEXT(IKE_PROCESS_COMPLETE)

static const struct ike_row rows[] = {
	/*	  from             input                 to               payloads         work                 else */
	{ IKE_READY, IKE_SA_REQ_MM, IKE_I_MM1, BUILDS(MM_SA), .build = mm_send_1, FIRST, WAITS },
	{ IKE_I_MM1, IKE_MM_EXCH, IKE_I_MM2, TAKES(MM_SA), .take = mm_take_2, FIRST, ANSWER },
	{ IKE_I_MM2, IKE_PROCESS_COMPLETE, IKE_I_MM3, .take = mm_want_pair, .resume = ike_p1_have_pair, BUILDS(MM_KE),
	  .build = mm_send_ke, WAITS },
	{ IKE_I_MM3, IKE_MM_EXCH, IKE_I_MM4, TAKES(MM_KE), .take = mm_take_ke, .resume = mm_have_ke, FIRST, ANSWER },
	{ IKE_I_MM4, IKE_PROCESS_COMPLETE, IKE_I_MM5, BUILDS(MM_AUTH), .build = mm_send_5, CRYPT, WAITS },
	{ IKE_I_MM5, IKE_MM_EXCH, IKE_I_MM6, TAKES(MM_AUTH), .take = mm_take_6, CRYPT, ANSWER },
	{ IKE_I_MM6, IKE_PROCESS_COMPLETE, IKE_P1_COMPLETE, .then = ike_p1_complete, NEXT(IKE_PHASE1_COMPLETE) },

	{ IKE_READY, IKE_MM_EXCH, IKE_R_MM1, TAKES(MM_SA), .take = mm_take_1, FIRST, ANSWER },
	{ IKE_R_MM1, IKE_PROCESS_COMPLETE, IKE_R_MM2, BUILDS(MM_SA), .build = mm_send_2 },
	{ IKE_R_MM2, IKE_MM_EXCH, IKE_R_MM3, TAKES(MM_KE), .take = mm_take_ke, .resume = mm_have_ke, FIRST, ANSWER },
	{ IKE_R_MM3, IKE_PROCESS_COMPLETE, IKE_R_MM4, BUILDS(MM_KE), .build = mm_send_ke },
	{ IKE_R_MM4, IKE_MM_EXCH, IKE_R_MM5, TAKES(MM_AUTH), .take = mm_take_5, FIRST, CRYPT, ANSWER },
	{ IKE_R_MM5, IKE_PROCESS_COMPLETE, IKE_P1_COMPLETE, BUILDS(MM_AUTH), .build = mm_send_6, CRYPT,
	  .then = ike_p1_complete, NEXT(IKE_PHASE1_COMPLETE) },

	{ IKE_P1_COMPLETE, IKE_PHASE1_COMPLETE, IKE_P1_COMPLETE, NEXT(IKE_INPUT_NONE) },
};

const struct ike_table ike_main_mode = { "Main Mode", rows, sizeof(rows) / sizeof(rows[0]) };
