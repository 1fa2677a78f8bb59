/* Identities, the hashes that prove them, and what follows: RFC 2409 section 5, RFC 2407 section 4.6.2 and 4.6.3. */
#include "ike/phase1.h"

#include "base/names.h"
#include "ike/dpd.h"
#include "ike/natt.h"
#include "ike/note.h"
#include "ike/recover.h"

#include <stdio.h>

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

struct ike_bytes ike_p1_put_id(struct ike_step *s, struct payload_id id, unsigned next)
{
	const size_t before = wr_octets(&s->out.w);
	struct rd r;

	dbg_doing_psk(s->e, s->sa->conn_id, name_of(id_names, id.type, "ID_KEY_ID"));
	wr_id(&s->out, id.type, id.protocol, id.port, id.data, id.octets);
	say_id(s, &id, next);
	r = rd_of(s->built, wr_octets(&s->out.w));
	rd_take(&r, before + ISAKMP_GEN_OCTETS);
	dbg_id_total(s->e, s->sa->conn_id, (unsigned)(rd_left(&r) + ISAKMP_GEN_OCTETS));
	return (struct ike_bytes){ r.p, rd_left(&r) };
}

bool ike_p1_take_id(struct ike_step *s, struct payload_id *id, const struct ike_profile **profile)
{
	struct ike *e = s->e;
	struct ike_sa *sa = s->sa;
	const struct payload *p = payloads_find(&s->in, PAYLOAD_ID, 0);
	struct payload_fault fault = { PAYLOAD_UNKNOWN, PAYLOAD_ID };
	unsigned next = PAYLOAD_NONE;

	if (payloads_count(&s->in, PAYLOAD_ID) != 1 || !payload_parse_id(p, id, &fault)) {
		ike_malformed(e, sa, &sa->path.remote, &fault);
		return false;
	}
	for (unsigned i = 0; i + 1 < s->in.count; i++)
		if (&s->in.p[i] == p)
			next = s->in.p[i + 1].type;
	dbg_processing(e, sa->conn_id, "ID", 0);
	say_id(s, id, next);
	*profile = ike_profile_match(e, sa, id);
	if (*profile)
		dbg_profile(e, (*profile)->name);
	else
		dbg_no_profile(e);
	return true;
}

/* --- hashes ------------------------------------------------------------------------------------------------------ */

static bool hash_of(const struct ike_sa *sa, bool initiator, struct ike_bytes id_body, uint8_t out[IKE_HASH_MAX])
{
	const struct ike_p1_material m = ike_p1_known(sa);
	const struct ike_bytes sai = ike_blob_bytes(&sa->mm->sai);

	return !(initiator ? ike_hash_i(&sa->keys, &m, sai, id_body, out)
			   : ike_hash_r(&sa->keys, &m, sai, id_body, out));
}

bool ike_p1_put_hash(struct ike_step *s, struct ike_bytes id_body)
{
	uint8_t hash[IKE_HASH_MAX];

	dbg_engine_hash(s->e);
	if (!hash_of(s->sa, s->sa->initiator, id_body, hash))
		return false;
	wr_payload(&s->out, PAYLOAD_HASH, hash, s->sa->keys.hash_octets);
	return true;
}

bool ike_p1_hash_good(struct ike_step *s, struct ike_bytes id_body)
{
	const struct ike_bytes received = ike_body(payloads_find(&s->in, PAYLOAD_HASH, 0));
	uint8_t expected[IKE_HASH_MAX];

	dbg_engine_hash(s->e);
	dbg_processing(s->e, s->sa->conn_id, "HASH", 0);
	if (hash_of(s->sa, !s->sa->initiator, id_body, expected) && ike_hash_equal(&s->sa->keys, expected, received))
		return true;
	ike_note_fault(s->e, s->sa, FAULT_key_wrong, false);
	if (ike_noise(s->e))
		log_auth_fail(s->e, OAKLEY_AUTH_PRE_SHARED, &s->sa->path.remote);
	return false;
}

/* The responder of a Main Mode whose last message is refused thinks that its SA is there: it is told of its end. */
enum ike_outcome ike_p1_settle(struct ike_step *s, const struct payload_id *id, const struct ike_profile *profile)
{
	static const char reason[] = "No reason";
	struct ike_sa *sa = s->sa;
	char text[CONFIG_TEXT_SIZE];
	const char *name = text_new(ike_id_text(id, text));

