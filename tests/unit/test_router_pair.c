/*
 *   R2 Ethernet0/0 = mmr0 ------------ mmr1 = Ethernet0/0 R3
 *      2001:DB8::2/64                    2001:DB8::3/64
 *      Tunnel23 FE80::23:2  ==========  Tunnel23 FE80::23:3
 *
 * The document's two routers, a process and a network namespace each, with all that is real: configuration model,
 * engine, data plane, kernel.
 */
#define _GNU_SOURCE
#include "tests/unit/router_rig.h"
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TUNNEL_UP   "%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up\n"
#define TUNNEL_DOWN "%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down\n"

static void configure(struct rig *g, unsigned self, unsigned family)
{
	struct isakmp_policy *policy = config_policy_get(g->config, 10);
	struct transform_set *set = config_transform_set_get(g->config, "TRA");
	struct ipsec_profile *profile = config_profile_get(g->config, "PRO");
	struct interface *e = config_interface_get(g->config, "Ethernet0/0");
	struct interface *t = config_interface_get(g->config, "Tunnel23");
	const unsigned peer = 5 - self;
	struct ip_prefix any = rig_prefix(family == 6 ? "::/0" : "0.0.0.0/0");
	char text[64];

	policy->auth = ISAKMP_AUTH_PRE_SHARE;
	config_key_add(&g->config->keys, &(struct isakmp_key){ .peer = any, .key = "cisco" });
	set->cipher = ESP_CIPHER_AES;
	set->keybits = 128;
	set->auth = ESP_AUTH_SHA;
	set->transport = true;
	snprintf(profile->sets[profile->set_count++], sizeof(profile->sets[0]), "TRA");
	e->shutdown = t->shutdown = false;
	snprintf(text, sizeof(text), "2001:db8::%u/64", self);
	config_ipv6_insert(e, e->ipv6_count, &(struct if_address6){ rig_prefix(text), false, false });
	snprintf(text, sizeof(text), "10.0.0.%u/24", self);
	config_ip_insert(g->config, e, e->ip_count, &(struct if_address4){ rig_prefix(text), false });
	snprintf(text, sizeof(text), "192.168.23.%u/24", self);
	config_ip_insert(g->config, t, t->ip_count, &(struct if_address4){ rig_prefix(text), false });
	snprintf(text, sizeof(text), "fe80::23:%u/64", self);
	config_ipv6_insert(t, t->ipv6_count, &(struct if_address6){ rig_prefix(text), true, false });
	snprintf(t->tunnel.source_if, sizeof(t->tunnel.source_if), "Ethernet0/0");
	snprintf(text, sizeof(text), family == 6 ? "2001:db8::%u" : "10.0.0.%u", peer);
	ip_parse(text, &t->tunnel.destination);
	t->tunnel.mode = family == 6 ? TUNNEL_IPSEC_IPV6 : TUNNEL_IPSEC_IPV4;
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "PRO");
}

/* --- R3, in a process of its own ------------------------------------------------------------------------------ */

struct other {
	pid_t pid;
	int to, from; /* closing `to` ends it; `from` says that it is ready for its link, then that it is up */
};

static void on_end(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(ctx);
}

static int be_r3(int commands, int words, unsigned family)
{
	struct event *end;
	struct rig g;
	char byte;

	if (unshare(CLONE_NEWNET) || write(words, "n", 1) != 1 || read(commands, &byte, 1) != 1)
		return 1;
	rig_run("ip link set lo up");
	rig_open(&g);
	configure(&g, 3, family);
	/* So that the roles are fixed. */
	config_profile_find(g.config, "PRO")->responder_only = true;
	if (!rig_start(&g, &(struct router_port){ "Ethernet0/0", "mmr1" }, g.lines, sizeof(g.lines)))
		return 2;
	end = event_new(g.base, commands, EV_READ, on_end, g.base);
	event_add(end, NULL);
	rig_apply(&g);
	if (write(words, "u", 1) != 1)
		return 3;
	event_base_dispatch(g.base);
	event_free(end);
	rig_close(&g);
	return 0;
}

