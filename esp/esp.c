/* Control's side: tunnels and SAs in lists, from which the next table is built and published. */
#include "esp/esp.h"
#include "esp/hops.h"
#include "esp/worker.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <string.h>

struct tunnel {
	TAILQ_ENTRY(tunnel) link;
	struct esp_tunnel params;
	TAILQ_HEAD(sa_list, sa) sas; /* newest first */
	struct tunnel_runtime *run;
};

struct esp {
	struct plane plane;
	struct worker workers[WORKER_KINDS][NETIF_WORKERS_MAX];
	OSSL_PROVIDER *standard, *legacy;
	TAILQ_HEAD(, tunnel) tunnels;
	struct hops hops;
	/* One is published, the next is built in the other. */
	struct table tables[2];
	unsigned current;
};

const char *esp_drop_name(enum esp_drop d)
{
	static const char *const names[ESP_DROP_COUNT] = { [ESP_OK] = "ok",
#define X(id, text) [id] = (text),
							   ESP_DROPS(X)
#undef X
	};

	return d >= 0 && d < ESP_DROP_COUNT ? names[d] : "unknown";
}

static struct tunnel *find_tunnel(struct esp *e, uint32_t id)
{
	struct tunnel *t;

	TAILQ_FOREACH (t, &e->tunnels, link)
		if (t->params.id == id)
			return t;
	return NULL;
}

static struct sa *find_sa(const struct tunnel *t, bool inbound, uint32_t spi)
{
	struct sa *sa;

	TAILQ_FOREACH (sa, &t->sas, link)
		if (sa->params.inbound == inbound && sa->params.spi == spi)
			return sa;
	return NULL;
}

static struct sa *newest(const struct tunnel *t, bool inbound)
{
	struct sa *sa;

	TAILQ_FOREACH (sa, &t->sas, link)
		if (sa->params.inbound == inbound)
			return sa;
	return NULL;
}

/* The newest outbound SA that need not wait. */
static struct sa *current_of(const struct tunnel *t)
{
	struct sa *sa;

	TAILQ_FOREACH (sa, &t->sas, link)
		if (!sa->params.inbound && !sa->params.held_by)
			return sa;
	return NULL;
}

static unsigned mtu_with(const struct tunnel *t, const struct sa *out)
{
	unsigned fits =
		out ? esp_plaintext_mtu(&out->suite.info, t->params.path_mtu, out->params.dst.family, sa_in_udp(out))
		    : 0;

	return t->params.mtu && t->params.mtu < fits ? t->params.mtu : fits;
}

static struct table_tunnel table_row(const struct esp *e, const struct tunnel *t, const struct table *next)
{
	struct sa *out = current_of(t), *held = newest(t, false);
	const struct sa *by = held && held != out ? find_sa(t, true, held->params.held_by) : NULL;

	struct table_tunnel row = { .id = t->params.id,
				    .uso = t->params.uso,
				    .inner_family = t->params.inner_family,
				    .mtu = mtu_with(t, out),
				    .limit = t->params.mtu ? t->params.mtu : UINT_MAX,
				    .df = t->params.df,
				    .cut_after = t->params.cut_after,
				    .out = out,
				    .held = by ? held : NULL,
				    .held_by = by,
				    .held_mtu = by ? mtu_with(t, held) : 0,
				    .hop = hops_find(&e->hops, next->hops, &t->params.local, &t->params.remote),
				    .run = t->run };

	memcpy(row.tun_fd, t->params.tun_fd, sizeof(row.tun_fd));
	return row;
}

/* Empties the table that is not published and makes room for all there is. False when out of memory. */
static bool reserve(struct esp *e)
{
	size_t tunnels = 0, sas = 0, outs = 0;
	struct tunnel *t;
	struct sa *sa;

	TAILQ_FOREACH (t, &e->tunnels, link) {
		tunnels++;
		TAILQ_FOREACH (sa, &t->sas, link)
			++*(sa->params.inbound ? &sas : &outs);
	}
	return table_reserve(&e->tables[!e->current], tunnels, sas, outs, e->hops.rows);
}

