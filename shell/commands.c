#include "shell/commands.h"

#include "shell/cmd_session.h"

const struct cmd_choice commands_aes_bits[] = {
	{ "128", "128 bit keys.", 128 },
	{ "192", "192 bit keys.", 192 },
	{ "256", "256 bit keys.", 256 },
	{ 0 },
};

size_t commands_config(struct cmd_table out[COMMANDS_CONFIG])
{
	size_t n = 0;

	out[n++] = cmd_global_table;
	out[n++] = cmd_enable_table;
	out[n++] = cmd_user_table;
	out[n++] = cmd_aaa_table;
	out[n++] = cmd_login_table;
	out[n++] = cmd_banner_table;
	out[n++] = cmd_master_key_table;
	out[n++] = cmd_isakmp_global_table;
	out[n++] = cmd_isakmp_table;
	out[n++] = cmd_keys_table;
	out[n++] = cmd_isakmp_profile_table;
	out[n++] = cmd_isakmp_peer_table;
	out[n++] = cmd_ipsec_global_table;
	out[n++] = cmd_ipsec_table;
	out[n++] = cmd_interface_table;
	out[n++] = cmd_if_address_table;
	out[n++] = cmd_if_link_table;
	out[n++] = cmd_route_table;
	out[n++] = cmd_acl_table;
	out[n++] = cmd_if_acl_table;
	out[n++] = cmd_line_table;
	out[n++] = cmd_line_access_table;
	out[n++] = cmd_alias_table;
	out[n++] = cmd_ssh_table;
	out[n++] = cmd_ssh_pubkey_table;
	out[n++] = cmd_crypto_key_table;
	out[n++] = cmd_harmless_table;
	out[n++] = cmd_file_prompt_table;
	out[n++] = cmd_archive_table;
	out[n++] = cmd_names_table;
	out[n++] = cmd_clock_table;
	out[n++] = cmd_logging_table;
	out[n++] = cmd_register_table;
	out[n++] = cmd_session_table;
	return n;
}
