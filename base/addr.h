/*
 * IPv4 and IPv6 addresses as one value, and the way IOS spells them (IPv6 in upper case, compressed).
 * Octets are in network byte order. family is 0 (none), 4 or 6; an IPv4 address fills octets[0..3], the rest is zero,
 * so two addresses are equal exactly when their bytes are.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

struct ip_addr {
	uint8_t family; /* 0, 4 or 6 */
	uint8_t octets[16];
};

struct ip_prefix {
	struct ip_addr addr;
	uint8_t len; /* 0..32 or 0..128 */
};

#define IP_TEXT_SIZE 46 /* with the final NUL */

/* Whole text or nothing; no scope suffix, no prefix length. */
bool ip_parse4(const char *text, struct ip_addr *out);
bool ip_parse6(const char *text, struct ip_addr *out);
bool ip_parse(const char *text, struct ip_addr *out);
/* "2001:DB8::/64" or "10.0.0.0/8"; host bits are kept. */
bool ip_parse_prefix(const char *text, struct ip_prefix *out);
/* As IOS prints it, into buf, which is returned. A family of 0 gives "". */
const char *ip_text(const struct ip_addr *a, char buf[IP_TEXT_SIZE]);

static inline bool ip_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && !memcmp(a->octets, b->octets, sizeof(a->octets));
}
bool ip_is_zero(const struct ip_addr *a);       /* no family, or all octets zero */
bool ip_is_link_local(const struct ip_addr *a); /* FE80::/10; never for IPv4 */
bool ip_is_multicast(const struct ip_addr *a);
/* Is a inside p? Different families are not. */
bool ip_in_prefix(const struct ip_addr *a, const struct ip_prefix *p);
/* p with its host bits cleared. */
struct ip_prefix ip_network(const struct ip_prefix *p);
unsigned ip_octets(const struct ip_addr *a); /* 4, 16, or 0 */

/* "255.255.255.0" <-> 24. -1 when the mask is not contiguous. */
int ip_mask_len(const struct ip_addr *mask);
struct ip_addr ip_mask(unsigned len);

struct ip_addr ip_from_in4(const void *four_octets);
struct ip_addr ip_from_in6(const void *sixteen_octets);
/* port in host byte order; scope is an interface index, used for link-local IPv6. Returns the socklen. */
socklen_t ip_to_sockaddr(const struct ip_addr *a, uint16_t port, uint32_t scope, struct sockaddr_storage *out);
bool ip_from_sockaddr(const struct sockaddr_storage *ss, struct ip_addr *a, uint16_t *port);

#endif
