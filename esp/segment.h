/*
 * What one read of a TUN device brings, cut into the packets it stands for.
 *
 * The device (IFF_VNET_HDR) hands over a struct virtio_net_hdr and one IP packet. With TSO4, TSO6 or USO the packet is up to
 * 64 KiB of TCP or UDP that is to leave as packets of gso_size octets of payload each; and with checksum offload the
 * transport checksum of any packet may be left for us to finish. The kernel wrote the header, so a wrong one is a fault, not
 * an attack; it is still checked, and nothing is read or written outside what it was given.
 *
 * Each packet gets what RFC 9293 and RFC 768 ask of a sender: its own length and checksums; IPv4's identification counts up;
 * TCP's sequence number moves on, FIN and PSH stand in the last only, CWR in the first only (RFC 3168 6.1.2). Extension
 * headers and options are copied. A packet that is no GSO comes out as it is, its checksum finished.
 *
 * With VIRTIO_NET_HDR_F_NEEDS_CSUM csum_start says where the transport header is, behind whatever extension headers, and
 * the checksum field holds the sum of the pseudo-header, where a routing header's final destination counts (RFC 8200 8.1).
 * Without it GSO is taken only where the transport header follows the IP header.
 */
#ifndef ESP_SEGMENT_H
#define ESP_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_VNET_OCTETS 10                                 /* struct virtio_net_hdr, in host byte order */
#define SEGMENT_READ_MAX    (SEGMENT_VNET_OCTETS + 40 + 65535) /* of one read: the largest IPv6 packet */

struct segmenter {
	const uint8_t *packet; /* behind the virtio_net_hdr; must stay until the last one is out */
	size_t octets;         /* of it */
	size_t ip_octets;      /* GSO: where the transport header begins */
	size_t header_octets;  /* GSO: IP and transport, before the payload that is cut; else 0 */
	size_t payload;        /* of each segment but the last */
	size_t done;           /* octets of payload that are out */
	unsigned at, count;    /* number of the next segment, and how many there are */
	unsigned family;       /* 4 or 6, as the packet's first octet says; of other packets 0 */
	/* Not GSO: where the transport's checksum stands, and where what it covers begins: 0: it is complete. */
	size_t sum_at, sum_from;
	uint64_t pseudo; /* GSO: sum of the pseudo-header without the length */
	bool gso, tcp;
};

/* False: the header does not fit the packet, or there is none. */
bool segment_begin(struct segmenter *s, const uint8_t *read, size_t octets);
/* Octets of the next packet; 0: there are no more. */
size_t segment_octets(const struct segmenter *s);
/* The next packet into out, which has room for segment_octets(), not 0. Its checksums are right. */
void segment_next(struct segmenter *s, uint8_t *out);
/* How many are left. */
unsigned segment_left(const struct segmenter *s);

#endif
