/*
 * What the engine holds of phase 1: peers, SAs found by cookies, and their nodes (exchanges) by message ID. Internal to
 * ike/. A peer is owned by the SAs that lock it, a node by its SA, an SA by the engine.
 *
 * An SA that is deleted stays as "ACTIVE (deleted)" until it is purged, so pointers to it are good for the whole of an
 * API call; only ike_sa_timer and eviction free one.
 */
#ifndef IKE_SA_H
#define IKE_SA_H

#include "base/text.h"
#include "base/wipe.h"
#include "ike/condition.h"
#include "ike/debug.h"
#include "ike/dh_job.h"
#include "ike/frag.h"
#include "ike/ike.h"
#include "ike/index.h"
#include "ike/keys.h"
#include "ike/parked.h"
#include "ike/payload.h"
#include "ike/record.h"
#include "ike/unproven.h"

#include <sys/queue.h>

/* The state of debug lines and its name in "show crypto isakmp sa" and in packet lines. */
#define IKE_STATES(X)                                                                                                  \
	X(IKE_READY, "MM_NO_STATE")                                                                                    \
	X(IKE_I_MM1, "MM_NO_STATE")                                                                                    \
	X(IKE_I_MM2, "MM_SA_SETUP")                                                                                    \
	X(IKE_I_MM3, "MM_SA_SETUP")                                                                                    \
	X(IKE_I_MM4, "MM_KEY_EXCH")                                                                                    \
	X(IKE_I_MM5, "MM_KEY_EXCH")                                                                                    \
	X(IKE_I_MM6, "MM_KEY_EXCH")                                                                                    \
	X(IKE_R_MM1, "MM_SA_SETUP")                                                                                    \
	X(IKE_R_MM2, "MM_SA_SETUP")                                                                                    \
	X(IKE_R_MM3, "MM_KEY_EXCH")                                                                                    \
	X(IKE_R_MM4, "MM_KEY_EXCH")                                                                                    \
	X(IKE_R_MM5, "MM_KEY_EXCH")                                                                                    \
	X(IKE_I_AM1, "AG_INIT_EXCH")                                                                                   \
	X(IKE_R_AM_AAA_AWAIT, "AG_INIT_EXCH")                                                                          \
	X(IKE_R_AM2, "AG_INIT_EXCH")                                                                                   \
	X(IKE_P1_COMPLETE, "QM_IDLE      ")                                                                            \
	X(IKE_DEST_SA, "MM_NO_STATE")                                                                                  \
	X(IKE_QM_READY, "QM_IDLE      ")                                                                               \
	X(IKE_QM_I_QM1, "QM_IDLE      ")                                                                               \
	X(IKE_QM_SPI_STARVE, "QM_IDLE      ")                                                                          \
	X(IKE_QM_R_QM2, "QM_IDLE      ")                                                                               \
	X(IKE_QM_PHASE2_COMPLETE, "QM_IDLE      ")

enum ike_state {
#define X(id, shown) id,
	IKE_STATES(X)
#undef X
		IKE_STATE_COUNT
};

/* Inputs of the state machines and where IOS says that they come from. */
#define IKE_INPUTS(X)                                                                                                  \
	X(IKE_SA_REQ_MM, "IKE_MESG_FROM_IPSEC")                                                                        \
	X(IKE_SA_REQ_AM, "IKE_MESG_FROM_IPSEC")                                                                        \
	X(IKE_MM_EXCH, "IKE_MESG_FROM_PEER")                                                                           \
	X(IKE_AM_EXCH, "IKE_MESG_FROM_PEER")                                                                           \
	X(IKE_QM_EXCH, "IKE_MESG_FROM_PEER")                                                                           \
	X(IKE_INFO_NOTIFY, "IKE_MESG_FROM_PEER")                                                                       \
	X(IKE_INFO_DELETE, "IKE_MESG_FROM_PEER")                                                                       \
	X(PRESHARED_KEY_REPLY, "IKE_MESG_FROM_AAA")                                                                    \
	X(IKE_PROCESS_MAIN_MODE, "IKE_MESG_INTERNAL")                                                                  \
	X(IKE_PROCESS_COMPLETE, "IKE_MESG_INTERNAL")                                                                   \
	X(IKE_PROCESS_ERROR, "IKE_MESG_INTERNAL")                                                                      \
	X(IKE_PHASE1_COMPLETE, "IKE_MESG_INTERNAL")                                                                    \
	X(IKE_PHASE1_DEL, "IKE_MESG_INTERNAL")                                                                         \
	X(IKE_INIT_QM, "IKE_MESG_INTERNAL")                                                                            \
	X(IKE_GOT_SPI, "IKE_MESG_INTERNAL")                                                                            \
	X(IKE_TIMER_IM_ALIVE, "IKE_MESG_FROM_TIMER")                                                                   \
	X(IKE_TIMER_PEERS_ALIVE, "IKE_MESG_FROM_TIMER")

