/* TUN to ESP: cut what was read, admit each packet, and when the batch is full or nothing waits, encrypt and send it. */
#include "esp/arena.h"
#include "esp/fragment.h"
#include "esp/segment.h"
#include "esp/send.h"
#include "esp/too_big.h"
#include "esp/transform.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define IKE_PER_TURN    16
#define IKE_TOS         0xc0 /* as the sockets of port 500 mark it */
#define ICMP_PER_SECOND 100  /* RFC 4443 2.4 (f) */
#define WHOLE_OCTETS    (ESP_INNER_MAX + IP6_HEADER_OCTETS)

struct outbound {
	struct arena arena;
	uint8_t *read;  /* SEGMENT_READ_MAX octets: what came from the TUN device */
	uint8_t *whole; /* WHOLE_OCTETS: a packet that is being cut into fragments, a datagram of IKE */
	unsigned count;
	struct esp_packet packets[ESP_BATCH];
	struct netif_esp_packet ready[ESP_BATCH];
};

#define BUFFERS_OCTETS ((size_t)SEGMENT_READ_MAX + WHOLE_OCTETS)

/* What is the same for all that one read brought. */
struct source {
	struct worker *w;
	const struct table_tunnel *tunnel;
	struct sa *sa; /* in use, or NULL */
	unsigned mtu;  /* with it */
	unsigned left; /* packets of it, the one that is looked at included */
	bool answered; /* the sender was told that it does not fit */
};

struct outbound *outbound_new(void)
{
	struct outbound *o = calloc(1, sizeof(*o));
	void *map;
	int err;

	if (!o)
		return NULL;
	map = mmap(NULL, BUFFERS_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		free(o);
		return NULL;
	}
	o->read = map;
	o->whole = o->read + SEGMENT_READ_MAX;
	err = arena_open(&o->arena);
	if (!err)
		return o;
	outbound_free(o);
	errno = -err;
	return NULL;
}

void outbound_free(struct outbound *o)
{
	if (!o)
		return;
	arena_close(&o->arena);
	munmap(o->read, BUFFERS_OCTETS);
	free(o);
}

/* The peer's first packet on its half of a new pair is what lets ours be used. */
static void choose_sa(struct source *s)
{
	const struct table_tunnel *t = s->tunnel;
	bool held = !t->held || !atomic_load_explicit(&t->held_by->run.proven, memory_order_acquire);

	s->sa = held ? t->out : t->held;
	s->mtu = held ? t->mtu : t->held_mtu;
}

static void drop(const struct source *s, enum esp_drop why, unsigned count)
{
	struct tally *sa = s->sa ? sa_tally(s->sa, s->w->lane) : NULL;

	worker_drop(sa, worker_out_tally(s->w, s->tunnel), why, count);
}

/* What is wrong with one is wrong with all that follow it in a read: they are of its kind. */
static bool refuse(const struct source *s, enum esp_drop why)
{
	drop(s, why, s->left);
	return false;
}

/* Half of the numbers are used, or all: said once each, and again only if the queue had no room. */
static void tell_sequence(struct worker *w, struct sa *sa)
{
	uint32_t last = sa_sequence(sa);
	_Atomic bool *told = last == UINT32_MAX       ? &sa->run.told_end
			     : last >= UINT32_MAX / 2 ? &sa->run.told_half
						      : NULL;
	struct esp_event e = { .kind = ESP_EVENT_SEQUENCE,
			       .tunnel = sa->params.tunnel,
			       .spi = sa->params.spi,
			       .conn_id = sa->params.conn_id,
			       .sequence = last,
			       .src = sa->params.src,
			       .dst = sa->params.dst };

	if (told && !atomic_load_explicit(told, memory_order_relaxed) && !atomic_exchange(told, true) &&
	    !events_push(&w->plane->events, &e))
		atomic_store(told, false);
}

