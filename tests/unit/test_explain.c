/* show crypto explain: what is told of facts, without a router. */
#include "ike/isakmp.h"
#include "shell/explain.h"
#include "tests/unit/addr.h"
#include "tests/unit/fake_session.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#define NOW 100000000u

static struct session s;
static struct explain_config config;

const char *esp_drop_name(enum esp_drop d)
{
	return d == ESP_DROP_REPLAY ? "replay" : "another";
}

enum fault router_obstacle_fault(enum router_obstacle o)
{
	return o == ROUTER_ROUTE_NONE ? FAULT_no_route : FAULT_no_source;
}

static void end(void)
{
	show_list_free(&config.policies);
	show_list_free(&config.sets);
	show_list_free(&config.profiles);
	show_list_free(&config.keys);
	show_list_free(&config.isakmp);
}

static void begin(void)
{
	struct isakmp_policy *p;
	struct transform_set *t;
	struct ipsec_profile *i;
	struct explain_key *k;

	config = (struct explain_config)EXPLAIN_CONFIG;
	config.lifetime_s = IPSEC_LIFETIME_DEFAULT_S;
	config.lifetime_kb = IPSEC_LIFETIME_DEFAULT_KB;
	p = show_list_add(&config.policies);
	*p = (struct isakmp_policy){ .priority = 10,
				     .encr = ISAKMP_ENCR_AES,
				     .keybits = 256,
				     .hash = ISAKMP_HASH_SHA256,
				     .auth = ISAKMP_AUTH_PRE_SHARE,
				     .group = 14,
				     .lifetime_s = ISAKMP_LIFETIME_DEFAULT_S };
	t = show_list_add(&config.sets);
	*t = (struct transform_set){ .name = "TRA", .cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA256 };
	i = show_list_add(&config.profiles);
	*i = (struct ipsec_profile){ .name = "PRO", .sets = { "TRA" }, .set_count = 1 };
	k = show_list_add(&config.keys);
	*k = (struct explain_key){ .keyring = "default", .peer = prefix("2001:DB8::3/128") };
	fake_session_clear(&s);
}

static struct explain_tunnel vti(void)
{
	struct explain_tunnel t = { .family = 6, .has_ident = true, .source = "Ethernet0/0", .profile = "PRO" };
	struct ike_ident *c = &t.info.config;

	t.tunnel = (struct router_tunnel_info){ .name = "Tunnel23",
						.config_name = "Tunnel23",
						.type = IF_TUNNEL,
						.ident = 1,
						.source = ip("2001:DB8::2"),
						.destination = ip("2001:DB8::3") };
	c->local = t.tunnel.source;
	c->remote = t.tunnel.destination;
	c->local_proxy = c->remote_proxy = prefix("::/0");
	c->proposals[0] = (struct ike_proposal){ .cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA256 };
	c->proposal_count = 1;
	t.diag = (struct ike_diag){ .now_ms = NOW, .ident = 1, .request_ms = UINT64_MAX };
	return t;
}

/* Our own first message was refused without a reason, the peer's tells the reason. */
static void policies_differ(struct explain_tunnel *t)
{
	t->diag.phase1[1] = (struct ike_failure){ .fault = FAULT_policy_refused,
						  .certain = true,
						  .times = 1,
						  .first_ms = NOW - 12000,
						  .last_ms = NOW - 12000,
						  .set = -1,
						  .at = { .initiator = true,
							  .sent = IKE_MM1,
							  .sent_ms = NOW - 12000,
							  .sendings = 5,
							  .notify = NOTIFY_NO_PROPOSAL_CHOSEN } };
	t->diag.phase1[0] = (struct ike_failure){ .fault = FAULT_policy_hash,
						  .certain = true,
						  .times = 1,
						  .first_ms = NOW - 3000,
						  .last_ms = NOW - 3000,
						  .set = -1,
						  .priority = 10,
						  .transform = 1,
						  .at = { .received = IKE_MM1 },
						  .differs = { { .on = IKE_ON_HASH,
								 .ours = OAKLEY_HASH_SHA256,
								 .theirs = OAKLEY_HASH_SHA,
								 .theirs_known = true } },
						  .differ_count = 1 };
}

static void says(const struct explain_tunnel *t, const char *text)
{
	print_explain(&s, &config, t, t != NULL, NULL, 0, true);
	if (strcmp(s.text, text) != 0)
		fprintf(stderr, "%s--- instead of\n%s", s.text, text);
	CU_ASSERT_STRING_EQUAL(s.text, text);
}

static bool mentions(const char *part)
{
	return strstr(s.text, part) != NULL;
}

