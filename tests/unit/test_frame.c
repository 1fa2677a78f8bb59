/* Logs as terminals, syslog servers and word processors leave them: the same messages come out. */
#include "explain/frame.h"
#include "explain/mask.h"
#include "explain/message_id.h"
#include "explain/story.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct message_catalog *catalog;

/* What came out: a line for each message, "name number at_ms host". */
struct seen {
	char text[8192];
	unsigned count;
	uint64_t lines, other;
};

static void note(void *ctx, const struct frame_message *m)
{
	struct seen *s = ctx;
	char at[32] = "-";

	if (m->at_ms != STORY_NO_TIME)
		snprintf(at, sizeof(at), "%lld", (long long)m->at_ms);
	snprintf(s->text + strlen(s->text), sizeof(s->text) - strlen(s->text), "%s %llu %s %.*s\n",
		 m->known    ? m->match.message->name
		 : m->crypto ? "?"
			     : "other",
		 (unsigned long long)m->number, at, (int)m->stamp.host_octets, m->stamp.host ? m->stamp.host : "");
	CU_ASSERT_TRUE(m->octets <= FRAME_TEXT && m->lead <= m->octets);
	for (unsigned i = 0; m->known && i < m->match.count; i++)
		CU_ASSERT_TRUE(m->match.values[i].text >= m->text &&
			       m->match.values[i].text + m->match.values[i].octets <= m->text + m->octets);
	s->count++;
}

/* Fed in pieces of so many octets. */
static void frame(const char *log, size_t octets, size_t piece, struct seen *out)
{
	struct frame *f;

	*out = (struct seen){ .count = 0 };
	f = frame_new(catalog, note, out);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < octets; i += piece)
		frame_feed(f, log + i, octets - i < piece ? octets - i : piece);
	frame_end(f);
	out->lines = frame_lines(f);
	out->other = frame_other_lines(f);
	frame_free(f);
}

static void is(const char *log, size_t octets, const char *expected)
{
	static const size_t pieces[] = { 1, 2, 7, 64, 4096, 1 << 20 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct seen s;

		frame(log, octets, pieces[i], &s);
		if (strcmp(s.text, expected)) {
			fprintf(stderr, "of pieces of %zu:\n%swant:\n%s", pieces[i], s.text, expected);
			CU_FAIL(log);
		}
	}
}

#define IS(log, expected) is(log, sizeof(log) - 1, expected)

static void stamps(void)
{
#define MSG    "ISAKMP:(0): beginning Main Mode exchange\n"
#define AT(ms) "main_mode 1 " ms " \n"
	IS(MSG, AT("-"));
	IS("*Jan  1 00:00:01.002: " MSG, AT("1002"));
	IS(".Jan  2 00:00:01: " MSG, AT("86401000"));
	IS("Jan 2 00:00:01.5: " MSG, AT("86401500"));
	IS("Jan  1 01:00:00.000 CET: " MSG, AT("3600000"));
	IS("Jan  1 2026 01:00:00.000: " MSG, AT("3600000"));
	IS("*Mar  1 2023 00:00:00.000 UTC: " MSG, AT("5097600000"));
	IS("*Mar  1 2024 00:00:00.000 UTC: " MSG, AT("5184000000"));
	IS("00:00:12: " MSG, AT("12000"));
	IS("1d02h: " MSG, AT("93600000"));
	IS("3w2d: " MSG, AT("1987200000"));
	IS("1y2w: " MSG, AT("32745600000"));
	IS("000123: *Jan  1 00:00:01.002: " MSG, AT("1002"));
	IS("000123: 00:00:12: " MSG, AT("12000"));
	IS("9999999999: 00:00:12: " MSG, AT("12000"));
	IS("<189>45: *Jan  1 00:00:01.002: " MSG, AT("1002"));
	IS("Jan  1 00:00:09 10.0.0.1 45: *Jan  1 00:00:01.002: " MSG, "main_mode 1 1002 10.0.0.1\n");
	IS("Jan  1 00:00:09 10.0.0.1 45: 000123: *Jan  1 00:00:01.002: " MSG, "main_mode 1 1002 10.0.0.1\n");
	IS("Jan  1 00:00:09 r2 " MSG, "main_mode 1 9000 r2\n");
	IS("2026-01-01T00:00:09.001+01:00 r2 45: Jan  1 00:00:01.002: " MSG, "main_mode 1 1002 r2\n");
	IS("2026-01-01 00:00:09\tLocal7.Debug\t10.0.0.1\t45: *Jan  1 00:00:01.002: " MSG,
	   "main_mode 1 1002 10.0.0.1\n");
	IS("r2: *Jan  1 00:00:01.002: " MSG, "main_mode 1 1002 r2\n");
	IS("[2026-01-01 00:00:00] *Jan  1 00:00:01.002: " MSG, AT("1002"));
	IS("*Jan  1 00:00:01.002: %LINK-5-CHANGED: Interface Tunnel23, changed state to administratively down\n",
	   "link_admin_down 1 1002 \n");
	/* what is no stamp */
	IS("*Jan 32 00:00:01.002: " MSG, "");
	IS("*Jab  1 00:00:01.002: " MSG, "");
	IS("*Jan  1 00:61:01.002: " MSG, "");
	IS("12: 34: 56: 78\n", "");
	/* a year ends; a clock that is not the log's says nothing */
	IS("*Dec 31 23:59:59.000: " MSG "*Jan  1 00:00:01.000: " MSG,
	   "main_mode 1 31622399000 \nmain_mode 2 31622401000 \n");
	IS("*Jan  1 00:00:01.000: " MSG "00:00:12: " MSG, "main_mode 1 1000 \nmain_mode 2 - \n");
}

