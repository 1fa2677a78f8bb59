/* Which system calls each kind of thread may make, tried by threads of children, and how it is told. */
#define _GNU_SOURCE /* unshare, pipe2 */
#include "base/sandbox.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitizer's threads make calls of its own: they keep what the process may, and that may look into others (base/sandbox.c). */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

static void *map(int how)
{
	return mmap(NULL, 4096, how, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void run_program(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
}

static void *nothing(void *arg)
{
	return arg;
}

static void start_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, nothing, NULL) == 0)
		pthread_join(t, NULL);
}

static void do_open_read(void)
{
	close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}
static void do_open_write(void)
{
	close(open("/dev/null", O_WRONLY | O_CLOEXEC));
}
static void do_inet(void)
{
	close(socket(AF_INET, SOCK_DGRAM, 0));
}
static void do_unix(void)
{
	close(socket(AF_UNIX, SOCK_DGRAM, 0));
}
static void do_packet(void)
{
	close(socket(AF_PACKET, SOCK_RAW, 0));
}
static void do_netlink(void)
{
	close(socket(AF_NETLINK, SOCK_RAW, 0));
}
static void do_bluetooth(void)
{
	close(socket(AF_BLUETOOTH, SOCK_RAW, 0));
}
static void do_vsock(void)
{
	close(socket(AF_VSOCK, SOCK_STREAM, 0));
}
#ifndef SANITIZED
static void do_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
#endif
static void do_namespace(void)
{
	unshare(CLONE_NEWUSER);
}
static void do_clone_namespace(void)
{
	(void)syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
}
static void do_written_and_run(void)
{
	map(PROT_READ | PROT_WRITE | PROT_EXEC);
}
static void do_run_later(void)
{
	mprotect(map(PROT_READ | PROT_WRITE), 4096, PROT_READ | PROT_EXEC);
}
static void do_memory(void)
{
	munmap(map(PROT_READ | PROT_WRITE), 4096);
}
static void do_write(void)
{
	(void)!write(-1, "", 1);
}
static void do_send(void)
{
	(void)sendto(-1, "", 1, 0, NULL, 0);
}
static void do_kill(void)
{
	kill(getpid(), 0);
}
static void do_name(void)
{
	prctl(PR_SET_NAME, "another");
}
static void do_dumpable(void)
{
	prctl(PR_SET_DUMPABLE, 1);
}
static void do_keyctl(void)
{
	(void)syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}
static void do_mount(void)
{
	(void)syscall(SYS_mount, "none", "/none", "tmpfs", 0, NULL);
}
static void do_memory_of_others(void)
{
	(void)syscall(SYS_process_vm_writev, 1, NULL, 0, NULL, 0, 0);
}

static void do_terminal(void)
{
	(void)isatty(STDERR_FILENO);
}
static void do_interface(void)
{
	char name[IF_NAMESIZE];

	(void)if_indextoname(1, name);
}
static void do_interface_flags(void)
{
	struct ifreq q = { .ifr_name = "lo" };

	(void)ioctl(-1, SIOCGIFFLAGS, &q);
}
static void do_tun(void)
{
	(void)ioctl(-1, TUNSETIFF, NULL);
}
static void do_high_bits(void) /* of which the kernel knows nothing: TCGETS */
{
	(void)syscall(SYS_ioctl, -1, 1ul << 40 | TCGETS, NULL);
}
static void do_type_for_another(void)
{
	(void)ioctl(-1, TIOCSTI, "x");
}
static void do_console(void)
{
	(void)ioctl(-1, TIOCLINUX, "\2");
}
static void do_rename_interface(void)
{
	struct ifreq q = { .ifr_name = "lo" };

	(void)ioctl(-1, SIOCSIFNAME, &q);
}
static void do_leave_terminal(void)
{
	(void)syscall(SYS_ioctl, -1, 1ul << 40 | TIOCNOTTY, NULL);
}

#define P (1u << SANDBOX_PROCESS)
#define E (1u << SANDBOX_ENGINE)
#define C (1u << SANDBOX_CAPTURE)
#define Q (1u << SANDBOX_QUIET)

static const struct {
	const char *name, *told; /* NULL: by its number, "": not by us */
	void (*call)(void);
	unsigned allowed; /* by whom */
} calls[] = {
	{ "memory", NULL, do_memory, P | E | C | Q },
	{ "write", NULL, do_write, P | E | C | Q },
	{ "name", NULL, do_name, P | E | C | Q },
	{ "send", NULL, do_send, P | E | C },
	{ "packet socket", "socket", do_packet, P },
	{ "inet socket", "socket", do_inet, P },
	{ "unix socket", "socket", do_unix, P | C },
	{ "netlink socket", "socket", do_netlink, P },
	{ "open to read", "openat", do_open_read, P | E | C | Q }, /* the last three get no file: below */
	{ "open to write", "openat", do_open_write, P | E | C | Q },
	{ "a program", "execve", run_program, P },
	{ "a thread", "", start_thread, P }, /* libc blocks signals meanwhile: the kernel's log alone tells it */
	{ "kill", "kill", do_kill, P },
	{ "dumpable", "prctl", do_dumpable, P },
	{ "a terminal's settings", "ioctl", do_terminal, P },
	{ "an interface's name", "socket", do_interface, P | C },
	{ "an interface's flags", "ioctl", do_interface_flags, P },
	{ "a TUN device", "ioctl", do_tun, P },
	{ "a request with more than 32 bits", "ioctl", do_high_bits, P },
	{ "what another is to have typed", "ioctl", do_type_for_another, 0 },
	{ "the text console", "ioctl", do_console, 0 },
	{ "another name of an interface", "ioctl", do_rename_interface, 0 },
	{ "the terminal, hidden behind more than 32 bits", "ioctl", do_leave_terminal, 0 },
	{ "bluetooth socket", "socket", do_bluetooth, 0 },
	{ "vsock socket", "socket", do_vsock, 0 },
	{ "namespace", "unshare", do_namespace, 0 },
	{ "a process with a namespace", "clone", do_clone_namespace, 0 },
	{ "memory to write and run", "mmap", do_written_and_run, 0 },
	{ "memory written, then run", "mprotect", do_run_later, 0 },
	{ "keys", "keyctl", do_keyctl, 0 },
	{ "mount", "mount", do_mount, 0 },
#ifndef SANITIZED
	{ "ptrace", "ptrace", do_ptrace, 0 },
#endif
	{ "another's memory", "process_vm_writev", do_memory_of_others, 0 },
};

