/*
 * The message is made and read by libc (res_nmkquery, ns_initparse, ns_parserr); this file sends it, waits and decides
 * what is an answer: one from the server that was asked, with the number and the question that were sent.
 */
#define _GNU_SOURCE
#include "shell/dns.h"

#include "base/clock.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_OCTETS 1500

struct query {
	uint8_t octets[MESSAGE_OCTETS];
	size_t count;
	const char *name;
	ns_type type;
	/* Where what is found goes. */
	struct ip_addr *addresses;
	size_t found;
	char *host; /* of ns_t_ptr: DNS_NAME_SIZE */
};

/* A number that nobody who does not see the question can guess, nor the port it comes from. */
static bool make_query(struct query *q, const char *name, ns_type type)
{
	struct __res_state state;
	int n;

	memset(&state, 0, sizeof(state));
	if (res_ninit(&state) != 0)
		return false;
	q->name = name;
	q->type = type;
	n = res_nmkquery(&state, ns_o_query, name, ns_c_in, (int)q->type, NULL, 0, NULL, q->octets, sizeof(q->octets));
	res_nclose(&state);
	if (n < (int)sizeof(HEADER) || RAND_bytes(q->octets, 2) != 1)
		return false;
	q->count = (size_t)n;
	return true;
}

/* --- sending ---- */

