/*
 * The layout of a running-config of IOS 15.2: which section comes when and how many `!` stand between. The runs of `!`
 * are where IOS has subsystems that are not configured.
 */
#include "shell/running.h"

#include "base/wipe.h"
#include "shell/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNNING_LEND_LINES 32

/* --- the buffer ---- */

/* Grows by copying, so that what is given back can be wiped. */
static bool make_room(struct out *o, size_t octets)
{
	size_t room = o->room ? o->room : 4096;
	char *text;

	while (room - o->octets < octets)
		room *= 2;
	if (room == o->room)
		return true;
	text = malloc(room);
	if (!text) {
		o->failed = true;
		return false;
	}
	if (o->text) {
		memcpy(text, o->text, o->octets);
		wipe(o->text, o->room);
		free(o->text);
	}
	o->text = text;
	o->room = room;
	return true;
}

/* What is written under the control lock takes milliseconds for each ten thousand lines: IKE does not wait for them. */
static void let_others_in(struct out *o)
{
	if (o->router && ++o->lines % RUNNING_LEND_LINES == 0)
		router_lend(o->router);
}

void out_line(struct out *o, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (!o->failed && n >= 0 && make_room(o, (size_t)n + 2)) {
		vsnprintf(o->text + o->octets, (size_t)n + 1, fmt, again);
		o->octets += (size_t)n;
		o->text[o->octets++] = '\n';
		o->text[o->octets] = '\0';
	}
	va_end(again);
	va_end(ap);
	let_others_in(o);
}

void out_bangs(struct out *o, unsigned count)
{
	while (count--)
		out_line(o, "!");
}

void out_switch(struct out *o, unsigned depth, const char *text, bool on, bool by_default)
{
	if (out_shows(o, on != by_default))
		out_line(o, "%*s%s%s", (int)depth, "", on ? "" : "no ", text);
}

static int out_give(struct out *o, char **text, size_t *octets)
{
	if (o->failed) {
		if (o->text)
			wipe(o->text, o->room);
		free(o->text);
		return -ENOMEM;
	}
	*text = o->text;
	*octets = o->octets;
	return 0;
}

/* --- the layout ---- */

/* One section: its own text or writer, then the harmless and kept lines of its place, then `!` lines. */
static const struct section {
	const char *text;
	void (*write)(struct out *o, const struct config *c);
	enum running_place place;
	unsigned bangs;
} layout[] = {
	{ .text = "version 15.2" },
	{ .write = write_service, .place = PLACE_NONE, .bangs = 1 },
	{ .write = write_hostname, .bangs = 1 },
	{ .text = "boot-start-marker", .place = PLACE_BOOT },
	{ .text = "boot-end-marker", .bangs = 2 },
	{ .write = write_logging },
	{ .write = write_enable, .place = PLACE_SECURITY, .bangs = 1 },
	{ .write = write_aaa },
	{ .write = write_clock, .place = PLACE_PLATFORM, .bangs = 8 },
	{ .text = "\n", .bangs = 4 },
	{ .place = PLACE_IP_FIRST },
	{ .write = write_domain },
	{ .write = write_names, .place = PLACE_IP },
	{ .write = write_login },
	{ .write = write_ipv6_unicast_routing, .place = PLACE_IPV6, .bangs = 1 },
	{ .place = PLACE_MULTILINK, .bangs = 6 },
	{ .write = write_password_encryption, .place = PLACE_NONE },
	{ .place = PLACE_LICENSE, .bangs = 2 },
	{ .place = PLACE_USERNAME },
	{ .write = write_archive },
	{ .write = write_users },
	{ .write = write_file_prompt, .bangs = 1 },
	{ .place = PLACE_REDUNDANCY, .bangs = 3 },
	{ .place = PLACE_MISC },
	{ .write = write_ssh, .place = PLACE_NONE, .bangs = 5 },
	{ .write = write_isakmp, .place = PLACE_ISAKMP, .bangs = 2 },
	{ .write = write_ipsec, .place = PLACE_CRYPTO, .bangs = 5 },
	{ .write = write_key_export },
	{ .write = write_interfaces, .place = PLACE_INTERFACE },
	{ .place = PLACE_ROUTER },
	{ .place = PLACE_FORWARD, .bangs = 2 },
	{ .place = PLACE_HTTP },
	{ .write = write_ip_routes, .place = PLACE_ROUTE, .bangs = 1 },
	{ .write = write_named_acls, .place = PLACE_ACL },
	{ .write = write_log_hosts },
	{ .write = write_numbered_acls },
	{ .write = write_ipv6_routes, .place = PLACE_ROUTE6, .bangs = 1 },
	{ .place = PLACE_OTHER },
	{ .write = write_ipv6_acls, .bangs = 2 },
	{ .place = PLACE_CONTROL, .bangs = 1 },
	{ .place = PLACE_VOICE, .bangs = 7 },
	{ .write = write_banners },
	{ .write = write_aliases, .place = PLACE_BANNER },
	{ .write = write_lines, .place = PLACE_LINE, .bangs = 1 },
	{ .place = PLACE_TAIL, .bangs = 1 },
	{ .text = "end" },
};

static void write_stamp(struct out *o, const struct config *c, const char *what, const struct timespec *at,
			const char *by)
{
	char text[64];

	if (!at->tv_sec)
		return;
	zone_clock_text(&c->logging.zone, at, text, sizeof(text));
	out_line(o, "! %s at %.8s%s%s%s", what, text, text + 12, *by ? " by " : "", by); /* without milliseconds */
}

static void write_header(struct out *o, const struct shell *sh)
{
	out_bangs(o, 1);
	if (sh->config_changed.tv_sec)
		write_stamp(o, sh->config, "Last configuration change", &sh->config_changed, sh->changed_by);
	else
		out_line(o, "! No configuration change since last restart");
	write_stamp(o, sh->config, "NVRAM config last updated", &sh->nvram_changed, sh->nvram_changed_by);
	out_bangs(o, 1);
}

int running_text(const struct shell *sh, char **text, size_t *octets)
{
	return running_text_of(sh, RUNNING_PLAIN, text, octets);
}

int running_text_of(const struct shell *sh, enum running_detail detail, char **text, size_t *octets)
{
	const struct config *c = sh->config;
	struct out o = { .detail = detail, .router = sh->router };

	write_header(&o, sh);
	for (size_t i = 0; i < sizeof(layout) / sizeof(layout[0]); i++) {
		if (layout[i].text)
			out_line(&o, "%s", layout[i].text);
		if (layout[i].write)
			layout[i].write(&o, c);
		if (layout[i].place != PLACE_NONE)
			write_place(&o, &c->kept, layout[i].place);
		out_bangs(&o, layout[i].bangs);
	}
	return out_give(&o, text, octets);
}

int running_interface(const struct shell *sh, const char *ifname, char **text, size_t *octets)
{
	const struct interface *i = config_interface_find(sh->config, ifname);
	struct out o = { 0 };

	if (!i)
		return -ENOENT;
	out_bangs(&o, 1);
	write_interface(&o, i);
	out_line(&o, "end");
	return out_give(&o, text, octets);
}
