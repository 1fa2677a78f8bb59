/*
 * What to change: from the two values where both are known, else from explain/cause.def. And the commands that tell what
 * cannot be known here.
 */
#include "explain/cause.h"
#include "shell/explain.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- commands ---------------------------------------------------------------------------------------------------- */

#define COMMAND 192

struct filled {
	char *at;
	size_t left;
};

static void put(struct filled *f, const char *text, size_t octets)
{
	if (octets >= f->left)
		octets = f->left - 1;
	memcpy(f->at, text, octets);
	f->at += octets;
	f->left -= octets;
	*f->at = '\0';
}

/* `word` as one of its own at this place. */
static bool is_word(const char *text, const char *at, const char *word)
{
	const size_t octets = strlen(word);

	return !strncmp(at, word, octets) && (at == text || at[-1] == ' ') && !isalnum((unsigned char)at[octets]);
}

/* "show ip route A" -> "show ipv6 route 2001:DB8::3", "show interfaces Tunnel N" -> "show interfaces Tunnel23". */
static const char *fill_in(const char *command, const struct explain_tunnel *t, const struct ip_addr *peer,
			   char buf[COMMAND])
{
	struct filled f = { buf, COMMAND };
	char addr[IP_TEXT_SIZE];

	*buf = '\0';
	for (const char *p = command; *p; p++) {
		if (is_word(command, p, "A") && peer->family) {
			ip_text(peer, addr);
			put(&f, addr, strlen(addr));
		} else if (is_word(command, p, "Tunnel N") && t) {
			put(&f, t->tunnel.config_name, strlen(t->tunnel.config_name));
			p += strlen("Tunnel N") - 1;
		} else if (peer->family == 6 && is_word(command, p, "ip access-lists")) {
			put(&f, "ipv6 access-list", strlen("ipv6 access-list"));
			p += strlen("ip access-lists") - 1;
		} else if (peer->family == 6 && is_word(command, p, "ip")) {
			put(&f, "ipv6", 4);
			p++;
		} else {
			put(&f, p, 1);
		}
	}
	return buf;
}

void explain_causes(struct session *s, enum fault fault, const struct explain_tunnel *t, const struct ip_addr *peer)
{
	const struct fault_about *a = fault_about(fault);
	char here[COMMAND], there[COMMAND], filled[COMMAND];

	if (a->cause_count)
		explain_say(s, 2, "What may stand behind it, the most probable first:");
	for (unsigned i = 0; i < a->cause_count; i++) {
		const struct cause *c = &a->causes[i];

		*here = *there = '\0';
		if (*c->confirm)
			snprintf(here, sizeof(here), " Here: %.170s.", fill_in(c->confirm, t, peer, filled));
		/* on the peer the tunnel has its own number, and this router is A */
		if (*c->confirm_peer && !strstr(c->confirm_peer, " N") && !strstr(c->confirm_peer, " A"))
			snprintf(there, sizeof(there), " On the peer: %.170s.",
				 fill_in(c->confirm_peer, NULL, peer, filled));
		else if (*c->confirm_peer && strstr(c->confirm_peer, " A") && t)
			snprintf(there, sizeof(there), " On the peer: %.170s.",
				 fill_in(c->confirm_peer, NULL, &t->tunnel.source, filled));
		else if (*c->confirm_peer)
			snprintf(there, sizeof(there), " On the peer: %.170s.", c->confirm_peer);
		explain_say(s, 4, "%u. %s%s%s", i + 1, c->text, here, there);
	}
}

void explain_on_peer(struct session *s, enum fault fault, const struct ip_addr *own)
{
	const struct fault_about *a = fault_about(fault);
	char filled[COMMAND];

	for (unsigned i = 0; i < a->cause_count; i++) {
		if (!*a->causes[i].confirm_peer)
			continue;
		explain_say(s, 2, "On the peer: %s", fill_in(a->causes[i].confirm_peer, NULL, own, filled));
		return;
	}
}

/* --- phase 1 ----------------------------------------------------------------------------------------------------- */

static void add(char *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(char *buf, const char *fmt, ...)
{
	const size_t n = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + n, EXPLAIN_TEXT - n, fmt, args);
	va_end(args);
}

/* Could it be configured here? */
static bool is_ours_to_take(const struct ike_differ *d)
{
	char text[IKE_VALUE_SIZE];

	if (!d->theirs_known || d->on == IKE_ON_ATTRIBUTE || d->on == IKE_ON_PROTOCOL)
		return false;
	ike_value_text(d->on, d->theirs, d->theirs_bits, text);
	if (d->on == IKE_ON_AUTH)
		return !strcmp(text, "pre-share");
	return strncmp(text, "unknown", 7) != 0 && !(strcmp(text, "none") == 0 && d->on != IKE_ON_INTEGRITY);
}

static bool is_theirs_to_take(const struct ike_differ *d)
{
	char text[IKE_VALUE_SIZE];

	return d->on != IKE_ON_AUTH || !strcmp(ike_value_text(d->on, d->ours, 0, text), "pre-share");
}