/* What became of those from `at` to before `end`, all of one SA and tunnel. */
static void count_run(struct worker *w, const struct esp_packet *p, unsigned at, unsigned end)
{
	struct tally *sa = sa_tally(p[at].sa, w->lane), *tunnel = worker_out_tally(w, p[at].tunnel);
	unsigned packets = 0;
	size_t octets = 0;

	for (unsigned i = at; i < end; i++) {
		if (p[i].verdict) {
			worker_drop(sa, tunnel, p[i].verdict, 1);
			continue;
		}
		packets++;
		octets += p[i].inner_octets;
	}
	if (packets) {
		worker_count(w, sa, packets, octets);
		worker_count(w, tunnel, packets, octets);
	}
	tell_sequence(w, p[at].sa);
	worker_tell_use(w, p[at].sa);
}

void outbound_flush(struct worker *w)
{
	struct outbound *o = w->out;
	const struct esp_packet *p = o->packets;
	unsigned count = o->count, end;

	if (!count)
		return;
	stage_begin(&w->clock);
	esp_encap(w->engine, o->packets, count);
	for (unsigned at = 0; at < count; at = end) {
		for (end = at + 1; end < count && p[end].sa == p[at].sa && p[end].tunnel == p[at].tunnel; end++)
			;
		count_run(w, p, at, end);
	}
	stage_end(&w->clock, ESP_STAGE_ENCRYPT, count);
	send_batch(w, p, count, o->ready);
	stage_end(&w->clock, ESP_STAGE_SEND, count);
	o->count = 0;
	o->arena.used = 0;
}

/* Room for a packet of so many octets; a batch that has none goes out first. NULL: larger than any packet. */
static struct esp_packet *next_packet(const struct source *s, size_t octets)
{
	struct outbound *o = s->w->out;

