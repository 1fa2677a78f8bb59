/*
 * shell/loader.c: what a file says is acted on, kept or refused, nothing is lost, and no line reaches a section that is
 * not its own.
 */
#include "shell/commands.h"
#include "shell/kept.h"
#include "shell/loader.h"
#include "shell/running.h"
#include "tests/unit/shell_rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct loading {
	struct cmd_table tables[COMMANDS_CONFIG];
	struct shell shell;
	struct loader_counts counts;
	char report[8192];
};

static void note(void *ctx, const struct loader_report *r)
{
	struct loading *l = ctx;
	size_t n = strlen(l->report);

	snprintf(l->report + n, sizeof(l->report) - n, "%u %s%s (%s) %.60s\n", r->line,
		 r->verdict == LOADER_KEPT ? "kept" : "rejected", r->restricts ? "!" : "", r->why, r->text);
}

static void load_more(struct loading *l, const char *text, size_t octets)
{
	l->report[0] = '\0';
	CU_ASSERT_EQUAL(loader_load(&l->shell, text, octets, note, l, &l->counts), 0);
}

static void load(struct loading *l, const char *text)
{
	memset(l, 0, sizeof(*l));
	l->shell.table_count = commands_config(l->tables);
	l->shell.tables = l->tables;
	l->shell.config = config_new();
	load_more(l, text, strlen(text));
}

static void drop(struct loading *l)
{
	config_free(l->shell.config);
}

