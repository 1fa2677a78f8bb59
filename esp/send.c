#include "esp/send.h"
#include "esp/inner.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>

#define SEND_WAIT_MS 5
#define SPINS        256

struct out {
	struct worker *w;
	const struct esp_packet *p; /* what ready[] was made of */
	struct netif_esp_packet *ready;
	unsigned count;
};

static void drop(const struct out *o, unsigned at)
{
	const struct esp_packet *p = &o->p[at];

	worker_drop(sa_tally(p->sa, o->w->lane), worker_out_tally(o->w, p->tunnel), ESP_DROP_SEND, 1);
}

static void tell_path_mtu(const struct out *o, unsigned at)
{
	const struct netif_esp_packet *p = &o->ready[at];
	const struct sa *sa = o->p[at].sa;
	size_t outer = p->octets + (p->dst.family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS) +
		       (p->port ? UDP_HEADER_OCTETS : 0);
	struct esp_event e = { .kind = ESP_EVENT_PATH_MTU,
			       .tunnel = sa->params.tunnel,
			       .spi = sa->params.spi,
			       .conn_id = sa->params.conn_id,
			       .mtu = (uint32_t)outer - 1,
			       .src = p->src,
			       .dst = p->dst };

	worker_event(o->w, &e);
}

/* A full socket is given some milliseconds to drain, so that a burst is slowed rather than cut. */
static bool room_again(const struct worker *w, const struct netif_wire *wire)
{
	struct pollfd p = { .fd = w->plane->io->full_fd(wire), .events = POLLOUT };

	return poll(&p, 1, SEND_WAIT_MS) > 0;
}

/* hop: past the kernel's IP, as long as that takes anything. */
static void by_socket(const struct out *o, const struct netif_hop *hop, unsigned at, unsigned end)
{
	const struct esp_io *io = o->w->plane->io;
	const struct sa *sa = o->p[at].sa;
	struct netif_wire *wire = worker_wire(o->w, sa->params.dst.family, sa_in_udp(sa));
	bool waited = false;

	while (at < end) {
		int n = !wire ? -EBADF
			: hop ? io->send_hop(wire, hop, o->ready + at, end - at)
			      : io->send(wire, o->ready + at, end - at);

		if (n > 0) {
			at += (unsigned)n;
			waited = false;
		} else if (n == 0 || n == -EAGAIN || n == -ENOBUFS) {
			if (!waited && (waited = room_again(o->w, wire)))
				continue;
			for (; at < end; at++)
				drop(o, at);
		} else if (hop) {
			hop = NULL;
		} else if (n != -EINTR) {
			if (n == -EMSGSIZE)
				tell_path_mtu(o, at);
			drop(o, at);
			at++;
		}
	}
}

static const struct table_hop *hop_of(const struct out *o, unsigned at)
{
	const struct esp_packet *p = &o->p[at];
	const struct table_hop *hop = sa_in_udp(p->sa) ? NULL : p->tunnel->hop;

	return hop && o->ready[at].octets <= hop->largest ? hop : NULL;
}

static bool same_socket(const struct out *o, unsigned a, unsigned b)
{
	const struct sa *x = o->p[a].sa, *y = o->p[b].sa;

	return x->params.dst.family == y->params.dst.family && sa_in_udp(x) == sa_in_udp(y);
}

/* How many it took. */
static unsigned by_xdp(const struct out *o, const struct table_hop *hop, unsigned at, unsigned end)
{
	const struct esp_io *io = o->w->plane->io;
	const int n = io->xdp_send(hop->xdp, &hop->hop, o->ready + at, end - at);

	if (io->xdp_left(hop->xdp))
		o->w->xdp_left = true;
	return n > 0 ? (unsigned)n : 0;
}

/* From `at` on to before `end`, all sealed, by one way. */
static void by_hop(const struct out *o, const struct table_hop *hop, unsigned at, unsigned end)
{
	const struct netif_hop *past_ip = hop && !hop->xdp ? &hop->hop : NULL;

	if (hop && hop->xdp) /* what it does not take found the ring full, or the interface gone */
		at += by_xdp(o, hop, at, end);
	while (at < end) {
		unsigned to = at + 1;

		while (to < end && same_socket(o, at, to))
			to++;
		by_socket(o, past_ip, at, to);
		at = to;
	}
}

/* As many calls as there are ways in it. */
static void transmit(const struct out *o, unsigned at, unsigned end)
{
	while (at < end) {
		const struct table_hop *hop;
		unsigned to = at + 1;

		if (o->p[at].verdict) {
			at++;
			continue;
		}
		hop = hop_of(o, at);
		while (to < end && !o->p[to].verdict && hop_of(o, to) == hop)
			to++;
		by_hop(o, hop, at, to);
		at = to;
	}
}

/* A number was taken, even if nothing came of it. */
static bool is_numbered(const struct esp_packet *p)
{
	return p->sequence != 0;
}

/* Other workers have sent all that has lower numbers. */
static bool my_turn(const struct esp_packet *p)
{
	return !is_numbered(p) || atomic_load_explicit(&p->sa->run.sent, memory_order_acquire) == p->sequence - 1;
}

static void await_turn(const struct esp_packet *p)
{
	for (unsigned spins = 0; !my_turn(p); spins++)
		if (spins > SPINS)
			sched_yield();
}

static void pass_turn(const struct out *o, unsigned at, unsigned end)
{
	for (; at < end; at++)
		if (is_numbered(&o->p[at]))
			atomic_store_explicit(&o->p[at].sa->run.sent, o->p[at].sequence, memory_order_release);
}

/* The next in the batch and the next of the SA. */
static bool follows(const struct esp_packet *a, const struct esp_packet *b)
{
	return a->sa == b->sa && is_numbered(a) && is_numbered(b) && b->sequence == a->sequence + 1;
}

/*
 * Whoever waits holds back nothing: what had its turn before is sent first. So the lowest number that is not sent is
 * always that of a worker that does not wait, and all get their turn.
 */
static void in_turn(const struct out *o)
{
	unsigned at = 0;

	while (at < o->count) {
		unsigned end = at + 1;

		await_turn(&o->p[at]);
		while (end < o->count && (follows(&o->p[end - 1], &o->p[end]) || my_turn(&o->p[end])))
			end++;
		transmit(o, at, end);
		pass_turn(o, at, end);
		at = end;
	}
}

void send_batch(struct worker *w, const struct esp_packet *p, unsigned count, struct netif_esp_packet *room)
{
	const struct out o = { w, p, room, count };

	for (unsigned i = 0; i < count; i++) {
		const struct sa_peer *peer = sa_peer(p[i].sa);

		room[i] = (struct netif_esp_packet){ .src = p[i].sa->params.src,
						     .dst = peer->addr,
						     .port = peer->port,
						     .data = p[i].data,
						     .octets = p[i].octets,
						     .tos = p[i].tos,
						     .df = p[i].df,
						     .flow = p[i].flow };
	}
	if (w->plane->config.workers > 1)
		in_turn(&o);
	else
		transmit(&o, 0, count);
}
