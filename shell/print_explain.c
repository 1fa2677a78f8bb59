/* `show crypto explain`: tunnels that are not up, and peers that belong to none. */
#include "explain/cause.h"
#include "shell/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LATELY_MS 120000u /* failures of both roles are told when they are not further apart */

/* --- how far it got ---------------------------------------------------------------------------------------------- */

static const char *notified(const struct ike_progress *p, char buf[96])
{
	char name[IKE_NOTIFY_SIZE];

	if (p->notify)
		snprintf(buf, 96, "; the peer answered %s%s", ike_notify_text(p->notify, name),
			 p->notify_proven ? "" : " (unauthenticated)");
	else
		*buf = '\0';
	return buf;
}

static const char *repeated(const struct ike_progress *p, char buf[96])
{
	char times[EXPLAIN_AGO];

	if (p->repeats)
		snprintf(buf, 96, "; the peer repeated %s %s", ike_message_name(p->received),
			 explain_times(p->repeats, times));
	else
		*buf = '\0';
	return buf;
}

/* "stopped at MM1, sent 5 times, last 12 s ago; the peer answered NO_PROPOSAL_CHOSEN (unauthenticated)" */
static void say_progress(struct session *s, const struct ike_failure *f, uint64_t now_ms, bool named)
{
	const struct ike_progress *p = &f->at;
	const char *phase = p->sent >= IKE_QM1 || p->received >= IKE_QM1 ? "Phase 2" : "Phase 1";
	char times[EXPLAIN_AGO], ago[EXPLAIN_AGO], note[96], repeats[96], name[48] = "";

	if (named)
		snprintf(name, sizeof(name), " [%s]", fault_name(f->fault));
	if (p->initiator && !p->sent)
		explain_say(s, 2, "%s: nothing was sent, last tried %s%s", phase, explain_ago(now_ms, f->last_ms, ago),
			    name);
	else if (p->initiator)
		explain_say(s, 2, "%s: stopped at %s, sent %s, last %s%s%s%s", phase, ike_message_name(p->sent),
			    explain_times(p->sendings ? p->sendings : 1, times),
			    explain_ago(now_ms, p->sent_ms ? p->sent_ms : f->last_ms, ago), repeated(p, repeats),
			    notified(p, note), name);
	else
		explain_say(s, 2, "%s: the peer's %s came and led no further, last %s%s%s%s", phase,
			    ike_message_name(p->received), explain_ago(now_ms, f->last_ms, ago), repeated(p, repeats),
			    f->proven ? "" : " (unauthenticated)", name);
}

/* Of a negotiation that is under way. */
static void say_now(struct session *s, const struct ike_diag *d)
{
	const struct ike_progress *p = &d->now;
	char ago[EXPLAIN_AGO], times[EXPLAIN_AGO];

	if (p->sent)
		explain_say(s, 2, "Now: %s was sent %s, last %s, and an answer is awaited", ike_message_name(p->sent),
			    explain_times(p->sendings ? p->sendings : 1, times),
			    explain_ago(d->now_ms, p->sent_ms, ago));
	else
		explain_say(s, 2, "Now: a negotiation began %s", explain_ago(d->now_ms, p->begun_ms, ago));
}

/* --- what stopped it --------------------------------------------------------------------------------------------- */

static unsigned widest(const struct ike_failure *f, bool theirs)
{
	char text[IKE_VALUE_SIZE];
	unsigned most = 0;

	for (unsigned i = 0; i < f->differ_count; i++) {
		const struct ike_differ *d = &f->differs[i];
		const size_t n = strlen(ike_value_text(d->on, theirs ? d->theirs : d->ours,
						       theirs ? d->theirs_bits : d->ours_bits, text));

		if (n > most)
			most = (unsigned)n;
	}
	return most;
}

/* Where in the peer's messages the value stood. */
static const char *offered(const struct ike_failure *f, char buf[96])
{
	const char *what = f->at.initiator ? "the answer" : "the offer";

	if (f->proposal)
		snprintf(buf, 96, "proposal %u, transform %u of %s", f->proposal, f->transform, what);
	else if (f->transform)
		snprintf(buf, 96, "%s transform %u", f->at.initiator ? "answered in" : "offered in", f->transform);
	else
		snprintf(buf, 96, "in %s", what);
	return buf;
}

