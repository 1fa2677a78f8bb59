/*
 * Logs of all eras are read as tests/golden/explain/NAME.txt tells them (EXPLAIN_WRITE=1 writes those anew, to be read by
 * whoever changed them); in pieces of any size the story is the same; its memory does not grow with the log.
 */
#include "explain/read.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

static struct message_catalog *catalog;

static char *slurp(const char *path, size_t *octets)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t room = 0, n;

	*octets = 0;
	while (f && (text = realloc(text, room += 65536))) {
		n = fread(text + *octets, 1, room - *octets - 1, f);
		*octets += n;
		text[*octets] = '\0';
		if (!n)
			break;
	}
	if (f)
		fclose(f);
	return text;
}

static struct story *read_pieces(const char *log, size_t octets, size_t piece)
{
	struct reader *r = reader_new(catalog);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (size_t i = 0; i < octets; i += piece)
		CU_ASSERT_TRUE(reader_feed(r, log + i, octets - i < piece ? octets - i : piece));
	return reader_end(r);
}

static char *told(const struct story *s, bool json)
{
	char *text = NULL;
	size_t octets;
	FILE *f = open_memstream(&text, &octets);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(json ? story_json(s, f) : story_text(s, f, 100), 0);
	fclose(f);
	return text;
}

static void golden_log(const char *dir, const char *name)
{
	static const size_t pieces[] = { 1, 13, 100, 5000 };
	char path[1024], *log, *text, *again, *want;
	size_t octets, n;
	struct story *s;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	log = slurp(path, &octets);
	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	s = read_pieces(log, octets, 1 << 20);
	text = told(s, false);
	if (!strstr(name, "secrets"))
		CU_ASSERT_EQUAL(s->unknown_lines, 0);
	CU_ASSERT_PTR_NULL(strstr(text, "S3cret"));
	story_free(s);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		s = read_pieces(log, octets, pieces[i]);
		again = told(s, false);
		CU_ASSERT_STRING_EQUAL(text, again);
		free(again);
		again = told(s, true);
		CU_ASSERT_PTR_NULL(strstr(again, "S3cret"));
		free(again);
		story_free(s);
	}
	strcpy(strrchr(path, '.'), ".txt");
	if (getenv("EXPLAIN_WRITE")) {
		FILE *f = fopen(path, "w");

		fputs(text, f);
		fclose(f);
	}
	want = slurp(path, &n);
	if (!want || strcmp(want, text)) {
		fprintf(stderr, "%s: the story is another one:\n%s", path, text);
		CU_FAIL(name);
	}
	free(want);
	free(text);
	free(log);
}

static void golden(void)
{
	const char *top = getenv("srcdir");
	char dir[512];
	const struct dirent *e;
	unsigned count = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/golden/explain", top ? top : ".");
	d = opendir(dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d)))
		if (strlen(e->d_name) > 6 && !strcmp(e->d_name + strlen(e->d_name) - 6, ".debug")) {
			golden_log(dir, e->d_name);
			count++;
		}
	closedir(d);
	CU_ASSERT_TRUE(count >= 12);
}

/* As a word processor leaves it: lines wrapped between words, blocks flush left, a blank in addresses and prefixes. */
static char *as_printed(const char *log)
{
	static const char *const odd[][2] = { { "2001:DB8", "2001: DB8" }, { "ISAKMP:(", "ISAKMP: (" }, { "  ", " " } };
	char *out = malloc(2 * strlen(log) + 1), *o = out;
	size_t column = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	while (*log) {
		size_t i = 0;

		while (!column && (*log == ' ' || *log == '\t'))
			log++;
		while (i < 3 && strncmp(log, odd[i][0], strlen(odd[i][0])) != 0)
			i++;
		if (i < 3) {
			column += (size_t)sprintf(o, "%s", odd[i][1]);
			o += strlen(odd[i][1]);
			log += strlen(odd[i][0]);
			continue;
		}
		if (*log == ' ' && column + 1 + strcspn(log + 1, " \n") > 78) {
			*o++ = '\n';
			log++;
			while (*log == ' ')
				log++;
			column = 1;
			continue;
		}
		column = *log == '\n' ? 0 : column + 1;
		*o++ = *log++;
	}
	*o = '\0';
	return out;
}

