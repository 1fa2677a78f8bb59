#include "shell/check.h"

#include "base/wipe.h"
#include "shell/commands.h"
#include "base/json.h"
#include "shell/loader.h"
#include "startup-config/nvram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const verdicts[] = {
	[LOADER_ACCEPTED] = "accepted",
	[LOADER_KEPT] = "kept",
	[LOADER_REJECTED] = "rejected",
};

struct report {
	FILE *out;
	unsigned items; /* of the JSON array that is being written */
};

/* --- as text ---- */

static void print_rejected(FILE *out, const struct loader_report *r)
{
	fprintf(out, "line %u: rejected\n%s%s\n", r->line, r->prompt, r->text);
	if (r->column != LOADER_NO_COLUMN)
		fprintf(out, "%*s^\n", (int)(strlen(r->prompt) + r->column), "");
	fprintf(out, "%s\n", *r->said ? r->said : r->why);
}

static void print_line(void *ctx, const struct loader_report *r)
{
	FILE *out = ((struct report *)ctx)->out;

	if (r->verdict == LOADER_REJECTED)
		print_rejected(out, r);
	else if (r->verdict == LOADER_KEPT)
		fprintf(out, "line %u: kept (%s)%s: %s\n", r->line, r->why,
			r->restricts ? ", restricts and is NOT enforced" : "", r->text);
	else
		fprintf(out, "line %u: accepted: %s\n", r->line, r->text);
}

static void print_finding(void *ctx, const char *text)
{
	fprintf(((struct report *)ctx)->out, "check: %s\n", text);
}

/* --- as JSON ---- */

static void next_item(struct report *p)
{
	fputs(p->items++ ? ",\n  " : "\n  ", p->out);
}

static void json_line(void *ctx, const struct loader_report *r)
{
	struct report *p = ctx;

	next_item(p);
	fprintf(p->out, "{\"line\": %u, \"text\": ", r->line);
	json_string(p->out, r->text);
	fprintf(p->out, ", \"verdict\": \"%s\", \"column\": ", verdicts[r->verdict]);
	if (r->column == LOADER_NO_COLUMN)
		fputs("null", p->out);
	else
		fprintf(p->out, "%zu", r->column + 1);
	fputs(", \"message\": ", p->out);
	if (r->verdict == LOADER_ACCEPTED)
		fputs("null", p->out);
	else
		json_string(p->out, r->verdict == LOADER_REJECTED && *r->said ? r->said : r->why);
	fprintf(p->out, ", \"restricts\": %s}", r->restricts ? "true" : "false");
}

static void json_finding(void *ctx, const char *text)
{
	next_item(ctx);
	json_string(((struct report *)ctx)->out, text);
}

/* --- the file ---- */

static int cannot(const char *path, bool json, FILE *out, const char *why)
{
	if (!json) {
		fprintf(out, "%s: %s\n", path, why);
		return 2;
	}
	fputs("{\"file\": ", out);
	json_string(out, path);
	fputs(", \"error\": ", out);
	json_string(out, why);
	fputs("}\n", out);
	return 2;
}

static void finish(const struct config *c, const struct loader_counts *counts, bool json, struct report *p)
{
	if (!json) {
		config_check(c, print_finding, p);
		config_weak_keys(c, print_finding, p);
		fprintf(p->out, "%u accepted, %u kept, %u rejected\n", counts->accepted, counts->kept,
			counts->rejected);
		return;
	}
	fprintf(p->out, "\n ],\n \"accepted\": %u, \"kept\": %u, \"rejected\": %u,\n \"findings\": [", counts->accepted,
		counts->kept, counts->rejected);
	p->items = 0;
	config_check(c, json_finding, p);
	config_weak_keys(c, json_finding, p);
	fputs("\n ]}\n", p->out);
}

static int check_text(const char *path, const char *text, size_t octets, bool json, FILE *out)
{
	struct cmd_table tables[COMMANDS_CONFIG];
	struct shell sh = { .config = config_new(), .tables = tables, .table_count = commands_config(tables) };
	struct report p = { .out = out };
	struct loader_counts counts;
	int error;

	if (!sh.config)
		return cannot(path, json, out, strerror(ENOMEM));
	if (json) {
		fputs("{\"file\": ", out);
		json_string(out, path);
		fputs(",\n \"lines\": [", out);
	}
	error = loader_load_telling_all(&sh, text, octets, json ? json_line : print_line, &p, &counts);
	if (error && !json)
		fprintf(out, "%s: %s\n", path, strerror(-error));
	else
		finish(sh.config, &counts, json, &p);
	config_free(sh.config);
	return error ? 2 : counts.rejected ? 1 : 0;
}

static int read_config(const char *path, char **text, size_t *octets)
{
	struct nvram *n;
	int error;

	if (!strcmp(path, "-"))
		return nvram_read(STDIN_FILENO, text, octets);
	n = nvram_new(path);
	error = n ? nvram_load(n, text, octets) : -ENOMEM;
	nvram_free(n);
	return error;
}

int check_file(const char *path, bool json, FILE *out)
{
	size_t octets;
	char *text, why[80];
	int error = read_config(path, &text, &octets), code;

	if (error == -EFBIG) {
		snprintf(why, sizeof(why), "larger than a configuration may be (%d bytes)", NVRAM_OCTETS);
		return cannot(path, json, out, why);
	}
	if (error)
		return cannot(path, json, out, strerror(-error));
	code = check_text(path, text, octets, json, out);
	wipe(text, octets);
	free(text);
	return fflush(out) == 0 ? code : 2;
}
