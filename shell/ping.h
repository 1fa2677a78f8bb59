/*
 * A run of echo requests as IOS shows it: the lines before, a character for each reply, the success rate.
 */
#ifndef SHELL_PING_H
#define SHELL_PING_H

#include "router/router.h"

struct session;

struct ping {
	struct ip_addr target;
	char output_if[CONFIG_IFNAME_SIZE]; /* of a link-local target, else "" */
	struct ip_addr source;              /* family 0: not given */
	char source_if[CONFIG_IFNAME_SIZE]; /* its address is the source, or "" */
	unsigned repeat, timeout_s;
	unsigned size;                      /* of the IP packet */
	unsigned sweep_max, sweep_interval; /* sizes from `size` to sweep_max; 0: no sweep */
	bool df, validate, verbose;
	bool patterned;
	uint16_t pattern;
	uint8_t tos;                           /* type of service, traffic class */
	unsigned record_slots;                 /* IPv4: record route, 0: none */
	bool hop_options, destination_options; /* IPv6 */
};

enum {
	PING_REPEAT = 5,
	PING_SIZE = 100,
	PING_TIMEOUT_S = 2,
	PING_SIZE_MIN = 36,
	PING_SIZE_MIN_6 = 48,
	PING_SIZE_MAX = 18024,
};

struct ping ping_defaults(const struct ip_addr *target);

/* Finds the way: 0, -ENETUNREACH, -EADDRNOTAVAIL. Takes the router's lock. */
int ping_prepare(struct session *s, const struct ping *p, struct netif_ping *out);

/* Prepares, prints, sends; without the control lock. False: it could not begin, and why was printed. */
bool ping_run(struct session *s, const struct ping *p);

#endif
