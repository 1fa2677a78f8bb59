/* monitor capture, show monitor capture: IOS's embedded packet capture. */
#define _GNU_SOURCE /* gettid */
#include "shell/capture_export.h"
#include "shell/commands_show.h"
#include "shell/file.h"
#include "shell/print_capture.h"
#include "shell/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct capture *capture_of(struct session *s)
{
	return router_capture(session_router(s));
}

static enum cmd_result no_buffer(struct session *s, const char *name)
{
	session_line(s, "Capture Buffer %s does not exist", name);
	return CMD_REJECTED;
}

static enum cmd_result no_point(struct session *s, const char *name)
{
	session_line(s, "Capture point %s does not exist", name);
	return CMD_REJECTED;
}

/* A name that is too long is refused where it stands. */
static const char *name_of(struct session *s, const struct cmd_match *m, const char *argument)
{
	const char *name = cmd_text(m, argument);

	if (strlen(name) < CONFIG_NAME_SIZE)
		return name;
	session_refuse_at(s, m, argument, 0);
	return NULL;
}

/* --- buffers ---- */

static enum cmd_result buffer_said(struct session *s, const char *name, int rc)
{
	switch (rc) {
	case 0:
		return CMD_OK;
	case -ENOENT:
		return no_buffer(s, name);
	case -EBUSY:
		session_line(s, "Capture Buffer %s is in use by an active capture point", name);
		break;
	case -ENOSPC:
		session_line(s, "%% No more than %d capture buffers", CAPTURE_BUFFERS);
		break;
	default:
		session_line(s, "%% Not enough memory");
	}
	return CMD_REJECTED;
}

static enum cmd_result set_buffer(struct session *s, const struct cmd_match *m)
{
	const char *name = name_of(s, m, "buffer");
	struct capture_settings c;

	if (!name)
		return CMD_REJECTED;
	if (cmd_is_no(m))
		return buffer_said(s, name, capture_buffer_remove(capture_of(s), name));
	capture_buffer_get(capture_of(s), name, &c);
	c.kb = (unsigned)cmd_num(m, "size", c.kb);
	c.snap = (unsigned)cmd_num(m, "max-size", c.snap);
	/* both at once: the last one counts */
	if (cmd_has(m, "circular") || cmd_has(m, "linear"))
		c.circular = cmd_position(m, "circular") > cmd_position(m, "linear");
	return buffer_said(s, name, capture_buffer_set(capture_of(s), name, &c));
}

static enum cmd_result set_limit(struct session *s, const struct cmd_match *m)
{
	const char *name = name_of(s, m, "buffer");
	const bool no = cmd_is_no(m);
	struct capture_settings c;

	if (!name)
		return CMD_REJECTED;
	if (!capture_buffer_get(capture_of(s), name, &c))
		return no_buffer(s, name);
	c.nth = no ? 0 : (unsigned)cmd_num(m, "nth", c.nth);
	c.duration_s = no ? 0 : (unsigned)cmd_num(m, "duration", c.duration_s);
	c.packets = no ? 0 : (unsigned)cmd_num(m, "count", c.packets);
	c.pps = no ? 0 : (unsigned)cmd_num(m, "pps", c.pps);
	return buffer_said(s, name, capture_buffer_set(capture_of(s), name, &c));
}

static enum cmd_result clear_buffer(struct session *s, const struct cmd_match *m)
{
	return buffer_said(s, cmd_text(m, "buffer"), capture_buffer_clear(capture_of(s), cmd_text(m, "buffer")));
}

/* --- points ---- */

static enum cmd_result set_point(struct session *s, const struct cmd_match *m)
{
	const char *name = name_of(s, m, "point");
	struct capture_point p = { .family = (unsigned)cmd_of(m)->arg };
	char canonical[CONFIG_IFNAME_SIZE];
	enum if_type type;
	int way, rc;

