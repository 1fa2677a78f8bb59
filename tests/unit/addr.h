/* Addresses of a test, as text. */
#ifndef TESTS_UNIT_ADDR_H
#define TESTS_UNIT_ADDR_H

#include "base/addr.h"
#include "tests/unit/unit.h"

static inline struct ip_addr ip(const char *text)
{
	struct ip_addr a = { 0 };

	CU_ASSERT_TRUE_FATAL(ip_parse(text, &a));
	return a;
}

static inline struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p = { 0 };

	CU_ASSERT_TRUE_FATAL(ip_parse_prefix(text, &p));
	return p;
}

#endif