enum ike_input {
	IKE_INPUT_NONE,
#define X(id, from) id,
	IKE_INPUTS(X)
#undef X
		IKE_INPUT_COUNT
};

const char *ike_state_name(enum ike_state s);
const char *ike_input_name(enum ike_input i);
const char *ike_input_from(enum ike_input i);

#define IKE_NEVER           UINT64_MAX
#define IKE_RESEND_MS       10000u /* between retransmissions */
#define IKE_RESEND_SOON_MS  1000u  /* what may have come too early for the peer */
#define IKE_RESENDS         5u
#define IKE_RESENDS_STALE   2u     /* so many were not answered */
#define IKE_RESEND_QUIET_MS 500u   /* a stored reply is not sent twice within this */
#define IKE_HALF_OPEN_MS    60000u /* a responder's SA that is not authenticated */
#define IKE_HALF_OPEN_KNOWN 1000u  /* of them, with addresses that are configured as a peer's */
#define IKE_HALF_OPEN_MAX                                                                                              \
	100u /* with others, the deleted ones that are not purged yet included; of either before MM3 */
#define IKE_HALF_OPEN_OF_ONE 16u /* ... of one address, beyond their first message: more of them are hoarded */
#define IKE_SA_PURGE_MS      60000u
#define IKE_SA_MARGIN_MS     30000u /* before the end of an SA, at most: the time to make the next */
#define IKE_NODE_PURGE_MS    50000u
#define IKE_ANSWER_MS        2000u  /* in which a request that arrived is answered */
#define IKE_COLLISION_MS     70000u /* as long as the peer repeats a message, and some more */
#define IKE_LOOK_MS          20u    /* how late a deadline may be noticed that an event has brought nearer */
#define IKE_LOOK_AT_ONCE     64u    /* up to so many SAs and idents it is noticed at once */
#define IKE_NODES_MAX        64u    /* of one SA */
#define IKE_SEEN_MAX         16384u /* message IDs of one SA, which ends with the last */
#define IKE_SEEN_LAST        512u   /* when so many are left the next SA is made: keepalives use them up in hours */
#define IKE_NONCE_OCTETS     20u
#define IKE_CONN_FIRST       1001u
#define IKE_NOISE_MS         10000u
#define IKE_NOISE_MAX        20u  /* messages per window that strangers cause, and that one configured peer does */
#define IKE_NOISE_KNOWN      200u /* ... that all configured peers do */
#define IKE_NOISE_PEERS      32u  /* that are told apart */

struct ike_blob {
	uint8_t *p;
	size_t octets;
};

/* Keeps a copy; an empty blob when there is no memory. */
void ike_blob_set(struct ike_blob *b, const void *p, size_t octets);
void ike_blob_clear(struct ike_blob *b); /* wipes */

struct ike_pair; /* ike/ipsec.h */

struct ike_peer {
	TAILQ_ENTRY(ike_peer) by_address;
	struct ip_addr local, remote;
	uint16_t port;
	uint32_t ptr, handle; /* what debug prints in place of an address and of IOS's handle */
	unsigned refs;
	bool inserted;
};

