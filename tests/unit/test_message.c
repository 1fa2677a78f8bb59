/* The catalogue of messages: every form is found by what it prints, in every release's spelling. */
#include "explain/form.h"
#include "explain/message.h"
#include "explain/message_id.h"
#include "explain/prefix.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct message_catalog *c;

/* What printf would make of a form: the n-th value is that of its conversion. */
static size_t example(const char *form, const char *text, const char *address, char *out, size_t room)
{
	struct prefix prefix;
	size_t n = 0;

	prefix_parse(form, strlen(form), &prefix);
	for (const char *p = form; *p && n + 64 < room; p++) {
		const char *q = p + 1;

		while (*p == '%' && *q == 'l')
			q++;
		if (*p != '%' || !*q || !strchr("sudXc", *q) || (prefix.key && p < prefix.body)) {
			out[n++] = *p;
			continue;
		}
		n += (size_t)snprintf(out + n, room - n, "%s",
				      *q == 's'   ? (address ? address : text)
				      : *q == 'X' ? "1A2B"
				      : *q == 'c' ? "R"
						  : "7");
		p = q;
	}
	while (n && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return n;
}

static bool is_found(const struct message *m, const char *form)
{
	const char *const fills[][2] = { { "word", NULL }, { NULL, "10.1.1.2" }, { NULL, "2001:DB8::2" } };
	struct message_match out;
	char text[1024];

	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		size_t octets = example(form, fills[i][0], fills[i][1], text, sizeof(text));

		if (message_match(c, text, octets, &out) &&
		    (out.message == m || (m->id == MSG_node_state && out.message->id == MSG_state)))
			return true;
	}
	return false;
}

static void every_form(void)
{
	const struct message *m;
	size_t names = 0, forms = 0;

	for (; (m = message_at(c, names)); names++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(m->name);
		CU_ASSERT_EQUAL(m->id, names + 1);
		CU_ASSERT_PTR_EQUAL(message_by_name(c, m->name), m);
		for (size_t k = 0; message_form(m, k); k++, forms++) {
			if (m->id == MSG_attr && !k)
				continue;
			if (!is_found(m, message_form(m, k))) {
				fprintf(stderr, "%s: %s\n", m->name, message_form(m, k));
				CU_FAIL("a form is not found as its own message");
			}
		}
	}
	CU_ASSERT_EQUAL(names + 1, MSG_COUNT);
	CU_ASSERT_TRUE(forms > names);
}

static bool value_is(const struct message_match *m, unsigned i, const char *text)
{
	return i < m->count && m->values[i].octets == strlen(text) &&
	       !memcmp(m->values[i].text, text, m->values[i].octets);
}

