/*
 * The threads that move packets (doc/esp.md). An outbound worker reads its queue of every TUN device and sends ESP, and the
 * first one IKE on the UDP port; an inbound worker reads its ESP and UDP sockets, the first one AF_XDP too, and writes to its
 * queue of the TUN devices.
 *
 * A worker sleeps in epoll_wait() outside its turn (esp/table.h). Inside it handles what is ready, a batch at a time: no
 * lock, no allocation (but an SA's contexts of OpenSSL, once), no log line.
 */
#ifndef ESP_WORKER_H
#define ESP_WORKER_H

#include "esp/engine.h"
#include "esp/events.h"
#include "esp/io.h"
#include "esp/packet.h"
#include "esp/stage.h"
#include "esp/table.h"
#include "esp/udp.h"

#include <pthread.h>

#define WORKER_XDP_MAX 8

enum worker_kind { WORKER_OUTBOUND, WORKER_INBOUND, WORKER_KINDS };
_Static_assert(WORKER_KINDS *NETIF_WORKERS_MAX == TABLE_READERS, "every worker reads the table");
_Static_assert(ESP_BATCH <= NETIF_WIRE_BATCH, "a batch goes out in one call");

/* What the workers share with control. */
struct plane {
	const struct esp_io *io;
	struct esp_config config;
	struct ike_pair ike, ike_first; /* control puts nothing into the second */
	OSSL_LIB_CTX *lib;
	struct engines *engines;
	struct published published;
	struct event_queue events;
	_Atomic(struct netif_xdp *) xdp[WORKER_XDP_MAX]; /* to receive from, and to push */
	_Atomic bool stopping, measuring;
};

struct outbound;
struct inbound;

struct worker {
	struct plane *plane;
	enum worker_kind kind;
	unsigned lane; /* its number in its direction */
	pthread_t thread;
	bool running;
	int epoll_fd, wake_fd;
	bool xdp_left;   /* by what this one sent: to be pushed */
	uint64_t now_ms; /* at the top of the turn */
	struct limit event_limits[EVENT_KINDS], icmp_limit;
	struct engine *engine;
	struct stage_clock clock;
	struct tally strays;  /* inbound: drops that no tunnel counts */
	struct outbound *out; /* the one of its kind */
	struct inbound *in;
};

/* Tokens of epoll: a tunnel's id for a TUN, these for the rest; of the sockets IPv4's and IPv6's. */
#define WORKER_WAKE   (UINT64_C(1) << 32)
#define WORKER_IKE    (UINT64_C(2) << 32)
#define WORKER_ESP(k) ((UINT64_C(3) + (k)) << 32)
#define WORKER_UDP(k) ((UINT64_C(5) + (k)) << 32)
#define WORKER_XDP(k) ((UINT64_C(7) + (k)) << 32)

int worker_start(struct worker *w, struct plane *plane, enum worker_kind kind, unsigned lane); /* 0 or -errno */
void worker_stop(struct worker *w); /* plane->stopping is set; returns when the thread has ended */

/* Control: watch or forget a descriptor. 0 or -errno. */
int worker_watch(struct worker *w, int fd, uint64_t token);
/* Is told of once, when something comes: outbound_turn() reads until nothing is left, and then none of many need be asked again. */
int worker_watch_tun(struct worker *w, int fd, uint32_t tunnel);
/* Also in the worker's thread: what is left in there is told of again. */
void worker_look_again(struct worker *w, int fd, uint32_t tunnel);
void worker_forget(struct worker *w, int fd);

/* --- in the worker's thread ---- */

struct outbound *outbound_new(void); /* NULL with errno */
void outbound_free(struct outbound *o);
struct inbound *inbound_new(void);
void inbound_free(struct inbound *i);

/* What waits in the TUN device of this tunnel, up to a batch; it goes with outbound_flush() at the latest. */
void outbound_turn(struct worker *w, const struct table *t, uint32_t tunnel);
/* Asks the cache for what outbound_turn() will use; table_fetch_tunnel() went before. */
void outbound_fetch(const struct worker *w, const struct table *t, uint32_t tunnel);
/* Encrypts and sends what outbound_turn() took. */
void outbound_flush(struct worker *w);
/* What one receive brought: a batch, or more of UDP_GRO. family: 4 or 6 */
void inbound_turn(struct worker *w, const struct table *t, unsigned family, bool udp);
void inbound_xdp_turn(struct worker *w, const struct table *t, unsigned at);
/* ICMP errors that wait on a socket. */
void errors_turn(struct worker *w, const struct table *t, unsigned family, bool udp);
/* Sends what control wants sent on the UDP sockets. False: that was all. */
bool ike_turn(struct worker *w);

/* The worker's socket, or NULL. */
struct netif_wire *worker_wire(const struct worker *w, unsigned family, bool udp);
/* The counters of a tunnel or an SA that are this worker's. */
static inline struct tally *worker_out_tally(const struct worker *w, const struct table_tunnel *t)
{
	return &t->run[w->lane].out;
}

static inline struct tally *worker_in_tally(const struct worker *w, const struct table_tunnel *t)
{
	return &t->run[w->lane].in;
}

/* Counts drops against the SA (or NULL) and the tunnel. */
void worker_drop(struct tally *sa, struct tally *tunnel, enum esp_drop why, unsigned count);
/* Counts good packets and their octets. */
void worker_count(const struct worker *w, struct tally *t, unsigned packets, size_t octets);
/* Tells control, unless there were enough of this kind in this second. */
void worker_event(struct worker *w, const struct esp_event *e);
/* The first packet and the volume of an SA, each told once; again only if the queue had no room. */
void worker_tell_use(struct worker *w, struct sa *sa);
/* errno of a read says that the descriptor will never work again. */
bool worker_fd_is_dead(int error);

#endif
