/*
 * The router's RSA key pairs, one file each (mode 0600) in the folder `keys` of the state directory. They are no part of
 * the configuration. Nothing here needs the control lock; generating takes seconds and must not have it.
 */
#ifndef SHELL_RSA_KEYS_H
#define SHELL_RSA_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define RSA_NAME_SIZE 128

#define RSA_BITS_LEAST     360 /* IOS's range; what OpenSSL does not make is refused by it */
#define RSA_BITS_MOST      4096
#define RSA_BITS_DEFAULT   512
#define RSA_BITS_LEAST_SSH 768 /* for SSH version 2 */

struct rsa_pair {
	char name[RSA_NAME_SIZE]; /* "R2.lab", or a label */
	unsigned bits;
	struct timespec made;
	const uint8_t *der; /* SubjectPublicKeyInfo */
	size_t der_octets;
	const uint8_t *ssh; /* "ssh-rsa", e, n as RFC 4253 6.6 */
	size_t ssh_octets;
};

/* Oldest first; what r points to lives as long as the call. state_dir NULL: there are none. 0, or -errno: some could not be read. */
int rsa_keys_each(const char *state_dir, void (*fn)(void *ctx, const struct rsa_pair *r), void *ctx);
/* For rsa_keys_each(): ctx is an unsigned that counts them. */
void rsa_keys_count(void *ctx, const struct rsa_pair *r);
bool rsa_keys_exist(const char *state_dir, const char *name);
/* Makes a pair and stores it in place of one of the same name. 0 or -errno (-EINVAL: not this size or name). */
int rsa_keys_generate(const char *state_dir, const char *name, unsigned bits);
/* The private key as PEM, to be wiped and freed, NULL: there is none. */
char *rsa_keys_private(const char *state_dir, const char *name);
/* NULL: all. How many went. */
unsigned rsa_keys_remove(const char *state_dir, const char *name);
/* What a killed router was writing goes away. At boot. */
void rsa_keys_sweep(const char *state_dir);

/*
 * Which pair SSH uses: the one named by `ip ssh rsa keypair-name`, else (wanted "") the first that was made. 1, or
 * 0: there is none with enough bits, or -errno: they could not be read, which is no reason to take another one.
 */
int rsa_keys_for_ssh(const char *state_dir, const char *wanted, char name[RSA_NAME_SIZE]);

#endif
