/* Inside `line`: who may use it (password, login, access-class), by what transport, for how long. */
#include "base/wipe.h"
#include "shell/commands.h"
#include "shell/password_cmd.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

/* --- password, login ---- */

/* Type 7 is no hash: this takes no time worth giving the lock up for. */
static enum cmd_result set_password(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);
	struct password made = { 0 };

	if (!cmd_is_no(m) && !password_typed(s, m, &made))
		return CMD_REJECTED;
	if (session_config(s)->access.password_encryption)
		password_hide(&made);
	l->password = made;
	wipe(&made, sizeof(made));
	return CMD_OK;
}

static unsigned tty_of(const struct line_config *l, unsigned number)
{
	return l->kind == LINE_CON ? 0 : l->kind == LINE_AUX ? 1 : 2 + number;
}

static enum cmd_result set_login(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);
	enum line_login usual = l->kind == LINE_VTY ? LINE_LOGIN_PASSWORD : LINE_LOGIN_NONE;

	if (cmd_is_default(m))
		l->login = usual;
	else
		l->login = cmd_is_no(m) ? LINE_LOGIN_NONE : (enum line_login)cmd_of(m)->arg;
	l->login_list[0] = '\0';
	if (l->login != LINE_LOGIN_PASSWORD || cmd_is_default(m) || l->password.set ||
	    session_kind(s) == SESSION_LOADER)
		return CMD_OK;
	for (unsigned n = l->first; n <= l->last; n++)
		session_line(s, "%% Login disabled on line %u, until 'password' is set", tty_of(l, n));
	return CMD_OK;
}

/* `login authentication N` and `authorization exec N` */
static enum cmd_result set_list(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);
	enum aaa_service service = (enum aaa_service)cmd_of(m)->arg;
	char *list = service == AAA_AUTHENTICATION_LOGIN ? l->login_list : l->exec_list;
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "list");

	if (strlen(name) >= ACCESS_NAME_SIZE) {
		session_line(s, "%% Name is longer than %d characters", ACCESS_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	snprintf(list, ACCESS_NAME_SIZE, "%s", strcmp(name, "default") ? name : "");
	if (list[0] && session_config(s)->access.new_model &&
	    !config_aaa_find(&session_config(s)->access, service, 0, list))
		session_line(s, "AAA: Warning, %s list \"%s\" is not defined for %s.",
			     service == AAA_AUTHENTICATION_LOGIN ? "authentication" : "authorization", list,
			     service == AAA_AUTHENTICATION_LOGIN ? "LOGIN" : "EXEC");
	return CMD_OK;
}

/* --- transport ---- */

/* In the order in which IOS prints them. */
static const struct {
	const char *keyword;
	unsigned bit;
} transports[] = {
	{ "lapb-ta", LINE_TRANSPORT_LAPB_TA }, { "mop", LINE_TRANSPORT_MOP },       { "pad", LINE_TRANSPORT_PAD },
	{ "telnet", LINE_TRANSPORT_TELNET },   { "rlogin", LINE_TRANSPORT_RLOGIN }, { "udptn", LINE_TRANSPORT_UDPTN },
	{ "v120", LINE_TRANSPORT_V120 },       { "ssh", LINE_TRANSPORT_SSH },
};
#define TRANSPORTS (sizeof(transports) / sizeof(transports[0]))

static enum cmd_result set_transport_in(struct session *s, const struct cmd_match *m)
{
	unsigned mask = (unsigned)cmd_of(m)->arg | (unsigned)cmd_num(m, "first", 0);

	for (size_t i = 0; i < TRANSPORTS; i++)
		if (cmd_has(m, transports[i].keyword))
			mask |= transports[i].bit;
	session_line_config(s)->transport_in = cmd_is_no(m) ? 0 : mask;
	return CMD_OK;
}

static enum cmd_result set_transport_preferred(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->no_transport_preferred = cmd_of(m)->arg && !cmd_is_no(m);
	return CMD_OK;
}

/* --- access lists ---- */

static enum cmd_result set_access_class(struct session *s, const struct cmd_match *m)
{
	struct line_config *l = session_line_config(s);
	bool ipv6 = cmd_of(m)->arg;
	enum acl_direction direction = (enum acl_direction)cmd_num(m, "direction", ACL_IN);
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "list");

	if (strlen(name) >= ACL_NAME_SIZE) {
		session_line(s, "%% Name is longer than %d characters", ACL_NAME_SIZE - 1);
		return CMD_REJECTED;
	}
	snprintf(ipv6 ? l->access_class6[direction] : l->access_class[direction], ACL_NAME_SIZE, "%s", name);
	if (!ipv6)
		l->access_class_vrf[direction] = !cmd_is_no(m) && cmd_has(m, "vrf-also");
	return CMD_OK;
}

