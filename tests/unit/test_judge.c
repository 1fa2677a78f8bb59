/* Every failure of base/fault.def that a log can show, by the fewest lines that show it; and those that none can. */
#include "explain/read.h"
#include "tests/unit/story_find.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct message_catalog *catalog;

static struct story *read_text(const char *log)
{
	struct reader *r = reader_new(catalog);

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	reader_feed(r, log, strlen(log));
	return reader_end(r);
}

#define PEER "10.1.1.2"
#define NEW  "ISAKMP (0): received packet from " PEER " dport 500 sport 500 Global (N) NEW SA\n"
#define MM1  "ISAKMP:(0): sending packet to " PEER " my_port 500 peer_port 500 (I) MM_NO_STATE\n"
#define MM5                                                                                                            \
	"ISAKMP:(0): processing KE payload. message ID = 0\n"                                                          \
	"ISAKMP:(1001): sending packet to " PEER " my_port 500 peer_port 500 (I) MM_KEY_EXCH\n"
#define UP "ISAKMP:(1001):Old State = IKE_I_MM6  New State = IKE_P1_COMPLETE \n"
#define OFFER                                                                                                          \
	"ISAKMP:(0): processing SA payload. message ID = 0\n"                                                          \
	"ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy\n"                                          \
	"ISAKMP:      encryption AES-CBC\nISAKMP:      keylength of 256\nISAKMP:      hash SHA\n"                      \
	"ISAKMP:      default group 14\nISAKMP:      auth pre-share\nISAKMP:      life type in seconds\n"              \
	"ISAKMP:      life duration (basic) of 3600\n"
#define REFUSED                                                                                                        \
	"ISAKMP:(0):atts are not acceptable. Next payload is 0\nISAKMP:(0):no offers accepted!\n"                      \
	"ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.1.1.3 remote " PEER ")\n"
#define QM1                                                                                                            \
	"ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (R) QM_IDLE      \n"                  \
	"ISAKMP: set new node 7 to QM_IDLE      \nISAKMP:(1001): processing HASH payload. message ID = 7\n"            \
	"ISAKMP:(1001): processing SA payload. message ID = 7\nISAKMP:(1001):Checking IPSec proposal 1\n"
#define ESP                                                                                                            \
	"ISAKMP: transform 1, ESP_AES \nISAKMP:   attributes in transform:\nISAKMP:      encaps is 1 (Tunnel)\n"       \
	"ISAKMP:      authenticator is HMAC-SHA\nISAKMP:      key length is 128\nISAKMP:(1001):atts are acceptable.\n"
#define OWN(set, bits)                                                                                                 \
	"IPSEC(sa_request): ,\n  (key eng. msg.) OUTBOUND local= 10.1.1.3:500, remote= " PEER ":500,\n"                \
	"    local_proxy= 0.0.0.0/0.0.0.0/256/0,\n    remote_proxy= 0.0.0.0/0.0.0.0/256/0,\n"                          \
	"    protocol= ESP, transform= " set ", \n    lifedur= 3600s and 4608000kb, \n"                                \
	"    spi= 0x0(0), conn_id= 0, keysize= " bits ", flags= 0x0\n"
#define INVALID "ISAKMP:(1001): IPSec policy invalidated proposal with error 256\n"
#define VALIDATE(proxy)                                                                                                \
	"IPSEC(validate_proposal_request): proposal part #1,\n"                                                        \
	"  (key eng. msg.) INBOUND local= 10.1.1.3:0, remote= " PEER ":0,\n"                                           \
	"    local_proxy= " proxy ",\n    remote_proxy= " proxy ",\n"
#define DIED(role, state)                                                                                              \
	"ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (" role ") " state " (peer " PEER ")\n"

