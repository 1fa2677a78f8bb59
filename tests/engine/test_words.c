/*
 * IOS's words for what goes wrong, as whole blocks: every line, its blanks and its place, in either role. What is
 * asked of the engines beyond that is in the tests of each subject.
 */
#include "ike/ipsec.h"
#include "tests/engine/pair.h"
#include "tests/unit/unit.h"

#include <string.h>

#define S 1000u

static void setup(struct pair_setup s[2])
{
	pair_setup(&s[0], 0, 4);
	pair_setup(&s[1], 1, 4);
}

static struct pair *start(struct pair_setup s[2], uint64_t ms)
{
	struct pair *p = pair_new(5);

	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, ms);
	return p;
}

static struct pair *up(void)
{
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	p = start(s, 2 * S);
	CU_ASSERT_TRUE_FATAL(pair_joined(p));
	return p;
}

/* --- phase 1: no policy in common --------------------------------------------------------------------------------- */

#define VENDOR_IDS                                                                                                     \
	"ISAKMP:(0): processing vendor id payload", "ISAKMP:(0): vendor ID seems Unity/DPD but major 69 mismatch",     \
		"ISAKMP (0): vendor ID is NAT-T RFC 3947", "ISAKMP:(0): processing vendor id payload",                 \
		"ISAKMP:(0): vendor ID seems Unity/DPD but major 245 mismatch", "ISAKMP:(0): vendor ID is NAT-T v7",   \
		"ISAKMP:(0): processing vendor id payload",                                                            \
		"ISAKMP:(0): vendor ID seems Unity/DPD but major 157 mismatch", "ISAKMP:(0): vendor ID is NAT-T v3",   \
		"ISAKMP:(0): processing vendor id payload",                                                            \
		"ISAKMP:(0): vendor ID seems Unity/DPD but major 123 mismatch", "ISAKMP:(0): vendor ID is NAT-T v2"

static void policy(struct pair_setup s[2], const char *mismatch)
{
	const char *const responder[] = {
		mismatch,
		"ISAKMP:(0):atts are not acceptable. Next payload is 0",
		"ISAKMP:(0):no offers accepted!",
		"ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP (0): incrementing error counter on sa, attempt 1 of 5: construct_fail_ag_init",
		"ISAKMP:(0): Failed to construct AG informational message.",
		"ISAKMP:(0): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) MM_NO_STATE",
		"ISAKMP:(0):Sending an IKE IPv4 Packet.",
		"ISAKMP:(0):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2)",
		VENDOR_IDS,
		"ISAKMP (0): FSM action returned error: 2",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE",
		"ISAKMP:(0):Old State = IKE_R_MM1  New State = IKE_R_MM1 ",
		"",
		"ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer "
		"10.1.1.2) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.2: @",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(0):Old State = IKE_R_MM1  New State = IKE_DEST_SA ",
		"",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 10.1.1.2",
	};
	static const char *const initiator[] = {
		"ISAKMP (0): received packet from 10.1.1.3 dport 500 sport 500 Global (I) MM_NO_STATE",
		"ISAKMP:(0):Notify has no hash. Rejected.",
		"ISAKMP (0): Unknown Input IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY:  state = IKE_I_MM1",
		"ISAKMP:(0):Input = IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY",
		"ISAKMP:(0):Old State = IKE_I_MM1  New State = IKE_I_MM1 ",
		"",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Informational mode failed with peer at 10.1.1.3",
	};
	struct pair *p = start(s, S);

	PAIR_SAID_BLOCK(p, 1, responder);
	PAIR_SAID_BLOCK(p, 0, initiator);
	pair_free(p);
}

