#include "esp/io.h"

static const struct esp_io kernel = {
	.fd = netif_wire_fd,
	.full_fd = netif_wire_full_fd,
	.recv = netif_wire_recv,
	.left = netif_wire_left,
	.send = netif_wire_send,
	.send_hop = netif_wire_send_hop,
	.errors = netif_wire_errors,
	.xdp_fd = netif_xdp_fd,
	.xdp_recv = netif_xdp_recv,
	.xdp_send = netif_xdp_send,
	.xdp_left = netif_xdp_left,
	.xdp_push = netif_xdp_push,
	.hop_largest = netif_hop_largest,
	.xdp_largest = netif_xdp_largest,
};

struct esp *esp_new(const struct esp_config *config)
{
	return esp_new_io(&kernel, config);
}