/* Of a Quick Mode that is under way. */
struct ike_qm {
	bool yielded;             /* initiator: the peer's request is served instead (collision.c) */
	uint32_t in_spi, out_spi; /* ours, the peer's */
	uint8_t ni[ISAKMP_NONCE_MAX], nr[ISAKMP_NONCE_MAX];
	size_t ni_octets, nr_octets;
	unsigned group; /* 0: no PFS */
	struct ike_dh dh;
	uint8_t gxy[IKE_DH_MAX];
	size_t gxy_octets;
	struct ike_proposal chosen;
	bool udp;                 /* encapsulated in UDP */
	uint32_t life_s, life_kb; /* negotiated */
	uint32_t offered_s, offered_kb;
	uint64_t begun_ms;          /* initiator: QM1 went, responder: it came */
	uint8_t number;             /* of the chosen proposal */
	struct ike_blob transform;  /* as the initiator offered it */
	struct ike_blob idci, idcr; /* bodies of the ID payloads, empty when there were none */
};

struct ike_node {
	TAILQ_ENTRY(ike_node) link;
	uint32_t mid;
	enum ike_state state;
	bool initiator;
	bool done; /* only answers duplicates until it is purged */
	bool rejected;
	bool deferred;  /* responder: not answered, because our own request goes first */
	uint32_t ident; /* whose request this is */
	uint8_t iv[IKE_BLOCK_MAX];
	struct ike_blob in, out; /* last message taken, last message sent */
	unsigned resends, repeats;
	uint64_t sent_ms, resend_ms, purge_ms;
	struct ike_qm *qm;     /* NULL before and after */
	struct ike_step *step; /* a step that waits for Diffie-Hellman, or NULL */
};

/* What is known of NATs between the two (ike/natt.c). */
struct ike_natt {
	enum isakmp_vid kind;             /* what both agreed upon, VID_UNKNOWN: no NAT traversal */
	bool local_inside, remote_inside; /* behind a NAT: this router, the peer */
};

/* When the path of an SA or of a pair is looked at next, for a keepalive. The rest is that look's own (ike/natt_path.c). */
struct ike_keepalive {
	uint64_t at_ms; /* deadline */
	STAILQ_ENTRY(ike_keepalive) link;
	struct ike_keepalive *chain;
	const struct ike_path *path;
	uint64_t quiet_ms;
};

/* Of a phase 1 that is under way. */
struct ike_mm {
	struct isakmp_policy *offer; /* initiator */
	size_t offer_count;
	struct ike_blob sai; /* body of the SA payload of the first message */
	struct ike_blob idi; /* Aggressive Mode: body of the initiator's ID payload */
	uint8_t ni[ISAKMP_NONCE_MAX], nr[ISAKMP_NONCE_MAX];
	size_t ni_octets, nr_octets;
	struct ike_dh dh;
	uint8_t peer_public[IKE_DH_MAX];
	size_t peer_public_octets;
	struct ike_blob transform; /* responder: the chosen one, as it came */
	uint8_t proposal_number;
	uint32_t offered_s;   /* responder: the lifetime the peer asked for */
	bool initial_contact; /* responder: asked for in MM5 */
};

/* Dead peer detection in an SA: ike/dpd.h. */
struct ike_dpd {
	struct isakmp_keepalive keepalive; /* s 0: this router does not ask */
	uint64_t at_ms;                    /* deadline */
	uint64_t heard_ms;                 /* the last message that was verified */
	uint64_t asked_ms;                 /* when the first question that is open was asked */
	unsigned asked;                    /* questions that are open, 0: none */
	uint32_t sequence;                 /* of the last one */
	bool they_asked;
	uint32_t their_sequence; /* of the peer's last one */
	bool doubted;            /* the peer may not have this SA any more: ike/recover.h */
	uint64_t doubted_ms, hint_ms;
};

