#include "tests/engine/pair.h"

#include "ike/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define BEYOND 0
#else
#define BEYOND 64
#endif

static void say(struct pair_side *s, const char *text)
{
	const char *end;

	/* base/log.h: a final "\n" means that an empty line follows */
	for (;; text = end + 1) {
		end = strchr(text, '\n');
		if (s->line_count == s->line_room) {
			s->line_room = s->line_room ? 2 * s->line_room : 256;
			s->lines = realloc(s->lines, s->line_room * sizeof(*s->lines));
			if (!s->lines)
				abort();
		}
		s->lines[s->line_count] = end ? strndup(text, (size_t)(end - text)) : strdup(text);
		if (getenv("PAIR_VERBOSE"))
			fprintf(stderr, "%llu R%d %s\n", (unsigned long long)s->pair->now_ms, s->index + 2,
				s->lines[s->line_count]);
		s->line_count++;
		if (!end)
			return;
	}
}

static uint64_t now_ms(void *ctx)
{
	return ((struct pair_side *)ctx)->pair->now_ms;
}

static void random_octets(void *ctx, void *out, size_t octets)
{
	struct pair_side *s = ctx;

	for (size_t i = 0; i < octets; i++) {
		s->random ^= s->random << 13;
		s->random ^= s->random >> 7;
		s->random ^= s->random << 17;
		((uint8_t *)out)[i] = (uint8_t)(s->random >> 24);
	}
}

static void enqueue(struct pair *p, int to, const struct ike_path *path, const uint8_t *data, size_t octets,
		    uint64_t at_ms)
{
	if (p->queued == p->queue_room) {
		p->queue_room = p->queue_room ? 2 * p->queue_room : 16;
		p->queue = realloc(p->queue, p->queue_room * sizeof(*p->queue));
		if (!p->queue)
			abort();
	}
	p->queue[p->queued].at_ms = at_ms;
	p->queue[p->queued].to = to;
	p->queue[p->queued].path = *path;
	p->queue[p->queued].esp = false;
	p->queue[p->queued].octets = octets;
	memcpy(p->queue[p->queued].data, data, octets);
	p->queued++;
}

/* The port inside of what came for this one, or 0. */
static uint16_t port_inside(const struct pair_nat *n, uint16_t port)
{
	if (n->forwards && (port == 500 || port == 4500))
		return port;
	for (int i = 0; i < 2; i++)
		if (n->opened[i] && port == (i ? 4500 : 500) + n->shift)
			return i ? 4500 : 500;
	return 0;
}

bool pair_carry(struct pair *p, int from, const struct ike_path *path, struct ike_path *seen)
{
	struct pair_side *s = &p->side[from], *peer = &p->side[1 - from];

	*seen = (struct ike_path){ peer->addr, path->local, path->remote_port, path->local_port };
	if (s->nat.on) {
		if (!path->local_port)
			return false;
		seen->remote = s->nat.outside;
		seen->remote_port = (uint16_t)(path->local_port + s->nat.shift);
		s->nat.opened[path->local_port == 4500] = true;
	}
	if (!ip_equal(&path->remote, peer->nat.on ? &peer->nat.outside : &peer->addr))
		return false; /* to a stranger, whom nobody hears */
	if (peer->nat.on)
		seen->local_port = port_inside(&peer->nat, path->remote_port);
	return !peer->nat.on || seen->local_port;
}

unsigned pair_dice(struct pair *p, unsigned n)
{
	p->line = p->line * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((p->line >> 33) % n);
}

static uint64_t some_time(struct pair *p)
{
	return p->jitter_ms ? pair_dice(p, (unsigned)p->jitter_ms + 1) : 0;
}

