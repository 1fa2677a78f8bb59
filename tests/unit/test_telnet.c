/* Telnet's octets: options, line ends, interrupts, and what comes cut anywhere or in a flood. */
#include "tests/unit/unit.h"

#include "shell/telnet.h"

#include <stdio.h>
#include <string.h>

struct end {
	struct telnet t;
	uint8_t typed[8192], sent[4096];
	size_t typed_octets, sent_octets;
	unsigned rows, columns, windows;
};

static void typed(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct end *e = ctx;

	CU_ASSERT_FATAL(octets <= sizeof(e->typed) - e->typed_octets);
	memcpy(e->typed + e->typed_octets, bytes, octets);
	e->typed_octets += octets;
}

static void answer(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct end *e = ctx;

	CU_ASSERT_FATAL(octets <= sizeof(e->sent) - e->sent_octets);
	memcpy(e->sent + e->sent_octets, bytes, octets);
	e->sent_octets += octets;
}

static void window(void *ctx, unsigned rows, unsigned columns)
{
	struct end *e = ctx;

	e->rows = rows;
	e->columns = columns;
	e->windows++;
}

static void begin(struct end *e, bool client)
{
	memset(e, 0, sizeof(*e));
	e->t = (struct telnet){
		.ctx = e, .typed = typed, .answer = answer, .window = client ? NULL : window, .client = client
	};
	telnet_begin(&e->t);
}

static bool is(const uint8_t *got, size_t octets, const char *want, size_t want_octets)
{
	return octets == want_octets && !memcmp(got, want, want_octets);
}
#define TYPED(e, text) is((e)->typed, (e)->typed_octets, text, sizeof(text) - 1)
#define SENT(e, text)  is((e)->sent, (e)->sent_octets, text, sizeof(text) - 1)

static void take(struct end *e, const char *bytes, size_t octets)
{
	telnet_take(&e->t, (const uint8_t *)bytes, octets);
}
#define TAKE(e, text) take(e, text, sizeof(text) - 1)

#define OFFERS "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f"

/* What Debian's client sends to an IOS router, and what is typed then. */
static const char session[] = "\xff\xfd\x01\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1f" /* yes to all */
			      "\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0"         /* 255 columns, 24 rows */
			      "show clock\r\0en\r\nx\ny\xff\xff"
			      "\xff\xf4\xff\xfd\x06" /* IP, and is it there yet? */
			      "\xff\xf3z\xff\xf7\xff\xf8\xff\xf1\xff\xf9\xff\xf5\xff\xf6\xff\xf2"
			      "\xff\xfa\x1f\x00\x64\x00\x32\xff\xf0"
			      "q\0\0w";
#define SESSION_TYPED  "show clock\ren\rx\ny\xff\x1e\x1ez\x7f\x15qw"
#define SESSION_ANSWER OFFERS "\xff\xfc\x06"

static void check_session(struct end *e)
{
	CU_ASSERT_TRUE(TYPED(e, SESSION_TYPED));
	CU_ASSERT_TRUE(SENT(e, SESSION_ANSWER));
	CU_ASSERT_EQUAL(e->windows, 2);
	CU_ASSERT_EQUAL(e->rows, 50);
	CU_ASSERT_EQUAL(e->columns, 100);
}

static void test_session(void)
{
	struct end e;

	begin(&e, false);
	CU_ASSERT_TRUE(SENT(&e, OFFERS));
	TAKE(&e, session);
	check_session(&e);
}

static void test_cut_anywhere(void)
{
	struct end e;

	for (size_t at = 0; at < sizeof(session); at++) {
		begin(&e, false);
		take(&e, session, at);
		take(&e, session + at, sizeof(session) - 1 - at);
		check_session(&e);
	}
	begin(&e, false);
	for (size_t i = 0; i + 1 < sizeof(session); i++)
		take(&e, session + i, 1);
	check_session(&e);
}