static void terminals(void)
{
	IS("ISAKMP:(0): beginning Main Mode exchange\r\n\r\nISAKMP:(0): beginning Main Mode exchange",
	   "main_mode 1 - \nmain_mode 3 - \n");
	IS("R2#\033[K*Jan  1 00:00:01.002: \033[1mISAKMP:(0): beginning Main Mode exchange\033[0m\n", AT("1002"));
	IS(" --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\bISAKMP:(0): beginning Main Mode exchange\n", AT("-"));
	IS("--More--\rISAKMP:(0): beginning Main Mode exchange\n", AT("-"));
	IS(" --More-- ISAKMP:(0): beginning Main Mode exchange\n", AT("-"));
	IS("ISAKMP\0:(0): begin\aning Main Mode exchange\n", AT("-"));
	IS("R2(config-if)#\nR2(config-if)#do show clock\n### MM1\nISAKMP:(0): beginning Main Mode exchange\nR2>\n",
	   "main_mode 4 - \n");
	IS("R2(config)#crypto isa*Jan  1 00:00:01.002: ISAKMP:(0): beginning Main Mode exchange\n", AT("1002"));
	IS("\n\r\n  \n\t\n", "");
}

static void wrapped(void)
{
	/* at a column, the word cut or not, with and without a stamp */
	IS("*Jan  1 00:00:01.002: ISAKMP (0): received packet from 10.1.1.2 dport 500 sport 50\n"
	   "0 Global (N) NEW SA\n*Jan  1 00:00:01.002: ISAKMP:(0): beginning Main Mode exchange\n",
	   "received 1 1002 \nmain_mode 3 1002 \n");
	IS("*Jan  1 00:00:01.002: ISAKMP (0): received packet from 10.1.1.2 dport 500\nsport 500 Global (N) NEW SA\n",
	   "received 1 1002 \n");
	IS("*Jan  1 00:00:01.002: ISAKMP:(1011):SA has been authenticated with 2001:\nDB8::2\n",
	   "authenticated 1 1002 \n");
	IS("*Jan  1 00:00:01.002: ISAKMP:(1011):Process initial contact, bring down\nexisting phase 1 and 2 SA's with local "
	   "2001: DB8::3 remote 2001: DB8::2\nremote port 500\n",
	   "initial_contact 1 1002 \n");
	IS("*Jan  1 00:00:01.002: ISAKMP:(1011):Old State = IKE_R_MM3 New State =\nIKE_R_MM3\n", "state 1 1002 \n");
	IS("*Jan  1 00:00:01.002: IPSEC(key_engine_enable_outbound): rec'd enable notify from\nISAKMP\n",
	   "enable_outbound 1 1002 \n");
	/* two messages in one line */
	IS("*Jan  1 00:00:01.002: ISAKMP:(1011):beginning Quick Mode exchange, M-ID of\n"
	   "1371333358*Jan  1 00:00:01.002: ISAKMP:(1011):QM Initiator gets spi\n",
	   "quick_mode 1 1002 \ngets_spi 2 1002 \n");
	/* a line that is whole is not lengthened by noise */
	IS("*Jan  1 00:00:01.002: ISAKMP:(0): beginning Main Mode exchange\nnoise\n*Jan  1 00:00:01.002: ISAKMP:(0): "
	   "beginning Main Mode exchange\n",
	   "main_mode 1 1002 \nmain_mode 3 1002 \n");
}

