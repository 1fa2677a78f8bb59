/* `show crypto explain`: a tunnel that is up. What was agreed upon and which line decided it, and its packets. */
#include "shell/explain.h"

#include "explain/cause.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ONE_WAY_MS      20000u /* SAs that are younger say nothing */
#define ONE_WAY_PACKETS 3u

static void say_value(struct session *s, const char *what, int wide, const char *value, const char *where)
{
	explain_say(s, 4, "%-14s %-*s %s", what, *where ? wide : 0, value, where);
}

static void say_phase1(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	static const enum ike_subject subjects[] = { IKE_ON_ENCRYPTION, IKE_ON_HASH, IKE_ON_GROUP, IKE_ON_AUTH };
	const struct ike_sa_info *sa = &t->sa;
	char line[EXPLAIN_LINE], value[EXPLAIN_LINE], span[EXPLAIN_AGO];
	static const char *const encrs[] = { "des", "3des", "aes" };
	static const char *const hashes[] = { "sha", "md5", "sha256", "sha384", "sha512" };

	if (!t->has_sa) {
		explain_say(s, 2, "Phase 1: there is no IKE SA now; one is made when it is needed");
		return;
	}
	explain_say(s, 2, "Phase 1: complete, begun by %s, UDP port %u%s", sa->initiator ? "this router" : "the peer",
		    sa->path.remote_port, sa->natt ? ", through a NAT" : "");
	for (unsigned i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		if (subjects[i] == IKE_ON_ENCRYPTION && sa->keybits)
			snprintf(value, sizeof(value), "%s %u", encrs[sa->encr], sa->keybits);
		else if (subjects[i] == IKE_ON_ENCRYPTION)
			snprintf(value, sizeof(value), "%s", encrs[sa->encr]);
		else if (subjects[i] == IKE_ON_HASH)
			snprintf(value, sizeof(value), "%s", hashes[sa->hash]);
		else if (subjects[i] == IKE_ON_GROUP)
			snprintf(value, sizeof(value), "%u", sa->group);
		else
			snprintf(value, sizeof(value), "%s",
				 sa->auth == ISAKMP_AUTH_PRE_SHARE ? "pre-share" : "rsa-sig");
		say_value(s, explain_subject(subjects[i]), 9, value,
			  explain_where(c, t, subjects[i], sa->priority, -1, line));
	}
	say_value(s, "key", 9, sa->keyring[0] ? sa->keyring : "password",
		  explain_key_line(c, sa->keyring, &t->tunnel.destination, line));
	snprintf(value, sizeof(value), "%" PRIu64 " s", sa->life_s);
	say_value(s, "lifetime", 9, value, explain_where(c, t, IKE_ON_LIFETIME, sa->priority, -1, line));
	explain_say(s, 4, "the peer is %.240s%s%s; the IKE SA ends in %s", sa->phase1_id,
		    sa->profile[0] ? ", of crypto isakmp profile " : "", sa->profile,
		    explain_span(sa->lifetime_left_s, span));
}

static const struct ike_child_info *current(const struct ike_ident_info *info, bool inbound)
{
	for (unsigned i = 0; i < info->child_count; i++)
		if (info->children[i].inbound == inbound && (inbound || info->children[i].current))
			return &info->children[i];
	return NULL;
}

/* Which of the ident's proposals the SAs were made of, -1: it was changed since. */
static int proposal_of(const struct ike_ident *config, const struct ike_child_info *child)
{
	for (unsigned k = 0; k < config->proposal_count; k++)
		if (config->proposals[k].cipher == child->cipher && config->proposals[k].keybits == child->keybits &&
		    config->proposals[k].auth == child->auth)
			return (int)k;
	return -1;
}