struct ike_sa {
	TAILQ_ENTRY(ike_sa) link, by_cookie, by_ends;
	struct ike_sa_chain *cookie_chain, *ends_chain; /* where it is in ike/index.h */
	struct ike_peer *peer;                          /* NULL once deleted */
	struct ike_path path;
	struct ip_addr known_as; /* the peer's address for idents: where it was at first */
	struct ike_natt natt;
	bool fragmentation; /* both do IKE fragmentation */
	uint8_t icookie[ISAKMP_COOKIE_OCTETS], rcookie[ISAKMP_COOKIE_OCTETS];
	uint32_t ptr, conn_id;
	bool initiator, authenticated, deleted;
	bool proven; /* responder: the peer has shown that it receives */
	bool known; /* an ident is configured for these addresses; the SA counts as its peer's until it is authenticated */
	bool aggressive; /* made by Aggressive Mode */
	bool peer_dpd;   /* its vendor ID came */
	bool peer_ios;   /* likewise */
	enum ike_state state;
	bool chosen; /* policy is the one both agreed upon */
	struct isakmp_policy policy;
	uint64_t life_s;
	struct ike_mm *mm;
	struct ike_keys keys;
	bool has_keys;
	struct ike_step *step;   /* of phase 1, likewise */
	struct ike_blob in, out; /* of Main Mode: last message taken, last message sent */
	unsigned resends, malformed;
	uint64_t created_ms, authenticated_ms, sent_ms;
	uint64_t spoke_ms;  /* the last datagram of any exchange */
	uint64_t answer_ms; /* this router has deleted it and said so: until then the peer's own DELETE may come */
	uint64_t resend_ms, half_open_ms, expires_ms, purge_ms; /* deadlines */
	bool succeeded;                                         /* its successor was asked for */
	struct ike_keepalive keepalive;                         /* of the NAT */
	uint32_t *seen;                                         /* message IDs that were used */
	size_t seen_count, seen_room;
	TAILQ_HEAD(, ike_node) nodes;
	unsigned node_count;
	const char *phase1_id;          /* the peer's, base/text.h */
	char keyring[CONFIG_NAME_SIZE]; /* that the key is from */
	char profile
		[CONFIG_NAME_SIZE]; /* initiator: whose request this is; then the one that the peer matched. "": none */
	struct ike_dpd dpd;
	/* For ike/diag.h: of the last message, how often it went and the peer repeated the one before; pieces of one that came. */
	unsigned sendings, repeats, pieces;
	uint64_t taken_ms; /* the last one that came and went on */
	uint16_t hint;     /* a notification in clear, 0: none */
	uint64_t hint_ms;
	enum fault noted; /* what went wrong, as far as it was found out */
	uint64_t
		eager_ms; /* with keepalives the first message goes out more often than it is retransmitted; deadline */
};

struct ike_ident_entry;

/* The engine's copies of what was configured. Keys of keyrings stand behind the global ones. */
struct ike_settings_own {
	struct isakmp_policy *policies;
	struct isakmp_key *keys;
	size_t key_count;
	struct ike_keyring *keyrings;
	struct isakmp_match *matches;
	struct ike_profile *profiles;
	struct isakmp_peer *peers;
	size_t peer_count;
	char *hostname;
};

/* How many syslog messages somebody has caused in the window that began at since_ms. */
struct ike_noise {
	struct ip_addr from;
	uint64_t since_ms;
	unsigned count;
};

/*
 * What the engine works on: whom its debug lines are about. Each stands on the stack of who works, from IKE_ABOUT to the
 * end of the block, the innermost first. What is not given is that of the one around it.
 */
struct ike_about {
	struct ike *e;
	struct ike_about *outer;
	const struct ike_sa *sa; /* NULL: none, or it is gone */
	uint32_t ident;          /* 0: none */
	struct ike_path path;    /* remote family 0: not known */
};

#define IKE_ABOUT(e_, ...)                                                                                             \
	struct ike_about about_ __attribute__((cleanup(ike_about_end))) = { .e = (e_), __VA_ARGS__ };                  \
	ike_about_begin(&about_)