static void send_datagram(void *ctx, const struct ike_path *path, const uint8_t *data, size_t octets)
{
	struct pair_side *s = ctx;
	struct pair *p = s->pair;
	struct pair_side *peer = &p->side[1 - s->index];
	uint8_t copy[PAIR_DATAGRAM];
	uint64_t at = p->now_ms + p->latency_ms;
	unsigned number = p->sent++;
	struct ike_path seen;

	s->sent++;
	if (octets > sizeof(copy) || !ip_equal(&path->local, &s->addr))
		abort();
	pair_check_sent(data, octets, "sent");
	memcpy(copy, data, octets);
	p->sending = *path;
	if (p->filter && !p->filter(p, s->index, number, copy, &octets))
		return;
	if (!pair_carry(p, s->index, path, &seen))
		return;
	if (p->cut[s->index] || (p->loss && pair_dice(p, 100) < p->loss))
		return;
	if (p->reorder && number % 2)
		at += 3 * p->latency_ms + 1;
	enqueue(p, peer->index, &seen, copy, octets, at + some_time(p));
	if (p->doubled && pair_dice(p, 100) < p->doubled)
		enqueue(p, peer->index, &seen, copy, octets, at + some_time(p) + pair_dice(p, 2000));
	for (unsigned i = 0; i < p->duplicate; i++)
		enqueue(p, peer->index, &seen, copy, octets, at + (i + 1) * (p->duplicate_after_ms + 1));
}

static bool dh_start(void *ctx, struct ike_dh_job *job)
{
	struct pair_side *s = ctx;
	struct pair *p = s->pair;

	if (!p->dh_ms || p->job_count == p->job_room)
		return false;
	p->jobs[p->job_count++] = (struct pair_job){ p->now_ms + p->dh_ms, s->index, job };
	return true;
}

static void timer(void *ctx, uint64_t at_ms)
{
	((struct pair_side *)ctx)->timer_ms = at_ms;
}

static struct pair_sa *find(struct pair_side *s, uint32_t ident, bool inbound, uint32_t spi)
{
	for (size_t i = 0; i < PAIR_SAS; i++)
		if (s->sas[i].there && s->sas[i].sa.ident == ident && s->sas[i].sa.inbound == inbound &&
		    s->sas[i].sa.spi == spi)
			return &s->sas[i];
	return NULL;
}

static int sa_install(void *ctx, const struct ike_ipsec_sa *sa)
{
	struct pair_side *s = ctx;

	if (s->fail_install)
		return -1;
	for (size_t i = 0; i < PAIR_SAS; i++) {
		struct pair_sa *x = &s->sas[i];

		if (x->there)
			continue;
		if (!sa->inbound && find(s, sa->ident, false, sa->spi))
			return -1; /* the peer chose it, and may choose it twice */
		if (find(s, sa->ident, sa->inbound, sa->spi) || sa->cipher_key_octets > sizeof(x->cipher_key) ||
		    sa->auth_key_octets > sizeof(x->auth_key))
			abort();
		*x = (struct pair_sa){ .there = true, .sa = *sa, .used_ms = s->pair->now_ms, .number = s->installs };
		memcpy(x->cipher_key, sa->cipher_key, sa->cipher_key_octets);
		memcpy(x->auth_key, sa->auth_key, sa->auth_key_octets);
		s->installs++;
		return 0;
	}
	return -1;
}

static void sa_release(void *ctx, uint32_t ident, uint32_t spi)
{
	struct pair_sa *x = find(ctx, ident, false, spi);

	if (!x || !x->sa.held_by)
		abort(); /* the engine releases only what it holds */
	x->sa.held_by = 0;
}

static void sa_remove(void *ctx, uint32_t ident, bool inbound, uint32_t spi)
{
	struct pair_side *s = ctx;
	struct pair_sa *x = find(s, ident, inbound, spi);

	if (!x)
		abort(); /* the engine removes only what it installed */
	x->there = false;
	s->removes++;
}

static void sa_move(void *ctx, uint32_t ident, bool inbound, uint32_t spi, const struct ike_path *path)
{
	struct pair_side *s = ctx;
	struct pair_sa *x = find(s, ident, inbound, spi);

	if (!x || !x->sa.remote_port)
		abort(); /* only what is encapsulated in UDP moves */
	x->sa.src = inbound ? path->remote : path->local;
	x->sa.dst = inbound ? path->local : path->remote;
	x->sa.local_port = path->local_port;
	x->sa.remote_port = path->remote_port;
	s->moves++;
}

static void nat_keepalive(void *ctx, const struct ike_path *path)
{
	struct pair_side *s = ctx;
	struct ike_path seen;

	s->keepalives++;
	s->kept = *path;
	pair_carry(s->pair, s->index, path, &seen);
}

