/*
 * Floods an IKE responder that the test made, in a namespace that the test made:
 *
 *	flooder first FROM TO COUNT RATE [SAME]    first messages of Main Mode from COUNT forged sources, FROM and the ones
 *	                                           above it (IPv6: the /64s above); SAME: all from FROM
 *	flooder third FROM TO COUNT RATE           real exchanges from FROM up to MM3, with a public value that nobody knows
 *
 * TO is the responder; RATE is messages a second. The proposal is AES, SHA, group 14, pre-shared key.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "ike/attr.h"
#include "ike/payload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define UDP_OCTETS   8u
#define KE_OCTETS    256u
#define NONCE_OCTETS 20u
#define GROUP        14u
#define COUNT_MAX    200000u
#define RATE_MAX     50000u

struct flood {
	struct ip_addr from, to;
	uint32_t count, rate;
	bool same;
};

/* Until message n is due. */
static void pace(const struct flood *f, uint64_t began_us, uint32_t n)
{
	const uint64_t due = began_us + (uint64_t)n * 1000000 / f->rate, now = clock_us();

	if (due > now)
		usleep((useconds_t)(due - now));
}

static size_t first_message(uint32_t n, uint8_t *out, size_t room)
{
	static const struct isakmp_policy policy = { .encr = ISAKMP_ENCR_AES,
						     .keybits = 128,
						     .hash = ISAKMP_HASH_SHA,
						     .auth = ISAKMP_AUTH_PRE_SHARE,
						     .group = GROUP,
						     .lifetime_s = 86400 };
	struct isakmp_header h = { .exchange = EXCHANGE_MAIN, .icookie = { 0xF1, 0x00, 0xD0 } };
	struct wr c = wr_of(h.icookie + 4, 4);
	struct isakmp_wr m;

	wr_u32(&c, n + 1);
	isakmp_open(&m, out, room, &h);
	wr_sa_open(&m);
	wr_proposal_open(&m, 1, PROTO_ISAKMP, NULL, 0);
	wr_transform_open(&m, 1, KEY_IKE);
	ike_p1_build(&m.w, &policy);
	wr_transform_close(&m);
	wr_proposal_close(&m);
	wr_payload_close(&m);
	return isakmp_close(&m, 0);
}

/* --- forged sources ---------------------------------------------------------------------------------------------- */

static struct ip_addr source(const struct flood *f, uint32_t n)
{
	struct ip_addr a = f->from;
	const size_t at = a.family == 6 ? 4 : 0; /* the second 32 bits of an IPv6 address end its /64 */
	struct rd r = rd_of(a.octets + at, 4);
	const uint32_t base = rd_u32(&r);
	struct wr w = wr_of(a.octets + at, 4);

	wr_u32(&w, base + (f->same ? 0 : n));
	return a;
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t octets)
{
	struct rd r = rd_of(p, octets);

	while (rd_left(&r) > 1)
		s += rd_u16(&r);
	return rd_left(&r) ? s + ((uint32_t)rd_u8(&r) << 8) : s;
}

/* Headers of IP and UDP before the message. */
static size_t packet(const struct flood *f, uint32_t n, uint8_t *out, size_t room)
{
	const struct ip_addr from = source(f, n);
	const size_t addr = ip_octets(&from);
	uint8_t message[512];
	const size_t octets = first_message(n, message, sizeof(message));
	const uint16_t udp_octets = (uint16_t)(UDP_OCTETS + octets);
	uint32_t s = sum(sum(IPPROTO_UDP + udp_octets, from.octets, addr), f->to.octets, addr);
	struct wr w = wr_of(out, room);

	s = sum(s + 500 + 500 + udp_octets, message, octets);
	s = (s & 0xFFFF) + (s >> 16);
	s = (s & 0xFFFF) + (s >> 16);
	if (from.family == 4) {
		wr_u16(&w, 0x4500);
		wr_u16(&w, (uint16_t)(20 + udp_octets));
		wr_u32(&w, 0);
		wr_u8(&w, 64);
		wr_u8(&w, IPPROTO_UDP);
		wr_u16(&w, 0); /* the kernel fills it in */
	} else {
		wr_u32(&w, 0x60000000);
		wr_u16(&w, udp_octets);
		wr_u8(&w, IPPROTO_UDP);
		wr_u8(&w, 64);
	}
	wr_bytes(&w, from.octets, addr);
	wr_bytes(&w, f->to.octets, addr);
	wr_u16(&w, 500);
	wr_u16(&w, 500);
	wr_u16(&w, udp_octets);
	wr_u16(&w, (uint16_t)~s);
	wr_bytes(&w, message, octets);
	return wr_octets(&w);
}

