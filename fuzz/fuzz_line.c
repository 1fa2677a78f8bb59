/*
 * What a user types: keys through the line editor, then the line through help, Tab and the matcher, in every mode.
 *
 * The first octet chooses the mode and the width of the terminal. The screen that the editor keeps must be what a
 * terminal shows that got its bytes.
 *
 * libs: -lresolv -lcli -lcrypto -lcrypt -pthread
 */
#include "fuzz/no_router.h"
#include "shell/cmd_session.h"
#include "shell/edit.h"
#include "shell/session.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

/* --- commands that use every kind of token ---- */

static enum cmd_result accepted(struct session *s, const struct cmd_match *m)
{
	struct ip_prefix p;
	struct ip_addr a;

	cmd_addr(m, "address", &a);
	cmd_prefix(m, "prefix", &p);
	demand(cmd_num(m, "number", 1) >= 1 && cmd_num(m, "number", 1) <= 10000);
	session_line(s, "%s", cmd_line(m));
	return CMD_OK;
}

static enum cmd_result enter(struct session *s, const struct cmd_match *m)
{
	if (!cmd_is_no(m))
		session_enter(s, MODE_IF, cmd_text(m, "interface"));
	return CMD_OK;
}

static const struct tok number_value = NUM("number", 1, 10000, "A number");
static const struct tok source_value = IFNAME("source", "An interface");
static const struct cmd_opt options[] = {
	{ "repeat", "repeat", "Repeat count", &number_value },
	{ "source", "source", "Source", &source_value },
	{ "df-bit", "df-bit", "Do not fragment", NULL },
	{ 0 },
};
static const struct cmd_choice choices[] = {
	{ "1", "One", 1 },
	{ "14", "Fourteen", 14 },
	{ "tunnel", "Tunnel", 2 },
	{ 0 },
};

static const struct cmd commands[] = {
	{ MODE_EXEC, 1, 0, { KW("show", "Show"), KW("ip", "IP"), IFNAME("interface", "Interface") }, accepted },
	{ MODE_EXEC, 1, 0, { KW("show", "Show"), KW("ipv6", "IPv6"), IP6("address", "Address") }, accepted },
	{ MODE_EXEC, 1, CMD_NO, { KW("ping", "Ping"), IP4("address", "Address"), OPTS(options) }, accepted },
	{ MODE_EXEC, 1, 0, { KW("ping", "Ping"), WORD("name", "Name"), OPTS(options) }, accepted },
	{ MODE_CONFIG, 15, CMD_NO, { KW("interface", "Interface"), IFNAME("interface", "Interface") }, enter },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("ip", "IP"), KW("route", "Route"), IP6PREFIX("prefix", "Prefix"), NUM("number", 1, 10000, "Number") },
	  accepted },
	{ MODE_IF, 15, CMD_NO | CMD_DEFAULT, { KW("description", "Description"), LINE("text", "Text") }, accepted },
	{ MODE_IF, 15, CMD_NO, { KW("mode", "Mode"), PICK("mode", choices) }, accepted },
};

/* --- a terminal that understands what the editor sends ---- */

struct terminal {
	char line[2 * EDIT_SIZE];
	size_t cursor;
};

static void show(void *ctx, const char *bytes, size_t octets)
{
	struct terminal *t = ctx;

	for (size_t i = 0; i < octets; i++) {
		if (bytes[i] == '\b') {
			demand(t->cursor > 0);
			t->cursor--;
		} else if (bytes[i] != '\a') {
			demand(t->cursor < sizeof(t->line));
			t->line[t->cursor++] = bytes[i];
		}
	}
}

static void type(struct edit *e, struct terminal *t, uint8_t key)
{
	struct screen *s = e->screen;

	edit_key(e, key);
	demand(e->point <= e->octets && e->octets < EDIT_SIZE && e->text[e->octets] == '\0');
	demand(t->cursor == s->cursor && !memcmp(t->line, s->shown, s->octets));
	for (size_t i = s->octets; i < sizeof(t->line) && t->line[i]; i++)
		demand(t->line[i] == ' ');
}

/* --- a session whose terminal is nowhere ---- */

static void drop(void *ctx, const char *bytes, size_t octets)
{
	(void)ctx;
	(void)bytes;
	(void)octets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cmd_table tables[2] = { CMD_TABLE(commands) };
	struct shell shell = { .tables = tables, .table_count = 2, .config = config_new() };
	struct terminal terminal = { 0 };
	struct screen screen = { .ctx = &terminal, .write = show };
	struct history history = { 0 };
	struct edit edit = { 0 };
	struct session *s;
	char completed[EDIT_SIZE];

	tables[1] = cmd_session_table;
	if (!size || !shell.config)
		goto out;
	s = session_new(&shell, SESSION_TEST, &(struct session_io){ .write = drop }, "test");
	demand(s != NULL);
	if (data[0] & 1)
		session_enter(s, MODE_CONFIG, NULL);
	if (data[0] & 2)
		session_enter(s, MODE_IF, "Tunnel1");
	history_add(&history, "show ip", 7, 20);
	history_add(&history, "a line that is longer than the terminal is wide", 47, 20);
	screen_begin(&screen, 3, data[0] & 4 ? 30 : 0);
	edit_begin(&edit, &screen, &history);
	for (size_t i = 1; i < size; i++)
		type(&edit, &terminal, data[i]);
	session_help(s, edit.text);
	if (session_complete(s, edit.text, completed, sizeof(completed)))
		demand(strlen(completed) > strlen(edit.text) - 1);
	session_run(s, edit.text);
	session_free(s);
	history_clear(&history);
out:
	config_free(shell.config);
	return 0;
}
