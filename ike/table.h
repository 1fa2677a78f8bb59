/*
 * The state machines as rows, and the driver that runs them. Internal to ike/.
 *
 * A row says which message it takes or builds, what must and may be in it, what to do and where it leads. The driver
 * finds the row, checks the payloads of what came and of what goes, decrypts and encrypts, prints IOS's trace, keeps
 * the copy that answers a duplicate and arms the retransmission. Handlers touch one message and never set the state:
 * they compute into locals, verify, and only then change the SA.
 */
#ifndef IKE_TABLE_H
#define IKE_TABLE_H

#include "ike/payload.h"
#include "ike/sa.h"

#define IKE_DATAGRAM_MAX 8192 /* longer ones are dropped */
#define IKE_MESSAGE_MAX  8192

enum ike_outcome {
	IKE_OK,
	IKE_DROP,   /* as if it had not come */
	IKE_WAIT,   /* for the result that the row's `resume` takes */
	IKE_REJECT, /* well-formed, genuine as far as can be known, and not acceptable: the exchange ends */
};

/* How a row is written: sets of payload types (what must be there, then what may), and what else is true of it. */
#define P(type)     (UINT32_C(1) << PAYLOAD_##type)
#define TAKES(...)  .in = { __VA_ARGS__ }
#define BUILDS(...) .out = { __VA_ARGS__ }
#define FIRST       .trace_first = true
#define CRYPT       .encrypted = true
#define CLEAR_TOO   .in_clear = true
#define WAITS       .awaits = true
#define NEXT(input) .next = input
#define DONE(text)  .done = text

struct ike_rule {
	uint32_t must, may;
};

struct ike_step;
struct ike_row {
	enum ike_state from;
	enum ike_input input;
	enum ike_state to;
	struct ike_rule in, out;
	enum ike_outcome (*take)(struct ike_step *s);
	enum ike_outcome (*resume)(struct ike_step *s); /* after what `take` asked of Diffie-Hellman (ike/dh_job.h) */
	enum ike_outcome (*build)(struct ike_step *s);
	void (*before)(struct ike_step *s); /* what was built is about to leave */
	void (*then)(struct ike_step *s);   /* after the trace */
	enum ike_input next;                /* fed at once */
	const char *done;                   /* the exchange ends here: why, for "deleting node" */
	bool trace_first;                   /* the transition is printed before the work, else after it */
	bool untraced;                      /* or not at all */
	bool encrypted;                     /* the message is */
	bool in_clear;                      /* but what it takes may be in clear */
	bool awaits;                        /* an answer is expected: retransmit until it comes */
};

struct ike_table {
	const char *name;
	const struct ike_row *rows;
	size_t count;
};

extern const struct ike_table ike_main_mode, ike_aggressive_mode, ike_quick_mode, ike_info;
#define IKE_TABLES 4
const struct ike_table *ike_table(unsigned i); /* 0..IKE_TABLES-1 */
const struct ike_row *ike_row_find(enum ike_state state, enum ike_input input);

/* One run through a row, or several that follow from one event. */
struct ike_step {
	struct ike *e;
	struct ike_sa *sa;
	struct ike_node *node;     /* NULL: phase 1 and informational */
	bool fresh;                /* the SA or the node was made by this step: it goes when the step fails */
	const struct ike_row *row; /* at which it waits */
	struct ike_dh_job *job;
	struct ike_path path;     /* where it came from, or family 0 */
	struct ike_credit credit; /* while it waits */
	size_t octets;            /* of raw, 0 for an internal event */
	struct isakmp_header h;
	struct payloads in; /* decrypted and checked */
	struct isakmp_wr out;
	size_t plain_octets, built_octets; /* that were used, at most: they are wiped */
	uint8_t iv[IKE_BLOCK_MAX];         /* the SA's or the node's once the row is through */
	const char *reason;                /* IKE_REJECT in phase 1: why, NULL: the policy */
	bool drop_sa;                      /* informational: the peer deleted this SA */
	bool decrypted;                    /* and not said yet */
	/* What follows is not cleared at the beginning: most messages are short. */
	uint8_t raw[IKE_DATAGRAM_MAX]; /* as it came */
	uint8_t plain[IKE_DATAGRAM_MAX];
	uint8_t built[IKE_MESSAGE_MAX];
};

