#include "shell/capture_export.h"

#include "shell/pcapng.h"

#include <stdlib.h>

/* A packet's time, and where it lies. */
struct entry {
	struct timespec at;
	uint64_t cursor;
};

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->at.tv_sec != y->at.tv_sec)
		return x->at.tv_sec < y->at.tv_sec ? -1 : 1;
	if (x->at.tv_nsec != y->at.tv_nsec)
		return x->at.tv_nsec < y->at.tv_nsec ? -1 : 1;
	return x->cursor < y->cursor ? -1 : x->cursor > y->cursor;
}

/* Of the packets that are in the buffer; how many. */
static size_t list(struct capture *c, const struct capture_buffer *b, struct entry *entries, uint8_t *data)
{
	struct capture_packet p;
	uint64_t at = b->begin, begin = at;
	size_t n = 0;

	while (n < b->packets && at < b->end && capture_next(c, b->name, &at, &p, data)) {
		entries[n++] = (struct entry){ p.at, begin };
		begin = at;
	}
	qsort(entries, n, sizeof(*entries), by_time);
	return n;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

struct room {
	uint8_t data[CAPTURE_SNAP_MAX], block[CAPTURE_SNAP_MAX + PCAPNG_AROUND];
};

static bool put_packets(struct capture *c, const struct capture_buffer *b, size_t interfaces, struct fs_file *f,
			struct room *room, struct entry *entries)
{
	const size_t count = list(c, b, entries, room->data);
	struct capture_packet p;

	for (size_t i = 0; i < count; i++) {
		struct wr w = wr_of(room->block, sizeof(room->block));
		uint64_t at = entries[i].cursor;

		if (!capture_next(c, b->name, &at, &p, room->data) || !same_time(&p.at, &entries[i].at) ||
		    p.interface >= interfaces)
			continue; /* it gave way to another */
		pcapng_packet(&w, p.interface, &p.at, p.out, room->data, p.kept, p.octets);
		if (w.full || !fs_put(f, (const char *)room->block, wr_octets(&w)))
			return false;
	}
	return true;
}

static bool put_head(const struct capture_interface *interfaces, size_t count, unsigned snap, struct fs_file *f)
{
	uint8_t head[CAPTURE_INTERFACES * (CONFIG_IFNAME_SIZE + PCAPNG_AROUND) + PCAPNG_AROUND];
	struct wr w = wr_of(head, sizeof(head));

	pcapng_section(&w, "mainmode");
	for (size_t i = 0; i < count; i++)
		pcapng_interface(&w, interfaces[i].name, interfaces[i].ethernet ? PCAPNG_ETHERNET : PCAPNG_RAW, snap);
	return !w.full && fs_put(f, (const char *)head, wr_octets(&w));
}

bool capture_export(struct capture *c, const struct capture_buffer *b, struct fs_file *f)
{
	struct capture_interface interfaces[CAPTURE_INTERFACES];
	const size_t count = capture_interfaces(c, b->name, interfaces);
	struct room *room = malloc(sizeof(*room));
	struct entry *entries = calloc(b->packets + 1, sizeof(*entries));
	bool good = room && entries && put_head(interfaces, count, b->settings.snap, f) &&
		    put_packets(c, b, count, f, room, entries);

	free(room);
	free(entries);
	return good;
}
