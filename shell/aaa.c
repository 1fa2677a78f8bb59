/*
 * Passwords against users, lines and enable. What is checked is copied under the control lock into a struct check; the
 * hash is computed from that copy without it.
 */
#include "shell/aaa_int.h"

#include "base/wipe.h"
#include "shell/password.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HIGHEST (ACCESS_LEVELS - 1)

/* One method of a list, with what it compares to. */
struct way {
	bool conclusive; /* it has something to check against; else the next method is asked */
	bool granted;    /* without a password */
	struct password password;
};

struct check {
	struct way ways[ACCESS_METHODS];
	unsigned count;
	unsigned privilege;
	bool authorized;
};

/* --- what is configured; with the lock ---- */

static const struct line_config *line_config_of(const struct config *c, enum line_kind kind, unsigned number)
{
	const struct line_config *l;

	TAILQ_FOREACH (l, &c->lines, link)
		if (l->kind == kind && l->first <= number && number <= l->last)
			return l;
	return NULL;
}

/* A user's name in any case, but for `local-case`; one that is spelled alike comes first. */
static const struct user *find_user(const struct config_access *a, const char *name, bool any_case)
{
	const struct user *u = config_user_find(a, name);

	if (u || !any_case)
		return u;
	TAILQ_FOREACH (u, &a->users, link)
		if (!strcasecmp(u->name, name))
			return u;
	return NULL;
}

/* The line's own list, else the default one; NULL: neither is there. */
static const struct aaa_list *list_of(const struct config_access *a, enum aaa_service service, const char *name)
{
	const struct aaa_list *l = name && name[0] ? config_aaa_find(a, service, 0, name) : NULL;

	return l ? l : config_aaa_find(a, service, 0, "default");
}

/* The methods of a line's login. Without a list IOS takes `local` for a vty and lets anybody in at the console. */
static unsigned login_methods(const struct config *c, enum line_kind kind, const struct line_config *l,
			      enum aaa_method methods[ACCESS_METHODS])
{
	const struct aaa_list *list = list_of(&c->access, AAA_AUTHENTICATION_LOGIN, l ? l->login_list : NULL);

	if (list) {
		memcpy(methods, list->methods, list->count * sizeof(*methods));
		return list->count;
	}
	methods[0] = kind == LINE_VTY ? AAA_LOCAL : AAA_NONE;
	return 1;
}

void aaa_line(const struct config *c, enum line_kind kind, unsigned number, struct aaa_line *out)
{
	const struct line_config *l = line_config_of(c, kind, number);
	enum aaa_method methods[ACCESS_METHODS];
	enum line_login login = l ? l->login : kind == LINE_VTY ? LINE_LOGIN_PASSWORD : LINE_LOGIN_NONE;

	*out = (struct aaa_line){ .by_lists = c->access.new_model,
				  .privilege = l ? l->privilege : LINE_PRIVILEGE_DEFAULT };
	if (out->by_lists) {
		login_methods(c, kind, l, methods);
		out->asks = methods[0] == AAA_NONE                               ? AAA_ASKS_NOTHING
			    : methods[0] == AAA_LINE || methods[0] == AAA_ENABLE ? AAA_ASKS_PASSWORD
										 : AAA_ASKS_USER;
		return;
	}
	out->asks = login == LINE_LOGIN_LOCAL      ? AAA_ASKS_USER
		    : login == LINE_LOGIN_PASSWORD ? AAA_ASKS_PASSWORD
						   : AAA_ASKS_NOTHING;
	out->no_line_password = login == LINE_LOGIN_PASSWORD && !(l && l->password.set);
}

bool aaa_needs_no_password(const struct config *c, const char *user)
{
	const struct user *u = find_user(&c->access, user, true);

	return u && u->nopassword;
}

static const struct password *enable_password(const struct config_access *a, unsigned level)
{
	return a->enable_secret[level].set ? &a->enable_secret[level] : &a->enable[level];
}

/* --- copies ---- */

static void against(struct way *w, const struct password *p)
{
	w->conclusive = p->set;
	w->password = *p;
}

/*
 * A name that nobody has is compared to somebody's password all the same: how long it takes does not tell who is there.
 * The text that it must match is none that any password has.
 */
static void against_nobody(struct way *w, const struct config_access *a)
{
	const struct user *u = TAILQ_FIRST(&a->users);
	char *last;

	w->conclusive = u != NULL;
	if (!u || !u->password.set)
		return;
	w->password = u->password;
	if (w->password.type == PASSWORD_CLEAR || w->password.type == PASSWORD_HIDDEN)
		w->password.set = false;
	last = w->password.text + strlen(w->password.text) - 1;
	*last = *last == '/' ? '.' : '/';
}

static void against_user(struct way *w, const struct config_access *a, const char *name, bool any_case)
{
	const struct user *u = name ? find_user(a, name, any_case) : NULL;

	if (!u) {
		against_nobody(w, a);
		return;
	}
	against(w, &u->password);
	w->conclusive = true;
	w->granted = u->nopassword;
}

static void add_way(struct check *k, const struct config *c, enum aaa_method method, const struct line_config *l,
		    const char *user, unsigned level)
{
	static const struct password none = { 0 };
	struct way *w = &k->ways[k->count++];

	switch (method) {
	case AAA_LOCAL:
	case AAA_LOCAL_CASE:
		against_user(w, &c->access, user, method == AAA_LOCAL);
		break;
	case AAA_ENABLE:
		against(w, enable_password(&c->access, level));
		break;
	case AAA_LINE:
		against(w, l ? &l->password : &none);
		break;
	case AAA_NONE:
	case AAA_IF_AUTHENTICATED:
		w->conclusive = w->granted = true;
		break;
	}
}

