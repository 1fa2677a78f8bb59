/* The headers in front of ESP that is sent and received past the kernel's IP. */
#include "base/buf.h"
#include "netif/hop.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#define IP4_OCTETS 20
#define IP6_OCTETS 40
#define HOPS       64

_Static_assert(NETIF_HOP_HEADER == ETH_HLEN + IP6_OCTETS, "room");

uint16_t netif_ip4_sum(const uint8_t header[IP4_OCTETS])
{
	struct rd r = rd_of(header, IP4_OCTETS);
	uint32_t sum = 0;

	for (unsigned i = 0; i < IP4_OCTETS / 2; i++)
		sum += rd_u16(&r);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/*
 * RFC 791 3.1. A packet that no router may fragment needs no identification (RFC 6864 4.1); the others count, as the kernel's
 * own do.
 */
static void put_ip4(struct wr *w, const struct netif_esp_packet *p, uint16_t *ident)
{
	uint8_t *header = w->p;

	wr_u8(w, 0x45);
	wr_u8(w, p->tos);
	wr_u16(w, (uint16_t)(IP4_OCTETS + p->octets));
	wr_u16(w, p->df ? 0 : (*ident)++);
	wr_u16(w, p->df ? 0x4000 : 0);
	wr_u8(w, HOPS);
	wr_u8(w, IPPROTO_ESP);
	wr_u16(w, 0);
	wr_bytes(w, p->src.octets, 4);
	wr_bytes(w, p->dst.octets, 4);
	if (!w->full)
		wr_patch_u16(w, ETH_HLEN + 10, netif_ip4_sum(header));
}

/* RFC 8200 3. */
static void put_ip6(struct wr *w, const struct netif_esp_packet *p)
{
	wr_u32(w, 6u << 28 | (uint32_t)p->tos << 20 | (p->flow & 0xfffff));
	wr_u16(w, (uint16_t)p->octets);
	wr_u8(w, IPPROTO_ESP);
	wr_u8(w, HOPS);
	wr_bytes(w, p->src.octets, 16);
	wr_bytes(w, p->dst.octets, 16);
}

unsigned netif_hop_largest(const struct netif_hop *hop, unsigned family)
{
	unsigned header = family == 4 ? IP4_OCTETS : IP6_OCTETS;

	return hop->mtu > header ? hop->mtu - header : 0;
}

size_t netif_hop_header(const struct netif_hop *hop, const struct netif_esp_packet *p, uint16_t *ident,
			uint8_t out[NETIF_HOP_HEADER])
{
	struct wr w = wr_of(out, NETIF_HOP_HEADER);

	wr_bytes(&w, hop->dst_mac, sizeof(hop->dst_mac));
	wr_bytes(&w, hop->src_mac, sizeof(hop->src_mac));
	wr_u16(&w, p->dst.family == 4 ? ETH_P_IP : ETH_P_IPV6);
	if (p->dst.family == 4)
		put_ip4(&w, p, ident);
	else
		put_ip6(&w, p);
	return wr_octets(&w);
}

/* --- received ---- */

/* Under an older kernel the program lets through what is shorter than it says (netif/xdp_program.h). */
static bool take_ip4(struct netif_esp_packet *p, uint8_t *packet, size_t octets)
{
	struct rd r = rd_of(packet, octets);
	size_t total;

	if (octets < IP4_OCTETS || rd_u8(&r) != 0x45 || netif_ip4_sum(packet) != 0)
		return false;
	p->tos = rd_u8(&r);
	total = rd_u16(&r);
	rd_take(&r, 8);
	p->src = ip_from_in4(rd_take(&r, 4));
	p->dst = ip_from_in4(rd_take(&r, 4));
	if (total < IP4_OCTETS || total > octets)
		return false;
	p->ifindex = 0;
	p->data = packet + IP4_OCTETS;
	p->octets = total - IP4_OCTETS; /* Ethernet pads short packets */
	return true;
}

static bool take_ip6(struct netif_esp_packet *p, uint8_t *packet, size_t octets)
{
	struct rd r = rd_of(packet, octets);
	uint32_t first = rd_u32(&r);
	size_t payload = rd_u16(&r);

	rd_take(&r, 2);
	if (octets < IP6_OCTETS || first >> 28 != 6 || payload > octets - IP6_OCTETS)
		return false;
	p->tos = (uint8_t)(first >> 20);
	p->src = ip_from_in6(rd_take(&r, 16));
	p->dst = ip_from_in6(rd_take(&r, 16));
	p->data = packet + IP6_OCTETS;
	p->octets = payload;
	return true;
}

bool netif_hop_read(int ifindex, uint8_t *frame, size_t octets, struct netif_esp_packet *p)
{
	struct rd r = rd_of(frame, octets);
	uint16_t type;

	*p = (struct netif_esp_packet){ .ifindex = ifindex };
	rd_take(&r, 2 * ETH_ALEN);
	type = rd_u16(&r);
	if (r.why)
		return false;
	if (type == ETH_P_IP)
		return take_ip4(p, frame + ETH_HLEN, octets - ETH_HLEN);
	return type == ETH_P_IPV6 && take_ip6(p, frame + ETH_HLEN, octets - ETH_HLEN);
}
