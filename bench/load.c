/*
 * The traffic of bench/forward: UDP at a given rate and many TCP streams, to one address or spread over many. iperf3 has
 * no packet rate below its timer's grain and one address only.
 *
 *	load receive PORT [SECONDS]           takes UDP and TCP on PORT. Says "ready"; then answers each line of its
 *	                                      input with what came since the last one: UDP packets, TCP octets. It ends with
 *	                                      its input, or when it was not asked for so long
 *	load udp PORT OCTETS RATE SECONDS     sends so many packets a second (0: as many as go) of so many octets of
 *	                                      payload; says packets and seconds
 *	load tcp PORT STREAMS SECONDS         connects the streams, says "go", sends, and says seconds. All send at once, or, of
 *	                                      more than AT_ONCE, so many: CHUNK octets each, then it is another's turn
 *
 * The senders read addresses from their input, one a line, and take them in turn: a TCP stream each, of UDP packets up to
 * UDP_BURST in a row, which is what one system call takes. Each address has a socket of its own, so that many cost the
 * sender what one does. Nothing sends longer than TIME_MAX_S, or receives so long without being asked.
 */
#define _GNU_SOURCE /* sendmmsg, recvmmsg, accept4 */
#include "base/addr.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define UDP_BURST   32
#define UDP_MAX     2048
#define ADDRESSES   4096
#define STREAMS     4096
#define TCP_OCTETS  (128 * 1024)
#define RCV_BUFFER  (16 << 20)
#define TIME_MAX_S  600
#define PACE_NS     50000 /* a sender that is ahead of its rate sleeps so long: the grain of its bursts */
#define CONNECT_MAX 15    /* seconds */
/* A thousand streams that all send have less than a packet each under way, and measure timeouts. */
#define AT_ONCE 32
#define CHUNK   65536

struct addresses {
	struct ip_addr at[ADDRESSES];
	unsigned count;
};

static int die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static double now_s(void)
{
	return (double)clock_ns() / 1e9;
}

static bool read_addresses(struct addresses *a)
{
	char line[128];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (a->count == ADDRESSES || !ip_parse(line, &a->at[a->count])) {
			fprintf(stderr, "load: no address, or one too many: %s\n", line);
			return false;
		}
		a->count++;
	}
	return a->count > 0;
}

/* A thousand streams need a thousand descriptors. */
static void raise_limits(void)
{
	struct rlimit r;

	if (!getrlimit(RLIMIT_NOFILE, &r)) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* Connected, or (TCP) under way. -1 with errno. */
static int open_to(const struct ip_addr *to, uint16_t port, int type)
{
	struct sockaddr_storage ss;
	const socklen_t octets = ip_to_sockaddr(to, port, 0, &ss);
	const int fd = socket(to->family == 6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
	const struct linger reset = { 1, 0 }; /* what a stream has queued goes with it, and is no load any more */

	if (fd >= 0 && (type & ~SOCK_NONBLOCK) == SOCK_STREAM &&
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset))) {
		close(fd);
		return -1;
	}
	if (fd >= 0 && connect(fd, (struct sockaddr *)&ss, octets) && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/* --- receive --- */

struct receiver {
	int epoll, udp, listener;
	unsigned long long packets, octets;
	uint32_t begun[STREAMS + 64]; /* by descriptor: of a stream's chunk that is not whole yet */
	double asked_s;               /* when it was asked last */
	bool end;
};

static int open_receiver(uint16_t port, int type)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int off = 0, on = 1, buffer = RCV_BUFFER;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* of TCP the kernel chooses */
	if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) || (type == SOCK_STREAM && listen(fd, STREAMS))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void watch(const struct receiver *r, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e);
}

static void take_udp(struct receiver *r)
{
	static uint8_t data[UDP_BURST][UDP_MAX];
	struct iovec iov[UDP_BURST];
	struct mmsghdr m[UDP_BURST];
	int got;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < UDP_BURST; i++) {
		iov[i] = (struct iovec){ data[i], UDP_MAX };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	/* the other sockets get their turn, too */
	for (unsigned turn = 0; turn < 16 && (got = recvmmsg(r->udp, m, UDP_BURST, 0, NULL)) > 0; turn++)
		r->packets += (unsigned)got;
}

