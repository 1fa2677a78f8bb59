/* What the kernel tells that is not whole, or cannot be: datagrams of netlink, addresses, control messages. */
#include "netif/private.h"
#include "netif/sock.h"
#include "tests/unit/unit.h"

#include <linux/if_addr.h>

struct datagram {
	_Alignas(struct nlmsghdr) uint8_t octets[256];
	size_t used;
};

static struct nlmsghdr *add(struct datagram *d, uint16_t type, size_t octets)
{
	struct nlmsghdr *h = (void *)&d->octets[d->used];

	h->nlmsg_type = type;
	h->nlmsg_len = (uint32_t)(sizeof(*h) + octets);
	d->used += (h->nlmsg_len + 3u) & ~3u;
	return h;
}

static void test_whole(void)
{
	struct datagram d = { 0 };
	struct nlmsghdr *last;

	add(&d, NLMSG_NOOP, 5);
	last = add(&d, NLMSG_NOOP, 8);
	CU_ASSERT_EQUAL(nl_whole(d.octets, d.used), d.used);
	/* the padding behind the last may be missing */
	last->nlmsg_len = sizeof(*last) + 5;
	CU_ASSERT_EQUAL(nl_whole(d.octets, d.used - 3), d.used - 3);
	CU_ASSERT_EQUAL(nl_whole(d.octets, d.used - 4), 24);
	last->nlmsg_len = sizeof(*last) - 1;
	CU_ASSERT_EQUAL(nl_whole(d.octets, d.used), 24);
	/* which libmnl takes for a negative length, and so for good */
	last->nlmsg_len = UINT32_MAX;
	CU_ASSERT_TRUE(mnl_nlmsg_ok(last, 24));
	CU_ASSERT_EQUAL(nl_whole(d.octets, d.used), 24);
	CU_ASSERT_EQUAL(nl_whole(d.octets, 0), 0);
}

static bool parse_address(uint8_t len, struct netif_addr *out)
{
	static const uint8_t octets[4] = { 10, 0, 0, 1 };
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_NEWADDR, 0, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *i = mnl_nlmsg_get_payload(h);

	i->ifa_family = AF_INET;
	i->ifa_prefixlen = len;
	mnl_attr_put(h, IFA_LOCAL, sizeof(octets), octets);
	return addr_parse(h, out);
}

static void test_prefix(void)
{
	struct netif_addr a;

	CU_ASSERT_TRUE(parse_address(32, &a));
	CU_ASSERT_EQUAL(a.prefix.len, 32);
	CU_ASSERT_FALSE(parse_address(33, &a));
	CU_ASSERT_FALSE(parse_address(255, &a));
}

static void test_control(void)
{
	union {
		struct cmsghdr head;
		uint8_t octets[CMSG_SPACE(sizeof(int))];
	} c = { .head = { CMSG_LEN(sizeof(int)), IPPROTO_IP, IP_TOS } };
	const int said = 7;
	int got = 0;

	memcpy(CMSG_DATA(&c.head), &said, sizeof(said));
	CU_ASSERT_TRUE(sock_told(&c.head, IPPROTO_IP, IP_TOS, &got, sizeof(got)));
	CU_ASSERT_EQUAL(got, 7);
	CU_ASSERT_FALSE(sock_told(&c.head, IPPROTO_IP, IP_TTL, &got, sizeof(got)));
	CU_ASSERT_FALSE(sock_told(&c.head, IPPROTO_IPV6, IP_TOS, &got, sizeof(got)));
	c.head.cmsg_len--;
	CU_ASSERT_FALSE(sock_told(&c.head, IPPROTO_IP, IP_TOS, &got, sizeof(got)));
}

static const struct unit_test tests[] = {
	{ "netlink: a message that is not whole", test_whole },
	{ "addresses: no prefix is longer than its address", test_prefix },
	{ "control messages: another, and one that was cut", test_control },
};
UNIT_MAIN("netif told", tests)
