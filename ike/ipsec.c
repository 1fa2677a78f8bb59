/*
 * The key engine's idents: what asks for IPsec SAs, when, and which ident a peer's proxies belong to. The pairs of SAs
 * themselves are in pair.c.
 *
 * An ident that is not responder-only asks when it is added and then every 30 s until it has SAs; phase 1 is started
 * or joined as needed. A request is a node of the phase 1 SA, IKE_QM_READY until that is complete.
 */
#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/note.h"

#include "ike/phase1.h"
#include "ike/dpd.h"
#include "ike/table.h"

#include <stdio.h>
#include <stdlib.h>

/* --- text -------------------------------------------------------------------------------------------------------- */

const char *ike_transform_text(const struct ike_proposal *p, char buf[64])
{
	static const char *const ciphers[] = { "", "esp-null ", "esp-des ", "esp-3des ", "esp-aes ", "esp-gcm " };
	static const char *const auths[] = {
		"", "esp-md5-hmac ", "esp-sha-hmac ", "esp-sha256-hmac ", "esp-sha384-hmac ", "esp-sha512-hmac "
	};
	char bits[16] = "";

	if ((p->cipher == ESP_CIPHER_AES || p->cipher == ESP_CIPHER_GCM) && p->keybits != 128)
		snprintf(bits, sizeof(bits), "%u ", p->keybits);
	snprintf(buf, 64, "%s%s%s", ciphers[p->cipher], bits, auths[p->auth]);
	return buf;
}

#define PROXY_TEXT 80

/* "::/0/256/0", "10.1.0.0/255.255.0.0/256/0": any protocol prints as 256 */
static const char *proxy_text(const struct ip_prefix *p, char buf[PROXY_TEXT])
{
	const struct ip_prefix net = ip_network(p);
	const struct ip_addr mask = ip_mask(net.len);
	char a[IP_TEXT_SIZE], m[IP_TEXT_SIZE];

	if (p->addr.family == 4)
		snprintf(buf, PROXY_TEXT, "%s/%s/256/0", ip_text(&net.addr, a), ip_text(&mask, m));
	else
		snprintf(buf, PROXY_TEXT, "%s/%u/256/0", ip_text(&net.addr, a), net.len);
	return buf;
}

const char *ike_ident_text(const struct ike_ident *i, char buf[512])
{
	char l[IP_TEXT_SIZE], r[IP_TEXT_SIZE], lp[PROXY_TEXT], rp[PROXY_TEXT];

	snprintf(buf, 512, "  (identity) local= %s:0, remote= %s:0,\n    local_proxy= %s,\n    remote_proxy= %s",
		 ip_text(&i->local, l), ip_text(&i->remote, r), proxy_text(&i->local_proxy, lp),
		 proxy_text(&i->remote_proxy, rp));
	return buf;
}

const char *ike_inbound_text(const struct ike_path *path, const struct ip_prefix *local, const struct ip_prefix *remote,
			     unsigned keybits, char buf[512])
{
	char l[IP_TEXT_SIZE], r[IP_TEXT_SIZE], lp[PROXY_TEXT], rp[PROXY_TEXT];

	snprintf(buf, 512,
		 "  (key eng. msg.) INBOUND local= %s:0, remote= %s:0,\n    local_proxy= %s,\n    remote_proxy= %s,\n"
		 "    protocol= ESP, transform= NONE  (Tunnel), \n    lifedur= 0s and 0kb, \n"
		 "    spi= 0x0(0), conn_id= 0, keysize= %u, flags= 0x0",
		 ip_text(&path->local, l), ip_text(&path->remote, r), proxy_text(local, lp), proxy_text(remote, rp),
		 keybits);
	return buf;
}

