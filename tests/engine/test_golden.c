/*
 * The document's two routers: every line of both transcripts is printed, in their order and byte for byte but for
 * timestamps, pointers, handles, conn-ids, message IDs, SPIs and remaining lifetimes.
 */
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What follows these is a number that may differ, unless it is a plain 0. */
static const char *const masks[] = {
	"peer = 0x",     "peer_handle = 0x", "sa = 0x",        "sa = ",        "peer struct 0x",    "successfully ",
	"sadb_root ",    "ISAKMP:(",         "ISAKMP (",       "sa_conn_id= ", "M-ID of ",          "Node ",
	"message ID = ", "new node ",        "deleting node ", "sa_spi= 0x",   "(k/sec)= (4608000/"
};

static void mask(char *line)
{
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		char *at = line;

		while ((at = strstr(at, masks[i]))) {
			size_t n = 0;

			at += strlen(masks[i]);
			n = strspn(at, "-0123456789ABCDEFabcdef");
			if (n == 0 || (n == 1 && *at == '0'))
				continue;
			/* a word is not a number */
			if (at[n] == 'x' || isalpha((unsigned char)at[n]))
				continue;
			*at = '#';
			memmove(at + 1, at + n, strlen(at + n) + 1);
			if (at[1] == '(') { /* an SPI in decimal */
				n = strcspn(at + 2, ")");
				memmove(at + 2, at + 2 + n, strlen(at + 2 + n) + 1);
			}
		}
	}
}

/* The router's and the shell's own lines, the markers, and the line whose text is not certain. */
static bool not_ours(const char *line)
{
	return !strncmp(line, "### ", 4) || strstr(line, "(config-if)#") ||
	       strstr(line, "sa ident sadb root initialize created");
}

static void compare(struct pair *p, int side, const char *file)
{
	const char *srcdir = getenv("srcdir");
	char path[512], line[512], said[512];
	struct pair_side *s = &p->side[side];
	size_t at = 0, count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/golden/%s", srcdir ? srcdir : ".", file);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f)) {
		char *text = line;
		bool found = false;
		size_t from = at;

		line[strcspn(line, "\n")] = '\0';
		if (not_ours(line))
			continue;
		if (line[0] == '*')
			text = strstr(line, ": ") + 2;
		mask(text);
		while (at < s->line_count && !found) {
			snprintf(said, sizeof(said), "%s", s->lines[at++]);
			mask(said);
			found = !strcmp(said, text);
		}
		count++;
		if (!found) {
			printf("\n%s: missing after line %zu of the log: |%s|\n", file, from, text);
			at = from;
		}
		CU_ASSERT_TRUE(found);
	}
	fclose(f);
	CU_ASSERT_TRUE(count > 100);
}

static void document(void)
{
	struct pair *p = pair_new(113594);
	struct pair_setup s;

	pair_setup(&s, 1, 6);
	pair_start(p, 1, &s);
	pair_setup(&s, 0, 6);
	pair_start(p, 0, &s);
	pair_run(p, 1000);
	CU_ASSERT_TRUE(pair_joined(p));
	compare(p, 0, "initiator.debug");
	compare(p, 1, "responder.debug");
	pair_free(p);
}

static const struct unit_test tests[] = { { "the document's debug output, both routers", document } };

UNIT_MAIN("golden", tests)
