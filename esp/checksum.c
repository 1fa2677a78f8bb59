/*
 * Sixteen octets are added at a time, as four 32-bit words in lanes that the compiler turns into vector registers where the
 * processor has them. Per lane the words are summed modulo 2^32, and their upper halves by themselves: that gives the sum
 * of the lower halves too, as long as it fits. A word stands for its two halves, whatever the order of octets is: 65536 is 1
 * modulo 65535.
 */
#include "esp/checksum.h"

#include <arpa/inet.h>
#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(16)));

struct sums {
	lanes words, upper;
};

#define BLOCK    (4 * sizeof(lanes))
#define STEP_MAX (16384 * BLOCK) /* 65536 halves in each lane */

static inline lanes take(struct sums *s, const uint8_t *data)
{
	lanes x;

	memcpy(&x, data, sizeof(x));
	s->words += x;
	s->upper += x >> 16;
	return x;
}

static inline uint64_t across(const struct sums *s)
{
	const lanes lower = s->words - (s->upper << 16);
	uint64_t sum = 0;

	for (unsigned i = 0; i < sizeof(lanes) / sizeof(uint32_t); i++)
		sum += (uint64_t)lower[i] + s->upper[i];
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
	while (octets >= BLOCK) {
		const size_t step = octets < STEP_MAX ? octets & ~(BLOCK - 1) : STEP_MAX;
		struct sums s = { 0 };

		for (const uint8_t *end = data + step; data < end; data += BLOCK) {
			take(&s, data);
			take(&s, data + sizeof(lanes));
			take(&s, data + 2 * sizeof(lanes));
			take(&s, data + 3 * sizeof(lanes));
		}
		sum += across(&s);
		octets -= step;
	}
	return tail(sum, data, octets);
}

static inline void move(struct sums *s, uint8_t *to, const uint8_t *from)
{
	const lanes x = take(s, from);

	memcpy(to, &x, sizeof(x));
}

uint64_t checksum_copy(uint64_t sum, uint8_t *to, const uint8_t *from, size_t octets)
{
	while (octets >= BLOCK) {
		const size_t step = octets < STEP_MAX ? octets & ~(BLOCK - 1) : STEP_MAX;
		struct sums s = { 0 };

		for (const uint8_t *end = from + step; from < end; from += BLOCK, to += BLOCK) {
			move(&s, to, from);
			move(&s, to + sizeof(lanes), from + sizeof(lanes));
			move(&s, to + 2 * sizeof(lanes), from + 2 * sizeof(lanes));
			move(&s, to + 3 * sizeof(lanes), from + 3 * sizeof(lanes));
		}
		sum += across(&s);
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
