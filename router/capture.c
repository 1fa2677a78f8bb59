#define _GNU_SOURCE
#include "router/capture.h"

#include "base/sandbox.h"
#include "netif/tap.h"
#include "router/capture_ring.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define REST_BATCHES 256u

struct buffer {
	char name[CONFIG_NAME_SIZE]; /* "": this place is free */
	struct capture_settings settings;
	struct capture_ring ring;
	struct capture_interface interfaces[CAPTURE_INTERFACES];
	size_t interface_count;
	uint64_t offered, taken; /* since it was emptied: nth, packets */
	time_t second;           /* pps */
	unsigned in_second;
	unsigned order;
};

struct point {
	struct capture *capture;
	struct capture_point p; /* name "": free; active: its thread works, or has not been told to stop */
	struct buffer *buffer;
	unsigned interface; /* of the buffer's */
	struct netif_tap *tap;
	pthread_t thread;
	bool thread_made; /* to be joined */
	int stop_fd;
	struct timespec until; /* CLOCK_MONOTONIC; tv_sec 0: no end */
	unsigned order;
};

struct capture {
	struct logger *log;
	pthread_mutex_t control; /* around what starts, stops, makes, changes and removes; taken first */
	pthread_mutex_t lock;    /* of all below, also the threads' */
	struct buffer buffers[CAPTURE_BUFFERS];
	struct point points[CAPTURE_POINTS];
	unsigned next_order;
	uint64_t
		cursor; /* behind all cursors of buffers that were removed: who still has one finds no place inside a packet */
};

static struct buffer *buffer_of(struct capture *c, const char *name)
{
	for (size_t i = 0; i < CAPTURE_BUFFERS; i++)
		if (*name && !strcmp(c->buffers[i].name, name))
			return &c->buffers[i];
	return NULL;
}

static struct point *point_of(struct capture *c, const char *name)
{
	for (size_t i = 0; i < CAPTURE_POINTS; i++)
		if (*name && !strcmp(c->points[i].p.name, name))
			return &c->points[i];
	return NULL;
}

static bool in_use(const struct capture *c, const struct buffer *b)
{
	for (size_t i = 0; i < CAPTURE_POINTS; i++)
		if (c->points[i].buffer == b && c->points[i].p.active)
			return true;
	return false;
}

static void empty(struct buffer *b)
{
	capture_ring_clear(&b->ring);
	b->interface_count = 0;
	b->offered = b->taken = 0;
	b->in_second = 0;
}

/* --- the thread of a point ---- */

/* Why a point ends by itself; NULL: it goes on. With the lock. */
static const char *take_packet(struct point *p, const struct netif_tap_packet *k)
{
	struct buffer *b = p->buffer;
	const struct capture_settings *s = &b->settings;
	const struct capture_packet packet = { .at = k->at,
					       .interface = p->interface,
					       .out = k->out,
					       .family = p->p.family,
					       .octets = k->octets,
					       .kept = k->kept };

	if (s->nth > 1 && b->offered++ % s->nth)
		return NULL;
	if (b->second != k->at.tv_sec) {
		b->second = k->at.tv_sec;
		b->in_second = 0;
	}
	if (s->pps && b->in_second++ >= s->pps)
		return NULL;
	if (!capture_ring_put(&b->ring, &packet, k->data))
		return "Buffer full";
	return s->packets && ++b->taken >= s->packets ? "Packet count reached" : NULL;
}

