#include "shell/outlet.h"

#include "base/clock.h"
#include "shell/vty.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

void outlet_init(struct outlet *o, int fd, int hangup_fd)
{
	*o = (struct outlet){ .fd = fd, .hangup_fd = hangup_fd };
	pthread_mutex_init(&o->lock, NULL);
}

void outlet_destroy(struct outlet *o)
{
	pthread_mutex_destroy(&o->lock);
}

/* How many octets went out. With the lock. */
static size_t push(struct outlet *o, const uint8_t *bytes, size_t octets)
{
	size_t sent = 0;

	while (sent < octets && !o->broken) {
		ssize_t n = send(o->fd, bytes + sent, octets - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0)
			o->broken = true;
		else
			sent += (size_t)n;
	}
	return sent;
}

static void push_tail(struct outlet *o)
{
	size_t sent = push(o, o->tail, o->tail_octets);

	o->tail_octets -= sent;
	memmove(o->tail, o->tail + sent, o->tail_octets);
	if (!o->tail_octets)
		o->stalled = false;
}

/* True: it went out or waits in the tail. */
static bool accept_unit(struct outlet *o, const uint8_t *unit, size_t octets)
{
	size_t sent;
	bool taken;

	pthread_mutex_lock(&o->lock);
	push_tail(o);
	taken = o->broken || !o->tail_octets;
	if (!o->broken && taken) {
		sent = push(o, unit, octets);
		o->tail_octets = octets - sent;
		memcpy(o->tail, unit + sent, o->tail_octets);
	}
	pthread_mutex_unlock(&o->lock);
	return taken;
}

/* False: no room came in time, or the line is to hang up. */
static bool wait_for_room(const struct outlet *o, int64_t until)
{
	struct pollfd p[] = { { o->hangup_fd, POLLIN, 0 }, { o->fd, POLLOUT, 0 } };
	int64_t left = until < 0 ? -1 : until - (int64_t)clock_ms();
	int n;

	if (until >= 0 && left <= 0)
		return false;
	n = poll(p, 2, (int)left);
	return (n > 0 || (n < 0 && errno == EINTR)) && !p[0].revents;
}

static void drop(struct outlet *o, size_t octets)
{
	pthread_mutex_lock(&o->lock);
	o->stalled = o->tail_octets > 0;
	pthread_mutex_unlock(&o->lock);
	if (o->dropped)
		o->dropped(o->ctx, octets);
}

static void send_unit(struct outlet *o, const void *unit, size_t octets, int64_t until)
{
	if (octets > OUTLET_UNIT)
		return;
	while (!accept_unit(o, unit, octets))
		if (outlet_stalled(o) || !wait_for_room(o, until)) {
			drop(o, octets);
			return;
		}
}

void outlet_send(struct outlet *o, const void *unit, size_t octets)
{
	send_unit(o, unit, octets, o->whole ? -1 : (int64_t)clock_ms() + VTY_STALL_MS);
}

void outlet_send_now(struct outlet *o, const void *unit, size_t octets)
{
	if (octets <= OUTLET_UNIT && !accept_unit(o, unit, octets) && o->dropped)
		o->dropped(o->ctx, octets);
}

bool outlet_pending(struct outlet *o)
{
	bool yes;

	pthread_mutex_lock(&o->lock);
	yes = o->tail_octets > 0 && !o->broken;
	pthread_mutex_unlock(&o->lock);
	return yes;
}

void outlet_flush(struct outlet *o)
{
	pthread_mutex_lock(&o->lock);
	push_tail(o);
	pthread_mutex_unlock(&o->lock);
}

bool outlet_stalled(struct outlet *o)
{
	bool yes;

	pthread_mutex_lock(&o->lock);
	yes = o->stalled;
	pthread_mutex_unlock(&o->lock);
	return yes;
}

bool outlet_broken(struct outlet *o)
{
	bool yes;

	pthread_mutex_lock(&o->lock);
	yes = o->broken;
	pthread_mutex_unlock(&o->lock);
	return yes;
}

void outlet_finish(struct outlet *o)
{
	int64_t until = o->whole ? -1 : (int64_t)clock_ms() + VTY_STALL_MS;

	while (outlet_pending(o) && !outlet_stalled(o) && wait_for_room(o, until))
		outlet_flush(o);
}
