/* What went wrong in Quick Mode. */
#include "explain/judge.h"

#include <stdio.h>

/* --- phase 2 ---- */

static void alike(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < room; text++)
		if (*text != ' ' && *text != '-' && *text != '_')
			out[n++] = (char)(*text >= 'A' && *text <= 'Z' ? *text + 32 : *text);
	out[n] = '\0';
}

static bool same_word(const char *a, const char *b)
{
	char x[TRACK_WORD], y[TRACK_WORD];

	alike(x, sizeof(x), a);
	alike(y, sizeof(y), b);
	return !strcmp(x, y);
}

static void spell(const struct offer *o, char *out, size_t room)
{
	snprintf(out, room, "%s%s%.0u%s%s%s%s%s%s", o->encryption, o->keybits ? " " : "", o->keybits,
		 *o->hash ? " " : "", o->hash, *o->encaps ? ", " : "", o->encaps, *o->group ? ", PFS group " : "",
		 o->group);
}

/*
 * The router says that no transform set of its own fits, and not which it has. Where it asked the peer itself before,
 * its request shows one.
 */
void judge_no_transform(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	struct offer *o = &r->offer, *own = r->peer ? &r->peer->own : NULL;
	char theirs[256], ours[256];
	struct claim c = { .certainty = STORY_LIKELY, .theirs = theirs, .ours = ours };
	const char *const cipher = !strncmp(o->encryption, "ESP_", 4) ? o->encryption + 4 : o->encryption;
	const char *const hash = !strncmp(o->hash, "HMAC-", 5) ? o->hash + 5 : o->hash;

	if (!r->peer || (x && x->refused))
		return;
	if (x)
		x->refused = true;
	spell(o, theirs, sizeof(theirs));
	if (r->peer->has_own && *o->encryption) {
		spell(own, ours, sizeof(ours));
		c.missing = "This router's side is taken from its own request; it may have more transform sets: "
			    "show crypto ipsec transform-set.";
		c.fault = !same_word(cipher, own->encryption)                         ? FAULT_transform_encryption
			  : o->keybits != own->keybits                                ? FAULT_transform_keylength
			  : !same_word(hash, own->hash)                               ? FAULT_transform_auth
			  : strncmp(o->encaps, own->encaps, strlen(own->encaps)) != 0 ? FAULT_mode
										      : FAULT_pfs;
		judge_claim(r, r->peer, x, m->number, c);
		return;
	}
	c.ours = NULL;
	c.certainty = STORY_POSSIBLE;
	c.missing = "The router prints what the peer offers and not what it has itself: show crypto ipsec "
		    "transform-set and show crypto ipsec profile tell which of these it is.";
	static const enum fault candidates[] = { FAULT_transform_encryption, FAULT_transform_auth,
						 FAULT_transform_keylength, FAULT_mode, FAULT_pfs };

	if (*o->encaps && o->encaps[1] == 'r') {
		/* a tunnel interface asks for tunnel mode */
		c.fault = FAULT_mode;
		judge_claim(r, r->peer, x, m->number, c);
	}
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if (candidates[i] == FAULT_mode && *o->encaps && o->encaps[1] == 'r')
			continue;
		if (candidates[i] == FAULT_transform_keylength && *o->encryption && !o->keybits)
			continue;
		c.fault = candidates[i];
		judge_claim(r, r->peer, x, m->number, c);
	}
}

