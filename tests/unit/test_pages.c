/* doc/messages: a page for each message, its shape, its forms against those that are printed, and the index. */
#include "explain/message.h"
#include "explain/page.h"
#include "tests/unit/unit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define DEBUG_ISAKMP           "`debug crypto isakmp`"
#define DEBUG_IPSEC            "`debug crypto ipsec`"
#define DEBUG_ENGINE           "`debug crypto engine`"
#define SEVERITY_ERRORS        "3"
#define SEVERITY_WARNINGS      "4"
#define SEVERITY_NOTIFICATIONS "5"
#define SEVERITY_INFORMATIONAL "6"

/* What the router prints, read from the same lists as it does, and what other releases print. */
static const struct entry {
	const char *name, *debug, *format; /* debug NULL: only other releases print it */
} entries[] = {
#define DBG(name, kind, format, ...) { #name, DEBUG_##kind, format },
#define ERR(name, kind, format, ...) { #name, DEBUG_##kind ", `debug crypto " kind##_ERROR "`", format },
#define ISAKMP_ERROR                 "isakmp error"
#define IPSEC_ERROR                  "ipsec error"
#define LOG(name, severity, facility, mnemonic, format, ...)                                                           \
	{ #name, "syslog, severity " SEVERITY_##severity,                                                              \
	  "%%" facility "-" SEVERITY_##severity "-" mnemonic ": " format },
#include "ike/debug.def"
#define DBG(name, kind, format, ...) { #name, DEBUG_##kind, format },
#define LOG(name, severity, facility, mnemonic, format, ...)                                                           \
	{ #name, "syslog, severity " SEVERITY_##severity,                                                              \
	  "%%" facility "-" SEVERITY_##severity "-" mnemonic ": " format },
#include "router/debug.def"
#define FOREIGN(name, kind, format, types) { #name, NULL, format },
#define FORM(name, format, types)
#include "explain/foreign.def"
};
#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

#define CHECK(what, name)                                                                                              \
	do {                                                                                                           \
		const bool good_ = (what);                                                                             \
		if (!good_)                                                                                            \
			printf("\n  %s: %s", (name), #what);                                                           \
		CU_ASSERT_TRUE(good_);                                                                                 \
	} while (0)

/* --- reading pages ---- */

struct line {
	const char *p;
	size_t octets;
};

/* The lines of a page; how many, at most room. */
static size_t split(const char *text, struct line *out, size_t room)
{
	size_t n = 0;

	for (const char *end; *text && n < room; text = end + 1) {
		end = strchr(text, '\n');
		if (!end)
			break;
		out[n++] = (struct line){ text, (size_t)(end - text) };
	}
	return n;
}

static bool is(struct line l, const char *text)
{
	return l.octets == strlen(text) && !memcmp(l.p, text, l.octets);
}

static bool begins(struct line l, const char *text)
{
	return l.octets >= strlen(text) && !memcmp(l.p, text, strlen(text));
}

#define LINES 64

/* The first form of a page, one line after the other. */
static void form_of(const char *page, char *out, size_t size)
{
	struct line lines[LINES];
	const size_t count = split(page, lines, LINES);
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (begins(lines[i], "    "))
			n += (size_t)snprintf(out + n, size - n, "%s%.*s", n ? "\n" : "", (int)lines[i].octets - 4,
					      lines[i].p + 4);
		else if (n)
			return;
	}
}

/* --- skeletons: literal text, and a mark for each value ---- */

#define VALUE '\1'

/* Blanks at the end of a line are not seen on a page. */
static void put(char *out, size_t *n, char c)
{
	while (c == '\n' && *n && out[*n - 1] == ' ')
		--*n;
	out[(*n)++] = c;
}

static void finish(char *out, size_t n)
{
	while (n && (out[n - 1] == ' ' || out[n - 1] == '\n'))
		n--;
	out[n] = '\0';
}

static void skeleton_of_format(const char *f, char *out)
{
	size_t n = 0;

	for (; *f; f++) {
		const char *conversion = f + (*f == '%');

		conversion += 2 * !strncmp(conversion, "ll", 2);
		if (*f != '%' || !strchr("sducxX%", *conversion)) { /* "%CRYPTO-" is none */
			put(out, &n, *f);
			continue;
		}
		put(out, &n, *conversion == '%' ? '%' : VALUE);
		f = conversion;
	}
	finish(out, n);
}

static void skeleton_of_form(const char *f, char *out)
{
	size_t n = 0;

	for (; *f; f++) {
		const char *end = *f == '<' ? strchr(f, '>') : NULL;

		put(out, &n, end ? VALUE : *f);
		if (end)
			f = end;
	}
	finish(out, n);
}

/* --- tests ---- */

static void every_message_has_its_page(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ENTRIES; i++)
		CHECK(message_page(entries[i].name)[0], entries[i].name);
	while (message_page_at(count))
		count++;
	CU_ASSERT_TRUE(count >= ENTRIES);
	CU_ASSERT_STRING_EQUAL(message_page("no_such_message"), "");
	CU_ASSERT_PTR_NULL(message_page_at(count));
}

static void forms_are_what_is_printed(void)
{
	char form[1024], printed[1024], shown[1024];

	for (size_t i = 0; i < ENTRIES; i++) {
		form_of(message_page(entries[i].name), form, sizeof(form));
		skeleton_of_format(entries[i].format, printed);
		skeleton_of_form(form, shown);
		if (strcmp(printed, shown))
			printf("\n  %s\n  printed: %s\n  page:    %s", entries[i].name, printed, shown);
		CU_ASSERT_STRING_EQUAL(shown, printed);
	}
}

/* What may stand where a form has a value of this name; of letters where nothing else is known. */
static const char *sample(const char *name, size_t octets)
{
	static const char *const samples[][2] = {
		{ "pointer", "1A2B3C" },
		{ "spi", "1A2B3C" },
		{ "sequence", "1A2B" },
		{ "handle", "80000001" },
		{ "peer", "10.0.0.1" },
		{ "local", "10.0.0.2" },
		{ "address", "10.0.0.2" },
		{ "source", "10.0.0.2" },
		{ "destination", "10.0.0.1" },
		{ "I or R", "I" },
		{ "role", "R" },
		{ "port", "500" },
		{ "our port", "500" },
		{ "my port", "500" },
		{ "peer port", "4500" },
		{ "local port", "500" },
		{ "conn-id", "1001" },
		{ "message-id", "-123456" },
		{ "count", "2" },
		{ "n", "1" },
		{ "of", "5" },
		{ "number", "3" },
		{ "seconds", "3600" },
		{ "kilobytes", "4608000" },
		{ "milliseconds", "4" },
		{ "octets", "12" },
		{ "mtu", "1500" },
		{ "old mtu", "1460" },
		{ "new mtu", "1500" },
		{ "phase", "1" },
		{ "code", "32" },
		{ "protocol", "3" },
		{ "transform", "1" },
		{ "priority", "10" },
		{ "next", "3" },
		{ "type", "20" },
		{ "method", "1" },
		{ "spi as a number", "1715004" },
		{ "the same pointer", "1A2B3C" },
		{ "pointer of the peer", "1A2B3C" },
		{ "pointer of the SA", "1A2B3D" },
		{ "next payload", "8" },
		{ "attribute", "encryption AES-CBC" },
		{ "%s, as it stands", "%s" },
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (octets == strlen(samples[i][0]) && !memcmp(name, samples[i][0], octets))
			return samples[i][1];
	return "some text";
}

/* A line as it could be printed, of a form's line. */
static void print_form(struct line form, char *out, size_t size)
{
	const char *p = form.p + 4, *const end_of_form = form.p + form.octets;
	size_t n = 0;

	while (p < end_of_form) {
		const char *end = *p == '<' ? memchr(p, '>', (size_t)(end_of_form - p)) : NULL;

		if (end)
			n += (size_t)snprintf(out + n, size - n, "%s", sample(p + 1, (size_t)(end - p - 1)));
		else
			out[n++] = *p;
		p = end ? end + 1 : p + 1;
	}
	out[n] = '\0';
}

/* The forms of other releases too: what a page says is printed is found under its name. */
static void forms_are_in_the_catalogue(void)
{
	struct message_catalog *c = message_catalog_new();
	const struct message_page *p;
	unsigned forms = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (size_t i = 0; (p = message_page_at(i)); i++) {
		struct line lines[LINES];
		const size_t count = split(p->text, lines, LINES);
		struct message_match match = { 0 };
		char text[1024];

		for (size_t k = 2; k < count; k++) {
			/* the line of a Quick Mode's state is that of phase 1 */
			if (!begins(lines[k], "    ") || !begins(lines[k - 2], "Form") ||
			    !strcmp(p->name, "node_state"))
				continue;
			forms++;
			print_form(lines[k], text, sizeof(text));
			if (!message_match(c, text, strlen(text), &match) || strcmp(match.message->name, p->name))
				printf("\n  %s: %s is %s", p->name, text,
				       match.message ? match.message->name : "nothing");
			CU_ASSERT_TRUE(match.message && !strcmp(match.message->name, p->name));
		}
	}
	CU_ASSERT_TRUE(forms > ENTRIES);
	message_catalog_free(c);
}

static bool is_phase(const char *p, size_t octets)
{
	static const char *const phases[] = { "MM1", "MM2", "MM3", "MM4", "MM5", "MM6",  "AG1",          "AG2",
					      "AG3", "QM1", "QM2", "QM3", "any", "none", "Informational" };

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (octets == strlen(phases[i]) && !memcmp(p, phases[i], octets))
			return true;
	return false;
}

static bool phases_are_known(struct line l)
{
	const char *p = l.p + strlen("- Phase: "), *const end = l.p + l.octets;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));

		if (!is_phase(p, (size_t)((comma ? comma : end) - p)))
			return false;
		p = comma ? comma + 2 : end;
	}
	return true;
}

