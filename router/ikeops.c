/* What the IKE engine asks of the world. */
#include "router/internal.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t op_now(void *ctx)
{
	(void)ctx;
	return router_now_ms();
}

/* The kernel's own octets are as good; they lack only when no random source is there at all. */
static bool from_kernel(uint8_t *out, size_t octets)
{
	while (octets) {
		ssize_t n = getrandom(out, octets, 0);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		out += n > 0 ? n : 0;
		octets -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static void op_random(void *ctx, void *out, size_t octets)
{
	(void)ctx;
	/* Without randomness there is no key worth having. */
	if ((octets > INT32_MAX || RAND_bytes(out, (int)octets) != 1) && !from_kernel(out, octets))
		abort();
}

static struct netif_ike_packet packet_on(struct router *r, const struct ike_path *path)
{
	return (struct netif_ike_packet){
		.local = path->local,
		.remote = path->remote,
		.local_port = path->local_port,
		.remote_port = path->remote_port,
		.ifindex = iface_scope(r, &path->local),
	};
}

/* What is not taken is as if the network had lost it. */
static void op_send(void *ctx, const struct ike_path *path, const uint8_t *datagram, size_t octets)
{
	struct router *r = ctx;
	int fd = r->ike_fd[path->remote.family == 6];
	struct netif_ike_packet info = packet_on(r, path);

	if (path->local_port == ESP_UDP_PORT)
		esp_ike_send(r->esp, datagram, octets, &info);
	else if (fd >= 0)
		netif_ike_send(fd, datagram, octets, &info);
}

static bool op_dh_start(void *ctx, struct ike_dh_job *job)
{
	struct router *r = ctx;

	return r->dhpool && dhpool_give(r->dhpool, job);
}

static void op_nat_keepalive(void *ctx, const struct ike_path *path)
{
	struct router *r = ctx;
	struct netif_ike_packet info = packet_on(r, path);

	esp_keepalive_send(r->esp, &info);
}

void ikeops_timer(struct router *r, uint64_t at_ms)
{
	uint64_t now = router_now_ms(), wait = at_ms > now ? at_ms - now : 0;
	struct timeval tv = { (time_t)(wait / 1000), (suseconds_t)(wait % 1000 * 1000) };

	r->timer_ms = at_ms;
	if (!r->timer_event)
		return; /* at the beginning and the end there is none */
	/* Never event_del(): it would wait for the callback, which waits for the lock that the caller holds. */
	if (at_ms == UINT64_MAX)
		event_del_noblock(r->timer_event);
	else
		event_add(r->timer_event, &tv);
}

static void op_timer(void *ctx, uint64_t at_ms)
{
	ikeops_timer(ctx, at_ms);
}

static int op_sa_install(void *ctx, const struct ike_ipsec_sa *sa)
{
	struct router *r = ctx;
	struct iface *i = tunnel_by_ident(r, sa->ident);
	struct esp_suite_info suite;
	struct esp_sa out = {
		.tunnel = sa->ident,
		.inbound = sa->inbound,
		.spi = sa->spi,
		.conn_id = sa->conn_id,
		.src = sa->src,
		.dst = sa->dst,
		.cipher = sa->cipher,
		.keybits = sa->keybits,
		.auth = sa->auth,
		.cipher_key = sa->cipher_key,
		.auth_key = sa->auth_key,
		.cipher_key_octets = sa->cipher_key_octets,
		.auth_key_octets = sa->auth_key_octets,
		.replay_window = sa->replay_window,
		.held_by = sa->held_by,
		.soft_octets = sa->soft_octets,
		.local_port = sa->local_port,
		.remote_port = sa->remote_port,
	};
	int rc;

	if (!i || !esp_suite_info(sa->cipher, sa->keybits, sa->auth, &suite))
		return -1;
	rc = esp_sa_add(r->esp, &out);
	if (rc < 0)
		return rc;
	if (r->key_sink.esp)
		r->key_sink.esp(r->key_sink.ctx, &out);
	/* A responder's line protocol comes up with the inbound SA, before it may send. */
	if (!sa->inbound || !i->tunnel.plaintext_mtu)
		tunnel_suite(r, i, &suite, sa->remote_port != 0);
	return 0;
}

static void op_sa_move(void *ctx, uint32_t ident, bool inbound, uint32_t spi, const struct ike_path *path)
{
	struct router *r = ctx;

	esp_sa_move(r->esp, ident, inbound, spi, &path->remote, path->remote_port);
}

static void op_sa_release(void *ctx, uint32_t ident, uint32_t spi)
{
	struct router *r = ctx;

	esp_sa_release(r->esp, ident, spi);
}

static void op_sa_remove(void *ctx, uint32_t ident, bool inbound, uint32_t spi)
{
	struct router *r = ctx;

	esp_sa_remove(r->esp, ident, inbound, spi);
}

static bool op_sa_usage(void *ctx, uint32_t ident, bool inbound, uint32_t spi, struct ike_sa_usage *out)
{
	struct router *r = ctx;
	struct esp_counters counters;
	uint64_t now = router_now_ms(), last;

	if (!esp_sa_counters(r->esp, ident, inbound, spi, &counters))
		return false;
	last = counters.last_ms ? counters.last_ms : counters.since_ms; /* before the first packet: since it came */
	*out = (struct ike_sa_usage){ .packets = counters.packets,
				      .octets = counters.octets,
				      .idle_ms = now > last ? now - last : 0 };
	return true;
}

static void op_ident_state(void *ctx, uint32_t ident, bool up)
{
	struct router *r = ctx;
	struct iface *i = tunnel_by_ident(r, ident);

	if (i && !r->closing)
		tunnel_state(r, i, up);
}

static bool op_ident_cloned(void *ctx, uint32_t template, uint32_t ident, struct ike_ident *config)
{
	struct router *r = ctx;

	return !r->closing && vaccess_clone(r, template, ident, config);
}

static void op_ident_gone(void *ctx, uint32_t ident)
{
	vaccess_gone(ctx, ident);
}

static void op_debug(void *ctx, enum ike_debug kind, const char *text)
{
	struct router *r = ctx;

	(void)kind;
	log_debug(r->log, "%s", text);
}

static void op_syslog(void *ctx, enum log_severity sev, const char *facility, const char *mnemonic, const char *text)
{
	struct router *r = ctx;

	log_syslog(r->log, sev, facility, mnemonic, "%s", text);
}

struct ike_ops ikeops_make(struct router *r)
{
	return (struct ike_ops){
		.ctx = r,
		.now_ms = op_now,
		.random = op_random,
		.send = op_send,
		.dh_start = op_dh_start,
		.timer = op_timer,
		.sa_install = op_sa_install,
		.sa_release = op_sa_release,
		.sa_remove = op_sa_remove,
		.sa_move = op_sa_move,
		.nat_keepalive = op_nat_keepalive,
		.sa_usage = op_sa_usage,
		.ident_state = op_ident_state,
		.ident_cloned = op_ident_cloned,
		.ident_gone = op_ident_gone,
		.debug = op_debug,
		.syslog = op_syslog,
	};
}

/* --- keys for a capture ------------------------------------------------------------------------------------------- */

static void op_phase1_key(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets)
{
	struct router *r = ctx;

	r->key_sink.ike(r->key_sink.ctx, icookie, key, octets);
}

void router_set_key_sink(struct router *r, const struct router_key_sink *sink)
{
	r->key_sink = sink ? *sink : (struct router_key_sink){ 0 };
	ike_export_keys(r->ike, sink ? op_phase1_key : NULL);
	if (sink)
		esp_each_key(r->esp, sink->esp, sink->ctx);
}

/* --- datagrams ------------------------------------------------------------------------------------------------ */

void ikeops_receive(struct router *r, int fd)
{
	uint8_t datagram[ROUTER_IKE_OCTETS];
	struct netif_ike_packet info;

	/* A flood must not keep the loop from everything else. */
	for (unsigned k = 0; k < ROUTER_IKE_BURST; k++) {
		long octets = netif_ike_recv(fd, IKE_PORT, datagram, sizeof(datagram), &info);
		struct ike_path path;

		if (octets <= 0)
			return;
		if ((size_t)octets > sizeof(datagram))
			continue;
		path = (struct ike_path){ info.local, info.remote, info.local_port, info.remote_port };
		ike_feed(r->ike, &path, datagram, (size_t)octets);
	}
}

void ikeops_receive_udp(struct router *r, enum esp_ike which)
{
	uint8_t datagram[ESP_IKE_OCTETS_MAX];
	struct netif_ike_packet info;
	size_t octets;

	for (unsigned k = 0;
	     k < ROUTER_IKE_BURST && (octets = esp_ike_recv(r->esp, which, datagram, sizeof(datagram), &info)); k++) {
		struct ike_path path = { info.local, info.remote, info.local_port, info.remote_port };

		ike_feed(r->ike, &path, datagram, octets);
	}
}
