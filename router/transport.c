/*
 * A pair is the two ends of native ESP between this router and a peer. Each has a next hop, by the kernel's routes and
 * neighbours, and so the port that it leaves by. A port gets AF_XDP when a pair leaves by it and nothing speaks against it; on one
 * without, packets are sent to the hop by a packet socket where no access list would have to see them. The data plane has the
 * list of the pairs that go so; what is not in it goes by the raw socket, which is open all the time.
 */
#include "router/transport.h"
#include "router/internal.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* Most of the time is left to others, however many pairs there are and however often the kernel changes. */
#define PAUSE            4
#define RETRY_MS         5000
#define RETRY_MAX_MS     60000
#define DETACHED_WAIT_MS 30000 /* whoever took the program off may want to put another there */

struct pair {
	UT_hash_handle hh;
	struct {
		struct ip_addr local, remote;
	} ends;
	bool wanted, stale; /* stale: the hop is to be looked up */
	bool resolved;      /* the hop is known */
	int ifindex;        /* where it leaves, 0: nowhere */
	int taken_at;       /* whose program takes its packets, 0: none does */
	struct netif_hop hop;
};

struct transport {
	enum router_transport mode;
	struct pair *pairs;   /* hash table */
	struct esp_hop *hops; /* what the data plane has */
	size_t hop_count;
	struct event *event;
	bool due;
	uint64_t not_before_us;
};

/* --- pairs ---- */

static bool is_native(const struct iface *i)
{
	const struct tunnel *t = &i->tunnel;

	return iface_is_tunnel(i) && t->ident && t->plaintext_mtu && !t->udp;
}

static void want_pair(struct transport *t, const struct esp_tunnel *data)
{
	struct pair *p, *fresh = calloc(1, sizeof(*fresh));

	if (!fresh)
		return; /* the raw socket carries it */
	fresh->ends.local = data->local;
	fresh->ends.remote = data->remote;
	HASH_FIND(hh, t->pairs, &fresh->ends, sizeof(fresh->ends), p);
	if (p) {
		free(fresh);
	} else {
		p = fresh;
		p->stale = true;
		HASH_ADD(hh, t->pairs, ends, sizeof(p->ends), p);
		if (!hash_has(&p->hh)) {
			free(p);
			return;
		}
	}
	p->wanted = true;
}

static struct netif_xdp *xdp_at(struct router *r, int ifindex)
{
	const struct iface *i = ifindex ? iface_by_index(r, ifindex) : NULL;

	return i && i->port && i->transport.xdp && netif_xdp_ifindex(i->transport.xdp) == ifindex ? i->transport.xdp
												  : NULL;
}

static void stop_taking(struct router *r, struct pair *p)
{
	struct netif_xdp *x = xdp_at(r, p->taken_at);

	if (x)
		netif_xdp_peer_del(x, &p->ends.local, &p->ends.remote);
	p->taken_at = 0;
}

static void follow_tunnels(struct router *r)
{
	struct transport *t = r->transport;
	struct pair *p, *next;
	const struct iface *i;

	HASH_ITER (hh, t->pairs, p, next)
		p->wanted = false;
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (is_native(i))
			want_pair(t, &i->tunnel.data);
	HASH_ITER (hh, t->pairs, p, next) {
		if (p->wanted)
			continue;
		stop_taking(r, p);
		HASH_DEL(t->pairs, p);
		free(p);
	}
}

static void find_hop(struct router *r, struct pair *p)
{
	struct netif_hop hop;
	int ifindex = iface_scope(r, &p->ends.local), rc;

	rc = netif_hop_find(r->netif, &p->ends.remote, &p->ends.local, &ifindex, &hop);
	p->stale = false;
	p->resolved = !rc;
	p->hop = hop;
	/* Without an answer from the neighbour it is known all the same where its packets come from. */
	p->ifindex = !rc || rc == -EAGAIN ? ifindex : 0;
	if (p->taken_at != p->ifindex)
		stop_taking(r, p);
}

