/* What became of a line, for whoever asked: without its secrets. */
#include "base/wipe.h"
#include "shell/kept.h"
#include "shell/loader_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char removed[] = "<removed>";

/* Behind these words stands a secret; of "message-digest-key 1 md5 S" its number goes too. */
static const char *const before_secrets[] = {
	"key",
	"secret",
	"password",
	"community",
	"key-string",
	"pre-shared-key",
	"authentication-key",
	"message-digest-key",
	"nhrp authentication",
	"snmp-server host",
	"key config-key password-encrypt",
};

/* As a user may shorten it: `enable sec 5 ...`. */
static bool is_short_for(const char *word, size_t octets, const char *full)
{
	return octets >= 3 && octets < strlen(full) && !strncasecmp(word, full, octets);
}

/* Octets of text up to where a secret stands, 0: this word announces none. */
static size_t behind_word(const char *text)
{
	const size_t octets = strcspn(text, " \t");

	if (text[octets] && (is_short_for(text, octets, "secret") || is_short_for(text, octets, "password")))
		return octets + 1;
	for (size_t i = 0; i < sizeof(before_secrets) / sizeof(before_secrets[0]); i++) {
		size_t n = strlen(before_secrets[i]);

		if (!strncasecmp(text, before_secrets[i], n) && (text[n] == ' ' || text[n] == '\t') &&
		    strncmp(text + n, " chain", 6) != 0)
			return n + 1;
	}
	return 0;
}

/* What a terminal obeys is made question marks; those of ISO 6429 it obeys in UTF-8, too. */
static void disarm(char *p)
{
	for (; *p; p++) {
		if ((unsigned char)*p == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0)
			*p++ = '?';
		else if (((unsigned char)*p >= ' ' || *p == '\t') && *p != 0x7f)
			continue;
		*p = '?';
	}
}

char *loader_telling(const char *text)
{
	char *told = malloc(strlen(text) + sizeof(removed)), *p;

	if (!told)
		return NULL;
	strcpy(told, text);
	disarm(told);
	for (p = told; *(p += strspn(p, " \t")); p += strcspn(p, " \t")) {
		size_t n = behind_word(p);

		if (!n)
			continue;
		wipe(p + n, strlen(p + n));
		strcpy(p + n, removed);
		break;
	}
	return told;
}

/* Where the caret stands in what is told: a secret that is wrong has it at its beginning. */
static size_t column_of(const struct loader *l, const char *text, const char *told)
{
	size_t same = 0;

	if (l->at == LOADER_NO_COLUMN)
		return LOADER_NO_COLUMN;
	while (same < l->at && told[same] && told[same] == text[same])
		same++;
	return same;
}

void loader_tell(struct loader *l, enum loader_verdict verdict, unsigned line, const char *text, const char *why)
{
	struct loader_report r = { verdict, line, "", why, false, LOADER_NO_COLUMN, l->said, "" };
	char prompt[CONFIG_NAME_SIZE + 32];
	char *told;

	if (verdict == LOADER_ACCEPTED)
		l->counts.accepted++;
	else if (verdict == LOADER_KEPT)
		l->counts.kept++;
	else
		l->counts.rejected++;
	if (!l->report || (verdict == LOADER_ACCEPTED && !l->every))
		return;
	told = loader_telling(text);
	if (told) {
		r.text = told;
		r.column = verdict == LOADER_ACCEPTED ? LOADER_NO_COLUMN : column_of(l, text, told);
	}
	r.restricts = verdict == LOADER_KEPT && kept_restricts(text);
	if (verdict == LOADER_REJECTED && l->every) {
		session_prompt(l->session, prompt, sizeof(prompt));
		disarm(prompt); /* the name is the file's, too */
		r.prompt = prompt;
	}
	l->report(l->ctx, &r);
	free(told);
}