	if (o->count == ESP_BATCH || !arena_has(&o->arena, octets))
		outbound_flush(s->w);
	if (!arena_has(&o->arena, octets))
		return NULL;
	arena_offer(&o->arena, &o->packets[o->count], octets);
	return &o->packets[o->count];
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
static void admit(const struct source *s, struct esp_packet *p, const struct inner *in)
{
	struct outbound *o = s->w->out;

	p->octets = in->octets;
	p->family = in->family;
	p->tos = in->tos;
	p->flow = in->flow;
	p->df = outer_df(s->tunnel, in);
	p->sa = s->sa;
	p->tunnel = s->tunnel;
	arena_keep(&o->arena, p);
	o->count++;
}

static void answer_too_big(const struct source *s, const struct esp_packet *p, const struct inner *in, unsigned mtu)
{
	struct virtio_net_hdr plain = { 0 };
	uint8_t icmp[TOO_BIG_OCTETS_MAX];
	size_t octets = too_big_answer(p->data, in, mtu, icmp, sizeof(icmp));
	struct iovec iov[2] = { { &plain, sizeof(plain) }, { icmp, octets } };

	if (octets && limit_pass(&s->w->icmp_limit, s->w->now_ms, ICMP_PER_SECOND))
		(void)!writev(s->tunnel->tun_fd[s->w->lane], iov, 2); /* the sender hears of the next one */
}

/* The packet moves out of the arena; its fragments fill the batch, as often as it takes. */
static void cut(const struct source *s, const struct esp_packet *p, const struct inner *in, unsigned mtu)
{
	uint8_t *whole = s->w->out->whole;
	struct fragmenter f;
	struct inner moved;

	memcpy(whole, p->data, in->octets);
	inner_read(whole, in->octets, &moved); /* its addresses, too, are not to lie where the pieces will */
	fragment_begin(&f, whole, &moved, mtu);
	for (;;) {
		struct esp_packet *piece = next_packet(s, mtu);
		struct inner head;

		if (!piece)
			return;
		piece->octets = fragment_next(&f, piece->data);
		if (!piece->octets || !inner_read(piece->data, piece->octets, &head))
			return;
		admit(s, piece, &head);
	}
}

/* False: neither it nor what follows it in the same read can go, and that is counted. */
static bool take(struct source *s, struct esp_packet *p)
{
	const struct table_tunnel *t = s->tunnel;
	unsigned least, mtu;
	struct inner in;

	if (inner_version(p->data, p->octets) != t->inner_family)
		return refuse(s, ESP_DROP_FAMILY);
	if (!inner_read(p->data, p->octets, &in))
		return refuse(s, ESP_DROP_SHORT);
	if (!s->sa) /* this packet may answer one that was delivered since the turn began */
		choose_sa(s);
	if (!s->sa)
		return refuse(s, ESP_DROP_NO_SA);
	least = in.family == 6 ? IP6_MTU_MIN : IP4_MTU_MIN;
	mtu = s->mtu > least ? s->mtu : least;
	if (in.octets <= mtu || goes_whole(t, &in)) {
		admit(s, p, &in);
	} else if (inner_df(&in)) {
		/* counted before the sender can know; the last of a read may be shorter, and fit */
		drop(s, ESP_DROP_TOO_BIG, 1);
		if (!s->answered)
			answer_too_big(s, p, &in, mtu);
		s->answered = true;
	} else {
		cut(s, p, &in, mtu);
	}
	return true;
}

/* What one read brought: how many packets it was. */
static unsigned take_all(struct source *s, size_t octets)
{
	struct worker *w = s->w;
	struct segmenter cutter;
	unsigned count;
	size_t next;

	s->left = 1;
	s->answered = false;
	if (!segment_begin(&cutter, w->out->read, octets)) {
		stage_end(&w->clock, ESP_STAGE_READ, 1);
		refuse(s, ESP_DROP_SHORT);
		return 1;
	}
	count = segment_left(&cutter);
	stage_end(&w->clock, ESP_STAGE_READ, count);
	while ((next = segment_octets(&cutter))) {
		struct esp_packet *p = next_packet(s, next);

		s->left = segment_left(&cutter);
		if (!p) {
			refuse(s, ESP_DROP_TOO_BIG);
			break;
		}
		stage_begin(&w->clock);
		segment_next(&cutter, p->data);
		stage_end(&w->clock, ESP_STAGE_SEGMENT, 1);
		if (!take(s, p))
			break;
		stage_end(&w->clock, ESP_STAGE_LOOKUP_OUT, 1);
	}
	return count;
}

void outbound_fetch(const struct worker *w, const struct table *table, uint32_t tunnel)
{
	const struct table_tunnel *t = table_find_tunnel(table, tunnel);

	if (!t || !t->out)
		return;
	cache_fetch(worker_out_tally(w, t), 1);
	sa_fetch(t->out, w->lane, w->plane->config.workers);
}

void outbound_turn(struct worker *w, const struct table *table, uint32_t tunnel)
{
	struct source s = { .w = w, .tunnel = table_find_tunnel(table, tunnel) };
	unsigned taken = 0;
	int fd;

	if (!s.tunnel) /* removed since it became readable */
		return;
	fd = s.tunnel->tun_fd[w->lane];
	choose_sa(&s);
	if (s.sa)
		keys_fetch(s.sa->keys, w->plane->config.workers);
	while (taken < ESP_BATCH) {
		ssize_t n;

		stage_begin(&w->clock);
		n = read(fd, w->out->read, SEGMENT_READ_MAX);
		if (n > 0) {
			taken += take_all(&s, (size_t)n);
		} else if (n == 0 || errno == EAGAIN) {
			return;
		} else if (worker_fd_is_dead(errno)) {
			worker_forget(w, fd);
			return;
		} else {
			taken++; /* something that the kernel could not hand over; others wait behind it */
		}
	}
	worker_look_again(w, fd, tunnel); /* after others that are ready, too */
}

bool ike_turn(struct worker *w)
{
	struct netif_ike_packet info;

	for (unsigned k = 0; k < IKE_PER_TURN; k++) {
		struct netif_esp_packet out = { .data = w->out->whole };
		struct netif_wire *wire;

		out.octets = ike_pair_take(w->plane->ike.worker, &info, out.data, ESP_INNER_MAX);
		if (!out.octets)
			return false;
		out.src = info.local;
		out.dst = info.remote;
		out.port = info.remote_port;
		out.ifindex = info.ifindex;
		out.tos = IKE_TOS;
		wire = worker_wire(w, out.dst.family, true);
		/* What the socket does not take is lost, as on the way: IKE sends again. */
		if (wire)
			w->plane->io->send(wire, &out, 1);
	}
	return true;
}
