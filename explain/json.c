/* A story for programs: one object. */
#include "explain/read.h"

#include "base/json.h"
#include "explain/cause.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const char *yes(bool b)
{
	return b ? "true" : "false";
}

static void string(FILE *out, const char *name, const char *value)
{
	fprintf(out, ", \"%s\": ", name);
	json_string(out, value);
}

static void time_of(FILE *out, int64_t at_ms)
{
	if (at_ms == STORY_NO_TIME)
		fputs(", \"at_ms\": null", out);
	else
		fprintf(out, ", \"at_ms\": %" PRId64, at_ms);
}

static void line(FILE *out, const struct story_line *l)
{
	fprintf(out, "{\"line\": %" PRIu64, l->number);
	time_of(out, l->at_ms);
	string(out, "text", l->text);
	fputs(", \"message\": ", out);
	if (l->message)
		json_string(out, l->message->name);
	else
		fputs("null", out);
	fputc('}', out);
}

static void step(FILE *out, const struct story_peer *p, const struct story_exchange *x, const struct story_step *s)
{
	char buf[STORY_CONFIG];

	fputs("{\"phase\": ", out);
	json_string(out, story_phase_name(s->phase));
	fprintf(out, ", \"direction\": %s, \"inferred\": %s, \"repeats\": %u, \"my_port\": %u, \"peer_port\": %u",
		!s->on_wire ? "null"
		: s->sent   ? "\"sent\""
			    : "\"received\"",
		yes(s->inferred), s->repeats, s->my_port, s->peer_port);
	time_of(out, s->at_ms);
	string(out, "detail", s->detail);
	string(out, "about", story_phase_about(s->phase, s->on_wire && !s->sent));
	string(out, "config", story_config(p, x, s->phase, buf, sizeof(buf)));
	fputs(", \"lines\": [", out);
	for (unsigned i = 0; i < s->line_count; i++) {
		fputs(i ? ",\n        " : "\n        ", out);
		line(out, &s->lines[i]);
	}
	fprintf(out, "], \"lines_more\": %u}", s->lines_more);
}

static void exchange(FILE *out, const struct story_peer *p, const struct story_exchange *x)
{
	static const char *const roles[] = { "unknown", "initiator", "responder" };
	static const char *const outcomes[] = { "open", "done", "failed" };
	const struct story_step *s;
	const char *comma = "";

	fputs("{\"kind\": ", out);
	json_string(out, story_kind_name(x->kind));
	fprintf(out, ", \"role\": \"%s\", \"outcome\": \"%s\", \"conn_id\": %" PRIu32 ", \"message_id\": %" PRIu32,
		roles[x->role], outcomes[x->outcome], x->conn_id, x->message_id);
	string(out, "proxies", x->proxies);
	fputs(", \"phases\": [", out);
	TAILQ_FOREACH (s, &x->steps, link) {
		fprintf(out, "%s\n      ", comma);
		step(out, p, x, s);
		comma = ",";
	}
	fputs("], \"values\": [", out);
	for (unsigned i = 0; i < x->value_count; i++) {
		fputs(i ? ", {\"what\": " : "{\"what\": ", out);
		json_string(out, x->values[i].what);
		string(out, "value", x->values[i].value);
		string(out, "config", x->values[i].config);
		fputc('}', out);
	}
	fputs("]}", out);
}

static void finding(FILE *out, const struct story_finding *f, const struct story_exchanges *exchanges)
{
	static const char *const certainties[] = { "certain", "likely", "possible" };
	const struct fault_about *a = fault_about(f->fault);
	const struct story_exchange *x;
	unsigned index = 0;

	fputs("{\"fault\": ", out);
	json_string(out, fault_name(f->fault));
	string(out, "title", fault_title(f->fault));
	fprintf(out, ", \"certainty\": \"%s\", \"failure\": %s, \"first\": %s, \"line\": %" PRIu64 ", \"count\": %u",
		certainties[f->certainty], yes(story_is_failure(f)), yes(f->first), f->line, f->count);
	fputs(", \"exchange\": ", out);
	if (f->exchange && exchanges) {
		TAILQ_FOREACH (x, exchanges, link) {
			if (x == f->exchange)
				break;
			index++;
		}
		fprintf(out, "%u", index);
	} else {
		fputs("null", out);
	}
	fputs(", \"phase\": ", out);
	if (f->step)
		json_string(out, story_phase_name(f->step->phase));
	else
		fputs("null", out);
	string(out, "ours", f->ours);
	string(out, "theirs", f->theirs);
	string(out, "missing", f->missing);
	string(out, "meaning", a->meaning);
	string(out, "config", a->config);
	string(out, "cure", a->cure);
	string(out, "hidden", a->hidden);
	fputs(", \"causes\": [", out);
	for (unsigned i = 0; i < a->cause_count; i++) {
		fputs(i ? ", {\"text\": " : "{\"text\": ", out);
		json_string(out, a->causes[i].text);
		string(out, "confirm", a->causes[i].confirm);
		string(out, "confirm_peer", a->causes[i].confirm_peer);
		fputc('}', out);
	}
	fputs("]}", out);
}

static void findings(FILE *out, const struct story_findings *list, const struct story_exchanges *exchanges)
{
	const struct story_finding *f;
	const char *comma = "";

	fputs("\"findings\": [", out);
	TAILQ_FOREACH (f, list, link) {
		fprintf(out, "%s\n    ", comma);
		finding(out, f, exchanges);
		comma = ",";
	}
	fputc(']', out);
}

static void peer(FILE *out, const struct story_peer *p)
{
	const struct story_exchange *x;
	const char *comma = "";

	fputs("{\"address\": ", out);
	json_string(out, p->address);
	string(out, "local", p->local);
	string(out, "vrf", p->vrf);
	string(out, "host", p->host);
	fprintf(out, ", \"exchanges_before\": %" PRIu64 ",\n   ", p->exchanges_before);
	findings(out, &p->findings, &p->exchanges);
	fputs(",\n   \"exchanges\": [", out);
	TAILQ_FOREACH (x, &p->exchanges, link) {
		fprintf(out, "%s\n    ", comma);
		exchange(out, p, x);
		comma = ",";
	}
	fputs("]}", out);
}

int story_json(const struct story *s, FILE *out)
{
	const struct story_peer *p;
	const char *comma = "";

	fprintf(out,
		"{\"lines\": %" PRIu64 ", \"messages\": %" PRIu64 ", \"unknown_lines\": %" PRIu64
		", \"other_lines\": %" PRIu64,
		s->lines, s->message_lines, s->unknown_lines, s->other_lines);
	fprintf(out, ", \"left_out_lines\": %" PRIu64 ", \"masked\": %" PRIu64 ", \"stamps\": %s, \"failed\": %s",
		s->left_out, s->masked, yes(s->stamps), yes(story_failed(s)));
	string(out, "release", s->release);
	fputs(", \"unknown\": [", out);
	for (unsigned i = 0; i < s->unknown_count; i++) {
		fputs(i ? ", " : "", out);
		line(out, &s->unknown[i]);
	}
	fputs("],\n ", out);
	findings(out, &s->findings, NULL);
	fputs(",\n \"peers\": [", out);
	TAILQ_FOREACH (p, &s->peers, link) {
		fprintf(out, "%s\n  ", comma);
		peer(out, p);
		comma = ",";
	}
	fputs("]}\n", out);
	return fflush(out) || ferror(out) ? -(errno ? errno : EIO) : 0;
}
