/*
 * ICMP errors about packets that were too big on the way (RFC 4301 8.2).
 *
 * Anybody can send one. It counts when it quotes what only somebody on the path can have seen: the SPI and a recent
 * sequence number of an outbound SA whose peer the packet went to. A router that quotes only eight octets of a packet in
 * UDP quotes no SPI, and is not heard.
 */
#ifndef ESP_ERRORS_H
#define ESP_ERRORS_H

#include "esp/table.h"

#define ERRORS_RECENT 65536 /* packets ago */

/* The outbound SA that the packet went on, NULL: none of ours. udp: it came by a UDP socket. */
const struct table_sa *errors_match(const struct table *t, const struct netif_esp_error *e, bool udp);

#endif
