/*
 * Access lists as configured, IPv4 standard and extended, numbered and named, and IPv6. Part of struct config
 * (config/model.h). router/filter.c makes nftables enforce them on interfaces; access-class asks acl_permits().
 */
#ifndef CONFIG_ACL_H
#define CONFIG_ACL_H

#include "base/addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define ACL_NAME_SIZE 64

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
	uint16_t ports[ACL_EQ_PORTS]; /* RANGE: first and last */
	unsigned count;
};

/* TCP flags, ICMP, the rest of an entry's options */
#define ACL_PROTOCOL_IP (-1)

struct acl_entry {
	TAILQ_ENTRY(acl_entry) link;
	unsigned sequence;
	bool permit;
	char *remark; /* a remark has nothing else */
	int protocol; /* ACL_PROTOCOL_IP: any */
	struct acl_address source, destination;
	struct acl_ports source_ports, destination_ports;
	int icmp_type, icmp_code; /* -1: any */
	bool established, fragments, log, log_input;
	uint8_t tcp_flags_set, tcp_flags_clear;
	int dscp, precedence, tos; /* -1: any */
	uint64_t handle;           /* stable while the entry lives: its counter's name */
};

struct acl {
	TAILQ_ENTRY(acl) link;
	enum acl_kind kind;
	char name[ACL_NAME_SIZE]; /* a numbered one's number */
	bool numbered;
	TAILQ_HEAD(, acl_entry) entries; /* by sequence */
};
TAILQ_HEAD(acl_list, acl);

struct config;

/* IPv4 lists share one name space, IPv6 lists have another. */
struct acl *config_acl_find(const struct config *c, bool ipv6, const char *name);
/*
 * Would the list let this source in? For access-class: of an extended or IPv6 list the protocol is TCP, the destination
 * any. A list that does not exist permits everything, as on IOS; one with entries ends in a deny.
 */
bool acl_permits(const struct config *c, bool ipv6, const char *name, const struct ip_addr *source);
void config_acls_free(struct acl_list *lists);

#endif
