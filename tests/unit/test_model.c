/* config/: defaults, order, removal, the rules across objects. Leaks show under AddressSanitizer. */
#include "config/model.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p = { 0 };

	CU_ASSERT_TRUE(ip_parse_prefix(text, &p));
	return p;
}

static void a_new_model_holds_the_defaults_of_ios(void)
{
	struct config *c = config_new();
	struct isakmp_policy *p = config_policy_get(c, 10);
	struct line_config *l = TAILQ_FIRST(&c->lines);

	CU_ASSERT_STRING_EQUAL(c->hostname, "Router");
	CU_ASSERT_EQUAL(c->ipsec_lifetime_s, 3600);
	CU_ASSERT_EQUAL(c->ipsec_lifetime_kb, 4608000);
	CU_ASSERT_EQUAL(c->replay_window, 64);
	CU_ASSERT_EQUAL(p->encr, ISAKMP_ENCR_DES);
	CU_ASSERT_EQUAL(p->hash, ISAKMP_HASH_SHA);
	CU_ASSERT_EQUAL(p->auth, ISAKMP_AUTH_RSA_SIG);
	CU_ASSERT_EQUAL(p->group, 1);
	CU_ASSERT_EQUAL(p->lifetime_s, 86400);
	CU_ASSERT_EQUAL(l->kind, LINE_CON);
	CU_ASSERT_EQUAL(TAILQ_NEXT(l, link)->kind, LINE_AUX);
	CU_ASSERT_EQUAL(TAILQ_NEXT(TAILQ_NEXT(l, link), link)->last, 4);
	config_free(c);
}

static void policies_stand_in_order_of_priority(void)
{
	struct config *c = config_new();
	struct isakmp_policy *p;
	unsigned last = 0;

	config_policy_get(c, 20);
	config_policy_get(c, 5);
	config_policy_get(c, 10000);
	p = config_policy_get(c, 10);
	CU_ASSERT_PTR_EQUAL(config_policy_get(c, 10), p);
	TAILQ_FOREACH (p, &c->policies, link) {
		CU_ASSERT_TRUE(p->priority > last);
		last = p->priority;
	}
	config_policy_remove(c, config_policy_find(c, 5));
	CU_ASSERT_PTR_NULL(config_policy_find(c, 5));
	CU_ASSERT_EQUAL(TAILQ_FIRST(&c->policies)->priority, 10);
	config_free(c);
}

static void a_key_is_known_by_its_network(void)
{
	struct config *c = config_new();
	struct isakmp_key net = { .peer = prefix("10.1.2.3/8"), .key = "one" };
	struct isakmp_key same = { .peer = prefix("10.0.0.0/8"), .key = "two" };
	struct isakmp_key all = { .peer = prefix("::/0"), .key = "six" }, host = { .hostname = "R3", .key = "host" };

	CU_ASSERT_EQUAL(config_key_add(&c->keys, &net), 0);
	CU_ASSERT_EQUAL(config_key_add(&c->keys, &all), 0);
	CU_ASSERT_EQUAL(config_key_add(&c->keys, &host), 0);
	CU_ASSERT_EQUAL(config_key_add(&c->keys, &same), 0);
	CU_ASSERT_STRING_EQUAL(TAILQ_FIRST(&c->keys)->key, "two");
	CU_ASSERT_STRING_EQUAL(config_key_find(&c->keys, &host)->key, "host");
	CU_ASSERT_TRUE(config_key_drop(&c->keys, &net));
	CU_ASSERT_FALSE(config_key_drop(&c->keys, &net));
	CU_ASSERT_STRING_EQUAL(TAILQ_FIRST(&c->keys)->key, "six");
	CU_ASSERT_TRUE(config_key_drop(&c->keys, &host));
	CU_ASSERT_PTR_NULL(config_key_find(&c->keys, &host));
	config_free(c);
}

