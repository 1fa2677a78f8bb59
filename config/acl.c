/* Access lists of the running-config: made, changed and freed. */
#include "config/acl.h"

#include "config/model.h"

#include <stdlib.h>
#include <string.h>

/* --- lists ---- */

static struct acl_list *lists_of(struct config *c, bool ipv6)
{
	return ipv6 ? &c->acls6 : &c->acls;
}

struct acl *config_acl_find(const struct config *c, bool ipv6, const char *name)
{
	struct acl *a;

	HASH_FIND_STR(ipv6 ? c->acls6.names : c->acls.names, name, a);
	return a;
}

/* `access-list 101 ...` and `ip access-list extended X`: a global line of this list. */
static bool names(const char *line, bool ipv6, const char *name)
{
	static const char *const heads[] = { "access-list ", "ip access-list standard ", "ip access-list extended ",
					     "ipv6 access-list " };
	const size_t first = ipv6 ? 3 : 0, last = ipv6 ? 3 : 2, octets = strlen(name);

	for (size_t k = first; k <= last; k++) {
		size_t n = strlen(heads[k]);

		if (!strncmp(line, heads[k], n) && !strncmp(line + n, name, octets) &&
		    (!line[n + octets] || line[n + octets] == ' '))
			return true;
	}
	return false;
}

bool config_acl_incomplete(const struct config *c, bool ipv6, const char *name)
{
	const struct acl *a = config_acl_find(c, ipv6, name);
	const struct kept_line *k;

	if (a && (a->refused || !TAILQ_EMPTY(&a->kept)))
		return true;
	TAILQ_FOREACH (k, &c->kept, link)
		if (!k->harmless && names(k->text, ipv6, name))
			return true;
	return false;
}

bool acl_number_kind(const char *name, enum acl_kind *kind)
{
	unsigned long n;
	char *end;

	if (name[0] < '1' || name[0] > '9')
		return false;
	n = strtoul(name, &end, 10);
	if (*end)
		return false;
	if (n < 100 || (n >= 1300 && n < 2000))
		*kind = ACL_STANDARD;
	else if (n < 200 || (n >= 2000 && n < 2700))
		*kind = ACL_EXTENDED;
	else
		return false;
	return true;
}

/* As IOS shows them: standard before extended, numbers before names. */
static int compare(const struct acl *a, const struct acl *b)
{
	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	if (a->numbered != b->numbered)
		return a->numbered ? -1 : 1;
	return a->numbered ? atoi(a->name) - atoi(b->name) : strcmp(a->name, b->name);
}

struct acl *config_acl_get(struct config *c, enum acl_kind kind, const char *name)
{
	struct acl_list *lists = lists_of(c, kind == ACL_IPV6);
	struct acl *a = config_acl_find(c, kind == ACL_IPV6, name), *before;
	enum acl_kind numbered;
	size_t octets = strlen(name);

	if (a || octets >= ACL_NAME_SIZE || !(a = calloc(1, sizeof(*a))))
		return a;
	a->kind = kind;
	a->numbered = kind != ACL_IPV6 && acl_number_kind(name, &numbered);
	memcpy(a->name, name, octets);
	TAILQ_INIT(&a->entries);
	config_kept_init(&a->kept);
	HASH_ADD_STR(lists->names, name, a);
	if (!hash_has(&a->hh)) {
		free(a);
		return NULL;
	}
	TAILQ_FOREACH_REVERSE(before, lists, acl_list, link)
	if (compare(before, a) < 0)
		break;
	if (before)
		TAILQ_INSERT_AFTER(lists, before, a, link);
	else
		TAILQ_INSERT_HEAD(lists, a, link);
	return a;
}

static void acl_free(struct acl *a)
{
	while (!TAILQ_EMPTY(&a->entries))
		acl_drop(a, TAILQ_FIRST(&a->entries));
	config_kept_clear(&a->kept);
	free(a);
}

