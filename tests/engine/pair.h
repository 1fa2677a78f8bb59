/*
 * Two IKE engines in one process, joined by a queue, with a fake clock and a seeded random source: the same seed gives
 * the same run. Side 0 is R2, side 1 is R3. Everything an engine says or does is recorded.
 */
#ifndef TESTS_ENGINE_PAIR_H
#define TESTS_ENGINE_PAIR_H

#include "ike/ike.h"

#define PAIR_DATAGRAM 9000
#define PAIR_SAS      512
#define PAIR_JOBS     80 /* computations that wait, unless a test raises job_room */
#define PAIR_JOBS_MAX 120

struct pair;

struct pair_sa {
	bool there;
	struct ike_ipsec_sa sa; /* keys point into the buffers below */
	uint8_t cipher_key[64], auth_key[64];
	uint64_t packets, octets; /* what sa_usage reports */
	uint64_t used_ms;         /* of the last packet, or of the install */
	unsigned number;          /* in the order of installation */
	uint64_t highest;         /* sequence number that was taken */
	bool told_volume;
};

/*
 * A NAT in front of a side. Ports of what goes out are shifted; what comes in must be for a port that something went out
 * of since the mappings were made, or for 500 and 4500 if those are let in. ESP that is not in UDP does not pass.
 */
struct pair_nat {
	bool on, forwards;
	struct ip_addr outside; /* the address that others see */
	uint16_t shift;
	bool opened[2]; /* a mapping of 500, of 4500 */
};

struct pair_side {
	struct pair_nat nat;
	struct ike_path kept; /* of the last keepalive */
	unsigned keepalives, moves;
	struct pair *pair;
	int index;
	struct ike *ike;
	struct ip_addr addr;
	uint64_t random, timer_ms;
	char **lines; /* what was said, one entry per line; syslog with its %FACILITY */
	size_t line_count, line_room;
	struct pair_sa sas[PAIR_SAS];
	unsigned installs, removes;
	bool fail_install;
	uint32_t idents[4];
	bool up[8]; /* by ident number */
	unsigned ups, downs;
	unsigned clones, gone;  /* idents made from a Virtual-Template, and those that went */
	struct ike_ident clone; /* the newest */
	bool refuse_clone;
	unsigned sent;
	/* ESP: sent, taken by the other side, without an SA to go out through, without one to come in through */
	unsigned esp_sent, esp_taken, esp_no_sa, esp_refused;
};

struct pair_job {
	uint64_t at_ms;
	int side;
	struct ike_dh_job *job;
};

struct pair_packet {
	uint64_t at_ms;
	int to;
	struct ike_path path; /* as the receiver sees it */
	bool esp;             /* data is a struct pair_esp */
	size_t octets;
	uint8_t data[PAIR_DATAGRAM];
};

struct pair {
	struct pair_side side[2];
	uint64_t now_ms;
	struct pair_packet *queue;
	size_t queued, queue_room;
	unsigned sent; /* datagrams so far, both sides */
	/* Diffie-Hellman is done by somebody else, who takes so long; 0: by the engine itself. */
	uint64_t dh_ms;
	struct pair_job jobs[PAIR_JOBS_MAX];
	unsigned job_room;
	unsigned job_count, jobs_done;
	struct ike_crypto *crypto;
	uint64_t latency_ms;
	unsigned duplicate; /* extra copies of every datagram */
	uint64_t duplicate_after_ms;
	bool reorder; /* every second datagram is held back */
	/* A bad line, seeded by pair_new. Each can be switched at any time. */
	unsigned loss;            /* of a hundred datagrams */
	unsigned loss_esp;        /* of a hundred ESP packets */
	unsigned doubled;         /* of a hundred datagrams: come twice, the second time later */
	uint64_t jitter_ms;       /* what any of them may come later, so that they overtake each other */
	bool cut[2];              /* nothing from this side gets through */
	uint64_t line;            /* the line's own source of random numbers */
	uint64_t traffic_ms;      /* both sides send an ESP packet every so often; 0: never */
	unsigned traffic_octets;  /* of such a packet */
	uint64_t traffic_next_ms; /* the next one */
	/* Called for each datagram before it is queued, number from 0; it may change the octets. False: lost. */
	bool (*filter)(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets);
	void *filter_ctx;
	struct ike_path sending; /* while the filter runs: as the sender sees it */
};