/* The document's two halves: no line is unknown, all messages are there. */
static void document_as(bool printed)
{
	static const char *const names[] = { "initiator", "responder" };
	const char *top = getenv("srcdir");

	for (unsigned i = 0; i < 2; i++) {
		static const enum story_phase phases[] = { STORY_MM1, STORY_MM2, STORY_MM3, STORY_MM4, STORY_MM5,
							   STORY_MM6, STORY_QM1, STORY_QM2, STORY_QM3 };
		const struct story_exchange *x;
		const struct story_step *step;
		char path[512], *log;
		struct story *s;
		size_t octets;
		unsigned n = 0;

		snprintf(path, sizeof(path), "%s/tests/golden/%s.debug", top ? top : ".", names[i]);
		log = slurp(path, &octets);
		CU_ASSERT_PTR_NOT_NULL_FATAL(log);
		if (printed) {
			char *form = as_printed(log);

			free(log);
			log = form;
			octets = strlen(log);
		}
		s = read_pieces(log, octets, 1 << 20);
		for (unsigned k = 0; k < s->unknown_count; k++)
			fprintf(stderr, "%s\n", s->unknown[k].text);
		CU_ASSERT_EQUAL(s->unknown_lines, 0);
		CU_ASSERT_EQUAL(s->peer_count, 1);
		CU_ASSERT_FALSE(story_failed(s));
		CU_ASSERT_STRING_EQUAL(TAILQ_FIRST(&s->peers)->address, i ? "2001:DB8::2" : "2001:DB8::3");
		TAILQ_FOREACH (x, &TAILQ_FIRST(&s->peers)->exchanges, link) {
			CU_ASSERT_EQUAL(x->outcome, STORY_DONE);
			CU_ASSERT_EQUAL(x->role, i ? STORY_RESPONDER : STORY_INITIATOR);
			CU_ASSERT_EQUAL(x->conn_id, 1011);
			TAILQ_FOREACH (step, &x->steps, link) {
				CU_ASSERT_TRUE_FATAL(n < sizeof(phases) / sizeof(phases[0]));
				CU_ASSERT_EQUAL(step->phase, phases[n]);
				CU_ASSERT_FALSE(step->inferred);
				/* the initiator sends the first, third and so on of a mode */
				CU_ASSERT_EQUAL(step->sent, (n < 6 ? n % 2 : n % 2 == 1) == i);
				n++;
			}
		}
		CU_ASSERT_EQUAL(n, sizeof(phases) / sizeof(phases[0]));
		story_free(s);
		free(log);
	}
}

static void document(void)
{
	document_as(false);
}

static void document_printed(void)
{
	document_as(true);
}

/* A round of a responder that refuses one peer after the other. */
static size_t round_of(char *out, unsigned round, unsigned peers)
{
	size_t n = 0;

	for (unsigned p = 0; p < peers; p++)
		n += (size_t)sprintf(
			out + n,
			"*Jan  1 %02u:%02u:%02u.000: ISAKMP (0): received packet from 10.0.%u.%u dport 500 sport 500 "
			"Global (N) NEW SA\n"
			"ISAKMP:(0): processing SA payload. message ID = 0\n"
			"ISAKMP:(0):no offers accepted!\n"
			"ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.9.9.9 remote 10.0.%u.%u)\n"
			"ISAKMP:(0):a line that nobody prints %u\n"
			"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) "
			"MM_NO_STATE (peer 10.0.%u.%u)\n",
			round / 3600 % 24, round / 60 % 60, round % 60, p / 250, p % 250 + 1, p / 250, p % 250 + 1,
			round, p / 250, p % 250 + 1);
	return n;
}

