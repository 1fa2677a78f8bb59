/*
 * Every row of the configuration tables: what is typed, what IOS stores, that the stored text reads back as itself, and
 * that `default` and `no` undo it. Then what handlers refuse, and the router's own files.
 */
#include "shell/commands.h"
#include "shell/kept.h"
#include "shell/loader.h"
#include "shell/running.h"
#include "tests/unit/shell_rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- tables that note which rows ran ---- */

#define ROWS_MAX 256

struct watched {
	struct cmd_table tables[COMMANDS_CONFIG], original[COMMANDS_CONFIG];
	struct cmd *copies[COMMANDS_CONFIG];
	bool ran[COMMANDS_CONFIG][ROWS_MAX];
};

static struct watched *watching; /* the handler that notes has no other way to find it */

static enum cmd_result note_and_run(struct session *s, const struct cmd_match *m)
{
	const struct cmd *row = cmd_of(m);

	for (size_t t = 0; t < COMMANDS_CONFIG; t++)
		for (size_t i = 0; i < watching->tables[t].count; i++)
			if (row == &watching->copies[t][i]) {
				watching->ran[t][i] = true;
				return watching->original[t].cmds[i].handler(s, m);
			}
	return CMD_REJECTED;
}

static void watch(struct watched *w)
{
	memset(w, 0, sizeof(*w));
	CU_ASSERT_EQUAL_FATAL(commands_config(w->original), COMMANDS_CONFIG);
	for (size_t t = 0; t < COMMANDS_CONFIG; t++) {
		size_t count = w->original[t].count;

		CU_ASSERT_TRUE_FATAL(count <= ROWS_MAX);
		w->copies[t] = calloc(count, sizeof(struct cmd));
		memcpy(w->copies[t], w->original[t].cmds, count * sizeof(struct cmd));
		for (size_t i = 0; i < count; i++)
			w->copies[t][i].handler = note_and_run;
		w->tables[t] = (struct cmd_table){ w->copies[t], count };
	}
	watching = w;
}

static void unwatch(struct watched *w)
{
	watching = NULL;
	for (size_t t = 0; t < COMMANDS_CONFIG; t++)
		free(w->copies[t]);
}

/* --- texts ---- */

/* What stands behind the header with its date. */
static char *text_of(const struct shell *sh)
{
	size_t octets;
	char *text = NULL, *version;

	CU_ASSERT_EQUAL_FATAL(running_text(sh, &text, &octets), 0);
	CU_ASSERT_EQUAL(strlen(text), octets);
	version = strstr(text, "version 15.2\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(version);
	memmove(text, version, strlen(version) + 1);
	return text;
}

/* The text read into an empty model and written again. */
static char *text_again(const struct shell *sh, const char *text, struct loader_counts *counts)
{
	struct shell other = { .tables = sh->tables, .table_count = sh->table_count, .config = config_new() };
	struct config *place = config_new();
	char *again;

	CU_ASSERT_EQUAL(loader_load(&other, text, strlen(text), NULL, NULL, counts), 0);
	/* in another place it is the same, and its lists are whole */
	config_swap(place, other.config);
	config_free(other.config);
	other.config = place;
	CU_ASSERT_EQUAL(loader_load(&other, text, strlen(text), NULL, NULL, counts), 0);
	again = text_of(&other);
	config_free(place);
	return again;
}

static bool has_line(const char *text, const char *line, bool begins)
{
	size_t n = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p += n)
		if ((p == text || p[-1] == '\n') && (begins || p[n] == '\n'))
			return true;
	return false;
}

static void type_lines(struct rig *g, const char *lines)
{
	char line[256];

	for (const char *p = lines; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		if (session_run(g->session, line) != SESSION_ACCEPTED) {
			printf("\n    not accepted: %s\n", line);
			CU_FAIL("a line was not accepted");
		}
	}
}

/* --- one example per row, and more ---- */

/* BEGINS: what is stored is hashed with a salt, so that only its beginning can be told. */
enum { NO_DIFFERS = 1 << 0, NOT_UNDONE = 1 << 1, PLAIN_ONLY = 1 << 2, TAKES_AWAY = 1 << 3, BEGINS = 1 << 4 };

#define MD5    "$1$mERr$hx5rVt7rPNoS4wqbXKX7m0"
#define SHA256 "tnhtc92DXBhelxjYk8LWJrPV36S2i4ntXrpb4RFmfqY"
#define PBKDF2 "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk"
#define SCRYPT "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6"

