/* `interface range Ethernet0/0 - 1 , Tunnel 1 - 3`: several interfaces, named to the end of a line. */
#ifndef SHELL_IFRANGE_H
#define SHELL_IFRANGE_H

#include "config/model.h"

#define IFRANGE_MOST 1024

struct router;

struct ifrange {
	char (*names)[CONFIG_IFNAME_SIZE]; /* canonical, each once, in the order typed */
	size_t count;
};

/*
 * Reads all of text. router knows which ports exist; NULL: every port does. False, and out is empty: *wrong is the
 * offset of the first character that cannot stand there; *half: it is none, something is missing at the end (a number of
 * that type of interface), else NULL. out NULL: the text is only checked.
 */
bool ifrange_parse(const char *text, size_t octets, const struct router *router, struct ifrange *out, size_t *wrong,
		   const char **half);
void ifrange_free(struct ifrange *r);

#endif