static void interfaces_stand_in_ios_order(void)
{
	static const char *const made[] = { "Ethernet0/1", "Tunnel23", "Ethernet0/0", "Loopback1", "Tunnel3" };
	static const char *const order[] = { "Loopback1", "Tunnel3", "Tunnel23", "Ethernet0/0", "Ethernet0/1" };
	struct config *c = config_new();
	struct interface *i;
	unsigned n = 0;

	for (unsigned k = 0; k < 5; k++)
		config_interface_get(c, made[k]);
	TAILQ_FOREACH (i, &c->interfaces, link)
		CU_ASSERT_STRING_EQUAL(i->name, order[n++]);
	CU_ASSERT_EQUAL(config_interface_find(c, "Tunnel23")->type, IF_TUNNEL);
	CU_ASSERT_PTR_NULL(config_interface_find(c, "tunnel23"));
	config_kept_add(&config_interface_find(c, "Tunnel3")->kept, "ip nhrp network-id 1", 3, false, 0);
	config_interface_remove(c, config_interface_find(c, "Tunnel3"));
	CU_ASSERT_PTR_NULL(config_interface_find(c, "Tunnel3"));
	config_free(c);
}

static void routes_are_sorted_and_removed_by_what_is_given(void)
{
	struct config *c = config_new();
	struct static_route r = { .prefix = prefix("::/0"), .distance = 1 }, m;

	ip_parse("2001:DB8::1", &r.via);
	config_route_add(c, &r);
	r = (struct static_route){ .prefix = prefix("10.0.0.0/8"), .distance = 250 };
	ip_parse("192.168.0.1", &r.via);
	config_route_add(c, &r);
	r.distance = 5; /* the same way: replaced, not doubled */
	config_route_add(c, &r);
	ip_parse("192.168.0.2", &r.via);
	r.distance = 1;
	config_route_add(c, &r);
	CU_ASSERT_EQUAL(TAILQ_FIRST(&c->routes)->distance, 1);
	CU_ASSERT_EQUAL(TAILQ_NEXT(TAILQ_FIRST(&c->routes), link)->distance, 5);
	m = (struct static_route){ .prefix = prefix("10.0.0.0/9") };
	CU_ASSERT_EQUAL(config_route_remove(c, &m), 0);
	m.prefix = prefix("10.0.0.0/8");
	CU_ASSERT_EQUAL(config_route_remove(c, &m), 2);
	CU_ASSERT_EQUAL(TAILQ_FIRST(&c->routes)->prefix.addr.family, 6);
	config_free(c);
}

/* "0-4 10 / 5-15 1": range and exec timeout of each vty entry */
/* Ten thousand in any order come out as a few do. */
static void many_routes_are_in_order(void)
{
	struct config *c = config_new();
	struct static_route r = { .prefix = { .addr = { .family = 4 }, .len = 32 }, .distance = 1 };
	const struct static_route *at, *before = NULL;
	unsigned count = 0, found = 0;

	for (unsigned k = 0; k < 3000; k++) {
		const unsigned n = k * 7919 % 3000; /* each number once */

		r.prefix.addr.octets[2] = (uint8_t)(n >> 8);
		r.prefix.addr.octets[3] = (uint8_t)n;
		r.distance = 1 + n % 3;
		CU_ASSERT_PTR_NOT_NULL_FATAL(config_route_add(c, &r));
	}
	TAILQ_FOREACH (at, &c->routes, link) {
		CU_ASSERT_TRUE(!before || memcmp(before->prefix.addr.octets, at->prefix.addr.octets, 16) < 0);
		CU_ASSERT_PTR_EQUAL(c->route_order[count], at);
		before = at;
		count++;
	}
	CU_ASSERT_EQUAL(count, 3000);
	for (unsigned n = 0; n < 3000; n += 2) {
		r.prefix.addr.octets[2] = (uint8_t)(n >> 8);
		r.prefix.addr.octets[3] = (uint8_t)n;
		r.distance = 0;
		found += config_route_remove(c, &r);
	}
	CU_ASSERT_EQUAL(found, 1500);
	CU_ASSERT_EQUAL(c->route_count, 1500);
	CU_ASSERT_EQUAL(TAILQ_FIRST(&c->routes)->prefix.addr.octets[3], 1);
	config_free(c);
}

