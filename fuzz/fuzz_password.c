/*
 * A password in every form, whatever stands there: it is refused, or it can be checked without harm, and one that can be
 * read is found to match itself. Then the input as a password in clear: hidden and read, it comes back.
 *
 * libs: -lcrypto -lcrypt
 */
#include "shell/password.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
	if (!good)
		abort();
}

static void check_as(enum password_type type, const char *text)
{
	struct password p = { .set = true, .type = type };
	char clear[PASSWORD_CLEAR_SIZE];

	if (strlen(text) >= sizeof(p.text) || !password_valid(type, text))
		return;
	snprintf(p.text, sizeof(p.text), "%s", text);
	if (type == PASSWORD_CLEAR || type == PASSWORD_HIDDEN)
		demand(password_reveal(&p, clear) && password_matches(&p, clear));
	else
		demand(!password_reveal(&p, clear));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum password_type types[] = { PASSWORD_CLEAR,  PASSWORD_SHA256, PASSWORD_MD5,
						    PASSWORD_HIDDEN, PASSWORD_PBKDF2, PASSWORD_SCRYPT };
	char *text = malloc(size + 1), clear[PASSWORD_CLEAR_SIZE];
	struct password p = { 0 };

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		check_as(types[i], text);
	if (password_make(&p, PASSWORD_HIDDEN, text))
		demand(password_reveal(&p, clear) && !strcmp(clear, text));
	free(text);
	return 0;
}
