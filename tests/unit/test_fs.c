/* flash:, nvram:, system:, null: names, files, folders, and what must not lead out of them. */
#include "shell/fs.h"
#include "startup-config/nvram.h"
#include "tests/unit/shell_rig.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rig rig;
static char folder[64], startup[96];

static void begin(void)
{
	strcpy(folder, "/tmp/mmfsXXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	snprintf(startup, sizeof(startup), "%s/startup-config", folder);
	rig = (struct rig){ 0 };
	rig_open_router(&rig, NULL, 0, SESSION_TEST);
	rig.shell.state_dir = folder;
	rig.shell.nvram = nvram_new(startup);
}

static void end(void)
{
	char command[96];

	nvram_free(rig.shell.nvram);
	rig_close(&rig);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

static struct fs_url url(const char *text)
{
	struct fs_url u;

	CU_ASSERT_TRUE_FATAL(fs_parse(text, &u));
	return u;
}

static bool holds(const char *text, const char *want)
{
	struct fs_url u = url(text);
	size_t octets;
	char *bytes;
	bool same;

	if (fs_read(&rig.shell, &u, &bytes, &octets))
		return false;
	same = octets == strlen(want) && !strcmp(bytes, want);
	free(bytes);
	return same;
}

static int put(const char *text, const char *bytes)
{
	struct fs_url u = url(text);

	return fs_write(&rig.shell, &u, bytes, strlen(bytes));
}

static void names(void)
{
	struct fs_url u, at;
	char text[FS_URL_SIZE + 16];

	u = url("flash:x");
	CU_ASSERT_EQUAL(u.system, FS_FLASH);
	CU_ASSERT_STRING_EQUAL(u.path, "x");
	u = url("disk0://a//b/");
	CU_ASSERT_STRING_EQUAL(u.path, "a/b");
	u = url("FLASH:/../../x");
	CU_ASSERT_STRING_EQUAL(u.path, "x");
	u = url("running-config");
	CU_ASSERT_EQUAL(u.system, FS_SYSTEM);
	u = url("nvram:startup-config");
	fs_text(&u, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "nvram:/startup-config");
	at = url("flash:/backup");
	CU_ASSERT_TRUE(fs_parse_at(&at, "x", &u));
	CU_ASSERT_STRING_EQUAL(u.path, "backup/x");
	CU_ASSERT_TRUE(fs_parse_at(&at, "../y", &u));
	CU_ASSERT_STRING_EQUAL(u.path, "y");
	CU_ASSERT_TRUE(fs_parse_at(&at, "/z", &u));
	CU_ASSERT_STRING_EQUAL(u.path, "z");
	CU_ASSERT_FALSE(fs_parse("tftp://10.0.0.1/x", &u));
	CU_ASSERT_FALSE(fs_parse("", &u));
	CU_ASSERT_FALSE(fs_parse("flash:a\tb", &u));
	CU_ASSERT_FALSE(fs_parse("flash:.tmp-1-1", &u));
	CU_ASSERT_FALSE(fs_parse("flash:1/2/3/4/5/6/7/8/9", &u));
}

static void files(void)
{
	struct fs_url u = url("flash:x");
	const char *error = NULL;
	struct fs_file *f;

	CU_ASSERT_EQUAL(put("flash:x", "one\n"), 0);
	CU_ASSERT_TRUE(holds("flash:/x", "one\n"));
	f = fs_create(&rig.shell, &u, false, &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE(fs_put(f, "two", 3));
	CU_ASSERT_TRUE(holds("flash:x", "one\n")); /* until it is whole */
	CU_ASSERT_EQUAL(fs_close(f, false), 0);
	CU_ASSERT_TRUE(holds("flash:x", "one\n"));
	f = fs_create(&rig.shell, &u, true, &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fs_put(f, "two\n", 4);
	CU_ASSERT_EQUAL(fs_close(f, true), 0);
	CU_ASSERT_TRUE(holds("flash:x", "one\ntwo\n"));
	f = fs_create(&rig.shell, &u, true, &error);
	fs_put(f, "three\n", 6);
	CU_ASSERT_EQUAL(fs_close(f, false), 0);
	CU_ASSERT_TRUE(holds("flash:x", "one\ntwo\n"));
	u = url("flash:none/x");
	CU_ASSERT_PTR_NULL(fs_create(&rig.shell, &u, false, &error));
	CU_ASSERT_STRING_EQUAL(error, "No such file or directory");
	u = url("running-config");
	CU_ASSERT_PTR_NULL(fs_create(&rig.shell, &u, false, &error));
	CU_ASSERT_EQUAL(put("null:", "gone"), 0);
	CU_ASSERT_TRUE(holds("null:", ""));
}

static void nvram_and_running(void)
{
	struct fs_url u = url("running-config");
	size_t octets;
	char *text = NULL;

	CU_ASSERT_FALSE(holds("startup-config", ""));
	CU_ASSERT_EQUAL(put("nvram:startup-config", "hostname R9\nend\n"), 0);
	CU_ASSERT_TRUE(holds("startup-config", "hostname R9\nend\n"));
	CU_ASSERT_EQUAL(fs_read(&rig.shell, &u, &text, &octets), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "hostname R2\n"));
	free(text);
	CU_ASSERT_NOT_EQUAL(put("nvram:other", "x"), 0);
}

static void add_name(void *ctx, const struct fs_entry *e)
{
	char *all = ctx;

	sprintf(all + strlen(all), "%s%s:%u ", e->name, e->folder ? "/" : "", (unsigned)e->octets);
}

static void folders(void)
{
	struct fs_url root = url("flash:"), d = url("flash:d"), x = url("flash:d/x"), y = url("flash:y");
	char all[256] = "";
	uint64_t total, available;

	CU_ASSERT_EQUAL(fs_mkdir(&rig.shell, &d), 0);
	CU_ASSERT_EQUAL(fs_mkdir(&rig.shell, &d), -EEXIST);
	CU_ASSERT_EQUAL(put("flash:d/x", "abc"), 0);
	CU_ASSERT_EQUAL(put("flash:d", "abc"), -EISDIR);
	CU_ASSERT_EQUAL(fs_each(&rig.shell, &root, add_name, all), 0);
	CU_ASSERT_EQUAL(fs_each(&rig.shell, &d, add_name, all), 0);
	CU_ASSERT_STRING_EQUAL(all, "d/:0 x:3 ");
	CU_ASSERT_EQUAL(fs_rmdir(&rig.shell, &d), -ENOTEMPTY);
	CU_ASSERT_EQUAL(fs_rename(&rig.shell, &x, &y), 0);
	CU_ASSERT_EQUAL(fs_rename(&rig.shell, &y, &d), -EEXIST);
	CU_ASSERT_EQUAL(fs_rmdir(&rig.shell, &d), 0);
	CU_ASSERT_EQUAL(fs_remove(&rig.shell, &y), 0);
	CU_ASSERT_EQUAL(fs_remove(&rig.shell, &y), -ENOENT);
	CU_ASSERT_NOT_EQUAL(fs_rmdir(&rig.shell, &root), 0);
	CU_ASSERT_EQUAL(fs_space(&rig.shell, &root, &total, &available), 0);
	CU_ASSERT_TRUE(total && available <= total);
}

/* What somebody put into the folder from outside. */
static void nothing_leads_out(void)
{
	struct fs_url u = url("flash:");
	char path[128], all[256] = "", secret[128];
	FILE *f;

	fs_sweep(&rig.shell); /* makes flash: */
	snprintf(secret, sizeof(secret), "%s/secret", folder);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f = fopen(secret, "w"));
	fputs("secret", f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/flash/link", folder);
	CU_ASSERT_EQUAL(symlink("../secret", path), 0);
	snprintf(path, sizeof(path), "%s/flash/up", folder);
	CU_ASSERT_EQUAL(symlink("..", path), 0);
	snprintf(path, sizeof(path), "%s/flash/pipe", folder);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_FALSE(holds("flash:link", "secret"));
	CU_ASSERT_FALSE(holds("flash:up/secret", "secret"));
	CU_ASSERT_FALSE(holds("flash:pipe", ""));
	CU_ASSERT_NOT_EQUAL(put("flash:up/secret", "x"), 0);
	CU_ASSERT_EQUAL(fs_each(&rig.shell, &u, add_name, all), 0);
	CU_ASSERT_STRING_EQUAL(all, "");
	CU_ASSERT_EQUAL(put("flash:link", "x"), 0); /* replaces the link, not what it names */
	CU_ASSERT_TRUE(holds("flash:link", "x"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f = fopen(secret, "r"));
	CU_ASSERT_PTR_NOT_NULL(fgets(all, sizeof(all), f));
	fclose(f);
	CU_ASSERT_STRING_EQUAL(all, "secret");
}

static void sweep(void)
{
	char path[128];
	FILE *f;

	fs_sweep(&rig.shell);
	snprintf(path, sizeof(path), "%s/flash/.tmp-1-1", folder);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f = fopen(path, "w"));
	fclose(f);
	CU_ASSERT_EQUAL(put("flash:" FS_PASSING "merge.1", "secret"), 0);
	CU_ASSERT_EQUAL(put("flash:x", "x"), 0);
	fs_sweep(&rig.shell);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_FALSE(holds("flash:" FS_PASSING "merge.1", "secret"));
	CU_ASSERT_TRUE(holds("flash:x", "x"));
}

#define TEST(fn)                                                                                                       \
	static void test_##fn(void)                                                                                    \
	{                                                                                                              \
		begin();                                                                                               \
		fn();                                                                                                  \
		end();                                                                                                 \
	}
TEST(names)
TEST(files)
TEST(nvram_and_running)
TEST(folders)
TEST(nothing_leads_out)
TEST(sweep)

static const struct unit_test tests[] = {
	{ "names", test_names },
	{ "a file is replaced when it is whole, or not at all", test_files },
	{ "nvram: and system:", test_nvram_and_running },
	{ "folders", test_folders },
	{ "nothing leads out of flash:", test_nothing_leads_out },
	{ "what was half written goes away", test_sweep },
};

UNIT_MAIN("fs", tests)
