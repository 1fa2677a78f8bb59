/* Creation and the end, the lock, and the event loop's callbacks. */
#include "router/internal.h"
#include "base/clock.h"
#include "base/locked.h"

#include <errno.h>
#include <event2/thread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t router_now_ms(void)
{
	return clock_ms();
}

void router_complain(struct router *r, const char *fmt, ...)
{
	char text[ROUTER_COMPLAINT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (unsigned k = 0; k < ROUTER_COMPLAINTS; k++)
		if (!strcmp(r->complaints[k], text))
			return;
	snprintf(r->complaints[r->complaint_next++ % ROUTER_COMPLAINTS], ROUTER_COMPLAINT_SIZE, "%s", text);
	log_syslog(r->log, LOG_SEV_WARNINGS, "SYS", "NETIF", "%s", text);
}

const char *router_errno_text(struct router *r, int error)
{
	const char *kernels = netif_error(r->netif);

	return kernels[0] ? kernels : strerror(-error);
}

/* --- lock ----------------------------------------------------------------------------------------------------- */

void router_lock(struct router *r)
{
	control_lock_take(&r->lock);
}

void router_unlock(struct router *r)
{
	control_lock_give(&r->lock);
}

void router_lend(struct router *r)
{
	control_lock_lend(&r->lock);
}

/* --- the loop's callbacks ------------------------------------------------------------------------------------- */

static void on_ike(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)what;
	control_lock_take_first(&r->lock);
	ikeops_receive(r, fd);
	router_unlock(r);
}

static void on_ike_udp(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)what;
	control_lock_take_first(&r->lock);
	ikeops_receive_udp(r, fd == esp_ike_fd(r->esp, ESP_IKE_FIRST) ? ESP_IKE_FIRST : ESP_IKE_KNOWN);
	router_unlock(r);
}

static void on_esp(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	espevent_read(r);
	router_unlock(r);
}

/* In a thread of the pool. */
static void dh_ready(void *ctx)
{
	struct router *r = ctx;

	event_active(r->dh_event, EV_READ, 0);
}

static void on_dh(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;
	struct ike_dh_job *job;

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	while (r->dhpool && (job = dhpool_take(r->dhpool)))
		ike_dh_done(r->ike, job);
	router_unlock(r);
}

/* One core is left to control and packets, unless there is but one. */
static void start_dhpool(struct router *r)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);

	r->dh_event = event_new(r->base, -1, 0, on_dh, r);
	if (r->dh_event)
		r->dhpool = dhpool_new(cores > 2 ? (unsigned)cores - 1 : 1, dh_ready, r);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	if (r->timer_ms != UINT64_MAX) {
		/* The loop's clock is a cached one: it may ring a little early. */
		if (router_now_ms() < r->timer_ms) {
			ikeops_timer(r, r->timer_ms);
		} else {
			r->timer_ms = UINT64_MAX;
			ike_timer(r->ike);
		}
	}
	router_unlock(r);
}

static void on_change(void *ctx, const struct netif_change *c)
{
	struct router *r = ctx;

	/* Neighbours come and go all the time, and nothing that is configured depends on them. */
	if (c->kind == NETIF_CHANGE_NEIGH)
		transport_neighbour(r, &c->neigh);
	else
		r->kernel_due = true;
	if (c->kind == NETIF_CHANGE_LINK || c->kind == NETIF_CHANGE_LINK_GONE)
		iface_doubt(r, &c->link);
	switch (c->kind) {
	case NETIF_CHANGE_LINK:
		/* It may be up again by the time it is read, with its routes gone. */
		if (!c->link.up || !c->link.running)
			route_doubt(r, c->link.ifindex);
		break;
	case NETIF_CHANGE_LINK_GONE:
		addr_forget(r, c->link.ifindex);
		route_doubt(r, c->link.ifindex);
		break;
	case NETIF_CHANGE_ROUTE:
		route_doubt(r, 0);
		break;
	case NETIF_CHANGE_ADDR:
		addr_doubt(r, c->ifindex);
		break;
	case NETIF_CHANGE_LOST:
		iface_doubt(r, NULL);
		route_doubt(r, 0);
		transport_doubt(r);
		break;
	case NETIF_CHANGE_NEIGH:
		break;
	}
}

