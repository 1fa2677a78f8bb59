/*
 * The order in which the runtime follows the model and the kernel: log, sysctls, interfaces, addresses, routes, what
 * is said of it, IKE settings, tunnels. Tunnels that went (or came) change links, addresses and routes again, so it
 * is repeated until nothing new happens.
 */
#include "router/internal.h"
#include "base/clock.h"

#include <string.h>

/* Enough for tunnels through tunnels; what is left over comes with the kernel's next message. */
#define PASSES 8
/*
 * With more interfaces than these, what the kernel and the engine report is gathered for so many times as long as it
 * took to follow it last: most of the time is left to negotiations and users.
 */
#define FOLLOW_AT_ONCE 64
#define FOLLOW_PAUSE   4

static void follow_log(struct router *r)
{
	if (r->logging_told && !memcmp(&r->logging, &r->config->logging, sizeof(r->logging)))
		return;
	memcpy(&r->logging, &r->config->logging, sizeof(r->logging));
	r->logging_told = true;
	logger_configure(r->log, &r->logging);
}

static void follow_forwarding(struct router *r)
{
	/* IOS routes IPv4 by default. */
	keep_sysctl(r, "1", "ipv4/ip_forward");
	/* The kernel also sends redirects where only `all` says so. */
	keep_sysctl(r, "0", "ipv4/conf/all/send_redirects");
	/* Held before the next, so that it is put back after it: `all` sets `default` too. */
	keep_sysctl(r, "0", "ipv6/conf/default/forwarding");
	keep_sysctl(r, r->config->ipv6_unicast_routing ? "1" : "0", "ipv6/conf/all/forwarding");
	if (r->forwarding6 != r->config->ipv6_unicast_routing) {
		r->forwarding6 = r->config->ipv6_unicast_routing;
		netif_sysctl_set("ipv6/conf/default/forwarding", "0", NULL, 0);
		tunnel_forwarding(r);
	}
}

static void apply(struct router *r)
{
	r->applying = true;
	follow_log(r);
	follow_forwarding(r);
	iface_follow_model(r);
	tunnel_leave(r);
	for (int pass = 0; pass < PASSES; pass++) {
		r->again = false;
		filter_sync(r); /* before what it is for comes up */
		iface_sync(r);
		addr_sync(r);
		route_sync(r);
		iface_announce(r);
		if (!pass)
			ikesettings_apply(r);
		tunnel_sync(r);
		if (!r->again)
			break;
	}
	filter_sync(r); /* for the devices that were made meanwhile */
	filter_booted(r);
	mss_sync(r);
	r->kernel_due = r->tunnels_due = false;
	r->applying = false;
	transport_doubt(r);
}

void router_apply(struct router *r)
{
	if (r->closing || r->applying)
		return;
	apply(r);
}

void router_follow(struct router *r)
{
	const uint64_t begin = clock_us();
	uint64_t end;

	if (r->closing || r->applying || (!r->kernel_due && !r->tunnels_due))
		return;
	if (begin < r->not_before_us && r->follow_event) {
		const uint64_t wait = r->not_before_us - begin;
		const struct timeval tv = { (time_t)(wait / 1000000), (suseconds_t)(wait % 1000000) };

		if (!event_pending(r->follow_event, EV_TIMEOUT, NULL))
			event_add(r->follow_event, &tv);
		return;
	}
	if (r->kernel_due)
		apply(r);
	else
		tunnels_follow(r);
	r->kernel_due = r->tunnels_due = false;
	end = clock_us();
	if (HASH_CNT(by_name, r->iface_names) > FOLLOW_AT_ONCE)
		r->not_before_us = end + FOLLOW_PAUSE * (end - begin);
}
