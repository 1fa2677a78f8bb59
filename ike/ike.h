/*
 * The IKEv1 engine (RFC 2407, 2408, 2409): Main Mode with a pre-shared key, Quick Mode, Informational exchanges,
 * and IOS's "key engine", which holds the idents (crypto map heads) and the lifetimes of their IPsec SAs.
 *
 * Sans I/O: everything comes in through these functions and goes out through ike/ops.h. Not thread-safe: one thread,
 * or one lock. Deterministic: the same inputs, clock and random bytes give the same outputs.
 *
 * An ident starts Quick Mode by itself (Main Mode first when there is no phase 1 SA) as soon as it is added, unless it
 * is responder-only, and tries again for ever with IOS's timers: retransmission every 10 s, five times; the request
 * again every 30 s.
 */
#ifndef IKE_IKE_H
#define IKE_IKE_H

#include "ike/condition.h"
#include "ike/ops.h"

struct ike;

/* `local-address` of a keyring or a profile: it is there for what comes to one of these addresses only. */
struct ike_local {
	bool limited;         /* else any */
	struct ip_addr at[2]; /* in force now; family 0: none */
};

/* A keyring or an isakmp profile as the engine needs it; the lists are the configuration's. */
struct ike_keyring {
	char name[CONFIG_NAME_SIZE]; /* "default": the global keys */
	struct ike_local local;
	const struct isakmp_key *keys;
	size_t key_count;
};

struct ike_profile {
	char name[CONFIG_NAME_SIZE];
	char keyrings[ISAKMP_PROFILE_KEYRINGS][CONFIG_NAME_SIZE]; /* none: the global keys */
	unsigned keyring_count;
	const struct isakmp_match *matches;
	size_t match_count;
	enum isakmp_self_kind self;
	char self_text[CONFIG_TEXT_SIZE];
	struct isakmp_keepalive keepalive; /* s 0: the global one */
	bool aggressive;
	struct ike_local local;
	unsigned virtual_template;
};

/* Phase 1 settings, copied by ike_configure. Policies in priority order, as config/model.h has them. */
struct ike_settings {
	const struct isakmp_policy *policies;
	size_t policy_count;
	const struct isakmp_key *keys; /* the global ones; none is empty */
	size_t key_count;
	const struct ike_keyring *keyrings; /* in the order of configuration, without the global keys */
	size_t keyring_count;
	const struct ike_profile *profiles; /* in the order of configuration */
	size_t profile_count;
	const struct isakmp_peer *peers; /* `crypto isakmp peer` */
	size_t peer_count;
	enum isakmp_identity identity;
	const char *hostname; /* the FQDN of this router */
	bool enabled;         /* `crypto isakmp enable`; off: every datagram is dropped, nothing is started */
	bool natt;            /* NAT traversal, RFC 3947 */
	unsigned nat_keepalive_s;
	struct isakmp_keepalive keepalive;
	bool invalid_spi_recovery;
	bool fragmentation;   /* IKE fragmentation */
	bool session_logging; /* log that a tunnel is up or down: SESSION_STATUS */
	enum isakmp_aggressive aggressive;
	unsigned sa_limit, negotiation_limit; /* 0: none, the default */
};

#define IKE_PROPOSALS 6

/* One proposal of an ident: a transform set. */
struct ike_proposal {
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
	bool transport; /* encapsulation mode to negotiate; a VTI's is always tunnel */
};

/* What Quick Mode negotiates for one pair of proxies: a VTI's "Tunnel23-head-0". */
struct ike_ident {
	char map[CONFIG_NAME_SIZE];          /* "Tunnel23-head-0" */
	char ifname[CONFIG_IFNAME_SIZE];     /* "Tunnel23" */
	char out_ifname[CONFIG_IFNAME_SIZE]; /* "Ethernet0/0": the "mtu idb" */
	struct ip_addr local, remote;        /* crypto endpoints */
	struct ip_prefix local_proxy, remote_proxy;
	struct ike_proposal proposals[IKE_PROPOSALS];
	unsigned proposal_count;
	unsigned pfs_group;   /* 0: none */
	unsigned lifetime_s;  /* offered */
	uint32_t lifetime_kb; /* offered; 0: no volume lifetime */
	unsigned replay_window;
	unsigned path_mtu; /* of out_ifname, octets */
	bool responder_only;
	unsigned idle_s;                /* without traffic for so long: the SAs go; 0: never */
	char profile[CONFIG_NAME_SIZE]; /* `set isakmp-profile`, or "" */
	/*
	 * A Virtual-Template: never negotiates itself. A peer whose isakmp profile names it gets an ident of its own,
	 * made by the engine with `remote` filled in, and told with ops->ident_cloned.
	 */
	unsigned virtual_template; /* its number, 0: none */
};

