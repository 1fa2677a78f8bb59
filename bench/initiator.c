/*
 * Negotiates a tunnel with each of N addresses of one responder, Main and Quick Mode, and prints how long that took. The
 * engine alone, without a data plane, so that what is measured is the responder.
 *
 *	initiator LOCAL FIRST COUNT GROUP WINDOW [any]
 *
 * FIRST: the first of the responder's addresses, COUNT of them in a row; WINDOW: how many are under way at a time; any:
 * proxies are any to any, else the two addresses. Key "cisco", AES and SHA. Prints seconds and handshakes per second.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "tests/tool/ike_peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define ENGINES    64
#define PER_ENGINE 40 /* an engine begins no more at a time: it would pace itself */
#define GIVE_UP_MS 120000

struct load {
	int fd[2]; /* ports 500 and 4500 */
	struct ip_addr first;
	struct ike_peer sides[ENGINES];
	unsigned engines;
};

static uint32_t number_of(const struct ip_addr *a)
{
	struct rd r = rd_of(a->octets, 4);

	return rd_u32(&r);
}

static struct ike_peer *whose(void *ctx, const struct ip_addr *remote)
{
	struct load *l = ctx;
	const uint32_t side = (number_of(remote) - number_of(&l->first)) / PER_ENGINE;

	return side < l->engines ? &l->sides[side] : NULL;
}

static unsigned all_up(const struct load *l)
{
	unsigned n = 0;

	for (unsigned k = 0; k < l->engines; k++)
		n += l->sides[k].ups;
	return n;
}

static struct ip_addr plus(const struct ip_addr *a, unsigned n)
{
	struct ip_addr out = *a;
	struct wr w = wr_of(out.octets, 4);

	wr_u32(&w, number_of(a) + n);
	return out;
}

int main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof(*l));
	const struct ike_proposal proposal = { .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA };
	struct ip_addr local;
	unsigned count, window, started = 0, up = 0;
	uint64_t begin, now;

	if (!l || argc < 6 || !ip_parse(argv[1], &local) || !ip_parse(argv[2], &l->first)) {
		fprintf(stderr, "usage: initiator LOCAL FIRST COUNT GROUP WINDOW [any]\n");
		return 2;
	}
	count = (unsigned)strtoul(argv[3], NULL, 10);
	window = (unsigned)strtoul(argv[5], NULL, 10);
	if (!ike_peer_sockets(l->fd))
		return 2;
	if (count > ENGINES * PER_ENGINE) {
		fprintf(stderr, "more than %u addresses\n", ENGINES * PER_ENGINE);
		return 2;
	}
	while (l->engines * PER_ENGINE < count)
		ike_peer_init(&l->sides[l->engines++], l->fd, (unsigned)strtoul(argv[4], NULL, 10));
	begin = now = clock_ms();
	while (up < count && now - begin < GIVE_UP_MS) {
		struct pollfd p[2] = { { .fd = l->fd[0], .events = POLLIN }, { .fd = l->fd[1], .events = POLLIN } };
		uint64_t timer_ms = now + 100;

		while (started < count && started - up < window) {
			const struct ip_addr remote = plus(&l->first, started);

			ike_peer_add(&l->sides[started++ / PER_ENGINE], &local, &remote, &proposal, argc > 6);
		}
		for (unsigned k = 0; k < l->engines; k++)
			timer_ms = l->sides[k].timer_ms < timer_ms ? l->sides[k].timer_ms : timer_ms;
		poll(p, 2, timer_ms > now ? (int)(timer_ms - now) : 0);
		for (int k = 0; k < 2; k++)
			if (p[k].revents)
				ike_peer_receive(l->fd, k, whose, l);
		now = clock_ms();
		for (unsigned k = 0; k < l->engines; k++)
			if (l->sides[k].timer_ms <= now)
				ike_timer(l->sides[k].ike);
		up = all_up(l);
	}
	printf("%u of %u %.3f s %.0f/s\n", up, count, (double)(now - begin) / 1e3,
	       up * 1e3 / (double)(now - begin ? now - begin : 1));
	return up < count;
}