static void say_values(struct session *s, const struct explain_config *c, const struct explain_tunnel *t,
		       const struct ike_failure *f)
{
	const unsigned ours_wide = widest(f, false), theirs_wide = widest(f, true);
	const int wide = (int)(ours_wide > theirs_wide ? ours_wide : theirs_wide);
	char ours[IKE_VALUE_SIZE], theirs[IKE_VALUE_SIZE], where[EXPLAIN_LINE], offer[96];

	for (unsigned i = 0; i < f->differ_count; i++) {
		const struct ike_differ *d = &f->differs[i];

		ike_value_text(d->on, d->ours, d->ours_bits, ours);
		ike_value_text(d->on, d->theirs, d->theirs_bits, theirs);
		if (f->differ_count > 1)
			explain_say(s, 4, "%s:", explain_subject(d->on));
		if (d->on != IKE_ON_ATTRIBUTE)
			explain_say(s, 4, "ours    %-*s   %s", wide, ours,
				    explain_where(c, t, d->on, f->priority, f->set, where));
		if (d->theirs_known)
			explain_say(s, 4, "peer's  %-*s   %s", wide, theirs, offered(f, offer));
	}
}

/* Proxies, identities, profiles. */
static void say_others(struct session *s, const struct explain_config *c, const struct explain_tunnel *t,
		       const struct ike_failure *f, const struct ip_addr *peer)
{
	char a[IP_TEXT_SIZE + 8], b[IP_TEXT_SIZE + 8], line[EXPLAIN_LINE];

	if (f->has_proxies && t && t->has_ident && f->fault == FAULT_proxies)
		explain_say(s, 4, "ours    %s to %s   interface %s / tunnel mode ipsec ipv%u",
			    explain_prefix(&t->info.config.local_proxy, a),
			    explain_prefix(&t->info.config.remote_proxy, b), t->tunnel.config_name, t->family);
	if (f->has_proxies)
		explain_say(s, 4, "peer's  %s to %s, seen from here", explain_prefix(&f->local_proxy, a),
			    explain_prefix(&f->remote_proxy, b));
	if (f->wanted[0] && (f->fault == FAULT_identity || f->fault == FAULT_profile_differs))
		explain_say(s, 4, "ours    crypto isakmp profile %s%s%s%s", f->wanted,
			    t ? "   crypto ipsec profile " : "", t ? t->profile : "", t ? " / set isakmp-profile" : "");
	if (f->peer_id[0])
		explain_say(s, 4, "peer's  identity %.240s%s%s", f->peer_id,
			    f->profile[0] ? ", which matches crypto isakmp profile " : "", f->profile);
	if (f->fault == FAULT_identity && f->profile[0] && f->keyring[0])
		explain_say(s, 4, "ours    the key was of keyring %s", f->keyring);
	if (f->fault == FAULT_key_wrong)
		explain_say(s, 4, "ours    %s", explain_key_line(c, f->keyring, peer, line));
}

void explain_failure(struct session *s, const struct explain_config *c, const struct explain_tunnel *t,
		     const struct ike_failure *f, const struct ip_addr *peer, const char *lead)
{
	explain_say(s, 2, "%s: %s%s [%s]", lead, f->certain ? "" : "most likely: ", fault_title(f->fault),
		    fault_name(f->fault));
	say_values(s, c, t, f);
	say_others(s, c, t, f, peer);
}

static bool knows_both(const struct ike_failure *f)
{
	for (unsigned i = 0; i < f->differ_count; i++)
		if (!f->differs[i].theirs_known)
			return false;
	return f->differ_count || f->has_proxies || f->peer_id[0];
}

/* MM5 is the first message that is encrypted, with keys that come from the pre-shared key: who has another drops it unread. */
static bool suspects_key(const struct ike_failure *f)
{
	return f->fault == FAULT_no_reply_later && f->at.sent == IKE_MM5;
}

