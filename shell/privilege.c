/* capabilities(7) is the reference: a thread's sets, what execve() makes of them, and securebits. */
#define _GNU_SOURCE
#include "config.h"

#include "shell/privilege.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#ifdef HAVE_CAP_NG
#include <cap-ng.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/securebits.h>
#include <unistd.h>

/* Locked memory is asked for in two places, and both want what the user allows at most. */
static bool memory_is_limited(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	/* the first needs CAP_SYS_RESOURCE */
	if (setrlimit(RLIMIT_MEMLOCK, &all) == 0)
		return false;
	if (getrlimit(RLIMIT_MEMLOCK, &all) == 0) {
		all.rlim_cur = all.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &all);
	}
	return true;
}

static bool denied(const char *path, int how)
{
	return faccessat(AT_FDCWD, path, how, AT_EACCESS) != 0 && errno == EACCES;
}

/* With CAP_DAC_OVERRIDE out of the effective set. write memory makes a new file beside the old one. */
static bool files_are_anothers(const struct privilege *wants)
{
	static const struct {
		const char *name;
		int how;
	} inside[] = { { "startup-config", R_OK },
		       { "startup-config.private", R_OK | W_OK },
		       { "config-register", R_OK },
		       { "flash", R_OK | W_OK | X_OK },
		       { "keys", R_OK | W_OK | X_OK } };
	const char *path = wants->startup_config, *slash = path ? strrchr(path, '/') : NULL;
	char folder[PATH_MAX];

	if (denied(wants->state_dir, R_OK | W_OK | X_OK))
		return true;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (snprintf(folder, sizeof(folder), "%s/%s", wants->state_dir, inside[i].name) < (int)sizeof(folder) &&
		    denied(folder, inside[i].how))
			return true;
	if (!path)
		return false;
	if (!slash)
		path = "./";
	else if (snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path) < (int)sizeof(folder))
		path = folder;
	return denied(path, W_OK | X_OK) || denied(wants->startup_config, R_OK);
}

static bool overrides(const struct privilege *wants)
{
	static const unsigned both[] = { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH };
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_DAC_OVERRIDE))
		return false;
	for (size_t i = 0; i < 2; i++)
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, both[i]);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return false;
	return files_are_anothers(wants);
}

/* 0; 1: all but that nft gets nothing; -1 */
static int give_up(const struct privilege *wants)
{
	struct {
		int capability;
		bool wanted;
	} const keep[] = {
		{ CAP_NET_ADMIN, true },
		{ CAP_NET_RAW, true },
		{ CAP_NET_BIND_SERVICE, true },
		{ CAP_BPF, wants->xdp },
		{ CAP_IPC_LOCK, memory_is_limited() },
		{ CAP_DAC_OVERRIDE, overrides(wants) },
	};
	bool have[sizeof(keep) / sizeof(keep[0])];
	bool bounded = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	int bits;

	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		have[i] = keep[i].wanted && capng_have_capability(CAPNG_PERMITTED, (unsigned)keep[i].capability);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		if (have[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
				     (unsigned)keep[i].capability);
	if (have[0]) /* for nft */
		capng_update(CAPNG_ADD, CAPNG_INHERITABLE | CAPNG_AMBIENT, CAP_NET_ADMIN);
	/* root alone is no reason to be given the bounding set at execve() */
	bits = prctl(PR_GET_SECUREBITS);
	if (bounded && (prctl(PR_SET_SECUREBITS, bits | SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) != 0 ||
			capng_apply(CAPNG_SELECT_BOUNDS) != 0))
		return -1;
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return -1;
	/* securebits may forbid it: a router without access lists does without */
	return capng_apply(CAPNG_SELECT_AMBIENT) == 0 ? 0 : 1;
}

#endif

int privilege_drop(const struct privilege *wants, char *error, size_t size)
{
	int rc = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		snprintf(error, size, "no new privileges: %s", strerror(errno));
		return -1;
	}
	if (!wants->core_dumps) {
		const struct rlimit none = { 0, 0 };

		(void)setrlimit(RLIMIT_CORE, &none);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	}
#ifdef HAVE_CAP_NG
	rc = capng_get_caps_process() == 0 ? give_up(wants) : -1;
	if (rc)
		snprintf(error, size, "%s: %s",
			 rc < 0 ? "capabilities cannot be given up"
				: "nft gets no capability, and no access list will be in force",
			 strerror(errno));
#endif
	return rc;
}
