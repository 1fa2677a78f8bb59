#include "shell/trace.h"

#include "shell/resolve.h"
#include "shell/show.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

struct trace trace_defaults(const struct ip_addr *target)
{
	return (struct trace){
		.target = *target,
		.timeout_s = TRACE_TIMEOUT_S,
		.probes = TRACE_PROBES,
		.first = TRACE_FIRST,
		.last = TRACE_LAST,
		.port = TRACE_PORT,
	};
}

struct run {
	struct session *s;
	const struct trace *trace;
	struct netif_trace probe;
	bool reachable, silent; /* no name server answers */
	int wake_fd;
};

static int prepare(struct run *run)
{
	struct router *r = session_router(run->s);
	const struct trace *t = run->trace;
	struct netif_ping path = { 0 };
	int rc;

	if (!r)
		return -ENETUNREACH;
	router_lock(r);
	rc = router_ping_path(r, &t->target, t->source_if, &t->source, t->output_if, &path);
	router_unlock(r);
	run->probe = (struct netif_trace){
		.dst = t->target, .src = path.src, .ifindex = path.ifindex, .timeout_ms = t->timeout_s * 1000
	};
	return rc;
}

/* "R3 (10.0.0.3)" or the address alone */
static void host_text(struct run *run, const struct ip_addr *a, char *buf, size_t size)
{
	char addr[IP_TEXT_SIZE], name[256];

	ip_text(a, addr);
	if (!run->trace->numeric && resolve_name(run->s, a, &run->silent, name, sizeof(name)))
		snprintf(buf, size, "%s (%s)", name, addr);
	else
		snprintf(buf, size, "%s", addr);
}

static void print_header(struct run *run)
{
	const struct trace *t = run->trace;
	char addr[IP_TEXT_SIZE];

	session_line(run->s, "Type escape sequence to abort.");
	if (*t->name)
		session_line(run->s, "Tracing the route to %s (%s)", t->name, ip_text(&t->target, addr));
	else
		session_line(run->s, "Tracing the route to %s", ip_text(&t->target, addr));
	if (t->target.family == 4)
		session_line(run->s, "VRF info: (vrf in name/id, vrf out name/id)");
	else
		show_blank(run->s);
}

/* Nowhere to send to: as if nobody answered. 0 when interrupted. */
static int wait_out(unsigned timeout_ms, int wake_fd)
{
	struct pollfd fd = { .fd = wake_fd, .events = POLLIN };

	return poll(&fd, 1, (int)timeout_ms) > 0 ? 0 : '.';
}

static int send_probe(struct run *run, struct ip_addr *from, unsigned *rtt_us)
{
	int mark = run->reachable ? netif_trace(&run->probe, run->wake_fd, from, rtt_us) : -ENETUNREACH;

	return mark < 0 ? wait_out(run->probe.timeout_ms, run->wake_fd) : mark;
}

/* Another router than the one before begins a line of its own. */
static void show_host(struct run *run, const struct ip_addr *from, struct ip_addr *shown, bool first)
{
	char host[320];

	if (ip_equal(from, shown))
		return;
	host_text(run, from, host, sizeof(host));
	session_text(run->s, "%s%s", first ? "" : "\r\n    ", host);
	*shown = *from;
}

/* All probes of one number of hops. '!': the trace is over, 0: interrupted. */
static int trace_hop(struct run *run, unsigned ttl, uint16_t *port)
{
	struct ip_addr shown = { 0 };
	int verdict = '.';

	session_text(run->s, "%3u ", ttl);
	run->probe.ttl = (uint8_t)ttl;
	for (unsigned k = 0; k < run->trace->probes; k++) {
		struct ip_addr from = { 0 };
		unsigned rtt_us = 0;
		int mark;

		run->probe.port = (*port)++;
		mark = send_probe(run, &from, &rtt_us);
		if (!mark)
			return 0;
		if (mark == '.') {
			session_text(run->s, " * ");
			continue;
		}
		show_host(run, &from, &shown, k == 0);
		if (mark == 't' || mark == '!')
			session_text(run->s, " %u msec", (rtt_us + 500) / 1000);
		else
			session_text(run->s, " !%c ", mark);
		if (mark != 't')
			verdict = '!';
	}
	return verdict;
}

static void trace_all(struct run *run)
{
	uint16_t port = (uint16_t)run->trace->port;
	int verdict = '.';

	for (unsigned ttl = run->trace->first; ttl <= run->trace->last && verdict == '.'; ttl++) {
		verdict = trace_hop(run, ttl, &port);
		/* not a line for --More--: a trace runs until it is over */
		session_text(run->s, "\r\n");
	}
}

bool trace_run(struct session *s, const struct trace *t)
{
	struct run run = { .s = s, .trace = t };
	int rc = prepare(&run);

	if (rc == -EADDRNOTAVAIL) {
		session_line(s, *t->source_if ? "%% Invalid source interface - IP not enabled or interface is down"
					      : "%% Invalid source address");
		return false;
	}
	run.reachable = rc == 0;
	run.wake_fd = session_interrupt_fd(s);
	print_header(&run);
	trace_all(&run);
	return true;
}