static const struct example {
	const char *setup;  /* typed before, from global configuration */
	const char *line;   /* as typed */
	const char *stored; /* as printed; NULL: prints nothing */
	unsigned flags;
} examples[] = {
	/* lines, users and passwords */
	{ "line con 0", "logging synchronous level 4", " logging synchronous level 4", 0 },
	{ "line con 0", "logging synchronous level all", " logging synchronous level all", 0 },
	{ "line vty 0 4", "password cisco 1", " password cisco 1", 0 },
	{ "line vty 0 4", "password 0 7 cisco", " password 0 7 cisco", 0 },
	{ "line vty 0 4", "password 7 02050D480809", " password 7 02050D480809", 0 },
	{ "line con 0", "login", " login", NO_DIFFERS },
	{ "line vty 0 4", "login local", " login local", NO_DIFFERS },
	{ "line vty 0 4", "login authentication VTY", " login authentication VTY", 0 },
	{ "line vty 0 4", "authorization exec VTY", " authorization exec VTY", 0 },
	{ "line vty 0 4", "no login", " no login", PLAIN_ONLY },
	{ "line vty 0 4", "transport input all", " transport input all", 0 },
	{ "line vty 0 4", "transport input none", NULL, 0 },
	{ "line vty 0 4", "transport input ssh telnet", " transport input telnet ssh", 0 },
	{ "line con 0", "transport preferred none", " transport preferred none", 0 },
	{ "line con 0", "transport preferred telnet", NULL, 0 },
	{ "line vty 0 4", "access-class 23 in", " access-class 23 in", 0 },
	{ "line vty 0 4", "access-class ADMIN out vrf-also", " access-class ADMIN out vrf-also", 0 },
	{ "line vty 0 4", "ipv6 access-class ADMIN in", " ipv6 access-class ADMIN in", 0 },
	{ "line vty 0 4", "session-timeout 30", " session-timeout 30 ", 0 },
	{ "line aux 0", "no exec", " no exec", PLAIN_ONLY },
	{ "line con 0", "exec prompt timestamp", " exec prompt timestamp", 0 },

	/* users and passwords */
	{ "", "enable secret cisco", "enable secret 5 $1$", BEGINS },
	{ "", "enable secret level 5 0 cisco", "enable secret level 5 5 $1$", BEGINS },
	{ "", "enable secret 4 " SHA256, "enable secret 4 " SHA256, 0 },
	{ "", "enable secret 5 " MD5, "enable secret 5 " MD5, 0 },
	{ "", "enable secret 8 " PBKDF2, "enable secret 8 " PBKDF2, 0 },
	{ "", "enable secret 9 " SCRYPT, "enable secret 9 " SCRYPT, 0 },
	{ "", "enable algorithm-type scrypt secret cisco", "enable secret 9 $9$", BEGINS },
	{ "", "enable algorithm-type sha256 secret cisco", "enable secret 8 $8$", BEGINS },
	{ "", "enable algorithm-type md5 secret cisco", "enable secret 5 $1$", BEGINS },
	{ "", "enable password a b", "enable password a b", 0 },
	{ "", "enable password level 3 0 7 x", "enable password level 3 0 7 x", 0 },
	{ "", "enable password 7 02050D480809", "enable password 7 02050D480809", 0 },
	{ "", "service password-encryption", "service password-encryption", 0 },
	{ "", "username bob", "username bob", 0 },
	{ "", "username bob privilege 15 nopassword", "username bob privilege 15 nopassword", 0 },
	{ "", "username bob password cisco", "username bob password 0 cisco", 0 },
	{ "", "username bob privilege 7 password 0 7", "username bob privilege 7 password 0 7", 0 },
	{ "", "username bob password 7 02050D480809", "username bob password 7 02050D480809", 0 },
	{ "", "username bob secret cisco", "username bob secret 5 $1$", BEGINS },
	{ "", "username bob secret 0 cisco", "username bob secret 5 $1$", BEGINS },
	{ "", "username bob secret 4 " SHA256, "username bob secret 4 " SHA256, 0 },
	{ "", "username bob privilege 15 secret 5 " MD5, "username bob privilege 15 secret 5 " MD5, 0 },
	{ "", "username bob secret 8 " PBKDF2, "username bob secret 8 " PBKDF2, 0 },
	{ "", "username bob secret 9 " SCRYPT, "username bob secret 9 " SCRYPT, 0 },
	{ "", "username bob algorithm-type scrypt secret cisco", "username bob secret 9 $9$", BEGINS },
	{ "", "aaa new-model", "aaa new-model", 0 },
	{ "aaa new-model\nline con 0", "no exec", " no exec", PLAIN_ONLY },
	{ "", "aaa authentication login default local", "aaa authentication login default local", 0 },
	{ "", "aaa authentication login VTY none local line enable",
	  "aaa authentication login VTY none local line enable", 0 },
	{ "", "aaa authentication enable default enable none", "aaa authentication enable default enable none", 0 },
	{ "", "aaa authorization exec default local if-authenticated",
	  "aaa authorization exec default local if-authenticated ", 0 },
	{ "", "aaa authorization exec VTY if-authenticated local", "aaa authorization exec VTY if-authenticated local ",
	  0 },
	{ "", "aaa authorization commands 15 default local", "aaa authorization commands 15 default local ", 0 },
	{ "aaa new-model\nline con 0\nexit", "aaa authorization console", "aaa authorization console", PLAIN_ONLY },
	{ "aaa new-model\nline con 0\nexit", "aaa authorization config-commands", "aaa authorization config-commands",
	  PLAIN_ONLY },
	{ "", "aaa session-id common", NULL, NO_DIFFERS },
	{ "", "login block-for 120 attempts 3 within 60", "login block-for 120 attempts 3 within 60", 0 },
	{ "login block-for 120 attempts 3 within 60", "no login block-for", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "", "login delay 3", "login delay 3", 0 },
	{ "", "login quiet-mode access-class 23", "login quiet-mode access-class 23", 0 },
	{ "", "login on-failure log", "login on-failure log", 0 },
	{ "", "login on-failure log every 5", "login on-failure log every 5", 0 },
	{ "", "login on-success log every 2", "login on-success log every 2", 0 },
	{ "", "login on-success log", "login on-success log", 0 },
	{ "", "banner motd #Keep out#", "banner motd ^CKeep out^C", 0 },
	{ "", "banner login ^CWho are you?^C", "banner login ^CWho are you?^C", 0 },
	{ "", "banner exec zHello $(hostname)z and more", "banner exec ^CHello $(hostname)^C", 0 },
	{ "", "banner incoming @x@", "banner incoming ^Cx^C", 0 },

	/* global */
	{ "", "hostname R2", "hostname R2", 0 },
	{ "", "service timestamps", "service timestamps debug uptime", NO_DIFFERS },
	{ "", "serv time debug", "service timestamps debug uptime", NO_DIFFERS },
	{ "", "service timestamps log uptime", "service timestamps log uptime", NO_DIFFERS },
	{ "", "service timestamps debug datetime", "service timestamps debug datetime", NO_DIFFERS },
	{ "", "service timestamps log datetime year show-timezone msec localtime",
	  "service timestamps log datetime msec localtime show-timezone year", NO_DIFFERS },
	{ "", "service sequence-numbers", "service sequence-numbers", 0 },
	{ "", "logging buffered", NULL, NO_DIFFERS },
	{ "", "logging buffered 1000000", "logging buffered 1000000", NO_DIFFERS },
	{ "", "logging buffered 1000000 debugging", "logging buffered 1000000", NO_DIFFERS },
	{ "", "logging buffered 64000 4", "logging buffered 64000 warnings", NO_DIFFERS },
	{ "", "logging buffered 5", "logging buffered notifications", NO_DIFFERS },
	{ "", "logging buffered informational", "logging buffered informational", NO_DIFFERS },
	{ "", "logging console", NULL, NO_DIFFERS },
	{ "", "logging console 2", "logging console critical", NO_DIFFERS },
	{ "", "logging console errors", "logging console errors", NO_DIFFERS },
	{ "", "logging monitor", NULL, NO_DIFFERS },
	{ "", "logging monitor 1", "logging monitor alerts", NO_DIFFERS },
	{ "", "logging monitor emergencies", "logging monitor emergencies", NO_DIFFERS },
	{ "", "ip domain lookup", NULL, NO_DIFFERS },
	{ "", "no ip domain lookup", "no ip domain lookup", PLAIN_ONLY },
	{ "", "no ip domain-lookup", "no ip domain lookup", PLAIN_ONLY },
	{ "", "ip domain name example.com", "ip domain name example.com", 0 },
	{ "", "ip domain-name example.com", "ip domain name example.com", 0 },
	{ "", "ipv6 unicast-routing", "ipv6 unicast-routing", 0 },
	{ "", "version 15.4", NULL, PLAIN_ONLY },
	{ "", "boot-start-marker", "boot-start-marker", PLAIN_ONLY },
	{ "", "boot-end-marker", "boot-end-marker", PLAIN_ONLY },

	/* crypto isakmp */
	{ "", "crypto isakmp policy 10", "crypto isakmp policy 10", 0 },
	{ "crypto isakmp policy 10", "encryption des", NULL, 0 },
	{ "crypto isakmp policy 10", "encr 3des", " encr 3des", 0 },
	{ "crypto isakmp policy 10", "encr aes", " encr aes", 0 },
	{ "crypto isakmp policy 10", "encr aes 128", " encr aes", 0 },
	{ "crypto isakmp policy 10", "encryption aes 192", " encr aes 192", 0 },
	{ "crypto isakmp policy 10", "encr aes 256", " encr aes 256", 0 },
	{ "crypto isakmp policy 10", "hash sha", NULL, 0 },
	{ "crypto isakmp policy 10", "hash md5", " hash md5", 0 },
	{ "crypto isakmp policy 10", "hash sha256", " hash sha256", 0 },
	{ "crypto isakmp policy 10", "hash sha384", " hash sha384", 0 },
	{ "crypto isakmp policy 10", "hash sha512", " hash sha512", 0 },
	{ "crypto isakmp policy 10", "authentication pre-share", " authentication pre-share", 0 },
	{ "crypto isakmp policy 10", "auth rsa-sig", NULL, 0 },
	{ "crypto isakmp policy 10", "group 1", NULL, 0 },
	{ "crypto isakmp policy 10", "group 2", " group 2", 0 },
	{ "crypto isakmp policy 10", "group 24", " group 24", 0 },
	{ "crypto isakmp policy 10", "lifetime 3600", " lifetime 3600", 0 },
	{ "", "crypto isakmp key cisco address 10.0.0.3", "crypto isakmp key cisco address 10.0.0.3", 0 },
	{ "", "crypto isakmp key cisco address 0.0.0.0", "crypto isakmp key cisco address 0.0.0.0        ", 0 },
	{ "", "crypto isakmp key cisco address 0.0.0.0 0.0.0.0", "crypto isakmp key cisco address 0.0.0.0        ", 0 },
	{ "", "crypto isakmp key cisco address 10.0.0.0 255.0.0.0",
	  "crypto isakmp key cisco address 10.0.0.0       255.0.0.0", 0 },
	{ "", "crypto isakmp key cisco address ipv6 ::/0", "crypto isakmp key cisco address ipv6 ::/0", 0 },
	{ "", "crypto isakmp key 0 cisco address 10.0.0.3", "crypto isakmp key cisco address 10.0.0.3", 0 },
	{ "", "crypto isakmp key 0 0 address 10.0.0.3", "crypto isakmp key 0 0 address 10.0.0.3", 0 },
	{ "", "crypto isakmp key 0 c#i!sco address 10.0.0.0 255.255.255.0",
	  "crypto isakmp key c#i!sco address 10.0.0.0       255.255.255.0", 0 },
	{ "", "crypto isakmp key 0 cisco address ipv6 2001:db8::3/128",
	  "crypto isakmp key cisco address ipv6 2001:DB8::3/128", 0 },
	{ "", "crypto isakmp enable", NULL, NO_DIFFERS },
	{ "", "no crypto isakmp enable", "no crypto isakmp enable", PLAIN_ONLY },
	{ "", "crypto isakmp identity address", NULL, 0 },
	{ "", "crypto isakmp identity hostname", "crypto isakmp identity hostname", 0 },
	{ "", "crypto isakmp identity dn", "crypto isakmp identity dn", 0 },

	{ "", "password encryption aes", "password encryption aes", 0 },
	{ "", "key config-key password-encrypt cisco12345", NULL, PLAIN_ONLY },
	{ "", "no key config-key password-encrypt", NULL, PLAIN_ONLY },
	{ "", "crypto isakmp keepalive 10", "crypto isakmp keepalive 10", 0 },
	{ "", "crypto isakmp keepalive 10 periodic", "crypto isakmp keepalive 10 periodic", 0 },
	{ "", "crypto isakmp keepalive 30 2 on-demand", "crypto isakmp keepalive 30", 0 },
	{ "", "crypto isakmp keepalive 30 5", "crypto isakmp keepalive 30 5", 0 },
	{ "", "crypto isakmp keepalive 3600 60 periodic", "crypto isakmp keepalive 3600 60 periodic", 0 },
	{ "", "crypto isakmp nat keepalive 20", "crypto isakmp nat keepalive 20", 0 },
	{ "", "crypto isakmp invalid-spi-recovery", "crypto isakmp invalid-spi-recovery", 0 },
	{ "", "crypto logging session", "crypto logging session", 0 },
	{ "", "crypto isakmp fragmentation", "crypto isakmp fragmentation", 0 },
	{ "", "crypto isakmp aggressive-mode disable", "crypto isakmp aggressive-mode disable", NO_DIFFERS },
	{ "", "no crypto isakmp aggressive-mode disable", "no crypto isakmp aggressive-mode disable", PLAIN_ONLY },
	{ "", "crypto call admission limit ike sa 200", "crypto call admission limit ike sa 200", 0 },
	{ "", "crypto call admission limit ike in-negotiation-sa 100",
	  "crypto call admission limit ike in-negotiation-sa 100", 0 },

	{ "", "crypto isakmp key cisco hostname R3.example.com", "crypto isakmp key cisco hostname R3.example.com", 0 },
	{ "", "crypto isakmp key 0 6 hostname R3", "crypto isakmp key 0 6 hostname R3", 0 },
	{ "", "crypto isakmp key 6 fe_a`iJYE\\DZ address 10.0.0.3",
	  "crypto isakmp key 6 fe_a`iJYE\\DZ address 10.0.0.3", 0 },
	{ "", "crypto isakmp key 6 ABC address 10.0.0.0 255.0.0.0",
	  "crypto isakmp key 6 ABC address 10.0.0.0       255.0.0.0", 0 },
	{ "", "crypto isakmp key 6 ABC address ipv6 ::/0", "crypto isakmp key 6 ABC address ipv6 ::/0", 0 },
	{ "", "crypto isakmp key 6 ABC hostname R3", "crypto isakmp key 6 ABC hostname R3", 0 },
	{ "", "crypto keyring KR", "crypto keyring KR  ", 0 },
	{ "", "crypto keyring KR vrf RED", "crypto keyring KR vrf RED ", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.0.0.3 key a key with  blanks",
	  "  pre-shared-key address 10.0.0.3 key a key with  blanks", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.0.0.3 key 0 0 cisco",
	  "  pre-shared-key address 10.0.0.3 key 0 0 cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.0.0.3 key 0 6\tcisco",
	  "  pre-shared-key address 10.0.0.3 key 0 6\tcisco", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.0.0.3 key 6 ABC",
	  "  pre-shared-key address 10.0.0.3 key 6 ABC", 0 },
	{ "crypto keyring KR", "pre-shared-key address 0.0.0.0 0.0.0.0 key cisco",
	  "  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.0.0.0 255.0.0.0 key 0 cisco",
	  "  pre-shared-key address 10.0.0.0 255.0.0.0 key cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key address 10.0.0.0 255.0.0.0 key 6 ABC",
	  "  pre-shared-key address 10.0.0.0 255.0.0.0 key 6 ABC", 0 },
	{ "crypto keyring KR", "pre-shared-key address ipv6 2001:db8::/32 key cisco",
	  "  pre-shared-key address ipv6 2001:DB8::/32 key cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key address ipv6 ::/0 key 0 cisco",
	  "  pre-shared-key address ipv6 ::/0 key cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key address ipv6 ::/0 key 6 ABC",
	  "  pre-shared-key address ipv6 ::/0 key 6 ABC", 0 },
	{ "crypto keyring KR", "pre-shared-key hostname R3 key cisco", "  pre-shared-key hostname R3 key cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key hostname R3 key 0 cisco", "  pre-shared-key hostname R3 key cisco", 0 },
	{ "crypto keyring KR", "pre-shared-key hostname R3 key 6 ABC", "  pre-shared-key hostname R3 key 6 ABC", 0 },
	{ "crypto keyring KR", "local-address 10.0.0.1", "  local-address 10.0.0.1", 0 },
	{ "crypto keyring KR", "local-address 2001:db8::1", "  local-address 2001:DB8::1", 0 },
	{ "crypto keyring KR", "local-address e0/0", "  local-address Ethernet0/0", 0 },
	{ "crypto keyring KR", "description Of the west", "  description Of the west", 0 },
	{ "", "crypto isakmp peer address 10.0.0.3", "crypto isakmp peer address 10.0.0.3", 0 },
	{ "", "crypto isakmp peer address ipv6 2001:db8::3", "crypto isakmp peer address ipv6 2001:DB8::3", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "description R3", " description R3", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "set aggressive-mode password cisco",
	  " set aggressive-mode password cisco", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "set aggressive-mode password 0 6 x",
	  " set aggressive-mode password 0 6 x", 0 },
	{ "crypto isakmp peer address ipv6 2001:db8::3", "set aggressive-mode password 6 ABC",
	  " set aggressive-mode password 6 ABC", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "set aggressive-mode client-endpoint ipv4-address 10.0.0.2",
	  " set aggressive-mode client-endpoint ipv4-address 10.0.0.2 ", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "set aggressive-mode client-endpoint ipv6-address 2001:db8::2",
	  " set aggressive-mode client-endpoint ipv6-address 2001:DB8::2 ", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "set aggressive-mode client-endpoint fqdn R2.example.com",
	  " set aggressive-mode client-endpoint fqdn R2.example.com ", 0 },
	{ "crypto isakmp peer address 10.0.0.3", "set aggressive-mode client-endpoint user-fqdn r2@example.com",
	  " set aggressive-mode client-endpoint user-fqdn r2@example.com ", 0 },
	{ "", "crypto isakmp profile P", "crypto isakmp profile P", 0 },
	{ "crypto isakmp profile P", "description Of the west", "   description Of the west", 0 },
	{ "crypto isakmp profile P", "keyring default", "   keyring default", 0 },
	{ "crypto isakmp profile P", "match identity address 10.0.0.3",
	  "   match identity address 10.0.0.3 255.255.255.255 ", 0 },
	{ "crypto isakmp profile P", "match identity address 0.0.0.0", "   match identity address 0.0.0.0 ", 0 },
	{ "crypto isakmp profile P", "match identity address 10.0.0.0 255.0.0.0",
	  "   match identity address 10.0.0.0 255.0.0.0 ", 0 },
	{ "crypto isakmp profile P", "match identity address ipv6 2001:db8::/32",
	  "   match identity address ipv6 2001:DB8::/32", 0 },
	{ "crypto isakmp profile P", "match identity host R3", "   match identity host R3", 0 },
	{ "crypto isakmp profile P", "match identity host domain example.com",
	  "   match identity host domain example.com", 0 },
	{ "crypto isakmp profile P", "match identity user r3@example.com", "   match identity user r3@example.com", 0 },
	{ "crypto isakmp profile P", "match identity user domain example.com",
	  "   match identity user domain example.com", 0 },
	{ "crypto isakmp profile P", "match identity group G", "   match identity group G", 0 },
	{ "crypto isakmp profile P", "match identity key-id K", "   match identity key-id K", 0 },
	{ "crypto isakmp profile P", "self-identity address", "   self-identity address", 0 },
	{ "crypto isakmp profile P", "self-identity fqdn", "   self-identity fqdn", 0 },
	{ "crypto isakmp profile P", "self-identity fqdn R2.example.com", "   self-identity fqdn R2.example.com", 0 },
	{ "crypto isakmp profile P", "self-identity user-fqdn r2@example.com",
	  "   self-identity user-fqdn r2@example.com", 0 },
	{ "crypto isakmp profile P", "keepalive 10 retry 3", "   keepalive 10 retry 3", 0 },
	{ "crypto isakmp profile P\nkeepalive 10 retry 3", "no keepalive", "crypto isakmp profile P", PLAIN_ONLY },
	{ "crypto isakmp profile P", "initiate mode aggressive", "   initiate mode aggressive", 0 },
	{ "crypto isakmp profile P", "local-address 10.0.0.1", "   local-address 10.0.0.1", 0 },
	{ "crypto isakmp profile P", "local-address 2001:db8::1", "   local-address 2001:DB8::1", 0 },
	{ "crypto isakmp profile P", "local-address e0/0", "   local-address Ethernet0/0", 0 },
	{ "crypto isakmp profile P", "virtual-template 1", "   virtual-template 1", 0 },

	/* crypto ipsec */
	{ "", "crypto ipsec transform-set T esp-3des", "crypto ipsec transform-set T esp-3des ", 0 },
	{ "", "crypto ipsec transform-set T esp-aes 192", "crypto ipsec transform-set T esp-aes 192 ", 0 },
	{ "", "crypto ipsec transform-set T esp-gcm 128", "crypto ipsec transform-set T esp-gcm ", 0 },
	{ "", "crypto ipsec transform-set TRA esp-aes esp-sha-hmac",
	  "crypto ipsec transform-set TRA esp-aes esp-sha-hmac ", 0 },
	{ "", "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac",
	  "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac ", 0 },
	{ "", "crypto ipsec transform-set T esp-md5-hmac esp-des", "crypto ipsec transform-set T esp-des esp-md5-hmac ",
	  0 },
	{ "", "crypto ipsec transform-set T esp-sha256-hmac esp-aes 256",
	  "crypto ipsec transform-set T esp-aes 256 esp-sha256-hmac ", 0 },
	{ "", "crypto ipsec transform-set T esp-null esp-sha384-hmac",
	  "crypto ipsec transform-set T esp-null esp-sha384-hmac ", 0 },
	{ "crypto ipsec transform-set T esp-aes", "mode transport", " mode transport", 0 },
	{ "crypto ipsec transform-set T esp-aes", "mode tunnel", NULL, 0 },
	{ "", "crypto ipsec profile PRO", "crypto ipsec profile PRO", 0 },
	{ "crypto ipsec transform-set TRA esp-aes\ncrypto ipsec profile PRO", "set transform-set TRA",
	  " set transform-set TRA ", 0 },
	{ "crypto ipsec transform-set TRA esp-aes\ncrypto ipsec profile PRO", "set transform-set TRA TRA",
	  " set transform-set TRA TRA ", 0 },
	{ "crypto ipsec transform-set A esp-aes\ncrypto ipsec profile PRO", "set transform-set A A A",
	  " set transform-set A A A ", 0 },
	{ "crypto ipsec transform-set A esp-aes\ncrypto ipsec profile PRO", "set transform-set A A A A",
	  " set transform-set A A A A ", 0 },
	{ "crypto ipsec transform-set A esp-aes\ncrypto ipsec profile PRO", "set transform-set A A A A A",
	  " set transform-set A A A A A ", 0 },
	{ "crypto ipsec transform-set A esp-aes\ncrypto ipsec profile PRO", "set transform-set A A A A A default",
	  " set transform-set A A A A A default ", 0 },
	{ "crypto ipsec profile PRO", "set pfs", " set pfs group1", 0 },
	{ "crypto ipsec profile PRO", "set pfs group14", " set pfs group14", 0 },
	{ "crypto ipsec profile PRO", "set security-association lifetime seconds 120",
	  " set security-association lifetime seconds 120", 0 },
	{ "crypto ipsec profile PRO", "set security-association lifetime kilobytes 4294967295",
	  " set security-association lifetime kilobytes 4294967295", 0 },
	{ "crypto ipsec profile PRO", "responder-only", " responder-only", 0 },
	{ "", "crypto ipsec security-association lifetime seconds 3600", NULL, 0 },
	{ "", "crypto ipsec security-association lifetime seconds 28800",
	  "crypto ipsec security-association lifetime seconds 28800", 0 },
	{ "", "crypto ipsec security-association lifetime kilobytes 2560",
	  "crypto ipsec security-association lifetime kilobytes 2560", 0 },
	{ "", "crypto ipsec security-association lifetime kilobytes disable",
	  "crypto ipsec security-association lifetime kilobytes disable", 0 },
	{ "", "crypto ipsec security-association replay window-size 64", NULL, 0 },
	{ "", "crypto ipsec security-association replay window-size 1024",
	  "crypto ipsec security-association replay window-size 1024", 0 },
	{ "", "crypto ipsec security-association replay disable", "crypto ipsec security-association replay disable",
	  0 },

	{ "crypto ipsec profile PRO", "set security-association idle-time 720",
	  " set security-association idle-time 720", 0 },
	{ "crypto isakmp profile P\ncrypto ipsec profile PRO", "set isakmp-profile P", " set isakmp-profile P", 0 },
	{ "", "crypto ipsec security-association idle-time 600", "crypto ipsec security-association idle-time 600", 0 },
	{ "", "crypto ipsec df-bit set", "crypto ipsec df-bit set", 0 },
	{ "", "crypto ipsec df-bit copy", NULL, 0 },
	{ "int e0/0", "crypto ipsec df-bit clear", " crypto ipsec df-bit clear", 0 },
	{ "int e0/0", "crypto ipsec df-bit copy", " crypto ipsec df-bit copy", 0 },
	{ "", "crypto ipsec fragmentation after-encryption", "crypto ipsec fragmentation after-encryption", 0 },
	{ "", "crypto ipsec fragmentation before-encryption", NULL, 0 },
	{ "int e0/0", "crypto ipsec fragmentation before-encryption", " crypto ipsec fragmentation before-encryption",
	  0 },
	{ "", "no crypto ipsec nat-transparency udp-encaps", "no crypto ipsec nat-transparency udp-encapsulation",
	  PLAIN_ONLY },
	{ "", "crypto ipsec nat-transparency udp-encapsulation", NULL, NO_DIFFERS },

	{ "", "crypto export wireshark R2", "crypto export wireshark flash:R2", 0 },
	{ "", "crypto export wireshark disk0:/keys/r2", "crypto export wireshark flash:keys/r2", 0 },

	/* interfaces */
	{ "", "int tu 23", "interface Tunnel23", NOT_UNDONE },
	{ "", "interface loopback0", "interface Loopback0", NOT_UNDONE },
	{ "", "int virtual-template 1 type tunnel", "interface Virtual-Template1 type tunnel", NOT_UNDONE },
	{ "int virtual-t1 type tunnel", "interface virtual-t 1", "interface Virtual-Template1 type tunnel",
	  PLAIN_ONLY },
	{ "int virtual-template1 type tunnel", "tunnel mode ipsec ipv4", " tunnel mode ipsec ipv4", 0 },
	{ "int virtual-template1 type tunnel", "ip unnumbered lo0", " ip unnumbered Loopback0", 0 },
	{ "int e0/0", "description To  R3 # not a comment", " description To  R3 # not a comment", 0 },
	{ "int e0/0", "shutdown", " shutdown", 0 },
	{ "int e0/0", "ip address 10.0.0.1 255.255.255.0", " ip address 10.0.0.1 255.255.255.0", 0 },
	{ "int e0/0\nip address 10.0.0.1 255.0.0.0", "ip address 10.0.1.1 255.255.255.0 secondary",
	  " ip address 10.0.1.1 255.255.255.0 secondary", 0 },
	{ "int tu1", "ip unnumbered lo 0", " ip unnumbered Loopback0", 0 },
	{ "int tu1", "ip mtu 1400", " ip mtu 1400", 0 },
	{ "int e0/0", "ip mtu 1500", NULL, 0 },
	{ "int tu1", "ip tcp adjust-mss 1360", " ip tcp adjust-mss 1360", 0 },
	{ "int e0/0", "ipv6 address 2001:db8:0::2/64", " ipv6 address 2001:DB8::2/64", 0 },
	{ "int e0/0", "ipv6 address 2001:db8:1::/64 eui-64", " ipv6 address 2001:DB8:1::/64 eui-64", 0 },
	{ "int e0/0\nipv6 address 2001:db8::2/64", "ipv6 address fe80::23:2 link-local",
	  " ipv6 address FE80::23:2 link-local", 0 },
	{ "int e0/0", "ipv6 enable", " ipv6 enable", 0 },
	{ "int tu1", "ipv6 mtu 1280", " ipv6 mtu 1280", 0 },
	{ "int tu1", "tunnel source e0/0", " tunnel source Ethernet0/0", 0 },
	{ "int tu1", "tunnel source 10.0.0.1", " tunnel source 10.0.0.1", 0 },
	{ "int tu1", "tunnel source 2001:db8::2", " tunnel source 2001:DB8::2", 0 },
	{ "int tu1", "tunnel destination 10.0.0.3", " tunnel destination 10.0.0.3", 0 },
	{ "int tu1", "tunnel destination 2001:DB8::3", " tunnel destination 2001:DB8::3", 0 },
	{ "int tu1", "tunnel mode gre ip", NULL, 0 },
	{ "int tu1\ntunnel mode ipsec ipv6", "no tunnel mode", "interface Tunnel1", PLAIN_ONLY },
	{ "int tu1", "tunnel mode ipsec ipv4", " tunnel mode ipsec ipv4", 0 },
	{ "int tu1", "tunnel mode ipsec ipv6", " tunnel mode ipsec ipv6", 0 },
	{ "crypto ipsec profile PRO\nint tu1", "tunnel protection ipsec profile PRO",
	  " tunnel protection ipsec profile PRO", 0 },

	{ "crypto ipsec profile PRO\nint tu1", "tunnel protection ipsec profile PRO shared",
	  " tunnel protection ipsec profile PRO shared", 0 },

	/* routes */
	{ "", "ip route 10.9.0.0 255.255.0.0 null 0", "ip route 10.9.0.0 255.255.0.0 Null0", 0 },
	{ "", "ip route 10.9.0.0 255.255.0.0 null 0 254 tag 7", "ip route 10.9.0.0 255.255.0.0 Null0 254 tag 7", 0 },
	{ "", "ip route 10.9.0.0 255.255.0.0 Null0", "ip route 10.9.0.0 255.255.0.0 Null0", 0 },
	{ "", "ip route 10.9.0.0 255.255.0.0 null0 200 permanent", "ip route 10.9.0.0 255.255.0.0 Null0 200 permanent",
	  0 },
	{ "", "ipv6 route 2001:db8:9::/48 null 0", "ipv6 route 2001:DB8:9::/48 Null0", 0 },
	{ "", "ipv6 route 2001:db8:9::/48 null 0 200", "ipv6 route 2001:DB8:9::/48 Null0 200", 0 },
	{ "", "ipv6 route 2001:db8:9::/48 Null0", "ipv6 route 2001:DB8:9::/48 Null0", 0 },
	{ "", "ipv6 route 2001:db8:9::/48 Null0 200", "ipv6 route 2001:DB8:9::/48 Null0 200", 0 },
	{ "", "ip route 10.1.0.0 255.255.0.0 10.0.0.3", "ip route 10.1.0.0 255.255.0.0 10.0.0.3", 0 },
	{ "", "ip route 0.0.0.0 0.0.0.0 10.0.0.3 250 name X tag 7 permanent",
	  "ip route 0.0.0.0 0.0.0.0 10.0.0.3 250 tag 7 permanent name X", 0 },
	{ "", "ip route 10.1.0.0 255.255.0.0 tu 23", "ip route 10.1.0.0 255.255.0.0 Tunnel23", 0 },
	{ "", "ip route 10.1.0.0 255.255.0.0 tu23 5 tag 1", "ip route 10.1.0.0 255.255.0.0 Tunnel23 5 tag 1", 0 },
	{ "", "ip route 10.1.0.0 255.255.0.0 e0/0 10.0.0.3", "ip route 10.1.0.0 255.255.0.0 Ethernet0/0 10.0.0.3", 0 },
	{ "", "ip route 10.1.0.0 255.255.0.0 e0/0 10.0.0.3 9", "ip route 10.1.0.0 255.255.0.0 Ethernet0/0 10.0.0.3 9",
	  0 },
	{ "ip route 10.1.0.0 255.255.0.0 10.0.0.3", "no ip route 10.1.0.0 255.255.0.0", "no ip http server",
	  PLAIN_ONLY },
	{ "ipv6 route ::/0 2001:db8::3", "no ipv6 route ::/0", "no ip http server", PLAIN_ONLY },
	{ "", "ipv6 route 2001:db8:3::1/48 2001:db8::3", "ipv6 route 2001:DB8:3::/48 2001:DB8::3", 0 },
	{ "", "ipv6 route ::/0 2001:db8::3 200 tag 9 name Y", "ipv6 route ::/0 2001:DB8::3 200 tag 9 name Y", 0 },
	{ "", "ipv6 route 2001:db8:3::/48 tunnel 23", "ipv6 route 2001:DB8:3::/48 Tunnel23", 0 },
	{ "", "ipv6 route 2001:db8:3::/48 tunnel 23 7", "ipv6 route 2001:DB8:3::/48 Tunnel23 7", 0 },
	{ "", "ipv6 route 2001:db8:3::/48 e0/0 fe80::3", "ipv6 route 2001:DB8:3::/48 Ethernet0/0 FE80::3", 0 },
	{ "", "ipv6 route 2001:db8:3::/48 e0/0 fe80::3 7 name Z",
	  "ipv6 route 2001:DB8:3::/48 Ethernet0/0 FE80::3 7 name Z", 0 },

	/* lines */
	{ "", "line console 0", "line con 0", PLAIN_ONLY },
	{ "", "line aux 0", "line aux 0", PLAIN_ONLY },
	{ "", "line vty 0", "line vty 0", PLAIN_ONLY },
	{ "", "line vty 5 15", "line vty 5 15", 0 },
	{ "line con 0", "exec-timeout 5", " exec-timeout 5 0", NO_DIFFERS },
	{ "line con 0", "exec-timeout 0 0", " exec-timeout 0 0", NO_DIFFERS },
	{ "line con 0", "logging synchronous", " logging synchronous", 0 },
	{ "line vty 0 4", "privilege level 15", " privilege level 15", 0 },
	{ "line vty 0 4", "length 0", " length 0", 0 },
	{ "line vty 0 4", "width 132", " width 132", 0 },
	{ "line con 0", "history", NULL, NO_DIFFERS },
	{ "line con 0", "no history", " no history", PLAIN_ONLY },
	{ "line con 0", "history size 100", " history size 100", 0 },

	/* files */
	{ "", "file prompt quiet", "file prompt quiet", 0 },
	{ "", "archive", "archive", 0 },
	{ "archive", "path flash:backup", " path flash:backup", 0 },
	{ "archive", "maximum 5", " maximum 5", 0 },
	{ "archive", "time-period 60", " time-period 60", 0 },
	{ "archive", "write-memory", " write-memory", 0 },
	{ "archive", "log config", NULL, NO_DIFFERS },
	{ "archive\nlog config", "log config", NULL, NO_DIFFERS },
	{ "archive\nlog config", "logging enable", "  logging enable", 0 },
	{ "archive\nlog config", "logging size 200", "  logging size 200", 0 },
	{ "archive\nlog config", "notify syslog", "  notify syslog contenttype plaintext", 0 },
	{ "archive\nlog config", "notify syslog contenttype plaintext", "  notify syslog contenttype plaintext", 0 },
	{ "archive\nlog config", "hidekeys", "  hidekeys", 0 },
	{ "archive\nlog config", "path flash:backup", " path flash:backup", 0 },
	{ "archive\nlog config", "maximum 5", " maximum 5", 0 },
	{ "archive\nlog config", "time-period 60", " time-period 60", 0 },
	{ "archive\nlog config", "write-memory", " write-memory", 0 },

	/* names, clock, syslog servers */
	{ "", "ip host R3 10.0.0.3", "ip host R3 10.0.0.3", 0 },
	{ "", "ip host R3 10.0.0.3 10.1.0.3", "ip host R3 10.0.0.3 10.1.0.3", 0 },
	{ "ip host R3 10.0.0.3", "no ip host R3", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "", "ipv6 host R3 2001:db8::3", "ipv6 host R3 2001:DB8::3", 0 },
	{ "ipv6 host R3 2001:db8::3", "no ipv6 host R3", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "", "ip name-server 10.0.0.53", "ip name-server 10.0.0.53", 0 },
	{ "", "ip domain list lab.example", "ip domain list lab.example", 0 },
	{ "", "ip domain-list lab.example", "ip domain list lab.example", 0 },
	{ "", "clock timezone CET 1", "clock timezone CET 1 0", 0 },
	{ "", "clock timezone IST 5 30", "clock timezone IST 5 30", 0 },
	{ "", "clock timezone EST -5 0", "clock timezone EST -5 0", 0 },
	{ "", "clock summer-time EDT recurring", "clock summer-time EDT recurring", 0 },
	{ "", "clock summer-time CEST recurring last Sun Mar 2:00 last Sun Oct 3:00",
	  "clock summer-time CEST recurring last Sun Mar 2:00 last Sun Oct 3:00", 0 },
	{ "", "clock summer-time CEST date 30 Mar 2025 2:00 26 Oct 2025 3:00",
	  "clock summer-time CEST date 30 Mar 2025 2:00 26 Oct 2025 3:00", 0 },
	{ "clock summer-time EDT recurring", "no clock summer-time", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "", "logging host 10.0.0.9", "logging host 10.0.0.9", 0 },
	{ "", "logging host 10.0.0.9 transport udp", "logging host 10.0.0.9", 0 },
	{ "", "logging host 10.0.0.9 transport udp port 1514", "logging host 10.0.0.9 transport udp port 1514", 0 },
	{ "", "logging 10.0.0.9", "logging host 10.0.0.9", 0 },
	{ "", "logging trap", NULL, NO_DIFFERS },
	{ "", "logging trap 5", "logging trap notifications", NO_DIFFERS },
	{ "", "logging trap errors", "logging trap errors", NO_DIFFERS },
	{ "", "logging facility local0", "logging facility local0", 0 },
	{ "", "logging source-interface Loopback0", "logging source-interface Loopback0", 0 },
	{ "", "config-register 0x2142", NULL, NO_DIFFERS },
	/* access lists */
	{ "", "access-list 10 permit 10.0.0.1", "access-list 10 permit 10.0.0.1", 0 },
	{ "", "access-list 1300 deny host 10.0.0.1 log", "access-list 1300 deny   10.0.0.1 log", 0 },
	{ "", "access-list 10 permit 10.0.0.77 0.0.0.255", "access-list 10 permit 10.0.0.0 0.0.0.255", 0 },
	{ "", "access-list 10 deny any", "access-list 10 deny   any", 0 },
	{ "", "access-list 99 remark  who may come in", "access-list 99 remark who may come in", 0 },
	{ "access-list 10 permit any", "no access-list 10", NULL, PLAIN_ONLY | NOT_UNDONE | TAKES_AWAY },
	{ "", "access-list 101 permit ip any any", "access-list 101 permit ip any any", 0 },
	{ "", "access-list 101 20 deny ip any any log", "access-list 101 deny   ip any any log", 0 },
	{ "", "access-list 2699 permit tcp any host 10.0.0.1 eq 80",
	  "access-list 2699 permit tcp any host 10.0.0.1 eq www", 0 },
	{ "", "access-list 101 permit tcp 10.0.0.9 0.0.0.3 range 2000 1024 10.0.0.7 0.0.0.0 gt telnet established",
	  "access-list 101 permit tcp 10.0.0.8 0.0.0.3 range 1024 2000 host 10.0.0.7 gt telnet established", 0 },
	{ "", "access-list 101 permit tcp any eq 80 43 540 domain ident host 10.10.10.10 tos 0",
	  "access-list 101 permit tcp any eq www whois uucp domain ident host 10.10.10.10 tos normal", 0 },
	{ "", "access-list 101 deny tcp any any log-input syn ack",
	  "access-list 101 deny   tcp any any ack syn log-input", 0 },
	{ "", "access-list 101 permit udp any eq bootpc any neq isakmp non500-isakmp",
	  "access-list 101 permit udp any eq bootpc any neq isakmp non500-isakmp", 0 },
	{ "", "access-list 101 permit udp any any lt 1024 dscp 46",
	  "access-list 101 permit udp any any lt 1024 dscp ef", 0 },
	{ "", "access-list 101 permit icmp any any 8", "access-list 101 permit icmp any any echo", 0 },
	{ "", "access-list 101 permit icmp any any 3 4", "access-list 101 permit icmp any any packet-too-big", 0 },
	{ "", "access-list 101 permit icmp any any 3 77 precedence 5",
	  "access-list 101 permit icmp any any 3 77 precedence critical", 0 },
	{ "", "access-list 101 permit igmp any any v2host-report", "access-list 101 permit igmp any any v2host-report",
	  0 },
	{ "", "access-list 101 permit esp any any fragments", "access-list 101 permit esp any any fragments", 0 },
	{ "", "access-list 101 permit 50 any any", "access-list 101 permit esp any any", 0 },
	{ "", "access-list 101 permit 99 any any", "access-list 101 permit 99 any any", 0 },
	{ "", "access-list 101 permit 6 any any", "access-list 101 permit tcp any any", 0 },
	{ "", "ip access-list standard 99", NULL, 0 },
	{ "", "ip access-list standard 1301", NULL, 0 },
	{ "", "ip access-list standard MGMT", "ip access-list standard MGMT", 0 },
	{ "", "ip access-list extended 199", NULL, 0 },
	{ "", "ip access-list extended 2001", NULL, 0 },
	{ "", "ip access-list extended WEB", "ip access-list extended WEB", 0 },
	{ "ip access-list standard MGMT\npermit any\nexit", "ip access-list resequence MGMT 5 5", NULL, PLAIN_ONLY },
	{ "", "ipv6 access-list SIX", "ipv6 access-list SIX", 0 },
	{ "ip access-list standard MGMT", "permit 10.0.0.0 0.255.255.255", " permit 10.0.0.0 0.255.255.255", 0 },
	{ "ip access-list standard MGMT", "15 deny host 10.0.0.1", " deny   10.0.0.1", 0 },
	{ "ip access-list standard MGMT\npermit any", "no 10", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "ip access-list standard MGMT", "remark x", " remark x", 0 },
	{ "ip access-list extended WEB", "permit ip any any", " permit ip any any", 0 },
	{ "ip access-list extended WEB", "10 permit tcp any any eq www", " permit tcp any any eq www", 0 },
	{ "ip access-list extended WEB", "deny udp any any", " deny   udp any any", 0 },
	{ "ip access-list extended WEB", "deny icmp any any echo-reply", " deny   icmp any any echo-reply", 0 },
	{ "ip access-list extended WEB", "deny igmp any any", " deny   igmp any any", 0 },
	{ "ip access-list extended WEB", "deny ospf any any", " deny   ospf any any", 0 },
	{ "ip access-list extended WEB", "deny 88 any any", " deny   eigrp any any", 0 },
	{ "ip access-list extended WEB\npermit ip any any", "no 10", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "ip access-list extended WEB", "remark y z", " remark y z", 0 },
	{ "ipv6 access-list SIX", "permit ipv6 any any", " permit ipv6 any any", 0 },
	{ "ipv6 access-list SIX", "sequence 15 permit tcp 2001:db8::1/64 any eq 22",
	  " sequence 15 permit tcp 2001:DB8::/64 any eq 22", 0 },
	{ "ipv6 access-list SIX", "deny udp any host 2001:db8::1 eq ntp sequence 10",
	  " deny udp any host 2001:DB8::1 eq ntp", 0 },
	{ "ipv6 access-list SIX", "permit icmp any any nd-ns", " permit icmp any any nd-ns", 0 },
	{ "ipv6 access-list SIX", "permit esp any any log", " permit esp any any log", 0 },
	{ "ipv6 access-list SIX", "permit 89 any any", " permit 89 any any", 0 },
	{ "ipv6 access-list SIX\npermit ipv6 any any", "no sequence 10", NULL, PLAIN_ONLY | TAKES_AWAY },
	{ "ipv6 access-list SIX", "remark six", " remark six", 0 },
	{ "int e0/0", "ip access-group 101 in", " ip access-group 101 in", 0 },
	{ "int e0/0", "ip access-group 2600 out", " ip access-group 2600 out", 0 },
	{ "int e0/0", "ip access-group WEB out", " ip access-group WEB out", 0 },
	{ "int e0/0", "ipv6 traffic-filter SIX in", " ipv6 traffic-filter SIX in", 0 },

	/* lines that do nothing: global */
	{ "", "no service pad", "no service pad", PLAIN_ONLY },
	{ "", "service tcp-keepalives-in", "service tcp-keepalives-in", 0 },
	{ "", "service tcp-keepalives-out", "service tcp-keepalives-out", 0 },
	{ "", "boot system flash:x.bin", "boot system flash:x.bin", 0 },
	{ "", "memory-size iomem 15", "memory-size iomem 15", 0 },
	{ "", "mmi polling-interval 30", "mmi polling-interval 30", 0 },
	{ "", "mmi auto-configure", "mmi auto-configure", 0 },
	{ "", "mmi pvc", "mmi pvc", 0 },
	{ "", "mmi snmp-timeout 60", "mmi snmp-timeout 60", 0 },
	{ "", "no ip source-route", "no ip source-route", PLAIN_ONLY },
	{ "", "no ip icmp rate-limit unreachable", "no ip icmp rate-limit unreachable", PLAIN_ONLY },
	{ "", "no ip subnet-zero", "no ip subnet-zero", PLAIN_ONLY },
	{ "", "ip classless", NULL, NO_DIFFERS },
	{ "", "no ip cef", "no ip cef", PLAIN_ONLY },
	{ "", "ipv6 cef", "ipv6 cef", 0 },
	{ "", "multilink bundle-name authenticated", "multilink bundle-name authenticated", NO_DIFFERS },
	{ "", "license udi pid CISCO2911/K9 sn FTX1", "license udi pid CISCO2911/K9 sn FTX1", 0 },
	{ "", "license boot module c2900 technology-package securityk9",
	  "license boot module c2900 technology-package securityk9", 0 },
	{ "", "redundancy", "redundancy", NO_DIFFERS },
	{ "", "no cdp log mismatch duplex", "no cdp log mismatch duplex", PLAIN_ONLY },
	{ "", "no cdp run", "no cdp run", PLAIN_ONLY },
	{ "", "lldp run", "lldp run", 0 },
	{ "", "ip tcp synwait-time 5", "ip tcp synwait-time 5", 0 },
	{ "", "ip ssh version 2", "ip ssh version 2", 0 },
	{ "", "ip ssh time-out 60", "ip ssh time-out 60", 0 },
	{ "", "ip ssh time-out 120", NULL, 0 },
	{ "", "ip ssh authentication-retries 2", "ip ssh authentication-retries 2", 0 },
	{ "", "ip ssh dh min size 2048", "ip ssh dh min size 2048", 0 },
	{ "", "ip ssh rsa keypair-name K", "ip ssh rsa keypair-name K", 0 },
	{ "", "ip ssh source-interface lo 0", "ip ssh source-interface Loopback0", 0 },
	{ "", "ip ssh logging events", "ip ssh logging events", 0 },
	{ "", "ip ssh stricthostkeycheck", "ip ssh stricthostkeycheck", 0 },
	{ "", "ip scp server enable", "ip scp server enable", 0 },
	{ "", "ip ssh pubkey-chain", NULL, 0 },
	{ "ip ssh pubkey-chain", "username admin", NULL, 0 },
	{ "ip ssh pubkey-chain\nusername admin", "key-hash ssh-rsa 0123456789abcdef0123456789abcdef",
	  "   key-hash ssh-rsa 0123456789ABCDEF0123456789ABCDEF", 0 },
	{ "ip ssh pubkey-chain\nusername admin\nkey-hash ssh-rsa 0123456789abcdef0123456789abcdef\nusername bob",
	  "key-hash ssh-rsa 0123456789abcdef0123456789abcdef bob at home",
	  "   key-hash ssh-rsa 0123456789ABCDEF0123456789ABCDEF bob at home", 0 },
	{ "ip ssh pubkey-chain\nserver 10.0.0.3", "key-hash ssh-rsa 0123456789abcdef0123456789abcdef",
	  "  server 10.0.0.3", 0 },
	{ "ip ssh pubkey-chain\nserver 10.0.0.3", "server 10.0.0.4", NULL, 0 },
	{ "ip ssh pubkey-chain\nusername admin", "key-string", NULL, PLAIN_ONLY },
	{ "ip ssh pubkey-chain\nusername admin\nkey-string", "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ", NULL, PLAIN_ONLY },
	{ "ip ssh pubkey-chain\nusername admin\nkey-string", "exit", NULL, PLAIN_ONLY },
	{ "ip ssh pubkey-chain\nusername admin", "exit", NULL, PLAIN_ONLY },
	{ "ip ssh pubkey-chain", "exit", NULL, PLAIN_ONLY },
	{ "hostname R2\nip domain name lab", "crypto key generate rsa", NULL, PLAIN_ONLY },
	{ "hostname R2\nip domain name lab", "crypto key generate rsa modulus 512", NULL, PLAIN_ONLY },
	{ "", "crypto key zeroize rsa K", NULL, PLAIN_ONLY },
	{ "", "crypto key zeroize rsa", NULL, PLAIN_ONLY },
	{ "", "no ip forward-protocol nd", "no ip forward-protocol nd", PLAIN_ONLY },
	{ "", "ip http server", "ip http server", 0 },
	{ "", "ip http secure-server", "ip http secure-server", 0 },
	{ "", "snmp-server community public RO", "snmp-server community public RO", 0 },
	{ "", "control-plane", "control-plane", NO_DIFFERS },
	{ "", "mgcp", "mgcp", 0 },
	{ "", "mgcp profile default", "mgcp profile default", 0 },
	{ "", "gatekeeper", "gatekeeper", 0 },
	{ "", "dial-peer cor custom", "dial-peer cor custom", 0 },
	{ "", "scheduler allocate 20000 1000", "scheduler allocate 20000 1000", 0 },
	{ "", "ntp server 10.0.0.9 prefer", "ntp server 10.0.0.9 prefer", 0 },
	/* in interfaces */
	{ "int e0/0", "mtu 1400", " mtu 1400", 0 },
	{ "int e0/0", "bandwidth 1000", " bandwidth 1000", 0 },
	{ "int e0/0", "no ip redirects", " no ip redirects", PLAIN_ONLY },
	{ "int e0/0", "no ip unreachables", " no ip unreachables", PLAIN_ONLY },
	{ "int e0/0", "no ip proxy-arp", " no ip proxy-arp", PLAIN_ONLY },
	{ "int e0/0", "delay 100", " delay 100", 0 },
	{ "int e0/0", "load-interval 30", " load-interval 30", 0 },
	{ "int e0/0", "load-interval 300", NULL, 0 },
	{ "int e0/0", "duplex auto", " duplex auto", 0 },
	{ "int e0/0", "speed 100", " speed 100", 0 },
	{ "int e0/0", "media-type rj45", " media-type rj45", 0 },
	{ "int e0/0", "negotiation auto", " negotiation auto", 0 },
	{ "int e0/0", "serial restart-delay 0", " serial restart-delay 0", 0 },
	{ "int e0/0", "clock rate 64000", " clock rate 64000", 0 },
	{ "int e0/0", "keepalive", NULL, PLAIN_ONLY },
	{ "int e0/0", "keepalive 10", NULL, PLAIN_ONLY },
	{ "int e0/0", "keepalive 5", " keepalive 5", NO_DIFFERS },
	{ "int e0/0", "keepalive 5 4", " keepalive 5 4", NO_DIFFERS },
	{ "int e0/0", "no keepalive", " no keepalive", PLAIN_ONLY },
	{ "int e0/0", "keepalive 0", " no keepalive", PLAIN_ONLY },
	{ "int tu 5", "keepalive", " keepalive 10 3", 0 },
	{ "int tu 5\nkeepalive 5", "no keepalive", "interface Tunnel5", PLAIN_ONLY },
	{ "int e0/0", "no cdp enable", " no cdp enable", PLAIN_ONLY },
	/* in lines */
	{ "line aux 0", "no activation-character", " no activation-character", PLAIN_ONLY },
	{ "line con 0", "transport output all", " transport output all", 0 },
	{ "line con 0", "stopbits 1", " stopbits 1", 0 },

	/* aliases */
	{ "", "alias exec si show ip interface brief", "alias exec si show ip interface brief", 0 },
	{ "", "alias interface nsh no shutdown", "alias interface nsh no shutdown", 0 },
	{ "alias exec si show clock", "alias exec si show version", "alias exec si show version", PLAIN_ONLY },
	{ "alias exec si show clock\nalias configure x end", "no alias exec si", "alias configure x end", PLAIN_ONLY },
	{ "alias exec si show clock\nalias exec s2 show ip route\nalias configure x end", "no alias exec",
	  "alias configure x end", PLAIN_ONLY },

	{ "", "interface range Tunnel1 - 3 , Loopback 0", "interface Tunnel2", NO_DIFFERS | NOT_UNDONE },

	/* between modes */
	{ "int e0/0", "exit", NULL, PLAIN_ONLY },
};

