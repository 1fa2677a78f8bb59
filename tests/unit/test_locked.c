/* Memory for keys, and how much of the process is locked, each in a child that may lock more or less. */
#define _GNU_SOURCE
#include "base/locked.h"
#include "base/pages.h"
#include "tests/unit/unit.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int __real_malloc_trim(size_t pad);
int __wrap_malloc_trim(size_t pad);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) /* which make nothing of mlockall() */
int __wrap_malloc_trim(size_t pad)
{
	return __real_malloc_trim(pad);
}

static void nothing_to_lock(void)
{
	void *p = locked_calloc(1, 100);

	CU_ASSERT_EQUAL(locked_open(), LOCKED_ALL);
	CU_ASSERT_PTR_NOT_NULL(p);
	CU_ASSERT_FALSE(locked_was_full());
	locked_free(p, 100);
	locked_loosen();
	locked_tick();
}

static const struct unit_test tests[] = { { "sanitizers lock nothing", nothing_to_lock } };
#else

#define MIB ((size_t)1 << 20)
#define CHECK(x)                                                                                                       \
	do {                                                                                                           \
		if (!(x)) {                                                                                            \
			printf("\n%s:%d: %s\n", __FILE__, __LINE__, #x);                                               \
			fflush(stdout);                                                                                \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)

/* kB of /proc/self/status */
static size_t status(const char *name)
{
	FILE *f = fopen("/proc/self/status", "r");
	size_t kib = 0;
	char line[256];

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			kib = strtoul(line + strlen(name) + 1, NULL, 10);
	fclose(f);
	return kib;
}

/* Does the mapping around `at` have this flag in smaps: "lo" locked, "dd" in no core file? */
static bool has_flag(const void *at, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool here = false, found = false;
	char line[512];

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (uintptr_t)at >= from && (uintptr_t)at < to;
		else if (here && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, flag) != NULL;
	}
	fclose(f);
	return found;
}

static struct {
	void *key, *heap;
	unsigned calls;
} meanwhile;

int __wrap_malloc_trim(size_t pad)
{
	void *mapped;

	meanwhile.calls++;
	if (!meanwhile.key)
		return __real_malloc_trim(pad);
	CHECK(has_flag(meanwhile.key, "lo") && !has_flag(meanwhile.heap, "lo"));
	mapped = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mapped != MAP_FAILED && has_flag(mapped, "lo"));
	munmap(mapped, MIB);
	return __real_malloc_trim(pad);
}

static bool may_lock(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	CHECK(syscall(SYS_capget, &head, set) == 0);
	return set[0].effective & 1u << CAP_IPC_LOCK;
}

static void give_up_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	CHECK(syscall(SYS_capset, &head, none) == 0);
}

static void limit(rlim_t octets)
{
	const struct rlimit l = { octets, octets };

	CHECK(setrlimit(RLIMIT_MEMLOCK, &l) == 0);
}

static void in_child(void (*fn)(void))
{
	int end = -1;
	pid_t child = fork();

	CU_ASSERT_FATAL(child >= 0);
	if (!child) {
		fn();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &end, 0), child);
	CU_ASSERT_EQUAL(end, 0);
}

/* A key lies where it is asked for, whatever could be locked. */
static void keys_are_kept(void)
{
	uint8_t *key = locked_calloc(1, 100);

	CHECK(key && key[0] == 0 && key[99] == 0);
	memset(key, 7, 100);
	CHECK(has_flag(key, "dd"));
	locked_free(key, 100);
}

static void child_with_little(void)
{
	struct rlimit l;
	void *ordinary, *key;

	limit(MIB);
	give_up_capabilities();
	CHECK(locked_open() == LOCKED_KEYS);
	CHECK(getrlimit(RLIMIT_MEMLOCK, &l) == 0 && l.rlim_cur == MIB && l.rlim_max == MIB);
	ordinary = malloc(4 * MIB); /* what is locked from its beginning would not be had */
	CHECK(ordinary && !has_flag(ordinary, "lo"));
	free(ordinary);
	key = locked_try(100);
	CHECK(key && has_flag(key, "lo"));
	locked_free(key, 100);
	keys_are_kept();
	locked_loosen();
	locked_tick();
}
static void with_little(void)
{
	in_child(child_with_little);
}

