#include "explain/story.h"

#include "explain/read.h"
#include "explain/track.h"

#include <stdlib.h>

static const struct phase {
	const char *name, *about, *received, *config;
} phases[STORY_PHASES] = {
	[STORY_MM1] = { "MM1",
			"The initiator offers its ISAKMP policies (encryption, hash, Diffie-Hellman group, "
			"authentication, lifetime) and says in vendor IDs what it is able to do.",
			"The initiator's offer is compared with this router's ISAKMP policies, in the order of "
			"their priority; the first that fits is taken.",
			"crypto isakmp policy N\n authentication pre-share\ncrypto isakmp key KEY address PEER" },
	[STORY_MM2] = { "MM2", "The responder answers with the one ISAKMP policy that it chose.",
			"The responder's choice is compared with what was offered; the lifetime of the IKE SA begins.",
			"crypto isakmp policy N\n authentication pre-share" },
	[STORY_MM3] = { "MM3",
			"The initiator's half of the Diffie-Hellman exchange, its nonce, and hashes of addresses "
			"and ports that show a NAT on the way (NAT discovery).",
			"The initiator's half of the Diffie-Hellman exchange, its nonce and vendor IDs (DPD, NAT "
			"discovery).",
			"crypto isakmp policy N\n group N" },
	[STORY_MM4] = { "MM4",
			"The responder's half of the Diffie-Hellman exchange and its nonce; both sides now have "
			"the keys, made with the pre-shared key.",
			"The responder's half of the Diffie-Hellman exchange, its nonce and vendor IDs (Unity, "
			"DPD, another IOS).",
			"crypto isakmp policy N\n group N\ncrypto isakmp key KEY address PEER" },
	[STORY_MM5] = { "MM5",
			"The first encrypted message: the initiator's identity and a hash that only who has the "
			"pre-shared key can make.",
			"The initiator's identity and hash are checked, and an ISAKMP profile is chosen by the "
			"identity.",
			"crypto isakmp identity ...\ncrypto isakmp key KEY address PEER" },
	[STORY_MM6] = { "MM6", "The responder's identity and hash; phase 1 is complete.",
			"The responder's identity and hash are checked; the peer is authenticated and phase 1 is "
			"complete.",
			"crypto isakmp identity ...\ncrypto isakmp profile NAME\n match identity ..." },
	[STORY_AM1] = { "AM1",
			"Aggressive Mode: policies, Diffie-Hellman, nonce and identity of the initiator in one "
			"message.",
			"Aggressive Mode: the key is found by the identity, and the offer is compared with this "
			"router's policies.",
			"crypto isakmp peer address PEER\n set aggressive-mode ...\ncrypto isakmp policy N" },
	[STORY_AM2] = { "AM2", "The responder's choice, Diffie-Hellman, nonce, identity and hash.",
			"The responder's choice, identity and hash are checked.",
			"crypto isakmp policy N\ncrypto isakmp key KEY address PEER" },
	[STORY_AM3] = { "AM3", "The initiator's hash; phase 1 is complete.",
			"The initiator's hash is checked; phase 1 is complete.", "crypto isakmp key KEY address PEER" },
	[STORY_QM1] = { "QM1",
			"The initiator offers its transform sets for the traffic between the proxy identities, "
			"with a nonce and, for PFS, another Diffie-Hellman half.",
			"The offer is compared with the transform sets of the tunnel or crypto map that the proxy "
			"identities belong to.",
			"crypto ipsec transform-set NAME esp-... esp-...\n mode ...\ncrypto ipsec profile NAME\n "
			"set transform-set NAME\ninterface TunnelN\n tunnel mode ipsec ..." },
	[STORY_QM2] = { "QM2", "The responder's choice, its SPI and nonce; the shorter of both lifetimes counts.",
			"The proxy identities, the tunnel's mode and PFS as the responder confirms them.",
			"crypto ipsec transform-set NAME esp-... esp-...\n mode ...\ncrypto ipsec profile NAME\n "
			"set transform-set NAME\ninterface TunnelN\n tunnel mode ipsec ...\n tunnel "
			"protection ipsec profile NAME" },
	[STORY_QM3] = { "QM3", "The initiator's last hash: both have the SAs, and their SPIs carry the traffic.",
			"The initiator's last hash is checked; the SAs are used from now on.",
			"interface TunnelN\n tunnel protection ipsec profile NAME" },
	[STORY_INFO] = { "Informational",
			 "A notification, a delete or a keepalive, protected by the IKE SA if there is one.",
			 "A notification, a delete or a keepalive from the peer.",
			 "crypto isakmp keepalive ...\ncrypto isakmp invalid-spi-recovery" },
	[STORY_LOCAL] = { "local", "Nothing on the wire: a request, a timer, SAs that are made or removed.",
			  "Nothing on the wire: a request, a timer, SAs that are made or removed.", "" },
};

