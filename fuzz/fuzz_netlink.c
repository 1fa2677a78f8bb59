/*
 * What the kernel answers and tells over netlink: rtnetlink's links, addresses, routes and neighbours, asked for and told by
 * the monitor, rules and nexthops told by it, nftables' counters, and the packets of nflog. The sockets are the harness's; all
 * above them is the router's.
 *
 * The first octet says what is asked. Then datagrams: an octet that says how one is made, two of length, its octets. What is read
 * of a datagram ends where it ends, and what stood in the buffer before says nothing: all is asked twice, over other garbage.
 *
 * libs: netif/nl.c netif/link.c netif/addr.c netif/route.c netif/neigh.c netif/monitor.c netif/hop.c netif/nflog.c netif/nft.c netif/netif.c netif/sysctl.c -lmnl
 */
#include "base/buf.h"
#include "netif/hop.h"
#include "netif/private.h"

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#define PORT 4711

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum how {
	OVERRUN = 1,    /* no datagram: the kernel could not queue one */
	ANOTHERS = 2,   /* its number and port stay as they are: mostly no answer to what was asked */
	ATTRIBUTES = 4, /* not as it stands: messages of attributes are made of it, which are whole */
};

static struct {
	struct rd in;
	uint32_t sequence;
	uint8_t garbage;
	void *poisoned;
	size_t octets;
	uint64_t hash; /* of all that was told */
	int fd;
} k;

static void demand(bool good)
{
	if (!good)
		abort();
}

static void told(const void *data, size_t octets)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < octets; i++)
		k.hash = (k.hash ^ p[i]) * 0x100000001b3u;
}

static void told_number(uint64_t v)
{
	told(&v, sizeof(v));
}

static void told_text(const char *text, size_t size)
{
	demand(strnlen(text, size) < size);
	told(text, strlen(text));
}

/* --- libmnl's sockets ---- */

struct mnl_socket *mnl_socket_open(int bus)
{
	return mnl_socket_open2(bus, 0);
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus, (void)flags;
	return (struct mnl_socket *)&k;
}

static void unpoison(void)
{
	if (k.poisoned)
		ASAN_UNPOISON_MEMORY_REGION(k.poisoned, k.octets);
	k.poisoned = NULL;
}

int mnl_socket_close(struct mnl_socket *s)
{
	(void)s;
	unpoison();
	return 0;
}

int mnl_socket_bind(struct mnl_socket *s, unsigned groups, pid_t pid)
{
	(void)s, (void)groups, (void)pid;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *s)
{
	(void)s;
	return k.fd;
}

unsigned mnl_socket_get_portid(const struct mnl_socket *s)
{
	(void)s;
	return PORT;
}

int mnl_socket_setsockopt(const struct mnl_socket *s, int type, void *buf, socklen_t octets)
{
	(void)s, (void)type, (void)buf, (void)octets;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *req, size_t octets)
{
	const struct nlmsghdr *h = req;

	(void)s;
	demand(octets >= sizeof(*h) && h->nlmsg_len == octets && h->nlmsg_flags & NLM_F_REQUEST);
	k.sequence = h->nlmsg_seq;
	return (ssize_t)octets;
}

static void pad(struct wr *w)
{
	while (wr_octets(w) % 4 && !w->full)
		wr_u8(w, 0);
}

/* So many of a type, a length and octets each; of a nest how many there are in it. */
static void make_attributes(struct rd *r, struct wr *w, unsigned count, unsigned depth)
{
	while (count-- && !w->full) {
		const uint8_t what = rd_u8(r), octets = rd_u8(r);
		const uint8_t lie = what & 0x80 ? rd_u8(r) : 0;
		struct nlattr a = { .nla_type = what & 0x3f };
		uint8_t *at;

		pad(w);
		at = wr_take(w, sizeof(a));
		if (!at)
			return;
		if (what & 0x40 && depth)
			make_attributes(r, w, octets & 7, depth - 1);
		else
			for (unsigned i = 0; i < octets && rd_left(r); i++)
				wr_u8(w, rd_u8(r));
		a.nla_len = (uint16_t)(w->p - at + lie);
		memcpy(at, &a, sizeof(a));
	}
}

