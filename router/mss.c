/*
 * `ip tcp adjust-mss`: the maximum segment size in SYN packets that cross the interface is lowered, of TCP over IPv4 and
 * IPv6. There is no packet filter in this program; the rules are handed to nft in one transaction, in a table of our own.
 * Nobody waits for nft: at most one runs, beside the lock, and what changes meanwhile goes into the next one.
 */
#include "router/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "mainmode"
/* `add` first, since only what exists can be deleted. */
#define CLEAR "add table inet " TABLE "\ndelete table inet " TABLE "\n"

#define NFT_WAIT_MS 30000

static const struct timeval limit = { .tv_sec = NFT_WAIT_MS / 1000 };

static void is_over(struct router *r, int rc)
{
	if (r->mss_done)
		event_free(r->mss_done);
	r->mss_done = NULL;
	r->mss_there = !rc && r->mss_rules && r->mss_rules[0];
	if (rc < 0 && r->mss_rules)
		router_complain(r, "ip tcp adjust-mss is not applied: %s",
				rc == -ENOENT      ? "nft is not installed"
				: rc == -ETIMEDOUT ? "nft does not answer"
						   : "nft does not take the rules");
}

static void on_done(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;

	(void)fd;
	control_lock_take_first(&r->lock);
	if (r->mss_run.pid && (nft_listen(&r->mss_run) || (what & EV_TIMEOUT))) {
		is_over(r, nft_end(&r->mss_run, what & EV_TIMEOUT ? 0 : -1));
		mss_sync(r);
	} else if (r->mss_run.pid) {
		event_add(r->mss_done, &limit);
	}
	router_unlock(r);
}

static void give(struct router *r, const char *rules)
{
	int rc = nft_begin(&r->mss_run, rules, strlen(rules), false);

	if (!rc) {
		r->mss_done = event_new(r->base, r->mss_run.fd, EV_READ, on_done, r);
		if (r->mss_done && !event_add(r->mss_done, &limit))
			return;
		rc = nft_end(&r->mss_run, NFT_WAIT_MS);
	}
	is_over(r, rc);
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
	give(r, CLEAR);
}

void mss_sync(struct router *r)
{
	char *rules = r->mss_run.pid ? NULL : make_rules(r);

	if (!rules || !strcmp(rules, r->mss_rules ? r->mss_rules : "")) {
		free(rules);
		return;
	}
	free(r->mss_rules);
	r->mss_rules = rules;
	give(r, rules[0] ? rules : CLEAR);
}

/* Somebody else may have flushed the ruleset. */
void mss_tick(struct router *r)
{
	if (!r->mss_there || r->mss_run.pid || netif_nft_table(TABLE) != -ENOENT)
		return;
	log_syslog(r->log, LOG_SEV_WARNINGS, "SYS", "NETIF",
		   "The table " TABLE " of nftables is gone, it is made again");
	free(r->mss_rules);
	r->mss_rules = NULL;
	mss_sync(r);
}

void mss_release(struct router *r)
{
	if (r->mss_done)
		event_free(r->mss_done);
	r->mss_done = NULL;
	nft_end(&r->mss_run, NFT_WAIT_MS);
	if (r->mss_rules && r->mss_rules[0] && !nft_begin(&r->mss_run, CLEAR, strlen(CLEAR), false))
		nft_end(&r->mss_run, NFT_WAIT_MS);
	free(r->mss_rules);
	r->mss_rules = NULL;
}