static void both_values_and_the_line(void)
{
	struct explain_tunnel t = vti();

	begin();
	policies_differ(&t);
	says(&t, "Tunnel23 to 2001:DB8::3 from 2001:DB8::2 (Ethernet0/0): not up\n"
		 "  Phase 1: stopped at MM1, sent 5 times, last 12 s ago; the peer answered\n"
		 "    NO_PROPOSAL_CHOSEN (unauthenticated) [policy_refused]\n"
		 "  Phase 1: the peer's MM1 came and led no further, last 3 s ago\n"
		 "    (unauthenticated)\n"
		 "  What stopped it: ISAKMP policies differ in the hash algorithm [policy_hash]\n"
		 "    ours    sha256   crypto isakmp policy 10 / hash sha256\n"
		 "    peer's  sha      offered in transform 1\n"
		 "  To mend it: configure `hash sha` in `crypto isakmp policy 10`, or `hash\n"
		 "    sha256` on the peer.\n"
		 "  On the peer: show crypto isakmp policy\n");
	end();
}

/* Several values: all of them are to be changed. */
static void all_that_differs_is_in_the_cure(void)
{
	struct explain_tunnel t = vti();
	struct ike_failure *f = &t.diag.phase1[0];

	begin();
	policies_differ(&t);
	f->differs[1] = (struct ike_differ){ .on = IKE_ON_GROUP, .ours = 14, .theirs = 2, .theirs_known = true };
	f->differ_count = 2;
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_TRUE(mentions("    group:\n"
				"    ours    14       crypto isakmp policy 10 / group 14\n"
				"    peer's  2        offered in transform 1\n"));
	CU_ASSERT_TRUE(mentions("  To mend it: configure `hash sha` and `group 2` in `crypto isakmp policy 10`,\n"
				"    or `hash sha256` and `group 14` on the peer.\n"));
	end();
}

static void a_way_that_is_missing(void)
{
	struct explain_tunnel t = vti();

	begin();
	t.has_ident = false;
	t.tunnel.obstacle = ROUTER_ROUTE_NONE;
	says(&t, "Tunnel23 to 2001:DB8::3 from 2001:DB8::2 (Ethernet0/0): not up, nothing is sent\n"
		 "  What stopped it: There is no route to the peer [no_route]\n"
		 "    No route leads to `tunnel destination 2001:DB8::3`.\n"
		 "  To mend it: configure a route to it: `ipv6 route 2001:DB8::3/128` and the\n"
		 "    next hop.\n");
	end();
}

/* Without the values: what it means, what may be behind it, and where to look. */
static void what_cannot_be_known(void)
{
	struct explain_tunnel t = vti();

	begin();
	t.diag.phase1[1] = (struct ike_failure){
		.fault = FAULT_no_reply_later,
		.certain = true,
		.times = 3,
		.first_ms = NOW - 200000,
		.last_ms = NOW - 5000,
		.set = -1,
		.keyring = "default",
		.at = { .initiator = true, .sent = IKE_MM5, .received = IKE_MM4, .sent_ms = NOW - 5000, .sendings = 2 }
	};
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_TRUE(mentions("  What stopped it: The peer stopped answering in the middle of phase 1\n"
				"    [no_reply_later]\n"));
	CU_ASSERT_TRUE(mentions("  Most likely: The pre-shared keys differ [key_wrong]\n"));
	CU_ASSERT_TRUE(mentions("    ours    crypto isakmp key <key> address ipv6 2001:DB8::3/128\n"));
	CU_ASSERT_TRUE(mentions("    3 times in a row, the first time 3 min 20 s ago\n"));
	CU_ASSERT_TRUE(mentions("  Not known from this side: which side has the wrong key"));
	CU_ASSERT_TRUE(mentions("  What may stand behind it, the most probable first:\n    1. "));
	end();
}

/* Phase 2 is what stopped it, whether the SA of phase 1 is there still or not; only one that is there is called complete. */
static void phase1_that_went(void)
{
	struct explain_tunnel t = vti();

	begin();
	t.diag.phase2[0] = (struct ike_failure){ .fault = FAULT_transform_auth,
						 .certain = true,
						 .proven = true,
						 .times = 1,
						 .last_ms = NOW - 3000,
						 .at = { .received = IKE_QM1 } };
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_TRUE(mentions("  Phase 1: was complete, and its SA is gone\n  Phase 2: the peer's QM1 came"));
	fake_session_clear(&s);
	t.diag.phase1_up = true;
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_TRUE(mentions("  Phase 1: complete\n  Phase 2: the peer's QM1 came"));
	end();
}

static void up(struct explain_tunnel *t)
{
	t->info.up = t->diag.up = true;
	t->diag.rekey_ms = NOW + 3300000;
	t->info.up_s = 200;
	t->has_sa = true;
	t->sa = (struct ike_sa_info){ .path = { .remote_port = 500 },
				      .encr = ISAKMP_ENCR_AES,
				      .keybits = 256,
				      .hash = ISAKMP_HASH_SHA256,
				      .auth = ISAKMP_AUTH_PRE_SHARE,
				      .group = 14,
				      .priority = 10,
				      .life_s = 86400,
				      .lifetime_left_s = 86200,
				      .keyring = "default",
				      .phase1_id = "2001:DB8::3" };
	t->info.child_count = 2;
	t->info.children[0] = (struct ike_child_info){ .inbound = true };
	t->info.children[1] = (struct ike_child_info){
		.cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA256, .left_s = 3400, .current = true
	};
	t->out.packets = t->sa_out.packets = 7;
	t->in.packets = t->sa_in.packets = 6;
}