/* A message: type, flags, how many octets the family's header has and that, how many attributes, those. */
static void make_message(struct rd *r, struct wr *w)
{
	static const uint16_t types[] = { RTM_NEWLINK,
					  RTM_DELLINK,
					  RTM_NEWADDR,
					  RTM_DELADDR,
					  RTM_NEWROUTE,
					  RTM_DELROUTE,
					  RTM_NEWNEIGH,
					  RTM_DELNEIGH,
					  NLMSG_ERROR,
					  NLMSG_DONE,
					  NLMSG_NOOP,
					  NLMSG_OVERRUN,
					  0x0400 /* nflog's packet */,
					  0x0a12 /* an nftables object */,
					  RTM_NEWRULE,
					  RTM_DELRULE,
					  RTM_NEWNEXTHOP,
					  RTM_DELNEXTHOP };
	struct nlmsghdr h = { .nlmsg_type = types[rd_u8(r) % (sizeof(types) / sizeof(types[0]))] };
	const uint8_t flags = rd_u8(r);
	uint8_t *at = wr_take(w, sizeof(h));

	if (!at)
		return;
	h.nlmsg_flags = (uint16_t)((flags & 0xf0) << 4 | (flags & 0x0f) << 1);
	for (unsigned octets = rd_u8(r) & 0x3f; octets; octets--)
		wr_u8(w, rd_u8(r));
	make_attributes(r, w, rd_u8(r) & 15, 2);
	h.nlmsg_len = (uint32_t)(w->p - at);
	memcpy(at, &h, sizeof(h));
	pad(w);
}

/* An error is a number of errno's, as the kernel's all are. To us: an answer to what was asked. */
static void mend(uint8_t *p, size_t octets, bool to_us)
{
	struct nlmsghdr h;
	int error;

	for (size_t at = 0, step; octets - at >= sizeof(h); at += step) {
		memcpy(&h, p + at, sizeof(h));
		if (to_us) {
			h.nlmsg_seq = k.sequence;
			h.nlmsg_pid = PORT;
			memcpy(p + at, &h, sizeof(h));
		}
		if (h.nlmsg_type == NLMSG_ERROR && octets - at >= sizeof(h) + sizeof(error)) {
			memcpy(&error, p + at + sizeof(h), sizeof(error));
			error = -(int)((unsigned)error % 4096);
			memcpy(p + at + sizeof(h), &error, sizeof(error));
		}
		step = h.nlmsg_len < sizeof(h) ? sizeof(h) : ((size_t)h.nlmsg_len + 3) & ~(size_t)3;
		if (step > octets - at)
			return;
	}
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *s, void *buf, size_t room)
{
	unsigned how = rd_u8(&k.in);
	size_t octets = rd_u16(&k.in);
	struct wr w = wr_of(buf, room);
	struct rd r;

	(void)s;
	unpoison();
	memset(buf, k.garbage, room);
	if (k.in.why || how & OVERRUN) {
		errno = k.in.why ? EAGAIN : ENOBUFS;
		return -1;
	}
	r = rd_sub(&k.in, octets < rd_left(&k.in) ? octets : rd_left(&k.in));
	while (how & ATTRIBUTES && rd_left(&r) && !w.full)
		make_message(&r, &w);
	if (!(how & ATTRIBUTES))
		wr_bytes(&w, r.p, rd_left(&r) < room ? rd_left(&r) : room);
	octets = w.full ? room : wr_octets(&w);
	mend(buf, octets, !(how & ANOTHERS));
	k.poisoned = buf;
	k.octets = room;
	ASAN_POISON_MEMORY_REGION((uint8_t *)buf + octets, room - octets);
	return (ssize_t)octets;
}

/* --- what is told ---- */

static void check_address(const struct ip_addr *a, bool may_lack)
{
	demand(a->family == 4 || a->family == 6 || (may_lack && !a->family));
	told(a->octets, ip_octets(a));
}

static void check_link(const struct netif_link *l)
{
	told_text(l->name, sizeof(l->name));
	told_text(l->kind, sizeof(l->kind));
	told_number((uint64_t)l->ifindex);
	told_number(l->mtu);
	told(l->mac, sizeof(l->mac));
	told_number(l->rx_packets + l->collisions);
}

static void on_address(void *ctx, const struct netif_addr *a)
{
	struct ip_prefix net;

	(void)ctx;
	check_address(&a->prefix.addr, false);
	demand(a->prefix.len <= 8 * ip_octets(&a->prefix.addr));
	net = ip_network(&a->prefix);
	told(net.addr.octets, ip_octets(&net.addr));
	told_number((uint64_t)a->ifindex << 3 | a->ours << 2 | a->tentative << 1 | a->link_local);
}

