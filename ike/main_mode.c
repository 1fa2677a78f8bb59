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
#include "ike/choose.h"
#include "ike/dpd.h"
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/profile.h"
#include "ike/recover.h"
#include "ike/table.h"

#include "base/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static struct ike_bytes nonce_i(const struct ike_mm *mm)
{
	return (struct ike_bytes){ mm->ni, mm->ni_octets };
}

static struct ike_bytes nonce_r(const struct ike_mm *mm)
{
	return (struct ike_bytes){ mm->nr, mm->nr_octets };
}

/* The body of a payload that was just built: the message's only one so far. */
static struct ike_bytes first_body(struct ike_step *s)
{
	struct rd r = rd_of(s->built, wr_octets(&s->out.w));

	rd_take(&r, ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS);
	return (struct ike_bytes){ r.p, rd_left(&r) };
}

/* --- the SA payload ---------------------------------------------------------------------------------------------- */

/* The lines about the key that precede the choice. */
static bool say_key(struct ike_step *s)
{
	const bool found = ike_key_for(s->e, s->sa).keyring;

	if (found) {
		dbg_key_found(s->e, s->sa->conn_id, &s->sa->path.remote);
		dbg_key_local(s->e, s->sa->conn_id);
	} else {
		dbg_key_none(s->e, s->sa->conn_id, &s->sa->path.remote);
	}
	ike_profiles_say_xauth(s->e, s->sa);
	return found;
}

static enum ike_outcome mm_send_1(struct ike_step *s)
{
	struct ike_mm *mm = s->sa->mm;
	struct ike_bytes body;

	dbg_main_mode(s->e, s->sa->conn_id);
	wr_sa_open(&s->out);
	wr_proposal_open(&s->out, 1, PROTO_ISAKMP, NULL, 0);
	for (size_t i = 0; i < mm->offer_count; i++) {
		wr_transform_open(&s->out, (uint8_t)(i + 1), KEY_IKE);
		ike_p1_build(&s->out.w, &mm->offer[i]);
		wr_transform_close(&s->out);
	}
	wr_proposal_close(&s->out);
	wr_payload_close(&s->out);
	body = first_body(s);
	ike_blob_set(&mm->sai, body.p, body.octets);
	ike_natt_build_vid(s);
	return mm->sai.octets ? IKE_OK : IKE_DROP;
}

static enum ike_outcome mm_refuse(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;

	dbg_no_offers(s->e, sa->conn_id);
	dbg_policy1_bad(s->e, sa->conn_id, &sa->path.local, &sa->path.remote);
	dbg_sa_error_count(s->e, sa->conn_id, 1, "construct_fail_ag_init");
	dbg_ag_info_failed(s->e, sa->conn_id);
	ike_info_no_proposal(s);
	ike_sa_delete_begin(s->e, sa, "Phase1 SA policy proposal not accepted");
	ike_vendor_ids(s);
	return IKE_REJECT;
}

static enum ike_outcome mm_take_1(struct ike_step *s)
{
	const struct payload *p = payloads_find(&s->in, PAYLOAD_SA, 0);
	struct ike_mm *mm = s->sa->mm;
	struct payload_sa offer;
	struct payload_fault fault;
	struct ike_p1_choice c;
	bool key;

	dbg_processing(s->e, s->sa->conn_id, "SA", 0);
	ike_vendor_ids(s);
	key = say_key(s);
	if (!payload_parse_sa(p, &offer, &fault))
		return IKE_DROP;
	if (!ike_p1_choose(s, &offer, s->e->set.policies, s->e->set.policy_count, key, &c))
		return mm_refuse(s);
	ike_blob_set(&mm->sai, p->body.p, rd_left(&p->body));
	ike_blob_set(&mm->transform, c.transform->whole, c.transform->octets);
	if (!mm->sai.octets || !mm->transform.octets)
		return IKE_DROP;
	mm->proposal_number = c.proposal->number;
	mm->offered_s = c.offer.life_s;
	ike_natt_agree(s);
	ike_p1_agree(s, &c);
	ike_vendor_ids(s);
	return IKE_OK;
}

static enum ike_outcome mm_send_2(struct ike_step *s)
{
	const struct ike_mm *mm = s->sa->mm;
	const struct payload_transform t = ike_kept_transform(&mm->transform);

