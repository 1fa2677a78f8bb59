/* show crypto explain message, and what it is made of: pages as plain text, messages that are near. */
#include "explain/near.h"
#include "explain/page.h"
#include "explain/plain.h"
#include "shell/check.h"
#include "shell/commands_show.h"
#include "tests/unit/shell_rig.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- pages as plain text ---- */

struct sink {
	char text[4096];
	size_t octets;
	size_t longest;
};

static void take(void *ctx, const char *line)
{
	struct sink *s = ctx;

	s->longest = strlen(line) > s->longest ? strlen(line) : s->longest;
	s->octets += (size_t)snprintf(s->text + s->octets, sizeof(s->text) - s->octets, "%s\n", line);
}

static const char *plain(const char *page, unsigned width)
{
	static struct sink s;

	s = (struct sink){ { 0 }, 0, 0 };
	page_plain(page, width, take, &s);
	return s.text;
}

static void plain_text_has_no_marks(void)
{
	CU_ASSERT_STRING_EQUAL(
		plain("# one\n\nForm:\n\n    ISAKMP:(<conn-id>):`x` [y](z)\n    \tmore\n\nForm, 12.4:\n\n    old\n\n"
		      "- Debug: `debug crypto isakmp`\n- Phase: any\n\n## When\n\nSee [two](two.md) and\n"
		      "`show [x]`, `*none*`.\n\nA second\n\n    crypto isakmp policy 10\n     hash sha\n\nEnd.\n\n"
		      "## Meaning\n\nText.\n",
		      80),
		"Form:\n    ISAKMP:(<conn-id>):`x` [y](z)\n    \tmore\n\nForm, 12.4:\n    old\n\n"
		"Debug: debug crypto isakmp\nPhase: any\n\nWhen\n  See two and show [x], *none*.\n\n  A second\n"
		"      crypto isakmp policy 10\n       hash sha\n\n  End.\n\nMeaning\n  Text.\n");
	CU_ASSERT_STRING_EQUAL(plain("", 80), "");
	CU_ASSERT_STRING_EQUAL(plain("word", 80), "word\n");
}

static void plain_text_keeps_to_the_width(void)
{
	static const char text[] = "## T\n\none two three four five six seven\neight\n";

	CU_ASSERT_STRING_EQUAL(plain(text, 20), "T\n  one two three four\n  five six seven\n  eight\n");
	CU_ASSERT_STRING_EQUAL(plain(text, 19), "T\n  one two three\n  four five six\n  seven eight\n");
	CU_ASSERT_STRING_EQUAL(plain(text, 1), "T\n  one\n  two\n  three\n  four\n  five\n  six\n  seven\n  eight\n");
	CU_ASSERT_STRING_EQUAL(plain(text, 0), "T\n  one two three four five six seven eight\n");
	CU_ASSERT_STRING_EQUAL(plain("- one two three\n- four\n", 9), "one two\n  three\nfour\n");
	CU_ASSERT_STRING_EQUAL(plain("Text\n\n- one two\n  three four\n- five\n\nMore.\n", 9),
			       "Text\n\none two\n  three\n  four\nfive\n\nMore.\n");
}

static void every_page_is_plain(void)
{
	const struct message_page *p;
	struct sink s;

	for (size_t i = 0; (p = message_page_at(i)); i++) {
		s = (struct sink){ { 0 }, 0, 0 };
		page_plain(p->text, 132, take, &s);
		CU_ASSERT_TRUE(s.octets > 200 && s.octets < sizeof(s.text));
		CU_ASSERT_PTR_NULL(strstr(s.text, "]("));
		CU_ASSERT_PTR_NULL(strchr(s.text, '`'));
		CU_ASSERT_PTR_NULL(strstr(s.text, "\n\n\n"));
		CU_ASSERT_PTR_NULL(strstr(s.text, "##"));
	}
}

/* A word that fits into no row. */
static void a_row_is_bounded(void)
{
	char page[5000];
	struct sink s = { { 0 }, 0, 0 };

	memset(page, 'x', sizeof(page));
	page[1200] = page[2500] = page[2510] = ' ';
	page[4500] = '\n';
	page[sizeof(page) - 1] = '\0';
	page_plain(page, 0, take, &s);
	CU_ASSERT_TRUE(s.longest < 1024);
}

/* --- the configuration on the pages ---- */

/* What a word in capitals stands for. */
static const char *const values[][2] = {
	{ "ADDRESS", "10.9.9.9" }, { "INTERFACE", "Ethernet0/0" }, { "KEY", "secret" },
	{ "KEYRING", "RING" },     { "KILOBYTES", "5000" },        { "MASK", "255.255.255.0" },
	{ "NAME", "name" },        { "NEXT-HOP", "10.1.1.9" },     { "NUMBER", "20" },
	{ "OCTETS", "1400" },      { "PREFIX", "2001:DB8::/32" },  { "PRIORITY", "20" },
	{ "RETRY", "3" },          { "SECONDS", "600" },
};

