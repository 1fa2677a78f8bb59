/*
 * explain/html*.c: the page of a story is well-formed XML without anything from elsewhere, whatever the log holds; what the
 * story tells is on it, and what was left out is counted.
 */
#include "explain/cause.h"
#include "explain/read.h"
#include "tests/unit/unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HOSTILE                                                                                                        \
	"</pre><script>alert(1)</script><!--\" onload='x' ]]>&#0;&amp;\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xe2\x80"
#define UNSEEN "\x01\x1b[31m\x7f\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf\xef\xbf\xbf\xc2\x9b"

/* --- a page is read strictly ---- */

static const char *page;
static size_t page_octets;

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* RFC 3629, and what XML 1.0 section 2.2 lets stand in a document; nothing that moves other characters. */
static bool is_clean(void)
{
	const unsigned char *t = (const unsigned char *)page;

	for (size_t i = 0; i < page_octets; i++) {
		unsigned char c = t[i];
		size_t more = c < 0x80 ? 0 : c < 0xc2 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 9;

		if (more == 9 || i + more >= page_octets || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ||
		    (c == 0xe0 && t[i + 1] < 0xa0) || (c == 0xed && t[i + 1] > 0x9f) ||
		    (c == 0xf0 && t[i + 1] < 0x90) || (c == 0xf4 && t[i + 1] > 0x8f) ||
		    (c == 0xc2 && t[i + 1] < 0xa0) ||
		    (c == 0xe2 && (t[i + 1] == 0x80 || t[i + 1] == 0x81) && t[i + 2] >= 0xaa && t[i + 2] <= 0xae) ||
		    (c == 0xef && t[i + 1] == 0xbb) || (c == 0xef && t[i + 1] == 0xbf))
			return false;
		for (; more; more--)
			if ((t[++i] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static const char *entity(const char *t)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(t, known[i], strlen(known[i])))
			return t + strlen(known[i]);
	return NULL;
}

/* name="value" pairs up to > or /> */
static const char *attributes(const char *t, bool *empty)
{
	while (*t == ' ') {
		t += strspn(t, " ");
		if (*t == '/')
			break;
		while (is_name(*t))
			t++;
		if (t[0] != '=' || t[1] != '"')
			return NULL;
		for (t += 2; t && *t != '"';) {
			if (*t == '<' || !*t)
				return NULL;
			t = *t == '&' ? entity(t) : t + 1;
		}
		if (!t++)
			return NULL;
	}
	*empty = t[0] == '/' && t[1] == '>';
	t += *empty;
	return *t == '>' ? t + 1 : NULL;
}

/* XML 1.0 as far as the page needs it: each element ends where it has to. */
static bool is_well_formed(void)
{
	static const char doctype[] = "<!DOCTYPE html>\n";
	const char *open[64], *t = page + sizeof(doctype) - 1;
	size_t octets[64], depth = 0;

	if (strncmp(page, doctype, sizeof(doctype) - 1) != 0 || strlen(page) != page_octets)
		return false;
	while (*t) {
		bool empty = false;
		size_t n = 0;

		if (*t == '&') {
			if (!(t = entity(t)))
				return false;
		} else if (t[0] == '<' && t[1] == '/') {
			if (!depth-- || strncmp(t + 2, open[depth], octets[depth]) != 0 || t[2 + octets[depth]] != '>')
				return false;
			t += 3 + octets[depth];
		} else if (*t == '<') {
			while (is_name(t[1 + n]))
				n++;
			if (!n || depth == 64)
				return false;
			open[depth] = t + 1;
			octets[depth++] = n;
			if (!(t = attributes(t + 1 + n, &empty)))
				return false;
			depth -= empty;
		} else {
			if (!depth && !isspace((unsigned char)*t))
				return false;
			t++;
		}
	}
	return depth == 0;
}

/* strstr() of a build with AddressSanitizer looks at all that follows, each time. */
static const char *find(const char *from, const char *part)
{
	const char *const end = page + page_octets;
	const size_t octets = strlen(part);

	for (; (from = memchr(from, *part, (size_t)(end - from))); from++)
		if ((size_t)(end - from) >= octets && !memcmp(from, part, octets))
			return from;
	return NULL;
}

static unsigned times(const char *part)
{
	unsigned n = 0;

	for (const char *t = page; (t = find(t, part)); t += strlen(part))
		n++;
	return n;
}

static bool has(const char *part)
{
	return find(page, part) != NULL;
}

struct word {
	const char *text;
	size_t octets;
};

static int compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int order = memcmp(x->text, y->text, x->octets < y->octets ? x->octets : y->octets);

	return order ? order : (x->octets > y->octets) - (x->octets < y->octets);
}

/* All ids differ, and what is referred to is here. */
static bool refers_well(void)
{
	struct word *ids = calloc(times(" id=\"") + 1, sizeof(*ids)), w;
	size_t count = 0;
	bool good = true;

	CU_ASSERT_FATAL(ids != NULL);
	for (const char *t = page; (t = find(t, " id=\"")); t++)
		ids[count++] = (struct word){ t + 5, strcspn(t + 5, "\"") };
	qsort(ids, count, sizeof(*ids), compare);
	for (size_t i = 1; i < count; i++)
		good &= compare(&ids[i - 1], &ids[i]) != 0;
	for (const char *t = page; (t = find(t, "href=\"")); t++) {
		w = (struct word){ t + 7, strcspn(t + 7, "\"") };
		good &= t[6] == '#' && bsearch(&w, ids, count, sizeof(*ids), compare);
	}
	free(ids);
	return good;
}

/* The page of a story, until the next one. */
static void make(const struct story *s, const char *title)
{
	static char *buf;
	FILE *f;

	free(buf);
	buf = NULL;
	f = open_memstream(&buf, &page_octets);
	CU_ASSERT_FATAL(f != NULL);
	CU_ASSERT(story_html(s, f, title) == 0);
	fclose(f);
	page = buf;
	CU_ASSERT(is_clean());
	CU_ASSERT(is_well_formed());
	CU_ASSERT(refers_well());
	CU_ASSERT(has("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		      "base-uri 'none'; form-action 'none'\""));
	CU_ASSERT(!has("<script") && !has("://") && !has("url(") && !has("@import") && !has(" src=") &&
		  !has(" style=") && !has("<link") && !has("<img") && !has("<iframe") && !has("<form"));
}

/* --- stories made by hand ---- */

struct made {
	struct story s;
	struct story_peer p;
	struct story_exchange mm, qm;
	struct story_step step[4];
	struct story_line line[4];
	struct story_value value;
	struct story_finding finding[2];
	const struct message *deleting;
	char texts[1024];
	size_t octets;
};

/* A story's texts are its own. */
static char *own(struct made *m, const char *text)
{
	char *t = m->texts + m->octets;

	m->octets += strlen(text) + 1;
	CU_ASSERT_FATAL(m->octets <= sizeof(m->texts));
	return strcpy(t, text);
}

static void put_in(struct made *m)
{
	TAILQ_INIT(&m->s.peers);
	TAILQ_INIT(&m->s.findings);
	TAILQ_INSERT_TAIL(&m->s.peers, &m->p, link);
	TAILQ_INIT(&m->p.exchanges);
	TAILQ_INIT(&m->p.findings);
	TAILQ_INSERT_TAIL(&m->p.exchanges, &m->mm, link);
	TAILQ_INSERT_TAIL(&m->p.exchanges, &m->qm, link);
	TAILQ_INIT(&m->mm.steps);
	TAILQ_INIT(&m->qm.steps);
	for (size_t i = 0; i < 4; i++)
		TAILQ_INSERT_TAIL(&m->mm.steps, &m->step[i], link);
	for (size_t i = 0; i < 2; i++)
		TAILQ_INSERT_TAIL(&m->p.findings, &m->finding[i], link);
}

/* R2 sends MM1, three times, and gets MM2; MM3 is inferred; the SA is deleted. */
static void make_story(struct made *m, struct message_catalog *c)
{
	const int64_t at = ((8 * 60 + 33) * 60 + 43) * 1000 + 245;

	memset(m, 0, sizeof(*m));
	m->deleting = message_by_name(c, "sa_deleting");
	CU_ASSERT_FATAL(m->deleting != NULL);
	m->s.peer_count = 1;
	m->s.lines = 20;
	m->s.message_lines = 12;
	m->s.other_lines = 3;
	m->s.masked = 7;
	m->s.release = own(m, "15.2");
	m->s.stamps = true;
	m->p.address = own(m, "2001:DB8::3");
	m->p.local = own(m, "2001:DB8::2");
	m->p.vrf = own(m, "");
	m->p.host = own(m, "R2");
	m->p.exchange_count = m->p.finding_count = 2;
	m->mm.kind = STORY_MAIN;
	m->mm.role = STORY_INITIATOR;
	m->mm.outcome = STORY_FAILED;
	m->mm.conn_id = 1001;
	m->mm.proxies = own(m, "");
	m->value = (struct story_value){ own(m, "encryption"), own(m, "AES-CBC 256"),
					 own(m, "crypto isakmp policy 10: encryption aes 256") };
	m->mm.values = &m->value;
	m->mm.value_count = 1;
	m->qm.kind = STORY_QUICK;
	m->qm.proxies = own(m, "10.1.0.0/16 <-> 10.2.0.0/16");
	m->line[0] =
		(struct story_line){ 4, at, own(m, "*Sep 21 08:33:43.245: ISAKMP:(0): beginning Main Mode exchange"),
				     NULL };
	m->line[1] = (struct story_line){ 5, at, own(m, "first of two"), m->deleting };
	m->line[2] = (struct story_line){ 6, at, own(m, "second of two"), m->deleting };
	m->step[0] = (struct story_step){ .phase = STORY_MM1,
					  .on_wire = true,
					  .sent = true,
					  .repeats = 2,
					  .at_ms = at,
					  .my_port = 500,
					  .peer_port = 500,
					  .detail = own(m, ""),
					  .lines = m->line,
					  .line_count = 3,
					  .lines_more = 5 };
	m->step[1] =
		(struct story_step){ .phase = STORY_MM2, .on_wire = true, .at_ms = at + 20400, .detail = own(m, "") };
	m->step[2] = (struct story_step){ .phase = STORY_MM3,
					  .on_wire = true,
					  .sent = true,
					  .inferred = true,
					  .at_ms = STORY_NO_TIME,
					  .detail = own(m, "") };
	m->step[3] =
		(struct story_step){ .phase = STORY_LOCAL, .at_ms = at + 20404, .detail = own(m, "IKE SA deleted") };
	m->finding[0] = (struct story_finding){ .fault = FAULT_lifetime_differs,
						.exchange = &m->mm,
						.step = &m->step[0],
						.line = 4,
						.count = 1,
						.ours = own(m, "86400"),
						.theirs = own(m, "3600"),
						.missing = own(m, "") };
	m->finding[1] = (struct story_finding){ .fault = FAULT_no_reply,
						.certainty = STORY_LIKELY,
						.exchange = &m->mm,
						.step = &m->step[1],
						.line = 6,
						.count = 4,
						.ours = own(m, ""),
						.theirs = own(m, ""),
						.missing = own(m, "What the peer says is not in the log."),
						.first = true };
	put_in(m);
}

static struct message_catalog *catalog(void)
{
	struct message_catalog *c = message_catalog_new();

	CU_ASSERT_FATAL(c != NULL);
	return c;
}

static void an_empty_story_is_a_page(void)
{
	char none[] = "";
	struct story s = { .release = none };

	TAILQ_INIT(&s.peers);
	TAILQ_INIT(&s.findings);
	make(&s, "empty.log");
	CU_ASSERT(has("<h1>empty.log</h1>"));
	CU_ASSERT(has("There is no line of <code>debug crypto isakmp</code>"));
	CU_ASSERT(!has("href=\"#messages\""));
}

static void every_step_is_a_sentence(void)
{
	struct message_catalog *c = catalog();
	struct made m;

	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(times("<summary aria-label=") == 4);
	CU_ASSERT(has("aria-label=\"R2 sends MM1 to 2001:DB8::3 at 08:33:43.245, repeated 2 times. 8 lines\""));
	CU_ASSERT(has("aria-label=\"R2 receives MM2 from 2001:DB8::3 at 08:34:03.645, 20.4 s later. It fails here: "
		      "The peer answers no first message. 0 lines\""));
	CU_ASSERT(has("aria-label=\"R2 sends MM3 to 2001:DB8::3, inferred from what follows. 0 lines\""));
	CU_ASSERT(has("aria-label=\"R2, nothing on the wire: IKE SA deleted, at 08:34:03.649, 4 ms later. 0 lines\""));
	m.step[0].detail = own(&m, "NOTIFY INITIAL_CONTACT");
	make(&m.s, "r2.log");
	CU_ASSERT(has("<span class=\"brief\">offers ISAKMP policies; NOTIFY INITIAL_CONTACT</span>"));
	CU_ASSERT(has("sends MM1 to 2001:DB8::3: NOTIFY INITIAL_CONTACT, at 08:33:43.245,"));
	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(has("class=\"step t0 sent repeated\"") && has("class=\"step t7 received failing\""));
	CU_ASSERT(has("class=\"step t0 sent inferred\"") && has("class=\"step t1 local\""));
	CU_ASSERT(has("<span class=\"brief\">offers ISAKMP policies</span>"));
	CU_ASSERT(has("<span class=\"brief\">IKE SA deleted</span>"));
	CU_ASSERT(has("and 2 more times") && has("inferred, not in the log"));
	message_catalog_free(c);
}

static void the_failure_is_marked(void)
{
	struct message_catalog *c = catalog();
	struct made m;

	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(times(" failing\"") == 1);
	CU_ASSERT(times("×</span> Fails here: The peer answers no first message</span>") == 1);
	CU_ASSERT(times("Differs here: IPsec lifetimes differ") == 1);
	CU_ASSERT(times("<li class=\"shows\">") == 1 && has("×</span>6</span><pre>second of two</pre>"));
	CU_ASSERT(has(
		"<p class=\"kind\">This went wrong first</p>\n<h4 id=\"p1-f2-title\">The peer answers no first message"));
	CU_ASSERT(has("<p class=\"kind\">It differs and does no harm</p>"));
	CU_ASSERT(has("Likely") && has("line 6") && has("4 times"));
	CU_ASSERT(has("<a href=\"#p1-x1-s2\">Main Mode MM2</a>"));
	CU_ASSERT(has("<dt>This router</dt><dd>86400</dd>") && has("<dt>The peer</dt><dd>3600</dd>"));
	CU_ASSERT(has("<p>What the peer says is not in the log.</p>"));
	CU_ASSERT(has("Went wrong first</dt><dd><a href=\"#p1-f2\">The peer answers no first message</a>"));
	message_catalog_free(c);
}

/* All of cause.def, in its order; an address stands in the commands. */
static void causes_stand_in_their_order(void)
{
	struct message_catalog *c = catalog();
	struct made m;
	char part[128];

	for (enum fault f = FAULT_NONE + 1; f < FAULT_COUNT; f++) {
		make_story(&m, c);
		m.finding[1].fault = f;
		make(&m.s, "r2.log");
		snprintf(part, sizeof(part), "Fails here: %.*s", (int)strcspn(fault_title(f), "'"), fault_title(f));
		CU_ASSERT(has(part) == story_is_failure(&m.finding[1]));
		CU_ASSERT(times("Causes, the most probable first") == 2);
		CU_ASSERT(times("<dt>Confirm here</dt>") + times("<dt>On the peer</dt>") > 0);
	}
	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(has("<dt>Confirm here</dt><dd><kbd>ping 2001:DB8::3</kbd></dd><dt>On the peer</dt><dd><kbd>ping "
		      "2001:DB8::2</kbd></dd>"));
	CU_ASSERT(find(page, "The peer, or the path to it, is down.") < find(page, "UDP port 500 is filtered"));
	message_catalog_free(c);
}

/* Possible by the same line: they stand together, and none of them is said to be it. */
static void what_cannot_be_told_apart_stands_together(void)
{
	struct message_catalog *c = catalog();
	struct made m;

	make_story(&m, c);
	m.finding[0] = m.finding[1];
	m.finding[0].fault = FAULT_policy_hash;
	m.finding[0].certainty = m.finding[1].certainty = STORY_POSSIBLE;
	m.finding[1].first = false;
	put_in(&m);
	make(&m.s, "r2.log");
	CU_ASSERT(times("<article id=\"p1-f") == 1 && times("<details class=\"either\"") == 2);
	CU_ASSERT(times("One of 2 things, and the log does not tell which") == 6);
	CU_ASSERT(has("It fails here: One of 2 things") && has("Fails here: One of 2 things"));
	CU_ASSERT(times("<p>What the peer says is not in the log.</p>") == 1);
	CU_ASSERT(
		has("<h5>What tells which it is</h5>\n<dl class=\"confirm\"><dt>Confirm here</dt><dd><kbd>show crypto "
		    "isakmp policy</kbd></dd><dt>Confirm here</dt><dd><kbd>ping 2001:DB8::3</kbd></dd><dt>On the "
		    "peer</dt>"));
	CU_ASSERT(times("<summary>ISAKMP policies differ in the hash algorithm</summary>") == 1);
	CU_ASSERT(times("<summary>The peer answers no first message</summary>") == 1);
	m.finding[1].fault = FAULT_policy_group; /* the same command tells */
	make(&m.s, "r2.log");
	CU_ASSERT(
		times("<h5>What tells which it is</h5>\n<dl class=\"confirm\"><dt>Confirm here</dt><dd><kbd>show crypto "
		      "isakmp policy</kbd></dd><dt>On the peer</dt><dd><kbd>show crypto isakmp policy</kbd></dd></dl>") ==
		1);
	m.finding[1].line++;
	make(&m.s, "r2.log");
	CU_ASSERT(times("<article id=\"p1-f") == 2 && !has("One of"));
	message_catalog_free(c);
}

static void the_log_is_told_of(void)
{
	struct message_catalog *c = catalog();
	struct made m;

	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(has("There is no line of <code>debug crypto isakmp</code>: what was negotiated is not known."));
	CU_ASSERT(!has("No line has a time stamp") && !has("Nothing was asked for"));
	m.s.isakmp = true;
	m.s.stamps = false;
	make(&m.s, "r2.log");
	CU_ASSERT(!has("what was negotiated is not known") && has("No line has a time stamp"));
	TAILQ_REMOVE(&m.s.peers, &m.p, link);
	m.s.peer_count = 0;
	make(&m.s, "r2.log");
	CU_ASSERT(has("Nothing was asked for and nothing came."));
	message_catalog_free(c);
}

static void what_was_agreed_is_a_table(void)
{
	struct message_catalog *c = catalog();
	struct made m;

	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(times("<caption>Agreed upon before it failed</caption>") == 1 && times("<table") == 1);
	CU_ASSERT(has("<tr><th scope=\"row\">encryption</th><td>AES-CBC 256</td><td><code>crypto isakmp policy 10: "
		      "encryption aes 256</code></td></tr>"));
	CU_ASSERT(has("10.1.0.0/16 &lt;-&gt; 10.2.0.0/16"));
	m.mm.outcome = STORY_DONE;
	make(&m.s, "r2.log");
	CU_ASSERT(has("<caption>Agreed upon</caption>"));
	message_catalog_free(c);
}

static void what_is_left_out_is_counted(void)
{
	struct message_catalog *c = catalog();
	struct made m;

	make_story(&m, c);
	m.p.exchanges_before = 1234567890123;
	m.s.unknown_lines = 9;
	m.s.unknown_count = 1;
	m.s.unknown[0] = (struct story_line){ 17, STORY_NO_TIME, own(&m, "ISAKMP: something new"), NULL };
	make(&m.s, "r2.log");
	CU_ASSERT(has("1234567890123 older exchanges are left out."));
	CU_ASSERT(has("5 more lines of this step: left out."));
	CU_ASSERT(has("<pre>ISAKMP: something new</pre>") && has("8 more: left out."));
	CU_ASSERT(has("<dt>Secrets masked</dt><dd>7</dd>") && has("<dt>Unknown lines</dt><dd>9</dd>"));
	CU_ASSERT(has("No line of the log is about this message."));
	message_catalog_free(c);
}

/* More peers than the page has room for: those that failed are on it, others in a table, and lines have an end. */
static void many_peers_have_their_end(void)
{
	enum { PEERS = 3000, FAILED = 150 };
	static const unsigned edges[] = { 1, 50, 51, PEERS - FAILED, PEERS - FAILED + 1, PEERS };
	struct message_catalog *c = catalog();
	struct made *m = calloc(PEERS, sizeof(*m));
	struct story_line lines[STORY_LINES];
	char title[32];

	CU_ASSERT_FATAL(m != NULL);
	make_story(&m[0], c);
	for (size_t i = 0; i < STORY_LINES; i++)
		lines[i] = m[0].line[2];
	for (size_t i = 0; i < PEERS; i++) {
		make_story(&m[i], c);
		for (size_t k = 0; k < 4; k++) {
			m[i].step[k].lines = lines;
			m[i].step[k].line_count = STORY_LINES;
			m[i].step[k].lines_more = 0;
		}
		m[i].finding[1].first = i >= PEERS - FAILED;
		if (i)
			TAILQ_INSERT_TAIL(&m[0].s.peers, &m[i].p, link);
	}
	m[0].s.peer_count = PEERS;
	make(&m[0].s, "many.log");
	CU_ASSERT(times("<section id=\"p") == 200 + 400); /* peers, and their exchanges */
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		snprintf(title, sizeof(title), "<h2 id=\"p%u-title\">", edges[i]);
		CU_ASSERT(has(title) == (edges[i] <= 50 || edges[i] > PEERS - FAILED));
	}
	CU_ASSERT(has("2800 other peers</a>") && times("<tr><th scope=\"row\">2001:DB8::3</th>") == 2000);
	CU_ASSERT(has("800 more peers are left out."));
	CU_ASSERT(times("<pre>second of two</pre>") == 40000);
	CU_ASSERT(has("96 lines of this step: left out.") && has("32 more lines of this step: left out."));
	free(m);
	message_catalog_free(c);
}

