/* Inside the shell: what cmd_interface.c needs of the addresses that cmd_if_address.c configures. */
#ifndef SHELL_IF_ADDRESS_H
#define SHELL_IF_ADDRESS_H

#include "shell/running.h"

struct session;

/* Says so and returns true when p overlaps with the network of another interface that is up, and i is up too. */
bool if_address_overlaps(struct session *s, const struct interface *i, const struct ip_prefix *p);
void write_if_ip(struct out *o, const struct interface *i);
void write_if_ipv6(struct out *o, const struct interface *i);

#endif
