/* The line editor: what the keys do to the line, and which bytes reach the terminal. */
#include "tests/unit/unit.h"

#include "shell/edit.h"

#include <stdio.h>
#include <string.h>

static char out[16384];
static size_t octets;
static struct screen screen;
static struct edit edit;
static struct history history;

static void put(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	CU_ASSERT_FATAL(octets + n < sizeof(out));
	memcpy(out + octets, bytes, n);
	octets += n;
	out[octets] = '\0';
}

static void begin(size_t prompt, unsigned width)
{
	screen = (struct screen){ .write = put };
	screen_begin(&screen, prompt, width);
	memset(&edit, 0, sizeof(edit));
	edit_begin(&edit, &screen, &history);
	octets = 0;
	out[0] = '\0';
}

static enum edit_event type(const char *keys)
{
	enum edit_event event = EDIT_NONE;

	for (; *keys; keys++)
		event = edit_key(&edit, (unsigned char)*keys);
	return event;
}

/* What was sent since the last time. */
static bool sent(const char *want)
{
	bool same = !strcmp(out, want);

	if (!same)
		printf("\nwanted \"%s\", sent \"%s\"\n", want, out);
	octets = 0;
	out[0] = '\0';
	return same;
}

static void test_echo(void)
{
	begin(3, 80);
	type("show");
	CU_ASSERT_TRUE(sent("show"));
	type("\b");
	CU_ASSERT_TRUE(sent("\b \b"));
	type("\x01"
	     "X");
	CU_ASSERT_TRUE(sent("\b\b\bXsho\b\b\b"));
	CU_ASSERT_STRING_EQUAL(edit.text, "Xsho");
	type("\x04");
	CU_ASSERT_TRUE(sent("ho \b\b\b"));
	type("\x05w\x02\x02\x06");
	CU_ASSERT_STRING_EQUAL(edit.text, "Xhow");
	CU_ASSERT_EQUAL(edit.point, 3);
	CU_ASSERT_TRUE(sent("how\b\bo"));
	CU_ASSERT_EQUAL(type("\r"), EDIT_LINE);
	CU_ASSERT_TRUE(sent(""));
	/* CR LF and CR NUL are one Return */
	CU_ASSERT_EQUAL(edit_key(&edit, '\n'), EDIT_NONE);
	CU_ASSERT_EQUAL(edit_key(&edit, '\n'), EDIT_LINE);
}

static void test_keys(void)
{
	begin(3, 80);
	type("show ip route");
	type("\x17");
	CU_ASSERT_STRING_EQUAL(edit.text, "show ip ");
	type("\x19");
	CU_ASSERT_STRING_EQUAL(edit.text, "show ip route");
	type("\033b\033b\013");
	CU_ASSERT_STRING_EQUAL(edit.text, "show ");
	type("\x01\033f!");
	CU_ASSERT_STRING_EQUAL(edit.text, "show! ");
	type("\x01\033d");
	CU_ASSERT_STRING_EQUAL(edit.text, " ");
	type("\x05"
	     "ab\x14");
	CU_ASSERT_STRING_EQUAL(edit.text, " ba");
	type("\x15");
	CU_ASSERT_STRING_EQUAL(edit.text, "");
	type("a\x16?b");
	CU_ASSERT_STRING_EQUAL(edit.text, "a?b");
	type("\033[D\033OD\033[3~X");
	CU_ASSERT_STRING_EQUAL(edit.text, "aX?b");
	type("\x05\x15one two three\x01\033c\033u\033L");
	CU_ASSERT_STRING_EQUAL(edit.text, "One TWO three");
	CU_ASSERT_EQUAL(edit.point, 13);
	type("\033\x7f\033\b");
	CU_ASSERT_STRING_EQUAL(edit.text, "One ");
	CU_ASSERT_EQUAL(type("?"), EDIT_HELP);
	CU_ASSERT_EQUAL(type("\t"), EDIT_TAB);
	CU_ASSERT_EQUAL(type("\x03"), EDIT_BREAK);
	CU_ASSERT_EQUAL(type("\x1a"), EDIT_END);
	CU_ASSERT_EQUAL(type("\x12"), EDIT_REDRAW);
	CU_ASSERT_EQUAL(type("\x0c"), EDIT_REDRAW);
}

static void test_history(void)
{
	history_add(&history, "first", 5, 3);
	history_add(&history, "second", 6, 3);
	history_add(&history, "second", 6, 3);
	history_add(&history, "third", 5, 3);
	history_add(&history, "fourth", 6, 3);
	CU_ASSERT_EQUAL(history.count, 3);
	begin(3, 80);
	type("dra");
	type("\x10");
	CU_ASSERT_STRING_EQUAL(edit.text, "fourth");
	type("\033[A\033[A");
	CU_ASSERT_STRING_EQUAL(edit.text, "second");
	octets = 0;
	type("\x10");
	CU_ASSERT_TRUE(sent("\a"));
	type("\x0e\x0e\033[B");
	CU_ASSERT_STRING_EQUAL(edit.text, "dra");
	type("\x0e");
	CU_ASSERT_STRING_EQUAL(edit.text, "dra");
	history_clear(&history);
}

static void test_long_line(void)
{
	/* 30 columns, prompt 3: 26 characters fit */
	begin(3, 30);
	type("abcdefghijklmnopqrstuvwxy");
	CU_ASSERT_TRUE(sent("abcdefghijklmnopqrstuvwxy"));
	type("z");
	CU_ASSERT_TRUE(sent("\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b"
			    "$lmnopqrstuvwxyz         "
			    "\b\b\b\b\b\b\b\b\b"));
	type("12345");
	CU_ASSERT_TRUE(sent("12345"));
	type("\x01");
	CU_ASSERT_TRUE(!strncmp(out, "\b\b\b", 3));
	CU_ASSERT_PTR_NOT_NULL(strstr(out, "abcdefghijklmnopqrstuvwxy$"));
	CU_ASSERT_EQUAL(screen.cursor, 0);
	CU_ASSERT_STRING_EQUAL(edit.text, "abcdefghijklmnopqrstuvwxyz12345");
	/* without a width nothing scrolls */
	begin(3, 0);
	for (int i = 0; i < 600; i++)
		type("a");
	CU_ASSERT_EQUAL(octets, 600);
	for (int i = 600; i < EDIT_SIZE - 1; i++)
		type("a");
	CU_ASSERT_EQUAL(strlen(edit.text), EDIT_SIZE - 1);
	octets = 0;
	type("a");
	CU_ASSERT_TRUE(sent("\a"));
	CU_ASSERT_EQUAL(strlen(edit.text), EDIT_SIZE - 1);
}

static const struct unit_test tests[] = {
	{ "echo", test_echo },
	{ "keys", test_keys },
	{ "history", test_history },
	{ "long line", test_long_line },
};
UNIT_MAIN("edit", tests)
