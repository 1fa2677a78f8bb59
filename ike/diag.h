/*
 * What the engine knows about why a negotiation does not get on: for `show crypto explain`. Facts, noted where the engine
 * decides (ike/note.h), never read from debug lines. Times are of ops->now_ms().
 *
 * - Of each ident there are the last failures as initiator and as responder, of phase 1 and of phase 2, and how its SAs
 *   ended last. They outlive the IKE SA and go with the ident. When SAs come up, the failures that they end become one
 *   that is `over`.
 * - Peers that belong to no ident have a bounded list of their own: who reached further with its messages is forgotten
 *   last, and a flood of first messages gets few places in it.
 * - `proven`: a message that showed it was protected by keys that the peer alone has, or it is this router's own doing.
 *   Everything else may come from anybody, and says nothing about a tunnel that is up. `certain`: it is so; else it is what
 *   nearly always stands behind what was seen, silence for example.
 *
 * Values are those of the wire (ike/isakmp.h), so that what this router does not know can be told too. No keys.
 */
#ifndef IKE_DIAG_H
#define IKE_DIAG_H

#include "base/fault.h"
#include "ike/ike.h"

enum ike_message {
	IKE_MESSAGE_NONE,
	IKE_MM1,
	IKE_MM2,
	IKE_MM3,
	IKE_MM4,
	IKE_MM5,
	IKE_MM6,
	IKE_AM1,
	IKE_AM2,
	IKE_AM3,
	IKE_QM1,
	IKE_QM2,
	IKE_QM3
};
const char *ike_message_name(enum ike_message m); /* "MM1"; "" */

/* What two sides can disagree about. `bits`: of encryption and of a transform its key length. */
enum ike_subject {
	IKE_ON_ENCRYPTION,   /* phase 1: OAKLEY_ATTR_ENCR */
	IKE_ON_KEYLENGTH,    /* the same algorithm with other bits */
	IKE_ON_HASH,         /* OAKLEY_ATTR_HASH */
	IKE_ON_GROUP,        /* a number */
	IKE_ON_AUTH,         /* OAKLEY_ATTR_AUTH */
	IKE_ON_LIFETIME,     /* seconds, phase 1 */
	IKE_ON_CIPHER,       /* phase 2: the transform ID of ESP */
	IKE_ON_CIPHERLENGTH, /* the same transform with other bits */
	IKE_ON_INTEGRITY,    /* IPSEC_ATTR_AUTH, 0: none */
	IKE_ON_MODE,         /* IPSEC_ATTR_ENCAPS without UDP, 0: none that can be had */
	IKE_ON_PFS,          /* a group, 0: none */
	IKE_ON_LIFE_S,       /* seconds, phase 2 */
	IKE_ON_LIFE_KB,      /* kilobytes, phase 2 */
	IKE_ON_ATTRIBUTE,    /* theirs: the class of an attribute that cannot be taken */
	IKE_ON_PROTOCOL      /* theirs: AH or compression, PROTO_IPSEC_*; or ESP together with one */
};
struct ike_differ {
	enum ike_subject on;
	uint32_t ours, theirs;
	uint16_t ours_bits, theirs_bits;
	bool theirs_known;
};
/* As a line of the configuration has it: "aes 256", "sha", "14", "esp-sha256-hmac", "group14". Returns buf. */
#define IKE_VALUE_SIZE 48
const char *ike_value_text(enum ike_subject on, uint32_t value, unsigned bits, char buf[IKE_VALUE_SIZE]);
/* What stands on the wire for it. */
uint32_t ike_value_of_cipher(enum esp_cipher cipher);
uint32_t ike_value_of_integrity(enum esp_auth auth);

#define IKE_DIFFERS 6

/* How far one exchange got. */
struct ike_progress {
	bool initiator;
	enum ike_message sent, received; /* the last of each */
	uint64_t begun_ms, sent_ms;      /* sent_ms: the last time that something was sent */
	uint64_t received_ms;            /* the last message that went on, 0: none did */
	unsigned sendings;               /* of the last message */
	unsigned repeats;                /* the peer repeated its last message while it was answered */
	bool fragments;                  /* pieces of a message came, and not all of them */
	uint16_t local_port, remote_port;
	/* A notification about it, 0: none; proven or not. */
	uint16_t notify;
	bool notify_proven;
	uint64_t notify_ms;
};

