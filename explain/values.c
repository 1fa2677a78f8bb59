/* Transforms as their attributes tell them, and what was agreed upon, with the configuration it comes from. */
#define _GNU_SOURCE /* memmem */
#include "explain/track.h"

#include <stdio.h>
#include <stdlib.h>

bool values_field(const char *text, size_t octets, const char *name, struct message_value *out)
{
	const size_t n = strlen(name);
	const char *p = text, *end = text + octets;

	while ((p = memmem(p, (size_t)(end - p), name, n))) {
		const char *q = p + n;

		/* "local=" is not the end of another name */
		if (p > text && (p[-1] == '_' || (p[-1] >= 'a' && p[-1] <= 'z'))) {
			p = q;
			continue;
		}
		while (q < end && *q == ' ')
			q++;
		p = q;
		while (q < end && *q != ',' && *q != '\n')
			q++;
		while (q > p && q[-1] == ' ')
			q--;
		*out = (struct message_value){ p, (size_t)(q - p) };
		return q > p;
	}
	return false;
}

static void copy(char *out, size_t room, const struct message_value *v)
{
	size_t n = v->octets < room ? v->octets : room - 1;

	memcpy(out, v->text, n);
	out[n] = '\0';
}

static void add(struct reader *r, struct exchange *x, const char *what, const char *value, const char *config)
{
	struct story_value *more, *v;

	for (unsigned i = 0; i < x->e.value_count; i++)
		if (!strcmp(x->e.values[i].what, what))
			return;
	more = realloc(x->e.values, (x->e.value_count + 1) * sizeof(*more));
	if (!more) {
		r->failed = true;
		return;
	}
	x->e.values = more;
	v = &more[x->e.value_count];
	v->what = strdup(what);
	v->value = strdup(value);
	v->config = strdup(config);
	if (!v->what || !v->value || !v->config) {
		free(v->what);
		free(v->value);
		free(v->config);
		r->failed = true;
		return;
	}
	x->e.value_count++;
}

/* --- attributes ---- */

static bool begins(const struct message_match *m, const char *text)
{
	const size_t n = strlen(text);

	return m->body_octets >= n && !memcmp(m->body, text, n);
}

static void set(const struct message_match *m, unsigned i, char out[TRACK_WORD])
{
	if (i < m->count)
		value_copy(m, i, out, TRACK_WORD);
}

/* "0x0 0x1 0x51 0x80" */
static uint64_t duration(const struct message_match *m)
{
	const char *p, *end;
	uint64_t n = 0;

	if (!m->count)
		return 0;
	if (!value_begins(m, 0, "0x"))
		return value_number(m, 0);
	p = m->values[0].text;
	end = p + m->values[0].octets;
	while (p + 2 < end && p[0] == '0' && p[1] == 'x') {
		unsigned octet = 0;

		for (p += 2; p < end && *p != ' '; p++) {
			char c = (char)(*p | 0x20);

			octet = octet * 16 + (unsigned)(c >= 'a' ? c - 'a' + 10 : c & 0xf);
		}
		n = n << 8 | (octet & 0xff);
		while (p < end && *p == ' ')
			p++;
	}
	return n;
}

static void attribute(struct reader *r, const struct message_match *m)
{
	struct offer *o = &r->offer;

	if (begins(m, "encryption"))
		set(m, 0, o->encryption);
	else if (begins(m, "keylength") || begins(m, "key length"))
		o->keybits = value_number(m, 0);
	else if (begins(m, "hash") || begins(m, "authenticator"))
		set(m, 0, o->hash);
	else if (begins(m, "default group") || begins(m, "group is"))
		set(m, 0, o->group);
	else if (begins(m, "auth"))
		set(m, 0, o->auth);
	else if (begins(m, "encaps"))
		set(m, m->count > 1 ? 1 : 0, o->encaps);
	else if (begins(m, "life type") || begins(m, "SA life type"))
		o->kilobytes = value_is(m, 0, "kilobytes");
	else if (begins(m, "life duration") || begins(m, "SA life duration"))
		*(o->kilobytes ? &o->life_kb : &o->life_s) = duration(m);
}

/* --- what was agreed upon ---- */

