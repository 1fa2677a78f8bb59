/*
 * A wire that can be bad: passes Ethernet frames between two interfaces of its namespace, and loses, repeats, delays,
 * reorders or cuts as it is told while it runs.
 *
 *	relay run A B CONTROL SEED PID    until the process PID has ended, or SIGTERM; prints its counters at the end
 *	relay tell CONTROL [WORD...]      gives it a command, prints its answer: the counters
 *
 * Commands; a direction is `a` (frames that came in on A), `b`, or `both`:
 *	loss DIR PERCENT      dup DIR PERCENT       cut DIR on|off
 *	delay DIR MS JITTER   every frame waits MS and up to JITTER more
 *	reorder DIR PERCENT MS    that many frames wait up to MS longer than the others
 *	hold DIR PERCENT FRAMES   that many frames wait until up to FRAMES later ones have come
 *	only DIR esp|all      esp: what is no ESP (native, or in UDP on port 4500) passes, unimpaired and uncounted
 *	seed N                starts the random numbers again
 *	clear                 no impairment (`only` stays); what waits goes at once
 *
 * Each direction draws its own numbers, three for each frame whatever is switched on, so that a seed says what happens
 * to the nth frame. Frames carry the kernel's virtio header along: a checksum that the sender left to its interface
 * stays left to the next one. Whoever joins the namespaces switches segmentation off at both ends (tests/lib.sh), so
 * that a frame is a packet.
 */
#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAME_OCTETS 66000 /* the largest IP packet, its Ethernet and virtio headers */
#define WAITING_MAX  2000  /* frames in a direction's queue; more are dropped and counted */
#define BATCH        64    /* frames read before the other sockets are looked at */
#define VNET_OCTETS  10    /* struct virtio_net_hdr */
#define ESP_PORT     4500

struct frame {
	struct frame *next;
	int64_t due_us;
	uint64_t due_frame; /* or: when so many have come */
	size_t octets;
	uint8_t bytes[];
};

struct counters {
	uint64_t in, out, lost, cut, repeated, delayed, overflowed, refused;
};

struct direction {
	int from, to;
	uint64_t random;
	unsigned loss, dup, reorder, hold; /* percent */
	int64_t delay_us, jitter_us, reorder_us;
	unsigned hold_frames;
	bool cut, only_esp;
	struct frame *waiting; /* by the time they are due; equal times in the order of their arrival */
	struct frame *held;    /* by the number of the frame that they are due with */
	unsigned waits;
	struct counters n;
};