static void r3_start(struct other *o, unsigned family)
{
	int down[2], up[2];
	char byte, text[64];

	CU_ASSERT_EQUAL_FATAL(pipe(down) | pipe(up), 0);
	o->pid = fork();
	if (!o->pid) {
		close(down[1]);
		close(up[0]);
		_exit(be_r3(down[0], up[1], family));
	}
	close(down[0]);
	close(up[1]);
	o->to = down[1];
	o->from = up[0];
	CU_ASSERT_EQUAL_FATAL(read(o->from, &byte, 1), 1);
	snprintf(text, sizeof(text), "ip link add mmr0 type veth peer name mmr1 netns %d", (int)o->pid);
	rig_run(text);
	CU_ASSERT_EQUAL_FATAL(write(o->to, "g", 1), 1);
	CU_ASSERT_EQUAL_FATAL(read(o->from, &byte, 1), 1);
}

static void r3_stop(struct other *o)
{
	int status = -1;

	if (o->to >= 0)
		close(o->to);
	o->to = -1;
	waitpid(o->pid, &status, 0);
	close(o->from);
	CU_ASSERT_TRUE(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

/* --- R2 ------------------------------------------------------------------------------------------------------- */

/*
 * Does the other side answer? What it answers before it has seen the last message of Quick Mode is lost, since it may
 * only send after that; so the first echo is not counted on.
 */
static bool answers(struct rig *g, const char *dst, const char *out_if, unsigned size)
{
	struct netif_ping p = { .timeout_ms = 500, .size = size, .id = 23, .df = true };
	struct ip_addr to = { 0 };
	unsigned rtt;

	ip_parse(dst, &to);
	if (router_ping_path(g->router, &to, "", NULL, out_if, &p))
		return false;
	for (p.sequence = 0; p.sequence < 5; p.sequence++)
		if (netif_ping(&p, -1, &rtt) == '!')
			return true;
	return false;
}

static void take_ident(void *ctx, const struct ike_ident_info *i)
{
	*(struct ike_ident_info *)ctx = *i;
}

static void tunnel(unsigned family)
{
	const char *far_end = family == 6 ? "fe80::23:3" : "192.168.23.3", *out_if = family == 6 ? "Tunnel23" : "";
	struct ike_ident_info ident = { 0 };
	struct esp_counters in, out;
	struct other r3;
	struct rig g;

	r3_start(&r3, family);
	rig_up(&g, "mmr0");
	configure(&g, 2, family);
	rig_apply(&g);
	CU_ASSERT_TRUE_FATAL(rig_logged(&g, TUNNEL_UP));
	CU_ASSERT_TRUE(answers(&g, far_end, out_if, 100));
	CU_ASSERT_TRUE(answers(&g, far_end, out_if, family == 6 ? 1422 : 1438));
	router_lock(g.router);
	ike_each_ident(router_ike(g.router), take_ident, &ident);
	CU_ASSERT_TRUE(esp_tunnel_counters(router_esp(g.router), ident.ident, &in, &out));
	router_unlock(g.router);
	CU_ASSERT_TRUE(ident.up);
	CU_ASSERT_TRUE(in.packets >= 2);
	CU_ASSERT_TRUE(out.packets >= 2);

	/* The way out goes and comes back. */
	g.lines[0] = '\0';
	config_interface_find(g.config, "Ethernet0/0")->shutdown = true;
	rig_apply(&g);
	CU_ASSERT_PTR_NOT_NULL(strstr(g.lines, TUNNEL_DOWN));
	config_interface_find(g.config, "Ethernet0/0")->shutdown = false;
	rig_apply(&g);
	CU_ASSERT_TRUE(rig_logged(&g, TUNNEL_UP));
	CU_ASSERT_TRUE(answers(&g, far_end, out_if, 100));

	/* The peer goes, and says so. */
	g.lines[0] = '\0';
	close(r3.to);
	r3.to = -1;
	CU_ASSERT_TRUE(rig_logged(&g, TUNNEL_DOWN));
	CU_ASSERT_EQUAL(rig_index(&g, "Tunnel23") != 0, true);
	rig_close(&g);
	r3_stop(&r3);
	/* The kernel takes its time to end a namespace, and the link with it. */
	rig_run("ip link del mmr0 2>/dev/null || true");
}

static void ipv6(void)
{
	tunnel(6);
}

static void ipv4(void)
{
	tunnel(4);
}

static const struct unit_test tests[] = {
	{ "the document's IPv6 VTI", ipv6 },
	{ "the same over IPv4", ipv4 },
};

int main(void)
{
	if (!rig_namespaces() || system("ip link del mmr0")) {
		fprintf(stderr, "no namespaces here\n");
		return RIG_SKIP;
	}
	evthread_use_pthreads();
	return unit_main("router: two of them", tests, sizeof(tests) / sizeof(tests[0]));
}
