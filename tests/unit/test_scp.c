/* SCP over a pair of sockets: what a client sends and reads, octet by octet, and what it must not get at. */
#include "shell/scp.h"
#include "startup-config/nvram.h"
#include "tests/unit/shell_rig.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig rig;
static char folder[64];

static void begin(void)
{
	char path[96];

	strcpy(folder, "/tmp/mmscpXXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	rig = (struct rig){ 0 };
	rig_open_router(&rig, NULL, 0, SESSION_TEST);
	rig.shell.state_dir = folder;
	snprintf(path, sizeof(path), "%s/startup-config", folder);
	rig.shell.nvram = nvram_new(path);
}

static void end(void)
{
	char command[96];

	nvram_free(rig.shell.nvram);
	rig_close(&rig);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

/* The far end, on a thread of its own. */
struct far {
	int fd;
	const char *command;
	int status;
};

static void *serve(void *arg)
{
	struct far *f = arg;

	f->status = scp_serve(&rig.shell, f->fd, f->command);
	close(f->fd);
	return NULL;
}

/* Sends all of it, then reads to the end; returns the exit status. */
static int talk(const char *command, const void *sent, size_t octets, char *got, size_t size, size_t *n)
{
	struct far f = { .command = command };
	pthread_t thread;
	int pair[2];
	ssize_t r;

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	f.fd = pair[1];
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, serve, &f), 0);
	/* it may have ended before all was sent */
	CU_ASSERT_TRUE(send(pair[0], sent, octets, MSG_NOSIGNAL) == (ssize_t)octets || octets);
	shutdown(pair[0], SHUT_WR);
	*n = 0;
	while (*n < size && (r = recv(pair[0], got + *n, size - *n, 0)) > 0)
		*n += (size_t)r;
	close(pair[0]);
	pthread_join(thread, NULL);
	return f.status;
}

#define TALK(command, sent, got, n) talk(command, sent, sizeof(sent) - 1, got, sizeof(got), n)

static bool file_is(const char *name, const char *want)
{
	char path[256], text[256] = "";
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!(f = fopen(path, "r")))
		return want == NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	return want && n == strlen(want) && !memcmp(text, want, n);
}

static void a_file_is_taken(void)
{
	char got[512];
	size_t n;

	begin();
	CU_ASSERT_EQUAL(TALK("scp -t flash:x", "C0644 6 name\nhello\n\0", got, &n), 0);
	CU_ASSERT_EQUAL(n, 3); /* ready, go on, stored */
	CU_ASSERT_EQUAL(memcmp(got, "\0\0\0", 3), 0);
	CU_ASSERT_TRUE(file_is("flash/x", "hello\n"));
	/* into the folder under its own name, times before it, twice, quoted, with the options of clients */
	CU_ASSERT_EQUAL(TALK("scp -p -v -d -t -- 'flash:/'", "T1 0 1 0\nC0600 1 a\nA\0C0644 0 b\n\0", got, &n), 0);
	CU_ASSERT_EQUAL(n, 6);
	CU_ASSERT_TRUE(file_is("flash/a", "A"));
	CU_ASSERT_TRUE(file_is("flash/b", ""));
	CU_ASSERT_EQUAL(TALK("scp -t startup-config", "C0644 4 x\nend\n\0", got, &n), 0);
	CU_ASSERT_TRUE(file_is("startup-config", "end\n"));
	end();
}

static void a_file_is_given(void)
{
	char got[512];
	size_t n;

	begin();
	TALK("scp -t flash:x", "C0644 6 name\nhello\n\0", got, &n);
	CU_ASSERT_EQUAL(TALK("scp -f flash:/x", "\0\0\0", got, &n), 0);
	CU_ASSERT_EQUAL(n, 17);
	CU_ASSERT_EQUAL(memcmp(got, "C0644 6 x\nhello\n\0", 17), 0);
	CU_ASSERT_EQUAL(TALK("scp -f flash:/none", "\0\0\0", got, &n), 1);
	got[n] = '\0';
	CU_ASSERT_STRING_EQUAL(got, "\001flash:/none: No such file or directory\n");
	/* a client that says no */
	CU_ASSERT_EQUAL(TALK("scp -f flash:/x", "\0\001no\n", got, &n), 1);
	CU_ASSERT_EQUAL(n, 10);
	end();
}