/* --- ports ---- */

static bool leaves_by(const struct transport *t, int ifindex)
{
	const struct pair *p, *next;

	HASH_ITER (hh, t->pairs, p, next)
		if (p->ifindex == ifindex)
			return true;
	return false;
}

/* What speaks against sending past the kernel's IP at all; NULL: nothing. */
static const char *needs_ip(struct router *r, const struct iface *i)
{
	if (!i->kernel.ifindex || !i->kernel.up)
		return "interface is down";
	if (r->transport->mode != ROUTER_TRANSPORT_XDP && strcmp(i->kernel.kind, "veth") != 0)
		return "not a veth (--transport xdp takes it)";
	if (filter_names_any(iface_config(r, i)))
		return "access lists filter on the interface";
	return NULL;
}

/* What speaks against AF_XDP, before it is tried; NULL: nothing. */
static const char *objection(struct router *r, const struct iface *i)
{
	const struct transport *t = r->transport;
	const char *why;

	if (t->mode == ROUTER_TRANSPORT_RAW)
		return "booted with --transport raw";
	why = needs_ip(r, i);
	if (why)
		return why;
	if (!leaves_by(t, i->kernel.ifindex))
		return "no native ESP leaves here";
	if (capture_is_on(r->capture, i->name))
		return "a capture is on the interface";
	return NULL;
}

static void say_why(struct transport_port *port, const char *why)
{
	snprintf(port->why, sizeof(port->why), "%s", why);
}

static void try_later(struct transport_port *port, uint64_t wait_ms)
{
	const uint64_t longest = RETRY_MAX_MS;

	for (unsigned k = 0; k < port->failures && wait_ms < longest; k++)
		wait_ms *= 2;
	port->failures++;
	port->retry_ms = router_now_ms() + (wait_ms < longest ? wait_ms : longest);
}

static void open_port(struct router *r, struct iface *i)
{
	struct transport_port *port = &i->transport;
	struct netif_xdp *x = NULL;
	int rc;

	if (router_now_ms() < port->retry_ms)
		return;
	rc = netif_xdp_open(i->kernel.ifindex, &x, port->why);
	if (rc) {
		try_later(port, RETRY_MS);
		return;
	}
	rc = esp_xdp_add(r->esp, x);
	if (rc) {
		snprintf(port->why, sizeof(port->why), "data plane: %s", strerror(-rc));
		netif_xdp_close(x);
		try_later(port, RETRY_MS);
		return;
	}
	port->xdp = x;
	port->failures = 0;
	port->why[0] = '\0';
}

uint64_t transport_dropped(const struct iface *i)
{
	struct netif_xdp_status now = { 0 };

	if (i->transport.xdp)
		netif_xdp_status(i->transport.xdp, &now);
	return i->transport.dropped + now.dropped;
}

static void close_port(struct router *r, struct iface *i)
{
	struct transport_port *port = &i->transport;
	const int ifindex = netif_xdp_ifindex(port->xdp);
	struct pair *p, *next;

	HASH_ITER (hh, r->transport->pairs, p, next)
		if (p->taken_at == ifindex)
			p->taken_at = 0;
	esp_xdp_remove(r->esp, port->xdp);
	port->dropped = transport_dropped(i);
	netif_xdp_close(port->xdp);
	port->xdp = NULL;
	port->closing = false;
}

/* Opens what may be had now, and marks what is to be closed: first it has to go from the hops. */
static void follow_port(struct router *r, struct iface *i)
{
	struct transport_port *port = &i->transport;
	const char *why = objection(r, i);

	if (port->xdp && !why && netif_xdp_ifindex(port->xdp) != i->kernel.ifindex)
		why = "the interface is another";
	if (port->xdp && !why && i->kernel.mtu > NETIF_XDP_MTU) {
		snprintf(port->why, sizeof(port->why), "MTU %u is larger than %u", i->kernel.mtu, NETIF_XDP_MTU);
		port->closing = true;
		return;
	}
	if (why && !port->closing)
		say_why(port, why);
	if (why)
		port->closing = port->xdp != NULL;
	else if (!port->xdp)
		open_port(r, i);
}