static void blocks(void)
{
	IS("*Jan  1 00:00:01.002: ISAKMP (1011): ID payload \n\tnext-payload : 8\n\ttype         : 5 \n\taddress      : "
	   "2001:DB8::2 \n\tprotocol     : 17 \n\tport         : 500 \n\tlength       : 24\n",
	   "id 1 1002 \n");
	IS("*Jan  1 00:00:01.002: ISAKMP (1011): ID payload\nnext-payload : 8\ntype : 5\naddress : 2001:DB8::2\nprotocol : "
	   "17\nport : 500\nlength : 24\n",
	   "id 1 1002 \n");
	/* each line with a stamp of a server */
	IS("Jan  1 00:00:09 r2 IPSEC(create_sa): sa created,\nJan  1 00:00:09 r2   (sa) sa_dest= 10.1.1.2, sa_proto= 50, \n",
	   "create_sa 1 9000 r2\n");
	/* | include ISAKMP */
	IS("ISAKMP:(1011): processing NOTIFY INITIAL_CONTACT protocol 1\nISAKMP:(1011):SA authentication status:\n",
	   "notify 1 - \nauth_status 2 - \n");
}

static void counts(void)
{
	static const char log[] =
		"R2#show clock\n12:00:00.000 UTC Sun Mar 1 2026\nISAKMP:(0): beginning Main Mode exchange\n\n"
		"*Jan  1 00:00:01.002: OSPF: hello\nISAKMP:(0):what nobody prints\n%SYS-5-NO_SUCH: text\n";
	struct seen s;

	frame(log, sizeof(log) - 1, 10, &s);
	CU_ASSERT_EQUAL(s.lines, 7);
	CU_ASSERT_EQUAL(s.other, 3);
	CU_ASSERT_STRING_EQUAL(s.text, "main_mode 3 - \n? 6 - \nother 7 - \n");
}

/* A line without an end costs no memory, and does not hide what follows. */
static void endless(void)
{
	const size_t octets = 300000;
	char *log = malloc(octets + 64);
	struct seen s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	memset(log, 'A', octets);
	strcpy(log + octets, "\nISAKMP:(0): beginning Main Mode exchange\n");
	frame(log, strlen(log), 1000, &s);
	CU_ASSERT_STRING_EQUAL(s.text, "main_mode 2 - \n");
	memcpy(log, "ISAKMP: ", 8);
	frame(log, strlen(log), 1000, &s);
	CU_ASSERT_STRING_EQUAL(s.text, "? 1 - \nmain_mode 2 - \n");
	free(log);
}

