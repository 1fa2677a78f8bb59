/* Users, banners and keys of the running-config: made, found and wiped. */
#include "config/access.h"

#include "base/locked.h"
#include "config/free.h"
#include "config/moved.h"

#include <stdio.h>

void config_access_init(struct config_access *a)
{
	TAILQ_INIT(&a->users);
	TAILQ_INIT(&a->aaa);
	TAILQ_INIT(&a->ssh_keys);
	a->ssh_timeout_s = SSH_TIMEOUT_DEFAULT_S;
	a->ssh_retries = SSH_RETRIES_DEFAULT;
	a->ssh_dh_bits = SSH_DH_BITS_DEFAULT;
}

void config_access_moved(struct config_access *a)
{
	LIST_MOVED(&a->users);
	LIST_MOVED(&a->aaa);
	LIST_MOVED(&a->ssh_keys);
}

void config_access_free(struct config_access *a)
{
	struct aaa_list *l;

	while (!TAILQ_EMPTY(&a->users))
		config_user_remove(a, TAILQ_FIRST(&a->users));
	while ((l = TAILQ_FIRST(&a->aaa))) {
		TAILQ_REMOVE(&a->aaa, l, link);
		free(l);
	}
	while (!TAILQ_EMPTY(&a->ssh_keys))
		config_pubkey_remove(a, TAILQ_FIRST(&a->ssh_keys));
	for (unsigned i = 0; i < BANNER_COUNT; i++)
		free(a->banners[i]);
	wipe(a, sizeof(*a));
}

struct user *config_user_find(const struct config_access *a, const char *name)
{
	struct user *u;

	TAILQ_FOREACH (u, &a->users, link)
		if (!strcmp(u->name, name))
			return u;
	return NULL;
}

struct user *config_user_get(struct config_access *a, const char *name)
{
	struct user *u = config_user_find(a, name);

	if (u || !(u = locked_calloc(1, sizeof(*u))))
		return u;
	snprintf(u->name, sizeof(u->name), "%s", name);
	u->privilege = 1;
	TAILQ_INSERT_TAIL(&a->users, u, link);
	return u;
}

void config_user_remove(struct config_access *a, struct user *u)
{
	TAILQ_REMOVE(&a->users, u, link);
	locked_free(u, sizeof(*u));
}

/* Those of one owner stand together, as they are printed. */
struct ssh_pubkey *config_pubkey_add(struct config_access *a, bool server, const char *owner)
{
	struct ssh_pubkey *k = calloc(1, sizeof(*k)), *at, *behind = NULL;

	if (!k)
		return NULL;
	k->server = server;
	snprintf(k->owner, sizeof(k->owner), "%s", owner);
	TAILQ_FOREACH (at, &a->ssh_keys, link)
		if (at->server == server && !strcmp(at->owner, owner))
			behind = at;
	if (behind)
		TAILQ_INSERT_AFTER(&a->ssh_keys, behind, k, link);
	else
		TAILQ_INSERT_TAIL(&a->ssh_keys, k, link);
	return k;
}

void config_pubkey_remove(struct config_access *a, struct ssh_pubkey *k)
{
	TAILQ_REMOVE(&a->ssh_keys, k, link);
	free(k->remark);
	free(k->typed);
	free(k);
}

/* --- AAA's lists ---- */

static int aaa_compare(const struct aaa_list *l, enum aaa_service service, unsigned level, const char *name)
{
	if (l->service != service)
		return l->service < service ? -1 : 1;
	if (l->level != level)
		return l->level < level ? -1 : 1;
	/* the default one first */
	if (!strcmp(l->name, name))
		return 0;
	if (!strcmp(l->name, "default") || !strcmp(name, "default"))
		return strcmp(name, "default") ? -1 : 1;
	return strcmp(l->name, name);
}

struct aaa_list *config_aaa_find(const struct config_access *a, enum aaa_service service, unsigned level,
				 const char *name)
{
	struct aaa_list *l;

	TAILQ_FOREACH (l, &a->aaa, link)
		if (aaa_compare(l, service, level, name) == 0)
			return l;
	return NULL;
}

struct aaa_list *config_aaa_get(struct config_access *a, enum aaa_service service, unsigned level, const char *name)
{
	struct aaa_list *l = config_aaa_find(a, service, level, name), *at;

	if (l || !(l = calloc(1, sizeof(*l))))
		return l;
	l->service = service;
	l->level = level;
	snprintf(l->name, sizeof(l->name), "%s", name);
	TAILQ_FOREACH (at, &a->aaa, link)
		if (aaa_compare(at, service, level, name) > 0)
			break;
	if (at)
		TAILQ_INSERT_BEFORE(at, l, link);
	else
		TAILQ_INSERT_TAIL(&a->aaa, l, link);
	return l;
}

void config_aaa_remove(struct config_access *a, struct aaa_list *l)
{
	TAILQ_REMOVE(&a->aaa, l, link);
	free(l);
}

/* --- banners ---- */

bool config_banner_set(struct config_access *a, enum banner which, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return false;
	free(a->banners[which]);
	a->banners[which] = copy;
	return true;
}