static void messages_that_occur_have_their_pages(void)
{
	struct message_catalog *c = catalog();
	struct made m;
	unsigned all = 0;

	make_story(&m, c);
	make(&m.s, "r2.log");
	CU_ASSERT(times("<details class=\"page\">") == 1);
	CU_ASSERT(times("<a href=\"#m-sa_deleting\">") == 1); /* at the first of its two lines */
	CU_ASSERT(times("<article id=\"m-sa_deleting\"") == 1);
	CU_ASSERT(has("<code>Phase1 SA policy proposal not accepted</code>")); /* a line break is within it */
	CU_ASSERT(times("<span class=\"unknown\">unknown</span>") == 1);

	for (size_t i = 0; message_at(c, i); i++) {
		m.line[0].message = message_at(c, i);
		m.line[1].message = message_at(c, i + 1);
		m.line[2].message = message_at(c, i + 1) ? message_at(c, i + 2) : NULL;
		make(&m.s, "r2.log");
		CU_ASSERT(times("<details class=\"page\">") == 1U + !!m.line[1].message + !!m.line[2].message);
		CU_ASSERT(!has("`"));
		all++;
	}
	CU_ASSERT(all > 150);
	message_catalog_free(c);
}

/* --- what somebody put into a log ---- */

static void hostile(const char *text)
{
	struct message_catalog *c = catalog();
	struct made m;
	char *t = strdup(text);

	make_story(&m, c);
	m.p.address = m.p.local = m.p.vrf = m.p.host = m.s.release = t;
	m.mm.proxies = m.step[0].detail = m.step[3].detail = t;
	m.value = (struct story_value){ t, t, t };
	for (size_t i = 0; i < 3; i++)
		m.line[i].text = t;
	m.finding[0].ours = m.finding[0].theirs = m.finding[0].missing = t;
	m.s.unknown_lines = m.s.unknown_count = 1;
	m.s.unknown[0] = (struct story_line){ 17, 0, t, NULL };
	make(&m.s, t);
	free(t);
	message_catalog_free(c);
}