static const char *value_of(const char *word, size_t octets)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (octets == strlen(values[i][0]) && !memcmp(word, values[i][0], octets))
			return values[i][1];
	return NULL;
}

/* A line of configuration with values in the place of words in capitals. */
static void write_line(FILE *f, const char *p, const char *end)
{
	while (p < end) {
		const char *value;
		size_t n = 0;

		while (p + n < end && (isupper((unsigned char)p[n]) || p[n] == '-'))
			n++;
		value = value_of(p, n);
		fprintf(f, "%.*s", value ? 0 : (int)(n ? n : 1), p);
		fprintf(f, "%s", value ? value : "");
		p += n ? n : 1;
	}
	fprintf(f, "\n");
}

static void write_configuration(FILE *f)
{
	static const char title[] = "\n## Configuration\n";
	const struct message_page *p;

	fprintf(f, "hostname R2\nip domain name lab\ninterface Ethernet0/0\n ip address 10.1.1.2 255.255.255.0\n"
		   "interface Virtual-Template1 type tunnel\ncrypto keyring RING\n");
	for (size_t i = 0; (p = message_page_at(i)); i++) {
		const char *at = strstr(p->text, title);

		if (!at)
			continue;
		for (at += strlen(title); strncmp(at, "## ", 3); at += strcspn(at, "\n") + 1)
			if (!strncmp(at, "    ", 4))
				write_line(f, at + 4, at + strcspn(at, "\n"));
	}
}

/* Each line of them is one that this router understands. */
static void the_configuration_on_pages_is_accepted(void)
{
	char path[] = "/tmp/pages.XXXXXX", *out = NULL;
	const int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w"), *said;
	size_t octets = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	write_configuration(f);
	fclose(f);
	said = open_memstream(&out, &octets);
	CU_ASSERT_PTR_NOT_NULL_FATAL(said);
	CU_ASSERT_EQUAL(check_file(path, false, said), 0);
	fclose(said);
	unlink(path);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, " accepted, 0 kept, 0 rejected\n"));
	for (const char *l = out, *end; *l; l = end + 1) {
		char verdict[16];

		end = l + strcspn(l, "\n");
		if (sscanf(l, "line %*u: %15[a-z]", verdict) == 1 && strcmp(verdict, "accepted") != 0)
			printf("\n  %.*s", (int)(end - l), l);
	}
	CU_ASSERT_TRUE(octets > 5000);
	free(out);
}

/* --- near ---- */

static void near_messages_share_words(void)
{
	struct message_catalog *c = message_catalog_new();
	const struct message *out[5];
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	n = message_near(c, "ISAKMP: no acceptable phase 1 policy", 36, out, 5);
	CU_ASSERT_TRUE_FATAL(n >= 1 && n <= 5);
	CU_ASSERT_STRING_EQUAL(out[0]->name, "policy1_bad");
	n = message_near(c, "beginning Quick Mode exchange, of", 33, out, 5);
	CU_ASSERT_TRUE_FATAL(n >= 3);
	CU_ASSERT_STRING_EQUAL(out[0]->name, "quick_mode");
	CU_ASSERT_TRUE(!strcmp(out[1]->name, "aggressive_mode") || !strcmp(out[1]->name, "main_mode"));
	CU_ASSERT_TRUE(!strcmp(out[2]->name, "aggressive_mode") || !strcmp(out[2]->name, "main_mode"));
	n = message_near(c, "budding", 7, out, 5);
	CU_ASSERT_EQUAL_FATAL(n, 1);
	CU_ASSERT_STRING_EQUAL(out[0]->name, "budding");
	CU_ASSERT_TRUE(message_near(c, "retransmit", 10, out, 5) >= 4);
	CU_ASSERT_EQUAL(message_near(c, "retransmit", 10, out, 2), 2);
	CU_ASSERT_EQUAL(message_near(c, "zebra crossing", 14, out, 5), 0);
	CU_ASSERT_EQUAL(message_near(c, "budding zebra", 13, out, 5), 1); /* a rare word alone will do */
	CU_ASSERT_EQUAL(message_near(c, "peer zebra", 10, out, 5), 0);    /* a common one will not */
	CU_ASSERT_EQUAL(message_near(c, "", 0, out, 5), 0);
	CU_ASSERT_EQUAL(message_near(c, "ISAKMP IPSEC 0x12 1001", 22, out, 5), 0);
	message_catalog_free(c);
}

/* --- the command ---- */

static struct rig rig;

static void begin(void)
{
	static struct cmd_table tables[1];

	tables[0] = cmd_explain_message_table;
	rig = (struct rig){ 0 };
	rig_open_router(&rig, tables, 1, SESSION_TEST);
}

/* What the command says: the line that was typed itself is left out. */
static const char *says(const char *text)
{
	static char out[sizeof(rig.out)];
	char line[2048];
	size_t n = 0;

	rig_clear(&rig);
	snprintf(line, sizeof(line), "show crypto explain message %s", text);
	rig_type(&rig, line);
	for (size_t k = 0; k < rig.octets; k++)
		if (rig.out[k] != '\r')
			out[n++] = rig.out[k];
	out[n] = '\0';
	return strchr(out, '\n') ? strchr(out, '\n') + 1 : out;
}

