/* The ESP sockets as the workers use them: netif's functions, or what a test puts in their place. */
#ifndef ESP_IO_H
#define ESP_IO_H

#include "esp/esp.h"
#include "netif/netif.h"

struct esp_io {
	int (*recv)(int fd, unsigned family, struct netif_esp_packet *p, unsigned count);
	int (*udp_recv)(int fd, struct netif_esp_packet *p, unsigned count);
	int (*send)(int fd, unsigned family, struct netif_esp_packet *p, unsigned count);
	unsigned (*errors)(int fd, struct netif_esp_error *e, unsigned count, bool *more);
};

/* esp_new() with other functions; io must outlive the result. */
struct esp *esp_new_io(const struct esp_io *io, const struct esp_sockets *sockets);

#endif