/* Each whole chunk is confirmed with an octet. */
static void take_tcp(struct receiver *r, int fd)
{
	static uint8_t data[TCP_OCTETS];
	const ssize_t got = read(fd, data, sizeof(data));
	size_t octets;

	if (got <= 0) {
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			close(fd);
		return;
	}
	r->octets += (size_t)got;
	for (octets = r->begun[fd] + (size_t)got; octets >= CHUNK; octets -= CHUNK)
		(void)!send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	r->begun[fd] = (uint32_t)octets;
}

static void take_stream(struct receiver *r, int fd)
{
	if ((size_t)fd >= sizeof(r->begun) / sizeof(r->begun[0])) {
		close(fd);
		return;
	}
	r->begun[fd] = 0;
	watch(r, fd);
}

static void answer(struct receiver *r)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin)) {
		r->end = true;
		return;
	}
	r->asked_s = now_s();
	take_udp(r);
	printf("%llu %llu\n", r->packets, r->octets);
	fflush(stdout);
	r->packets = r->octets = 0;
}

static int receive(uint16_t port, double seconds)
{
	static struct receiver r;
	struct epoll_event e[64];
	int fd;

	r.epoll = epoll_create1(EPOLL_CLOEXEC);
	r.udp = open_receiver(port, SOCK_DGRAM);
	r.listener = open_receiver(port, SOCK_STREAM);
	if (r.epoll < 0 || r.udp < 0 || r.listener < 0)
		return die("receive");
	watch(&r, STDIN_FILENO);
	watch(&r, r.udp);
	watch(&r, r.listener);
	setvbuf(stdin, NULL, _IONBF, 0); /* epoll knows nothing of what stdio has read already */
	puts("ready");
	fflush(stdout);
	r.asked_s = now_s();
	while (!r.end && now_s() - r.asked_s < seconds) {
		const int n = epoll_wait(r.epoll, e, 64, 1000);

		for (int i = 0; i < n; i++) {
			if (e[i].data.fd == STDIN_FILENO)
				answer(&r);
			else if (e[i].data.fd == r.udp)
				take_udp(&r);
			else if (e[i].data.fd != r.listener)
				take_tcp(&r, e[i].data.fd);
			else
				while ((fd = accept4(r.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
					take_stream(&r, fd);
		}
	}
	return EXIT_SUCCESS;
}

/* --- send --- */

static int send_udp(const struct addresses *a, uint16_t port, size_t octets, double rate, double seconds)
{
	static uint8_t data[UDP_MAX];
	static int fd[ADDRESSES];
	struct iovec iov = { data, octets };
	struct mmsghdr m[UDP_BURST];
	unsigned long long sent = 0;
	unsigned turn = 0;
	double begin, t;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < UDP_BURST; i++) {
		m[i].msg_hdr.msg_iov = &iov;
		m[i].msg_hdr.msg_iovlen = 1;
	}
	for (unsigned i = 0; i < a->count; i++) {
		fd[i] = open_to(&a->at[i], port, SOCK_DGRAM);
		if (fd[i] < 0)
			return die("connect");
	}
	prctl(PR_SET_TIMERSLACK, 1000UL);
	for (begin = t = now_s(); t - begin < seconds; t = now_s()) {
		const double due = rate > 0 ? (t - begin) * rate - (double)sent : UDP_BURST;
		int n;

		if (due < 1 || (due < UDP_BURST && due < rate * PACE_NS / 1e9)) {
			nanosleep(&(struct timespec){ 0, PACE_NS }, NULL);
			continue;
		}
		n = sendmmsg(fd[turn], m, due < UDP_BURST ? (unsigned)due : UDP_BURST, 0);
		turn = (turn + 1) % a->count;
		if (n > 0)
			sent += (unsigned)n;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED)
			return die("send");
	}
	printf("%llu %.4f\n", sent, t - begin);
	return EXIT_SUCCESS;
}

static struct {
	int fd;
	size_t left; /* of its chunk */
	bool busy;   /* its chunk is not confirmed yet */
} stream[STREAMS];

/* All streams are there, or the time is over. */
static bool connected(unsigned count)
{
	const double end = now_s() + CONNECT_MAX;

	for (unsigned i = 0; i < count; i++) {
		struct pollfd p = { .fd = stream[i].fd, .events = POLLOUT };
		const double left = end - now_s();

		if (left <= 0 || poll(&p, 1, (int)(left * 1000)) != 1 || p.revents & (POLLERR | POLLHUP))
			return false;
	}
	return true;
}

static bool in_turn(unsigned count)
{
	return count > AT_ONCE;
}

static bool connect_all(const struct addresses *a, uint16_t port, unsigned count, int epoll)
{
	for (unsigned i = 0; i < count; i++) {
		/* who sends without end is asked again and again, so that all get their turn */
		struct epoll_event e = { .events = in_turn(count) ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLOUT,
					 .data.u32 = i };

		stream[i].fd = open_to(&a->at[i % a->count], port, SOCK_STREAM | SOCK_NONBLOCK);
		if (stream[i].fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, stream[i].fd, &e))
			return false;
	}
	return connected(count);
}

