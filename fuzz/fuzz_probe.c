/*
 * What comes back on a ping and on a probe of a traceroute: echo replies with record route, ICMP errors that quote the request
 * or something else, and the error queue. The sockets are the harness's.
 *
 * The first octet says what is sent, the second how. Then answers: flags, who sent it, two octets of length, the packet or, of a
 * traceroute, the control messages.
 *
 * libs: -Wl,--wrap=socket,--wrap=setsockopt,--wrap=bind,--wrap=connect,--wrap=send,--wrap=sendto,--wrap=recv,--wrap=recvfrom,--wrap=recvmsg,--wrap=ppoll netif/ping.c netif/trace.c netif/sock.c
 */
#define _GNU_SOURCE /* ppoll */
#include "base/buf.h"
#include "netif/netif.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t octets);
int __wrap_bind(int fd, const struct sockaddr *a, socklen_t octets);
int __wrap_connect(int fd, const struct sockaddr *a, socklen_t octets);
ssize_t __wrap_send(int fd, const void *data, size_t octets, int flags);
ssize_t __wrap_sendto(int fd, const void *data, size_t octets, int flags, const struct sockaddr *a, socklen_t n);
ssize_t __wrap_recv(int fd, void *buf, size_t room, int flags);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t room, int flags, struct sockaddr *a, socklen_t *n);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
int __wrap_ppoll(struct pollfd *p, nfds_t count, const struct timespec *t, const sigset_t *s);

enum { RIGHT_SUM = 1, NOTHING = 2, OTHER_SENDER = 4 };

static struct rd in;
static struct ip_addr target;
static uint8_t *poisoned;
static size_t poisoned_octets;

static void demand(bool good)
{
	if (!good)
		abort();
}

/* --- the kernel ---- */

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t octets)
{
	(void)fd, (void)level, (void)option, (void)value, (void)octets;
	return 0;
}

int __wrap_bind(int fd, const struct sockaddr *a, socklen_t octets)
{
	(void)fd, (void)a, (void)octets;
	return 0;
}

int __wrap_connect(int fd, const struct sockaddr *a, socklen_t octets)
{
	(void)fd, (void)a, (void)octets;
	return 0;
}

ssize_t __wrap_send(int fd, const void *data, size_t octets, int flags)
{
	(void)fd, (void)data, (void)flags;
	return (ssize_t)octets;
}

ssize_t __wrap_sendto(int fd, const void *data, size_t octets, int flags, const struct sockaddr *a, socklen_t n)
{
	(void)a, (void)n;
	return __wrap_send(fd, data, octets, flags);
}

static void unpoison(void)
{
	if (poisoned)
		ASAN_UNPOISON_MEMORY_REGION(poisoned, poisoned_octets);
	poisoned = NULL;
}

static size_t fill(void *buf, size_t room, size_t octets)
{
	octets = octets < rd_left(&in) ? octets : rd_left(&in);
	octets = octets < room ? octets : room;
	rd_copy(&in, buf, octets);
	poisoned = buf;
	poisoned_octets = room;
	ASAN_POISON_MEMORY_REGION(poisoned + octets, room - octets);
	return octets;
}

/* RFC 1071, of the ICMP message in an IPv4 packet. */
static void make_right(uint8_t *p, size_t octets)
{
	struct rd r = rd_of(p, octets);
	uint32_t sum = 0;

	rd_take(&r, (rd_left(&r) ? p[0] & 15u : 0) * 4u);
	if (rd_left(&r) < 4)
		return;
	p = (uint8_t *)(uintptr_t)r.p;
	p[2] = p[3] = 0;
	while (rd_left(&r) > 1)
		sum += rd_u16(&r);
	sum += rd_left(&r) ? (uint32_t)rd_u8(&r) << 8 : 0;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	p[2] = (uint8_t)(~sum >> 8);
	p[3] = (uint8_t)~sum;
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t room, int flags, struct sockaddr *a, socklen_t *n)
{
	struct ip_addr from = target;
	struct sockaddr_storage ss;
	const uint8_t how = rd_u8(&in), last = rd_u8(&in);
	size_t octets = rd_u16(&in);

	(void)fd, (void)flags;
	unpoison();
	if (in.why || how & NOTHING) {
		errno = EAGAIN;
		return -1;
	}
	if (how & OTHER_SENDER)
		from.octets[3] = last;
	ip_to_sockaddr(&from, 0, 0, &ss);
	memcpy(a, &ss, *n < sizeof(ss) ? *n : sizeof(ss));
	octets = fill(buf, room, octets);
	if (how & RIGHT_SUM)
		make_right(buf, octets);
	return (ssize_t)octets;
}