/*
 * Builds the next table from the lists and waits until nobody uses the old one. False when out of memory; what is
 * published stays. After a removal that cannot be: both tables have room for all there was.
 */
static bool publish(struct esp *e)
{
	struct table *next = &e->tables[!e->current];
	struct tunnel *t;
	struct sa *sa;

	if (!reserve(e))
		return false;
	hops_fill(&e->hops, next->hops);
	TAILQ_FOREACH (t, &e->tunnels, link) {
		struct table_tunnel row = table_row(e, t, next);
		const struct table_tunnel *placed = table_add_tunnel(next, &row);

		TAILQ_FOREACH (sa, &t->sas, link)
			table_add_sa(next, sa, placed);
	}
	published_swap(&e->plane.published, next);
	e->current = !e->current;
	return true;
}

/* After an addition. False: it may be published; take it back, and publish that. */
static bool publish_more(struct esp *e)
{
	return publish(e) && reserve(e);
}

static bool load_crypto(struct esp *e)
{
	e->plane.lib = OSSL_LIB_CTX_new();
	if (!e->plane.lib)
		return false;
	e->standard = OSSL_PROVIDER_load(e->plane.lib, "default");
	return e->standard != NULL;
}

static unsigned lanes(const struct esp *e)
{
	return e->plane.config.workers;
}

static int start(struct esp *e)
{
	int err;

	if (!load_crypto(e))
		return -ENOTSUP;
	e->plane.engines =
		engines_new(e->plane.lib, lanes(e), e->plane.config.multi ? ENGINES_MEASURED : ENGINES_OPENSSL);
	if (!e->plane.engines)
		return -errno;
	err = ike_pair_open(&e->plane.ike);
	if (!err)
		err = ike_pair_open(&e->plane.ike_first);
	if (!err && (!table_reserve(&e->tables[0], 1, 1, 1, 0) || !publish(e)))
		err = -ENOMEM;
	for (enum worker_kind kind = 0; kind < WORKER_KINDS; kind++)
		for (unsigned k = 0; k < lanes(e) && !err; k++)
			err = worker_start(&e->workers[kind][k], &e->plane, kind, k);
	engines_settle(e->plane.engines);
	return err;
}

struct esp *esp_new_io(const struct esp_io *io, const struct esp_config *config)
{
	struct esp *e;
	int err;

