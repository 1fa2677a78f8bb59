/*
 * IOS's key engine: idents (crypto map heads), the requests they make, and their IPsec SAs in pairs, one per direction.
 * Internal to ike/. The engine owns idents, an ident its pairs.
 */
#ifndef IKE_IPSEC_H
#define IKE_IPSEC_H

#include "ike/attr.h"
#include "ike/sa.h"

#define IKE_REQUEST_MS       30000u /* the request timer */
#define IKE_REQUEST_AGAIN_MS 1000u  /* after the peer deleted SAs that had lasted */
#define IKE_AHEAD_MS         5000u  /* when a request of the peer's is being worked on */
#define IKE_LAST_MS          60000u /* an IKE SA with less to live begins no Quick Mode */
#define IKE_LASTED_MS        10000u
#define IKE_REKEY_MARGIN_MS  30000u /* before the hard end */
#define IKE_WATCH_MS         1000u  /* volume, between its soft and its hard end */
#define IKE_OVERLAP_MS       5000u  /* no packet is under way longer */
#define IKE_WAITS_MS         1000u  /* for a peer to install what was agreed upon */
#define IKE_CONFIRMED_MS     30000u /* a pair whose successor both sides have */
#define IKE_UNCONFIRMED_MS   90000u /* ... or should have: longer than the peer retransmits QM2 */
#define IKE_PAIRS_MAX        4u     /* of one ident; the oldest gives way */
#define IKE_STARTS_MAX       50u    /* phase 1 SAs that are begun within IKE_STARTS_MS; the others wait */
#define IKE_STARTS_MS        100u
#define IKE_CLONES_MAX       4096u /* of all Virtual-Templates */

/* Two IPsec SAs. */
struct ike_pair {
	TAILQ_ENTRY(ike_pair) link;
	uint32_t in_spi, out_spi, in_conn, out_conn;
	struct ike_path path;
	struct ike_proposal proposal;
	unsigned replay_window, pfs_group;
	uint32_t life_s, life_kb; /* negotiated */
	uint32_t limit_kb;        /* where it really ends, 0: no limit */
	bool udp;                 /* encapsulated, between the ports of path */
	bool peer_inside;         /* the peer is behind a NAT */
	const char *phase1_id;    /* as in struct ike_sa */
	bool in_installed, out_installed;
	bool initiator; /* this router asked for it */
	bool enabled;   /* the outbound SA is in use; as responder it is held at first */
	bool waits;     /* held although this router asked for it */
	bool rekeyed;   /* a successor has been asked for or is there */
	bool limited;   /* the data plane reported a limit */
	unsigned told;  /* so often the peer, which alone asks, was told that the volume is spent */
	bool leaving;   /* the peer deleted it: only what is under way is taken until hard_ms */
	uint64_t created_ms;
	uint64_t begun_ms; /* its lifetimes began */
	/* deadlines; watch: of the volume, retire: it has a successor, use: it waits no longer */
	uint64_t soft_ms, hard_ms, watch_ms, retire_ms, use_ms;
	struct ike_keepalive keepalive;
};

struct ike_ident_entry {
	TAILQ_ENTRY(ike_ident_entry) link, by_number, by_ends;
	uint32_t number, root; /* root: "sadb_root" */
	uint32_t template;     /* of a clone: the ident it was made from, else 0 */
	uint16_t peer_port;    /* of a clone: several peers may be behind one address */
	const char *peer_id;   /* of a clone: who its peer is */
	struct ike_ident config;
	TAILQ_HEAD(, ike_pair) pairs; /* newest first */
	bool up;
	uint64_t up_since_ms;
	struct ip_addr session_peer; /* while it is up: with whom */
	uint16_t session_port;
	const char *session_id;
	bool wanted;                          /* SAs are asked for */
	bool waits;                           /* for its turn to have a phase 1 SA made */
	unsigned fired;                       /* request timer */
	uint64_t request_ms;                  /* deadline */
	uint64_t idle_ms;                     /* deadline */
	uint32_t invalid_spi;                 /* the peer is to be told of, once there is an IKE SA; 0: none */
	uint64_t spi_ms, cookie_ms, begin_ms; /* not before: ike/recover.c */
	uint64_t send_errors, recv_errors;
	struct ike_notes notes;
};

/* Does it ask for SAs by itself? */
static inline bool ike_ident_asks(const struct ike_ident_entry *i)
{
	return !i->config.responder_only && !i->config.virtual_template && !i->template;
}

