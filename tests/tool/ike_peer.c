#include "tests/tool/ike_peer.h"
#include "base/buf.h"
#include "base/clock.h"
#include "ike/isakmp.h"
#include "netif/netif.h"

#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MARKER     4
#define GIVE_UP_MS 30000
#define GROUP      2

static uint64_t now_ms(void *ctx)
{
	(void)ctx;
	return clock_ms();
}

static void random_octets(void *ctx, void *out, size_t octets)
{
	(void)ctx;
	if (RAND_bytes(out, (int)octets) != 1)
		abort();
}

static void send_datagram(void *ctx, const struct ike_path *path, const uint8_t *datagram, size_t octets)
{
	const struct ike_peer *p = ctx;
	const bool floated = path->local_port == ISAKMP_NATT_PORT;
	struct netif_ike_packet info = { path->local, path->remote, path->local_port, path->remote_port, 0 };
	uint8_t marked[MARKER + IKE_PEER_DATAGRAM];
	struct wr w = wr_of(marked, sizeof(marked));

	wr_zero(&w, floated ? MARKER : 0);
	wr_bytes(&w, datagram, octets);
	netif_ike_send(p->fd[floated], marked, wr_octets(&w), &info);
}

static void timer(void *ctx, uint64_t at_ms)
{
	((struct ike_peer *)ctx)->timer_ms = at_ms;
}

static int sa_install(void *ctx, const struct ike_ipsec_sa *sa)
{
	struct ike_peer_sa *out = &((struct ike_peer *)ctx)->sa;

	if (sa->inbound)
		return 0;
	if (sa->cipher_key_octets > IKE_PEER_KEY_MAX || sa->auth_key_octets > IKE_PEER_KEY_MAX)
		abort();
	out->spi = sa->spi;
	out->cipher_key_octets = sa->cipher_key_octets;
	out->auth_key_octets = sa->auth_key_octets;
	memcpy(out->cipher_key, sa->cipher_key, sa->cipher_key_octets);
	if (sa->auth_key_octets)
		memcpy(out->auth_key, sa->auth_key, sa->auth_key_octets);
	return 0;
}

static void sa_release(void *ctx, uint32_t ident, uint32_t spi)
{
	(void)ctx, (void)ident, (void)spi;
}

static void sa_remove(void *ctx, uint32_t ident, bool inbound, uint32_t spi)
{
	(void)ctx, (void)ident, (void)inbound, (void)spi;
}

static bool sa_usage(void *ctx, uint32_t ident, bool inbound, uint32_t spi, struct ike_sa_usage *out)
{
	(void)ctx, (void)ident, (void)inbound, (void)spi;
	*out = (struct ike_sa_usage){ 0 };
	return true;
}

static void ident_state(void *ctx, uint32_t ident, bool up)
{
	(void)ident;
	((struct ike_peer *)ctx)->ups += up;
}

static void debug(void *ctx, enum ike_debug kind, const char *text)
{
	(void)ctx, (void)kind, (void)text;
}

static void syslog_message(void *ctx, enum log_severity sev, const char *facility, const char *mnemonic,
			   const char *text)
{
	(void)ctx, (void)sev;
	if (strcmp(mnemonic, "ISAKMP_ON_OFF") != 0)
		fprintf(stderr, "%%%s-%s: %s\n", facility, mnemonic, text);
}

void ike_peer_init(struct ike_peer *p, const int fd[2], unsigned group)
{
	const struct ike_ops ops = { .ctx = p,
				     .now_ms = now_ms,
				     .random = random_octets,
				     .send = send_datagram,
				     .timer = timer,
				     .sa_install = sa_install,
				     .sa_release = sa_release,
				     .sa_remove = sa_remove,
				     .sa_usage = sa_usage,
				     .ident_state = ident_state,
				     .debug = debug,
				     .syslog = syslog_message };
	struct isakmp_policy policy = { .priority = 10,
					.encr = ISAKMP_ENCR_AES,
					.keybits = 128,
					.auth = ISAKMP_AUTH_PRE_SHARE,
					.group = group,
					.lifetime_s = ISAKMP_LIFETIME_DEFAULT_S };
	struct isakmp_key key = { .key = "cisco" };
	struct ike_settings s = {
		.policies = &policy, .policy_count = 1, .keys = &key, .key_count = 1, .enabled = true, .natt = true
	};

	*p = (struct ike_peer){ .fd = fd, .timer_ms = UINT64_MAX };
	ip_parse_prefix("0.0.0.0/0", &key.peer);
	p->ike = ike_new(&ops);
	if (!p->ike || ike_configure(p->ike, &s))
		abort();
}