ssize_t __wrap_recv(int fd, void *buf, size_t room, int flags)
{
	const uint8_t octets = rd_u8(&in);

	(void)fd, (void)buf, (void)flags;
	if (in.why || octets & 1) {
		errno = EAGAIN;
		return -1;
	}
	return (ssize_t)(octets < room ? octets : room);
}

/* One control message, as long as it says or as there is room. */
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	const uint8_t how = rd_u8(&in), ours = rd_u8(&in);
	struct cmsghdr c = { .cmsg_level = ours & 1 ? IPPROTO_IPV6 : IPPROTO_IP,
			     .cmsg_type = ours & 1 ? IPV6_RECVERR : IP_RECVERR };
	size_t octets = rd_u16(&in);

	(void)fd, (void)flags;
	unpoison();
	if (in.why || how & NOTHING) {
		errno = EAGAIN;
		return -1;
	}
	demand(m->msg_controllen > sizeof(c));
	octets = fill((uint8_t *)m->msg_control + sizeof(c), m->msg_controllen - sizeof(c), octets);
	c.cmsg_len = sizeof(c) + octets;
	c.cmsg_type += ours >> 7;
	memcpy(m->msg_control, &c, sizeof(c));
	m->msg_controllen = CMSG_SPACE(octets) < m->msg_controllen ? CMSG_SPACE(octets) : m->msg_controllen;
	return 0;
}

int __wrap_ppoll(struct pollfd *p, nfds_t count, const struct timespec *t, const sigset_t *s)
{
	(void)count, (void)t, (void)s;
	p[0].revents = rd_left(&in) ? POLLIN : 0;
	p[1].revents = 0;
	return rd_left(&in) > 0;
}

/* --- what is sent ---- */

static unsigned replies;

static void on_reply(void *ctx, const struct netif_ping_reply *r)
{
	(void)ctx;
	demand(r->route_slots <= NETIF_RECORD_SLOTS && r->route_used <= r->route_slots && r->from.family);
	for (unsigned i = 0; i < r->route_slots; i++)
		demand(r->route[i].family == 4);
	replies++;
}

static void ping(uint8_t how)
{
	struct netif_ping p = { .dst = target,
				.size = how & 1 ? 100 : 36 + how,
				.timeout_ms = 10000,
				.id = 0x1234,
				.sequence = 7,
				.validate = how & 2,
				.group = how & 4,
				.record_slots = how & 8 ? NETIF_RECORD_SLOTS : 0,
				.on_reply = on_reply };
	unsigned rtt = 0;
	int mark;

	replies = 0;
	mark = netif_ping(&p, -1, &rtt);
	demand(mark > 0 && strchr("!.UMBNAQ&?", mark));
	demand(mark != '!' || replies);
	unpoison();
}

static void trace(void)
{
	const struct netif_trace t = { .dst = target, .ttl = 3, .port = 33434, .timeout_ms = 10000 };
	struct ip_addr from = { 0 };
	unsigned rtt = 0;
	int mark = netif_trace(&t, -1, &from, &rtt);

	demand(mark > 0 && strchr("!tHNPAQ?.", mark));
	demand(mark == '.' || ip_octets(&from));
	unpoison();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ip_addr four = { 4, { 10, 0, 0, 1 } }, six = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	uint8_t what, how;

	in = rd_of(data, size);
	what = rd_u8(&in);
	how = rd_u8(&in);
	target = what & 1 ? six : four;
	if (what & 2)
		trace();
	else
		ping(how);
	return 0;
}
