#include "shell/tables.h"

#include "shell/commands_show.h"

size_t tables_all(struct cmd_table out[TABLES_ALL])
{
	size_t n = commands_config(out);

	out[n++] = cmd_show_crypto_table;
	out[n++] = cmd_show_login_table;
	out[n++] = cmd_show_interface_table;
	out[n++] = cmd_show_route_table;
	out[n++] = cmd_neigh_table;
	out[n++] = cmd_show_system_table;
	out[n++] = cmd_show_alias_table;
	out[n++] = cmd_show_acl_table;
	out[n++] = cmd_configure_table;
	out[n++] = cmd_terminal_table;
	out[n++] = cmd_ping_table;
	out[n++] = cmd_trace_table;
	out[n++] = cmd_debug_table;
	out[n++] = cmd_clear_table;
	out[n++] = cmd_file_table;
	out[n++] = cmd_copy_table;
	out[n++] = cmd_replace_table;
	out[n++] = cmd_show_archive_table;
	out[n++] = cmd_show_hosts_table;
	out[n++] = cmd_show_clock_table;
	out[n++] = cmd_reload_table;
	out[n++] = cmd_process_table;
	out[n++] = cmd_tech_table;
	out[n++] = cmd_fs_table;
	out[n++] = cmd_show_ssh_table;
	out[n++] = cmd_ssh_out_table;
	out[n++] = cmd_crypto_key_exec_table;
	out[n++] = cmd_lines_table;
	out[n++] = cmd_telnet_table;
	return n;
}
