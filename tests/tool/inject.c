/*
 * inject.so: decides for each call whether it fails, and what the clocks say. The wrappers are in inject_calls.c. What
 * is here runs inside any call of the router's, in any thread: no allocation, no lock.
 */
#define _GNU_SOURCE
#include "tests/tool/inject_lib.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

static struct inject *order;
static uintptr_t program_base, program_begin, program_end;
static int trace_fd = -1;
static __thread bool inside; /* a call that this library itself makes */
static __thread bool bound;  /* a thread that may not do all that the process may: seccomp(2) ends what asks too much */

static int find_program(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	program_base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD && p->p_flags & PF_X) {
			program_begin = info->dlpi_addr + p->p_vaddr;
			program_end = program_begin + p->p_memsz;
		}
	}
	return 1; /* the first is the program */
}

static bool is_router(void)
{
	char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	return n > 9 && !strcmp(path + n - 9, "/mainmode");
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("INJECT");
	char trace[600];
	void *at;
	int fd;

	if (!name || !is_router())
		return;
	unsetenv("LD_PRELOAD");
	dl_iterate_phdr(find_program, NULL);
	fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC, 0);
	at = (void *)syscall(SYS_mmap, NULL, sizeof(*order), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
	syscall(SYS_close, fd);
	if (fd < 0 || at == MAP_FAILED) {
		fprintf(stderr, "inject: %s: %s\n", name, strerror(errno));
		_exit(99);
	}
	snprintf(trace, sizeof(trace), "%s.trace", name);
	fd = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	trace_fd = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
	syscall(SYS_close, fd);
	order = at;
}

/* --- what is asked of it ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t inject_realtime_ns(void)
{
	return order ? atomic_load(&order->realtime_ns) : 0;
}

int64_t inject_monotonic_ns(void)
{
	return order ? atomic_load(&order->monotonic_ns) : 0;
}

static bool of_program(uintptr_t address)
{
	return address >= program_begin && address < program_end;
}

static _Unwind_Reason_Code of_frame(struct _Unwind_Context *context, void *ctx)
{
	uintptr_t *found = ctx, address = _Unwind_GetIP(context);

	if (!of_program(address))
		return _URC_NO_REASON;
	*found = address;
	return _URC_END_OF_STACK;
}

/* Where the router's own code called; 0: it did not. */
static uint64_t offset_of(enum inject_function f, void *caller)
{
	uintptr_t found = 0;

	if (of_program((uintptr_t)caller))
		return (uintptr_t)caller - program_base;
	if (f >= INJECT_malloc && f <= INJECT_asprintf)
		return 0;
	_Unwind_Backtrace(of_frame, &found);
	return found ? found - program_base : 0;
}

static enum inject_fd kind_of(int fd)
{
	struct stat st;
	int type = 0;
	socklen_t octets = sizeof(type);

	if (syscall(SYS_fstat, fd, &st) < 0)
		return FD_OTHER;
	if (S_ISREG(st.st_mode))
		return FD_FILE;
	if (S_ISDIR(st.st_mode))
		return FD_FOLDER;
	if (S_ISFIFO(st.st_mode))
		return FD_PIPE;
	if (S_ISCHR(st.st_mode))
		return FD_DEVICE;
	if (!S_ISSOCK(st.st_mode))
		return FD_OTHER;
	syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &octets);
	return type == SOCK_STREAM ? FD_STREAM : FD_SOCKET;
}

static struct inject_site *site_of(uint64_t key)
{
	uint64_t hash = key * 0x9e3779b97f4a7c15u;

	for (unsigned i = 0; i < INJECT_SITES; i++) {
		struct inject_site *s = &order->sites[((hash >> 40) + i) & (INJECT_SITES - 1)];
		uint_fast64_t have = atomic_load(&s->key);

		if (have == key || (!have && (atomic_compare_exchange_strong(&s->key, &have, key) || have == key)))
			return s;
	}
	return NULL;
}

void inject_thread_bound(void)
{
	bound = syscall(SYS_gettid) != syscall(SYS_getpid);
}