/* A list that is searched by text has its lines in order all the same, and those of the same text. */
static void many_kept_lines_are_found(void)
{
	struct kept_list list, copy;
	struct kept_line *k;
	char text[32];
	unsigned n = 0;

	config_kept_init(&list);
	config_kept_init(&copy);
	CU_ASSERT_PTR_NULL(config_kept_find(&list, "line 0"));
	for (unsigned i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "line %u", i / 2);
		CU_ASSERT_PTR_NOT_NULL_FATAL(config_kept_add(&list, text, i, false, 0));
		CU_ASSERT_PTR_NOT_NULL(config_kept_find(&list, text));
	}
	CU_ASSERT_PTR_NULL(config_kept_find(&list, "line 150"));
	CU_ASSERT_TRUE(config_kept_remove(&list, "line 7"));
	CU_ASSERT_PTR_NOT_NULL(config_kept_find(&list, "line 7"));
	CU_ASSERT_TRUE(config_kept_remove(&list, "line 7"));
	CU_ASSERT_PTR_NULL(config_kept_find(&list, "line 7"));
	CU_ASSERT_FALSE(config_kept_remove(&list, "line 7"));
	CU_ASSERT_TRUE(config_kept_copy(&copy, &list));
	config_kept_clear(&list);
	CU_ASSERT_TRUE(TAILQ_EMPTY(&list));
	CU_ASSERT_PTR_NULL(config_kept_find(&list, "line 8"));
	CU_ASSERT_PTR_NOT_NULL(config_kept_add(&list, "line 8", 1, false, 0));
	CU_ASSERT_PTR_NOT_NULL(config_kept_find(&list, "line 8"));
	TAILQ_FOREACH (k, &copy, link) {
		snprintf(text, sizeof(text), "line %u", n / 2 + (n / 2 >= 7));
		CU_ASSERT_STRING_EQUAL(k->text, text);
		n++;
	}
	CU_ASSERT_EQUAL(n, 298);
	CU_ASSERT_PTR_NOT_NULL(config_kept_find(&copy, "line 149"));
	config_kept_clear(&list);
	config_kept_clear(&copy);
}

