#define _GNU_SOURCE
#include "tests/unit/router_rig.h"

#include "router/internal.h"
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void rig_run(const char *command)
{
	CU_ASSERT_EQUAL(system(command), 0);
}

static void take_line(void *ctx, const char *text)
{
	struct rig *g = ctx;
	size_t used = strlen(g->lines);

	snprintf(g->lines + used, sizeof(g->lines) - used, "%s\n", text);
}

void rig_open(struct rig *g)
{
	memset(g, 0, sizeof(*g));
	g->base = event_base_new();
	g->log = logger_new(NULL, NULL);
	g->config = config_new();
	g->config->logging.log_stamp.kind = LOG_STAMP_NONE;
	g->netif = netif_new();
	logger_add_sink(g->log, LOG_SINK_CONSOLE, take_line, g);
}

bool rig_start(struct rig *g, const struct router_port *p, char *error, size_t size)
{
	struct router_options o = { g->base, g->log, g->config, p, 1 };

	g->router = router_new(&o, error, size);
	return g->router != NULL;
}

void rig_apply(struct rig *g)
{
	router_lock(g->router);
	router_apply(g->router);
	router_unlock(g->router);
}

void rig_close(struct rig *g)
{
	router_free(g->router);
	netif_free(g->netif);
	config_free(g->config);
	logger_free(g->log);
	event_base_free(g->base);
}

void rig_up(struct rig *g, const char *device)
{
	struct router_port port = { .ifname = "Ethernet0/0" };
	char error[200] = "";

	snprintf(port.device, sizeof(port.device), "%s", device);
	rig_open(g);
	if (!rig_start(g, &port, error, sizeof(error)))
		fprintf(stderr, "%s\n", error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(g->router);
}

bool rig_wait(uint64_t *until_ms)
{
	const uint64_t now = router_now_ms();

	if (!*until_ms)
		*until_ms = now + 60000;
	sched_yield();
	return now < *until_ms;
}

bool rig_turn(struct rig *g, uint64_t *until_ms)
{
	return rig_wait(until_ms) && event_base_loop(g->base, EVLOOP_ONCE) >= 0;
}

bool rig_logged(struct rig *g, const char *text)
{
	uint64_t until = 0;

	while (!strstr(g->lines, text) && rig_turn(g, &until))
		;
	return strstr(g->lines, text) != NULL;
}

struct ip_prefix rig_prefix(const char *text)
{
	struct ip_prefix p = { 0 };

	CU_ASSERT_TRUE(ip_parse_prefix(text, &p));
	return p;
}

int rig_index(struct rig *g, const char *device)
{
	struct netif_link l;

	return netif_link_get(g->netif, device, &l) ? 0 : l.ifindex;
}

static void match(void *ctx, const struct netif_addr *a)
{
	struct rig_addr *s = ctx;

	if (a->prefix.len == s->want.len && ip_equal(&a->prefix.addr, &s->want.addr)) {
		s->found = true;
		s->ours = a->ours;
		s->tentative = a->tentative;
	}
}

struct rig_addr rig_find(struct rig *g, const char *device, const char *text)
{
	struct rig_addr s = { .want = rig_prefix(text) };

	netif_addr_each(g->netif, rig_index(g, device), match, &s);
	return s;
}

bool rig_has(struct rig *g, const char *device, const char *text)
{
	return rig_find(g, device, text).found;
}

int rig_way(struct rig *g, const char *dst)
{
	struct netif_path path;
	struct ip_addr a = { 0 };

	ip_parse(dst, &a);
	return netif_route_lookup(g->netif, &a, NULL, &path) ? 0 : path.ifindex;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

bool rig_namespaces(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map) &&
	       !system("ip link set lo up && ip link add mmr0 type veth peer name mmr1 && ip link set mmr1 up");
}