static void markup_of_a_log_is_text(void)
{
	hostile(HOSTILE);
	CU_ASSERT(has("&lt;script&gt;alert(1)"));
	CU_ASSERT(has("&lt;FF&gt;&lt;C0&gt;&lt;80&gt;&lt;ED&gt;&lt;A0&gt;&lt;80&gt;&lt;F4&gt;&lt;90&gt;"));
	hostile("\" autofocus onfocus=\"x");
	CU_ASSERT(!has(" onfocus=\"") && has("&quot; autofocus onfocus=&quot;x"));
	hostile("' onclick='x");
	hostile("`");
	hostile("`<b>`&`</code>");
	hostile("%s%n%u%");
	CU_ASSERT(has("%s%n%u%"));
	hostile("]](x)[[");
	hostile("");
}

static void what_is_not_seen_is_shown(void)
{
	hostile(UNSEEN);
	CU_ASSERT(has(
		"&lt;U+0001&gt;&lt;U+001B&gt;[31m&lt;U+007F&gt;&lt;U+202E&gt;&lt;U+2066&gt;&lt;U+FEFF&gt;&lt;U+FFFF&gt;"
		"&lt;U+009B&gt;"));
	hostile("Grüße aus Tōkyō \xf0\x9f\x9a\x80"); /* what is fine stays */
	CU_ASSERT(has("Grüße aus Tōkyō \xf0\x9f\x9a\x80"));
}