static void vty_text(const struct config *c, char *buf, size_t size)
{
	const struct line_config *l;
	size_t n = 0;

	buf[0] = '\0';
	TAILQ_FOREACH (l, &c->lines, link)
		if (l->kind == LINE_VTY && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%u-%u %u,", l->first, l->last, l->exec_timeout_min);
}

static void vty_ranges_are_split_and_taken_in(void)
{
	struct config *c = config_new();
	struct line_config *l;
	char text[128];

	l = config_line_get(c, LINE_VTY, 2, 2);
	l->exec_timeout_min = 7;
	vty_text(c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0-1 10,2-2 7,3-4 10,");
	l = config_line_get(c, LINE_VTY, 4, 8);
	l->exec_timeout_min = 8;
	vty_text(c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0-1 10,2-2 7,3-3 10,4-8 8,");
	config_kept_add(&config_line_get(c, LINE_VTY, 0, 1)->kept, "login local", 0, true, 0);
	l = config_line_get(c, LINE_VTY, 0, 15);
	vty_text(c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0-15 10,");
	CU_ASSERT_PTR_NOT_NULL(config_kept_find(&l->kept, "login local"));
	l = config_line_get(c, LINE_VTY, 5, 15);
	CU_ASSERT_PTR_NOT_NULL(config_kept_find(&l->kept, "login local"));
	CU_ASSERT_EQUAL(config_line_get(c, LINE_CON, 0, 0)->kind, LINE_CON);
	config_free(c);
}

static void collect(void *ctx, const char *text)
{
	char *all = ctx;

	strncat(all, text, 2047 - strlen(all));
	strncat(all, "\n", 2047 - strlen(all));
}

static void rules_across_objects_are_told(void)
{
	struct config *c = config_new();
	struct ip_prefix peer = prefix("2001:DB8::3/128");
	struct ipsec_profile *p;
	struct interface *t;
	char text[2048] = "";

	config_check(c, collect, text);
	CU_ASSERT_STRING_EQUAL(text, "");

	config_key_add(&c->keys, &(struct isakmp_key){ .peer = peer, .key = "cisco" });
	p = config_profile_get(c, "PRO");
	snprintf(p->sets[p->set_count++], CONFIG_NAME_SIZE, "TRA");
	t = config_interface_get(c, "Tunnel23");
	t->tunnel.mode = TUNNEL_IPSEC_IPV6;
	config_check(c, collect, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "no tunnel has such a peer"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "transform set TRA does not exist"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Tunnel23: no tunnel source"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Tunnel23: no tunnel destination"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Tunnel23: no tunnel protection"));

	config_transform_set_get(c, "TRA");
	config_policy_get(c, 10)->auth = ISAKMP_AUTH_PRE_SHARE;
	config_interface_get(c, "Ethernet0/0")->ipv6_enable = true;
	t->tunnel.destination = peer.addr;
	t->ipv6_enable = true;
	snprintf(t->tunnel.source_if, sizeof(t->tunnel.source_if), "Ethernet0/0");
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "PRO");
	text[0] = '\0';
	config_check(c, collect, text);
	CU_ASSERT_STRING_EQUAL(text, "");
	config_free(c);
}

/* Tunnels between the same addresses, and templates that lack what they need. */
static void tunnels_beside_each_other_are_told(void)
{
	static const char *const names[] = { "Tunnel1", "Tunnel2" };
	struct config *c = config_new();
	struct ip_prefix peer = prefix("10.0.0.3/32");
	struct interface *t[2];
	char text[2048] = "";

	config_profile_get(c, "PRO");
	config_policy_get(c, 10)->auth = ISAKMP_AUTH_PRE_SHARE;
	config_key_add(&c->keys, &(struct isakmp_key){ .peer = peer, .key = "cisco" });
	config_ip_insert(c, config_interface_get(c, "Ethernet0/0"), 0,
			 &(struct if_address4){ .prefix = prefix("10.0.0.2/24") });
	for (int k = 0; k < 2; k++) {
		t[k] = config_interface_get(c, names[k]);
		t[k]->tunnel.mode = TUNNEL_IPSEC_IPV4;
		t[k]->tunnel.destination = peer.addr;
		snprintf(t[k]->tunnel.source_if, sizeof(t[k]->tunnel.source_if), "Ethernet0/0");
		snprintf(t[k]->tunnel.profile, sizeof(t[k]->tunnel.profile), "PRO");
		snprintf(t[k]->unnumbered, sizeof(t[k]->unnumbered), "Ethernet0/0");
	}
	config_check(c, collect, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Tunnel2: source and destination are those of Tunnel1"));
	t[0]->tunnel.shared = t[1]->tunnel.shared = true;
	text[0] = '\0';
	config_check(c, collect, text);
	CU_ASSERT_STRING_EQUAL(text, "");
	snprintf(t[1]->tunnel.profile, sizeof(t[1]->tunnel.profile), "default");
	config_check(c, collect, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Tunnel2: source and destination are those of Tunnel1"));

	config_isakmp_profile_get(c, "SPOKES")->virtual_template = 7;
	config_interface_get(c, "Virtual-Template1");
	text[0] = '\0';
	config_check(c, collect, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "SPOKES: interface Virtual-Template7 does not exist"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Virtual-Template1: tunnel mode gre ip carries nothing"));
	config_interface_get(c, "Virtual-Template1")->tunnel.mode = TUNNEL_IPSEC_IPV4;
	text[0] = '\0';
	config_check(c, collect, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Virtual-Template1: no tunnel protection"));
	config_free(c);
}

static void rules_of_profiles_and_keyrings_are_told(void)
{
	struct config *c = config_new();
	struct isakmp_profile *p = config_isakmp_profile_get(c, "IP");
	struct isakmp_keyring *ring;
	struct isakmp_key key = { .peer = prefix("10.0.0.0/8"), .key = "cisco" };
	struct isakmp_match match = { .kind = ISAKMP_MATCH_ADDRESS };
	struct interface *t = config_interface_get(c, "Tunnel1"), *e = config_interface_get(c, "Ethernet0/0");
	struct ipsec_profile *pro = config_profile_get(c, "PRO");
	char text[2048] = "";

	config_policy_get(c, 10)->auth = ISAKMP_AUTH_PRE_SHARE;
	config_ip_insert(c, e, 0, &(struct if_address4){ .prefix = prefix("10.0.0.1/24") });
	snprintf(t->unnumbered, sizeof(t->unnumbered), "Ethernet0/0");
	snprintf(t->tunnel.source_if, sizeof(t->tunnel.source_if), "Ethernet0/0");
	snprintf(t->tunnel.profile, sizeof(t->tunnel.profile), "PRO");
	t->tunnel.mode = TUNNEL_IPSEC_IPV4;
	t->tunnel.destination = prefix("10.0.0.3/32").addr;
	snprintf(pro->isakmp_profile, sizeof(pro->isakmp_profile), "NONE");
	snprintf(p->keyrings[p->keyring_count++], CONFIG_NAME_SIZE, "KR");
	p->virtual_template = 1;
	config_check(c, collect, text);
	CU_ASSERT_STRING_EQUAL(text, "crypto ipsec profile PRO: isakmp profile NONE does not exist\n"
				     "crypto isakmp profile IP: no match identity, no peer matches it\n"
				     "crypto isakmp profile IP: keyring KR does not exist\n"
				     "crypto isakmp profile IP: interface Virtual-Template1 does not exist\n"
				     "interface Tunnel1: no pre-shared key matches 10.0.0.3\n");

	/* a key in another keyring than the profile's is not found */
	snprintf(pro->isakmp_profile, sizeof(pro->isakmp_profile), "IP");
	TAILQ_INSERT_TAIL(&p->matches, &match, link);
	snprintf(config_interface_get(c, "Virtual-Template2")->tunnel.profile, CONFIG_NAME_SIZE, "PRO");
	config_interface_find(c, "Virtual-Template2")->tunnel.mode = TUNNEL_IPSEC_IPV4;
	config_keyring_get(c, "KR");
	ring = config_keyring_get(c, "OTHER");
	snprintf(ring->vrf, sizeof(ring->vrf), "RED");
	config_key_add(&ring->keys, &key);
	p->virtual_template = 0;
	text[0] = '\0';
	config_check(c, collect, text);
	CU_ASSERT_STRING_EQUAL(text, "crypto keyring OTHER: vrf RED does not exist\n"
				     "interface Tunnel1: no pre-shared key matches 10.0.0.3\n"
				     "interface Virtual-Template2: no isakmp profile names it, nothing is cloned\n");

	config_keyring_remove(c, ring);
	config_key_add(&config_keyring_find(c, "KR")->keys, &key);
	p->virtual_template = 2;
	text[0] = '\0';
	config_check(c, collect, text);
	CU_ASSERT_STRING_EQUAL(text, "");
	TAILQ_REMOVE(&p->matches, &match, link);
	config_free(c);
}

static void own_addresses_are_known(void)
{
	struct config *c = config_new();
	struct interface *a = config_interface_get(c, "Loopback1"), *b = config_interface_get(c, "Loopback2");
	struct ip_addr six = prefix("2001:db8::1/64").addr, wanted;
	struct config *other = config_new();

	CU_ASSERT_TRUE(config_ip_insert(c, a, 0, &(struct if_address4){ .prefix = prefix("10.0.0.1/24") }));
	CU_ASSERT_TRUE(config_ip_insert(c, b, 0, &(struct if_address4){ .prefix = prefix("10.0.0.2/32") }));
	wanted = prefix("10.0.0.2/32").addr;
	CU_ASSERT_TRUE(config_is_own_address(c, &wanted));
	CU_ASSERT_FALSE(config_is_own_address(c, &six));
	CU_ASSERT_FALSE(config_is_own_address(c, &(struct ip_addr){ 0 }));
	/* none but these, wherever their bits fall */
	for (unsigned k = 0; k < 65536; k++) {
		wanted.octets[2] = (uint8_t)(k >> 8);
		wanted.octets[3] = (uint8_t)k;
		CU_ASSERT_EQUAL(config_is_own_address(c, &wanted), k == 1 || k == 2);
	}
	wanted = prefix("10.0.0.2/32").addr;
	config_swap(c, other);
	CU_ASSERT_TRUE(config_is_own_address(other, &wanted));
	CU_ASSERT_FALSE(config_is_own_address(c, &wanted));
	config_ip_remove(config_interface_find(other, "Loopback2"), 0);
	CU_ASSERT_FALSE(config_is_own_address(other, &wanted));
	config_free(c);
	config_free(other);
}

static const struct unit_test tests[] = {
	{ "own addresses are known", own_addresses_are_known },
	{ "a new model holds the defaults of IOS", a_new_model_holds_the_defaults_of_ios },
	{ "policies stand in order of priority", policies_stand_in_order_of_priority },
	{ "a key is known by its network", a_key_is_known_by_its_network },
	{ "interfaces stand in IOS's order", interfaces_stand_in_ios_order },
	{ "routes are sorted, and removed by what is given", routes_are_sorted_and_removed_by_what_is_given },
	{ "many routes are in order", many_routes_are_in_order },
	{ "many kept lines are found", many_kept_lines_are_found },
	{ "vty ranges are split and taken in", vty_ranges_are_split_and_taken_in },
	{ "rules across objects are told", rules_across_objects_are_told },
	{ "tunnels beside each other are told", tunnels_beside_each_other_are_told },
	{ "rules of profiles and keyrings are told", rules_of_profiles_and_keyrings_are_told },
};

UNIT_MAIN("model", tests)
