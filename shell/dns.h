/*
 * One question to one name server over UDP, with libc's resolver library for the messages. Blocks, for DNS_TRIES times
 * DNS_WAIT_MS at most.
 */
#ifndef SHELL_DNS_H
#define SHELL_DNS_H

#include "base/addr.h"

#include <stddef.h>

#define DNS_TRIES     2
#define DNS_WAIT_MS   3000
#define DNS_PORT      53
#define DNS_ADDRESSES 8

enum dns_verdict {
	DNS_ANSWERED, /* with one address or more */
	DNS_UNKNOWN,  /* the server says that there is none */
	DNS_SILENT,   /* no answer, or none that makes sense */
	DNS_INTERRUPTED
};

/*
 * server family 0: broadcast on every interface. family 4 asks for A, 6 for AAAA. interrupt_fd: readable ends the wait,
 * -1: nothing does. port 0 is DNS_PORT.
 */
enum dns_verdict dns_ask(const struct ip_addr *server, uint16_t port, const char *name, unsigned family,
			 int interrupt_fd, struct ip_addr out[DNS_ADDRESSES], size_t *count);
/* Likewise the name of an address. */
#define DNS_NAME_SIZE 256
enum dns_verdict dns_ask_name(const struct ip_addr *server, uint16_t port, const struct ip_addr *address,
			      int interrupt_fd, char out[DNS_NAME_SIZE]);

#endif
