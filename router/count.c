/*
 * What interfaces have counted. Of a tunnel the data plane counts the packets: what passes between it and the kernel in one piece
 * is one packet to the kernel and up to 64 KiB of them to everybody else. The kernel counts the rest.
 *
 * A source may begin anew at zero (another link under the same name, another ident): what is shown goes on from where it
 * was. All of it is modulo 2^64.
 */
#include "router/internal.h"

#include <string.h>

#define EACH_COUNTER(X)                                                                                                \
	X(rx_packets)                                                                                                  \
	X(rx_octets)                                                                                                   \
	X(rx_errors)                                                                                                   \
	X(rx_dropped)                                                                                                  \
	X(rx_multicast) X(tx_packets) X(tx_octets) X(tx_errors) X(tx_dropped) X(wrong_family) X(rx_no_buffer)

/* Packets of the other IP version are counted by themselves; those that were too big have had their answer. */
static uint64_t output_drops(const struct esp_counters *out)
{
	uint64_t n = 0;

	for (int d = ESP_OK + 1; d < ESP_DROP_COUNT; d++)
		if (d != ESP_DROP_FAMILY && d != ESP_DROP_TOO_BIG)
			n += out->drops[d];
	return n;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* False: the data plane has given it up already, and the kernel is no word on it. */
static bool read_tunnel(struct router *r, struct iface *i, struct counters *c)
{
	struct esp_counters in = { 0 }, out = { 0 };

	if (i->tunnel.ident && !esp_tunnel_counters(r->esp, i->tunnel.ident, &in, &out))
		return false;
	c->rx_packets = in.packets;
	c->rx_octets = in.octets;
	c->rx_dropped = in.drops[ESP_DROP_SEND];
	c->tx_packets = out.packets;
	c->tx_octets = out.octets;
	c->tx_dropped += output_drops(&out); /* the kernel's: what the device's queue had no room for */
	c->wrong_family = in.drops[ESP_DROP_FAMILY] + out.drops[ESP_DROP_FAMILY];
	i->last_input_ms = later(i->last_input_ms, in.last_ms);
	i->last_output_ms = later(i->last_output_ms, out.last_ms);
	return true;
}

/* Does a tunnel leave by it? */
static bool is_outer(const struct router *r, const struct iface *i)
{
	const struct iface *t;

	TAILQ_FOREACH (t, &r->ifaces, link)
		if (iface_is_tunnel(t) && t->tunnel.ident && t->tunnel.egress == i->kernel.ifindex)
			return true;
	return false;
}

static void read_sources(struct router *r, struct iface *i)
{
	const struct netif_link *k = &i->kernel;
	struct counters c = {
		.rx_packets = k->rx_packets,
		.rx_octets = k->rx_octets,
		.rx_errors = k->rx_errors,
		.rx_dropped = k->rx_dropped,
		.rx_multicast = k->rx_multicast,
		.tx_packets = k->tx_packets,
		.tx_octets = k->tx_octets,
		.tx_errors = k->tx_errors,
		.tx_dropped = k->tx_dropped,
		.rx_no_buffer = i->counted.rx_no_buffer,
	};

	if (i->port && k->ifindex && is_outer(r, i))
		c.rx_no_buffer = engine_no_buffer(r, i);

	if (!iface_is_tunnel(i) || read_tunnel(r, i, &c))
		i->counted = c;
}

void iface_count(struct router *r, struct iface *i, uint64_t now_ms)
{
	const struct counters before = i->seen;

	read_sources(r, i);
#define X(f) i->seen.f = i->counted.f - i->base.f;
	EACH_COUNTER(X)
#undef X
	if (iface_is_tunnel(i))
		return;
	if (i->seen.rx_packets != before.rx_packets)
		i->last_input_ms = now_ms;
	if (i->seen.tx_packets != before.tx_packets)
		i->last_output_ms = now_ms;
}

void iface_count_on(struct router *r, struct iface *i)
{
	const struct counters before = i->counted;

	read_sources(r, i);
#define X(f) i->base.f += i->counted.f - before.f;
	EACH_COUNTER(X)
#undef X
}

static void ask_kernel(struct router *r, struct iface *i)
{
	struct netif_link now;

	if (i->kernel.ifindex && !netif_link_get_index(r->netif, i->kernel.ifindex, &now))
		i->kernel = now;
}

/* Rates and the times of the last packets go on as they were. */
void iface_clear_counters(struct router *r, struct iface *i, uint64_t now_ms)
{
	ask_kernel(r, i);
	iface_count(r, i, now_ms);
#define X(f) i->rated.f -= i->seen.f;
	EACH_COUNTER(X)
#undef X
	i->seen = (struct counters){ 0 };
	i->base = i->counted;
	i->resets = 0;
	i->cleared_ms = now_ms;
}

void iface_tick(struct router *r, uint64_t now_ms)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		double seconds = i->rated_ms ? (double)(now_ms - i->rated_ms) / 1000 : 0;
		const struct interface *c = iface_config(r, i);
		unsigned window_s = c && c->load_interval_s ? c->load_interval_s : IF_LOAD_INTERVAL_DEFAULT_S;

		if (i->type == IF_LOOPBACK || (!iface_is_tunnel(i) && !i->kernel.ifindex))
			continue;
		if (!iface_is_tunnel(i))
			ask_kernel(r, i);
		iface_count(r, i, now_ms);
		plan_rate_update(&i->in, i->seen.rx_octets - i->rated.rx_octets,
				 i->seen.rx_packets - i->rated.rx_packets, seconds, window_s);
		plan_rate_update(&i->out, i->seen.tx_octets - i->rated.tx_octets,
				 i->seen.tx_packets - i->rated.tx_packets, seconds, window_s);
		i->rated = i->seen;
		i->rated_ms = now_ms;
	}
}
