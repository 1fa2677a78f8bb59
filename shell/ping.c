#include "shell/ping.h"

#include "shell/show.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHARACTERS_PER_LINE = 70 };

struct ping ping_defaults(const struct ip_addr *target)
{
	return (struct ping){
		.target = *target,
		.repeat = PING_REPEAT,
		.timeout_s = PING_TIMEOUT_S,
		.size = PING_SIZE,
	};
}

int ping_prepare(struct session *s, const struct ping *p, struct netif_ping *out)
{
	struct router *r = session_router(s);
	int rc;

	memset(out, 0, sizeof(*out));
	if (!r)
		return -ENETUNREACH;
	router_lock(r);
	rc = router_ping_path(r, &p->target, p->source_if, &p->source, p->output_if, out);
	router_unlock(r);
	return rc;
}

/*
 * IPv4 shows the source where it was asked for, with a space at the end; IPv6 also for a link-local target, with the
 * interface when the source is link-local.
 */
static void print_source(struct session *s, const struct ping *p, const struct netif_ping *path)
{
	bool asked = p->source.family || *p->source_if;
	const char *ifname = *p->output_if ? p->output_if : p->source_if;
	const struct ip_addr *source = path->src.family ? &path->src : &p->source;
	char text[IP_TEXT_SIZE];

	if (!source->family)
		return;
	ip_text(source, text);
	if (p->target.family == 4 && asked)
		session_line(s, "Packet sent with a source address of %s ", text);
	else if (p->target.family == 6 && ip_is_link_local(source))
		session_line(s, "Packet sent with a source address of %s%%%s", text, ifname);
	else if (p->target.family == 6 && (asked || ip_is_link_local(&p->target)))
		session_line(s, "Packet sent with a source address of %s", text);
}

/* The option as it leaves, with the place of the first address marked. */
static void print_options(struct session *s, unsigned slots)
{
	session_line(s, "Packet has IP options:  Total option bytes= %u, padded length=%u", 3 + 4 * slots,
		     4 + 4 * slots);
	session_line(s, " Record route: <*>");
	for (unsigned k = 0; k < slots; k++)
		session_line(s, "   (0.0.0.0)");
	show_blank(s);
}

static void print_route(struct session *s, const struct netif_ping_reply *r)
{
	char addr[IP_TEXT_SIZE];

	session_line(s, " Total option bytes= %u, padded length=%u", 4 + 4 * r->route_slots, 4 + 4 * r->route_slots);
	session_line(s, " Record route:%s", r->route_used ? "" : " <*>");
	for (unsigned k = 0; k < r->route_slots; k++)
		session_line(s, "   (%s)%s", ip_text(&r->route[k], addr), k + 1 == r->route_used ? " <*>" : "");
	session_line(s, " End of list");
	show_blank(s);
}

static void print_header(struct session *s, const struct ping *p, const struct netif_ping *path)
{
	char target[IP_TEXT_SIZE], size[48];
	unsigned count = p->repeat;

	if (p->sweep_max) {
		snprintf(size, sizeof(size), "[%u..%u]", p->size, p->sweep_max);
		count *= (p->sweep_max - p->size) / p->sweep_interval + 1;
	} else {
		snprintf(size, sizeof(size), "%u", p->size);
	}
	session_line(s, "Type escape sequence to abort.");
	session_line(s, "Sending %u, %s-byte ICMP Echos to %s, timeout is %u seconds:", count, size,
		     ip_text(&p->target, target), p->timeout_s);
	print_source(s, p, path);
	if (p->df)
		session_line(s, "Packet sent with the DF bit set");
	if (p->validate)
		session_line(s, "Reply data will be validated");
	if (p->patterned)
		session_line(s, "Packet has data pattern 0x%04X", p->pattern);
	if (p->record_slots)
		print_options(s, p->record_slots);
}

/* "8/11/20" and the rest of the last line; rtt in microseconds. */
struct ping_result {
	unsigned sent, received;
	unsigned min_us, max_us;
	uint64_t sum_us;
};

static void count(struct ping_result *r, int answer, unsigned rtt_us)
{
	r->sent++;
	if (answer != '!')
		return;
	r->received++;
	r->sum_us += rtt_us;
	if (r->received == 1 || rtt_us < r->min_us)
		r->min_us = rtt_us;
	if (rtt_us > r->max_us)
		r->max_us = rtt_us;
}

/* IOS's clock ticks in milliseconds and never shows 0 for a packet that took its time. */
static unsigned ms(uint64_t us)
{
	uint64_t rounded = (us + 500) / 1000;

	return rounded ? (unsigned)rounded : 1;
}