static void every_octet_alone_and_in_pairs(void)
{
	char text[3] = "";

	for (unsigned a = 1; a < 256; a++) {
		text[0] = (char)a;
		text[1] = '\0';
		hostile(text);
		if (a < 0x80)
			continue;
		for (unsigned b = 0x7f; b < 256; b += 0x41) {
			text[1] = (char)b;
			hostile(text);
		}
	}
}

static void a_long_line_is_cut(void)
{
	const size_t octets = 1 << 20;
	char *t = malloc(octets + 1);

	CU_ASSERT_FATAL(t != NULL);
	for (size_t i = 0; i < octets; i++)
		t[i] = "\xe2\x82\xac"[i % 3];
	t[octets - octets % 3] = '\0';
	hostile(t);
	CU_ASSERT(has(" ... (1040385 more octets)"));
	CU_ASSERT(page_octets < 1 << 20);
	CU_ASSERT(!has("&lt;E2&gt;")); /* not within a character */
	free(t);
}

static void a_full_disk_is_told(void)
{
	struct message_catalog *c = catalog();
	struct made m;
	FILE *f = fopen("/dev/full", "w");

	CU_ASSERT_FATAL(f != NULL);
	make_story(&m, c);
	CU_ASSERT(story_html(&m.s, f, "r2.log") == -ENOSPC);
	fclose(f);
	message_catalog_free(c);
}