static const struct {
	enum fault fault;
	enum story_certainty certainty;
	const char *log;
} rows[] = {
	{ FAULT_isakmp_disabled, STORY_LIKELY,
	  "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON\n%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF\n" },
	{ FAULT_tunnel_shutdown, STORY_CERTAIN,
	  "%LINK-5-CHANGED: Interface Tunnel23, changed state to administratively down\n" },
	{ FAULT_no_route, STORY_CERTAIN, "%TUN-5-RECURDOWN: Tunnel0 temporarily disabled due to recursive routing\n" },
	{ FAULT_key_none, STORY_LIKELY, "ISAKMP:(0):No pre-shared key with " PEER "!\n" },
	{ FAULT_key_none, STORY_CERTAIN,
	  "ISAKMP:(0):No pre-shared key with " PEER "!\nISAKMP:(0): No Cert or pre-shared address key.\n" },
	{ FAULT_key_none, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):Preshared authentication offered but does not match policy!\n" REFUSED },
	{ FAULT_admission, STORY_CERTAIN,
	  "%CRYPTO-4-IKE_DENY_SA_REQ: IKE denied an INCOMING SA request from " PEER
	  " to 10.1.1.3 due to SYSTEM LIMIT REACHED\n" },
	{ FAULT_no_reply, STORY_LIKELY, MM1 "ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...\n" MM1 },
	{ FAULT_no_reply, STORY_LIKELY, MM1 MM1 },
	{ FAULT_no_reply, STORY_CERTAIN, DIED("I", "MM_NO_STATE") },
	{ FAULT_one_way, STORY_LIKELY,
	  NEW "ISAKMP:(0): sending packet to " PEER " my_port 500 peer_port 500 (R) MM_SA_SETUP\n"
	      "ISAKMP (0): received packet from " PEER " dport 500 sport 500 Global (R) MM_SA_SETUP\n"
	      "ISAKMP:(0): phase 1 packet is a duplicate of a previous packet.\n" },
	{ FAULT_no_reply_later, STORY_CERTAIN, DIED("I", "MM_SA_SETUP") },
	{ FAULT_port_4500, STORY_LIKELY,
	  "ISAKMP:(1001): sending packet to " PEER " my_port 4500 peer_port 4500 (I) MM_KEY_EXCH\n"
	  "ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...\n" },
	{ FAULT_key_wrong, STORY_POSSIBLE,
	  "ISAKMP:(1001): sending packet to " PEER " my_port 4500 peer_port 4500 (I) MM_KEY_EXCH\n"
	  "ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...\n" },
	{ FAULT_no_reply_qm, STORY_LIKELY,
	  MM1 MM5 UP "ISAKMP:(1001):beginning Quick Mode exchange, M-ID of 7\n"
		     "ISAKMP:(1001): sending packet to " PEER " my_port 500 peer_port 500 (I) QM_IDLE      \n"
		     "ISAKMP:(1001): retransmitting phase 2 QM_IDLE       7 ...\n" },
	{ FAULT_peer_dead, STORY_CERTAIN, "ISAKMP:(1001):peer " PEER " not responding! \n" },
	{ FAULT_policy_encryption, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):Encryption algorithm offered does not match policy!\n" REFUSED },
	{ FAULT_policy_keylength, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):Proposed key length does not match policy\n" REFUSED },
	{ FAULT_policy_hash, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):Hash algorithm offered does not match policy!\n" REFUSED },
	{ FAULT_policy_group, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):Diffie-Hellman group offered does not match policy!\n" REFUSED },
	{ FAULT_policy_auth, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):Authentication method offered does not match policy!\n" REFUSED },
	{ FAULT_policy_lifetime, STORY_CERTAIN,
	  NEW OFFER "ISAKMP:(0):atts are acceptable. Next payload is 0\nISAKMP:(0):Returning Actual lifetime: 60\n" },
	{ FAULT_policy_refused, STORY_LIKELY,
	  MM1 "ISAKMP (0): received packet from " PEER " dport 500 sport 500 Global (I) MM_NO_STATE\n"
	      "ISAKMP:(0):Notify has no hash. Rejected.\n" },
	{ FAULT_policy_refused, STORY_CERTAIN,
	  MM1 "ISAKMP (0): received packet from " PEER " dport 500 sport 500 Global (I) MM_NO_STATE\n"
	      "ISAKMP:(0): processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 1\n" },
	{ FAULT_policy_refused, STORY_LIKELY, NEW REFUSED },
	{ FAULT_policy_changed, STORY_CERTAIN,
	  "%CRYPTO-6-IKMP_SA_NOT_OFFERED: Remote peer " PEER
	  " responded with attribute hash not offered or changed\n" },
	{ FAULT_key_wrong, STORY_LIKELY, MM1 MM5 "ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...\n" },
	{ FAULT_key_wrong, STORY_LIKELY,
	  "ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (R) MM_KEY_EXCH\n"
	  "ISAKMP: reserved not zero on ID payload!\n" },
	{ FAULT_key_wrong, STORY_LIKELY,
	  "%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from " PEER " failed its sanity check or is malformed\n" },
	{ FAULT_key_wrong, STORY_LIKELY,
	  "%CRYPTO-6-IKMP_AUTH_FAIL: Authentication method 1 failed with host " PEER "\n" },
	{ FAULT_identity, STORY_CERTAIN,
	  "ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (R) MM_KEY_EXCH\n"
	  "ISAKMP:(1001):Key not found in keyrings of profile , aborting exchange\n" },
	{ FAULT_aggressive, STORY_CERTAIN,
	  "%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled\n" },
	{ FAULT_malformed, STORY_CERTAIN, NEW "ISAKMP: reserved not zero on KE payload!\n" },
	{ FAULT_unknown_sa, STORY_CERTAIN,
	  "%CRYPTO-4-IKMP_NO_SA: IKE message from " PEER " has no SA and is not an initialization offer\n" },
	{ FAULT_transform_encryption, STORY_LIKELY, OWN("esp-3des esp-sha-hmac  (Tunnel)", "0") QM1 ESP INVALID },
	{ FAULT_transform_keylength, STORY_LIKELY, OWN("esp-aes 256 esp-sha-hmac  (Tunnel)", "256") QM1 ESP INVALID },
	{ FAULT_transform_auth, STORY_LIKELY, OWN("esp-aes esp-md5-hmac  (Tunnel)", "128") QM1 ESP INVALID },
	{ FAULT_mode, STORY_LIKELY, OWN("esp-aes esp-sha-hmac  (Transport)", "128") QM1 ESP INVALID },
	{ FAULT_pfs, STORY_LIKELY, OWN("esp-aes esp-sha-hmac  (Tunnel)", "128") QM1 ESP INVALID },
	{ FAULT_pfs, STORY_POSSIBLE, QM1 ESP INVALID },
	{ FAULT_transform_protocol, STORY_CERTAIN,
	  QM1 "ISAKMP: transform 1, AH_SHA\nISAKMP:(1001):atts are not acceptable. Next payload is 0\n" },
	{ FAULT_proxies, STORY_CERTAIN,
	  QM1 ESP VALIDATE(
		  "10.1.0.0/255.255.0.0/256/0") "IPSEC(ipsec_process_proposal): proxy identities not supported\n" },
	{ FAULT_proxies, STORY_POSSIBLE,
	  QM1 "ISAKMP:(1001): phase 2 SA policy not acceptable! (local 10.1.1.3 remote " PEER ")\n" },
	{ FAULT_no_tunnel, STORY_LIKELY,
	  QM1 ESP VALIDATE(
		  "0.0.0.0/0.0.0.0/256/0") "ISAKMP:(1001): IPSec policy invalidated proposal with error 32\n" },
	{ FAULT_profile_differs, STORY_CERTAIN,
	  QM1 ESP "map_db_check_isakmp_profile profile did not match\nmap_db_find_best did not find matching map\n"
		  "IPSEC(ipsec_process_proposal): proxy identities not supported\n" },
	{ FAULT_quick_refused, STORY_CERTAIN,
	  "ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (I) QM_IDLE      \n"
	  "ISAKMP: set new node 9 to QM_IDLE      \nISAKMP:(1001): processing HASH payload. message ID = 9\n"
	  "ISAKMP:(1001): processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 3\n\tspi 7, message ID = 9, sa = 0x1\n" },
	{ FAULT_lifetime_differs, STORY_CERTAIN,
	  "ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (I) QM_IDLE      \n"
	  "ISAKMP:(1001): processing NOTIFY RESPONDER_LIFETIME protocol 3\n\tspi 7, message ID = 9, sa = 0x1\n" },
	{ FAULT_deleted_by_peer, STORY_CERTAIN,
	  "ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (R) QM_IDLE      \n"
	  "ISAKMP:(1001): processing DELETE payload. message ID = 9\nISAKMP:(1001):peer does not do paranoid keepalives.\n" },
	{ FAULT_cleared, STORY_CERTAIN,
	  "ISAKMP:(1001):deleting SA reason \"BY user command\" state (R) QM_IDLE       (peer " PEER ")\n" },
	{ FAULT_replay, STORY_CERTAIN,
	  "%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed\n\tconnection id=29, sequence number=219\n" },
	{ FAULT_mac, STORY_CERTAIN, "%CRYPTO-4-RECVD_PKT_MAC_ERR: decrypt: mac verify failed for connection id=1\n" },
	{ FAULT_invalid_spi, STORY_CERTAIN,
	  "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=10.1.1.3, prot=50, "
	  "spi=0x1A2B(6699), srcaddr=" PEER "\n" },
	{ FAULT_selector, STORY_CERTAIN,
	  "%CRYPTO-4-RECVD_PKT_INV_IDENTITY: identity doesn't match negotiated identity (ip) dest_addr= 10.1.1.3, src_addr= " PEER
	  ", prot= 1\n" },
};

