/* Key pairs are PEM files; the name of one is its file's, with %XX for what a file name should not have. */
#include "shell/rsa_keys.h"

#include "base/buf.h"
#include "base/wipe.h"
#include "shell/fd.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER      "keys"
#define SUFFIX      ".rsa"
#define PASSING     ".new" /* ends the name of one that is being written */
#define PEM_MOST    16384
#define PAIRS_MOST  64
#define PATH_OCTETS 1024

/* --- names ---- */

static bool plain(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* False: too long for a file, or empty. */
static bool path_of(const char *state_dir, const char *name, const char *suffix, char out[PATH_OCTETS])
{
	int n = snprintf(out, PATH_OCTETS, "%s/" FOLDER "/", state_dir);
	size_t at = (size_t)n, begin = at;

	if (n < 0 || n >= PATH_OCTETS || !*name || strlen(name) >= RSA_NAME_SIZE)
		return false;
	for (const char *p = name; *p; p++) {
		if (at + 4 + strlen(suffix) >= PATH_OCTETS)
			return false;
		if (plain(*p) || (*p == '.' && at > begin))
			out[at++] = *p;
		else
			at += (size_t)sprintf(out + at, "%%%02X", (unsigned char)*p);
	}
	if (at - begin + strlen(suffix) > 250)
		return false;
	strcpy(out + at, suffix);
	return true;
}

/* The name of a file's pair. False: it is none. */
static bool name_of(const char *file, char out[RSA_NAME_SIZE])
{
	size_t n = strlen(file), at = 0;

	if (n <= strlen(SUFFIX) || strcmp(file + n - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	n -= strlen(SUFFIX);
	for (size_t i = 0; i < n && at + 1 < RSA_NAME_SIZE; i++) {
		unsigned c;

		if (file[i] == '%' && i + 2 < n && sscanf(file + i + 1, "%2X", &c) == 1 && c) {
			out[at++] = (char)c;
			i += 2;
		} else {
			out[at++] = file[i];
		}
	}
	out[at] = '\0';
	return true;
}

/* --- files ---- */

static char *read_file(const char *path, struct timespec *made)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *text = fd >= 0 ? calloc(1, PEM_MOST) : NULL;
	struct stat st;
	ssize_t n = -1;

	if (text && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while ((n = read(fd, text, PEM_MOST - 1)) < 0 && errno == EINTR)
			;
	if (fd >= 0)
		close(fd);
	if (n <= 0) {
		free(text);
		return NULL;
	}
	if (made)
		*made = st.st_mtim;
	return text;
}

static void free_text(char *text)
{
	if (text)
		wipe(text, strlen(text));
	free(text);
}

/* Whole or not at all, and on the disk before it has its name. */
static int write_file(const char *path, const char *bytes, size_t octets)
{
	char temporary[PATH_OCTETS + 8];
	int fd, e = 0;

	snprintf(temporary, sizeof(temporary), "%s" PASSING, path);
	unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (!fd_write_all(fd, bytes, octets) || fsync(fd) != 0)
		e = errno ? -errno : -EIO;
	close(fd);
	if (!e && rename(temporary, path) != 0)
		e = -errno;
	if (e)
		unlink(temporary);
	return e;
}

char *rsa_keys_private(const char *state_dir, const char *name)
{
	char path[PATH_OCTETS];

	return state_dir && path_of(state_dir, name, SUFFIX, path) ? read_file(path, NULL) : NULL;
}

bool rsa_keys_exist(const char *state_dir, const char *name)
{
	char path[PATH_OCTETS];

	return state_dir && path_of(state_dir, name, SUFFIX, path) && access(path, F_OK) == 0;
}

/* --- keys ---- */

static EVP_PKEY *key_of(const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;

	BIO_free(in);
	return key;
}

/* An mpint is signed: a set top bit gets an octet in front. */
static void put_mpint(struct wr *w, const BIGNUM *n)
{
	uint8_t bytes[RSA_BITS_MOST / 8 + 1] = { 0 };
	size_t octets = (size_t)BN_num_bytes(n);
	size_t lead = octets && BN_is_bit_set(n, (int)octets * 8 - 1);

	if (octets + lead > sizeof(bytes))
		return;
	BN_bn2bin(n, bytes + lead);
	wr_u32(w, (uint32_t)(octets + lead));
	wr_bytes(w, bytes, octets + lead);
}

static bool ssh_form(EVP_PKEY *key, uint8_t *out, size_t size, size_t *octets)
{
	BIGNUM *n = NULL, *e = NULL;
	struct wr w = wr_of(out, size);
	bool ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
		  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1;

	if (ok) {
		wr_u32(&w, 7);
		wr_bytes(&w, "ssh-rsa", 7);
		put_mpint(&w, e);
		put_mpint(&w, n);
		*octets = wr_octets(&w);
	}
	BN_free(n);
	BN_free(e);
	return ok && !w.full;
}

struct found {
	char name[RSA_NAME_SIZE];
	struct timespec made;
};

static int older(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->made.tv_sec != y->made.tv_sec)
		return x->made.tv_sec < y->made.tv_sec ? -1 : 1;
	if (x->made.tv_nsec != y->made.tv_nsec)
		return x->made.tv_nsec < y->made.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Not that there is no such thing, but that nobody could look. */
static bool could_not_look(int error)
{
	return error && error != ENOENT && error != ELOOP && error != ENOTDIR;
}

/* *error: 0, or why there may be more. */
static size_t list_pairs(const char *state_dir, struct found out[PAIRS_MOST], int *error)
{
	char path[PATH_OCTETS];
	struct dirent *d;
	size_t count = 0;
	DIR *dir;

	*error = 0;
	if (!state_dir || snprintf(path, sizeof(path), "%s/" FOLDER, state_dir) >= (int)sizeof(path))
		return 0;
	if (!(dir = opendir(path))) {
		*error = could_not_look(errno) ? -errno : 0;
		return 0;
	}
	while (count < PAIRS_MOST && (d = readdir(dir))) {
		struct stat st;

		if (!name_of(d->d_name, out[count].name))
			continue;
		if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			*error = could_not_look(errno) ? -errno : *error;
		else if (S_ISREG(st.st_mode))
			out[count++].made = st.st_mtim;
	}
	closedir(dir);
	qsort(out, count, sizeof(*out), older);
	return count;
}

static int tell_pair(const char *state_dir, const struct found *f, void (*fn)(void *, const struct rsa_pair *),
		     void *ctx)
{
	char *pem = (errno = 0, rsa_keys_private(state_dir, f->name));
	EVP_PKEY *key = pem ? (errno = 0, key_of(pem)) : NULL;
	int error = !key && could_not_look(errno) ? -errno : 0;
	uint8_t ssh[RSA_BITS_MOST / 8 + 64], *der = NULL;
	struct rsa_pair r = { .made = f->made };
	int der_octets;

	free_text(pem);
	if (key && EVP_PKEY_is_a(key, "RSA") && (der_octets = i2d_PUBKEY(key, &der)) > 0 &&
	    ssh_form(key, ssh, sizeof(ssh), &r.ssh_octets)) {
		memcpy(r.name, f->name, sizeof(r.name));
		r.bits = (unsigned)EVP_PKEY_get_bits(key);
		r.der = der;
		r.der_octets = (size_t)der_octets;
		r.ssh = ssh;
		fn(ctx, &r);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return error;
}

int rsa_keys_each(const char *state_dir, void (*fn)(void *ctx, const struct rsa_pair *r), void *ctx)
{
	struct found pairs[PAIRS_MOST];
	int error;
	size_t count = list_pairs(state_dir, pairs, &error);

	for (size_t i = 0; i < count; i++) {
		int rc = tell_pair(state_dir, &pairs[i], fn, ctx);

		if (!error)
			error = rc;
	}
	return error;
}

void rsa_keys_count(void *ctx, const struct rsa_pair *r)
{
	(void)r;
	++*(unsigned *)ctx;
}

static int make_folder(const char *state_dir)
{
	char path[PATH_OCTETS];

	snprintf(path, sizeof(path), "%s/" FOLDER, state_dir);
	if (mkdir(path, 0700) == 0)
		return fd_sync_folder(state_dir);
	return errno == EEXIST ? 0 : -errno;
}

static int sync_folder(const char *state_dir)
{
	char path[PATH_OCTETS];

	snprintf(path, sizeof(path), "%s/" FOLDER, state_dir);
	return fd_sync_folder(path);
}

void rsa_keys_sweep(const char *state_dir)
{
	char path[PATH_OCTETS];
	const struct dirent *d;
	DIR *dir;

	if (!state_dir || snprintf(path, sizeof(path), "%s/" FOLDER, state_dir) >= (int)sizeof(path) ||
	    !(dir = opendir(path)))
		return;
	while ((d = readdir(dir))) {
		size_t n = strlen(d->d_name);

		if (n > strlen(PASSING) && !strcmp(d->d_name + n - strlen(PASSING), PASSING))
			unlinkat(dirfd(dir), d->d_name, 0);
	}
	closedir(dir);
}

static int store(const char *path, EVP_PKEY *key)
{
	BIO *out = BIO_new(BIO_s_secmem());
	char *text;
	long octets;
	int e = -ENOMEM;

	if (out && PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    (octets = BIO_get_mem_data(out, &text)) > 0) {
		e = octets < PEM_MOST ? write_file(path, text, (size_t)octets) : -EINVAL;
		wipe(text, (size_t)octets);
	}
	BIO_free(out);
	return e;
}

int rsa_keys_generate(const char *state_dir, const char *name, unsigned bits)
{
	char path[PATH_OCTETS];
	EVP_PKEY *key;
	int e;

	if (!state_dir)
		return -EROFS;
	if (bits < RSA_BITS_LEAST || bits > RSA_BITS_MOST || !path_of(state_dir, name, SUFFIX, path))
		return -EINVAL;
	key = EVP_RSA_gen((size_t)bits);
	if (!key)
		return -EINVAL;
	e = make_folder(state_dir);
	if (!e)
		e = store(path, key);
	if (!e)
		e = sync_folder(state_dir);
	EVP_PKEY_free(key);
	return e;
}

unsigned rsa_keys_remove(const char *state_dir, const char *name)
{
	struct found pairs[PAIRS_MOST];
	int error;
	size_t count = list_pairs(state_dir, pairs, &error);
	unsigned gone = 0;
	char path[PATH_OCTETS];

	for (size_t i = 0; i < count; i++)
		if ((!name || !strcmp(name, pairs[i].name)) && path_of(state_dir, pairs[i].name, SUFFIX, path))
			gone += unlink(path) == 0;
	if (gone)
		sync_folder(state_dir);
	return gone;
}

struct choice {
	const char *wanted;
	char *name;
	bool decided, good;
};

static void choose(void *ctx, const struct rsa_pair *r)
{
	struct choice *c = ctx;

	if (c->decided || (*c->wanted && strcmp(c->wanted, r->name) != 0))
		return;
	c->decided = *c->wanted || r->bits >= RSA_BITS_LEAST_SSH;
	c->good = r->bits >= RSA_BITS_LEAST_SSH;
	if (c->good)
		snprintf(c->name, RSA_NAME_SIZE, "%s", r->name);
}

int rsa_keys_for_ssh(const char *state_dir, const char *wanted, char name[RSA_NAME_SIZE])
{
	struct choice c = { .wanted = wanted, .name = name };
	int error = rsa_keys_each(state_dir, choose, &c);

	return error ? error : c.good;
}
