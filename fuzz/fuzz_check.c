/*
 * `mainmode check` of a file, whatever it holds: the text has nothing in it that a terminal obeys, the JSON is JSON, and both come to
 * the same verdict.
 *
 * libs: -lresolv -lcli -lcrypto -lcrypt -lpthread
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/is_json.h"
#include "fuzz/no_router.h"
#include "shell/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

static char *checked(const char *path, bool json, int *code)
{
	char *text = NULL;
	size_t octets;
	FILE *f = open_memstream(&text, &octets);

	demand(f != NULL);
	*code = check_file(path, json, f);
	demand(!fclose(f) && strlen(text) == octets);
	return text;
}

static void is_plain(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		demand((*p >= ' ' && *p != 0x7f) || *p == '\n' || *p == '\t');
		demand(!(p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int fd = memfd_create("config", MFD_CLOEXEC);
	int as_text, as_json;
	char path[64], *text;

	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	text = checked(path, false, &as_text);
	is_plain(text);
	free(text);
	text = checked(path, true, &as_json);
	demand(is_json(text) && as_text == as_json && as_text >= 0 && as_text <= 2);
	free(text);
	close(fd);
	return 0;
}