	if (!name)
		return CMD_REJECTED;
	if (cmd_is_no(m)) {
		rc = router_capture_remove(session_router(s), name);
		return rc ? no_point(s, name) : CMD_OK;
	}
	if (!ifname_canonical(cmd_text(m, "ifname"), canonical, &type) || type == IF_LOOPBACK ||
	    type == IF_VIRTUAL_TEMPLATE) {
		session_refuse_at(s, m, "ifname", 0);
		return CMD_REJECTED;
	}
	way = (int)cmd_num(m, "way", 0);
	p.in = way & 1;
	p.out = way & 2;
	snprintf(p.name, sizeof(p.name), "%s", name);
	snprintf(p.ifname, sizeof(p.ifname), "%s", canonical);
	rc = capture_point_add(capture_of(s), &p);
	if (rc == -EEXIST)
		session_line(s, "Capture point %s already exists", name);
	else if (rc)
		session_line(s, "%% No more than %d capture points", CAPTURE_POINTS);
	return rc ? CMD_REJECTED : CMD_OK;
}

/* With a buffer, or (disassociate) without. */
static enum cmd_result associate(struct session *s, const struct cmd_match *m)
{
	const char *point = cmd_text(m, "point"), *buffer = cmd_text(m, "buffer");

	switch (capture_associate(capture_of(s), point, buffer)) {
	case 0:
		return CMD_OK;
	case -ENOENT:
		return no_point(s, point);
	case -ENXIO:
		return no_buffer(s, buffer);
	default:
		session_line(s, "Capture point %s is active", point);
		return CMD_REJECTED;
	}
}

static enum cmd_result start_one(struct session *s, const struct capture_point *p)
{
	int rc = router_capture_start(session_router(s), p->name);

	switch (rc) {
	case 0:
	case -EALREADY:
		return CMD_OK;
	case -ENXIO:
		session_line(s, "Capture point %s is not associated with a capture buffer", p->name);
		break;
	case -ENODEV:
		session_line(s, "Capture point %s: %s is not there", p->name, p->ifname);
		break;
	default:
		session_line(s, "Capture point %s cannot be started (%s)", p->name, strerror(-rc));
	}
	return CMD_REJECTED;
}

enum { START, STOP };

static enum cmd_result start_or_stop(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "point");
	const bool all = !strcmp(name, "all");
	struct capture_point points[CAPTURE_POINTS];
	const size_t count = capture_points(capture_of(s), points);
	enum cmd_result result = CMD_OK;
	bool found = all;

	for (size_t i = 0; i < count; i++) {
		if (!all && strcmp(points[i].name, name) != 0)
			continue;
		found = true;
		if (cmd_of(m)->arg == STOP)
			router_capture_stop(session_router(s), points[i].name);
		else if (start_one(s, &points[i]) != CMD_OK)
			result = CMD_REJECTED;
	}
	return found ? result : no_point(s, name);
}

/* --- export ---- */

static enum cmd_result export_to(struct session *s, const struct capture_buffer *b, const struct fs_url *to)
{
	char text[FS_URL_SIZE + 16];
	const char *error;
	struct fs_file *f;
	bool good;
	int rc;

	f = fs_create(session_shell(s), to, false, &error);
	if (!f) {
		fs_text_plain(to, text, sizeof(text));
		session_line(s, "%%Error opening %s (%s)", text, error);
		return CMD_REJECTED;
	}
	good = capture_export(capture_of(s), b, f);
	rc = fs_close(f, good);
	if (!rc && !good)
		rc = -ENOMEM;
	return rc ? file_failed(s, "writing", to, rc) : CMD_OK;
}

/* A file of our own, which goes when it has been sent. */
static enum cmd_result export_scp(struct session *s, const struct capture_buffer *b, const char *to)
{
	struct fs_url whole = { .system = FS_FLASH };
	char from[FS_URL_SIZE + 16];
	enum cmd_result result;

	snprintf(whole.path, sizeof(whole.path), FS_PASSING "capture.%d", (int)gettid());
	fs_text_plain(&whole, from, sizeof(from));
	result = export_to(s, b, &whole);
	if (result == CMD_OK)
		result = file_copy_scp(s, from, to);
	fs_remove(session_shell(s), &whole);
	return result;
}

static bool find_buffer(struct session *s, const char *name, struct capture_buffer *out)
{
	struct capture_buffer buffers[CAPTURE_BUFFERS];
	const size_t count = capture_buffers(capture_of(s), buffers);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(buffers[i].name, name)) {
			*out = buffers[i];
			return true;
		}
	no_buffer(s, name);
	return false;
}

