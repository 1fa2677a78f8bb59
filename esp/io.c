#include "esp/io.h"

static const struct esp_io kernel = { netif_esp_recv, netif_esp_send };

struct esp *esp_new(int esp4_fd, int esp6_fd)
{
	return esp_new_io(&kernel, esp4_fd, esp6_fd);
}