void ike_peer_add(struct ike_peer *p, const struct ip_addr *local, const struct ip_addr *remote,
		  const struct ike_proposal *proposal, bool any)
{
	struct ike_ident i = { .local = *local, .remote = *remote };

	i.local_proxy = (struct ip_prefix){ *local, any ? 0 : 32 };
	i.remote_proxy = (struct ip_prefix){ *remote, any ? 0 : 32 };
	i.proposals[0] = *proposal;
	i.proposal_count = 1;
	i.lifetime_s = IPSEC_LIFETIME_DEFAULT_S;
	i.lifetime_kb = IPSEC_LIFETIME_DEFAULT_KB;
	i.path_mtu = 1500;
	if (!ike_ident_add(p->ike, &i))
		abort();
}

bool ike_peer_sockets(int fd[2])
{
	fd[0] = netif_ike_open(4, ISAKMP_PORT);
	fd[1] = netif_ike_open(4, ISAKMP_NATT_PORT);
	if (fd[0] < 0 || fd[1] < 0)
		fprintf(stderr, "no socket of ports 500 and 4500\n");
	return fd[0] >= 0 && fd[1] >= 0;
}

void ike_peer_receive(const int fd[2], int k, struct ike_peer *(*whose)(void *ctx, const struct ip_addr *remote),
		      void *ctx)
{
	struct netif_ike_packet info;
	uint8_t datagram[IKE_PEER_DATAGRAM];
	long n;

	while ((n = netif_ike_recv(fd[k], k ? ISAKMP_NATT_PORT : ISAKMP_PORT, datagram, sizeof(datagram), &info)) > 0) {
		const struct ike_path path = { info.local, info.remote, info.local_port, info.remote_port };
		struct rd r = rd_of(datagram, n > IKE_PEER_DATAGRAM ? 0 : (size_t)n);
		struct ike_peer *p = whose(ctx, &info.remote);

		if (k)
			rd_take(&r, MARKER);
		if (!r.why && p)
			ike_feed(p->ike, &path, r.p, rd_left(&r));
	}
}

static struct ike_peer *the_one(void *ctx, const struct ip_addr *remote)
{
	(void)remote;
	return ctx;
}

static void negotiate(struct ike_peer *p)
{
	const uint64_t give_up = clock_ms() + GIVE_UP_MS;

	for (uint64_t now = clock_ms(); !p->ups && now < give_up; now = clock_ms()) {
		struct pollfd fds[2] = { { .fd = p->fd[0], .events = POLLIN }, { .fd = p->fd[1], .events = POLLIN } };

		if (p->timer_ms <= now)
			ike_timer(p->ike);
		poll(fds, 2, 50);
		for (int k = 0; k < 2; k++)
			if (fds[k].revents)
				ike_peer_receive(p->fd, k, the_one, p);
	}
}

bool ike_peer_join(const struct ip_addr *local, const struct ip_addr *remote, const struct ike_proposal *proposal,
		   struct ike_peer_sa *out)
{
	struct ike_peer p = { .ups = 0 };
	int fd[2];

	if (ike_peer_sockets(fd)) {
		ike_peer_init(&p, fd, GROUP);
		ike_peer_add(&p, local, remote, proposal, true);
		negotiate(&p);
		ike_free(p.ike);
		*out = p.sa;
		if (!p.ups)
			fprintf(stderr, "no tunnel\n");
	}
	for (int k = 0; k < 2; k++)
		if (fd[k] >= 0)
			close(fd[k]);
	return p.ups > 0;
}
