/*
 * What a user types at a vty, with all of the router's commands: keys (also `?`, Tab, arrows, Return, Ctrl-Z), abbreviations, `no`,
 * `do`, `| include` and the other filters, --More--, in every mode. The loop is the terminal's own; the handlers are not: one
 * that does no harm stands in for all, prints some lines and asks for every argument.
 *
 * The first octet is the mode, the second the terminal. What a line was understood as, written out, is understood as the same;
 * what is printed has CR in front of each LF, and no line takes long, whatever it filters.
 *
 * libs: -Wl,--wrap=input_wait,--wrap=input_byte fuzz/no_exec.c -lresolv -lcli -lcrypto -lcrypt -lssh -lreadline -levent_core -lpthread
 */
#include "shell/session_int.h"
#include "shell/tables.h"
#include "shell/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEYS_MOST 2048
#define LINE_S    3 /* of processor time, with sanitizers */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
enum input_event __wrap_input_wait(struct input *in, int other_fd, int timeout_ms);
int __wrap_input_byte(struct input *in);

static const uint8_t *keys, *keys_end;
static char last_printed;
static struct timespec began;

static void demand(bool good)
{
	if (!good)
		abort();
}

/* --- a terminal ---- */

static void check_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	demand(now.tv_sec - began.tv_sec <= LINE_S);
	began = now;
}

static int key(void *ctx)
{
	(void)ctx;
	return keys < keys_end ? *keys++ : -1;
}

enum input_event __wrap_input_wait(struct input *in, int other_fd, int timeout_ms)
{
	(void)in, (void)other_fd, (void)timeout_ms;
	check_time();
	return keys < keys_end ? INPUT_BYTE : INPUT_CLOSED;
}

int __wrap_input_byte(struct input *in)
{
	(void)in;
	return key(NULL);
}

static void printed(void *ctx, const char *bytes, size_t octets)
{
	(void)ctx;
	for (size_t i = 0; i < octets; i++) {
		demand(bytes[i] != '\n' || last_printed == '\r');
		last_printed = bytes[i];
	}
}

static bool same_window(void *ctx, unsigned *rows, unsigned *columns)
{
	(void)ctx, (void)rows, (void)columns;
	return false;
}

