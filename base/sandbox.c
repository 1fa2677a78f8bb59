#define _GNU_SOURCE /* CLONE_NEW*, REG_RIP */
#include "config.h"

#include "base/sandbox.h"

#include <errno.h>

#ifdef HAVE_SECCOMP
#include <asm/ioctls.h>
#include <asm/termbits.h> /* of TCGETS2 */
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

/* Processors and libraries differ in which of these there are: a name that libseccomp does not know here is passed over. */

/* Every thread: memory, locks, time, its end, and what is open. */
static const char *const common[] = {
	"brk",           "clock_getres",
	"clock_gettime", "clock_nanosleep",
	"close",         "exit",
	"exit_group",    "fstat",
	"futex",         "futex_waitv",
	"getcpu",        "getpid",
	"getrandom",     "gettid",
	"gettimeofday",  "lseek",
	"madvise",       "membarrier",
	"mremap",        "munmap",
	"nanosleep",     "poll",
	"ppoll",         "read",
	"readv",         "restart_syscall",
	"rseq",          "rt_sigprocmask",
	"rt_sigreturn",  "sched_getaffinity",
	"sched_yield",   "set_robust_list",
	"sigaltstack",   "tgkill",
	"time",          "write",
	"writev",        "rt_sigaction",
	"getpriority",   "setpriority",
};

static const char *const engine[] = {
	"epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "getsockname", "getsockopt", "recvfrom",
	"recvmmsg",  "recvmsg",     "sendmmsg",     "sendmsg",    "sendto",      "setsockopt",
};

static const char *const process[] = {
	"accept",
	"accept4",
	"access",
	"alarm",
	"arch_prctl",
	"bind",
	"bpf",
	"capget",
	"capset",
	"chdir",
	"chmod",
	"connect",
	"copy_file_range",
	"dup",
	"dup2",
	"dup3",
	"epoll_create",
	"epoll_create1",
	"eventfd",
	"eventfd2",
	"execve",
	"faccessat",
	"faccessat2",
	"fadvise64",
	"fallocate",
	"fchmod",
	"fchmodat",
	"fchown",
	"fcntl",
	"fdatasync",
	"flock",
	"fstatfs",
	"fsync",
	"ftruncate",
	"getcwd",
	"getdents",
	"getdents64",
	"getegid",
	"geteuid",
	"getgid",
	"getgroups",
	"getitimer",
	"getpeername",
	"getpgid",
	"getpgrp",
	"getppid",
	"getresgid",
	"getresuid",
	"getrlimit",
	"getrusage",
	"getsid",
	"gettimeofday",
	"getuid",
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	"kill",
	"link",
	"linkat",
	"listen",
	"lstat",
	"memfd_create",
	"mkdir",
	"mkdirat",
	"mlock",
	"mlock2",
	"mlockall",
	"msync",
	"munlock",
	"newfstatat",
	"open",
	"openat",
	"pause",
	"pipe",
	"pipe2",
	"prctl",
	"pread64",
	"preadv",
	"prlimit64",
	"pselect6",
	"pwrite64",
	"pwritev",
	"readlink",
	"readlinkat",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"rt_sigpending",
	"rt_sigqueueinfo",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"sched_getparam",
	"sched_getscheduler",
	"sched_setaffinity",
	"seccomp",
	"select",
	"sendfile",
	"set_tid_address",
	"setitimer",
	"setpgid",
	"setrlimit",
	"setsid",
	"shutdown",
	"sigreturn",
	"signalfd4",
	"socketpair",
	"splice",
	"stat",
	"statfs",
	"statx",
	"symlink",
	"symlinkat",
	"sysinfo",
	"timer_create",
	"timer_delete",
	"timer_settime",
	"timerfd_create",
	"timerfd_gettime",
	"timerfd_settime",
	"times",
	"truncate",
	"umask",
	"uname",
	"unlink",
	"unlinkat",
	"utimensat",
	"vfork",
	"wait4",
	"waitid",
};

/* ioctl() is a system call of a thousand, so its requests are looked at. */
static const uint32_t requests[] = {
	/* terminals: libc's, as readline and libcli ask for it */
	TCGETS, TCSETS, TCSETSW, TCSETSF, TCSBRK, TCXONC, TCFLSH, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, FIONREAD, FIONBIO,
#ifdef TCGETS2 /* a later libc's */
	TCGETS2, TCSETS2, TCSETSW2, TCSETSF2,
#endif
	/* TUN devices, interfaces (SIOCETHTOOL: libxdp), whose a namespace is */
	TUNSETIFF, TUNSETOFFLOAD, SIOCGIFNAME, SIOCGIFINDEX, SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR, SIOCETHTOOL,
	NS_GET_USERNS
};

#ifdef SANITIZED
/* leaks are looked for by a process that stops the threads; a report asks what the machine is */
static const char *const sanitizers[] = { "ptrace", "process_vm_readv", "personality" };
#endif

static int allow(scmp_filter_ctx f, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]), rc;

		if (number == __NR_SCMP_ERROR)
			continue;
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, number, 0);
		if (rc && rc != -EDOM) /* not on this processor */
			return rc;
	}
	return 0;
}

#define ALLOW(f, names) allow(f, names, sizeof(names) / sizeof((names)[0]))

/* The kernel takes 32 bits of a request, whatever stands above them. */
static int allow_ioctl(scmp_filter_ctx f, const uint32_t *of, size_t count)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				      SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, of[i]));
	return rc;
}