void judge_no_proxies(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	const char *proxies = x && *x->e.proxies ? x->e.proxies : "";
	struct claim c = { FAULT_proxies, STORY_CERTAIN, NULL, proxies, NULL };

	if (!r->peer || (x && x->refused))
		return;
	if (x)
		x->refused = true;
	if (x && x->profile_differs) {
		/* the IKE SA has no profile, for the identity matches none, or another one */
		c.fault = r->sa->phase1 && r->sa->phase1->no_profile ? FAULT_identity : FAULT_profile_differs;
		c.theirs = r->sa->phase1 ? r->sa->phase1->identity : "";
	} else if (!*proxies) {
		c.missing = "Which proxy identities the peer asks for is not in the log: debug crypto ipsec "
			    "prints them.";
	} else if (!strcmp(proxies, "::/0 <-> ::/0") || !strcmp(proxies, "0.0.0.0/0.0.0.0 <-> 0.0.0.0/0.0.0.0")) {
		/* any to any is what a tunnel interface asks for */
		c.fault = FAULT_no_tunnel;
		c.certainty = STORY_LIKELY;
		c.missing =
			"The peer asks for any to any, as a tunnel interface does; whether this router has "
			"one for it, or a crypto map with other proxy identities, is not in the log: show crypto map.";
	}
	judge_claim(r, r->peer, x, m->number, c);
}

void judge_phase2_refused(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	struct claim c = { FAULT_proxies, STORY_POSSIBLE, NULL, NULL,
			   "The lines that say why are missing: debug crypto ipsec prints whether it was the "
			   "proxy identities or the transform set." };

	if (!r->peer || (x && x->refused))
		return;
	if (x)
		x->refused = true;
	judge_claim(r, r->peer, x, m->number, c);
	c.fault = FAULT_transform_encryption;
	judge_claim(r, r->peer, x, m->number, c);
}

/* AH or compression where ESP is wanted. */
void judge_no_protocol(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	struct claim c = { FAULT_transform_protocol, STORY_LIKELY, NULL, r->offer.encryption,
			   "The router does not say which attribute it does not accept." };

	if (!x || !x->e.message_id || x->refused)
		return;
	x->refused = true;
	if (!strncmp(r->offer.encryption, "AH_", 3) || !strncmp(r->offer.encryption, "COMP", 4)) {
		c.certainty = STORY_CERTAIN;
		c.missing = NULL;
	}
	judge_claim(r, r->peer, x, m->number, c);
}

void judge_invalidated(struct reader *r, const struct frame_message *m)
{
	const uint32_t code = value_number(&m->match, 0);

	if (code == 32)
		judge_no_proxies(r, m);
	else if (code == 256)
		judge_no_transform(r, m);
	else if (code == 64 && r->peer)
		judge_claim(r, r->peer, r->sa ? r->sa->at : NULL, m->number,
			    (struct claim){ .fault = FAULT_no_tunnel });
}

void judge_no_quick_reply(struct reader *r, const struct frame_message *m, bool end)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;

	if (!x || x->e.kind != STORY_QUICK || x->e.outcome == STORY_DONE || x->refused)
		return;
	judge_claim(
		r, r->peer, x, m->number,
		(struct claim){ FAULT_no_reply_qm, end ? STORY_CERTAIN : STORY_LIKELY, NULL, NULL, judge_ask_capture });
}

/* IOS begins an SA at a value that is a little less than its lifetime; less than that is another lifetime. */
void judge_ipsec_lifetime(struct reader *r, const struct frame_message *m)
{
	struct exchange *x = r->sa ? r->sa->at : NULL;
	struct message_value v;
	char ours[48], theirs[48];
	const char *slash;
	uint32_t s;

	if (!x || x->e.role != STORY_RESPONDER || !x->offer.life_s ||
	    !values_field(m->match.body, m->match.body_octets, "sa_lifetime(k/sec)=", &v))
		return;
	slash = memchr(v.text, '/', v.octets);
	if (!slash)
		return;
	v = (struct message_value){ slash + 1, (size_t)(v.text + v.octets - slash - 1) };
	s = value_number(&(struct message_match){ .values = { v }, .count = 1 }, 0);
	if (!s || s >= x->offer.life_s - x->offer.life_s / 8)
		return;
	snprintf(ours, sizeof(ours), "%u s left of a new SA", s);
	snprintf(theirs, sizeof(theirs), "%llu s", (unsigned long long)x->offer.life_s);
	judge_claim(
		r, r->peer, x, m->number,
		(struct claim){
			FAULT_lifetime_differs, STORY_LIKELY, ours, theirs,
			"The lifetime itself is not printed: show crypto ipsec sa, or the configuration, tells it. It is no "
			"failure." });
}
