/* show version, logging, running-config, startup-config. */
#include "config.h"

#include "base/clock.h"
#include "base/wipe.h"
#include "shell/commands_show.h"
#include "shell/print_system.h"
#include "shell/running.h"
#include "shell/show.h"
#include "shell/sys.h"
#include "startup-config/nvram.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* --- show version ---- */

static void count_port(void *ctx, const struct router_if_info *i)
{
	unsigned *ports = ctx;

	if (i->type < IF_LOOPBACK && *i->device)
		ports[i->type]++;
}

/* Lines that are there besides the console and aux. */
static unsigned count_lines(const struct config *c)
{
	const struct line_config *l;
	unsigned n = 0;

	TAILQ_FOREACH (l, &c->lines, link)
		n += l->kind == LINE_VTY ? l->last - l->first + 1 : 0;
	return n;
}

/* Of the whole machine, as the kernel tells it. */
static uint64_t memory_kb(void)
{
	unsigned long long kb = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemTotal: %llu kB", &kb) == 1)
			break;
	fclose(f);
	return kb;
}

static enum cmd_result show_version(struct session *s, const struct cmd_match *m)
{
	char hostname[CONFIG_NAME_SIZE], image[512] = "", kernel[2 * sizeof(((struct utsname *)0)->release)];
	struct show_version v = { .program_version = PACKAGE_VERSION, .hostname = hostname, .image = image };
	ssize_t octets = readlink("/proc/self/exe", image, sizeof(image) - 1);
	struct shell *sh = session_shell(s);
	struct utsname host;
	struct stat st;

	(void)m;
	image[octets > 0 ? octets : 0] = '\0';
	if (octets > 0 && stat(image, &st) == 0)
		v.built = st.st_mtime;
	memset(&host, 0, sizeof(host));
	uname(&host);
	snprintf(kernel, sizeof(kernel), "%s %s", host.sysname, host.release);
	v.kernel = kernel;
	v.machine = host.machine;
	v.memory_kb = memory_kb();
	shell_now(sh, &v.now);
	v.identity = sh->identity;
	v.reload_reason = sh->reload_reason;
	v.serial = sh->sys ? sys_serial(sh->sys) : "0";
	v.config_register = sh->sys ? sys_register(sh->sys) : sh->config->system.config_register;
	v.uptime_s = clock_s() - session_shell(s)->boot_s;
	show_lock(s);
	snprintf(hostname, sizeof(hostname), "%s", session_config(s)->hostname);
	v.next_register = session_config(s)->system.config_register;
	v.zone = session_config(s)->logging.zone;
	v.terminal_lines = count_lines(session_config(s));
	if (session_router(s))
		router_each_if(session_router(s), count_port, v.ports);
	show_unlock(s);
	print_version(s, &v);
	return CMD_OK;
}

/* --- show logging ---- */

static void add_message(void *ctx, const char *text)
{
	char **slot = show_list_add(ctx);

	if (slot)
		*slot = strdup(text);
}

static enum cmd_result show_logging(struct session *s, const struct cmd_match *m)
{
	struct show_list messages = SHOW_LIST(char *);
	struct logger *l = session_shell(s)->log;
	struct log_settings set;
	struct sys *sys = session_shell(s)->sys;
	struct show_trap trap = { 0 };
	struct log_counts counts;
	char **texts;
	size_t kept = 0;

	(void)m;
	logger_settings(l, &set);
	logger_counts(l, &counts);
	logger_each(l, add_message, &messages);
	texts = messages.items;
	for (size_t i = 0; i < messages.count; i++)
		if (texts[i])
			texts[kept++] = texts[i];
	trap.count = sys ? syslog_counts(sys_syslog(sys), trap.hosts) : 0;
	show_lock(s);
	snprintf(trap.source, sizeof(trap.source), "%s", session_config(s)->system.log_source);
	show_unlock(s);
	print_logging(s, &set, &counts, &trap, texts, kept);
	for (size_t i = 0; i < kept; i++)
		free(texts[i]);
	show_list_free(&messages);
	return CMD_OK;
}

