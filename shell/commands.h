/* The tables of configuration, one a file; commands_show.h has those of EXEC, tables.c all of them for the matcher. */
#ifndef SHELL_COMMANDS_H
#define SHELL_COMMANDS_H

#include "shell/cmd.h"

/* configuration */
extern const struct cmd_table cmd_global_table;
extern const struct cmd_table cmd_enable_table;
extern const struct cmd_table cmd_user_table;
extern const struct cmd_table cmd_aaa_table;
extern const struct cmd_table cmd_login_table;
extern const struct cmd_table cmd_banner_table;
extern const struct cmd_table cmd_master_key_table;
extern const struct cmd_table cmd_isakmp_global_table;
extern const struct cmd_table cmd_isakmp_table;
extern const struct cmd_table cmd_keys_table;
extern const struct cmd_table cmd_isakmp_profile_table;
extern const struct cmd_table cmd_isakmp_peer_table;
extern const struct cmd_table cmd_ipsec_global_table;
extern const struct cmd_table cmd_ipsec_table;
extern const struct cmd_table cmd_key_export_table;
extern const struct cmd_table cmd_interface_table;
extern const struct cmd_table cmd_if_address_table;
extern const struct cmd_table cmd_if_link_table;
extern const struct cmd_table cmd_route_table;
extern const struct cmd_table cmd_acl_table;
extern const struct cmd_table cmd_if_acl_table;
extern const struct cmd_table cmd_line_table;
extern const struct cmd_table cmd_line_access_table;
extern const struct cmd_table cmd_alias_table;
extern const struct cmd_table cmd_ssh_table;
extern const struct cmd_table cmd_ssh_pubkey_table;
extern const struct cmd_table cmd_crypto_key_table;
extern const struct cmd_table cmd_harmless_table;
extern const struct cmd_table cmd_file_prompt_table;
extern const struct cmd_table cmd_archive_table;
extern const struct cmd_table cmd_names_table;
extern const struct cmd_table cmd_clock_table;
extern const struct cmd_table cmd_logging_table;
extern const struct cmd_table cmd_register_table;

/* The key lengths of AES, of an ISAKMP policy and of a transform alike. */
extern const struct cmd_choice commands_aes_bits[];
/* "errors" and the others; value is an enum log_severity. */
extern const struct cmd_choice commands_log_levels[];

/* All tables of configuration, those of shell/cmd_session.c (exit, end) included. Returns how many: COMMANDS_CONFIG. */
#define COMMANDS_CONFIG 35
size_t commands_config(struct cmd_table out[COMMANDS_CONFIG]);

#endif
