/*
 * No amplifier: how much may be sent to an address that has not shown that it receives. Internal to ike/.
 *
 * An address is proven for a phase 1 SA when a message of it has been taken that returns our cookie: MM3, AG3. What is sent
 * before is only ever the answer to one datagram that came from there: no timer of a responder sends anything, nor does
 * a copy of the first message get more than the copy of the answer. The rule, exactly, in octets of UDP payload (of ESP, its
 * packet), for each IPv4 address and each IPv6 /64, from the start of the router:
 *
 *	sent <= received + one answer
 *
 * An answer no longer than the datagram that it answers may always go, and nothing need be remembered of it: MM2 and its
 * copies, notifications. One that is longer (AG2 to an initiator with few vendor IDs) goes on credit, and what it is longer by
 * is that address's debt. Later datagrams pay that first; what is left of one that pays it all counts towards its own
 * answer, and else there is no answer on credit. So a retransmitted AG1 is answered again until the debt is longer than it,
 * and then every so often. An address that proves itself owes nothing any more.
 *
 * There is room for so many debtors, apart for addresses that are a configured peer's, so that a flood of forged first
 * messages keeps no such peer from its answer. When it is full the oldest debt of the same chain gives way if it is an
 * hour old, else nothing more goes on credit: an address gets at most one answer on credit an hour, all together at most as
 * many as there is room for.
 *
 * Forged AG1s can fill that for an hour. Who comes then pays before: what his datagram had is remembered, and the answer
 * goes when a copy of it, ten seconds later, makes up for the rest. Nothing else can be saved up, and never more than an
 * answer takes. Of savings the newest are kept, of configured peers apart from strangers', so
 * that a flood which goes on may take them; that does no harm to the rule: who loses them has paid for nothing.
 *
 * What this router begins by itself (its own first message to a configured peer, and its retransmissions) is no answer and
 * not counted. The one that a stranger can cause is `crypto isakmp invalid-spi-recovery`: one negotiation with a
 * configured peer, not while another is under way (ike/recover.c).
 */
#ifndef IKE_UNPROVEN_H
#define IKE_UNPROVEN_H

#include "base/addr.h"

#include <stddef.h>

#define IKE_DEBT_CHAINS 256u
#define IKE_DEBT_CHAIN  4u       /* debtors of one chain, of strangers and of configured peers each */
#define IKE_DEBT_MS     3600000u /* a debt gives way to another one when it is so old */
#define IKE_SAVINGS     4096u    /* one for each hash of an address */

struct ike;

struct ike_debt {
	struct ip_addr who; /* family 0: none */
	uint32_t octets;
	uint64_t since_ms;
};

struct ike_saving {
	struct ip_addr who;
	uint32_t octets;
};

/* What came, and is not answered yet. */
struct ike_credit {
	struct ip_addr from; /* family 0: nothing */
	size_t octets;
};

struct ike_debts {
	struct ike_credit now; /* of the datagram that is worked on */
	struct ike_debt of[2][IKE_DEBT_CHAINS][IKE_DEBT_CHAIN];
	struct ike_saving saved[2][IKE_SAVINGS]; /* of strangers, of configured peers */
};

/* The IPv4 address, or the /64: whom limits of one source are for. */
struct ip_addr ike_source(const struct ip_addr *a);

/* A datagram is about to be worked on, or an answer that was waited for. */
void ike_credit_begin(struct ike *e, const struct ip_addr *from, size_t octets);
/* What is left of it, which pays debts no more: to go on with later. */
struct ike_credit ike_credit_take(struct ike *e);
/* It was worked on: what is left pays. */
void ike_credit_end(struct ike *e);
/* May so many octets go to an address that is not proven? They are counted when they may. */
bool ike_may_answer(struct ike *e, const struct ip_addr *local, const struct ip_addr *to, size_t octets);
/* It receives. */
void ike_proven(struct ike *e, const struct ip_addr *who);

#endif