/* The running-config without its header and without lone `!`. */
static char *written(const struct loading *l)
{
	size_t octets;
	char *text, *to, *from;

	CU_ASSERT_EQUAL_FATAL(running_text(&l->shell, &text, &octets), 0);
	from = to = strstr(text, "version");
	CU_ASSERT_PTR_NOT_NULL_FATAL(from);
	to = text;
	while (*from) {
		size_t n = strcspn(from, "\n") + 1;

		if (strncmp(from, "!\n", 2) != 0 && *from != '\n') {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	*to = '\0';
	return text;
}

static bool contains(const struct loading *l, const char *block)
{
	char *text = written(l);
	bool there = strstr(text, block) != NULL;

	if (!there)
		printf("\n--- wanted\n%s--- written\n%s", block, text);
	free(text);
	return there;
}

static bool reported(const struct loading *l, const char *report)
{
	if (!strcmp(l->report, report))
		return true;
	printf("\n--- wanted\n%s--- reported\n%s", report, l->report);
	return false;
}

static bool reads_back(const struct loading *l)
{
	char *text = written(l), *again;
	struct loading other;
	bool same;

	load(&other, text);
	again = written(&other);
	same = !strcmp(text, again);
	if (!same)
		printf("\n--- once\n%s--- twice\n%s", text, again);
	drop(&other);
	free(again);
	free(text);
	return same;
}

static void a_remark_that_is_cut_ends_with_no_blank(void)
{
	char text[256];
	struct loading l;

	snprintf(text, sizeof(text), "access-list 1 remark hello%120s\n", "world");
	load(&l, text);
	CU_ASSERT_TRUE(contains(&l, "access-list 1 remark hello\n"));
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

static void good_lines_work_and_bad_ones_are_numbered(void)
{
	struct loading l;

	load(&l, "hostname R2\n"
		 "!\n"
		 "interface Ethernet0/0\n"
		 " ip address 10.0.0.1 255.0.255.0\n"
		 " ip address 10.0.0.2 255.255.255.0\n"
		 " ip inspect FW in\n"
		 " ip ospf 1 area 0\n"
		 "!\n"
		 "crypto ipsec transform-set BAD esp-gcm esp-sha-hmac\n"
		 " mode transport\n"
		 "crypto isakmp policy 10\n"
		 " group 99\n"
		 " group 14\n"
		 "access-list 700 permit ip any any\n"
		 "ip route 10.9.0.1 255.255.0.0 10.0.0.9\n"
		 "ip route\n"
		 "i r\n"
		 "end\n"
		 "hostname R9\n");
	CU_ASSERT_TRUE(reported(
		&l, "4 rejected (Bad mask 0xFF00FF00 for address 10.0.0.1) ip address 10.0.0.1 255.0.255.0\n"
		    "6 kept! (not understood from \"inspect\") ip inspect FW in\n"
		    "7 kept (not understood from \"ospf\") ip ospf 1 area 0\n"
		    "9 rejected (Invalid transform proposal) crypto ipsec transform-set BAD esp-gcm esp-sha-hmac\n"
		    "10 rejected (its section was refused) mode transport\n"
		    "12 kept (not understood from \"99\") group 99\n"
		    "14 kept! (not understood from \"700\") access-list 700 permit ip any any\n"
		    "15 rejected (Inconsistent address and mask) ip route 10.9.0.1 255.255.0.0 10.0.0.9\n"
		    "16 kept (incomplete command) ip route\n"
		    "17 kept (ambiguous command) i r\n"
		    "19 rejected (stands behind `end`) hostname R9\n"));
	CU_ASSERT_EQUAL(l.counts.accepted, 5);
	CU_ASSERT_EQUAL(l.counts.kept, 6);
	CU_ASSERT_EQUAL(l.counts.rejected, 5);
	CU_ASSERT_TRUE(contains(&l, "interface Ethernet0/0\n"
				    " ip address 10.0.0.2 255.255.255.0\n"
				    " ip inspect FW in\n"
				    " ip ospf 1 area 0\n"));
	CU_ASSERT_TRUE(contains(&l, "crypto isakmp policy 10\n group 14\n group 99\n"));
	CU_ASSERT_TRUE(contains(&l, "hostname R2\n"));
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

static void lines_stay_in_their_section(void)
{
	struct loading l;

	load(&l, "interface Ethernet0/0\n"
		 " no shutdown\n"
		 " logging event link-status\n" /* no `logging` of global configuration */
		 " ntp server 10.0.0.1\n"
		 "interface Serial0/0\n"
		 " ip address 10.0.0.1 255.255.255.0\n"
		 " shutdown\n"
		 "interfase Ethernet0/0\n"
		 " shutdown\n"
		 "crypto ikev2 keyring K\n"
		 "  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco\n"
		 "gatekeeper\n"
		 " shutdown\n"
		 "router bgp 1\n"
		 " address-family ipv4\n"
		 "  network 10.0.0.0\n"
		 " exit-address-family\n"
		 "line vty 0 4\n"
		 " access-class 23 in\n"
		 " do reload\n");
	CU_ASSERT_TRUE(contains(&l, "interface Ethernet0/0\n"
				    " no ip address\n"
				    " logging event link-status\n"
				    " ntp server 10.0.0.1\n"
				    "interface Serial0/0\n"
				    " ip address 10.0.0.1 255.255.255.0\n"
				    " shutdown\n"
				    "router bgp 1\n"
				    " address-family ipv4\n"
				    "  network 10.0.0.0\n"
				    " exit-address-family\n"));
	CU_ASSERT_TRUE(contains(&l, "interfase Ethernet0/0\n shutdown\n"));
	CU_ASSERT_TRUE(contains(&l, "crypto ikev2 keyring K\n pre-shared-key address 0.0.0.0 0.0.0.0 key cisco\n"));
	CU_ASSERT_TRUE(contains(&l, "gatekeeper\n shutdown\n"));
	CU_ASSERT_TRUE(contains(&l, "line vty 0 4\n access-class 23 in\n login\n transport input none\n do reload\n"));
	CU_ASSERT_FALSE(config_interface_find(l.shell.config, "Ethernet0/0")->shutdown);
	CU_ASSERT_EQUAL(l.counts.accepted, 6);
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

static void unmapped_ports_are_kept_as_they_are(void)
{
	struct loading l;
	struct router *r = rig_router_new();
	static const char text[] = "interface Ethernet0/0\n shutdown\ninterface Ethernet7/0\n ip mtu 1400\n shutdown\n"
				   "interface Tunnel7\n tunnel source Ethernet7/0\n";

	load(&l, "");
	l.shell.router = r;
	load_more(&l, text, strlen(text));
	CU_ASSERT_TRUE(reported(&l, "3 kept (not understood from \"Ethernet7/0\") interface Ethernet7/0\n"
				    "4 kept (its section is not implemented) ip mtu 1400\n"
				    "5 kept (its section is not implemented) shutdown\n"
				    "7 kept (not understood from \"Ethernet7/0\") tunnel source Ethernet7/0\n"));
	CU_ASSERT_FALSE(rig_router_locked(r));
	CU_ASSERT_EQUAL(rig_router_applied(r), 0);
	CU_ASSERT_TRUE(contains(&l, "interface Ethernet7/0\n ip mtu 1400\n shutdown\n"));
	CU_ASSERT_PTR_NULL(config_interface_find(l.shell.config, "Ethernet7/0"));
	l.shell.router = NULL;
	rig_router_free(r);
	drop(&l);
}

static void a_pasted_document_works_as_typed(void)
{
	static const char typed[] = "crypto isakmp policy 10\n"
				    "authentication pre-share\n"
				    "\n"
				    "crypto isakmp key cisco address ipv6 ::/0\n"
				    "\n"
				    "crypto ipsec transform-set TRA esp-aes esp-sha-hmac\n"
				    "mode transport\n"
				    "crypto ipsec profile PRO\n"
				    "set transform-set TRA\n"
				    "interface Tunnel23\n"
				    "ip address 192.168.23.2 255.255.255.0\n"
				    "ip nhrp network-id 1\n"
				    "tunnel source Ethernet0/0\n"
				    "tunnel mode ipsec ipv6\n"
				    "router ospf 1\n"
				    "network 10.0.0.0 0.255.255.255 area 0\n"
				    "passive-interface default\n"
				    "ip route 0.0.0.0 0.0.0.0 Tunnel23\n";
	struct loading l;

	load(&l, typed);
	CU_ASSERT_TRUE(contains(&l, "crypto isakmp policy 10\n"
				    " authentication pre-share\n"
				    "crypto isakmp key cisco address ipv6 ::/0\n"
				    "crypto ipsec transform-set TRA esp-aes esp-sha-hmac \n"
				    " mode transport\n"
				    "crypto ipsec profile PRO\n"
				    " set transform-set TRA \n"
				    "interface Tunnel23\n"
				    " ip address 192.168.23.2 255.255.255.0\n"
				    " ip nhrp network-id 1\n"
				    " tunnel source Ethernet0/0\n"
				    " tunnel mode ipsec ipv6\n"
				    "router ospf 1\n"
				    " network 10.0.0.0 0.255.255.255 area 0\n"
				    " passive-interface default\n"));
	CU_ASSERT_TRUE(contains(&l, "ip route 0.0.0.0 0.0.0.0 Tunnel23\n"));
	CU_ASSERT_EQUAL(l.counts.kept, 4);
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

static void banners_and_certificates_are_taken_as_they_are(void)
{
	struct loading l;

	load(&l, "banner motd #Welcome\n"
		 "  hostname R9\n"
		 "!\n"
		 "the end#\n"
		 "banner exec ^C one line ^C\n"
		 "crypto pki certificate chain TP\n"
		 " certificate self-signed 01\n"
		 "  3082022B 30820194\n"
		 "  A0030201\n"
		 "  \tquit\n"
		 "hostname R2\n"
		 "banner login \x03never\nends\n");
	CU_ASSERT_TRUE(contains(&l, "banner motd ^CWelcome\n  hostname R9\nthe end^C\n"));
	CU_ASSERT_TRUE(contains(&l, "banner exec ^C one line ^C\nbanner login ^Cnever\nends\n^C\n"));
	CU_ASSERT_TRUE(contains(&l, "crypto pki certificate chain TP\n"
				    " certificate self-signed 01\n"
				    "  3082022B 30820194\n"
				    "  A0030201\n"
				    "  quit\n"));
	CU_ASSERT_STRING_EQUAL(l.shell.config->hostname, "R2");
	CU_ASSERT_TRUE(reads_back(&l));
	load_more(&l, "banner motd ^CNew^C\n", 20);
	CU_ASSERT_TRUE(contains(&l, "banner motd ^CNew^C\n"));
	CU_ASSERT_FALSE(strstr(l.report, "Welcome") != NULL);
	drop(&l);
}

/* It is written with a mark that it does not hold. */
static void a_banner_may_hold_the_usual_mark(void)
{
	struct loading l;

	load(&l, "banner motd #type ^C to stop#\nhostname R2\n");
	CU_ASSERT_TRUE(contains(&l, "banner motd #type ^C to stop#\n"));
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
	load(&l, "banner exec @1 # ^C 2@\nhostname R2\n");
	CU_ASSERT_TRUE(contains(&l, "banner exec %1 # ^C 2%\n"));
	drop(&l);
	/* of a kind that is kept, too */
	load(&l, "banner slip-ppp #one\ntwo ^C\n#\nhostname R2\n");
	CU_ASSERT_TRUE(contains(&l, "banner slip-ppp #one\ntwo ^C\n#\n"));
	CU_ASSERT_TRUE(contains(&l, "hostname R2\n"));
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

static void harmless_sections_are_silent(void)
{
	struct loading l;

	load(&l, "archive\n"
		 " log config\n"
		 "  hidekeys\n"
		 "redundancy\n"
		 " mode none\n"
		 "control-plane\n"
		 " service-policy input COPP\n"
		 "dial-peer cor custom\n"
		 "no ip http server\n");
	CU_ASSERT_TRUE(reported(&l, "7 kept! (its section is not implemented) service-policy input COPP\n"));
	CU_ASSERT_TRUE(contains(&l, "archive\n log config\n  hidekeys\nredundancy\n mode none\n"));
	CU_ASSERT_TRUE(contains(&l, "control-plane\n service-policy input COPP\n"));
	CU_ASSERT_EQUAL(l.counts.accepted, 8);
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

static void any_end_of_line_and_encoding_will_do(void)
{
	static const char text[] = "\xef\xbb\xbfhostname R2\r\n"
				   "crypto isakmp key a#b!c address 10.0.0.1\r\n"
				   "interface\tEthernet0/0\r\n"
				   "\tdescription caf\xe9 \xc3\xa9\r\n"
				   "   ! a comment\r\n"
				   "   no shutdown   \r\n"
				   "host\x01name R9\r\n"
				   "foo\0bar\r\n"
				   "foo \xc2\x9b 2J \xc2\xa0\r\n" /* CSI, which a terminal obeys, and a character */
				   "ip route 0.0.0.0 0.0.0.0 10.0.0.9";
	struct loading l;

	load(&l, "");
	load_more(&l, text, sizeof(text) - 1);
	CU_ASSERT_STRING_EQUAL(l.shell.config->hostname, "R2");
	CU_ASSERT_TRUE(contains(&l, "crypto isakmp key a#b!c address 10.0.0.1\n"));
	CU_ASSERT_TRUE(contains(&l, " description caf\xe9 \xc3\xa9\n"));
	CU_ASSERT_TRUE(contains(&l, "ip route 0.0.0.0 0.0.0.0 10.0.0.9\n"));
	CU_ASSERT_TRUE(reported(&l, "7 kept (unprintable characters) host?name R9\n"
				    "8 kept (not implemented) foo bar\n"
				    "9 kept (not implemented) foo ?? 2J \xc2\xa0\n"));
	drop(&l);
}

static void long_lines_are_read_up_to_a_limit(void)
{
	static char text[3 * LOADER_LINE_OCTETS];
	struct loading l;
	char *name;

	snprintf(text, sizeof(text), "snmp-server contact ");
	memset(text + strlen(text), 'x', LOADER_LINE_OCTETS - strlen(text));
	load(&l, text);
	CU_ASSERT_EQUAL(l.counts.accepted, 1);
	CU_ASSERT_TRUE(contains(&l, text));
	drop(&l);
	text[LOADER_LINE_OCTETS] = 'y';
	load(&l, text);
	CU_ASSERT_EQUAL(l.counts.kept, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(l.report, "(too long)"));
	CU_ASSERT_TRUE(contains(&l, text));
	drop(&l);

	name = strchr(text, 'x');
	snprintf(text, sizeof(text), "crypto isakmp key ");
	name = text + strlen(text);
	memset(name, 'k', 200);
	snprintf(name + 200, 100, " address 10.0.0.1\ninterface Tunnel1\n tunnel protection ipsec profile P\n");
	load(&l, text);
	CU_ASSERT_EQUAL(l.counts.rejected, 1);
	drop(&l);
}

static void loading_again_changes_nothing(void)
{
	static const char text[] =
		"interface Ethernet0/0\n ip address 10.0.0.1 255.255.255.0\n ip nat inside\nrouter ospf 1\n"
		" network 10.0.0.0 0.0.0.255 area 0\naccess-list 1 permit any\nusername bob secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0\n"
		"crypto isakmp key cisco address 10.0.0.2\ncrypto pki certificate chain T\n"
		" certificate ca 01\n  3082\n  3082\n  quit\n";
	struct loading l;
	char *once, *twice;

	load(&l, text);
	once = written(&l);
	load_more(&l, text, strlen(text));
	twice = written(&l);
	CU_ASSERT_STRING_EQUAL(once, twice);
	free(once);
	free(twice);
	drop(&l);
}

static void reports_hold_no_secrets(void)
{
	struct loading l;

	load(&l, "enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0\n"
		 "crypto isakmp key 5 hidden address 10.0.0.1\n"
		 "key chain K\n"
		 " key 1\n"
		 "  key-string hidden\n"
		 "tacacs-server host 1.1.1.1 key\n"
		 "enable secret 5 $1$abc\n"
		 "enable password 7 hidden\n");
	CU_ASSERT_TRUE(reported(&l,
				"2 kept (not implemented) crypto isakmp key <removed>\n"
				"3 kept (not understood from \"chain\") key chain K\n"
				"4 kept (its section is not implemented) key <removed>\n"
				"5 kept (its section is not implemented) key-string <removed>\n"
				"6 kept (not implemented) tacacs-server host 1.1.1.1 key\n"
				"7 rejected (ERROR: The secret you entered is not a valid encrypted secret.) enable "
				"secret <removed>\n"
				"8 rejected (Invalid encrypted password) enable password <removed>\n"));
	CU_ASSERT_TRUE(contains(&l, "enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0\n"));
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

/* `show running-config all` says more and means the same: read back it is the configuration it was made of. */
static void all_of_it_means_the_same(void)
{
	static const char *const there[] = {
		"\nlogging buffered 4096 debugging\n",
		"\nlogging console debugging\n",
		"\nip domain lookup\n",
		"\nno ipv6 unicast-routing\n",
		"\nservice pad\n",
		"\ncrypto isakmp policy 10\n encr des\n hash sha\n authentication rsa-sig\n group 1\n lifetime 86400\n",
		"\ncrypto ipsec security-association lifetime kilobytes 4608000\n",
		"\ncrypto ipsec security-association lifetime seconds 3600\n",
		"\n mode tunnel\n",
		"\n ip redirects\n",
		"\n no shutdown\n",
		"\n exec-timeout 10 0\n privilege level 1\n",
	};
	struct loading l, again;
	char *all, *once, *twice;
	size_t octets;

	load(&l, "crypto isakmp policy 10\ncrypto ipsec transform-set T esp-aes esp-sha-hmac\ninterface Ethernet0/0\n"
		 " ip address 10.0.0.1 255.255.255.0\n no cdp enable\nline vty 0 4\n length 0\n"
		 "crypto pki certificate chain TP\n certificate ca 01\n  3082\n  quit\n");
	CU_ASSERT_EQUAL_FATAL(running_text_of(&l.shell, RUNNING_ALL, &all, &octets), 0);
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		if (!strstr(all, there[i]))
			printf("\n--- wanted\n%s--- all\n%s", there[i], all);
		CU_ASSERT_PTR_NOT_NULL(strstr(all, there[i]));
	}
	CU_ASSERT_PTR_NULL(strstr(all, "\n cdp enable\n no cdp enable\n"));
	load(&again, all);
	once = written(&l);
	twice = written(&again);
	CU_ASSERT_STRING_EQUAL(once, twice);
	if (strcmp(once, twice) != 0)
		printf("\n--- once\n%s--- of all\n%s", once, twice);
	free(all);
	CU_ASSERT_EQUAL_FATAL(running_text_of(&l.shell, RUNNING_BRIEF, &all, &octets), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "\n certificate ca 01\n"));
	CU_ASSERT_PTR_NULL(strstr(all, "3082"));
	free(all);
	free(once);
	free(twice);
	drop(&again);
	drop(&l);
}

/* Wherever it stands in a line, and in what way the line goes wrong. */
static void secrets_are_told_by_no_word_for_them(void)
{
	static const char *const lines[] = {
		"ip ospf authentication-key hidden",
		"ip ospf message-digest-key 1 md5 hidden",
		"ip nhrp authentication hidden",
		"pre-shared-key local hidden",
		"snmp-server community hidden RO",
		"snmp-server host 10.0.0.1 hidden",
		"usernam bob password 7 hidden",
		"set aggressive-mode password hidden",
		"key config-key password-encrypt hidden",
		"crypto isakmp key hidden address 10.0.0.300",
		"en\001able secret hidden",
	};
	struct loading l;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		load(&l, lines[i]);
		if (strstr(l.report, "hidden"))
			printf("\n%s", l.report);
		CU_ASSERT_PTR_NULL(strstr(l.report, "hidden"));
		CU_ASSERT_PTR_NULL(strchr(l.report, '\x01'));
		drop(&l);
	}
}

/* What is an address nowhere is kept nowhere: it would only be in the way of the right one. */
static void what_cannot_be_an_address_is_rejected(void)
{
	struct loading l;

	load(&l, "interface Ethernet0/0\n"
		 " ip address 10.0.0.256 255.255.255.0\n"
		 " ipv6 address 2001:db8::1::2/64\n"
		 " ip address 10.0.0.1/24\n"
		 " ip mtu 1.5\n"
		 "ip route 10.0.0.0 255.0.0.0 10.0.0.\n"
		 "foo 10.0.0.256\n");
	CU_ASSERT_TRUE(
		reported(&l, "2 rejected (not understood from \"10.0.0.256\") ip address 10.0.0.256 255.255.255.0\n"
			     "3 rejected (not understood from \"2001:db8::1::2/64\") ipv6 address 2001:db8::1::2/64\n"
			     "4 rejected (not understood from \"10.0.0.1/24\") ip address 10.0.0.1/24\n"
			     "5 kept (not understood from \"1.5\") ip mtu 1.5\n"
			     "6 rejected (not understood from \"10.0.0.\") ip route 10.0.0.0 255.0.0.0 10.0.0.\n"
			     "7 kept (not implemented) foo 10.0.0.256\n"));
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);
}

/* Nothing that a file may hold ends the loader or costs more than its length. */
static void any_octets_are_survived(void)
{
	static char text[300000];
	struct loading l;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(text); i++) /* garbage, every octet in it */
		text[i] = (char)(i * 2654435761u >> 13);
	load(&l, "");
	load_more(&l, text, sizeof(text));
	CU_ASSERT_TRUE(l.counts.accepted + l.counts.kept + l.counts.rejected > 0);
	drop(&l);

	while (n + 200 < sizeof(text)) /* ever deeper */
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%*sfoo\n", (int)(n / 2000), "");
	load(&l, "");
	load_more(&l, text, n);
	CU_ASSERT_EQUAL(l.counts.accepted, 0);
	CU_ASSERT_TRUE(reads_back(&l));
	drop(&l);

	n = (size_t)snprintf(text, sizeof(text), "hostname R2\nbanner motd #\n"); /* and no end */
	while (n + 100 < sizeof(text))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "hostname R9\n");
	load(&l, "");
	load_more(&l, text, n);
	CU_ASSERT_STRING_EQUAL(l.shell.config->hostname, "R2");
	CU_ASSERT_EQUAL(l.counts.kept, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(l.report, "(its end is missing)"));
	drop(&l);
}

static unsigned fails_in; /* this many calls more; 0: none fails */

void *__real_reallocarray(void *p, size_t count, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size);

void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
	if (!fails_in || --fails_in)
		return __real_reallocarray(p, count, size);
	errno = ENOMEM;
	return NULL;
}

/* A router without some of its lines would be another one, and would save itself so: it does not start. */
static void without_memory_no_line_is_lost(void)
{
	static const char text[] = "hostname R2\ninterface Ethernet0/0\n ip address 10.0.0.2 255.255.255.0\n"
				   "ip route 10.1.0.0 255.255.0.0 10.0.0.1\n";
	struct loading l;
	bool failed = true;
	unsigned k;

	for (k = 1; failed; k++) {
		int rc;

		load(&l, "");
		l.report[0] = '\0';
		fails_in = k;
		rc = loader_load(&l.shell, text, strlen(text), note, &l, &l.counts);
		failed = !fails_in;
		fails_in = 0;
		CU_ASSERT_TRUE(rc == -ENOMEM || (rc == 0 && l.counts.accepted == 4));
		drop(&l);
	}
	CU_ASSERT_TRUE(k > 5);
}

static const struct unit_test tests[] = {
	{ "a remark that is cut ends with no blank", a_remark_that_is_cut_ends_with_no_blank },
	{ "good lines work and bad ones are numbered", good_lines_work_and_bad_ones_are_numbered },
	{ "lines stay in their section", lines_stay_in_their_section },
	{ "unmapped ports are kept as they are", unmapped_ports_are_kept_as_they_are },
	{ "a pasted document works as typed", a_pasted_document_works_as_typed },
	{ "banners and certificates are taken as they are", banners_and_certificates_are_taken_as_they_are },
	{ "a banner may hold the usual mark", a_banner_may_hold_the_usual_mark },
	{ "harmless sections are silent", harmless_sections_are_silent },
	{ "any end of line and encoding will do", any_end_of_line_and_encoding_will_do },
	{ "long lines are read up to a limit", long_lines_are_read_up_to_a_limit },
	{ "loading again changes nothing", loading_again_changes_nothing },
	{ "reports hold no secrets", reports_hold_no_secrets },
	{ "all of it means the same", all_of_it_means_the_same },
	{ "secrets are told by no word for them", secrets_are_told_by_no_word_for_them },
	{ "what cannot be an address is rejected", what_cannot_be_an_address_is_rejected },
	{ "without memory no line is lost", without_memory_no_line_is_lost },
	{ "any octets are survived", any_octets_are_survived },
};

UNIT_MAIN("loader", tests)
