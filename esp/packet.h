/*
 * A packet worked on in place.
 *
 * It lies in room that is somebody else's: of the outbound worker's arena, where there are ESP_HEADROOM octets in front and
 * ESP_TAILROOM behind, or of a receive buffer, where there is nothing around it. Encapsulation grows an inner packet by at
 * most 24 octets in front (ESP header, IV; the transport may put outer headers before them) and 49 behind (padding 15,
 * trailer 2, ICV 32); decapsulation only shrinks. The data never leaves the room; the functions here are what moves its
 * ends.
 */
#ifndef ESP_PACKET_H
#define ESP_PACKET_H

#include "esp/esp.h"

#define ESP_BATCH       NETIF_WIRE_BATCH
#define ESP_HEADROOM    128
#define ESP_TAILROOM    64
#define ESP_INNER_MAX   65536
#define ESP_SLOT_OCTETS (ESP_HEADROOM + ESP_INNER_MAX + ESP_TAILROOM)

struct sa;
struct table_tunnel;

struct esp_packet {
	uint8_t *room, *end; /* the octets it may take: from room to before end */
	uint8_t *data;       /* inside them */
	size_t octets;
	struct sa *sa;                     /* that protects it */
	const struct table_tunnel *tunnel; /* whose it is, NULL: of none */
	unsigned family;                   /* inner: 4 or 6 */
	uint32_t sequence;                 /* of the ESP header */
	size_t inner_octets;               /* encapsulation: what `octets` was before it */
	uint32_t flow;                     /* to send: flow label of an outer IPv6 header */
	uint8_t tos;                       /* of the outer header: to send, or as received */
	bool df;                           /* for the outer header */
	bool moved;                        /* received: from elsewhere than its SA's peer is */
	bool newest;                       /* decapsulated: genuine, and numbered above all before it */
	bool dummy;            /* decapsulated to next header 59: nothing to deliver, and no error (RFC 4303 2.6) */
	enum esp_drop verdict; /* ESP_OK, or why it goes no further */
};

/* Empty, at its usual place in room of this size: behind the headroom. */
static inline void packet_reset(struct esp_packet *p, uint8_t *room, size_t octets)
{
	*p = (struct esp_packet){ .room = room, .end = room + octets, .data = room + ESP_HEADROOM };
}

/* Grows in front: the new first octet, or NULL when the headroom is used up. */
static inline uint8_t *packet_push(struct esp_packet *p, size_t octets)
{
	if ((size_t)(p->data - p->room) < octets)
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
	if ((size_t)(p->end - p->data) - p->octets < octets)
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
