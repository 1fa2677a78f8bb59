/* Two engines that do not agree: IOS's lines on both sides, retry, and nothing that leaks. */
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct pair *start(struct pair_setup s[2], uint64_t ms)
{
	struct pair *p = pair_new(7);

	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, ms);
	return p;
}

static void setup(struct pair_setup s[2], unsigned family)
{
	pair_setup(&s[0], 0, family);
	pair_setup(&s[1], 1, family);
}

static void nothing_installed(const struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(p->side[i].installs, 0);
		CU_ASSERT_EQUAL(p->side[i].ups, 0);
	}
}

static void policy_refused(struct pair_setup s[2], const char *line)
{
	static const char *const responder[] = {
		"ISAKMP:(0):atts are not acceptable. Next payload is 0",
		"ISAKMP:(0):no offers accepted!",
		"ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP (0): incrementing error counter on sa, attempt 1 of 5: construct_fail_ag_init",
		"ISAKMP:(0): Failed to construct AG informational message.",
		"ISAKMP:(0): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) MM_NO_STATE",
		"ISAKMP:(0):peer does not do paranoid keepalives.",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2)",
		"ISAKMP (0): FSM action returned error: 2",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE",
		"ISAKMP:(0):Old State = IKE_R_MM1  New State = IKE_R_MM1 ",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2) ",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(0):Old State = IKE_R_MM1  New State = IKE_DEST_SA ",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 10.1.1.2",
	};
	static const char *const initiator[] = {
		"ISAKMP (0): received packet from 10.1.1.3 dport 500 sport 500 Global (I) MM_NO_STATE",
		"ISAKMP:(0):Notify has no hash. Rejected.",
		"ISAKMP (0): Unknown Input IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY:  state = IKE_I_MM1",
		"ISAKMP:(0):Input = IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY",
		"ISAKMP:(0):Old State = IKE_I_MM1  New State = IKE_I_MM1 ",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Informational mode failed with peer at 10.1.1.3",
	};
	struct pair *p = start(s, 1000);

	CU_ASSERT_EQUAL(pair_said(p, 1, line), 1);
	for (size_t i = 0; i < sizeof(responder) / sizeof(responder[0]); i++)
		CU_ASSERT_EQUAL(pair_said(p, 1, responder[i]), 1);
	for (size_t i = 0; i < sizeof(initiator) / sizeof(initiator[0]); i++)
		CU_ASSERT_EQUAL(pair_said(p, 0, initiator[i]), 1);
	nothing_installed(p);
	/* the initiator goes on by its timers: five retransmissions, then another Main Mode, for ever */
	pair_run(p, 600000);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "beginning Main Mode exchange") >= 8);
	nothing_installed(p);
	pair_free(p);
}

static void encryption(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].encr = ISAKMP_ENCR_3DES;
	policy_refused(s, "ISAKMP:(0):Encryption algorithm offered does not match policy!");
}

static void key_length(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	for (int i = 0; i < 2; i++) {
		s[i].policies[0].encr = ISAKMP_ENCR_AES;
		s[i].policies[0].keybits = i ? 256 : 128;
	}
	policy_refused(s, "ISAKMP:(0):Proposed key length does not match policy");
}

static void hash(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
	policy_refused(s, "ISAKMP:(0):Hash algorithm offered does not match policy!");
}

static void group(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].group = 2;
	policy_refused(s, "ISAKMP:(0):Diffie-Hellman group offered does not match policy!");
}

static void authentication(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
	policy_refused(s, "ISAKMP:(0):Authentication method offered does not match policy!");
}

static void responder_without_key(void)
{
	struct pair_setup s[2];

	setup(s, 4);
	s[1].key_count = 0;
	policy_refused(s, "ISAKMP:(0):Preshared authentication offered but does not match policy!");
}

