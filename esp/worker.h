/*
 * The two threads that move packets. The outbound worker reads TUN devices and sends ESP, and IKE on the UDP port; the
 * inbound worker reads ESP and UDP sockets and writes to TUN devices. So each direction of an SA has one writer.
 *
 * A worker sleeps in epoll_wait() outside its turn (esp/table.h). Inside it handles one batch per ready descriptor:
 * no lock, no allocation, no log line.
 */
#ifndef ESP_WORKER_H
#define ESP_WORKER_H

#include "esp/engine.h"
#include "esp/events.h"
#include "esp/io.h"
#include "esp/packet.h"
#include "esp/table.h"
#include "esp/udp.h"

#include <pthread.h>

enum worker_kind { WORKER_OUTBOUND, WORKER_INBOUND, WORKER_KINDS };
_Static_assert(WORKER_KINDS == TABLE_READERS, "every worker reads the table");
_Static_assert(ESP_BATCH <= NETIF_BATCH, "a batch goes out in one call");

/* What the workers share with control. */
struct plane {
	const struct esp_io *io;
	struct esp_sockets sockets;
	struct ike_pair ike;
	OSSL_LIB_CTX *lib;
	struct engines *engines;
	struct published published;
	struct event_queue events;
	_Atomic bool stopping;
};

struct worker {
	struct plane *plane;
	enum worker_kind kind;
	unsigned lane; /* of all SAs, this worker's */
	struct engine *engine;
	pthread_t thread;
	bool running;
	int epoll_fd, wake_fd;
	uint64_t now_ms; /* at the top of the turn */
	struct limit event_limits[EVENT_KINDS], icmp_limit;
	uint8_t *slots; /* one mapping; pages are touched as packets need them */
	struct esp_packet packets[ESP_BATCH];
};

/* ESP_BATCH of them, and one to spare: for a packet that is being cut into fragments. */
static inline uint8_t *worker_slot(const struct worker *w, unsigned i)
{
	return w->slots + (size_t)i * ESP_SLOT_OCTETS;
}

/* Tokens of epoll: a tunnel's id for a TUN, these for the rest; of the sockets IPv4's and IPv6's. */
#define WORKER_WAKE   (UINT64_C(1) << 32)
#define WORKER_IKE    (UINT64_C(2) << 32)
#define WORKER_ESP(k) ((UINT64_C(3) + (k)) << 32)
#define WORKER_UDP(k) ((UINT64_C(5) + (k)) << 32)

int worker_start(struct worker *w, struct plane *plane, enum worker_kind kind); /* 0 or -errno */
void worker_stop(struct worker *w); /* plane->stopping is set; returns when the thread has ended */

/* Control: watch or forget a descriptor. 0 or -errno. */
int worker_watch(struct worker *w, int fd, uint64_t token);
void worker_forget(struct worker *w, int fd);

/* In the worker's thread: one batch. */
void outbound_turn(struct worker *w, const struct table *t, uint32_t tunnel);
void inbound_turn(struct worker *w, const struct table *t, unsigned family, bool udp);
/* ICMP errors that wait on a socket. */
void errors_turn(struct worker *w, const struct table *t, unsigned family, bool udp);
/* Sends what control wants sent on the UDP sockets. False: that was all. */
bool ike_turn(struct worker *w);

/* Counts a drop against the SA (or NULL) and the tunnel. */
void worker_drop(struct tally *sa, struct tally *tunnel, enum esp_drop why);
/* Counts a good packet of `octets`. */
void worker_count(struct worker *w, struct tally *sa, struct tally *tunnel, size_t octets);
/* Tells control, unless there were enough of this kind in this second. */
void worker_event(struct worker *w, const struct esp_event *e);
/* The first packet and the volume of an SA, each told once; again only if the queue had no room. */
void worker_tell_use(struct worker *w, struct sa *sa);
bool worker_tun_write(int fd, const uint8_t *data, size_t octets);
/* errno of a read says that the descriptor will never work again. */
bool worker_fd_is_dead(int error);

#endif