static enum cmd_result export_buffer(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "url");
	struct capture_buffer b;
	struct fs_url to;

	if (!find_buffer(s, cmd_text(m, "buffer"), &b))
		return CMD_REJECTED;
	if (file_is_scp(typed))
		return export_scp(s, &b, typed);
	if (!file_url(s, typed, &to))
		return CMD_REJECTED;
	if (to.system != FS_FLASH)
		return file_failed(s, "opening", &to, -EACCES);
	return export_to(s, &b, &to);
}

/* --- show ---- */

static enum cmd_result show_parameters(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "buffer");
	struct capture_buffer buffers[CAPTURE_BUFFERS];
	struct capture_point points[CAPTURE_POINTS];
	const size_t count = capture_buffers(capture_of(s), buffers), n = capture_points(capture_of(s), points);
	const bool all = !strcmp(name, "all");
	bool found = all;

	for (size_t i = 0; i < count; i++)
		if (all || !strcmp(buffers[i].name, name)) {
			print_capture_buffer(s, &buffers[i], points, n);
			found = true;
		}
	return found ? CMD_OK : no_buffer(s, name);
}

/* What the router's clock is ahead of the system's, which stamps packets. */
static void clock_ahead(struct session *s, struct timespec *at)
{
	struct timespec ours, system;

	shell_now(session_shell(s), &ours);
	clock_gettime(CLOCK_REALTIME, &system);
	at->tv_sec += ours.tv_sec - system.tv_sec;
}

static enum cmd_result show_packets(struct session *s, const struct cmd_match *m)
{
	const bool dump = cmd_of(m)->arg;
	struct capture_interface interfaces[CAPTURE_INTERFACES];
	uint8_t *data = malloc(CAPTURE_SNAP_MAX);
	struct capture_buffer b;
	struct show_packet p;
	struct zone zone;
	size_t count;

	if (!data || !find_buffer(s, cmd_text(m, "buffer"), &b)) {
		free(data);
		return CMD_REJECTED;
	}
	show_lock(s);
	zone = session_config(s)->logging.zone;
	show_unlock(s);
	count = capture_interfaces(capture_of(s), b.name, interfaces);
	p = (struct show_packet){ .zone = &zone, .cursor = b.begin, .data = dump ? data : NULL };
	while (p.cursor < b.end && capture_next(capture_of(s), b.name, &p.cursor, &p.packet, data)) {
		if (p.packet.interface >= count)
			continue;
		p.ifname = interfaces[p.packet.interface].name;
		p.at = p.packet.at;
		clock_ahead(s, &p.at);
		print_capture_packet(s, &p);
	}
	free(data);
	return CMD_OK;
}

static enum cmd_result show_points(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "point");
	struct capture_point points[CAPTURE_POINTS];
	const size_t count = capture_points(capture_of(s), points);
	const bool all = !strcmp(name, "all");
	bool found = all;

	for (size_t i = 0; i < count; i++)
		if (all || !strcmp(points[i].name, name)) {
			print_capture_point(s, &points[i]);
			found = true;
		}
	return found ? CMD_OK : no_point(s, name);
}

/* --- the table ---- */

static const struct cmd_choice ways[] = {
	{ "both", "capture ingress and egress", 3 },
	{ "in", "capture on ingress", 1 },
	{ "out", "capture on egress", 2 },
	{ 0 },
};

static const struct tok size = NUM("size", CAPTURE_KB_MIN, CAPTURE_KB_MAX, "Buffer size in Kbytes");
static const struct tok max_size = NUM("max-size", CAPTURE_SNAP_MIN, CAPTURE_SNAP_MAX, "Element size in bytes");
static const struct tok nth = NUM("nth", 1, 2147483647, "Allow every nth packet");
static const struct tok duration = NUM("duration", 1, 2147483647, "Duration in seconds");
static const struct tok packets = NUM("count", 1, 2147483647, "Number of packets");
static const struct tok pps = NUM("pps", 1, 2147483647, "Packets per second");

