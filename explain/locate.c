/*
 * Whose is a line? One with a conn-id is its IKE SA's. One with conn-id 0, or with none, belongs to the packet or the
 * request that is being worked on, which the last line with an address told.
 */
#include "explain/track.h"

#include "base/addr.h"

#include <stdlib.h>

/* --- peers ---- */

static uint32_t hash_text(const char *p)
{
	uint32_t h = 2166136261u;

	for (; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	return h;
}

static struct peer *peer_new(struct reader *r)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p) {
		r->failed = true;
		return NULL;
	}
	TAILQ_INIT(&p->p.exchanges);
	TAILQ_INIT(&p->p.findings);
	TAILQ_INIT(&p->sas);
	p->p.address = calloc(1, 1);
	p->p.local = calloc(1, 1);
	p->p.vrf = calloc(1, 1);
	p->p.host = calloc(1, 1);
	if (!p->p.address || !p->p.local || !p->p.vrf || !p->p.host) {
		r->failed = true;
		story_peer_free(&p->p);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&r->story->peers, &p->p, link);
	r->story->peer_count++;
	return p;
}

/* "192.0.2.x": somebody took the number out. */
static bool is_masked(const char *text)
{
	unsigned dots = 0, letters = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '.')
			dots++;
		else if (*p == '*' || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'))
			letters++;
		else if (*p < '0' || *p > '9')
			return false;
	}
	return dots == 3 && letters && strlen(text) < IP_TEXT_SIZE / 2;
}

/* As IOS spells it; "2001: DB8::2" is what a word processor made of it. False: it is none. */
static bool canonical(const char *text, size_t octets, char out[IP_TEXT_SIZE])
{
	char copy[IP_TEXT_SIZE + 4];
	struct ip_addr a;
	size_t n = 0;

	for (size_t i = 0; i < octets; i++) {
		if (text[i] == ' ')
			continue;
		if (n + 1 == sizeof(copy))
			return false;
		copy[n++] = text[i];
	}
	copy[n] = '\0';
	if (is_masked(copy)) {
		memcpy(out, copy, n + 1);
		return true;
	}
	if (!ip_parse(copy, &a) || ip_is_zero(&a))
		return false;
	ip_text(&a, out);
	return true;
}

static struct peer **peer_slot(struct reader *r, const char *address)
{
	struct peer **at = &r->buckets[hash_text(address) % TRACK_BUCKETS];

	while (*at && strcmp((*at)->p.address, address) != 0)
		at = &(*at)->next;
	return at;
}

static struct peer *peer_by_address(struct reader *r, const char *address, size_t octets)
{
	char text[IP_TEXT_SIZE];
	struct peer **at;

	if (!canonical(address, octets, text))
		return NULL;
	at = peer_slot(r, text);
	if (!*at) {
		struct peer *p;

		r->crowded = r->story->peer_count >= STORY_PEERS;
		p = r->crowded ? NULL : peer_new(r);
		if (!p)
			return NULL;
		track_text(r, &p->p.address, text, strlen(text));
		*at = p;
	}
	return *at;
}

/* For lines of an IKE SA whose peer no line has told yet. */
static struct peer *anonymous(struct reader *r)
{
	struct peer *p;

	/* they are few: what is behind them goes to the last */
	if (r->anonymous >= TRACK_ANONYMOUS && r->nameless)
		return r->nameless;
	p = peer_new(r);
	if (p) {
		p->anonymous = true;
		r->anonymous++;
		r->nameless = p;
	}
	return p;
}

