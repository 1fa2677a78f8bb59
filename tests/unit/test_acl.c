/* config/acl.h: lists, their order and sequences, and what access-class asks of them. */
#include "config/model.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static struct ip_addr address(const char *text)
{
	struct ip_addr a = { 0 };

	CU_ASSERT_TRUE(ip_parse(text, &a));
	return a;
}

static struct acl_entry entry(bool permit, const char *source, const char *wildcard)
{
	struct acl_entry e = ACL_ENTRY_ANY;

	e.permit = permit;
	if (source) {
		e.source.any = false;
		e.source.address = address(source);
		if (wildcard[0] == '/')
			e.source.length = (unsigned)strtoul(wildcard + 1, NULL, 10);
		else
			e.source.wildcard = address(wildcard);
	}
	return e;
}

static enum acl_added add(struct acl *a, unsigned sequence, bool permit, const char *source)
{
	struct acl_entry e = entry(permit, source, "0.0.0.0");

	e.sequence = sequence;
	return acl_add(a, &e);
}

/* "10 r 20": the order of the entries, r a remark */
static const char *order(const struct acl *a)
{
	static char text[200];
	const struct acl_entry *e;
	size_t n = 0;

	text[0] = '\0';
	TAILQ_FOREACH (e, &a->entries, link)
		if (e->remark)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "", e->remark);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", n ? " " : "", e->sequence);
	return text;
}

static void lists_stand_in_order(void)
{
	static const struct {
		enum acl_kind kind;
		const char *name;
	} given[] = {
		{ ACL_EXTENDED, "WEB" }, { ACL_EXTENDED, "2000" }, { ACL_STANDARD, "99" },
		{ ACL_EXTENDED, "101" }, { ACL_STANDARD, "MGMT" }, { ACL_STANDARD, "1300" },
	};
	static const char *const wanted[] = { "99", "1300", "MGMT", "101", "2000", "WEB" };
	struct config *c = config_new();
	enum acl_kind kind;
	struct acl *a;
	size_t k = 0;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(config_acl_get(c, given[i].kind, given[i].name));
	TAILQ_FOREACH (a, &c->acls, link)
		CU_ASSERT_STRING_EQUAL(a->name, wanted[k++]);
	CU_ASSERT_EQUAL(k, 6);
	CU_ASSERT_PTR_NULL(config_acl_find(c, true, "WEB"));
	CU_ASSERT_PTR_NOT_NULL(config_acl_get(c, ACL_IPV6, "WEB"));
	CU_ASSERT_FALSE(config_acl_find(c, true, "WEB")->numbered);
	CU_ASSERT_EQUAL(config_acl_get(c, ACL_STANDARD, "WEB")->kind, ACL_EXTENDED);
	config_acl_remove(c, config_acl_find(c, false, "101"));
	CU_ASSERT_PTR_NULL(config_acl_find(c, false, "101"));
	CU_ASSERT_TRUE(acl_number_kind("1999", &kind) && kind == ACL_STANDARD);
	CU_ASSERT_TRUE(acl_number_kind("2699", &kind) && kind == ACL_EXTENDED);
	CU_ASSERT_FALSE(acl_number_kind("200", &kind) || acl_number_kind("0", &kind) || acl_number_kind("1x", &kind));
	config_free(c);
}