static void policies(void)
{
	struct pair_setup s[2];

	setup(s);
	s[1].policies[0].encr = ISAKMP_ENCR_3DES;
	policy(s, "ISAKMP:(0):Encryption algorithm offered does not match policy!");
	setup(s);
	for (int i = 0; i < 2; i++) {
		s[i].policies[0].encr = ISAKMP_ENCR_AES;
		s[i].policies[0].keybits = i ? 256 : 128;
	}
	policy(s, "ISAKMP:(0):Proposed key length does not match policy");
	setup(s);
	s[1].policies[0].hash = ISAKMP_HASH_MD5;
	policy(s, "ISAKMP:(0):Hash algorithm offered does not match policy!");
	setup(s);
	s[1].policies[0].group = 2;
	policy(s, "ISAKMP:(0):Diffie-Hellman group offered does not match policy!");
	setup(s);
	s[1].policies[0].auth = ISAKMP_AUTH_RSA_SIG;
	policy(s, "ISAKMP:(0):Authentication method offered does not match policy!");
	setup(s);
	s[1].key_count = 0;
	policy(s, "ISAKMP:(0):Preshared authentication offered but does not match policy!");
}

/* --- phase 1: nothing comes back ---------------------------------------------------------------------------------- */

#define RESEND1(n)                                                                                                     \
	"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...",                                                           \
		"ISAKMP (0): incrementing error counter on sa, attempt " n " of 5: retransmit phase 1",                \
		"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE",                                                      \
		"ISAKMP:(0): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) MM_NO_STATE",                    \
		"ISAKMP:(0):Sending an IKE IPv4 Packet."

static void no_reply(void)
{
	static const char *const first[] = { RESEND1("1") };
	static const char *const fifth[] = { RESEND1("5") };
	static const char *const death[] = {
		"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...",
		"ISAKMP:(0):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer 10.1.1.3)",
		"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer 10.1.1.3) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: @",
		"ISAKMP:(0):deleting node @ error FALSE reason \"IKE deleted\"",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(0):Old State = IKE_I_MM1  New State = IKE_DEST_SA ",
		"",
	};
	static const char *const asked_again[] = {
		"IPSEC(key_engine): request timer fired: count = 1,",
		"  (identity) local= 10.1.1.2:0, remote= 10.1.1.3:0,",
		"    local_proxy= 0.0.0.0/0.0.0.0/256/0,",
		"    remote_proxy= 0.0.0.0/0.0.0.0/256/0",
		"IPSEC(sa_request): ,",
	};
	static const char *const purged[] = { "ISAKMP:(0):purging SA., sa=@, delme=@" };
	struct pair_setup s[2];
	struct pair *p = pair_new(5);

	setup(s);
	p->cut[0] = true;
	pair_start(p, 0, &s[0]);
	pair_run(p, 59 * S);
	PAIR_SAID_BLOCK(p, 0, first);
	PAIR_SAID_BLOCK(p, 0, fifth);
	PAIR_SAID_BLOCK(p, 0, asked_again);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "deleting SA"), 0);
	pair_run(p, 2 * S);
	PAIR_SAID_BLOCK(p, 0, death);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "purging SA"), 0);
	pair_run(p, 60 * S);
	PAIR_SAID_BLOCK(p, 0, purged);
	pair_free(p);
}

/* The first message arrives, its answer does not: the responder sees what the initiator repeats. */
static void one_way(void)
{
	static const char *const again[] = {
		"ISAKMP (0): received packet from 10.1.1.2 dport 500 sport 500 Global (R) MM_SA_SETUP",
		"ISAKMP:(0): phase 1 packet is a duplicate of a previous packet.",
		"ISAKMP:(0): retransmitting due to retransmit phase 1",
		"ISAKMP:(0): retransmitting phase 1 MM_SA_SETUP...",
		"ISAKMP:(0): retransmitting phase 1 MM_SA_SETUP",
		"ISAKMP:(0): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) MM_SA_SETUP",
		"ISAKMP:(0):Sending an IKE IPv4 Packet.",
	};
	static const char *const skipped[] = {
		"ISAKMP (0): received packet from 10.1.1.2 dport 500 sport 500 Global (R) MM_SA_SETUP",
		"ISAKMP:(0): phase 1 packet is a duplicate of a previous packet.",
		"ISAKMP:(0): retransmission skipped for phase 1 (time since last transmission @)",
	};
	static const char *const end[] = {
		"ISAKMP:(0):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (R) MM_SA_SETUP (peer 10.1.1.2)",
		"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (R) MM_SA_SETUP (peer 10.1.1.2) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 1",
		"ISAKMP:(0):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(0):Old State = IKE_R_MM2  New State = IKE_DEST_SA ",
		"",
	};
	static const char *const first[] = { RESEND1("1") };
	struct pair_setup s[2];
	struct pair *p = pair_new(5);

	setup(s);
	p->cut[1] = true;
	p->duplicate = 1;
	p->duplicate_after_ms = 100;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 62 * S);
	PAIR_SAID_BLOCK(p, 1, skipped);
	PAIR_SAID_BLOCK(p, 1, again);
	PAIR_SAID_BLOCK(p, 0, first);
	PAIR_SAID_BLOCK(p, 1, end);
	pair_free(p);
}