void config_acl_remove(struct config *c, struct acl *a)
{
	struct acl_list *lists = lists_of(c, a->kind == ACL_IPV6);

	TAILQ_REMOVE(lists, a, link);
	HASH_DELETE(hh, lists->names, a);
	acl_free(a);
}

void config_acls_free(struct acl_list *lists)
{
	struct acl *a;

	HASH_CLEAR(hh, lists->names);
	while ((a = TAILQ_FIRST(lists))) {
		TAILQ_REMOVE(lists, a, link);
		acl_free(a);
	}
}

/* --- digests: FNV-1a, the user's own configuration is compared with itself ---- */

#define DIGEST_START UINT64_C(0xcbf29ce484222325)

static void digest(uint64_t *sum, const void *p, size_t octets)
{
	const uint8_t *at = p;

	for (size_t k = 0; k < octets; k++)
		*sum = (*sum ^ at[k]) * UINT64_C(0x100000001b3);
}

static void digest_address(uint64_t *sum, const struct acl_address *a)
{
	digest(sum, &a->any, sizeof(a->any));
	if (a->any)
		return;
	digest(sum, &a->address, sizeof(a->address));
	digest(sum, &a->wildcard, sizeof(a->wildcard));
	digest(sum, &a->length, sizeof(a->length));
}

static void digest_ports(uint64_t *sum, const struct acl_ports *p)
{
	digest(sum, &p->match, sizeof(p->match));
	digest(sum, p->ports, p->count * sizeof(p->ports[0]));
}

static uint64_t handle_of(const struct acl *a, const struct acl_entry *e)
{
	const int numbers[] = { a->kind == ACL_IPV6, e->protocol, e->icmp_type, e->icmp_code, e->dscp,
				e->precedence,       e->tos,      e->tcp_flags };
	const bool flags[] = { e->permit, e->established, e->fragments, e->log, e->log_input };
	uint64_t sum = DIGEST_START;

	digest(&sum, a->name, strlen(a->name) + 1);
	digest(&sum, numbers, sizeof(numbers));
	digest(&sum, flags, sizeof(flags));
	digest_address(&sum, &e->source);
	digest_address(&sum, &e->destination);
	digest_ports(&sum, &e->source_ports);
	digest_ports(&sum, &e->destination_ports);
	return sum;
}

uint64_t acl_digest(struct acl *a)
{
	const struct acl_entry *e;

	if (a->digest)
		return a->digest;
	a->digest = DIGEST_START;
	TAILQ_FOREACH (e, &a->entries, link)
		if (!e->remark)
			digest(&a->digest, &e->handle, sizeof(e->handle));
	if (!a->digest)
		a->digest = 1;
	return a->digest;
}

/* --- entries ---- */

struct acl_entry *acl_at(const struct acl *a, unsigned sequence)
{
	struct acl_entry *e;

	TAILQ_FOREACH_REVERSE(e, &a->entries, acl_entries, link)
	if (!e->remark && e->sequence <= sequence)
		return e->sequence == sequence ? e : NULL;
	return NULL;
}

struct acl_entry *acl_same(const struct acl *a, const struct acl_entry *e)
{
	uint64_t handle;
	struct acl_entry *found;

	if (e->remark) {
		TAILQ_FOREACH (found, &a->entries, link)
			if (found->remark && !strcmp(found->remark, e->remark))
				return found;
		return NULL;
	}
	handle = handle_of(a, e);
	HASH_FIND(hh, a->handles, &handle, sizeof(handle), found);
	return found;
}

/* The last that is no remark. */
static struct acl_entry *last_of(const struct acl *a)
{
	struct acl_entry *e;

	TAILQ_FOREACH_REVERSE(e, &a->entries, acl_entries, link)
	if (!e->remark)
		break;
	return e;
}

