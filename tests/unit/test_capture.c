/* Capture buffers: their bounds, linear and circular; pcapng as it is laid out; monitor capture as it is typed and shown. */
#include "base/buf.h"
#include "router/capture_ring.h"
#include "shell/capture_export.h"
#include "shell/commands_show.h"
#include "shell/pcapng.h"
#include "shell/print_capture.h"
#include "tests/unit/shell_rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- the memory ---- */

static struct capture_packet packet(unsigned n, size_t kept)
{
	return (struct capture_packet){
		.at = { (time_t)n, 7 }, .out = n & 1, .family = 4, .octets = kept + n, .kept = kept
	};
}

static void fill(uint8_t *data, unsigned n, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		data[i] = (uint8_t)(n * 31 + i);
}

/* What is in it, from the first on: numbers without a gap up to `last`. */
static void holds(const struct capture_ring *g, unsigned first, unsigned last, size_t kept)
{
	uint8_t data[CAPTURE_SNAP_MAX], want[CAPTURE_SNAP_MAX];
	struct capture_packet p;
	uint64_t at = g->begin;

	CU_ASSERT_EQUAL(g->packets, last - first + 1);
	for (unsigned n = first; n <= last; n++) {
		CU_ASSERT_TRUE_FATAL(capture_ring_get(g, &at, &p, data));
		fill(want, n, kept);
		CU_ASSERT_EQUAL(p.at.tv_sec, (time_t)n);
		CU_ASSERT_EQUAL(p.octets, kept + n);
		CU_ASSERT_EQUAL(p.out, n & 1);
		CU_ASSERT_EQUAL_FATAL(p.kept, kept);
		CU_ASSERT_EQUAL(memcmp(data, want, kept), 0);
	}
	CU_ASSERT_FALSE(capture_ring_get(g, &at, &p, data));
	CU_ASSERT_TRUE(g->end - g->begin <= g->room);
}

#define ROOM 10000

static void a_linear_buffer_ends(void)
{
	struct capture_ring g = { 0 };
	uint8_t data[CAPTURE_SNAP_MAX];
	unsigned n = 0;
	struct capture_packet p;

	CU_ASSERT_TRUE_FATAL(capture_ring_open(&g, ROOM, false));
	do {
		p = packet(++n, 68);
		fill(data, n, 68);
	} while (capture_ring_put(&g, &p, data));
	CU_ASSERT_EQUAL(n - 1, ROOM / (sizeof(p) + 68));
	holds(&g, 1, n - 1, 68);
	capture_ring_clear(&g);
	CU_ASSERT_EQUAL(g.packets, 0);
	CU_ASSERT_TRUE(capture_ring_put(&g, &p, data));
	holds(&g, n, n, 68);
	capture_ring_close(&g);
}

static void a_circular_buffer_goes_on(void)
{
	struct capture_ring g = { 0 };
	uint8_t data[CAPTURE_SNAP_MAX];
	uint64_t old;
	struct capture_packet p;
	const unsigned fit = (unsigned)(ROOM / (sizeof(p) + 333));

	CU_ASSERT_TRUE_FATAL(capture_ring_open(&g, ROOM, true));
	old = g.begin;
	for (unsigned n = 1; n <= 1000; n++) {
		p = packet(n, 333);
		fill(data, n, 333);
		CU_ASSERT_TRUE(capture_ring_put(&g, &p, data));
		if (n >= fit)
			holds(&g, n - fit + 1, n, 333);
	}
	/* a reader whom it has overtaken goes on with the oldest that is there */
	CU_ASSERT_TRUE(capture_ring_get(&g, &old, &p, data));
	CU_ASSERT_EQUAL(p.at.tv_sec, (time_t)(1000 - fit + 1));
	/* one that can never fit */
	p = packet(1, CAPTURE_SNAP_MAX + 1);
	CU_ASSERT_FALSE(capture_ring_put(&g, &p, data));
	capture_ring_close(&g);
}

/* --- pcapng ---- */

