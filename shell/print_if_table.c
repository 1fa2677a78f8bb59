/* Interfaces as tables: `show ip|ipv6 interface brief`, `show interfaces description`, `show interfaces summary`. */
#include "shell/print_ip.h"
#include "shell/show.h"

#include <stdio.h>

/* Where the address comes from: "TFTP" is what IOS says of an unnumbered interface. */
static const char *method(const struct show_interface *i)
{
	if (*i->config.unnumbered)
		return "TFTP";
	if (i->saved)
		return "NVRAM";
	return i->own_ipv4.addr.family ? "manual" : "unset";
}

void print_ip_brief(struct session *s, const struct show_interface *i, size_t count)
{
	session_line(s, "Interface                  IP-Address      OK? Method Status                Protocol");
	for (; count; count--, i++) {
		char addr[IP_TEXT_SIZE] = "unassigned";

		if (i->ipv4.family)
			ip_text(&i->ipv4, addr);
		session_line(s, "%-26s %-15s %-3s %-6s %-21s %-8s", i->info.name, addr, "YES", method(i),
			     print_link_text(&i->info), print_protocol_text(&i->info));
	}
}

void print_ipv6_brief(struct session *s, const struct show_interface *i, size_t count)
{
	for (; count; count--, i++) {
		char addr[IP_TEXT_SIZE];

		session_line(s, "%-22s [%s/%s]", i->info.name, print_link_text(&i->info),
			     print_protocol_text(&i->info));
		if (i->info.link_local.family)
			session_line(s, "    %s", ip_text(&i->info.link_local, addr));
		for (unsigned k = 0; k < i->ipv6_count; k++)
			session_line(s, "    %s", ip_text(&i->ipv6[k].prefix.addr, addr));
		if (!i->info.link_local.family && !i->ipv6_count)
			session_line(s, "    unassigned");
	}
}

void print_interface_descriptions(struct session *s, const struct show_interface *i, size_t count)
{
	session_line(s, "Interface                      Status         Protocol Description");
	for (; count; count--, i++) {
		char ifname[CONFIG_IFNAME_SIZE];

		ifname_short(i->info.name, ifname);
		session_line(s, "%-30s %-14s %-8s %s", ifname,
			     i->info.admin_down ? "admin down" : print_link_text(&i->info),
			     print_protocol_text(&i->info), i->description);
	}
}

void print_interface_summary(struct session *s, const struct show_interface *i, size_t count)
{
	show_blank(s);
	session_line(s, " *: interface is up");
	session_line(s, " IHQ: pkts in input hold queue     IQD: pkts dropped from input queue");
	session_line(s, " OHQ: pkts in output hold queue    OQD: pkts dropped from output queue");
	session_line(s, " RXBS: rx rate (bits/sec)          RXPS: rx rate (pkts/sec)");
	session_line(s, " TXBS: tx rate (bits/sec)          TXPS: tx rate (pkts/sec)");
	session_line(s, " TRTL: throttle count");
	show_blank(s);
	session_line(s, "  Interface                   IHQ       IQD       OHQ       OQD      RXBS      RXPS      TXBS"
			"      TXPS      TRTL");
	session_line(s, "---------------------------------------------------------------------------------------------"
			"--------------------");
	for (; count; count--, i++)
		session_line(s, "%c %-22s %8u %9llu %9u %9llu %9llu %9llu %9llu %9llu %9u",
			     i->info.protocol_up ? '*' : ' ', i->info.name, 0u, (unsigned long long)i->info.rx_dropped,
			     0u, (unsigned long long)i->info.tx_dropped, (unsigned long long)i->info.input_rate_bps,
			     (unsigned long long)i->info.input_rate_pps, (unsigned long long)i->info.output_rate_bps,
			     (unsigned long long)i->info.output_rate_pps, 0u);
}