static void initiator_without_key(void)
{
	static const char *const lines[] = {
		"ISAKMP:(0):No pre-shared key with 10.1.1.3!",
		"ISAKMP:(0): No Cert or pre-shared address key.",
		"ISAKMP:(0): construct_initial_message: Can not start Main mode",
		"ISAKMP: Error while processing SA request: Failed to initialize SA",
		"ISAKMP: Error while processing KMI message 0, error 2.",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].key_count = 0;
	p = start(s, 1000);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		CU_ASSERT_EQUAL(pair_said(p, 0, lines[i]), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "for isadb_unlock_peer_delete_sa(), count 0"), 1);
	CU_ASSERT_EQUAL(p->sent, 0);
	/* the key is configured later: the request timer finds it */
	pair_setup(&s[0], 0, 4);
	pair_configure(p, 0, &s[0]);
	pair_run(p, 31000);
	CU_ASSERT_EQUAL(pair_said(p, 0, "IPSEC(key_engine): request timer fired: count = 1,"), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void no_initiator_policy(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
	p = start(s, 100000);
	CU_ASSERT_EQUAL(p->sent, 0);
	CU_ASSERT_TRUE(pair_mentioned(p, 0, "Can not start Main mode") >= 3);
	pair_free(p);
}

static void show(void *ctx, const struct ike_sa_info *sa)
{
	if (!sa->deleted)
		*(const char **)ctx = sa->state;
}

/* MM5 cannot be read: its first octets, decrypted with another key, are no payload header. */
static void wrong_key(void)
{
	struct pair_setup s[2];
	const char *state = NULL;
	struct pair *p;

	setup(s, 4);
	snprintf(s[1].keys[0].key, sizeof(s[1].keys[0].key), "kisco");
	p = start(s, 1000);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP: reserved not zero on ID payload!"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1,
				  "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 10.1.1.2 failed its sanity check or is "
				  "malformed"),
			1);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "ISAKMP (1001): incrementing error counter on sa, attempt 1 of 5: PAYLOAD_MALFORMED"),
		1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "New State = IKE_R_MM5"), 0);
	for (int i = 0; i < 2; i++) {
		ike_each_sa(p->side[i].ike, show, &state);
		CU_ASSERT_STRING_EQUAL(state, "MM_KEY_EXCH");
	}
	pair_run(p, 62000);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH..."), 6);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "ISAKMP (1001): incrementing error counter on sa, attempt 5 of 5: PAYLOAD_MALFORMED"),
		2);
	CU_ASSERT_EQUAL(
		pair_said(p, 0,
			  "ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (I) MM_KEY_EXCH (peer "
			  "10.1.1.3)"),
		1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "deleting SA reason \"Death by retransmission P1\" state (R) MM_KEY_EXCH"),
			2);
	nothing_installed(p);
	pair_free(p);
}

static void quick_mode_refused(struct pair *p)
{
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "ISAKMP:(1001): phase 2 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)"),
		1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Sending NOTIFY PROPOSAL_NOT_CHOSEN protocol 3"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "error TRUE reason \"QM rejected\""), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001):Old State = IKE_QM_READY  New State = IKE_QM_READY"), 1);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.1.1.2"),
		1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001): processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 3"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "ISAKMP:(1001): deleting spi "), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "error TRUE reason \"Delete Larval\""), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "error FALSE reason \"Informational (in) state 1\""), 1);
	CU_ASSERT_EQUAL(pair_said(p, 0, "ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY"), 1);
	nothing_installed(p);
	pair_run(p, 300000);
	/* phase 1 stays; Quick Mode is tried again every 30 s */
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Main Mode exchange"), 1);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "beginning Quick Mode exchange"), 11);
	nothing_installed(p);
	pair_free(p);
}

static void transform(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
	p = start(s, 1000);
	CU_ASSERT_EQUAL(
		pair_said(p, 1, "IPSEC(ipsec_process_proposal): transform proposal not supported for identity: "), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "    {esp-aes esp-md5-hmac }"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): IPSec policy invalidated proposal with error 256"), 1);
	quick_mode_refused(p);
}