struct trial {
	enum sandbox of;
	void (*call)(void);
};

static void *try_it(void *arg)
{
	struct trial *t = arg;

	prctl(PR_SET_NAME, "Trial");
	if (t->of != SANDBOX_PROCESS)
		sandbox_enter(t->of);
	t->call();
	return NULL;
}

/* The child's end, as wait() has it, and what it said. */
static int ends(enum sandbox of, void (*call)(void), bool begin, char *said, size_t size)
{
	int out[2], status = 0;
	ssize_t n;
	size_t at = 0;
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(pipe2(out, O_CLOEXEC), 0);
	child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (!child) {
		struct trial t = { .of = of, .call = call };
		pthread_t thread;

		dup2(out[1], STDERR_FILENO);
		prctl(PR_SET_DUMPABLE, 0);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || (begin && sandbox_begin()))
			_exit(3);
		if (pthread_create(&thread, NULL, try_it, &t) || pthread_join(thread, NULL))
			_exit(4);
		_exit(0);
	}
	close(out[1]);
	while (at < size - 1 && (n = read(out[0], said + at, size - 1 - at)) > 0)
		at += (size_t)n;
	said[at] = '\0';
	close(out[0]);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	return status;
}

static void test_calls(void)
{
	static const enum sandbox kinds[] = { SANDBOX_PROCESS, SANDBOX_ENGINE, SANDBOX_CAPTURE, SANDBOX_QUIET };
#ifdef SANITIZED
	const size_t count = 1;
#else
	const size_t count = 4;
#endif
	char said[512], want[64];

	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			int end = ends(kinds[k], calls[i].call, true, said, sizeof(said));
			bool allowed = calls[i].allowed & 1u << kinds[k];

			if (allowed ? end != 0 : !WIFSIGNALED(end) || WTERMSIG(end) != SIGSYS) {
				printf("kind %u, %s: %x %s\n", (unsigned)kinds[k], calls[i].name, (unsigned)end, said);
				CU_FAIL("not as it should be");
			}
			if (allowed || (calls[i].told && !*calls[i].told))
				continue;
			if (strstr(said, "%SYS-2-SECCOMP: Trial: system call ") != said) {
				printf("kind %u, %s: %x %s\n", (unsigned)kinds[k], calls[i].name, (unsigned)end, said);
				CU_FAIL("not told");
			}
			snprintf(want, sizeof(want), " (%s) ", calls[i].told ? calls[i].told : "");
			CU_ASSERT_TRUE(!calls[i].told || strstr(said, want));
		}
}

#ifndef SANITIZED
static void do_open_in_vain(void)
{
	if (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		_exit(5);
}
#endif

static void test_no_file(void)
{
#ifndef SANITIZED
	static const enum sandbox kinds[] = { SANDBOX_ENGINE, SANDBOX_CAPTURE, SANDBOX_QUIET };
	char said[64];

	for (size_t k = 0; k < 3; k++)
		CU_ASSERT_EQUAL(ends(kinds[k], do_open_in_vain, true, said, sizeof(said)), 0);
#endif
}

/* A container may forbid filters: then there is none, and threads begin all the same. */
static void test_forbidden(void)
{
	struct sock_filter no_filters[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	const struct sock_fprog program = { sizeof(no_filters) / sizeof(no_filters[0]), no_filters };
	int status = -1;
	pid_t child = fork();

	CU_ASSERT_FATAL(child >= 0);
	if (!child) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(2);
		if (!sandbox_begin())
			_exit(3);
		sandbox_enter(SANDBOX_ENGINE);
		_exit(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 4);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

/* Without the first step, and in tests, threads keep everything. */
static void test_not_begun(void)
{
	char said[64];

	CU_ASSERT_EQUAL(ends(SANDBOX_QUIET, do_open_write, false, said, sizeof(said)), 0);
}

static void test_without(void)
{
	CU_ASSERT_TRUE(sandbox_begin() < 0);
	sandbox_enter(SANDBOX_ENGINE);
}

static const struct unit_test with[] = {
	{ "what each kind of thread may call", test_calls },
	{ "threads that open no file", test_no_file },
	{ "filters that are forbidden", test_forbidden },
	{ "not begun", test_not_begun },
};
static const struct unit_test without[] = { { "a program without libseccomp", test_without } };

int main(void)
{
	return sandbox_there() ? unit_main("sandbox", with, 4) : unit_main("sandbox", without, 1);
}