static void which_line_decided(void)
{
	struct explain_tunnel t = vti();

	begin();
	up(&t);
	t.in.drops[ESP_DROP_REPLAY] = 2;
	says(&t, "Tunnel23 to 2001:DB8::3 from 2001:DB8::2 (Ethernet0/0): up for 3 min 20 s\n"
		 "  Phase 1: complete, begun by the peer, UDP port 500\n"
		 "    encryption     aes 256   crypto isakmp policy 10 / encr aes 256\n"
		 "    hash           sha256    crypto isakmp policy 10 / hash sha256\n"
		 "    group          14        crypto isakmp policy 10 / group 14\n"
		 "    authentication pre-share crypto isakmp policy 10 / authentication pre-share\n"
		 "    key            default   crypto isakmp key <key> address ipv6\n"
		 "      2001:DB8::3/128\n"
		 "    lifetime       86400 s   crypto isakmp policy 10 / lifetime 86400 (default)\n"
		 "    the peer is 2001:DB8::3; the IKE SA ends in 23 h 56 min\n"
		 "  Phase 2: complete, asked for by the peer\n"
		 "    transform      esp-aes 256 esp-sha256-hmac crypto ipsec transform-set TRA\n"
		 "    mode           tunnel                   tunnel mode ipsec ipv6\n"
		 "    PFS            none                     crypto ipsec profile PRO\n"
		 "    protects       ::/0 to ::/0\n"
		 "    lifetime       56 min 40 s left         crypto ipsec security-association\n"
		 "      lifetime seconds 3600 (default)\n"
		 "    the next SAs are asked for in 55 min 0 s, or when the kilobytes are nearly\n"
		 "      spent\n"
		 "  Packets: 7 encrypted, 6 decrypted; of the present SAs 7 and 6\n"
		 "    dropped inbound: 2, replay: Packets failed the replay check [replay]\n"
		 "      Configure a larger `crypto ipsec security-association replay\n"
		 "        window-size`, or keep the path from reordering packets.\n");
	end();
}

/* What anybody can send says nothing about a tunnel that is up. */
static void a_hint_is_no_failure(void)
{
	struct explain_tunnel t = vti();

	begin();
	policies_differ(&t);
	t.diag.phase1[1] = (struct ike_failure){ 0 };
	up(&t);
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_TRUE(mentions(": up for 3 min 20 s\n"));
	CU_ASSERT_TRUE(mentions("  Hint (unauthenticated, and nothing that concerns these SAs): from the peer's\n"
				"    address MM1 came once, last 3 s ago: ISAKMP policies differ in the hash\n"
				"    algorithm [policy_hash]\n"));
	CU_ASSERT_FALSE(mentions("What stopped it"));
	end();
}

static void packets_that_nobody_answers(void)
{
	struct explain_tunnel t = vti();

	begin();
	up(&t);
	t.in.packets = t.sa_in.packets = 0;
	t.sa_out.since_ms = NOW - 60000;
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_TRUE(mentions("  Note: Packets are encrypted and none comes back [esp_one_way]\n"));
	fake_session_clear(&s);
	t.sa_out.since_ms = NOW - 1000; /* too young to tell */
	print_explain(&s, &config, &t, 1, NULL, 0, true);
	CU_ASSERT_FALSE(mentions("esp_one_way"));
	end();
}

static void a_stranger(void)
{
	const struct ike_stranger x = { .now_ms = NOW,
					.local = ip("10.1.1.3"),
					.remote = ip("10.9.9.9"),
					.failure = { .fault = FAULT_key_none,
						     .certain = true,
						     .times = 1,
						     .last_ms = NOW - 2000,
						     .set = -1,
						     .at = { .received = IKE_MM1 } } };

	begin();
	print_explain(&s, &config, NULL, 0, &x, 1, true);
	CU_ASSERT_TRUE(mentions("Peer 10.9.9.9 at 10.1.1.3: of no tunnel of this router\n"
				"  Phase 1: the peer's MM1 came and led no further, last 2 s ago\n"
				"    (unauthenticated)\n"
				"  What stopped it: There is no pre-shared key for the peer [key_none]\n"));
	CU_ASSERT_TRUE(mentions("  To mend it: configure `crypto isakmp key <key> address 10.9.9.9`.\n"));
	end();
}

static void nothing_is_there(void)
{
	begin();
	says(NULL, "No tunnel is configured, and no peer has asked for one\n");
	end();
}

static const struct unit_test tests[] = {
	{ "phase 1 that went", phase1_that_went },
	{ "both values and the line", both_values_and_the_line },
	{ "all that differs is in the cure", all_that_differs_is_in_the_cure },
	{ "a way that is missing", a_way_that_is_missing },
	{ "what cannot be known", what_cannot_be_known },
	{ "which line decided", which_line_decided },
	{ "a hint is no failure", a_hint_is_no_failure },
	{ "packets that nobody answers", packets_that_nobody_answers },
	{ "a stranger", a_stranger },
	{ "nothing is there", nothing_is_there },
};

UNIT_MAIN("explain", tests)