/* EAGAIN is for those who asked not to wait, as such threads always do. */
static bool fair(int error, int fd, int flags)
{
	return bound || error != EAGAIN || fd < 0 || flags & MSG_DONTWAIT ||
	       (syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK);
}

static int fail_site(const struct inject_site *s)
{
	unsigned hit = atomic_load(&s->hits), nth = atomic_load(&order->nth);

	if (atomic_load(&s->key) != atomic_load(&order->key) || hit < nth || hit >= nth + atomic_load(&order->count))
		return 0;
	return atomic_load(&order->error);
}

static int fail_in_storm(struct inject_site *s, const int *errors)
{
	uint64_t dice = (atomic_load(&s->key) ^ (uint64_t)atomic_load(&order->seed) << 32) * 0x9e3779b97f4a7c15u;
	unsigned n = 0;
	int_fast64_t last = atomic_load(&order->last_ms);
	int64_t now = now_ms();

	if (atomic_load(&s->failed) || atomic_load(&s->hits) <= (dice >> 60) % 3 ||
	    now - last < (int64_t)atomic_load(&order->gap_ms) ||
	    !atomic_compare_exchange_strong(&order->last_ms, &last, now))
		return 0;
	while (errors[n])
		n++;
	return errors[(dice >> 40) % n];
}

static void trace(const char *what, const char *a, const char *b, int fd)
{
	char line[1400], link[40], path[512] = "";
	ssize_t n;

	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, path, sizeof(path) - 1);
		path[n > 0 ? n : 0] = '\0';
	}
	n = snprintf(line, sizeof(line), "%s %s%s%s%s%s\n", what, path, *path && a ? "/" : "", a ? a : "", b ? " " : "",
		     b ? b : "");
	syscall(SYS_write, trace_fd, line, (size_t)n);
}

static void trace_failure(uint64_t key, int error)
{
	char text[40];

	snprintf(text, sizeof(text), "%llx %d", (unsigned long long)key, error);
	trace("failed", text, NULL, -1);
}

int inject_verdict(enum inject_function f, int fd, int flags, void *caller)
{
	enum inject_fd kind = FD_NONE;
	struct inject_site *s;
	const int *errors;
	int error = 0, mode, before = errno;
	uint64_t offset;

	if (!order || inside || !(mode = atomic_load(&order->mode)) || mode == INJECT_TRACE || mode == INJECT_KILL)
		return 0;
	inside = true;
	if (fd >= 0)
		kind = kind_of(fd);
	errors = inject_errors(f, kind);
	offset = *errors ? offset_of(f, caller) : 0;
	s = offset ? site_of(inject_key(f, kind, offset)) : NULL;
	if (s) {
		atomic_fetch_add(&s->hits, 1);
		if (mode == INJECT_FAIL)
			error = fail_site(s);
		else if (mode == INJECT_STORM)
			error = fail_in_storm(s, errors);
		if (error && !fair(error, fd, flags))
			error = 0;
		if (error) {
			atomic_fetch_add(&s->failed, 1);
			atomic_store(&s->last_error, error);
			atomic_fetch_add(&order->failures, 1);
			trace_failure(atomic_load(&s->key), error);
		}
	}
	inside = false;
	errno = before;
	return error;
}

/* --- calls that change files ---- */

static bool of_kernel(const char *path)
{
	return path && (!strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5) || !strncmp(path, "/dev/", 5));
}

void inject_file_call(const char *what, int fd, const char *a, const char *b)
{
	int mode, before = errno;

	if (!order || inside || ((mode = atomic_load(&order->mode)) != INJECT_TRACE && mode != INJECT_KILL) ||
	    of_kernel(a))
		return;
	inside = true;
	if (!a && fd >= 0) {
		enum inject_fd kind = kind_of(fd);

		if (kind != FD_FILE && kind != FD_FOLDER)
			goto out;
	}
	if (mode == INJECT_TRACE)
		trace(what, a, b, fd);
	else if (atomic_fetch_sub(&order->k, 1) == 1)
		for (;;)
			syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
out:
	inside = false;
	errno = before;
}