/* Writes what the socket takes of the stream's chunk; false: the stream is broken. */
static bool push(unsigned i)
{
	static const uint8_t data[CHUNK];

	while (stream[i].left) {
		const ssize_t n = write(stream[i].fd, data, stream[i].left);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		stream[i].left -= (size_t)n;
	}
	return true;
}

static bool begin_chunk(unsigned i)
{
	stream[i].busy = true;
	stream[i].left = CHUNK;
	return push(i);
}

/* What one stream says: room, or that its chunk has come. Then the next one that is idle has its turn. */
static bool handle(const struct epoll_event *e, unsigned count, unsigned *next)
{
	const unsigned i = e->data.u32;
	uint8_t confirmed[64];

	if (e->events & (EPOLLERR | EPOLLHUP) || !push(i))
		return false;
	if (!in_turn(count))
		return begin_chunk(i);
	if (recv(stream[i].fd, confirmed, sizeof(confirmed), MSG_DONTWAIT) <= 0 || stream[i].left)
		return true;
	stream[i].busy = false;
	while (stream[*next].busy)
		*next = (*next + 1) % count;
	return begin_chunk(*next);
}

static int send_tcp(const struct addresses *a, uint16_t port, unsigned count, double seconds)
{
	const int epoll = epoll_create1(EPOLL_CLOEXEC);
	const unsigned at_once = in_turn(count) ? AT_ONCE : count;
	unsigned next = 0;
	struct epoll_event e[64];
	double begin, t;

	if (epoll < 0 || !connect_all(a, port, count, epoll)) {
		fprintf(stderr, "load: not all streams can be connected\n");
		return EXIT_FAILURE;
	}
	puts("go");
	fflush(stdout);
	for (; next < at_once; next++)
		if (!begin_chunk(next))
			return die("write");
	next %= count;
	for (begin = t = now_s(); t - begin < seconds; t = now_s()) {
		const int n = epoll_wait(epoll, e, 64, 100);

		for (int i = 0; i < n; i++)
			if (!handle(&e[i], count, &next))
				return die("stream");
	}
	printf("%.4f\n", t - begin);
	return EXIT_SUCCESS;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: load receive PORT [SECONDS] | udp PORT OCTETS RATE SECONDS | tcp PORT STREAMS SECONDS\n");
	return 2;
}

int main(int argc, char **argv)
{
	static struct addresses a;
	const unsigned long port = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	const double seconds = argc > 3 ? strtod(argv[argc - 1], NULL) : 0;

	if (port == 0 || port > 65535 || seconds < 0 || seconds > TIME_MAX_S)
		return usage();
	raise_limits();
	if (argc <= 4 && !strcmp(argv[1], "receive"))
		return receive((uint16_t)port, argc == 4 ? seconds : TIME_MAX_S);
	if (!read_addresses(&a))
		return 2;
	if (argc == 6 && !strcmp(argv[1], "udp")) {
		const unsigned long octets = strtoul(argv[3], NULL, 10);

		return octets > UDP_MAX ? usage()
					: send_udp(&a, (uint16_t)port, octets, strtod(argv[4], NULL), seconds);
	}
	if (argc == 5 && !strcmp(argv[1], "tcp")) {
		const unsigned long count = strtoul(argv[3], NULL, 10);

		return !count || count > STREAMS ? usage() : send_tcp(&a, (uint16_t)port, (unsigned)count, seconds);
	}
	return usage();
}
