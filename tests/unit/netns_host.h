/* For tests of sockets: a host whose network is behind a TUN device, where the test plays everybody else. */
#ifndef TESTS_UNIT_NETNS_HOST_H
#define TESTS_UNIT_NETNS_HOST_H

#include "tests/unit/netns.h"

static inline void wait_for(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
}

#define HOST4  "10.8.0.1"
#define HOST6  "2001:db8:8::1"
#define PEER4  "10.8.0.9"
#define PEER6  "2001:db8:8::9"
#define OTHER4 "10.8.0.8"
#define OTHER6 "2001:db8:8::8"

static inline int network(struct netif *n, int *ifindex)
{
	return tun_up(n, "Tunnel8", HOST4 "/24", HOST6 "/64", ifindex);
}

static inline uint16_t sum16(const uint8_t *p, size_t octets, uint32_t sum)
{
	for (size_t i = 0; i < octets; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline void put16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* The next packet of this protocol that the host sends; the kernel's own (MLD) are passed over. */
static inline size_t next_packet(int fd, uint8_t *buf, size_t size, uint8_t protocol)
{
	for (;;) {
		ssize_t n;

		wait_for(fd);
		n = read(fd, buf, size);
		CU_ASSERT_FATAL(n >= 20);
		if (buf[0] >> 4 == 4 ? buf[9] == protocol : (buf[6] == protocol || buf[6] == 44) && buf[24] != 0xff)
			return (size_t)n;
	}
}

/* An IP packet from `from` to the host around an ICMP message, whose checksums it fills in. */
static inline void icmp_to_host(int fd, const char *from, uint8_t *icmp, size_t octets)
{
	struct ip_addr src = addr_of(from), dst = addr_of(src.family == 4 ? HOST4 : HOST6);
	uint8_t packet[2048] = { 0 };
	size_t header = src.family == 4 ? 20 : 40;

	put16(icmp + 2, 0);
	if (src.family == 4) {
		packet[0] = 0x45;
		packet[8] = 64;
		packet[9] = IPPROTO_ICMP;
		put16(packet + 2, (uint16_t)(header + octets));
		memcpy(packet + 12, src.octets, 4);
		memcpy(packet + 16, dst.octets, 4);
		put16(packet + 10, sum16(packet, 20, 0));
		put16(icmp + 2, sum16(icmp, octets, 0));
	} else {
		packet[0] = 0x60;
		put16(packet + 4, (uint16_t)octets);
		packet[6] = IPPROTO_ICMPV6;
		packet[7] = 64;
		memcpy(packet + 8, src.octets, 16);
		memcpy(packet + 24, dst.octets, 16);
		put16(icmp + 2,
		      sum16(icmp, octets, (uint16_t)~sum16(packet + 8, 32, (uint32_t)octets + IPPROTO_ICMPV6)));
	}
	memcpy(packet + header, icmp, octets);
	CU_ASSERT_EQUAL(write(fd, packet, header + octets), (ssize_t)(header + octets));
}

/* An ICMP error that quotes a packet of the host. */
static inline void icmp_error(int fd, const char *from, uint8_t type, uint8_t code, uint32_t mtu, const uint8_t *quoted,
			      size_t octets)
{
	uint8_t icmp[1200] = { type, code };
	size_t quote = octets < 548 ? octets : 548;

	put16(icmp + 4, (uint16_t)(mtu >> 16));
	put16(icmp + 6, (uint16_t)mtu);
	memcpy(icmp + 8, quoted, quote);
	icmp_to_host(fd, from, icmp, 8 + quote);
}

#endif