static bool same_text(const struct example *e, const char *what, const char *a, const char *b)
{
	size_t line = 0;

	if (!strcmp(a, b))
		return true;
	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '\n')
			line = i + 1;
	printf("\n    %s: %s: \"%.*s\" became \"%.*s\"\n", e->line, what, (int)strcspn(a + line, "\n"), a + line,
	       (int)strcspn(b + line, "\n"), b + line);
	return false;
}

static char state_folder[64]; /* of the keys that examples make */

static void check_example(const struct watched *w, const struct example *e)
{
	/* the input answers `[confirm]` */
	struct rig g = { .shell = { .config = config_new(), .state_dir = state_folder }, .input = "yyyyyyyy" };
	struct loader_counts counts;
	char *before, *after, *again, undo[300];

	rig_open(&g, w->tables, COMMANDS_CONFIG, SESSION_TEST);
	session_enter(g.session, MODE_CONFIG, NULL);
	type_lines(&g, e->setup);
	before = text_of(&g.shell);
	type_lines(&g, e->line);
	after = text_of(&g.shell);
	if (e->stored && !has_line(after, e->stored, e->flags & BEGINS)) {
		printf("\n    %s: not stored as \"%s\"\n%s", e->line, e->stored, after);
		CU_FAIL("stored otherwise");
	}
	if (e->flags & TAKES_AWAY)
		CU_ASSERT_TRUE(strlen(after) < strlen(before))
	else if (!e->stored)
		CU_ASSERT_TRUE(same_text(e, "prints something", before, after))
	again = text_again(&g.shell, after, &counts);
	CU_ASSERT_TRUE(same_text(e, "reads back otherwise", after, again));
	CU_ASSERT_EQUAL(counts.kept + counts.rejected, 0);
	free(again);
	free(after);
	for (unsigned n = 0; n < 2 && !(e->flags & PLAIN_ONLY); n++) {
		snprintf(undo, sizeof(undo), "%s %s", n ? "no" : "default", e->line);
		type_lines(&g, undo);
		after = text_of(&g.shell);
		if (!(e->flags & (n ? NO_DIFFERS : NOT_UNDONE)))
			CU_ASSERT_TRUE(same_text(e, undo, before, after));
		again = text_again(&g.shell, after, &counts);
		CU_ASSERT_TRUE(same_text(e, "the undone reads back otherwise", after, again));
		CU_ASSERT_EQUAL(counts.kept + counts.rejected, 0);
		free(again);
		free(after);
		if (!n)
			type_lines(&g, e->setup[0] ? "exit" : "");
		type_lines(&g, n ? "" : e->setup);
		type_lines(&g, n ? "" : e->line);
	}
	free(before);
	session_enter(g.session, MODE_EXEC, NULL);
	rig_close(&g);
}

