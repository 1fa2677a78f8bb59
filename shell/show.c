#include "shell/show.h"

#include "base/wipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *show_list_add(struct show_list *l)
{
	char *item;

	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 8;
		void *items = calloc(room, l->octets);

		/* Not realloc: what is left behind could be a key. */
		if (!items)
			return NULL;
		if (l->count) {
			memcpy(items, l->items, l->count * l->octets);
			wipe(l->items, l->count * l->octets);
		}
		free(l->items);
		l->items = items;
		l->room = room;
	}
	item = (char *)l->items + l->count++ * l->octets;
	return item;
}

void show_list_sort(struct show_list *l, int (*compare)(const void *a, const void *b))
{
	if (l->count > 1)
		qsort(l->items, l->count, l->octets, compare);
}

void show_list_free(struct show_list *l)
{
	if (l->items)
		wipe(l->items, l->room * l->octets);
	free(l->items);
	*l = (struct show_list){ .octets = l->octets };
}

const char *show_hms(uint64_t seconds, char buf[SHOW_TIME_SIZE])
{
	snprintf(buf, SHOW_TIME_SIZE, "%02llu:%02u:%02u", (unsigned long long)(seconds / 3600),
		 (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	return buf;
}

const char *show_age(uint64_t seconds, char buf[SHOW_TIME_SIZE])
{
	unsigned long long hours = seconds / 3600, days = hours / 24, weeks = days / 7, years = weeks / 52;

	if (hours < 24)
		return show_hms(seconds, buf);
	if (days < 7)
		snprintf(buf, SHOW_TIME_SIZE, "%llud%02lluh", days, hours % 24);
	else if (weeks < 52)
		snprintf(buf, SHOW_TIME_SIZE, "%lluw%llud", weeks, days % 7);
	else
		snprintf(buf, SHOW_TIME_SIZE, "%lluy%lluw", years, weeks % 52);
	return buf;
}