static void block_is(struct rd *r, uint32_t type, struct rd *body)
{
	const uint32_t found = rd_u32(r), octets = rd_u32(r);

	CU_ASSERT_EQUAL(found, type);
	CU_ASSERT_EQUAL_FATAL(octets % 4, 0);
	CU_ASSERT_TRUE_FATAL(octets >= 12);
	*body = rd_sub(r, octets - 12);
	CU_ASSERT_EQUAL(rd_u32(r), octets);
	CU_ASSERT_EQUAL(r->why, RD_OK);
}

static void option_is(struct rd *body, uint16_t code, const void *value, size_t octets)
{
	const uint8_t *p;

	CU_ASSERT_EQUAL(rd_u16(body), code);
	CU_ASSERT_EQUAL_FATAL(rd_u16(body), octets);
	p = rd_take(body, (octets + 3) / 4 * 4);
	CU_ASSERT_TRUE(p && !memcmp(p, value, octets));
}

/* draft-ietf-opsawg-pcapng 4.1, 4.2, 4.3 */
static void blocks(void)
{
	const struct timespec at = { 1700000000, 123456789 };
	const uint64_t ns = UINT64_C(1700000000123456789);
	uint8_t file[400];
	struct wr w = wr_of(file, sizeof(file));
	struct rd r, b;

	pcapng_section(&w, "mainmode");
	pcapng_interface(&w, "Tunnel23", PCAPNG_RAW, 68);
	pcapng_packet(&w, 1, &at, true, (const uint8_t *)"abcde", 5, 1500);
	CU_ASSERT_FALSE_FATAL(w.full);
	r = rd_of(file, wr_octets(&w));
	block_is(&r, 0x0A0D0D0A, &b);
	CU_ASSERT_EQUAL(rd_u32(&b), 0x1A2B3C4D);
	CU_ASSERT_EQUAL(rd_u32(&b), 0x00010000);
	CU_ASSERT_EQUAL(rd_u32(&b), UINT32_MAX);
	CU_ASSERT_EQUAL(rd_u32(&b), UINT32_MAX);
	option_is(&b, 4, "mainmode", 8);
	option_is(&b, 0, "", 0);
	CU_ASSERT_EQUAL(rd_left(&b), 0);
	block_is(&r, 1, &b);
	CU_ASSERT_EQUAL(rd_u16(&b), 101);
	CU_ASSERT_EQUAL(rd_u16(&b), 0);
	CU_ASSERT_EQUAL(rd_u32(&b), 68);
	option_is(&b, 2, "Tunnel23", 8);
	option_is(&b, 9, "\x09", 1);
	option_is(&b, 0, "", 0);
	CU_ASSERT_EQUAL(rd_left(&b), 0);
	block_is(&r, 6, &b);
	CU_ASSERT_EQUAL(rd_u32(&b), 1);
	CU_ASSERT_EQUAL(rd_u32(&b), (uint32_t)(ns >> 32));
	CU_ASSERT_EQUAL(rd_u32(&b), (uint32_t)ns);
	CU_ASSERT_EQUAL(rd_u32(&b), 5);
	CU_ASSERT_EQUAL(rd_u32(&b), 1500);
	CU_ASSERT_EQUAL(memcmp(rd_take(&b, 8), "abcde\0\0\0", 8), 0);
	option_is(&b, 2, "\0\0\0\2", 4);
	option_is(&b, 0, "", 0);
	CU_ASSERT_EQUAL(rd_left(&b), 0);
	CU_ASSERT_EQUAL(rd_left(&r), 0);
}

static void no_room_for_a_block(void)
{
	uint8_t file[60];

	for (size_t octets = 0; octets < sizeof(file); octets++) {
		struct wr w = wr_of(file, octets);

		pcapng_packet(&w, 0, &(struct timespec){ 1, 2 }, false, (const uint8_t *)"abcdefghijkl", 12, 12);
		CU_ASSERT_EQUAL(w.full, octets < 56);
	}
}

/* --- the commands ---- */

/* The rig's router is not one: there is one capture in this program. */
static struct capture *capture;
static int started; /* what starting a point returns */

struct capture *router_capture(struct router *r)
{
	(void)r;
	return capture;
}

int router_capture_start(struct router *r, const char *point)
{
	(void)r;
	(void)point;
	return started;
}

int router_capture_stop(struct router *r, const char *point)
{
	(void)r;
	return capture_stop(capture, point);
}

