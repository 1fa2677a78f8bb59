/* interface, its description and state, and tunnels. Addresses and sizes are in cmd_if_address.c. */
#include "shell/commands.h"
#include "shell/if_address.h"
#include "shell/ifrange.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

/* --- the interface itself ---- */

/* IOS takes static routes through an interface away with it. */
static void remove_routes_through(struct config *c, const char *ifname)
{
	struct static_route *r, *next;

	for (r = TAILQ_FIRST(&c->routes); r; r = next) {
		struct static_route match = { 0 };

		next = TAILQ_NEXT(r, link);
		if (strcmp(r->ifname, ifname) != 0)
			continue;
		match.prefix = r->prefix;
		memcpy(match.ifname, r->ifname, sizeof(match.ifname));
		config_route_remove(c, &match);
		next = TAILQ_FIRST(&c->routes); /* several may have gone */
	}
}

static void set_defaults(struct interface *i)
{
	struct interface fresh = { .link = i->link, .hh = i->hh, .type = i->type };

	config_interface_clear(i);
	fresh.description = i->description;
	memcpy(fresh.name, i->name, sizeof(fresh.name));
	*i = fresh;
	config_kept_init(&i->kept);
}

/* Virtual-Access interfaces are clones, and the only Virtual-Template that there is has the type tunnel. */
static bool may_be_configured(struct session *s, const struct cmd_match *m, enum if_type type,
			      const struct interface *known)
{
	if (type == IF_VIRTUAL_ACCESS) {
		session_line(s, "%% Virtual-Access interfaces cannot be configured");
		return false;
	}
	if (type == IF_VIRTUAL_TEMPLATE && !known && !cmd_of(m)->arg) {
		session_line(s, "%% Incomplete command.\n");
		return false;
	}
	return true;
}

static void set_default(struct session *s, const char *name)
{
	struct interface *i = config_interface_find(session_config(s), name);

	if (i)
		set_defaults(i);
	session_line(s, "Interface %s set to default configuration", name);
}

static bool remove_interface(struct session *s, const char *name, enum if_type type)
{
	struct config *c = session_config(s);
	struct interface *i = config_interface_find(c, name);

	if (!if_type_is_logical(type)) {
		session_line(s, "%% Removal of physical interfaces is not permitted");
		return false;
	}
	if (i)
		config_interface_remove(c, i);
	remove_routes_through(c, name);
	return true;
}

/* One interface, alone or of a range: made ready to be configured, put to its defaults or removed. */
static bool take_interface(struct session *s, const struct cmd_match *m, const char *name)
{
	struct config *c = session_config(s);
	char canonical[CONFIG_IFNAME_SIZE];
	enum if_type type;

	if (!ifname_canonical(name, canonical, &type))
		return false;
	if (cmd_is_default(m)) {
		set_default(s, canonical);
		return true;
	}
	if (cmd_is_no(m))
		return remove_interface(s, canonical, type);
	if (!may_be_configured(s, m, type, config_interface_find(c, canonical)))
		return false;
	if (!config_interface_get(c, canonical)) {
		session_line(s, "%% Not enough memory");
		return false;
	}
	return true;
}

static enum cmd_result enter_interface(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "interface");

	if (!take_interface(s, m, name))
		return CMD_REJECTED;
	if (!cmd_is_no(m) && !cmd_is_default(m))
		session_enter(s, MODE_IF, name);
	return CMD_OK;
}

static enum cmd_result enter_range(struct session *s, const struct cmd_match *m)
{
	const char *text = cmd_text(m, "range"), *half;
	struct ifrange r;
	size_t wrong;
	bool ok = ifrange_parse(text, strlen(text), session_router(s), &r, &wrong, &half);

	for (size_t i = 0; ok && i < r.count; i++)
		ok = take_interface(s, m, r.names[i]);
	if (ok && !cmd_is_no(m) && !cmd_is_default(m))
		session_enter_range(s, &r);
	ifrange_free(&r);
	return ok ? CMD_OK : CMD_REJECTED;
}

static enum cmd_result set_description(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);

	char typed[CONFIG_TEXT_SIZE];
	const char *text;

	snprintf(typed, sizeof(typed), "%.240s", cmd_is_no(m) ? "" : cmd_text(m, "text"));
	text = text_new(typed);
	if (!text)
		return CMD_REJECTED;
	text_drop(i->description);
	i->description = text;
	return CMD_OK;
}

