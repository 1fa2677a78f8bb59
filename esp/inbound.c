/*
 * ESP to TUN: find the SA of each packet, decrypt the batch, write what it holds. On the UDP port what is no ESP goes to
 * control.
 */
#include "base/buf.h"
#include "esp/coalesce.h"
#include "esp/transform.h"
#include "esp/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

#define MOVED_EVERY_MS 1000

struct inbound {
	struct coalescer *coalescer;
	const struct esp_packet *written[ESP_BATCH]; /* what it was given, in this order */
	const struct table_sa *rows[ESP_BATCH];      /* of the packets' SPIs, or NULL */
	struct esp_packet packets[ESP_BATCH];
	struct netif_esp_packet got[ESP_BATCH];
};

struct inbound *inbound_new(void)
{
	struct inbound *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->coalescer = coalesce_new();
	if (i->coalescer)
		return i;
	free(i);
	errno = ENOMEM;
	return NULL;
}

void inbound_free(struct inbound *i)
{
	if (!i)
		return;
	coalesce_free(i->coalescer);
	free(i);
}

static struct esp_event event_of(enum esp_event_kind kind, const struct netif_esp_packet *got,
				 const struct esp_packet *p)
{
	const struct esp_sa *sa = &p->sa->params;

	return (struct esp_event){ .kind = kind,
				   .tunnel = sa->tunnel,
				   .spi = sa->spi,
				   .conn_id = sa->conn_id,
				   .sequence = p->sequence,
				   .src = got->src,
				   .dst = got->dst,
				   .src_port = got->port,
				   .dst_port = sa->local_port };
}

static void tell(struct worker *w, enum esp_event_kind kind, const struct netif_esp_packet *got,
		 const struct esp_packet *p)
{
	struct esp_event e = event_of(kind, got, p);

	worker_event(w, &e);
}

/* Limited for each SA: a NAT that starts again moves all the peers behind it. */
static void tell_moved(struct worker *w, const struct netif_esp_packet *got, const struct esp_packet *p)
{
	struct sa_runtime *run = &p->sa->run;
	struct esp_event e = event_of(ESP_EVENT_MOVED, got, p);

	if (run->told_moved_ms && w->now_ms - run->told_moved_ms < MOVED_EVERY_MS)
		return;
	if (events_push(&w->plane->events, &e))
		run->told_moved_ms = w->now_ms;
}

static void tell_invalid_spi(struct worker *w, const struct netif_esp_packet *got, uint32_t spi)
{
	struct esp_event e = { .kind = ESP_EVENT_INVALID_SPI,
			       .spi = spi,
			       .src = got->src,
			       .dst = got->dst,
			       .src_port = got->port,
			       .dst_port = got->port ? ESP_UDP_PORT : 0,
			       .octets = got->octets };

	worker_event(w, &e);
}

/*
 * A NAT may give the peer another address or port at any time: where the ICV can show that a packet is genuine, it is
 * let through to be shown.
 */
static enum esp_drop check_ends(const struct netif_esp_packet *got, struct esp_packet *p, bool udp)
{
	const struct sa *sa = p->sa;
	const struct sa_peer *peer = sa_peer(sa);

	if (udp != sa_in_udp(sa))
		return ESP_DROP_ENCAPSULATION;
	if (!ip_equal(&got->dst, &sa->params.dst))
		return ESP_DROP_ADDRESS;
	p->moved = got->port != peer->port || !ip_equal(&got->src, &peer->addr);
	return p->moved && !(udp && sa->suite.info.icv_octets) ? ESP_DROP_ADDRESS : ESP_OK;
}

/* The first four octets; 0, which is none, of a packet that is shorter. */
static uint32_t spi_of(const struct netif_esp_packet *got)
{
	struct rd r = rd_of(got->data, got->octets);
	uint32_t spi = rd_u32(&r);

	return r.why ? 0 : spi;
}

/*
 * Finds the SA of each packet, RFC 4303 3.4.2. A batch may be of many, none of which the cache has: it is asked for all rows, then
 * for all SAs, before any is looked at.
 */
