/* A capture of real packets, on the loopback of a namespace: who reads a buffer while it is removed and made again. */
#define _GNU_SOURCE /* unshare */
#include "router/capture.h"
#include "tests/unit/netns.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#define WAIT_MS 10000

static void make(struct capture *c, unsigned snap, int ifindex)
{
	const struct capture_settings s = { .kb = CAPTURE_KB_MIN, .snap = snap, .circular = true };

	CU_ASSERT_EQUAL_FATAL(capture_buffer_set(c, "B", &s), 0);
	CU_ASSERT_EQUAL_FATAL(capture_associate(c, "P", "B"), 0);
	CU_ASSERT_EQUAL_FATAL(capture_start(c, "P", ifindex), 0);
}

/* To a socket that takes them, so that nothing answers. */
static void send_packets(unsigned count, size_t octets)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t data[2048];

	CU_ASSERT_TRUE_FATAL(fd >= 0 && octets <= sizeof(data));
	CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&to, &size), 0);
	memset(data, 0xff, sizeof(data));
	while (count--)
		CU_ASSERT_EQUAL(sendto(fd, data, octets, 0, (const struct sockaddr *)&to, sizeof(to)), (ssize_t)octets);
	close(fd);
}

/* Until the buffer holds so many. */
static struct capture_buffer await(struct capture *c, size_t packets)
{
	struct capture_buffer b[CAPTURE_BUFFERS];

	for (int ms = 0; ms < WAIT_MS; ms++) {
		CU_ASSERT_EQUAL_FATAL(capture_buffers(c, b), 1);
		if (b[0].packets >= packets)
			return b[0];
		poll(NULL, 0, 1);
	}
	CU_FAIL_FATAL("the packets did not come");
	return b[0];
}

static void no_time(void *ctx, struct timespec *out)
{
	(void)ctx;
	*out = (struct timespec){ 0 };
}

static void a_reader_outlives_the_buffer(void)
{
	struct netif *n = netns_fresh();
	struct logger *log = logger_new(no_time, NULL);
	struct capture *c = capture_new(log);
	struct capture_point p = { .name = "P", .ifname = "Loopback0", .family = 4, .in = true };
	struct capture_buffer b;
	struct capture_packet packet;
	uint8_t data[CAPTURE_SNAP_MAX];
	uint64_t at;
	unsigned read = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL_FATAL(capture_point_add(c, &p), 0);
	make(c, CAPTURE_SNAP_MIN, lo_index(n));
	send_packets(3, 10);
	b = await(c, 3);
	at = b.begin;
	CU_ASSERT_TRUE_FATAL(capture_next(c, "B", &at, &packet, data));
	CU_ASSERT_EQUAL(packet.octets, 14 + 20 + 8 + 10);
	/* the same name, packets of another size: the reader's place lies inside one */
	CU_ASSERT_EQUAL_FATAL(capture_stop(c, "P"), 0);
	CU_ASSERT_EQUAL_FATAL(capture_buffer_remove(c, "B"), 0);
	CU_ASSERT_FALSE(capture_next(c, "B", &at, &packet, data));
	make(c, 1500, lo_index(n));
	send_packets(2, 1000);
	b = await(c, 2);
	CU_ASSERT_TRUE_FATAL(at <= b.begin);
	for (; capture_next(c, "B", &at, &packet, data); read++) {
		CU_ASSERT_EQUAL(packet.octets, 14 + 20 + 8 + 1000);
		CU_ASSERT_EQUAL(packet.kept, packet.octets);
	}
	CU_ASSERT_EQUAL(read, 2);
	capture_free(c);
	logger_free(log);
	netif_free(n);
}

static const struct unit_test tests[] = {
	{ "who reads outlives the buffer", a_reader_outlives_the_buffer },
};

NETNS_MAIN("capture_live", tests)