static void print_result(struct session *s, const struct ping_result *r)
{
	unsigned percent = r->sent ? (unsigned)((uint64_t)r->received * 100 / r->sent) : 0;

	if (r->received)
		session_line(s, "Success rate is %u percent (%u/%u), round-trip min/avg/max = %u/%u/%u ms", percent,
			     r->received, r->sent, ms(r->min_us), ms(r->sum_us / r->received), ms(r->max_us));
	else
		session_line(s, "Success rate is %u percent (%u/%u)", percent, r->received, r->sent);
}

/* --- one run ---- */

struct run {
	struct session *s;
	const struct ping *ping;
	struct netif_ping path;
	bool reachable;
	int wake_fd;
	struct ping_result result;
	bool in_line; /* marks stand on the line that is not ended yet */
	bool group_answered;
};

/* Replies that are shown one by one: of a group, or verbose. */
static void on_reply(void *ctx, const struct netif_ping_reply *r)
{
	struct run *run = ctx;
	char addr[IP_TEXT_SIZE];

	if (run->path.group) {
		if (!run->group_answered)
			show_blank(run->s);
		run->group_answered = true;
		session_line(run->s, "Reply to request %u from %s, %u ms", run->result.sent, ip_text(&r->from, addr),
			     ms(r->rtt_us));
	} else if (run->ping->verbose) {
		session_line(run->s, "Reply to request %u (%u ms)%s", run->result.sent, ms(r->rtt_us),
			     r->route_slots ? ".  Received packet has options" : "");
		if (r->route_slots)
			print_route(run->s, r);
	}
}

/* Nowhere to send to: IOS waits out the timeout all the same. 0 when interrupted. */
static int wait_out(unsigned timeout_ms, int wake_fd)
{
	struct pollfd fd = { .fd = wake_fd, .events = POLLIN };

	return poll(&fd, 1, (int)timeout_ms) > 0 ? 0 : '.';
}

static void show_mark(struct run *run, int answer)
{
	if (run->path.group && answer == '!')
		return;
	if (run->ping->verbose && answer == '.') {
		session_line(run->s, "Request %u timed out", run->result.sent);
		return;
	}
	if (run->ping->verbose && answer == '!')
		return;
	session_text(run->s, "%c", answer);
	run->in_line = true;
}

/* False: interrupted. */
static bool send_one(struct run *run, unsigned size)
{
	unsigned rtt_us = 0;
	int answer;

	run->path.size = size;
	run->path.sequence = (uint16_t)run->result.sent;
	answer = run->reachable ? netif_ping(&run->path, run->wake_fd, &rtt_us) : -ENETUNREACH;
	if (answer < 0)
		answer = wait_out(run->path.timeout_ms, run->wake_fd);
	if (!answer)
		return false;
	show_mark(run, answer);
	count(&run->result, answer, rtt_us);
	/* not a line for --More--: a ping runs until it is over */
	if (run->in_line && run->result.sent % CHARACTERS_PER_LINE == 0) {
		session_text(run->s, "\r\n");
		run->in_line = false;
	}
	return true;
}

static void send_all(struct run *run)
{
	const struct ping *p = run->ping;
	unsigned last = p->sweep_max ? p->sweep_max : p->size, step = p->sweep_max ? p->sweep_interval : 1;
	bool going = true;

	run->wake_fd = session_interrupt_fd(run->s);
	for (unsigned round = 0; round < p->repeat && going; round++)
		for (unsigned size = p->size; size <= last && going; size += step)
			going = send_one(run, size);
	if (run->in_line || !run->result.sent)
		show_blank(run->s);
	if (!run->group_answered)
		print_result(run->s, &run->result);
}

bool ping_run(struct session *s, const struct ping *p)
{
	struct run run = { .s = s, .ping = p };
	struct netif_ping *path = &run.path;
	int rc = ping_prepare(s, p, path);

	if (rc == -EADDRNOTAVAIL) {
		if (*p->source_if)
			session_line(s, "%% Invalid source interface - IP not enabled or interface is down");
		else
			session_line(s, "%% Invalid source address- IP address not on any of our up interfaces");
		return false;
	}
	path->dst = p->target;
	path->timeout_ms = p->timeout_s * 1000;
	path->df = p->df;
	path->id = (uint16_t)getpid();
	path->tos = p->tos;
	path->patterned = p->patterned;
	path->pattern = p->pattern;
	path->validate = p->validate;
	path->record_slots = p->record_slots;
	path->hop_options = p->hop_options;
	path->destination_options = p->destination_options;
	path->on_reply = on_reply;
	path->ctx = &run;
	print_header(s, p, path);
	if (rc && p->target.family == 6) {
		show_blank(s);
		session_line(s, "%% No valid route for destination");
		print_result(s, &(struct ping_result){ .sent = 1 });
		return true;
	}
	run.reachable = rc == 0;
	send_all(&run);
	return true;
}