/* What is allocated after so many rounds. */
static size_t memory_after(unsigned rounds)
{
	const unsigned peers = 20;
	struct reader *r = reader_new(catalog);
	char *log = malloc(1 << 16);
	const struct story_peer *p;
	struct mallinfo2 before = mallinfo2(), after;
	struct story *s;

	CU_ASSERT_TRUE_FATAL(r && log);
	for (unsigned i = 0; i < rounds; i++)
		CU_ASSERT_TRUE(reader_feed(r, log, round_of(log, i, peers)));
	after = mallinfo2();
	s = reader_end(r);
	CU_ASSERT_EQUAL(s->peer_count, peers);
	TAILQ_FOREACH (p, &s->peers, link) {
		CU_ASSERT_TRUE(p->exchange_count <= STORY_EXCHANGES);
		CU_ASSERT_EQUAL(p->exchange_count + p->exchanges_before, rounds);
		CU_ASSERT_EQUAL(p->finding_count, 1);
		CU_ASSERT_EQUAL(TAILQ_FIRST(&p->findings)->fault, FAULT_policy_refused);
	}
	CU_ASSERT_EQUAL(s->unknown_lines, rounds * peers);
	story_free(s);
	free(log);
	return after.uordblks - before.uordblks;
}

static void memory(void)
{
	size_t once = memory_after(100), tenfold = memory_after(1000);

	/* under a sanitizer the figures are zero: then the counts above are the test */
	CU_ASSERT_TRUE(tenfold <= once + once / 50);
}

