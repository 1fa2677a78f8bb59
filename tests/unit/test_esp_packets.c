/* esp/fragment.c and esp/too_big.c: what becomes of a packet that does not fit. */
#include "esp/fragment.h"
#include "esp/too_big.h"
#include "tests/unit/esp_unit.h"

static void read_back(const uint8_t *data, size_t octets, struct inner *in)
{
	CU_ASSERT_TRUE_FATAL(inner_read(data, octets, in));
	CU_ASSERT_EQUAL(in->octets, octets);
	if (in->family == 4)
		CU_ASSERT_EQUAL(inner_checksum(0, data, in->header_octets), 0);
}

/* Cuts and puts together again; returns the number of fragments. */
static unsigned cut_and_join(const uint8_t *packet, const struct inner *in, size_t mtu)
{
	uint8_t piece[2048], joined[4096];
	size_t payload = in->octets - in->header_octets, there = 0, n;
	uint16_t base = in->fragment & IP4_OFFSET;
	struct fragmenter f;
	unsigned count = 0;

	fragment_begin(&f, packet, in, mtu);
	while ((n = fragment_next(&f, piece))) {
		struct inner part;
		size_t at;

		read_back(piece, n, &part);
		CU_ASSERT_TRUE(n <= mtu);
		CU_ASSERT_EQUAL(part.protocol, in->protocol);
		CU_ASSERT_EQUAL(part.tos, in->tos);
		CU_ASSERT_EQUAL(memcmp(piece + 4, packet + 4, 2), 0); /* identification */
		at = (size_t)((part.fragment & IP4_OFFSET) - base) * 8;
		CU_ASSERT_EQUAL(at, there);
		memcpy(joined + at, piece + part.header_octets, n - part.header_octets);
		there += n - part.header_octets;
		CU_ASSERT_EQUAL(!!(part.fragment & IP4_MF), there < payload || in->fragment & IP4_MF);
		count++;
	}
	CU_ASSERT_EQUAL(there, payload);
	CU_ASSERT_EQUAL(memcmp(joined, packet + in->header_octets, payload), 0);
	return count;
}

static void fragments_join_to_the_packet(void)
{
	uint8_t packet[1500];
	struct inner in;

	esp_unit_inner(4, sizeof(packet), 0x28, false, packet);
	read_back(packet, sizeof(packet), &in);
	CU_ASSERT_EQUAL(cut_and_join(packet, &in, 1500), 1);
	CU_ASSERT_EQUAL(cut_and_join(packet, &in, 1499), 2);
	CU_ASSERT_EQUAL(cut_and_join(packet, &in, 1438), 2);
	CU_ASSERT_EQUAL(cut_and_join(packet, &in, 68), 31); /* 1480 by 48 */
	for (size_t mtu = 69; mtu < 1500; mtu += 61)
		cut_and_join(packet, &in, mtu);

	/* what is a fragment already stays part of the same packet */
	packet[6] = 0x20; /* more fragments, offset 100 */
	packet[7] = 100;
	packet[10] = packet[11] = 0;
	uint16_t sum = inner_checksum(0, packet, IP4_HEADER_OCTETS);
	packet[10] = (uint8_t)(sum >> 8);
	packet[11] = (uint8_t)sum;
	read_back(packet, sizeof(packet), &in);
	CU_ASSERT_EQUAL(cut_and_join(packet, &in, 600), 3);
}

static void only_copied_options_go_on(void)
{
	/* no-op, record route (not copied), loose source route (copied), end */
	static const uint8_t options[16] = { 1, 7, 7, 4, 10, 0, 0, 9, 131, 7, 4, 10, 9, 9, 9, 0 };
	uint8_t packet[600], piece[600];
	struct fragmenter f;
	struct inner in;
	size_t n;

	esp_unit_inner(4, sizeof(packet), 0, false, packet);
	packet[0] = 0x49;
	memcpy(packet + IP4_HEADER_OCTETS, options, sizeof(options));
	CU_ASSERT_TRUE_FATAL(inner_read(packet, sizeof(packet), &in));
	fragment_begin(&f, packet, &in, 300);
	CU_ASSERT_TRUE(fragment_next(&f, piece) > 0);
	CU_ASSERT_EQUAL(memcmp(piece + IP4_HEADER_OCTETS, options, sizeof(options)), 0);
	n = fragment_next(&f, piece);
	read_back(piece, n, &in);
	CU_ASSERT_EQUAL(in.header_octets, IP4_HEADER_OCTETS + 8);
	CU_ASSERT_EQUAL(memcmp(piece + IP4_HEADER_OCTETS, options + 8, 8), 0);
}