static int forge(const struct flood *f)
{
	const int fd = socket(f->to.family == 6 ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct sockaddr_storage to;
	const socklen_t len = ip_to_sockaddr(&f->to, 0, 0, &to);
	const uint64_t began = clock_us();
	uint32_t sent = 0;

	if (fd < 0) {
		perror("socket");
		return 1;
	}
	for (uint32_t n = 0; n < f->count; n++) {
		uint8_t out[1024];
		const size_t octets = packet(f, n, out, sizeof(out));

		pace(f, began, n);
		while (sendto(fd, out, octets, 0, (struct sockaddr *)&to, len) < 0) {
			if (errno != ENOBUFS) {
				perror("sendto");
				return 1;
			}
			usleep(1000);
		}
		sent++;
	}
	close(fd);
	printf("%u sent in %llu ms\n", sent, (unsigned long long)(clock_us() - began) / 1000);
	return 0;
}

/* --- one real source --------------------------------------------------------------------------------------------- */

static size_t third_message(const uint8_t *second, size_t octets, uint8_t *out, size_t room)
{
	struct isakmp_header h;
	struct payload_fault fault;
	struct isakmp_wr m;
	struct rd body;
	uint8_t ke[KE_OCTETS], nonce[NONCE_OCTETS];

	if (!isakmp_parse_header(second, octets, &h, &body, &fault) || h.exchange != EXCHANGE_MAIN ||
	    h.next_payload != PAYLOAD_SA)
		return 0;
	for (size_t i = 0; i < sizeof(ke); i++)
		ke[i] = (uint8_t)(rand() >> 7);
	ke[0] &= 0x7F;
	memset(nonce, 0x4E, sizeof(nonce));
	isakmp_open(&m, out, room, &h);
	wr_payload(&m, PAYLOAD_KE, ke, sizeof(ke));
	wr_payload(&m, PAYLOAD_NONCE, nonce, sizeof(nonce));
	return isakmp_close(&m, 0);
}

static int exchange(const struct flood *f)
{
	const int fd = socket(f->to.family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_storage from, to;
	const socklen_t len = ip_to_sockaddr(&f->to, 500, 0, &to);
	const uint64_t began = clock_us();
	uint32_t third = 0;
	uint8_t in[2048], out[1024];

	ip_to_sockaddr(&f->from, 500, 0, &from);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, len) || connect(fd, (struct sockaddr *)&to, len)) {
		perror("socket");
		return 1;
	}
	for (uint32_t n = 0; n < f->count; n++) {
		ssize_t octets;

		pace(f, began, n);
		(void)!send(fd, out, first_message(n, out, sizeof(out)), 0);
		while ((octets = recv(fd, in, sizeof(in), MSG_DONTWAIT)) > 0) {
			const size_t o = third_message(in, (size_t)octets, out, sizeof(out));

			if (o && send(fd, out, o, 0) > 0)
				third++;
		}
	}
	close(fd);
	printf("%u sent, and %u MM3, in %llu ms\n", f->count, third, (unsigned long long)(clock_us() - began) / 1000);
	return 0;
}

static uint32_t number(const char *text, uint32_t most)
{
	const unsigned long n = strtoul(text, NULL, 10);

	return n > most ? most : n ? (uint32_t)n : 1;
}

int main(int argc, char **argv)
{
	struct flood f = { 0 };

	if (argc < 6 || !ip_parse(argv[2], &f.from) || !ip_parse(argv[3], &f.to) || f.from.family != f.to.family) {
		fprintf(stderr, "flooder first|third FROM TO COUNT RATE [SAME]\n");
		return 2;
	}
	f.count = number(argv[4], COUNT_MAX);
	f.rate = number(argv[5], RATE_MAX);
	f.same = argc > 6;
	return strcmp(argv[1], "third") ? forge(&f) : exchange(&f);
}
