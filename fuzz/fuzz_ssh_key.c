/*
 * The text of an SSH public key, and of a hash of one: a hash that was made is read as the same, and a remark lies within
 * the text.
 *
 * libs: -lcrypto
 */
#include "shell/ssh_key_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), hash[SSH_KEY_HASH_SIZE], again[SSH_KEY_HASH_SIZE];
	const char *remark = NULL;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (ssh_key_text_hash(text, hash, &remark) && (!ssh_key_hash_parse(hash, again) || strcmp(hash, again) != 0 ||
						       (remark && (remark < text || remark >= text + strlen(text)))))
		abort();
	if (ssh_key_hash_parse(text, hash) && (!ssh_key_hash_parse(hash, again) || strcmp(hash, again) != 0))
		abort();
	free(text);
	return 0;
}