static void too_big_quotes_the_packet(void)
{
	uint8_t packet[1500], out[TOO_BIG_OCTETS_MAX];
	struct inner in, answer;
	size_t n;

	esp_unit_inner(4, sizeof(packet), 0, true, packet);
	inner_read(packet, sizeof(packet), &in);
	n = too_big_answer(packet, &in, 1438, out, sizeof(out));
	CU_ASSERT_EQUAL_FATAL(n, 576);
	read_back(out, n, &answer);
	CU_ASSERT_EQUAL(answer.protocol, IP_PROTO_ICMP);
	CU_ASSERT_EQUAL(memcmp(answer.src, in.dst, 4), 0);
	CU_ASSERT_EQUAL(memcmp(answer.dst, in.src, 4), 0);
	CU_ASSERT_EQUAL(memcmp(out + 20, "\x03\x04", 2), 0);
	CU_ASSERT_EQUAL(out[26] << 8 | out[27], 1438);
	CU_ASSERT_EQUAL(inner_checksum(0, out + 20, n - 20), 0);
	CU_ASSERT_EQUAL(memcmp(out + 28, packet, n - 28), 0);

	esp_unit_inner(6, sizeof(packet), 0, false, packet);
	inner_read(packet, sizeof(packet), &in);
	n = too_big_answer(packet, &in, 1422, out, sizeof(out));
	CU_ASSERT_EQUAL_FATAL(n, 1280);
	read_back(out, n, &answer);
	CU_ASSERT_EQUAL(answer.protocol, IP_PROTO_ICMP6);
	CU_ASSERT_EQUAL(memcmp(answer.src, in.dst, 16), 0);
	CU_ASSERT_EQUAL(memcmp(answer.dst, in.src, 16), 0);
	CU_ASSERT_EQUAL(memcmp(out + 40, "\x02\x00", 2), 0);
	CU_ASSERT_EQUAL(memcmp(out + 44, "\x00\x00\x05\x8e", 4), 0);
	CU_ASSERT_EQUAL(memcmp(out + 48, packet, n - 48), 0);
	{ /* RFC 8200 8.1: addresses, length, next header */
		uint32_t sum = (uint16_t)~inner_checksum(0, answer.src, 32);

		CU_ASSERT_EQUAL(inner_checksum(sum + (uint32_t)(n - 40) + IP_PROTO_ICMP6, out + 40, n - 40), 0);
	}
}

static size_t answers(uint8_t *packet, size_t octets)
{
	uint8_t out[TOO_BIG_OCTETS_MAX];
	struct inner in;

	CU_ASSERT_TRUE_FATAL(inner_read(packet, octets, &in));
	return too_big_answer(packet, &in, 1400, out, sizeof(out));
}

static void some_packets_get_no_answer(void)
{
	uint8_t p[1500];

	esp_unit_inner(4, sizeof(p), 0, true, p);
	CU_ASSERT_TRUE(answers(p, sizeof(p)) > 0);
	p[7] = 1; /* not the first fragment */
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	esp_unit_inner(4, sizeof(p), 0, true, p);
	p[16] = 224; /* to a multicast group */
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	esp_unit_inner(4, sizeof(p), 0, true, p);
	memset(p + 12, 0, 4); /* from nobody */
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	esp_unit_inner(4, sizeof(p), 0, true, p);
	p[9] = IP_PROTO_ICMP;
	p[20] = 8;
	CU_ASSERT_TRUE(answers(p, sizeof(p)) > 0);
	p[20] = 3;
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);

	esp_unit_inner(6, sizeof(p), 0, false, p);
	CU_ASSERT_TRUE(answers(p, sizeof(p)) > 0);
	p[24] = 0xff;
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	esp_unit_inner(6, sizeof(p), 0, false, p);
	memset(p + 8, 0, 16);
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	esp_unit_inner(6, sizeof(p), 0, false, p);
	p[6] = IP_PROTO_ICMP6;
	p[40] = 128;
	CU_ASSERT_TRUE(answers(p, sizeof(p)) > 0);
	p[40] = 1;
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	p[40] = 137;
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	/* an error behind a destination options header and a first fragment's header */
	esp_unit_inner(6, sizeof(p), 0, false, p);
	p[6] = 60;
	memset(p + 40, 0, 24);
	p[40] = 44;
	p[48] = IP_PROTO_ICMP6;
	p[56] = 128;
	CU_ASSERT_TRUE(answers(p, sizeof(p)) > 0);
	p[56] = 4;
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	p[56] = 128;
	p[51] = 8; /* offset 1 */
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
	p[41] = 255; /* an extension header that runs out of the packet */
	CU_ASSERT_EQUAL(answers(p, sizeof(p)), 0);
}

static void what_is_no_packet_is_not_read(void)
{
	uint8_t p[100];
	struct inner in;

	esp_unit_inner(4, sizeof(p), 0, false, p);
	for (size_t n = 0; n < sizeof(p); n++)
		CU_ASSERT_FALSE(inner_read(p, n, &in));
	p[0] = 0x44;
	CU_ASSERT_FALSE(inner_read(p, sizeof(p), &in));
	p[0] = 0x55;
	CU_ASSERT_FALSE(inner_read(p, sizeof(p), &in));
	esp_unit_inner(6, sizeof(p), 0, false, p);
	for (size_t n = 0; n < sizeof(p); n++)
		CU_ASSERT_FALSE(inner_read(p, n, &in));
	CU_ASSERT_TRUE(inner_read(p, sizeof(p), &in));
}

static const struct unit_test tests[] = {
	{ "fragments join to the packet", fragments_join_to_the_packet },
	{ "only copied options go on", only_copied_options_go_on },
	{ "too big quotes the packet", too_big_quotes_the_packet },
	{ "some packets get no answer", some_packets_get_no_answer },
	{ "what is no packet is not read", what_is_no_packet_is_not_read },
};

UNIT_MAIN("esp packets", tests)
