/* startup-config/nvram.c: saved whole or not at all. A full disk is a file-size limit here, in a child process. */
#define _GNU_SOURCE /* unshare */
#include "startup-config/nvram.h"
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
	char folder[64], path[96];
	struct nvram *n;
};

static void place_make(struct place *p)
{
	snprintf(p->folder, sizeof(p->folder), "/tmp/test_nvram.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(p->folder));
	snprintf(p->path, sizeof(p->path), "%s/startup-config", p->folder);
	p->n = nvram_new(p->path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->n);
}

static unsigned files_in(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	unsigned count = 0;

	while (d && (e = readdir(d)))
		count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (d)
		closedir(d);
	return count;
}

static void place_remove(struct place *p)
{
	unlink(p->path);
	CU_ASSERT_EQUAL(rmdir(p->folder), 0);
	nvram_free(p->n);
}

static void what_is_saved_is_loaded(void)
{
	struct place p;
	struct stat st;
	char *text;
	size_t octets;

	place_make(&p);
	CU_ASSERT_EQUAL(nvram_load(p.n, &text, &octets), -ENOENT);
	CU_ASSERT_EQUAL(nvram_save(p.n, "!\nhostname R2\nend\n", 18), 0);
	CU_ASSERT_EQUAL(nvram_save(p.n, "!\nhostname R3\nend\n", 18), 0);
	CU_ASSERT_EQUAL(nvram_load(p.n, &text, &octets), 0);
	CU_ASSERT_EQUAL(octets, 18);
	CU_ASSERT_STRING_EQUAL(text, "!\nhostname R3\nend\n");
	free(text);
	CU_ASSERT_EQUAL(stat(p.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(files_in(p.folder), 1);
	CU_ASSERT_STRING_EQUAL(nvram_path(p.n), p.path);
	CU_ASSERT_EQUAL(nvram_erase(p.n), 0);
	CU_ASSERT_EQUAL(nvram_erase(p.n), 0);
	CU_ASSERT_EQUAL(nvram_load(p.n, &text, &octets), -ENOENT);
	place_remove(&p);
}

static void an_open_file_becomes_private(void)
{
	struct place p;
	struct stat st;
	FILE *f;

	place_make(&p);
	f = fopen(p.path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fclose(f);
	chmod(p.path, 0644);
	CU_ASSERT_EQUAL(nvram_save(p.n, "end\n", 4), 0);
	stat(p.path, &st);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	place_remove(&p);
}

/* A file system of 64 KiB of its own, in a child with namespaces of its own. False: this kernel does not let us. */
static int save_on_a_full_tmpfs(const char *folder, const char *big, size_t octets)
{
	struct nvram *n;
	char path[96], *text;
	size_t got;
	int error;

	if (unshare(CLONE_NEWNS | (geteuid() ? CLONE_NEWUSER : 0)) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("none", folder, "tmpfs", 0, "size=64k") < 0)
		return 0;
	snprintf(path, sizeof(path), "%s/startup-config", folder);
	n = nvram_new(path);
	if (nvram_save(n, "old\n", 4) != 0)
		return 1;
	error = nvram_save(n, big, octets);
	if (error != -ENOSPC)
		return 2;
	if (files_in(folder) != 1)
		return 3;
	if (nvram_load(n, &text, &got) != 0 || strcmp(text, "old\n") != 0)
		return 4;
	free(text);
	nvram_free(n);
	return 0;
}

static void a_full_file_system_leaves_the_old_file(void)
{
	struct place p;
	static char big[200000];
	int status = -1;
	pid_t child;

	place_make(&p);
	memset(big, '!', sizeof(big));
	child = fork();
	if (child == 0)
		_exit(save_on_a_full_tmpfs(p.folder, big, sizeof(big)));
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	place_remove(&p);
}

/* In a child, so that the limit ends with it. Returns what nvram_save said, as a positive number. */
static int save_on_a_full_disk(struct nvram *n, const char *text, size_t octets)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit limit = { 8192, 8192 };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(-nvram_save(n, text, octets));
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_full_disk_leaves_the_old_file(void)
{
	struct place p;
	char *text, big[20000];
	size_t octets;

	place_make(&p);
	memset(big, '!', sizeof(big));
	CU_ASSERT_EQUAL(nvram_save(p.n, "old\n", 4), 0);
	CU_ASSERT_EQUAL(save_on_a_full_disk(p.n, big, sizeof(big)), EFBIG);
	CU_ASSERT_EQUAL(files_in(p.folder), 1);
	CU_ASSERT_EQUAL(nvram_load(p.n, &text, &octets), 0);
	CU_ASSERT_STRING_EQUAL(text, "old\n");
	free(text);
	place_remove(&p);
}

static void a_missing_folder_is_an_error(void)
{
	struct nvram *n = nvram_new("/tmp/test_nvram.none/startup-config");

	CU_ASSERT_EQUAL(nvram_save(n, "end\n", 4), -ENOENT);
	nvram_free(n);
}

static void sizes_are_limited(void)
{
	struct place p;
	char *big = malloc(NVRAM_OCTETS + 1), *text;
	size_t octets;
	FILE *f;

	place_make(&p);
	memset(big, '!', NVRAM_OCTETS + 1);
	CU_ASSERT_EQUAL(nvram_save(p.n, big, NVRAM_OCTETS + 1), -EFBIG);
	CU_ASSERT_EQUAL(files_in(p.folder), 0);
	CU_ASSERT_EQUAL(nvram_save(p.n, big, NVRAM_OCTETS), 0);
	CU_ASSERT_EQUAL(nvram_load(p.n, &text, &octets), 0);
	CU_ASSERT_EQUAL(octets, NVRAM_OCTETS);
	free(text);
	f = fopen(p.path, "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputc('!', f);
	fclose(f);
	CU_ASSERT_EQUAL(nvram_load(p.n, &text, &octets), -EFBIG);
	free(big);
	place_remove(&p);
}

/* A file of its own, for the owner only, and gone with the configuration. */
static void the_master_key_is_kept_apart(void)
{
	char key[129], private[128];
	struct place p;
	struct stat st;

	place_make(&p);
	CU_ASSERT_EQUAL(nvram_load_private(p.n, key, sizeof(key)), 0);
	CU_ASSERT_STRING_EQUAL(key, "");
	CU_ASSERT_EQUAL(nvram_save_both(p.n, "end\n", 4, "the master key"), 0);
	snprintf(private, sizeof(private), "%s.private", p.path);
	CU_ASSERT_EQUAL(stat(private, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(nvram_load_private(p.n, key, sizeof(key)), 0);
	CU_ASSERT_STRING_EQUAL(key, "the master key");
	CU_ASSERT_EQUAL(nvram_load_private(p.n, key, 14), -EFBIG);
	CU_ASSERT_STRING_EQUAL(key, "");
	CU_ASSERT_EQUAL(nvram_save_both(p.n, "end\n", 4, ""), 0);
	CU_ASSERT_EQUAL(files_in(p.folder), 1);
	CU_ASSERT_EQUAL(nvram_save_both(p.n, "end\n", 4, "the master key"), 0);
	CU_ASSERT_EQUAL(files_in(p.folder), 2);
	CU_ASSERT_EQUAL(nvram_erase(p.n), 0);
	CU_ASSERT_EQUAL(files_in(p.folder), 0);
	place_remove(&p);
}

static void put(const struct place *p, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", p->folder, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

/* What there was, what was being written (NULL: that file is not there), and what the next boot finds. */
static const struct cut_off {
	const char *old, *new, *key, *found, *found_key;
} cut_offs[] = {
	{ "old\n", "ne", NULL, "old\n", "old key" },  { "old\n", "new\n", "new", "old\n", "old key" },
	{ "old\n", "new\n", "", "old\n", "old key" }, { "new\n", NULL, "new key", "new\n", "new key" },
	{ "new\n", NULL, "", "new\n", "" },           { "", NULL, "", NULL, "" },
};

static void what_was_cut_off_is_whole_or_gone(void)
{
	for (size_t i = 0; i < sizeof(cut_offs) / sizeof(cut_offs[0]); i++) {
		const struct cut_off *c = &cut_offs[i];
		char *text = NULL, key[129];
		struct place p;
		size_t octets;
		int rc;

		place_make(&p);
		put(&p, "startup-config", c->old);
		put(&p, "startup-config.private", "old key");
		put(&p, ".startup-config.new-s", ""); /* of somebody else */
		if (c->new)
			put(&p, ".startup-config.new-a1B2c3", c->new);
		if (c->key)
			put(&p, ".startup-config.key-a1B2c3", c->key);
		CU_ASSERT_EQUAL(nvram_recover(p.n), 0);
		rc = nvram_load(p.n, &text, &octets);
		CU_ASSERT_EQUAL(rc, c->found ? 0 : -ENOENT);
		if (!rc)
			CU_ASSERT_STRING_EQUAL(text, c->found);
		free(text);
		CU_ASSERT_EQUAL(nvram_load_private(p.n, key, sizeof(key)), 0);
		CU_ASSERT_STRING_EQUAL(key, c->found_key);
		CU_ASSERT_EQUAL(files_in(p.folder), 1 + !!c->found + !!*c->found_key);
		CU_ASSERT_EQUAL(nvram_erase(p.n), 0);
		CU_ASSERT_EQUAL(files_in(p.folder), 1);
		put(&p, "startup-config", ""); /* place_remove() */
		snprintf(key, sizeof(key), "%s/.startup-config.new-s", p.folder);
		unlink(key);
		place_remove(&p);
	}
}

static void only_a_file_is_read(void)
{
	struct nvram *n = nvram_new("/tmp");
	char *text;
	size_t octets;

	CU_ASSERT_EQUAL(nvram_load(n, &text, &octets), -EISDIR);
	nvram_free(n);
}

static const struct unit_test tests[] = {
	{ "a full file system leaves the old file", a_full_file_system_leaves_the_old_file },
	{ "what is saved is loaded", what_is_saved_is_loaded },
	{ "an open file becomes private", an_open_file_becomes_private },
	{ "a full disk leaves the old file", a_full_disk_leaves_the_old_file },
	{ "a missing folder is an error", a_missing_folder_is_an_error },
	{ "sizes are limited", sizes_are_limited },
	{ "the master key is kept apart", the_master_key_is_kept_apart },
	{ "what was cut off is whole or gone", what_was_cut_off_is_whole_or_gone },
	{ "only a file is read", only_a_file_is_read },
};

UNIT_MAIN("nvram", tests)