static void find_rows(struct worker *w, const struct table *t, unsigned count)
{
	struct inbound *in = w->in;
	uint32_t last = 0;

	for (unsigned i = 0; i < count; i++) {
		const uint32_t spi = spi_of(&in->got[i]);

		if (spi != last)
			table_fetch_sa(t, spi);
		last = spi;
	}
	for (unsigned i = 0; i < count; i++) {
		const uint32_t spi = spi_of(&in->got[i]);

		if (i && spi == last) {
			in->rows[i] = in->rows[i - 1];
			continue;
		}
		last = spi;
		in->rows[i] = table_find_sa(t, spi);
		if (!in->rows[i])
			continue;
		sa_fetch(in->rows[i]->sa, w->lane, w->plane->config.workers);
		cache_fetch(in->rows[i]->tunnel, sizeof(*in->rows[i]->tunnel));
	}
}

/* The tunnel is set when there is one; the verdict says whether the packet goes on. */
static void take_row(struct worker *w, const struct table_sa *row, const struct netif_esp_packet *got,
		     struct esp_packet *p, bool udp)
{
	if (!row) {
		p->verdict = got->octets < sizeof(uint32_t) ? ESP_DROP_SHORT : ESP_DROP_UNKNOWN_SPI;
		tally_add(&w->strays.drops[p->verdict], 1);
		if (p->verdict == ESP_DROP_UNKNOWN_SPI)
			tell_invalid_spi(w, got, spi_of(got));
		return;
	}
	p->sa = row->sa;
	p->tunnel = row->tunnel;
	p->family = row->tunnel->inner_family;
	p->verdict = check_ends(got, p, udp);
}

/* RFC 2408 3.1. A first message does not: the responder has yet to make one. */
static bool has_responder_cookie(struct rd message)
{
	uint32_t high, low;

	rd_take(&message, 8);
	high = rd_u32(&message);
	low = rd_u32(&message);
	return high || low;
}

/* The way to control may be full: the peer sends it again. A marker alone is nothing to wake control for. */
static void hand_over(struct worker *w, const struct netif_esp_packet *got)
{
	struct netif_ike_packet info = { .local = got->dst,
					 .remote = got->src,
					 .local_port = ESP_UDP_PORT,
					 .remote_port = got->port,
					 .ifindex = got->ifindex };
	struct rd r = rd_of(got->data, got->octets);
	size_t octets;

	rd_take(&r, UDP_MARKER_OCTETS);
	octets = rd_left(&r);
	if (octets && octets <= ESP_IKE_OCTETS_MAX) {
		const struct ike_pair *way = has_responder_cookie(r) ? &w->plane->ike : &w->plane->ike_first;

		ike_pair_put(way->worker, &info, NULL, 0, rd_take(&r, octets), octets);
	}
}

static void sort(struct worker *w, const struct table_sa *row, const struct netif_esp_packet *got, struct esp_packet *p,
		 bool udp)
{
	enum udp_kind kind = udp ? udp_kind(got->data, got->octets) : UDP_ESP;

	if (kind == UDP_ESP) {
		take_row(w, row, got, p, udp);
		return;
	}
	p->verdict = ESP_DROP_SHORT; /* so that it is not decrypted; without a tunnel nobody counts it */
	if (kind == UDP_IKE)
		hand_over(w, got);
}

static void drop(struct worker *w, const struct esp_packet *p, enum esp_drop why)
{
	worker_drop(sa_tally(p->sa, w->lane), worker_in_tally(w, p->tunnel), why, 1);
}

/* Those of one SA from `at` to before `end`: counted, told, given to the coalescer. */
static unsigned deliver_run(struct worker *w, unsigned at, unsigned end, unsigned given)
{
	struct inbound *in = w->in;
	struct sa *sa = in->packets[at].sa;
	const struct table_tunnel *t = in->packets[at].tunnel;
	const struct coalesce_device device = { t->tun_fd[w->lane], t->uso };
	unsigned good = 0, packets = 0;
	size_t octets = 0;

	for (; at < end; at++) {
		struct esp_packet *p = &in->packets[at];

		if (p->verdict) {
			drop(w, p, p->verdict);
			if (p->verdict == ESP_DROP_REPLAY)
				tell(w, ESP_EVENT_REPLAY, &in->got[at], p);
			else if (p->verdict == ESP_DROP_ICV)
				tell(w, ESP_EVENT_ICV, &in->got[at], p);
			continue;
		}
		if (!good++) {
			/* before it is written: the answer may be read by another worker at once */
			if (!atomic_load_explicit(&sa->run.proven, memory_order_relaxed))
				atomic_store_explicit(&sa->run.proven, true, memory_order_release);
			worker_tell_use(w, sa);
		}
		if (p->moved && p->newest)
			tell_moved(w, &in->got[at], p);
		if (p->dummy)
			continue;
		packets++;
		octets += p->octets;
		coalesce_add(in->coalescer, &device, p->data, p->octets);
		in->written[given++] = p;
	}
	if (packets) {
		worker_count(w, sa_tally(sa, w->lane), packets, octets);
		worker_count(w, worker_in_tally(w, t), packets, octets);
		worker_tell_use(w, sa);
	}
	return given;
}

