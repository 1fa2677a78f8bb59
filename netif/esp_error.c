#define _GNU_SOURCE
#include "netif/wire_private.h"

unsigned netif_esp_errors(int fd, struct netif_esp_error *e, unsigned count, bool *more)
{
	return wire_errors(fd, e, count, more);
}
