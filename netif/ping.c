#include "netif/netif.h"
#include "netif/sock.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IP4_OCTETS   20
#define IP6_OCTETS   40
#define ECHO_OCTETS  8
#define LARGEST      65535
#define ANSWER_ROOM  65536
#define FRAGMENT_EXT 44 /* IPv6 fragment header, RFC 8200 4.5 */
#define IOS_TTL      255
#define IOS_PATTERN  0xabcd

#define RECORD_FIRST         4
#define RECORD_OCTETS(slots) (4 + 4 * (slots)) /* with one of padding */
#define EMPTY_EXT_OCTETS     8u
#define PAD_N                1

/* linux/icmp.h has it, and cannot be included beside netinet/ip_icmp.h. */
#define RAW_ICMP_FILTER 1

/* RFC 1071. Over a message with a right checksum it gives 0. */
static uint16_t checksum(const uint8_t *data, size_t octets)
{
	struct rd r = rd_of(data, octets);
	uint32_t sum = 0;

	while (rd_left(&r) > 1)
		sum += rd_u16(&r);
	if (rd_left(&r))
		sum += (uint32_t)rd_u8(&r) << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* --- the socket ---- */

/* RFC 791 3.1: type, length, where the next address goes. Octets, 0: not wanted. */
static size_t record_option(const struct netif_ping *p, uint8_t *out)
{
	unsigned slots = p->record_slots < NETIF_RECORD_SLOTS ? p->record_slots : NETIF_RECORD_SLOTS;

	if (!slots)
		return 0;
	memset(out, 0, RECORD_OCTETS(slots));
	out[0] = IPOPT_RR;
	out[1] = (uint8_t)(RECORD_OCTETS(slots) - 1);
	out[2] = RECORD_FIRST;
	return RECORD_OCTETS(slots);
}

static int set_options4(int fd, const struct netif_ping *p)
{
	uint32_t pass = 1u << ICMP_ECHOREPLY | 1u << ICMP_DEST_UNREACH | 1u << ICMP_SOURCE_QUENCH |
			1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETERPROB;
	uint32_t block = ~pass;
	uint8_t options[RECORD_OCTETS(NETIF_RECORD_SLOTS)];
	size_t octets = record_option(p, options);
	int rc;

	if (setsockopt(fd, SOL_RAW, RAW_ICMP_FILTER, &block, sizeof(block)) < 0)
		return -errno;
	rc = sock_set(fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IP, IP_TTL, IOS_TTL);
	if (!rc && p->ifindex)
		rc = sock_set(fd, IPPROTO_IP, IP_UNICAST_IF, (int)htonl((uint32_t)p->ifindex));
	if (!rc && p->tos)
		rc = sock_set(fd, IPPROTO_IP, IP_TOS, p->tos);
	if (!rc && octets && setsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, (socklen_t)octets) < 0)
		rc = -errno;
	return rc ? rc : sock_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, p->df ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
}

/* RFC 8200 4.3, 4.6: an extension header with nothing but padding in it. */
static int add_header6(int fd, int option)
{
	static const uint8_t empty[EMPTY_EXT_OCTETS] = { 0, 0, PAD_N, 4 };

	return setsockopt(fd, IPPROTO_IPV6, option, empty, sizeof(empty)) < 0 ? -errno : 0;
}

static int set_options6(int fd, const struct netif_ping *p)
{
	static const uint8_t types[] = { ICMP6_ECHO_REPLY, ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED,
					 ICMP6_PARAM_PROB };
	struct icmp6_filter filter;
	int rc = 0;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	for (size_t i = 0; i < sizeof(types); i++)
		ICMP6_FILTER_SETPASS(types[i], &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	if (p->ifindex)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, (int)htonl((uint32_t)p->ifindex));
	if (!rc && p->ifindex)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, p->ifindex);
	if (!rc && p->tos)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_TCLASS, p->tos);
	if (!rc && p->hop_options)
		rc = add_header6(fd, IPV6_HOPOPTS);
	if (!rc && p->destination_options)
		rc = add_header6(fd, IPV6_DSTOPTS);
	return rc ? rc : sock_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, p->df ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT);
}