/* All of it: what stopped it, what to change, what cannot be known. */
static void say_stop(struct session *s, const struct explain_config *c, const struct explain_tunnel *t,
		     const struct ike_failure *f, const struct ip_addr *local, const struct ip_addr *peer,
		     uint64_t now_ms)
{
	const struct fault_about *a = fault_about(f->fault);
	char buf[EXPLAIN_TEXT], ago[EXPLAIN_AGO];

	explain_failure(s, c, t, f, peer, "What stopped it");
	if (f->times > 1)
		explain_say(s, 4, "%u times in a row, the first time %s", f->times,
			    explain_ago(now_ms, f->first_ms, ago));
	if (!knows_both(f))
		explain_say(s, 4, "%s", a->meaning);
	if (suspects_key(f)) {
		explain_say(s, 2, "Most likely: %s [%s]", fault_title(FAULT_key_wrong), fault_name(FAULT_key_wrong));
		explain_say(s, 4, "ours    %s", explain_key_line(c, f->keyring, peer, buf));
		a = fault_about(FAULT_key_wrong);
		explain_say(s, 4, "%s", a->meaning);
	}
	if (suspects_key(f))
		explain_say(s, 2, "To mend it: %c%s", tolower((unsigned char)a->cure[0]), a->cure + 1);
	else
		explain_say(s, 2, "To mend it: %s", explain_cure(c, t, f, local, peer, buf));
	if (!knows_both(f) && *a->hidden)
		explain_say(s, 2, "Not known from this side: %c%s", tolower((unsigned char)a->hidden[0]),
			    a->hidden + 1);
	if (knows_both(f))
		explain_on_peer(s, f->fault, local);
	else
		explain_causes(s, suspects_key(f) ? FAULT_key_wrong : f->fault, t, peer);
}

/* --- tunnels ----------------------------------------------------------------------------------------------------- */

void explain_head(struct session *s, const struct explain_tunnel *t, const char *state)
{
	const struct router_tunnel_info *i = &t->tunnel;
	char to[IP_TEXT_SIZE + 8] = "", from[IP_TEXT_SIZE + 8] = "", source[sizeof(t->source) + 4] = "",
			       addr[IP_TEXT_SIZE];

	if (i->destination.family)
		snprintf(to, sizeof(to), " to %s", ip_text(&i->destination, addr));
	if (i->source.family)
		snprintf(from, sizeof(from), " from %s", ip_text(&i->source, addr));
	if (t->source[0] && (!i->source.family || strcmp(ip_text(&i->source, addr), t->source)))
		snprintf(source, sizeof(source), " (%s)", t->source);
	explain_say(s, 0, "%s%s%s%s: %s", i->name, to, from, source, state);
}

static const enum fault ending_faults[] = {
	[IKE_ENDING_DELETED] = FAULT_deleted_by_peer, [IKE_ENDING_RESTARTED] = FAULT_deleted_by_peer,
	[IKE_ENDING_UNKNOWN] = FAULT_deleted_by_peer, [IKE_ENDING_CLEARED] = FAULT_cleared,
	[IKE_ENDING_DEAD] = FAULT_peer_dead,          [IKE_ENDING_IDLE] = FAULT_NONE,
};

static void say_ending(struct session *s, const struct ike_diag *d)
{
	static const char *const texts[] = {
		[IKE_ENDING_LIFETIME] = "their lifetime ended, and no successor was agreed upon",
		[IKE_ENDING_DELETED] = "the peer deleted them",
		[IKE_ENDING_RESTARTED] = "the peer said that it begins afresh (INITIAL_CONTACT)",
		[IKE_ENDING_UNKNOWN] = "the peer said that it has no such SA (INVALID_SPI)",
		[IKE_ENDING_CLEARED] = "they were cleared on this router",
		[IKE_ENDING_DEAD] = "the peer stopped answering keepalives",
		[IKE_ENDING_IDLE] = "nothing passed through them for as long as the idle time allows",
	};
	const enum fault fault = ending_faults[d->ending];
	char ago[EXPLAIN_AGO], name[48] = "";

	if (!d->ending)
		return;
	if (fault)
		snprintf(name, sizeof(name), " [%s]", fault_name(fault));
	explain_say(s, 2, "The last IPsec SAs ended %s: %s%s", explain_ago(d->now_ms, d->ended_ms, ago),
		    texts[d->ending], name);
}

static void say_hints(struct session *s, const struct ike_diag *d)
{
	char ago[EXPLAIN_AGO], times[EXPLAIN_AGO];

	if (d->unknown_sa.count)
		explain_say(
			s, 2,
			"Hint (unauthenticated): an IKE message for an SA that this router does not have came %s, last %s "
			"[%s]",
			explain_times(d->unknown_sa.count, times), explain_ago(d->now_ms, d->unknown_sa.last_ms, ago),
			fault_name(FAULT_unknown_sa));
	if (d->unknown_spi.count)
		explain_say(
			s, 2,
			"Hint (unauthenticated): ESP with an SPI that this router does not have came, last %s, SPI 0x%X "
			"[%s]",
			explain_ago(d->now_ms, d->unknown_spi.last_ms, ago), d->unknown_spi.spi,
			fault_name(FAULT_invalid_spi));
}

