/*
 * Access lists as configured, IPv4 standard and extended, numbered and named, and IPv6. Part of struct config
 * (config/model.h). router/filter.c makes nftables enforce them on interfaces; access-class asks acl_permits().
 *
 * Addresses are stored as IOS stores them: the bits that do not count are zero, a wildcard of all ones is `any`, one
 * of all zeros is `host`. Ports and numbers are in host byte order.
 */
#ifndef CONFIG_ACL_H
#define CONFIG_ACL_H

#include "base/addr.h"
#include "base/hash.h"
#include "config/kept.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define ACL_NAME_SIZE     64
#define ACL_REMARK_SIZE   101
#define ACL_SEQUENCE_STEP 10
#define ACL_SEQUENCE_MAX  2147483647u

enum acl_direction { ACL_IN, ACL_OUT, ACL_DIRECTIONS };
enum acl_kind { ACL_STANDARD, ACL_EXTENDED, ACL_IPV6 };
enum acl_port_match { ACL_PORT_ANY, ACL_PORT_EQ, ACL_PORT_NEQ, ACL_PORT_LT, ACL_PORT_GT, ACL_PORT_RANGE };

#define ACL_EQ_PORTS 10

/* An address and the bits that do not count; IPv6: a prefix. */
struct acl_address {
	struct ip_addr address;
	struct ip_addr wildcard; /* IPv4: 1 bits do not count */
	unsigned length;         /* IPv6 */
	bool any, host;          /* as it is printed */
};

struct acl_ports {
	enum acl_port_match match;
	uint16_t ports[ACL_EQ_PORTS]; /* RANGE: first and last; EQ and NEQ: any of them */
	unsigned count;
};

#define ACL_PROTOCOL_IP (-1) /* any; ACL_IPV6: `ipv6` */
#define ACL_PROTOCOL_AH 51   /* `ahp` */

/* Bits of the octet of TCP's flags */
enum acl_tcp_flag {
	ACL_TCP_FIN = 0x01,
	ACL_TCP_SYN = 0x02,
	ACL_TCP_RST = 0x04,
	ACL_TCP_PSH = 0x08,
	ACL_TCP_ACK = 0x10,
	ACL_TCP_URG = 0x20
};

struct acl_entry {
	TAILQ_ENTRY(acl_entry) link;
	UT_hash_handle hh; /* by handle; not of a remark */
	unsigned sequence; /* 0 of a remark, which has none */
	bool permit;
	char *remark; /* a remark has nothing else */
	int protocol; /* ACL_PROTOCOL_IP: any */
	struct acl_address source, destination;
	struct acl_ports source_ports, destination_ports;
	int icmp_type, icmp_code; /* -1: any; of IGMP the type alone */
	bool established, fragments, log, log_input;
	uint8_t tcp_flags;         /* any of these (enum acl_tcp_flag) is set; 0: does not matter */
	int dscp, precedence, tos; /* -1: any */
	/*
	 * A digest of the list's name and of what the entry says, without its place: the name of its counter. The same
	 * entry in another model (configure replace) has the same.
	 */
	uint64_t handle;
	uint64_t class_matches; /* how often acl_permits() was decided by it: all of it that is not configuration */
};
/* An entry that matches everything, and denies it. */
#define ACL_ENTRY_ANY                                                                                                  \
	{                                                                                                              \
		.protocol = ACL_PROTOCOL_IP, .source = { .any = true }, .destination = { .any = true },                \
		.icmp_type = -1, .icmp_code = -1, .dscp = -1, .precedence = -1, .tos = -1                              \
	}

struct acl {
	TAILQ_ENTRY(acl) link;
	UT_hash_handle hh;
	enum acl_kind kind;
	char name[ACL_NAME_SIZE]; /* a numbered one's number */
	bool numbered;
	TAILQ_HEAD(acl_entries, acl_entry) entries; /* by sequence; a remark stands before what it explains */
	struct acl_entry *handles;                  /* hash table of those that are no remarks */
	unsigned count;                             /* of them */
	uint64_t digest;                            /* acl_digest()'s; 0: to be computed */
	struct kept_list kept;                      /* lines that are no entries here */
	bool refused;                               /* an entry of a file was */
};

struct acl_list {
	struct acl *tqh_first, **tqh_last; /* as TAILQ_HEAD has them */
	struct acl *names;                 /* hash table of them */
};

struct config;

/* IPv4 lists share one name space, IPv6 lists have another. NULL: there is none. */
struct acl *config_acl_find(const struct config *c, bool ipv6, const char *name);
/* Makes it unless there is one of this name, which may be of another kind. NULL: out of memory. */
struct acl *config_acl_get(struct config *c, enum acl_kind kind, const char *name);
void config_acl_remove(struct config *c, struct acl *a);
void config_acls_free(struct acl_list *lists);
/*
 * Is there a line of this list, of whichever kind, that is not understood? What it would have denied is not known, so
 * that the list permits nothing.
 */
bool config_acl_incomplete(const struct config *c, bool ipv6, const char *name);
/* The kind of a numbered list: 1-99 and 1300-1999, 100-199 and 2000-2699. False: no such number, or a name. */
bool acl_number_kind(const char *name, enum acl_kind *kind);

enum acl_added {
	ACL_ADDED,
	ACL_THERE_ALREADY, /* the same entry, at whatever sequence */
	ACL_SEQUENCE_TAKEN,
	ACL_NO_SEQUENCE, /* none is left behind the last */
	ACL_NO_MEMORY
};
/* Adds a copy (of a remark its text too) at its sequence, 0: behind the last. */
enum acl_added acl_add(struct acl *a, const struct acl_entry *e);
struct acl_entry *acl_at(const struct acl *a, unsigned sequence);
/* The one that says the same; of a remark the first with its text. */
struct acl_entry *acl_same(const struct acl *a, const struct acl_entry *e);
void acl_drop(struct acl *a, struct acl_entry *e);
/* False: the last would not have a sequence; then nothing is changed. */
bool acl_resequence(struct acl *a, unsigned start, unsigned step);
/* Of the entries in their order, sequences and remarks left out: what a filter made of the list depends on. Not 0. */
uint64_t acl_digest(struct acl *a);

/*
 * Would the list let a TCP connection of this source to this port of the router in? For access-class; counts the entry that
 * decides. A list that does not exist or is empty permits everything, as on IOS; one with entries ends in a deny, one that is incomplete
 * permits nothing. An entry that names a destination does not match, as on IOS. What cannot be known of a connection that is accepted
 * already (its source port, DSCP) matches a deny and no permit.
 */
bool acl_permits_port(const struct config *c, bool ipv6, const char *name, const struct ip_addr *source, uint16_t port);
/* The same while the port is not known: only an entry without ports lets anything in. */
bool acl_permits(const struct config *c, bool ipv6, const char *name, const struct ip_addr *source);

#endif