static void masks(void)
{
	static const struct {
		const char *text, *masked;
	} rows[] = {
		{ "crypto isakmp key cisco address ipv6 ::/0", "crypto isakmp key ***** address ipv6 ::/0" },
		{ "crypto isakmp key 6 cisco hostname r2", "crypto isakmp key 6 ***** hostname r2" },
		{ "CRYPTO ISAKMP KEY cisco", "CRYPTO ISAKMP KEY *****" },
		{ "  pre-shared-key address 10.0.0.0 255.0.0.0 key cisco",
		  "  pre-shared-key address 10.0.0.0 255.0.0.0 key *****" },
		{ "pre-shared-key local 0 cisco", "pre-shared-key local 0 *****" },
		{ "username a privilege 15 password 7 02050D 48", "username a privilege 15 password 7 *****" },
		{ "enable secret 5 $1$abc$def", "enable secret 5 *****" },
		{ "enable secret 5", "enable secret *****" },
		{ "snmp-server community public RO", "snmp-server community ***** RO" },
		{ "key config-key password-encrypt cisco123", "key config-key password-encrypt *****" },
		{ "radius-server key 7 cisco", "radius-server key 7 *****" },
		{ "ntp authentication-key 1 md5 cisco", "ntp authentication-key 1 md5 *****" },
		{ "User:console  logged command:crypto isakmp key cisco address 0.0.0.0",
		  "User:console  logged command:crypto isakmp key ***** address 0.0.0.0" },
		{ "SKEYID 00112233445566778899aabbccddeeff done", "SKEYID ***** done" },
		{ "ip ospf authentication-key 7 cisco", "ip ospf authentication-key 7 *****" },
		{ "ip nhrp authentication cisco", "ip nhrp authentication *****" },
		{ "standby 1 authentication cisco", "standby 1 authentication *****" },
		{ "vrrp 1 authentication text cisco", "vrrp 1 authentication text *****" },
		{ "standby 1 authentication md5 key-string 7 cisco",
		  "standby 1 authentication md5 key-string 7 *****" },
		{ "snmp-server user u g v3 auth sha cisco", "snmp-server user u g v3 auth sha *****" },
		{ "snmp-server user u g v3 priv aes 128 cisco", "snmp-server user u g v3 priv aes 128 *****" },
		{ "snmp-server host 10.0.0.1 version 2c cisco", "snmp-server host 10.0.0.1 version 2c *****" },
		{ "snmp-server host 10.0.0.1 traps cisco ipsec", "snmp-server host 10.0.0.1 traps ***** ipsec" },
		{ "group G key 6 cisco", "group G key 6 *****" },
		{ "ISAKMP: pre-shared key cisco", "ISAKMP: pre-shared key *****" },
		{ "ISAKMP: pre-shared key = cisco", "ISAKMP: pre-shared key = *****" },
		{ "a\nenable secret x\nb", "a\nenable secret *****\nb" },
		/* words that are no secrets */
		{ "ISAKMP:(0):found peer pre-shared key matching 10.1.1.2", NULL },
		{ "ISAKMP:(0):No pre-shared key with 10.1.1.2!", NULL },
		{ "ISAKMP:(1001):SA is doing pre-shared key authentication using id type ID_IPV4_ADDR", NULL },
		{ "ISAKMP:      key length is 128", NULL },
		{ "ISAKMP:(1001):Found ADDRESS key in keyring ring", NULL },
		{ "crypto_engine: Generate DH shared secret for 10.1.1.2", NULL },
		{ "IPSEC(key_engine): got a queue event with 1 KMI message(s)", NULL },
	};
	char out[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *want = rows[i].masked ? rows[i].masked : rows[i].text;
		unsigned n = mask_secrets(rows[i].text, strlen(rows[i].text), out, sizeof(out));

		CU_ASSERT_EQUAL(n, rows[i].masked != NULL);
		if (strcmp(out, want)) {
			fprintf(stderr, "%s\n%s\n", out, want);
			CU_FAIL(rows[i].text);
		}
	}
	mask_secrets("a text that is too long", 23, out, 8);
	CU_ASSERT_STRING_EQUAL(out, "a text ");
}

static const struct unit_test tests[] = {
	{ "stamps of all kinds", stamps },
	{ "what terminals leave", terminals },
	{ "lines that were wrapped", wrapped },
	{ "messages of several lines", blocks },
	{ "what is counted", counts },
	{ "a line without an end", endless },
	{ "secrets", masks },
};

int main(void)
{
	int rc;

	catalog = message_catalog_new();
	if (!catalog)
		return EXIT_FAILURE;
	rc = unit_main("frame", tests, sizeof(tests) / sizeof(tests[0]));
	message_catalog_free(catalog);
	return rc;
}