static bool is_open(const struct iface *i)
{
	return i->port && i->transport.xdp && !i->transport.closing;
}

/* --- hops ---- */

static bool same_hop(const struct esp_hop *a, const struct esp_hop *b)
{
	return ip_equal(&a->local, &b->local) && ip_equal(&a->remote, &b->remote) && a->xdp == b->xdp &&
	       !memcmp(a->hop.dst_mac, b->hop.dst_mac, sizeof(a->hop.dst_mac)) &&
	       !memcmp(a->hop.src_mac, b->hop.src_mac, sizeof(a->hop.src_mac)) && a->hop.mtu == b->hop.mtu &&
	       a->hop.ifindex == b->hop.ifindex;
}

/* False: the data plane has the list that it had. */
static bool publish(struct router *r, struct esp_hop *hops, size_t count)
{
	struct transport *t = r->transport;
	bool same = count == t->hop_count;

	for (size_t k = 0; same && k < count; k++)
		same = same_hop(&hops[k], &t->hops[k]);
	if (!same && !esp_hops_set(r->esp, hops, count)) {
		free(hops);
		return false;
	}
	free(t->hops);
	t->hops = hops;
	t->hop_count = count;
	return true;
}

static bool follow_hops(struct router *r)
{
	struct transport *t = r->transport;
	struct esp_hop *hops = calloc(HASH_COUNT(t->pairs) + 1, sizeof(*hops));
	struct pair *p, *next;
	size_t count = 0;

	if (!hops)
		return false;
	HASH_ITER (hh, t->pairs, p, next) {
		const struct iface *i = p->ifindex ? iface_by_index(r, p->ifindex) : NULL;
		struct netif_xdp *x = i && is_open(i) ? xdp_at(r, p->ifindex) : NULL;

		if (x && !p->taken_at && !netif_xdp_peer_add(x, &p->ends.local, &p->ends.remote))
			p->taken_at = p->ifindex;
		if (p->resolved && (x || (i && i->port && !needs_ip(r, i))))
			hops[count++] = (struct esp_hop){ p->ends.local, p->ends.remote, x, p->hop };
	}
	return publish(r, hops, count);
}

static void follow(struct router *r)
{
	struct transport *t = r->transport;
	struct pair *p, *next;
	struct iface *i;

	follow_tunnels(r);
	HASH_ITER (hh, t->pairs, p, next)
		if (p->stale)
			find_hop(r, p);
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (i->port)
			follow_port(r, i);
	if (!follow_hops(r))
		return; /* out of memory: a socket that is still in the list stays open */
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (i->port && i->transport.xdp && i->transport.closing)
			close_port(r, i);
}

/* --- when ---- */

static void on_due(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;
	uint64_t begin;

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	if (!r->closing && r->transport->due) {
		begin = clock_us();
		r->transport->due = false;
		follow(r);
		r->transport->not_before_us = clock_us() + PAUSE * (clock_us() - begin);
	}
	router_unlock(r);
}

void transport_due(struct router *r)
{
	struct transport *t = r->transport;
	uint64_t now = clock_us(), wait;
	struct timeval tv;

	if (!t || r->closing || t->due)
		return;
	t->due = true;
	wait = t->not_before_us > now ? t->not_before_us - now : 0;
	tv = (struct timeval){ (time_t)(wait / 1000000), (suseconds_t)(wait % 1000000) };
	event_add(t->event, &tv);
}

void transport_doubt(struct router *r)
{
	struct transport *t = r->transport;
	struct pair *p, *next;

	if (!t)
		return;
	HASH_ITER (hh, t->pairs, p, next)
		p->stale = true;
	transport_due(r);
}

