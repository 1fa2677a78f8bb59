/* What the data plane has done altogether, and where its time goes: for `show crypto engine accelerator statistic`. */
#include "router/internal.h"

#include <string.h>

static void add(struct esp_counters *sum, const struct esp_counters *c)
{
	sum->packets += c->packets;
	sum->octets += c->octets;
	for (int d = 0; d < ESP_DROP_COUNT; d++)
		sum->drops[d] += c->drops[d];
}

static void subtract(struct esp_counters *from, const struct esp_counters *c)
{
	from->packets -= c->packets;
	from->octets -= c->octets;
	for (int d = 0; d < ESP_DROP_COUNT; d++)
		from->drops[d] -= c->drops[d];
}

/* One that the data plane does not know adds nothing. */
static void add_tunnel(struct router *r, const struct iface *i, struct esp_counters *in, struct esp_counters *out)
{
	struct esp_counters its_in, its_out;

	if (!iface_is_tunnel(i) || !i->tunnel.ident || !esp_tunnel_counters(r->esp, i->tunnel.ident, &its_in, &its_out))
		return;
	add(in, &its_in);
	add(out, &its_out);
}

void engine_keep(struct router *r, const struct iface *i)
{
	add_tunnel(r, i, &r->engine.in, &r->engine.out);
}

static void total(struct router *r, struct esp_counters *in, struct esp_counters *out)
{
	const struct iface *i;

	esp_stray_counters(r->esp, in);
	add(in, &r->engine.in);
	*out = r->engine.out;
	TAILQ_FOREACH (i, &r->ifaces, link)
		add_tunnel(r, i, in, out);
}

static uint64_t wires_no_buffer(const struct router *r, unsigned family, bool udp)
{
	const struct esp_config *c = &r->esp_config;
	struct netif_wire *const *wires = udp ? c->udp[family == 6] : c->esp[family == 6];
	struct netif_wire_status status;
	uint64_t n = 0;

	for (unsigned k = 0; k < c->workers; k++) {
		if (!wires[k])
			continue;
		netif_wire_status(wires[k], &status);
		n += status.dropped;
	}
	return n;
}

static uint64_t xdp_no_buffer(const struct router *r)
{
	const struct iface *i;
	uint64_t n = 0;

	TAILQ_FOREACH (i, &r->ifaces, link)
		n += transport_dropped(i);
	return n;
}

uint64_t router_no_buffer(const struct router *r, unsigned family, bool udp)
{
	return wires_no_buffer(r, family, udp) + (udp ? 0 : xdp_no_buffer(r));
}

uint64_t engine_no_buffer(const struct router *r, const struct iface *port)
{
	return wires_no_buffer(r, 4, false) + wires_no_buffer(r, 4, true) + wires_no_buffer(r, 6, false) +
	       wires_no_buffer(r, 6, true) + (port ? transport_dropped(port) : xdp_no_buffer(r));
}

/* As esp_stage_counts() has them. */
#ifdef __x86_64__
static const char unit[] = "cycles";
#else
static const char unit[] = "nanoseconds";
#endif

void engine_measure(struct router *r, bool on)
{
	esp_measure(r->esp, on);
	r->engine.measured_ms = router_now_ms();
}

void router_engine_counters(struct router *r, struct router_engine_counters *out)
{
	const uint64_t now = router_now_ms();

	memset(out, 0, sizeof(*out));
	total(r, &out->in, &out->out);
	subtract(&out->in, &r->engine.in_base);
	subtract(&out->out, &r->engine.out_base);
	out->no_buffer = engine_no_buffer(r, NULL) - r->engine.no_buffer_base;
	out->cleared_s = (now - r->engine.cleared_ms) / 1000;
	out->measuring = esp_measuring(r->esp);
	if (!out->measuring)
		return;
	out->measured_s = (now - r->engine.measured_ms) / 1000;
	out->unit = unit;
	esp_stage_counts(r->esp, out->stages);
}

void router_engine_clear(struct router *r)
{
	total(r, &r->engine.in_base, &r->engine.out_base);
	r->engine.no_buffer_base = engine_no_buffer(r, NULL);
	r->engine.cleared_ms = router_now_ms();
	if (esp_measuring(r->esp))
		engine_measure(r, true);
}