static void on_netif(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	netif_monitor_read(r->netif, on_change, r);
	router_follow(r);
	router_unlock(r);
}

static void on_follow(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	router_follow(r);
	router_unlock(r);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;
	uint64_t now = router_now_ms();

	(void)fd;
	(void)what;
	control_lock_take_first(&r->lock);
	iface_tick(r, now);
	filter_tick(r);
	mss_tick(r);
	keep_tick(r);
	tunnel_tick(r, now);
	if (capture_reap(r->capture))
		transport_due(r);
	transport_tick(r, now);
	/* what a thousand negotiations needed at once is the system's again when they are over */
	if (r->heap_loose && !r->tunnels_due)
		locked_loosen();
	r->heap_loose = r->tunnels_due;
	router_unlock(r);
}

static struct event *listen_on(struct router *r, int fd, event_callback_fn fn)
{
	struct event *e = fd < 0 ? NULL : event_new(r->base, fd, EV_READ | EV_PERSIST, fn, r);

	if (e && event_add(e, NULL)) {
		event_free(e);
		return NULL;
	}
	return e;
}

static bool make_events(struct router *r)
{
	static const struct timeval tick = { .tv_sec = ROUTER_TICK_S };

	for (int k = 0; k < 2; k++)
		if ((r->ike_known_fd[k] >= 0 && !(r->ike_known_event[k] = listen_on(r, r->ike_known_fd[k], on_ike))) ||
		    (r->ike_fd[k] >= 0 && !(r->ike_event[k] = listen_on(r, r->ike_fd[k], on_ike))))
			return false;
	r->ike_udp_event = listen_on(r, esp_ike_fd(r->esp, ESP_IKE_KNOWN), on_ike_udp);
	r->ike_udp_first_event = listen_on(r, esp_ike_fd(r->esp, ESP_IKE_FIRST), on_ike_udp);
	r->esp_event = listen_on(r, esp_event_fd(r->esp), on_esp);
	r->netif_event = listen_on(r, netif_monitor_fd(r->netif), on_netif);
	r->timer_event = event_new(r->base, -1, 0, on_timer, r);
	r->tick_event = event_new(r->base, -1, EV_PERSIST, on_tick, r);
	r->follow_event = event_new(r->base, -1, 0, on_follow, r);
	if (!r->ike_udp_event || !r->ike_udp_first_event || !r->esp_event || !r->netif_event || !r->timer_event ||
	    !r->tick_event || !r->follow_event || event_add(r->tick_event, &tick))
		return false;
	if (r->timer_ms != UINT64_MAX)
		ikeops_timer(r, r->timer_ms);
	return true;
}

/* --- creation ------------------------------------------------------------------------------------------------- */

static bool copy_ports(struct router *r, const struct router_options *o, char *error, size_t size)
{
	struct netif_link link;

	r->ports = calloc(o->port_count + 1, sizeof(*r->ports));
	if (!r->ports) {
		snprintf(error, size, "out of memory");
		return false;
	}
	for (size_t k = 0; k < o->port_count; k++) {
		r->ports[k] = o->ports[k];
		if (netif_link_get(r->netif, o->ports[k].device, &link) < 0) {
			snprintf(error, size, "%s: there is no network device %s", o->ports[k].ifname,
				 o->ports[k].device);
			return false;
		}
		if (link.has_mac && !r->has_base_mac) {
			memcpy(r->base_mac, link.mac, sizeof(r->base_mac));
			r->has_base_mac = true;
		}
		r->port_count++;
	}
	return true;
}

/* A kernel without one of the families is no error: the router then has the other. */
static bool no_family(int rc)
{
	return rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL || rc == -EPROTONOSUPPORT;
}

