/* Names of hosts: `ip host`, then the name servers while `ip domain lookup` is on. */
#ifndef SHELL_RESOLVE_H
#define SHELL_RESOLVE_H

#include "shell/session.h"

/*
 * The address of a name or of an address in text. family 4 or 6, 0: either. Without the control lock: it may wait for a
 * server, and the escape sequence ends that. Prints IOS's `Translating "x"...domain server (A)` where it asks one, and
 * whether it answered; with `no ip domain lookup` `Translating "x"` alone. False: unknown; nothing is printed about that.
 */
bool resolve_host(struct session *s, const char *name, unsigned family, struct ip_addr *out);

/*
 * The name of an address for traceroute: `ip host`, else a configured name server while lookup is on. *silent: the
 * servers did not answer, so they need not be asked again; they are not asked when it is set. False: none.
 */
bool resolve_name(struct session *s, const struct ip_addr *address, bool *silent, char *out, size_t size);

#endif
