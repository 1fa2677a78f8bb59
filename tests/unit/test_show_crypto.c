/* show crypto ...: every layout against tests/golden/show, which holds IOS's captures in the form of 15.2. */
#include "shell/print_accelerator.h"
#include "shell/print_crypto.h"
#include "tests/unit/addr.h"
#include "tests/unit/esp_names.h"
#include "tests/unit/fake_session.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct session s;

#define PRINTS(file) CU_ASSERT_TRUE(fake_session_matches(&s, file))

/* The data plane's table of transforms, as far as the cases here go. */
bool esp_suite_info(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite_info *out)
{
	(void)keybits;
	(void)auth;
	*out = (struct esp_suite_info){ .iv_octets = cipher == ESP_CIPHER_AES ? 16 : 8 };
	return true;
}

static struct ike_path path(const char *local, const char *remote, uint16_t port)
{
	return (struct ike_path){ ip(local), ip(remote), port, port };
}

static struct show_ident vti(const char *ifname, const char *local, const char *remote, const char *out)
{
	struct show_ident i = { .ip_mtu = 1500 };
	struct ike_ident *c = &i.info.config;

	c->local = ip(local);
	c->remote = ip(remote);
	c->local_proxy = c->remote_proxy = prefix(c->local.family == 6 ? "::/0" : "0.0.0.0/0");
	c->path_mtu = 1500;
	c->lifetime_kb = 4608000;
	c->lifetime_s = 3600;
	snprintf(c->ifname, sizeof(c->ifname), "%s", ifname);
	snprintf(c->map, sizeof(c->map), "%s-head-0", ifname);
	snprintf(c->out_ifname, sizeof(c->out_ifname), "%s", out);
	return i;
}

static void child(struct show_ident *i, bool inbound, uint32_t spi, uint32_t conn_id, uint64_t kb, uint64_t seconds)
{
	i->info.children[i->info.child_count++] = (struct ike_child_info){
		.inbound = inbound,
		.spi = spi,
		.conn_id = conn_id,
		.cipher = ESP_CIPHER_AES,
		.keybits = 128,
		.auth = ESP_AUTH_SHA,
		.left_kb = kb,
		.left_s = seconds,
		.replay_window = 64,
		.current = !inbound,
	};
	i->info.up = true;
}

static void the_documents_ipsec_sas(void)
{
	struct show_ident i = vti("Tunnel23", "2001:DB8::2", "2001:DB8::3", "Ethernet0/0");

	fake_session_clear(&s);
	i.in.packets = i.out.packets = 4;
	/* dropped for what they carry, not by IPsec */
	i.out.drops[ESP_DROP_FAMILY] = i.out.drops[ESP_DROP_TOO_BIG] = 3;
	child(&i, false, 0x221A7153, 306, 4183790, 3408);
	child(&i, true, 0x45F16A9A, 305, 4183789, 3408);
	print_ipsec_sas(&s, &i, 1, false);
	PRINTS("ipsec_sa_ipv6.txt");
}

static void several_idents_of_one_interface(void)
{
	struct show_ident i[2];

	fake_session_clear(&s);
	i[0] = vti("GigabitEthernet0/2", "209.165.200.225", "209.165.202.129", "GigabitEthernet0/2");
	strcpy(i[0].info.config.map, "VPN");
	i[0].info.config.local_proxy = prefix("192.168.1.0/24");
	i[0].info.config.remote_proxy = prefix("192.168.3.0/24");
	i[1] = i[0];
	child(&i[1], false, 0xE7CB46BA, 6, 4302002, 3214);
	child(&i[1], true, 0x59DC848B, 5, 4302002, 3214);
	for (unsigned k = 0; k < 2; k++) {
		i[1].info.children[k].cipher = ESP_CIPHER_DES;
		i[1].info.children[k].keybits = 0;
		i[1].info.children[k].auth = ESP_AUTH_MD5;
	}
	print_ipsec_sas(&s, i, 2, false);
	PRINTS("ipsec_sa_ipv4.txt");
}