static bool lose_4500(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	(void)from, (void)number, (void)data, (void)octets;
	return p->sending.remote_port != 4500;
}

/* A NAT is found, the exchange goes on to port 4500, and nothing passes there. */
static void port_4500(void)
{
	static const char *const initiator[] = {
		"ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...",
		"ISAKMP (1001): incrementing error counter on sa, attempt 1 of 5: retransmit phase 1",
		"ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 4500 peer_port 4500 (I) MM_KEY_EXCH",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
	};
	static const char *const death[] = {
		"ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (I) MM_KEY_EXCH (peer 10.1.1.3)",
		"ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (I) MM_KEY_EXCH (peer 10.1.1.3) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: @",
		"ISAKMP:(1001):deleting node @ error FALSE reason \"IKE deleted\"",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(1001):Old State = IKE_I_MM5  New State = IKE_DEST_SA ",
		"",
	};
	static const char *const responder[] = {
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (R) MM_KEY_EXCH (peer 192.0.2.2)",
		"ISAKMP:(1001):deleting SA reason \"Death by retransmission P1\" state (R) MM_KEY_EXCH (peer 192.0.2.2) ",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 192.0.2.2: @",
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",
		"ISAKMP:(1001):Old State = IKE_R_MM4  New State = IKE_DEST_SA ",
		"",
	};
	struct pair_setup s[2];
	struct pair *p = pair_new(5);

	setup(s);
	pair_nat(p, s, 0, "192.0.2.2", 1000, false);
	p->filter = lose_4500;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 62 * S);
	PAIR_SAID_BLOCK(p, 0, initiator);
	PAIR_SAID_BLOCK(p, 0, death);
	PAIR_SAID_BLOCK(p, 1, responder);
	pair_free(p);
}

/* --- phase 1: keys ------------------------------------------------------------------------------------------------ */

static void wrong_key(void)
{
	static const char *const responder[] = {
		"ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) MM_KEY_EXCH",
		"ISAKMP: reserved not zero on ID payload!",
		"%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 10.1.1.2 failed its sanity check or is malformed",
		"ISAKMP (1001): incrementing error counter on sa, attempt 1 of 5: PAYLOAD_MALFORMED",
	};
	static const char *const initiator[] = {
		"ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...",
		"ISAKMP (1001): incrementing error counter on sa, attempt 5 of 5: retransmit phase 1",
		"ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) MM_KEY_EXCH",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	strcpy(s[1].keys[0].key, "kisco");
	p = start(s, 62 * S);
	PAIR_SAID_BLOCK(p, 1, responder);
	PAIR_SAID_BLOCK(p, 0, initiator);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "%CRYPTO-"), 1); /* ISAKMP_ON_OFF */
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "Death by retransmission P1\" state (R) MM_KEY_EXCH"), 2);
	pair_free(p);
}

static void no_key(void)
{
	static const char *const lines[] = {
		"ISAKMP:(0):Can not start Aggressive mode, trying Main mode.",
		"ISAKMP:(0):No pre-shared key with 10.1.1.3!",
		"ISAKMP:(0): No Cert or pre-shared address key.",
		"ISAKMP:(0): construct_initial_message: Can not start Main mode",
		"ISAKMP: Unlocking peer struct 0x@ for isadb_unlock_peer_delete_sa(), count 0",
		"ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: @",
		"ISAKMP:(0):purging SA., sa=@, delme=@",
		"ISAKMP:(0):purging node @",
		"ISAKMP: Error while processing SA request: Failed to initialize SA",
		"ISAKMP: Error while processing KMI message 0, error 2.",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].key_count = 0;
	p = start(s, S);
	PAIR_SAID_BLOCK(p, 0, lines);
	pair_free(p);
}