static enum cmd_result set_shutdown(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);

	if (!cmd_is_no(m)) {
		i->shutdown = true;
		return CMD_OK;
	}
	i->shutdown = false;
	for (unsigned k = 0; k < i->ip_count; k++)
		if (if_address_overlaps(s, i, &i->ip[k].prefix)) {
			session_line(s, "%s: incorrect IP address assignment", i->name);
			i->shutdown = true;
			return CMD_REJECTED;
		}
	return CMD_OK;
}

/* --- tunnels ---- */

static bool tunnel_only(struct session *s)
{
	if (if_type_has_tunnel(session_interface(s)->type))
		return true;
	session_line(s, "%% Tunnel commands are for Tunnel interfaces only");
	return false;
}

static enum cmd_result set_tunnel_source(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	const char *name = cmd_is_no(m) ? NULL : cmd_text(m, "interface");

	if (!tunnel_only(s))
		return CMD_REJECTED;
	if (name && !strcmp(name, i->name)) {
		session_line(s, "%% A tunnel cannot be its own source");
		return CMD_REJECTED;
	}
	i->tunnel.source = (struct ip_addr){ 0 };
	snprintf(i->tunnel.source_if, sizeof(i->tunnel.source_if), "%s", name ? name : "");
	if (!cmd_is_no(m))
		cmd_addr(m, "address", &i->tunnel.source);
	return CMD_OK;
}

static enum cmd_result set_tunnel_destination(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);

	if (!tunnel_only(s))
		return CMD_REJECTED;
	i->tunnel.destination = (struct ip_addr){ 0 };
	if (!cmd_is_no(m))
		cmd_addr(m, "address", &i->tunnel.destination);
	return CMD_OK;
}

static enum cmd_result set_tunnel_mode(struct session *s, const struct cmd_match *m)
{
	if (!tunnel_only(s))
		return CMD_REJECTED;
	session_interface(s)->tunnel.mode = cmd_is_no(m) ? TUNNEL_GRE_IP : (enum tunnel_mode)cmd_of(m)->arg;
	return CMD_OK;
}

