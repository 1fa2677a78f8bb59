/*
 * Decrypted packets on their way to TUN devices: those of one TCP or UDP flow that follow each other are written as one
 * (GRO). The kernel then does its work once for up to 64 KiB, and where it forwards the packet it cuts it again into what it
 * was.
 *
 * So only what it would cut into the same octets is merged:
 *   IPv4 without options, IPv6 without extension headers, whole; the same addresses, ports, TOS or traffic class (ECN with
 *   it), TTL or hop limit, DF, flow label; right checksums (and of UDP one that is there); IPv4's identification counts up
 *   by one, or, with DF, is the same in all (RFC 6864: it says nothing there, and may count up when the packet is cut).
 *   TCP: the next sequence number, the same acknowledgement, window and options, no flag but ACK and PSH, with payload, PSH
 *   in the last only. UDP: only where the device takes USO. Each with the payload of the first; the last may have less.
 *
 * Packets of a flow leave in the order they came, and so does all that is not merged between them: whatever is not merged
 * ends what its flow has open, and a packet whose flow cannot be told (a fragment, options, another protocol) ends all that
 * is open on its device. Nothing waits for time to pass: a batch ends with coalesce_flush().
 *
 * The packets stay where they are until then. Nothing is written to them: a merged one has a header of its own.
 */
#ifndef ESP_COALESCE_H
#define ESP_COALESCE_H

#include "esp/packet.h"

#include <sys/uio.h>

#define COALESCE_PARTS_MAX  64    /* of one merged packet; more the kernel does not cut UDP into */
#define COALESCE_OCTETS_MAX 65500 /* of it; a link header more, and drivers have to take it apart in software */

struct coalescer;

struct coalesce_device {
	int fd;
	bool uso; /* it takes VIRTIO_NET_HDR_GSO_UDP_L4 */
};

struct coalesce_ops {
	/* One packet: a struct virtio_net_hdr in iov[0], the packet behind it. False with errno: it was not taken. */
	bool (*write)(void *ctx, int fd, const struct iovec *iov, unsigned parts);
	/* The packet that was added as number `packet` of this batch was not taken. */
	void (*refused)(void *ctx, unsigned packet);
	void *ctx;
};

struct coalescer *coalesce_new(void); /* NULL: out of memory */
void coalesce_free(struct coalescer *c);
/*
 * The next packet of the batch; packets are numbered from 0 in this order. One that inner_read() accepts, octets as its
 * header says. False: there are ESP_BATCH in it.
 */
bool coalesce_add(struct coalescer *c, const struct coalesce_device *device, const uint8_t *data, size_t octets);
/* Writes all of the batch. What the kernel refuses merged (EINVAL) is written again as the packets it was. */
void coalesce_flush(struct coalescer *c, const struct coalesce_ops *ops);

#endif