static void every_row_prints_back_and_is_undone(void)
{
	static struct watched w;
	char command[96];

	strcpy(state_folder, "/tmp/mmcmdsXXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(state_folder));
	watch(&w);
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		check_example(&w, &examples[i]);
	/* but for exit, end and help, which are the shell's */
	for (size_t t = 0; t + 1 < COMMANDS_CONFIG; t++)
		for (size_t i = 0; i < w.tables[t].count; i++)
			if (!w.ran[t][i]) {
				printf("\n    no example of row %zu of table %zu (%s ...)\n", i, t,
				       w.tables[t].cmds[i].tokens[0].name);
				CU_FAIL("a row without example");
			}
	snprintf(command, sizeof(command), "rm -rf %s", state_folder);
	CU_ASSERT_EQUAL(system(command), 0);
	unwatch(&w);
}

/* Keywords of different rows at one place must be spelled and explained alike. */
static void help_is_the_same_in_every_row(void)
{
	struct cmd_table tables[COMMANDS_CONFIG];
	size_t n = commands_config(tables);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < tables[t].count; i++)
			for (const struct tok *k = tables[t].cmds[i].tokens; k->kind != TOK_END; k++)
				if (k->kind == TOK_KW)
					CU_ASSERT_TRUE(k->help && k->help[0]);
}