	if (!config->workers || config->workers > NETIF_WORKERS_MAX) {
		errno = EINVAL;
		return NULL;
	}
	e = aligned_alloc(CACHE_LINE, (sizeof(*e) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (!e)
		return NULL;
	memset(e, 0, sizeof(*e));
	TAILQ_INIT(&e->tunnels);
	e->plane.io = io;
	e->plane.config = *config;
	e->plane.ike = e->plane.ike_first = (struct ike_pair){ -1, -1 };
	for (enum worker_kind kind = 0; kind < WORKER_KINDS; kind++)
		for (unsigned k = 0; k < NETIF_WORKERS_MAX; k++)
			e->workers[kind][k].wake_fd = e->workers[kind][k].epoll_fd = -1;
	err = events_init(&e->plane.events);
	if (err) {
		free(e);
		errno = -err;
		return NULL;
	}
	err = start(e);
	if (err) {
		esp_free(e);
		errno = -err;
		return NULL;
	}
	return e;
}

static void free_tunnel(struct tunnel *t)
{
	struct sa *sa;

	while ((sa = TAILQ_FIRST(&t->sas))) {
		TAILQ_REMOVE(&t->sas, sa, link);
		sa_free(sa);
	}
	free(t->run);
	free(t);
}

void esp_free(struct esp *e)
{
	struct tunnel *t;

	if (!e)
		return;
	atomic_store(&e->plane.stopping, true);
	for (enum worker_kind kind = 0; kind < WORKER_KINDS; kind++)
		for (unsigned k = 0; k < NETIF_WORKERS_MAX; k++)
			worker_stop(&e->workers[kind][k]);
	while ((t = TAILQ_FIRST(&e->tunnels))) {
		TAILQ_REMOVE(&e->tunnels, t, link);
		free_tunnel(t);
	}
	table_release(&e->tables[0]);
	table_release(&e->tables[1]);
	hops_release(&e->hops);
	engines_free(e->plane.engines);
	events_destroy(&e->plane.events);
	ike_pair_close(&e->plane.ike);
	ike_pair_close(&e->plane.ike_first);
	if (e->legacy)
		OSSL_PROVIDER_unload(e->legacy);
	if (e->standard)
		OSSL_PROVIDER_unload(e->standard);
	OSSL_LIB_CTX_free(e->plane.lib);
	free(e);
}

static bool tunnel_is_sound(const struct esp *e, const struct esp_tunnel *t)
{
	for (unsigned k = 0; k < lanes(e); k++)
		if (t->tun_fd[k] < 0)
			return false;
	return t->id && (t->inner_family == 4 || t->inner_family == 6) && ip_octets(&t->local) &&
	       t->local.family == t->remote.family && t->path_mtu >= 68;
}

static void forget_queues(struct esp *e, const struct esp_tunnel *t, unsigned count)
{
	for (unsigned k = 0; k < count; k++)
		worker_forget(&e->workers[WORKER_OUTBOUND][k], t->tun_fd[k]);
}

static int watch_queues(struct esp *e, const struct esp_tunnel *t)
{
	for (unsigned k = 0; k < lanes(e); k++) {
		int err = worker_watch_tun(&e->workers[WORKER_OUTBOUND][k], t->tun_fd[k], t->id);

		if (err) {
			forget_queues(e, t, k);
			return err;
		}
	}
	return 0;
}

static int replace_tunnel(struct esp *e, struct tunnel *t, const struct esp_tunnel *params)
{
	struct esp_tunnel old = t->params;
	bool other = old.tun_fd[0] != params->tun_fd[0]; /* another device: all of its queues are */
	int err = 0;

	if (other && (err = watch_queues(e, params)))
		return err;
	t->params = *params;
	if (!publish(e)) {
		t->params = old;
		err = -ENOMEM;
	}
	if (other)
		forget_queues(e, err ? params : &old, lanes(e));
	/* whoever was told of the new one before it stood in the table has read from the old one */
	for (unsigned k = 0; other && !err && k < lanes(e); k++)
		worker_look_again(&e->workers[WORKER_OUTBOUND][k], params->tun_fd[k], params->id);
	return err;
}

int esp_tunnel_add(struct esp *e, const struct esp_tunnel *params)
{
	struct tunnel *t = find_tunnel(e, params->id);
	size_t octets = lanes(e) * sizeof(*t->run);
	int err;

	if (!tunnel_is_sound(e, params))
		return -EINVAL;
	if (t)
		return replace_tunnel(e, t, params);
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->params = *params;
	TAILQ_INIT(&t->sas);
	t->run = aligned_alloc(CACHE_LINE, octets);
	if (!t->run) {
		free(t);
		return -ENOMEM;
	}
	memset(t->run, 0, octets);
	TAILQ_INSERT_TAIL(&e->tunnels, t, link);
	err = publish_more(e) ? watch_queues(e, params) : -ENOMEM;
	if (err)
		esp_tunnel_remove(e, params->id);
	return err;
}

void esp_tunnel_remove(struct esp *e, uint32_t id)
{
	struct tunnel *t = find_tunnel(e, id);

	if (!t)
		return;
	forget_queues(e, &t->params, lanes(e));
	TAILQ_REMOVE(&e->tunnels, t, link);
	publish(e);
	free_tunnel(t);
}

bool esp_hops_set(struct esp *e, const struct esp_hop *hops, size_t count)
{
	struct hops next, old = e->hops;

	if (!hops_make(&next, e->plane.io, hops, count))
		return false;
	e->hops = next;
	if (!publish_more(e)) {
		e->hops = old;
		publish(e);
		hops_release(&next);
		return false;
	}
	hops_release(&old);
	return true;
}

/* Until no turn is left that found it. */
static void forget_xdp(struct esp *e, unsigned k)
{
	atomic_store(&e->plane.xdp[k], NULL);
	published_swap(&e->plane.published, &e->tables[e->current]);
}

int esp_xdp_add(struct esp *e, struct netif_xdp *x)
{
	int err;

	for (unsigned k = 0; k < WORKER_XDP_MAX; k++) {
		if (atomic_load(&e->plane.xdp[k]))
			continue;
		atomic_store(&e->plane.xdp[k], x);
		err = worker_watch(&e->workers[WORKER_INBOUND][0], e->plane.io->xdp_fd(x), WORKER_XDP(k));
		if (err)
			forget_xdp(e, k);
		return err;
	}
	return -ENOSPC;
}

void esp_xdp_remove(struct esp *e, struct netif_xdp *x)
{
	for (unsigned k = 0; k < WORKER_XDP_MAX; k++) {
		if (atomic_load(&e->plane.xdp[k]) != x)
			continue;
		worker_forget(&e->workers[WORKER_INBOUND][0], e->plane.io->xdp_fd(x));
		forget_xdp(e, k);
	}
}

static bool spi_taken(struct esp *e, const struct tunnel *own, const struct esp_sa *params)
{
	if (params->inbound)
		return table_find_sa(&e->tables[e->current], params->spi) != NULL;
	return find_sa(own, false, params->spi) != NULL;
}

int esp_sa_add(struct esp *e, const struct esp_sa *params)
{
	struct tunnel *t = find_tunnel(e, params->tunnel);
	struct sa *sa;
	int err;

	if (!t)
		return -ENOENT;
	if (spi_taken(e, t, params))
		return -EEXIST;
	/* Single DES is the one algorithm that lives there; whoever does not use it does not load it. */
	if (params->cipher == ESP_CIPHER_DES && !e->legacy)
		e->legacy = OSSL_PROVIDER_load(e->plane.lib, "legacy");
	err = sa_new(e->plane.engines, params, &sa);
	if (err)
		return err;
	TAILQ_INSERT_HEAD(&t->sas, sa, link);
	if (publish_more(e))
		return 0;
	TAILQ_REMOVE(&t->sas, sa, link);
	publish(e);
	sa_free(sa);
	return -ENOMEM;
}

void esp_sa_remove(struct esp *e, uint32_t tunnel, bool inbound, uint32_t spi)
{
	struct tunnel *t = find_tunnel(e, tunnel);
	struct sa *sa = t ? find_sa(t, inbound, spi) : NULL;

	if (!sa)
		return;
	TAILQ_REMOVE(&t->sas, sa, link);
	publish(e);
	sa_free(sa);
}

void esp_sa_release(struct esp *e, uint32_t tunnel, uint32_t spi)
{
	struct tunnel *t = find_tunnel(e, tunnel);
	struct sa *sa = t ? find_sa(t, false, spi) : NULL;

	if (!sa || !sa->params.held_by)
		return;
	sa->params.held_by = 0; /* no worker reads it */
	publish(e);
}

bool esp_sa_move(struct esp *e, uint32_t tunnel, bool inbound, uint32_t spi, const struct ip_addr *peer, uint16_t port)
{
	struct tunnel *t = find_tunnel(e, tunnel);
	struct sa *sa = t ? find_sa(t, inbound, spi) : NULL;
	unsigned next;

	if (!sa || !sa_in_udp(sa) || !port || peer->family != sa->params.src.family)
		return false;
	next = !atomic_load_explicit(&sa->peer_at, memory_order_relaxed);
	sa->peers[next] = (struct sa_peer){ *peer, port };
	atomic_store_explicit(&sa->peer_at, next, memory_order_release);
	published_swap(&e->plane.published, &e->tables[e->current]); /* the next move writes where workers read now */
	return true;
}

void esp_each_key(const struct esp *e, void (*fn)(void *ctx, const struct esp_sa *sa), void *ctx)
{
	const struct tunnel *t;
	const struct sa *sa;

	TAILQ_FOREACH (t, &e->tunnels, link)
		TAILQ_FOREACH (sa, &t->sas, link) {
			struct esp_sa shown = sa->params;

			keys_show(sa->keys, &shown);
			fn(ctx, &shown);
		}
}

bool esp_sa_counters(struct esp *e, uint32_t tunnel, bool inbound, uint32_t spi, struct esp_counters *out)
{
	struct tunnel *t = find_tunnel(e, tunnel);
	const struct sa *sa = t ? find_sa(t, inbound, spi) : NULL;

	if (!sa)
		return false;
	sa_counters(sa, out);
	return true;
}

bool esp_tunnel_counters(struct esp *e, uint32_t id, struct esp_counters *in, struct esp_counters *out)
{
	struct tunnel *t = find_tunnel(e, id);
	const struct sa *sa;

	if (!t)
		return false;
	*in = *out = (struct esp_counters){ 0 };
	for (unsigned k = 0; k < lanes(e); k++) {
		tally_sum(&t->run[k].in, in);
		tally_sum(&t->run[k].out, out);
	}
	if ((sa = newest(t, true)))
		in->sequence = sa_sequence(sa);
	if ((sa = current_of(t)) || (sa = newest(t, false)))
		out->sequence = sa_sequence(sa);
	return true;
}

void esp_stray_counters(const struct esp *e, struct esp_counters *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned k = 0; k < lanes(e); k++)
		tally_sum(&e->workers[WORKER_INBOUND][k].strays, out);
}

size_t esp_engine_rows(const struct esp *e, struct esp_engine_row *out, size_t max)
{
	return engines_rows(e->plane.engines, out, max);
}

const char *esp_engine_name(const struct esp *e)
{
	return engines_name(e->plane.engines);
}

void esp_measure(struct esp *e, bool on)
{
	atomic_store(&e->plane.measuring, false);
	/* until no turn is left that counts */
	published_swap(&e->plane.published, &e->tables[e->current]);
	if (!on)
		return;
	for (enum worker_kind kind = 0; kind < WORKER_KINDS; kind++)
		for (unsigned k = 0; k < lanes(e); k++)
			stage_clear(&e->workers[kind][k].clock);
	atomic_store(&e->plane.measuring, true);
}

bool esp_measuring(const struct esp *e)
{
	return atomic_load(&e->plane.measuring);
}

void esp_stage_counts(const struct esp *e, struct esp_stage_count out[ESP_STAGE_COUNT])
{
	memset(out, 0, ESP_STAGE_COUNT * sizeof(*out));
	for (enum worker_kind kind = 0; kind < WORKER_KINDS; kind++)
		for (unsigned k = 0; k < lanes(e); k++)
			stage_read(&e->workers[kind][k].clock, out);
}

int esp_event_fd(struct esp *e)
{
	return e->plane.events.fd;
}

size_t esp_events(struct esp *e, struct esp_event *out, size_t max)
{
	return events_pop(&e->plane.events, out, max);
}

int esp_ike_fd(struct esp *e, enum esp_ike which)
{
	return which == ESP_IKE_FIRST ? e->plane.ike_first.control : e->plane.ike.control;
}

size_t esp_ike_recv(struct esp *e, enum esp_ike which, void *buf, size_t size, struct netif_ike_packet *info)
{
	return ike_pair_take(esp_ike_fd(e, which), info, buf, size);
}

bool esp_ike_send(struct esp *e, const void *datagram, size_t octets, const struct netif_ike_packet *info)
{
	static const uint8_t marker[UDP_MARKER_OCTETS];

	return ike_pair_put(e->plane.ike.control, info, marker, sizeof(marker), datagram, octets);
}

bool esp_keepalive_send(struct esp *e, const struct netif_ike_packet *info)
{
	static const uint8_t octet = UDP_KEEPALIVE_OCTET;

	return ike_pair_put(e->plane.ike.control, info, NULL, 0, &octet, sizeof(octet));
}
