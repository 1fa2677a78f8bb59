/*
 * The protocol: a line that says what comes (C: a file, with mode, size and name; T: times), the octets, a zero octet; each
 * is answered by a zero octet, or by 1 or 2 and a line that says what is wrong (2: that is the end).
 */
#include "shell/scp.h"

#include "base/wipe.h"
#include "shell/fd.h"
#include "shell/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_OCTETS  1024
#define PIECE_OCTETS 32768

struct scp {
	struct shell *shell;
	int fd;
	bool take, give; /* -t, -f */
	char path[FS_URL_SIZE];
	int status;
	char *piece; /* PIECE_OCTETS */
};

/* --- the wire ---- */

static bool put(struct scp *s, const void *bytes, size_t octets)
{
	return fd_send_all(s->fd, bytes, octets);
}

/* 0: the client has gone. */
static size_t get_some(struct scp *s, void *out, size_t size)
{
	ssize_t n;

	do
		n = recv(s->fd, out, size, 0);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

/* Without its line feed. Lines are short, so one octet at a time will do. False: the end, or longer than any is. */
static bool get_line(struct scp *s, char line[LINE_OCTETS])
{
	size_t n = 0;
	char c;

	while (get_some(s, &c, 1) == 1) {
		if (c == '\n' || (!n && !c)) {
			line[n] = '\0';
			return true;
		}
		if (n + 1 == LINE_OCTETS || !c)
			return false;
		line[n++] = c;
	}
	return false;
}

static bool acknowledge(struct scp *s)
{
	return put(s, "", 1);
}

/* The client goes on with its next file. */
static bool complain(struct scp *s, const char *what, const char *why)
{
	char text[LINE_OCTETS];
	int n = snprintf(text, sizeof(text), "\001%s: %s\n", what, why);

	s->status = 1;
	return put(s, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* False: the client refuses what it was told, or is gone. */
static bool acknowledged(struct scp *s)
{
	char line[LINE_OCTETS];

	return get_line(s, line) && !line[0];
}

/* --- taking files ---- */

/* "C0644 1234 name" */
static bool parse_file(const char *line, size_t *octets, const char **name)
{
	char *end;
	unsigned long long n;

	line++;
	if (strspn(line, "01234567") < 3)
		return false;
	line += strspn(line, "01234567");
	if (*line != ' ' || line[1] < '0' || line[1] > '9')
		return false;
	errno = 0;
	n = strtoull(line + 1, &end, 10);
	if (errno || *end != ' ' || !end[1] || strchr(end + 1, '/') || n > FS_FILE_OCTETS)
		return false;
	*octets = (size_t)n;
	*name = end + 1;
	return true;
}

/* Into a folder the file goes by its own name, which is a name there whatever it is elsewhere. */
static bool target_of(struct scp *s, const char *name, struct fs_url *out)
{
	char below[LINE_OCTETS + 2];
	struct fs_url folder;
	struct fs_entry e;

	if (!fs_parse(s->path, out))
		return false;
	folder = *out;
	if (folder.path[0] && (fs_stat(s->shell, out, &e) != 0 || !e.folder))
		return true;
	if (strchr(name, ':') || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	snprintf(below, sizeof(below), "./%s", name);
	return fs_parse_at(&folder, below, out);
}

/* All of it is read, kept or not: the client sends it in any case. False: it is gone. */
static bool take_octets(struct scp *s, struct fs_file *f, size_t octets, bool *kept)
{
	while (octets) {
		size_t n = get_some(s, s->piece, octets < PIECE_OCTETS ? octets : PIECE_OCTETS);

		if (!n)
			return false;
		*kept = *kept && fs_put(f, s->piece, n);
		octets -= n;
	}
	return true;
}

static bool take_file(struct scp *s, const char *line)
{
	const char *name, *error = NULL;
	struct fs_file *f = NULL;
	struct fs_url url;
	size_t octets;
	bool kept = true;
	int e;

	if (!parse_file(line, &octets, &name))
		return complain(s, "scp", "protocol error");
	if (!target_of(s, name, &url))
		return complain(s, s->path, "Invalid file name");
	if (!(f = fs_create(s->shell, &url, false, &error)))
		return complain(s, s->path, error);
	if (!acknowledge(s) || !take_octets(s, f, octets, &kept) || !acknowledged(s)) {
		fs_close(f, false);
		s->status = 1;
		return false;
	}
	e = fs_close(f, kept);
	if (!kept || e)
		return complain(s, s->path, fs_error(e ? e : -ENOSPC));
	return acknowledge(s);
}

static void take(struct scp *s)
{
	char line[LINE_OCTETS];
	bool on = acknowledge(s);

	while (on && get_line(s, line)) {
		switch (line[0]) {
		case 'C':
			on = take_file(s, line);
			break;
		case 'T':
			on = acknowledge(s);
			break;
		case '\1':
			s->status = 1;
			break;
		default: /* folders, and whatever it may be */
			complain(s, s->path, "not a regular file");
			on = false;
			break;
		}
	}
}

/* --- giving one ---- */

static bool give_octets(struct scp *s, int fd, const char *bytes, size_t octets)
{
	if (fd < 0)
		return put(s, bytes, octets);
	while (octets) {
		ssize_t n = read(fd, s->piece, octets < PIECE_OCTETS ? octets : PIECE_OCTETS);

		if (n <= 0 ||
		    !put(s, s->piece, (size_t)n)) /* a file that became shorter: the client is told by the end */
			return false;
		octets -= (size_t)n;
	}
	return true;
}

/* Clients compare the name to what stands behind the last slash of their request. */
static void give(struct scp *s)
{
	const char *name = strrchr(s->path, '/') ? strrchr(s->path, '/') + 1 : s->path;
	char head[LINE_OCTETS], *bytes = NULL;
	struct fs_url url;
	size_t octets = 0;
	int fd = -1, e;

	s->status = 1;
	if (!acknowledged(s))
		return;
	if (!fs_parse(s->path, &url)) {
		complain(s, s->path, "Invalid file name");
		return;
	}
	if (url.system == FS_FLASH)
		e = fd = fs_open(s->shell, &url, &octets);
	else
		e = fs_read(s->shell, &url, &bytes, &octets);
	if (e < 0) {
		complain(s, s->path, fs_error(e));
		return;
	}
	snprintf(head, sizeof(head), "C0644 %zu %s\n", octets, name);
	if (put(s, head, strlen(head)) && acknowledged(s) && give_octets(s, fd, bytes, octets) && acknowledge(s) &&
	    acknowledged(s))
		s->status = 0;
	if (fd >= 0)
		close(fd);
	if (bytes)
		wipe(bytes, octets);
	free(bytes);
}

/* --- the command ---- */

bool scp_is(const char *command)
{
	return !strncmp(command, "scp ", 4);
}

/* "scp [-p] [-r] [-v] [-d] -t|-f [--] PATH"; a path may come in quotes. */
static bool parse_command(struct scp *s, const char *command)
{
	const char *p = command + strlen("scp");
	size_t n;

	for (p += strspn(p, " "); *p == '-'; p += strspn(p, " ")) {
		n = strcspn(p, " ");
		if (n == 2 && p[1] == '-') {
			p += n;
			p += strspn(p, " ");
			break;
		}
		for (size_t i = 1; i < n; i++) {
			s->take |= p[i] == 't';
			s->give |= p[i] == 'f';
			if (!strchr("tfprvd", p[i]))
				return false;
		}
		p += n;
	}
	n = strlen(p);
	if (n >= 2 && (*p == '\'' || *p == '"') && p[n - 1] == *p) {
		p++;
		n -= 2;
	}
	if (!n || n >= sizeof(s->path) || s->take == s->give)
		return false;
	snprintf(s->path, sizeof(s->path), "%.*s", (int)n, p);
	return true;
}

/*
 * A client that wants a file says so first, and repeats what it is told before it shows that: it dies of a connection
 * that is closed in between.
 */
int scp_refuse(int fd, const char *command, const char *why)
{
	struct scp s = { .fd = fd };
	bool asks = parse_command(&s, command) && s.give;
	char said;

	if (asks)
		get_some(&s, &said, 1);
	put(&s, why, strlen(why));
	while (asks && get_some(&s, &said, 1))
		;
	return 1;
}

int scp_serve(struct shell *sh, int fd, const char *command)
{
	struct scp s = { .shell = sh, .fd = fd, .piece = malloc(PIECE_OCTETS) };

	if (!s.piece)
		return 1;
	if (!parse_command(&s, command))
		complain(&s, "scp", "unknown options");
	else if (s.take)
		take(&s);
	else
		give(&s);
	wipe(s.piece, PIECE_OCTETS);
	free(s.piece);
	return s.status;
}
