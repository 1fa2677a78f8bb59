/*
 * A 32-bit word stands for its two halves, whatever the order of octets is: 65536 is 1 modulo 65535. So sixteen octets are
 * added as four pairs of halves, in lanes that the compiler turns into vector registers where the processor has them.
 */
#include "esp/checksum.h"

#include <arpa/inet.h>
#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(16)));

#define BLOCK    (4 * sizeof(lanes))
#define STEP_MAX (16384 * BLOCK) /* a lane holds so many halves */

static inline uint64_t across(lanes low, lanes high)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < sizeof(lanes) / sizeof(uint32_t); i++)
		sum += (uint64_t)low[i] + high[i];
	return sum;
}

/* Fewer than a block. */
static inline uint64_t tail(uint64_t sum, const uint8_t *data, size_t octets)
{
	uint32_t word;
	uint16_t half;

	for (; octets >= sizeof(word); octets -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum += word;
	}
	if (octets >= sizeof(half)) {
		memcpy(&half, data, sizeof(half));
		sum += half;
		data += sizeof(half);
		octets -= sizeof(half);
	}
	if (octets) {
		half = 0;
		memcpy(&half, data, 1);
		sum += half;
	}
	return sum;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t octets)
{
	lanes x[BLOCK / sizeof(lanes)];

	while (octets >= BLOCK) {
		const size_t step = octets < STEP_MAX ? octets & ~(BLOCK - 1) : STEP_MAX;
		lanes low = { 0 }, high = { 0 };

		for (const uint8_t *end = data + step; data < end; data += BLOCK) {
			memcpy(x, data, BLOCK);
			for (unsigned i = 0; i < BLOCK / sizeof(lanes); i++) {
				low += x[i] & 0xffff;
				high += x[i] >> 16;
			}
		}
		sum += across(low, high);
		octets -= step;
	}
	return tail(sum, data, octets);
}

uint64_t checksum_copy(uint64_t sum, uint8_t *to, const uint8_t *from, size_t octets)
{
	lanes x[BLOCK / sizeof(lanes)];

	while (octets >= BLOCK) {
		const size_t step = octets < STEP_MAX ? octets & ~(BLOCK - 1) : STEP_MAX;
		lanes low = { 0 }, high = { 0 };

		for (const uint8_t *end = from + step; from < end; from += BLOCK, to += BLOCK) {
			memcpy(x, from, BLOCK);
			memcpy(to, x, BLOCK);
			for (unsigned i = 0; i < BLOCK / sizeof(lanes); i++) {
				low += x[i] & 0xffff;
				high += x[i] >> 16;
			}
		}
		sum += across(low, high);
		octets -= step;
	}
	memcpy(to, from, octets);
	return tail(sum, from, octets);
}

uint16_t checksum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint64_t checksum_pseudo(unsigned family, const uint8_t *src, const uint8_t *dst, uint8_t protocol, size_t octets)
{
	const size_t address = family == 6 ? 16 : 4;
	const uint32_t length = htonl((uint32_t)octets);
	uint64_t sum = htons(protocol);

	sum = checksum_add(sum, (const uint8_t *)&length, sizeof(length));
	sum = checksum_add(sum, src, address);
	return checksum_add(sum, dst, address);
}
