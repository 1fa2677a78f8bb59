/* show access-lists and its kin, and the clearing of their counters. */
#include "shell/commands_show.h"
#include "shell/print_acl.h"
#include "shell/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- copies, made under the lock ---- */

struct shown {
	bool heading;
	enum acl_kind kind;
	char *text; /* NULL of an entry that there was no memory for */
	unsigned sequence;
	uint64_t handle, class_matches;
};

static void add_list(struct show_list *out, const struct acl *a, const char *direction)
{
	const struct acl_entry *e;
	struct shown *s = show_list_add(out);
	char text[ACL_TEXT_SIZE];

	if (!s)
		return;
	snprintf(text, sizeof(text), "%s%s%s", a->name, *direction ? " " : "", direction);
	*s = (struct shown){ .heading = true, .kind = a->kind, .text = strdup(text) };
	TAILQ_FOREACH (e, &a->entries, link) {
		if (e->remark || !(s = show_list_add(out)))
			continue;
		*s = (struct shown){
			.kind = a->kind,
			.text = strdup(print_acl_entry(a->kind, e, ACL_STYLE_SHOW, text)),
			.sequence = e->sequence,
			.handle = e->handle,
			.class_matches = e->class_matches,
		};
	}
}

static void add_lists(struct session *s, struct show_list *out, const struct acl_list *lists, const char *only)
{
	const struct acl *a;

	TAILQ_FOREACH (a, lists, link)
		if (!only || !strcmp(a->name, only)) {
			add_list(out, a, "");
			show_lend(s);
		}
}

static void add_lists_of(struct show_list *out, const struct config *c, const struct interface *i)
{
	static const char *const directions[] = { [ACL_IN] = "in", [ACL_OUT] = "out" };

	for (int d = ACL_IN; i && d < ACL_DIRECTIONS; d++) {
		const struct acl *a = i->access_group[d][0] ? config_acl_find(c, false, i->access_group[d]) : NULL;

		if (a)
			add_list(out, a, directions[d]);
	}
}

/* --- printing ---- */

static int by_handle(const void *key, const void *item)
{
	const uint64_t *handle = key;
	const struct router_acl_count *c = item;

	return *handle < c->handle ? -1 : *handle > c->handle;
}

static const char *matches(uint64_t packets, char buf[48])
{
	buf[0] = '\0';
	if (packets)
		snprintf(buf, 48, " (%" PRIu64 " match%s)", packets, packets == 1 ? "" : "es");
	return buf;
}

static void print_one(struct session *s, const struct shown *e, uint64_t packets)
{
	static const char *const kinds[] = {
		[ACL_STANDARD] = "Standard IP access list",
		[ACL_EXTENDED] = "Extended IP access list",
		[ACL_IPV6] = "IPv6 access list",
	};
	char count[48];

	if (e->heading)
		session_line(s, "%s %s", kinds[e->kind], e->text);
	else if (e->kind == ACL_IPV6)
		session_line(s, "    %s%s sequence %u", e->text, matches(packets, count), e->sequence);
	else
		session_line(s, "    %u %s%s", e->sequence, e->text, matches(packets, count));
}

static void print_all(struct session *s, struct show_list *list)
{
	struct router_acl_count *counts = NULL;
	size_t count = session_router(s) ? router_acl_counts(&counts) : 0;
	struct shown *e = list->items;

	for (size_t k = 0; k < list->count; k++) {
		const struct router_acl_count *c =
			count ? bsearch(&e[k].handle, counts, count, sizeof(*counts), by_handle) : NULL;

		if (e[k].text)
			print_one(s, &e[k], e[k].class_matches + (c && !e[k].heading ? c->packets : 0));
		free(e[k].text);
	}
	free(counts);
	show_list_free(list);
}

/* --- the commands ---- */

enum families { IPV4_LISTS = 1 << 0, IPV6_LISTS = 1 << 1 };

static enum cmd_result show_lists(struct session *s, const struct cmd_match *m)
{
	struct show_list list = SHOW_LIST(struct shown);
	const char *ifname = cmd_text(m, "interface"), *only = cmd_text(m, "list");
	struct config *c = session_config(s);
	int families = cmd_of(m)->arg;

