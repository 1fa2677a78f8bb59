/*
 * A configuration text, whatever it holds: it is read, written, read and written again, and the two written texts are
 * the same.
 *
 * libs: -lresolv -lcli -lcrypto -lcrypt -lpthread
 */
#include "fuzz/no_router.h"
#include "shell/commands.h"
#include "shell/loader.h"
#include "shell/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t findings;

static void count(void *ctx, const char *text)
{
	(void)ctx;
	findings += strlen(text);
}

static char *through(const char *text, size_t octets, size_t *written)
{
	struct cmd_table tables[COMMANDS_CONFIG];
	struct shell sh = { .tables = tables, .table_count = commands_config(tables), .config = config_new() };
	struct loader_counts counts;
	char *out;

	if (!sh.config || loader_load(&sh, text, octets, NULL, NULL, &counts) != 0 ||
	    running_text(&sh, &out, written) != 0)
		abort();
	config_check(sh.config, count, NULL);
	config_free(sh.config);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first, second;
	char *once = through((const char *)data, size, &first), *twice = through(once, first, &second);

	if (first != second || memcmp(once, twice, first) != 0) {
		size_t line = 0;

		for (size_t i = 0; once[i] && once[i] == twice[i]; i++)
			if (once[i] == '\n')
				line = i + 1;
		fprintf(stderr, "--- once\n%.300s\n--- twice\n%.300s\n", once + line, twice + line);
		abort();
	}
	free(once);
	free(twice);
	return 0;
}