static void say_phase2(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	const struct ike_ident *config = &t->info.config;
	const struct ike_child_info *child = current(&t->info, false);
	char line[EXPLAIN_LINE], value[2 * IKE_VALUE_SIZE + 2], a[IKE_VALUE_SIZE], b[IKE_VALUE_SIZE], span[EXPLAIN_AGO];
	char local[IP_TEXT_SIZE + 8], remote[IP_TEXT_SIZE + 8];
	int set;

	if (!child)
		return;
	set = proposal_of(config, child);
	explain_say(s, 2, "Phase 2: complete, asked for by %s%s", t->diag.initiated ? "this router" : "the peer",
		    child->udp ? ", ESP in UDP" : "");
	ike_value_text(IKE_ON_CIPHER, ike_value_of_cipher(child->cipher), child->keybits, a);
	snprintf(value, sizeof(value), "%s%s%s", a, child->auth ? " " : "",
		 child->auth ? ike_value_text(IKE_ON_INTEGRITY, ike_value_of_integrity(child->auth), 0, b) : "");
	say_value(s, "transform", 24, value, explain_where(c, t, IKE_ON_CIPHER, 0, set, line));
	say_value(s, "mode", 24, child->transport ? "transport" : "tunnel",
		  explain_where(c, t, IKE_ON_MODE, 0, set, line));
	say_value(s, "PFS", 24, ike_value_text(IKE_ON_PFS, t->info.pfs_group, 0, a),
		  explain_where(c, t, IKE_ON_PFS, 0, set, line));
	snprintf(value, sizeof(value), "%s to %s", explain_prefix(&config->local_proxy, local),
		 explain_prefix(&config->remote_proxy, remote));
	say_value(s, "protects", 24, value, "");
	snprintf(value, sizeof(value), "%s left", explain_span(child->left_s, span));
	say_value(s, "lifetime", 24, value, explain_where(c, t, IKE_ON_LIFE_S, 0, set, line));
	if (config->lifetime_kb) {
		snprintf(value, sizeof(value), "%" PRIu64 " KB left", child->left_kb);
		say_value(s, "", 24, value, explain_where(c, t, IKE_ON_LIFE_KB, 0, set, line));
	}
	if (t->diag.rekey_ms > t->diag.now_ms && t->diag.rekey_ms != UINT64_MAX)
		explain_say(s, 4, "the next SAs are asked for in %s, or when the kilobytes are nearly spent",
			    explain_span((t->diag.rekey_ms - t->diag.now_ms) / 1000, span));
	else if (config->responder_only)
		explain_say(s, 4, "the peer asks for the next SAs (`responder-only` in `crypto ipsec profile %s`)",
			    t->profile);
}

static void say_lives(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	char line[EXPLAIN_LINE];

	for (unsigned i = 0; i < t->diag.life_count; i++) {
		const struct ike_differ *d = &t->diag.lives[i];
		const enum fault fault = d->on == IKE_ON_LIFETIME ? FAULT_policy_lifetime : FAULT_lifetime_differs;

		explain_say(s, 2, "Note: %s [%s]", fault_title(fault), fault_name(fault));
		explain_say(s, 4, "%s: ours %u, %s; peer's %u", explain_subject(d->on), d->ours,
			    explain_where(c, t, d->on, t->sa.priority, -1, line), d->theirs);
	}
}

/* --- packets ----------------------------------------------------------------------------------------------------- */

static const enum fault drop_faults[ESP_DROP_COUNT] = {
	[ESP_DROP_REPLAY] = FAULT_replay,     [ESP_DROP_ICV] = FAULT_mac,
	[ESP_DROP_SELECTOR] = FAULT_selector, [ESP_DROP_FAMILY] = FAULT_selector,
	[ESP_DROP_TOO_BIG] = FAULT_too_big,   [ESP_DROP_UNKNOWN_SPI] = FAULT_invalid_spi,
};

