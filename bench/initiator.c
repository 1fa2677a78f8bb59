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
#include "ike/ike.h"
#include "ike/isakmp.h"
#include "netif/netif.h"

#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATAGRAM   8192
#define MARKER     4
#define ENGINES    64
#define PER_ENGINE 40 /* an engine begins no more at a time: it would pace itself */
#define GIVE_UP_MS 120000

struct load;
struct side {
	struct load *load;
	struct ike *ike;
	uint64_t timer_ms;
};

struct load {
	int fd[2]; /* ports 500 and 4500 */
	struct ip_addr first;
	struct side sides[ENGINES];
	unsigned engines, up;
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
	struct load *l = ((struct side *)ctx)->load;
	const bool floated = path->local_port == ISAKMP_NATT_PORT;
	struct netif_ike_packet info = { path->local, path->remote, path->local_port, path->remote_port, 0 };
	uint8_t marked[MARKER + DATAGRAM];
	struct wr w = wr_of(marked, sizeof(marked));

	wr_zero(&w, floated ? MARKER : 0);
	wr_bytes(&w, datagram, octets);
	netif_ike_send(l->fd[floated], marked, wr_octets(&w), &info);
}

static void timer(void *ctx, uint64_t at_ms)
{
	((struct side *)ctx)->timer_ms = at_ms;
}

static int sa_install(void *ctx, const struct ike_ipsec_sa *sa)
{
	(void)ctx, (void)sa;
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
	((struct side *)ctx)->load->up += up;
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

static uint32_t number_of(const struct ip_addr *a)
{
	struct rd r = rd_of(a->octets, 4);

	return rd_u32(&r);
}

static void receive(struct load *l, int floated)
{
	struct netif_ike_packet info;
	uint8_t datagram[DATAGRAM];
	long n;

	while ((n = netif_ike_recv(l->fd[floated], datagram, sizeof(datagram), &info)) > 0) {
		const struct ike_path path = { info.local, info.remote, info.local_port, info.remote_port };
		struct rd r = rd_of(datagram, n > DATAGRAM ? 0 : (size_t)n);

		const uint32_t side = (number_of(&info.remote) - number_of(&l->first)) / PER_ENGINE;

		if (floated)
			rd_take(&r, MARKER);
		if (!r.why && side < l->engines)
			ike_feed(l->sides[side].ike, &path, r.p, rd_left(&r));
	}
}

static void start(struct side *l, const struct ip_addr *local, const struct ip_addr *remote, bool any)
{
	struct ike_ident i = { .local = *local, .remote = *remote };

	i.local_proxy = (struct ip_prefix){ *local, any ? 0 : 32 };
	i.remote_proxy = (struct ip_prefix){ *remote, any ? 0 : 32 };
	i.proposals[0] = (struct ike_proposal){ .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA };
	i.proposal_count = 1;
	i.lifetime_s = IPSEC_LIFETIME_DEFAULT_S;
	i.lifetime_kb = IPSEC_LIFETIME_DEFAULT_KB;
	i.path_mtu = 1500;
	if (!ike_ident_add(l->ike, &i))
		abort();
}

static struct ip_addr plus(const struct ip_addr *a, unsigned n)
{
	struct ip_addr out = *a;
	struct wr w = wr_of(out.octets, 4);

	wr_u32(&w, number_of(a) + n);
	return out;
}

static struct ike *engine(struct side *l, unsigned group)
{
	const struct ike_ops ops = { .ctx = l,
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
	struct ike *e = ike_new(&ops);

	ip_parse_prefix("0.0.0.0/0", &key.peer);
	if (!e || ike_configure(e, &s))
		abort();
	return e;
}

int main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof(*l));
	struct ip_addr local;
	unsigned count, window, started = 0;
	uint64_t begin, now;

	if (!l || argc < 6 || !ip_parse(argv[1], &local) || !ip_parse(argv[2], &l->first)) {
		fprintf(stderr, "usage: initiator LOCAL FIRST COUNT GROUP WINDOW [any]\n");
		return 2;
	}
	count = (unsigned)strtoul(argv[3], NULL, 10);
	window = (unsigned)strtoul(argv[5], NULL, 10);
	l->fd[0] = netif_ike_open(4, ISAKMP_PORT);
	l->fd[1] = netif_ike_open(4, ISAKMP_NATT_PORT);
	if (l->fd[0] < 0 || l->fd[1] < 0 || count > ENGINES * PER_ENGINE) {
		fprintf(stderr, "no socket, or more than %u addresses\n", ENGINES * PER_ENGINE);
		return 2;
	}
	while (l->engines * PER_ENGINE < count) {
		struct side *s = &l->sides[l->engines++];

		*s = (struct side){ .load = l, .timer_ms = UINT64_MAX };
		s->ike = engine(s, (unsigned)strtoul(argv[4], NULL, 10));
	}
	begin = now = now_ms(NULL);
	while (l->up < count && now - begin < GIVE_UP_MS) {
		struct pollfd p[2] = { { .fd = l->fd[0], .events = POLLIN }, { .fd = l->fd[1], .events = POLLIN } };
		uint64_t timer_ms = now + 100;

		while (started < count && started - l->up < window) {
			const struct ip_addr remote = plus(&l->first, started);

			start(&l->sides[started++ / PER_ENGINE], &local, &remote, argc > 6);
		}
		for (unsigned k = 0; k < l->engines; k++)
			timer_ms = l->sides[k].timer_ms < timer_ms ? l->sides[k].timer_ms : timer_ms;
		poll(p, 2, timer_ms > now ? (int)(timer_ms - now) : 0);
		for (int k = 0; k < 2; k++)
			if (p[k].revents)
				receive(l, k);
		now = now_ms(NULL);
		for (unsigned k = 0; k < l->engines; k++)
			if (l->sides[k].timer_ms <= now)
				ike_timer(l->sides[k].ike);
	}
	printf("%u of %u %.3f s %.0f/s\n", l->up, count, (double)(now - begin) / 1e3,
	       l->up * 1e3 / (double)(now - begin ? now - begin : 1));
	return l->up < count;
}