/* The peer of an anonymous one became known: it is that one, or what it has goes there. */
static void name_peer(struct reader *r, struct peer *p, const char *address)
{
	struct peer **at = peer_slot(r, address), *known = *at;
	struct story_exchange *e;
	struct story_finding *f;
	struct sa *sa;

	r->anonymous--;
	if (r->nameless == p)
		r->nameless = NULL;
	p->anonymous = false;
	if (!known) {
		track_text(r, &p->p.address, address, strlen(address));
		*at = p;
		return;
	}
	while ((e = TAILQ_FIRST(&p->p.exchanges))) {
		TAILQ_REMOVE(&p->p.exchanges, e, link);
		p->p.exchange_count--;
		if (known->p.exchange_count < STORY_EXCHANGES) {
			((struct exchange *)e)->peer = known;
			TAILQ_INSERT_TAIL(&known->p.exchanges, e, link);
			known->p.exchange_count++;
			continue;
		}
		TAILQ_FOREACH (sa, &p->sas, link) {
			sa->phase1 = sa->phase1 == (struct exchange *)e ? NULL : sa->phase1;
			sa->ahead_of = sa->ahead_of == (struct exchange *)e ? NULL : sa->ahead_of;
			if (sa->at == (struct exchange *)e) {
				sa->at = NULL;
				sa->step = NULL;
			}
		}
		TAILQ_FOREACH (f, &p->p.findings, link)
			if (f->exchange == e) {
				f->exchange = NULL;
				f->step = NULL;
			}
		story_exchange_free(e);
		known->p.exchanges_before++;
	}
	while ((f = TAILQ_FIRST(&p->p.findings))) {
		TAILQ_REMOVE(&p->p.findings, f, link);
		TAILQ_INSERT_TAIL(&known->p.findings, f, link);
		known->p.finding_count++;
	}
	while ((sa = TAILQ_FIRST(&p->sas))) {
		TAILQ_REMOVE(&p->sas, sa, link);
		sa->peer = known;
		TAILQ_INSERT_HEAD(&known->sas, sa, link);
		known->sa_count++;
	}
	known->live += p->live;
	for (unsigned i = 0; i < TRACK_PAIRS; i++)
		if (r->pairs[i].peer == p)
			r->pairs[i].peer = known;
	track_step_free(p->ahead);
	if (r->peer == p)
		r->peer = known;
	TAILQ_REMOVE(&r->story->peers, &p->p, link);
	r->story->peer_count--;
	story_peer_free(&p->p);
}

/* --- IKE SAs by their conn-ids ---- */

static struct sa_slot *cid_slot(struct reader *r, uint32_t cid)
{
	size_t i = cid * 2654435761u & (r->cid_room - 1);

	while (r->cids[i].cid && r->cids[i].cid != cid)
		i = (i + 1) & (r->cid_room - 1);
	return &r->cids[i];
}

bool locate_grow(struct reader *r)
{
	struct sa_slot *old = r->cids;
	size_t room = r->cid_room, live = 0;

	for (size_t i = 0; i < room; i++)
		live += old[i].cid && old[i].sa;
	r->cid_room = 256;
	while (r->cid_room < live * 4)
		r->cid_room *= 2;
	r->cids = calloc(r->cid_room, sizeof(*r->cids));
	if (!r->cids) {
		r->cids = old;
		r->cid_room = room;
		r->failed = true;
		return false;
	}
	r->cid_count = 0;
	for (size_t i = 0; i < room; i++)
		if (old[i].cid && old[i].sa) {
			*cid_slot(r, old[i].cid) = old[i];
			r->cid_count++;
		}
	free(old);
	return true;
}

static struct sa *by_cid(struct reader *r, uint32_t cid)
{
	return cid && r->cid_room ? cid_slot(r, cid)->sa : NULL;
}

static void set_cid(struct reader *r, struct sa *sa, uint32_t cid)
{
	struct sa_slot *at;

	if ((r->cid_count + 1) * 2 >= r->cid_room && !locate_grow(r))
		return;
	at = cid_slot(r, cid);
	r->cid_count += !at->cid;
	if (at->sa && at->sa != sa)
		at->sa->dead = true; /* the number is used again: after a reload */
	*at = (struct sa_slot){ cid, sa };
	sa->cid = cid;
	if (sa->phase1)
		sa->phase1->e.conn_id = cid;
}

void locate_sa_free(struct sa *sa)
{
	track_step_free(sa->ahead);
	track_step_free(sa->in);
	free(sa);
}

static void sa_drop(struct reader *r, struct sa *sa)
{
	if (sa->cid && by_cid(r, sa->cid) == sa)
		cid_slot(r, sa->cid)->sa = NULL;
	if (r->sa == sa)
		r->sa = NULL;
	if (r->announced == sa)
		r->announced = NULL;
	TAILQ_REMOVE(&sa->peer->sas, sa, link);
	sa->peer->sa_count--;
	locate_sa_free(sa);
}

static struct sa *sa_new(struct reader *r, struct peer *p, uint32_t cid)
{
	struct sa *sa = calloc(1, sizeof(*sa));

