#include "esp/worker.h"

#include "base/clock.h"
#include "base/sandbox.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define READY_MAX         32
#define EVENTS_PER_SECOND 10
#define PUSH_MS           1

struct netif_wire *worker_wire(const struct worker *w, unsigned family, bool udp)
{
	const struct esp_config *c = &w->plane->config;

	return udp ? c->udp[family == 6][w->lane] : c->esp[family == 6][w->lane];
}

void worker_drop(struct tally *sa, struct tally *tunnel, enum esp_drop why, unsigned count)
{
	if (sa)
		tally_add(&sa->drops[why], count);
	tally_add(&tunnel->drops[why], count);
}

void worker_count(const struct worker *w, struct tally *t, unsigned packets, size_t octets)
{
	tally_add(&t->packets, packets);
	tally_add(&t->octets, octets);
	atomic_store_explicit(&t->last_ms, w->now_ms, memory_order_relaxed);
}

void worker_event(struct worker *w, const struct esp_event *e)
{
	if (limit_pass(&w->event_limits[e->kind], w->now_ms, EVENTS_PER_SECOND))
		events_push(&w->plane->events, e);
}

/* Once for all workers; again only if the queue had no room. */
static void tell_use(struct worker *w, _Atomic bool *told, enum esp_event_kind kind, const struct sa *sa)
{
	const struct esp_event e = { .kind = kind,
				     .inbound = sa->params.inbound,
				     .tunnel = sa->params.tunnel,
				     .spi = sa->params.spi,
				     .conn_id = sa->params.conn_id,
				     .src = sa->params.src,
				     .dst = sa->params.dst };

	if (!atomic_exchange(told, true) && !events_push(&w->plane->events, &e))
		atomic_store(told, false);
}

void worker_tell_use(struct worker *w, struct sa *sa)
{
	const uint64_t limit = sa->params.soft_octets;
	struct sa_runtime *run = &sa->run;

	if (sa->params.inbound && !atomic_load_explicit(&run->told_proven, memory_order_relaxed))
		tell_use(w, &run->told_proven, ESP_EVENT_PROVEN, sa);
	if (limit && !atomic_load_explicit(&run->told_volume, memory_order_relaxed) && sa_octets(sa) >= limit)
		tell_use(w, &run->told_volume, ESP_EVENT_VOLUME, sa);
}

bool worker_fd_is_dead(int error)
{
	return error == EBADF || error == EBADFD || error == ENODEV || error == ENOTSOCK;
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
	else if (token >= WORKER_XDP(0))
		inbound_xdp_turn(w, t, (unsigned)((token - WORKER_XDP(0)) >> 32));
	for (unsigned k = 0; k < 2; k++) {
		if (token == WORKER_ESP(k))
			socket_turn(w, t, e->events, k ? 6 : 4, false);
		else if (token == WORKER_UDP(k))
			socket_turn(w, t, e->events, k ? 6 : 4, true);
	}
}

/* What is ready may be many tunnels, none of which the cache has: all are asked for before the first is handled. */
static void foresee(const struct worker *w, const struct table *t, const struct epoll_event *ready, int count)
{
	for (int i = 0; i < count; i++)
		if (ready[i].data.u64 < WORKER_WAKE)
			table_fetch_tunnel(t, (uint32_t)ready[i].data.u64);
	for (int i = 0; i < count; i++)
		if (ready[i].data.u64 < WORKER_WAKE)
			outbound_fetch(w, t, (uint32_t)ready[i].data.u64);
}

/* What AF_XDP has left: an interface that has room again tells nobody. */
static void push_turn(struct worker *w)
{
	w->xdp_left = false;
	for (unsigned k = 0; k < WORKER_XDP_MAX; k++) {
		struct netif_xdp *x = atomic_load(&w->plane->xdp[k]);

		if (x && w->plane->io->xdp_push(x))
			w->xdp_left = true;
	}
}

/* Where it stands in turns of esp/table.h. */
static unsigned reader_of(const struct worker *w)
{
	return w->kind * NETIF_WORKERS_MAX + w->lane;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct epoll_event ready[READY_MAX];

	prctl(PR_SET_NAME, "Crypto Engine"); /* as `show processes cpu` has it */
	sandbox_enter(SANDBOX_ENGINE);
	while (!atomic_load(&w->plane->stopping)) {
		int n = epoll_wait(w->epoll_fd, ready, READY_MAX, w->xdp_left ? PUSH_MS : -1);
		const struct table *t = published_enter(&w->plane->published, reader_of(w));

		w->now_ms = clock_ms();
		w->clock.on = atomic_load_explicit(&w->plane->measuring, memory_order_acquire);
		foresee(w, t, ready, n);
		if (w->xdp_left)
			push_turn(w);
		for (int i = 0; i < n; i++)
			handle(w, t, &ready[i]);
		if (w->out)
			outbound_flush(w);
		published_leave(&w->plane->published, reader_of(w));
	}
	/* what was given before the end, such as the deletes of a router that goes */
	while (w->kind == WORKER_OUTBOUND && !w->lane && ike_turn(w))
		;
	OPENSSL_thread_stop_ex(w->plane->lib);
	return NULL;
}

static int make_state(struct worker *w)
{
	w->engine = engine_new(w->plane->engines, w->lane);
	if (!w->engine)
		return -ENOMEM;
	if (w->kind == WORKER_OUTBOUND)
		w->out = outbound_new();
	else
		w->in = inbound_new();
	return w->out || w->in ? 0 : -errno;
}

static int start_thread(struct worker *w)
{
	sigset_t all, old;
	int err;

	/* signals are control's */
	sigfillset(&all);
	sigdelset(&all, SIGSYS); /* base/sandbox.h tells of it */
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
	int err = 0;

	if (w->kind == WORKER_OUTBOUND)
		return w->lane ? 0 : worker_watch(w, w->plane->ike.worker, WORKER_IKE);
	for (unsigned k = 0; k < 2; k++) {
		const struct netif_wire *esp = worker_wire(w, k ? 6 : 4, false), *udp = worker_wire(w, k ? 6 : 4, true);

		if (!err && esp)
			err = worker_watch(w, w->plane->io->fd(esp), WORKER_ESP(k));
		if (!err && udp)
			err = worker_watch(w, w->plane->io->fd(udp), WORKER_UDP(k));
	}
	return err;
}

int worker_start(struct worker *w, struct plane *plane, enum worker_kind kind, unsigned lane)
{
	int err;

	*w = (struct worker){ .plane = plane, .kind = kind, .lane = lane, .epoll_fd = -1, .wake_fd = -1 };
	err = make_state(w);
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
	outbound_free(w->out);
	inbound_free(w->in);
	engine_free(w->engine);
	*w = (struct worker){ .epoll_fd = -1, .wake_fd = -1 };
}

int worker_watch(struct worker *w, int fd, uint64_t token)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = token };

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

int worker_watch_tun(struct worker *w, int fd, uint32_t tunnel)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.u64 = tunnel };

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &e) ? -errno : 0;
}

void worker_look_again(struct worker *w, int fd, uint32_t tunnel)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.u64 = tunnel };

	epoll_ctl(w->epoll_fd, EPOLL_CTL_MOD, fd, &e);
}

void worker_forget(struct worker *w, int fd)
{
	epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}
