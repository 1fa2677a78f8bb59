/* The sockets of ESP as the workers use them: netif's functions, or what a test puts in their place. */
#ifndef ESP_IO_H
#define ESP_IO_H

#include "esp/esp.h"

struct esp_io {
	int (*fd)(const struct netif_wire *w);
	int (*full_fd)(const struct netif_wire *w);
	int (*recv)(struct netif_wire *w, struct netif_esp_packet *p, unsigned count);
	bool (*left)(const struct netif_wire *w);
	int (*send)(struct netif_wire *w, const struct netif_esp_packet *p, unsigned count);
	int (*send_hop)(struct netif_wire *w, const struct netif_hop *hop, const struct netif_esp_packet *p,
			unsigned count);
	unsigned (*errors)(struct netif_wire *w, struct netif_esp_error *e, unsigned count, bool *more);
	int (*xdp_fd)(const struct netif_xdp *x);
	int (*xdp_recv)(struct netif_xdp *x, struct netif_esp_packet *p, unsigned count);
	int (*xdp_send)(struct netif_xdp *x, const struct netif_hop *hop, const struct netif_esp_packet *p,
			unsigned count);
	bool (*xdp_left)(const struct netif_xdp *x);
	bool (*xdp_push)(struct netif_xdp *x);
	unsigned (*hop_largest)(const struct netif_hop *hop, unsigned family); /* of send_hop */
	unsigned (*xdp_largest)(const struct netif_hop *hop, unsigned family);
};

/* esp_new() with other functions; io must outlive the result. */
struct esp *esp_new_io(const struct esp_io *io, const struct esp_config *config);

#endif