static bool write_one(void *ctx, int fd, const struct iovec *iov, unsigned parts)
{
	ssize_t n;

	(void)ctx;
	do
		n = writev(fd, iov, (int)parts);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

static void refused(void *ctx, unsigned packet)
{
	struct worker *w = ctx;

	drop(w, w->in->written[packet], ESP_DROP_SEND);
}

static void deliver(struct worker *w, unsigned count)
{
	const struct coalesce_ops ops = { write_one, refused, w };
	const struct esp_packet *p = w->in->packets;
	unsigned given = 0, end;

	for (unsigned at = 0; at < count; at = end) {
		for (end = at + 1; end < count && p[end].sa == p[at].sa && p[end].tunnel == p[at].tunnel; end++)
			;
		if (p[at].tunnel)
			given = deliver_run(w, at, end, given);
	}
	stage_end(&w->clock, ESP_STAGE_COALESCE, given);
	coalesce_flush(w->in->coalescer, &ops);
	stage_end(&w->clock, ESP_STAGE_WRITE, given);
}

static void take_batch(struct worker *w, const struct table *t, unsigned count, bool udp)
{
	struct inbound *in = w->in;

	stage_end(&w->clock, ESP_STAGE_RECEIVE, count);
	find_rows(w, t, count);
	for (unsigned i = 0; i < count; i++) {
		const struct netif_esp_packet *got = &in->got[i];

		in->packets[i] = (struct esp_packet){ .room = got->data,
						      .end = got->data + got->octets,
						      .data = got->data,
						      .octets = got->octets,
						      .tos = got->tos };
		sort(w, in->rows[i], got, &in->packets[i], udp);
		if (in->rows[i] && (!i || in->rows[i] != in->rows[i - 1])) {
			keys_fetch(in->rows[i]->sa->keys, w->plane->config.workers);
			cache_fetch(worker_in_tally(w, in->rows[i]->tunnel), 1);
		}
	}
	stage_end(&w->clock, ESP_STAGE_LOOKUP_IN, count);
	esp_open(w->engine, in->packets, count);
	stage_end(&w->clock, ESP_STAGE_DECRYPT, count);
	esp_accept(in->packets, count);
	stage_end(&w->clock, ESP_STAGE_REPLAY, count);
	deliver(w, count);
}

void inbound_turn(struct worker *w, const struct table *t, unsigned family, bool udp)
{
	struct netif_wire *wire = worker_wire(w, family, udp);
	int n;

	if (!wire)
		return;
	do {
		stage_begin(&w->clock);
		n = w->plane->io->recv(wire, w->in->got, ESP_BATCH);
		if (n > 0)
			take_batch(w, t, (unsigned)n, udp);
	} while (n > 0 && w->plane->io->left(wire)); /* epoll does not tell of it */
	if (n < 0 && worker_fd_is_dead(-n))
		worker_forget(w, w->plane->io->fd(wire));
}

void inbound_xdp_turn(struct worker *w, const struct table *t, unsigned at)
{
	struct netif_xdp *x = at < WORKER_XDP_MAX ? atomic_load(&w->plane->xdp[at]) : NULL;
	int n;

	if (!x) /* removed since it became readable */
		return;
	stage_begin(&w->clock);
	n = w->plane->io->xdp_recv(x, w->in->got, ESP_BATCH);
	if (n > 0)
		take_batch(w, t, (unsigned)n, false);
	else if (n < 0) /* the interface is gone: control closes it */
		worker_forget(w, w->plane->io->xdp_fd(x));
}