static enum cmd_result set_tunnel_protection(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "profile");

	if (!tunnel_only(s))
		return CMD_REJECTED;
	/* a file may name what it defines further down; config_check() tells what is missing in the end */
	if (name[0] && session_kind(s) != SESSION_LOADER && strcmp(name, "default") != 0 &&
	    !config_profile_find(session_config(s), name)) {
		session_line(s, "ERROR: ipsec profile with tag \"%s\" does not exist.", name);
		return CMD_REJECTED;
	}
	if (strlen(name) >= sizeof(i->tunnel.profile)) {
		session_line(s, "%% Name is longer than %d characters", CONFIG_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	snprintf(i->tunnel.profile, sizeof(i->tunnel.profile), "%s", name);
	i->tunnel.shared = !cmd_is_no(m) && cmd_of(m)->arg;
	return CMD_OK;
}

/* --- writing ---- */

static void write_tunnel(struct out *o, const struct interface *i)
{
	char text[IP_TEXT_SIZE];

	if (i->tunnel.source_if[0])
		out_line(o, " tunnel source %s", i->tunnel.source_if);
	else if (i->tunnel.source.family)
		out_line(o, " tunnel source %s", ip_text(&i->tunnel.source, text));
	if (i->tunnel.mode != TUNNEL_GRE_IP)
		out_line(o, " tunnel mode ipsec %s", i->tunnel.mode == TUNNEL_IPSEC_IPV6 ? "ipv6" : "ipv4");
	if (i->tunnel.destination.family)
		out_line(o, " tunnel destination %s", ip_text(&i->tunnel.destination, text));
	write_place(o, &i->kept, PLACE_IF_TUNNEL);
	if (i->tunnel.profile[0])
		out_line(o, " tunnel protection ipsec profile %s%s", i->tunnel.profile,
			 i->tunnel.shared ? " shared" : "");
}

void write_interface(struct out *o, const struct interface *i)
{
	out_line(o, "interface %s%s", i->name, i->type == IF_VIRTUAL_TEMPLATE ? " type tunnel" : "");
	if (i->description[0])
		out_line(o, " description %s", i->description);
	write_if_sizes(o, i);
	write_place(o, &i->kept, PLACE_IF_FIRST);
	write_if_ip(o, i);
	write_if_access_groups(o, i);
	write_if_habits(o, i);
	write_place(o, &i->kept, PLACE_IF_IP);
	if (i->ip_mtu)
		out_line(o, " ip mtu %u", i->ip_mtu);
	if (i->tcp_mss)
		out_line(o, " ip tcp adjust-mss %u", i->tcp_mss);
	write_if_load(o, i);
	write_place(o, &i->kept, PLACE_IF_IP_LATE);
	out_switch(o, 1, "shutdown", i->shutdown, false);
	write_if_wire(o, i);
	write_place(o, &i->kept, PLACE_IF_LINK);
	write_if_keepalive(o, i);
	write_if_ipv6(o, i);
	write_if_traffic_filters(o, i);
	write_place(o, &i->kept, PLACE_IF_IPV6);
	write_tunnel(o, i);
	write_if_ipsec(o, i);
	write_place(o, &i->kept, PLACE_IF_LAST);
}

void write_interfaces(struct out *o, const struct config *c)
{
	const struct interface *i;

	TAILQ_FOREACH (i, &c->interfaces, link) {
		write_interface(o, i);
		out_bangs(o, 1);
	}
}

/* --- the table ---- */

#define INTERFACE   KW("interface", "Select an interface to configure")
#define TUNNEL      KW("tunnel", "protocol-over-protocol tunneling")
#define SOURCE      KW("source", "source of tunnel packets")
#define DESTINATION KW("destination", "destination of tunnel")
#define MODE_KW     KW("mode", "tunnel encapsulation method")
#define MODE_IPSEC  KW("ipsec", "IPSec tunnel encapsulation")
#define PROTECTION  KW("protection", "Enable tunnel protection")
#define USE_IPSEC   KW("ipsec", "Use ipsec to protect this tunnel interface")
#define PROFILE     KW("profile", "Determine the ipsec policy profile to use.")
#define TEMPLATE                                                                                                       \
	{                                                                                                              \
		.kind = TOK_IFNAME, .name = "interface", .help = "Interface", .min = IF_VIRTUAL_TEMPLATE               \
	}
#define IF_PLAIN MODE_IF, 15, CMD_NO
#define IF_SHORT MODE_IF, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd interface_cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { INTERFACE, IFNAME("interface", "Interface") }, enter_interface },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { INTERFACE, TEMPLATE, KW("type", "Set the virtual-template interface type"),
	    KW("tunnel", "Tunnel interface") },
	  enter_interface,
	  true },

	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { INTERFACE, KW("range", "interface range command"), IFRANGE("range", "Interfaces") },
	  enter_range },

	{ IF_SHORT,
	  { KW("description", "Interface specific description"),
	    LINE("text", "Up to 240 characters describing this interface") },
	  set_description },
	{ IF_PLAIN, { KW("shutdown", "Shutdown the selected interface") }, set_shutdown },

	{ IF_SHORT, { TUNNEL, SOURCE, IP4("address", "ip address") }, set_tunnel_source },
	{ IF_SHORT, { TUNNEL, SOURCE, IP6("address", "IPv6 address") }, set_tunnel_source },
	{ IF_SHORT, { TUNNEL, SOURCE, IFNAME("interface", "Interface") }, set_tunnel_source },
	{ IF_SHORT, { TUNNEL, DESTINATION, IP4("address", "ip address") }, set_tunnel_destination },
	{ IF_SHORT, { TUNNEL, DESTINATION, IP6("address", "IPv6 address") }, set_tunnel_destination },
	{ IF_PLAIN | CMD_ONLY_NO, { TUNNEL, MODE_KW }, set_tunnel_mode },
	{ IF_PLAIN,
	  { TUNNEL, MODE_KW, KW("gre", "generic route encapsulation protocol"), KW("ip", "over IP") },
	  set_tunnel_mode,
	  TUNNEL_GRE_IP },
	{ IF_PLAIN, { TUNNEL, MODE_KW, MODE_IPSEC, KW("ipv4", "over IPv4") }, set_tunnel_mode, TUNNEL_IPSEC_IPV4 },
	{ IF_PLAIN, { TUNNEL, MODE_KW, MODE_IPSEC, KW("ipv6", "over IPv6") }, set_tunnel_mode, TUNNEL_IPSEC_IPV6 },
	{ IF_SHORT,
	  { TUNNEL, PROTECTION, USE_IPSEC, PROFILE, WORD("profile", "profile name") },
	  set_tunnel_protection },
	{ IF_SHORT,
	  { TUNNEL, PROTECTION, USE_IPSEC, PROFILE, WORD("profile", "profile name"),
	    KW("shared", "Use a shared socket") },
	  set_tunnel_protection,
	  true },
};

const struct cmd_table cmd_interface_table = CMD_TABLE(interface_cmds);
