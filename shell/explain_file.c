#include "shell/explain_file.h"

#include "base/clock.h"
#include "explain/read.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_OCTETS 65536
#define WIDTH        100 /* of what is no terminal */
#define PROGRESS_MS  500

static int cannot(const char *what, const char *path, const char *why)
{
	fprintf(stderr, "mainmode: cannot %s %s: %s\n", what, path, why);
	return 2;
}

static unsigned width_of(FILE *out)
{
	struct winsize w;

	if (isatty(fileno(out)) && !ioctl(fileno(out), TIOCGWINSZ, &w) && w.ws_col)
		return w.ws_col;
	return WIDTH;
}

/* On a terminal, while a log is long: how much of it is read. */
struct progress {
	bool wanted, shown;
	uint64_t next_ms;
	uint64_t octets, all;
};

static void progress_begin(struct progress *p, FILE *in)
{
	struct stat s;

	*p = (struct progress){ .wanted = isatty(STDERR_FILENO) && !isatty(fileno(in)),
				.next_ms = clock_ms() + PROGRESS_MS };
	if (!fstat(fileno(in), &s) && S_ISREG(s.st_mode))
		p->all = (uint64_t)s.st_size;
}

static void progress(struct progress *p, size_t octets)
{
	p->octets += octets;
	if (!p->wanted || clock_ms() < p->next_ms)
		return;
	p->next_ms = clock_ms() + PROGRESS_MS;
	p->shown = true;
	if (p->all)
		fprintf(stderr, "\r%3u%% of %llu MB", (unsigned)(p->octets * 100 / p->all),
			(unsigned long long)(p->all / 1000000));
	else
		fprintf(stderr, "\r%llu MB", (unsigned long long)(p->octets / 1000000));
}

static void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r                    \r", stderr);
}

static struct story *read_log(const struct message_catalog *c, FILE *in)
{
	struct reader *r = reader_new(c);
	char piece[PIECE_OCTETS];
	struct progress p;
	struct story *s;
	bool good = r != NULL;
	size_t n;

	if (!r)
		return NULL;
	progress_begin(&p, in);
	while (good && (n = fread(piece, 1, sizeof(piece), in)) > 0) {
		good = reader_feed(r, piece, n);
		progress(&p, n);
	}
	progress_end(&p);
	s = reader_end(r);
	return s;
}

static const char *title_of(const char *path, bool is_stdin)
{
	const char *name = is_stdin ? NULL : strrchr(path, '/');

	return is_stdin ? "Standard input" : name ? name + 1 : path;
}

static int write_and_close(const struct story *s, FILE *f, const char *title)
{
	int error = story_html(s, f, title);

	if (fclose(f) && !error)
		error = -errno;
	return error;
}

/* A new file takes its place when it is whole; what is no file, or a link to one, is written to. */
static int write_page(const struct story *s, const char *path, const char *title)
{
	char new[PATH_MAX];
	struct stat st;
	mode_t mask = umask(0);
	FILE *f = NULL;
	int fd, error;

	umask(mask);
	if (!lstat(path, &st) && !S_ISREG(st.st_mode)) {
		f = fopen(path, "w");
		return f ? write_and_close(s, f, title) : -errno;
	}
	if (snprintf(new, sizeof(new), "%s.XXXXXX", path) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	fd = mkstemp(new);
	if (fd < 0)
		return -errno;
	if (!fchmod(fd, 0666 & ~mask))
		f = fdopen(fd, "w");
	if (!f) {
		error = -errno;
		close(fd);
	} else {
		error = write_and_close(s, f, title);
	}
	if (!error && rename(new, path))
		error = -errno;
	if (error)
		unlink(new);
	return error;
}

int explain_file(const char *path, bool json, const char *html, FILE *out)
{
	const bool is_stdin = !path || !strcmp(path, "-");
	FILE *in = is_stdin ? stdin : fopen(path, "r");
	struct message_catalog *c = NULL;
	struct story *s = NULL;
	int rc = 2, error = 0;

	if (!in)
		return cannot("read", path, strerror(errno));
	c = message_catalog_new();
	if (c)
		s = read_log(c, in);
	if (ferror(in)) {
		cannot("read", is_stdin ? "the standard input" : path, strerror(errno));
	} else if (!s) {
		fputs("mainmode: out of memory\n", stderr);
	} else {
		if (html && strcmp(html, "-") != 0)
			error = write_page(s, html, title_of(path, is_stdin));
		else if (html)
			error = story_html(s, out, title_of(path, is_stdin));
		else
			error = json ? story_json(s, out) : story_text(s, out, width_of(out));
		rc = error ? cannot("write", html ? html : "the story", strerror(-error)) : story_failed(s);
	}
	story_free(s);
	message_catalog_free(c);
	if (!is_stdin)
		fclose(in);
	return rc;
}
