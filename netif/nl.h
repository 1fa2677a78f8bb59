/*
 * rtnetlink through libmnl: one request and its answer. Private to netif/.
 *
 * A struct nl serves one thread at a time. Requests are built in a buffer of NL_REQUEST_OCTETS, which holds the few
 * attributes of fixed size that this folder writes.
 */
#ifndef NETIF_NL_H
#define NETIF_NL_H

#include "base/addr.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NL_REQUEST_OCTETS 512
#define NL_ANSWER_OCTETS  32768 /* the largest piece the kernel makes of a dump */

struct nl {
	struct mnl_socket *socket;
	unsigned portid;
	uint32_t sequence;
	char text[192]; /* the kernel's words about the last request that failed, or "" */
	_Alignas(struct nlmsghdr) uint8_t answer[NL_ANSWER_OCTETS];
};

struct nl_request {
	_Alignas(struct nlmsghdr) uint8_t octets[NL_REQUEST_OCTETS];
};

typedef void (*nl_fn)(void *ctx, const struct nlmsghdr *h);

int nl_open(struct nl *nl); /* 0 or -errno */
void nl_close(struct nl *nl);

/* Begins a request in r. Its payload, family_octets zeroed, is the header of the message's family. */
struct nlmsghdr *nl_begin(struct nl_request *r, uint16_t type, uint16_t flags, size_t family_octets);

/* Sends h, hands every answer but the ACK to fn (may be NULL) and returns what the ACK says: 0 or -errno. */
int nl_ask(struct nl *nl, struct nlmsghdr *h, nl_fn fn, void *ctx);

/*
 * Sends h as a dump and calls fn for each message once the dump is complete, so that fn may itself send requests. A
 * dump that a change interrupted is begun again; -EINTR when that happens every time.
 */
int nl_dump(struct nl *nl, struct nlmsghdr *h, nl_fn fn, void *ctx);

/*
 * Octets of a datagram up to the first message that is not whole, for those who walk it with libmnl, which takes a length of
 * 2 GiB and more for a negative one, and so for good.
 */
size_t nl_whole(const void *datagram, size_t octets);

/* --- attributes: NULL stands for one that was not there ---- */

/* Sets at[type] for the attributes behind the family header; types above max are skipped. False: message too short. */
bool nl_attributes(const struct nlmsghdr *h, size_t family_octets, const struct nlattr **at, uint16_t max);
bool nl_nested(const struct nlattr *nest, const struct nlattr **at, uint16_t max);
/* False, and out unchanged, when it is missing or of another size. */
bool nl_u32(const struct nlattr *a, uint32_t *out);
bool nl_u8(const struct nlattr *a, uint8_t *out);
bool nl_address(const struct nlattr *a, unsigned char af, struct ip_addr *out);
void nl_put_address(struct nlmsghdr *h, uint16_t type, const struct ip_addr *a);

/* ip_addr.family to AF_INET, AF_INET6, or AF_UNSPEC. */
unsigned char nl_af(const struct ip_addr *a);

#endif
