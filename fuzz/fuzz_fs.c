/*
 * A file's name as it is typed: the first line is a folder, the rest a name below it. What is understood stays within its
 * file system, and IOS's text of it is understood as the same.
 *
 * libs: -lresolv -lcli -lcrypto -lcrypt -lpthread
 */
#include "fuzz/no_router.h"
#include "shell/fs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

static void check(const struct fs_url *u)
{
	char text[FS_URL_SIZE + 16];
	struct fs_url again;

	demand(*u->path != '/' && strlen(u->path) < sizeof(u->path));
	for (const char *p = u->path; *p; p += strcspn(p, "/"), p += *p == '/') {
		size_t n = strcspn(p, "/");

		demand(n && !(n == 1 && *p == '.') && !(n == 2 && !strncmp(p, "..", 2)));
	}
	fs_text_plain(u, text, sizeof(text));
	demand(fs_parse(text, &again) && again.system == u->system && !strcmp(again.path, u->path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *name;
	struct fs_url at = { .system = FS_FLASH }, u;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	name = strchr(text, '\n');
	if (name)
		*name++ = '\0';
	if (fs_parse(text, &at))
		check(&at);
	if (name && fs_parse_at(&at, name, &u))
		check(&u);
	free(text);
	return 0;
}
