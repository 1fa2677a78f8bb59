/* The files of `crypto export wireshark`: their names, and what is in them. */
#include "base/wipe.h"
#include "shell/keyexport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool keyexport_file(const char *prefix, enum keyexport_table t, struct fs_url *out)
{
	static const char *const suffixes[] = { ".esp_sa", ".ikev1_decryption_table" };
	char name[FS_URL_SIZE];
	struct fs_url bare;

	if (!fs_parse(prefix, &bare) || bare.system != FS_FLASH || !*bare.path || prefix[strlen(prefix) - 1] == '/' ||
	    snprintf(name, sizeof(name), "flash:%s%s", bare.path, suffixes[t]) >= (int)sizeof(name))
		return false;
	return fs_parse(name, out);
}

/* --- what is in a file ---- */

static bool has_line(const char *text, const char *line)
{
	const size_t n = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p += n)
		if ((p == text || p[-1] == '\n') && (p[n] == '\n' || !p[n]))
			return true;
	return false;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n' || !text[1];
	return n;
}

char *keyexport_merge(const char *old, const char *const *lines, size_t count, size_t *octets)
{
	size_t room = strlen(old) + 2, have = count_lines(old), n = 0, start = 0;
	char *text;

	for (size_t i = 0; i < count; i++)
		room += strlen(lines[i]) + 1;
	text = malloc(room);
	if (!text)
		return NULL;
	n = strlen(old);
	memcpy(text, old, n + 1);
	if (n && text[n - 1] != '\n')
		text[n++] = '\n';
	text[n] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (has_line(text, lines[i]))
			continue;
		n += (size_t)snprintf(text + n, room - n, "%s\n", lines[i]);
		have++;
	}
	for (; have > KEYEXPORT_LINES; have--)
		start += strcspn(text + start, "\n") + 1;
	memmove(text, text + start, n - start + 1);
	wipe(text + n - start, start);
	*octets = n - start;
	return text;
}
