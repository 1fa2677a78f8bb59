/* The tables of the show, debug, clear and other EXEC commands. */
#ifndef SHELL_COMMANDS_SHOW_H
#define SHELL_COMMANDS_SHOW_H

#include "shell/cmd.h"

extern const struct cmd_table cmd_show_engine_table; /* show crypto map, engine, eli */
extern const struct cmd_table cmd_accelerator_table; /* show crypto engine ..., clear its counters */
extern const struct cmd_table cmd_show_crypto_table; /* show crypto ... */
extern const struct cmd_table cmd_explain_table;     /* show crypto explain */
extern const struct cmd_table cmd_show_login_table;
extern const struct cmd_table cmd_show_system_table;    /* show version, clock, logging, running-config ... */
extern const struct cmd_table cmd_show_alias_table;     /* show aliases */
extern const struct cmd_table cmd_show_interface_table; /* show interfaces, show ip|ipv6 interface */
extern const struct cmd_table cmd_show_route_table;     /* show ip|ipv6 route */
extern const struct cmd_table cmd_neigh_table;          /* show arp, show ipv6 neighbors, and clear them */
extern const struct cmd_table cmd_show_ssh_table;       /* show ssh, show ip ssh, show crypto key */
extern const struct cmd_table cmd_crypto_key_exec_table;
extern const struct cmd_table cmd_show_acl_table; /* show access-lists, and clear their counters */
extern const struct cmd_table cmd_configure_table;
extern const struct cmd_table cmd_terminal_table; /* terminal editing, show terminal */
extern const struct cmd_table cmd_ssh_out_table;  /* ssh */
extern const struct cmd_table cmd_ping_table;
extern const struct cmd_table cmd_trace_table;
extern const struct cmd_table cmd_debug_table;     /* debug, undebug, show debugging */
extern const struct cmd_table cmd_condition_table; /* debug crypto condition, show crypto debug-condition */
extern const struct cmd_table cmd_clear_table;
extern const struct cmd_table cmd_file_table; /* write, erase */
extern const struct cmd_table cmd_copy_table;
extern const struct cmd_table cmd_show_archive_table;
extern const struct cmd_table cmd_show_hosts_table;
extern const struct cmd_table cmd_show_clock_table;
extern const struct cmd_table cmd_reload_table;          /* reload, show reload */
extern const struct cmd_table cmd_process_table;         /* show processes, memory, inventory */
extern const struct cmd_table cmd_tech_table;            /* show tech-support */
extern const struct cmd_table cmd_replace_table;         /* configure replace */
extern const struct cmd_table cmd_fs_table;              /* dir, more, delete and other commands about files */
extern const struct cmd_table cmd_capture_table;         /* monitor capture, and show it */
extern const struct cmd_table cmd_lines_table;           /* show users, show line, clear line, send */
extern const struct cmd_table cmd_telnet_table;          /* telnet, resume, disconnect */
extern const struct cmd_table cmd_explain_message_table; /* show crypto explain message */

#endif
