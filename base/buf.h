/*
 * Cursors: the only place where an offset is added to a buffer.
 *
 * rd reads what came from outside. The first failed read notes why, and every read after it yields zeros, so a
 * parser reads like the RFC's figure and tests `why` once. A child (rd_sub) cannot outrun its parent.
 * wr writes into a bounded buffer; the first write that does not fit sets `full` and every write after it is dropped.
 * All integers are in network byte order on the wire and in host byte order here.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum rd_why { RD_OK, RD_SHORT, RD_LENGTH, RD_RESERVED, RD_VALUE };

struct rd {
	const uint8_t *p, *end;
	enum rd_why why; /* RD_OK until the first failure */
};

static inline struct rd rd_of(const void *p, size_t n)
{
	const uint8_t *b = p;
	return (struct rd){ b, n ? b + n : b, RD_OK };
}

static inline void rd_fail(struct rd *r, enum rd_why why)
{
	if (!r->why)
		r->why = why;
}

static inline size_t rd_left(const struct rd *r)
{
	return r->why ? 0 : (size_t)(r->end - r->p);
}

/* The next n octets, or NULL (n 0 gives a pointer that must not be read). */
static inline const uint8_t *rd_take(struct rd *r, size_t n)
{
	if (r->why || (size_t)(r->end - r->p) < n) {
		rd_fail(r, RD_SHORT);
		return NULL;
	}
	r->p += n;
	return r->p - n;
}

static inline uint8_t rd_u8(struct rd *r)
{
	const uint8_t *b = rd_take(r, 1);
	return b ? b[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *b = rd_take(r, 2);
	if (!b)
		return 0;
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t rd_u32(struct rd *r)
{
	const uint8_t *b = rd_take(r, 4);
	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

/* Copies n octets out, or zeros when they are not there. */
static inline void rd_copy(struct rd *r, void *out, size_t n)
{
	const uint8_t *b = rd_take(r, n);

	if (!n)
		return;
	if (b)
		memcpy(out, b, n);
	else
		memset(out, 0, n);
}

/* A cursor over the next n octets, which the parent skips. */
static inline struct rd rd_sub(struct rd *r, size_t n)
{
	const uint8_t *b = rd_take(r, n);
	return b ? rd_of(b, n) : (struct rd){ r->end, r->end, r->why };
}

struct wr {
	uint8_t *start, *p, *end;
	bool full; /* something did not fit; the contents are not to be used */
};

static inline struct wr wr_of(void *p, size_t n)
{
	uint8_t *b = p;
	return (struct wr){ b, b, b + n, false };
}

static inline size_t wr_octets(const struct wr *w)
{
	return (size_t)(w->p - w->start);
}

/* Room for n octets, or NULL. */
static inline uint8_t *wr_take(struct wr *w, size_t n)
{
	if (w->full || (size_t)(w->end - w->p) < n) {
		w->full = true;
		return NULL;
	}
	w->p += n;
	return w->p - n;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	uint8_t *b = wr_take(w, 1);
	if (b)
		b[0] = v;
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	uint8_t *b = wr_take(w, 2);
	if (b) {
		b[0] = (uint8_t)(v >> 8);
		b[1] = (uint8_t)v;
	}
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	uint8_t *b = wr_take(w, 4);
	if (b) {
		b[0] = (uint8_t)(v >> 24);
		b[1] = (uint8_t)(v >> 16);
		b[2] = (uint8_t)(v >> 8);
		b[3] = (uint8_t)v;
	}
}

static inline void wr_bytes(struct wr *w, const void *src, size_t n)
{
	uint8_t *b = wr_take(w, n);
	if (b && n)
		memcpy(b, src, n);
}

static inline void wr_zero(struct wr *w, size_t n)
{
	uint8_t *b = wr_take(w, n);
	if (b && n)
		memset(b, 0, n);
}

/* Overwrites two octets written before, at offset `at` from the start. */
static inline void wr_patch_u16(struct wr *w, size_t at, uint16_t v)
{
	if (w->full || wr_octets(w) < at + 2)
		return;
	w->start[at] = (uint8_t)(v >> 8);
	w->start[at + 1] = (uint8_t)v;
}

static inline void wr_patch_u8(struct wr *w, size_t at, uint8_t v)
{
	if (!w->full && wr_octets(w) > at)
		w->start[at] = v;
}

#endif