/* A limit that is larger than what there is at first, and would be smaller later. */
static void child_with_enough_for_now(void)
{
	give_up_capabilities();
	limit((status("VmSize:") << 10) + 24 * MIB);
	CHECK(locked_open() == LOCKED_KEYS);
	CHECK(malloc(64 * MIB) != NULL);
}
static void with_enough_for_now(void)
{
	struct rlimit l;

	getrlimit(RLIMIT_MEMLOCK, &l);
	if (l.rlim_max > 256 * MIB)
		in_child(child_with_enough_for_now);
}

static void child_with_nothing(void)
{
	limit(0);
	give_up_capabilities();
	CHECK(locked_open() == LOCKED_NOTHING);
	CHECK(status("VmLck:") == 0);
	keys_are_kept();
}
static void with_nothing(void)
{
	in_child(child_with_nothing);
}

static void child_with_all(void)
{
	enum { MANY = 24 * 1024 };
	static void *blocks[MANY];
	struct rlimit l;
	uint8_t *later, stack[64] = { 1 };
	size_t before = status("VmRSS:"), full;

	if (!may_lock())
		return;
	limit(MIB); /* which does not count */
	CHECK(locked_open() == LOCKED_ALL);
	CHECK(getrlimit(RLIMIT_MEMLOCK, &l) == 0 && l.rlim_cur == MIB);
	later = malloc(4 * MIB);
	CHECK(later && has_flag(later, "lo") && has_flag(stack, "lo"));
	CHECK(status("VmRSS:") < status("VmLck:"));
	/* of what is locked only what is touched is there */
	full = status("VmRSS:");
	CHECK(full < before + 4096);
	memset(later, 1, 4 * MIB);
	CHECK(status("VmRSS:") >= full + 4000);
	pages_give_back((void *)(((uintptr_t)later + 4095) & ~(uintptr_t)4095), 4 * MIB - 8192);
	CHECK(status("VmRSS:") < full + 400);
	free(later);
	/* and the heap is given back as ever, and locked afterwards */
	for (size_t i = 0; i < MANY; i++)
		CHECK((blocks[i] = malloc(1024)) && memset(blocks[i], 1, 1024));
	full = status("VmRSS:");
	for (size_t i = 0; i < MANY - 1; i++)
		free(blocks[i]);
	locked_loosen();
	locked_tick();
	CHECK(status("VmRSS:") + 20000 < full);
	CHECK(has_flag(blocks[MANY - 1], "lo"));
	later = malloc(MIB);
	CHECK(later && has_flag(later, "lo"));
	keys_are_kept();
}
static void with_all(void)
{
	in_child(child_with_all);
}

/* Meanwhile the heap is not locked, but keys are, and so is what another thread maps. */
static void child_while_it_is_given_back(void)
{
	if (!may_lock())
		return;
	CHECK(locked_open() == LOCKED_ALL);
	CHECK((meanwhile.key = locked_try(100)) && (meanwhile.heap = malloc(100)));
	locked_tick();
	CHECK(!meanwhile.calls); /* nothing was freed */
	locked_loosen();
	locked_tick();
	locked_tick();
	CHECK(meanwhile.calls == 1);
	CHECK(has_flag(meanwhile.key, "lo") && has_flag(meanwhile.heap, "lo"));
}
static void while_it_is_given_back(void)
{
	in_child(child_while_it_is_given_back);
}

static void child_full(void)
{
	void *last = NULL, *p;

	CHECK(!locked_was_full());
	CHECK(locked_try(100) == NULL && !locked_was_full()); /* not opened: nobody counts on it */
	(void)locked_open();
	while ((p = locked_try(64 << 10)))
		last = p;
	CHECK(last && locked_was_full());
	p = locked_calloc(1, 64 << 10);
	CHECK(p && !has_flag(p, "dd"));
	locked_free(p, 64 << 10);
	locked_free(last, 64 << 10);
	CHECK(locked_try(64 << 10) != NULL);
	CHECK(locked_was_full()); /* it was */
}
static void full(void)
{
	in_child(child_full);
}

static const struct unit_test tests[] = {
	{ "a limit", with_little },
	{ "a limit that is enough for now", with_enough_for_now },
	{ "nothing may be locked", with_nothing },
	{ "all may be locked", with_all },
	{ "keys while memory is given back", while_it_is_given_back },
	{ "no room for more keys", full },
};
#endif

UNIT_MAIN("locked memory", tests)