/* --- phase 2: refused --------------------------------------------------------------------------------------------- */

#define ATTRIBUTES                                                                                                     \
	"ISAKMP:      SA life type in seconds", "ISAKMP:      SA life duration (basic) of 3600",                       \
		"ISAKMP:      SA life type in kilobytes", "ISAKMP:      SA life duration (VPI) of  0x0 0x46 0x50 0x0 "

#define INBOUND(proxy)                                                                                                 \
	"IPSEC(validate_proposal_request): proposal part #1", "IPSEC(validate_proposal_request): proposal part #1,",   \
		"  (key eng. msg.) INBOUND local= 10.1.1.3:0, remote= 10.1.1.2:0,",                                    \
		"    local_proxy= 0.0.0.0/0.0.0.0/256/0,", "    remote_proxy= " proxy ",",                             \
		"    protocol= ESP, transform= NONE  (Tunnel), ", "    lifedur= 0s and 0kb, ",                         \
		"    spi= 0x0(0), conn_id= 0, keysize= 128, flags= 0x0"

static void refused(struct pair *p)
{
	static const char *const responder[] = {
		"ISAKMP:(1001): phase 2 SA policy not acceptable! (local 10.1.1.3 remote 10.1.1.2)",
		"ISAKMP: set new node @ to QM_IDLE      ",
		"ISAKMP:(1001):Sending NOTIFY PROPOSAL_NOT_CHOSEN protocol 3",
		"\tspi @, message ID = @",
		"ISAKMP:(1001): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) QM_IDLE      ",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
		"ISAKMP:(1001):purging node @",
		"ISAKMP:(1001):deleting node @ error TRUE reason \"QM rejected\"",
		"ISAKMP:(1001):Node @, Input = IKE_MESG_FROM_PEER, IKE_QM_EXCH",
		"ISAKMP:(1001):Old State = IKE_QM_READY  New State = IKE_QM_READY",
		"%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Quick mode failed with peer at 10.1.1.2",
	};
	static const char *const initiator[] = {
		"ISAKMP (1001): received packet from 10.1.1.3 dport 500 sport 500 Global (I) QM_IDLE      ",
		"ISAKMP: set new node @ to QM_IDLE      ",
		"ISAKMP:(1001): processing HASH payload. message ID = @",
		"ISAKMP:(1001): processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 3",
		"\tspi @, message ID = @, sa = 0x@",
		"ISAKMP:(1001): deleting spi @ message ID = @",
		"ISAKMP:(1001):deleting node @ error TRUE reason \"Delete Larval\"",
		"ISAKMP:(1001):deleting node @ error FALSE reason \"Informational (in) state 1\"",
		"ISAKMP:(1001):Input = IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY",
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_P1_COMPLETE ",
		"",
	};

	PAIR_SAID_BLOCK(p, 1, responder);
	PAIR_SAID_BLOCK(p, 0, initiator);
	pair_free(p);
}

