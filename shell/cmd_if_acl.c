/* ip access-group and ipv6 traffic-filter: which access list an interface has in each direction, and the writers. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static const struct cmd_choice directions[] = {
	{ "in", "inbound packets", ACL_IN },
	{ "out", "outbound packets", ACL_OUT },
	{ 0 },
};

/* `no` goes by the direction, whatever list it names, as on IOS. */
static enum cmd_result set_filter(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	char(*lists)[ACL_NAME_SIZE] = cmd_of(m)->arg ? i->traffic_filter : i->access_group;
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "list");

	if (strlen(name) >= ACL_NAME_SIZE) {
		session_line(s, "%% Invalid access list name.");
		return CMD_REJECTED;
	}
	snprintf(lists[cmd_num(m, "direction", ACL_IN)], ACL_NAME_SIZE, "%s", name);
	return CMD_OK;
}

static void write_filters(struct out *o, const char *command, const char lists[ACL_DIRECTIONS][ACL_NAME_SIZE])
{
	for (int d = ACL_IN; d < ACL_DIRECTIONS; d++)
		if (lists[d][0])
			out_line(o, " %s %s %s", command, lists[d], cmd_keyword(directions, d));
}

void write_if_access_groups(struct out *o, const struct interface *i)
{
	write_filters(o, "ip access-group", i->access_group);
}

void write_if_traffic_filters(struct out *o, const struct interface *i)
{
	write_filters(o, "ipv6 traffic-filter", i->traffic_filter);
}

#define IF_PLAIN  MODE_IF, 15, CMD_NO
#define IP        KW("ip", "Interface Internet Protocol config commands")
#define IPV6      KW("ipv6", "IPv6 interface subcommands")
#define GROUP     KW("access-group", "Specify access control for packets")
#define FILTER    KW("traffic-filter", "Access control list for packets")
#define DIRECTION PICK("direction", directions)

static const struct cmd if_acl_cmds[] = {
	{ IF_PLAIN,
	  { IP, GROUP, NUM("list", 1, 199, "IP access list (standard or extended)"), DIRECTION },
	  set_filter },
	{ IF_PLAIN,
	  { IP, GROUP, NUM("list", 1300, 2699, "IP expanded access list (standard or extended)"), DIRECTION },
	  set_filter },
	{ IF_PLAIN, { IP, GROUP, WORD("list", "Access-list name"), DIRECTION }, set_filter },
	{ IF_PLAIN, { IPV6, FILTER, WORD("list", "Access-list name"), DIRECTION }, set_filter, true },
};

const struct cmd_table cmd_if_acl_table = CMD_TABLE(if_acl_cmds);
