/* TUN to ESP: admit each packet, encapsulate the batch, send it. */
#include "esp/fragment.h"
#include "esp/too_big.h"
#include "esp/transform.h"
#include "esp/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SEND_WAIT_MS    5
#define IKE_PER_TURN    16
#define IKE_TOS         0xc0 /* as the sockets of port 500 mark it */
#define ICMP_PER_SECOND 100  /* RFC 4443 2.4 (f) */

struct out_batch {
	struct worker *w;
	const struct table_tunnel *tunnel;
	struct sa *sa; /* in use, or NULL */
	unsigned mtu;  /* with it */
	unsigned count;
};

/* The peer's first packet on its half of a new pair is what lets ours be used. */
static void choose_sa(struct out_batch *b)
{
	const struct table_tunnel *t = b->tunnel;
	bool held = !t->held || !atomic_load_explicit(&t->held_by->run.proven, memory_order_acquire);

	b->sa = held ? t->out : t->held;
	b->mtu = held ? t->mtu : t->held_mtu;
}

static void drop(const struct out_batch *b, enum esp_drop why)
{
	worker_drop(b->sa ? sa_tally(b->sa, b->w->lane) : NULL, &b->tunnel->run->out, why);
}

static void tell_path_mtu(const struct out_batch *b, const struct netif_esp_packet *p)
{
	const struct sa *sa = b->sa;
	size_t outer = p->octets + (p->dst.family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS) +
		       (p->port ? UDP_HEADER_OCTETS : 0);
	struct esp_event e = { .kind = ESP_EVENT_PATH_MTU,
			       .tunnel = b->tunnel->id,
			       .spi = sa->params.spi,
			       .conn_id = sa->params.conn_id,
			       .mtu = (uint32_t)outer - 1,
			       .src = p->src,
			       .dst = p->dst };

	worker_event(b->w, &e);
}

/* Half of the numbers are used, or all: said once each, and again only if the queue had no room. */
static void tell_sequence(const struct out_batch *b)
{
	struct sa *sa = b->sa;
	uint32_t last = sa_sequence(sa);
	_Atomic bool *told = last == UINT32_MAX       ? &sa->run.told_end
			     : last >= UINT32_MAX / 2 ? &sa->run.told_half
						      : NULL;
	struct esp_event e = { .kind = ESP_EVENT_SEQUENCE,
			       .tunnel = b->tunnel->id,
			       .spi = sa->params.spi,
			       .conn_id = sa->params.conn_id,
			       .sequence = last,
			       .src = sa->params.src,
			       .dst = sa->params.dst };

	if (told && !*told)
		*told = events_push(&b->w->plane->events, &e);
}

/* A full socket is given some milliseconds to drain, so that a burst is slowed rather than cut. */
static bool room_again(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, SEND_WAIT_MS) > 0;
}

static void send_batch(const struct out_batch *b, struct netif_esp_packet *p, unsigned count)
{
	const struct plane *plane = b->w->plane;
	unsigned family = b->sa->params.dst.family, at = 0;
	int fd = sa_in_udp(b->sa) ? plane->sockets.udp[family == 6] : plane->sockets.esp[family == 6];
	bool waited = false;

	while (at < count) {
		int n = fd < 0 ? -EBADF : plane->io->send(fd, family, p + at, count - at);

		if (n > 0) {
			at += (unsigned)n;
			waited = false;
		} else if (n == 0 || n == -EAGAIN || n == -ENOBUFS) {
			if (!waited && (waited = room_again(fd)))
				continue;
			for (; at < count; at++)
				drop(b, ESP_DROP_SEND);
		} else if (n != -EINTR) {
			if (n == -EMSGSIZE)
				tell_path_mtu(b, &p[at]);
			drop(b, ESP_DROP_SEND);
			at++;
		}
	}
}

static void flush(struct out_batch *b)
{
	struct netif_esp_packet ready[ESP_BATCH];
	const struct sa_peer *peer;
	struct sa *sa = b->sa;
	unsigned n = 0;

	if (!b->count)
		return;
	peer = sa_peer(sa);
	esp_encap(b->w->engine, b->w->packets, b->count);
	for (unsigned i = 0; i < b->count; i++) {
		struct esp_packet *p = &b->w->packets[i];

		if (p->verdict) {
			drop(b, p->verdict);
			continue;
		}
		worker_count(b->w, sa_tally(sa, b->w->lane), &b->tunnel->run->out, p->inner_octets);
		ready[n++] = (struct netif_esp_packet){ .src = sa->params.src,
							.dst = peer->addr,
							.port = peer->port,
							.data = p->data,
							.octets = p->octets,
							.tos = p->tos,
							.df = p->df,
							.flow = p->flow };
	}
	b->count = 0;
	tell_sequence(b);
	worker_tell_use(b->w, sa);
	send_batch(b, ready, n);
}

/* The next free packet; a full batch goes out first. */
static struct esp_packet *next_packet(struct out_batch *b)
{
	struct esp_packet *p;

	if (b->count == ESP_BATCH)
		flush(b);
	p = &b->w->packets[b->count];
	packet_reset(p, worker_slot(b->w, b->count), ESP_SLOT_OCTETS);
	return p;
}

