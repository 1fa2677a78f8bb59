/*
 * A device of another make, for lab/faults: asks for a tunnel again and again with what a tunnel interface cannot grant, and
 * carries no packets.
 *
 *	partner LOCAL REMOTE transport    transport mode, as for GRE
 *	partner LOCAL REMOTE hosts        tunnel mode for the two addresses alone, as a crypto map has it
 *
 * IPv4, with the key and the transforms of ike_peer.h. Ends by SIGTERM.
 */
#include "base/clock.h"
#include "tests/tool/ike_peer.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define GROUP   2
#define IDLE_MS 1000

static struct ike_peer *the_one(void *ctx, const struct ip_addr *remote)
{
	(void)remote;
	return ctx;
}

static int wait_ms(const struct ike_peer *p)
{
	const uint64_t now = clock_ms();

	return p->timer_ms <= now ? 0 : p->timer_ms - now < IDLE_MS ? (int)(p->timer_ms - now) : IDLE_MS;
}

int main(int argc, char **argv)
{
	struct ike_proposal proposal = { .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA };
	struct ip_addr local, remote;
	struct ike_peer p;
	int fd[2];

	if (argc != 4 || !ip_parse(argv[1], &local) || !ip_parse(argv[2], &remote) ||
	    (strcmp(argv[3], "transport") != 0 && strcmp(argv[3], "hosts") != 0)) {
		fprintf(stderr, "usage: partner LOCAL REMOTE transport|hosts\n");
		return 2;
	}
	proposal.transport = !strcmp(argv[3], "transport");
	if (!ike_peer_sockets(fd))
		return 1;
	ike_peer_init(&p, fd, GROUP);
	ike_peer_add(&p, &local, &remote, &proposal, proposal.transport);
	for (;;) {
		struct pollfd fds[2] = { { .fd = fd[0], .events = POLLIN }, { .fd = fd[1], .events = POLLIN } };

		poll(fds, 2, wait_ms(&p));
		for (int k = 0; k < 2; k++)
			if (fds[k].revents)
				ike_peer_receive(fd, k, the_one, &p);
		if (p.timer_ms <= clock_ms())
			ike_timer(p.ike);
	}
}
