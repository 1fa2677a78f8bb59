/*
 * A vty's way out: bytes to a socket whose other end may not read. A unit (a frame, a piece of telnet's stream) is sent
 * whole or not at all, so that what follows is still understood.
 *
 * For a terminal, room is awaited for VTY_STALL_MS; then units are dropped and counted until it reads again. Without a
 * terminal behind it (an exec) nothing may be missing: it waits until room is there or hangup_fd is readable.
 * Any thread may send and flush.
 */
#ifndef SHELL_OUTLET_H
#define SHELL_OUTLET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTLET_UNIT 8200 /* octets of one, at most */

struct outlet {
	int fd, hangup_fd;
	bool whole; /* nothing may be missing */
	void *ctx;
	void (*dropped)(void *ctx, size_t octets); /* or NULL */
	pthread_mutex_t lock;
	bool broken;               /* the other end went away */
	bool stalled;              /* units are dropped */
	uint8_t tail[OUTLET_UNIT]; /* of a unit that went out in part */
	size_t tail_octets;
};

void outlet_init(struct outlet *o, int fd, int hangup_fd);
void outlet_destroy(struct outlet *o); /* fd is the caller's */
void outlet_send(struct outlet *o, const void *unit, size_t octets);
/* The same, but it is dropped at once when there is no room. */
void outlet_send_now(struct outlet *o, const void *unit, size_t octets);
/* Is there something left that waits for room? flush sends it when there is. */
bool outlet_pending(struct outlet *o);
void outlet_flush(struct outlet *o);
bool outlet_stalled(struct outlet *o);
bool outlet_broken(struct outlet *o);
/* The last unit was sent: waits until all is on its way, within reason. */
void outlet_finish(struct outlet *o);

#endif
