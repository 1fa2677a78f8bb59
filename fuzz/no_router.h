/*
 * For harnesses of the shell, which run without a router: what the shell would call of it. Included by one file of a
 * harness, since it defines what it names.
 */
#ifndef FUZZ_NO_ROUTER_H
#define FUZZ_NO_ROUTER_H

#include "router/router.h"

#include <stdlib.h>

/* There is no router: these are never called. */
void router_lock(struct router *r)
{
	(void)r;
	abort();
}

void router_unlock(struct router *r)
{
	(void)r;
	abort();
}

void router_lend(struct router *r)
{
	(void)r;
	abort();
}

void router_apply(struct router *r)
{
	(void)r;
	abort();
}

bool router_port_exists(const struct router *r, const char *ifname)
{
	(void)r;
	(void)ifname;
	abort();
}

bool router_if_exists(const struct router *r, const char *name)
{
	(void)r;
	(void)name;
	abort();
}

#endif