struct relay {
	struct direction dir[2];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* splitmix64: every seed is a good one */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void seed(struct relay *r, uint64_t value)
{
	r->dir[0].random = value * 2;
	r->dir[1].random = value * 2 + 1;
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

static void send_frame(struct direction *d, const uint8_t *bytes, size_t octets)
{
	if (send(d->to, bytes, octets, MSG_DONTWAIT) == (ssize_t)octets)
		d->n.out++;
	else
		d->n.refused++;
}

static void keep(struct direction *d, struct frame **at, const uint8_t *bytes, size_t octets, int64_t due_us,
		 uint64_t due_frame)
{
	struct frame *f;

	if (d->waits >= WAITING_MAX) {
		d->n.overflowed++;
		return;
	}
	if (!(f = malloc(sizeof *f + octets)))
		die("malloc");
	while (*at && (*at)->due_us <= due_us && (*at)->due_frame <= due_frame)
		at = &(*at)->next;
	f->next = *at;
	f->due_us = due_us;
	f->due_frame = due_frame;
	f->octets = octets;
	memcpy(f->bytes, bytes, octets);
	*at = f;
	d->waits++;
}

static void send_due(struct direction *d, struct frame **list, int64_t now, uint64_t frames)
{
	struct frame *f;

	while ((f = *list) && f->due_us <= now && f->due_frame <= frames) {
		send_frame(d, f->bytes, f->octets);
		*list = f->next;
		d->waits--;
		free(f);
	}
}

/* RFC 4303, or RFC 3948 2.1 between its port and any. Of fragments and headers in between nothing is known. */
static bool is_esp(const uint8_t *bytes, size_t octets)
{
	struct rd r = rd_of(bytes, octets);
	uint16_t type, from, to;
	uint8_t first, protocol;

	rd_take(&r, VNET_OCTETS + 2 * ETH_ALEN);
	type = rd_u16(&r);
	first = rd_u8(&r);
	if (type == ETH_P_IP) {
		rd_take(&r, 8);
		protocol = rd_u8(&r);
		rd_take(&r, (size_t)(first & 15) * 4 > 10 ? (size_t)(first & 15) * 4 - 10 : 0);
	} else if (type == ETH_P_IPV6) {
		rd_take(&r, 5);
		protocol = rd_u8(&r);
		rd_take(&r, 33);
	} else {
		return false;
	}
	if (r.why || protocol == IPPROTO_ESP)
		return !r.why;
	from = rd_u16(&r);
	to = rd_u16(&r);
	rd_u32(&r);
	return protocol == IPPROTO_UDP && (from == ESP_PORT || to == ESP_PORT) && rd_u32(&r) != 0 && !r.why;
}

static void pass(struct direction *d, const uint8_t *bytes, size_t octets)
{
	uint64_t fate, wait, later, behind = 0;
	int64_t due = 0;

	if (d->only_esp && !is_esp(bytes, octets)) {
		(void)!send(d->to, bytes, octets, MSG_DONTWAIT);
		return;
	}
	fate = draw(&d->random), wait = draw(&d->random), later = draw(&d->random);
	d->n.in++;
	if (d->cut) {
		d->n.cut++;
		return;
	}
	if (fate % 100 < d->loss) {
		d->n.lost++;
		return;
	}
	if (d->delay_us || d->jitter_us)
		due = d->delay_us + (int64_t)(wait % (uint64_t)(d->jitter_us + 1));
	if ((fate >> 16) % 100 < d->reorder)
		due += 1 + (int64_t)(later % (uint64_t)(d->reorder_us + 1));
	if ((fate >> 48) % 100 < d->hold && d->hold_frames)
		behind = d->n.in + 1 + later % d->hold_frames;
	for (unsigned copies = (fate >> 32) % 100 < d->dup ? 2 : 1; copies; copies--) {
		if (copies == 2)
			d->n.repeated++;
		if (due) {
			d->n.delayed++;
			keep(d, &d->waiting, bytes, octets, (int64_t)clock_us() + due, 0);
		} else if (behind) {
			d->n.delayed++;
			keep(d, &d->held, bytes, octets, 0, behind);
		} else {
			send_frame(d, bytes, octets);
		}
	}
}

static void take(struct direction *d)
{
	static uint8_t frame[FRAME_OCTETS];

	for (int i = 0; i < BATCH; i++) {
		ssize_t n = recv(d->from, frame, sizeof frame, MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0)
			return; /* nothing more, or an interface that is down for now */
		if ((size_t)n <= sizeof frame)
			pass(d, frame, (size_t)n);
		else
			d->n.refused++;
		send_due(d, &d->held, 0, d->n.in);
	}
}

/* --- control ----------------------------------------------------------------------------------------------------- */

/* What the socket had no room for is told once. */
static void count_overflow(struct direction *d)
{
	struct tpacket_stats told = { 0 };
	socklen_t size = sizeof told;

	if (!getsockopt(d->from, SOL_PACKET, PACKET_STATISTICS, &told, &size))
		d->n.overflowed += told.tp_drops;
}

static size_t counters(const struct relay *r, char *out, size_t size)
{
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		const struct counters *c = &r->dir[i].n;

		n += (size_t)snprintf(
			out + n, size - n,
			"%c: in %" PRIu64 " out %" PRIu64 " lost %" PRIu64 " cut %" PRIu64 " repeated %" PRIu64
			" delayed %" PRIu64 " overflowed %" PRIu64 " refused %" PRIu64 "\n",
			'a' + i, c->in, c->out, c->lost, c->cut, c->repeated, c->delayed, c->overflowed, c->refused);
	}
	return n;
}

static void clear(struct direction *d)
{
	d->loss = d->dup = d->reorder = d->hold = 0;
	d->delay_us = d->jitter_us = d->reorder_us = 0;
	d->cut = false;
	send_due(d, &d->held, INT64_MAX, UINT64_MAX);
	send_due(d, &d->waiting, INT64_MAX, UINT64_MAX);
}

static bool command_for(struct direction *d, const char *what, const char *first, unsigned second)
{
	unsigned value = (unsigned)strtoul(first, NULL, 10);

	if (!strcmp(what, "loss"))
		d->loss = value;
	else if (!strcmp(what, "dup"))
		d->dup = value;
	else if (!strcmp(what, "cut"))
		d->cut = !strcmp(first, "on");
	else if (!strcmp(what, "only"))
		d->only_esp = !strcmp(first, "esp");
	else if (!strcmp(what, "delay"))
		d->delay_us = value * INT64_C(1000), d->jitter_us = second * INT64_C(1000);
	else if (!strcmp(what, "reorder"))
		d->reorder = value, d->reorder_us = second * INT64_C(1000);
	else if (!strcmp(what, "hold"))
		d->hold = value, d->hold_frames = second;
	else
		return false;
	return true;
}

static bool command(struct relay *r, const char *line)
{
	char what[16] = "", dir[16] = "", first[24] = "";
	unsigned second = 0;
	int words = sscanf(line, "%15s %15s %23s %u", what, dir, first, &second);
	bool ok = words >= 3 && (!strcmp(dir, "a") || !strcmp(dir, "b") || !strcmp(dir, "both"));

	if (words < 1)
		return true;
	if (words == 2 && !strcmp(what, "seed")) {
		seed(r, strtoull(dir, NULL, 10));
		return true;
	}
	if (words == 1 && !strcmp(what, "clear")) {
		clear(&r->dir[0]);
		clear(&r->dir[1]);
		return true;
	}
	for (int i = 0; ok && i < 2; i++)
		if (!strcmp(dir, "both") || dir[0] == 'a' + i)
			ok = command_for(&r->dir[i], what, first, second);
	return ok;
}

static void answer(struct relay *r, int listener)
{
	int fd = accept(listener, NULL, NULL);
	char text[1024];
	ssize_t n;
	size_t octets;

	if (fd < 0)
		return;
	n = recv(fd, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	count_overflow(&r->dir[0]);
	count_overflow(&r->dir[1]);
	if (command(r, text))
		octets = counters(r, text, sizeof text);
	else
		octets = (size_t)snprintf(text, sizeof text, "not understood\n");
	if (send(fd, text, octets, MSG_NOSIGNAL) < 0)
		perror("answer");
	close(fd);
}

static int control_socket(const char *path, bool listening)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	if (fd < 0)
		die("socket");
	if (listening) {
		unlink(path);
		if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4))
			die(path);
	} else if (connect(fd, (struct sockaddr *)&at, sizeof at)) {
		die(path);
	}
	return fd;
}

