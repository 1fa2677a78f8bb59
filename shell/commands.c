#include "shell/commands.h"

#include "shell/cmd_session.h"

const struct cmd_choice commands_aes_bits[] = {
	{ "128", "128 bit keys.", 128 },
	{ "192", "192 bit keys.", 192 },
	{ "256", "256 bit keys.", 256 },
	{ 0 },
};

static const struct cmd_table *const tables[] = {
	&cmd_global_table,       &cmd_enable_table,         &cmd_user_table,
	&cmd_aaa_table,          &cmd_login_table,          &cmd_banner_table,
	&cmd_master_key_table,   &cmd_isakmp_global_table,  &cmd_isakmp_table,
	&cmd_keys_table,         &cmd_isakmp_profile_table, &cmd_isakmp_peer_table,
	&cmd_ipsec_global_table, &cmd_ipsec_table,          &cmd_interface_table,
	&cmd_if_address_table,   &cmd_if_link_table,        &cmd_route_table,
	&cmd_acl_table,          &cmd_if_acl_table,         &cmd_line_table,
	&cmd_line_access_table,  &cmd_alias_table,          &cmd_ssh_table,
	&cmd_ssh_pubkey_table,   &cmd_crypto_key_table,     &cmd_harmless_table,
	&cmd_file_prompt_table,  &cmd_archive_table,        &cmd_names_table,
	&cmd_clock_table,        &cmd_logging_table,        &cmd_register_table,
	&cmd_key_export_table,   &cmd_session_table,
};

_Static_assert(sizeof(tables) / sizeof(tables[0]) == COMMANDS_CONFIG,
	       "COMMANDS_CONFIG in commands.h is another number");

size_t commands_config(struct cmd_table out[COMMANDS_CONFIG])
{
	for (size_t i = 0; i < COMMANDS_CONFIG; i++)
		out[i] = *tables[i];
	return COMMANDS_CONFIG;
}