/* No line is printed of these: the counters and the configuration show them. */
static const enum fault silent[] = { FAULT_no_source,   FAULT_no_destination, FAULT_no_profile,
				     FAULT_esp_one_way, FAULT_too_big,        FAULT_fragments };

static void every_fault(void)
{
	bool seen[FAULT_COUNT] = { false };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct story *s = read_text(rows[i].log);
		const struct story_finding *f;

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT_EQUAL(s->unknown_lines, 0);
		f = story_find(s, rows[i].fault);
		if (!f || f->certainty != rows[i].certainty) {
			fprintf(stderr, "%s: %s\n%s", fault_name(rows[i].fault), f ? "another certainty" : "not found",
				rows[i].log);
			CU_FAIL("a fault is not found");
		} else if (f->certainty != STORY_CERTAIN) {
			CU_ASSERT_TRUE(*f->missing != '\0');
		}
		seen[rows[i].fault] = true;
		story_free(s);
	}
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		CU_ASSERT_FALSE(seen[silent[i]]);
		seen[silent[i]] = true;
	}
	for (enum fault f = FAULT_NONE + 1; f < FAULT_COUNT; f++)
		if (!seen[f])
			CU_FAIL(fault_name(f));
}

/* What was only likely is taken back when the exchange comes to its end after all. */
static void taken_back(void)
{
	struct story *s = read_text(
		MM1 "ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...\n" MM1 "ISAKMP (0): received packet from " PEER
		    " dport 500 sport 500 Global (I) MM_NO_STATE\n" MM5
		    "ISAKMP:(1001): retransmitting phase 1 MM_KEY_EXCH...\n"
		    "ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (I) MM_KEY_EXCH\n" UP);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_FALSE(story_failed(s));
	CU_ASSERT_TRUE(TAILQ_EMPTY(&TAILQ_FIRST(&s->peers)->findings));
	story_free(s);
}

