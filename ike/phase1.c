#include "ike/phase1.h"

#include "ike/natt.h"
#include "ike/note.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the SA payload ---------------------------------------------------------------------------------------------- */

bool ike_p1_make_offer(struct ike *e, struct ike_mm *mm, bool one_group)
{
	size_t n = 0;

	mm->offer = calloc(e->set.policy_count ? e->set.policy_count : 1, sizeof(*mm->offer));
	if (!mm->offer)
		return false;
	for (size_t i = 0; i < e->set.policy_count && n < ISAKMP_TRANSFORMS_MAX; i++) {
		const struct isakmp_policy *p = &e->set.policies[i];

		if (p->auth == ISAKMP_AUTH_PRE_SHARE && !(one_group && n && p->group != mm->offer[0].group))
			mm->offer[n++] = *p;
	}
	mm->offer_count = n;
	return n > 0;
}

bool ike_p1_put_offer(struct ike_step *s)
{
	struct ike_mm *mm = s->sa->mm;
	struct rd r;

	wr_sa_open(&s->out);
	wr_proposal_open(&s->out, 1, PROTO_ISAKMP, NULL, 0);
	for (size_t i = 0; i < mm->offer_count; i++) {
		wr_transform_open(&s->out, (uint8_t)(i + 1), KEY_IKE);
		ike_p1_build(&s->out.w, &mm->offer[i]);
		wr_transform_close(&s->out);
	}
	wr_proposal_close(&s->out);
	wr_payload_close(&s->out);
	/* the message's only payload so far */
	r = rd_of(s->built, wr_octets(&s->out.w));
	rd_take(&r, ISAKMP_HEADER_OCTETS + ISAKMP_GEN_OCTETS);
	ike_blob_set(&mm->sai, r.p, rd_left(&r));
	return mm->sai.octets > 0;
}

void ike_p1_put_answer(struct ike_step *s)
{
	const struct ike_mm *mm = s->sa->mm;
	const struct payload_transform t = ike_kept_transform(&mm->transform);

	wr_sa_open(&s->out);
	wr_proposal_open(&s->out, mm->proposal_number, PROTO_ISAKMP, NULL, 0);
	wr_transform_copy(&s->out, &t);
	wr_proposal_close(&s->out);
	wr_payload_close(&s->out);
}

void ike_p1_say_key(struct ike_step *s, const struct ike_key *key)
{
	if (key->keyring) {
		dbg_key_found(s->e, s->sa->conn_id, &s->sa->path.remote);
		dbg_key_local(s->e, s->sa->conn_id);
	} else {
		dbg_key_none(s->e, s->sa->conn_id, &s->sa->path.remote);
	}
	ike_profiles_say_xauth(s->e, s->sa);
}

bool ike_p1_keep_offer(struct ike_step *s, const struct ike_p1_choice *c)
{
	const struct ike_bytes body = ike_body(payloads_find(&s->in, PAYLOAD_SA, 0));
	struct ike_mm *mm = s->sa->mm;

	ike_blob_set(&mm->sai, body.p, body.octets);
	ike_blob_set(&mm->transform, c->transform->whole, c->transform->octets);
	mm->proposal_number = c->proposal->number;
	mm->offered_s = c->offer.life_s;
	return mm->sai.octets && mm->transform.octets;
}

bool ike_p1_take_answer(struct ike_step *s, bool key, struct ike_p1_choice *c)
{
	const struct ike_mm *mm = s->sa->mm;
	const struct ike_p1_choice *chosen = NULL;
	const char *changed = NULL;
	struct payload_sa answer;
	struct payload_fault fault;

	if (!payload_parse_sa(payloads_find(&s->in, PAYLOAD_SA, 0), &answer, &fault))
		return false;
	if (answer.proposal_count != 1 || answer.transform_count != 1 ||
	    !ike_p1_choose(s, &answer, mm->offer, mm->offer_count, key, c)) {
		changed = "transform";
	} else if (c->offer.life_s > c->policy.lifetime_s) {
		changed = "life duration";
		chosen = c;
	}
	if (changed)
		ike_note_answer(s, &answer, chosen);
	if (changed && ike_noise(s->e))
		log_not_offered(s->e, &s->sa->path.remote, changed);
	return !changed;
}