/* A socket of one family. */
static int allow_socket(scmp_filter_ctx f, int family)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
}

/* No memory is both written and run: not at once, and not one after the other. */
static int allow_memory(scmp_filter_ctx f, bool code)
{
	int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (!rc && code) /* the loader, of nft's libraries */
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC));
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

#define NAMESPACES                                                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static int allow_process(scmp_filter_ctx f)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_XDP };
	int rc = ALLOW(f, process);

	if (!rc)
		rc = ALLOW(f, engine);
	if (!rc)
		rc = allow_ioctl(f, requests, sizeof(requests) / sizeof(requests[0]));
	for (size_t i = 0; !rc && i < sizeof(families) / sizeof(families[0]); i++)
		rc = allow_socket(f, families[i]);
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				      SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES, 0));
	/* its flags are in memory, where they cannot be looked at: libc takes clone() then */
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
#ifdef SANITIZED
	if (!rc)
		rc = ALLOW(f, sanitizers);
#endif
	return rc;
}

/* What a thread of a narrower kind keeps. */
static int allow_thread(scmp_filter_ctx f, enum sandbox of)
{
	int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));

	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME));
	/* libc's free() asks once whether memory is overcommitted, and goes on without an answer */
	if (!rc)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
	if (!rc && of != SANDBOX_QUIET)
		rc = ALLOW(f, engine);
	if (!rc && of == SANDBOX_CAPTURE)
		rc = allow_ioctl(f, &(uint32_t){ SIOCGIFNAME }, 1);
	if (!rc && of == SANDBOX_CAPTURE)
		rc = allow_socket(f, AF_UNIX); /* libc's, to ask whether an interface is there */
	return rc;
}

static int load(enum sandbox of)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_TRAP);
	int rc;

	if (!f)
		return -ENOMEM;
	rc = ALLOW(f, common);
	if (!rc)
		rc = allow_memory(f, of == SANDBOX_PROCESS);
	if (!rc)
		rc = of == SANDBOX_PROCESS ? allow_process(f) : allow_thread(f, of);
	if (!rc)
		(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1); /* an older kernel has none */
	if (!rc)
		(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE,
				       2); /* a tree: the common ones are as cheap as the others */
	if (!rc)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc;
}

/* What an attack would call. Others are told by number. */
static const struct {
	int number;
	const char *name;
} names[] = {
	{ SYS_execve, "execve" },
	{ SYS_execveat, "execveat" },
	{ SYS_ptrace, "ptrace" },
	{ SYS_openat, "openat" },
	{ SYS_socket, "socket" },
	{ SYS_connect, "connect" },
	{ SYS_clone, "clone" },
	{ SYS_unshare, "unshare" },
	{ SYS_setns, "setns" },
	{ SYS_mount, "mount" },
	{ SYS_mmap, "mmap" },
	{ SYS_mprotect, "mprotect" },
	{ SYS_kill, "kill" },
	{ SYS_ioctl, "ioctl" },
	{ SYS_prctl, "prctl" },
	{ SYS_chroot, "chroot" },
	{ SYS_keyctl, "keyctl" },
	{ SYS_process_vm_writev, "process_vm_writev" },
	{ SYS_init_module, "init_module" },
};

static void say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

/* In a signal handler, in the middle of anything: no memory, no lock, no printf. */
static void refused(int signal, siginfo_t *info, void *context)
{
	char thread[16] = "", digits[12];
	size_t at = sizeof(digits) - 1;
	unsigned number = (unsigned)info->si_syscall;
	const char *name = NULL;

	(void)context;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == info->si_syscall)
			name = names[i].name;
	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	say("%SYS-2-SECCOMP: ");
	prctl(PR_GET_NAME, thread);
	say(thread);
	say(": system call ");
	say(digits + at);
	if (name) {
		say(" (");
		say(name);
		say(")");
	}
	say(" is none that this thread makes. mainmode ends.\n");
	/* it ends by this signal, which the parent sees; the call is not made again, since it returns to a blocked signal */
	struct sigaction end = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(signal, &end, NULL);
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)syscall(SYS_tgkill, getpid(), gettid(), signal);
	_exit(128 + signal);
}

bool sandbox_there(void)
{
	return true;
}

int sandbox_begin(void)
{
	struct sigaction told = { .sa_sigaction = refused, .sa_flags = SA_SIGINFO };

	struct sigaction before;
	int rc;

	if (sigaction(SIGSYS, &told, &before) != 0)
		return -errno;
	rc = load(SANDBOX_PROCESS);
	if (rc) /* threads go by the handler */
		sigaction(SIGSYS, &before, NULL);
	return rc;
}

void sandbox_enter(enum sandbox of)
{
	struct sigaction now;

	/* the handler is what tells that the process has begun; systemd's filter, which may be there as well, does not have it */
	if (sigaction(SIGSYS, NULL, &now) != 0 || !(now.sa_flags & SA_SIGINFO) || now.sa_sigaction != refused)
		return;
#ifdef SANITIZED
	(void)of;
#else
	if (load(of)) {
		say("%SYS-2-SECCOMP: no memory for a filter. mainmode ends.\n");
		abort();
	}
#endif
}

#else

bool sandbox_there(void)
{
	return false;
}

int sandbox_begin(void)
{
	return -ENOSYS;
}

void sandbox_enter(enum sandbox of)
{
	(void)of;
}

#endif
