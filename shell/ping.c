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

/* Nowhere to send to: IOS waits out the timeout all the same. 0 when interrupted. */
static int wait_out(unsigned timeout_ms, int wake_fd)
{
	struct pollfd fd = { .fd = wake_fd, .events = POLLIN };

	return poll(&fd, 1, (int)timeout_ms) > 0 ? 0 : '.';
}

static int send_one(struct netif_ping *path, bool reachable, int wake_fd, unsigned *rtt_us)
{
	int answer = reachable ? netif_ping(path, wake_fd, rtt_us) : -ENETUNREACH;

	return answer < 0 ? wait_out(path->timeout_ms, wake_fd) : answer;
}

static void send_all(struct session *s, const struct ping *p, struct netif_ping *path, bool reachable)
{
	unsigned last = p->sweep_max ? p->sweep_max : p->size, step = p->sweep_max ? p->sweep_interval : 1;
	struct ping_result result = { 0 };
	int wake_fd = session_interrupt_fd(s), answer = '.';

	for (unsigned round = 0; round < p->repeat && answer; round++) {
		for (unsigned size = p->size; size <= last; size += step) {
			unsigned rtt_us = 0;

			path->size = size;
			path->sequence = (uint16_t)result.sent;
			answer = send_one(path, reachable, wake_fd, &rtt_us);
			if (!answer)
				break;
			count(&result, answer, rtt_us);
			session_text(s, "%c", answer);
			/* not a line for --More--: a ping runs until it is over */
			if (result.sent % CHARACTERS_PER_LINE == 0)
				session_text(s, "\r\n");
		}
	}
	if (!result.sent || result.sent % CHARACTERS_PER_LINE)
		show_blank(s);
	print_result(s, &result);
}

bool ping_run(struct session *s, const struct ping *p)
{
	struct netif_ping path;
	int rc = ping_prepare(s, p, &path);

	if (rc == -EADDRNOTAVAIL) {
		if (*p->source_if)
			session_line(s, "%% Invalid source interface - IP not enabled or interface is down");
		else
			session_line(s, "%% Invalid source address- IP address not on any of our up interfaces");
		return false;
	}
	path.dst = p->target;
	path.timeout_ms = p->timeout_s * 1000;
	path.df = p->df;
	path.id = (uint16_t)getpid();
	print_header(s, p, &path);
	if (rc && p->target.family == 6) {
		show_blank(s);
		session_line(s, "%% No valid route for destination");
		print_result(s, &(struct ping_result){ .sent = 1 });
		return true;
	}
	send_all(s, p, &path, rc == 0);
	return true;
}
