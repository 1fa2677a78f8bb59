#define _GNU_SOURCE /* in6_pktinfo */
#include "netif/wire_private.h"
#include "netif/sock.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_BUFFER (8 << 20) /* octets: some milliseconds of bursts while the worker is not scheduled */

void wire_set_buffers(int fd)
{
	/* The first needs CAP_NET_ADMIN on the host; in a user namespace the host's maximum is what can be had. */
	if (sock_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER))
		(void)sock_set(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	if (sock_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER))
		(void)sock_set(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
}

/*
 * With DF the kernel's own path MTU is not asked (PROBE): it believes every ICMP message. Without, IPv4 leaves cutting on
 * the way to the routers (OMIT); IPv6 must know where to cut (DONT), and believes nothing below 1280.
 */
int wire_discovery(unsigned family, enum wire_mode mode)
{
	_Static_assert(IP_PMTUDISC_PROBE == IPV6_PMTUDISC_PROBE, "one value");
	return mode == WIRE_DF ? IP_PMTUDISC_PROBE : family == 4 ? IP_PMTUDISC_OMIT : IPV6_PMTUDISC_DONT;
}

int wire_set_discovery(int fd, unsigned family, int value)
{
	return family == 4 ? sock_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, value)
			   : sock_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, value);
}

/*
 * A raw IPv4 socket tells all of the outer header by the header itself. IPv6 and UDP need control messages. RECVERR is
 * what gives us the ICMP errors with the packet quoted; its side effect is that they fail the next call.
 */
static int set_common(int fd, unsigned family)
{
	int rc;

	if (family == 4)
		return sock_set(fd, IPPROTO_IP, IP_RECVERR, 1);
	rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	if (!rc)
		rc = sock_set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	return rc ? rc : sock_set(fd, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1);
}

static int set_program(int fd, int option, struct sock_filter *filter, size_t count)
{
	struct sock_fprog program = { (unsigned short)count, filter };

	return setsockopt(fd, SOL_SOCKET, option, &program, sizeof(program)) < 0 ? -errno : 0;
}

/*
 * Passes what has an SPI of ours, and to worker 0 what is too short for one: where it is counted. The filter sees an IPv4
 * packet from its header on, an IPv6 packet from where ESP begins.
 */
static int share_raw(int fd, const struct netif_wire_options *o)
{
	unsigned runt = o->worker == 0 ? UINT32_MAX : 0;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 4, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, runt),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, o->workers),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, o->worker, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	if (o->workers == 1)
		return 0;
	if (o->family == 4)
		filter[0] = (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0);
	return set_program(fd, SO_ATTACH_FILTER, filter, sizeof(filter) / sizeof(filter[0]));
}

/* The program sees the UDP payload. What is too short for an SPI ends it with 0, as the marker does. */
static int share_udp(int fd, const struct netif_wire_options *o)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, o->workers),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	return set_program(fd, SO_ATTACH_REUSEPORT_CBPF, program, sizeof(program) / sizeof(program[0]));
}

/*
 * Worker 0 takes the port for itself and then lets others join; so a port that another router has is refused, which it would
 * not be if both asked to share it.
 */
static int bind_udp(int fd, const struct netif_wire_options *o)
{
	struct ip_addr any = { .family = (uint8_t)o->family };
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&any, o->port, 0, &ss);
	int rc = o->worker ? sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;

	if (!rc && bind(fd, (struct sockaddr *)&ss, size) < 0)
		rc = -errno;
	if (!rc && o->worker)
		rc = share_udp(fd, o);
	else if (!rc && o->workers > 1)
		rc = sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	return rc;
}

static int set_udp(struct netif_wire *w, const struct netif_wire_options *o)
{
	int off = 0, rc = 0;

	if (o->family == 4) {
		rc = sock_set(w->fd, IPPROTO_IP, IP_PKTINFO, 1);
		if (!rc)
			rc = sock_set(w->fd, IPPROTO_IP, IP_RECVTOS, 1);
	} else {
		rc = sock_set(w->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	}
	w->gro = !sock_set(w->fd, SOL_UDP, UDP_GRO, 1);
	/* 0 is the default; who does not know the option refuses it. */
	atomic_store(&w->segment, !setsockopt(w->fd, SOL_UDP, UDP_SEGMENT, &off, sizeof(off)));
	return rc ? rc : bind_udp(w->fd, o);
}

static int open_socket(struct netif_wire *w, const struct netif_wire_options *o)
{
	int domain = o->family == 4 ? AF_INET : AF_INET6, type = o->port ? SOCK_DGRAM : SOCK_RAW, rc;

	w->fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, o->port ? IPPROTO_UDP : IPPROTO_ESP);
	if (w->fd < 0)
		return -errno;
	rc = set_common(w->fd, o->family);
	if (!rc)
		rc = o->port ? set_udp(w, o) : share_raw(w->fd, o);
	wire_set_buffers(w->fd);
	return rc;
}

int netif_wire_open(const struct netif_wire_options *o, struct netif_wire **out)
{
	struct netif_wire *w;
	int rc;

	if (o->family != 4 && o->family != 6)
		return -EAFNOSUPPORT;
	if (o->workers == 0 || o->workers > NETIF_WORKERS_MAX || o->worker >= o->workers)
		return -EINVAL;
	w = aligned_alloc(_Alignof(struct netif_wire), sizeof(*w));
	if (!w)
		return -ENOMEM;
	memset(w, 0, sizeof(*w));
	w->fd = w->out.header_fd = w->hop.fd = -1;
	w->family = o->family;
	w->udp = o->port != 0;
	rc = wire_in_open(w);
	if (!rc)
		rc = open_socket(w, o);
	if (rc) {
		netif_wire_close(w);
		return rc;
	}
	wire_out_open(w);
	wire_hop_open(w);
	*out = w;
	return 0;
}

void netif_wire_close(struct netif_wire *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	wire_out_close(w);
	wire_hop_close(w);
	wire_in_close(w);
	free(w);
}

int netif_wire_fd(const struct netif_wire *w)
{
	return w->fd;
}

void netif_wire_status(const struct netif_wire *w, struct netif_wire_status *out)
{
	uint32_t memory[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(memory);

	(void)getsockopt(w->fd, SOL_SOCKET, SO_MEMINFO, memory, &size);
	*out = (struct netif_wire_status){ .dropped = memory[SK_MEMINFO_DROPS],
					   .rcvbuf = memory[SK_MEMINFO_RCVBUF],
					   .gro = w->gro,
					   .segment = atomic_load_explicit(&w->segment, memory_order_relaxed),
					   .hop = w->hop.fd >= 0 };
}
