/* Access lists of the running-config: found and freed. */
#include "config/acl.h"

#include "config/model.h"

#include <stdlib.h>
#include <string.h>

struct acl *config_acl_find(const struct config *c, bool ipv6, const char *name)
{
	struct acl *a;

	TAILQ_FOREACH (a, ipv6 ? &c->acls6 : &c->acls, link)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

void config_acls_free(struct acl_list *lists)
{
	struct acl *a;

	while ((a = TAILQ_FIRST(lists))) {
		struct acl_entry *e;

		while ((e = TAILQ_FIRST(&a->entries))) {
			TAILQ_REMOVE(&a->entries, e, link);
			free(e->remark);
			free(e);
		}
		TAILQ_REMOVE(lists, a, link);
		free(a);
	}
}
