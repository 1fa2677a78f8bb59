/*
 * A packet in a slot of its own, worked on in place.
 *
 * A slot is ESP_HEADROOM octets, room for the largest inner packet, ESP_TAILROOM octets. Encapsulation grows an inner
 * packet by at most 24 octets in front (ESP header, IV) and 49 behind (padding 15, trailer 2, ICV 32); decapsulation
 * only shrinks. A packet's data always lies inside its slot; the functions here are what moves its ends.
 */
#ifndef ESP_PACKET_H
#define ESP_PACKET_H

#include "esp/esp.h"

#define ESP_BATCH       64
#define ESP_HEADROOM    64
#define ESP_TAILROOM    64
#define ESP_INNER_MAX   65536
#define ESP_SLOT_OCTETS (ESP_HEADROOM + ESP_INNER_MAX + ESP_TAILROOM)

struct sa;

struct esp_packet {
	uint8_t *slot; /* ESP_SLOT_OCTETS */
	uint8_t *data; /* inside the slot */
	size_t octets;
	struct sa *sa;         /* inbound: found by SPI; encapsulation is told per batch */
	unsigned family;       /* inner: 4 or 6 */
	uint32_t sequence;     /* of the ESP header */
	size_t inner_octets;   /* encapsulation: what `octets` was before it */
	uint32_t flow;         /* to send: flow label of an outer IPv6 header */
	uint8_t tos;           /* of the outer header: to send, or as received */
	bool df;               /* for the outer header */
	bool moved;            /* received: from elsewhere than its SA's peer is */
	bool newest;           /* decapsulated: genuine, and numbered above all before it */
	bool dummy;            /* decapsulated to next header 59: nothing to deliver, and no error (RFC 4303 2.6) */
	enum esp_drop verdict; /* ESP_OK, or why it goes no further */
};

/* Ready for `room` octets at its usual place, behind the headroom. */
static inline void packet_reset(struct esp_packet *p)
{
	uint8_t *slot = p->slot;

	*p = (struct esp_packet){ .slot = slot, .data = slot + ESP_HEADROOM };
}

/* Grows in front: the new first octet, or NULL when the headroom is used up. */
static inline uint8_t *packet_push(struct esp_packet *p, size_t octets)
{
	if ((size_t)(p->data - p->slot) < octets)
		return NULL;
	p->data -= octets;
	p->octets += octets;
	return p->data;
}

/* Shrinks in front: what stood there, or NULL when there is less. */
static inline uint8_t *packet_pull(struct esp_packet *p, size_t octets)
{
	if (p->octets < octets)
		return NULL;
	p->data += octets;
	p->octets -= octets;
	return p->data - octets;
}

/* Grows behind: the first new octet, or NULL. */
static inline uint8_t *packet_put(struct esp_packet *p, size_t octets)
{
	if (ESP_SLOT_OCTETS - (size_t)(p->data - p->slot) - p->octets < octets)
		return NULL;
	p->octets += octets;
	return p->data + p->octets - octets;
}

/* Shrinks behind: the first octet cut off, still readable, or NULL when there is less. */
static inline uint8_t *packet_trim(struct esp_packet *p, size_t octets)
{
	if (p->octets < octets)
		return NULL;
	p->octets -= octets;
	return p->data + p->octets;
}

#endif
