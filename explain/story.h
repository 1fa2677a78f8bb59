/*
 * What a debug log tells: per peer its exchanges, of each the steps (messages that were sent and received) with the lines
 * that belong to them, what was negotiated, and what went wrong. Made by the reader (explain/read.h) line by line; printed
 * by explain/text.c, json.c and html.c, which only read it.
 *
 * Bounded: of a peer the last STORY_EXCHANGES exchanges are whole and those before them are counted; of a step the first
 * STORY_LINES lines are kept. What is kept is masked already: no key is in here. Owned by the story, freed with it.
 * Strings are UTF-8 or what the log held; never NULL, "" when nothing is known.
 */
#ifndef EXPLAIN_STORY_H
#define EXPLAIN_STORY_H

#include "base/fault.h"
#include "explain/message.h"

#include <stdint.h>
#include <sys/queue.h>

#define STORY_PEERS     65536 /* so many are kept, and all memory is of peers */
#define STORY_EXCHANGES 32
#define STORY_LINES     96
#define STORY_NO_TIME   INT64_MIN

enum story_phase {
	STORY_MM1,
	STORY_MM2,
	STORY_MM3,
	STORY_MM4,
	STORY_MM5,
	STORY_MM6,
	STORY_AM1,
	STORY_AM2,
	STORY_AM3,
	STORY_QM1,
	STORY_QM2,
	STORY_QM3,
	STORY_INFO,  /* an Informational exchange: notify, delete, keepalive */
	STORY_LOCAL, /* nothing on the wire: a request, a timer, SAs installed or removed */
	STORY_PHASES
};

enum story_role { STORY_ROLE_UNKNOWN, STORY_INITIATOR, STORY_RESPONDER };
enum story_kind { STORY_MAIN, STORY_AGGRESSIVE, STORY_QUICK, STORY_INFORMATIONAL, STORY_OTHER };
enum story_outcome {
	STORY_OPEN,
	STORY_DONE,
	STORY_FAILED
}; /* open: the log ends, or lines are missing, before it does */

struct story_line {
	uint64_t number;               /* in the input, from 1 */
	int64_t at_ms;                 /* its time stamp, milliseconds on the log's clock; STORY_NO_TIME */
	char *text;                    /* as it stood, its stamp too; wrapped lines are joined */
	const struct message *message; /* NULL: none of the catalogue; a line that continues one has the same */
};

struct story_step {
	TAILQ_ENTRY(story_step) link;
	enum story_phase phase;
	bool on_wire, sent; /* sent by the router whose log this is, else received */
	bool inferred;      /* no line says so; what follows it shows that it was there */
	unsigned repeats;   /* retransmissions of it */
	int64_t at_ms;
	unsigned my_port, peer_port; /* 0: unknown */
	char *detail; /* "NOTIFY PROPOSAL_NOT_CHOSEN", "DELETE IPsec SA 0x1A2B", ""; what it held beyond its phase */
	struct story_line *lines;
	unsigned line_count; /* kept */
	unsigned lines_more; /* not kept */
};

/* One thing that was agreed upon: { "encryption", "AES-CBC 256", "crypto isakmp policy 10: encryption aes 256" }. */
struct story_value {
	char *what, *value, *config;
};

enum story_certainty { STORY_CERTAIN, STORY_LIKELY, STORY_POSSIBLE };

struct story_finding {
	TAILQ_ENTRY(story_finding) link;
	enum fault fault;
	enum story_certainty
		certainty; /* how much the lines say; likely and possible: `missing` says what would tell */
	struct story_exchange *exchange; /* NULL: of no exchange */
	struct story_step *step;         /* the failing one, NULL: none */
	uint64_t line;                   /* the first line that shows it */
	unsigned count;                  /* so often */
	char *ours, *theirs;             /* the two values that disagree */
	char *missing;                   /* what the log does not show, a sentence */
	bool first;                      /* the first thing that went wrong with this peer */
};

struct story_exchange {
	TAILQ_ENTRY(story_exchange) link;
	enum story_kind kind;
	enum story_role role;
	enum story_outcome outcome;
	uint32_t conn_id;    /* 0: none yet */
	uint32_t message_id; /* as unsigned, 0: phase 1 */
	char *proxies;       /* "10.1.0.0/16 <-> 10.2.0.0/16" */
	TAILQ_HEAD(story_steps, story_step) steps;
	struct story_value *values;
	unsigned value_count;
};

struct story_peer {
	TAILQ_ENTRY(story_peer) link;
	char *address, *local, *vrf; /* local: "" when no line says it */
	char *host;                  /* of the router whose log this is, when lines carry it */
	TAILQ_HEAD(story_exchanges, story_exchange) exchanges; /* oldest first */
	unsigned exchange_count;
	uint64_t exchanges_before;                          /* older ones, only counted */
	uint64_t failed_line;                               /* says that a mode failed, and not why; 0: none does */
	TAILQ_HEAD(story_findings, story_finding) findings; /* in the order of the log */
	unsigned finding_count;
};

struct story {
	TAILQ_HEAD(story_peers, story_peer) peers; /* in the order of the log */
	unsigned peer_count;
	struct story_findings findings; /* of no peer */
	uint64_t lines, message_lines,
		unknown_lines;         /* unknown: of the crypto debugs, and like no form of the catalogue */
	uint64_t other_lines;          /* console noise and messages of other subsystems */
	struct story_line unknown[16]; /* the first of them */
	unsigned unknown_count;
	uint64_t left_out; /* lines of peers behind the first STORY_PEERS */
	uint64_t masked;   /* secrets that were masked */
	char *release;     /* "12.4", "15.2": as far as prefixes tell */
	bool stamps;       /* lines have time stamps */
	bool isakmp;       /* lines of debug crypto isakmp are there */
};

const char *story_phase_name(enum story_phase p); /* "MM1", "QM2", "Informational", "local" */
/* What the message carries and what it is for, a sentence or two; `received`: from the view of who receives it. */
const char *story_phase_about(enum story_phase p, bool received);
/* The lines of configuration it relates to, separated by "\n"; "" none. N, NAME, KEY and PEER stand for what differs. */
const char *story_phase_config(enum story_phase p);
/* ... with what the exchange tells of them: into buf, which is returned. STORY_CONFIG octets are enough. */
#define STORY_CONFIG 1024
const char *story_config(const struct story_peer *p, const struct story_exchange *x, enum story_phase phase, char *buf,
			 size_t room);
const char *story_kind_name(enum story_kind k); /* "Main Mode" */
/* Is a finding something that fails, and no mere difference? Is there one in the story? */
bool story_is_failure(const struct story_finding *f);
bool story_failed(const struct story *s);
/* So many findings, from this one on, are possible by the same line: one of them it is. 1: it stands alone. */
unsigned story_alternatives(const struct story_finding *f);
/* Parts of a story that its reader drops. */
void story_exchange_free(struct story_exchange *x);
void story_peer_free(struct story_peer *p);

#endif