static void transforms(void)
{
	static const char *const transform[] = {
		"ISAKMP:(1001):Checking IPSec proposal 1",
		"ISAKMP: transform 1, ESP_AES ",
		"ISAKMP:   attributes in transform:",
		"ISAKMP:      encaps is 1 (Tunnel)",
		ATTRIBUTES,
		"ISAKMP:      authenticator is HMAC-MD5",
		"ISAKMP:      key length is 128",
		"ISAKMP:(1001):atts are acceptable.",
		INBOUND("0.0.0.0/0.0.0.0/256/0"),
		"IPSEC(ipsec_process_proposal): transform proposal not supported for identity: ",
		"    {esp-aes esp-md5-hmac }",
		"ISAKMP:(1001): IPSec policy invalidated proposal with error 256",
	};
	static const char *const mode[] = {
		"ISAKMP:   attributes in transform:",
		"ISAKMP:      encaps is 2 (Transport)",
		ATTRIBUTES,
		"ISAKMP:      authenticator is HMAC-SHA",
		"ISAKMP:      key length is 128",
		"ISAKMP:(1001):atts are acceptable.",
		INBOUND("0.0.0.0/0.0.0.0/256/0"),
		"IPSEC(ipsec_process_proposal): transform proposal not supported for identity: ",
		"    {esp-aes esp-sha-hmac }",
		"ISAKMP:(1001): IPSec policy invalidated proposal with error 256",
	};
	static const char *const group[] = {
		"ISAKMP:      authenticator is HMAC-SHA",
		"ISAKMP:      key length is 128",
		"ISAKMP:      group is 5",
		"ISAKMP:(1001):atts are acceptable.",
		INBOUND("0.0.0.0/0.0.0.0/256/0"),
		"IPSEC(ipsec_process_proposal): transform proposal not supported for identity: ",
		"    {esp-aes esp-sha-hmac }",
		"ISAKMP:(1001): IPSec policy invalidated proposal with error 256",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].idents[0].proposals[0].auth = ESP_AUTH_MD5;
	p = start(s, S);
	PAIR_SAID_BLOCK(p, 1, transform);
	refused(p);
	setup(s);
	s[0].idents[0].proposals[0].transport = true;
	p = start(s, S);
	PAIR_SAID_BLOCK(p, 1, mode);
	refused(p);
	setup(s);
	s[1].idents[0].pfs_group = 14;
	p = start(s, S);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "group is "), 0);
	refused(p);
	setup(s);
	s[0].idents[0].pfs_group = 5;
	s[1].idents[0].pfs_group = 14;
	p = start(s, S);
	PAIR_SAID_BLOCK(p, 1, group);
	refused(p);
}