static bool sa_usage(void *ctx, uint32_t ident, bool inbound, uint32_t spi, struct ike_sa_usage *out)
{
	struct pair_sa *x = find(ctx, ident, inbound, spi);

	if (x)
		*out = (struct ike_sa_usage){ .packets = x->packets,
					      .octets = x->octets,
					      .idle_ms = ((struct pair_side *)ctx)->pair->now_ms - x->used_ms };
	return x;
}

/* --- ESP --------------------------------------------------------------------------------------------------------- */

struct pair_esp {
	uint32_t spi;
	uint64_t sequence;
	unsigned octets;
	uint8_t cipher_key[64], auth_key[64];
};

void pair_carried(struct pair *p, int side, struct pair_sa *sa, uint64_t octets)
{
	sa->octets = octets;
	if (sa->told_volume || !sa->sa.soft_octets || octets < sa->sa.soft_octets)
		return;
	sa->told_volume = true;
	ike_sa_volume(p->side[side].ike, sa->sa.ident, sa->sa.inbound, sa->sa.spi);
}

void pair_took(struct pair *p, int side, struct pair_sa *sa, unsigned octets)
{
	sa->used_ms = p->now_ms;
	if (!sa->packets++)
		ike_sa_proven(p->side[side].ike, sa->sa.ident, sa->sa.spi);
	pair_carried(p, side, sa, sa->octets + octets);
}

/* Held SAs wait for the inbound SA of their pair, as in esp/outbound.c. */
static bool may_go(struct pair_side *s, const struct pair_sa *x)
{
	const struct pair_sa *in = x->sa.held_by ? find(s, x->sa.ident, true, x->sa.held_by) : NULL;

	return !x->sa.held_by || (in && in->packets);
}

static struct pair_sa *current(struct pair_side *s)
{
	struct pair_sa *best = NULL;

	for (size_t i = 0; i < PAIR_SAS; i++) {
		struct pair_sa *x = &s->sas[i];

		if (x->there && !x->sa.inbound && may_go(s, x) && (!best || x->number > best->number))
			best = x;
	}
	return best;
}

void pair_send_through(struct pair *p, int from, struct pair_sa *out, unsigned octets)
{
	const struct ike_path path = { out->sa.src, out->sa.dst, out->sa.local_port, out->sa.remote_port };
	struct pair_esp e = { .spi = out->sa.spi, .octets = octets, .sequence = out->packets + 1 };
	struct ike_path seen;

	p->side[from].esp_sent++;
	memcpy(e.cipher_key, out->cipher_key, sizeof(e.cipher_key));
	memcpy(e.auth_key, out->auth_key, sizeof(e.auth_key));
	out->used_ms = p->now_ms;
	out->packets++;
	if (pair_carry(p, from, &path, &seen) && !p->cut[from] && !(p->loss_esp && pair_dice(p, 100) < p->loss_esp)) {
		enqueue(p, 1 - from, &seen, (const uint8_t *)&e, sizeof(e), p->now_ms + p->latency_ms + some_time(p));
		p->queue[p->queued - 1].esp = true;
	}
	pair_carried(p, from, out, out->octets + octets);
}

/* As in esp/inbound.c: only what is newer than all before it shows where the peer is. */
static void follow(struct pair_side *s, struct pair_sa *x, const struct pair_esp *e, const struct ike_path *path)
{
	const bool newer = e->sequence > x->highest;

	if (newer)
		x->highest = e->sequence;
	if (newer && x->sa.remote_port &&
	    (!ip_equal(&x->sa.src, &path->remote) || x->sa.remote_port != path->remote_port))
		ike_peer_moved(s->ike, x->sa.ident, x->sa.spi, path);
}

void pair_send_esp(struct pair *p, int from, unsigned octets)
{
	struct pair_sa *out = current(&p->side[from]);

	if (out) {
		pair_send_through(p, from, out, octets);
		return;
	}
	p->side[from].esp_no_sa++;
	if (getenv("PAIR_VERBOSE"))
		fprintf(stderr, "%llu R%d has no SA\n", (unsigned long long)p->now_ms, from + 2);
}