/* --- configurations ---- */

static void print_text(struct session *s, char *text)
{
	char *line = text, *end;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end) {
			session_line(s, "%s", line);
			break;
		}
		*end = '\0';
		session_line(s, "%s", line);
	}
	show_blank(s);
}

static enum cmd_result show_running(struct session *s, const struct cmd_match *m)
{
	const enum running_detail detail = (enum running_detail)cmd_of(m)->arg;
	const char *ifname = cmd_text(m, "ifname");
	size_t octets = 0;
	char *text = NULL;
	int rc;

	show_lock(s);
	rc = ifname ? running_interface(session_shell(s), ifname, &text, &octets)
		    : running_text_of(session_shell(s), detail, &text, &octets);
	show_unlock(s);
	if (rc == -ENOENT) {
		/* A name of the right form that nothing was configured under. */
		session_refuse_at(s, m, "ifname", 0);
		return CMD_REJECTED;
	}
	if (rc) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	if (!session_filtered(s)) {
		session_line(s, "Building configuration...");
		show_blank(s);
	}
	session_line(s, "Current configuration%s : %zu bytes",
		     detail == RUNNING_ALL ? " with default configurations exposed" : "", RUNNING_COUNT(octets));
	print_text(s, text);
	wipe(text, octets);
	free(text);
	return CMD_OK;
}

static enum cmd_result show_startup(struct session *s, const struct cmd_match *m)
{
	size_t octets = 0;
	char *text = NULL;
	int rc = -ENOENT;

	(void)m;
	if (session_shell(s)->nvram)
		rc = nvram_load(session_shell(s)->nvram, &text, &octets);
	if (rc == -ENOENT) {
		session_line(s, "startup-config is not present");
		return CMD_OK;
	}
	if (rc) {
		session_line(s, "%%Error opening nvram:/startup-config (%s)", strerror(-rc));
		return CMD_REJECTED;
	}
	session_line(s, "Using %zu out of %d bytes", octets, NVRAM_OCTETS);
	print_text(s, text);
	wipe(text, octets);
	free(text);
	return CMD_OK;
}

#define SHOW_WORD KW("show", "Show running system information")
#define SHOW(privilege_, handler_, ...)                                                                                \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },        \
		.handler = (handler_)                                                                                  \
	}

#define RUNNING KW("running-config", "Current operating configuration")
#define SHOW_DETAIL(detail_, word_)                                                                                    \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED, .tokens = { SHOW_WORD, RUNNING, word_ },    \
		.handler = show_running, .arg = (detail_)                                                              \
	}

static const struct cmd cmds[] = {
	SHOW(1, show_version, SHOW_WORD, KW("version", "System hardware and software status")),
	SHOW(1, show_logging, SHOW_WORD, KW("logging", "Show the contents of logging buffers")),
	/* known to everybody's fingers, though `show login` is there, too */
	{ MODE_EXEC,
	  1,
	  CMD_UNLOCKED | CMD_HIDDEN,
	  { SHOW_WORD, KW("log", "Show the contents of logging buffers") },
	  show_logging },
	SHOW(15, show_running, SHOW_WORD, RUNNING),
	SHOW_DETAIL(RUNNING_ALL, KW("all", "Configuration with defaults")),
	SHOW_DETAIL(RUNNING_BRIEF, KW("brief", "configuration without certificate data")),
	SHOW_DETAIL(RUNNING_PLAIN, KW("full", "full configuration")),
	SHOW(15, show_running, SHOW_WORD, RUNNING, KW("interface", "Show interface configuration"),
	     IFNAME("ifname", "Interface")),
	SHOW(15, show_startup, SHOW_WORD, KW("startup-config", "Contents of startup configuration")),
	SHOW(15, show_startup, SHOW_WORD, KW("configuration", "Contents of Non-Volatile memory")),
	SHOW(15, show_running, KW("write", "Write running configuration to memory, network, or terminal"),
	     KW("terminal", "Write to terminal")),
};

const struct cmd_table cmd_show_system_table = CMD_TABLE(cmds);