static void proxies(void)
{
	static const char *const lines[] = {
		"ISAKMP:(1001):atts are acceptable.",
		INBOUND("10.9.0.0/255.255.0.0/256/0"),
		"map_db_find_best did not find matching map",
		"IPSEC(ipsec_process_proposal): proxy identities not supported",
		"ISAKMP:(1001): IPSec policy invalidated proposal with error 32",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	ip_parse_prefix("10.9.0.0/16", &s[0].idents[0].local_proxy);
	p = start(s, S);
	PAIR_SAID_BLOCK(p, 1, lines);
	refused(p);
}

/* --- phase 2: nothing comes back ---------------------------------------------------------------------------------- */

#define RESEND2(role, peer)                                                                                            \
	"ISAKMP:(1001): retransmitting phase 2 QM_IDLE       @ ...",                                                   \
		"ISAKMP (1001): incrementing error counter on node, attempt 1 of 5: retransmit phase 2",               \
		"ISAKMP (1001): incrementing error counter on sa, attempt 1 of 5: retransmit phase 2",                 \
		"ISAKMP:(1001): retransmitting phase 2 @ QM_IDLE      ",                                               \
		"ISAKMP:(1001): sending packet to " peer " my_port 500 peer_port 500 (" role ") QM_IDLE      ",        \
		"ISAKMP:(1001):Sending an IKE IPv4 Packet."

#define DEATH2(role, peer)                                                                                             \
	"ISAKMP:(1001): retransmitting phase 2 QM_IDLE       @ ...",                                                   \
		"ISAKMP:(1001):deleting node @ error TRUE reason \"Phase 2 err count exceeded\"",                      \
		"ISAKMP:(1001):peer does not do paranoid keepalives.", "",                                             \
		"ISAKMP:(1001):deleting SA reason \"Death by retransmission P2\" state (" role                         \
		") QM_IDLE       (peer " peer ")"

static bool lose_quick(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets)
{
	const int *loser = p->filter_ctx;

	(void)number, (void)octets;
	return from != *loser || data[18] != 32; /* exchange type, RFC 2408 3.1 */
}

static void quick_mode_lost(void)
{
	static const char *const initiator[] = { RESEND2("I", "10.1.1.3") };
	static const char *const initiator_death[] = { DEATH2("I", "10.1.1.3") };
	static const char *const responder[] = { RESEND2("R", "10.1.1.2") };
	static const char *const duplicate[] = {
		"ISAKMP (1001): received packet from 10.1.1.3 dport 500 sport 500 Global (I) QM_IDLE      ",
		"ISAKMP:(1001): phase 2 packet is a duplicate of a previous packet.",
		"ISAKMP:(1001): retransmitting due to retransmit phase 2",
		"ISAKMP:(1001): retransmitting phase 2 QM_IDLE       @ ...",
		"ISAKMP:(1001): retransmitting phase 2 @ QM_IDLE      ",
		"ISAKMP:(1001): sending packet to 10.1.1.3 my_port 500 peer_port 500 (I) QM_IDLE      ",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
	};
	struct pair_setup s[2];
	struct pair *p;
	int loser = 0;

	setup(s);
	p = pair_new(5);
	p->filter = lose_quick;
	p->filter_ctx = &loser;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	pair_run(p, 62 * S);
	PAIR_SAID_BLOCK(p, 0, initiator);
	PAIR_SAID_BLOCK(p, 0, initiator_death);
	pair_free(p);

	/* QM3 does not arrive, and QM2 is repeated */
	p = pair_new(5);
	p->filter_ctx = &loser;
	pair_start(p, 1, &s[1]);
	pair_start(p, 0, &s[0]);
	while (!pair_mentioned(p, 1, "New State = IKE_QM_R_QM2"))
		pair_run(p, 1);
	p->filter = lose_quick;
	pair_run(p, 15 * S);
	PAIR_SAID_BLOCK(p, 1, responder);
	PAIR_SAID_BLOCK(p, 0, duplicate);
	pair_free(p);
}

/* --- deletes ------------------------------------------------------------------------------------------------------ */

#define OWN_DELETE(role, peer)                                                                                         \
	"ISAKMP: set new node @ to QM_IDLE      ",                                                                     \
		"ISAKMP:(1001): sending packet to " peer " my_port 500 peer_port 500 (" role ") QM_IDLE      ",        \
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.", "ISAKMP:(1001):purging node @",                           \
		"ISAKMP:(1001):Input = IKE_MESG_INTERNAL, IKE_PHASE1_DEL",                                             \
		"ISAKMP:(1001):Old State = IKE_P1_COMPLETE  New State = IKE_DEST_SA ", ""

#define DELETING(reason, role, peer, end)                                                                              \
	"ISAKMP:(1001):deleting SA reason \"" reason "\" state (" role ") QM_IDLE       (peer " peer ")" end

/* Who deletes the IKE SA; the other one answers with its own DELETE. */
static void deleted(int by)
{
	static const char *const left[2][10] = {
		{ "ISAKMP:(1001):peer does not do paranoid keepalives.", "",
		  DELETING("BY user command", "I", "10.1.1.3", ""), OWN_DELETE("I", "10.1.1.3") },
		{ "ISAKMP:(1001):peer does not do paranoid keepalives.", "",
		  DELETING("BY user command", "R", "10.1.1.2", ""), OWN_DELETE("R", "10.1.1.2") },
	};
	static const char *const told[2][18] = {
		{ "ISAKMP (1001): received packet from 10.1.1.3 dport 500 sport 500 Global (I) QM_IDLE      ",
		  "ISAKMP: set new node @ to QM_IDLE      ", "ISAKMP:(1001): processing HASH payload. message ID = @",
		  "ISAKMP:(1001): processing DELETE payload. message ID = @",
		  "ISAKMP:(1001):peer does not do paranoid keepalives.", "", DELETING("No reason", "I", "10.1.1.3", ""),
		  "ISAKMP:(1001):deleting node @ error FALSE reason \"Informational (in) state 1\"",
		  OWN_DELETE("I", "10.1.1.3"), DELETING("No reason", "I", "10.1.1.3", " "),
		  "ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		  "ISAKMP: Deleting peer node by peer_reap for 10.1.1.3: @" },
		{ "ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) QM_IDLE      ",
		  "ISAKMP: set new node @ to QM_IDLE      ", "ISAKMP:(1001): processing HASH payload. message ID = @",
		  "ISAKMP:(1001): processing DELETE payload. message ID = @",
		  "ISAKMP:(1001):peer does not do paranoid keepalives.", "", DELETING("No reason", "R", "10.1.1.2", ""),
		  "ISAKMP:(1001):deleting node @ error FALSE reason \"Informational (in) state 1\"",
		  OWN_DELETE("R", "10.1.1.2"), DELETING("No reason", "R", "10.1.1.2", " "),
		  "ISAKMP: Unlocking peer struct 0x@ for isadb_mark_sa_deleted(), count 0",
		  "ISAKMP: Deleting peer node by peer_reap for 10.1.1.2: @" },
	};
	static const char *const answer[2][1] = {
		{ "ISAKMP (1001): received packet from 10.1.1.3 dport 500 sport 500 Global (I) MM_NO_STATE" },
		{ "ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) MM_NO_STATE" },
	};
	struct pair *p = up();

	ike_clear_isakmp(p->side[by].ike, 0);
	pair_run(p, S);
	PAIR_SAID_BLOCK(p, by, left[by]);
	PAIR_SAID_BLOCK(p, 1 - by, told[1 - by]);
	PAIR_SAID_BLOCK(p, by, answer[by]);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(pair_mentioned(p, i, "IKMP_NO_SA"), 0);
	/* one answer each, and silence */
	pair_run(p, 30 * S);
	CU_ASSERT_EQUAL(pair_said(p, by, answer[by][0]), 1);
	CU_ASSERT_TRUE(pair_joined(p));
	pair_free(p);
}

static void deletes(void)
{
	deleted(0);
	deleted(1);
}

/* An IPsec SA: first its own lines, then those of the key engine. */
static void ipsec_deleted(void)
{
	static const char *const told[] = {
		"ISAKMP (1001): received packet from 10.1.1.2 dport 500 sport 500 Global (R) QM_IDLE      ",
		"ISAKMP: set new node @ to QM_IDLE      ",
		"ISAKMP:(1001): processing HASH payload. message ID = @",
		"ISAKMP:(1001): processing DELETE payload. message ID = @",
		"ISAKMP:(1001):peer does not do paranoid keepalives.",
		"",
		"ISAKMP:(1001):deleting node @ error FALSE reason \"Informational (in) state 1\"",
		"IPSEC(key_engine): got a queue event with 1 KMI message(s)",
		"IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP",
		"IPSEC(key_engine_delete_sas): delete SA with spi 0x@ proto 50 for 10.1.1.2",
		"IPSEC(delete_sa): deleting SA,",
		"  (sa) sa_dest= 10.1.1.3, sa_proto= 50, ",
		"    sa_spi= 0x@(@), ",
		"    sa_trans= esp-aes esp-sha-hmac , sa_conn_id= 1",
		"    sa_lifetime(k/sec)= (@/@),",
		"  (identity) local= 10.1.1.3:0, remote= 10.1.1.2:0,",
		"    local_proxy= 0.0.0.0/0.0.0.0/256/0,",
		"    remote_proxy= 0.0.0.0/0.0.0.0/256/0",
		"IPSEC(delete_sa): deleting SA,",
		"  (sa) sa_dest= 10.1.1.2, sa_proto= 50, ",
		"    sa_spi= 0x@(@), ",
		"    sa_trans= esp-aes esp-sha-hmac , sa_conn_id= 2",
	};
	static const char *const nobody_to_tell[] = {
		"ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src 10.1.1.2 dst 10.1.1.3 for SPI 0x@",
	};
	struct pair *p = up();

	ike_clear_sa(p->side[0].ike, NULL);
	pair_run(p, S);
	PAIR_SAID_BLOCK(p, 1, told);
	pair_free(p);
	p = up();
	p->cut[0] = p->cut[1] = true;
	ike_clear_isakmp(p->side[0].ike, 0);
	ike_clear_sa(p->side[0].ike, NULL);
	PAIR_SAID_BLOCK(p, 0, nobody_to_tell);
	pair_free(p);
}

/* `crypto logging session` */
static void sessions(void)
{
	static const char *const lines[] = {
		"%CRYPTO-5-SESSION_STATUS: Crypto tunnel is UP  .  Peer 10.1.1.3:500       Id: 10.1.1.3",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up",
		"%CRYPTO-5-SESSION_STATUS: Crypto tunnel is DOWN.  Peer 10.1.1.3:500       Id: 10.1.1.3",
		"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to down",
	};
	struct pair_setup s[2];
	struct pair *p;

	setup(s);
	s[0].session_logging = true;
	p = start(s, S);
	ike_sa_limit(p->side[0].ike, 1, pair_sa(p, 0, false)->sa.spi); /* a successor is no news */
	pair_run(p, S);
	p->cut[0] = p->cut[1] = true;
	ike_clear_session(p->side[0].ike, NULL);
	PAIR_SAID_IN_ORDER(p, 0, lines);
	CU_ASSERT_EQUAL(pair_mentioned(p, 0, "SESSION_STATUS"), 2);
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "SESSION_STATUS"), 0);
	pair_free(p);
}

