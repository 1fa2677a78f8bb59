#include "esp/checksum.h"

#include <arpa/inet.h>
#include <string.h>

uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t octets)
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

uint64_t checksum_copy(uint64_t sum, uint8_t *to, const uint8_t *from, size_t octets)
{
	memcpy(to, from, octets);
	return checksum_add(sum, to, octets);
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
