/* The text of an SSH public key, as OpenSSH's files have it and as it is typed line by line. */
#ifndef SHELL_SSH_KEY_TEXT_H
#define SHELL_SSH_KEY_TEXT_H

#include "config/access.h"

/*
 * "[ssh-rsa ]BASE64[ remark]", all lines of it put together. Fills in the hash, and *remark with where in text the remark
 * begins (NULL: there is none). False: it is no RSA key.
 */
bool ssh_key_text_hash(const char *text, char hash[SSH_KEY_HASH_SIZE], const char **remark);
/* 32 hexadecimal digits, colons between the octets allowed; in upper case into hash. */
bool ssh_key_hash_parse(const char *text, char hash[SSH_KEY_HASH_SIZE]);
/* Octets of a digest as such a hash. */
void ssh_key_hash_text(const uint8_t md5[16], char hash[SSH_KEY_HASH_SIZE]);

#endif
