#include "tests/tool/ike_peer.h"
#include "base/buf.h"
#include "ike/isakmp.h"
#include "netif/netif.h"

#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DATAGRAM   8192
#define MARKER     4
#define GIVE_UP_MS 30000
#define GROUP      2

struct peer {
	int fd[2]; /* ports 500 and 4500 */
	struct ike *ike;
	uint64_t timer_ms;
	bool up;
	struct ike_peer_sa *sa;
};

static uint64_t now_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void random_octets(void *ctx, void *out, size_t octets)
{
	(void)ctx;
	if (RAND_bytes(out, (int)octets) != 1)
		abort();
}

static void send_datagram(void *ctx, const struct ike_path *path, const uint8_t *datagram, size_t octets)
{
	const struct peer *p = ctx;
	const bool floated = path->local_port == ISAKMP_NATT_PORT;
	struct netif_ike_packet info = { path->local, path->remote, path->local_port, path->remote_port, 0 };
	uint8_t marked[MARKER + DATAGRAM];
	struct wr w = wr_of(marked, sizeof(marked));

	wr_zero(&w, floated ? MARKER : 0);
	wr_bytes(&w, datagram, octets);
	netif_ike_send(p->fd[floated], marked, wr_octets(&w), &info);
}

static void timer(void *ctx, uint64_t at_ms)
{
	((struct peer *)ctx)->timer_ms = at_ms;
}

static int sa_install(void *ctx, const struct ike_ipsec_sa *sa)
{
	struct ike_peer_sa *out = ((struct peer *)ctx)->sa;

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
	((struct peer *)ctx)->up = up;
}

static void debug(void *ctx, enum ike_debug kind, const char *text)
{
	(void)ctx, (void)kind, (void)text;
}

static void syslog_message(void *ctx, enum log_severity sev, const char *facility, const char *mnemonic,
			   const char *text)
{
	(void)ctx, (void)sev;
	fprintf(stderr, "%%%s-%s: %s\n", facility, mnemonic, text);
}

static struct ike *engine(struct peer *p)
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
					.group = GROUP,
					.lifetime_s = ISAKMP_LIFETIME_DEFAULT_S };
	struct isakmp_key key = { .key = "cisco" };
	struct ike_settings s = {
		.policies = &policy, .policy_count = 1, .keys = &key, .key_count = 1, .enabled = true, .natt = true
	};
	struct ike *e = ike_new(&ops);

	ip_parse_prefix("0.0.0.0/0", &key.peer);
	if (!e || ike_configure(e, &s))
		abort();
	return e;
}

static void receive(struct peer *p, int floated)
{
	struct netif_ike_packet info;
	uint8_t datagram[DATAGRAM];
	long n;

	while ((n = netif_ike_recv(p->fd[floated], datagram, sizeof(datagram), &info)) > 0) {
		const struct ike_path path = { info.local, info.remote, info.local_port, info.remote_port };
		struct rd r = rd_of(datagram, n > DATAGRAM ? 0 : (size_t)n);

		if (floated)
			rd_take(&r, MARKER);
		if (!r.why)
			ike_feed(p->ike, &path, r.p, rd_left(&r));
	}
}

static void negotiate(struct peer *p)
{
	const uint64_t give_up = now_ms(NULL) + GIVE_UP_MS;

	for (uint64_t now = now_ms(NULL); !p->up && now < give_up; now = now_ms(NULL)) {
		struct pollfd fds[2] = { { .fd = p->fd[0], .events = POLLIN }, { .fd = p->fd[1], .events = POLLIN } };

		if (p->timer_ms <= now)
			ike_timer(p->ike);
		poll(fds, 2, 50);
		for (int k = 0; k < 2; k++)
			if (fds[k].revents)
				receive(p, k);
	}
}

bool ike_peer_join(const struct ip_addr *local, const struct ip_addr *remote, const struct ike_proposal *proposal,
		   struct ike_peer_sa *out)
{
	struct peer p = { .timer_ms = UINT64_MAX, .sa = out };
	struct ike_ident i = { .local = *local,
			       .remote = *remote,
			       .proposals = { *proposal },
			       .proposal_count = 1,
			       .lifetime_s = IPSEC_LIFETIME_DEFAULT_S,
			       .lifetime_kb = IPSEC_LIFETIME_DEFAULT_KB,
			       .path_mtu = 1500 };

	ip_parse_prefix("0.0.0.0/0", &i.local_proxy);
	i.remote_proxy = i.local_proxy;
	p.fd[0] = netif_ike_open(4, ISAKMP_PORT);
	p.fd[1] = netif_ike_open(4, ISAKMP_NATT_PORT);
	if (p.fd[0] >= 0 && p.fd[1] >= 0) {
		p.ike = engine(&p);
		if (!ike_ident_add(p.ike, &i))
			abort();
		negotiate(&p);
		ike_free(p.ike);
	}
	for (int k = 0; k < 2; k++)
		if (p.fd[k] >= 0)
			close(p.fd[k]);
	if (!p.up)
		fprintf(stderr, "no tunnel\n");
	return p.up;
}