static void nothing(void *ctx)
{
	(void)ctx;
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

/* --- the handler ---- */

static void ask_for(const struct cmd_match *m, const struct tok *t)
{
	const int64_t n = cmd_num(m, t->name, t->min);
	struct ip_prefix prefix;
	struct ip_addr address;
	int64_t all[4];

	if (!t->name)
		return;
	demand(t->kind != TOK_NUM || (n >= t->min && n <= t->max));
	cmd_nums(m, t->name, all, 4);
	if (cmd_addr(m, t->name, &address))
		demand(ip_octets(&address));
	if (cmd_prefix(m, t->name, &prefix))
		demand(prefix.len <= 8 * ip_octets(&prefix.addr));
	if (cmd_text(m, t->name))
		demand(cmd_has(m, t->name) && cmd_position(m, t->name));
	demand(!cmd_at(m, t->name) || cmd_has(m, t->name));
}

/* Written out in full it is the same row with the same words. */
static void again(const struct session *s, const struct cmd_match *m)
{
	const struct cmd *row = cmd_of(m);
	struct cmd_scope scope = session_scope(s, row->mode);
	const size_t size = strlen(cmd_line(m)) + sizeof("default ");
	char *line = malloc(size);
	struct cmd_parsed parsed;

	demand(line != NULL);
	snprintf(line, size, "%s%s", cmd_is_default(m) ? "default " : cmd_is_no(m) ? "no " : "", cmd_line(m));
	cmd_parse(&scope, line, 0, strlen(line), &parsed);
	if (parsed.status != CMD_PARSED || cmd_of(parsed.match) != row ||
	    strcmp(cmd_line(parsed.match), cmd_line(m)) != 0) {
		fprintf(stderr, "mode %d: '%s'\n", (int)row->mode, line);
		abort();
	}
	cmd_match_free(parsed.match);
	free(line);
}

static enum cmd_result harmless(struct session *s, const struct cmd_match *m)
{
	const struct cmd *row = cmd_of(m);

	for (const struct tok *t = row->tokens; t < row->tokens + CMD_TOKENS && t->kind != TOK_END; t++) {
		ask_for(m, t);
		for (const struct cmd_opt *o = t->kind == TOK_OPTS ? t->opts : NULL; o && o->keyword; o++)
			if (o->value)
				ask_for(m, o->value);
	}
	again(s, m);
	session_line(s, "%s", cmd_line(m));
	session_line(s, "interface Ethernet0/0");
	session_line(s, " ip address 10.0.0.1 255.255.255.0");
	session_line(
		s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	session_line(s, "%s", "");
	session_text(s, "!");
	session_line(s, "Crypto Map: \"VPN\" 10 ipsec-isakmp\n\tPeer = 10.0.0.2, {esp-aes}");
	if (row->mode == MODE_EXEC && !strcmp(row->tokens[0].name, "configure"))
		session_enter(s, MODE_CONFIG, NULL);
	return CMD_OK;
}

static struct cmd_table *tables(size_t *count)
{
	static struct cmd_table all[TABLES_ALL];
	static size_t n;

	for (size_t i = n ? TABLES_ALL : 0; i < TABLES_ALL; i++) {
		struct cmd *rows;

		if (!n)
			n = tables_all(all);
		rows = calloc(all[i].count, sizeof(*rows));
		demand(rows != NULL && n == TABLES_ALL);
		memcpy(rows, all[i].cmds, all[i].count * sizeof(*rows));
		for (size_t k = 0; k < all[i].count; k++)
			rows[k].handler = harmless;
		all[i].cmds = rows;
	}
	*count = n;
	return all;
}

/* --- what is typed comes from the tables: a row, in its mode, its words cut short here and there ---- */

struct typing {
	char text[1024];
	size_t octets;
	unsigned seed;
};

static unsigned dice(struct typing *t, unsigned sides)
{
	t->seed = t->seed * 1103515245u + 12345u;
	return (t->seed >> 16) % sides;
}

static void type_word(struct typing *t, const char *word, bool cut)
{
	size_t n = strlen(word);

	if (cut && n && !dice(t, 3))
		n = 1 + dice(t, (unsigned)n);
	if (t->octets + n + 1 > sizeof(t->text))
		return;
	memcpy(t->text + t->octets, word, n);
	t->octets += n;
	t->text[t->octets++] = ' ';
}

static void type_choice(struct typing *t, const struct cmd_choice *c)
{
	unsigned n = 0;

	while (c[n].keyword)
		n++;
	type_word(t, c[n ? dice(t, n) : 0].keyword, true);
}

static void type_token(struct typing *t, const struct tok *k)
{
	static const char *const words[] = { "R3", "x", "10", "flash:a/b", "VPN", "|", "0", "a-b_c", "10.0.0.0/8" };
	static const char *const ip6[] = { "2001:DB8::1", "::", "FE80::1", "2001:DB8::/32", "::/0" };
	static const char *const interfaces[] = { "Ethernet0/0", "tunnel 1", "lo0", "g0/1", "Gi 0/0 - 3 , Tunnel 1 - 2",
						  "vlan1" };
	const struct cmd_opt *o = k->opts;
	char number[32];
	unsigned n = 0;

	switch (k->kind) {
	case TOK_KW:
		type_word(t, k->name, true);
		return;
	case TOK_NUM:
		snprintf(number, sizeof(number), "%lld",
			 (long long)(dice(t, 4) ? k->min + (int64_t)dice(t, 32768) % (k->max - k->min + 1) : k->max));
		type_word(t, number, false);
		return;
	case TOK_WORD:
	case TOK_LINE:
		type_word(t, words[dice(t, sizeof(words) / sizeof(words[0]))], false);
		return;
	case TOK_IP4:
		type_word(t, dice(t, 2) ? "10.0.0.1" : "255.255.255.0", false);
		return;
	case TOK_IP6:
	case TOK_IP6_PREFIX:
		type_word(t, ip6[dice(t, sizeof(ip6) / sizeof(ip6[0]))], false);
		return;
	case TOK_IFNAME:
	case TOK_IFRANGE:
		type_word(t, interfaces[dice(t, sizeof(interfaces) / sizeof(interfaces[0]))], false);
		return;
	case TOK_PICK:
		type_choice(t, k->choices);
		return;
	case TOK_OPTS:
		while (o[n].keyword)
			n++;
		for (unsigned times = dice(t, 3); n && times; times--) {
			const struct cmd_opt *one = &o[dice(t, n)];

			type_word(t, one->keyword, true);
			if (one->value)
				type_token(t, one->value);
			if (one->second)
				type_token(t, one->second);
		}
		return;
	case TOK_GRAPH:
		for (const struct cmd_node *at = k->graph; at->count && !(at->end && dice(t, 2));) {
			const struct cmd_edge *e = &at->edges[dice(t, (unsigned)at->count)];

			type_token(t, &e->tok);
			at = &k->graph[e->to];
			if (t->octets > sizeof(t->text) / 2)
				return;
		}
		return;
	case TOK_END:
		return;
	}
}

static const struct cmd *some_row(struct typing *t, unsigned mode)
{
	const struct cmd *row = NULL;
	size_t count;
	const struct cmd_table *all = tables(&count);

	for (unsigned tries = 64; tries; tries--) {
		const struct cmd_table *table = &all[dice(t, (unsigned)count)];

		row = &table->cmds[dice(t, (unsigned)table->count)];
		if (row->mode == mode || (row->mode == MODE_CONFIG && mode != MODE_EXEC && !dice(t, 8)))
			break;
	}
	return row;
}

/* A line, or the beginning of one, and the key that ends it. */
static void type_row(struct typing *t, unsigned mode)
{
	static const char *const filters[] = { "| include ",        "| s exc ",           "| beg ^a*b",
					       "| c [A-Z]+(a|_)*$", "| redirect flash:x", "| exclude (((a+)+)+)+$",
					       "| i (a|aa|.*)*_c",  "| sec [^]a-]" };
	static const char *const ends[] = { "\r", "?",    "\t",    "\r\r",        "\x1b[A\r",
					    " ?", "\x1a", "\x01?", "\x02\x02?\r", "\x17\t" };
	const struct cmd *row = some_row(t, mode);
	unsigned words = 0;

	if (mode != MODE_EXEC && !dice(t, 8))
		type_word(t, "do", false);
	if (!dice(t, 4))
		type_word(t, dice(t, 3) ? "no" : "default", false);
	while (words < CMD_TOKENS && row->tokens[words].kind != TOK_END)
		words++;
	words = dice(t, 3) ? words : dice(t, words + 1);
	for (unsigned i = 0; i < words; i++)
		type_token(t, &row->tokens[i]);
	if (mode == MODE_EXEC && !dice(t, 3))
		type_word(t, filters[dice(t, sizeof(filters) / sizeof(filters[0]))], false);
	if (t->octets && dice(t, 2))
		t->octets--;
	type_word(t, ends[dice(t, sizeof(ends) / sizeof(ends[0]))], false);
	t->octets--;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
	struct typing t = { .seed = seed };
	size_t at;

	if (size < 2 || dice(&t, 2))
		return LLVMFuzzerMutate(data, size, room);
	type_row(&t, data[0] % MODE_COUNT);
	if (size > KEYS_MOST / 2)
		size = 2;
	if (size + t.octets > room)
		return LLVMFuzzerMutate(data, size, room);
	at = 2 + dice(&t, (unsigned)(size - 2 + 1));
	if (dice(&t, 2))
		at = size;
	memmove(data + at + t.octets, data + at, size - at);
	memcpy(data + at, t.text, t.octets);
	return size + t.octets;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const objects[MODE_COUNT] = {
		[MODE_IF] = "Tunnel1",       [MODE_LINE] = "vty 0 4",      [MODE_ISAKMP_POLICY] = "10",
		[MODE_STANDARD_ACL] = "10",  [MODE_KEYRING] = "K",         [MODE_ISAKMP_PEER] = "10.0.0.2",
		[MODE_EXTENDED_ACL] = "VPN", [MODE_IPV6_ACL] = "SIX",      [MODE_TRANSFORM_SET] = "TS",
		[MODE_IPSEC_PROFILE] = "P",  [MODE_ISAKMP_PROFILE] = "IP",
	};
	static struct shell sh;
	static struct session
		*s; /* a thousand rows are registered for each: once will do, as long as it is not closed */
	const struct session_io io = { .write = printed, .read = key };
	struct term t = { .window = same_window, .typed = nothing, .over = never };

	if (size < 3 || size > KEYS_MOST)
		return 0;
	if (!sh.config) {
		sh.config = config_new();
		demand(sh.config != NULL);
		sh.tables = tables(&sh.table_count);
		sh.config->no_domain_lookup = true;
	}
	if (!s)
		s = session_new(&sh, SESSION_TEST, &io, "test");
	demand(s != NULL);
	session_enter(s, (enum cmd_mode)(data[0] % MODE_COUNT), objects[data[0] % MODE_COUNT]);
	session_set_privilege(s, data[1] & 1 ? 1 : 15);
	*session_terminal(s) = (struct session_terminal){ .width = data[1] & 2   ? 30
								   : data[1] & 4 ? 0
										 : 80,
							  .length = data[1] & 8 ? 3 : 0,
							  .history_size = data[1] & 16 ? 1 : 20,
							  .no_editing = data[1] & 32 };
	history_clear(&s->exec_history);
	history_clear(&s->config_history);
	keys = data + 2;
	keys_end = data + size;
	last_printed = '\0';
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
	t.session = s;
	term_run(&t);
	if (s->closed) {
		session_free(s);
		s = NULL;
	}
	return 0;
}