static void lower(char *p)
{
	for (; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
}

static void agree1(struct reader *r, struct exchange *x)
{
	const struct offer *o = &r->offer;
	char policy[64], text[160], value[96], word[TRACK_WORD];

	x->offer = *o;
	if (o->priority > 65000)
		snprintf(policy, sizeof(policy), "default policy %u", o->priority);
	else if (o->priority)
		snprintf(policy, sizeof(policy), "crypto isakmp policy %u", o->priority);
	else
		snprintf(policy, sizeof(policy), "crypto isakmp policy N");
	if (*o->encryption) {
		const char *name = !strncmp(o->encryption, "AES", 3)    ? "aes"
				   : !strncmp(o->encryption, "3DES", 4) ? "3des"
				   : !strncmp(o->encryption, "DES", 3)  ? "des"
									: o->encryption;

		if (o->keybits) {
			snprintf(value, sizeof(value), "%s %u", o->encryption, o->keybits);
			snprintf(text, sizeof(text), "%s: encryption %s %u", policy, name, o->keybits);
		} else {
			snprintf(value, sizeof(value), "%s", o->encryption);
			snprintf(text, sizeof(text), "%s: encryption %s", policy, name);
		}
		add(r, x, "encryption", value, text);
	}
	if (*o->hash) {
		snprintf(word, sizeof(word), "%s", o->hash);
		lower(word);
		snprintf(text, sizeof(text), "%s: hash %s", policy, word);
		add(r, x, "hash", o->hash, text);
	}
	if (*o->group) {
		snprintf(text, sizeof(text), "%s: group %s", policy, o->group);
		add(r, x, "Diffie-Hellman group", o->group, text);
	}
	if (*o->auth) {
		snprintf(text, sizeof(text), "%s: authentication %s", policy,
			 !strcmp(o->auth, "RSA sig") ? "rsa-sig" : o->auth);
		add(r, x, "authentication", o->auth, text);
	}
}

static void lifetime1(struct reader *r, struct exchange *x, unsigned seconds)
{
	char value[32], text[96];

	snprintf(value, sizeof(value), "%u s", seconds);
	snprintf(text, sizeof(text), "crypto isakmp policy %u: lifetime %u", x->offer.priority, seconds);
	add(r, x, "lifetime", value, text);
}

static void agree2(struct reader *r, struct exchange *x)
{
	const struct offer *o = &r->offer;
	char text[192], value[96];
	const bool esp = !strncmp(o->encryption, "ESP_", 4);
	char cipher[TRACK_WORD], hash[TRACK_WORD];

	x->offer = *o;
	snprintf(cipher, sizeof(cipher), "%s", esp ? o->encryption + 4 : o->encryption);
	snprintf(hash, sizeof(hash), "%s", !strncmp(o->hash, "HMAC-", 5) ? o->hash + 5 : o->hash);
	lower(cipher);
	lower(hash);
	if (*cipher) {
		if (o->keybits) {
			snprintf(value, sizeof(value), "%s %u", o->encryption, o->keybits);
			snprintf(text, sizeof(text), "crypto ipsec transform-set NAME: %s%s %u", esp ? "esp-" : "",
				 cipher, o->keybits);
		} else {
			snprintf(value, sizeof(value), "%s", o->encryption);
			snprintf(text, sizeof(text), "crypto ipsec transform-set NAME: %s%s", esp ? "esp-" : "",
				 cipher);
		}
		add(r, x, "transform", value, text);
	}
	if (*hash) {
		snprintf(text, sizeof(text), "crypto ipsec transform-set NAME: esp-%s-hmac", hash);
		add(r, x, "integrity", o->hash, text);
	}
	if (*o->encaps)
		add(r, x, "mode", o->encaps,
		    o->encaps[1] == 'u' ? "crypto ipsec transform-set NAME: mode tunnel; interface TunnelN: "
					  "tunnel mode ipsec ..."
					: "crypto ipsec transform-set NAME: mode transport");
	if (*o->group) {
		snprintf(value, sizeof(value), "group %s", o->group);
		snprintf(text, sizeof(text), "crypto ipsec profile NAME: set pfs group%s", o->group);
		add(r, x, "PFS", value, text);
	} else {
		add(r, x, "PFS", "none", "crypto ipsec profile NAME: no set pfs");
	}
	if (o->life_s) {
		snprintf(value, sizeof(value), "%llu s", (unsigned long long)o->life_s);
		snprintf(text, sizeof(text), "crypto ipsec security-association lifetime seconds %llu",
			 (unsigned long long)o->life_s);
		add(r, x, "offered lifetime", value, text);
	}
	if (o->life_kb) {
		snprintf(value, sizeof(value), "%llu kB", (unsigned long long)o->life_kb);
		snprintf(text, sizeof(text), "crypto ipsec security-association lifetime kilobytes %llu",
			 (unsigned long long)o->life_kb);
		add(r, x, "offered volume", value, text);
	}
}

/* "10.1.0.0/255.255.0.0/256/0" without protocol and port when they are any. */
static void proxy(const struct message_value *v, char *out, size_t room)
{
	struct message_value x = *v;
	static const char *const any[] = { "/256/0", "/0/0" };

	for (unsigned i = 0; i < 2; i++) {
		const char *at = memmem(x.text, x.octets, any[i], strlen(any[i]));

		if (at && memchr(x.text, '/', (size_t)(at - x.text))) {
			x.octets = (size_t)(at - x.text);
			break;
		}
	}
	copy(out, room, &x);
}

static void proxies(struct reader *r, const struct message_match *m)
{
	struct message_value local, remote;
	char l[56], p[56];

	if (!r->peer || !values_field(m->body, m->body_octets, "local_proxy=", &local) ||
	    !values_field(m->body, m->body_octets, "remote_proxy=", &remote))
		return;
	proxy(&local, l, sizeof(l));
	proxy(&remote, p, sizeof(p));
	snprintf(r->peer->proxies, sizeof(r->peer->proxies), "%s <-> %s", l, p);
}

/* What this router itself asks for: "esp-aes 256 esp-sha-hmac  (Tunnel)". */
static void own_request(struct reader *r, const struct message_match *m)
{
	struct message_value transform, bits;
	struct offer *o = &r->peer->own;
	char text[128], *save = NULL;

	if (!values_field(m->body, m->body_octets, "transform=", &transform) || transform.octets < 4)
		return;
	*o = (struct offer){ 0 };
	copy(text, sizeof(text), &transform);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		const size_t n = strlen(w);

		if (!strcmp(w, "NONE"))
			return;
		if (w[0] == '(')
			snprintf(o->encaps, sizeof(o->encaps), "%.*s", (int)(n > 2 ? n - 2 : 0), w + 1);
		else if (n > 5 && !strcmp(w + n - 5, "-hmac"))
			snprintf(o->hash, sizeof(o->hash), "%.*s", (int)(n - 9 < n ? n - 9 : 0), w + 4);
		else if (!strncmp(w, "esp-", 4))
			snprintf(o->encryption, sizeof(o->encryption), "%s", w + 4);
	}
	if (values_field(m->body, m->body_octets, "keysize=", &bits))
		o->keybits = value_number(&(struct message_match){ .values = { bits }, .count = 1 }, 0);
	r->peer->has_own = *o->encryption != '\0';
}

