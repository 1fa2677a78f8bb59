/*
 * copy from and to another host by SCP: its `scp` is run over SSH (ssh_client.c), and speaks to ours (scp.c), which reads or
 * writes the file here as it does for a client.
 */
#define _GNU_SOURCE /* strchrnul, memrchr, gettid */
#include "base/clock.h"
#include "base/wipe.h"
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
	char host[128], user[64], password[128], path[256];
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

static bool take(char *to, size_t size, const char *from, const char *end)
{
	if ((size_t)(end - from) >= size)
		return false;
	memcpy(to, from, (size_t)(end - from));
	to[end - from] = '\0';
	return true;
}

/* "scp:", "scp://[user[:password]@]host/path" */
static bool parse(const char *typed, struct remote *r)
{
	const char *p = typed + 4, *slash, *at, *colon;

	if (!*p)
		return true;
	if (strncmp(p, "//", 2) != 0)
		return false;
	p += 2;
	slash = strchrnul(p, '/');
	at = memrchr(p, '@', (size_t)(slash - p));
	if (at) {
		colon = memchr(p, ':', (size_t)(at - p));
		if (!take(r->user, sizeof(r->user), p, colon ? colon : at) ||
		    (colon && !take(r->password, sizeof(r->password), colon + 1, at)))
			return false;
		p = at + 1;
	}
	if (!take(r->host, sizeof(r->host), p, slash) || strlen(slash) >= sizeof(r->path))
		return false;
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
static bool transfer(struct session *s, const struct remote *r, bool down, const struct fs_url *local)
{
	struct ssh_target t = {
		.host = r->host, .port = SSH_PORT, .user = r->user, .password = *r->password ? r->password : NULL
	};
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
	snprintf(o.command, sizeof(o.command), "scp %s %s", down ? "-t" : "-f", text);
	snprintf(command, sizeof(command), "scp %s %s", down ? "-f" : "-t", r->path);
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

static enum cmd_result said(struct session *s, const struct fs_url *local, uint64_t begin_ns)
{
	struct fs_entry e;

	if (!fs_stat(session_shell(s), local, &e))
		file_say_copied(s, e.octets, begin_ns);
	return CMD_OK;
}

/* What came is as if it had been typed, or is what the next boot reads. */
static enum cmd_result arrived(struct session *s, const struct fs_url *local, bool merge, uint64_t begin_ns)
{
	size_t octets;

	if (merge) {
		if (file_merge(s, local, &octets) != CMD_OK)
			return CMD_REJECTED;
		file_say_copied(s, octets, begin_ns);
		return CMD_OK;
	}
	if (local->system == FS_NVRAM)
		file_startup_written(s);
	return said(s, local, begin_ns);
}

static enum cmd_result copy(struct session *s, struct remote *r, const struct fs_url *local, bool down, bool merge)
{
	struct fs_entry before = { 0 };
	uint64_t begin_ns;

	if (!plain(r->path) || *r->path == '-') {
		session_line(s, "%%Error parsing filename (Bad file name)");
		return CMD_REJECTED;
	}
	if (down && !merge && !fs_stat(session_shell(s), local, &before) && !before.folder && !file_quiet(s)) {
		session_line(s, "%%Warning:There is a file already existing with this name ");
		if (!session_confirm(s, "Do you want to over write? [confirm]"))
			return CMD_REJECTED;
	}
	begin_ns = clock_ns();
	if (!down)
		session_text(s, "Writing %s ", r->path);
	if (!transfer(s, r, down, local)) {
		session_line(s, "%%Error %s scp://%s@%s/%s (Undefined error)", down ? "opening" : "writing", r->user,
			     r->host, r->path);
		return CMD_REJECTED;
	}
	session_text(s, "!\r\n");
	return down ? arrived(s, local, merge, begin_ns) : said(s, local, begin_ns);
}

/* Into the running-config: the whole file is here before its first line is taken. */
static enum cmd_result copy_merged(struct session *s, struct remote *r)
{
	struct fs_url whole = { .system = FS_FLASH };
	enum cmd_result result;

	snprintf(whole.path, sizeof(whole.path), FS_PASSING "merge.%d", (int)gettid());
	result = copy(s, r, &whole, true, true);
	fs_remove(session_shell(s), &whole);
	return result;
}

static enum cmd_result copy_asked(struct session *s, const char *from, const char *to, struct remote *r)
{
	bool down = file_is_scp(from), merge;
	struct fs_url local;
	struct fs_entry e;
	int rc;

	*r = (struct remote){ 0 };
	if ((down && file_is_scp(to)) || !parse(down ? from : to, r)) {
		file_refuse(s, down && file_is_scp(to) ? to : down ? from : to);
		return CMD_REJECTED;
	}
	if (!file_url(s, down ? to : from, &local))
		return CMD_REJECTED;
	merge = down && local.system == FS_SYSTEM && !strcmp(local.path, "running-config");
	if (down && !merge && local.system != FS_FLASH && local.system != FS_NVRAM)
		return file_failed(s, "opening", &local, -EACCES);
	if (!down && *local.path && (rc = fs_stat(session_shell(s), &local, &e)))
		return file_failed(s, "opening", &local, rc);
	if (!*r->user)
		snprintf(r->user, sizeof(r->user), "%s", session_user(s));
	if (!down && !*r->path)
		snprintf(r->path, sizeof(r->path), "%s", file_name(&local));
	if (!ask(s, "Address or name of remote host", r->host, sizeof(r->host)) ||
	    !ask(s, down ? "Source username" : "Destination username", r->user, sizeof(r->user)) ||
	    !ask(s, down ? "Source filename" : "Destination filename", r->path, sizeof(r->path)))
		return CMD_REJECTED;
	if (down && !*local.path) {
		const char *slash = strrchr(r->path, '/');
		struct fs_url root = local;

		if (!fs_parse_at(&root,
				 local.system == FS_NVRAM ? "startup-config"
				 : slash                  ? slash + 1
							  : r->path,
				 &local))
			return CMD_REJECTED;
	}
	if (down && !file_ask_name(s, "Destination filename", &local))
		return CMD_REJECTED;
	return merge ? copy_merged(s, r) : copy(s, r, &local, down, false);
}

enum cmd_result file_copy_scp(struct session *s, const char *from, const char *to)
{
	struct remote r;
	enum cmd_result result = copy_asked(s, from, to, &r);

	wipe(r.password, sizeof(r.password));
	return result;
}