/* Nothing has failed yet: who is to begin? */
static void say_waiting(struct session *s, const struct explain_tunnel *t)
{
	const struct ike_diag *d = &t->diag;
	char span[EXPLAIN_AGO];

	if (d->negotiating)
		return;
	if (t->info.config.responder_only)
		explain_say(s, 2,
			    "Nothing has failed: this router waits for the peer to ask (`responder-only` in `crypto "
			    "ipsec profile %s`), and it has not.",
			    t->profile);
	else if (d->request_ms != UINT64_MAX && d->request_ms > d->now_ms)
		explain_say(s, 2, "Nothing has failed yet; SAs are asked for again in %s",
			    explain_span((d->request_ms - d->now_ms + 999) / 1000, span));
}

static bool is_phase2(const struct ike_diag *d, const struct ike_failure *f)
{
	return f == &d->phase2[0] || f == &d->phase2[1];
}

/* The other role's failure of the same time. */
static const struct ike_failure *other_role(const struct ike_diag *d, const struct ike_failure *f)
{
	const struct ike_failure *pair = is_phase2(d, f) ? d->phase2 : d->phase1;
	const struct ike_failure *o = &pair[f == pair];
	const uint64_t apart = o->last_ms > f->last_ms ? o->last_ms - f->last_ms : f->last_ms - o->last_ms;

	return o->fault && apart <= LATELY_MS ? o : NULL;
}

static bool is_now(const struct ike_diag *d, const struct ike_failure *f)
{
	return f && f->at.begun_ms == d->now.begun_ms && f->at.initiator == d->now.initiator;
}

static void print_down(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	const struct ike_diag *d = &t->diag;
	const struct ike_failure *f = ike_diag_stops(d), *other = f ? other_role(d, f) : NULL;

	explain_head(s, t, d->negotiating && !f ? "being negotiated" : "not up");
	if (d->phase1_up)
		explain_say(s, 2, "Phase 1: complete");
	else if (f && is_phase2(d, f))
		explain_say(s, 2, "Phase 1: was complete, and its SA is gone");
	if (other && other->at.initiator)
		say_progress(s, other, d->now_ms, other->fault != f->fault);
	if (f)
		say_progress(s, f, d->now_ms, false);
	if (other && !other->at.initiator)
		say_progress(s, other, d->now_ms, other->fault != f->fault);
	if (d->negotiating && !is_now(d, f) && !is_now(d, other))
		say_now(s, d);
	if (f)
		say_stop(s, c, t, f, &t->tunnel.source, &t->tunnel.destination, d->now_ms);
	else
		say_waiting(s, t);
	say_ending(s, d);
	say_hints(s, d);
}

static void print_tunnel(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	if (t->tunnel.obstacle && !(t->has_ident && t->info.up)) {
		explain_obstacle(s, t);
	} else if (t->tunnel.type == IF_VIRTUAL_TEMPLATE) {
		explain_head(s, t, "a template; each peer that is here has a Virtual-Access interface of its own");
	} else if (!t->has_ident) {
		explain_head(s, t, "being set up");
	} else if (t->info.up) {
		explain_up(s, c, t);
		say_hints(s, &t->diag);
	} else {
		print_down(s, c, t);
	}
}

static void print_stranger(struct session *s, const struct explain_config *c, const struct ike_stranger *x)
{
	char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE];

	explain_say(s, 0, "Peer %s at %s: of no tunnel of this router", ip_text(&x->remote, remote),
		    ip_text(&x->local, local));
	say_progress(s, &x->failure, x->now_ms, false);
	say_stop(s, c, NULL, &x->failure, &x->local, &x->remote, x->now_ms);
}

void print_explain(struct session *s, const struct explain_config *c, const struct explain_tunnel *tunnels,
		   size_t count, const struct ike_stranger *strangers, size_t stranger_count, bool whole)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			show_blank(s);
		print_tunnel(s, c, &tunnels[i]);
	}
	for (size_t i = 0; i < stranger_count; i++) {
		if (count || i)
			show_blank(s);
		print_stranger(s, c, &strangers[i]);
	}
	if (!count && !stranger_count)
		session_line(s, "%s",
			     whole ? "No tunnel is configured, and no peer has asked for one"
				   : "No such tunnel or peer");
}