static void take_esp(struct pair *p, const struct pair_packet *packet)
{
	struct pair_side *s = &p->side[packet->to];
	struct pair_esp e;

	memcpy(&e, packet->data, sizeof(e));
	for (size_t i = 0; i < PAIR_SAS; i++) {
		struct pair_sa *x = &s->sas[i];

		if (!x->there || !x->sa.inbound || x->sa.spi != e.spi ||
		    memcmp(x->cipher_key, e.cipher_key, sizeof(e.cipher_key)) ||
		    memcmp(x->auth_key, e.auth_key, sizeof(e.auth_key)))
			continue;
		s->esp_taken++;
		follow(s, x, &e, &packet->path);
		pair_took(p, packet->to, x, e.octets);
		return;
	}
	s->esp_refused++;
	if (getenv("PAIR_VERBOSE"))
		fprintf(stderr, "%llu R%d refuses ESP 0x%X\n", (unsigned long long)p->now_ms, packet->to + 2, e.spi);
	ike_invalid_spi(s->ike, &packet->path.local, &packet->path.remote, e.spi, e.octets + 20);
}

/* What the router logs at this moment. */
static void ident_state(void *ctx, uint32_t ident, bool up)
{
	struct pair_side *s = ctx;
	char text[128];

	if (ident < 8 && s->up[ident] == up)
		abort(); /* only changes are reported */
	if (ident < 8)
		s->up[ident] = up;
	if (up)
		s->ups++;
	else
		s->downs++;
	snprintf(text, sizeof(text), "%%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to %s",
		 up ? "up" : "down");
	say(s, text);
}

static bool ident_cloned(void *ctx, uint32_t template, uint32_t ident, struct ike_ident *config)
{
	struct pair_side *s = ctx;

	if (!template || template == ident)
		abort();
	if (s->refuse_clone)
		return false;
	snprintf(config->map, sizeof(config->map), "Virtual-Access%u-head-0", ++s->clones);
	snprintf(config->ifname, sizeof(config->ifname), "Virtual-Access%u", s->clones);
	s->clone = *config;
	return true;
}

static void ident_gone(void *ctx, uint32_t ident)
{
	struct pair_side *s = ctx;

	for (size_t i = 0; i < PAIR_SAS; i++)
		if (s->sas[i].there && s->sas[i].sa.ident == ident)
			abort(); /* its SAs went before */
	s->gone++;
}

static void debug(void *ctx, enum ike_debug kind, const char *text)
{
	(void)kind;
	say(ctx, text);
}

static void syslog_message(void *ctx, enum log_severity sev, const char *facility, const char *mnemonic,
			   const char *text)
{
	char line[1024];

	snprintf(line, sizeof(line), "%%%s-%d-%s: %s", facility, (int)sev, mnemonic, text);
	say(ctx, line);
}

static void engine(struct pair_side *s)
{
	const struct ike_ops ops = { .ctx = s,
				     .now_ms = now_ms,
				     .random = random_octets,
				     .send = send_datagram,
				     .dh_start = dh_start,
				     .timer = timer,
				     .sa_install = sa_install,
				     .sa_release = sa_release,
				     .sa_remove = sa_remove,
				     .sa_move = sa_move,
				     .nat_keepalive = nat_keepalive,
				     .sa_usage = sa_usage,
				     .ident_state = ident_state,
				     .ident_cloned = ident_cloned,
				     .ident_gone = ident_gone,
				     .debug = debug,
				     .syslog = syslog_message };

	/* any peer there is: a line that is about nobody is not said, and missed by the tests */
	static const struct ike_conditions anybody = { .list = { { .kind = IKE_BY_SUBNET, .address.addr.family = 4 },
								 { .kind = IKE_BY_SUBNET, .address.addr.family = 6 } },
						       .count = 2 };

	s->timer_ms = UINT64_MAX;
	s->ike = ike_new(&ops);
	if (!s->ike)
		abort();
	ike_set_conditions(s->ike, &anybody);
	ike_set_debug(s->ike, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC | IKE_DEBUG_KMI);
}

struct pair *pair_new(uint64_t seed)
{
	struct pair *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	pair_watch_memory();
	p->now_ms = 1000000;
	p->crypto = ike_crypto_new();
	if (!p->crypto)
		abort();
	p->latency_ms = 1;
	p->job_room = PAIR_JOBS;
	p->line = seed;
	p->traffic_octets = 1000;
	for (int i = 0; i < 2; i++) {
		p->side[i].pair = p;
		p->side[i].index = i;
		p->side[i].random = (seed + (uint64_t)i * 7919 + 1) * UINT64_C(0x9E3779B97F4A7C15);
		engine(&p->side[i]);
	}
	return p;
}