	show_lock(s);
	if (ifname)
		add_lists_of(&list, c, config_interface_find(c, ifname));
	if (!ifname && (families & IPV4_LISTS))
		add_lists(s, &list, &c->acls, only);
	if (!ifname && (families & IPV6_LISTS))
		add_lists(s, &list, &c->acls6, only);
	show_unlock(s);
	print_all(s, &list);
	return CMD_OK;
}

static void clear_list(struct acl *a, struct show_list *handles)
{
	struct acl_entry *e;

	TAILQ_FOREACH (e, &a->entries, link) {
		uint64_t *h = e->remark ? NULL : show_list_add(handles);

		e->class_matches = 0;
		if (h)
			*h = e->handle;
	}
}

static enum cmd_result clear_lists(struct session *s, const struct cmd_match *m)
{
	struct show_list handles = SHOW_LIST(uint64_t);
	const char *only = cmd_text(m, "list");
	struct config *c = session_config(s);
	int families = cmd_of(m)->arg;
	struct acl *a;

	show_lock(s);
	TAILQ_FOREACH (a, &c->acls, link)
		if ((families & IPV4_LISTS) && (!only || !strcmp(a->name, only)))
			clear_list(a, &handles);
	TAILQ_FOREACH (a, &c->acls6, link)
		if ((families & IPV6_LISTS) && (!only || !strcmp(a->name, only)))
			clear_list(a, &handles);
	show_unlock(s);
	if (session_router(s))
		router_acl_clear(handles.items, handles.count);
	show_list_free(&handles);
	return CMD_OK;
}

#define ROW(privilege_, arg_, handler_, ...)                                                                           \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },        \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}
#define SHOW(arg_, ...)  ROW(1, arg_, show_lists, KW("show", "Show running system information"), __VA_ARGS__)
#define CLEAR(arg_, ...) ROW(15, arg_, clear_lists, KW("clear", "Reset functions"), __VA_ARGS__)

#define IP           KW("ip", "IP information")
#define IPV6         KW("ipv6", "IPv6 information")
#define LISTS        KW("access-lists", "List access lists")
#define IP_LISTS     KW("access-lists", "List IP access lists")
#define IPV6_LIST    KW("access-list", "Summary of access lists")
#define NAME         WORD("list", "ACL name")
#define CLEAR_IP     KW("ip", "IP")
#define CLEAR_IPV6   KW("ipv6", "IPv6")
#define CLEAR_LIST   KW("access-list", "Clear access list statistical information")
#define CLEAR_COUNTS KW("counters", "Clear access list counters")

static const struct cmd cmds[] = {
	SHOW(IPV4_LISTS | IPV6_LISTS, LISTS),
	SHOW(IPV4_LISTS | IPV6_LISTS, LISTS, NAME),
	SHOW(IPV4_LISTS, IP, IP_LISTS),
	SHOW(IPV4_LISTS, IP, IP_LISTS, NAME),
	SHOW(IPV4_LISTS, IP, IP_LISTS, KW("interface", "List IP access lists of an interface"),
	     IFNAME("interface", "Interface")),
	SHOW(IPV6_LISTS, IPV6, IPV6_LIST),
	SHOW(IPV6_LISTS, IPV6, IPV6_LIST, NAME),
	CLEAR(IPV4_LISTS | IPV6_LISTS, CLEAR_LIST, CLEAR_COUNTS),
	CLEAR(IPV4_LISTS | IPV6_LISTS, CLEAR_LIST, CLEAR_COUNTS, NAME),
	CLEAR(IPV4_LISTS, CLEAR_IP, CLEAR_LIST, CLEAR_COUNTS),
	CLEAR(IPV4_LISTS, CLEAR_IP, CLEAR_LIST, CLEAR_COUNTS, NAME),
	CLEAR(IPV6_LISTS, CLEAR_IPV6, CLEAR_LIST),
	CLEAR(IPV6_LISTS, CLEAR_IPV6, CLEAR_LIST, NAME),
	CLEAR(IPV6_LISTS, CLEAR_IPV6, CLEAR_LIST, CLEAR_COUNTS),
	CLEAR(IPV6_LISTS, CLEAR_IPV6, CLEAR_LIST, CLEAR_COUNTS, NAME),
};

const struct cmd_table cmd_show_acl_table = CMD_TABLE(cmds);
