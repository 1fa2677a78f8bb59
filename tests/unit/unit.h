/* What every CUnit program here shares: a table of tests and a main that runs it. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <CUnit/Basic.h>
#include <stdlib.h>

/* In a child, ThreadSanitizer has a thread of its own, and Linux gives a user namespace to those with one thread only. */
#ifdef __SANITIZE_THREAD__
#define UNIT_CHILD_HAS_THREADS true
#else
#define UNIT_CHILD_HAS_THREADS false
#endif

struct unit_test {
	const char *name;
	void (*fn)(void);
};

/* Runs the tests of one suite and returns the process's exit code. */
static inline int unit_main(const char *suite, const struct unit_test *tests, size_t count)
{
	CU_pSuite s;
	unsigned failed;

	if (CU_initialize_registry() != CUE_SUCCESS || !(s = CU_add_suite(suite, NULL, NULL)))
		return EXIT_FAILURE;
	for (size_t i = 0; i < count; i++)
		if (!CU_add_test(s, tests[i].name, tests[i].fn))
			return EXIT_FAILURE;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures() + (CU_get_number_of_tests_run() == 0);
	CU_cleanup_registry();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define UNIT_MAIN(suite, tests)                                                                                        \
	int main(void)                                                                                                 \
	{                                                                                                              \
		return unit_main(suite, tests, sizeof(tests) / sizeof((tests)[0]));                                    \
	}

#endif
