#include "shell/pcapng.h"

enum block { INTERFACE = 1, ENHANCED_PACKET = 6, SECTION = 0x0A0D0D0A };
enum option { END = 0, IF_NAME = 2, EPB_FLAGS = 2, USER_APPLICATION = 4, IF_TSRESOL = 9 };

#define BYTE_ORDER_MAGIC 0x1A2B3C4D
#define INBOUND          1
#define OUTBOUND         2

static void put_padded(struct wr *w, const void *data, size_t octets)
{
	wr_bytes(w, data, octets);
	while (octets++ % 4)
		wr_u8(w, 0);
}

static void put_option(struct wr *w, enum option code, const void *data, size_t octets)
{
	wr_u16(w, (uint16_t)code);
	wr_u16(w, (uint16_t)octets);
	put_padded(w, data, octets);
}

/* Where the block begins; its length, which stands at both of its ends, is put in when it is closed. */
static size_t open_block(struct wr *w, enum block type)
{
	const size_t begin = wr_octets(w);

	wr_u32(w, type);
	wr_u32(w, 0);
	return begin;
}

static void close_block(struct wr *w, size_t begin)
{
	const size_t octets = wr_octets(w) - begin + 4;
	struct wr length;

	wr_u32(w, (uint32_t)octets);
	if (w->full)
		return;
	length = wr_of(&w->start[begin + 4], 4);
	wr_u32(&length, (uint32_t)octets);
}

void pcapng_section(struct wr *w, const char *program)
{
	const size_t begin = open_block(w, SECTION);

	wr_u32(w, BYTE_ORDER_MAGIC);
	wr_u16(w, 1); /* version 1.0 */
	wr_u16(w, 0);
	wr_u32(w, UINT32_MAX); /* the section's length is not given */
	wr_u32(w, UINT32_MAX);
	put_option(w, USER_APPLICATION, program, strlen(program));
	put_option(w, END, NULL, 0);
	close_block(w, begin);
}

void pcapng_interface(struct wr *w, const char *name, enum pcapng_link link, unsigned snap)
{
	static const uint8_t nanoseconds = 9;
	const size_t begin = open_block(w, INTERFACE);

	wr_u16(w, (uint16_t)link);
	wr_u16(w, 0);
	wr_u32(w, snap);
	put_option(w, IF_NAME, name, strlen(name));
	put_option(w, IF_TSRESOL, &nanoseconds, 1);
	put_option(w, END, NULL, 0);
	close_block(w, begin);
}

void pcapng_packet(struct wr *w, unsigned interface, const struct timespec *at, bool out, const uint8_t *data,
		   size_t kept, size_t octets)
{
	const uint64_t ns = (uint64_t)at->tv_sec * 1000000000 + (uint64_t)at->tv_nsec;
	const uint8_t flags[4] = { 0, 0, 0, out ? OUTBOUND : INBOUND };
	const size_t begin = open_block(w, ENHANCED_PACKET);

	wr_u32(w, interface);
	wr_u32(w, (uint32_t)(ns >> 32));
	wr_u32(w, (uint32_t)ns);
	wr_u32(w, (uint32_t)kept);
	wr_u32(w, (uint32_t)octets);
	put_padded(w, data, kept);
	put_option(w, EPB_FLAGS, flags, sizeof(flags));
	put_option(w, END, NULL, 0);
	close_block(w, begin);
}
