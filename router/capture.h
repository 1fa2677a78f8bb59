/*
 * Embedded packet capture: buffers in memory, points on interfaces, and which point writes into which buffer. Nothing of it is
 * configuration; it ends with the router.
 *
 * Each point that is started is a thread with a packet socket (netif/tap.h), which takes the lock of this file for as long as
 * it copies a batch, and never the control lock. Everything here may be called by any thread, with the control lock or without.
 * Sizes are octets but where KB stands; times are of the system's wall clock.
 */
#ifndef ROUTER_CAPTURE_H
#define ROUTER_CAPTURE_H

#include "base/log.h"
#include "config/model.h"

#include <time.h>

#define CAPTURE_BUFFERS      8
#define CAPTURE_POINTS       16
#define CAPTURE_INTERFACES   32 /* that one buffer has packets of */
#define CAPTURE_KB_MIN       256
#define CAPTURE_KB_MAX       102400
#define CAPTURE_KB_DEFAULT   1024
#define CAPTURE_SNAP_MIN     68
#define CAPTURE_SNAP_MAX     9500
#define CAPTURE_SNAP_DEFAULT 68

struct capture;

struct capture_settings {
	unsigned kb, snap; /* of the buffer; of each packet */
	bool circular;     /* the oldest packets give way; else it is over when there is no room */
	/* 0: no limit */
	unsigned nth, duration_s, packets, pps;
};

struct capture *capture_new(struct logger *log); /* NULL: out of memory */
void capture_free(struct capture *c);            /* ends all points */

/* --- buffers ---- */

/* False: there is none of that name, and *out is what a new one would be. */
bool capture_buffer_get(struct capture *c, const char *name, struct capture_settings *out);
/*
 * Makes it, or changes it; another size, kind or packet size empties it. 0, -EBUSY (a point that is started writes into it),
 * -ENOSPC (there are CAPTURE_BUFFERS), -ENOMEM.
 */
int capture_buffer_set(struct capture *c, const char *name, const struct capture_settings *s);
int capture_buffer_remove(struct capture *c, const char *name); /* -ENOENT, -EBUSY; its points have none then */
int capture_buffer_clear(struct capture *c, const char *name);  /* -ENOENT */

/* --- points ---- */

struct capture_point {
	char name[CONFIG_NAME_SIZE], ifname[CONFIG_IFNAME_SIZE];
	unsigned family; /* 4 or 6 */
	bool in, out;
	char buffer[CONFIG_NAME_SIZE]; /* "": none */
	bool active;
};

int capture_point_add(struct capture *c, const struct capture_point *p); /* -EEXIST, -ENOSPC */
int capture_point_remove(struct capture *c, const char *name);           /* -ENOENT; stops it first */
bool capture_point_get(struct capture *c, const char *name, struct capture_point *out);
/* buffer NULL: none. -ENOENT, -ENXIO (no such buffer), -EBUSY (started). */
int capture_associate(struct capture *c, const char *point, const char *buffer);
/* -ENOENT, -ENXIO (it has no buffer), -EALREADY, -ENOSPC (CAPTURE_INTERFACES), or the kernel's -errno. */
int capture_start(struct capture *c, const char *point, int ifindex);
int capture_stop(struct capture *c, const char *point); /* -ENOENT, -EALREADY */
/* Does a point that is started stand on it? */
bool capture_is_on(struct capture *c, const char *ifname);
/* Puts away what has ended by itself: a limit, a buffer that is full. True: something had. */
bool capture_reap(struct capture *c);

/* --- what there is: copies ---- */

struct capture_buffer {
	char name[CONFIG_NAME_SIZE];
	struct capture_settings settings;
	size_t packets;
	uint64_t begin, end; /* for capture_next() */
};

/* In the order they were made; how many. */
size_t capture_buffers(struct capture *c, struct capture_buffer out[CAPTURE_BUFFERS]);
size_t capture_points(struct capture *c, struct capture_point out[CAPTURE_POINTS]);

struct capture_interface {
	char name[CONFIG_IFNAME_SIZE];
	bool ethernet; /* else packets begin with the IP header */
};
size_t capture_interfaces(struct capture *c, const char *buffer, struct capture_interface out[CAPTURE_INTERFACES]);

struct capture_packet {
	struct timespec at;
	unsigned interface; /* of capture_interfaces() */
	bool out;
	unsigned family;
	size_t octets, kept; /* of the whole, of what is in the buffer */
};
/*
 * The first packet at *cursor or behind it, and the cursor of the next one: from a buffer's begin, as long as the cursor is below
 * its end. What a circular buffer lost meanwhile is skipped. False: there is no more.
 */
bool capture_next(struct capture *c, const char *buffer, uint64_t *cursor, struct capture_packet *out,
		  uint8_t data[CAPTURE_SNAP_MAX]);

#endif
