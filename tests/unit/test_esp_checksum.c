/* The Internet checksum: every length and place against a sum octet by octet, and the example of RFC 1071. */
#include "esp/checksum.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#define LARGE (3u << 20)

static uint16_t plain(uint64_t sum, const uint8_t *data, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		sum += i % 2 ? data[i] : (uint64_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* In room that ends where the data does: ASan sees what is read behind it. */
static uint8_t *data_of(size_t octets, unsigned seed)
{
	uint8_t *data = malloc(octets ? octets : 1);

	if (!data)
		abort();
	for (size_t i = 0; i < octets; i++)
		data[i] = seed ? (uint8_t)((i * seed + i / 251) ^ seed >> 3) : 0xff;
	return data;
}

static void rfc1071(void)
{
	const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	CU_ASSERT_EQUAL(ntohs(checksum_fold(checksum_add(0, data, sizeof(data)))), (uint16_t)~0xddf2);
}

static void every_length(void)
{
	for (size_t octets = 0; octets < 700; octets++)
		for (size_t at = 0; at < 17 && at <= octets; at += octets % 3 ? 5 : 1) {
			uint8_t *data = data_of(octets, (unsigned)octets * 7 + 1), *to = malloc(octets - at + 2);
			const size_t n = octets - at;
			uint64_t sum;

			memset(to, 0x5a, n + 2);
			sum = checksum_add(0, data + at, n);
			CU_ASSERT_EQUAL(ntohs(checksum_fold(sum)), plain(0, data + at, n));
			CU_ASSERT_EQUAL(checksum_fold(checksum_copy(0, to + 1, data + at, n)), checksum_fold(sum));
			CU_ASSERT_EQUAL(memcmp(to + 1, data + at, n), 0);
			CU_ASSERT_TRUE(to[0] == 0x5a && to[n + 1] == 0x5a);
			free(data);
			free(to);
		}
}

/* More than a lane holds at once, with as much in it as there can be. */
static void large(void)
{
	for (unsigned seed = 0; seed < 2; seed++)
		for (size_t octets = LARGE - 70; octets < LARGE; octets += 23) {
			uint8_t *data = data_of(octets, seed), *to = malloc(octets);
			const uint16_t want = plain(0, data, octets);

			CU_ASSERT_PTR_NOT_NULL_FATAL(to);
			CU_ASSERT_EQUAL(ntohs(checksum_fold(checksum_add(0, data, octets))), want);
			CU_ASSERT_EQUAL(ntohs(checksum_fold(checksum_copy(0, to, data, octets))), want);
			CU_ASSERT_EQUAL(memcmp(to, data, octets), 0);
			free(data);
			free(to);
		}
}

/* A sum goes on where it was, and what holds its own checksum sums to 0. */
static void goes_on(void)
{
	uint8_t *data = data_of(1000, 3);
	uint16_t sum;
	uint64_t parts;

	for (size_t cut = 0; cut < 1000; cut += 2) {
		parts = checksum_add(checksum_add(0, data, cut), data + cut, 1000 - cut);
		CU_ASSERT_EQUAL(ntohs(checksum_fold(parts)), plain(0, data, 1000));
	}
	memset(data + 500, 0, 2);
	sum = checksum_fold(checksum_add(0, data, 1000));
	memcpy(data + 500, &sum, 2);
	CU_ASSERT_EQUAL(checksum_fold(checksum_add(0, data, 1000)), 0);
	data[7] ^= 1;
	CU_ASSERT_NOT_EQUAL(checksum_fold(checksum_add(0, data, 1000)), 0);
	CU_ASSERT_EQUAL(checksum_fold(UINT64_MAX), 0);
	CU_ASSERT_EQUAL(checksum_fold(0), 0xffff);
	free(data);
}

static void pseudo_header(void)
{
	static const uint8_t src4[] = { 10, 1, 2, 3 }, dst4[] = { 192, 168, 254, 255 };
	const uint8_t as4[] = { 10, 1, 2, 3, 192, 168, 254, 255, 0, 17, 0x12, 0x34 };
	uint8_t as6[40] = { 0 }, *src6 = data_of(16, 9), *dst6 = data_of(16, 0);

	CU_ASSERT_EQUAL(ntohs(checksum_fold(checksum_pseudo(4, src4, dst4, 17, 0x1234))), plain(0, as4, sizeof(as4)));
	memcpy(as6, src6, 16);
	memcpy(as6 + 16, dst6, 16);
	memcpy(as6 + 32, "\x00\x01\xff\xfe\0\0\0\x06", 8);
	CU_ASSERT_EQUAL(ntohs(checksum_fold(checksum_pseudo(6, src6, dst6, 6, 0x1fffe))), plain(0, as6, sizeof(as6)));
	free(src6);
	free(dst6);
}

static const struct unit_test tests[] = {
	{ "RFC 1071", rfc1071 }, { "every length", every_length },   { "large", large },
	{ "goes on", goes_on },  { "pseudo-header", pseudo_header },
};

UNIT_MAIN("ESP checksums", tests)