/* Milliseconds to its end, -1: it has none. */
static int left_ms(const struct point *p)
{
	struct timespec now;
	long long ms;

	if (!p->until.tv_sec)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (p->until.tv_sec - now.tv_sec) * 1000LL + (p->until.tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (int)(ms < 60000 ? ms + 1 : 60000) : 0;
}

static const char *take_batch(struct point *p)
{
	struct netif_tap_packet batch[NETIF_TAP_BATCH];
	const int n = netif_tap_recv(p->tap, batch);
	const char *why = NULL;

	if (n < 0)
		return "Interface is gone";
	pthread_mutex_lock(&p->capture->lock);
	for (int i = 0; i < n && !why; i++)
		why = take_packet(p, &batch[i]);
	pthread_mutex_unlock(&p->capture->lock);
	return why;
}

/* What had come before it was told to stop; more may be coming all the time. */
static void take_rest(struct point *p)
{
	struct pollfd fd = { .fd = netif_tap_fd(p->tap), .events = POLLIN };
	const char *why = NULL;

	for (unsigned k = 0; k < REST_BATCHES && !why && poll(&fd, 1, 0) > 0; k++)
		why = take_batch(p);
}

/* After it has set `active` to false it leaves the buffer alone. */
static void *run(void *ctx)
{
	struct point *p = ctx;
	struct pollfd fds[2] = { { .fd = p->stop_fd, .events = POLLIN },
				 { .fd = netif_tap_fd(p->tap), .events = POLLIN } };
	const char *why = NULL;

	pthread_setname_np(pthread_self(), "Packet Capture");
	sandbox_enter(SANDBOX_CAPTURE);
	while (!why) {
		int ms = left_ms(p);

		if (!ms)
			why = "Duration is over";
		else if (poll(fds, 2, ms) < 0 && errno != EINTR)
			why = "No memory";
		if (!why && fds[0].revents) {
			take_rest(p);
			return NULL;
		}
		if (!why && fds[1].revents)
			why = take_batch(p);
	}
	if (!why)
		return NULL;
	pthread_mutex_lock(&p->capture->lock);
	p->p.active = false;
	pthread_mutex_unlock(&p->capture->lock);
	log_syslog(p->capture->log, LOG_SEV_INFORMATIONAL, "BUFCAP", "DISABLE_ASYNC",
		   "Capture Point %s disabled. Reason : %s", p->p.name, why);
	return NULL;
}

/* With `control` and without the lock: the thread may want that. */
static void join(struct point *p)
{
	if (!p->thread_made)
		return;
	eventfd_write(p->stop_fd, 1);
	pthread_join(p->thread, NULL);
	netif_tap_close(p->tap);
	close(p->stop_fd);
	p->tap = NULL;
	p->thread_made = false;
}

bool capture_reap(struct capture *c)
{
	bool any = false;

	pthread_mutex_lock(&c->control);
	for (size_t i = 0; i < CAPTURE_POINTS; i++) {
		struct point *p = &c->points[i];
		bool ended;

		pthread_mutex_lock(&c->lock);
		ended = p->thread_made && !p->p.active;
		pthread_mutex_unlock(&c->lock);
		if (ended)
			join(p);
		any |= ended;
	}
	pthread_mutex_unlock(&c->control);
	return any;
}

/* --- buffers ---- */

static const struct capture_settings defaults = { .kb = CAPTURE_KB_DEFAULT, .snap = CAPTURE_SNAP_DEFAULT };

bool capture_buffer_get(struct capture *c, const char *name, struct capture_settings *out)
{
	const struct buffer *b;

	pthread_mutex_lock(&c->lock);
	b = buffer_of(c, name);
	*out = b ? b->settings : defaults;
	pthread_mutex_unlock(&c->lock);
	return b;
}

static struct buffer *free_buffer(struct capture *c)
{
	for (size_t i = 0; i < CAPTURE_BUFFERS; i++)
		if (!c->buffers[i].name[0])
			return &c->buffers[i];
	return NULL;
}

static int set_buffer(struct capture *c, const char *name, const struct capture_settings *s)
{
	struct buffer *b = buffer_of(c, name);
	const bool fresh = !b;

	if (b && in_use(c, b))
		return -EBUSY;
	if (fresh && !(b = free_buffer(c)))
		return -ENOSPC;
	if (fresh)
		b->ring.end = c->cursor;
	if (fresh || b->settings.kb != s->kb || b->settings.circular != s->circular || b->settings.snap != s->snap) {
		if (!capture_ring_open(&b->ring, (size_t)s->kb * 1024, s->circular))
			return -ENOMEM;
		empty(b);
	}
	if (fresh) {
		snprintf(b->name, sizeof(b->name), "%s", name);
		b->order = c->next_order++;
	}
	b->settings = *s;
	return 0;
}

int capture_buffer_set(struct capture *c, const char *name, const struct capture_settings *s)
{
	int rc;

	pthread_mutex_lock(&c->control);
	pthread_mutex_lock(&c->lock);
	rc = set_buffer(c, name, s);
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_unlock(&c->control);
	return rc;
}

static int remove_buffer(struct capture *c, const char *name)
{
	struct buffer *b = buffer_of(c, name);

	if (!b)
		return -ENOENT;
	if (in_use(c, b))
		return -EBUSY;
	for (size_t i = 0; i < CAPTURE_POINTS; i++)
		if (c->points[i].buffer == b) {
			c->points[i].buffer = NULL;
			c->points[i].p.buffer[0] = '\0';
		}
	if (b->ring.end > c->cursor)
		c->cursor = b->ring.end;
	capture_ring_close(&b->ring);
	*b = (struct buffer){ 0 };
	return 0;
}

int capture_buffer_remove(struct capture *c, const char *name)
{
	int rc;

	pthread_mutex_lock(&c->control);
	pthread_mutex_lock(&c->lock);
	rc = remove_buffer(c, name);
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_unlock(&c->control);
	return rc;
}

/* The interfaces of points that go on writing keep their numbers. */
int capture_buffer_clear(struct capture *c, const char *name)
{
	struct buffer *b;
	size_t count;

	pthread_mutex_lock(&c->lock);
	b = buffer_of(c, name);
	if (b) {
		count = in_use(c, b) ? b->interface_count : 0;
		empty(b);
		b->interface_count = count;
	}
	pthread_mutex_unlock(&c->lock);
	return b ? 0 : -ENOENT;
}

/* --- points ---- */

static int add_point(struct capture *c, const struct capture_point *p)
{
	if (point_of(c, p->name))
		return -EEXIST;
	for (size_t i = 0; i < CAPTURE_POINTS; i++)
		if (!c->points[i].p.name[0]) {
			c->points[i] = (struct point){ .capture = c, .p = *p, .order = c->next_order++ };
			return 0;
		}
	return -ENOSPC;
}

int capture_point_add(struct capture *c, const struct capture_point *p)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	rc = add_point(c, p);
	pthread_mutex_unlock(&c->lock);
	if (!rc)
		log_syslog(c->log, LOG_SEV_INFORMATIONAL, "BUFCAP", "CREATE", "Capture Point %s created.", p->name);
	return rc;
}

