#include "shell/lines.h"

#include "base/clock.h"
#include "shell/logq.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct seat {
	struct line_info info; /* what does not depend on the time */
	uint64_t since_ms, typed_ms;
	void *ctx;
	void (*hang_up)(void *ctx);
	struct logq *messages;
};

struct lines {
	pthread_mutex_t lock;
	struct seat seats[LINES_COUNT];
};

unsigned lines_tty(enum line_kind kind, unsigned number)
{
	return kind == LINE_CON ? 0 : kind == LINE_AUX ? 1 : 2 + number;
}

struct lines *lines_new(void)
{
	struct lines *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	for (unsigned tty = 0; tty < LINES_COUNT; tty++) {
		struct line_info *i = &l->seats[tty].info;

		i->tty = tty;
		i->kind = tty == 0 ? LINE_CON : tty == 1 ? LINE_AUX : LINE_VTY;
		i->number = tty < 2 ? 0 : tty - 2;
	}
	return l;
}

void lines_free(struct lines *l)
{
	if (l)
		pthread_mutex_destroy(&l->lock);
	free(l);
}

/* The seat, with the lock; NULL, without it, when there is no such line. */
static struct seat *enter(struct lines *l, unsigned tty)
{
	if (tty >= LINES_COUNT)
		return NULL;
	pthread_mutex_lock(&l->lock);
	return &l->seats[tty];
}

static void leave(struct lines *l)
{
	pthread_mutex_unlock(&l->lock);
}

/* --- who looks ---- */

bool lines_info(struct lines *l, unsigned tty, struct line_info *out)
{
	struct seat *s = enter(l, tty);
	uint64_t now = clock_ms();

	if (!s)
		return false;
	*out = s->info;
	if (s->info.active) {
		out->since_s = (now - s->since_ms) / 1000;
		out->idle_s = (now - s->typed_ms) / 1000;
	}
	leave(l);
	return true;
}

void lines_each(struct lines *l, void (*fn)(void *ctx, const struct line_info *i), void *ctx)
{
	struct line_info i;

	for (unsigned tty = 0; lines_info(l, tty, &i); tty++)
		fn(ctx, &i);
}

bool lines_clear(struct lines *l, unsigned tty)
{
	struct seat *s = enter(l, tty);
	bool active;

	if (!s)
		return false;
	active = s->info.active;
	if (active)
		s->hang_up(s->ctx);
	leave(l);
	return active;
}

void lines_send(struct lines *l, int tty, const char *text)
{
	pthread_mutex_lock(&l->lock);
	for (unsigned i = 0; i < LINES_COUNT; i++)
		if ((tty < 0 || (unsigned)tty == i) && l->seats[i].messages)
			logq_put(l->seats[i].messages, text);
	leave(l);
}

/* --- who sits ---- */

bool lines_sit(struct lines *l, unsigned tty, const struct line_seat *seat)
{
	struct seat *s = enter(l, tty);
	struct line_info *i;
	bool taken = false;

	if (!s)
		return false;
	i = &s->info;
	if (!i->active) {
		taken = i->active = true;
		i->end = seat->end;
		i->from = seat->from;
		i->uses++;
		snprintf(i->cipher, sizeof(i->cipher), "%s", seat->cipher ? seat->cipher : "");
		snprintf(i->hmac, sizeof(i->hmac), "%s", seat->hmac ? seat->hmac : "");
		s->ctx = seat->ctx;
		s->hang_up = seat->hang_up;
		s->since_ms = s->typed_ms = clock_ms();
	}
	leave(l);
	return taken;
}

void lines_leave(struct lines *l, unsigned tty)
{
	struct seat *s = enter(l, tty);
	const struct line_info *i;

	if (!s)
		return;
	i = &s->info;
	*s = (struct seat){
		.info = { .tty = i->tty, .kind = i->kind, .number = i->number, .uses = i->uses, .dropped = i->dropped }
	};
	leave(l);
}

void lines_typed(struct lines *l, unsigned tty)
{
	struct seat *s = enter(l, tty);

	if (!s)
		return;
	s->typed_ms = clock_ms();
	leave(l);
}

void lines_note(struct lines *l, unsigned tty, const struct line_now *now)
{
	struct seat *s = enter(l, tty);

	if (!s)
		return;
	snprintf(s->info.user, sizeof(s->info.user), "%s", now->user);
	s->info.rows = now->rows;
	s->info.columns = now->columns;
	s->info.mode_config = now->config;
	leave(l);
}

void lines_connected(struct lines *l, unsigned tty, const char *host)
{
	struct seat *s = enter(l, tty);

	if (!s)
		return;
	snprintf(s->info.host, sizeof(s->info.host), "%s", host ? host : "");
	leave(l);
}

void lines_dropped(struct lines *l, unsigned tty, size_t octets)
{
	struct seat *s = enter(l, tty);

	if (!s)
		return;
	s->info.dropped += octets;
	leave(l);
}

void lines_show_on(struct lines *l, unsigned tty, struct logq *q)
{
	struct seat *s = enter(l, tty);

	if (!s)
		return;
	s->messages = q;
	leave(l);
}
