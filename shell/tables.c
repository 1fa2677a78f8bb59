#include "shell/tables.h"

#include "shell/commands_show.h"

static const struct cmd_table *const exec_tables[] = {
	&cmd_show_crypto_table, &cmd_show_login_table, &cmd_show_interface_table,
	&cmd_show_route_table,  &cmd_neigh_table,      &cmd_show_system_table,
	&cmd_show_alias_table,  &cmd_show_acl_table,   &cmd_configure_table,
	&cmd_terminal_table,    &cmd_ping_table,       &cmd_trace_table,
	&cmd_debug_table,       &cmd_clear_table,      &cmd_file_table,
	&cmd_copy_table,        &cmd_replace_table,    &cmd_show_archive_table,
	&cmd_show_hosts_table,  &cmd_show_clock_table, &cmd_reload_table,
	&cmd_process_table,     &cmd_tech_table,       &cmd_fs_table,
	&cmd_show_ssh_table,    &cmd_ssh_out_table,    &cmd_crypto_key_exec_table,
	&cmd_lines_table,       &cmd_telnet_table,     &cmd_show_engine_table,
	&cmd_accelerator_table, &cmd_explain_table,    &cmd_explain_message_table,
	&cmd_capture_table,     &cmd_condition_table,
};
_Static_assert(sizeof(exec_tables) / sizeof(exec_tables[0]) == TABLES_EXEC, "TABLES_EXEC is how many there are");

size_t tables_all(struct cmd_table out[TABLES_ALL])
{
	size_t n = commands_config(out);

	for (size_t i = 0; i < TABLES_EXEC; i++)
		out[n++] = *exec_tables[i];
	return n;
}
