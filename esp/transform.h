/*
 * ESP in tunnel mode over a batch of packets, in place: RFC 4303 3.3 and 3.4.
 *
 * Both take up to ESP_BATCH packets and leave packets alone whose verdict is not ESP_OK. What a packet came to stands
 * in its verdict; the caller counts. An SA's runtime is written here, so one SA belongs to one worker.
 */
#ifndef ESP_TRANSFORM_H
#define ESP_TRANSFORM_H

#include "esp/packet.h"
#include "esp/sa.h"

/*
 * In: inner packets of p[i].family, each with its outbound SA; of one SA in the order of their numbers. Out: SPI to ICV;
 * sequence and inner_octets are set. Needs ESP_HEADROOM in front and ESP_TAILROOM behind. Verdicts: ESP_DROP_SEQUENCE, ESP_DROP_CRYPTO.
 */
void esp_encap(struct esp_packet *p, unsigned count);

/*
 * In: SPI to ICV, with p[i].sa (inbound), p[i].family (what the tunnel carries) and p[i].tos (of the outer header).
 * Out: the inner packet, cut to the length its header tells; or `dummy`. Verdicts: ESP_DROP_SHORT, _REPLAY, _ICV,
 * _CRYPTO, _PADDING, _SELECTOR, _FAMILY, _ECN. The data of a packet that is dropped is not to be used.
 */
void esp_decap(struct esp_packet *p, unsigned count);

/* The ICV over data by the SA's HMAC: icv_octets of it into out. False when OpenSSL fails. */
bool esp_hmac(struct sa *sa, const uint8_t *data, size_t octets, uint8_t out[ESP_ICV_MAX]);

#endif
