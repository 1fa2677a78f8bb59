/* ESP to TUN: find the SA of each packet, decapsulate the batch, deliver. */
#include "base/buf.h"
#include "esp/transform.h"
#include "esp/worker.h"

static void tell(struct worker *w, enum esp_event_kind kind, const struct sa *sa, const struct esp_packet *p)
{
	struct esp_event e = { .kind = kind,
			       .tunnel = sa->params.tunnel,
			       .spi = sa->params.spi,
			       .conn_id = sa->params.conn_id,
			       .sequence = p->sequence,
			       .src = sa->params.src,
			       .dst = sa->params.dst };

	worker_event(w, &e);
}

static void tell_invalid_spi(struct worker *w, const struct netif_esp_packet *got, uint32_t spi)
{
	struct esp_event e = { .kind = ESP_EVENT_INVALID_SPI, .spi = spi, .src = got->src, .dst = got->dst };

	worker_event(w, &e);
}

/* RFC 4303 3.4.2. The tunnel of a packet that found one; the verdict says whether it goes on. */
static const struct table_tunnel *find_sa(struct worker *w, const struct table *t, const struct netif_esp_packet *got,
					  struct esp_packet *p)
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
	if (!ip_equal(&got->src, &row->sa->params.src) || !ip_equal(&got->dst, &row->sa->params.dst))
		p->verdict = ESP_DROP_ADDRESS;
	return row->tunnel;
}

static void deliver(struct worker *w, const struct table_tunnel *t, const struct esp_packet *p)
{
	struct tally *sa = &p->sa->run.tally;

	if (p->verdict) {
		worker_drop(sa, &t->run->in, p->verdict);
		if (p->verdict == ESP_DROP_REPLAY)
			tell(w, ESP_EVENT_REPLAY, p->sa, p);
		else if (p->verdict == ESP_DROP_ICV)
			tell(w, ESP_EVENT_ICV, p->sa, p);
		return;
	}
	/* before it is delivered: the answer may be read by the other worker at once */
	if (!atomic_load_explicit(&p->sa->run.proven, memory_order_relaxed))
		atomic_store_explicit(&p->sa->run.proven, true, memory_order_release);
	if (p->dummy)
		return;
	worker_count(w, sa, &t->run->in, p->octets);
	if (!worker_tun_write(t->tun_fd, p->data, p->octets))
		worker_drop(sa, &t->run->in, ESP_DROP_SEND);
}

void inbound_turn(struct worker *w, const struct table *t, int fd, unsigned family)
{
	struct netif_esp_packet got[ESP_BATCH];
	const struct table_tunnel *tunnels[ESP_BATCH];
	int n;

	for (unsigned i = 0; i < ESP_BATCH; i++) {
		packet_reset(&w->packets[i]);
		got[i] = (struct netif_esp_packet){ .data = w->packets[i].data, .octets = ESP_INNER_MAX };
	}
	n = w->plane->io->recv(fd, family, got, ESP_BATCH);
	if (n < 0 && worker_fd_is_dead(-n))
		worker_forget(w, fd);
	for (int i = 0; i < n; i++) {
		struct esp_packet *p = &w->packets[i];

		/* netif may hand over data further in: behind an outer IPv4 header that it cut off */
		p->data = got[i].data;
		p->octets = got[i].octets;
		p->tos = got[i].tos;
		tunnels[i] = find_sa(w, t, &got[i], p);
	}
	if (n <= 0)
		return;
	esp_decap(w->packets, (unsigned)n);
	for (int i = 0; i < n; i++)
		if (tunnels[i])
			deliver(w, tunnels[i], &w->packets[i]);
}