	if (!name)
		return IKE_DROP;
	if (!ike_profile_has(profile, sa->keyring)) {
		dbg_key_wrong_keyring(s->e, sa->conn_id);
	} else if (!sa->profile[0] || (profile && !strcmp(sa->profile, profile->name))) {
		snprintf(sa->profile, sizeof(sa->profile), "%s", profile ? profile->name : "");
		text_drop(sa->phase1_id);
		sa->phase1_id = name;
		return IKE_OK;
	}
	ike_note_identity(s->e, sa, FAULT_identity, true, name, profile ? profile->name : "");
	text_drop(name);
	ike_blob_clear(&sa->out);
	if (sa->initiator && !sa->aggressive) {
		memcpy(sa->keys.iv, s->iv, sizeof(sa->keys.iv));
		ike_info_delete(s->e, sa, 0);
	}
	s->reason = reason;
	ike_sa_delete_begin(s->e, sa, reason);
	return IKE_REJECT;
}

/* --- beside the hash --------------------------------------------------------------------------------------------- */

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

bool ike_p1_notifications_good(struct ike_step *s)
{
	const struct payload_fault bad = { PAYLOAD_VALUE, PAYLOAD_NOTIFY };
	struct payload_notify n;
	struct payload_fault fault;
	const struct payload *p;

	for (unsigned i = 0; (p = payloads_find(&s->in, PAYLOAD_NOTIFY, i)); i++)
		if (!payload_parse_notify(p, &n, &fault) || !names_this_sa(s->sa, &n))
			break;
	if (p)
		ike_malformed(s->e, s->sa, &s->sa->path.remote, &bad);
	return !p;
}

/* Has this router nothing yet with the peer? Then what the peer still has is from a former life of ours. */
bool ike_p1_is_first_contact(struct ike *e, const struct ike_sa *sa)
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

void ike_p1_put_initial_contact(struct ike_step *s)
{
	uint8_t spi[2 * ISAKMP_COOKIE_OCTETS];

	ike_sa_spi(s->sa, spi);
	wr_notify(&s->out, PROTO_ISAKMP, spi, sizeof(spi), NOTIFY_INITIAL_CONTACT, NULL, 0);
}

static void authenticated(struct ike_step *s)
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

void ike_p1_end_former_life(struct ike *e, const struct ike_sa *sa)
{
	e->ending = IKE_ENDING_RESTARTED;
	ike_pairs_deleted_by_peer(e, sa, 0, sa->created_ms);
	ike_clones_moved(e, sa);
	e->ending = IKE_ENDING_NONE;
}

void ike_p1_initial_contact(struct ike_step *s, const struct payload_notify *n)
{
	if (!names_this_sa(s->sa, n))
		return;
	bring_down(s);
	ike_p1_end_former_life(s->e, s->sa);
}

void ike_p1_responder_authenticated(struct ike_step *s)
{
	struct payload_notify n;
	struct payload_fault fault;
	const struct payload *p;
	bool contact = false;

	for (unsigned i = 0; (p = payloads_find(&s->in, PAYLOAD_NOTIFY, i)); i++) {
		if (!payload_parse_notify(p, &n, &fault))
			continue;
		ike_info_say_notify(s, &n, 0);
		/* the hash does not cover it: anybody could have put it into a message in clear */
		contact |= n.type == NOTIFY_INITIAL_CONTACT && (s->h.flags & ISAKMP_FLAG_ENCRYPTED);
	}
	authenticated(s);
	ike_natt_verified(s);
	if (contact)
		bring_down(s);
	s->sa->mm->initial_contact = contact;
	ike_sa_peer_insert(s->e, s->sa);
}

void ike_p1_initiator_authenticated(struct ike_step *s)
{
	authenticated(s);
	if (ike_natt_found(s->sa))
		dbg_udp_enc(s->e, s->sa->conn_id, s->sa->peer->ptr, s->sa->ptr);
	ike_natt_verified(s);
	ike_sa_peer_move(s->e, s->sa);
	ike_sa_peer_insert(s->e, s->sa);
}

void ike_p1_complete(struct ike_step *s)
{
	struct ike_sa *sa = s->sa;
	const uint32_t offered_s = sa->mm->offered_s;

	ike_sa_drop_mm(s->e, sa);
	ike_note_phase1_up(s->e, sa);
	ike_note_lifetime(s->e, sa, offered_s);
	ike_dpd_start(s->e, sa);
	ike_recover_phase1_up(s->e, sa);
	ike_lifetime_tell(s->e, sa, offered_s);
	ike_ident_phase1_up(s->e, sa);
}
