/* What is said when: the switches of debug, and the two lists of messages. */
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

/* --- the lists as others include them ----------------------------------------------------------------------------- */

struct form {
	const char *name, *kind, *format;
	bool error;
};

#define DBG(name, kind, format, ...)                    { #name, #kind, format, false },
#define ERR(name, kind, format, ...)                    { #name, #kind, format, true },
#define LOG(name, sev, facility, mnemonic, format, ...) { #name, "%" facility "-" #sev "-" mnemonic, format, false },
static const struct form forms[] = {
#include "ike/debug.def"

#define DBG(name, kind, format, ...)                    { #name, #kind, format, false },
#define LOG(name, sev, facility, mnemonic, format, ...) { #name, "%" facility "-" #sev "-" mnemonic, format, false },
#include "router/debug.def"
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static void names_are_unique(void)
{
	unsigned errors = 0, messages = 0;

	for (size_t i = 0; i < FORMS; i++) {
		errors += forms[i].error;
		messages += forms[i].kind[0] == '%';
		CU_ASSERT_TRUE(forms[i].format[0] != '\0');
		for (size_t k = 0; k < i; k++)
			if (!strcmp(forms[i].name, forms[k].name)) {
				fprintf(stderr, "two entries: %s\n", forms[i].name);
				CU_FAIL("two entries of one name");
			}
	}
	CU_ASSERT_TRUE(errors >= 20);
	CU_ASSERT_TRUE(messages >= 15);
}

/* --- debug crypto ... error --------------------------------------------------------------------------------------- */

static struct pair *start(struct pair_setup s[2], unsigned kinds)
{
	struct pair *p = pair_new(7);

	for (int i = 0; i < 2; i++)
		ike_set_debug(p->side[i].ike, kinds);
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 1000);
	return p;
}

static void said(const struct pair *p, int side, const char *const *lines, size_t count)
{
	const struct pair_side *s = &p->side[side];

	CU_ASSERT_EQUAL(s->line_count, count);
	for (size_t i = 0; i < count && i < s->line_count; i++) {
		size_t n = strlen(lines[i]);
		bool wild = lines[i][n - 1] == '*';

		if (wild ? strncmp(s->lines[i], lines[i], n - 1) : strcmp(s->lines[i], lines[i])) {
			fprintf(stderr, "R%d: |%s| and not |%s|\n", side + 2, s->lines[i], lines[i]);
			CU_FAIL("another line");
		}
	}
}

#define SAID(p, side, lines) said(p, side, lines, sizeof(lines) / sizeof((lines)[0]))

static void phase1_errors(void)
{
	static const char *const responder[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"ISAKMP:(0):Hash algorithm offered does not match policy!",
		"ISAKMP:(0):atts are not acceptable. Next payload is 0",
		"ISAKMP:(0):no offers accepted!",
		"ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP:(0): Failed to construct AG informational message.",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2)",
		"ISAKMP (0): FSM action returned error: 2",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2) ",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 10.1.1.2",
	};
	static const char *const initiator[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"ISAKMP:(0):Notify has no hash. Rejected.",
		"ISAKMP (0): Unknown Input IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY:  state = IKE_I_MM1",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Informational mode failed with peer at 10.1.1.3",
	};
	struct pair_setup s[2];
	struct pair *p;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
	p = start(s, IKE_DEBUG_ISAKMP_ERROR);
	SAID(p, 1, responder);
	SAID(p, 0, initiator);
	pair_free(p);
}

static void phase2_errors(void)
{
	static const char *const isakmp[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"ISAKMP:(1001): IPSec policy invalidated proposal with error 32",
		"ISAKMP:(1001): phase 2 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP:(1001):deleting node *",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.1.1.2",
	};
	static const char *const ipsec[] = {
		"%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
		"map_db_find_best did not find matching map",
		"IPSEC(ipsec_process_proposal): proxy identities not supported",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.1.1.2",
	};
	struct pair_setup s[2];
	struct pair *p;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	ip_parse_prefix("10.9.0.0/16", &s[0].idents[0].local_proxy);
	p = start(s, IKE_DEBUG_ISAKMP_ERROR);
	SAID(p, 1, isakmp);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "error TRUE reason \"QM rejected\""), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "error TRUE reason \"Delete Larval\""), 1);
	CU_ASSERT_EQUAL(p->side[0].line_count, 2);
	pair_free(p);
	p = start(s, IKE_DEBUG_IPSEC_ERROR);
	SAID(p, 1, ipsec);
	pair_free(p);
}

/* With both switches a line is said once, and `debug crypto isakmp` says no more and no less for it. */
static void said_once(void)
{
	struct pair_setup s[2];
	struct pair *p, *both;

	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
	p = start(s, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC);
	both = start(s, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC | IKE_DEBUG_ISAKMP_ERROR | IKE_DEBUG_IPSEC_ERROR);
	CU_ASSERT_TRUE(p->side[1].line_count > 100);
	for (int side = 0; side < 2; side++) {
		CU_ASSERT_EQUAL(both->side[side].line_count, p->side[side].line_count);
		for (size_t i = 0; i < p->side[side].line_count && i < both->side[side].line_count; i++)
			CU_ASSERT_STRING_EQUAL(both->side[side].lines[i], p->side[side].lines[i]);
	}
	pair_free(both);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "no two entries have one name", names_are_unique },
	{ "debug crypto isakmp error, phase 1", phase1_errors },
	{ "debug crypto ... error, phase 2", phase2_errors },
	{ "a line is said once", said_once },
};

UNIT_MAIN("debug", tests)
