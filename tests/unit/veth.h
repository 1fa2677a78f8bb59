/*
 * Two network namespaces joined by a veth, and frames on it as they are: `here`, where the test runs with the device "va",
 * and `far` with "vb". 10.1.0.1 and 2001:db8::1 are here, 10.1.0.2 and 2001:db8::2 there.
 */
#ifndef TESTS_UNIT_VETH_H
#define TESTS_UNIT_VETH_H

#include "base/buf.h"
#include "netif/nl.h"
#include "tests/unit/netns.h"

#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/veth.h>
#include <sys/socket.h>

#define HERE4 "10.1.0.1"
#define FAR4  "10.1.0.2"
#define HERE6 "2001:db8::1"
#define FAR6  "2001:db8::2"

struct veth {
	struct netif *here, *far;
	int here_ns, far_ns; /* descriptors of the namespaces */
	int here_if, far_if;
	uint8_t here_mac[6], far_mac[6];
};

static inline int veth_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static inline void veth_enter(int ns)
{
	CU_ASSERT_EQUAL_FATAL(setns(ns, CLONE_NEWNET), 0);
}

/* Its IPv6 says nothing of its own accord. */
static inline void veth_quiet(const char *name)
{
	char path[64], old[16];

	snprintf(path, sizeof(path), "ipv6/conf/%s/addr_gen_mode", name);
	CU_ASSERT_EQUAL(netif_sysctl_set(path, "1", old, sizeof(old)), 0);
}

static inline void veth_put_queues(struct nlmsghdr *h, unsigned queues)
{
	mnl_attr_put_u32(h, IFLA_NUM_TX_QUEUES, queues);
	mnl_attr_put_u32(h, IFLA_NUM_RX_QUEUES, queues);
}

static inline void veth_make(const char *name, const char *peer, int peer_ns, unsigned queues)
{
	struct nl *nl = calloc(1, sizeof(*nl));
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	struct nlattr *info, *data, *other;

	CU_ASSERT_PTR_NOT_NULL_FATAL(nl);
	CU_ASSERT_EQUAL_FATAL(nl_open(nl), 0);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	veth_put_queues(h, queues);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(h, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, peer);
	veth_put_queues(h, queues);
	mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_nest_end(h, other);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	CU_ASSERT_EQUAL_FATAL(nl_ask(nl, h, NULL, NULL), 0);
	nl_close(nl);
	free(nl);
}

static inline int veth_up(struct netif *n, const char *name, uint8_t mac[6])
{
	struct netif_link link = { 0 };

	veth_quiet(name);
	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, name, &link), 0);
	CU_ASSERT_EQUAL_FATAL(netif_link_set_up(n, link.ifindex, true), 0);
	memcpy(mac, link.mac, 6);
	return link.ifindex;
}

static inline struct veth veth_new_queues(unsigned queues)
{
	struct veth v = { 0 };

	v.far = netns_fresh();
	v.far_ns = veth_namespace();
	v.here = netns_fresh();
	v.here_ns = veth_namespace();
	veth_make("va", "vb", v.far_ns, queues);
	veth_enter(v.far_ns);
	v.far_if = veth_up(v.far, "vb", v.far_mac);
	veth_enter(v.here_ns);
	v.here_if = veth_up(v.here, "va", v.here_mac);
	give(v.here, v.here_if, HERE4 "/24");
	give(v.here, v.here_if, HERE6 "/64");
	give(v.far, v.far_if, FAR4 "/24");
	give(v.far, v.far_if, FAR6 "/64");
	return v;
}

static inline struct veth veth_new(void)
{
	return veth_new_queues(1);
}

static inline void veth_free(struct veth *v)
{
	netif_free(v->here);
	netif_free(v->far);
	close(v->here_ns);
	close(v->far_ns);
}

/* A socket in the far namespace that sees and sends whole frames. */
static inline int veth_frames(struct veth *v)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = v->far_if };
	int fd;

	veth_enter(v->far_ns);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	veth_enter(v->here_ns);
	return fd;
}

/* The next frame that came in (not one that left) and carries this protocol: its octets. */
static inline size_t veth_take(int fd, uint16_t type, uint8_t protocol, uint8_t *frame, size_t room)
{
	for (;;) {
		struct pollfd pfd = { fd, POLLIN, 0 };
		struct sockaddr_ll from = { 0 };
		socklen_t size = sizeof(from);
		ssize_t got;

		CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
		got = recvfrom(fd, frame, room, 0, (struct sockaddr *)&from, &size);
		CU_ASSERT_FATAL(got > 0);
		if (from.sll_pkttype != PACKET_OUTGOING && got >= 14 + 20 && ntohs(from.sll_protocol) == type &&
		    frame[type == ETH_P_IP ? 14 + 9 : 14 + 6] == protocol)
			return (size_t)got;
	}
}

/* --- frames made by hand, octet by octet ---- */

static inline uint16_t veth_sum(const uint8_t *data, size_t octets)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < octets; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static inline void veth_ether(struct wr *w, const uint8_t to[6], const uint8_t from[6], uint16_t type)
{
	wr_bytes(w, to, 6);
	wr_bytes(w, from, 6);
	wr_u16(w, type);
}

/* RFC 791 3.1; options: octets of them, all of which are NOP. */
static inline void veth_ip4(struct wr *w, const char *src, const char *dst, uint8_t tos, uint16_t id, uint16_t fragment,
			    uint8_t protocol, unsigned options, size_t payload)
{
	struct ip_addr s = addr_of(src), d = addr_of(dst);
	uint8_t *header = w->p;
	size_t octets = 20 + options, at = wr_octets(w);

	wr_u8(w, (uint8_t)(0x40 | octets / 4));
	wr_u8(w, tos);
	wr_u16(w, (uint16_t)(octets + payload));
	wr_u16(w, id);
	wr_u16(w, fragment);
	wr_u8(w, 64);
	wr_u8(w, protocol);
	wr_u16(w, 0);
	wr_bytes(w, s.octets, 4);
	wr_bytes(w, d.octets, 4);
	for (unsigned i = 0; i < options; i++)
		wr_u8(w, 1);
	wr_patch_u16(w, at + 10, (uint16_t)~veth_sum(header, octets));
}

/* RFC 8200 3. */
static inline void veth_ip6(struct wr *w, const char *src, const char *dst, uint8_t tclass, uint32_t flow, uint8_t next,
			    size_t payload)
{
	struct ip_addr s = addr_of(src), d = addr_of(dst);

	wr_u32(w, 0x60000000u | (uint32_t)tclass << 20 | flow);
	wr_u16(w, (uint16_t)payload);
	wr_u8(w, next);
	wr_u8(w, 64);
	wr_bytes(w, s.octets, 16);
	wr_bytes(w, d.octets, 16);
}

static inline void veth_send(int fd, const struct wr *w)
{
	CU_ASSERT_FALSE_FATAL(w->full);
	CU_ASSERT_EQUAL(send(fd, w->start, wr_octets(w), 0), (ssize_t)wr_octets(w));
}

#endif