struct ike_failure {
	enum fault fault; /* FAULT_NONE: there is none */
	bool certain, proven;
	unsigned times;             /* in a row */
	uint64_t first_ms, last_ms; /* the first and the last time */
	struct ike_progress at;
	/* Of the two that came nearest. 0: none. */
	unsigned priority;            /* the policy of ours */
	unsigned transform, proposal; /* their numbers in the peer's offer */
	int set;                      /* which of the ident's proposals, -1: none */
	struct ike_differ differs[IKE_DIFFERS];
	unsigned differ_count;
	bool has_proxies; /* what the peer asked to protect, and for what it took this router */
	struct ip_prefix local_proxy, remote_proxy;
	char peer_id[CONFIG_TEXT_SIZE]; /* what the peer calls itself, "" */
	char profile[CONFIG_NAME_SIZE]; /* the isakmp profile that it matched, "" */
	char wanted[CONFIG_NAME_SIZE];  /* ... and the one that was asked for, "" */
	char keyring[CONFIG_NAME_SIZE]; /* that the key was from, "" */
};

/* Why the last SAs of an ident went. */
enum ike_ending {
	IKE_ENDING_NONE,
	IKE_ENDING_LIFETIME,  /* no successor was made in time */
	IKE_ENDING_DELETED,   /* by the peer */
	IKE_ENDING_RESTARTED, /* the peer began afresh: INITIAL_CONTACT */
	IKE_ENDING_UNKNOWN,   /* the peer said that it has none: INVALID_SPI */
	IKE_ENDING_CLEARED,   /* here */
	IKE_ENDING_DEAD,      /* keepalives were not answered */
	IKE_ENDING_IDLE
};

/* A hint that anybody can give: so often, and when last. */
struct ike_hint {
	unsigned count;
	uint64_t last_ms;
	uint32_t spi;
};

/* Of one ident. */
struct ike_diag {
	uint64_t now_ms;
	uint32_t ident;
	uint32_t template;   /* of a clone: the ident it was made from */
	bool up, wanted;     /* wanted: it asks for SAs, and has none */
	uint64_t up_ms;      /* since then, or 0 */
	uint64_t rekey_ms;   /* when it asks for the successors of its SAs, UINT64_MAX: never by itself */
	uint64_t request_ms; /* when it asks next, UINT64_MAX: never */
	/* [0] as responder, [1] as initiator */
	struct ike_failure phase1[2], phase2[2];
	struct ike_failure over; /* the failure that was there before the SAs came up */
	uint64_t over_ms;
	enum ike_ending ending;
	uint64_t ended_ms;
	bool phase1_up;              /* there is an IKE SA that it can use */
	bool negotiating;            /* `now` is under way */
	struct ike_progress now;     /* of phase 2 when phase 1 is up */
	struct ike_hint unknown_sa;  /* encrypted messages of IKE SAs that are not there */
	struct ike_hint unknown_spi; /* ESP likewise */
	struct ike_differ lives[3];  /* lifetimes that differ, of the SAs that are there */
	unsigned life_count;
	bool initiated; /* the newest SAs were asked for by this router */
};
/*
 * The failure that keeps the SAs from coming up now; NULL: none is known. Of two roles that failed lately the one that tells
 * more.
 */
const struct ike_failure *ike_diag_stops(const struct ike_diag *d);
/* False: there is no such ident. */
bool ike_diag(struct ike *e, uint32_t ident, struct ike_diag *out);

#define IKE_STRANGERS 64
/* A peer that belongs to no ident. */
struct ike_stranger {
	uint64_t now_ms;
	struct ip_addr local, remote;
	struct ike_failure failure;
};
/* Newest first. */
void ike_each_stranger(struct ike *e, void (*fn)(void *ctx, const struct ike_stranger *s), void *ctx);

/* "NO_PROPOSAL_CHOSEN": as RFC 2408 3.14.1 names it; "notification 40000". Returns buf. */
#define IKE_NOTIFY_SIZE 40
const char *ike_notify_text(uint16_t type, char buf[IKE_NOTIFY_SIZE]);

#endif
