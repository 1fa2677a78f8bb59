/* A batch that is encrypted goes out: over AF_XDP where there is a hop for it, else over the sockets. */
#ifndef ESP_SEND_H
#define ESP_SEND_H

#include "esp/worker.h"

/*
 * What esp_encap() made of a batch: those whose verdict is ESP_OK go out, in order, after what has lower numbers of their
 * SAs and is another worker's. What is not taken is counted as a drop. room: of count packets.
 */
void send_batch(struct worker *w, const struct esp_packet *p, unsigned count, struct netif_esp_packet *room);

#endif