static uint32_t scope_of(const struct netif_ping *p, const struct ip_addr *a)
{
	return ip_is_link_local(a) || ip_is_multicast(a) ? (uint32_t)p->ifindex : 0;
}

static int open_socket(const struct netif_ping *p)
{
	bool v4 = p->dst.family == 4;
	struct sockaddr_storage ss;
	int fd, rc;

	if (!p->dst.family || (p->src.family && p->src.family != p->dst.family))
		return -EAFNOSUPPORT;
	fd = socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (fd < 0)
		return -errno;
	rc = v4 ? set_options4(fd, p) : set_options6(fd, p);
	if (!rc && p->src.family &&
	    bind(fd, (struct sockaddr *)&ss, ip_to_sockaddr(&p->src, 0, scope_of(p, &p->src), &ss)) < 0)
		rc = -errno;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

/* --- the request ---- */

static size_t header_octets(const struct netif_ping *p)
{
	uint8_t options[RECORD_OCTETS(NETIF_RECORD_SLOTS)];

	if (p->dst.family == 4)
		return IP4_OCTETS + record_option(p, options);
	return IP6_OCTETS + (p->hop_options ? EMPTY_EXT_OCTETS : 0u) + (p->destination_options ? EMPTY_EXT_OCTETS : 0u);
}

static uint8_t data_at(const struct netif_ping *p, size_t at)
{
	uint16_t pattern = p->patterned ? p->pattern : IOS_PATTERN;

	return (uint8_t)(at % 2 ? pattern : pattern >> 8);
}

/* RFC 792, RFC 4443 4.1: type, code, checksum, identifier, sequence number, and the data. */
static size_t build(const struct netif_ping *p, uint8_t *buf, size_t room)
{
	struct wr w = wr_of(buf, room);
	size_t header = header_octets(p), octets;

	octets = p->size < header + ECHO_OCTETS ? ECHO_OCTETS : p->size - header;
	wr_u8(&w, p->dst.family == 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
	wr_u8(&w, 0);
	wr_u16(&w, 0); /* ICMPv6's is the kernel's work */
	wr_u16(&w, p->id);
	wr_u16(&w, p->sequence);
	while (wr_octets(&w) < octets)
		wr_u8(&w, data_at(p, wr_octets(&w)));
	if (p->dst.family == 4)
		wr_patch_u16(&w, 2, checksum(buf, octets));
	return octets;
}

static int transmit(int fd, const struct netif_ping *p)
{
	struct sockaddr_storage to;
	socklen_t to_octets = ip_to_sockaddr(&p->dst, 0, scope_of(p, &p->dst), &to);
	uint8_t *buf = malloc(LARGEST);
	size_t octets;
	ssize_t n;
	int rc;

	if (!buf)
		return -ENOMEM;
	octets = build(p, buf, LARGEST);
	do
		n = sendto(fd, buf, octets, MSG_NOSIGNAL, (struct sockaddr *)&to, to_octets);
	while (n < 0 && errno == EINTR);
	rc = n < 0 ? -errno : 0;
	free(buf);
	return rc;
}

/* --- the answers ---- */

static bool is_our_echo(const struct netif_ping *p, struct rd *r, uint8_t type)
{
	uint8_t got = rd_u8(r);

	rd_take(r, 3);
	return rd_u16(r) == p->id && rd_u16(r) == p->sequence && got == type && !r->why;
}

/* The packet that an error quotes is our request, and the error is not the kernel's own (from == its source). */
static bool quotes_us4(const struct netif_ping *p, struct rd *r, const struct ip_addr *from)
{
	uint8_t words = rd_u8(r) & 15, protocol;
	struct ip_addr src = { .family = 4 }, dst = { .family = 4 };

	rd_take(r, 8);
	protocol = rd_u8(r);
	rd_take(r, 2);
	rd_copy(r, src.octets, 4);
	rd_copy(r, dst.octets, 4);
	rd_take(r, words > 5 ? (words - 5u) * 4 : 0);
	return protocol == IPPROTO_ICMP && ip_equal(&dst, &p->dst) && !ip_equal(&src, from) &&
	       is_our_echo(p, r, ICMP_ECHO);
}

static bool quotes_us6(const struct netif_ping *p, struct rd *r, const struct ip_addr *from)
{
	struct ip_addr src = { .family = 6 }, dst = { .family = 6 };
	uint8_t next;

	rd_take(r, 6);
	next = rd_u8(r);
	rd_take(r, 1);
	rd_copy(r, src.octets, 16);
	rd_copy(r, dst.octets, 16);
	if (next == FRAGMENT_EXT) {
		next = rd_u8(r);
		rd_take(r, 7);
	}
	return next == IPPROTO_ICMPV6 && ip_equal(&dst, &p->dst) && !ip_equal(&src, from) &&
	       is_our_echo(p, r, ICMP6_ECHO_REQUEST);
}

static int error4(uint8_t type, uint8_t code)
{
	switch (type) {
	case ICMP_DEST_UNREACH:
		return code == ICMP_FRAG_NEEDED ? 'M' : code == ICMP_NET_UNREACH ? 'N' : 'U';
	case ICMP_SOURCE_QUENCH:
		return 'Q';
	case ICMP_TIME_EXCEEDED:
		return '&';
	default:
		return '?';
	}
}

static int error6(uint8_t type, uint8_t code)
{
	switch (type) {
	case ICMP6_DST_UNREACH:
		return code == ICMP6_DST_UNREACH_ADMIN ? 'A' : code == ICMP6_DST_UNREACH_BEYONDSCOPE ? 'N' : 'U';
	case ICMP6_PACKET_TOO_BIG:
		return 'B';
	case ICMP6_TIME_EXCEEDED:
		return '&';
	default:
		return '?';
	}
}

static bool is_from_target(const struct netif_ping *p, const struct ip_addr *from)
{
	/* A group or a broadcast address answers from its members' own. */
	return ip_equal(from, &p->dst) || ip_is_multicast(&p->dst) || p->group;
}

/* '!', or '?' when other data came back than was sent. r stands behind the ICMP header of 8 octets. */
static int judge_data(const struct netif_ping *p, struct rd r)
{
	size_t octets = p->size < header_octets(p) + ECHO_OCTETS ? 0 : p->size - header_octets(p) - ECHO_OCTETS;

	if (!p->validate)
		return '!';
	if (rd_left(&r) != octets)
		return '?';
	for (size_t at = 0; at < octets; at++)
		if (rd_u8(&r) != data_at(p, at))
			return '?';
	return '!';
}

static int judge_echo(const struct netif_ping *p, struct rd icmp, uint8_t type, const struct ip_addr *from)
{
	struct rd whole = icmp;

	if (!is_our_echo(p, &icmp, type) || !is_from_target(p, from))
		return 0;
	rd_take(&whole, ECHO_OCTETS);
	return judge_data(p, whole);
}

/* What the record route option holds, RFC 791 3.1. */
static void take_route(struct rd options, struct netif_ping_reply *out)
{
	while (rd_left(&options)) {
		uint8_t type = rd_u8(&options), octets, next;
		struct rd body;

		if (type == IPOPT_EOL)
			return;
		if (type == IPOPT_NOP)
			continue;
		octets = rd_u8(&options);
		if (options.why || octets < 2)
			return;
		body = rd_sub(&options, octets - 2u);
		if (type != IPOPT_RR)
			continue;
		next = rd_u8(&body);
		for (unsigned k = 0; k < NETIF_RECORD_SLOTS && rd_left(&body) >= 4; k++) {
			out->route[k].family = 4;
			rd_copy(&body, out->route[k].octets, 4);
			out->route_slots++;
			out->route_used += RECORD_FIRST + 4 * k < next;
		}
	}
}

/* The character for a whole IPv4 packet (RFC 791 3.1), or 0 when it is about something else. */
static int judge4(const struct netif_ping *p, struct rd r, struct netif_ping_reply *out)
{
	uint8_t words = rd_u8(&r) & 15, type, code;
	struct ip_addr from = { .family = 4 };
	struct rd icmp, options;

	rd_take(&r, 11);
	rd_copy(&r, from.octets, 4);
	rd_take(&r, 4);
	options = rd_sub(&r, words > 5 ? (words - 5u) * 4 : 0);
	icmp = rd_sub(&r, rd_left(&r));
	out->from = from;
	if (icmp.why || checksum(icmp.p, rd_left(&icmp)))
		return 0;
	r = icmp;
	type = rd_u8(&r);
	code = rd_u8(&r);
	if (type == ICMP_ECHOREPLY) {
		take_route(options, out);
		return judge_echo(p, icmp, ICMP_ECHOREPLY, &from);
	}
	rd_take(&r, 6);
	return quotes_us4(p, &r, &from) ? error4(type, code) : 0;
}

/* Likewise for an ICMPv6 message, whose checksum the kernel has verified. */
static int judge6(const struct netif_ping *p, struct rd r, const struct ip_addr *from)
{
	struct rd icmp = r;
	uint8_t type = rd_u8(&r), code = rd_u8(&r);

	if (type == ICMP6_ECHO_REPLY)
		return judge_echo(p, icmp, ICMP6_ECHO_REPLY, from);
	rd_take(&r, 6);
	return quotes_us6(p, &r, from) ? error6(type, code) : 0;
}

/* Reads what waits. The character of the answer, 0 when none of it was, -errno. */
static int take_answers(int fd, const struct netif_ping *p, uint8_t *buf, struct netif_ping_reply *out)
{
	for (;;) {
		struct sockaddr_storage ss = { 0 };
		socklen_t ss_octets = sizeof(ss);
		ssize_t n = recvfrom(fd, buf, ANSWER_ROOM, 0, (struct sockaddr *)&ss, &ss_octets);
		struct ip_addr from;
		uint16_t port;
		int mark;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
		if (!ip_from_sockaddr(&ss, &from, &port))
			continue;
		*out = (struct netif_ping_reply){ .from = from };
		mark = p->dst.family == 4 ? judge4(p, rd_of(buf, (size_t)n), out)
					  : judge6(p, rd_of(buf, (size_t)n), &from);
		if (mark)
			return mark;
	}
}

static int await(int fd, const struct netif_ping *p, int wake_fd, uint64_t start, uint8_t *buf)
{
	uint64_t end = start + (uint64_t)p->timeout_ms * 1000;
	struct netif_ping_reply reply = { 0 };
	bool heard = false;

	for (;;) {
		int ready = sock_await(fd, wake_fd, end), mark;

		if (ready < 0)
			return ready;
		if (!ready)
			return heard ? '!' : '.';
		mark = ready & SOCK_FD ? take_answers(fd, p, buf, &reply) : 0;
		if (mark == '!') {
			heard = true;
			reply.rtt_us = (unsigned)(clock_us() - start);
			if (p->on_reply)
				p->on_reply(p->ctx, &reply);
		}
		if (mark == '!' && p->group)
			continue;
		if (mark || ready & SOCK_WAKE)
			return mark;
	}
}

int netif_ping(const struct netif_ping *p, int wake_fd, unsigned *rtt_us)
{
	uint8_t *buf;
	uint64_t start;
	int fd, rc;

	if (p->size > LARGEST)
		return -EMSGSIZE;
	fd = open_socket(p);
	if (fd < 0)
		return fd;
	buf = malloc(ANSWER_ROOM);
	if (!buf) {
		close(fd);
		return -ENOMEM;
	}
	start = clock_us();
	rc = transmit(fd, p);
	if (!rc)
		rc = await(fd, p, wake_fd, start, buf);
	else if (rc == -EMSGSIZE)
		rc = p->dst.family == 4 ? 'M' : 'B';
	if (rc == '!')
		*rtt_us = (unsigned)(clock_us() - start);
	free(buf);
	close(fd);
	return rc;
}