/* Conn-ids of an exchange that no line gives an address to: the peers without one are few. */
static void anonymous(void)
{
	struct reader *r = reader_new(catalog);
	struct story *s;
	char line[128];

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (unsigned i = 1; i < 20000; i++)
		CU_ASSERT_TRUE(reader_feed(r, line, (size_t)sprintf(line, "ISAKMP:(%u):Send initial contact\n", i)));
	s = reader_end(r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_TRUE(s->peer_count <= 40);
	story_free(s);
}

/* A router that is loaded again gives the same conn-ids to others. */
static void reload(void)
{
	static const char log[] =
		"ISAKMP (0): received packet from 10.0.0.1 dport 500 sport 500 Global (N) NEW SA\n"
		"ISAKMP:(0): processing KE payload. message ID = 0\n"
		"ISAKMP:(1001): sending packet to 10.0.0.1 my_port 500 peer_port 500 (R) MM_KEY_EXCH\n"
		"%SYS-5-RESTART: System restarted --\n"
		"ISAKMP (0): received packet from 10.0.0.2 dport 500 sport 500 Global (N) NEW SA\n"
		"ISAKMP:(0): processing KE payload. message ID = 0\n"
		"ISAKMP:(1001): processing vendor id payload\n"
		"ISAKMP:(1001): sending packet to 10.0.0.2 my_port 500 peer_port 500 (R) MM_KEY_EXCH\n"
		"ISAKMP (1001): received packet from 10.0.0.2 dport 500 sport 500 Global (R) MM_KEY_EXCH\n";
	struct story *s = read_pieces(log, sizeof(log) - 1, 10);
	const struct story_peer *p = TAILQ_FIRST(&s->peers);

	CU_ASSERT_EQUAL_FATAL(s->peer_count, 2);
	CU_ASSERT_STRING_EQUAL(p->address, "10.0.0.1");
	CU_ASSERT_EQUAL(p->exchange_count, 1);
	p = TAILQ_NEXT(p, link);
	CU_ASSERT_STRING_EQUAL(p->address, "10.0.0.2");
	CU_ASSERT_EQUAL(p->exchange_count, 1);
	CU_ASSERT_EQUAL(TAILQ_FIRST(&p->exchanges)->conn_id, 1001);
	CU_ASSERT_EQUAL(TAILQ_LAST(&TAILQ_FIRST(&p->exchanges)->steps, story_steps)->phase, STORY_MM5);
	story_free(s);
}

/* Two peers at once, both without a conn-id; a timer's lines come before the one with the address. */
static void interleaved(void)
{
	static const char log[] =
		"ISAKMP:(0): SA request profile is (NULL)\n"
		"ISAKMP: Created a peer struct for 10.0.0.1, peer port 500\n"
		"ISAKMP:(0): sending packet to 10.0.0.1 my_port 500 peer_port 500 (I) MM_NO_STATE\n"
		"ISAKMP:(0): SA request profile is (NULL)\n"
		"ISAKMP: Created a peer struct for 10.0.0.2, peer port 500\n"
		"ISAKMP:(0): sending packet to 10.0.0.2 my_port 500 peer_port 500 (I) MM_NO_STATE\n"
		"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...\n"
		"ISAKMP (0): incrementing error counter on sa, attempt 1 of 5: retransmit phase 1\n"
		"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE\n"
		"ISAKMP:(0): sending packet to 10.0.0.1 my_port 500 peer_port 500 (I) MM_NO_STATE\n"
		"ISAKMP (0): received packet from 10.0.0.2 dport 500 sport 500 Global (I) MM_NO_STATE\n"
		"ISAKMP:(0):Input = IKE_MESG_FROM_PEER, IKE_MM_EXCH\n"
		"ISAKMP:(0):Old State = IKE_I_MM1  New State = IKE_I_MM2 \n";
	struct story *s = read_pieces(log, sizeof(log) - 1, 10);
	const struct story_peer *p = TAILQ_FIRST(&s->peers);
	const struct story_step *step;

	CU_ASSERT_EQUAL_FATAL(s->peer_count, 2);
	step = TAILQ_FIRST(&TAILQ_FIRST(&p->exchanges)->steps);
	CU_ASSERT_STRING_EQUAL(p->address, "10.0.0.1");
	CU_ASSERT_EQUAL(step->phase, STORY_MM1);
	CU_ASSERT_EQUAL(step->repeats, 1);
	CU_ASSERT_PTR_NULL(TAILQ_NEXT(step, link));
	CU_ASSERT_EQUAL(TAILQ_FIRST(&p->findings)->fault, FAULT_no_reply);
	p = TAILQ_NEXT(p, link);
	step = TAILQ_FIRST(&TAILQ_FIRST(&p->exchanges)->steps);
	CU_ASSERT_STRING_EQUAL(p->address, "10.0.0.2");
	CU_ASSERT_EQUAL(step->phase, STORY_MM1);
	CU_ASSERT_EQUAL(step->repeats, 0);
	CU_ASSERT_EQUAL(TAILQ_NEXT(step, link)->phase, STORY_MM2);
	CU_ASSERT_TRUE(TAILQ_EMPTY(&p->findings));
	story_free(s);
}

/* What was found at a packet stays found when it turns out to be another copy of one before. */
static void merged(void)
{
	static const char log[] =
		"ISAKMP (1001): received packet from 10.0.0.1 dport 500 sport 500 Global (R) MM_SA_SETUP\n"
		"ISAKMP (1001): received packet from 10.0.0.1 dport 500 sport 500 Global (R) MM_KEY_EXCH\n"
		"ISAKMP: reserved not zero on ID payload!\n"
		"ISAKMP:(1001): phase 1 packet is a duplicate of a previous packet.\n";
	struct story *s = read_pieces(log, sizeof(log) - 1, 10);
	const struct story_finding *f = TAILQ_FIRST(&TAILQ_FIRST(&s->peers)->findings);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(f->fault, FAULT_key_wrong);
	CU_ASSERT_EQUAL(f->step->phase, STORY_MM3);
	CU_ASSERT_EQUAL(f->step->repeats, 1);
	CU_ASSERT_EQUAL(f->step->line_count, 4);
	story_free(s);
}

/* A bad packet is of the peer whose SA has its conn-id, not of the one whose lines stand before; without that, of none. */
static void aside(void)
{
#define MADE(peer, id)                                                                                                 \
	"ISAKMP (1001): received packet from " peer " dport 500 sport 500 Global (R) QM_IDLE      \n"                  \
	"IPSEC(create_sa): sa created,\n  (sa) sa_dest= " peer ", sa_proto= 50, \n    sa_spi= 0x1(1), \n"              \
	"    sa_trans= esp-aes esp-sha-hmac , sa_conn_id= " id "\n    sa_lifetime(k/sec)= (4608000/3532)\n"
	static const char log[] = MADE("10.0.0.1", "5") MADE(
		"10.0.0.2",
		"7") "%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed\n\tconnection id=5, sequence number=219\n"
		     "%CRYPTO-4-RECVD_PKT_MAC_ERR: decrypt: mac verify failed for connection id=9\n"
		     "%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled\n";
	struct story *s = read_pieces(log, sizeof(log) - 1, 10);
	const struct story_peer *p = TAILQ_FIRST(&s->peers);
	const struct story_finding *f = TAILQ_FIRST(&p->findings);

	CU_ASSERT_EQUAL_FATAL(s->peer_count, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(f->fault, FAULT_replay);
	CU_ASSERT_TRUE(TAILQ_EMPTY(&TAILQ_NEXT(p, link)->findings));
	f = TAILQ_FIRST(&s->findings);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(f->fault, FAULT_mac);
	f = TAILQ_NEXT(f, link);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(f->fault, FAULT_aggressive);
	story_free(s);
}

/* Keepalives are counted in one exchange, whatever came between. */
/* What a terminal takes as a command, or shows in another order, is told by its number. */
static void controls(void)
{
	static const char log[] = "ISAKMP:(0): odd \033]0;t\007 \x9b"
				  "2J \xc2\x9b"
				  "2J \x7f \xe2\x80\xae end\n"
				  "ISAKMP:(0):deleting SA reason \"\x9b"
				  "2J\xc2\x9b"
				  "2J\" state (I) MM_NO_STATE (peer 10.0.0.1)\n";
	struct story *s = read_pieces(log, sizeof(log) - 1, sizeof(log));
	char *text = told(s, false), *json = told(s, true);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "odd 0;t <9B>2J <U+009B>2J <U+007F> <U+202E> end"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\\u009b2J \\u009b2J \\u007f"));
	for (unsigned i = 0; i < 2; i++)
		for (const char *p = i ? json : text; *p; p++)
			CU_ASSERT_TRUE(*p == '\n' || ((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f) ||
				       (unsigned char)*p == 0xe2 || (unsigned char)*p == 0x80 ||
				       (unsigned char)*p == 0xae);
	free(text);
	free(json);
	story_free(s);
}

/* A flood of addresses: the first are kept, and lines of the others go to nobody. */
static void crowd(void)
{
	const unsigned more = 10;
	const size_t room = (STORY_PEERS + more) * (size_t)200;
	char *log = malloc(room);
	size_t n = 0;
	struct story *s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	for (unsigned i = 0; i < STORY_PEERS + more; i++)
		n += (size_t)snprintf(
			log + n, room - n,
			"ISAKMP (0): received packet from 10.%u.%u.%u dport 500 sport 500 Global (N) NEW SA\n",
			1 + (i >> 16), i >> 8 & 255, i & 255);
	n += (size_t)snprintf(log + n, room - n,
			      "ISAKMP:(0): processing SA payload. message ID = 0\n"
			      "ISAKMP:(5): processing KE payload. message ID = 0\n"
			      "ISAKMP:(0):found peer pre-shared key matching 10.1.0.0\n");
	s = read_pieces(log, n, n);
	CU_ASSERT_EQUAL(s->peer_count, STORY_PEERS);
	CU_ASSERT_EQUAL(s->left_out, more + 2);
	CU_ASSERT_EQUAL(s->message_lines, STORY_PEERS + more + 3);
	story_free(s);
	free(log);
}

/* A line says that something failed, and not what: that is told, and not that nothing went wrong. */
static void unexplained(void)
{
	static const char log[] = "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.0.0.1\n"
				  "ISAKMP:(0):deleting SA reason \"some other\" state (I) MM_NO_STATE (peer 10.0.0.2)\n"
				  "ISAKMP: (1003):Old State = IKE_I_MM5  New State = IKE_I_MM6\n";
	struct story *s = read_pieces(log, sizeof(log) - 1, sizeof(log));
	char *text = told(s, false);

	CU_ASSERT_TRUE(story_failed(s));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Something failed, and no line tells what (line 1)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Why it failed is in no line."));
	CU_ASSERT_PTR_NULL(
		strstr(text, "10.0.0.1\n  Phase 1: the log shows none.\n  Phase 2: the log shows none.\n  Nothing"));
	free(text);
	story_free(s);
}

static void keepalives(void)
{
	struct reader *r = reader_new(catalog);
	const struct story_peer *p;
	const struct story_step *step;
	struct story *s;
	char text[1024];

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	for (unsigned i = 1; i <= 100; i++)
		CU_ASSERT_TRUE(reader_feed(
			r, text,
			(size_t)sprintf(
				text,
				"ISAKMP: set new node %u to QM_IDLE      \n"
				"ISAKMP:(1001):Sending NOTIFY DPD/R_U_THERE protocol 1\n\tspi 7, message ID = %u\n"
				"ISAKMP:(1001): sending packet to 10.0.0.1 my_port 500 peer_port 500 (I) QM_IDLE      \n"
				"ISAKMP:(1001):purging node %u\n"
				"ISAKMP (1001): received packet from 10.0.0.1 dport 500 sport 500 Global (I) QM_IDLE      \n"
				"ISAKMP: set new node %u to QM_IDLE      \n"
				"ISAKMP:(1001): processing HASH payload. message ID = %u\n"
				"ISAKMP:(1001): processing NOTIFY DPD/R_U_THERE_ACK protocol 1\n"
				"\tspi 0, message ID = %u, sa = 0x1\n",
				i, i, i, i + 1000, i + 1000, i + 1000)));
	s = reader_end(r);
	p = TAILQ_FIRST(&s->peers);
	CU_ASSERT_EQUAL(s->unknown_lines, 0);
	CU_ASSERT_TRUE(p->exchange_count <= 2);
	CU_ASSERT_EQUAL(p->exchanges_before, 0);
	step = TAILQ_FIRST(&TAILQ_LAST(&p->exchanges, story_exchanges)->steps);
	CU_ASSERT_STRING_EQUAL(step->detail, "NOTIFY DPD/R_U_THERE");
	CU_ASSERT_EQUAL(step->repeats, 99);
	step = TAILQ_NEXT(step, link);
	CU_ASSERT_STRING_EQUAL(step->detail, "NOTIFY DPD/R_U_THERE_ACK");
	CU_ASSERT_EQUAL(step->repeats, 99);
	story_free(s);
}

static const struct unit_test tests[] = {
	{ "logs of all eras", golden },
	{ "the document", document },
	{ "the document as it is printed", document_printed },
	{ "memory", memory },
	{ "controls of a terminal", controls },
	{ "failures without a reason", unexplained },
	{ "more peers than are kept", crowd },
	{ "peers without an address", anonymous },
	{ "conn-ids that are used again", reload },
	{ "two peers at once", interleaved },
	{ "copies of a packet", merged },
	{ "messages that name no peer", aside },
	{ "keepalives", keepalives },
};

int main(void)
{
	int rc;

	catalog = message_catalog_new();
	if (!catalog)
		return EXIT_FAILURE;
	rc = unit_main("reader", tests, sizeof(tests) / sizeof(tests[0]));
	message_catalog_free(catalog);
	return rc;
}