static void check_neighbour(const struct netif_neigh *n)
{
	check_address(&n->addr, false);
	demand(n->state <= NETIF_NEIGH_PERMANENT);
	told(n->mac, sizeof(n->mac));
	told_number(n->age_s);
}

static void on_neighbour(void *ctx, const struct netif_neigh *n)
{
	(void)ctx;
	check_neighbour(n);
}

static void on_change(void *ctx, const struct netif_change *c)
{
	(void)ctx;
	demand(c->kind <= NETIF_CHANGE_LOST);
	told_number(c->kind);
	told_number((uint64_t)c->ifindex);
	if (c->kind == NETIF_CHANGE_LINK || c->kind == NETIF_CHANGE_LINK_GONE)
		check_link(&c->link);
	if (c->kind == NETIF_CHANGE_NEIGH)
		check_neighbour(&c->neigh);
}

static void on_logged(void *ctx, const struct netif_logged *p)
{
	(void)ctx;
	told(p->prefix, strlen(p->prefix));
	told(p->packet, p->octets);
	told_number((uint64_t)p->ifindex);
}

static void on_counter(void *ctx, const char *name, uint64_t packets)
{
	(void)ctx;
	told(name, strlen(name));
	told_number(packets);
}

/* --- what is asked ---- */

static void ask_link(struct netif *n, bool by_name)
{
	struct netif_link l;

	if (!(by_name ? netif_link_get(n, "eth0", &l) : netif_link_get_index(n, 1, &l)))
		check_link(&l);
}

static void ask_path(struct netif *n, const struct ip_addr *dst)
{
	struct netif_path p;

	if (netif_route_lookup(n, dst, NULL, &p))
		return;
	check_address(&p.source, true);
	told_number((uint64_t)p.ifindex);
	told_number(p.mtu);
}

static void ask_hop(struct netif *n, const struct ip_addr *dst)
{
	static const struct ip_addr any;
	struct netif_hop hop;
	int ifindex = 0;

	if (netif_hop_find(n, dst, &any, &ifindex, &hop))
		return;
	check_address(&hop.via, false);
	told(hop.dst_mac, sizeof(hop.dst_mac));
	told(hop.src_mac, sizeof(hop.src_mac));
	told_number(hop.mtu);
}

static void read_log(void)
{
	struct netif_nflog *l;

	if (netif_nflog_open(1, 128, &l))
		return;
	for (unsigned i = 0; i < 4; i++)
		netif_nflog_read(l, on_logged, NULL);
	netif_nflog_close(l);
}

static uint64_t ask(const uint8_t *data, size_t size, uint8_t garbage)
{
	static const struct ip_addr dst4 = { 4, { 10, 0, 0, 1 } }, dst6 = { 6, { 0x20, 1, 0xd, 0xb8 } };
	struct netif *n = calloc(1, sizeof(*n));
	unsigned what;

	demand(n != NULL);
	k.in = rd_of(data, size);
	k.garbage = garbage;
	k.hash = 0;
	what = rd_u8(&k.in);
	demand(!nl_open(&n->nl));
	n->monitor = mnl_socket_open(0);
	switch (what % 13) {
	case 0:
	case 1:
		ask_link(n, what % 13);
		break;
	case 2:
		told_number((uint64_t)netif_addr_each(n, 0, on_address, NULL));
		break;
	case 3:
	case 4:
		ask_path(n, what % 13 == 3 ? &dst4 : &dst6);
		break;
	case 5:
	case 6:
		ask_hop(n, what % 13 == 5 ? &dst4 : &dst6);
		break;
	case 7:
		told_number((uint64_t)netif_neigh_each(n, 4, on_neighbour, NULL));
		break;
	case 8:
		netif_monitor_read(n, on_change, NULL);
		break;
	case 9:
		read_log();
		break;
	case 10:
		told_number((uint64_t)netif_nft_counters("t", on_counter, NULL));
		break;
	case 11:
		told_number((uint64_t)netif_nft_reset("t", "c1") + netif_nft_table("t"));
		break;
	case 12:
		told_number((uint64_t)netif_cleanup(n));
		break;
	}
	told_text(netif_error(n), sizeof(n->nl.text));
	netif_free(n);
	return k.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!k.fd)
		k.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	demand(ask(data, size, 0xa5) == ask(data, size, 0x5a));
	return 0;
}
