/* The program's command line: which of boot, exec, attach, check and explain was asked for, and with what. */
#include "shell/boot.h"
#include "shell/check.h"
#include "shell/client.h"
#include "shell/explain_file.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#define DEFAULT_STATE_DIR "/var/lib/mainmode"

enum exit_code { EXIT_ACCEPTED = 0, EXIT_REJECTED = 1, EXIT_CANNOT = 2 };

static const char usage[] =
	"usage: mainmode boot [STARTUP-CONFIG] -i Ethernet0/0=DEV [-i ...] [--state DIR] [--daemon]\n"
	"                     [--transport auto|raw|xdp] [--workers N] [--identity TEXT] [--no-seccomp] [--core-dumps]\n"
	"       mainmode exec [--state DIR] [--quiet] 'COMMAND' ['COMMAND' ...]\n"
	"       mainmode attach [--state DIR]\n"
	"       mainmode check [--json] FILE\n"
	"       mainmode explain [--json | --html OUT] [FILE]\n"
	"       mainmode --version | --help\n"
	"\n"
	"boot    starts a router; its console is this terminal, unless --daemon is given\n"
	"exec    runs commands on a running router and prints what a terminal would show\n"
	"attach  opens a terminal line of a running router\n"
	"check   tells of each line of a configuration whether it is accepted, kept (not implemented) or rejected; starts\n"
	"        nothing; FILE - is the standard input, --json is for programs\n"
	"explain tells what a log of debug crypto isakmp and debug crypto ipsec shows, captured on any IOS or IOS XE router:\n"
	"        of each peer its negotiations message by message, what went wrong first, why, and how to confirm it;\n"
	"        without FILE, or with -, the standard input; --html writes a page for a browser to the file OUT\n"
	"\n"
	"DIR holds the startup-config and the socket of the router (default " DEFAULT_STATE_DIR ").\n"
	"exec exits with 0 when every command was accepted, 1 when one was rejected, 2 when no router answers.\n"
	"check exits with 0 when no line is rejected, 1 when one is, 2 when the file cannot be read.\n"
	"explain exits with 0 when it finds no failure, 1 when it finds one, 2 when the log cannot be read.\n";

static int wrong_usage(const char *what, const char *word)
{
	fprintf(stderr, "mainmode: %s%s%s (mainmode --help tells how)\n", what, word ? ": " : "", word ? word : "");
	return EXIT_CANNOT;
}

static bool add_port(struct boot_options *o, const char *text)
{
	const char *equals = strchr(text, '=');
	char name[CONFIG_IFNAME_SIZE];
	struct router_port *p;
	enum if_type type;

	if (o->port_count == BOOT_PORTS || !equals || (size_t)(equals - text) >= sizeof(name) || !equals[1] ||
	    strlen(equals + 1) >= IF_NAMESIZE)
		return false;
	memcpy(name, text, (size_t)(equals - text));
	name[equals - text] = '\0';
	p = &o->ports[o->port_count];
	if (!ifname_canonical(name, p->ifname, &type) || if_type_is_logical(type))
		return false;
	strcpy(p->device, equals + 1);
	o->port_count++;
	return true;
}

static bool take_workers(struct boot_options *o, const char *text)
{
	_Static_assert(ROUTER_WORKERS_MAX == 8, "one digit, and what is said of it");
	if (text[0] < '1' || text[0] > '0' + ROUTER_WORKERS_MAX || text[1])
		return false;
	o->workers = (unsigned)(text[0] - '0');
	return true;
}

enum {
	OPT_IDENTITY = 250,
	OPT_STATE = 256,
	OPT_DAEMON,
	OPT_TRANSPORT,
	OPT_WORKERS,
	OPT_QUIET,
	OPT_JSON,
	OPT_HTML,
	OPT_CORE,
	OPT_NO_SECCOMP
};

static const struct option long_options[] = {
	{ "state", required_argument, NULL, OPT_STATE },
	{ "identity", required_argument, NULL, OPT_IDENTITY },
	{ "daemon", no_argument, NULL, OPT_DAEMON },
	{ "transport", required_argument, NULL, OPT_TRANSPORT },
	{ "core-dumps", no_argument, NULL, OPT_CORE },
	{ "no-seccomp", no_argument, NULL, OPT_NO_SECCOMP },
	{ "workers", required_argument, NULL, OPT_WORKERS },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "html", required_argument, NULL, OPT_HTML },
	{ NULL, 0, NULL, 0 },
};