/* --- what handlers refuse, in IOS's words ---- */

static struct cmd_table config_tables[COMMANDS_CONFIG];

static void open_rig(struct rig *g, const char *lines)
{
	commands_config(config_tables);
	rig_open_router(g, config_tables, COMMANDS_CONFIG, SESSION_TEST);
	session_enter(g->session, MODE_CONFIG, NULL);
	type_lines(g, lines);
	rig_clear(g);
}

static void close_rig(struct rig *g)
{
	session_enter(g->session, MODE_EXEC, NULL);
	rig_close(g);
}

static void addresses_are_checked_as_ios_does(void)
{
	struct rig g = { 0 };

	open_rig(&g, "int e0/0\nip address 10.0.0.2 255.255.255.0\nip address 10.1.0.2 255.255.0.0 secondary\n"
		     "ipv6 address 2001:DB8::2/64\nint e0/1");
	rig_type(&g, "ip address 10.0.0.1 255.0.255.0");
	rig_type(&g, "ip address 10.5.0.0 255.255.255.0");
	rig_type(&g, "ip address 10.5.0.255 255.255.255.0");
	rig_type(&g, "ip address 224.0.0.1 255.255.255.0");
	rig_type(&g, "ip address 10.0.0.3 255.255.255.0");
	rig_type(&g, "ipv6 address 2001:DB8::3/64");
	rig_type(&g, "ipv6 address 2001:DB8::3 link-local");
	rig_type(&g, "ip unnumbered e0/0");
	rig_type(&g, "shutdown");
	rig_type(&g, "ip address 10.0.0.3 255.255.255.0");
	rig_type(&g, "no shutdown");
	rig_type(&g, "int e0/0");
	rig_type(&g, "no ip address 10.0.0.2 255.255.255.0");
	rig_type(&g, "no ip address 10.0.0.9 255.255.255.0");
	CU_ASSERT_TRUE(rig_is(&g,
			      "R2(config-if)#ip address 10.0.0.1 255.0.255.0\n"
			      "Bad mask 0xFF00FF00 for address 10.0.0.1\n"
			      "R2(config-if)#ip address 10.5.0.0 255.255.255.0\n"
			      "Bad mask /24 for address 10.5.0.0\n"
			      "R2(config-if)#ip address 10.5.0.255 255.255.255.0\n"
			      "Bad mask /24 for address 10.5.0.255\n"
			      "R2(config-if)#ip address 224.0.0.1 255.255.255.0\n"
			      "Not a valid host address - 224.0.0.1\n"
			      "R2(config-if)#ip address 10.0.0.3 255.255.255.0\n"
			      "% 10.0.0.0 overlaps with Ethernet0/0\n"
			      "R2(config-if)#ipv6 address 2001:DB8::3/64\n"
			      "%Ethernet0/1: Error: 2001:DB8::/64 is overlapping with 2001:DB8::/64 on Ethernet0/0\n"
			      "R2(config-if)#ipv6 address 2001:DB8::3 link-local\n"
			      "% Invalid link-local address\n"
			      "R2(config-if)#ip unnumbered e0/0\n"
			      "Point-to-point (non-multi-access) interfaces only\n"
			      "R2(config-if)#shutdown\n"
			      "R2(config-if)#ip address 10.0.0.3 255.255.255.0\n"
			      "R2(config-if)#no shutdown\n"
			      "% 10.0.0.0 overlaps with Ethernet0/0\n"
			      "Ethernet0/1: incorrect IP address assignment\n"
			      "R2(config-if)#int e0/0\n"
			      "R2(config-if)#no ip address 10.0.0.2 255.255.255.0\n"
			      "Must delete secondary before deleting primary\n"
			      "R2(config-if)#no ip address 10.0.0.9 255.255.255.0\n"
			      "Invalid address\n"));
	close_rig(&g);
}

