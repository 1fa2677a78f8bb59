/* Text in a page: nothing that comes from a log gets into it but through html_text(). */
#include "explain/html.h"

#include "explain/visible.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static void plain(FILE *out, const char *text, size_t octets)
{
	for (size_t i = 0; i < octets; i++) {
		switch (text[i]) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(text[i], out);
		}
	}
}

static void some_text(FILE *out, const char *text, size_t octets)
{
	const char *const end = text + octets;
	uint32_t c = 0;

	while (text < end && *text) {
		size_t n = visible_character(text, &c);

		if (!n)
			fprintf(out, "&lt;%02X&gt;", (unsigned char)*text);
		else if (visible_odd(c))
			fprintf(out, "&lt;U+%04" PRIX32 "&gt;", c);
		else
			plain(out, text, n);
		text += n ? n : 1;
	}
}

void html_text(FILE *out, const char *text)
{
	size_t octets = strlen(text), part = octets;

	if (octets > HTML_TEXT_MAX)
		for (part = HTML_TEXT_MAX; part && (text[part] & 0xc0) == 0x80 && part > HTML_TEXT_MAX - 4; part--)
			;
	some_text(out, text, part);
	if (part < octets)
		fprintf(out, " ... (%zu more octets)", octets - part);
}

void html_put(FILE *out, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	for (const char *f = format; *f; f++) {
		if (*f != '%')
			fputc(*f, out);
		else if (*++f == 's')
			html_text(out, va_arg(ap, const char *));
		else if (*f == 'c')
			fputc(va_arg(ap, int), out);
		else if (*f == 'u')
			fprintf(out, "%u", va_arg(ap, unsigned));
		else if (!strncmp(f, PRIu64, strlen(PRIu64))) {
			fprintf(out, "%" PRIu64, va_arg(ap, uint64_t));
			f += strlen(PRIu64) - 1;
		}
	}
	va_end(ap);
}

void html_sentence(FILE *out, const char *text)
{
	if (strlen(text) > HTML_TEXT_MAX) {
		html_text(out, text);
		return;
	}
	while (*text) {
		size_t n = strcspn(text, "`"), code;

		some_text(out, text, n);
		text += n;
		if (!*text)
			return;
		code = strcspn(text + 1, "`");
		if (!text[1 + code]) { /* not closed */
			some_text(out, text, strlen(text));
			return;
		}
		fputs("<code>", out);
		some_text(out, text + 1, code);
		fputs("</code>", out);
		text += code + 2;
	}
}

void html_config(FILE *out, const char *text)
{
	fputs("<pre class=\"config\">", out);
	while (*text) {
		const char *in = strstr(text, " / "), *next = strstr(text, "; ");

		if (in && (!next || in < next)) {
			some_text(out, text, (size_t)(in - text));
			fputs("\n ", out);
			text = in + 3;
		} else if (next) {
			some_text(out, text, (size_t)(next - text));
			fputc('\n', out);
			text = next + 2;
		} else {
			html_text(out, text);
			break;
		}
	}
	fputs("</pre>", out);
}

const char *html_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

const char *html_clock(int64_t ms, char buf[32])
{
	buf[0] = '\0';
	if (ms != STORY_NO_TIME && ms >= 0)
		snprintf(buf, 32, "%02d:%02d:%02d.%03d", (int)(ms / 3600000 % 24), (int)(ms / 60000 % 60),
			 (int)(ms / 1000 % 60), (int)(ms % 1000));
	return buf;
}

const char *html_span(int64_t from, int64_t to, char buf[32])
{
	int64_t ms;

	buf[0] = '\0';
	if (from == STORY_NO_TIME || to == STORY_NO_TIME || to <= from || from < 0)
		return buf;
	ms = to - from;
	if (ms < 1000)
		snprintf(buf, 32, "%" PRId64 " ms", ms);
	else if (ms < 60000)
		snprintf(buf, 32, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms / 100 % 10);
	else if (ms < 3600000)
		snprintf(buf, 32, "%" PRId64 " min %" PRId64 " s", ms / 60000, ms / 1000 % 60);
	else
		snprintf(buf, 32, "%" PRId64 " h %" PRId64 " min", ms / 3600000, ms / 60000 % 60);
	return buf;
}
