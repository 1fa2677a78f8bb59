/* A router with a log that is kept, and what its tests ask of the kernel beside it. */
#ifndef TESTS_UNIT_ROUTER_RIG_H
#define TESTS_UNIT_ROUTER_RIG_H

#include "router/router.h"

#define RIG_SKIP 77 /* automake's exit code for a test that cannot run here */

struct rig {
	struct event_base *base;
	struct logger *log;
	struct config *config;
	struct netif *netif; /* the test's own view of the kernel */
	struct router *router;
	char lines[65536]; /* what was logged, without time stamps */
};

struct rig_addr {
	struct ip_prefix want;
	bool found, ours, tentative;
};

/* User and network namespaces of our own, with mmr0 ---- mmr1 in them, mmr0 down. */
bool rig_namespaces(void);
void rig_run(const char *command);

void rig_open(struct rig *g); /* all but the router */
bool rig_start(struct rig *g, const struct router_port *p, char *error, size_t size);
void rig_up(struct rig *g, const char *device); /* both, Ethernet0/0 on the device */
void rig_apply(struct rig *g);
void rig_close(struct rig *g);
/* Lets others run; false after a time that no machine needs. *until_ms is 0 the first time. */
bool rig_wait(uint64_t *until_ms);
/* The same, and the loop once, whose own tick ends every wait. */
bool rig_turn(struct rig *g, uint64_t *until_ms);
/* Runs the loop until the text was logged. */
bool rig_logged(struct rig *g, const char *text);

struct ip_prefix rig_prefix(const char *text);
int rig_index(struct rig *g, const char *device);
struct rig_addr rig_find(struct rig *g, const char *device, const char *text);
bool rig_has(struct rig *g, const char *device, const char *text);
int rig_way(struct rig *g, const char *dst); /* the interface that the kernel takes, 0: none */

#endif
