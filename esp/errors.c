#include "esp/errors.h"
#include "base/buf.h"
#include "esp/worker.h"

#define PATH_MTU_EVERY_MS 1000
#define ERRORS_MAX        64

static bool is_about(const struct sa *sa, const struct netif_esp_error *e, uint32_t sequence, bool udp)
{
	const struct sa_peer *peer = sa_peer(sa);

	return udp == sa_in_udp(sa) && peer->port == e->port && ip_equal(&peer->addr, &e->dst) &&
	       sa_sequence(sa) - sequence < ERRORS_RECENT;
}

const struct table_sa *errors_match(const struct table *t, const struct netif_esp_error *e, bool udp)
{
	struct rd r = rd_of(e->quoted, e->quoted_octets);
	uint32_t spi = rd_u32(&r), sequence = rd_u32(&r);

	if (r.why)
		return NULL;
	for (const struct table_sa *row = table_find_out(t, spi); row; row = table_next_out(t, row))
		if (is_about(row->sa, e, sequence, udp))
			return row;
	return NULL;
}

static void tell_path_mtu(struct worker *w, const struct sa *sa, const struct netif_esp_error *e)
{
	const struct esp_event event = { .kind = ESP_EVENT_PATH_MTU,
					 .tunnel = sa->params.tunnel,
					 .spi = sa->params.spi,
					 .conn_id = sa->params.conn_id,
					 .mtu = e->mtu,
					 .src = sa->params.src,
					 .dst = e->dst,
					 .src_port = sa->params.local_port,
					 .dst_port = e->port };

	events_push(&w->plane->events, &event);
}

void errors_turn(struct worker *w, const struct table *t, unsigned family, bool udp)
{
	struct netif_wire *wire = worker_wire(w, family, udp);
	struct netif_esp_error errors[ERRORS_MAX];
	bool more; /* then the socket is still ready, and comes round again */
	unsigned n;

	if (!wire)
		return;
	n = w->plane->io->errors(wire, errors, ERRORS_MAX, &more);
	for (unsigned i = 0; i < n; i++) {
		const struct table_sa *row = errors_match(t, &errors[i], udp);
		struct sa_runtime *run;

		if (!row)
			continue;
		run = &row->sa->run;
		if (run->told_mtu_ms && w->now_ms - run->told_mtu_ms < PATH_MTU_EVERY_MS)
			continue;
		run->told_mtu_ms = w->now_ms;
		tell_path_mtu(w, row->sa, &errors[i]);
	}
}
