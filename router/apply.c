/*
 * The order in which the runtime follows the model and the kernel: log, sysctls, interfaces, addresses, routes, what
 * is said of it, IKE settings, tunnels. Tunnels that went (or came) change links, addresses and routes again, so it
 * is repeated until nothing new happens.
 */
#include "router/internal.h"

#include <string.h>

/* Enough for tunnels through tunnels; what is left over comes with the kernel's next message. */
#define PASSES 8

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
	/* Held before the next, so that it is put back after it: `all` sets `default` too. */
	keep_sysctl(r, "0", "ipv6/conf/default/forwarding");
	keep_sysctl(r, r->config->ipv6_unicast_routing ? "1" : "0", "ipv6/conf/all/forwarding");
	if (r->forwarding6 != r->config->ipv6_unicast_routing) {
		r->forwarding6 = r->config->ipv6_unicast_routing;
		netif_sysctl_set("ipv6/conf/default/forwarding", "0", NULL, 0);
		tunnel_forwarding(r);
	}
}

void router_apply(struct router *r)
{
	if (r->closing || r->applying)
		return;
	r->applying = true;
	follow_log(r);
	follow_forwarding(r);
	iface_follow_model(r);
	for (int pass = 0; pass < PASSES; pass++) {
		r->again = false;
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
	mss_sync(r);
	r->applying = false;
}