static bool port_is_open(int fd, int port, unsigned family, char *error, size_t size)
{
	if (fd >= 0 || no_family(fd))
		return true;
	if (fd == -EADDRINUSE)
		snprintf(error, size, "UDP port %d (IPv%u) is in use by another program", port, family);
	else
		snprintf(error, size, "UDP port %d (IPv%u): %s", port, family, strerror(-fd));
	return false;
}

static bool open_wires(struct router *r, int k, char *error, size_t size)
{
	static const unsigned family[2] = { 4, 6 };
	struct esp_config *c = &r->esp_config;

	for (unsigned at = 0; at < c->workers; at++) {
		struct netif_wire_options o = { .family = family[k], .worker = at, .workers = c->workers };
		int rc = netif_wire_open(&o, &c->esp[k][at]);

		if (rc && !no_family(rc)) {
			snprintf(error, size, "ESP socket (IPv%u): %s", family[k], strerror(-rc));
			return false;
		}
		o.port = ESP_UDP_PORT;
		rc = netif_wire_open(&o, &c->udp[k][at]);
		if (rc && !port_is_open(rc, ESP_UDP_PORT, family[k], error, size))
			return false;
	}
	return true;
}

static void close_wires(struct router *r)
{
	for (int k = 0; k < 2; k++)
		for (unsigned at = 0; at < NETIF_WORKERS_MAX; at++) {
			netif_wire_close(r->esp_config.esp[k][at]);
			netif_wire_close(r->esp_config.udp[k][at]);
		}
}

static bool open_sockets(struct router *r, char *error, size_t size)
{
	static const unsigned family[2] = { 4, 6 };

	for (int k = 0; k < 2; k++) {
		r->ike_fd[k] = netif_ike_open(family[k], IKE_PORT);
		if (!port_is_open(r->ike_fd[k], IKE_PORT, family[k], error, size) || !open_wires(r, k, error, size))
			return false;
		/* a kernel that cannot gives everything to the one */
		if (r->ike_fd[k] >= 0)
			r->ike_known_fd[k] = netif_ike_open_known(r->ike_fd[k], family[k]);
	}
	return true;
}

static bool start(struct router *r, const struct router_options *o, char *error, size_t size)
{
	const char *missing = netif_missing_capability();
	struct ike_ops ops = ikeops_make(r);

	if (missing) {
		snprintf(error, size, "%s is missing: run as root or in a network namespace of your own", missing);
		return false;
	}
	if (!(r->netif = netif_new())) {
		snprintf(error, size, "netlink: %s", strerror(errno));
		return false;
	}
	/* The IKE port tells whether another router runs here; only then are leftovers nobody's. */
	if (!copy_ports(r, o, error, size) || !open_sockets(r, error, size))
		return false;
	netif_cleanup(r->netif);
	if (!(r->esp = esp_new(&r->esp_config))) {
		snprintf(error, size, "data plane: %s", strerror(errno));
		return false;
	}
	if (!(r->capture = capture_new(r->log)) || !(r->ike = ike_new(&ops)) || !make_events(r) ||
	    !transport_start(r, o->transport)) {
		snprintf(error, size, "out of memory");
		return false;
	}
	return true;
}

struct router *router_new(const struct router_options *o, char *error, size_t error_size)
{
	struct router *r = calloc(1, sizeof(*r));

