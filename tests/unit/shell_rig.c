#include "tests/unit/shell_rig.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct router {
	pthread_mutex_t lock;
	bool locked;
	unsigned applied, lent;
};

struct router *rig_router_new(void)
{
	struct router *r = calloc(1, sizeof(*r));

	pthread_mutex_init(&r->lock, NULL);
	return r;
}

void rig_router_free(struct router *r)
{
	if (r)
		pthread_mutex_destroy(&r->lock);
	free(r);
}

unsigned rig_router_applied(const struct router *r)
{
	return r->applied;
}

unsigned rig_router_lent(const struct router *r)
{
	return r->lent;
}

bool rig_router_locked(const struct router *r)
{
	return r->locked;
}

void router_lock(struct router *r)
{
	pthread_mutex_lock(&r->lock);
	r->locked = true;
}

void router_unlock(struct router *r)
{
	r->locked = false;
	pthread_mutex_unlock(&r->lock);
}

void router_lend(struct router *r)
{
	r->lent++;
}

void router_apply(struct router *r)
{
	CU_ASSERT_TRUE(r->locked);
	r->applied++;
}

bool router_port_exists(const struct router *r, const char *ifname)
{
	(void)r;
	return !strcmp(ifname, "Ethernet0/0") || !strcmp(ifname, "Ethernet0/1");
}

bool router_if_exists(const struct router *r, const char *name)
{
	(void)r;
	return strcmp(name, "Loopback77") != 0;
}

static void put(void *ctx, const char *bytes, size_t octets)
{
	struct rig *g = ctx;

	CU_ASSERT_TRUE(!g->shell.router || !g->shell.router->locked);
	if (octets >= sizeof(g->out) - g->octets)
		octets = sizeof(g->out) - 1 - g->octets;
	memcpy(g->out + g->octets, bytes, octets);
	g->octets += octets;
	g->out[g->octets] = '\0';
}

static int get(void *ctx)
{
	struct rig *g = ctx;

	CU_ASSERT_TRUE(!g->shell.router || !g->shell.router->locked);
	return g->input && *g->input ? (unsigned char)*g->input++ : -1;
}

void rig_open(struct rig *g, const struct cmd_table *tables, size_t count, enum session_kind kind)
{
	g->shell.tables = tables;
	g->shell.table_count = count;
	g->session = session_new(&g->shell, kind, &(struct session_io){ .ctx = g, .write = put, .read = get },
				 kind == SESSION_VTY ? "vty0" : "console");
	CU_ASSERT_PTR_NOT_NULL_FATAL(g->session);
}

void rig_open_router(struct rig *g, const struct cmd_table *tables, size_t count, enum session_kind kind)
{
	g->shell.router = rig_router_new();
	g->shell.log = logger_new(NULL, NULL);
	g->shell.config = config_new();
	snprintf(g->shell.config->hostname, sizeof(g->shell.config->hostname), "R2");
	rig_open(g, tables, count, kind);
}

void rig_close(struct rig *g)
{
	session_free(g->session);
	logger_free(g->shell.log);
	config_free(g->shell.config);
	rig_router_free(g->shell.router);
	*g = (struct rig){ 0 };
}

enum session_verdict rig_type(struct rig *g, const char *line)
{
	char prompt[128];

	session_prompt(g->session, prompt, sizeof(prompt));
	session_write(g->session, prompt, strlen(prompt));
	session_write(g->session, line, strlen(line));
	session_write(g->session, "\r\n", 2);
	return session_run(g->session, line);
}

void rig_clear(struct rig *g)
{
	g->octets = 0;
	g->out[0] = '\0';
}

bool rig_is(struct rig *g, const char *transcript)
{
	const char *p = g->out, *t = transcript;

	for (; *p || *t; p++, t++) {
		if (*t == '\n' && *p == '\r')
			p++;
		else if (*t == '\n')
			break;
		if (*p != *t)
			break;
	}
	if (*p || *t) {
		printf("\n--- wanted\n%s\n--- printed\n%s\n--- differ at octet %zu\n", transcript, g->out,
		       (size_t)(p - g->out));
		return false;
	}
	rig_clear(g);
	return true;
}
