/* Inside the shell: the words of an entry of an access list (cmd_acl.c), and the names that numbers have there. */
#ifndef SHELL_ACL_GRAMMAR_H
#define SHELL_ACL_GRAMMAR_H

#include "shell/cmd.h"

/* acl_names.c. Values are numbers as in packets. */
extern const struct cmd_choice acl_protocols[], acl_protocols6[]; /* without ip, ipv6, tcp, udp, icmp and igmp */
extern const struct cmd_choice acl_tcp_ports[], acl_udp_ports[];
extern const struct cmd_choice acl_icmp_names[], acl_icmp6_names[]; /* values are ACL_ICMP() */
extern const struct cmd_choice acl_igmp_names[];
extern const struct cmd_choice acl_dscp_names[], acl_precedence_names[], acl_tos_names[];

/* An ICMP type and code in one; code -1: any. */
#define ACL_ICMP(type, code) ((type) << 9 | ((code) + 1))
#define ACL_ICMP_TYPE(value) ((value) >> 9)
#define ACL_ICMP_CODE(value) (((value)&0x1ff) - 1)

/* acl_grammar.c: addresses, ports and ICMP types, the names of whose arguments acl_entry.c knows */
extern const struct cmd_choice acl_actions[]; /* value: permit */
extern const struct cmd_node acl_source[];    /* of a standard list */
extern const struct cmd_node acl_ip[], acl_tcp[], acl_udp[], acl_icmp[], acl_igmp[];
extern const struct cmd_node acl_ipv6[], acl_tcp6[], acl_udp6[], acl_icmp6[];
extern const struct cmd_opt acl_standard_opts[], acl_ip_opts[], acl_tcp_opts[], acl_ipv6_opts[], acl_tcp6_opts[];

struct acl_entry;

/*
 * acl_entry.c: the entry that a row matched, whose own argument is its protocol unless one was typed. False: it
 * contradicts itself, and what was said of it is why.
 */
bool acl_entry_take(struct session *s, const struct cmd_match *m, bool ipv6, int protocol, struct acl_entry *e);

#endif