/* ops is copied; ops->ctx must outlive the engine. NULL when out of memory. */
struct ike *ike_new(const struct ike_ops *ops);
/* Wipes every key. Sends nothing: ike_shutdown first when peers are to know. */
void ike_free(struct ike *e);

/* 0, or -IKE_ENOMEM. SAs that exist stay, as on IOS; new exchanges use the new settings. */
int ike_configure(struct ike *e, const struct ike_settings *s);
/* The policies in force while none is configured: IOS's, of which those with RSA signatures cannot be negotiated here. */
const struct isakmp_policy *ike_default_policies(size_t *count);
void ike_set_debug(struct ike *e, unsigned kinds); /* mask of enum ike_debug */
/* Replaces those that were in force; copied. */
void ike_set_conditions(struct ike *e, const struct ike_conditions *c);
/* Tells ops->phase1_key of each SA that has keys, and of each one later as it gets them. NULL: no more. */
void ike_export_keys(struct ike *e,
		     void (*phase1_key)(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets));

/* The new ident's number (1..), or 0 when out of memory. Logs ISAKMP_ON_OFF when it is the first. */
uint32_t ike_ident_add(struct ike *e, const struct ike_ident *ident);
/* Is it this one, to the octet (padding too)? */
bool ike_ident_is(struct ike *e, uint32_t ident, const struct ike_ident *what);
/* The next ident after this number between two endpoints, 0: none. Begin with 0. */
uint32_t ike_ident_between(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t after);
/* Deletes its SAs (with delete notifications) and forgets it. Logs ISAKMP_ON_OFF when it was the last. */
void ike_ident_remove(struct ike *e, uint32_t ident);
/* The link to the peer has another MTU now; its SAs stay. */
void ike_ident_path_mtu(struct ike *e, uint32_t ident, unsigned path_mtu);

/* One datagram from the IKE port. Never fails: what is wrong with it is logged and dropped. */
void ike_feed(struct ike *e, const struct ike_path *path, const uint8_t *datagram, size_t octets);
/* Does all that is due at ops->now_ms(). */
void ike_timer(struct ike *e);
/* Half of the sequence numbers of an outbound SA are used, or all. */
void ike_sa_limit(struct ike *e, uint32_t ident, uint32_t spi);
/* An inbound SA took its first genuine packet: the peer has its half. To be told once of each. */
void ike_sa_proven(struct ike *e, uint32_t ident, uint32_t in_spi);
/* An SA has carried soft_octets. */
void ike_sa_volume(struct ike *e, uint32_t ident, bool inbound, uint32_t spi);

/* The work of ops->dh_start, in any thread; `c` is that thread's own (ike_crypto_new, ike/keys.h). */
struct ike_crypto;
void ike_dh_compute(struct ike_crypto *c, struct ike_dh_job *job);
/* It was computed: the exchange that waits for it goes on. */
void ike_dh_done(struct ike *e, struct ike_dh_job *job);
/* It never will be: whoever has jobs when the engine is about to be freed throws them away before that. */
void ike_dh_job_free(struct ike_dh_job *job);

/* ESP that is genuine came from another address or port than the SA's (a NAT mapping was renewed). */
void ike_peer_moved(struct ike *e, uint32_t ident, uint32_t in_spi, const struct ike_path *path);
/* ESP for an SPI that is not ours, a packet of so many octets without the headers before it. */
void ike_invalid_spi(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t spi,
		     size_t octets);