static void entries_have_their_sequence(void)
{
	struct config *c = config_new();
	struct acl *a = config_acl_get(c, ACL_EXTENDED, "X");
	struct acl_entry remark = { .remark = (char[]){ "r" } };
	uint64_t before;

	CU_ASSERT_EQUAL(add(a, 0, true, "10.0.0.1"), ACL_ADDED);
	CU_ASSERT_EQUAL(acl_add(a, &remark), ACL_ADDED);
	CU_ASSERT_EQUAL(add(a, 0, true, "10.0.0.2"), ACL_ADDED);
	CU_ASSERT_EQUAL(add(a, 15, true, "10.0.0.3"), ACL_ADDED);
	CU_ASSERT_EQUAL(add(a, 5, true, "10.0.0.4"), ACL_ADDED);
	CU_ASSERT_STRING_EQUAL(order(a), "5 10 15 r 20");
	CU_ASSERT_EQUAL(add(a, 30, true, "10.0.0.3"), ACL_THERE_ALREADY);
	CU_ASSERT_EQUAL(add(a, 15, true, "10.0.0.9"), ACL_SEQUENCE_TAKEN);
	CU_ASSERT_EQUAL(a->count, 4);
	before = acl_digest(a);
	CU_ASSERT_TRUE(acl_resequence(a, 100, 20));
	CU_ASSERT_STRING_EQUAL(order(a), "100 120 140 r 160");
	CU_ASSERT_EQUAL(acl_digest(a), before);
	CU_ASSERT_FALSE(acl_resequence(a, ACL_SEQUENCE_MAX - 10, 10));
	acl_drop(a, acl_at(a, 120));
	CU_ASSERT_PTR_NULL(acl_at(a, 120));
	CU_ASSERT_NOT_EQUAL(acl_digest(a), before);
	acl_drop(a, acl_same(a, &remark));
	CU_ASSERT_STRING_EQUAL(order(a), "100 140 160");
	CU_ASSERT_EQUAL(add(a, ACL_SEQUENCE_MAX, true, "10.0.0.5"), ACL_ADDED);
	CU_ASSERT_EQUAL(add(a, 0, true, "10.0.0.6"), ACL_NO_SEQUENCE);
	config_free(c);
}

static void remark(struct acl *a, const char *text)
{
	char copy[20];
	struct acl_entry e = { .remark = copy };

	snprintf(copy, sizeof(copy), "%s", text);
	acl_add(a, &e);
}

static void a_file_read_twice_has_its_remarks_once(void)
{
	struct config *c = config_new();
	struct acl *a = config_acl_get(c, ACL_EXTENDED, "X");

	for (int n = 0; n < 2; n++) {
		remark(a, "-");
		remark(a, "a");
		add(a, 0, true, "10.0.0.1");
		remark(a, "-");
		add(a, 0, true, "10.0.0.2");
		add(a, 0, true, "10.0.0.3");
		remark(a, "z");
	}
	CU_ASSERT_STRING_EQUAL(order(a), "- a 10 - 20 30 z");
	remark(a, "new");
	add(a, 0, true, "10.0.0.3"); /* there already, and not with this remark */
	CU_ASSERT_STRING_EQUAL(order(a), "- a 10 - 20 30 z new");
	config_free(c);
}

static void the_same_entry_has_the_same_counter(void)
{
	struct config *c = config_new(), *d = config_new();
	struct acl *a = config_acl_get(c, ACL_STANDARD, "7"), *b = config_acl_get(d, ACL_STANDARD, "7");
	struct acl *other = config_acl_get(d, ACL_STANDARD, "8");

	add(a, 0, true, "10.0.0.1");
	add(b, 0, false, "10.0.0.9");
	add(b, 0, true, "10.0.0.1");
	add(other, 0, true, "10.0.0.1");
	CU_ASSERT_EQUAL(acl_at(a, 10)->handle, acl_at(b, 20)->handle);
	CU_ASSERT_NOT_EQUAL(acl_at(a, 10)->handle, acl_at(b, 10)->handle);
	CU_ASSERT_NOT_EQUAL(acl_at(a, 10)->handle, acl_at(other, 10)->handle);
	config_free(c);
	config_free(d);
}

static bool permits(const struct config *c, const char *name, const char *source, uint16_t port)
{
	struct ip_addr a = address(source);

	return acl_permits_port(c, a.family == 6, name, &a, port);
}

