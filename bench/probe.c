/*
 * What the loop around ESP costs without ESP: packets go from a TUN device to a peer's and back through the parts that
 * the data plane is made of (esp/segment.h, esp/coalesce.h, netif/wire.h, netif/xdp.h), one thread each way, with an SPI and
 * a number in front of them and nothing else. No SA, no crypto, no window, no selectors, no counters: a yardstick for bench/forward,
 * never a tunnel to use.
 *
 *	probe -d DEVICE -l LOCAL -r REMOTE -t udp|esp|xdp -i INTERFACE
 *
 * DEVICE is made, down; LOCAL and REMOTE are addresses of one family; INTERFACE: of AF_XDP. Runs until it is killed.
 */
#include "base/addr.h"
#include "esp/coalesce.h"
#include "esp/inner.h"
#include "esp/segment.h"
#include "netif/tun.h"
#include "netif/wire.h"
#include "netif/xdp.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPI          0x1001
#define HEAD_OCTETS  8 /* SPI and number */
#define FRAME_OCTETS 2048
#define BATCH        NETIF_WIRE_BATCH

struct probe {
	const char *device, *interface, *transport;
	struct ip_addr local, remote;
	struct netif_tun tun;
	struct netif_wire *wire;
	struct netif_xdp *xdp; /* NULL: all goes over the socket */
	struct netif_hop hop;
	uint16_t port;
};

_Noreturn static void die(const char *what, int rc)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(-rc));
	exit(EXIT_FAILURE);
}

/* --- out --- */

struct out {
	const struct probe *p;
	uint8_t *arena;
	struct netif_esp_packet packets[BATCH];
	unsigned count;
	uint32_t number;
};

static void wait_room(const struct probe *p)
{
	struct pollfd f = { .fd = p->xdp ? netif_xdp_fd(p->xdp) : netif_wire_fd(p->wire), .events = POLLOUT };

	poll(&f, 1, 1);
}

static void send_batch(struct out *o)
{
	unsigned done = 0;

	while (done < o->count) {
		struct netif_esp_packet *from = o->packets + done;
		const int rc = o->p->xdp           ? netif_xdp_send(o->p->xdp, &o->p->hop, from, o->count - done)
			       : o->p->hop.ifindex ? netif_wire_send_hop(o->p->wire, &o->p->hop, from, o->count - done)
						   : netif_wire_send(o->p->wire, from, o->count - done);

		if (rc > 0)
			done += (unsigned)rc;
		else if (rc == 0 || rc == -EAGAIN)
			wait_room(o->p);
		else
			done++;
	}
	o->count = 0;
}

static void put(struct out *o, struct segmenter *s, size_t octets)
{
	uint8_t *data = o->arena + (size_t)o->count * FRAME_OCTETS + ESP_HEADROOM;
	const uint32_t head[2] = { htonl(SPI), htonl(++o->number) };

	memcpy(data, head, HEAD_OCTETS);
	segment_next(s, data + HEAD_OCTETS);
	o->packets[o->count++] = (struct netif_esp_packet){
		.src = o->p->local,
		.dst = o->p->remote,
		.data = data,
		.octets = HEAD_OCTETS + octets,
		.df = true,
		.port = o->p->port,
	};
	if (o->count == BATCH)
		send_batch(o);
}

/* One read; false: nothing is there. */
static bool take(struct out *o, uint8_t *room)
{
	const ssize_t got = read(o->p->tun.fd[0], room, SEGMENT_READ_MAX);
	struct segmenter s;
	size_t octets;

	if (got <= 0)
		return false;
	if (!segment_begin(&s, room, (size_t)got))
		return true;
	while ((octets = segment_octets(&s)) && octets <= FRAME_OCTETS - ESP_HEADROOM - HEAD_OCTETS)
		put(o, &s, octets);
	return true;
}