static void rekeyed_sas_stand_oldest_first(void)
{
	struct show_ident i = vti("Tunnel0", "10.0.0.1", "10.0.0.2", "");
	const char *older, *newer;

	fake_session_clear(&s);
	child(&i, false, 0xB, 4, 4608000, 3600);
	child(&i, true, 0xBB, 3, 4608000, 3600);
	child(&i, false, 0xA, 2, 0, 9);
	child(&i, true, 0xAA, 1, 0, 9);
	i.info.children[2].current = false;
	i.info.pfs_group = 14;
	i.info.send_errors = 2;
	i.out.drops[ESP_DROP_NO_SA] = 5;
	i.in.drops[ESP_DROP_REPLAY] = 1;
	print_ipsec_sas(&s, &i, 1, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "     current outbound spi: 0xB(11)\n"
					      "     PFS (Y/N): Y, DH group: group14\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "    #send errors 7, #recv errors 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "ip mtu idb (none)\n"));
	older = strstr(s.text, "spi: 0xAA(170)");
	newer = strstr(s.text, "spi: 0xBB(187)");
	CU_ASSERT_TRUE(older && newer && older < newer);
}

static void all_counters_in_detail(void)
{
	struct show_ident i = vti("Tunnel1", "1.2.3.4", "2.2.2.2", "GigabitEthernet8");

	fake_session_clear(&s);
	child(&i, false, 0x1234ABCD, 123, 4332649, 3205);
	child(&i, true, 0xABCD1234, 124, 4332650, 3205);
	for (unsigned k = 0; k < 2; k++) {
		i.info.children[k].udp = true;
		i.info.children[k].remote_port = 4500;
		i.info.children[k].keybits = 256;
		i.info.children[k].replay_window = 1024;
	}
	i.out.packets = 4981028;
	i.in.packets = 4112421;
	i.out.drops[ESP_DROP_NO_SA] = 1;
	i.in.drops[ESP_DROP_ADDRESS] = i.in.drops[ESP_DROP_ENCAPSULATION] = 1;
	i.out.drops[ESP_DROP_SEND] = i.out.drops[ESP_DROP_SHORT] = 1;
	i.info.send_errors = 1;
	i.in.drops[ESP_DROP_PADDING] = 2;
	i.in.drops[ESP_DROP_ECN] = i.info.recv_errors = 1;
	i.in.drops[ESP_DROP_FAMILY] = 5;
	i.in.drops[ESP_DROP_ICV] = 6;
	i.in.drops[ESP_DROP_SELECTOR] = 7;
	i.in.drops[ESP_DROP_SHORT] = 8;
	i.out.drops[ESP_DROP_SEQUENCE] = 9;
	i.in.drops[ESP_DROP_REPLAY] = 10;
	i.out.drops[ESP_DROP_CRYPTO] = 11;
	i.in.drops[ESP_DROP_CRYPTO] = i.in.drops[ESP_DROP_SEND] = 5;
	i.no_buffer = 2;
	print_ipsec_sas(&s, &i, 1, true);
	PRINTS("ipsec_sa_detail.txt");
}

/* Two idents; one has a pair that is being replaced. */
static void ipsec_sas_are_counted(void)
{
	struct show_ident i[2] = { vti("Tunnel0", "10.0.0.1", "10.0.0.2", ""),
				   vti("Tunnel1", "10.0.0.1", "10.0.0.3", "") };

	fake_session_clear(&s);
	for (unsigned k = 0; k < 3; k++) {
		child(&i[k / 2], false, k, k, 1, 1);
		child(&i[k / 2], true, k, k, 1, 1);
	}
	i[0].info.children[2].current = false;
	print_ipsec_sa_count(&s, i, 2);
	CU_ASSERT_STRING_EQUAL(s.text, "IPsec SA total: 6, active: 4, rekeying: 2, unused: 0, invalid: 0\n");
}

static void crypto_sockets(void)
{
	struct show_ident i[2] = { vti("Tunnel1", "85.45.1.1", "10.0.0.2", ""),
				   vti("Tunnel2", "2001:DB8::2", "2001:DB8::3", "") };

	fake_session_clear(&s);
	i[0].info.up = true;
	strcpy(i[0].profile, "star");
	strcpy(i[1].profile, "PRO");
	print_crypto_sockets(&s, i, 2);
	PRINTS("sockets.txt");
}

static void no_volume_lifetime_and_no_replay_check(void)
{
	struct show_ident i = vti("Tunnel0", "10.0.0.1", "10.0.0.2", "Ethernet0/0");

	fake_session_clear(&s);
	i.info.config.lifetime_kb = 0;
	child(&i, true, 1, 1, 0, 632);
	i.info.children[0].cipher = ESP_CIPHER_GCM;
	i.info.children[0].keybits = 256;
	i.info.children[0].auth = ESP_AUTH_NONE;
	i.info.children[0].replay_window = 0;
	print_ipsec_sas(&s, &i, 1, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "        transform: esp-gcm 256 ,\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "        sa timing: remaining key lifetime (sec): 632\n"
					      "        Kilobyte Volume Rekey has been disabled\n"
					      "        IV size: 8 bytes\n"
					      "        replay detection support: N\n"));
}

