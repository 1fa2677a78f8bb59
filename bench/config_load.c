/*
 * How long a configuration takes to read into a model and to print back, in this thread and without a router: the time
 * of the core, which is that of the clock on a machine that has nothing else to do.
 *   config_load FILE [ROUNDS]      the best of the rounds
 */
#include "fuzz/no_router.h"
#include "shell/commands.h"
#include "shell/loader.h"
#include "shell/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static char *read_file(const char *path, size_t *octets)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	*octets = 0;
	while (f && !feof(f) && !ferror(f)) {
		if (*octets == room) {
			char *more = realloc(text, room = room ? room * 2 : 1 << 20);

			if (!more)
				exit(2);
			text = more;
		}
		*octets += fread(text + *octets, 1, room - *octets, f);
	}
	if (!f) {
		perror(path);
		exit(2);
	}
	fclose(f);
	return text;
}

static void once(const char *text, size_t octets, double *load_ms, double *print_ms, struct loader_counts *counts)
{
	struct cmd_table tables[COMMANDS_CONFIG];
	struct shell sh = { .config = config_new(), .tables = tables, .table_count = commands_config(tables) };
	size_t written;
	double t[3];
	char *out;

	t[0] = now_ms();
	if (!sh.config || loader_load(&sh, text, octets, NULL, NULL, counts))
		exit(2);
	t[1] = now_ms();
	if (running_text(&sh, &out, &written))
		exit(2);
	t[2] = now_ms();
	free(out);
	config_free(sh.config);
	if (t[1] - t[0] < *load_ms)
		*load_ms = t[1] - t[0];
	if (t[2] - t[1] < *print_ms)
		*print_ms = t[2] - t[1];
}

int main(int argc, char **argv)
{
	double load_ms = 1e9, print_ms = 1e9;
	struct loader_counts counts = { 0 };
	size_t octets, lines = 0;
	char *text;

	if (argc < 2) {
		fprintf(stderr, "usage: config_load FILE [ROUNDS]\n");
		return 2;
	}
	text = read_file(argv[1], &octets);
	for (size_t i = 0; i < octets; i++)
		lines += text[i] == '\n';
	for (int rounds = argc > 2 ? atoi(argv[2]) : 1; rounds > 0; rounds--)
		once(text, octets, &load_ms, &print_ms, &counts);
	printf("%zu lines, %zu octets: loaded in %.1f ms (%u accepted, %u kept, %u rejected), printed in %.1f ms\n",
	       lines, octets, load_ms, counts.accepted, counts.kept, counts.rejected, print_ms);
	free(text);
	return 0;
}