static void say_request(struct ike *e, const struct ike_ident *i)
{
	char text[IKE_PROPOSALS * 512], l[IP_TEXT_SIZE], r[IP_TEXT_SIZE], lp[PROXY_TEXT], rp[PROXY_TEXT], set[64];
	size_t n = 0;

	if (!(e->debug & IKE_DEBUG_IPSEC))
		return;
	text[0] = '\0';
	for (unsigned k = 0; k < i->proposal_count && n < sizeof(text); k++) {
		const struct ike_proposal *p = &i->proposals[k];
		int more = snprintf(
			text + n, sizeof(text) - n,
			"%s  (key eng. msg.) OUTBOUND local= %s:500, remote= %s:500,\n    local_proxy= %s,\n"
			"    remote_proxy= %s,\n    protocol= ESP, transform= %s (%s), \n"
			"    lifedur= %us and %ukb, \n    spi= 0x0(0), conn_id= 0, keysize= %u, flags= 0x0",
			k ? ",\n" : "", ip_text(&i->local, l), ip_text(&i->remote, r), proxy_text(&i->local_proxy, lp),
			proxy_text(&i->remote_proxy, rp), ike_transform_text(p, set),
			p->transport ? "Transport" : "Tunnel", i->lifetime_s, i->lifetime_kb, p->keybits);

		if (more < 0)
			break;
		n += (size_t)more;
	}
	dbg_sa_request(e, text);
}

/* --- lookup ------------------------------------------------------------------------------------------------------ */

struct ike_ident_entry *ike_ident_find(struct ike *e, uint32_t number)
{
	struct ike_ident_entry *i;

	TAILQ_FOREACH (i, ike_idents_by_number(e, number), by_number) {
		if (i->number == number)
			return i;
	}
	return NULL;
}