/* Random octets for what is no secret: cookies, message IDs, SPIs, what stands for addresses in debug text. */
struct ike_dice {
	uint8_t octets[256];
	size_t left;
};

struct ike {
	struct ike_ops ops;
	struct ike_crypto *crypto;
	unsigned debug;
	struct ike_conditions conditions;
	struct ike_about *about;
	struct ike_settings set; /* in force; the lists are those of `own` */
	struct ike_settings_own own;
	struct ike_stats stats; /* its counters */
	struct ike_frags frags;
	TAILQ_HEAD(ike_sa_list, ike_sa) sas; /* newest first */
	struct ike_index index;
	unsigned sa_count, ident_count;
	unsigned half_open_room[2]; /* half_open.c: of strangers, of configured peers */
	struct ike_dice dice;
	uint64_t timer_ms; /* what was asked of ops->timer last */
	uint64_t start_ms; /* since when phase 1 SAs of our own are counted */
	unsigned start_count;
	TAILQ_HEAD(, ike_ident_entry) idents;
	bool clones_doubtful; /* a clone may have nothing that keeps it */
	uint32_t next_ptr, next_handle, next_conn, next_ipsec_conn, next_ident, next_dh;
	struct ike_noise noise_strangers, noise_known, noise_peers[IKE_NOISE_PEERS];
	struct ike_strangers strangers;
	struct ike_debts debts;
	struct ike_parking parking;
	bool again;                               /* a message is worked on once more, of which nobody hears */
	enum ike_ending ending;                   /* why the SAs end that this call ends */
	struct ike_stock stock[IKE_STOCK_GROUPS]; /* used last first */
	unsigned dh_jobs;                         /* that somebody computes */
	unsigned dh_forgeable;                    /* of these, for AG1s */
};

static inline uint64_t ike_now(struct ike *e)
{
	return e->ops.now_ms(e->ops.ctx);
}

/* settings.c: deep copies replace what was in force. False when out of memory: then nothing has changed. */
bool ike_settings_take(struct ike *e, const struct ike_settings *s);
void ike_settings_drop(struct ike *e); /* wipes */

/* condition.c */
void ike_about_begin(struct ike_about *a);
void ike_about_end(struct ike_about *a);
void ike_about_gone(struct ike *e, const struct ike_sa *sa); /* it is about to be freed */
/* Is a line of this kind to be printed now? */
bool ike_condition_shows(struct ike *e, enum ike_debug kind);

uint32_t ike_random32(struct ike *e); /* not 0 */
uint32_t ike_new_ptr(struct ike *e);  /* what stands for the address of a new object in debug text */
/*
 * May one more message be logged that anybody can cause, by who is being worked on? Strangers share a limit, so that none of
 * them, nor all together, hide what configured peers do, each of which has its own.
 */
bool ike_noise(struct ike *e);
/* Is there a tunnel between these addresses? */
bool ike_is_configured(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote);

/* --- SAs --- */

/* With a locked peer and all debug lines; `who` locks. NULL when out of memory. */
struct ike_sa *ike_sa_new(struct ike *e, const struct ike_path *path, bool initiator, const char *who);
void ike_sa_free(struct ike *e, struct ike_sa *sa);
/* Main Mode's own state is not needed any more. */
void ike_sa_drop_mm(struct ike *e, struct ike_sa *sa);
/* "MM_NO_STATE", "QM_IDLE      " */
const char *ike_sa_shown(const struct ike_sa *sa);
static inline char ike_sa_role(const struct ike_sa *sa)
{
	return sa->initiator ? 'I' : 'R';
}
/*
 * By the cookies: a peer behind a NAT may come from anywhere. rcookie NULL: the initiator does not know it yet, and
 * comes from where it came from before. Deleted SAs are found too.
 */