/* Size and level of the log's buffer: one line, or two in either order. */
static void the_buffer_is_set_in_two_lines(void)
{
	struct rig g = { 0 };
	const struct log_settings *l;

	open_rig(&g, "logging buffered 64000\nlogging buffered informational");
	l = &g.shell.config->logging;
	CU_ASSERT_EQUAL(l->buffer_octets, 64000);
	CU_ASSERT_EQUAL(l->buffer_level, LOG_SEV_INFORMATIONAL);
	rig_type(&g, "logging buffered 8192");
	CU_ASSERT_EQUAL(l->buffer_octets, 8192);
	CU_ASSERT_EQUAL(l->buffer_level, LOG_SEV_INFORMATIONAL);
	rig_type(&g, "no logging buffered");
	CU_ASSERT_EQUAL(l->buffer_level, LOG_SEV_OFF);
	rig_type(&g, "logging buffered");
	CU_ASSERT_EQUAL(l->buffer_octets, LOG_BUFFER_DEFAULT);
	CU_ASSERT_EQUAL(l->buffer_level, LOG_SEV_DEBUGGING);
	close_rig(&g);
}

static void passwords_are_checked_as_ios_does(void)
{
	struct rig g = { 0 };

	open_rig(&g, "enable password cisco\nusername bob password x\nusername eve secret x");
	rig_type(&g, "enable secret cisco");
	rig_type(&g, "enable password cisco");
	rig_type(&g, "enable secret 5 cisco");
	rig_type(&g, "username al secret 9 " MD5);
	rig_type(&g, "enable password 7 cisco");
	rig_type(&g, "username bob secret y");
	rig_type(&g, "username eve password y");
	g.input = "n";
	rig_type(&g, "no username eve");
	g.input = "\r";
	rig_type(&g, "no username bob");
	rig_type(&g, "no username nobody");
	rig_type(&g, "line con 0");
	rig_type(&g, "login");
	rig_type(&g, "line vty 0 1");
	rig_type(&g, "login");
	rig_type(&g, "password cisco");
	rig_type(&g, "login");
	CU_ASSERT_TRUE(rig_is(
		&g, "R2(config)#enable secret cisco\n"
		    "The enable secret you have chosen is the same as your enable password.\n"
		    "This is not recommended.  Re-enter the enable secret.\n\n"
		    "R2(config)#enable password cisco\n"
		    "The enable password you have chosen is the same as your enable secret.\n"
		    "This is not recommended.  Re-enter the enable password.\n\n"
		    "R2(config)#enable secret 5 cisco\n"
		    "ERROR: The secret you entered is not a valid encrypted secret.\n"
		    "To enter an UNENCRYPTED secret, do not specify type 5 encryption.\n"
		    "When you properly enter an UNENCRYPTED secret, it will be encrypted.\n\n"
		    "R2(config)#username al secret 9 " MD5 "\n"
		    "ERROR: The secret you entered is not a valid encrypted secret.\n"
		    "To enter an UNENCRYPTED secret, do not specify type 9 encryption.\n"
		    "When you properly enter an UNENCRYPTED secret, it will be encrypted.\n\n"
		    "R2(config)#enable password 7 cisco\n"
		    "Invalid encrypted password: cisco\n"
		    "R2(config)#username bob secret y\n"
		    "ERROR: Can not have both a user password and a user secret.\n"
		    "Please choose one or the other.\n"
		    "R2(config)#username eve password y\n"
		    "ERROR: Can not have both a user password and a user secret.\n"
		    "Please choose one or the other.\n"
		    "R2(config)#no username eve\n"
		    "This operation will remove all username related configurations with same name.Do you want to "
		    "continue? [confirm]n\n"
		    "R2(config)#no username bob\n"
		    "This operation will remove all username related configurations with same name.Do you want to "
		    "continue? [confirm]\n"
		    "R2(config)#no username nobody\n"
		    "R2(config)#line con 0\n"
		    "R2(config-line)#login\n"
		    "% Login disabled on line 0, until 'password' is set\n"
		    "R2(config-line)#line vty 0 1\n"
		    "R2(config-line)#login\n"
		    "% Login disabled on line 2, until 'password' is set\n"
		    "% Login disabled on line 3, until 'password' is set\n"
		    "R2(config-line)#password cisco\n"
		    "R2(config-line)#login\n"));
	CU_ASSERT_PTR_NULL(config_user_find(&g.shell.config->access, "bob"));
	CU_ASSERT_PTR_NOT_NULL(config_user_find(&g.shell.config->access, "eve"));
	CU_ASSERT_PTR_NULL(config_user_find(&g.shell.config->access, "al"));
	close_rig(&g);
}

