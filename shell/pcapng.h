/*
 * pcapng (draft-ietf-opsawg-pcapng), one section, big-endian: its header, then one interface block for each interface, then
 * packets. Each function appends a block to the cursor, which is full when there was no room for it.
 */
#ifndef SHELL_PCAPNG_H
#define SHELL_PCAPNG_H

#include "base/buf.h"

#include <time.h>

/* LINKTYPE_: Ethernet, and packets that begin with an IPv4 or IPv6 header. */
enum pcapng_link { PCAPNG_ETHERNET = 1, PCAPNG_RAW = 101 };

#define PCAPNG_AROUND 64 /* octets of a packet's block beside its data, at most */

void pcapng_section(struct wr *w, const char *program);
void pcapng_interface(struct wr *w, const char *name, enum pcapng_link link, unsigned snap);
/* interface: by its place among them; octets: of the whole packet. Times are kept to the nanosecond. */
void pcapng_packet(struct wr *w, unsigned interface, const struct timespec *at, bool out, const uint8_t *data,
		   size_t kept, size_t octets);

#endif