int router_capture_remove(struct router *r, const char *point)
{
	(void)r;
	return capture_point_remove(capture, point);
}

static struct rig g;

static void begin(void)
{
	rig_open_router(&g, &cmd_capture_table, 1, SESSION_TEST);
	capture = capture_new(g.shell.log);
	started = 0;
	CU_ASSERT_PTR_NOT_NULL_FATAL(capture);
}

static void end(void)
{
	capture_free(capture);
	rig_close(&g);
}

static void type(const char *line)
{
	CU_ASSERT_EQUAL(rig_type(&g, line), SESSION_ACCEPTED);
}

static void parameters(void)
{
	begin();
	type("monitor capture buffer BUF");
	type("mon cap buffer B2 max-size 1518 size 2048 circular");
	type("monitor capture buffer B2 limit packet-count 100 duration 20");
	type("monitor capture point ip cef P1 Ethernet0/0 both");
	type("monitor capture point ipv6 cef P2 tunnel 23 in");
	type("monitor capture point associate P1 B2");
	rig_clear(&g);
	type("show monitor capture buffer all parameters");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show monitor capture buffer all parameters\n"
				  "Capture buffer BUF (linear buffer)\n"
				  "Buffer Size : 1048576 bytes, Max Element Size : 68 bytes, Packets : 0\n"
				  "Allow-nth-pak : 0, Duration : 0 (seconds), Max packets : 0, pps : 0\n"
				  "Associated Capture Points:\n"
				  "Configuration:\n"
				  "monitor capture buffer BUF\n"
				  "Capture buffer B2 (circular buffer)\n"
				  "Buffer Size : 2097152 bytes, Max Element Size : 1518 bytes, Packets : 0\n"
				  "Allow-nth-pak : 0, Duration : 20 (seconds), Max packets : 100, pps : 0\n"
				  "Associated Capture Points:\n"
				  "Name : P1, Status : Inactive\n"
				  "Configuration:\n"
				  "monitor capture buffer B2 size 2048 max-size 1518 circular\n"
				  "monitor capture buffer B2 limit duration 20 packet-count 100\n"
				  "monitor capture point associate P1 B2\n"));
	rig_clear(&g);
	type("show monitor capture point all");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show monitor capture point all\n"
				  "Status Information for Capture Point P1\n"
				  "IPv4 CEF\n"
				  "Switch Path: IPv4 CEF            , Capture Buffer: B2\n"
				  "Status : Inactive\n"
				  "\n"
				  "Configuration:\n"
				  "monitor capture point ip cef P1 Ethernet0/0 both\n"
				  "Status Information for Capture Point P2\n"
				  "IPv6 CEF\n"
				  "Switch Path: IPv6 CEF            , Capture Buffer: None\n"
				  "Status : Inactive\n"
				  "\n"
				  "Configuration:\n"
				  "monitor capture point ipv6 cef P2 Tunnel23 in\n"));
	/* the configuration that it shows makes the same again */
	type("no monitor capture buffer B2");
	type("monitor capture buffer B2 size 2048 max-size 1518 circular");
	type("monitor capture buffer B2 limit duration 20 packet-count 100");
	type("monitor capture point associate P1 B2");
	rig_clear(&g);
	type("show monitor capture buffer B2 parameters");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show monitor capture buffer B2 parameters\n"
				  "Capture buffer B2 (circular buffer)\n"
				  "Buffer Size : 2097152 bytes, Max Element Size : 1518 bytes, Packets : 0\n"
				  "Allow-nth-pak : 0, Duration : 20 (seconds), Max packets : 100, pps : 0\n"
				  "Associated Capture Points:\n"
				  "Name : P1, Status : Inactive\n"
				  "Configuration:\n"
				  "monitor capture buffer B2 size 2048 max-size 1518 circular\n"
				  "monitor capture buffer B2 limit duration 20 packet-count 100\n"
				  "monitor capture point associate P1 B2\n"));
	end();
}

static void rejected(const char *line, const char *said)
{
	char want[512];

	rig_clear(&g);
	CU_ASSERT_EQUAL(rig_type(&g, line), SESSION_REJECTED_LINE);
	snprintf(want, sizeof(want), "R2#%s\n%s", line, said);
	CU_ASSERT_TRUE(rig_is(&g, want));
}