	wr_sa_open(&s->out);
	wr_proposal_open(&s->out, mm->proposal_number, PROTO_ISAKMP, NULL, 0);
	wr_transform_copy(&s->out, &t);
	wr_proposal_close(&s->out);
	wr_payload_close(&s->out);
	ike_natt_build_vid(s);
	return IKE_OK;
}

/* RFC 2409 5.4: the answer is one of our own offers, unchanged. */
static enum ike_outcome mm_take_2(struct ike_step *s)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	const struct ike_mm *mm = s->sa->mm;
	struct payload_sa answer;
	struct payload_fault fault;
	struct ike_p1_choice c;
	bool key;

	if (!memcmp(s->h.rcookie, none, sizeof(none)) ||
	    !payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &answer, &fault))
		return IKE_DROP;
	dbg_processing(s->e, s->sa->conn_id, "SA", 0);
	ike_vendor_ids(s);
	key = say_key(s);
	if (!key)
		return IKE_DROP;
	if (answer.proposal_count != 1 || answer.transform_count != 1 ||
	    !ike_p1_choose(s, &answer, mm->offer, mm->offer_count, key, &c)) {
		if (ike_noise(s->e))
			log_not_offered(s->e, &s->sa->path.remote, "transform");
		return IKE_DROP;
	}
	if (c.offer.life_s > c.policy.lifetime_s) {
		if (ike_noise(s->e))
			log_not_offered(s->e, &s->sa->path.remote, "life duration");
		return IKE_DROP;
	}
	memcpy(s->sa->rcookie, s->h.rcookie, sizeof(s->sa->rcookie));
	ike_natt_agree(s);
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

static enum ike_outcome mm_have_pair(struct ike_step *s)
{
	struct ike_mm *mm = s->sa->mm;

	if (s->job->rc)
		return IKE_DROP;
	mm->dh = s->job->own;
	s->e->ops.random(s->e->ops.ctx, mm->ni, IKE_NONCE_OCTETS);
	mm->ni_octets = IKE_NONCE_OCTETS;
	return IKE_OK;
}

static enum ike_outcome mm_send_ke(struct ike_step *s)
{
	const struct ike_mm *mm = s->sa->mm;

	wr_payload(&s->out, PAYLOAD_KE, mm->dh.public, mm->dh.public_octets);
	wr_payload(&s->out, PAYLOAD_NONCE, s->sa->initiator ? mm->ni : mm->nr, IKE_NONCE_OCTETS);
	ike_vendor_build(s);
	ike_natt_build(s);
	return IKE_OK;
}

static struct ike_p1_material material(const struct ike_sa *sa)
{
	const struct ike_mm *mm = sa->mm;
	const struct ike_bytes own = { mm->dh.public, mm->dh.public_octets };
	const struct ike_bytes peer = { mm->peer_public, mm->peer_public_octets };

	return (struct ike_p1_material){ .icookie = sa->icookie,
					 .rcookie = sa->rcookie,
					 .ni = nonce_i(mm),
					 .nr = nonce_r(mm),
					 .gxi = sa->initiator ? own : peer,
					 .gxr = sa->initiator ? peer : own };
}

/* MM3 and MM4: the peer's KE and nonce. The responder makes its own key pair only now. */
static enum ike_outcome mm_take_ke(struct ike_step *s)
{
	const struct payload_fault no_natd = { PAYLOAD_SHORT, PAYLOAD_NATD };
	struct ike_sa *sa = s->sa;

	if (!ike_natt_complete(s)) {
		ike_malformed(s->e, sa, &sa->path.remote, &no_natd);
		return IKE_DROP;
	}
	dbg_processing(s->e, sa->conn_id, "KE", 0);
	return ike_step_dh(s, sa->initiator ? &sa->mm->dh : NULL, sa->policy.group,
			   ike_body(payloads_find(&s->in, PAYLOAD_KE, 0)));
}