/* Settings and an ident for one side, to be changed before pair_start. */
struct pair_setup {
	unsigned family; /* 4 or 6 */
	struct isakmp_policy policies[4];
	size_t policy_count;
	struct isakmp_key keys[2];
	size_t key_count;
	enum isakmp_identity identity;
	const char *hostname;
	struct isakmp_keepalive keepalive;
	bool invalid_spi_recovery;
	bool session_logging;
	unsigned sa_limit, negotiation_limit;
	struct ike_keyring keyrings[3];
	size_t keyring_count;
	struct ike_profile profiles[3];
	size_t profile_count;
	struct isakmp_peer peers[2];
	size_t peer_count;
	enum isakmp_aggressive aggressive;
	bool natt; /* on, as by default */
	unsigned nat_keepalive_s;
	bool fragmentation;
	struct ike_ident idents[2];
	size_t ident_count;
};

/* The document's configuration: DES, SHA, group 1, key cisco, esp-aes esp-sha-hmac; side 1 is responder-only. */
void pair_setup(struct pair_setup *s, int side, unsigned family);
struct pair *pair_new(uint64_t seed);
void pair_free(struct pair *p);
/* Configures a side and adds its idents. */
void pair_start(struct pair *p, int side, const struct pair_setup *s);
void pair_configure(struct pair *p, int side, const struct pair_setup *s);
/* The engine is gone without a word, and a new one is there. */
void pair_crash(struct pair *p, int side);
/* Lets time pass: datagrams and timers in order. */
void pair_run(struct pair *p, uint64_t ms);
/* A datagram as if it came from the other side. */
void pair_inject(struct pair *p, int to, const void *data, size_t octets);
struct ike_path pair_path(const struct pair *p, int side);
/* The same from anywhere, at once or in the queue. */
void pair_inject_from(struct pair *p, int to, const struct ike_path *path, const void *data, size_t octets);
void pair_enqueue(struct pair *p, int to, const struct ike_path *path, const void *data, size_t octets);

/*
 * pair_leak.c: which octet (from 1) of this was never written, 0: all of it was; the same for what is sent, and it ends the
 * test. Memory that is to count as unwritten.
 */
size_t pair_leaks(const uint8_t *data, size_t octets);
void pair_check_sent(const uint8_t *data, size_t octets, const char *what);
void pair_unwritten(void *p, size_t octets);
void pair_watch_memory(void);

/* Puts a side behind a NAT; the other one's idents then name its outside. forwards: 500 and 4500 come in. */
void pair_nat(struct pair *p, struct pair_setup s[2], int side, const char *outside, uint16_t shift, bool forwards);
/* The NAT forgets its mappings and makes others from now on; outside NULL: at the same address. */
void pair_nat_renew(struct pair *p, int side, const char *outside, uint16_t shift);
/* What the other side sees of a packet that this one sends. False: the NAT does not let it through. */
bool pair_carry(struct pair *p, int from, const struct ike_path *path, struct ike_path *seen);

/* An ESP packet through the outbound SA that the data plane would take, to the other side. */
void pair_send_esp(struct pair *p, int from, unsigned octets);
/* ... or through one that it would not take any more. */
void pair_send_through(struct pair *p, int from, struct pair_sa *out, unsigned octets);
/* So many octets have been carried; the engine is told as the data plane would. */
void pair_carried(struct pair *p, int side, struct pair_sa *sa, uint64_t octets);
/* A packet that is genuine came in through it. */
void pair_took(struct pair *p, int side, struct pair_sa *sa, unsigned octets);
/* 0..n-1, of the line's source. */
unsigned pair_dice(struct pair *p, unsigned n);

/* How often a line of exactly this text was said since the start. */
unsigned pair_said(const struct pair *p, int side, const char *line);
/* ... that contains it. */
unsigned pair_mentioned(const struct pair *p, int side, const char *part);
/* Were these lines said in this order, whatever was said between them? A '*' at the end stands for anything. */
bool pair_said_in_order(const struct pair *p, int side, const char *const *lines, size_t count);
#define PAIR_SAID_IN_ORDER(p, side, lines)                                                                             \
	CU_ASSERT_TRUE(pair_said_in_order(p, side, lines, sizeof(lines) / sizeof((lines)[0])))
/*
 * Were these lines said one right behind the other? '@' stands for a number or a pointer; syslog messages that are none
 * of them may come in between.
 */
bool pair_said_block(const struct pair *p, int side, const char *const *lines, size_t count);
#define PAIR_SAID_BLOCK(p, side, lines)                                                                                \
	CU_ASSERT_TRUE(pair_said_block(p, side, lines, sizeof(lines) / sizeof((lines)[0])))
void pair_forget(struct pair *p, int side); /* what was said */
/* A filter: nothing gets through. */
bool pair_lose_all(struct pair *p, int from, unsigned number, uint8_t *data, size_t *octets);
/* SAs that are installed in this direction, without those that are held. */
unsigned pair_installed(const struct pair *p, int side, bool inbound);
/* Do the SAs of both sides fit each other: each outbound has its inbound with the same keys? */
bool pair_joined(const struct pair *p);
struct pair_sa *pair_sa(struct pair *p, int side, bool inbound);

#endif
