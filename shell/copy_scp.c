/*
 * copy from and to another host by SCP: its `scp` is run over SSH (ssh_client.c), and speaks to ours (scp.c), which reads or
 * writes the file here as it does for a client.
 */
#define _GNU_SOURCE /* strchrnul */
#include "shell/file.h"
#include "shell/resolve.h"
#include "shell/scp.h"
#include "shell/ssh_client.h"
#include "shell/ssh_server.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct remote {
	char host[128], user[64], path[256];
};

bool file_is_scp(const char *typed)
{
	return !strncasecmp(typed, "scp:", 4);
}

/* What the far end's shell takes as one word, whatever it is. */
static bool plain(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("._/:~+@=,-", *text))
			return false;
	return true;
}

static bool parse(const char *typed, struct remote *r)
{
	const char *p = typed + 4, *slash, *at;

	*r = (struct remote){ 0 };
	if (!*p)
		return true;
	if (strncmp(p, "//", 2) != 0)
		return false;
	p += 2;
	slash = strchrnul(p, '/');
	at = memchr(p, '@', (size_t)(slash - p));
	if (at && (size_t)(at - p) < sizeof(r->user)) {
		memcpy(r->user, p, (size_t)(at - p));
		p = at + 1;
	}
	if ((size_t)(slash - p) >= sizeof(r->host) || strlen(slash) >= sizeof(r->path))
		return false;
	memcpy(r->host, p, (size_t)(slash - p));
	snprintf(r->path, sizeof(r->path), "%s", *slash ? slash + 1 : "");
	return true;
}

/* "Address or name of remote host [x]? "; what is there already is asked about, too, unless `file prompt quiet`. */
static bool ask(struct session *s, const char *prompt, char *value, size_t size)
{
	char text[400], answer[256];

	if (*value && file_quiet(s))
		return true;
	snprintf(text, sizeof(text), "%s [%s]? ", prompt, value);
	if (!session_ask(s, text, false, answer, sizeof(answer)) || strlen(answer) >= size)
		return false;
	if (*answer)
		memcpy(value, answer, strlen(answer) + 1);
	return *value;
}

struct ours {
	struct shell *shell;
	int fd, status;
	char command[FS_URL_SIZE + 24];
};

static void *run_ours(void *ctx)
{
	struct ours *o = ctx;

	o->status = scp_serve(o->shell, o->fd, o->command);
	close(o->fd);
	return NULL;
}

/* Both ends at once. True: ours is content. */
static bool transfer(struct session *s, const struct remote *r, bool take, const struct fs_url *local)
{
	struct ssh_target t = { .host = r->host, .port = SSH_PORT, .user = r->user };
	struct ours o = { .shell = session_shell(s), .status = 1 };
	char command[300], text[FS_URL_SIZE + 16];
	pthread_t thread;
	int pair[2];
	bool ok;

	if (!resolve_host(s, r->host, 0, &t.address)) {
		session_line(s, "%% Unrecognized host or address.");
		return false;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	fs_text_plain(local, text, sizeof(text));
	snprintf(o.command, sizeof(o.command), "scp %s %s", take ? "-t" : "-f", text);
	snprintf(command, sizeof(command), "scp %s %s", take ? "-f" : "-t", r->path);
	t.command = command;
	t.stream = pair[0];
	o.fd = pair[1];
	if (pthread_create(&thread, NULL, run_ours, &o) != 0) {
		close(pair[0]);
		close(pair[1]);
		return false;
	}
	ok = ssh_client_run(s, &t);
	close(pair[0]); /* ours sees the end, whatever happened */
	pthread_join(thread, NULL);
	return ok && o.status == 0;
}

static enum cmd_result copy(struct session *s, struct remote *r, struct fs_url *local, bool take)
{
	struct fs_entry e, before = { 0 };
	struct timespec begin;
	bool there;

	if (!plain(r->path) || *r->path == '-') {
		session_line(s, "%%Error parsing filename (Bad file name)");
		return CMD_REJECTED;
	}
	there = take && !fs_stat(session_shell(s), local, &before);
	if (there && !before.folder && !file_quiet(s)) {
		session_line(s, "%%Warning:There is a file already existing with this name ");
		if (!session_confirm(s, "Do you want to over write? [confirm]"))
			return CMD_REJECTED;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (!take)
		session_text(s, "Writing %s ", r->path);
	if (!transfer(s, r, take, local)) {
		session_line(s, "%%Error %s scp://%s@%s/%s (Undefined error)", take ? "opening" : "writing", r->user,
			     r->host, r->path);
		return CMD_REJECTED;
	}
	session_text(s, "!\r\n");
	if (!fs_stat(session_shell(s), local, &e))
		file_say_copied(s, e.octets, &begin);
	return CMD_OK;
}

enum cmd_result file_copy_scp(struct session *s, const char *from, const char *to)
{
	bool take = file_is_scp(from);
	struct remote r;
	struct fs_url local;

	if ((take && file_is_scp(to)) || !parse(take ? from : to, &r)) {
		session_line(s, "%% Invalid input detected at '^' marker.");
		return CMD_REJECTED;
	}
	if (!file_url(s, take ? to : from, &local))
		return CMD_REJECTED;
	if (take && local.system != FS_FLASH && local.system != FS_NVRAM)
		return file_failed(s, "opening", &local, -EACCES);
	if (!*r.user)
		snprintf(r.user, sizeof(r.user), "%s", session_user(s));
	if (!take && !*r.path)
		snprintf(r.path, sizeof(r.path), "%s", file_name(&local));
	if (!ask(s, "Address or name of remote host", r.host, sizeof(r.host)) ||
	    !ask(s, take ? "Source username" : "Destination username", r.user, sizeof(r.user)) ||
	    !ask(s, take ? "Source filename" : "Destination filename", r.path, sizeof(r.path)))
		return CMD_REJECTED;
	if (take && !*local.path) {
		const char *slash = strrchr(r.path, '/');
		struct fs_url root = local;

		if (!fs_parse_at(&root,
				 local.system == FS_NVRAM ? "startup-config"
				 : slash                  ? slash + 1
							  : r.path,
				 &local))
			return CMD_REJECTED;
	}
	if (take && !file_ask_name(s, "Destination filename", &local))
		return CMD_REJECTED;
	return copy(s, &r, &local, take);
}