static void shape_of(const char *name, const char *page)
{
	static const char *const parts[] = { "Form:",      "- Debug: ",        "- Phase: ",    "## When",
					     "## Meaning", "## Configuration", "## What to do" };
	struct line lines[LINES];
	const size_t count = split(page, lines, LINES);
	char title[80];
	size_t part = 0, filled = 0;

	snprintf(title, sizeof(title), "# %s", name);
	CHECK(count >= 20 && count <= 48, name);
	CHECK(count && is(lines[0], title), name);
	for (size_t i = 1; i < count; i++) {
		const struct line l = lines[i];

		CHECK(!l.octets || (l.p[l.octets - 1] != ' ' && l.p[l.octets - 1] != '\t'), name);
		CHECK(l.octets <= 120 || begins(l, "    "), name);
		if (begins(l, "- Phase: "))
			CHECK(phases_are_known(l), name);
		if (part < sizeof(parts) / sizeof(parts[0]) && begins(l, parts[part])) {
			CHECK(part < 4 || filled, name); /* the section before it says something */
			part++;
			filled = 0;
		} else {
			CHECK(!begins(l, "#"), name);
			filled += l.octets;
		}
	}
	CHECK(part == sizeof(parts) / sizeof(parts[0]) && filled, name);
}

static void pages_have_one_shape(void)
{
	const struct message_page *p;
	char debug[128];

	for (size_t i = 0; (p = message_page_at(i)); i++)
		shape_of(p->name, p->text);
	for (size_t i = 0; i < ENTRIES; i++) {
		if (!entries[i].debug)
			continue;
		snprintf(debug, sizeof(debug), "\n- Debug: %s\n", entries[i].debug);
		CHECK(strstr(message_page(entries[i].name), debug), entries[i].name);
	}
}

