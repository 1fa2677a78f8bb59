/*
 * A key in type 6 form, whatever it holds: it is refused, or what it says is the same key again when it is encrypted and
 * read. Then the input as a key: it comes back.
 *
 * libs: -lcrypto
 */
#include "startup-config/type6.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

static void there_and_back(const char *clear)
{
	static const uint8_t salt[TYPE6_SALT_OCTETS] = { 1, 2, 3 };
	char text[TYPE6_TEXT_SIZE(TYPE6_CLEAR_MAX)], again[TYPE6_CLEAR_MAX + 1];

	demand(type6_encrypt("Cisco123", salt, clear, text, sizeof(text)));
	demand(type6_decrypt("Cisco123", text, again, sizeof(again)) && !strcmp(clear, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), clear[TYPE6_CLEAR_MAX + 1];

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (type6_decrypt("Cisco123", text, clear, sizeof(clear)))
		there_and_back(clear);
	if (*text && strlen(text) <= TYPE6_CLEAR_MAX)
		there_and_back(text);
	free(text);
	return 0;
}