bool capture_point_get(struct capture *c, const char *name, struct capture_point *out)
{
	const struct point *p;

	pthread_mutex_lock(&c->lock);
	p = point_of(c, name);
	if (p)
		*out = p->p;
	pthread_mutex_unlock(&c->lock);
	return p;
}

int capture_associate(struct capture *c, const char *point, const char *buffer)
{
	struct point *p;
	struct buffer *b;
	int rc = 0;

	pthread_mutex_lock(&c->control);
	pthread_mutex_lock(&c->lock);
	p = point_of(c, point);
	b = buffer ? buffer_of(c, buffer) : NULL;
	if (!p)
		rc = -ENOENT;
	else if (buffer && !b)
		rc = -ENXIO;
	else if (p->p.active)
		rc = -EBUSY;
	if (!rc) {
		p->buffer = b;
		snprintf(p->p.buffer, sizeof(p->p.buffer), "%s", b ? b->name : "");
	}
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_unlock(&c->control);
	return rc;
}

/* The number of the interface in the buffer, or -ENOSPC. */
static int number_of(struct buffer *b, const char *name, bool ethernet)
{
	for (size_t i = 0; i < b->interface_count; i++)
		if (!strcmp(b->interfaces[i].name, name) && b->interfaces[i].ethernet == ethernet)
			return (int)i;
	if (b->interface_count == CAPTURE_INTERFACES)
		return -ENOSPC;
	snprintf(b->interfaces[b->interface_count].name, sizeof(b->interfaces[0].name), "%s", name);
	b->interfaces[b->interface_count].ethernet = ethernet;
	return (int)b->interface_count++;
}

static int open_tap(struct point *p, int ifindex)
{
	const struct netif_tap_options o = { .ifindex = ifindex,
					     .family = p->p.family,
					     .in = p->p.in,
					     .out = p->p.out,
					     .snap = p->buffer->settings.snap };
	int rc = netif_tap_open(&o, &p->tap);

	if (!rc)
		rc = number_of(p->buffer, p->p.ifname, netif_tap_ethernet(p->tap));
	if (rc < 0)
		return rc;
	p->interface = (unsigned)rc;
	p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return p->stop_fd < 0 ? -errno : 0;
}

static void begin(struct point *p)
{
	p->until = (struct timespec){ 0 };
	if (p->buffer->settings.duration_s) {
		clock_gettime(CLOCK_MONOTONIC, &p->until);
		p->until.tv_sec += p->buffer->settings.duration_s;
	}
	p->buffer->taken = p->buffer->offered = 0;
	p->p.active = true;
}

/* With both locks. */
static int start_point(struct point *p, int ifindex)
{
	int rc;

	p->stop_fd = -1;
	rc = open_tap(p, ifindex);
	if (!rc) {
		begin(p);
		rc = -pthread_create(&p->thread, NULL, run, p);
	}
	if (rc) {
		p->p.active = false;
		netif_tap_close(p->tap);
		if (p->stop_fd >= 0)
			close(p->stop_fd);
		p->tap = NULL;
		return rc;
	}
	p->thread_made = true;
	return 0;
}

int capture_start(struct capture *c, const char *point, int ifindex)
{
	struct point *p;
	int rc;

	capture_reap(c);
	pthread_mutex_lock(&c->control);
	pthread_mutex_lock(&c->lock);
	p = point_of(c, point);
	if (!p)
		rc = -ENOENT;
	else if (!p->buffer)
		rc = -ENXIO;
	else if (p->thread_made)
		rc = -EALREADY;
	else
		rc = start_point(p, ifindex);
	pthread_mutex_unlock(&c->lock);
	pthread_mutex_unlock(&c->control);
	if (!rc)
		log_syslog(c->log, LOG_SEV_INFORMATIONAL, "BUFCAP", "ENABLE", "Capture Point %s enabled.", point);
	return rc;
}

