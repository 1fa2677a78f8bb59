/*
 * What the data plane reads and changes of an inner IP packet. Octets in network byte order, sizes in octets.
 */
#ifndef ESP_INNER_H
#define ESP_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP4_HEADER_OCTETS 20
#define IP6_HEADER_OCTETS 40
#define IP6_FLOW_LABEL    0xfffff
#define UDP_HEADER_OCTETS 8
#define IP4_MTU_MIN       68   /* RFC 791 */
#define IP6_MTU_MIN       1280 /* RFC 8200 5 */
#define IP4_DF            0x4000
#define IP4_MF            0x2000
#define IP4_OFFSET        0x1fff

enum ip_protocol {
	IP_PROTO_ICMP = 1,
	IP_PROTO_IPV4 = 4,
	IP_PROTO_TCP = 6,
	IP_PROTO_UDP = 17,
	IP_PROTO_IPV6 = 41,
	IP_PROTO_ICMP6 = 58,
	IP_PROTO_NONE = 59
};

struct inner {
	unsigned family;      /* 4 or 6 */
	size_t octets;        /* of the whole packet, as its header says */
	size_t header_octets; /* IPv4 with options; IPv6: 40 */
	uint8_t tos;          /* or traffic class */
	uint32_t flow;        /* IPv6: the flow label */
	uint16_t fragment;    /* IPv4: flags and offset as they stand in the header */
	uint8_t protocol;     /* IPv4 protocol, IPv6 next header */
	const uint8_t *src, *dst;
};

/* False when it is no whole IPv4 or IPv6 packet; octets behind it (TFC padding) do not matter. */
bool inner_read(const uint8_t *data, size_t octets, struct inner *out);

/* The version nibble, 0 of nothing. */
unsigned inner_version(const uint8_t *data, size_t octets);

/*
 * RFC 6040 4.2: what the outer header's ECN field does to the inner one. False when the packet is to be dropped:
 * congestion was signalled to a transport that does not know it. The packet must have passed inner_read.
 */
bool inner_merge_ecn(uint8_t *data, size_t octets, uint8_t outer_tos);

/* RFC 1071, over what `sum` holds already; in host byte order, complemented. */
uint16_t inner_checksum(uint32_t sum, const uint8_t *data, size_t octets);

#endif