static void nothing_to_show(void)
{
	fake_session_clear(&s);
	print_ipsec_sas(&s, NULL, 0, false);
	CU_ASSERT_STRING_EQUAL(s.text, "\nNo SAs found\n");
	fake_session_clear(&s);
	print_isakmp_sas(&s, NULL, 0);
	PRINTS("isakmp_sa_none.txt");
	fake_session_clear(&s);
	print_crypto_sessions(&s, NULL, 0, NULL, 0, NULL, 0, false);
	CU_ASSERT_STRING_EQUAL(s.text, "Crypto session current status\n");
}

static struct ike_sa_info phase1(const char *local, const char *remote, uint32_t conn_id, bool initiator)
{
	return (struct ike_sa_info){
		.conn_id = conn_id,
		.path = path(local, remote, 500),
		.initiator = initiator,
		.state = "QM_IDLE",
		.authenticated = true,
		.encr = ISAKMP_ENCR_AES,
		.keybits = 128,
		.hash = ISAKMP_HASH_SHA,
		.auth = ISAKMP_AUTH_PRE_SHARE,
		.group = 5,
	};
}

static void isakmp_sas(void)
{
	struct ike_sa_info sas[2];

	/* The document's side does not matter: dst is the responder on both. */
	for (int initiator = 0; initiator < 2; initiator++) {
		fake_session_clear(&s);
		sas[0] = initiator ? phase1("23:1:1::100", "12:1:1::100", 1001, true)
				   : phase1("12:1:1::100", "23:1:1::100", 1001, false);
		print_isakmp_sas(&s, sas, 1);
		PRINTS("isakmp_sa_ipv6.txt");
	}
	fake_session_clear(&s);
	sas[0] = phase1("203.0.113.1", "203.0.113.20", 1002, false);
	sas[1] = phase1("203.0.113.1", "203.0.113.10", 1001, true);
	print_isakmp_sas(&s, sas, 2);
	PRINTS("isakmp_sa_ipv4.txt");
	fake_session_clear(&s);
	sas[0].state = "MM_NO_STATE";
	sas[0].deleted = true;
	print_isakmp_sas(&s, sas, 1);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(s.text, "\n203.0.113.1     203.0.113.20    MM_NO_STATE       1002 ACTIVE (deleted)\n"));
}

static void isakmp_sa_detail(void)
{
	struct ike_sa_info sa = phase1("25.0.0.1", "15.0.0.1", 1001, true);

	fake_session_clear(&s);
	sa.lifetime_left_s = 23 * 3600 + 25 * 60 + 3;
	print_isakmp_sas_detail(&s, &sa, 1);
	PRINTS("isakmp_sa_detail.txt");
	/* before MM2 */
	fake_session_clear(&s);
	sa.conn_id = 0;
	sa.group = 0;
	sa.lifetime_left_s = 0;
	print_isakmp_sas_detail(&s, &sa, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		s.text, "\n0     25.0.0.1        15.0.0.1               ACTIVE                  0  0            \n"));
}

static void capabilities(void)
{
	struct ike_sa_info sa = phase1("2.2.2.2", "1.1.1.1", 1013, true);

	fake_session_clear(&s);
	sa.natt = true;
	sa.hash = ISAKMP_HASH_SHA384;
	sa.group = 14;
	sa.lifetime_left_s = 23 * 3600 + 47 * 60 + 45;
	print_isakmp_sas_detail(&s, &sa, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		s.text, "\n1013  2.2.2.2         1.1.1.1                ACTIVE aes  sha384 psk  14 23:47:45 N   \n"));
	sa.dpd = true;
	print_isakmp_sas_detail(&s, &sa, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, " 23:47:45 DN  \n"));
	sa.fragmentation = true;
	print_isakmp_sas_detail(&s, &sa, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, " 23:47:45 DNF \n"));
}

static void call_admission(void)
{
	static const struct ike_stats stats = {
		.active = 10,
		.negotiating = 2,
		.dead = 1,
		.sa_limit = 200,
		.negotiation_limit = 100,
		.in_accepted = 15,
		.in_rejected = 5,
		.out_accepted = 6,
		.out_rejected = 1,
		.rejected_sa_limit = 2,
		.rejected_negotiation_limit = 3,
		.rejected_resources = 1,
		.ipsec_active = 8,
		.ipsec_negotiating = 1,
		.ipsec_in_accepted = 10,
		.ipsec_in_rejected = 1,
		.ipsec_out_accepted = 5,
		.dropped = 4,
	};

	fake_session_clear(&s);
	print_call_admission(&s, &stats);
	PRINTS("call_admission.txt");
}

