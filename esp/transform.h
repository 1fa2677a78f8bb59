/*
 * ESP in tunnel mode over a batch of packets, in place: RFC 4303 3.3 and 3.4.
 *
 * All take up to ESP_BATCH packets, of whatever SAs, and leave packets alone whose verdict is not ESP_OK. What a packet came
 * to stands in its verdict; the caller counts. e is the worker's own.
 */
#ifndef ESP_TRANSFORM_H
#define ESP_TRANSFORM_H

#include "esp/engine.h"
#include "esp/packet.h"
#include "esp/sa.h"

/*
 * In: inner packets of p[i].family, each with its outbound SA; of one SA in the order of their numbers. Out: SPI to ICV;
 * inner_octets and sequence are set, sequence to 0 where no number was taken. Needs ESP_HEADROOM in front and ESP_TAILROOM
 * behind. Verdicts: ESP_DROP_SEQUENCE, ESP_DROP_CRYPTO.
 *
 * Numbers are taken in the order of the batch, for packets of one SA that stand side by side at once. So workers that
 * send in the order of their batches, each packet once all lower numbers of its SA are sent, never wait for each other in
 * a ring. A packet that is dropped after it took its number (sequence is not 0) has to be counted as sent.
 */
void esp_encap(struct engine *e, struct esp_packet *p, unsigned count);

/*
 * The first half of decapsulation: window check, ICV, decryption. In: SPI to ICV, with p[i].sa (inbound). Out: the inner
 * packet and its trailer. Verdicts: ESP_DROP_SHORT, _REPLAY, _ICV, _CRYPTO.
 */
void esp_open(struct engine *e, struct esp_packet *p, unsigned count);
/*
 * The second: window commit, padding, selector. In: what esp_open() left, with p[i].family (what the tunnel carries) and
 * p[i].tos (of the outer header). Out: the inner packet, cut to the length its header tells; or `dummy`. Verdicts:
 * ESP_DROP_REPLAY, _SHORT, _PADDING, _SELECTOR, _FAMILY, _ECN. The data of a packet that is dropped is not to be used.
 */
void esp_accept(struct esp_packet *p, unsigned count);

/* Both. */
void esp_decap(struct engine *e, struct esp_packet *p, unsigned count);

#endif
