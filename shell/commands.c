#include "shell/commands.h"

#include "shell/cmd_session.h"

size_t commands_config(struct cmd_table out[COMMANDS_CONFIG])
{
	size_t n = 0;

	out[n++] = cmd_global_table;
	out[n++] = cmd_isakmp_table;
	out[n++] = cmd_ipsec_table;
	out[n++] = cmd_interface_table;
	out[n++] = cmd_if_address_table;
	out[n++] = cmd_route_table;
	out[n++] = cmd_line_table;
	out[n++] = cmd_harmless_table;
	out[n++] = cmd_session_table;
	return n;
}