static void access_class_asks_by_source(void)
{
	struct config *c = config_new();
	struct acl *a = config_acl_get(c, ACL_STANDARD, "1"), *six = config_acl_get(c, ACL_IPV6, "SIX");
	struct acl_entry e = entry(false, "10.1.1.66", "0.0.0.0");

	CU_ASSERT_TRUE(permits(c, "1", "10.9.9.9", 23)); /* empty */
	CU_ASSERT_TRUE(permits(c, "2", "10.9.9.9", 23)); /* not there */
	acl_add(a, &e);
	e = entry(true, "10.1.0.1", "0.0.255.0"); /* the third octet does not count */
	acl_add(a, &e);
	CU_ASSERT_FALSE(permits(c, "1", "10.1.1.66", 23));
	CU_ASSERT_TRUE(permits(c, "1", "10.1.77.1", 22));
	CU_ASSERT_FALSE(permits(c, "1", "10.1.77.2", 22));
	CU_ASSERT_EQUAL(acl_at(a, 10)->class_matches, 1);
	CU_ASSERT_EQUAL(acl_at(a, 20)->class_matches, 1);
	e = entry(true, "2001:DB8::", "/32");
	acl_add(six, &e);
	CU_ASSERT_TRUE(permits(c, "SIX", "2001:db8:1::1", 22));
	CU_ASSERT_FALSE(permits(c, "SIX", "2001:db9::1", 22));
	config_free(c);
}

/* What an extended list says of a connection to port 22. */
static bool one_permits(struct acl_entry e, uint16_t port)
{
	struct config *c = config_new();
	struct acl *a = config_acl_get(c, ACL_EXTENDED, "101");
	struct acl_entry rest = entry(!e.permit, NULL, NULL);
	struct ip_addr source = address("10.0.0.1");
	bool result;

	acl_add(a, &e);
	acl_add(a, &rest);
	CU_ASSERT_EQUAL(a->count, 2);
	result = port ? permits(c, "101", "10.0.0.1", port) : acl_permits(c, false, "101", &source);
	config_free(c);
	return result;
}

static void access_class_asks_an_extended_list_about_tcp(void)
{
	struct acl_entry e = entry(true, "10.0.0.1", "0.0.0.0");

	CU_ASSERT_TRUE(one_permits(e, 22)); /* ip */
	e.protocol = 17;
	CU_ASSERT_FALSE(one_permits(e, 22));
	e.protocol = 6;
	CU_ASSERT_TRUE(one_permits(e, 22));
	e.destination_ports = (struct acl_ports){ .match = ACL_PORT_EQ, .ports = { 22, 23 }, .count = 2 };
	CU_ASSERT_TRUE(one_permits(e, 23));
	CU_ASSERT_FALSE(one_permits(e, 24));
	CU_ASSERT_FALSE(one_permits(e, 0));
	e.destination_ports = (struct acl_ports){ .match = ACL_PORT_RANGE, .ports = { 20, 22 }, .count = 2 };
	CU_ASSERT_TRUE(one_permits(e, 20));
	CU_ASSERT_FALSE(one_permits(e, 23));
	e.permit = false;
	CU_ASSERT_FALSE(one_permits(e, 20));
	CU_ASSERT_TRUE(one_permits(e, 23));
	CU_ASSERT_FALSE(one_permits(e, 0));
	e = entry(true, "10.0.0.1", "0.0.0.0");
	e.established = true;
	CU_ASSERT_FALSE(one_permits(e, 22));
	e.established = false;
	e.destination = e.source;
	CU_ASSERT_FALSE(one_permits(e, 22)); /* it names a destination */
	e = entry(true, "10.0.0.1", "0.0.0.0");
	e.dscp = 10;
	CU_ASSERT_FALSE(one_permits(e, 22));
	e.permit = false;
	CU_ASSERT_FALSE(one_permits(e, 22));
}

static const struct unit_test tests[] = {
	{ "lists stand in order", lists_stand_in_order },
	{ "entries have their sequence", entries_have_their_sequence },
	{ "a file read twice has its remarks once", a_file_read_twice_has_its_remarks_once },
	{ "the same entry has the same counter", the_same_entry_has_the_same_counter },
	{ "access-class asks by source", access_class_asks_by_source },
	{ "access-class asks an extended list about TCP", access_class_asks_an_extended_list_about_tcp },
};

UNIT_MAIN("acl", tests)
