#include "explain/visible.h"

#include <inttypes.h>

size_t visible_character(const char *text, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *t = (const unsigned char *)text;
	size_t octets = *t < 0x80 ? 1 : *t < 0xc2 ? 0 : *t < 0xe0 ? 2 : *t < 0xf0 ? 3 : *t < 0xf5 ? 4 : 0;
	uint32_t c = octets < 2 ? *t : *t & (0x7fU >> octets);

	for (size_t i = 1; i < octets; i++) {
		if ((t[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (t[i] & 0x3fU);
	}
	if (octets > 1 && (c < least[octets] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
		return 0;
	*out = c;
	return octets;
}

bool visible_odd(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x00, 0x08 },     { 0x0b, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },
		{ 0x61c, 0x61c },   { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

void visible_put(FILE *out, const char *text, size_t octets)
{
	const char *const end = text + octets;
	uint32_t c = 0;

	while (text < end) {
		size_t n = visible_character(text, &c);

		if (!n || n > (size_t)(end - text)) {
			fprintf(out, "<%02X>", (unsigned char)*text);
			n = 1;
		} else if (visible_odd(c)) {
			fprintf(out, "<U+%04" PRIX32 ">", c);
		} else {
			fwrite(text, 1, n, out);
		}
		text += n;
	}
}
