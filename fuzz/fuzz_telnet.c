/*
 * What comes from a telnet client, or from a server that the router connected to: cut at any octet it is the same, what
 * is answered is bounded, and a flood of options does not hide what is typed.
 *
 * The first octet chooses the end and where the input is cut.
 *
 * libs:
 */
#include "shell/telnet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct end {
	struct telnet t;
	uint64_t typed_hash, sent_hash;
	size_t typed, sent;
	unsigned rows, columns;
};

static void demand(bool good)
{
	if (!good)
		abort();
}

static uint64_t mix(uint64_t hash, const uint8_t *bytes, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

static void typed(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct end *e = ctx;

	e->typed += octets;
	e->typed_hash = mix(e->typed_hash, bytes, octets);
	demand(!memchr(bytes, 0, octets));
}

static void answer(void *ctx, const uint8_t *bytes, size_t octets)
{
	struct end *e = ctx;

	demand(octets == 3 && bytes[0] == TELNET_IAC);
	e->sent += octets;
	e->sent_hash = mix(e->sent_hash, bytes, octets);
}

static void window(void *ctx, unsigned rows, unsigned columns)
{
	struct end *e = ctx;

	e->rows = rows;
	e->columns = columns;
}

static void begin(struct end *e, bool client)
{
	memset(e, 0, sizeof(*e));
	e->t = (struct telnet){ .ctx = e, .typed = typed, .answer = answer, .window = window, .client = client };
	telnet_begin(&e->t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[2 * 65536];
	struct end whole, cut;
	size_t piece, n;

	if (!size || size > 65536)
		return 0;
	piece = (data[0] >> 1) + 1u;
	begin(&whole, data[0] & 1);
	begin(&cut, data[0] & 1);
	telnet_take(&whole.t, data + 1, size - 1);
	for (size_t at = 1; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		telnet_take(&cut.t, data + at, n);
	}
	demand(whole.typed == cut.typed && whole.typed_hash == cut.typed_hash);
	demand(whole.sent == cut.sent && whole.sent_hash == cut.sent_hash);
	demand(whole.rows == cut.rows && whole.columns == cut.columns);
	demand(whole.sent <= 3 * (4 + TELNET_ANSWERS + whole.typed));
	/* what goes out comes back as it was, but for NULs */
	n = telnet_encode((const char *)data, size, out);
	demand(n >= size && n <= 2 * size);
	begin(&cut, true);
	telnet_take(&cut.t, out, n);
	for (size_t i = n = 0; i < size; i++)
		n += data[i] != 0;
	demand(cut.typed == n && cut.sent == 0);
	return 0;
}
