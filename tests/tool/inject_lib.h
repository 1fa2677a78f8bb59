/* Between the two halves of inject.so. */
#ifndef TESTS_TOOL_INJECT_LIB_H
#define TESTS_TOOL_INJECT_LIB_H

#include "tests/tool/inject.h"

#include <stdbool.h>
#include <stdint.h>

/* 0: the call is made; else errno it fails with, or INJECT_SHORT. fd: -1 when the function takes none. */
int inject_verdict(enum inject_function f, int fd, int flags, void *caller);
/* Before a call that changes files or makes sure of them. fd is also the folder that the path `a` begins in. */
void inject_file_call(const char *what, int fd, const char *a, const char *b);
/* This thread has given up calls (base/sandbox.h). */
void inject_thread_bound(void);
int64_t inject_realtime_ns(void);
int64_t inject_monotonic_ns(void);

#endif