static void what_is_cut_off_is_not_kept(void)
{
	char got[512];
	size_t n;

	begin();
	TALK("scp -t flash:x", "C0644 3 x\nold\0", got, &n);
	CU_ASSERT_EQUAL(TALK("scp -t flash:x", "C0644 6 x\nnew", got, &n), 1);
	CU_ASSERT_EQUAL(TALK("scp -t flash:x", "C0644 3 x\nnew", got, &n), 1);     /* all but the last word */
	CU_ASSERT_EQUAL(TALK("scp -t flash:x", "C0644 3 x\nnew\001", got, &n), 1); /* which is no */
	CU_ASSERT_TRUE(file_is("flash/x", "old"));
	end();
}

static void names_stay_where_they_are_sent(void)
{
	static const char *const lines[] = {
		"C0644 1 ../x\nA",
		"C0644 1 ..\nA",
		"C0644 1 .\nA",
		"C0644 1 /etc/x\nA",
		"C0644 1 nvram:x\nA",
		"C0644 1 \nA",
		"C0644 -1 x\nA",
		"C0644 99999999999999999999 x\nA",
		"C0644 1x\nA",
		"C06 1 x\nA",
		"C0644  1 x\nA",
		"D0755 0 folder\n",
		"E\n",
		"X\n",
		"\n",
	};
	char got[512], name[256];
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CU_ASSERT_EQUAL(talk("scp -t flash:", lines[i], strlen(lines[i]), got, sizeof(got), &n), 1);
		CU_ASSERT_TRUE(n > 1 && got[1] == 1);
	}
	/* a file of this name in flash: is no startup-config */
	CU_ASSERT_EQUAL(TALK("scp -t flash:", "C0644 1 startup-config\nA\0", got, &n), 0);
	CU_ASSERT_TRUE(file_is("startup-config", NULL));
	CU_ASSERT_TRUE(file_is("flash/startup-config", "A"));
	CU_ASSERT_TRUE(file_is("x", NULL));
	/* nothing that has no end is kept in memory */
	memset(name, 'a', sizeof(name));
	memcpy(name, "C0644 1 ", 8);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(talk("scp -t flash:", name, sizeof(name), got, sizeof(got), &n), 0);
	CU_ASSERT_TRUE(file_is("flash/aaa", NULL));
	end();
}

static void commands_are_read_to_the_end(void)
{
	static const char *const bad[] = { "scp ",        "scp -t",    "scp x",    "scp -t -f x",
					   "scp -q -t x", "scp -tS x", "scp -t ''" };
	char got[512], text[600];
	size_t n;

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(TALK(bad[i], "\0", got, &n), 1);
		CU_ASSERT_TRUE(n && got[0] == 1);
	}
	memset(text, 'x', sizeof(text));
	memcpy(text, "scp -t ", 7);
	text[sizeof(text) - 1] = '\0';
	CU_ASSERT_EQUAL(TALK(text, "\0", got, &n), 1);
	CU_ASSERT_TRUE(scp_is("scp -t x"));
	CU_ASSERT_FALSE(scp_is("scpx"));
	CU_ASSERT_FALSE(scp_is("show version"));
	end();
}

/* Who wants a file is told no once it has asked; who brings one before it does. */
static void a_client_is_refused(void)
{
	char got[16];
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CU_ASSERT_EQUAL(scp_refuse(pair[1], "scp -t flash:x", "no\n"), 1);
	CU_ASSERT_EQUAL(recv(pair[0], got, sizeof(got), 0), 3);
	CU_ASSERT_EQUAL(send(pair[0], "\0\001no\n", 5, 0), 5);
	shutdown(pair[0], SHUT_WR);
	CU_ASSERT_EQUAL(scp_refuse(pair[1], "scp -f flash:x", "no\n"), 1);
	CU_ASSERT_EQUAL(recv(pair[0], got, sizeof(got), 0), 3);
	CU_ASSERT_EQUAL(recv(pair[1], got, sizeof(got), MSG_DONTWAIT), 0); /* all that it says was read */
	close(pair[0]);
	close(pair[1]);
}

static const struct unit_test tests[] = {
	{ "a file is taken", a_file_is_taken },
	{ "a file is given", a_file_is_given },
	{ "what is cut off is not kept", what_is_cut_off_is_not_kept },
	{ "names stay where they are sent", names_stay_where_they_are_sent },
	{ "commands are read to the end", commands_are_read_to_the_end },
	{ "a client is refused", a_client_is_refused },
};

UNIT_MAIN("scp", tests)