/* What stands where, with IOS's empty slots and trailing blanks. */
static void who_may_enter_is_printed_in_ios_order(void)
{
	static const char *const parts[] = {
		"no service password-encryption\n!\nhostname R2\n",
		"logging buffered 10000\nenable secret 5 " MD5 "\nenable password cisco\n!\n"
		"aaa new-model\n!\n!\n"
		"aaa authentication login default local\n"
		"aaa authentication login CON none\n"
		"aaa authorization console\n"
		"aaa authorization exec default local \n"
		"!\n!\n!\n!\n!\n"
		"aaa session-id common\n",
		"ip cef\n"
		"login block-for 60 attempts 3 within 30\n"
		"login on-failure log\n",
		"\nusername admin privilege 15 secret 5 " MD5 "\nusername bob password 0 x\n",
		"\nbanner exec ^Cin^C\nbanner motd ^C\nout\n^C\n!\nline con 0\n"
		" password con\n"
		" logging synchronous\n"
		" login authentication CON\n"
		"line aux 0\n"
		"line vty 0 4\n"
		" session-timeout 5 \n"
		" access-class 23 in\n"
		" exec-timeout 5 0\n"
		" privilege level 15\n"
		" password vty\n"
		" logging synchronous\n"
		" length 0\n"
		" transport preferred none\n"
		" transport input telnet ssh\n"
		"!\n!\nend\n",
	};
	struct rig g = { .input = "out\r#\r" };
	char *text, *at;

	open_rig(&g, "hostname R2\nlogging buffered 10000\nusername admin privilege 15 secret 5 " MD5
		     "\nusername bob password x\nenable password cisco\nenable secret 5 " MD5
		     "\naaa new-model\naaa authorization exec default local\naaa authorization console\n"
		     "aaa authentication login CON none\naaa authentication login default local\n"
		     "login on-failure log\nlogin block-for 60 attempts 3 within 30\nline vty 0 4\n"
		     "transport input ssh telnet\ntransport preferred none\nlength 0\nlogging synchronous\n"
		     "password vty\nprivilege level 15\nexec-timeout 5\naccess-class 23 in\nsession-timeout 5\n"
		     "line con 0\nlogin authentication CON\nlogging synchronous\npassword con\n"
		     "banner motd #\nbanner exec #in#");
	at = text = text_of(&g.shell);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *found = strstr(at, parts[i]);

		if (!found)
			printf("\n--- not there:\n%s\n--- in\n%s\n", parts[i], at);
		CU_ASSERT_PTR_NOT_NULL(found);
		at = found ? found : at;
	}
	free(text);
	close_rig(&g);
}

static void passwords_are_hidden_once_and_stay(void)
{
	struct rig g = { 0 };
	struct config_access *a;

	open_rig(&g, "enable password cisco\nusername bob password x\nline vty 0 4\npassword y\n"
		     "service password-encryption");
	a = &g.shell.config->access;
	CU_ASSERT_EQUAL(a->enable[15].type, PASSWORD_HIDDEN);
	CU_ASSERT_EQUAL(TAILQ_FIRST(&a->users)->password.type, PASSWORD_HIDDEN);
	CU_ASSERT_EQUAL(config_line_get(g.shell.config, LINE_VTY, 0, 4)->password.type, PASSWORD_HIDDEN);
	type_lines(&g, "enable password level 3 cisco\nusername eve password x\nline con 0\npassword y");
	CU_ASSERT_EQUAL(a->enable[3].type, PASSWORD_HIDDEN);
	CU_ASSERT_EQUAL(config_user_find(a, "eve")->password.type, PASSWORD_HIDDEN);
	CU_ASSERT_EQUAL(config_line_get(g.shell.config, LINE_CON, 0, 0)->password.type, PASSWORD_HIDDEN);
	type_lines(&g, "no service password-encryption\nenable password level 4 cisco");
	CU_ASSERT_EQUAL(a->enable[15].type, PASSWORD_HIDDEN);
	CU_ASSERT_EQUAL(a->enable[4].type, PASSWORD_CLEAR);
	close_rig(&g);
}

static void routes_are_checked_as_ios_does(void)
{
	struct rig g = { 0 };

	open_rig(&g, "int e0/0\nip address 10.0.0.2 255.255.255.0\nexit\nip route 10.9.0.0 255.255.0.0 10.0.0.3");
	rig_type(&g, "ip route 10.0.0.1 255.255.255.0 10.0.0.3");
	rig_type(&g, "ip route 10.8.0.0 255.255.0.0 10.0.0.2");
	rig_type(&g, "no ip route 10.8.0.0 255.255.0.0 10.0.0.3");
	rig_type(&g, "no ip route 10.9.0.0 255.255.0.0 10.0.0.3 7");
	rig_type(&g, "no ip route 10.9.0.0 255.255.0.0");
	rig_type(&g, "ipv6 route ::/0 fe80::1");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#ip route 10.0.0.1 255.255.255.0 10.0.0.3\n"
				  "%Inconsistent address and mask\n"
				  "R2(config)#ip route 10.8.0.0 255.255.0.0 10.0.0.2\n"
				  "%Invalid next hop address (it's this router)\n"
				  "R2(config)#no ip route 10.8.0.0 255.255.0.0 10.0.0.3\n"
				  "%No matching route to delete\n"
				  "R2(config)#no ip route 10.9.0.0 255.255.0.0 10.0.0.3 7\n"
				  "%No matching route to delete\n"
				  "R2(config)#no ip route 10.9.0.0 255.255.0.0\n"
				  "R2(config)#ipv6 route ::/0 fe80::1\n"
				  "% Interface has to be specified for a link-local nexthop\n"));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&g.shell.config->routes));
	close_rig(&g);
}

static void crypto_is_checked_as_ios_does(void)
{
	struct rig g = { 0 };

	open_rig(&g, "crypto isakmp key cisco address ipv6 ::/0\ncrypto ipsec profile PRO");
	rig_type(&g, "set transform-set TRA");
	rig_type(&g, "crypto isakmp key other address ipv6 ::/0");
	rig_type(&g, "crypto ipsec transform-set T esp-gcm esp-sha-hmac");
	rig_type(&g, "crypto ipsec transform-set T esp-null");
	rig_type(&g, "no crypto ipsec transform-set");
	rig_type(&g, "interface Tunnel23");
	rig_type(&g, "tunnel protection ipsec profile NONE");
	rig_type(&g, "tunnel protection ipsec profile PRO");
	CU_ASSERT_TRUE(rig_is(&g, "R2(ipsec-profile)#set transform-set TRA\n"
				  "ERROR: transform set with tag \"TRA\" does not exist.\n"
				  "R2(ipsec-profile)#crypto isakmp key other address ipv6 ::/0\n"
				  "A pre-shared key for address mask ::/0 already exists!\n"
				  "R2(config)#crypto ipsec transform-set T esp-gcm esp-sha-hmac\n"
				  "% Invalid transform proposal\n"
				  "R2(config)#crypto ipsec transform-set T esp-null\n"
				  "% Invalid transform proposal\n"
				  "R2(config)#no crypto ipsec transform-set\n"
				  "% Incomplete command.\n"
				  "R2(config)#interface Tunnel23\n"
				  "R2(config-if)#tunnel protection ipsec profile NONE\n"
				  "ERROR: ipsec profile with tag \"NONE\" does not exist.\n"
				  "R2(config-if)#tunnel protection ipsec profile PRO\n"));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&g.shell.config->transform_sets));
	close_rig(&g);
}

static void peers_are_configured_in_modes_of_their_own(void)
{
	struct rig g = { 0 };

	open_rig(&g, "");
	rig_type(&g, "crypto keyring KR");
	rig_type(&g, "pre-shared-key hostname R3 key cisco");
	rig_type(&g, "pre-shared-key hostname R3 key other");
	rig_type(&g, "pre-shared-key address 10.0.0.3 255.0.255.0 key cisco");
	rig_type(&g, "crypto isakmp peer address 10.0.0.3");
	rig_type(&g, "set aggressive-mode password cisco");
	rig_type(&g, "crypto isakmp profile IP");
	rig_type(&g, "keyring NONE");
	rig_type(&g, "keyring KR");
	rig_type(&g, "keyring KR");
	rig_type(&g, "match identity host R3");
	rig_type(&g, "crypto isakmp profile IP");
	rig_type(&g, "crypto ipsec profile PRO");
	rig_type(&g, "set isakmp-profile NONE");
	rig_type(&g, "set isakmp-profile IP");
	rig_type(&g, "crypto keyring default");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#crypto keyring KR\n"
				  "R2(conf-keyring)#pre-shared-key hostname R3 key cisco\n"
				  "R2(conf-keyring)#pre-shared-key hostname R3 key other\n"
				  "A pre-shared key for hostname R3 already exists!\n"
				  "R2(conf-keyring)#pre-shared-key address 10.0.0.3 255.0.255.0 key cisco\n"
				  "Bad mask 0xFF00FF00 for address 10.0.0.3\n"
				  "R2(conf-keyring)#crypto isakmp peer address 10.0.0.3\n"
				  "R2(config-isakmp-peer)#set aggressive-mode password cisco\n"
				  "R2(config-isakmp-peer)#crypto isakmp profile IP\n"
				  "% A profile is deemed incomplete until it has match identity statements\n"
				  "R2(conf-isa-prof)#keyring NONE\n"
				  "% Keyring NONE does not exist\n"
				  "R2(conf-isa-prof)#keyring KR\n"
				  "R2(conf-isa-prof)#keyring KR\n"
				  "R2(conf-isa-prof)#match identity host R3\n"
				  "R2(conf-isa-prof)#crypto isakmp profile IP\n"
				  "R2(conf-isa-prof)#crypto ipsec profile PRO\n"
				  "R2(ipsec-profile)#set isakmp-profile NONE\n"
				  "% ISAKMP profile NONE does not exist\n"
				  "R2(ipsec-profile)#set isakmp-profile IP\n"
				  "R2(ipsec-profile)#crypto keyring default\n"
				  "% The keyring default is made of the keys of crypto isakmp key\n"));
	CU_ASSERT_EQUAL(config_isakmp_profile_find(g.shell.config, "IP")->keyring_count, 1);
	close_rig(&g);
}

