/* show crypto engine configuration, brief, accelerator statistic; clear crypto engine accelerator counter. */
#include "shell/commands_show.h"
#include "shell/print_accelerator.h"
#include "shell/show.h"

#include <openssl/crypto.h>
#include <stdio.h>

static void take_port(void *ctx, const struct router_transport_info *i)
{
	struct router_transport_info *p = show_list_add(ctx);

	if (p)
		*p = *i;
}

static enum cmd_result show_engines(struct session *s, const struct cmd_match *m)
{
	struct show_list rows = SHOW_LIST(struct esp_engine_row), ports = SHOW_LIST(struct router_transport_info);
	struct router *r = session_router(s);
	struct show_engine e = { .multi = "" };
	char single[64];
	size_t count;

	snprintf(single, sizeof(single), "OpenSSL %s", OpenSSL_version(OPENSSL_VERSION_STRING));
	e.single = single;
	show_lock(s);
	count = r ? esp_engine_rows(router_esp(r), NULL, 0) : 0;
	while (rows.count < count && show_list_add(&rows))
		;
	if (r) {
		esp_engine_rows(router_esp(r), rows.items, rows.count);
		e.workers = router_workers(r);
		router_each_transport(r, take_port, &ports);
		e.multi = esp_engine_name(router_esp(r)); /* as long as the router is there */
	}
	show_unlock(s);
	e.rows = rows.items;
	e.row_count = rows.count;
	e.ports = ports.items;
	e.port_count = ports.count;
	if (cmd_of(m)->arg)
		print_engine_configuration(s, &e);
	else
		print_engine_brief(s, &e);
	show_list_free(&rows);
	show_list_free(&ports);
	return CMD_OK;
}

static enum cmd_result show_statistics(struct session *s, const struct cmd_match *m)
{
	struct router_engine_counters c = { 0 };

	(void)m;
	show_lock(s);
	if (session_router(s))
		router_engine_counters(session_router(s), &c);
	show_unlock(s);
	print_engine_statistics(s, &c);
	return CMD_OK;
}

static enum cmd_result clear_statistics(struct session *s, const struct cmd_match *m)
{
	(void)m;
	if (session_router(s))
		router_engine_clear(session_router(s));
	return CMD_OK;
}

#define SHOW(handler_, arg_, ...)                                                                                      \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED,                                              \
		.tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),          \
			    KW("engine", "Show crypto engine info"), __VA_ARGS__ },                                    \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}

static const struct cmd cmds[] = {
	SHOW(show_engines, 0, KW("brief", "Show all crypto engines in the system")),
	SHOW(show_engines, 1, KW("configuration", "Show crypto engine config")),
	SHOW(show_statistics, 0, KW("accelerator", "Show crypto accelerator info"),
	     KW("statistic", "Show crypto accelerator statistic")),
	{ .mode = MODE_EXEC,
	  .privilege = 15,
	  .tokens = { KW("clear", "Reset functions"), KW("crypto", "Encryption subsystem"),
		      KW("engine", "Clear crypto engine info"), KW("accelerator", "Clear crypto accelerator info"),
		      KW("counter", "Clear crypto accelerator counters") },
	  .handler = clear_statistics },
};

const struct cmd_table cmd_accelerator_table = CMD_TABLE(cmds);