static void *outbound(void *ctx)
{
	const struct probe *p = ctx;
	struct out *o = calloc(1, sizeof(*o));
	uint8_t *room = malloc(SEGMENT_READ_MAX);
	struct pollfd readable = { .fd = p->tun.fd[0], .events = POLLIN };

	if (!o || !room)
		die("memory", -ENOMEM);
	o->p = p;
	o->arena = mmap(NULL, BATCH * FRAME_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (o->arena == MAP_FAILED)
		die("memory", -errno);
	for (;;) {
		while (o->count <= BATCH / 2 && take(o, room))
			;
		if (o->count)
			send_batch(o);
		else
			poll(&readable, 1, -1);
	}
	return NULL;
}

/* --- in --- */

static bool write_device(void *ctx, int fd, const struct iovec *iov, unsigned parts)
{
	(void)ctx;
	return writev(fd, iov, (int)parts) >= 0;
}

static void refused(void *ctx, unsigned packet)
{
	(void)ctx;
	(void)packet;
}

static void deliver(const struct probe *p, struct coalescer *c, struct netif_esp_packet *packets, int count)
{
	const struct coalesce_ops ops = { write_device, refused, NULL };
	const struct coalesce_device device = { p->tun.fd[0], p->tun.uso };
	unsigned added = 0;

	for (int i = 0; i < count; i++) {
		struct netif_esp_packet *e = &packets[i];
		struct inner ip;

		if (e->octets <= HEAD_OCTETS || !inner_read(e->data + HEAD_OCTETS, e->octets - HEAD_OCTETS, &ip))
			continue;
		coalesce_add(c, &device, e->data + HEAD_OCTETS, ip.octets);
		if (++added == ESP_BATCH) {
			coalesce_flush(c, &ops);
			added = 0;
		}
	}
	if (added)
		coalesce_flush(c, &ops);
}

static void *inbound(void *ctx)
{
	struct probe *p = ctx;
	struct coalescer *c = coalesce_new();
	struct netif_esp_packet *packets = calloc(BATCH, sizeof(*packets));
	struct pollfd f[2] = { { .fd = netif_wire_fd(p->wire), .events = POLLIN },
			       { .fd = p->xdp ? netif_xdp_fd(p->xdp) : -1, .events = POLLIN } };

	if (!c || !packets)
		die("memory", -ENOMEM);
	for (;;) {
		int got;

		poll(f, 2, -1);
		while (p->xdp && (got = netif_xdp_recv(p->xdp, packets, BATCH)) > 0)
			deliver(p, c, packets, got);
		if (f[0].revents & POLLERR) {
			struct netif_esp_error e[8];
			bool more = true;

			while (more)
				netif_wire_errors(p->wire, e, 8, &more);
		}
		while ((got = netif_wire_recv(p->wire, packets, BATCH)) > 0)
			deliver(p, c, packets, got);
	}
	return NULL;
}

/* --- start --- */

static void find_hop(struct probe *p)
{
	struct netif *n = netif_new();
	int ifindex = 0, rc;

	if (!n)
		die("netlink", -errno);
	rc = netif_hop_find(n, &p->remote, &p->local, &ifindex, &p->hop);
	if (rc)
		die("next hop", rc);
	netif_free(n);
}

static void open_xdp(struct probe *p)
{
	char why[NETIF_XDP_WHY] = "";
	int rc = netif_xdp_open((int)if_nametoindex(p->interface), &p->xdp, why);
	if (rc) {
		fprintf(stderr, "probe: AF_XDP: %s\n", why);
		exit(EXIT_FAILURE);
	}
	rc = netif_xdp_peer_add(p->xdp, &p->local, &p->remote);
	if (rc)
		die("peer", rc);
}

static bool parse(struct probe *p, int argc, char **argv)
{
	bool good = true;
	int c;

	p->device = p->transport = p->interface = "";
	while ((c = getopt(argc, argv, "d:l:r:t:i:")) != -1) {
		if (c == 'd')
			p->device = optarg;
		else if (c == 'l')
			good = good && ip_parse(optarg, &p->local);
		else if (c == 'r')
			good = good && ip_parse(optarg, &p->remote);
		else if (c == 't')
			p->transport = optarg;
		else if (c == 'i')
			p->interface = optarg;
		else
			return false;
	}
	if (!strcmp(p->transport, "udp"))
		p->port = ESP_UDP_PORT;
	else if (strcmp(p->transport, "esp") && strcmp(p->transport, "xdp"))
		return false;
	return good && p->local.family && p->local.family == p->remote.family;
}

int main(int argc, char **argv)
{
	static struct probe p;
	pthread_t in;
	int rc;

	if (!parse(&p, argc, argv)) {
		fprintf(stderr, "usage: probe -d DEVICE -l LOCAL -r REMOTE -t udp|esp|xdp -i INTERFACE\n");
		return 2;
	}
	rc = netif_tun_create(p.device, 1, &p.tun);
	if (rc)
		die(p.device, rc);
	rc = netif_wire_open(&(struct netif_wire_options){ .family = p.local.family, .port = p.port, .workers = 1 },
			     &p.wire);
	if (rc)
		die("socket", rc);
	if (!p.port)
		find_hop(&p);
	if (!strcmp(p.transport, "xdp"))
		open_xdp(&p);
	rc = pthread_create(&in, NULL, inbound, &p);
	if (rc)
		die("thread", -rc);
	outbound(&p);
	return EXIT_SUCCESS;
}