/* Afterwards both sides have the keys, and the SA has its conn-id. */
static enum ike_outcome mm_have_ke(struct ike_step *s)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const struct isakmp_policy *policy = &sa->policy;
	const struct ike_bytes nonce = ike_body(payloads_find(&s->in, PAYLOAD_NONCE, 0));
	const struct payload_fault bad_ke = { PAYLOAD_VALUE, PAYLOAD_KE };
	const struct ike_key key = ike_key_for(e, sa);
	const struct ike_dh_job *job = s->job;
	enum ike_outcome outcome = IKE_DROP;
	struct ike_mm *mm = sa->mm, *was = malloc(sizeof(*was));
	struct ike_keys keys = { 0 };
	struct ike_p1_material m;

	if (!was)
		return IKE_DROP;
	*was = *mm;
	if (job->rc) {
		ike_malformed(e, sa, &sa->path.remote, &bad_ke);
		goto out;
	}
	if (!sa->initiator) {
		mm->dh = job->own;
		e->ops.random(e->ops.ctx, mm->nr, IKE_NONCE_OCTETS);
		mm->nr_octets = IKE_NONCE_OCTETS;
	}
	memcpy(mm->peer_public, job->peer, job->peer_octets);
	mm->peer_public_octets = job->peer_octets;
	dbg_processing(e, sa->conn_id, "NONCE", 0);
	memcpy(sa->initiator ? mm->nr : mm->ni, nonce.p, nonce.octets);
	*(sa->initiator ? &mm->nr_octets : &mm->ni_octets) = nonce.octets;
	if (!key.keyring) {
		dbg_key_none(e, sa->conn_id, &sa->path.remote);
		goto out;
	}
	dbg_key_found(e, sa->conn_id, &sa->path.remote);
	m = material(sa);
	m.psk = key.octets;
	m.gxy = (struct ike_bytes){ job->gxy, ike_dh_shared_octets(policy->group) };
	if (ike_keys_derive(&keys, e->crypto, policy->encr, policy->keybits, policy->hash, &m))
		goto out;
	sa->keys = keys;
	sa->has_keys = true;
	snprintf(sa->keyring, sizeof(sa->keyring), "%s", key.keyring);
	sa->conn_id = e->next_conn++;
	ike_vendor_ids(s);
	ike_natt_detect(s);
	outcome = IKE_OK;
out:
	if (outcome != IKE_OK)
		*mm = *was;
	wipe(was, sizeof(*was));
	free(was);
	wipe(&keys, sizeof(keys));
	return outcome;
}

/* --- identities -------------------------------------------------------------------------------------------------- */

static const struct name id_names[] = { { ID_IPV4_ADDR, "ID_IPV4_ADDR" },
					{ ID_IPV6_ADDR, "ID_IPV6_ADDR" },
					{ ID_FQDN, "ID_FQDN" },
					{ ID_USER_FQDN, "ID_USER_FQDN" },
					{ 0, NULL } };

static void say_id(struct ike_step *s, const struct payload_id *id, unsigned next)
{
	char text[CONFIG_TEXT_SIZE];
	const char *label = "address     ";

	ike_id_text(id, text);
	if (id->type == ID_FQDN)
		label = "FQDN name   ";
	else if (id->type == ID_USER_FQDN)
		label = "USER FQDN   ";
	else if (id->type == ID_KEY_ID || id->type == ID_DER_ASN1_DN || id->type == ID_DER_ASN1_GN)
		label = "group id    ";
	dbg_id(s->e, s->sa->conn_id, next, id->type, label, text, id->protocol, id->port,
	       (unsigned)(id->octets + 4 + ISAKMP_GEN_OCTETS));
}

/* Own ID, then HASH_I or HASH_R over it. */
static enum ike_outcome mm_send_auth(struct ike_step *s)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const struct ike_p1_material m = material(sa);
	struct payload_id id = ike_own_id(e, sa);
	struct ike_bytes body, sai = ike_blob_bytes(&sa->mm->sai);
	uint8_t hash[IKE_HASH_MAX];
	int err;

	id.protocol = IPPROTO_UDP;
	id.port = ike_natt_found(sa) ? 0 : ISAKMP_PORT; /* RFC 3947 4: no port where a NAT changes it */
	dbg_doing_psk(e, sa->conn_id, name_of(id_names, id.type, "ID_KEY_ID"));
	wr_id(&s->out, id.type, id.protocol, id.port, id.data, id.octets);
	body = first_body(s);
	say_id(s, &id, PAYLOAD_HASH);
	dbg_id_total(e, sa->conn_id, (unsigned)(body.octets + ISAKMP_GEN_OCTETS));
	err = sa->initiator ? ike_hash_i(&sa->keys, &m, sai, body, hash) : ike_hash_r(&sa->keys, &m, sai, body, hash);
	if (err)
		return IKE_DROP;
	wr_payload(&s->out, PAYLOAD_HASH, hash, sa->keys.hash_octets);
	return IKE_OK;
}

