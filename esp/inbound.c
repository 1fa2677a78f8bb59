/*
 * ESP to TUN: find the SA of each packet, decapsulate the batch, deliver. On the UDP port what is no ESP goes to
 * control.
 */
#include "base/buf.h"
#include "esp/transform.h"
#include "esp/worker.h"

#define MOVED_EVERY_MS 1000

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
			       .dst_port = got->port ? ESP_UDP_PORT : 0 };

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

/* RFC 4303 3.4.2. The tunnel of a packet that found one; the verdict says whether it goes on. */
static const struct table_tunnel *find_sa(struct worker *w, const struct table *t, const struct netif_esp_packet *got,
					  struct esp_packet *p, bool udp)
{
	struct rd r = rd_of(p->data, p->octets);
	uint32_t spi = rd_u32(&r);
	const struct table_sa *row = r.why ? NULL : table_find_sa(t, spi);

	if (!row) {
		p->verdict = r.why ? ESP_DROP_SHORT : ESP_DROP_UNKNOWN_SPI;
		if (!r.why)
			tell_invalid_spi(w, got, spi);
		return NULL;
	}
	p->sa = row->sa;
	p->family = row->tunnel->inner_family;
	p->verdict = check_ends(got, p, udp);
	return row->tunnel;
}

static void deliver(struct worker *w, const struct table_tunnel *t, const struct netif_esp_packet *got,
		    const struct esp_packet *p)
{
	struct tally *sa = sa_tally(p->sa, w->lane);

	if (p->verdict) {
		worker_drop(sa, &t->run->in, p->verdict);
		if (p->verdict == ESP_DROP_REPLAY)
			tell(w, ESP_EVENT_REPLAY, got, p);
		else if (p->verdict == ESP_DROP_ICV)
			tell(w, ESP_EVENT_ICV, got, p);
		return;
	}
	/* before it is delivered: the answer may be read by the other worker at once */
	if (!atomic_load_explicit(&p->sa->run.proven, memory_order_relaxed))
		atomic_store_explicit(&p->sa->run.proven, true, memory_order_release);
	if (p->moved && p->newest)
		tell_moved(w, got, p);
	if (!p->dummy)
		worker_count(w, sa, &t->run->in, p->octets);
	worker_tell_use(w, p->sa);
	if (p->dummy)
		return;
	if (!worker_tun_write(t->tun_fd, p->data, p->octets))
		worker_drop(sa, &t->run->in, ESP_DROP_SEND);
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
	if (octets && octets <= ESP_IKE_OCTETS_MAX)
		ike_pair_put(w->plane->ike.worker, &info, NULL, 0, rd_take(&r, octets), octets);
}

/* The tunnel of an ESP packet that has one. */
static const struct table_tunnel *sort(struct worker *w, const struct table *t, const struct netif_esp_packet *got,
				       struct esp_packet *p, bool udp)
{
	enum udp_kind kind = udp ? udp_kind(got->data, got->octets) : UDP_ESP;

	if (kind == UDP_ESP)
		return find_sa(w, t, got, p, udp);
	p->verdict = ESP_DROP_SHORT; /* so that it is not decapsulated; without a tunnel nobody counts it */
	if (kind == UDP_IKE)
		hand_over(w, got);
	return NULL;
}

void inbound_turn(struct worker *w, const struct table *t, unsigned family, bool udp)
{
	const struct esp_sockets *s = &w->plane->sockets;
	int fd = udp ? s->udp[family == 6] : s->esp[family == 6];
	struct netif_esp_packet got[ESP_BATCH];
	const struct table_tunnel *tunnels[ESP_BATCH];
	int n;

	for (unsigned i = 0; i < ESP_BATCH; i++) {
		packet_reset(&w->packets[i], worker_slot(w, i), ESP_SLOT_OCTETS);
		got[i] = (struct netif_esp_packet){ .data = w->packets[i].data, .octets = ESP_INNER_MAX };
	}
	n = udp ? w->plane->io->udp_recv(fd, got, ESP_BATCH) : w->plane->io->recv(fd, family, got, ESP_BATCH);
	if (n < 0 && worker_fd_is_dead(-n))
		worker_forget(w, fd);
	for (int i = 0; i < n; i++) {
		struct esp_packet *p = &w->packets[i];

		/* netif may hand over data further in: behind an outer IPv4 header that it cut off */
		p->data = got[i].data;
		p->octets = got[i].octets;
		p->tos = got[i].tos;
		tunnels[i] = sort(w, t, &got[i], p, udp);
	}
	if (n <= 0)
		return;
	esp_decap(w->engine, w->packets, (unsigned)n);
	for (int i = 0; i < n; i++)
		if (tunnels[i])
			deliver(w, tunnels[i], &got[i], &w->packets[i]);
}