static const struct cmd_opt buffer_options[] = {
	{ "circular", "circular", "Circular Buffer", NULL, NULL },
	{ "linear", "linear", "Linear Buffer(Default)", NULL, NULL },
	{ "max-size", "max-size", "Maximum size of element in the buffer (in bytes)", &max_size, NULL },
	{ "size", "size", "Packet Dump buffer size (in Kbytes)", &size, NULL },
	{ 0 },
};

static const struct cmd_opt limit_options[] = {
	{ "nth", "allow-nth-pak", "Allow only every nth packet", &nth, NULL },
	{ "duration", "duration", "Capture for so many seconds", &duration, NULL },
	{ "count", "packet-count", "Capture so many packets", &packets, NULL },
	{ "pps", "packets-per-sec", "Capture no more packets in a second", &pps, NULL },
	{ 0 },
};

#define MONITOR   KW("monitor", "Monitoring different system events")
#define CAPTURE   KW("capture", "Capture")
#define BUFFERS   KW("buffer", "Control Capture Buffers")
#define POINTS    KW("point", "Control Capture Points")
#define BUFFER    WORD("buffer", "Name of the Capture Buffer")
#define POINT     WORD("point", "Name of the Capture Point")
#define LIMIT     KW("limit", "Limit the packets dumped to the buffer")
#define INTERFACE IFNAME("ifname", "Interface")
#define ROW(flags_, handler_, arg_, ...)                                                                               \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = (flags_), .tokens = { __VA_ARGS__ },                      \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}
#define SHOW(handler_, arg_, ...)                                                                                      \
	ROW(CMD_UNLOCKED, handler_, arg_, KW("show", "Show running system information"),                               \
	    KW("monitor", "Monitoring different system events"), CAPTURE, __VA_ARGS__)

static const struct cmd cmds[] = {
	ROW(CMD_NO, set_buffer, 0, MONITOR, CAPTURE, BUFFERS, BUFFER, OPTS(buffer_options)),
	ROW(CMD_NO | CMD_NO_SHORT, set_limit, 0, MONITOR, CAPTURE, BUFFERS, BUFFER, LIMIT, OPTS(limit_options)),
	ROW(0, clear_buffer, 0, MONITOR, CAPTURE, BUFFERS, BUFFER, KW("clear", "Clear contents of capture buffer")),
	ROW(CMD_UNLOCKED, export_buffer, 0, MONITOR, CAPTURE, BUFFERS, BUFFER, KW("export", "Export in Pcapng format"),
	    WORD("url", "Location to dump buffer")),
	ROW(CMD_NO, set_point, 4, MONITOR, CAPTURE, POINTS, KW("ip", "IPv4"), KW("cef", "IPv4 CEF"), POINT, INTERFACE,
	    PICK("way", ways)),
	ROW(CMD_NO, set_point, 6, MONITOR, CAPTURE, POINTS, KW("ipv6", "IPv6"), KW("cef", "IPv6 CEF"), POINT, INTERFACE,
	    PICK("way", ways)),
	ROW(0, associate, 0, MONITOR, CAPTURE, POINTS, KW("associate", "Associate capture point with capture buffer"),
	    POINT, BUFFER),
	ROW(0, associate, 0, MONITOR, CAPTURE, POINTS,
	    KW("disassociate", "Dis-associate capture point from capture buffer"), POINT),
	ROW(0, start_or_stop, START, MONITOR, CAPTURE, POINTS, KW("start", "Enable Capture Point"),
	    WORD("point", "Name of the Capture Point, or all")),
	ROW(0, start_or_stop, STOP, MONITOR, CAPTURE, POINTS, KW("stop", "Disable Capture Point"),
	    WORD("point", "Name of the Capture Point, or all")),
	SHOW(show_packets, 0, KW("buffer", "Contents of Capture Buffers"), BUFFER),
	SHOW(show_packets, 1, KW("buffer", "Contents of Capture Buffers"), BUFFER,
	     KW("dump", "Hex Dump of captured Packets")),
	SHOW(show_parameters, 0, KW("buffer", "Contents of Capture Buffers"),
	     WORD("buffer", "Name of the Capture Buffer, or all"), KW("parameters", "Parameters of capture buffer")),
	SHOW(show_points, 0, KW("point", "Capture Points"), WORD("point", "Name of the Capture Point, or all")),
};

const struct cmd_table cmd_capture_table = CMD_TABLE(cmds);