struct ike_step *ike_step_new(struct ike *e, struct ike_sa *sa, struct ike_node *node); /* NULL: no memory */
/* Wipes and frees it, unless it waits: then it goes on later. */
void ike_step_end(struct ike_step *s);
/* Feeds an input. False when there is no such row or it failed; true also when it waits. */
bool ike_run(struct ike_step *s, enum ike_input input);
/* What it waited for is there: goes on, and ends it. */
void ike_step_resume(struct ike_step *s);
/* What it waits for is not wanted any more; NULL is none. */
void ike_step_cancel(struct ike_step *s);
/* A first message that led nowhere must leave nothing: forged ones are cheap. */
void ike_step_undo(struct ike_step *s);

static inline bool ike_is_phase1(uint8_t exchange)
{
	return exchange == EXCHANGE_MAIN || exchange == EXCHANGE_AGGRESSIVE;
}

/* receive.c: one datagram whose header is good. */
void ike_receive(struct ike *e, const struct ike_path *path, const struct isakmp_header *h, const uint8_t *datagram,
		 size_t octets);

/*
 * The first message of Main Mode once more, for an SA that went (ike/parked.h): the SA as it was when it was answered,
 * with that cookie. Nothing is sent or said. NULL: it cannot be had.
 */
struct ike_sa *ike_receive_again(struct ike *e, const struct ike_path *path, const uint8_t *rcookie, const uint8_t *mm1,
				 size_t octets);

/* dh_job.c */
/*
 * g^xy with `own`, or with a new key pair of `group` when own is NULL; without `peer` only the key pair. IKE_OK: the
 * result is in s->job; IKE_WAIT; IKE_DROP: no memory, or a first message for which there is too much to do.
 */
enum ike_outcome ike_step_dh(struct ike_step *s, const struct ike_dh *own, unsigned group, struct ike_bytes peer);
/* The step is done with its result, or never gets it. */
void ike_step_dh_end(struct ike_step *s);

/* message.c */
/* Are these the payloads that the rule wants? */
bool ike_message_fits(const struct payloads *m, const struct ike_rule *rule, struct payload_fault *fault);
/* Every payload by its own rules, so that handlers meet none that is malformed. */
bool ike_message_sane(const struct payloads *m, struct payload_fault *fault);
/* Prints and sends a finished datagram. */
void ike_transmit(struct ike *e, struct ike_sa *sa, const uint8_t *datagram, size_t octets);
/* Remembers how much of s->built was used. */
void ike_message_used(struct ike_step *s);
/* Starts a message in s->built. */
void ike_message_open(struct ike_step *s, uint8_t exchange, uint32_t mid, bool encrypted);
/* Closes, checks against the rule and encrypts it (s->iv goes on). The octets, or 0. */
size_t ike_message_close(struct ike_step *s, const struct ike_rule *rule, bool encrypted);
/* Retransmission and answers to duplicates; node NULL: phase 1. to: where to, instead of the SA's path, or NULL. */
void ike_resend(struct ike *e, struct ike_sa *sa, struct ike_node *node, const struct ike_path *to);

/* IOS's lines about a message that fails its sanity check. sa may be NULL. */
void ike_malformed(struct ike *e, struct ike_sa *sa, const struct ip_addr *from, const struct payload_fault *fault);

static inline struct ike_bytes ike_body(const struct payload *p)
{
	return (struct ike_bytes){ p->body.p, rd_left(&p->body) };
}