	if (!sa) {
		r->failed = true;
		return NULL;
	}
	if (p->sa_count == TRACK_SAS)
		sa_drop(r, TAILQ_LAST(&p->sas, sas));
	sa->peer = p;
	TAILQ_INSERT_HEAD(&p->sas, sa, link);
	p->sa_count++;
	if (cid)
		set_cid(r, sa, cid);
	return sa;
}

/* --- whose is a line? ---- */

/* Which value is the peer's address, -1: none. */
int locate_address(const struct message_match *m)
{
	switch (m->message->id) {
	case MSG_received:
	case MSG_sending:
	case MSG_peer_created:
	case MSG_peer_found:
	case MSG_peer_reap:
	case MSG_key_found:
	case MSG_key_none:
	case MSG_authenticated:
	case MSG_dpd_received:
	case MSG_dpd_acked:
	case MSG_dpd_dead:
	case MSG_delete_peer:
	case MSG_ident_head:
	case MSG_bad_message:
	case MSG_no_sa:
	case MSG_not_encrypted:
	case MSG_not_auth:
	case MSG_not_offered:
	case MSG_session_up:
	case MSG_session_down:
	case MSG_invalid_cert:
		return 0;
	case MSG_peer_inserted:
	case MSG_peer_reused:
	case MSG_peer_existing:
	case MSG_policy1_bad:
	case MSG_policy2_bad:
	case MSG_initial_contact:
	case MSG_budding:
	case MSG_no_delete_notify:
	case MSG_mode_failure:
	case MSG_auth_fail:
		return 1;
	case MSG_outstanding:
		return 2;
	case MSG_sa_deleting:
	case MSG_esp_not_ipsec:
		return m->message->id == MSG_sa_deleting ? 3 : 2;
	case MSG_esp_invalid_spi:
		return m->count == 4 ? 3 : 4;
	case MSG_esp_replay:
	case MSG_esp_mac:
		return m->count == 4 ? 1 : -1;
	case MSG_esp_identity:
		return m->count == 3 ? 1 : -1;
	case MSG_deny_sa:
		return value_is(m, 0, "INCOMING") ? 1 : 2;
	default:
		return -1;
	}
}

/* Which value is this router's own address. */
static int local_at(const struct message_match *m)
{
	switch (m->message->id) {
	case MSG_peer_inserted:
	case MSG_peer_reused:
	case MSG_policy1_bad:
	case MSG_policy2_bad:
	case MSG_initial_contact:
	case MSG_budding:
	case MSG_outstanding:
		return 0;
	default:
		return -1;
	}
}

/* "2001:DB8::2:500": an address of an IPSEC block ends with its port. */
static void without_port(struct message_value *v)
{
	size_t n = v->octets;

	while (n && v->text[n - 1] >= '0' && v->text[n - 1] <= '9')
		n--;
	if (n && n < v->octets && v->text[n - 1] == ':')
		v->octets = n - 1;
}

/* Of a block of several lines. */
static bool block_address(struct reader *r, const struct message_match *m, struct message_value *remote,
			  struct message_value *local)
{
	struct message_value dest;

	*local = (struct message_value){ NULL, 0 };
	switch (m->message->id) {
	case MSG_sa_request:
	case MSG_request_timer:
	case MSG_adjust_mtu:
	case MSG_validate:
	case MSG_delete_sa:
	case MSG_create_sa:
		break;
	default:
		return false;
	}
	if (values_field(m->body, m->body_octets, "remote=", remote)) {
		without_port(remote);
		if (values_field(m->body, m->body_octets, "local=", local))
			without_port(local);
		return true;
	}
	/* an SA's destination: the peer, unless it is this router's own */
	if (!values_field(m->body, m->body_octets, "sa_dest=", &dest) || (r->peer && !r->peer->anonymous))
		return false;
	*remote = dest;
	return true;
}

static bool begins_sa(unsigned id, const struct message_match *m)
{
	return id == MSG_received && (value_is(m, 3, "N") || value_is(m, 4, "N") || value_is(m, 1, "N"));
}

/* The newest IKE SA without a conn-id. */
static struct sa *without_cid(struct peer *p)
{
	struct sa *sa;

	TAILQ_FOREACH (sa, &p->sas, link)
		if (!sa->cid)
			return sa;
	return NULL;
}