struct ike_sa *ike_sa_find(struct ike *e, const struct ike_path *path, const uint8_t *icookie, const uint8_t *rcookie);
/* Is it between these, though the peer may have moved? */
static inline bool ike_sa_between(const struct ike_sa *sa, const struct ip_addr *local, const struct ip_addr *remote)
{
	return ip_equal(&sa->path.local, local) && ip_equal(&sa->known_as, remote);
}
/* The newest one with the peer of this pair that can be used, or NULL. */
struct ike_sa *ike_sa_of_pair(struct ike *e, const struct ike_pair *p);
/* The newest one between these that Quick Mode can use, or NULL. profile: that the peer must have matched, "": any. */
struct ike_sa *ike_sa_ready(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote,
			    const char *profile);
/* One that this router initiated and that is not complete. */
struct ike_sa *ike_sa_budding(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote,
			      const char *profile);
/* IOS prints the first half before and the second half after other lines. Tells nobody. */
void ike_sa_delete_begin(struct ike *e, struct ike_sa *sa, const char *reason);
void ike_sa_delete_end(struct ike *e, struct ike_sa *sa, const char *reason);
void ike_sa_delete(struct ike *e, struct ike_sa *sa, const char *reason);
/* Tells the peer. */
void ike_sa_leave(struct ike *e, struct ike_sa *sa, const char *reason);
/* ... on this input instead of IKE_PHASE1_DEL. */
void ike_sa_delete_by(struct ike *e, struct ike_sa *sa, const char *reason, enum ike_input input);
/* What names it in notifications and deletes: both cookies. */
void ike_sa_spi(const struct ike_sa *sa, uint8_t out[2 * ISAKMP_COOKIE_OCTETS]);
/*
 * Call admission: may one more IKE SA be begun? Counts and logs a refusal. Limits are for new peers: where
 * there is an SA already another one may be made.
 */
bool ike_sa_admit(struct ike *e, const struct ike_path *path, bool incoming);
/* half_open.c: makes room for one more half-open SA with the peer of this path. */
void ike_sa_make_room(struct ike *e, const struct ike_path *path);
/* Its first message was sent: with keepalives it is repeated at their retry interval. */
void ike_sa_eager(struct ike *e, struct ike_sa *sa);
/* sa_timer.c: what is due; may free the SA. */
void ike_sa_timer(struct ike *e, struct ike_sa *sa);
uint64_t ike_sa_deadline(const struct ike_sa *sa);

/* To ops->phase1_key, where there is one and the SA has keys. */
void ike_sa_export_key(struct ike *e, const struct ike_sa *sa);

/* False when the SA has used this message ID before (then it is a replay). */
bool ike_sa_mid_fresh(const struct ike_sa *sa, uint32_t mid);
void ike_sa_mid_use(struct ike_sa *sa, uint32_t mid);
uint32_t ike_sa_mid_new(struct ike *e, struct ike_sa *sa);

/* --- peers (peer.c) --- */

/* Made when there is none; `who` is what debug names as the one that locks or unlocks. NULL when out of memory. */
struct ike_peer *ike_peer_lock(struct ike *e, const struct ike_path *path, const char *who);
void ike_peer_unlock(struct ike *e, struct ike_peer *p, const char *who); /* the last one frees it */
/* The SA is authenticated: IOS's lines. */
void ike_sa_peer_insert(struct ike *e, struct ike_sa *sa);
/* The peer of its path, after that has changed. */
void ike_sa_peer_move(struct ike *e, struct ike_sa *sa);

/* --- nodes (node.c) --- */

/* NULL when there are too many or no memory. */
struct ike_node *ike_node_new(struct ike *e, struct ike_sa *sa, uint32_t mid, bool initiator);
struct ike_node *ike_node_find(struct ike_sa *sa, uint32_t mid);
struct ike_node *ike_node_of_ident(struct ike_sa *sa, uint32_t ident); /* under way */
/* Stops it; it is kept until it is purged. */
void ike_node_done(struct ike *e, struct ike_sa *sa, struct ike_node *n, bool error, const char *reason);
void ike_node_free(struct ike *e, struct ike_sa *sa, struct ike_node *n);
void ike_qm_free(struct ike *e, struct ike_qm *qm);

#endif