/* Has this router nothing yet with the peer? Then what the peer still has is from a former life of ours. */
static bool first_contact(struct ike *e, const struct ike_sa *sa)
{
	const struct ike_ident_entry *i;

	if (ike_sa_ready(e, &sa->path.local, &sa->known_as, ""))
		return false;
	TAILQ_FOREACH (i, &e->idents, link) {
		if (!TAILQ_EMPTY(&i->pairs) && ike_sa_between(sa, &i->config.local, &i->config.remote))
			return false;
	}
	return true;
}

static enum ike_outcome mm_send_5(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	const bool contact = first_contact(s->e, sa);
	uint8_t spi[2 * ISAKMP_COOKIE_OCTETS];

	ike_natt_float(sa);
	if (contact)
		dbg_send_initial_contact(s->e, sa->conn_id);
	if (mm_send_auth(s) != IKE_OK)
		return IKE_DROP;
	memcpy(spi, sa->icookie, ISAKMP_COOKIE_OCTETS);
	memcpy(spi + ISAKMP_COOKIE_OCTETS, sa->rcookie, ISAKMP_COOKIE_OCTETS);
	if (contact)
		wr_notify(&s->out, PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_INITIAL_CONTACT, NULL, 0);
	return IKE_OK;
}

/*
 * Notifications stand outside of HASH_I and HASH_R. That they name this SA, as RFC 2407 4.6.3 wants, is the only sign
 * that they came as they were sent.
 */
static bool names_this_sa(const struct ike_sa *sa, const struct payload_notify *n)
{
	struct rd spi = rd_of(n->spi, n->spi_octets);
	uint8_t icookie[ISAKMP_COOKIE_OCTETS], rcookie[ISAKMP_COOKIE_OCTETS];

	if (n->protocol != PROTO_ISAKMP || (n->spi_octets && n->spi_octets != sizeof(icookie) + sizeof(rcookie)))
		return false;
	rd_copy(&spi, icookie, sizeof(icookie));
	rd_copy(&spi, rcookie, sizeof(rcookie));
	return !n->spi_octets ||
	       (!memcmp(icookie, sa->icookie, sizeof(icookie)) && !memcmp(rcookie, sa->rcookie, sizeof(rcookie)));
}

static bool notifications_good(struct ike_step *s)
{
	struct payload_notify n;
	struct payload_fault fault;
	const struct payload *p;

	for (unsigned i = 0; (p = payloads_find(&s->in, PAYLOAD_NOTIFY, i)); i++)
		if (!payload_parse_notify(p, &n, &fault) || !names_this_sa(s->sa, &n))
			return false;
	return true;
}

/*
 * The hash was good, but is it the peer that was asked for, and was its key one of its profile's? The initiator of an SA
 * that is refused would think that it is there, so the peer is told of its end.
 */
static bool profile_good(struct ike_step *s, const struct ike_profile *p)
{
	static const char reason[] = "No reason";
	struct ike_sa *sa = s->sa;

	if (!ike_profile_has(p, sa->keyring)) {
		dbg_key_wrong_keyring(s->e, sa->conn_id);
	} else if (!sa->profile[0] || (p && !strcmp(sa->profile, p->name))) {
		snprintf(sa->profile, sizeof(sa->profile), "%s", p ? p->name : "");
		return true;
	}
	ike_blob_clear(&sa->out);
	if (sa->initiator) {
		memcpy(sa->keys.iv, s->iv, sizeof(sa->keys.iv));
		ike_info_delete(s->e, sa, 0);
	}
	s->reason = reason;
	ike_sa_delete_begin(s->e, sa, reason);
	return false;
}

