#define _GNU_SOURCE /* memfd_create, pipe2 */
#include "router/nft.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn(int text_fd, int words_fd, bool json, pid_t *pid)
{
	static const char *const places[] = { "nft", "/usr/sbin/nft", "/sbin/nft" };
	char *const plain[] = { (char[]){ "nft" }, (char[]){ "-f" }, (char[]){ "-" }, NULL };
	char *const with_json[] = { (char[]){ "nft" }, (char[]){ "-j" }, (char[]){ "-f" }, (char[]){ "-" }, NULL };
	posix_spawn_file_actions_t actions;
	int rc = ENOENT;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, text_fd, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, words_fd, 2);
	for (size_t k = 0; rc == ENOENT && k < sizeof(places) / sizeof(places[0]); k++)
		rc = posix_spawnp(pid, places[k], &actions, NULL, json ? with_json : plain, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

/* A file in memory instead of a pipe: nobody waits, and a program that dies does no harm. */
static int text_file(const char *text, size_t octets)
{
	int fd = memfd_create("nft", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (octets) {
		ssize_t n = write(fd, text, octets);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -EIO;
		}
		text += n;
		octets -= (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

int nft_begin(struct nft_run *n, const char *text, size_t octets, bool json)
{
	int file = text_file(text, octets), words[2], rc;

	*n = (struct nft_run)NFT_IDLE;
	if (file < 0)
		return file;
	if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0) {
		rc = -errno;
		close(file);
		return rc;
	}
	rc = spawn(file, words[1], json, &n->pid);
	close(file);
	close(words[1]);
	if (rc) {
		close(words[0]);
		n->pid = 0;
		return rc;
	}
	n->fd = words[0];
	return 0;
}

static void take(struct nft_run *n, const char *words, size_t octets)
{
	for (size_t k = 0; k < octets && n->octets + 1 < sizeof(n->said); k++)
		n->said[n->octets++] = words[k];
	n->said[n->octets] = '\0';
}

bool nft_listen(struct nft_run *n)
{
	char words[512];

	while (n->fd >= 0) {
		ssize_t got = read(n->fd, words, sizeof(words));

		if (got > 0) {
			take(n, words, (size_t)got);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return false;
		close(n->fd);
		n->fd = -1;
	}
	return true;
}

/* False: it had to be ended. */
static bool await(struct nft_run *n, int timeout_ms)
{
	const long long until = (long long)clock_ms() + timeout_ms;

	while (!nft_listen(n)) {
		struct pollfd p = { .fd = n->fd, .events = POLLIN };
		long long left = timeout_ms < 0 ? -1 : until - (long long)clock_ms();

		if (timeout_ms >= 0 && left <= 0) {
			kill(n->pid, SIGKILL);
			close(n->fd);
			n->fd = -1;
			return false;
		}
		poll(&p, 1, (int)left);
	}
	return true;
}

int nft_end(struct nft_run *n, int timeout_ms)
{
	int status = 0;
	bool in_time;

	if (!n->pid)
		return 0;
	in_time = await(n, timeout_ms);
	while (waitpid(n->pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	n->pid = 0;
	n->said[strcspn(n->said, "\n")] = '\0';
	if (!in_time)
		return -ETIMEDOUT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EINVAL;
}
