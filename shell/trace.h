/* A traceroute as IOS shows it: a line for each number of hops, the time of each probe, marks for what went wrong. */
#ifndef SHELL_TRACE_H
#define SHELL_TRACE_H

#include "router/router.h"

struct session;

struct trace {
	struct ip_addr target;
	char name[256];                     /* as it was asked for, "": by address */
	char output_if[CONFIG_IFNAME_SIZE]; /* of a link-local target, else "" */
	struct ip_addr source;              /* family 0: not given */
	char source_if[CONFIG_IFNAME_SIZE]; /* its address is the source, or "" */
	unsigned timeout_s, probes, first, last, port;
	bool numeric;
};

enum { TRACE_TIMEOUT_S = 3, TRACE_PROBES = 3, TRACE_FIRST = 1, TRACE_LAST = 30, TRACE_PORT = 33434 };

struct trace trace_defaults(const struct ip_addr *target);

/* Without the control lock. False: it could not begin, and why was printed. */
bool trace_run(struct session *s, const struct trace *t);

#endif