static void isakmp_profile(void)
{
	static struct isakmp_match matches[] = {
		{ .kind = ISAKMP_MATCH_ADDRESS },
		{ .kind = ISAKMP_MATCH_HOST, .text = "R3.example.com" },
		{ .kind = ISAKMP_MATCH_USER_DOMAIN, .text = "example.com" },
	};
	struct isakmp_profile p = {
		.name = "SPOKES",
		.keyrings = { "KR" },
		.keyring_count = 1,
		.self = ISAKMP_SELF_FQDN,
		.self_text = "R2.example.com",
		.virtual_template = 1,
	};

	fake_session_clear(&s);
	matches[0].prefix = prefix("10.0.0.3/32");
	TAILQ_INIT(&p.matches);
	for (unsigned k = 0; k < 3; k++)
		TAILQ_INSERT_TAIL(&p.matches, &matches[k], link);
	print_isakmp_profile(&s, &p);
	PRINTS("isakmp_profile.txt");
}

static void isakmp_sa_count(void)
{
	static const struct ike_stats stats = { .dead = 450 };

	fake_session_clear(&s);
	print_isakmp_sa_count(&s, &stats);
	PRINTS("isakmp_sa_count.txt");
}

static void isakmp_peers_are_listed_once(void)
{
	struct ike_sa_info sas[] = {
		phase1("100.1.100.15", "52.0.3.28", 1004, true),
		phase1("100.1.100.15", "52.0.5.27", 1003, true),
		phase1("100.1.100.15", "204.2.0.18", 1002, true),
		phase1("100.1.100.15", "52.0.3.28", 1001, false),
	};

	fake_session_clear(&s);
	for (int i = 1; i < 4; i++)
		ip_text(&sas[i].path.remote, sas[i].phase1_id);
	print_isakmp_peers(&s, sas, 4, NULL, 0);
	PRINTS("isakmp_peers.txt");
}