/* Both sides may begin at once: "(I)" and "(R)" tell which of two without a conn-id a packet is of. */
static struct sa *of_role(struct peer *p, struct sa *now, const struct message_match *m)
{
	const enum story_role role = value_is(m, m->count - 2, "I")   ? STORY_INITIATOR
				     : value_is(m, m->count - 2, "R") ? STORY_RESPONDER
								      : STORY_ROLE_UNKNOWN;
	struct sa *sa;

	if (now && !now->cid && now->phase1 && now->phase1->e.role == role)
		return now;
	TAILQ_FOREACH (sa, &p->sas, link)
		if (!sa->cid && !sa->dead && sa->phase1 && sa->phase1->e.role == role)
			return sa;
	return now && !now->cid ? now : without_cid(p);
}

static struct sa *alive(struct peer *p)
{
	struct sa *sa;

	TAILQ_FOREACH (sa, &p->sas, link)
		if (!sa->dead)
			return sa;
	return TAILQ_FIRST(&p->sas);
}

static bool is_named(const struct sa *sa, const struct peer *p)
{
	return sa && sa->peer == p;
}

/* A line with a conn-id that is not 0. */
static void locate_cid(struct reader *r, uint32_t cid, struct peer *named, unsigned id)
{
	struct sa *sa = by_cid(r, cid), *now = r->sa;
	bool moves = id == MSG_received || id == MSG_sending || id == MSG_authenticated;

	/* the SA that is being worked on gets its number in the middle of an exchange */
	if (now && !now->cid && !now->dead && (!named || is_named(now, named)) && (!sa || sa->dead || now->keyed) &&
	    (sa == NULL || !named || sa->peer != named || sa->dead)) {
		set_cid(r, now, cid);
		sa = now;
	} else if (!sa && named && (sa = without_cid(named)) && !sa->dead) {
		set_cid(r, sa, cid);
	} else if (sa && named && sa->peer->anonymous) {
		name_peer(r, sa->peer, named->p.address);
	} else if (sa && named && sa->peer != named && moves) {
		sa = NULL;
	}
	if (!sa && !named && (id == MSG_node_purging || id == MSG_sa_purging)) {
		r->astray = true; /* of one that is not kept any more */
		return;
	}
	if (!sa && !named)
		named = anonymous(r);
	sa = sa ? sa : named ? sa_new(r, named, cid) : NULL;
	r->sa = sa;
	r->peer = sa ? sa->peer : named;
}

/* Lines of the end of something, and of what is not there: no negotiation begins with them. */
static bool begins_nothing(unsigned id)
{
	return id == MSG_peer_reap || id == MSG_no_delete_notify || id == MSG_sa_lookup;
}

/* A line with conn-id 0 or none, and without an address. */
static void locate_current(struct reader *r, const struct message_match *m)
{
	const unsigned id = m->message->id;

	if (id == MSG_sa_request_profile) {
		if (!r->peer)
			r->peer = anonymous(r);
		r->sa = r->peer ? sa_new(r, r->peer, 0) : NULL;
		return;
	}
	if (r->sa) {
		r->peer = r->sa->peer;
		return;
	}
	if (!m->has_cid || begins_nothing(id))
		return;
	/* the log begins in the middle of something */
	if (!r->peer)
		r->peer = anonymous(r);
	if (!r->peer)
		return;
	r->sa = without_cid(r->peer);
	if (!r->sa || r->sa->dead)
		r->sa = sa_new(r, r->peer, 0);
}

/* ... with the peer's address. */
static void locate_named(struct reader *r, struct peer *named, const struct message_match *m)
{
	const unsigned id = m->message->id;
	const bool packet = id == MSG_received || id == MSG_sending;
	struct sa *sa = is_named(r->sa, named) ? r->sa : NULL;

	r->peer = named;
	if (begins_sa(id, m)) {
		r->sa = sa_new(r, named, 0);
		return;
	}
	if (!sa && r->sa && r->sa->peer->anonymous && !r->sa->cid &&
	    (id == MSG_mode_failure || id == MSG_bad_message || id == MSG_auth_fail || id == MSG_not_encrypted)) {
		/* said of the lines before */
		sa = r->sa;
		name_peer(r, sa->peer, named->p.address);
		r->peer = sa->peer;
		r->sa = sa;
		return;
	}
	if (m->message->kind != MESSAGE_ISAKMP || !m->has_cid) {
		r->sa = id == MSG_sa_request ? NULL : sa ? sa : alive(named);
		return;
	}
	if (!packet && sa)
		return;
	if (begins_nothing(id) && !(r->sa && r->sa->peer->anonymous)) {
		r->sa = alive(named);
		return;
	}
	if (!sa && r->sa && r->sa->peer->anonymous && !r->sa->cid && id != MSG_received) {
		sa = r->sa;
		name_peer(r, sa->peer, named->p.address);
		r->peer = sa->peer;
		r->sa = sa;
		return;
	}
	if (packet)
		sa = of_role(named, sa, m);
	else if (!sa || sa->cid)
		sa = without_cid(named);
	/* a peer that is refused goes on to ask, and the SA that is dead goes on to answer */
	if (!sa || (packet && sa->dead && !value_is(m, m->count - 2, "R")))
		sa = sa_new(r, named, 0);
	r->sa = sa;
}