static void add_lines(char *buf, const struct ike_failure *f, bool theirs)
{
	char text[IKE_VALUE_SIZE];

	for (unsigned i = 0; i < f->differ_count; i++) {
		const struct ike_differ *d = &f->differs[i];

		ike_value_text(d->on, theirs ? d->theirs : d->ours, theirs ? d->theirs_bits : d->ours_bits, text);
		add(buf, "%s`%s %s`",
		    !i                         ? ""
		    : i + 1 == f->differ_count ? " and "
					       : ", ",
		    explain_keyword(d->on), text);
	}
}

static bool each(const struct ike_failure *f, bool (*is)(const struct ike_differ *d))
{
	for (unsigned i = 0; i < f->differ_count; i++)
		if (!is(&f->differs[i]))
			return false;
	return f->differ_count;
}

static bool policy_cure(const struct explain_config *c, const struct ike_failure *f, char *buf)
{
	const bool here = each(f, is_ours_to_take), there = each(f, is_theirs_to_take);

	if (!f->differ_count || f->differs[0].on > IKE_ON_LIFETIME || (!here && !there))
		return false;
	add(buf, "configure ");
	if (here) {
		add_lines(buf, f, true);
		if (c->policies.count)
			add(buf, " in `crypto isakmp policy %u`", f->priority);
		else
			add(buf, " in a `crypto isakmp policy`");
	}
	if (here && there)
		add(buf, ", or ");
	if (there) {
		add_lines(buf, f, false);
		add(buf, " on the peer");
	}
	add(buf, ".");
	return true;
}

static const char *address_kind(const struct ip_addr *a)
{
	return a->family == 6 ? "address ipv6" : "address";
}

/* The first one of an isakmp profile, or "". */
static const char *keyring_of(const struct explain_config *c, const char *profile)
{
	const struct explain_profile *p = c->isakmp.items;

	for (size_t i = 0; profile[0] && i < c->isakmp.count; i++)
		if (!strcmp(p[i].name, profile))
			return p[i].keyring;
	return "";
}

static void key_cure(const struct explain_config *c, const struct ike_failure *f, const struct ip_addr *peer, char *buf)
{
	const char *ring = keyring_of(c, f->wanted);
	char addr[IP_TEXT_SIZE];

	ip_text(peer, addr);
	if (f->peer_id[0] && f->at.received == IKE_AM1)
		add(buf, "configure a key for the identity: `crypto isakmp key <key> hostname %.200s`.", f->peer_id);
	else if (ring[0])
		add(buf,
		    "configure `pre-shared-key %s %s%s key <key>` in `crypto keyring %s`, which `crypto isakmp profile %s` names.",
		    address_kind(peer), addr, peer->family == 6 ? "/128" : "", ring, f->wanted);
	else
		add(buf, "configure `crypto isakmp key <key> %s %s%s`.", address_kind(peer), addr,
		    peer->family == 6 ? "/128" : "");
}

/* The key was good, but the profile that the peer matches has other keyrings. */
static void keyring_cure(const struct explain_config *c, const struct ike_failure *f, char *buf)
{
	const char *ring = keyring_of(c, f->profile);

	if (ring[0])
		add(buf,
		    "configure the key in `crypto keyring %s`, which the profile names, or `keyring %s` in `crypto isakmp "
		    "profile %s`.",
		    ring, f->keyring, f->profile);
	else
		add(buf, "configure `keyring %s` in `crypto isakmp profile %s`, or the key without a keyring.",
		    f->keyring, f->profile);
}

static void identity_cure(const struct explain_config *c, const struct explain_tunnel *t, const struct ike_failure *f,
			  char *buf)
{
	const char *wanted = f->wanted[0] ? f->wanted : t ? t->info.config.profile : "";
	struct ip_addr a;
	const char *kind = strchr(f->peer_id, '@') ? "user" : "host", *width = "";

	if (ip_parse(f->peer_id, &a)) {
		kind = address_kind(&a);
		width = a.family == 6 ? "/128" : "";
	}
	if (f->profile[0] && (!f->wanted[0] || !strcmp(f->wanted, f->profile))) {
		keyring_cure(c, f, buf);
		return;
	}
	if (!wanted[0])
		return;
	add(buf, "configure `match identity %s %.200s%s` in `crypto isakmp profile %s`", kind, f->peer_id, width,
	    wanted);
	if (f->profile[0] && t)
		add(buf, ", or `set isakmp-profile %s` in `crypto ipsec profile %s`", f->profile, t->profile);
	add(buf, ".");
}

/* --- phase 2 ----------------------------------------------------------------------------------------------------- */

static void add_set(char *buf, uint32_t cipher, unsigned bits, uint32_t integrity)
{
	char a[IKE_VALUE_SIZE], b[IKE_VALUE_SIZE];

	ike_value_text(IKE_ON_CIPHER, cipher, bits, a);
	ike_value_text(IKE_ON_INTEGRITY, integrity, 0, b);
	add(buf, "%s%s%s", a, integrity ? " " : "", integrity ? b : "");
}