static int tell(const char *path, char **words)
{
	char text[1024] = "";
	size_t n = 0;
	int fd = control_socket(path, false);
	ssize_t got = -1;

	for (; *words; words++) {
		n += (size_t)snprintf(text + n, sizeof text - n, "%s ", *words);
		if (n >= sizeof text)
			die("too long");
	}
	if (send(fd, n ? text : " ", n ? n : 1, MSG_NOSIGNAL) >= 0)
		got = recv(fd, text, sizeof text - 1, 0);
	if (got < 0)
		die("tell");
	text[got] = '\0';
	fputs(text, stdout);
	return !strcmp(text, "not understood\n");
}

/* --- the loop ---------------------------------------------------------------------------------------------------- */

static int packet_socket(const char *name)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1, octets = 32 << 20;

	at.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || !at.sll_ifindex || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) ||
	    (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) && /* not in a user namespace */
	     setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof at))
		die(name);
	return fd;
}

static int wait_ms(const struct relay *r)
{
	int64_t now = (int64_t)clock_us(), next = INT64_MAX;

	for (int i = 0; i < 2; i++)
		if (r->dir[i].waiting && r->dir[i].waiting->due_us < next)
			next = r->dir[i].waiting->due_us;
	if (next == INT64_MAX)
		return -1;
	return next <= now ? 0 : (int)((next - now + 999) / 1000);
}

static int run(const char *a, const char *b, const char *path, uint64_t first_seed, pid_t parent)
{
	struct relay r = { 0 };
	sigset_t end;
	char text[1024];

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	r.dir[0].from = r.dir[1].to = packet_socket(a);
	r.dir[1].from = r.dir[0].to = packet_socket(b);
	seed(&r, first_seed);

	struct pollfd fds[] = { { pidfd_open(parent, 0), POLLIN, 0 },
				{ signalfd(-1, &end, SFD_CLOEXEC), POLLIN, 0 },
				{ control_socket(path, true), POLLIN, 0 },
				{ r.dir[0].from, POLLIN, 0 },
				{ r.dir[1].from, POLLIN, 0 } };

	if (fds[0].fd < 0 || fds[1].fd < 0)
		die("the process that this one ends with");
	while (!(fds[0].revents | fds[1].revents)) {
		if (poll(fds, sizeof fds / sizeof *fds, wait_ms(&r)) < 0 && errno != EINTR)
			die("poll");
		for (int i = 0; i < 2; i++) {
			take(&r.dir[i]);
			send_due(&r.dir[i], &r.dir[i].waiting, (int64_t)clock_us(), 0);
		}
		if (fds[2].revents)
			answer(&r, fds[2].fd);
	}
	clear(&r.dir[0]);
	clear(&r.dir[1]);
	unlink(path);
	counters(&r, text, sizeof text);
	fputs(text, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "run"))
		return run(argv[2], argv[3], argv[4], strtoull(argv[5], NULL, 10), (pid_t)atoi(argv[6]));
	if (argc >= 3 && !strcmp(argv[1], "tell"))
		return tell(argv[2], argv + 3);
	fprintf(stderr, "usage: relay run A B CONTROL SEED PID | relay tell CONTROL [WORD...]\n");
	return 2;
}
