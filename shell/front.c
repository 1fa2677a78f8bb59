#include "shell/front.h"

#include "config/model.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(void *ctx, const char *bytes, size_t octets)
{
	session_write(ctx, bytes, octets);
}

void front_init(struct front *f, struct session *s)
{
	*f = (struct front){ .session = s, .screen = { .ctx = s, .write = put } };
}

static void print_prompt(struct front *f)
{
	char prompt[CONFIG_NAME_SIZE + 32];

	session_prompt(f->session, prompt, sizeof(prompt));
	session_write(f->session, prompt, strlen(prompt));
	screen_begin(&f->screen, strlen(prompt), session_terminal(f->session)->width);
	f->screen.plain = session_terminal(f->session)->no_editing;
}

void front_prompt(struct front *f)
{
	session_print_logs(f->session);
	print_prompt(f);
}

void front_redraw(struct front *f, const char *text, size_t octets, size_t point)
{
	print_prompt(f);
	screen_show(&f->screen, text, octets, point);
}

void front_logs(struct front *f, const char *text, size_t octets, size_t point)
{
	/* without `logging synchronous` what was typed stays where the message broke in, and is still to be run */
	if (!session_print_logs(f->session))
		return;
	if (session_logging_synchronous(f->session))
		front_redraw(f, text, octets, point);
	else
		print_prompt(f);
}

void front_end_line(struct front *f, const char *echo)
{
	session_write(f->session, echo, strlen(echo));
	session_write(f->session, "\r\n", 2);
}

void front_help(struct front *f, const char *text, size_t octets, size_t point)
{
	char before[EDIT_SIZE];

	if (point >= sizeof(before))
		point = sizeof(before) - 1;
	memcpy(before, text, point);
	before[point] = '\0';
	front_end_line(f, "?");
	session_help(f->session, before);
	front_redraw(f, text, octets, point);
}

void front_tab(struct front *f, const char *text, char *out)
{
	if (!session_complete(f->session, text, out, EDIT_SIZE))
		snprintf(out, EDIT_SIZE, "%s", text);
	front_end_line(f, "");
	front_redraw(f, out, strlen(out), strlen(out));
}

enum session_verdict front_run(struct front *f, const char *text)
{
	enum session_verdict verdict;

	f->session->scrolled = f->screen.first;
	verdict = session_run(f->session, text);
	f->session->scrolled = 0;
	return verdict;
}

enum session_verdict front_run_and_end(struct front *f, const char *text)
{
	enum session_verdict verdict;

	f->session->scrolled = f->screen.first;
	verdict = session_run_and_end(f->session, text);
	f->session->scrolled = 0;
	return verdict;
}

enum session_verdict front_run_whole(struct front *f, const char *text)
{
	size_t octets = strlen(text);
	char *before;

	/* Ctrl-V in front makes it a character like any other */
	if (!octets || text[octets - 1] != '?' || (octets > 1 && text[octets - 2] == 0x16))
		return session_run(f->session, text);
	if (!(before = strndup(text, octets - 1)))
		return SESSION_REJECTED_LINE;
	session_help(f->session, before);
	free(before);
	return SESSION_ACCEPTED;
}

void front_goodbye(struct front *f)
{
	struct shell *sh = session_shell(f->session);
	char text[CONFIG_NAME_SIZE + 128];
	bool taken = session_lock(f->session);

	snprintf(text, sizeof(text),
		 "\r\n\r\n%s con0 is now available\r\n\r\n\r\n\r\n\r\n\r\nPress RETURN to get started.\r\n",
		 sh->config ? sh->config->hostname : "Router");
	session_unlock(f->session, taken);
	session_write(f->session, text, strlen(text));
}
