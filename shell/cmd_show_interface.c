/* show interfaces, show ip|ipv6 interface [brief]: copies, then prints (print_ip.h). */
#include "shell/commands_show.h"
#include "shell/if_gather.h"
#include "shell/print_ip.h"
#include "shell/show.h"

typedef void (*print_one)(struct session *s, const struct show_interface *i);
typedef void (*print_all)(struct session *s, const struct show_interface *i, size_t count);

static bool any(const struct show_interface *i)
{
	(void)i;
	return true;
}

static bool runs_ipv6(const struct show_interface *i)
{
	return i->ipv6_count || i->config.ipv6_enable || i->config.ipv6_count;
}

static enum cmd_result each(struct session *s, const struct cmd_match *m, print_one print,
			    bool (*wanted)(const struct show_interface *i))
{
	struct show_list list = SHOW_LIST(struct show_interface);
	const struct show_interface *i;

	if_gather(s, cmd_text(m, "ifname"), true, &list);
	i = list.items;
	for (size_t k = 0; k < list.count; k++)
		if (wanted(&i[k]))
			print(s, &i[k]);
	show_list_free(&list);
	return CMD_OK;
}

static enum cmd_result table(struct session *s, const struct cmd_match *m, print_all print)
{
	struct show_list list = SHOW_LIST(struct show_interface);

	if_gather(s, cmd_text(m, "ifname"), true, &list);
	print(s, list.items, list.count);
	show_list_free(&list);
	return CMD_OK;
}

static enum cmd_result show_interfaces(struct session *s, const struct cmd_match *m)
{
	return each(s, m, print_interface, any);
}

static enum cmd_result show_ip_interface(struct session *s, const struct cmd_match *m)
{
	return each(s, m, print_ip_interface, any);
}

static enum cmd_result show_ipv6_interface(struct session *s, const struct cmd_match *m)
{
	return each(s, m, print_ipv6_interface, runs_ipv6);
}

static enum cmd_result show_descriptions(struct session *s, const struct cmd_match *m)
{
	return table(s, m, print_interface_descriptions);
}

static enum cmd_result show_summary(struct session *s, const struct cmd_match *m)
{
	return table(s, m, print_interface_summary);
}

static enum cmd_result show_ip_brief(struct session *s, const struct cmd_match *m)
{
	return table(s, m, print_ip_brief);
}

static enum cmd_result show_ipv6_brief(struct session *s, const struct cmd_match *m)
{
	return table(s, m, print_ipv6_brief);
}

#define SHOW(handler_, ...)                                                                                            \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED,                                              \
		.tokens = { KW("show", "Show running system information"), __VA_ARGS__ }, .handler = (handler_)        \
	}

#define INTERFACES  KW("interfaces", "Interface status and configuration")
#define IFACE       IFNAME("ifname", "Interface")
#define DESCRIPTION KW("description", "Show interface description")
#define SUMMARY     KW("summary", "Show interface summary")
#define IP_IF       KW("ip", "IP information"), KW("interface", "IP interface status and configuration")
#define IPV6_IF     KW("ipv6", "IPv6 information"), KW("interface", "IPv6 interface status and configuration")
#define BRIEF       KW("brief", "Brief summary of IP status and configuration")
#define BRIEF6      KW("brief", "Brief summary of IPv6 status and configuration")

static const struct cmd cmds[] = {
	SHOW(show_interfaces, INTERFACES),
	SHOW(show_interfaces, INTERFACES, IFACE),
	SHOW(show_descriptions, INTERFACES, DESCRIPTION),
	SHOW(show_descriptions, INTERFACES, IFACE, DESCRIPTION),
	SHOW(show_summary, INTERFACES, SUMMARY),
	SHOW(show_summary, INTERFACES, IFACE, SUMMARY),
	SHOW(show_ip_interface, IP_IF),
	SHOW(show_ip_interface, IP_IF, IFACE),
	SHOW(show_ip_brief, IP_IF, BRIEF),
	SHOW(show_ip_brief, IP_IF, BRIEF, IFACE),
	SHOW(show_ip_brief, IP_IF, IFACE, BRIEF),
	SHOW(show_ipv6_interface, IPV6_IF),
	SHOW(show_ipv6_interface, IPV6_IF, IFACE),
	SHOW(show_ipv6_brief, IPV6_IF, BRIEF),
	SHOW(show_ipv6_brief, IPV6_IF, BRIEF, IFACE),
	SHOW(show_ipv6_brief, IPV6_IF, IFACE, BRIEF),
};

const struct cmd_table cmd_show_interface_table = CMD_TABLE(cmds);