/* A user's level takes the line's place when it is not the default one. */
static unsigned user_privilege(const struct user *u, unsigned line)
{
	return u && u->privilege != LINE_PRIVILEGE_DEFAULT ? u->privilege : line;
}

/*
 * At what level the session begins, and whether it may begin. Without AAA the user says; with it, `aaa authorization exec`,
 * which is for the console only if asked for.
 */
static void authorize(struct check *k, const struct config *c, enum line_kind kind, const struct line_config *l,
		      const char *name)
{
	const struct user *u = name ? find_user(&c->access, name, true) : NULL;
	const struct aaa_list *list = NULL;

	k->authorized = true;
	k->privilege = l ? l->privilege : LINE_PRIVILEGE_DEFAULT;
	if (!c->access.new_model) {
		k->privilege = user_privilege(u, k->privilege);
		return;
	}
	if (kind == LINE_VTY || c->access.authorization_console)
		list = list_of(&c->access, AAA_AUTHORIZATION_EXEC, l ? l->exec_list : NULL);
	if (!list || list->methods[0] != AAA_LOCAL)
		return;
	k->privilege = user_privilege(u, k->privilege);
	k->authorized = u || (list->count > 1 && list->methods[1] == AAA_NONE);
}

static void copy_login(struct check *k, const struct config *c, enum line_kind kind, unsigned number, const char *user)
{
	const struct line_config *l = line_config_of(c, kind, number);
	enum aaa_method methods[ACCESS_METHODS];
	unsigned count = 1;

	if (c->access.new_model)
		count = login_methods(c, kind, l, methods);
	else /* who gives a name, as SSH does, is asked as `login local` asks */
		methods[0] = user ? AAA_LOCAL : AAA_LINE;
	for (unsigned i = 0; i < count; i++)
		add_way(k, c, methods[i], l, user, HIGHEST);
	authorize(k, c, kind, l, user);
}

static void copy_enable(struct check *k, const struct config *c, unsigned level)
{
	const struct aaa_list *list =
		c->access.new_model ? config_aaa_find(&c->access, AAA_AUTHENTICATION_ENABLE, 0, "default") : NULL;

	k->authorized = true;
	if (!list)
		add_way(k, c, AAA_ENABLE, NULL, NULL, level);
	for (unsigned i = 0; list && i < list->count; i++)
		add_way(k, c, list->methods[i], NULL, NULL, level);
}

/* --- without the lock ---- */

static enum aaa_verdict decide(const struct check *k, const char *password)
{
	for (unsigned i = 0; i < k->count; i++) {
		const struct way *w = &k->ways[i];

		if (!w->conclusive)
			continue;
		return (w->granted || password_matches(&w->password, password)) && k->authorized ? AAA_GRANTED
												 : AAA_DENIED;
	}
	return AAA_IMPOSSIBLE;
}

enum aaa_verdict aaa_password(struct shell *sh, enum line_kind kind, unsigned number, const char *user,
			      const char *password, unsigned *privilege)
{
	struct check k = { 0 };
	enum aaa_verdict verdict;

	shell_lock(sh);
	copy_login(&k, sh->config, kind, number, user);
	shell_unlock(sh);
	verdict = decide(&k, password);
	*privilege = k.privilege;
	wipe(&k, sizeof(k));
	if (verdict == AAA_DENIED)
		aaa_delay(sh);
	return verdict;
}

enum aaa_verdict aaa_known_user(struct shell *sh, enum line_kind kind, unsigned number, const char *user,
				unsigned *privilege)
{
	struct check k = { 0 };
	bool known;

	shell_lock(sh);
	known = find_user(&sh->config->access, user, true) != NULL;
	authorize(&k, sh->config, kind, line_config_of(sh->config, kind, number), user);
	shell_unlock(sh);
	*privilege = k.privilege;
	return known && k.authorized ? AAA_GRANTED : AAA_DENIED;
}

enum aaa_verdict aaa_enable(struct shell *sh, unsigned level, const char *password)
{
	struct check k = { 0 };
	enum aaa_verdict verdict;

	shell_lock(sh);
	copy_enable(&k, sh->config, level);
	shell_unlock(sh);
	verdict = decide(&k, password);
	wipe(&k, sizeof(k));
	if (verdict == AAA_DENIED)
		aaa_delay(sh);
	return verdict;
}

struct aaa_enable_plan aaa_enable_plan(struct shell *sh, unsigned level)
{
	struct aaa_enable_plan plan = { 0 };
	struct check k = { 0 };

	shell_lock(sh);
	copy_enable(&k, sh->config, level);
	plan.by_lists = sh->config->access.new_model;
	plan.secret = sh->config->access.enable_secret[level].set;
	shell_unlock(sh);
	for (unsigned i = 0; i < k.count && !plan.possible; i++) {
		plan.possible = k.ways[i].conclusive;
		plan.free = k.ways[i].granted;
	}
	wipe(&k, sizeof(k));
	return plan;
}

/* Of the methods only `local` can refuse: whoever has no name here, since a line's password has let him in. */
bool aaa_may_run(const struct config *c, enum line_kind kind, const char *user, unsigned level, bool configures)
{
	const struct config_access *a = &c->access;
	const struct aaa_list *list;

	if (!a->new_model || (kind != LINE_VTY && !a->authorization_console) ||
	    (configures && !a->authorization_config_commands))
		return true;
	list = config_aaa_find(a, AAA_AUTHORIZATION_COMMANDS, level, "default");
	if (!list)
		return true;
	for (unsigned i = 0; i < list->count; i++)
		if (list->methods[i] != AAA_LOCAL || !TAILQ_EMPTY(&a->users))
			return list->methods[i] != AAA_LOCAL || find_user(a, user, true);
	return false;
}