/* Behind those with a lower sequence; a remark in front of the next stays with that. */
static void insert(struct acl *a, struct acl_entry *n)
{
	struct acl_entry *last = last_of(a), *e;

	if (n->remark || !last || last->sequence < n->sequence) {
		TAILQ_INSERT_TAIL(&a->entries, n, link);
		return;
	}
	for (e = last; e && (e->remark || e->sequence > n->sequence); e = TAILQ_PREV(e, acl_entries, link))
		;
	if (e)
		TAILQ_INSERT_AFTER(&a->entries, e, n, link);
	else
		TAILQ_INSERT_HEAD(&a->entries, n, link);
}

static struct acl_entry *remark_before(const struct acl_entry *e)
{
	struct acl_entry *before = e ? TAILQ_PREV(e, acl_entries, link) : NULL;

	return before && before->remark ? before : NULL;
}

/*
 * A file that is read again has its remarks again. Those at the end that stand before `there` as well go: they came
 * with an entry that was there already.
 */
static void forget_repeated_remarks(struct acl *a, const struct acl_entry *there)
{
	struct acl_entry *end = TAILQ_LAST(&a->entries, acl_entries), *have = remark_before(there), *repeated = end;

	while (have && repeated && repeated->remark && !strcmp(repeated->remark, have->remark)) {
		have = remark_before(have);
		repeated = TAILQ_PREV(repeated, acl_entries, link);
	}
	if (have) /* not all of them were typed */
		return;
	while ((end = TAILQ_LAST(&a->entries, acl_entries)) != repeated)
		acl_drop(a, end);
}

static enum acl_added add_remark(struct acl *a, const struct acl_entry *e)
{
	const struct acl_entry *last = TAILQ_LAST(&a->entries, acl_entries);
	struct acl_entry *n;

	if (last && last->remark && !strcmp(last->remark, e->remark))
		return ACL_THERE_ALREADY;
	n = calloc(1, sizeof(*n));
	if (!n || !(n->remark = strdup(e->remark))) {
		free(n);
		return ACL_NO_MEMORY;
	}
	insert(a, n);
	return ACL_ADDED;
}

enum acl_added acl_add(struct acl *a, const struct acl_entry *e)
{
	const struct acl_entry *last = last_of(a);
	unsigned sequence = e->sequence;
	struct acl_entry *n, *there;

	if (e->remark)
		return add_remark(a, e);
	if ((there = acl_same(a, e))) {
		forget_repeated_remarks(a, there);
		return ACL_THERE_ALREADY;
	}
	if (!sequence && last && last->sequence > ACL_SEQUENCE_MAX - ACL_SEQUENCE_STEP)
		return ACL_NO_SEQUENCE;
	if (!sequence)
		sequence = (last ? last->sequence : 0) + ACL_SEQUENCE_STEP;
	else if (acl_at(a, sequence))
		return ACL_SEQUENCE_TAKEN;
	if (!(n = malloc(sizeof(*n))))
		return ACL_NO_MEMORY;
	*n = *e;
	n->sequence = sequence;
	n->handle = handle_of(a, e);
	n->class_matches = 0;
	HASH_ADD(hh, a->handles, handle, sizeof(n->handle), n);
	if (!hash_has(&n->hh)) {
		free(n);
		return ACL_NO_MEMORY;
	}
	insert(a, n);
	a->count++;
	a->digest = 0;
	return ACL_ADDED;
}

void acl_drop(struct acl *a, struct acl_entry *e)
{
	TAILQ_REMOVE(&a->entries, e, link);
	if (!e->remark) {
		HASH_DELETE(hh, a->handles, e);
		a->count--;
		a->digest = 0;
	}
	free(e->remark);
	free(e);
}

bool acl_resequence(struct acl *a, unsigned start, unsigned step)
{
	struct acl_entry *e;

	if (a->count && (uint64_t)start + (uint64_t)step * (a->count - 1) > ACL_SEQUENCE_MAX)
		return false;
	TAILQ_FOREACH (e, &a->entries, link)
		if (!e->remark) {
			e->sequence = start;
			start += step;
		}
	return true;
}
