/* The layouts of show monitor capture, as print_crypto.h: from copies to lines. */
#ifndef SHELL_PRINT_CAPTURE_H
#define SHELL_PRINT_CAPTURE_H

#include "base/zone.h"
#include "router/capture.h"

struct session;

/* points: all there are. */
void print_capture_buffer(struct session *s, const struct capture_buffer *b, const struct capture_point *points,
			  size_t count);
void print_capture_point(struct session *s, const struct capture_point *p);

/* at: of the packet, on the router's clock; cursor: where it lies, which stands for an address; data: NULL without `dump`. */
struct show_packet {
	struct timespec at;
	const struct zone *zone;
	const char *ifname;
	struct capture_packet packet;
	uint64_t cursor;
	const uint8_t *data;
};
void print_capture_packet(struct session *s, const struct show_packet *p);

#endif
