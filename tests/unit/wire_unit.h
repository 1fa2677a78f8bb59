/* For tests of netif/wire.h: a wire that sends to itself or to another, and what came. */
#ifndef TESTS_UNIT_WIRE_UNIT_H
#define TESTS_UNIT_WIRE_UNIT_H

#include "netif/wire.h"
#include "tests/unit/netns_host.h"

#include <sys/socket.h>

/* Every kind of socket, and two addresses of the host for it, which "2001:db8::1" on lo makes two of IPv6. */
static const struct wire_kind {
	unsigned family;
	uint16_t port;
	const char *a, *b;
} wire_kinds[] = {
	{ 4, 0, "127.0.0.2", "127.0.0.3" },
	{ 6, 0, "2001:db8::1", "::1" },
	{ 4, 4500, "127.0.0.2", "127.0.0.3" },
	{ 6, 4500, "2001:db8::1", "::1" },
};
#define WIRE_KINDS (sizeof(wire_kinds) / sizeof(wire_kinds[0]))

static inline struct netif_wire *wire_of(unsigned family, uint16_t port, unsigned worker, unsigned workers)
{
	struct netif_wire_options o = { .family = family, .port = port, .worker = worker, .workers = workers };
	struct netif_wire *w = NULL;

	CU_ASSERT_EQUAL_FATAL(netif_wire_open(&o, &w), 0);
	return w;
}

static inline int wire_open_fails(unsigned family, uint16_t port, unsigned worker, unsigned workers)
{
	struct netif_wire_options o = { .family = family, .port = port, .worker = worker, .workers = workers };
	struct netif_wire *w = NULL;
	int rc = netif_wire_open(&o, &w);

	netif_wire_close(w);
	return rc;
}

static inline struct netif *wire_host(void)
{
	struct netif *n = netns_fresh();

	give(n, lo_index(n), "2001:db8::1/128");
	return n;
}

static inline struct netif_esp_packet wire_packet(const struct wire_kind *k, uint8_t *data, size_t octets)
{
	return (struct netif_esp_packet){
		.src = addr_of(k->a), .dst = addr_of(k->b), .data = data, .octets = octets, .port = k->port
	};
}

/* All of them, with as many calls as it takes. */
static inline void wire_send_all(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count)
{
	unsigned sent = 0;

	while (sent < count) {
		int n = netif_wire_send(w, p + sent, count - sent);

		CU_ASSERT_FATAL(n > 0);
		sent += (unsigned)n;
	}
}

/* Waits where nothing is there yet. */
static inline unsigned wire_recv_some(struct netif_wire *w, struct netif_esp_packet *p)
{
	int n = netif_wire_recv(w, p, NETIF_WIRE_BATCH);

	if (n == 0) {
		wait_for(netif_wire_fd(w));
		n = netif_wire_recv(w, p, NETIF_WIRE_BATCH);
	}
	CU_ASSERT_FATAL(n > 0 && n <= NETIF_WIRE_BATCH);
	return (unsigned)n;
}

static inline struct netif_wire_status wire_status(const struct netif_wire *w)
{
	struct netif_wire_status s;

	netif_wire_status(w, &s);
	return s;
}

/* A packet that knows its number and its size. */
static inline void wire_fill(uint8_t *data, size_t octets, uint32_t spi, uint32_t number)
{
	uint8_t head[8] = { (uint8_t)(spi >> 24),    (uint8_t)(spi >> 16),    (uint8_t)(spi >> 8),    (uint8_t)spi,
			    (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	for (size_t i = 0; i < octets; i++)
		data[i] = i < 8 ? head[i] : (uint8_t)(number + i);
}

static inline bool wire_filled(const struct netif_esp_packet *p, uint32_t spi, uint32_t number)
{
	static uint8_t want[65536];

	wire_fill(want, p->octets, spi, number);
	return memcmp(p->data, want, p->octets) == 0;
}

#endif
