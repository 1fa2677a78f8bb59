/*
 * The running router as the EXEC commands see it, made of lists: what it says of interfaces, routes, SAs and idents,
 * and what it was told to do.
 */
#ifndef TESTS_UNIT_EXEC_FAKES_H
#define TESTS_UNIT_EXEC_FAKES_H

#include "router/router.h"

struct exec_fake_hop {
	char mark; /* of netif_trace() */
	const char *from;
	unsigned rtt_us;
};

struct exec_fakes {
	const struct router_if_info *interfaces;
	size_t interface_count;
	const struct router_route *routes;
	size_t route_count;
	const struct router_neigh *neighs;
	size_t neigh_count;
	const struct router_acl_count *acl_counts;
	size_t acl_count;
	uint64_t acl_cleared; /* the sum of their handles */
	const struct ike_sa_info *sas;
	size_t sa_count;
	const struct ike_ident_info *idents;
	size_t ident_count;
	struct esp_counters in, out; /* of ident 1 */
	struct ike_stats stats;
	unsigned debug;
	struct ike_conditions conditions;
	const struct esp_engine_row *engine_rows;
	size_t engine_row_count;
	struct router_engine_counters engine;
	char told[256]; /* "isakmp 1001;sa all;session 2001:DB8::3;" */

	int ping_rc;                /* of router_ping_path */
	struct ip_addr ping_source; /* that it gives */
	bool ping_group;            /* likewise */
	struct netif_ping_reply ping_reply;
	const char *answers;              /* one character per request; from its end on '.' */
	const unsigned *rtt_us;           /* of each request */
	struct netif_ping last_ping;      /* the last request */
	const struct exec_fake_hop *hops; /* of a traceroute, one for each probe; from its end on silence */
	size_t hop_count;
	struct netif_trace last_trace;
	char path_source_if[CONFIG_IFNAME_SIZE], path_out_if[CONFIG_IFNAME_SIZE];
	struct ip_addr path_source;
	unsigned sent;
};

extern struct exec_fakes fakes;

#endif
