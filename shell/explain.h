/*
 * `show crypto explain`: what is gathered under the lock (cmd_explain.c), and how it is told. Facts of the engine
 * (ike/diag.h) and of the router; no key is in here.
 *
 *   print_explain.c     a tunnel that is not up, a peer of none     explain_obstacle.c   a tunnel that does not even try
 *   print_explain_up.c  a tunnel that is up                         explain_cure.c       what to change
 *   explain_config.c    lines of the configuration                  explain_text.c       sentences
 */
#ifndef SHELL_EXPLAIN_H
#define SHELL_EXPLAIN_H

#include "ike/diag.h"
#include "router/router.h"
#include "shell/show.h"

/* A pre-shared key without the key. */
struct explain_key {
	char keyring[CONFIG_NAME_SIZE]; /* "default": the global ones */
	char hostname[CONFIG_TEXT_SIZE];
	struct ip_prefix peer;
};

struct explain_profile {
	char name[CONFIG_NAME_SIZE];    /* `crypto isakmp profile` */
	char keyring[CONFIG_NAME_SIZE]; /* its first, "" */
};

/* What of the running-config decides about tunnels. */
struct explain_config {
	struct show_list policies; /* struct isakmp_policy, none: IOS's built-in ones are in force */
	struct show_list sets;     /* struct transform_set */
	struct show_list profiles; /* struct ipsec_profile */
	struct show_list keys;     /* struct explain_key */
	struct show_list isakmp;   /* struct explain_profile */
	unsigned lifetime_s;
	uint32_t lifetime_kb;
};
#define EXPLAIN_CONFIG                                                                                                 \
	{                                                                                                              \
		.policies = SHOW_LIST(struct isakmp_policy), .sets = SHOW_LIST(struct transform_set),                  \
		.profiles = SHOW_LIST(struct ipsec_profile), .keys = SHOW_LIST(struct explain_key),                    \
		.isakmp = SHOW_LIST(struct explain_profile)                                                            \
	}

struct explain_tunnel {
	struct router_tunnel_info tunnel;
	char source[CONFIG_IFNAME_SIZE + IP_TEXT_SIZE]; /* as `tunnel source` says, "" */
	char profile[CONFIG_NAME_SIZE];                 /* of `tunnel protection`, "" */
	unsigned family;                                /* of `tunnel mode ipsec`, 0: none */
	/* has_ident: the engine has one for it, and info and diag are there */
	bool has_ident;
	struct ike_ident_info info;
	struct ike_diag diag;
	bool has_sa;
	struct ike_sa_info sa;             /* the newest that is complete */
	struct esp_counters in, out;       /* of the tunnel */
	struct esp_counters sa_in, sa_out; /* of the SAs in use */
};

/* whole: not narrowed to a peer or an interface. */
void print_explain(struct session *s, const struct explain_config *c, const struct explain_tunnel *tunnels,
		   size_t count, const struct ike_stranger *strangers, size_t stranger_count, bool whole);

/* --- parts ---- */

/* "Tunnel23 to 2001:DB8::3 from 2001:DB8::2 (Ethernet0/0): " and what it is. */
void explain_head(struct session *s, const struct explain_tunnel *t, const char *state);
/* A tunnel that does not negotiate, for reasons of this router alone. */
void explain_obstacle(struct session *s, const struct explain_tunnel *t);
/* A tunnel that is up: what was negotiated, which line decided it, its packets. */
void explain_up(struct session *s, const struct explain_config *c, const struct explain_tunnel *t);
/* "What stopped it", values, cure, what cannot be known. t NULL: of a peer of no tunnel, with address `peer`. */
void explain_failure(struct session *s, const struct explain_config *c, const struct explain_tunnel *t,
		     const struct ike_failure *f, const struct ip_addr *peer, const char *lead);
/* The change that would make it work. */
#define EXPLAIN_TEXT 1024
const char *explain_cure(const struct explain_config *c, const struct explain_tunnel *t, const struct ike_failure *f,
			 const struct ip_addr *local, const struct ip_addr *peer, char buf[EXPLAIN_TEXT]);
/* What to look at when the values are not known: causes with their commands, A and N filled in. */
void explain_causes(struct session *s, enum fault fault, const struct explain_tunnel *t, const struct ip_addr *peer);
/* The first command that confirms it on the peer, for which this router is `own`. */
void explain_on_peer(struct session *s, enum fault fault, const struct ip_addr *own);

/* --- lines of the configuration ---- */

#define EXPLAIN_LINE 320
/* "crypto isakmp policy 10 / hash sha256": where this value of ours stands. set: of the ident's proposals, -1: none. */
const char *explain_where(const struct explain_config *c, const struct explain_tunnel *t, enum ike_subject on,
			  unsigned priority, int set, char buf[EXPLAIN_LINE]);
/* The keyword of this value in a policy: "hash". */
const char *explain_keyword(enum ike_subject on);
const char *explain_subject(enum ike_subject on); /* "hash", "integrity" */
/* The line of the key for this peer, without the key; keyring "": that of a `crypto isakmp peer`. */
const char *explain_key_line(const struct explain_config *c, const char *keyring, const struct ip_addr *peer,
			     char buf[EXPLAIN_LINE]);
const struct ipsec_profile *explain_ipsec_profile(const struct explain_config *c, const char *name);
/* The transform set that an ident's proposal was made of; NULL: the built-in one. */
const struct transform_set *explain_set(const struct explain_config *c, const char *profile, unsigned proposal);

/* --- sentences ---- */

/* A paragraph from this column on, wrapped at the 80th; lines after the first two columns further in. */
void explain_say(struct session *s, unsigned indent, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "12 s ago", "3 min 20 s ago", "2 h 5 min ago", "just now" */
#define EXPLAIN_AGO 48
const char *explain_ago(uint64_t now_ms, uint64_t then_ms, char buf[EXPLAIN_AGO]);
const char *explain_span(uint64_t seconds, char buf[EXPLAIN_AGO]); /* "3 min 20 s" */
const char *explain_times(unsigned n, char buf[EXPLAIN_AGO]);      /* "once", "5 times" */
const char *explain_prefix(const struct ip_prefix *p, char buf[IP_TEXT_SIZE + 8]);

#endif