enum ike_outcome ike_p1_refuse(struct ike_step *s)
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

/* --- keys -------------------------------------------------------------------------------------------------------- */

enum ike_outcome ike_p1_have_pair(struct ike_step *s)
{
	struct ike_mm *mm = s->sa->mm;

	if (s->job->rc)
		return IKE_DROP;
	mm->dh = s->job->own;
	s->e->ops.random(s->e->ops.ctx, mm->ni, IKE_NONCE_OCTETS);
	mm->ni_octets = IKE_NONCE_OCTETS;
	return IKE_OK;
}

void ike_p1_put_ke(struct ike_step *s)
{
	const struct ike_dh *dh = &s->sa->mm->dh;

	wr_payload(&s->out, PAYLOAD_KE, dh->public, dh->public_octets);
}

void ike_p1_put_nonce(struct ike_step *s)
{
	const struct ike_mm *mm = s->sa->mm;

	wr_payload(&s->out, PAYLOAD_NONCE, s->sa->initiator ? mm->ni : mm->nr, IKE_NONCE_OCTETS);
}

/* Our own value that comes back: MM3 with the direction changed has all that MM4 has. */
static bool is_reflected(const struct ike_sa *sa, struct ike_bytes ke)
{
	const struct ike_dh *own = &sa->mm->dh;

	return sa->initiator && ke.octets == own->public_octets && !memcmp(ke.p, own->public, ke.octets);
}

enum ike_outcome ike_p1_take_ke(struct ike_step *s)
{
	const struct ike_bytes ke = ike_body(payloads_find(&s->in, PAYLOAD_KE, 0));
	const struct payload_fault reflected = { PAYLOAD_VALUE, PAYLOAD_KE };
	struct ike_sa *sa = s->sa;

	dbg_processing(s->e, sa->conn_id, "KE", 0);
	if (is_reflected(sa, ke)) {
		ike_malformed(s->e, sa, &sa->path.remote, &reflected);
		return IKE_DROP;
	}
	return ike_step_dh(s, sa->initiator ? &sa->mm->dh : NULL, sa->policy.group, ke);
}

struct ike_p1_material ike_p1_known(const struct ike_sa *sa)
{
	const struct ike_mm *mm = sa->mm;
	const struct ike_bytes own = { mm->dh.public, mm->dh.public_octets };
	const struct ike_bytes peer = { mm->peer_public, mm->peer_public_octets };

	return (struct ike_p1_material){ .icookie = sa->icookie,
					 .rcookie = sa->rcookie,
					 .ni = { mm->ni, mm->ni_octets },
					 .nr = { mm->nr, mm->nr_octets },
					 .gxi = sa->initiator ? own : peer,
					 .gxr = sa->initiator ? peer : own };
}

bool ike_p1_have_ke(struct ike_step *s)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const struct ike_bytes nonce = ike_body(payloads_find(&s->in, PAYLOAD_NONCE, 0));
	const struct payload_fault bad_ke = { PAYLOAD_VALUE, PAYLOAD_KE };
	const struct ike_dh_job *job = s->job;
	struct ike_mm *mm = sa->mm;

	if (job->rc) {
		ike_malformed(e, sa, &sa->path.remote, &bad_ke);
		return false;
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
	return true;
}

bool ike_p1_derive(struct ike_step *s, const struct ike_key *key)
{
	struct ike_sa *sa = s->sa;
	const struct isakmp_policy *policy = &sa->policy;
	struct ike_p1_material m = ike_p1_known(sa);
	struct ike_keys keys = { 0 };

	m.psk = key->octets;
	m.gxy = (struct ike_bytes){ s->job->gxy, ike_dh_shared_octets(policy->group) };
	if (ike_keys_derive(&keys, s->e->crypto, policy->encr, policy->keybits, policy->hash, &m))
		return false;
	dbg_engine_ike_sa(s->e);
	sa->keys = keys;
	wipe(&keys, sizeof(keys));
	sa->has_keys = true;
	ike_sa_export_key(s->e, sa);
	snprintf(sa->keyring, sizeof(sa->keyring), "%s", key->keyring);
	sa->conn_id = s->e->next_conn++;
	return true;
}