void transport_path_mtu(struct router *r, const struct esp_tunnel *data)
{
	struct transport *t = r->transport;
	struct pair key, *p;

	if (!t)
		return;
	memset(&key.ends, 0, sizeof(key.ends));
	key.ends.local = data->local;
	key.ends.remote = data->remote;
	HASH_FIND(hh, t->pairs, &key.ends, sizeof(key.ends), p);
	if (p) {
		p->stale = true;
		transport_due(r);
	}
}

void transport_neighbour(struct router *r, const struct netif_neigh *n)
{
	struct transport *t = r->transport;
	struct pair *p, *next;

	if (!t)
		return;
	HASH_ITER (hh, t->pairs, p, next)
		if (p->ifindex == n->ifindex && ip_equal(&p->hop.via, &n->addr)) {
			p->stale = true;
			transport_due(r);
		}
}

void transport_tick(struct router *r, uint64_t now_ms)
{
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		struct transport_port *port = &i->transport;

		if (!i->port || !r->transport)
			continue;
		if (port->xdp && !port->closing && !netif_xdp_alive(port->xdp)) {
			say_why(port, "the XDP program is gone");
			port->closing = true;
			try_later(port, DETACHED_WAIT_MS);
			transport_due(r);
		} else if (!port->xdp && port->failures && now_ms >= port->retry_ms) {
			transport_due(r);
		}
	}
}

bool transport_start(struct router *r, enum router_transport mode)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (!t)
		return false;
	t->mode = mode;
	t->event = event_new(r->base, -1, 0, on_due, r);
	if (!t->event) {
		free(t);
		return false;
	}
	r->transport = t;
	return true;
}

void transport_release(struct router *r)
{
	struct transport *t = r->transport;
	struct pair *p, *next;
	struct iface *i;

	if (!t)
		return;
	if (r->esp && !publish(r, NULL, 0))
		t->hop_count = 0; /* its workers are about to be stopped */
	TAILQ_FOREACH (i, &r->ifaces, link)
		if (i->transport.xdp)
			close_port(r, i);
	HASH_ITER (hh, t->pairs, p, next) {
		HASH_DEL(t->pairs, p);
		free(p);
	}
	event_free(t->event);
	free(t->hops);
	free(t);
	r->transport = NULL;
}

/* Every worker has the packet socket of this family; it is opened with its wire, or never. */
static bool has_packet_sockets(const struct router *r, unsigned family)
{
	const struct esp_config *c = &r->esp_config;

	for (unsigned k = 0; k < c->workers; k++) {
		const struct netif_wire *w = c->esp[family == 6][k];
		struct netif_wire_status status;

		if (!w)
			return false;
		netif_wire_status(w, &status);
		if (!status.hop)
			return false;
	}
	return true;
}

/* The data plane has a next hop at this port, and what to send to it by. */
static bool sends_by_packet_socket(const struct router *r, const struct iface *i)
{
	const struct transport *t = r->transport;

	for (size_t k = 0; k < t->hop_count; k++)
		if (!t->hops[k].xdp && t->hops[k].hop.ifindex == i->kernel.ifindex &&
		    has_packet_sockets(r, t->hops[k].remote.family))
			return true;
	return false;
}

void router_each_transport(struct router *r, void (*fn)(void *ctx, const struct router_transport_info *i), void *ctx)
{
	const struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		struct router_transport_info info = { 0 };
		struct netif_xdp_status status;

		if (!i->port)
			continue;
		snprintf(info.name, sizeof(info.name), "%s", i->name);
		info.xdp = is_open(i);
		info.transport = info.xdp                       ? "AF_XDP (generic)"
				 : sends_by_packet_socket(r, i) ? "raw socket, packet socket to known next hops"
								: "raw socket";
		snprintf(info.why, sizeof(info.why), "%s", info.xdp ? "" : i->transport.why);
		if (info.xdp) {
			netif_xdp_status(i->transport.xdp, &status);
			info.sent = status.sent;
			info.received = status.received;
			info.dropped = status.dropped;
		}
		fn(ctx, &info);
	}
}
