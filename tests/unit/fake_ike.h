/* An engine that negotiates nothing: it notes what the router asks, and a test says what became of it. */
#ifndef TESTS_UNIT_FAKE_IKE_H
#define TESTS_UNIT_FAKE_IKE_H

#include "ike/ike.h"

#define FAKE_IDENTS 8

struct fake_ident {
	uint32_t number; /* 0: free */
	struct ike_ident config;
	bool up;
};

struct ike {
	struct ike_ops ops;
	struct fake_ident idents[FAKE_IDENTS];
	uint32_t last;
	unsigned configured, added, removed, fed, limits, proven, volumes, invalid_spis, timers; /* how often */
	unsigned debug;           /* as it was told last */
	struct ike_path fed_path; /* of the last datagram or move */
	size_t fed_octets;
	struct ike_settings settings; /* the router's own lists, good until it tells the next */
	bool stopped;
};

/* The ident of this interface, or NULL. */
struct fake_ident *fake_ident(struct ike *e, const char *ifname);
/* Both SAs of a suite, and the word that the ident is up. 0 or what the router answered. */
int fake_up(struct ike *e, struct fake_ident *i, enum esp_cipher cipher, unsigned keybits, enum esp_auth auth);
uint32_t fake_spi(const struct fake_ident *i, bool inbound);
void fake_down(struct ike *e, struct fake_ident *i);

#endif
