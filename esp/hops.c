#include "esp/hops.h"

#include <stdlib.h>
#include <string.h>

struct hop_pair {
	struct ip_addr local, remote;
	size_t row;
};

static int compare_addresses(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family != b->family ? (a->family < b->family ? -1 : 1) : memcmp(a->octets, b->octets, ip_octets(a));
}

static int compare_pairs(const void *a, const void *b)
{
	const struct hop_pair *x = a, *y = b;
	int order = compare_addresses(&x->remote, &y->remote);

	return order ? order : compare_addresses(&x->local, &y->local);
}

static bool is_way(const struct table_hop *way, const struct esp_hop *hop)
{
	return way->xdp == hop->xdp && way->hop.ifindex == hop->hop.ifindex && way->family == hop->local.family &&
	       way->hop.mtu == hop->hop.mtu && !memcmp(way->hop.dst_mac, hop->hop.dst_mac, sizeof(hop->hop.dst_mac)) &&
	       !memcmp(way->hop.src_mac, hop->hop.src_mac, sizeof(hop->hop.src_mac));
}

static unsigned largest(const struct esp_io *io, const struct esp_hop *hop)
{
	return (hop->xdp ? io->xdp_largest : io->hop_largest)(&hop->hop, hop->local.family);
}

bool hops_make(struct hops *h, const struct esp_io *io, const struct esp_hop *list, size_t count)
{
	*h = (struct hops){ 0 };
	if (!count)
		return true;
	h->pairs = calloc(count, sizeof(*h->pairs));
	h->ways = calloc(count, sizeof(*h->ways));
	if (!h->pairs || !h->ways) {
		hops_release(h);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const struct esp_hop *hop = &list[i];
		size_t row = h->rows;

		/* the ways are few: one for each neighbour, and those of a list come in its order */
		while (row > 0 && !is_way(&h->ways[row - 1], hop))
			row--;
		if (!row) {
			h->ways[h->rows++] = (struct table_hop){ .xdp = hop->xdp,
								 .hop = hop->hop,
								 .family = hop->local.family,
								 .largest = largest(io, hop) };
			row = h->rows;
		}
		h->pairs[i] = (struct hop_pair){ hop->local, hop->remote, row - 1 };
	}
	h->count = count;
	qsort(h->pairs, count, sizeof(*h->pairs), compare_pairs);
	return true;
}

void hops_release(struct hops *h)
{
	free(h->pairs);
	free(h->ways);
	*h = (struct hops){ 0 };
}

void hops_fill(const struct hops *h, struct table_hop *rows)
{
	for (size_t i = 0; i < h->rows; i++)
		rows[i] = h->ways[i];
}

const struct table_hop *hops_find(const struct hops *h, const struct table_hop *rows, const struct ip_addr *local,
				  const struct ip_addr *remote)
{
	const struct hop_pair key = { *local, *remote, 0 };
	const struct hop_pair *found =
		h->count ? bsearch(&key, h->pairs, h->count, sizeof(*h->pairs), compare_pairs) : NULL;

	return found ? &rows[found->row] : NULL;
}
