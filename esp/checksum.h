/* The Internet checksum, RFC 1071, over many octets at a time. Sums are of 16-bit words as they lie in memory. */
#ifndef ESP_CHECKSUM_H
#define ESP_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* sum and the octets; an odd last one counts as the first of a word. */
uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t octets);
/* Copies, and sums what it copies. The areas do not overlap. */
uint64_t checksum_copy(uint64_t sum, uint8_t *to, const uint8_t *from, size_t octets);
/* Complemented; as it is to lie in memory. Over data that holds a right checksum it is 0. */
uint16_t checksum_fold(uint64_t sum);
/* Addresses (each of 4 or 16 octets), protocol and length: RFC 9293 3.1, RFC 8200 8.1. */
uint64_t checksum_pseudo(unsigned family, const uint8_t *src, const uint8_t *dst, uint8_t protocol, size_t octets);

#endif