static int open_socket(const struct ip_addr *server, uint16_t port)
{
	int on = 1, fd = socket(server->family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_storage to;
	socklen_t size = ip_to_sockaddr(server, port, 0, &to);
	int rc;

	if (fd < 0)
		return -1;
	/* connected: what another host sends does not come in. To a broadcast any may answer. */
	rc = server->family ? connect(fd, (struct sockaddr *)&to, size)
			    : setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	if (rc < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool send_on(int fd, const struct query *q, unsigned ifindex, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = INADDR_BROADCAST };
	struct in_pktinfo info = { .ipi_ifindex = (int)ifindex };
	union {
		char room[CMSG_SPACE(sizeof(info))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { (void *)(uintptr_t)q->octets, q->count };
	struct msghdr m = { .msg_name = &to,
			    .msg_namelen = sizeof(to),
			    .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return sendmsg(fd, &m, 0) >= 0;
}

static bool send_broadcast(int fd, const struct query *q, uint16_t port)
{
	struct ifaddrs *all, *i;
	bool any = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (i = all; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET && i->ifa_flags & IFF_UP &&
		    i->ifa_flags & IFF_BROADCAST)
			any |= send_on(fd, q, if_nametoindex(i->ifa_name), port);
	freeifaddrs(all);
	return any;
}

/* --- reading ---- */

/* Is it the answer to this question? */
static bool answers(const struct query *q, ns_msg *m, const uint8_t *octets)
{
	ns_rr rr;

	return !memcmp(octets, q->octets, 2) && ns_msg_getflag(*m, ns_f_qr) && ns_msg_count(*m, ns_s_qd) == 1 &&
	       ns_parserr(m, ns_s_qd, 0, &rr) == 0 && ns_rr_type(rr) == q->type && !strcasecmp(ns_rr_name(rr), q->name);
}

static bool same_name(const char *a, const char *b)
{
	return !strcasecmp(a, b);
}

static void take_record(struct query *q, ns_msg *m, const ns_rr *rr)
{
	if (q->type == ns_t_ptr) {
		q->found = ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m), ns_rr_rdata(*rr), q->host,
					      DNS_NAME_SIZE) > 0;
		return;
	}
	if (q->type == ns_t_a && ns_rr_rdlen(*rr) == 4)
		q->addresses[q->found++] = ip_from_in4(ns_rr_rdata(*rr));
	else if (q->type == ns_t_aaaa && ns_rr_rdlen(*rr) == 16)
		q->addresses[q->found++] = ip_from_in6(ns_rr_rdata(*rr));
}

/* What is said of the name that was asked for, or of what it is another name of. */
static void read_answer(struct query *q, ns_msg *m)
{
	char name[NS_MAXDNAME];
	ns_rr rr;

	strncpy(name, q->name, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
		if (ns_parserr(m, ns_s_an, i, &rr) != 0)
			break;
		if (!same_name(ns_rr_name(rr), name))
			continue;
		if (ns_rr_type(rr) == ns_t_cname &&
		    ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m), ns_rr_rdata(rr), name, sizeof(name)) < 0)
			break;
		if (ns_rr_type(rr) == q->type && q->found < DNS_ADDRESSES)
			take_record(q, m, &rr);
	}
}

static enum dns_verdict receive(int fd, int interrupt_fd, struct query *q)
{
	int64_t end = (int64_t)clock_ms() + DNS_WAIT_MS, left;
	uint8_t octets[MESSAGE_OCTETS];
	ns_msg m;

	while ((left = end - (int64_t)clock_ms()) > 0) {
		struct pollfd fds[2] = { { fd, POLLIN, 0 }, { interrupt_fd, POLLIN, 0 } };
		ssize_t n;

		if (poll(fds, interrupt_fd < 0 ? 1 : 2, (int)left) < 0 && errno != EINTR)
			return DNS_SILENT;
		if (fds[1].revents)
			return DNS_INTERRUPTED;
		if (!fds[0].revents)
			continue;
		n = recv(fd, octets, sizeof(octets), 0);
		if (n < 0 && errno != EAGAIN)
			return DNS_SILENT; /* nobody listens there */
		if (n < (ssize_t)sizeof(HEADER) || ns_initparse(octets, (int)n, &m) < 0 || !answers(q, &m, octets))
			continue;
		read_answer(q, &m);
		if (q->found)
			return DNS_ANSWERED;
		if (ns_msg_getflag(m, ns_f_rcode) == ns_r_noerror || ns_msg_getflag(m, ns_f_rcode) == ns_r_nxdomain)
			return DNS_UNKNOWN;
		return DNS_SILENT; /* it cannot or will not */
	}
	return DNS_SILENT;
}

static enum dns_verdict ask(const struct ip_addr *server, uint16_t port, int interrupt_fd, struct query *q)
{
	enum dns_verdict verdict = DNS_SILENT;
	int fd;

	port = port ? port : DNS_PORT;
	if ((fd = open_socket(server, port)) < 0)
		return DNS_SILENT;
	for (unsigned tries = 0; tries < DNS_TRIES && verdict == DNS_SILENT; tries++) {
		if (server->family ? send(fd, q->octets, q->count, 0) < 0 : !send_broadcast(fd, q, port))
			break;
		verdict = receive(fd, interrupt_fd, q);
	}
	close(fd);
	return verdict;
}

enum dns_verdict dns_ask(const struct ip_addr *server, uint16_t port, const char *name, unsigned family,
			 int interrupt_fd, struct ip_addr out[DNS_ADDRESSES], size_t *count)
{
	enum dns_verdict verdict = DNS_SILENT;
	struct query q = { .addresses = out };

	if (make_query(&q, name, family == 6 ? ns_t_aaaa : ns_t_a))
		verdict = ask(server, port, interrupt_fd, &q);
	*count = q.found;
	return verdict;
}

/* "3.0.0.10.in-addr.arpa", RFC 3596 2.5 */
static void reverse_name(const struct ip_addr *a, char *out, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	if (a->family == 4) {
		snprintf(out, size, "%u.%u.%u.%u.in-addr.arpa", a->octets[3], a->octets[2], a->octets[1], a->octets[0]);
		return;
	}
	for (unsigned k = 16; k-- && at + 4 < size;) {
		out[at++] = hex[a->octets[k] & 15];
		out[at++] = '.';
		out[at++] = hex[a->octets[k] >> 4];
		out[at++] = '.';
	}
	snprintf(out + at, size - at, "ip6.arpa");
}

enum dns_verdict dns_ask_name(const struct ip_addr *server, uint16_t port, const struct ip_addr *address,
			      int interrupt_fd, char out[DNS_NAME_SIZE])
{
	struct query q = { .host = out };
	char name[80];

	reverse_name(address, name, sizeof(name));
	return make_query(&q, name, ns_t_ptr) ? ask(server, port, interrupt_fd, &q) : DNS_SILENT;
}
