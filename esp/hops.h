/* The next hops that control gave, as the table has them: tunnels whose packets go the same way share one row. */
#ifndef ESP_HOPS_H
#define ESP_HOPS_H

#include "esp/io.h"
#include "esp/table.h"

struct hop_pair; /* a pair of ends, and the row that is theirs */

struct hops {
	struct hop_pair *pairs; /* in order */
	struct table_hop *ways; /* each once */
	size_t count, rows;
};

/* False when out of memory. Of a pair that stands there twice one is taken. */
bool hops_make(struct hops *h, const struct esp_io *io, const struct esp_hop *list, size_t count);
void hops_release(struct hops *h);
/* Into the rows of a table. */
void hops_fill(const struct hops *h, struct table_hop *rows);
/* NULL: none between them. */
const struct table_hop *hops_find(const struct hops *h, const struct table_hop *rows, const struct ip_addr *local,
				  const struct ip_addr *remote);

#endif