static void refused(void)
{
	begin();
	rejected("show monitor capture buffer BUF parameters", "Capture Buffer BUF does not exist\n");
	rejected("show monitor capture buffer BUF dump", "Capture Buffer BUF does not exist\n");
	rejected("show monitor capture point POINT", "Capture point POINT does not exist\n");
	rejected("monitor capture buffer BUF clear", "Capture Buffer BUF does not exist\n");
	rejected("no monitor capture buffer BUF", "Capture Buffer BUF does not exist\n");
	rejected("monitor capture buffer BUF limit packet-c 3", "Capture Buffer BUF does not exist\n");
	rejected("monitor capture buffer BUF export flash:x", "Capture Buffer BUF does not exist\n");
	rejected("monitor capture point start P", "Capture point P does not exist\n");
	rejected("monitor capture point stop P", "Capture point P does not exist\n");
	rejected("monitor capture point associate P BUF", "Capture point P does not exist\n");
	rejected("no monitor capture point ip cef P Ethernet0/0 both", "Capture point P does not exist\n");
	rejected("monitor capture buffer BUF size 255",
		 "                                   ^\n% Invalid input detected at '^' marker.\n\n");
	rejected("monitor capture buffer BUF filter access-list 1",
		 "                              ^\n% Invalid input detected at '^' marker.\n\n");
	rejected("monitor capture point ip cef P Loopback0 both",
		 "                                  ^\n% Invalid input detected at '^' marker.\n\n");
	type("monitor capture point ip cef P Ethernet0/0 both");
	rejected("monitor capture point ip cef P Ethernet0/0 in", "Capture point P already exists\n");
	rejected("monitor capture point associate P BUF", "Capture Buffer BUF does not exist\n");
	started = -ENXIO;
	rejected("monitor capture point start P", "Capture point P is not associated with a capture buffer\n");
	started = -ENODEV;
	rejected("monitor capture point start all", "Capture point P: Ethernet0/0 is not there\n");
	for (char line[] = "monitor capture buffer 0"; line[23] < '0' + CAPTURE_BUFFERS; line[23]++)
		type(line);
	rejected("monitor capture buffer X", "% No more than 8 capture buffers\n");
	end();
}

/* The capture's own example of `dump`, of another packet. */
static void dump(void)
{
	static const uint8_t data[] = { 0x52, 0x54, 0x00, 0x67, 0xBC, 0x6B, 0x52, 0x54, 0x00,
					0xE7, 0x35, 0x54, 0x08, 0x00, 0x45, 0x00, 0x00, 0x64,
					0x00, 0x00, 0x00, 0x00, 0xFE, 0x01, 0xB6, 0x93, 0x01 };
	struct zone zone = { 0 };
	struct show_packet p = { .zone = &zone,
				 .at = { 1764423346, 19000000 },
				 .ifname = "GigabitEthernet0/0",
				 .packet = { .family = 4, .octets = 114, .kept = sizeof(data) },
				 .data = data };

	begin();
	print_capture_packet(g.session, &p);
	p.data = NULL;
	p.packet.out = true;
	p.packet.family = 6;
	print_capture_packet(g.session, &p);
	CU_ASSERT_TRUE(rig_is(&g, "13:35:46.019 UTC Nov 29 2025 : IPv4 LES CEF    : Gi0/0 None\n"
				  "\n"
				  "0A000000:                   52540067 BC6B5254          RT.g<kRT\n"
				  "0A000010: 00E73554 08004500 00640000 0000FE01  .g5T..E..d....~.\n"
				  "0A000020: B69301                               6..             \n"
				  "\n"
				  "13:35:46.019 UTC Nov 29 2025 : IPv6 LES CEF    : None Gi0/0\n"));
	end();
}

static const struct unit_test tests[] = {
	{ "a linear buffer ends when it is full", a_linear_buffer_ends },
	{ "a circular buffer loses its oldest", a_circular_buffer_goes_on },
	{ "blocks of pcapng", blocks },
	{ "a block that does not fit", no_room_for_a_block },
	{ "parameters are the captures'", parameters },
	{ "what is refused", refused },
	{ "packets are the captures'", dump },
};

UNIT_MAIN("capture", tests)