static bool inner_df(const struct inner *in)
{
	return in->family == 6 || in->fragment & IP4_DF;
}

/*
 * No router cuts an IPv6 packet, so its tunnel should not be cut either, unless it was asked for, or must be: 1280 always
 * passes.
 */
static bool outer_df(const struct table_tunnel *t, const struct inner *in)
{
	if (in->family == 6)
		return !t->cut_after && in->octets > IP6_MTU_MIN;
	return t->df == IPSEC_DF_SET || (t->df != IPSEC_DF_CLEAR && inner_df(in));
}

/* Too large for the path, and yet to be sent whole: who sends or forwards the outer packet cuts that. */
static bool goes_whole(const struct table_tunnel *t, const struct inner *in)
{
	return in->octets <= t->limit && !outer_df(t, in) && (t->cut_after || inner_df(in));
}

/* The outer header's fields come from the inner one: RFC 4301 5.1.2, RFC 6040 4.1. */
static void admit(struct out_batch *b, struct esp_packet *p, const struct inner *in)
{
	p->octets = in->octets;
	p->family = in->family;
	p->tos = in->tos;
	p->flow = in->flow;
	p->df = outer_df(b->tunnel, in);
	p->sa = b->sa;
	b->count++;
}

static void answer_too_big(const struct out_batch *b, const struct esp_packet *p, const struct inner *in, unsigned mtu)
{
	uint8_t icmp[TOO_BIG_OCTETS_MAX];
	size_t octets = too_big_answer(p->data, in, mtu, icmp, sizeof(icmp));

	drop(b, ESP_DROP_TOO_BIG);
	if (octets && limit_pass(&b->w->icmp_limit, b->w->now_ms, ICMP_PER_SECOND))
		worker_tun_write(b->tunnel->tun_fd, icmp, octets);
}

/* The packet moves to the spare slot; its fragments fill the batch, as often as it takes. */
static void cut(struct out_batch *b, struct esp_packet *p, const struct inner *in, unsigned mtu)
{
	uint8_t *whole = worker_slot(b->w, ESP_BATCH);
	struct fragmenter f;

	memcpy(whole, p->data, in->octets);
	fragment_begin(&f, whole, in, mtu);
	for (;;) {
		struct esp_packet *piece = next_packet(b);
		struct inner head;

		piece->octets = fragment_next(&f, piece->data);
		if (!piece->octets || !inner_read(piece->data, piece->octets, &head))
			return;
		admit(b, piece, &head);
	}
}

static void take(struct out_batch *b, struct esp_packet *p)
{
	const struct table_tunnel *t = b->tunnel;
	unsigned version = inner_version(p->data, p->octets), mtu;
	struct inner in;

	if (version != t->inner_family)
		drop(b, ESP_DROP_FAMILY);
	else if (!inner_read(p->data, p->octets, &in))
		drop(b, ESP_DROP_SHORT);
	else {
		unsigned least = in.family == 6 ? IP6_MTU_MIN : IP4_MTU_MIN;

		if (!b->sa) /* this packet may answer one that was delivered since the turn began */
			choose_sa(b);
		if (!b->sa) {
			drop(b, ESP_DROP_NO_SA);
			return;
		}
		mtu = b->mtu > least ? b->mtu : least;
		if (in.octets <= mtu || goes_whole(t, &in))
			admit(b, p, &in);
		else if (inner_df(&in))
			answer_too_big(b, p, &in, mtu);
		else
			cut(b, p, &in, mtu);
	}
}

void outbound_turn(struct worker *w, const struct table *table, uint32_t tunnel)
{
	struct out_batch b = { .w = w, .tunnel = table_find_tunnel(table, tunnel) };

	if (!b.tunnel) /* removed since it became readable */
		return;
	choose_sa(&b);
	for (unsigned reads = 0; reads < ESP_BATCH; reads++) {
		struct esp_packet *p = next_packet(&b);
		ssize_t n = read(b.tunnel->tun_fd, p->data, ESP_INNER_MAX);

		if (n <= 0) {
			if (n < 0 && worker_fd_is_dead(errno))
				worker_forget(w, b.tunnel->tun_fd);
			break;
		}
		p->octets = (size_t)n;
		take(&b, p);
	}
	flush(&b);
}

bool ike_turn(struct worker *w)
{
	struct esp_packet *p = &w->packets[0];
	struct netif_ike_packet info;

	packet_reset(p, worker_slot(w, 0), ESP_SLOT_OCTETS);
	for (unsigned k = 0; k < IKE_PER_TURN; k++) {
		struct netif_esp_packet out = { .data = p->data };
		unsigned family;

		out.octets = ike_pair_take(w->plane->ike.worker, &info, out.data, ESP_INNER_MAX);
		if (!out.octets)
			return false;
		out.src = info.local;
		out.dst = info.remote;
		out.port = info.remote_port;
		out.ifindex = info.ifindex;
		out.tos = IKE_TOS;
		family = out.dst.family;
		/* What the socket does not take is lost, as on the way: IKE sends again. */
		if (w->plane->sockets.udp[family == 6] >= 0)
			w->plane->io->send(w->plane->sockets.udp[family == 6], family, &out, 1);
	}
	return true;
}