static void test_options(void)
{
	struct end e;

	/* an answer to what was offered is not answered, and what is in force is not acknowledged again */
	begin(&e, false);
	TAKE(&e, "\xff\xfd\x01\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f\xff\xfb\x1f");
	CU_ASSERT_TRUE(SENT(&e, OFFERS));
	/* off and on again; what is refused; what was refused already */
	begin(&e, false);
	TAKE(&e,
	     "\xff\xfd\x01\xff\xfe\x01\xff\xfe\x01\xff\xfd\x01\xff\xfb\x01\xff\xfd\x18\xff\xfb\x22\xff\xfe\x22\xff\xfb\xfe");
	CU_ASSERT_TRUE(SENT(&e, OFFERS "\xff\xfc\x01\xff\xfb\x01\xff\xfe\x01\xff\xfc\x18\xff\xfe\x22\xff\xfe\xfe"));
	/* a refusal */
	begin(&e, false);
	TAKE(&e, "\xff\xfe\x01\xff\xfe\x03\xff\xfc\x18\xff\xfc\x1f\xff\xfb\x1f");
	CU_ASSERT_TRUE(SENT(&e, OFFERS "\xff\xfd\x1f"));
	/* SUPPRESS-GO-AHEAD of the other side */
	begin(&e, false);
	TAKE(&e, "\xff\xfb\x03\xff\xfb\x03\xff\xfc\x03");
	CU_ASSERT_TRUE(SENT(&e, OFFERS "\xff\xfd\x03\xff\xfe\x03"));
}

static void test_client(void)
{
	struct end e;

	begin(&e, true);
	CU_ASSERT_EQUAL(e.sent_octets, 0);
	TAKE(&e, OFFERS "\r\nUser\r\0");
	CU_ASSERT_TRUE(SENT(&e, "\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f"));
	CU_ASSERT_TRUE(TYPED(&e, "\r\nUser\r"));
	TAKE(&e, "\xff\xfa\x1f\x00\x64\x00\x32\xff\xf0");
	CU_ASSERT_EQUAL(e.windows, 0);
}

static void test_floods(void)
{
	static const char verbs[] = "\xfb\xfc\xfd\xfe";
	struct end e;
	char many[300];

	/* only so much is answered; what is typed is heard all the same */
	begin(&e, false);
	for (int i = 0; i < 100000; i++)
		take(&e, (const char[]){ '\xff', verbs[i % 4], (char)(i / 4) }, 3);
	CU_ASSERT_EQUAL(e.sent_octets, sizeof(OFFERS) - 1 + 3 * TELNET_ANSWERS);
	TAKE(&e, "ab\xff\xfd\x55\xff\xfd\x55\xff\xfd\x55");
	CU_ASSERT_TRUE(TYPED(&e, "ab"));
	CU_ASSERT_EQUAL(e.sent_octets, sizeof(OFFERS) - 1 + 3 * (TELNET_ANSWERS + 2));
	/* a switch that goes to and fro */
	begin(&e, false);
	for (int i = 0; i < 1000; i++)
		TAKE(&e, "\xff\xfe\x01\xff\xfd\x01");
	CU_ASSERT_EQUAL(e.sent_octets, sizeof(OFFERS) - 1 + 3 * TELNET_ANSWERS);
	/* a subnegotiation that is long, and one that never ends */
	begin(&e, false);
	memset(many, 0x1f, sizeof(many));
	TAKE(&e, "\xff\xfa");
	for (int i = 0; i < 1000; i++)
		take(&e, many, sizeof(many));
	CU_ASSERT_EQUAL(e.typed_octets + e.windows, 0);
	TAKE(&e, "\xff\xf0x\xff\xfa\x1f\x00\x50\x00\x18\x00\xff\xf0\xff\xfa\x1f\x00\x50\x00\xff\xf0y");
	CU_ASSERT_TRUE(TYPED(&e, "xy"));
	CU_ASSERT_EQUAL(e.windows, 0);
	/* another command ends it, too */
	TAKE(&e, "\xff\xfa\x18\xff\xfd\x01z");
	CU_ASSERT_TRUE(TYPED(&e, "xyz"));
}

/* A line of 4 KiB and longer, and NULs, reach the editor as they are; the NULs do not. */
static void test_long_lines(void)
{
	static char line[6000];
	struct end e;

	begin(&e, false);
	memset(line, 'x', sizeof(line));
	for (size_t i = 0; i < sizeof(line); i += 3)
		line[i] = '\0';
	take(&e, line, sizeof(line));
	CU_ASSERT_EQUAL(e.typed_octets, 4000);
	CU_ASSERT_PTR_NULL(memchr(e.typed, '\0', e.typed_octets));
}

static void test_encode(void)
{
	static const char text[] = "R2#\xff\r\n\ra\r";
	uint8_t out[2 * sizeof(text)];
	size_t n = telnet_encode(text, sizeof(text) - 1, out);

	CU_ASSERT_TRUE(is(out, n, "R2#\xff\xff\r\n\r\0a\r\0", 12));
}

static const struct unit_test tests[] = {
	{ "a session", test_session }, { "cut anywhere", test_cut_anywhere },
	{ "options", test_options },   { "as the client", test_client },
	{ "floods", test_floods },     { "long lines and NULs", test_long_lines },
	{ "encoding", test_encode },
};
UNIT_MAIN("telnet", tests)