static void say_drops(struct session *s, const struct esp_counters *c, bool inbound)
{
	for (int d = ESP_OK + 1; d < ESP_DROP_COUNT; d++) {
		/* a family that is wrong is the sender's on the way out, the peer's on the way in */
		const enum fault fault = d == ESP_DROP_FAMILY && !inbound ? FAULT_NONE : drop_faults[d];

		if (!c->drops[d])
			continue;
		explain_say(s, 4, "dropped %s: %" PRIu64 ", %s%s%s%s%s%s", inbound ? "inbound" : "outbound",
			    c->drops[d], esp_drop_name((enum esp_drop)d), fault ? ": " : "",
			    fault ? fault_title(fault) : "", fault ? " [" : "", fault ? fault_name(fault) : "",
			    fault ? "]" : "");
		if (fault)
			explain_say(s, 6, "%s", fault_about(fault)->cure);
	}
}

static void say_packets(struct session *s, const struct explain_tunnel *t)
{
	const struct esp_counters *in = &t->sa_in, *out = &t->sa_out;
	const uint64_t age_ms = t->diag.now_ms > out->since_ms ? t->diag.now_ms - out->since_ms : 0;
	const bool one_way = out->since_ms && age_ms >= ONE_WAY_MS && out->packets >= ONE_WAY_PACKETS && !in->packets;

	explain_say(s, 2,
		    "Packets: %" PRIu64 " encrypted, %" PRIu64 " decrypted; of the present SAs %" PRIu64
		    " and %" PRIu64,
		    t->out.packets, t->in.packets, out->packets, in->packets);
	if (one_way) {
		explain_say(s, 2, "Note: %s [%s]", fault_title(FAULT_esp_one_way), fault_name(FAULT_esp_one_way));
		explain_causes(s, FAULT_esp_one_way, t, &t->tunnel.destination);
	}
	say_drops(s, &t->out, false);
	say_drops(s, &t->in, true);
}

/* --- what went wrong meanwhile ----------------------------------------------------------------------------------- */

/* A failure beside SAs that are there. One that nobody vouches for says nothing about them. */
static void say_beside(struct session *s, const struct explain_config *c, const struct explain_tunnel *t,
		       const struct ike_failure *f)
{
	char ago[EXPLAIN_AGO], times[EXPLAIN_AGO];

	if (!f->fault)
		return;
	if (!f->proven && !f->at.initiator) {
		explain_say(
			s, 2,
			"Hint (unauthenticated, and nothing that concerns these SAs): from the peer's address %s came %s, "
			"last %s: %s [%s]",
			ike_message_name(f->at.received), explain_times(f->times, times),
			explain_ago(t->diag.now_ms, f->last_ms, ago), fault_title(f->fault), fault_name(f->fault));
		return;
	}
	explain_failure(s, c, t, f, &t->tunnel.destination, "Failed while these SAs are up");
	explain_say(s, 4, "%s, last %s", explain_times(f->times, times), explain_ago(t->diag.now_ms, f->last_ms, ago));
}

static void say_past(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	const struct ike_diag *d = &t->diag;
	char ago[EXPLAIN_AGO], lead[EXPLAIN_AGO + 80];

	for (int role = 0; role < 2; role++) {
		say_beside(s, c, t, &d->phase1[role]);
		say_beside(s, c, t, &d->phase2[role]);
	}
	if (!d->over.fault)
		return;
	snprintf(lead, sizeof(lead), "What stopped it before, until %s%s", explain_ago(d->now_ms, d->over_ms, ago),
		 d->over.proven || d->over.at.initiator ? "" : " (unauthenticated)");
	explain_failure(s, c, t, &d->over, &t->tunnel.destination, lead);
}

void explain_up(struct session *s, const struct explain_config *c, const struct explain_tunnel *t)
{
	char span[EXPLAIN_AGO], state[EXPLAIN_AGO + 16];

	snprintf(state, sizeof(state), "up for %s", explain_span(t->info.up_s, span));
	explain_head(s, t, state);
	say_phase1(s, c, t);
	say_phase2(s, c, t);
	if (t->tunnel.obstacle == ROUTER_ISAKMP_OFF)
		explain_say(s, 2, "Note: %s [%s], so no SA is renewed", fault_title(FAULT_isakmp_disabled),
			    fault_name(FAULT_isakmp_disabled));
	say_packets(s, t);
	say_lives(s, c, t);
	say_past(s, c, t);
}
