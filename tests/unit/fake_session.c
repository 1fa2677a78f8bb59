#include "tests/unit/fake_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 2, 0))) put(struct session *s, const char *fmt, va_list ap)
{
	int n = vsnprintf(s->text + s->octets, sizeof(s->text) - s->octets, fmt, ap);

	if (n > 0 && (size_t)n < sizeof(s->text) - s->octets)
		s->octets += (size_t)n;
}

void session_line(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(s, fmt, ap);
	va_end(ap);
	session_text(s, "\n");
}

void session_text(struct session *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(s, fmt, ap);
	va_end(ap);
}

bool session_ask(struct session *s, const char *prompt, bool secret, char *answer, size_t size)
{
	(void)secret;
	session_text(s, "%s", prompt);
	if (!s->answers || !*s->answers) {
		session_text(s, "\n");
		return false;
	}
	snprintf(answer, size, "%s", *s->answers++);
	session_text(s, "%s\n", answer);
	return true;
}

bool session_confirm(struct session *s, const char *prompt)
{
	char answer[8];

	return session_ask(s, prompt, false, answer, sizeof(answer)) && (!*answer || *answer == 'y');
}

int session_interrupt_fd(struct session *s)
{
	return s->wake_fd;
}

struct shell *session_shell(struct session *s)
{
	return &s->shell;
}

struct config *session_config(struct session *s)
{
	return s->shell.config;
}

struct router *session_router(struct session *s)
{
	return s->shell.router;
}

enum session_kind session_kind(const struct session *s)
{
	(void)s;
	return SESSION_TEST;
}

void fake_session_clear(struct session *s)
{
	s->octets = 0;
	s->text[0] = '\0';
}

bool fake_session_matches(const struct session *s, const char *name)
{
	const char *top = getenv("srcdir");
	char path[512], *want;
	size_t octets = 0;
	bool same;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/golden/show/%s", top ? top : ".", name);
	f = fopen(path, "r");
	if (!f || !(want = calloc(1, sizeof(s->text)))) {
		printf("cannot read %s\n", path);
		if (f)
			fclose(f);
		return false;
	}
	octets = fread(want, 1, sizeof(s->text) - 1, f);
	fclose(f);
	same = octets == s->octets && memcmp(want, s->text, octets) == 0;
	if (!same)
		printf("--- %s\n%s--- printed\n%s---\n", path, want, s->text);
	free(want);
	return same;
}
