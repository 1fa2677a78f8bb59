#include "shell/print_capture.h"

#include "shell/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- parameters ---- */

static void put(char *text, size_t size, const char *word, unsigned value)
{
	const size_t n = strlen(text);

	snprintf(text + n, size - n, " %s %u", word, value);
}

/* What was typed to make it, as far as it is not at its default. */
static void print_configuration(struct session *s, const struct capture_buffer *b)
{
	const struct capture_settings *c = &b->settings;
	char text[160] = "", limit[160] = "";

	if (c->kb != CAPTURE_KB_DEFAULT)
		put(text, sizeof(text), "size", c->kb);
	if (c->snap != CAPTURE_SNAP_DEFAULT)
		put(text, sizeof(text), "max-size", c->snap);
	session_line(s, "monitor capture buffer %s%s%s", b->name, text, c->circular ? " circular" : "");
	if (c->nth)
		put(limit, sizeof(limit), "allow-nth-pak", c->nth);
	if (c->duration_s)
		put(limit, sizeof(limit), "duration", c->duration_s);
	if (c->packets)
		put(limit, sizeof(limit), "packet-count", c->packets);
	if (c->pps)
		put(limit, sizeof(limit), "packets-per-sec", c->pps);
	if (*limit)
		session_line(s, "monitor capture buffer %s limit%s", b->name, limit);
}

void print_capture_buffer(struct session *s, const struct capture_buffer *b, const struct capture_point *points,
			  size_t count)
{
	const struct capture_settings *c = &b->settings;

	session_line(s, "Capture buffer %s (%s buffer)", b->name, c->circular ? "circular" : "linear");
	session_line(s, "Buffer Size : %u bytes, Max Element Size : %u bytes, Packets : %zu", c->kb * 1024, c->snap,
		     b->packets);
	session_line(s, "Allow-nth-pak : %u, Duration : %u (seconds), Max packets : %u, pps : %u", c->nth,
		     c->duration_s, c->packets, c->pps);
	session_line(s, "Associated Capture Points:");
	for (size_t i = 0; i < count; i++)
		if (!strcmp(points[i].buffer, b->name))
			session_line(s, "Name : %s, Status : %s", points[i].name,
				     points[i].active ? "Active" : "Inactive");
	session_line(s, "Configuration:");
	print_configuration(s, b);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(points[i].buffer, b->name))
			session_line(s, "monitor capture point associate %s %s", points[i].name, b->name);
}

void print_capture_point(struct session *s, const struct capture_point *p)
{
	const char *path = p->family == 4 ? "IPv4 CEF" : "IPv6 CEF";

	session_line(s, "Status Information for Capture Point %s", p->name);
	session_line(s, "%s", path);
	session_line(s, "Switch Path: %-20s, Capture Buffer: %s", path, *p->buffer ? p->buffer : "None");
	session_line(s, "Status : %s", p->active ? "Active" : "Inactive");
	show_blank(s);
	session_line(s, "Configuration:");
	session_line(s, "monitor capture point %s cef %s %s %s", p->family == 4 ? "ip" : "ipv6", p->name, p->ifname,
		     p->in && p->out ? "both"
		     : p->in         ? "in"
				     : "out");
}

/* --- packets ---- */

#define ROW_OCTETS 16
#define LEAD       8 /* IOS's first octet lies in the middle of a row */

/* "0D98B860:                   52540067 BC6B5254          RT.g<kRT": four words, then the characters, seven bits of each */
static void print_row(struct session *s, uint32_t address, const uint8_t *data, size_t lead, size_t octets)
{
	char words[4 * 9 + 1], text[ROW_OCTETS + 1], *w = words;

	memset(words, ' ', sizeof(words) - 1);
	memset(text, ' ', sizeof(text) - 1);
	words[sizeof(words) - 1] = text[ROW_OCTETS] = '\0';
	for (size_t i = 0; i < ROW_OCTETS; i++) {
		static const char digits[] = "0123456789ABCDEF";
		uint8_t octet, shown;

		w += i % 4 == 0;
		if (i >= lead && i < lead + octets) {
			octet = data[i - lead];
			shown = octet & 0x7f;
			w[0] = digits[octet >> 4];
			w[1] = digits[octet & 15];
			text[i] = shown >= ' ' && shown < 0x7f ? (char)shown : '.';
		}
		w += 2;
	}
	session_line(s, "%08" PRIX32 ":%s  %s", address, words, text);
}

/* "13:35:46.019 UTC Nov 29 2025" */
static void put_time(const struct zone *z, const struct timespec *at, char buf[64])
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	const char *name = zone_local(z, at->tv_sec, &tm, NULL);

	snprintf(buf, 64, "%02d:%02d:%02d.%03ld %s %s %d %d", tm.tm_hour, tm.tm_min, tm.tm_sec, at->tv_nsec / 1000000,
		 name, months[tm.tm_mon], tm.tm_mday, tm.tm_year + 1900);
}

void print_capture_packet(struct session *s, const struct show_packet *p)
{
	const uint32_t base = 0x0A000000u + (uint32_t)(p->cursor & 0x0FFFFF0u);
	const char *way = p->packet.family == 4 ? "IPv4 LES CEF" : "IPv6 LES CEF";
	char time[64], ifname[CONFIG_IFNAME_SIZE];
	size_t lead = LEAD, n;

	put_time(p->zone, &p->at, time);
	ifname_short(p->ifname, ifname);
	session_line(s, "%s : %-16s: %s %s", time, way, p->packet.out ? "None" : ifname,
		     p->packet.out ? ifname : "None");
	if (!p->data)
		return;
	show_blank(s);
	for (size_t at = 0, row = 0; at < p->packet.kept; at += n, row++, lead = 0) {
		n = p->packet.kept - at < ROW_OCTETS - lead ? p->packet.kept - at : ROW_OCTETS - lead;
		print_row(s, base + (uint32_t)(row * ROW_OCTETS), &p->data[at], lead, n);
	}
	show_blank(s);
}