static void isakmp_policies_and_keys(void)
{
	struct isakmp_policy p = {
		.priority = 10,
		.encr = ISAKMP_ENCR_AES,
		.keybits = 128,
		.auth = ISAKMP_AUTH_PRE_SHARE,
		.group = 2,
		.lifetime_s = 86400,
	};
	const struct isakmp_policy defaults[] = {
		{ .priority = 65507,
		  .keybits = 128,
		  .encr = ISAKMP_ENCR_AES,
		  .auth = ISAKMP_AUTH_RSA_SIG,
		  .group = 5,
		  .lifetime_s = 86400 },
		{ .priority = 65508,
		  .keybits = 128,
		  .encr = ISAKMP_ENCR_AES,
		  .auth = ISAKMP_AUTH_PRE_SHARE,
		  .group = 5,
		  .lifetime_s = 86400 },
	};
	struct show_key keys[] = {
		{ "default", { .peer = prefix("193.200.200.1/32"), .key = "cisco-1" } },
		{ "default", { .peer = prefix("0.0.0.0/0"), .key = "Cisco!23" } },
		{ "default", { .peer = prefix("::/0"), .key = "cisco" } },
		{ "a-long-keyring", { .hostname = "R3.example.com", .key = "cisco", .type6 = "AAB" } },
	};

	fake_session_clear(&s);
	print_isakmp_policies(&s, &p, 1);
	PRINTS("isakmp_policy.txt");
	fake_session_clear(&s);
	print_isakmp_default_policies(&s, defaults, 2);
	PRINTS("isakmp_policy_default.txt");
	fake_session_clear(&s);
	print_isakmp_keys(&s, keys, 1);
	PRINTS("isakmp_key.txt");
	fake_session_clear(&s);
	print_isakmp_keys(&s, keys + 1, 2);
	PRINTS("isakmp_key_mask.txt");
	fake_session_clear(&s);
	print_isakmp_keys(&s, keys + 3, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\na-long-keyring R3.example.com                              AAB\n"));
}

static void transform_sets(void)
{
	struct transform_set sets[] = {
		{ .name = "ipsec_transform1", .cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA512 },
		{ .name = "default", .cipher = ESP_CIPHER_NULL, .auth = ESP_AUTH_MD5 },
	};

	fake_session_clear(&s);
	print_transform_sets(&s, sets, 1);
	PRINTS("transform_set.txt");
	/* one that was configured takes the built-in one's place */
	fake_session_clear(&s);
	print_transform_sets(&s, sets + 1, 1);
	CU_ASSERT_STRING_EQUAL(s.text, "Transform set default: { esp-null esp-md5-hmac  } \n"
				       "   will negotiate = { Tunnel,  }, \n   \n");
}

static void ipsec_profiles(void)
{
	struct transform_set set = { .name = "RSITE-ipsec-proposal-set", .cipher = ESP_CIPHER_GCM, .keybits = 256 };
	struct ipsec_profile profiles[2] = {
		{ .name = "FRCRT1012-IPSEC-PROFILE",
		  .sets = { "RSITE-ipsec-proposal-set" },
		  .set_count = 1,
		  .lifetime_s = 27000,
		  .lifetime_kb = 102400000,
		  .responder_only = true },
	};

	fake_session_clear(&s);
	profiles[1] = profiles[0];
	strcpy(profiles[1].name, "DCCRT1012-IPSEC-PROFILE");
	print_ipsec_profiles(&s, profiles, 2, &set, 1, 3600, 4608000);
	PRINTS("ipsec_profile.txt");
	fake_session_clear(&s);
	profiles[0].pfs_group = 14;
	strcpy(profiles[0].isakmp_profile, "WEST");
	print_ipsec_profiles(&s, profiles, 1, NULL, 0, 3600, 4608000);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\tISAKMP Profile: WEST\n\tSecurity association lifetime: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\tPFS (Y/N): Y\n\tDH group:  group14\n"));
}

static void sessions(void)
{
	struct ike_sa_info sas[] = {
		phase1("100.1.100.15", "204.2.0.18", 1004, true),
		phase1("100.1.100.15", "204.2.0.18", 1003, false),
		phase1("100.1.100.15", "52.0.3.28", 1002, true),
		phase1("100.1.100.15", "52.0.5.27", 1001, true),
	};
	struct show_ident i[3];

	fake_session_clear(&s);
	i[0] = vti("Tunnel100", "100.1.100.15", "204.2.0.18", "Ethernet0/0");
	i[1] = vti("Tunnel200", "100.1.100.15", "52.0.3.28", "Ethernet0/0");
	i[2] = vti("Tunnel200", "100.1.100.15", "52.0.5.27", "Ethernet0/0");
	for (unsigned k = 0; k < 3; k++)
		for (unsigned n = 0; n < (k ? 2 : 4); n++)
			child(&i[k], n & 1, n + 1, n + 1, 4608000, 3600);
	print_crypto_sessions(&s, i, 3, sas, 4, NULL, 0, false);
	PRINTS("session.txt");
}

static void session_detail(void)
{
	struct ike_sa_info sas[] = {
		phase1("10.175.200.116", "10.161.255.14", 0, true), phase1("10.175.200.116", "10.161.255.14", 0, true),
		phase1("169.0.1.1", "192.168.0.1", 2913, true),     phase1("10.175.200.116", "10.163.255.14", 0, true),
		phase1("10.175.200.116", "10.163.255.14", 0, true),
	};
	struct show_ident i[3];

	fake_session_clear(&s);
	for (unsigned k = 0; k < 5; k++)
		sas[k].authenticated = k == 2;
	sas[2].path = path("169.0.1.1", "192.168.0.1", 4500);
	sas[2].lifetime_left_s = 9 * 3600 + 3 * 60 + 41;
	strcpy(sas[2].phase1_id, "SOME_DEVICE1234.1pc.com");
	i[0] = vti("Tunnel1201", "10.175.200.116", "10.161.255.14", "Ethernet0/0");
	i[1] = vti("Tunnel1101", "169.0.1.1", "192.168.0.1", "Ethernet0/0");
	i[2] = vti("Tunnel2201", "10.175.200.116", "10.163.255.14", "Ethernet0/0");
	child(&i[1], false, 1, 2, 4236962, 615);
	child(&i[1], true, 2, 1, 4236992, 615);
	i[1].info.up_s = 7 * 7 * 86400;
	i[1].in.packets = 15344097;
	i[1].out.packets = 18074395;
	print_crypto_sessions(&s, i, 3, sas, 5, NULL, 0, true);
	PRINTS("session_detail.txt");
}

static void sessions_over_ipv6(void)
{
	struct ike_sa_info sa = phase1("2001:DB8:ACAD:1::1", "2001:DB8:ACAD:1::2", 1001, true);
	struct show_ident i = vti("Tunnel1", "2001:DB8:ACAD:1::1", "2001:DB8:ACAD:1::2", "Ethernet0/0");

	fake_session_clear(&s);
	child(&i, false, 1, 2, 3, 233);
	child(&i, true, 2, 1, 7, 233);
	print_crypto_sessions(&s, &i, 1, &sa, 1, NULL, 0, false);
	PRINTS("session_ipv6.txt");
	fake_session_clear(&s);
	i = vti("Tunnel2", "2001:101:0:1::1", "2001:101:0:1::2", "Ethernet0/0");
	child(&i, false, 1, 2, 3, 233);
	child(&i, true, 2, 1, 7, 233);
	i.in.packets = 47;
	i.out.packets = 12;
	i.info.up_s = 30 * 60 + 25;
	sa = phase1("2001:101:0:1::1", "2001:101:0:1::2", 1001, true);
	sa.lifetime_left_s = 23 * 3600 + 29 * 60 + 35;
	strcpy(sa.phase1_id, "2001:101:0:1::2");
	print_crypto_sessions(&s, &i, 1, &sa, 1, NULL, 0, true);
	PRINTS("session_detail_ipv6.txt");
	/* one that is deleted keeps its conn-id */
	fake_session_clear(&s);
	sa.deleted = true;
	print_crypto_sessions(&s, &i, 1, &sa, 1, NULL, 0, true);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "/500 Inactive\n          Capabilities:(none) connid:1001 lifetime:0\n"));
}