void ike_ident_free(struct ike_ident_entry *i)
{
	struct ike_pair *p;

	while ((p = TAILQ_FIRST(&i->pairs))) {
		TAILQ_REMOVE(&i->pairs, p, link);
		text_drop(p->phase1_id);
		wipe(p, sizeof(*p));
		free(p);
	}
	text_drop(i->peer_id);
	text_drop(i->session_id);
	ike_notes_free(&i->notes);
	free(i);
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

bool ike_ident_covered(const struct ike_ident_entry *i)
{
	const struct ike_pair *p;

	TAILQ_FOREACH (p, &i->pairs, link) {
		if (!p->leaving)
			return !p->rekeyed;
	}
	return false;
}

void ike_ident_again(struct ike *e, struct ike_ident_entry *i, uint64_t after_ms)
{
	const uint64_t at = ike_now(e) + after_ms;

	if (ike_ident_asks(i) && !ike_ident_covered(i) && at < i->request_ms)
		i->request_ms = at;
}

/* No key for the peer: IOS's lines, and the next try is the request timer's. */
static void no_key(struct ike *e, struct ike_sa *sa)
{
	const uint32_t ptr = sa->ptr, mid = ike_random32(e);

	dbg_key_none(e, 0, &sa->path.remote);
	dbg_key_no_cert(e);
	dbg_initial_message(e, sa->aggressive ? "Aggressive" : "Main");
	ike_sa_free(e, sa);
	dbg_sa_purging(e, 0, ptr);
	dbg_node_purging(e, 0, (int32_t)mid);
	dbg_request_failed(e);
	dbg_kmi_failed(e);
}

static struct ike_sa *phase1_new(struct ike *e, const struct ike_ident_entry *i)
{
	const struct ike_path home = { i->config.local, i->config.remote, ISAKMP_PORT, ISAKMP_PORT };
	const struct ike_pair *p = TAILQ_FIRST(&i->pairs);
	/* a peer behind a NAT is reached only through the mapping that it has */
	const struct ike_path path = p && p->udp && p->peer_inside ? p->path : home;
	struct ike_sa *sa;

	dbg_sa_request_profile(e, i->config.profile[0] ? i->config.profile : "(NULL)");
	if (!ike_sa_admit(e, &path, false))
		return NULL;
	sa = ike_sa_new(e, &path, true, "isakmp_initiator");
	if (!sa)
		return NULL;
	sa->known_as = home.remote;
	ike_index_sa(e, sa);
	snprintf(sa->profile, sizeof(sa->profile), "%s", i->config.profile);
	sa->aggressive = ike_wants_aggressive(e, sa);
	if (!sa->aggressive)
		dbg_no_aggressive(e);
	if (!ike_key_for(e, sa).keyring || !ike_p1_make_offer(e, sa->mm, sa->aggressive)) {
		ike_note_unable(e, sa, ike_key_for(e, sa).keyring);
		no_key(e, sa);
		return NULL;
	}
	dbg_key_found(e, sa->conn_id, &path.remote);
	ike_natt_say_offer(e, sa);
	return sa;
}

/* NULL when its IKE SA has as many exchanges as it may: it waits for one that ends. */
static struct ike_node *attach(struct ike *e, struct ike_sa *sa, struct ike_ident_entry *i)
{
	struct ike_node *n = ike_node_new(e, sa, ike_sa_mid_new(e, sa), true);

	i->waits = !n;
	if (n)
		n->ident = i->number;
	else
		i->request_ms = ike_now(e) + IKE_REQUEST_AGAIN_MS;
	return n;
}

static void start_quick_mode(struct ike *e, struct ike_sa *sa, struct ike_node *n)
{
	if (!ike_quick_mode_start(e, sa, n))
		ike_node_free(e, sa, n);
}

/* Of several peers behind one NAT the one that the ident has had its SAs with. */
static struct ike_sa *ready(struct ike *e, const struct ike_ident_entry *i)
{
	const struct ike_pair *p = TAILQ_FIRST(&i->pairs);
	struct ike_sa *sa;

	if (!p || !p->peer_inside)
		return ike_sa_ready(e, &i->config.local, &i->config.remote, i->config.profile);
	sa = ike_sa_of_pair(e, p);
	return sa && ike_profile_serves(sa, &i->config) ? sa : NULL;
}

/* An exchange on an IKE SA that ends meanwhile would be lost: the next one is made for it. */
static bool lasts(struct ike *e, const struct ike_sa *sa)
{
	const uint64_t quarter_ms = sa->life_s * 250;

	return sa->expires_ms > ike_now(e) + (quarter_ms < IKE_LAST_MS ? quarter_ms : IKE_LAST_MS);
}

bool ike_ident_hurries(struct ike *e, const struct ike_node *n)
{
	const uint64_t end = ike_now(e) + (uint64_t)(IKE_RESENDS + 1 - n->resends) * IKE_RESEND_MS;
	const struct ike_ident_entry *i = ike_ident_find(e, n->ident);
	const struct ike_pair *p;

	if (!i || !n->initiator || !n->resends)
		return false;
	TAILQ_FOREACH (p, &i->pairs, link) {
		if (!p->leaving && p->enabled)
			return p->hard_ms < end;
	}
	return false;
}

void ike_ident_retry(struct ike *e, uint32_t ident)
{
	struct ike_ident_entry *i = ike_ident_find(e, ident);
	const uint64_t at = ike_now(e) + IKE_REQUEST_AGAIN_MS;

	if (i && i->wanted && ike_ident_asks(i) && at < i->request_ms)
		i->request_ms = at;
}

/* A thousand first messages at once would be lost in somebody's buffers, and be repeated ten seconds later. */
static bool may_start(struct ike *e)
{
	const uint64_t now = ike_now(e);

	if (now - e->start_ms >= IKE_STARTS_MS) {
		e->start_ms = now;
		e->start_count = 0;
	}
	return e->start_count++ < IKE_STARTS_MAX;
}

void ike_ident_request(struct ike *e, struct ike_ident_entry *i)
{
	const struct ip_addr *local = &i->config.local, *remote = &i->config.remote;
	struct ike_sa *sa;
	struct ike_node *n;

	IKE_ABOUT(e, .ident = i->number);
	i->wanted = true;
	i->request_ms = ike_now(e) + IKE_REQUEST_MS;
	if (!e->set.enabled)
		return;
	if (ike_collision_ahead(e, i)) {
		i->request_ms = ike_now(e) + IKE_AHEAD_MS;
		return;
	}
	sa = ready(e, i);
	i->waits = !sa && !i->template && !ike_sa_budding(e, local, remote, i->config.profile) && !may_start(e);
	if (i->waits) {
		i->request_ms = e->start_ms + IKE_STARTS_MS;
		return;
	}
	say_request(e, &i->config);
	if (i->template && !sa) {
		i->wanted = false;
		i->request_ms = IKE_NEVER;
		return;
	}
	if (sa && !i->template && !lasts(e, sa))
		sa = NULL;
	if (sa) {
		if (ike_node_of_ident(sa, i->number) || !(n = attach(e, sa, i)))
			return;
		dbg_new_node(e, 0);
		dbg_outstanding(e, sa->conn_id, local, sa->path.local_port, remote, sa->path.remote_port);
		dbg_sitting_idle(e, sa->conn_id);
		start_quick_mode(e, sa, n);
		return;
	}
	sa = ike_sa_budding(e, local, remote, i->config.profile);
	/* the time of what there is runs out: not spent on a peer that may have dropped its half of a phase 1 */
	if (sa && (sa->resends < IKE_RESENDS_STALE || TAILQ_EMPTY(&i->pairs))) {
		if (!ike_node_of_ident(sa, i->number))
			attach(e, sa, i);
		dbg_budding(e, sa->conn_id, local, remote);
		return;
	}
	sa = phase1_new(e, i);
	if (sa && (!attach(e, sa, i) || !ike_phase1_start(e, sa)))
		ike_sa_free(e, sa);
}

void ike_phase1_begin(struct ike *e, struct ike_ident_entry *i)
{
	struct ike_sa *sa;

	IKE_ABOUT(e, .ident = i->number);
	if (!e->set.enabled || ike_sa_budding(e, &i->config.local, &i->config.remote, i->config.profile))
		return;
	sa = phase1_new(e, i);
	if (sa && !ike_phase1_start(e, sa))
		ike_sa_free(e, sa);
}

/* Requests that found their SAs in the meantime, from the peer's side, are dropped. */
void ike_ident_phase1_up(struct ike *e, struct ike_sa *sa)
{
	struct ike_ident_entry *i;
	struct ike_node *n, *next;

	for (n = TAILQ_FIRST(&sa->nodes); n; n = next) {
		next = TAILQ_NEXT(n, link);
		i = ike_ident_find(e, n->ident);
		if (!n->initiator || n->done || n->state != IKE_QM_READY)
			continue;
		if (i && i->wanted && !ike_ident_covered(i))
			start_quick_mode(e, sa, n);
		else
			ike_node_free(e, sa, n);
	}
}

/* --- timers ------------------------------------------------------------------------------------------------------ */

void ike_ident_timer(struct ike *e, struct ike_ident_entry *i)
{
	const uint64_t now = ike_now(e);
	char text[512];

	IKE_ABOUT(e, .ident = i->number);
	ike_pairs_timer(e, i);
	ike_idle_timer(e, i);
	if (i->request_ms > now)
		return;
	if (i->wanted && !i->waits) {
		/* IOS counts to two per request */
		i->fired = i->fired % 2 + 1;
		dbg_request_timer(e, i->fired, ike_ident_text(&i->config, text));
	}
	ike_ident_request(e, i);
}

uint64_t ike_ident_deadline(const struct ike_ident_entry *i)
{
	uint64_t at = ike_pairs_deadline(i);

	at = i->idle_ms < at ? i->idle_ms : at;
	return i->request_ms < at ? i->request_ms : at;
}