/* Who computes goes away: all jobs of a side, before its engine. */
static void drop_jobs(struct pair *p, int side)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < p->job_count; i++) {
		if (p->jobs[i].side == side)
			ike_dh_job_free(p->jobs[i].job);
		else
			p->jobs[kept++] = p->jobs[i];
	}
	p->job_count = kept;
}

void pair_free(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		drop_jobs(p, i);
		ike_free(p->side[i].ike);
		pair_forget(p, i);
		free(p->side[i].lines);
	}
	ike_crypto_free(p->crypto);
	free(p->queue);
	free(p);
}

void pair_crash(struct pair *p, int side)
{
	struct pair_side *s = &p->side[side];

	drop_jobs(p, side);
	ike_free(s->ike);
	memset(s->sas, 0, sizeof(s->sas));
	memset(s->up, 0, sizeof(s->up));
	engine(s);
}

void pair_setup(struct pair_setup *s, int side, unsigned family)
{
	static const char *const addr[2][2] = { { "10.1.1.2", "10.1.1.3" }, { "2001:DB8::2", "2001:DB8::3" } };
	struct ike_ident *i = &s->idents[0];
	const bool v6 = family == 6;

	memset(s, 0, sizeof(*s));
	s->family = family;
	s->policies[0] = (struct isakmp_policy){ .priority = 10,
						 .auth = ISAKMP_AUTH_PRE_SHARE,
						 .group = ISAKMP_GROUP_DEFAULT,
						 .lifetime_s = ISAKMP_LIFETIME_DEFAULT_S };
	s->policy_count = 1;
	s->natt = true;
	ip_parse_prefix(v6 ? "::/0" : "0.0.0.0/0", &s->keys[0].peer);
	snprintf(s->keys[0].key, sizeof(s->keys[0].key), "cisco");
	s->key_count = 1;
	snprintf(i->map, sizeof(i->map), "Tunnel23-head-0");
	snprintf(i->ifname, sizeof(i->ifname), "Tunnel23");
	snprintf(i->out_ifname, sizeof(i->out_ifname), "Ethernet0/0");
	ip_parse(addr[v6][side], &i->local);
	ip_parse(addr[v6][1 - side], &i->remote);
	ip_parse_prefix(v6 ? "::/0" : "0.0.0.0/0", &i->local_proxy);
	i->remote_proxy = i->local_proxy;
	i->proposals[0].cipher = ESP_CIPHER_AES;
	i->proposals[0].keybits = 128;
	i->proposals[0].auth = ESP_AUTH_SHA;
	i->proposal_count = 1;
	i->lifetime_s = 3600;
	i->lifetime_kb = 4608000;
	i->replay_window = 64;
	i->path_mtu = 1500;
	i->responder_only = side == 1;
	s->ident_count = 1;
}

void pair_configure(struct pair *p, int side, const struct pair_setup *s)
{
	const struct ike_settings settings = { .policies = s->policies,
					       .policy_count = s->policy_count,
					       .keys = s->keys,
					       .key_count = s->key_count,
					       .identity = s->identity,
					       .hostname = s->hostname,
					       .keepalive = s->keepalive,
					       .invalid_spi_recovery = s->invalid_spi_recovery,
					       .session_logging = s->session_logging,
					       .natt = s->natt,
					       .nat_keepalive_s = s->nat_keepalive_s,
					       .fragmentation = s->fragmentation,
					       .sa_limit = s->sa_limit,
					       .negotiation_limit = s->negotiation_limit,
					       .keyrings = s->keyrings,
					       .keyring_count = s->keyring_count,
					       .profiles = s->profiles,
					       .profile_count = s->profile_count,
					       .peers = s->peers,
					       .peer_count = s->peer_count,
					       .aggressive = s->aggressive,
					       .enabled = true };

	p->side[side].addr = s->idents[0].local;
	if (ike_configure(p->side[side].ike, &settings))
		abort();
}

void pair_start(struct pair *p, int side, const struct pair_setup *s)
{
	struct pair_setup other;

	pair_setup(&other, 1 - side, s->family);
	if (!p->side[1 - side].addr.family)
		p->side[1 - side].addr = other.idents[0].local;
	pair_configure(p, side, s);
	for (size_t i = 0; i < s->ident_count; i++) {
		p->side[side].idents[i] = ike_ident_add(p->side[side].ike, &s->idents[i]);
		if (!p->side[side].idents[i])
			abort();
	}
}

