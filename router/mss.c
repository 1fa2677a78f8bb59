/*
 * `ip tcp adjust-mss`: the maximum segment size in SYN packets that cross the interface is lowered, of TCP over IPv4 and
 * IPv6. There is no packet filter in this program; the rules are handed to nft in one transaction, in a table of our own.
 */
#define _GNU_SOURCE /* memfd_create */
#include "router/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLE "mainmode"
/* `add` first, since only what exists can be deleted. */
#define CLEAR "add table inet " TABLE "\ndelete table inet " TABLE "\n"

extern char **environ;

static pid_t spawn(int rules_fd)
{
	static const char *const places[] = { "nft", "/usr/sbin/nft", "/sbin/nft" };
	char *argv[] = { (char[]){ "nft" }, (char[]){ "-f" }, (char[]){ "-" }, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int rc = ENOENT;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, rules_fd, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	for (size_t k = 0; rc && k < sizeof(places) / sizeof(places[0]); k++)
		rc = posix_spawnp(&pid, places[k], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc ? -rc : pid;
}

/* A child or -errno. A file in memory instead of a pipe: nobody waits, and a program that dies does no harm. */
static pid_t start(const char *rules)
{
	size_t octets = strlen(rules);
	int fd = memfd_create("nft", MFD_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return -errno;
	if (write(fd, rules, octets) != (ssize_t)octets || lseek(fd, 0, SEEK_SET) < 0) {
		pid = -EIO;
	} else {
		pid = spawn(fd);
	}
	close(fd);
	return pid;
}

static int finish(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EINVAL;
}

static void reap(struct router *r)
{
	if (r->mss_child > 0)
		finish(r->mss_child);
	r->mss_child = 0;
}

static int give(struct router *r, const char *rules)
{
	pid_t pid;

	reap(r);
	pid = start(rules);
	return pid < 0 ? pid : finish(pid);
}

static void put_rules(struct router *r, FILE *f, const char *hook, bool in, bool out)
{
	struct iface *i;

	fprintf(f, " chain %s {\n  type filter hook %s priority -150; policy accept;\n", hook, hook);
	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);
		const char *way[] = { in ? "iifname" : NULL, out ? "oifname" : NULL };

		if (!c || !c->tcp_mss || !i->device[0] || i->type == IF_LOOPBACK)
			continue;
		for (size_t k = 0; k < 2; k++)
			if (way[k])
				fprintf(f,
					"  %s \"%s\" tcp flags & (syn | rst) == syn tcp option maxseg size > %u tcp "
					"option maxseg size set %u\n",
					way[k], i->device, c->tcp_mss, c->tcp_mss);
	}
	fprintf(f, " }\n");
}

/* The rules as nft reads them, "" when there are none, NULL without memory. To be freed. */
static char *make_rules(struct router *r)
{
	bool any = false;
	size_t octets;
	char *text = NULL;
	struct iface *i;
	FILE *f;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);

		any |= c && c->tcp_mss && i->device[0] && i->type != IF_LOOPBACK;
	}
	if (!any)
		return strdup("");
	if (!(f = open_memstream(&text, &octets)))
		return NULL;
	fprintf(f, CLEAR "table inet " TABLE " {\n");
	put_rules(r, f, "input", true, false);
	put_rules(r, f, "forward", true, true);
	put_rules(r, f, "output", false, true);
	fprintf(f, "}\n");
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

void mss_start(struct router *r)
{
	/* Not waited for: most routers have no such rules, and the console should not wait for nft. */
	pid_t pid = start(CLEAR);

	r->mss_child = pid > 0 ? pid : 0;
}

void mss_sync(struct router *r)
{
	char *rules = make_rules(r);
	int rc;

	if (r->mss_child > 0 && waitpid(r->mss_child, NULL, WNOHANG) == r->mss_child)
		r->mss_child = 0;
	if (!rules || !strcmp(rules, r->mss_rules ? r->mss_rules : "")) {
		free(rules);
		return;
	}
	rc = give(r, rules[0] ? rules : CLEAR);
	if (rc < 0)
		router_complain(r, "ip tcp adjust-mss is not applied: %s",
				rc == -ENOENT ? "nft is not installed" : "nft does not take the rules");
	free(r->mss_rules);
	r->mss_rules = rules;
}

void mss_release(struct router *r)
{
	if (r->mss_rules && r->mss_rules[0])
		give(r, CLEAR);
	reap(r);
	free(r->mss_rules);
	r->mss_rules = NULL;
}