/* --- what the reader makes of logs ---- */

static struct story *read_log(struct message_catalog *c, const char *name)
{
	const char *top = getenv("srcdir");
	char path[512], piece[4096];
	struct reader *r = reader_new(c);
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/golden/%s", top ? top : ".", name);
	f = fopen(path, "r");
	CU_ASSERT_FATAL(f != NULL && r != NULL);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		CU_ASSERT(reader_feed(r, piece, n));
	fclose(f);
	return reader_end(r);
}

static void the_document(const char *name, const char *first)
{
	static const char *const steps[] = { "MM1", "MM2", "MM3", "MM4", "MM5", "MM6", "QM1", "QM2", "QM3" };
	struct message_catalog *c = catalog();
	struct story *s = read_log(c, name);

	CU_ASSERT_FATAL(s != NULL);
	make(s, name);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		char part[64];

		snprintf(part, sizeof(part), "<strong>%s</strong>", steps[i]);
		CU_ASSERT(times(part) == 1);
	}
	CU_ASSERT(has(first));
	CU_ASSERT(!has(" failing\"") && !has("<span class=\"unknown\">"));
	CU_ASSERT(has("✓</span> complete"));
	story_free(s);
	message_catalog_free(c);
}

static void the_documents_two_halves(void)
{
	the_document("initiator.debug", "aria-label=\"2001:DB8::2 sends MM1 to 2001:DB8::3 at 08:33:43.245. ");
	the_document("responder.debug", "aria-label=\"2001:DB8::3 receives MM1 from 2001:DB8::2 at 08:33:43.377. ");
}

static const struct unit_test tests[] = {
	{ "an empty story is a page", an_empty_story_is_a_page },
	{ "every step is a sentence", every_step_is_a_sentence },
	{ "the failure is marked", the_failure_is_marked },
	{ "causes stand in their order", causes_stand_in_their_order },
	{ "what cannot be told apart stands together", what_cannot_be_told_apart_stands_together },
	{ "the log is told of", the_log_is_told_of },
	{ "what was agreed is a table", what_was_agreed_is_a_table },
	{ "what is left out is counted", what_is_left_out_is_counted },
	{ "many peers have their end", many_peers_have_their_end },
	{ "messages that occur have their pages", messages_that_occur_have_their_pages },
	{ "markup of a log is text", markup_of_a_log_is_text },
	{ "what is not seen is shown", what_is_not_seen_is_shown },
	{ "every octet alone and in pairs", every_octet_alone_and_in_pairs },
	{ "a long line is cut", a_long_line_is_cut },
	{ "a full disk is told", a_full_disk_is_told },
	{ "the document's two halves", the_documents_two_halves },
};

UNIT_MAIN("html", tests)