/* `clear crypto isakmp [conn-id]` (0: all): deletes phase 1 SAs, telling the peers. */
void ike_clear_isakmp(struct ike *e, uint32_t conn_id);
/* `clear crypto sa [peer A]` (NULL: all); negotiation starts again for idents that are not responder-only. */
void ike_clear_sa(struct ike *e, const struct ip_addr *peer);
/* `clear crypto session [remote A]`: both of the above. */
void ike_clear_session(struct ike *e, const struct ip_addr *peer);
/* Tells every peer (deletes), before the router stops. */
void ike_shutdown(struct ike *e);

/* --- snapshots for show commands: copies, taken in one call ---------------------------------------------------- */

struct ike_sa_info {
	uint32_t conn_id; /* 0 before MM3/MM4, then 1001... */
	struct ike_path path;
	bool initiator;
	const char *state; /* "QM_IDLE", "MM_NO_STATE": as show crypto isakmp sa prints it */
	bool deleted;      /* ACTIVE (deleted) */
	bool authenticated;
	bool natt;          /* there is a NAT on the path: capability N */
	bool fragmentation; /* capability F */
	bool dpd;           /* keepalives are configured, and the peer does them too (RFC 3706): capability D */
	enum isakmp_encr encr;
	unsigned keybits;
	enum isakmp_hash hash;
	enum isakmp_auth auth;
	unsigned group;
	uint64_t lifetime_left_s;         /* 0 before it is negotiated */
	char phase1_id[CONFIG_TEXT_SIZE]; /* the peer's, or "" */
	char profile[CONFIG_NAME_SIZE];   /* the isakmp profile that the peer matched, or "" */
	char keyring[CONFIG_NAME_SIZE];   /* that the key is from: "default" the global keys, "" a peer's password */
	unsigned priority;                /* of the policy that was agreed upon, 0: none yet */
	uint64_t life_s;                  /* that was agreed upon */
};

/* Newest first. */
void ike_each_sa(struct ike *e, void (*fn)(void *ctx, const struct ike_sa_info *sa), void *ctx);

struct ike_child_info {
	bool inbound;
	uint32_t spi, conn_id;
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
	bool transport;
	bool udp;                         /* encapsulated in UDP: "Tunnel UDP-Encaps" */
	uint16_t local_port, remote_port; /* of its path, host byte order */
	uint64_t left_s;                  /* remaining key lifetime */
	uint64_t left_kb;                 /* counted down from the real traffic */
	unsigned replay_window;
	bool current; /* outbound: the one in use */
};

#define IKE_CHILDREN 8

struct ike_ident_info {
	uint32_t ident;
	struct ike_ident config;
	bool up; /* SAs in both directions */
	bool negotiating;
	uint64_t up_s;                                /* since the first SA of the present session */
	unsigned pfs_group;                           /* of the current SA */
	struct ike_child_info children[IKE_CHILDREN]; /* newest first */
	unsigned child_count;
	uint64_t send_errors, recv_errors;
};

/* Clones too; Virtual-Templates have nothing to show. */
void ike_each_ident(struct ike *e, void (*fn)(void *ctx, const struct ike_ident_info *ident), void *ctx);

/* `show crypto isakmp sa count`, `show crypto call admission statistics`: what there is now, and what was since the start. */
struct ike_stats {
	unsigned active, negotiating, dead; /* IKE SAs; dead: deleted, not purged yet */
	unsigned sa_limit, negotiation_limit;
	/* IKE SAs that were begun, and those that were refused, by this router's peers and by itself */
	uint64_t in_accepted, in_rejected, out_accepted, out_rejected;
	uint64_t rejected_sa_limit, rejected_negotiation_limit, rejected_resources; /* why, of both */
	/* pairs of IPsec SAs likewise */
	unsigned ipsec_active, ipsec_negotiating;
	uint64_t ipsec_in_accepted, ipsec_in_rejected, ipsec_out_accepted, ipsec_out_rejected;
	uint64_t dropped; /* datagrams that got no further than their header */
};

void ike_stats(struct ike *e, struct ike_stats *out);
/* `clear crypto call admission statistics`: what was counted since the start begins at 0 again. */
void ike_stats_clear(struct ike *e);

enum ike_error { IKE_ENOMEM = 1, IKE_ECRYPTO, IKE_EMALFORMED, IKE_EPROPOSAL };

#endif