/* --- the rest ---- */

static enum cmd_result set_session_timeout(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->session_timeout_min = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "minutes", 0);
	return CMD_OK;
}

static enum cmd_result set_exec(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->no_exec = cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_prompt_timestamp(struct session *s, const struct cmd_match *m)
{
	session_line_config(s)->prompt_timestamp = !cmd_is_no(m);
	return CMD_OK;
}

/* --- writing ---- */

static const char *const directions[ACL_DIRECTIONS] = { [ACL_IN] = "in", [ACL_OUT] = "out" };

void write_line_access(struct out *o, const struct line_config *l)
{
	if (l->session_timeout_min)
		out_line(o, " session-timeout %u ", l->session_timeout_min);
	for (unsigned i = 0; i < ACL_DIRECTIONS; i++)
		if (l->access_class[i][0])
			out_line(o, " access-class %s %s%s", l->access_class[i], directions[i],
				 l->access_class_vrf[i] ? " vrf-also" : "");
}

/* In clear, a password that begins like its type needs the type before it. */
static bool needs_type(const char *text)
{
	return (text[0] == '0' || text[0] == '7') && (!text[1] || text[1] == ' ');
}

void write_line_password(struct out *o, const struct line_config *l)
{
	const struct password *p = &l->password;

	if (p->set && p->type == PASSWORD_CLEAR)
		out_line(o, " password %s%s", needs_type(p->text) ? "0 " : "", p->text);
	else if (p->set)
		out_line(o, " password %d %s", (int)p->type, p->text);
	if (l->exec_list[0])
		out_line(o, " authorization exec %s", l->exec_list);
	for (unsigned i = 0; i < ACL_DIRECTIONS; i++)
		if (l->access_class6[i][0])
			out_line(o, " ipv6 access-class %s %s", l->access_class6[i], directions[i]);
}

void write_line_login(struct out *o, const struct config *c, const struct line_config *l)
{
	if (l->login_list[0])
		out_line(o, " login authentication %s", l->login_list);
	if (c->access.new_model || l->login_list[0]) /* which takes the place of the others */
		return;
	if (l->login == LINE_LOGIN_LOCAL)
		out_line(o, " login local");
	else if (l->login == LINE_LOGIN_PASSWORD)
		out_line(o, " login");
	else if (l->kind == LINE_VTY)
		out_line(o, " no login");
}

void write_line_transport(struct out *o, const struct line_config *l)
{
	char words[80] = "";

	if (l->prompt_timestamp)
		out_line(o, " exec prompt timestamp");
	out_switch(o, 1, "exec", !l->no_exec, true);
	if (l->no_transport_preferred)
		out_line(o, " transport preferred none");
	for (size_t i = 0; i < TRANSPORTS && l->transport_in != LINE_TRANSPORT_ALL; i++)
		if (l->transport_in & transports[i].bit)
			snprintf(words + strlen(words), sizeof(words) - strlen(words), " %s", transports[i].keyword);
	if (l->transport_in == LINE_TRANSPORT_ALL)
		out_line(o, " transport input all");
	else if (l->transport_in)
		out_line(o, " transport input%s", words);
	else if (l->kind == LINE_VTY)
		out_line(o, " transport input none");
}

/* --- the table ---- */

#define FLAG      MODE_LINE, 15, CMD_NO
#define VALUE     MODE_LINE, 15, CMD_NO | CMD_NO_SHORT
#define PASSWORD  KW("password", "Set a password")
#define CLEAR     LINE("clear", "The UNENCRYPTED (cleartext) line password")
#define LOGIN     KW("login", "Enable password checking")
#define TRANSPORT KW("transport", "Define transport protocols for line")
#define INPUT     KW("input", "Define which protocols to use when connecting to the terminal server")
#define PREFERRED KW("preferred", "Specify the preferred protocol to use")
#define CLASS     KW("access-class", "Filter connections based on an IP access list")
#define EXEC      KW("exec", "Configure EXEC")
#define LIST      WORD("list", "Access-list name or number")

#define TRANSPORT_WORDS(X)                                                                                             \
	X("lapb-ta", "LAPB Terminal Adapter", LINE_TRANSPORT_LAPB_TA)                                                  \
	X("mop", "DEC MOP Remote Console Protocol", LINE_TRANSPORT_MOP)                                                \
	X("pad", "X.3 PAD", LINE_TRANSPORT_PAD)                                                                        \
	X("rlogin", "Unix rlogin protocol", LINE_TRANSPORT_RLOGIN)                                                     \
	X("ssh", "TCP/IP SSH protocol", LINE_TRANSPORT_SSH)                                                            \
	X("telnet", "TCP/IP Telnet protocol", LINE_TRANSPORT_TELNET)                                                   \
	X("udptn", "UDPTN async via UDP protocol", LINE_TRANSPORT_UDPTN)                                               \
	X("v120", "Async over ISDN", LINE_TRANSPORT_V120)

#define AS_CHOICE(keyword, help, bit) { keyword, help, bit },
#define AS_OPTION(keyword, help, bit) { keyword, keyword, help, NULL },

static const struct cmd_choice transport_choices[] = { TRANSPORT_WORDS(AS_CHOICE){ 0 } };
static const struct cmd_opt transport_options[] = { TRANSPORT_WORDS(AS_OPTION){ 0 } };

static const struct cmd_choice direction_choices[] = {
	{ "in", "Filter incoming connections", ACL_IN },
	{ "out", "Filter outgoing connections", ACL_OUT },
	{ 0 },
};
static const struct cmd_opt vrf_option[] = {
	{ "vrf-also", "vrf-also", "Same access list is applied for all VRFs", NULL },
	{ 0 },
};

static const struct cmd line_access_cmds[] = {
	{ VALUE, { PASSWORD, CLEAR }, set_password, PASSWORD_CLEAR },
	{ VALUE, { PASSWORD, PASSWORD_TYPE_0, CLEAR }, set_password, PASSWORD_CLEAR },
	{ VALUE, { PASSWORD, PASSWORD_TYPE_7, HIDDEN_PASSWORD }, set_password, PASSWORD_HIDDEN },
	{ FLAG | CMD_DEFAULT, { LOGIN }, set_login, LINE_LOGIN_PASSWORD },
	{ FLAG | CMD_DEFAULT, { LOGIN, KW("local", "Local password checking") }, set_login, LINE_LOGIN_LOCAL },
	{ VALUE,
	  { LOGIN, KW("authentication", "Authentication parameters."),
	    WORD("list", "Use an authentication list with this name.") },
	  set_list,
	  AAA_AUTHENTICATION_LOGIN },
	{ VALUE,
	  { KW("authorization", "Authorization parameters"), KW("exec", "For starting an exec (shell)."),
	    WORD("list", "Use an authorization list with this name.") },
	  set_list,
	  AAA_AUTHORIZATION_EXEC },
	{ VALUE, { TRANSPORT, INPUT, KW("all", "All protocols") }, set_transport_in, LINE_TRANSPORT_ALL },
	{ VALUE, { TRANSPORT, INPUT, KW("none", "No protocols") }, set_transport_in },
	{ VALUE, { TRANSPORT, INPUT, PICK("first", transport_choices), OPTS(transport_options) }, set_transport_in },
	{ FLAG, { TRANSPORT, PREFERRED, KW("none", "No protocols") }, set_transport_preferred, 1 },
	{ VALUE, { TRANSPORT, PREFERRED, KW("telnet", "TCP/IP Telnet protocol") }, set_transport_preferred, 0 },
	{ FLAG, { CLASS, LIST, PICK("direction", direction_choices), OPTS(vrf_option) }, set_access_class, false },
	{ FLAG,
	  { KW("ipv6", "IPv6 options"), CLASS, LIST, PICK("direction", direction_choices) },
	  set_access_class,
	  true },
	{ VALUE,
	  { KW("session-timeout", "Set interval for closing connection when there is no input traffic"),
	    NUM("minutes", 0, 35791, "Session timeout interval in minutes") },
	  set_session_timeout },
	{ FLAG, { EXEC }, set_exec },
	{ FLAG,
	  { EXEC, KW("prompt", "EXEC prompt"), KW("timestamp", "Print timestamps for show commands") },
	  set_prompt_timestamp },
};

const struct cmd_table cmd_line_access_table = CMD_TABLE(line_access_cmds);