/* Two peers behind one address: their ports tell which IKE SA is whose. */
static void sessions_behind_a_nat(void)
{
	struct ike_sa_info sa = phase1("198.51.100.1", "203.0.113.1", 1001, false);
	struct show_ident i[2] = { vti("Virtual-Access1", "198.51.100.1", "203.0.113.1", "Ethernet0/0"),
				   vti("Virtual-Access2", "198.51.100.1", "203.0.113.1", "Ethernet0/0") };
	struct show_peer peer = { .address = ip("203.0.113.1"), .description = "the office behind the NAT" };

	fake_session_clear(&s);
	sa.path.local_port = 4500;
	sa.path.remote_port = 1027;
	sa.natt = sa.dpd = sa.fragmentation = true;
	sa.lifetime_left_s = 23 * 3600 + 29 * 60 + 35;
	strcpy(sa.phase1_id, "R3.example.com");
	strcpy(sa.profile, "SPOKES");
	child(&i[0], false, 1, 2, 3, 233);
	child(&i[0], true, 2, 1, 7, 233);
	child(&i[1], true, 3, 3, 5, 6);
	for (unsigned k = 0; k < 2; k++)
		for (unsigned n = 0; n < i[k].info.child_count; n++) {
			i[k].info.children[n].udp = true;
			i[k].info.children[n].remote_port = (uint16_t)(1027 + k);
		}
	strcpy(i[1].info.config.profile, "SPOKES");
	i[0].info.up_s = 30 * 60 + 25;
	i[1].info.up_s = 9;
	i[0].in.packets = 47;
	i[0].out.packets = 12;
	print_crypto_sessions(&s, i, 2, &sa, 1, &peer, 1, true);
	PRINTS("session_detail_nat.txt");
	fake_session_clear(&s);
	print_isakmp_peers(&s, &sa, 1, &peer, 1);
	CU_ASSERT_STRING_EQUAL(s.text, "Peer: 203.0.113.1 Port: 1027 Local: 198.51.100.1\n"
				       " Description: the office behind the NAT\n"
				       " Phase1 id: R3.example.com\n");
}

static void session_states(void)
{
	struct ike_sa_info sa = phase1("10.0.0.1", "10.0.0.2", 1001, true);
	struct show_ident i = vti("Tunnel0", "10.0.0.1", "10.0.0.2", "Ethernet0/0");

	fake_session_clear(&s);
	print_crypto_sessions(&s, &i, 1, NULL, 0, NULL, 0, false);
	CU_ASSERT_STRING_EQUAL(s.text, "Crypto session current status\n\n"
				       "Interface: Tunnel0\n"
				       "Session status: DOWN          \n"
				       "Peer: 10.0.0.2 port 500 \n"
				       "  IPSEC FLOW: permit ip 0.0.0.0/0.0.0.0 0.0.0.0/0.0.0.0 \n"
				       "        Active SAs: 0, origin: crypto map\n");
	fake_session_clear(&s);
	print_crypto_sessions(&s, &i, 1, &sa, 1, NULL, 0, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "Session status: UP-IDLE       \n"));
	child(&i, true, 1, 1, 1, 1);
	fake_session_clear(&s);
	print_crypto_sessions(&s, &i, 1, NULL, 0, NULL, 0, false);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "Session status: UP-NO-IKE     \n"));
}

static void engine_connections(void)
{
	struct show_connection c[] = {
		{ .conn_id = 1 },
		{ .conn_id = 2 },
		{ .conn_id = 1001, .ike = true },
		{ .conn_id = 1002, .ike = true },
	};
	const struct ike_child_info ipsec = { .cipher = ESP_CIPHER_3DES, .auth = ESP_AUTH_MD5 };
	const struct ike_sa_info des = { .hash = ISAKMP_HASH_SHA, .encr = ISAKMP_ENCR_DES };
	const struct ike_sa_info aes = { .hash = ISAKMP_HASH_SHA, .encr = ISAKMP_ENCR_AES, .keybits = 256 };
	const struct ike_child_info gcm = { .cipher = ESP_CIPHER_GCM, .keybits = 256 };
	char text[32];

	fake_session_clear(&s);
	show_ipsec_algorithm(&ipsec, c[0].algorithm);
	show_ipsec_algorithm(&ipsec, c[1].algorithm);
	show_ike_algorithm(&des, c[2].algorithm);
	show_ike_algorithm(&aes, c[3].algorithm);
	ip_parse("172.16.0.0", &c[0].local);
	c[1].local = c[0].local;
	ip_parse("202.100.2.1", &c[2].local);
	print_connections(&s, c, 4);
	CU_ASSERT_TRUE(fake_session_matches(&s, "engine_connections.txt"));
	CU_ASSERT_STRING_EQUAL(show_ipsec_algorithm(&gcm, text), "AESGCM256");
}

