#include "base/addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ip_parse4(const char *text, struct ip_addr *out)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return false;
	*out = ip_from_in4(&a);
	return true;
}

bool ip_parse6(const char *text, struct ip_addr *out)
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, text, &a) != 1)
		return false;
	*out = ip_from_in6(&a);
	return true;
}

bool ip_parse(const char *text, struct ip_addr *out)
{
	return ip_parse4(text, out) || ip_parse6(text, out);
}

bool ip_parse_prefix(const char *text, struct ip_prefix *out)
{
	const char *slash = strchr(text, '/');
	char addr[IP_TEXT_SIZE];
	unsigned len = 0;
	size_t n;

	if (!slash || (size_t)(slash - text) >= sizeof(addr))
		return false;
	n = (size_t)(slash - text);
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (!slash[1] || strlen(slash + 1) > 3)
		return false;
	for (const char *p = slash + 1; *p; p++) {
		if (!isdigit((unsigned char)*p))
			return false;
		len = len * 10 + (unsigned)(*p - '0');
	}
	if (!ip_parse(addr, &out->addr) || len > ip_octets(&out->addr) * 8)
		return false;
	out->len = (uint8_t)len;
	return true;
}

const char *ip_text(const struct ip_addr *a, char buf[IP_TEXT_SIZE])
{
	buf[0] = '\0';
	if (a->family == 4)
		inet_ntop(AF_INET, a->octets, buf, IP_TEXT_SIZE);
	else if (a->family == 6)
		inet_ntop(AF_INET6, a->octets, buf, IP_TEXT_SIZE);
	for (char *p = buf; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return buf;
}

bool ip_is_zero(const struct ip_addr *a)
{
	static const uint8_t zero[16];
	return !memcmp(a->octets, zero, sizeof(zero));
}

bool ip_is_link_local(const struct ip_addr *a)
{
	return a->family == 6 && a->octets[0] == 0xfe && (a->octets[1] & 0xc0) == 0x80;
}

bool ip_is_multicast(const struct ip_addr *a)
{
	return a->family == 6 ? a->octets[0] == 0xff : a->family == 4 && (a->octets[0] & 0xf0) == 0xe0;
}

unsigned ip_octets(const struct ip_addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

struct ip_prefix ip_network(const struct ip_prefix *p)
{
	struct ip_prefix n = *p;

	for (unsigned bit = p->len; bit < ip_octets(&p->addr) * 8; bit++)
		n.addr.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return n;
}

bool ip_in_prefix(const struct ip_addr *a, const struct ip_prefix *p)
{
	struct ip_prefix host = { *a, p->len }, want = ip_network(p);

	host = ip_network(&host);
	return a->family == p->addr.family && ip_equal(&host.addr, &want.addr);
}

int ip_mask_len(const struct ip_addr *mask)
{
	uint32_t m = (uint32_t)mask->octets[0] << 24 | (uint32_t)mask->octets[1] << 16 |
		     (uint32_t)mask->octets[2] << 8 | mask->octets[3];
	uint32_t inverse = ~m;

	if (mask->family != 4 || (inverse & (inverse + 1)) != 0)
		return -1;
	return m ? 32 - __builtin_ctz(m) : 0;
}

struct ip_addr ip_mask(unsigned len)
{
	struct ip_prefix all = { .addr = { 4, { 255, 255, 255, 255 } }, .len = (uint8_t)(len > 32 ? 32 : len) };
	return ip_network(&all).addr;
}

struct ip_addr ip_from_in4(const void *four_octets)
{
	struct ip_addr a = { .family = 4 };

	memcpy(a.octets, four_octets, 4);
	return a;
}

struct ip_addr ip_from_in6(const void *sixteen_octets)
{
	struct ip_addr a = { .family = 6 };

	memcpy(a.octets, sixteen_octets, 16);
	return a;
}

socklen_t ip_to_sockaddr(const struct ip_addr *a, uint16_t port, uint32_t scope, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->octets, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = scope;
	memcpy(&in6->sin6_addr, a->octets, 16);
	return sizeof(*in6);
}

bool ip_from_sockaddr(const struct sockaddr_storage *ss, struct ip_addr *a, uint16_t *port)
{
	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

		*a = ip_from_in4(&in->sin_addr);
		*port = ntohs(in->sin_port);
		return true;
	}
	if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

		*a = ip_from_in6(&in6->sin6_addr);
		*port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}
