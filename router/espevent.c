/* What the data plane says, as IOS prints it. */
#include "router/debug.h"
#include "router/internal.h"

#define EVENTS 64

/* Of what an SA got the SA counts, wherever the packet says that it is from. */
static bool same_subject(const struct bad_packet *s, const struct esp_event *e)
{
	if (s->tunnel != e->tunnel || s->spi != e->spi)
		return false;
	return e->tunnel || (ip_equal(&s->src, &e->src) && ip_equal(&s->dst, &e->dst));
}

/*
 * Anybody can send such packets: as on IOS once a minute for each SA, or SPI without one. The oldest entry makes room, so
 * a flood of SPIs costs no memory; each kind has its own, so it hides no message of another kind.
 */
static bool may_say(struct router *r, enum bad_packet_kind kind, const struct esp_event *e)
{
	uint64_t now = router_now_ms();
	struct bad_packet *slot = &r->bad_packets[kind][0];

	for (size_t k = 0; k < ROUTER_BAD_PACKETS; k++) {
		struct bad_packet *s = &r->bad_packets[kind][k];

		if (s->said_ms && same_subject(s, e)) {
			slot = s;
			break;
		}
		if (s->said_ms < slot->said_ms)
			slot = s;
	}
	/* All entries are younger than a minute: a flood is said once a minute for each entry, no more. */
	if (slot->said_ms && now - slot->said_ms < ROUTER_BAD_PACKET_MS)
		return false;
	*slot = (struct bad_packet){ e->tunnel, e->spi, e->src, e->dst, now };
	return true;
}

static void moved(struct router *r, const struct esp_event *e)
{
	const struct ike_path path = { e->dst, e->src, e->dst_port, e->src_port };

	ike_peer_moved(r->ike, e->tunnel, e->spi, &path);
}

static void handle(struct router *r, const struct esp_event *e)
{
	struct iface *i = tunnel_by_ident(r, e->tunnel);

	switch (e->kind) {
	case ESP_EVENT_INVALID_SPI:
		if (may_say(r, BAD_SPI, e))
			log_esp_invalid_spi(r, &e->dst, e->spi, &e->src);
		ike_invalid_spi(r->ike, &e->dst, &e->src, e->spi, e->octets);
		break;
	case ESP_EVENT_SEQUENCE:
		if (i)
			ike_sa_limit(r->ike, e->tunnel, e->spi);
		break;
	case ESP_EVENT_REPLAY:
		if (!may_say(r, BAD_REPLAY, e))
			break;
		log_esp_replay(r, e->conn_id, e->sequence);
		break;
	case ESP_EVENT_ICV:
		if (!may_say(r, BAD_ICV, e))
			break;
		log_esp_mac(r, e->conn_id);
		break;
	case ESP_EVENT_MOVED:
		if (i)
			moved(r, e);
		break;
	case ESP_EVENT_PATH_MTU:
		if (i)
			tunnel_path_mtu(r, i, e->mtu);
		break;
	case ESP_EVENT_PROVEN:
		if (i)
			ike_sa_proven(r->ike, e->tunnel, e->spi);
		break;
	case ESP_EVENT_VOLUME:
		if (i)
			ike_sa_volume(r->ike, e->tunnel, e->inbound, e->spi);
		break;
	}
}

void espevent_read(struct router *r)
{
	struct esp_event events[EVENTS];
	size_t n = esp_events(r->esp, events, EVENTS);

	/* One helping: the descriptor stays readable while there is more. */
	for (size_t k = 0; k < n; k++)
		handle(r, &events[k]);
}
