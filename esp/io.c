#include "esp/io.h"

static const struct esp_io kernel = { netif_esp_recv, netif_udp_recv, netif_esp_send, netif_esp_errors };

struct esp *esp_new(const struct esp_sockets *sockets)
{
	return esp_new_io(&kernel, sockets);
}