/* "Tunnel23-head-0", or "CMAP, 10": the tunnel or the entry of a crypto map. */
static void found_map(struct reader *r, struct exchange *x, const struct message_match *v)
{
	char map[TRACK_WORD], text[96];

	value_copy(v, 0, map, sizeof(map));
	if (!strncmp(map, "Tunnel", 6)) {
		snprintf(text, sizeof(text), "interface %.*s: tunnel protection ipsec profile NAME",
			 (int)strcspn(map, "-"), map);
	} else {
		if (v->count > 1)
			snprintf(map + strlen(map), sizeof(map) - strlen(map), " %u", value_number(v, 1));
		snprintf(text, sizeof(text), "crypto map %s ipsec-isakmp", map);
	}
	add(r, x, "crypto map", map, text);
}

/* Messages of the data plane know an SA by this number only. */
static void made_sa(struct reader *r, const struct message_match *v)
{
	struct message_value text;
	uint32_t id;

	if (!r->peer || !values_field(v->body, v->body_octets, "sa_conn_id=", &text))
		return;
	id = value_number(&(struct message_match){ .values = { text }, .count = 1 }, 0);
	r->pairs[id % TRACK_PAIRS].id = id;
	r->pairs[id % TRACK_PAIRS].peer = r->peer;
}

void values_message(struct reader *r, const struct frame_message *m)
{
	const struct message_match *v = &m->match;
	struct exchange *x = r->sa ? r->sa->at : NULL;

	switch (v->message->id) {
	case MSG_checking1:
		r->offer = (struct offer){ .transform = value_number(v, 0), .priority = value_number(v, 1) };
		break;
	case MSG_checking2:
		r->offer = (struct offer){ 0 };
		break;
	case MSG_transform:
		r->offer = (struct offer){ .transform = value_number(v, 0) };
		value_copy(v, 1, r->offer.encryption, sizeof(r->offer.encryption));
		break;
	case MSG_attr:
		attribute(r, v);
		break;
	case MSG_atts_ok1:
		if (r->sa && r->sa->phase1)
			agree1(r, r->sa->phase1);
		break;
	case MSG_life_returning:
		if (r->sa && r->sa->phase1)
			lifetime1(r, r->sa->phase1, value_number(v, 0));
		break;
	case MSG_atts_ok2:
		if (x && x->e.message_id)
			agree2(r, x);
		break;
	case MSG_sa_request:
		proxies(r, v);
		if (r->peer)
			own_request(r, v);
		break;
	case MSG_validate:
		proxies(r, v);
		if (r->peer && x && x->e.message_id && !*x->e.proxies)
			track_text(r, &x->e.proxies, r->peer->proxies, strlen(r->peer->proxies));
		break;
	case MSG_map_found:
		if (x && x->e.message_id)
			found_map(r, x, v);
		break;
	case MSG_create_sa:
		proxies(r, v);
		made_sa(r, v);
		break;
	default:
		break;
	}
}