static void links_lead_to_pages(void)
{
	const struct message_page *p;

	for (size_t i = 0; (p = message_page_at(i)); i++)
		for (const char *at = p->text, *end; (at = strstr(at, "](")); at = end) {
			char name[80];

			at += 2;
			end = at + strcspn(at, ".)");
			snprintf(name, sizeof(name), "%.*s", (int)(end - at), at);
			CHECK(!strncmp(end, ".md)", 4) && message_page(name)[0] && strcmp(name, p->name), p->name);
		}
}

/* --- the index ---- */

static char *read_index(void)
{
	static char text[128 * 1024];
	const char *top = getenv("srcdir");
	char path[PATH_MAX];
	size_t octets = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/doc/messages/README.md", top ? top : ".");
	f = fopen(path, "r");
	if (f) {
		octets = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[octets] = '\0';
	return text;
}

/* The section of a phase: from its title to the next. */
static const char *section(const char *index, const char *phase, size_t octets, size_t *length)
{
	static const char *const titles[][2] = { { "any", "At any time" },
						 { "none", "Outside of exchanges" },
						 { "Informational", "Informational exchanges" } };
	char wanted[64];
	const char *at, *end;

	snprintf(wanted, sizeof(wanted), ", %.*s\n", (int)octets, phase);
	for (size_t i = 0; i < 3; i++)
		if (octets == strlen(titles[i][0]) && !memcmp(phase, titles[i][0], octets))
			snprintf(wanted, sizeof(wanted), "\n## %s\n", titles[i][1]);
	at = strstr(index, wanted);
	end = at ? strstr(at + 1, "\n## ") : NULL;
	*length = !at ? 0 : end ? (size_t)(end - at) : strlen(at);
	return at;
}

static void the_index_has_every_page(void)
{
	const char *index = read_index(), *form_end;
	const struct message_page *p;
	size_t wanted = 0, there = 0;
	char row[512], form[1024];

	for (size_t i = 0; (p = message_page_at(i)); i++) {
		const char *at = strstr(p->text, "\n- Phase: ") + strlen("\n- Phase: "), *const end = strchr(at, '\n');

		form_of(p->text, form, sizeof(form));
		form_end = strchr(form, '\n');
		snprintf(row, sizeof(row), "\n- [%s](%s.md): `%.*s`\n", p->name, p->name,
			 (int)(form_end ? (size_t)(form_end - form) : strlen(form)), form);
		while (at < end) {
			const char *comma = memchr(at, ',', (size_t)(end - at)), *found, *part;
			size_t length;

			part = section(index, at, (size_t)((comma ? comma : end) - at), &length);
			found = part ? strstr(part, row) : NULL;
			CHECK(found && (size_t)(found - part) < length, p->name);
			wanted++;
			at = comma ? comma + 2 : end;
		}
	}
	for (const char *at = index; (at = strstr(at, "\n- [")); at++)
		there++;
	CU_ASSERT_EQUAL(there, wanted);
}

/* --- the build ---- */

/* What pages.awk says to a list with one more message, and to a page of no message. */
static int build_with(const char *entry, const char *page)
{
	char command[1024];
	int rc;

	snprintf(command, sizeof(command),
		 "d=$(mktemp -d) && cd \"${srcdir:-.}\" && printf '%%s\\n' '%s' >$d/more.def && echo text >$d/%s.md && "
		 "awk -f explain/pages.awk $d/more.def $d/%s.md >$d/out 2>$d/err; rc=$?; "
		 "if [ $rc != 0 ]; then grep -q '^doc/messages/other.md: ' $d/err || rc=100; fi; rm -r $d; exit $rc",
		 entry, page, page);
	rc = system(command);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static void a_message_without_its_page_does_not_build(void)
{
	CU_ASSERT_EQUAL(build_with("DBG(one, ISAKMP, \"ISAKMP\", (), ())", "one"), 0);
	CU_ASSERT_EQUAL(build_with("DBG(one, ISAKMP, \"ISAKMP\", (), ())\nERR(other, IPSEC, \"IPSEC\", (), ())", "one"),
			1);
	CU_ASSERT_EQUAL(build_with("LOG(other, WARNINGS, \"CRYPTO\", \"M\", \"text\", (), ())", "one"), 1);
	CU_ASSERT_EQUAL(
		build_with("FOREIGN(one, ISAKMP, \"ISAKMP\", \"\")\nFOREIGN(more, ISAKMP, \"ISAKMP\", \"\")", "one"),
		0);
	CU_ASSERT_EQUAL(build_with("DBG(one, ISAKMP, \"ISAKMP\", (), ())", "other"), 1);
}

static const struct unit_test tests[] = {
	{ "every message has its page", every_message_has_its_page },
	{ "forms are what is printed", forms_are_what_is_printed },
	{ "forms are in the catalogue", forms_are_in_the_catalogue },
	{ "pages have one shape", pages_have_one_shape },
	{ "links lead to pages", links_lead_to_pages },
	{ "the index has every page", the_index_has_every_page },
	{ "a message without its page does not build", a_message_without_its_page_does_not_build },
};
UNIT_MAIN("pages", tests)