static void transport_mode(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].idents[0].proposals[0].transport = true;
	p = start(s, 1000);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      encaps is 2 (Transport)"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): IPSec policy invalidated proposal with error 256"), 1);
	quick_mode_refused(p);
}

static void proxy(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	ip_parse_prefix("10.9.0.0/16", &s[0].idents[0].local_proxy);
	p = start(s, 1000);
	CU_ASSERT_EQUAL(pair_said(p, 1, "map_db_find_best did not find matching map"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "IPSEC(ipsec_process_proposal): proxy identities not supported"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "    remote_proxy= 10.9.0.0/255.255.0.0/256/0,"), 1);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:(1001): IPSec policy invalidated proposal with error 32"), 1);
	quick_mode_refused(p);
}

static void pfs_missing(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[1].idents[0].pfs_group = 14;
	p = start(s, 1000);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "group is "), 0);
	quick_mode_refused(p);
}

static void pfs_differs(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	s[0].idents[0].pfs_group = 5;
	s[1].idents[0].pfs_group = 14;
	p = start(s, 1000);
	CU_ASSERT_EQUAL(pair_said(p, 1, "ISAKMP:      group is 5"), 1);
	quick_mode_refused(p);
}

/* No ident for this pair of endpoints, though phase 1 is good: a key that matches any address. */
static void other_endpoint(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s, 4);
	ip_parse("10.1.1.99", &s[1].idents[0].remote);
	p = start(s, 1000);
	CU_ASSERT_EQUAL(pair_said(p, 1, "map_db_find_best did not find matching map"), 1);
	quick_mode_refused(p);
}

/* The data plane refuses: no half pair stays, the peer is told, and it is tried again. */
static void install_fails(void)
{
	for (int side = 0; side < 2; side++) {
		struct pair_setup s[2];
		struct pair *p = pair_new(3);

		setup(s, 6);
		pair_start(p, 1, &s[1]);
		p->side[side].fail_install = true;
		pair_start(p, 0, &s[0]);
		pair_run(p, 1000);
		CU_ASSERT_EQUAL(p->side[side].installs, 0);
		CU_ASSERT_EQUAL(pair_installed(p, 1 - side, true), 0);
		CU_ASSERT_FALSE(p->side[0].up[1] || p->side[1].up[1]);
		p->side[side].fail_install = false;
		pair_run(p, 125000);
		CU_ASSERT_TRUE(pair_joined(p));
		pair_free(p);
	}
}

/* `no crypto isakmp enable` */
static void disabled(void)
{
	struct pair_setup s[2];
	struct pair *p = pair_new(3);
	struct ike_settings off = { .enabled = false };

	setup(s, 6);
	pair_start(p, 1, &s[1]);
	CU_ASSERT_EQUAL(ike_configure(p->side[1].ike, &off), 0);
	pair_start(p, 0, &s[0]);
	pair_run(p, 40000);
	CU_ASSERT_EQUAL(p->side[1].sent, 0);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "received packet"), 0);
	pair_configure(p, 1, &s[1]);
	pair_run(p, 31000);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "encryption differs", encryption },
	{ "key length differs", key_length },
	{ "hash differs", hash },
	{ "group differs", group },
	{ "authentication differs", authentication },
	{ "the responder has no key", responder_without_key },
	{ "the initiator has no key", initiator_without_key },
	{ "the initiator has no policy to offer", no_initiator_policy },
	{ "another key", wrong_key },
	{ "transform differs", transform },
	{ "mode differs", transport_mode },
	{ "proxies differ", proxy },
	{ "PFS is missing", pfs_missing },
	{ "PFS group differs", pfs_differs },
	{ "no ident for these endpoints", other_endpoint },
	{ "the data plane refuses", install_fails },
	{ "isakmp is not enabled", disabled },
};

UNIT_MAIN("refuse", tests)