static void set_host(struct reader *r, const struct frame_message *m)
{
	struct peer *p = r->peer;

	if (p && m->stamp.host && !*p->p.host)
		track_text(r, &p->p.host, m->stamp.host, m->stamp.host_octets);
}

/* Of the data plane: its conn-id is that of an IPsec SA, which a line told when it was made. */
static struct peer *by_sa_conn_id(struct reader *r, uint32_t id)
{
	struct story_peer *p = TAILQ_FIRST(&r->story->peers);

	if (id && r->pairs[id % TRACK_PAIRS].id == id)
		return r->pairs[id % TRACK_PAIRS].peer;
	return p && !TAILQ_NEXT(p, link) ? (struct peer *)p : NULL;
}

/* Messages that name no peer and come whenever a packet does: not the one whose lines stand before. */
static bool is_aside(const struct reader *r, const struct message_match *m)
{
	switch (m->message->id) {
	case MSG_esp_replay:
	case MSG_esp_mac:
	case MSG_esp_identity:
	case MSG_esp_not_ipsec:
		return locate_address(m) < 0;
	case MSG_weak_algorithm:
		return true;
	case MSG_ag_disabled:
		return r->last != MSG_received && r->last != MSG_sa_request && r->last != MSG_sa_request_profile &&
		       r->last != MSG_peer_created;
	default:
		return false;
	}
}

bool locate_aside(struct reader *r, const struct message_match *m)
{
	const unsigned id = m->message->id;

	if (!is_aside(r, m))
		return false;
	r->sa = NULL;
	r->peer = NULL;
	if ((id == MSG_esp_replay || id == MSG_esp_mac) && m->count)
		r->peer = by_sa_conn_id(r, value_number(m, 0));
	return true;
}

void locate_message(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	const int at = locate_address(v), mine = local_at(v);
	struct message_value remote = { NULL, 0 }, local = { NULL, 0 };
	struct peer *named = NULL;
	char text[IP_TEXT_SIZE];

	if (at >= 0 && (unsigned)at < v->count)
		remote = v->values[at];
	else
		block_address(r, v, &remote, &local);
	if (mine >= 0 && (unsigned)mine < v->count)
		local = v->values[mine];
	if (remote.octets || (v->has_cid && by_cid(r, v->cid)))
		r->crowded = false;
	if (remote.octets)
		named = peer_by_address(r, remote.text, remote.octets);
	if (r->crowded) {
		r->peer = NULL;
		r->sa = NULL;
		r->astray = true;
		r->story->left_out++;
		return;
	}
	if (v->message->id == MSG_sa_purging && !(v->has_cid && v->cid) && named == NULL && v->count) {
		/* told by its pointer */
		struct sa *sa;

		r->astray = true;
		if (r->peer)
			TAILQ_FOREACH (sa, &r->peer->sas, link)
				if (value_is(v, 0, sa->ptr)) {
					r->sa = sa;
					r->astray = false;
				}
		return;
	}
	if (v->has_cid && v->cid)
		locate_cid(r, v->cid, named, v->message->id);
	else
		named ? locate_named(r, named, v) : locate_current(r, v);
	if (r->peer && local.octets && !*r->peer->p.local && canonical(local.text, local.octets, text))
		track_text(r, &r->peer->p.local, text, strlen(text));
	if (r->peer && v->message->id == MSG_received && v->count == 6 && !*r->peer->p.vrf)
		track_text(r, &r->peer->p.vrf, v->values[3].text, v->values[3].octets);
	set_host(r, m);
}