static bool choose_transport(struct boot_options *o, const char *word)
{
	static const char *const words[] = {
		[ROUTER_TRANSPORT_AUTO] = "auto", [ROUTER_TRANSPORT_RAW] = "raw", [ROUTER_TRANSPORT_XDP] = "xdp"
	};

	for (unsigned k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		if (strcmp(word, words[k]) == 0) {
			o->transport = (enum router_transport)k;
			return true;
		}
	return false;
}

static int command_boot(int argc, char **argv)
{
	struct boot_options o = { .state_dir = DEFAULT_STATE_DIR };
	int c;

	while ((c = getopt_long(argc, argv, ":i:", long_options, NULL)) != -1) {
		switch (c) {
		case 'i':
			if (!add_port(&o, optarg))
				return wrong_usage("-i takes an interface and its device, as in Ethernet0/0=eth0, not",
						   optarg);
			break;
		case OPT_STATE:
			o.state_dir = optarg;
			break;
		case OPT_IDENTITY:
			o.identity = optarg;
			break;
		case OPT_DAEMON:
			o.daemonize = true;
			break;
		case OPT_NO_SECCOMP:
			o.no_seccomp = true;
			break;
		case OPT_CORE:
			o.core_dumps = true;
			break;
		case OPT_TRANSPORT:
			if (!choose_transport(&o, optarg))
				return wrong_usage("--transport takes auto, raw or xdp, not", optarg);
			break;
		case OPT_WORKERS:
			if (!take_workers(&o, optarg))
				return wrong_usage("--workers takes a number from 1 to 8, not", optarg);
			break;
		default:
			return wrong_usage("boot does not take", argv[optind - 1]);
		}
	}
	if (argc - optind > 1)
		return wrong_usage("boot takes one startup-config; one too many is", argv[optind + 1]);
	if (optind < argc)
		o.startup_config = argv[optind];
	return boot_run(&o);
}

static int command_client(int argc, char **argv, bool exec)
{
	const char *state_dir = DEFAULT_STATE_DIR;
	bool quiet = false;
	int c;

	/* "+": the commands begin at the first word that is no option */
	while ((c = getopt_long(argc, argv, "+:", long_options, NULL)) != -1) {
		if (c == OPT_STATE)
			state_dir = optarg;
		else if (c == OPT_QUIET && exec)
			quiet = true;
		else
			return wrong_usage(exec ? "exec does not take" : "attach does not take", argv[optind - 1]);
	}
	if (exec && optind == argc)
		return wrong_usage("exec needs a command, as in: mainmode exec 'show clock'", NULL);
	if (!exec && optind < argc)
		return wrong_usage("attach does not take", argv[optind]);
	return exec ? client_exec(state_dir, argv + optind, (size_t)(argc - optind), quiet) : client_attach(state_dir);
}

static int command_check(int argc, char **argv)
{
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (c != OPT_JSON)
			return wrong_usage("check does not take", argv[optind - 1]);
		json = true;
	}
	if (argc - optind != 1)
		return wrong_usage("check takes one file", NULL);
	return check_file(argv[optind], json, stdout);
}

static int command_explain(int argc, char **argv)
{
	const char *html = NULL;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (c == OPT_JSON)
			json = true;
		else if (c == OPT_HTML)
			html = optarg;
		else
			return wrong_usage(c == ':' ? "a value is missing behind" : "explain does not take",
					   argv[optind - 1]);
	}
	if (json && html)
		return wrong_usage("explain prints an object or writes a page, not both", NULL);
	if (argc - optind > 1)
		return wrong_usage("explain takes one file; one too many is", argv[optind + 1]);
	return explain_file(argv[optind], json, html, stdout);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (!strcmp(command, "boot"))
		return command_boot(argc - 1, argv + 1);
	if (!strcmp(command, "exec"))
		return command_client(argc - 1, argv + 1, true);
	if (!strcmp(command, "attach"))
		return command_client(argc - 1, argv + 1, false);
	if (!strcmp(command, "check"))
		return command_check(argc - 1, argv + 1);
	if (!strcmp(command, "explain"))
		return command_explain(argc - 1, argv + 1);
	if (!strcmp(command, "--version")) {
		puts("mainmode " PACKAGE_VERSION);
		return EXIT_ACCEPTED;
	}
	if (!strcmp(command, "--help") || !strcmp(command, "-h")) {
		fputs(usage, stdout);
		return EXIT_ACCEPTED;
	}
	if (!*command)
		return wrong_usage("a command is missing: boot, exec, attach, check or explain", NULL);
	return wrong_usage("no such command", command);
}
