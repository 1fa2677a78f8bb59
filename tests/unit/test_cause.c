/* explain/cause.def: of every failure there is a text, and all of it is sentences or commands. */
#include "explain/cause.h"
#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_one_line(const char *text)
{
	return !strchr(text, '\n') && !strstr(text, "  ") && !isspace((unsigned char)*text) &&
	       (!*text || !isspace((unsigned char)text[strlen(text) - 1]));
}

static bool is_sentence(const char *text)
{
	return *text && is_one_line(text) && (isupper((unsigned char)*text) || *text == '`') &&
	       text[strlen(text) - 1] == '.';
}

/* Commands of EXEC that confirm; never ones that change anything. */
static bool is_command(const char *text)
{
	static const char *const begin[] = { "show ", "debug ", "ping ", "traceroute " };

	if (!*text)
		return true;
	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (!strncmp(text, begin[i], strlen(begin[i])))
			return is_one_line(text);
	return false;
}

static void check(enum fault f)
{
	const struct fault_about *a = fault_about(f);

	CU_ASSERT(is_sentence(a->meaning));
	CU_ASSERT(is_one_line(a->config));
	CU_ASSERT(is_sentence(a->cure));
	CU_ASSERT(!*a->hidden || is_sentence(a->hidden));
	CU_ASSERT(a->cause_count > 0 && a->cause_count <= CAUSES_MAX);
	for (unsigned i = 0; i < a->cause_count; i++) {
		CU_ASSERT(is_sentence(a->causes[i].text));
		CU_ASSERT(is_command(a->causes[i].confirm));
		CU_ASSERT(is_command(a->causes[i].confirm_peer));
	}
}

static void every_fault_is_explained(void)
{
	for (enum fault f = FAULT_NONE + 1; f < FAULT_COUNT; f++) {
		if (!fault_about(f)->meaning) {
			fprintf(stderr, "%s has no text\n", fault_name(f));
			CU_FAIL("a failure without its text");
			continue;
		}
		check(f);
	}
}

static void what_can_be_confirmed_has_a_command(void)
{
	for (enum fault f = FAULT_NONE + 1; f < FAULT_COUNT; f++) {
		const struct fault_about *a = fault_about(f);

		for (unsigned i = 0; i < a->cause_count; i++)
			if (!*a->causes[i].confirm && !*a->causes[i].confirm_peer) {
				fprintf(stderr, "%s: %s\n", fault_name(f), a->causes[i].text);
				CU_FAIL("a cause that nothing confirms");
			}
	}
}

static const struct unit_test tests[] = {
	{ "every fault is explained", every_fault_is_explained },
	{ "what can be confirmed has a command", what_can_be_confirmed_has_a_command },
};

UNIT_MAIN("cause", tests)