static inline struct ike_bytes ike_blob_bytes(const struct ike_blob *b)
{
	return (struct ike_bytes){ b->p, b->octets };
}

/* A transform payload that was kept (RFC 2408 3.6), to be sent back as it came. */
static inline struct payload_transform ike_kept_transform(const struct ike_blob *b)
{
	struct payload_transform t = { .whole = b->p, .octets = b->octets };
	struct rd r = rd_of(b->p, b->octets);

	rd_take(&r, ISAKMP_GEN_OCTETS);
	t.number = rd_u8(&r);
	t.id = rd_u8(&r);
	rd_take(&r, 2);
	t.attrs = r;
	return t;
}

/* "<what> (VPI) of  0x0 0x1 0x51 0x80 " or "<what> (basic) of 3600" */
struct ike_attr;
void ike_say_duration(struct ike *e, const char *what, const struct ike_attr *a);

/* fragment.c */
/* The vendor ID of IKE fragmentation, where it is configured: the initiator's offer, the responder's yes. */
void ike_fragment_build_vid(struct ike_step *s);
/* What the vendor IDs of the message that was taken, and our own, make of it. */
void ike_fragment_agree(struct ike_step *s);
/* Sends in pieces what is longer than the path takes; false: it is not, or the peer does not know them. */
bool ike_fragment_send(struct ike *e, const struct ike_sa *sa, const struct ike_path *to, const uint8_t *datagram,
		       size_t octets);
/* What a message of so many takes in all. */
size_t ike_fragment_octets(struct ike *e, const struct ike_sa *sa, const struct ike_path *to, size_t octets);
/* A piece of a message for this SA; goes on with the message when it is whole. */
void ike_fragment_take(struct ike *e, struct ike_sa *sa, const struct ike_path *path, const struct isakmp_header *h,
		       struct rd body);

/* vendor.c: IOS's lines for every vendor ID of the message. */
void ike_vendor_ids(struct ike_step *s);
/* The vendor IDs that IOS sends with its KE payload: MM3 and MM4, AG1 and AG2. */
void ike_vendor_build(struct ike_step *s);

/* info.c */
/* Protected notification within an SA that is complete. spi: of 4 octets, or NULL. */
void ike_info_notify(struct ike *e, struct ike_sa *sa, const char *label, uint8_t protocol, const uint8_t *spi,
		     uint8_t spi_octets, uint16_t type, const void *data, size_t octets);
/* "Delete" for this SA itself, or for one ESP SPI of ours (not 0). */
void ike_info_delete(struct ike *e, struct ike_sa *sa, uint32_t spi);
/* IOS's line about a notification that was received. */
void ike_info_say_notify(struct ike_step *s, const struct payload_notify *n, uint32_t mid);
/* The unprotected NO-PROPOSAL-CHOSEN that answers MM1. */
void ike_info_no_proposal(struct ike_step *s);
/* Datagram of an Informational exchange in clear: it is refused. */
void ike_info_unprotected(struct ike_step *s);

/* lifetime.c */
/* Phase 1 is complete: tells the initiator that the SA ends before what was offered. */
void ike_lifetime_tell(struct ike *e, struct ike_sa *sa, uint32_t offered_s);
/* Puts what differs into QM2; spi: this router's. */
void ike_lifetime_build(struct ike_step *s, const uint8_t spi[4]);
/* RESPONDER-LIFETIME came in an Informational exchange. */
void ike_lifetime_take(struct ike_step *s, const struct payload_notify *n);
/* The notifications in QM2. */
void ike_lifetime_take_answer(struct ike_step *s);

/* quick_mode.c: starts the exchange of a node that is IKE_QM_READY. */
bool ike_quick_mode_start(struct ike *e, struct ike_sa *sa, struct ike_node *node);
/* main_mode.c: starts phase 1 in the mode of the SA. */
bool ike_phase1_start(struct ike *e, struct ike_sa *sa);

#endif
