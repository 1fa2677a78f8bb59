/*
 * For harnesses: is a text one value of JSON (RFC 8259) and nothing else? Strict: strings are UTF-8 without control characters,
 * numbers have no leading zeros. Includes the code, since each harness is one file.
 */
#ifndef FUZZ_IS_JSON_H
#define FUZZ_IS_JSON_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define JSON_DEPTH 64

static bool json_value(const char **p, unsigned depth);

static void json_blanks(const char **p)
{
	*p += strspn(*p, " \t\r\n");
}

/* Octets of the UTF-8 sequence here, 0: it is none, or a control character. */
static size_t json_utf8(const unsigned char *p)
{
	const size_t n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return *p < ' ' ? 0 : n;
}

static bool json_text(const char **p)
{
	if (*(*p)++ != '"')
		return false;
	while (**p != '"') {
		size_t n = json_utf8((const unsigned char *)*p);

		if (!n)
			return false;
		if (**p == '\\') {
			if ((*p)[1] == 'u')
				for (n = 2; n < 6; n++)
					if (!isxdigit((unsigned char)(*p)[n]))
						return false;
			if ((*p)[1] != 'u' && (!(*p)[1] || !strchr("\"\\/bfnrt", (*p)[1])))
				return false;
			n = (*p)[1] == 'u' ? 6 : 2;
		}
		*p += n;
	}
	++*p;
	return true;
}

static bool json_number(const char **p)
{
	*p += **p == '-';
	if (!isdigit((unsigned char)**p) || (**p == '0' && isdigit((unsigned char)(*p)[1])))
		return false;
	*p += strspn(*p, "0123456789");
	if (**p == '.') {
		if (!isdigit((unsigned char)*++*p))
			return false;
		*p += strspn(*p, "0123456789");
	}
	return **p != 'e' && **p != 'E'; /* nothing here writes such */
}

static bool json_list(const char **p, char end, bool named, unsigned depth)
{
	++*p;
	json_blanks(p);
	if (**p == end) {
		++*p;
		return true;
	}
	for (;; ++*p) {
		json_blanks(p);
		if (named) {
			if (!json_text(p))
				return false;
			json_blanks(p);
			if (*(*p)++ != ':')
				return false;
		}
		if (!json_value(p, depth + 1))
			return false;
		json_blanks(p);
		if (**p != ',')
			return *(*p)++ == end;
	}
}

static bool json_value(const char **p, unsigned depth)
{
	static const char *const words[] = { "true", "false", "null" };

	json_blanks(p);
	if (depth > JSON_DEPTH)
		return false;
	if (**p == '{' || **p == '[')
		return json_list(p, **p == '{' ? '}' : ']', **p == '{', depth);
	if (**p == '"')
		return json_text(p);
	for (size_t i = 0; i < 3; i++)
		if (!strncmp(*p, words[i], strlen(words[i]))) {
			*p += strlen(words[i]);
			return true;
		}
	return json_number(p);
}

static bool is_json(const char *text)
{
	if (!json_value(&text, 0))
		return false;
	json_blanks(&text);
	return !*text;
}

#endif