/* With `control`. Was it started? */
static bool end(struct point *p)
{
	bool was;

	pthread_mutex_lock(&p->capture->lock);
	was = p->p.active;
	p->p.active = false;
	pthread_mutex_unlock(&p->capture->lock);
	join(p);
	if (was)
		log_syslog(p->capture->log, LOG_SEV_INFORMATIONAL, "BUFCAP", "DISABLE", "Capture Point %s disabled.",
			   p->p.name);
	return was;
}

static struct point *find_point(struct capture *c, const char *name)
{
	struct point *p;

	pthread_mutex_lock(&c->lock);
	p = point_of(c, name);
	pthread_mutex_unlock(&c->lock);
	return p;
}

int capture_stop(struct capture *c, const char *point)
{
	struct point *p;
	int rc;

	pthread_mutex_lock(&c->control);
	p = find_point(c, point);
	rc = !p ? -ENOENT : end(p) ? 0 : -EALREADY;
	pthread_mutex_unlock(&c->control);
	return rc;
}

int capture_point_remove(struct capture *c, const char *name)
{
	struct point *p;

	pthread_mutex_lock(&c->control);
	p = find_point(c, name);
	if (p) {
		end(p);
		pthread_mutex_lock(&c->lock);
		*p = (struct point){ 0 };
		pthread_mutex_unlock(&c->lock);
	}
	pthread_mutex_unlock(&c->control);
	if (p)
		log_syslog(c->log, LOG_SEV_INFORMATIONAL, "BUFCAP", "DELETE", "Capture Point %s deleted.", name);
	return p ? 0 : -ENOENT;
}

bool capture_is_on(struct capture *c, const char *ifname)
{
	bool on = false;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < CAPTURE_POINTS; i++)
		on |= c->points[i].p.active && !strcmp(c->points[i].p.ifname, ifname);
	pthread_mutex_unlock(&c->lock);
	return on;
}

/* --- copies ---- */

static void show_buffer(const struct buffer *b, struct capture_buffer *out)
{
	*out = (struct capture_buffer){
		.settings = b->settings, .packets = b->ring.packets, .begin = b->ring.begin, .end = b->ring.end
	};
	memcpy(out->name, b->name, sizeof(out->name));
}

size_t capture_buffers(struct capture *c, struct capture_buffer out[CAPTURE_BUFFERS])
{
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (unsigned order = 0; order < c->next_order; order++)
		for (size_t i = 0; i < CAPTURE_BUFFERS; i++)
			if (c->buffers[i].name[0] && c->buffers[i].order == order)
				show_buffer(&c->buffers[i], &out[n++]);
	pthread_mutex_unlock(&c->lock);
	return n;
}

size_t capture_points(struct capture *c, struct capture_point out[CAPTURE_POINTS])
{
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	for (unsigned order = 0; order < c->next_order; order++)
		for (size_t i = 0; i < CAPTURE_POINTS; i++)
			if (c->points[i].p.name[0] && c->points[i].order == order)
				out[n++] = c->points[i].p;
	pthread_mutex_unlock(&c->lock);
	return n;
}

size_t capture_interfaces(struct capture *c, const char *buffer, struct capture_interface out[CAPTURE_INTERFACES])
{
	const struct buffer *b;
	size_t n = 0;

	pthread_mutex_lock(&c->lock);
	b = buffer_of(c, buffer);
	if (b) {
		n = b->interface_count;
		memcpy(out, b->interfaces, n * sizeof(*out));
	}
	pthread_mutex_unlock(&c->lock);
	return n;
}

bool capture_next(struct capture *c, const char *buffer, uint64_t *cursor, struct capture_packet *out,
		  uint8_t data[CAPTURE_SNAP_MAX])
{
	const struct buffer *b;
	bool there;

	pthread_mutex_lock(&c->lock);
	b = buffer_of(c, buffer);
	there = b && capture_ring_get(&b->ring, cursor, out, data);
	pthread_mutex_unlock(&c->lock);
	return there;
}

/* --- life ---- */

struct capture *capture_new(struct logger *log)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->log = log;
	pthread_mutex_init(&c->control, NULL);
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CAPTURE_POINTS; i++)
		if (c->points[i].p.name[0])
			end(&c->points[i]);
	for (size_t i = 0; i < CAPTURE_BUFFERS; i++)
		capture_ring_close(&c->buffers[i].ring);
	pthread_mutex_destroy(&c->control);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
