/*
 * The packets that `log` entries of access lists matched, and what is told of them. nflog and the event loop are the harness's.
 *
 * Packets: flags (which entry, when), two octets of length, the octets from the IP header on.
 * At most one message comes of a packet, of one line, with nothing in it that a terminal obeys.
 *
 * libs: router/filter_log.c -lcrypto
 */
#include "base/buf.h"
#include "router/filter_rules.h"
#include "router/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rd in;
static event_callback_fn callback;
static struct logger *logger;
static uint64_t now_ms, handles[4];
static unsigned told;

static void demand(bool good)
{
	if (!good)
		abort();
}

/* --- instead of the router, the kernel and libevent ---- */

struct event *event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn fn, void *ctx)
{
	(void)base, (void)fd, (void)what, (void)ctx;
	callback = fn;
	return NULL;
}

int event_add(struct event *e, const struct timeval *t)
{
	(void)e, (void)t;
	return 0;
}

void event_free(struct event *e)
{
	(void)e;
}

void router_lock(struct router *r)
{
	(void)r;
}

void router_unlock(struct router *r)
{
	(void)r;
}

uint64_t router_now_ms(void)
{
	return now_ms;
}

void router_complain(struct router *r, const char *fmt, ...)
{
	(void)r, (void)fmt;
	abort();
}

struct iface *iface_by_index(struct router *r, int ifindex)
{
	static struct iface one = { .name = "Ethernet0/0" };

	(void)r;
	return ifindex == 1 ? &one : NULL;
}

int netif_nflog_open(uint16_t group, unsigned octets, struct netif_nflog **out)
{
	(void)group, (void)octets;
	*out = NULL;
	return 0;
}

void netif_nflog_close(struct netif_nflog *l)
{
	(void)l;
}

int netif_nflog_fd(const struct netif_nflog *l)
{
	(void)l;
	return -1;
}

void netif_nflog_read(struct netif_nflog *l, void (*fn)(void *ctx, const struct netif_logged *p), void *ctx)
{
	char prefix[32];

	(void)l;
	while (rd_left(&in)) {
		const uint8_t how = rd_u8(&in);
		size_t octets = rd_u16(&in);
		uint8_t *packet;

		octets = octets < rd_left(&in) ? octets : rd_left(&in);
		packet = malloc(octets ? octets : 1);
		demand(packet != NULL);
		rd_copy(&in, packet, octets);
		snprintf(prefix, sizeof(prefix), how & 0x80 ? "x%" PRIx64 : "c%" PRIx64, handles[how & 3]);
		now_ms += how & 4 ? 300000 : 1;
		told = 0;
		fn(ctx, &(struct netif_logged){ prefix, packet, octets, how & 8 ? 1 : 0 });
		demand(told <= 1);
		free(packet);
	}
}

static void on_line(void *ctx, const char *text)
{
	(void)ctx;
	told++;
	for (; *text; text++)
		demand(*text >= ' ' && *text < 0x7f);
}

/* --- the lists ---- */

static void add(struct config *c, enum acl_kind kind, const char *name, bool permit, unsigned at)
{
	struct acl_entry e = ACL_ENTRY_ANY;
	struct acl *a = config_acl_get(c, kind, name);

	e.permit = permit;
	e.log = e.log_input = true;
	demand(a && acl_add(a, &e) == ACL_ADDED);
	handles[at] = acl_at(a, ACL_SEQUENCE_STEP)->handle;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *config;
	struct router r = { 0 };

	if (!config) {
		config = config_new();
		logger = logger_new(NULL, NULL);
		demand(config && logger && logger_add_sink(logger, LOG_SINK_MONITOR, on_line, NULL));
		logger_configure(logger, &(struct log_settings){ .monitor_level = LOG_SEV_DEBUGGING,
								 .console_level = LOG_SEV_OFF,
								 .buffer_level = LOG_SEV_OFF,
								 .trap_level = LOG_SEV_OFF,
								 .buffer_octets = 4096 });
		add(config, ACL_STANDARD, "10", true, 0);
		add(config, ACL_EXTENDED, "VPN", false, 1);
		add(config, ACL_IPV6, "SIX", true, 2);
		handles[3] = 4711;
	}
	r.config = config;
	r.log = logger;
	now_ms = 1;
	in = rd_of(data, size);
	filter_log_start(&r);
	demand(callback != NULL);
	callback(-1, 0, &r);
	filter_log_free(&r);
	return 0;
}
