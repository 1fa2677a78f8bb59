/* Output filters on text, without a session. */
#include "tests/unit/unit.h"

#include "shell/filter.h"

#include <stdio.h>
#include <string.h>

static const char *const text[] = {
	"interface Ethernet0/0",
	" ip address 10.0.0.1 255.255.255.0",
	" no shutdown",
	"!",
	"interface Tunnel23",
	" tunnel source Ethernet0/0",
	"  deeper",
	"ip route 0.0.0.0 0.0.0.0 10.0.0.2",
	"end",
};

/* The numbers of the lines that pass, "0 3 4 ". */
static bool passes(enum filter_kind kind, const char *pattern, const char *want)
{
	struct filter *f = filter_new(kind, pattern, strlen(pattern));
	char got[128] = "";
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (filter_line(f, text[i]))
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%zu ", i);
	filter_free(f);
	if (strcmp(got, want) != 0)
		printf("\n%s: wanted %s, got %s\n", pattern, want, got);
	return !strcmp(got, want);
}

static bool passes_line(const char *pattern, const char *line)
{
	struct filter *f = filter_new(FILTER_INCLUDE, pattern, strlen(pattern));
	bool yes = f && filter_line(f, line);

	filter_free(f);
	return yes;
}

static void test_kinds(void)
{
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "Ethernet", "0 5 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "ethernet", ""));
	CU_ASSERT_TRUE(passes(FILTER_EXCLUDE, "e", "2 3 "));
	CU_ASSERT_TRUE(passes(FILTER_BEGIN, "Tunnel", "4 5 6 7 8 "));
	CU_ASSERT_TRUE(passes(FILTER_SECTION, "^interface", "0 1 2 4 5 6 "));
	CU_ASSERT_TRUE(passes(FILTER_SECTION, "interface Tunnel", "4 5 6 "));
	CU_ASSERT_TRUE(passes(FILTER_SECTION, "source", "5 6 "));
	CU_ASSERT_TRUE(passes(FILTER_SECTION, "no such thing", ""));
	CU_ASSERT_TRUE(passes(FILTER_SECTION_EXCLUDE, "^interface", "3 7 8 "));
}

static void test_patterns(void)
{
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "^ip route .+|^end", "7 8 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "route | shut", "2 7 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "_ip_", "1 7 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "_end_", "8 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "_route", "7 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "_oute", ""));
	CU_ASSERT_TRUE(passes_line("IKE_QM", "State = IKE_QM_READY"));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "10\\.0\\.0\\.[12]", "1 7 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "[_]", ""));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "{", ""));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "[]e]nd", "8 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "^ip route .+ |^ipv6 route .+", "7 "));
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "^\\s*ip", "7 ")); /* GNU's \s is no blank here */
	CU_ASSERT_TRUE(passes(FILTER_INCLUDE, "(0)\\.\\1", "1 7 "));
}

static bool is_refused(const char *piece, unsigned times, const char *behind)
{
	struct filter *f;
	char pattern[512] = "";

	while (times--)
		strcat(pattern, piece);
	strcat(pattern, behind);
	f = filter_new(FILTER_INCLUDE, pattern, strlen(pattern));
	filter_free(f);
	return !f;
}

/* What libc would compile for hours, or with all memory; a few of the same are no harm. */
static void test_heavy(void)
{
	CU_ASSERT_TRUE(is_refused("(^a*|b)*", 8, ""));
	CU_ASSERT_TRUE(is_refused("(_*)*", 3, ""));
	CU_ASSERT_TRUE(is_refused("(^|$)*", 3, ""));
	CU_ASSERT_TRUE(is_refused("(^a*|b*|c*|d*|e*|f*|g*|h*)*", 1, ""));
	CU_ASSERT_TRUE(is_refused("_", 30, ""));
	CU_ASSERT_TRUE(is_refused("((((((((a+)+)+)+)+)+)+)+)+", 1, ""));
	CU_ASSERT_TRUE(is_refused("(", 64, "a"));
	CU_ASSERT_FALSE(is_refused("^(65001_)+$", 1, ""));
	CU_ASSERT_FALSE(is_refused("(^|_)10(_|$)", 1, ""));
	CU_ASSERT_FALSE(is_refused("^interface.*_|", 10, "^line$"));
	CU_ASSERT_FALSE(is_refused("((a+)+)+", 9, ""));
	CU_ASSERT_FALSE(is_refused("a*", 100, ""));
	/* a row of them is one */
	CU_ASSERT_FALSE(is_refused("a", 1, "++++++++++++++++++++++++++++++++++++++++"));
	CU_ASSERT_TRUE(passes_line("^ba++$", "baa"));
	CU_ASSERT_FALSE(passes_line("^ba++$", "b"));
	CU_ASSERT_TRUE(passes_line("^ba+?$", "b"));
	CU_ASSERT_TRUE(passes_line("^ba+?c$", "baac"));
	CU_ASSERT_FALSE(passes_line("^ba??$", "baa"));
	/* behind brackets a brace is a brace */
	CU_ASSERT_TRUE(passes_line("[^^]a{2}", "xa{2}"));
	CU_ASSERT_TRUE(passes_line("^[[:alpha:]_]+{$", "a_b{"));
	CU_ASSERT_FALSE(passes_line("[[:alpha:]_]", "7"));
}

static void test_bad_pattern(void)
{
	static const char *const costly[] = { "(a*)(a*)(a*)(a*)\\1\\2\\3\\4b", "(a|aa)(a|aa)\\1b", "(a+)\\1",
					      "(.)\\1?" };
	static char deep[200001];
	const size_t half = sizeof(deep) / 2;

	CU_ASSERT_PTR_NULL(filter_new(FILTER_INCLUDE, "(", 1));
	CU_ASSERT_PTR_NULL(filter_new(FILTER_INCLUDE, "[a", 2));
	/* what takes hours or all of the stack */
	for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++)
		CU_ASSERT_PTR_NULL(filter_new(FILTER_INCLUDE, costly[i], strlen(costly[i])));
	memset(deep, '(', half);
	deep[half] = 'a';
	memset(deep + half + 1, ')', half);
	CU_ASSERT_PTR_NULL(filter_new(FILTER_INCLUDE, deep, sizeof(deep)));
}

static void test_count(void)
{
	struct filter *f = filter_new(FILTER_COUNT, "Ethernet", 8);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		CU_ASSERT_FALSE(filter_line(f, text[i]));
	CU_ASSERT_EQUAL(filter_count(f), 2);
	filter_free(f);
}

static const struct unit_test tests[] = {
	{ "kinds", test_kinds },
	{ "patterns", test_patterns },
	{ "bad pattern", test_bad_pattern },
	{ "patterns that cost too much", test_heavy },
	{ "count", test_count },
};
UNIT_MAIN("filter", tests)
