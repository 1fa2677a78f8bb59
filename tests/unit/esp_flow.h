/*
 * IP packets made field by field for the tests of segment.c, coalesce.c and checksum.c. Their checksums are summed octet by
 * octet here, not by what is tested.
 */
#ifndef TESTS_UNIT_ESP_FLOW_H
#define TESTS_UNIT_ESP_FLOW_H

#include "base/buf.h"
#include "esp/inner.h"
#include "esp/offload.h"
#include "tests/unit/unit.h"

#include <string.h>

#define FLOW_PACKET_MAX (40 + 65535)

struct flow_packet {
	unsigned family;
	uint8_t protocol; /* TCP, UDP, or anything else: payload only */
	unsigned host;    /* last octet of both addresses */
	uint16_t sport, dport;
	uint8_t tos, ttl;
	uint16_t id, fragment; /* IPv4: flags and offset */
	uint32_t label;        /* IPv6 */
	uint32_t sequence, ack;
	uint8_t flags;
	uint16_t window;
	size_t ip_options;  /* octets, of 4 each: IPv4 options; IPv6: a hop-by-hop header, of 8 each */
	size_t tcp_options; /* of 4 each */
	const uint8_t *payload;
	size_t octets; /* of it */
	bool partial;  /* the transport checksum is left as the kernel leaves it to us */
	bool no_sum;   /* UDP: 0 */
};

static inline struct flow_packet flow_tcp(unsigned family, const uint8_t *payload, size_t octets)
{
	return (struct flow_packet){ .family = family,
				     .protocol = IP_PROTO_TCP,
				     .host = 1,
				     .sport = 40000,
				     .dport = 443,
				     .ttl = 64,
				     .id = 0xfffe,
				     .label = 0x12345,
				     .sequence = 0xfffffa00,
				     .ack = 77,
				     .flags = TCP_ACK,
				     .window = 501,
				     .payload = payload,
				     .octets = octets };
}

static inline struct flow_packet flow_udp(unsigned family, const uint8_t *payload, size_t octets)
{
	struct flow_packet p = flow_tcp(family, payload, octets);

	p.protocol = IP_PROTO_UDP;
	return p;
}

static inline uint32_t flow_sum(const uint8_t *data, size_t octets)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < octets; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

/* Of the pseudo-header of a packet whose transport part has so many octets. */
static inline uint32_t flow_pseudo(const struct flow_packet *p, const uint8_t *packet, size_t transport)
{
	const uint8_t *from = packet + (p->family == 6 ? IP6_AT_ADDRESSES : IP4_AT_ADDRESSES);

	return flow_sum(from, p->family == 6 ? 32 : 8) + p->protocol + (uint32_t)transport;
}

static inline uint16_t flow_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static inline void flow_ip4(const struct flow_packet *p, struct wr *w, size_t octets)
{
	const size_t header = IP4_HEADER_OCTETS + p->ip_options;

	wr_u8(w, (uint8_t)(0x40 | header / 4));
	wr_u8(w, p->tos);
	wr_u16(w, (uint16_t)octets);
	wr_u16(w, p->id);
	wr_u16(w, p->fragment);
	wr_u8(w, p->ttl);
	wr_u8(w, p->protocol);
	wr_u16(w, 0);
	wr_u32(w, UINT32_C(0x0a010000) | p->host);
	wr_u32(w, UINT32_C(0x0a020000) | p->host);
	for (size_t i = 0; i < p->ip_options; i++)
		wr_u8(w, 1); /* no operation */
	wr_patch_u16(w, IP4_AT_CHECKSUM, (uint16_t)~flow_fold(flow_sum(w->start, header)));
}

static inline void flow_ip6(const struct flow_packet *p, struct wr *w, size_t octets)
{
	wr_u32(w, UINT32_C(0x60000000) | (uint32_t)p->tos << 20 | p->label);
	wr_u16(w, (uint16_t)(octets - IP6_HEADER_OCTETS));
	wr_u8(w, p->ip_options ? 0 : p->protocol);
	wr_u8(w, p->ttl);
	for (unsigned end = 1; end <= 2; end++) {
		wr_u32(w, 0x20010db8);
		wr_zero(w, 8);
		wr_u16(w, (uint16_t)end);
		wr_u16(w, (uint16_t)p->host);
	}
	if (!p->ip_options)
		return;
	wr_u8(w, p->protocol);
	wr_u8(w, (uint8_t)(p->ip_options / 8 - 1));
	wr_zero(w, p->ip_options - 2); /* Pad1 */
}

/* Octets of the packet, written to out (FLOW_PACKET_MAX). */
static inline size_t flow_build(const struct flow_packet *p, uint8_t *out)
{
	const bool tcp = p->protocol == IP_PROTO_TCP, udp = p->protocol == IP_PROTO_UDP;
	const size_t ip = (p->family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS) + p->ip_options;
	const size_t header = tcp ? TCP_HEADER_OCTETS + p->tcp_options : udp ? UDP_HEADER_OCTETS : 0;
	const size_t octets = ip + header + p->octets;
	struct wr w = wr_of(out, FLOW_PACKET_MAX);
	size_t sum_at = ip;
	uint16_t sum;

	if (p->family == 6)
		flow_ip6(p, &w, octets);
	else
		flow_ip4(p, &w, octets);
	if (tcp || udp) {
		wr_u16(&w, p->sport);
		wr_u16(&w, p->dport);
	}
	if (tcp) {
		wr_u32(&w, p->sequence);
		wr_u32(&w, p->ack);
		wr_u8(&w, (uint8_t)(header / 4 << 4));
		wr_u8(&w, p->flags);
		wr_u16(&w, p->window);
		sum_at += TCP_AT_CHECKSUM;
		wr_u32(&w, 0);
		for (size_t i = 0; i < p->tcp_options; i++)
			wr_u8(&w, 1);
	} else if (udp) {
		wr_u16(&w, (uint16_t)(header + p->octets));
		sum_at += UDP_AT_CHECKSUM;
		wr_u16(&w, 0);
	}
	wr_bytes(&w, p->payload, p->octets);
	CU_ASSERT_FALSE_FATAL(w.full);
	if (tcp || (udp && !p->no_sum)) {
		uint32_t all = flow_pseudo(p, out, octets - ip);

		if (p->partial) {
			sum = flow_fold(all);
		} else {
			sum = (uint16_t)~flow_fold(all + flow_sum(out + ip, octets - ip));
			if (udp && !sum)
				sum = 0xffff;
		}
		wr_patch_u16(&w, sum_at, sum);
	}
	return octets;
}

#endif
