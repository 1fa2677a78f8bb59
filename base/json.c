#include "base/json.h"

#include <stddef.h>

/* Octets of the UTF-8 sequence that begins here, 0: it is none. Overlong forms and surrogates are none. */
static size_t utf8_octets(const unsigned char *p)
{
	size_t n = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80) /* also at the end of the text */
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return n;
}

void json_string(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	fputc('"', out);
	while (*p) {
		size_t n = *p < 0x80 ? 1 : utf8_octets(p);

		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p == '\n')
			fputs("\\n", out);
		else if (*p < ' ' || *p == 0x7f || !n)
			fprintf(out, "\\u%04x", *p);
		else if (p[0] == 0xc2 && p[1] < 0xa0) /* controls, too, of which a terminal takes some as commands */
			fprintf(out, "\\u%04x", p[1]);
		else
			fwrite(p, 1, n, out);
		p += n ? n : 1;
	}
	fputc('"', out);
}