/* The peer's ID and HASH, and the profile. Nothing of the SA changes unless it is who it says. */
static enum ike_outcome mm_check_auth(struct ike_step *s)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const struct payload *p = payloads_find(&s->in, PAYLOAD_ID, 0);
	const struct ike_bytes sai = ike_blob_bytes(&sa->mm->sai), body = ike_body(p);
	const struct ike_p1_material m = material(sa);
	uint8_t expected[IKE_HASH_MAX];
	const struct ike_profile *profile;
	struct payload_id id;
	struct payload_fault fault = { PAYLOAD_UNKNOWN, PAYLOAD_ID };
	unsigned next = PAYLOAD_NONE;
	int err;

	if (!notifications_good(s)) {
		fault = (struct payload_fault){ PAYLOAD_VALUE, PAYLOAD_NOTIFY };
		ike_malformed(e, sa, &sa->path.remote, &fault);
		return IKE_DROP;
	}
	if (payloads_count(&s->in, PAYLOAD_ID) != 1 || !payload_parse_id(p, &id, &fault)) {
		ike_malformed(e, sa, &sa->path.remote, &fault);
		return IKE_DROP;
	}
	for (unsigned i = 0; i + 1 < s->in.count; i++)
		if (&s->in.p[i] == p)
			next = s->in.p[i + 1].type;
	dbg_processing(e, sa->conn_id, "ID", 0);
	say_id(s, &id, next);
	profile = ike_profile_match(e, sa, &id);
	if (profile)
		dbg_profile(e, profile->name);
	else
		dbg_no_profile(e);
	if (profile && ike_profile_has(profile, sa->keyring))
		dbg_key_keyring(e, sa->conn_id, sa->keyring);
	dbg_processing(e, sa->conn_id, "HASH", 0);
	err = sa->initiator ? ike_hash_r(&sa->keys, &m, sai, body, expected)
			    : ike_hash_i(&sa->keys, &m, sai, body, expected);
	if (err || !ike_hash_equal(&sa->keys, expected, ike_body(payloads_find(&s->in, PAYLOAD_HASH, 0)))) {
		if (ike_noise(e))
			log_auth_fail(e, OAKLEY_AUTH_PRE_SHARED, &sa->path.remote);
		return IKE_DROP;
	}
	if (!profile_good(s, profile))
		return IKE_REJECT;
	ike_id_text(&id, sa->phase1_id);
	return IKE_OK;
}

static void mm_authenticated(struct ike_step *s)
{
	dbg_auth_status(s->e, s->sa->conn_id);
	dbg_authenticated(s->e, s->sa->conn_id, &s->sa->path.remote);
	s->sa->authenticated = true;
	s->sa->authenticated_ms = ike_now(s->e);
	s->sa->half_open_ms = IKE_NEVER;
	s->sa->malformed = 0;
}

/*
 * The peer starts afresh: complete SAs with it go, but none that is being negotiated, which may be this router's own. What
 * was completed after this SA's first message came is no part of the peer's former life: when both sides start at once the
 * message that says "initial contact" may be late.
 */
static void bring_down(struct ike_step *s)
{
	struct ike_sa *sa = s->sa, *other;

	dbg_auth_status(s->e, sa->conn_id);
	dbg_initial_contact(s->e, sa->conn_id, &sa->path.local, &sa->path.remote, sa->path.remote_port);
	TAILQ_FOREACH (other, &s->e->sas, link) {
		if (other != sa && other->state == IKE_P1_COMPLETE && !other->deleted &&
		    other->authenticated_ms < sa->created_ms && ike_natt_same_peers(sa, other))
			ike_sa_delete(s->e, other, "Receive initial contact");
	}
}

static enum ike_outcome mm_take_5(struct ike_step *s)
{
	struct payload_notify n;
	struct payload_fault fault;
	const struct payload *p;
	bool contact = false;
	const enum ike_outcome outcome = mm_check_auth(s);

	if (outcome != IKE_OK)
		return outcome;
	for (unsigned i = 0; (p = payloads_find(&s->in, PAYLOAD_NOTIFY, i)); i++) {
		if (!payload_parse_notify(p, &n, &fault))
			continue;
		ike_info_say_notify(s, &n, 0);
		contact |= n.type == NOTIFY_INITIAL_CONTACT;
	}
	mm_authenticated(s);
	ike_natt_verified(s);
	if (contact)
		bring_down(s);
	s->sa->mm->initial_contact = contact;
	ike_sa_peer_insert(s->e, s->sa);
	return IKE_OK;
}

static enum ike_outcome mm_send_6(struct ike_step *s)
{
	if (s->sa->mm->initial_contact)
		ike_pairs_deleted_by_peer(s->e, s->sa, 0, s->sa->created_ms);
	return mm_send_auth(s);
}