static void every_prefix(void)
{
	static const struct {
		const char *text;
		unsigned era;
		uint32_t cid;
		bool has_cid, error;
	} rows[] = {
		{ "ISAKMP (0:2): processing KE payload. message ID = 0", 123, 2, true, false },
		{ "ISAKMP:(0:1:SW:1): processing KE payload. message ID = 0", 124, 1, true, false },
		{ "ISAKMP:(0:0:N/A:0): processing KE payload. message ID = 0", 124, 0, true, false },
		{ "ISAKMP (0:134217729): processing KE payload. message ID = 0", 124, 1, true, false },
		{ "ISAKMP (0:1001): processing KE payload. message ID = 0", 124, 1001, true, false },
		{ "ISAKMP:(1001): processing KE payload. message ID = 0", 124, 1001, true, false },
		{ "ISAKMP:(1001):processing KE payload. message ID = 0", 124, 1001, true, false },
		{ "ISAKMP (1001): processing KE payload. message ID = 0", 152, 1001, true, false },
		{ "ISAKMP (1001) : processing KE payload. message ID = 0", 152, 1001, true, false },
		{ "ISAKMP: (1001):processing KE payload. message ID = 0", 156, 1001, true, false },
		{ "ISAKMP-PAK: (1001):processing KE payload. message ID = 0", 156, 1001, true, false },
		{ "ISAKMP-ERROR: (4294967295):processing KE payload. message ID = 0", 156, 4294967295u, true, true },
		{ "ISAKMP:(0):: processing KE payload. message ID = 0", 124, 0, true, false },
		{ "ISAKMP: processing KE payload. message ID = 0", 0, 0, false, false },
		{ "ISAKMP : processing  KE payload.  message ID = 0 ", 0, 0, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message_match m;

		CU_ASSERT_TRUE_FATAL(message_match(c, rows[i].text, strlen(rows[i].text), &m));
		CU_ASSERT_EQUAL(m.message->id, MSG_processing);
		CU_ASSERT_EQUAL(m.era, rows[i].era);
		CU_ASSERT_EQUAL(m.has_cid, rows[i].has_cid);
		CU_ASSERT_EQUAL(m.cid, rows[i].cid);
		CU_ASSERT_EQUAL(m.error, rows[i].error);
		CU_ASSERT_EQUAL(m.count, 2);
		CU_ASSERT_TRUE(value_is(&m, 0, "KE") && value_is(&m, 1, "0"));
	}
}

/* The form, and the values in it, separated by bars. */
static void values(void)
{
	static const struct {
		const char *text;
		enum message_id id;
		const char *values;
	} rows[] = {
		{ "ISAKMP (0): received packet from 10.1.1.2 dport 500 sport 500 Global (N) NEW SA", MSG_received,
		  "10.1.1.2|500|500|N|NEW SA" },
		{ "ISAKMP (0): received packet from 10.1.1.2 dport 500 sport 500 RED (I) MM_NO_STATE", MSG_received,
		  "10.1.1.2|500|500|RED|I|MM_NO_STATE" },
		{ "ISAKMP (0:1): received packet from 10.1.1.2 (R) QM_IDLE      ", MSG_received, "10.1.1.2|R|QM_IDLE" },
		{ "ISAKMP:(1001):deleting SA reason \"No reason\" state (I) QM_IDLE       (peer 2001:DB8::3) ",
		  MSG_sa_deleting, "No reason|I|QM_IDLE|2001:DB8::3|" },
		{ "ISAKMP:(1001):deleting node -889293300 error TRUE reason \"QM rejected\"", MSG_node_failed,
		  "-889293300|QM rejected" },
		{ "ISAKMP:(1001):Old State = IKE_QM_READY  New State = IKE_QM_I_QM1", MSG_node_state,
		  "IKE_QM_READY|IKE_QM_I_QM1" },
		{ "ISAKMP:(1001):Old State = IKE_R_MM3 New State = IKE_R_MM4", MSG_state, "IKE_R_MM3|IKE_R_MM4" },
		{ "ISAKMP: Trying to insert a peer 2001: DB8::3/2001: DB8::2/500/, and inserted successfully 8E45588.",
		  MSG_peer_inserted, "2001: DB8::3|2001: DB8::2|500|8E45588" },
		{ "ISAKMP:(1001): processing NOTIFY INITIAL_CONTACT protocol 1\n\tspi 0, message ID = 0, sa = 0x6D12A00",
		  MSG_notify, "INITIAL_CONTACT|1|0|0|6D12A00" },
		{ "ISAKMP:(1001): processing NOTIFY INITIAL_CONTACT protocol 1", MSG_notify, "INITIAL_CONTACT|1" },
		{ "ISAKMP (1001): ID payload ", MSG_id, "" },
		{ "IPSEC(recalculate_mtu) : reset sadb_root 79E82A8 mtu to 1500", MSG_recalculate_mtu, "79E82A8|1500" },
		{ "IPSEC:(SESSION_ID = 1) (key_engine) request timer fired: count = 2,", MSG_request_timer, "2" },
		{ "IPSEC(sa_request): ,", MSG_sa_request, "" },
		{ "%CRYPTO-SP-4-IKMP_NO_SA: IKE message from 10.0.0.1 has no SA and is not an initialization offer",
		  MSG_no_sa, "10.0.0.1" },
		{ "%IOSXE-3-PLATFORM: R0/0: cpp_cp: QFP:0.0 Thread:001 TS:00000123 %IPSEC-3-REPLAY_ERROR: IPSec SA receives "
		  "anti-replay error, DP Handle 3, src_addr 10.0.0.1, dest_addr 10.0.0.2, SPI 0x1A2B",
		  MSG_esp_replay, "3|10.0.0.1|10.0.0.2|1A2B" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message_match m;
		char text[512] = "";

		if (!message_match(c, rows[i].text, strlen(rows[i].text), &m)) {
			CU_FAIL(rows[i].text);
			continue;
		}
		for (unsigned k = 0; k < m.count; k++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s", k ? "|" : "",
				 (int)m.values[k].octets, m.values[k].text);
		CU_ASSERT_EQUAL(m.message->id, rows[i].id);
		if (strcmp(text, rows[i].values)) {
			fprintf(stderr, "%s\n%s\n", text, rows[i].values);
			CU_FAIL("values");
		}
	}
}

/* What none of the releases prints is not like anything, and is still of the crypto debugs. */
static void unknown(void)
{
	static const char *const crypto[] = { "ISAKMP:(1001):nothing that is known",
					      "ISAKMP",
					      "ISAKMP:",
					      "IPSEC(no_such): text",
					      "%CRYPTO-4-NO_SUCH: text",
					      "ISAKMP:(1001): processing payload",
					      "ISAKMP:(",
					      "ISAKMP:(1001):SA has been authenticated with 2001:" };
	static const char *const others[] = {
		"", " ", "%SYS-5-NO_SUCH: text", "R2#show clock", "%", "%CRYPTO-", "###"
	};
	struct message_match m;

	for (size_t i = 0; i < sizeof(crypto) / sizeof(crypto[0]); i++) {
		if (i != 7) /* "authenticated with" a name, in other releases */
			CU_ASSERT_FALSE(message_match(c, crypto[i], strlen(crypto[i]), &m));
		CU_ASSERT_TRUE(message_is_crypto(crypto[i], strlen(crypto[i])));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		CU_ASSERT_FALSE(message_match(c, others[i], strlen(others[i]), &m));
		CU_ASSERT_FALSE(message_is_crypto(others[i], strlen(others[i])));
	}
}

/* No text is read behind its end, and values lie within it. */
static void every_cut(void)
{
	const struct message *m;
	struct message_match out;
	char text[1024];

	for (size_t i = 0; (m = message_at(c, i)); i++) {
		size_t octets = example(m->form, "word", NULL, text, sizeof(text));

		for (size_t n = 0; n <= octets; n++) {
			char *copy = malloc(n ? n : 1);

			memcpy(copy, text, n);
			message_match(c, copy, n, &out);
			for (unsigned k = 0; k < out.count; k++)
				CU_ASSERT_TRUE(out.values[k].text >= copy &&
					       out.values[k].text + out.values[k].octets <= copy + n);
			free(copy);
		}
	}
}

static const struct unit_test tests[] = {
	{ "every form is found as its own message", every_form },
	{ "the prefixes of all releases", every_prefix },
	{ "values", values },
	{ "what is like no form", unknown },
	{ "text that ends anywhere", every_cut },
};

int main(void)
{
	int rc;

	c = message_catalog_new();
	if (!c)
		return EXIT_FAILURE;
	rc = unit_main("message", tests, sizeof(tests) / sizeof(tests[0]));
	message_catalog_free(c);
	return rc;
}