static void crypto_maps(void)
{
	struct transform_set set = { .name = "TRA", .cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA512 };
	struct show_map m[2] = { { .ifname = "Tunnel0", .family = 4 }, { .ifname = "Tunnel23", .family = 6 } };

	fake_session_clear(&s);
	strcpy(m[0].profile.name, "PRO");
	strcpy(m[0].profile.sets[m[0].profile.set_count++], "TRA");
	m[1].profile = m[0].profile;
	m[1].profile.pfs_group = 15;
	ip_parse("15.1.1.1", &m[0].peer);
	print_crypto_maps(&s, m, 2, &set, 1, 3600, 4608000);
	CU_ASSERT_STRING_EQUAL(s.text, "Crypto Map IPv4 \"Tunnel0-head-0\" 65536 ipsec-isakmp\n"
				       "\tProfile name: PRO\n"
				       "\tSecurity association lifetime: 4608000 kilobytes/3600 seconds\n"
				       "\tResponder-Only (Y/N): N\n"
				       "\tPFS (Y/N): N\n"
				       "\tMixed-mode : Disabled\n"
				       "\tTransform sets={ \n"
				       "\t\tTRA:  { esp-256-aes esp-sha512-hmac  } , \n"
				       "\t}\n"
				       "\n"
				       "Crypto Map IPv4 \"Tunnel0-head-0\" 65537 ipsec-isakmp\n"
				       "\tMap is a PROFILE INSTANCE.\n"
				       "\tPeer = 15.1.1.1\n"
				       "\tExtended IP access list \n"
				       "\t    access-list  permit ip any any\n"
				       "\tCurrent peer: 15.1.1.1\n"
				       "\tSecurity association lifetime: 4608000 kilobytes/3600 seconds\n"
				       "\tResponder-Only (Y/N): N\n"
				       "\tPFS (Y/N): N\n"
				       "\tMixed-mode : Disabled\n"
				       "\tTransform sets={ \n"
				       "\t\tTRA:  { esp-256-aes esp-sha512-hmac  } , \n"
				       "\t}\n"
				       "\tAlways create SAs\n"
				       "\tInterfaces using crypto map Tunnel0-head-0:\n"
				       "\t\tTunnel0\n"
				       "\n"
				       "Crypto Map IPv6 \"Tunnel23-head-0\" 65536 ipsec-isakmp\n"
				       "\tProfile name: PRO\n"
				       "\tSecurity association lifetime: 4608000 kilobytes/3600 seconds\n"
				       "\tResponder-Only (Y/N): N\n"
				       "\tPFS (Y/N): Y\n"
				       "\tDH group:  group15\n"
				       "\tMixed-mode : Disabled\n"
				       "\tTransform sets={ \n"
				       "\t\tTRA:  { esp-256-aes esp-sha512-hmac  } , \n"
				       "\t}\n"
				       "\n");
	fake_session_clear(&s);
	print_crypto_maps(&s, NULL, 0, NULL, 0, 3600, 4608000);
	CU_ASSERT_STRING_EQUAL(s.text, "No crypto maps found.\n");
}

static void eli(void)
{
	const struct ike_stats t = { .active = 2, .in_accepted = 3, .out_accepted = 1, .ipsec_active = 4 };

	fake_session_clear(&s);
	print_crypto_eli(&s, &t);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "Hardware Encryption : INACTIVE\n Number of crypto engines = 1\n\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, " IKE-Session   :     2 active, 0 max, 0 failed, 4 created\n"
					      " IPSec-Session :     4 active, 0 max, 0 failed, 0 created\n"));
}

/* One of each kind: both engines, the batch alone, one alone, and a transform that neither has. */
static const struct esp_engine_row engine_rows[] = {
	{ .cipher = ESP_CIPHER_DES, .auth = ESP_AUTH_MD5 },
	{ .cipher = ESP_CIPHER_3DES, .auth = ESP_AUTH_SHA, .single_ns = 13250 },
	{ .cipher = ESP_CIPHER_AES,
	  .keybits = 128,
	  .auth = ESP_AUTH_SHA,
	  .multi_from = 6,
	  .single_ns = 812,
	  .multi_1 = 1750,
	  .multi_ns = 141 },
	{ .cipher = ESP_CIPHER_AES, .keybits = 256, .auth = ESP_AUTH_SHA256, .single_ns = 990 },
	{ .cipher = ESP_CIPHER_GCM, .keybits = 256, .multi_from = 1, .single_ns = 280, .multi_1 = 71, .multi_ns = 64 },
};