/* The old pair goes when there is a new one: no failure. The last one goes: one. */
static void rekeyed(void)
{
#define DONE(mid) "ISAKMP:(1001):deleting node " mid " error FALSE reason \"QM done (await)\"\n"
#define GONE(mid)                                                                                                      \
	"ISAKMP (1001): received packet from " PEER " dport 500 sport 500 Global (R) QM_IDLE      \n"                  \
	"ISAKMP:(1001): processing DELETE payload. message ID = " mid "\n"                                             \
	"ISAKMP:(1001):peer does not do paranoid keepalives.\n"
	static const char first[] = QM1 DONE("7"), second[] = QM1 DONE("7");
	char log[4096];
	struct story *s;

	snprintf(log, sizeof(log), "%s%s", first, second);
	for (char *p = strstr(log + sizeof(first) - 1, " 7"); p; p = strstr(p + 2, " 7"))
		p[1] = '8';
	strcat(log, GONE("21"));
	s = read_text(log);
	CU_ASSERT_PTR_NULL(story_find(s, FAULT_deleted_by_peer));
	story_free(s);
	strcat(log, GONE("22"));
	s = read_text(log);
	CU_ASSERT_PTR_NOT_NULL(story_find(s, FAULT_deleted_by_peer));
	story_free(s);
}

static const struct unit_test tests[] = {
	{ "every fault", every_fault },
	{ "what is taken back", taken_back },
	{ "a pair that is replaced", rekeyed },
};

int main(void)
{
	int rc;

	catalog = message_catalog_new();
	if (!catalog)
		return EXIT_FAILURE;
	rc = unit_main("judge", tests, sizeof(tests) / sizeof(tests[0]));
	message_catalog_free(catalog);
	return rc;
}