/* --- messages out of place ---------------------------------------------------------------------------------------- */

static void invalid_spi(void)
{
	static const char *const told[] = {
		"ISAKMP: set new node @ to QM_IDLE      ",
		"ISAKMP:(1001): processing HASH payload. message ID = @",
		"ISAKMP:(1001): processing NOTIFY INVALID_SPI protocol 3",
		"\tspi @, message ID = @, sa = 0x@",
	};
	static const char *const tells[] = {
		"ISAKMP: set new node @ to QM_IDLE      ",
		"ISAKMP:(1001):Sending NOTIFY INVALID_SPI protocol 3",
		"\tspi @, message ID = @",
		"ISAKMP:(1001): sending packet to 10.1.1.2 my_port 500 peer_port 500 (R) QM_IDLE      ",
		"ISAKMP:(1001):Sending an IKE IPv4 Packet.",
		"ISAKMP:(1001):purging node @",
	};
	struct pair *p = up();

	ike_invalid_spi(p->side[1].ike, &p->side[1].addr, &p->side[0].addr, 0x11223344, 100);
	pair_run(p, 10);
	PAIR_SAID_BLOCK(p, 1, tells);
	PAIR_SAID_BLOCK(p, 0, told);
	pair_free(p);
}

/* Nobody hides by a flood what a configured peer does; the memory for it is bounded by its table. */
static void limits(void)
{
	static const char no_sa[] = "IKMP_NO_SA: IKE message from ";
	struct pair_setup s[2];
	struct pair *p;
	struct ike_path path;
	uint8_t packet[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0x10, 5, 1, 0, 0, 0, 9, 0, 0, 0, 64 };

	setup(s);
	p = start(s, S);
	pair_forget(p, 1);
	path = pair_path(p, 1);
	for (unsigned i = 0; i < 5000; i++) {
		path.remote.octets[2] = (uint8_t)(50 + i / 200);
		path.remote.octets[3] = (uint8_t)(i % 200);
		ike_feed(p->side[1].ike, &path, packet, sizeof(packet));
	}
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, no_sa), IKE_NOISE_MAX);
	for (unsigned i = 0; i < 100; i++)
		pair_inject(p, 1, packet, sizeof(packet));
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, "IKMP_NO_SA: IKE message from 10.1.1.2 has"), IKE_NOISE_MAX);
	pair_run(p, 10 * S);
	pair_forget(p, 1);
	ike_feed(p->side[1].ike, &path, packet, sizeof(packet));
	pair_inject(p, 1, packet, sizeof(packet));
	CU_ASSERT_EQUAL(pair_mentioned(p, 1, no_sa), 2);
	pair_free(p);
}

static const struct unit_test tests[] = {
	{ "no ISAKMP policy in common", policies },
	{ "no reply", no_reply },
	{ "one-way reachability", one_way },
	{ "port 4500 is blocked", port_4500 },
	{ "another key", wrong_key },
	{ "no key", no_key },
	{ "transform, mode and PFS differ", transforms },
	{ "proxies differ", proxies },
	{ "Quick Mode is lost", quick_mode_lost },
	{ "an IKE SA is deleted", deletes },
	{ "an IPsec SA is deleted", ipsec_deleted },
	{ "sessions that come and go", sessions },
	{ "an SPI that is not there", invalid_spi },
	{ "how much is logged", limits },
};

UNIT_MAIN("words", tests)