static enum ike_outcome mm_take_6(struct ike_step *s)
{
	const enum ike_outcome outcome = mm_check_auth(s);

	if (outcome != IKE_OK)
		return outcome;
	mm_authenticated(s);
	if (ike_natt_found(s->sa))
		dbg_udp_enc(s->e, s->sa->conn_id, s->sa->peer->ptr, s->sa->ptr);
	ike_natt_verified(s);
	ike_sa_peer_move(s->e, s->sa);
	ike_sa_peer_insert(s->e, s->sa);
	return IKE_OK;
}

static void mm_complete(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	const uint32_t offered_s = sa->mm->offered_s;
	uint8_t attrs[12];
	struct wr w = wr_of(attrs, sizeof(attrs));

	ike_sa_drop_mm(sa);
	ike_dpd_start(s->e, sa);
	ike_recover_phase1_up(s->e, sa);
	if (!sa->initiator && offered_s > sa->life_s) {
		wr_u16(&w, ISAKMP_ATTR_BASIC | OAKLEY_ATTR_LIFE_TYPE);
		wr_u16(&w, LIFE_SECONDS);
		wr_u16(&w, OAKLEY_ATTR_LIFE_DURATION);
		wr_u16(&w, 4);
		wr_u32(&w, (uint32_t)sa->life_s);
		ike_info_notify(s->e, sa, "RESPONDER_LIFETIME", PROTO_ISAKMP, NULL, 0, NOTIFY_RESPONDER_LIFETIME, attrs,
				wr_octets(&w));
	}
	ike_ident_phase1_up(s->e, sa);
}

bool ike_main_mode_start(struct ike *e, struct ike_sa *sa)
{
	struct ike_step *s = ike_step_new(e, sa, NULL);
	bool good;

	if (!s)
		return false;
	good = ike_run(s, IKE_SA_REQ_MM);
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
	{ IKE_I_MM2, IKE_PROCESS_COMPLETE, IKE_I_MM3, .take = mm_want_pair, .resume = mm_have_pair, BUILDS(MM_KE),
	  .build = mm_send_ke, WAITS },
	{ IKE_I_MM3, IKE_MM_EXCH, IKE_I_MM4, TAKES(MM_KE), .take = mm_take_ke, .resume = mm_have_ke, FIRST, ANSWER },
	{ IKE_I_MM4, IKE_PROCESS_COMPLETE, IKE_I_MM5, BUILDS(MM_AUTH), .build = mm_send_5, CRYPT, WAITS },
	{ IKE_I_MM5, IKE_MM_EXCH, IKE_I_MM6, TAKES(MM_AUTH), .take = mm_take_6, CRYPT, ANSWER },
	{ IKE_I_MM6, IKE_PROCESS_COMPLETE, IKE_P1_COMPLETE, .then = mm_complete, NEXT(IKE_PHASE1_COMPLETE) },

	{ IKE_READY, IKE_MM_EXCH, IKE_R_MM1, TAKES(MM_SA), .take = mm_take_1, FIRST, ANSWER },
	{ IKE_R_MM1, IKE_PROCESS_COMPLETE, IKE_R_MM2, BUILDS(MM_SA), .build = mm_send_2 },
	{ IKE_R_MM2, IKE_MM_EXCH, IKE_R_MM3, TAKES(MM_KE), .take = mm_take_ke, .resume = mm_have_ke, FIRST, ANSWER },
	{ IKE_R_MM3, IKE_PROCESS_COMPLETE, IKE_R_MM4, BUILDS(MM_KE), .build = mm_send_ke },
	{ IKE_R_MM4, IKE_MM_EXCH, IKE_R_MM5, TAKES(MM_AUTH), .take = mm_take_5, FIRST, CRYPT, ANSWER },
	{ IKE_R_MM5, IKE_PROCESS_COMPLETE, IKE_P1_COMPLETE, BUILDS(MM_AUTH), .build = mm_send_6, CRYPT,
	  .then = mm_complete, NEXT(IKE_PHASE1_COMPLETE) },

	{ IKE_P1_COMPLETE, IKE_PHASE1_COMPLETE, IKE_P1_COMPLETE, NEXT(IKE_INPUT_NONE) },
};

const struct ike_table ike_main_mode = { "Main Mode", rows, sizeof(rows) / sizeof(rows[0]) };
