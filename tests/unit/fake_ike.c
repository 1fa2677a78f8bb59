#include "tests/unit/fake_ike.h"

#include <stdlib.h>
#include <string.h>

#define SPI_IN  0x1000
#define SPI_OUT 0x2000

uint32_t fake_spi(const struct fake_ident *i, bool inbound)
{
	return (inbound ? SPI_IN : SPI_OUT) + i->number;
}

struct ike *ike_new(const struct ike_ops *ops)
{
	struct ike *e = calloc(1, sizeof(*e));

	if (e)
		e->ops = *ops;
	return e;
}

void ike_free(struct ike *e)
{
	free(e);
}

int ike_configure(struct ike *e, const struct ike_settings *s)
{
	e->configured++;
	e->settings = *s;
	return 0;
}

void ike_export_keys(struct ike *e,
		     void (*phase1_key)(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets))
{
	(void)e;
	(void)phase1_key;
}

void ike_set_conditions(struct ike *e, const struct ike_conditions *c)
{
	(void)e, (void)c;
}

void ike_set_debug(struct ike *e, unsigned kinds)
{
	e->debug = kinds;
}

uint32_t ike_ident_add(struct ike *e, const struct ike_ident *ident)
{
	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (!e->idents[k].number) {
			e->idents[k] = (struct fake_ident){ .number = ++e->last, .config = *ident };
			e->added++;
			return e->last;
		}
	return 0;
}

static void remove_sas(struct ike *e, struct fake_ident *i)
{
	if (!i->up)
		return;
	i->up = false;
	e->ops.sa_remove(e->ops.ctx, i->number, true, fake_spi(i, true));
	e->ops.sa_remove(e->ops.ctx, i->number, false, fake_spi(i, false));
	e->ops.ident_state(e->ops.ctx, i->number, false);
}

bool ike_ident_is(struct ike *e, uint32_t ident, const struct ike_ident *what)
{
	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (e->idents[k].number == ident)
			return !memcmp(&e->idents[k].config, what, sizeof(*what));
	return false;
}

uint32_t ike_ident_between(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t after)
{
	uint32_t next = 0;

	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (e->idents[k].number > after && (!next || e->idents[k].number < next) &&
		    ip_equal(&e->idents[k].config.local, local) && ip_equal(&e->idents[k].config.remote, remote))
			next = e->idents[k].number;
	return next;
}

void ike_ident_path_mtu(struct ike *e, uint32_t ident, unsigned path_mtu)
{
	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (e->idents[k].number == ident)
			e->idents[k].config.path_mtu = path_mtu;
}

void ike_ident_remove(struct ike *e, uint32_t ident)
{
	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (e->idents[k].number == ident) {
			remove_sas(e, &e->idents[k]);
			e->idents[k].number = 0;
			e->removed++;
		}
}

void ike_feed(struct ike *e, const struct ike_path *path, const uint8_t *datagram, size_t octets)
{
	e->fed++;
	e->fed_path = *path;
	e->fed_octets = octets;
	/* Comes back to whoever sent it. */
	e->ops.send(e->ops.ctx, path, datagram, octets);
}

void ike_timer(struct ike *e)
{
	e->timers++;
}

void ike_peer_moved(struct ike *e, uint32_t ident, uint32_t in_spi, const struct ike_path *path)
{
	(void)ident;
	(void)in_spi;
	e->fed_path = *path;
}

void ike_invalid_spi(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote, uint32_t spi,
		     size_t octets)
{
	(void)local;
	(void)remote;
	(void)spi;
	(void)octets;
	e->invalid_spis++;
}

void ike_sa_limit(struct ike *e, uint32_t ident, uint32_t spi)
{
	(void)ident;
	(void)spi;
	e->limits++;
}

void ike_sa_proven(struct ike *e, uint32_t ident, uint32_t in_spi)
{
	(void)ident;
	(void)in_spi;
	e->proven++;
}

void ike_sa_volume(struct ike *e, uint32_t ident, bool inbound, uint32_t spi)
{
	(void)ident;
	(void)inbound;
	(void)spi;
	e->volumes++;
}

void ike_shutdown(struct ike *e)
{
	e->stopped = true;
	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (e->idents[k].number)
			remove_sas(e, &e->idents[k]);
}

struct fake_ident *fake_ident(struct ike *e, const char *ifname)
{
	for (size_t k = 0; k < FAKE_IDENTS; k++)
		if (e->idents[k].number && !strcmp(e->idents[k].config.ifname, ifname))
			return &e->idents[k];
	return NULL;
}

int fake_up(struct ike *e, struct fake_ident *i, enum esp_cipher cipher, unsigned keybits, enum esp_auth auth)
{
	static const uint8_t key[64] = { 1 };
	struct ike_ipsec_sa sa = {
		.ident = i->number,
		.inbound = true,
		.spi = fake_spi(i, true),
		.conn_id = 1,
		.src = i->config.remote,
		.dst = i->config.local,
		.cipher = cipher,
		.keybits = keybits,
		.auth = auth,
		.cipher_key = key,
		.auth_key = key,
		.cipher_key_octets = keybits / 8,
		.auth_key_octets = 20,
		.replay_window = i->config.replay_window,
	};
	int rc = e->ops.sa_install(e->ops.ctx, &sa);

	if (rc)
		return rc;
	sa.inbound = false;
	sa.spi = fake_spi(i, false);
	sa.src = i->config.local;
	sa.dst = i->config.remote;
	rc = e->ops.sa_install(e->ops.ctx, &sa);
	i->up = true;
	e->ops.ident_state(e->ops.ctx, i->number, true);
	return rc;
}

void fake_down(struct ike *e, struct fake_ident *i)
{
	remove_sas(e, i);
}
