/*
 * The routing table: connected and local routes of the interfaces that are up, and the static routes that can be used
 * now. Plain data in and out; route.c gives the kernel the static ones.
 */
#ifndef ROUTER_RIB_H
#define ROUTER_RIB_H

#include "router/plan.h"
#include "router/router.h"

/* One interface whose line protocol is up. */
struct rib_if {
	char name[CONFIG_IFNAME_SIZE];
	struct plan_addresses addresses;
	bool unnumbered; /* its IPv4 address is another's: no route of its own */
	/* Of a Virtual-Access: its template, whose routes are its own, and what its peer has behind it (family 0: any). */
	char template[CONFIG_IFNAME_SIZE];
	uint32_t ident; /* the higher the newer */
	struct ip_prefix behind;
};

struct rib_route {
	struct router_route route;
	const struct static_route *config; /* of a static one; valid as long as the model is not changed */
	/* How a packet leaves: the neighbour on the link (family 0: the destination itself) and the interface. */
	struct ip_addr next_hop;
	char out_ifname[CONFIG_IFNAME_SIZE];
};

struct rib {
	struct rib_route *routes; /* sorted by family, address, length, kind */
	size_t count;
};

/*
 * Lowest distance wins for a prefix, equal ones are all there. A next hop may be reached through another static route.
 * A `permanent` route that was in `before` (may be NULL) stays. What is new is there since now_ms. 0, or -ENOMEM (out is
 * empty).
 */
int rib_build(const struct config *c, const struct rib_if *ifs, size_t if_count, const struct rib *before,
	      uint64_t now_ms, struct rib *out);
void rib_free(struct rib *rib);

#endif
