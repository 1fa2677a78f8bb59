/* Copies of interfaces for show: as configured, as they run, and what the startup-config says of their addresses. */
#ifndef SHELL_IF_GATHER_H
#define SHELL_IF_GATHER_H

#include <stdbool.h>

struct session;
struct show_list;

/*
 * Items of struct show_interface (print_ip.h), what is plugged in first. only: the name of one interface, or NULL. Takes
 * the control lock; reads the startup-config before, when saved is asked for.
 */
void if_gather(struct session *s, const char *only, bool saved, struct show_list *list);

#endif