/* A transform set is one line: both sides' whole, with what differs put in. */
static bool set_cure(const struct explain_config *c, const struct explain_tunnel *t, const struct ike_failure *f,
		     char *buf)
{
	const struct ike_proposal *p;
	uint32_t cipher[2], integrity[2];
	unsigned bits[2];
	bool here = false;
	char line[EXPLAIN_LINE];

	if (!t || f->set < 0 || (unsigned)f->set >= t->info.config.proposal_count)
		return false;
	p = &t->info.config.proposals[f->set];
	for (int side = 0; side < 2; side++) {
		cipher[side] = ike_value_of_cipher(p->cipher);
		bits[side] = p->keybits;
		integrity[side] = ike_value_of_integrity(p->auth);
	}
	for (unsigned i = 0; i < f->differ_count; i++) {
		const struct ike_differ *d = &f->differs[i];

		here |= d->on == IKE_ON_CIPHER || d->on == IKE_ON_CIPHERLENGTH || d->on == IKE_ON_INTEGRITY;
		if (d->on == IKE_ON_CIPHER || d->on == IKE_ON_CIPHERLENGTH) {
			cipher[1] = d->theirs;
			bits[1] = d->theirs_bits;
		} else if (d->on == IKE_ON_INTEGRITY) {
			integrity[1] = d->theirs;
		}
	}
	if (!here)
		return false;
	here = explain_set(c, t->profile, (unsigned)f->set);
	add(buf, "configure ");
	for (unsigned i = 0; i < f->differ_count; i++)
		here &= f->differs[i].on > IKE_ON_INTEGRITY || is_ours_to_take(&f->differs[i]);
	if (here) {
		add(buf, "`");
		add_set(buf, cipher[1], bits[1], integrity[1]);
		add(buf, "` in `%s`, or ", explain_where(c, t, IKE_ON_CIPHER, 0, f->set, line));
	}
	add(buf, "`");
	add_set(buf, cipher[0], bits[0], integrity[0]);
	add(buf, "` on the peer.");
	return true;
}

static void pfs_cure(const struct explain_tunnel *t, const struct ike_differ *d, char *buf)
{
	char ours[IKE_VALUE_SIZE], theirs[IKE_VALUE_SIZE];

	ike_value_text(IKE_ON_PFS, d->ours, 0, ours);
	ike_value_text(IKE_ON_PFS, d->theirs, 0, theirs);
	if (d->theirs)
		add(buf, "configure `set pfs %s` in `crypto ipsec profile %s`, or ", theirs, t->profile);
	else
		add(buf, "configure `no set pfs` in `crypto ipsec profile %s`, or ", t->profile);
	if (d->ours)
		add(buf, "`set pfs %s` on the peer.", ours);
	else
		add(buf, "`no set pfs` on the peer.");
}

static void proxies_cure(const struct explain_tunnel *t, char *buf)
{
	char l[IP_TEXT_SIZE + 8], r[IP_TEXT_SIZE + 8];

	add(buf,
	    "give the peer a tunnel interface with `tunnel mode ipsec ipv%u`, or make it ask for %s to %s, which is what "
	    "%s protects.",
	    t->family, explain_prefix(&t->info.config.remote_proxy, r), explain_prefix(&t->info.config.local_proxy, l),
	    t->tunnel.name);
}

static void tunnel_cure(const struct ip_addr *local, const struct ip_addr *peer, char *buf)
{
	char l[IP_TEXT_SIZE], r[IP_TEXT_SIZE];

	add(buf,
	    "configure a tunnel with `tunnel source` %s and `tunnel destination %s`, or correct the one that is meant for "
	    "this peer.",
	    ip_text(local, l), ip_text(peer, r));
}

const char *explain_cure(const struct explain_config *c, const struct explain_tunnel *t, const struct ike_failure *f,
			 const struct ip_addr *local, const struct ip_addr *peer, char buf[EXPLAIN_TEXT])
{
	*buf = '\0';
	if (policy_cure(c, f, buf) || set_cure(c, t, f, buf))
		return buf;
	if (f->fault == FAULT_key_none)
		key_cure(c, f, peer, buf);
	else if (f->fault == FAULT_identity || f->fault == FAULT_profile_differs)
		identity_cure(c, t, f, buf);
	else if (f->fault == FAULT_pfs && t && f->differ_count)
		pfs_cure(t, &f->differs[0], buf);
	else if (f->fault == FAULT_proxies && t && t->has_ident)
		proxies_cure(t, buf);
	else if (f->fault == FAULT_no_tunnel)
		tunnel_cure(local, peer, buf);
	if (!*buf) {
		snprintf(buf, EXPLAIN_TEXT, "%s", fault_about(f->fault)->cure);
		if (buf[0] != '`')
			buf[0] = (char)tolower((unsigned char)buf[0]);
	}
	return buf;
}