#define BEGINS(text, with) CU_ASSERT_NSTRING_EQUAL(says(text), with, strlen(with))
#define HAS(text, part)    CU_ASSERT_PTR_NOT_NULL(strstr(says(text), part))

static void a_pasted_line_is_found(void)
{
	begin();
	BEGINS("*Sep 21 08:33:43.245: ISAKMP:(1011): sending packet to 2001:DB8::3 my_port 500 peer_port 500 (I) MM_KEY_EXCH",
	       "Message sending\n"
	       "    conn-id: 1011\n"
	       "    peer: 2001:DB8::3\n"
	       "    my port: 500\n"
	       "    peer port: 500\n"
	       "    I or R: I\n"
	       "    state: MM_KEY_EXCH\n"
	       "\n"
	       "Form:\n"
	       "    ISAKMP:(<conn-id>): sending packet to <peer> my_port <my port> peer_port <peer port> (<I or R>) <state>\n"
	       "\n"
	       "Form, 12.3:\n"
	       "    ISAKMP (0:<conn-id>): sending packet to <peer> (<I or R>) <state>\n"
	       "\n"
	       "Debug: debug crypto isakmp\n"
	       "Phase: any\n"
	       "\n"
	       "When\n"
	       "  Each IKE message that this router sends, also again.\n");
	BEGINS("000123: R2: *Sep 21 08:33:43: %CRYPTO-4-IKMP_NO_SA: IKE message from 10.0.0.1 has no SA and is not an "
	       "initialization offer",
	       "Message no_sa\n    peer: 10.0.0.1\n\nForm:\n");
	BEGINS("\"ISAKMP:(0):no offers accepted!\"", "Message no_offers\n    conn-id: 0\n\nForm:\n");
	BEGINS("ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer 10.0.0.1)",
	       "Message sa_deleting\n    conn-id: 0\n    reason: Death by retransmission P1\n    I or R: I\n"
	       "    state: MM_NO_STATE\n    peer: 10.0.0.1\n");
	BEGINS("  ISAKMP (1001): ID payload  ", "Message id\n    conn-id: 1001\n\nForm:\n");
	rig_close(&rig);
}

static void a_name_is_found(void)
{
	begin();
	BEGINS("sa_deleting", "Message sa_deleting\n\nForm:\n    ISAKMP:(<conn-id>):deleting SA reason");
	BEGINS("line_protocol", "Message line_protocol\n\nForm:\n    %LINEPROTO-5-UPDOWN: ");
	rig_close(&rig);
}

static void other_releases_are_told(void)
{
	begin();
	HAS("ISAKMP-ERROR: (0):No pre-shared key with 10.0.0.1!",
	    "    peer: 10.0.0.1\nIts prefix is that of 15.6 and later releases.\n");
	HAS("ISAKMP (0:1): beginning Main Mode exchange", "Its prefix is that of 12.3 and older releases.\n");
	HAS("ISAKMP:(1001):Detected port,floating to port = 4500",
	    "Message port_floating\n    conn-id: 1001\n\nForm:\n");
	HAS("%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=10.0.0.2, prot=50, "
	    "spi=0x12345678(305419896), srcaddr=10.0.0.1, input interface=Ethernet0/0",
	    "Message esp_invalid_spi\n");
	rig_close(&rig);
}

static void what_is_no_message_is_said(void)
{
	const char *text;

	begin();
	text = says("ISAKMP: zebra crossing");
	CU_ASSERT_NSTRING_EQUAL(text, "% None of ", 10);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " messages is like \"ISAKMP: zebra crossing\"\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "These have"));
	text = says("still budding");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " messages is like \"still budding\"\nThese have words of it:\n"
					    "  budding              ISAKMP:(<conn-id>):SA is still budding. "));
	rig_close(&rig);
}

static void every_message_can_be_asked_for(void)
{
	struct message_catalog *c = message_catalog_new();
	const struct message *m;
	char title[80];

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	begin();
	for (size_t i = 0; (m = message_at(c, i)); i++) {
		snprintf(title, sizeof(title), "Message %s\n", m->name);
		BEGINS(m->name, title);
	}
	rig_close(&rig);
	message_catalog_free(c);
}

static const struct unit_test tests[] = {
	{ "plain text has no marks", plain_text_has_no_marks },
	{ "plain text keeps to the width", plain_text_keeps_to_the_width },
	{ "every page is plain", every_page_is_plain },
	{ "a row is bounded", a_row_is_bounded },
	{ "the configuration on pages is accepted", the_configuration_on_pages_is_accepted },
	{ "near messages share words", near_messages_share_words },
	{ "a pasted line is found", a_pasted_line_is_found },
	{ "a name is found", a_name_is_found },
	{ "other releases are told", other_releases_are_told },
	{ "what is no message is said", what_is_no_message_is_said },
	{ "every message can be asked for", every_message_can_be_asked_for },
};
UNIT_MAIN("show crypto explain message", tests)
