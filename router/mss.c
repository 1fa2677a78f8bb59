/*
 * `ip tcp adjust-mss`: the maximum segment size in SYN packets that cross the interface is lowered, of TCP over IPv4 and
 * IPv6. There is no packet filter in this program; the rules are handed to nft in one transaction, in a table of our own.
 */
#include "router/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "mainmode"
/* `add` first, since only what exists can be deleted. */
#define CLEAR "add table inet " TABLE "\ndelete table inet " TABLE "\n"

static int give(struct router *r, const char *rules)
{
	int rc;

	nft_end(&r->mss_run, -1);
	rc = nft_begin(&r->mss_run, rules, strlen(rules), false);
	return rc ? rc : nft_end(&r->mss_run, -1);
}

static void put_rules(struct router *r, FILE *f, const char *hook, bool in, bool out)
{
	struct iface *i;

	fprintf(f, " chain %s {\n  type filter hook %s priority -150; policy accept;\n", hook, hook);
	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);
		const char *way[] = { in ? "iifname" : NULL, out ? "oifname" : NULL };

		if (!c || !c->tcp_mss || !i->device[0] || i->type == IF_LOOPBACK)
			continue;
		for (size_t k = 0; k < 2; k++)
			if (way[k])
				fprintf(f,
					"  %s \"%s\" tcp flags & (syn | rst) == syn tcp option maxseg size > %u tcp "
					"option maxseg size set %u\n",
					way[k], i->device, c->tcp_mss, c->tcp_mss);
	}
	fprintf(f, " }\n");
}

/* The rules as nft reads them, "" when there are none, NULL without memory. To be freed. */
static char *make_rules(struct router *r)
{
	bool any = false;
	size_t octets;
	char *text = NULL;
	struct iface *i;
	FILE *f;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);

		any |= c && c->tcp_mss && i->device[0] && i->type != IF_LOOPBACK;
	}
	if (!any)
		return strdup("");
	if (!(f = open_memstream(&text, &octets)))
		return NULL;
	fprintf(f, CLEAR "table inet " TABLE " {\n");
	put_rules(r, f, "input", true, false);
	put_rules(r, f, "forward", true, true);
	put_rules(r, f, "output", false, true);
	fprintf(f, "}\n");
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

void mss_start(struct router *r)
{
	/* Not waited for: most routers have no such rules, and the console should not wait for nft. */
	nft_begin(&r->mss_run, CLEAR, strlen(CLEAR), false);
}

void mss_sync(struct router *r)
{
	char *rules = make_rules(r);
	int rc;

	if (r->mss_run.pid && nft_listen(&r->mss_run))
		nft_end(&r->mss_run, -1);
	if (!rules || !strcmp(rules, r->mss_rules ? r->mss_rules : "")) {
		free(rules);
		return;
	}
	rc = give(r, rules[0] ? rules : CLEAR);
	if (rc < 0)
		router_complain(r, "ip tcp adjust-mss is not applied: %s",
				rc == -ENOENT ? "nft is not installed" : "nft does not take the rules");
	free(r->mss_rules);
	r->mss_rules = rules;
}

void mss_release(struct router *r)
{
	if (r->mss_rules && r->mss_rules[0])
		give(r, CLEAR);
	nft_end(&r->mss_run, -1);
	free(r->mss_rules);
	r->mss_rules = NULL;
}
