#include "esp/worker.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define READY_MAX         32
#define EVENTS_PER_SECOND 10
#define SLOTS             (ESP_BATCH + 1)

void worker_drop(struct tally *sa, struct tally *tunnel, enum esp_drop why)
{
	if (sa)
		tally_add(&sa->drops[why], 1);
	tally_add(&tunnel->drops[why], 1);
}

static void count_one(struct tally *t, size_t octets, uint64_t now_ms)
{
	tally_add(&t->packets, 1);
	tally_add(&t->octets, octets);
	atomic_store_explicit(&t->last_ms, now_ms, memory_order_relaxed);
}

void worker_count(struct worker *w, struct tally *sa, struct tally *tunnel, size_t octets)
{
	count_one(sa, octets, w->now_ms);
	count_one(tunnel, octets, w->now_ms);
}

void worker_event(struct worker *w, const struct esp_event *e)
{
	if (limit_pass(&w->event_limits[e->kind], w->now_ms, EVENTS_PER_SECOND))
		events_push(&w->plane->events, e);
}

static bool tell_use(struct worker *w, enum esp_event_kind kind, const struct sa *sa)
{
	const struct esp_event e = { .kind = kind,
				     .inbound = sa->params.inbound,
				     .tunnel = sa->params.tunnel,
				     .spi = sa->params.spi,
				     .conn_id = sa->params.conn_id,
				     .src = sa->params.src,
				     .dst = sa->params.dst };

	return events_push(&w->plane->events, &e);
}

void worker_tell_use(struct worker *w, struct sa *sa)
{
	const uint64_t limit = sa->params.soft_octets;

	if (sa->params.inbound && !sa->run.told_proven)
		sa->run.told_proven = tell_use(w, ESP_EVENT_PROVEN, sa);
	if (limit && !sa->run.told_volume && sa_octets(sa) >= limit)
		sa->run.told_volume = tell_use(w, ESP_EVENT_VOLUME, sa);
}

bool worker_tun_write(int fd, const uint8_t *data, size_t octets)
{
	ssize_t n;

	do
		n = write(fd, data, octets);
	while (n < 0 && errno == EINTR);
	return n >= 0 && (size_t)n == octets;
}

bool worker_fd_is_dead(int error)
{
	return error == EBADF || error == EBADFD || error == ENODEV || error == ENOTSOCK;
}

static uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void socket_turn(struct worker *w, const struct table *t, uint32_t ready, unsigned family, bool udp)
{
	if (ready & EPOLLERR)
		errors_turn(w, t, family, udp);
	inbound_turn(w, t, family, udp);
}

static void handle(struct worker *w, const struct table *t, const struct epoll_event *e)
{
	uint64_t token = e->data.u64;

	if (token == WORKER_IKE)
		ike_turn(w);
	else if (token < WORKER_WAKE)
		outbound_turn(w, t, (uint32_t)token);
	for (unsigned k = 0; k < 2; k++) {
		if (token == WORKER_ESP(k))
			socket_turn(w, t, e->events, k ? 6 : 4, false);
		else if (token == WORKER_UDP(k))
			socket_turn(w, t, e->events, k ? 6 : 4, true);
	}
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct epoll_event ready[READY_MAX];

	prctl(PR_SET_NAME, "Crypto Engine"); /* as `show processes cpu` has it */
	while (!atomic_load(&w->plane->stopping)) {
		int n = epoll_wait(w->epoll_fd, ready, READY_MAX, -1);
		const struct table *t = published_enter(&w->plane->published, w->kind);

		w->now_ms = monotonic_ms();
		for (int i = 0; i < n; i++)
			handle(w, t, &ready[i]);
		published_leave(&w->plane->published, w->kind);
	}
	/* what was given before the end, such as the deletes of a router that goes */
	while (w->kind == WORKER_OUTBOUND && ike_turn(w))
		;
	OPENSSL_thread_stop_ex(w->plane->lib);
	return NULL;
}

static int make_room(struct worker *w)
{
	void *map =
		mmap(NULL, (size_t)SLOTS * ESP_SLOT_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return -errno;
	w->slots = map;
	w->engine = engine_new(w->plane->engines, w->lane);
	return w->engine ? 0 : -ENOMEM;
}

static int start_thread(struct worker *w)
{
	sigset_t all, old;
	int err;

	/* signals are control's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&w->thread, NULL, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->running = !err;
	return err;
}

static int open_descriptors(struct worker *w)
{
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll_fd < 0)
		return -errno;
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return w->wake_fd < 0 ? -errno : worker_watch(w, w->wake_fd, WORKER_WAKE);
}

static int watch_sockets(struct worker *w)
{
	const struct esp_sockets *s = &w->plane->sockets;
	int err = 0;

	if (w->kind == WORKER_OUTBOUND)
		return worker_watch(w, w->plane->ike.worker, WORKER_IKE);
	for (unsigned k = 0; k < 2; k++) {
		if (!err && s->esp[k] >= 0)
			err = worker_watch(w, s->esp[k], WORKER_ESP(k));
		if (!err && s->udp[k] >= 0)
			err = worker_watch(w, s->udp[k], WORKER_UDP(k));
	}
	return err;
}

int worker_start(struct worker *w, struct plane *plane, enum worker_kind kind)
{
	int err;

	*w = (struct worker){ .plane = plane, .kind = kind, .epoll_fd = -1, .wake_fd = -1 };
	err = make_room(w);
	if (!err)
		err = open_descriptors(w);
	if (!err)
		err = watch_sockets(w);
	if (!err)
		err = start_thread(w);
	if (err)
		worker_stop(w);
	return err;
}

void worker_stop(struct worker *w)
{
	if (w->running) {
		eventfd_write(w->wake_fd, 1);
		pthread_join(w->thread, NULL);
	}
	if (w->wake_fd >= 0)
		close(w->wake_fd);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	engine_free(w->engine);
	if (w->slots)
		munmap(w->slots, (size_t)SLOTS * ESP_SLOT_OCTETS);
	*w = (struct worker){ .epoll_fd = -1, .wake_fd = -1 };
}

int worker_watch(struct worker *w, int fd, uint64_t token)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = token };

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

void worker_forget(struct worker *w, int fd)
{
	epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}