/* 1 to 128 characters, all that can be typed. */
static void keys_of_every_length_are_kept(void)
{
	char line[300], key[130];

	for (unsigned n = 1; n <= 129; n++) {
		struct rig g = { 0 };
		const struct isakmp_key *k;
		struct loader_counts counts;
		char *text, *again;

		for (unsigned i = 0; i < n; i++)
			key[i] = (char)('!' + (i + n * 31) % 94);
		key[n] = '\0';
		open_rig(&g, "");
		snprintf(line, sizeof(line), "crypto isakmp key 0 %s hostname H", key);
		CU_ASSERT_EQUAL(session_run(g.session, line) == SESSION_ACCEPTED, n <= 128);
		k = TAILQ_FIRST(&g.shell.config->keys);
		if (n <= 128)
			CU_ASSERT_STRING_EQUAL(k->key, key);
		text = text_of(&g.shell);
		again = text_again(&g.shell, text, &counts);
		CU_ASSERT_STRING_EQUAL(text, again);
		free(text);
		free(again);
		close_rig(&g);
	}
}

static void interfaces_come_and_go(void)
{
	struct rig g = { 0 };

	open_rig(&g, "int tu23\nip address 10.0.0.1 255.255.255.0\nexit\nip route 10.9.0.0 255.255.0.0 tu23");
	rig_type(&g, "no interface Ethernet0/0");
	rig_type(&g, "interface Ethernet0/9");
	rig_type(&g, "interface Virtual-Template1");
	rig_type(&g, "interface Virtual-Template0 type tunnel");
	rig_type(&g, "interface Virtual-Access1");
	rig_type(&g, "interface Tunnel1 type tunnel");
	rig_type(&g, "default interface Tunnel23");
	CU_ASSERT_EQUAL(config_interface_find(g.shell.config, "Tunnel23")->ip_count, 0);
	rig_type(&g, "no interface tu23");
	rig_type(&g, "line vty 3 1");
	rig_type(&g, "no line vty 0 4");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#no interface Ethernet0/0\n"
				  "% Removal of physical interfaces is not permitted\n"
				  "R2(config)#interface Ethernet0/9\n"
				  "                             ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config)#interface Virtual-Template1\n"
				  "% Incomplete command.\n\n"
				  "R2(config)#interface Virtual-Template0 type tunnel\n"
				  "                                     ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config)#interface Virtual-Access1\n"
				  "% Virtual-Access interfaces cannot be configured\n"
				  "R2(config)#interface Tunnel1 type tunnel\n"
				  "                             ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config)#default interface Tunnel23\n"
				  "Interface Tunnel23 set to default configuration\n"
				  "R2(config)#no interface tu23\n"
				  "R2(config)#line vty 3 1\n"
				  "% Last line number is smaller than the first\n"
				  "R2(config)#no line vty 0 4\n"
				  "% Can't delete last 5 VTY lines\n"));
	CU_ASSERT_PTR_NULL(config_interface_find(g.shell.config, "Tunnel23"));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&g.shell.config->routes));
	close_rig(&g);
}

static void secondaries_print_before_the_primary(void)
{
	struct rig g = { 0 };
	size_t octets;
	char *text;

	open_rig(&g, "int e0/0\nip address 10.2.0.1 255.255.0.0 secondary\nip address 10.1.0.1 255.255.0.0\n"
		     "ip address 10.3.0.1 255.255.0.0 secondary\nipv6 address 2001:DB8::1/64\nipv6 enable\n"
		     "ipv6 address FE80::1 link-local\nno cdp enable\nduplex auto\nshutdown\nip mtu 1400\n"
		     "description X");
	CU_ASSERT_EQUAL(running_interface(&g.shell, "Ethernet0/0", &text, &octets), 0);
	CU_ASSERT_STRING_EQUAL(text, "!\n"
				     "interface Ethernet0/0\n"
				     " description X\n"
				     " ip address 10.2.0.1 255.255.0.0 secondary\n"
				     " ip address 10.3.0.1 255.255.0.0 secondary\n"
				     " ip address 10.1.0.1 255.255.0.0\n"
				     " ip mtu 1400\n"
				     " shutdown\n"
				     " duplex auto\n"
				     " ipv6 address FE80::1 link-local\n"
				     " ipv6 address 2001:DB8::1/64\n"
				     " ipv6 enable\n"
				     " no cdp enable\n"
				     "end\n");
	CU_ASSERT_EQUAL(octets, strlen(text));
	free(text);
	CU_ASSERT_EQUAL(running_interface(&g.shell, "Ethernet0/1", &text, &octets), -ENOENT);
	close_rig(&g);
}

/* The capture's 90 octets for a text of 89. */
static void octets_are_counted_as_ios_does(void)
{
	struct rig g = { 0 };
	size_t octets;
	char *text;

	open_rig(&g, "int e0/0\ndescription Link to SW2\nip address 10.10.1.1 255.255.255.0");
	CU_ASSERT_EQUAL(running_interface(&g.shell, "Ethernet0/0", &text, &octets), 0);
	CU_ASSERT_EQUAL(RUNNING_COUNT(octets), 90);
	free(text);
	close_rig(&g);
}

static void the_header_tells_when(void)
{
	static const char header[] = "!\n! Last configuration change at 14:02:48 UTC Tue May 6 2025\n!\n"
				     "version 15.2\n";
	struct rig g = { 0 };
	size_t octets;
	char *text;

	open_rig(&g, "");
	g.shell.config_changed.tv_sec = 1746540168;
	CU_ASSERT_EQUAL(running_text(&g.shell, &text, &octets), 0);
	text[strlen(header)] = '\0';
	CU_ASSERT_STRING_EQUAL(text, header);
	free(text);
	close_rig(&g);
}

/* Whoever waits for the lock with packets does not wait for all of a long configuration. */
static void a_long_text_lends_the_lock(void)
{
	struct rig g = { 0 };
	size_t octets;
	char *text, name[32];

	open_rig(&g, "");
	CU_ASSERT_EQUAL_FATAL(running_text(&g.shell, &text, &octets), 0);
	free(text);
	for (unsigned k = 0; k < 400; k++) {
		snprintf(name, sizeof(name), "Loopback%u", k);
		CU_ASSERT_PTR_NOT_NULL(config_interface_get(g.shell.config, name));
	}
	const unsigned before = rig_router_lent(g.shell.router);
	CU_ASSERT_EQUAL_FATAL(running_text(&g.shell, &text, &octets), 0);
	CU_ASSERT_TRUE(rig_router_lent(g.shell.router) >= before + 10);
	free(text);
	close_rig(&g);
}

static void kept_lines_go_by_their_exact_text(void)
{
	static const char config[] =
		"interface Ethernet0/0\n ip inspect 101 in\n no ip ospf x\n!\nrouter ospf 1\n network x\n";
	struct loader_counts counts;
	struct rig g = { 0 };

	open_rig(&g, "");
	CU_ASSERT_EQUAL(loader_load(&g.shell, config, strlen(config), NULL, NULL, &counts), 0);
	CU_ASSERT_EQUAL(counts.kept, 4);
	rig_type(&g, "interface Ethernet0/0");
	rig_type(&g, "ip inspect 101 in");
	rig_type(&g, "no ip inspect 102 in");
	rig_type(&g, "no ip inspect 101 in");
	rig_type(&g, "no ip ospf x");
	rig_type(&g, "exit");
	rig_type(&g, "no router ospf 1");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#interface Ethernet0/0\n"
				  "R2(config-if)#ip inspect 101 in\n"
				  "                 ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config-if)#no ip inspect 102 in\n"
				  "                    ^\n"
				  "% Invalid input detected at '^' marker.\n\n"
				  "R2(config-if)#no ip inspect 101 in\n"
				  "R2(config-if)#no ip ospf x\n"
				  "R2(config-if)#exit\n"
				  "R2(config)#no router ospf 1\n"));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&config_interface_find(g.shell.config, "Ethernet0/0")->kept));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&g.shell.config->kept));
	close_rig(&g);
}

/* --- the shipped configurations ---- */

static char *read_file(const char *name)
{
	const char *folder = getenv("srcdir");
	char path[512], *text = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof(path), "%s/startup-config/%s", folder ? folder : "..", name);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE(fread(text, 1, 65535, f) > 0);
	fclose(f);
	return text;
}

static void count_finding(void *ctx, const char *text)
{
	printf("\n    %s\n", text);
	++*(unsigned *)ctx;
}

static void shipped_configurations_write_themselves(void)
{
	static const char *const names[] = { "r2.cfg", "r3.cfg" };

	for (unsigned i = 0; i < 2; i++) {
		char *text = read_file(names[i]), *again;
		struct shell sh = { .tables = config_tables, .config = config_new() };
		struct loader_counts counts;
		unsigned findings = 0;

		sh.table_count = commands_config(config_tables);
		CU_ASSERT_EQUAL(loader_load(&sh, text, strlen(text), NULL, NULL, &counts), 0);
		CU_ASSERT_EQUAL(counts.kept, 0);
		CU_ASSERT_EQUAL(counts.rejected, 0);
		config_check(sh.config, count_finding, &findings);
		CU_ASSERT_EQUAL(findings, 0);
		again = text_of(&sh);
		CU_ASSERT_STRING_EQUAL(strstr(text, "version"), again);
		free(again);
		free(text);
		config_free(sh.config);
	}
}

static const struct unit_test tests[] = {
	{ "every row prints back and is undone", every_row_prints_back_and_is_undone },
	{ "every keyword has its help", help_is_the_same_in_every_row },
	{ "addresses are checked as IOS does", addresses_are_checked_as_ios_does },
	{ "the log's buffer is set in two lines", the_buffer_is_set_in_two_lines },
	{ "passwords are checked as IOS does", passwords_are_checked_as_ios_does },
	{ "who may enter is printed in IOS order", who_may_enter_is_printed_in_ios_order },
	{ "passwords are hidden once and stay", passwords_are_hidden_once_and_stay },
	{ "routes are checked as IOS does", routes_are_checked_as_ios_does },
	{ "crypto is checked as IOS does", crypto_is_checked_as_ios_does },
	{ "peers are configured in modes of their own", peers_are_configured_in_modes_of_their_own },
	{ "keys of every length are kept", keys_of_every_length_are_kept },
	{ "interfaces come and go", interfaces_come_and_go },
	{ "secondaries print before the primary", secondaries_print_before_the_primary },
	{ "octets are counted as IOS does", octets_are_counted_as_ios_does },
	{ "the header tells when", the_header_tells_when },
	{ "a long text lends the lock", a_long_text_lends_the_lock },
	{ "kept lines go by their exact text", kept_lines_go_by_their_exact_text },
	{ "shipped configurations write themselves", shipped_configurations_write_themselves },
};

UNIT_MAIN("config_cmds", tests)