	if (!r || !control_lock_init(&r->lock)) {
		free(r);
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	r->base = o->base;
	r->log = o->log;
	r->config = o->config;
	r->timer_ms = UINT64_MAX;
	r->engine.cleared_ms = router_now_ms();
	for (int k = 0; k < 2; k++)
		r->ike_fd[k] = r->ike_known_fd[k] = -1;
	r->esp_config = (struct esp_config){ .workers = plan_workers(o->workers, sysconf(_SC_NPROCESSORS_ONLN)),
					     .multi = true };
	r->mss_run = (struct nft_run)NFT_IDLE;
	TAILQ_INIT(&r->ifaces);
	LIST_INIT(&r->addrs);
	LIST_INIT(&r->sysctls);
	LIST_INIT(&r->links);
	if (!start(r, o, error, error_size)) {
		router_free(r);
		return NULL;
	}
	start_dhpool(r);
	mss_start(r);
	filter_start(r);
	return r;
}

static void free_event(struct event **e)
{
	if (*e)
		event_free(*e);
	*e = NULL;
}

static void close_socket(int fd)
{
	if (fd >= 0)
		close(fd);
}

void router_free(struct router *r)
{
	if (!r)
		return;
	router_lock(r);
	r->closing = true;
	if (r->ike)
		ike_shutdown(r->ike);
	if (r->netif) {
		mss_release(r);
		route_release(r);
		addr_release(r);
	}
	capture_free(r->capture);
	transport_release(r);
	r->capture = NULL;
	iface_free_all(r);
	filter_release(r);
	dhpool_free(r->dhpool);
	r->dhpool = NULL;
	if (r->ike)
		ike_free(r->ike);
	free_event(&r->dh_event);
	for (int k = 0; k < 2; k++) {
		free_event(&r->ike_event[k]);
		free_event(&r->ike_known_event[k]);
	}
	free_event(&r->ike_udp_event);
	free_event(&r->ike_udp_first_event);
	free_event(&r->esp_event);
	free_event(&r->netif_event);
	free_event(&r->timer_event);
	free_event(&r->tick_event);
	free_event(&r->follow_event);
	esp_free(r->esp);
	if (r->netif)
		keep_release(r);
	ikesettings_forget(r);
	for (int k = 0; k < 2; k++) {
		close_socket(r->ike_fd[k]);
		close_socket(r->ike_known_fd[k]);
	}
	close_wires(r);
	if (r->netif)
		netif_free(r->netif);
	router_unlock(r);
	control_lock_destroy(&r->lock);
	free(r->ports);
	free(r);
}

/* --- what the shell asks -------------------------------------------------------------------------------------- */

struct ike *router_ike(struct router *r)
{
	return r->ike;
}

struct esp *router_esp(struct router *r)
{
	return r->esp;
}

struct capture *router_capture(struct router *r)
{
	return r->capture;
}

int router_capture_start(struct router *r, const char *point)
{
	struct capture_point p;
	const struct iface *i;
	int rc;

	if (!capture_point_get(r->capture, point, &p))
		return -ENOENT;
	i = iface_find(r, p.ifname);
	rc = i && i->kernel.ifindex ? capture_start(r->capture, point, i->kernel.ifindex) : -ENODEV;
	transport_due(r);
	return rc;
}

int router_capture_stop(struct router *r, const char *point)
{
	int rc = capture_stop(r->capture, point);

	transport_due(r);
	return rc;
}

int router_capture_remove(struct router *r, const char *point)
{
	int rc = capture_point_remove(r->capture, point);

	transport_due(r);
	return rc;
}

unsigned router_workers(const struct router *r)
{
	return r->esp_config.workers;
}

void router_set_debug(struct router *r, unsigned kinds)
{
	if ((r->debug ^ kinds) & ROUTER_DEBUG_ENGINE_PACKET)
		engine_measure(r, kinds & ROUTER_DEBUG_ENGINE_PACKET);
	r->debug = kinds;
	ike_set_debug(r->ike, kinds & ~ROUTER_DEBUG_ENGINE_PACKET);
}

unsigned router_debug(const struct router *r)
{
	return r->debug;
}

void router_set_conditions(struct router *r, const struct ike_conditions *c)
{
	r->conditions = *c;
	ike_set_conditions(r->ike, c);
}

const struct ike_conditions *router_conditions(const struct router *r)
{
	return &r->conditions;
}

bool router_port_exists(const struct router *r, const char *ifname)
{
	char name[CONFIG_IFNAME_SIZE];
	enum if_type type;

	if (ifname_canonical(ifname, name, &type) && if_type_is_logical(type))
		return true;
	for (size_t k = 0; k < r->port_count; k++)
		if (!strcmp(r->ports[k].ifname, ifname))
			return true;
	return false;
}
