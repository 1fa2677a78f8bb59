/*
 * Access lists as nftables' JSON, without a kernel (filter.c has one). Each function appends commands to f, each with a
 * comma in front: the text begins with one that filter.c wrote.
 */
#ifndef ROUTER_FILTER_RULES_H
#define ROUTER_FILTER_RULES_H

#include "config/acl.h"

#include <stdio.h>

#define FILTER_TABLE "mainmode-acl"
/*
 * In front of everything else that netfilter does: fragments are seen as they arrive, and what is denied costs neither
 * connection tracking nor a route.
 */
#define FILTER_PRIORITY (-450)
/* What a `log` entry matches goes to this group of nfnetlink_log, so many a second and entry, with its counter's name. */
#define FILTER_LOG_GROUP  5519
#define FILTER_LOG_RATE   5
#define FILTER_LOG_OCTETS 96

/* The table, its base chains and maps, empty. */
void filter_rules_base(FILE *f);
/* Out with all entries of maps and sets, so that they can be given anew. */
void filter_rules_flush(FILE *f);
/* slot: IPv4 in, IPv4 out, IPv6 in, IPv6 out. */
void filter_rules_use(FILE *f, const char *device, unsigned slot, unsigned chain);
void filter_rules_quiet(FILE *f, const char *device);

void filter_rules_chain(FILE *f, unsigned chain, const char *verb); /* "add", "flush", "delete" */
void filter_rules_counter(FILE *f, uint64_t handle, const char *verb);
/* What the list says, into its empty chain; its counters are there. */
void filter_rules_list(FILE *f, unsigned chain, const struct acl *a);

#define FILTER_COUNTER_SIZE 20
const char *filter_rules_counter_name(uint64_t handle, char buf[FILTER_COUNTER_SIZE]);

#endif