/* "esp-aes 256 esp-sha-hmac ", as debug spells it; size 64. */
const char *ike_transform_text(const struct ike_proposal *p, char buf[64]);
/* The "(key eng. msg.) INBOUND" block of validate_proposal_request. */
const char *ike_inbound_text(const struct ike_path *path, const struct ip_prefix *local, const struct ip_prefix *remote,
			     unsigned keybits, char buf[512]);
const char *ike_ident_text(const struct ike_ident *i, char buf[512]); /* the (identity) block */

struct ike_ident_entry *ike_ident_find(struct ike *e, uint32_t number);
/* The next number, and the engine's lines; asks for nothing. NULL when out of memory. */
struct ike_ident_entry *ike_ident_new(struct ike *e, const struct ike_ident *ident);
/* The ident that these endpoints and proxies belong to, or NULL; of several the one that needs SAs most. */
struct ike_ident_entry *ike_ident_match(struct ike *e, const struct ike_sa *sa, const struct ip_prefix *local_proxy,
					const struct ip_prefix *remote_proxy);
/* The Virtual-Template that this peer's profile names, when it may have an ident of these proxies made from it. */
struct ike_ident_entry *ike_template_for(struct ike *e, const struct ike_sa *sa, const struct ip_prefix *local_proxy,
					 const struct ip_prefix *remote_proxy);
/* Makes it. NULL: the router does not take it, or there is no memory. */
struct ike_ident_entry *ike_ident_clone(struct ike *e, const struct ike_ident_entry *template, const struct ike_sa *sa,
					const struct ip_prefix *local_proxy, const struct ip_prefix *remote_proxy);
bool ike_clone_is_of(const struct ike_ident_entry *i, const struct ike_sa *sa);
/* A peer that says "initial contact" has no SAs left from before it had this address: its former clone goes. */
void ike_clones_moved(struct ike *e, const struct ike_sa *sa);
/* Clones that nothing keeps go. */
void ike_clones_reap(struct ike *e);
/* The template goes: `end` takes leave of each of its clones' peers. */
void ike_clones_remove(struct ike *e, uint32_t template, void (*end)(struct ike *e, struct ike_ident_entry *i));
bool ike_ident_protects(const struct ike_ident_entry *i, const struct ip_prefix *local, const struct ip_prefix *remote);
/* Is a Quick Mode for it under way, or waiting for phase 1? */
bool ike_ident_is_negotiated(struct ike *e, const struct ike_ident_entry *i);
/* Is there another one with its endpoints and proxies? */
bool ike_ident_has_twin(struct ike *e, const struct ike_ident_entry *i);
void ike_ident_free(struct ike_ident_entry *i); /* tells nobody */

/* Asks for SAs: prints sa_request, attaches to or starts phase 1, arms the request timer. */
void ike_ident_request(struct ike *e, struct ike_ident_entry *i);
/* Begins phase 1 with the ident's peer, unless this router is at it already. */
void ike_phase1_begin(struct ike *e, struct ike_ident_entry *i);
/* Is the newest pair one that needs no successor yet? */
bool ike_ident_covered(const struct ike_ident_entry *i);
/*
 * A request that was repeated in vain for SAs that end before it is given up as usual: the IKE SA may be one that the peer
 * has lost, and there is time left to make another one.
 */
bool ike_ident_hurries(struct ike *e, const struct ike_node *n);
/* The exchange that asked for SAs ended with its IKE SA, or before it was begun. */
void ike_ident_retry(struct ike *e, uint32_t ident);
/* Asks again after so long, unless the newest pair needs no successor. */
void ike_ident_again(struct ike *e, struct ike_ident_entry *i, uint64_t after_ms);
/* Phase 1 is complete: starts what waits for it. */
void ike_ident_phase1_up(struct ike *e, struct ike_sa *sa);
void ike_ident_timer(struct ike *e, struct ike_ident_entry *i);
uint64_t ike_ident_deadline(const struct ike_ident_entry *i);

struct ike_pair *ike_pair_find(const struct ike_ident_entry *i, bool inbound, uint32_t spi);
#define IKE_SPI_MIN 256u /* those below are reserved: RFC 4303 2.1 */
/* An SPI that none of our inbound SAs has; IKE_SPI_MIN or more. */
uint32_t ike_spi_new(struct ike *e);