static const struct router_transport_info ports[] = {
	{ .name = "Ethernet0/0",
	  .xdp = true,
	  .transport = "AF_XDP (generic)",
	  .sent = 1234567,
	  .received = 98765432100,
	  .dropped = 3 },
	{ .name = "GigabitEthernet0/1",
	  .transport = "raw socket, packet socket to known next hops",
	  .why = "MTU 9000 is larger than 1778" },
	{ .name = "GigabitEthernet0/2", .transport = "raw socket", .why = "no native ESP leaves here" },
	{ .name = "GigabitEthernet0/3", .transport = "raw socket" }, /* nothing is known yet */
};

static void engines(void)
{
	struct show_engine e = { .single = "OpenSSL 3.0.17",
				 .multi = "ipsec-mb 1.3.0 AVX512",
				 .rows = engine_rows,
				 .workers = 2,
				 .ports = ports,
				 .port_count = sizeof(ports) / sizeof(ports[0]),
				 .row_count = sizeof(engine_rows) / sizeof(engine_rows[0]) };

	fake_session_clear(&s);
	print_engine_configuration(&s, &e);
	PRINTS("engine_configuration.txt");
	fake_session_clear(&s);
	e.multi = "";
	print_engine_brief(&s, &e);
	CU_ASSERT_STRING_EQUAL(s.text, "\n"
				       "        crypto engine name:   OpenSSL 3.0.17\n"
				       "        crypto engine type:   software\n"
				       "       crypto engine state:   installed\n"
				       "     crypto engine in slot:   N/A\n"
				       "               Compression:   No\n"
				       "                       DES:   No\n"
				       "                     3 DES:   Yes\n"
				       "                   AES CBC:   Yes (128,256)\n"
				       "                   AES GCM:   Yes (256)\n");
}

static void engine_statistics(void)
{
	struct router_engine_counters c = { .in = { .packets = 100000, .octets = 50000000 },
					    .out = { .packets = 200000, .octets = 100000000 },
					    .cleared_s = 100 };

	fake_session_clear(&s);
	c.in.drops[ESP_DROP_REPLAY] = 3;
	c.out.drops[ESP_DROP_CRYPTO] = 2;
	c.in.drops[ESP_DROP_CRYPTO] = 1;
	c.no_buffer = 9;
	print_engine_statistics(&s, &c);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "\nStages are not measured (debug crypto engine packet)\n"));
	CU_ASSERT_PTR_NULL(strstr(s.text, "packets/batch"));
	fake_session_clear(&s);
	c.measuring = true;
	c.measured_s = 12;
	c.unit = "cycles";
	for (unsigned k = 0; k < ESP_STAGE_COUNT; k++)
		c.stages[k] = (struct esp_stage_count){ .cycles = 1000 * k, .packets = 48 * k, .turns = k };
	print_engine_statistics(&s, &c);
	PRINTS("engine_accelerator_statistic.txt");
}

static const struct unit_test tests[] = {
	{ "the document's IPsec SAs", the_documents_ipsec_sas },
	{ "several idents of one interface", several_idents_of_one_interface },
	{ "rekeyed SAs stand oldest first", rekeyed_sas_stand_oldest_first },
	{ "no volume lifetime and no replay check", no_volume_lifetime_and_no_replay_check },
	{ "nothing to show", nothing_to_show },
	{ "ISAKMP SAs", isakmp_sas },
	{ "ISAKMP SA detail", isakmp_sa_detail },
	{ "ISAKMP SA count", isakmp_sa_count },
	{ "ISAKMP peers are listed once", isakmp_peers_are_listed_once },
	{ "ISAKMP policies and keys", isakmp_policies_and_keys },
	{ "transform sets", transform_sets },
	{ "IPsec profiles", ipsec_profiles },
	{ "sessions", sessions },
	{ "session detail", session_detail },
	{ "sessions over IPv6", sessions_over_ipv6 },
	{ "session states", session_states },
	{ "sessions behind a NAT", sessions_behind_a_nat },
	{ "all counters in detail", all_counters_in_detail },
	{ "IPsec SAs are counted", ipsec_sas_are_counted },
	{ "crypto sockets", crypto_sockets },
	{ "capabilities", capabilities },
	{ "call admission", call_admission },
	{ "ISAKMP profile", isakmp_profile },
	{ "show crypto engine connections active", engine_connections },
	{ "show crypto map", crypto_maps },
	{ "show crypto engine configuration", engines },
	{ "show crypto engine accelerator statistic", engine_statistics },
	{ "show crypto eli", eli },
};

UNIT_MAIN("show crypto", tests)