struct ike_path pair_path(const struct pair *p, int side)
{
	return (struct ike_path){ p->side[side].addr, p->side[1 - side].addr, 500, 500 };
}

void pair_inject(struct pair *p, int to, const void *data, size_t octets)
{
	const struct ike_path path = pair_path(p, to);

	pair_inject_from(p, to, &path, data, octets);
}

void pair_enqueue(struct pair *p, int to, const struct ike_path *path, const void *data, size_t octets)
{
	enqueue(p, to, path, data, octets, p->now_ms + p->latency_ms);
}

void pair_nat(struct pair *p, struct pair_setup s[2], int side, const char *outside, uint16_t shift, bool forwards)
{
	struct pair_nat *n = &p->side[side].nat;

	n->on = true;
	n->forwards = forwards;
	pair_nat_renew(p, side, outside, shift);
	for (size_t i = 0; i < s[1 - side].ident_count; i++)
		s[1 - side].idents[i].remote = n->outside;
}

void pair_nat_renew(struct pair *p, int side, const char *outside, uint16_t shift)
{
	struct pair_nat *n = &p->side[side].nat;

	if (outside && !ip_parse(outside, &n->outside))
		abort();
	n->shift = shift;
	n->opened[0] = n->opened[1] = false;
}

void pair_inject_from(struct pair *p, int to, const struct ike_path *path, const void *data, size_t octets)
{
	/* of exactly this size, so that the sanitizer sees a read beyond it; without it, what is beyond is not zero */
	uint8_t *copy = malloc(octets + BEYOND);

	if (!copy)
		abort();
	pair_unwritten(copy, octets + BEYOND);
	if (octets)
		memcpy(copy, data, octets);
	ike_feed(p->side[to].ike, path, copy, octets);
	free(copy);
}

/* The earliest of queue and timers; false when it is later than `until`. */
static bool one(struct pair *p, uint64_t until)
{
	struct pair_packet *first = NULL, copy;
	struct pair_job *job = NULL;
	uint64_t at = until + 1;
	int timer_of = -1;

	for (size_t i = 0; i < p->queued; i++) {
		if (p->queue[i].at_ms < at) {
			at = p->queue[i].at_ms;
			first = &p->queue[i];
		}
	}
	for (int i = 0; i < 2; i++) {
		if (p->side[i].timer_ms < at) {
			at = p->side[i].timer_ms;
			timer_of = i;
		}
	}
	for (unsigned i = 0; i < p->job_count; i++) {
		if (p->jobs[i].at_ms < at) {
			at = p->jobs[i].at_ms;
			job = &p->jobs[i];
		}
	}
	if (p->traffic_ms && p->traffic_next_ms < p->now_ms)
		p->traffic_next_ms = p->now_ms;
	if (p->traffic_ms && p->traffic_next_ms < at) {
		if (p->traffic_next_ms > until)
			return false;
		p->now_ms = p->traffic_next_ms;
		p->traffic_next_ms += p->traffic_ms;
		pair_send_esp(p, 0, p->traffic_octets);
		pair_send_esp(p, 1, p->traffic_octets);
		return true;
	}
	if (at > until)
		return false;
	if (at > p->now_ms)
		p->now_ms = at;
	if (job) {
		const struct pair_job done = *job;

		*job = p->jobs[--p->job_count];
		ike_dh_compute(p->crypto, done.job);
		p->jobs_done++;
		ike_dh_done(p->side[done.side].ike, done.job);
		return true;
	}
	if (timer_of >= 0) {
		p->side[timer_of].timer_ms = UINT64_MAX;
		ike_timer(p->side[timer_of].ike);
		return true;
	}
	copy = *first;
	p->queued--;
	memmove(first, first + 1, (size_t)(p->queue + p->queued - first) * sizeof(*first));
	if (copy.esp)
		take_esp(p, &copy);
	else
		pair_inject_from(p, copy.to, &copy.path, copy.data, copy.octets);
	return true;
}

void pair_run(struct pair *p, uint64_t ms)
{
	const uint64_t until = p->now_ms + ms;

	for (unsigned guard = 0; one(p, until); guard++)
		if (guard > 2000000)
			abort(); /* a loop that does not let time pass */
	p->now_ms = until;
}