/*
 * Makes the pair of a Quick Mode before the message leaves that completes it for the peer, and says nothing yet. The
 * inbound SA is installed, as responder the outbound one too, held. When that fails nothing is left of it.
 */
void ike_pair_prepare(struct ike *e, struct ike_ident_entry *i, const struct ike_sa *sa, const struct ike_qm *qm,
		      bool initiator);
/*
 * The message has left: IOS's lines, and as initiator the outbound SA. False when this failed or there is no pair that
 * was prepared; then nothing is left of it.
 */
bool ike_pair_create(struct ike *e, struct ike_ident_entry *i, const struct ike_sa *sa, const struct ike_qm *qm);
/* The initiator has shown that it has its SAs: the outbound one may be used, with IOS's lines. */
void ike_pair_confirm(struct ike *e, uint32_t ident, uint32_t in_spi);
/* notify: tells the peer. */
void ike_pair_delete(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p, bool notify);
/* The peer does not want what we answered to its Quick Mode: the pair goes. */
void ike_ident_refused(struct ike *e, const struct ike_node *n);
/*
 * A Quick Mode of ours as responder can no longer be confirmed by QM3. The peer may have its half all the same: the
 * pair stays for a while and waits for a packet, but counts no more as what was asked for.
 */
void ike_ident_unconfirmed(struct ike *e, const struct ike_node *n);
/* The peer deleted the SA with this outbound SPI of ours, or all (spi 0, initial contact) that were created before. */
void ike_pairs_deleted_by_peer(struct ike *e, const struct ike_sa *sa, uint32_t spi, uint64_t before_ms);

uint64_t ike_pair_left_s(struct ike *e, const struct ike_pair *p);
/* The outbound SA is not held any more. */
void ike_pair_enable(struct ike *e, struct ike_ident_entry *i, struct ike_pair *p);

/* collision.c */
/*
 * The peer asks with this nonce for SAs of the ident. True: a request of ours goes first, the peer's is not to be answered
 * now. Else what we asked for ourselves is given up.
 */
bool ike_collision_lost(struct ike *e, const struct ike_ident_entry *i, const uint8_t *nonce, size_t octets);
/* A request of the peer's is being worked on. */
bool ike_collision_ahead(struct ike *e, const struct ike_ident_entry *i);

/* rekey.c */
/*
 * Its lifetimes began with the exchange's first message: however long the answer took, the initiator's do not end after
 * the responder's.
 */
void ike_pair_start(struct ike *e, const struct ike_ident_entry *i, struct ike_pair *p, uint64_t begun_ms);
uint64_t ike_pair_soft_octets(const struct ike_pair *p); /* 0: no volume lifetime */
uint64_t ike_pair_octets(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p, bool inbound);
/* It takes the place of the older ones, which end after so long when nothing comes through them any more. */
void ike_pair_succeeds(struct ike *e, struct ike_pair *p, uint64_t after_ms);
/* The first genuine packet came through this inbound SA. */
void ike_pair_proven(struct ike *e, struct ike_ident_entry *i, uint32_t in_spi);
/* The peer's lifetimes of the SA with this outbound SPI, 0: not named. Never longer than what was agreed upon. */
void ike_pair_shorten(struct ike *e, const struct ike_sa *sa, uint32_t out_spi, uint32_t life_s, uint32_t life_kb);
/*
 * Tells the peer, which alone asks, that the volume is spent (lifetime.c): RESPONDER-LIFETIME with the seconds that are
 * left for the rekeying.
 */
void ike_lifetime_spent(struct ike *e, const struct ike_pair *p);
/* The data plane reported that an SA has carried its soft_octets. */
void ike_pair_volume(struct ike *e, struct ike_ident_entry *i, bool inbound, uint32_t spi);
void ike_pairs_timer(struct ike *e, struct ike_ident_entry *i);
uint64_t ike_pairs_deadline(const struct ike_ident_entry *i);
/* The data plane reported a limit of this outbound SA. */
void ike_pair_limit(struct ike *e, struct ike_ident_entry *i, uint32_t out_spi);
/* How much of its life it has had, in seconds or in kilobytes, whichever is more; of a million. */
unsigned ike_pair_spent(struct ike *e, const struct ike_ident_entry *i, const struct ike_pair *p);
/* Fills the children and the PFS group. */
void ike_pairs_info(struct ike *e, const struct ike_ident_entry *i, struct ike_ident_info *out);

#endif