const char *story_phase_name(enum story_phase p)
{
	return phases[p].name;
}

const char *story_phase_about(enum story_phase p, bool received)
{
	return received ? phases[p].received : phases[p].about;
}

const char *story_phase_config(enum story_phase p)
{
	return phases[p].config;
}

const char *story_kind_name(enum story_kind k)
{
	static const char *const names[] = { "Main Mode", "Aggressive Mode", "Quick Mode", "Informational", "other" };

	return names[k];
}

bool story_failed(const struct story *s)
{
	const struct story_peer *p;
	const struct story_finding *f;

	TAILQ_FOREACH (f, &s->findings, link)
		if (story_is_failure(f))
			return true;
	TAILQ_FOREACH (p, &s->peers, link) {
		if (p->failed_line)
			return true;
		TAILQ_FOREACH (f, &p->findings, link)
			if (story_is_failure(f))
				return true;
	}
	return false;
}

unsigned story_alternatives(const struct story_finding *f)
{
	const struct story_finding *o = f;
	unsigned n = 0;

	if (f->certainty != STORY_POSSIBLE)
		return 1;
	for (; o && o->certainty == STORY_POSSIBLE && o->line == f->line; o = TAILQ_NEXT(o, link))
		n++;
	return n;
}

bool story_is_failure(const struct story_finding *f)
{
	return f->fault != FAULT_lifetime_differs && f->fault != FAULT_policy_lifetime;
}

static void exchange_free(struct story_exchange *x)
{
	struct story_step *s;

	while ((s = TAILQ_FIRST(&x->steps))) {
		TAILQ_REMOVE(&x->steps, s, link);
		track_step_free(s);
	}
	for (unsigned i = 0; i < x->value_count; i++) {
		free(x->values[i].what);
		free(x->values[i].value);
		free(x->values[i].config);
	}
	free(x->values);
	free(x->proxies);
	free(x);
}

void story_exchange_free(struct story_exchange *x)
{
	exchange_free(x);
}

static void findings_free(struct story_findings *list)
{
	struct story_finding *f;

	while ((f = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, f, link);
		judge_finding_free(f);
	}
}

static void peer_free(struct story_peer *p)
{
	struct story_exchange *x;

	while ((x = TAILQ_FIRST(&p->exchanges))) {
		TAILQ_REMOVE(&p->exchanges, x, link);
		exchange_free(x);
	}
	findings_free(&p->findings);
	free(p->address);
	free(p->local);
	free(p->vrf);
	free(p->host);
	free(p);
}

void story_peer_free(struct story_peer *p)
{
	peer_free(p);
}

void story_free(struct story *s)
{
	struct story_peer *p;

	if (!s)
		return;
	while ((p = TAILQ_FIRST(&s->peers))) {
		TAILQ_REMOVE(&s->peers, p, link);
		peer_free(p);
	}
	findings_free(&s->findings);
	for (unsigned i = 0; i < s->unknown_count; i++)
		free(s->unknown[i].text);
	free(s->release);
	free(s);
}
