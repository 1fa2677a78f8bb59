/*
 * What the reader knows while it reads: peers, their IKE SAs, and the exchange and step that lines belong to just
 * now. Shared by reader.c (whose is a line), follow.c (what it does to exchanges), values.c (what is agreed upon) and
 * judge.c (what went wrong).
 */
#ifndef EXPLAIN_TRACK_H
#define EXPLAIN_TRACK_H

#include "explain/frame.h"
#include "explain/message_id.h"
#include "explain/story.h"

#include <string.h>

#define TRACK_SAS       8  /* of a peer, the newest */
#define TRACK_STEPS     24 /* of an exchange that are kept apart */
#define TRACK_ANONYMOUS 32 /* peers without an address */
#define TRACK_HELD      12 /* lines before it is known whose they are */
#define TRACK_WORD      40
#define TRACK_PAIRS     4096 /* IPsec SAs whose peer is known by their conn-ids */
#define TRACK_TUNNELS   16

/* A transform, as attributes told it so far. */
struct offer {
	unsigned transform, priority, keybits;
	char encryption[TRACK_WORD]; /* phase 1 "AES-CBC", phase 2 "ESP_AES" */
	char hash[TRACK_WORD];       /* "SHA256", "HMAC-SHA" */
	char group[TRACK_WORD];      /* "14"; of phase 2 it is PFS */
	char auth[TRACK_WORD], encaps[TRACK_WORD];
	uint64_t life_s, life_kb;
	bool kilobytes; /* the type of the duration that follows */
};

struct exchange {
	struct story_exchange e; /* first: a story's exchange is freed as one */
	struct peer *peer;
	struct offer offer;      /* the one that was taken, or the last */
	unsigned received, sent; /* phases, a bit each */
	/* judge.c: the transform that got furthest, and how far */
	unsigned rank, ranks; /* 1 + attribute that differed; all of them, a bit each */
	char theirs[2 * TRACK_WORD];
	unsigned priority;
	char identity[2 * TRACK_WORD]; /* the peer's, "FQDN name r2.example.org" */
	bool no_profile;               /* it matched no ISAKMP profile */
	bool garbled, told, nat, floated, profile_differs, refused;
	bool keepalive; /* an Informational exchange of keepalives: the next ones are counted in it */
};

struct sa {
	TAILQ_ENTRY(sa) link;
	struct peer *peer;
	uint32_t cid; /* 0: none yet */
	char ptr[TRACK_WORD];
	struct exchange *phase1;  /* NULL: not seen, or not kept any more */
	struct exchange *at;      /* what lines belong to */
	struct story_step *step;  /* of `at`; NULL: none yet */
	struct story_step *ahead; /* being prepared to be sent; in no exchange yet */
	struct exchange *ahead_of;
	uint32_t ahead_mid;
	bool ahead_has_mid;
	struct story_step *in; /* received in QM_IDLE, of an exchange that is not known yet */
	uint64_t delete_line;  /* of the peer's delete, until it is known what it deletes */
	bool dead, keyed, resending, sending;
};

struct peer {
	struct story_peer p;     /* first, likewise */
	struct peer *next;       /* of its hash chain */
	TAILQ_HEAD(sas, sa) sas; /* newest first */
	unsigned sa_count;
	struct story_step *ahead; /* a request, before an SA takes it up */
	struct offer own;         /* what this router asks for in Quick Mode: its transform set, as IOS names it */
	bool has_own;
	char proxies[2 * TRACK_WORD + 40];
	int live; /* pairs of IPsec SAs */
	bool anonymous;
};

#define TRACK_BUCKETS 16384

struct reader {
	struct story *story;
	const struct message_catalog *catalog;
	struct frame *frame;
	struct peer *buckets[TRACK_BUCKETS];
	struct sa_slot {
		uint32_t cid;
		struct sa *sa;
	} * cids; /* hash of conn-ids, open */
	size_t cid_room, cid_count;
	struct {
		uint32_t id;
		struct peer *peer;
	} pairs[TRACK_PAIRS]; /* by conn-id; the newest takes the place */
	struct peer *peer;    /* whose lines these are */
	struct sa *sa;
	struct sa *announced; /* of the line before, which announced a node */
	struct offer offer;   /* the transform that is being read */
	unsigned anonymous;
	struct peer *nameless; /* the newest of them */
	bool crowded;          /* these are lines of a peer that there is no room for */
	bool astray;           /* the message is of an SA that is not known */
	unsigned last;         /* enum message_id of the last message */
	/* lines whose peer a later one tells */
	struct held {
		char *text;
		struct frame_message m;
	} held[TRACK_HELD];
	unsigned held_count;
	unsigned era_min, era_max;
	bool era_152;
	bool off;
	uint64_t off_line, garbled_line;
	struct tunnel {
		char name[TRACK_WORD];
		bool down;
		uint64_t line;
	} tunnels[TRACK_TUNNELS];
	unsigned tunnel_count;
	bool failed; /* out of memory */
};

/* --- track.c ---- */

/* Sets an owned string. */
void track_text(struct reader *r, char **slot, const char *text, size_t octets);
struct exchange *track_exchange(struct reader *r, struct peer *p, enum story_kind kind, enum story_role role,
				uint32_t cid, uint32_t mid);
/* The newest with this message ID under this IKE SA, or NULL. */
struct exchange *track_find(struct peer *p, uint32_t cid, uint32_t mid);
struct story_step *track_step(struct reader *r, enum story_phase phase, bool sent, int64_t at_ms);
/* Behind the last step. Too many: its lines go to the last one and it is gone; the step that has them is returned. */
struct story_step *track_link(struct exchange *x, struct story_step *s);
/* There was such a message, though no line says so. */
struct story_step *track_ensure(struct reader *r, struct exchange *x, enum story_phase phase, bool sent, int64_t at_ms);
struct story_step *track_of_phase(struct exchange *x, enum story_phase phase);
/* The lines of `from` behind those of `to`, which takes its place; frees from. */
void track_merge(struct peer *p, struct story_step *to, struct story_step *from);
/* Takes an exchange out of the story. */
void track_drop(struct peer *p, struct exchange *x);
void track_line(struct reader *r, struct story_step *s, const struct frame_message *m);
void track_step_free(struct story_step *s);
void track_detail(struct reader *r, struct story_step *s, const char *text);
/* Do all of an exchange's steps lack, or is one of them sent? */
bool track_has(const struct exchange *x, enum story_phase phase);

/* --- follow.c ---- */

/* What the message says of exchanges; then it is kept in its step. */
void follow_message(struct reader *r, const struct frame_message *m);

/* --- packet.c ---- */

struct exchange *packet_phase1(struct reader *r, struct sa *sa); /* of the IKE SA; made if there is none */
/* Lines belong to this step of the exchange from now on; NULL: the last one. */
void packet_stand(struct sa *sa, struct exchange *x, struct story_step *s);
/* The step that is being prepared to be sent; made if there is none. */
struct story_step *packet_ahead(struct reader *r, const struct frame_message *m);
void packet_settle_ahead(struct reader *r, struct sa *sa); /* it is not sent, or no line says so */
void packet_settle_in(struct reader *r, struct sa *sa);    /* no message ID tells of which exchange it is */
struct story_step *packet_last(struct exchange *x, bool sent);
/* Behind the last step, or counted with the one that is like it. */
struct story_step *packet_link_keepalive(struct exchange *x, struct story_step *s);
void packet_received(struct reader *r, const struct frame_message *m);
void packet_sending(struct reader *r, const struct frame_message *m);
void packet_sending_ip(struct reader *r, const struct frame_message *m);

/* --- values.c ---- */

void values_message(struct reader *r, const struct frame_message *m);
/* Of the lines of an IPSEC(...) block: what stands behind "name= ", up to a comma or the end of line. */
bool values_field(const char *text, size_t octets, const char *name, struct message_value *out);

/* --- judge.c ---- */

void judge_message(struct reader *r, const struct frame_message *m);
/* An exchange came to its end after all. */
void judge_done(struct reader *r, struct exchange *x);
void judge_end(struct reader *r);
void judge_finding_free(struct story_finding *f);

/* --- locate.c ---- */

/* Makes the peer and the IKE SA that the message belongs to the reader's, or says that it went astray. */
void locate_message(struct reader *r, const struct frame_message *m);
/* A message that interrupts and names no peer: the reader's peer is the one it is of, NULL if no line tells. */
bool locate_aside(struct reader *r, const struct message_match *m);
int locate_address(const struct message_match *m); /* which value is the peer's address, -1: none */
bool locate_grow(struct reader *r);                /* room for conn-ids; false when out of memory */
void locate_sa_free(struct sa *sa);

/* --- values of messages, track.c ---- */

static inline bool value_is(const struct message_match *m, unsigned i, const char *text)
{
	size_t n = strlen(text);

	return i < m->count && m->values[i].octets == n && !memcmp(m->values[i].text, text, n);
}

static inline bool value_begins(const struct message_match *m, unsigned i, const char *text)
{
	size_t n = strlen(text);

	return i < m->count && m->values[i].octets >= n && !memcmp(m->values[i].text, text, n);
}

/* A number or message ID, as unsigned: negative ones as 32 bits. 0: there is none. */
uint32_t value_number(const struct message_match *m, unsigned i);
/* As a string, cut if it is longer. */
void value_copy(const struct message_match *m, unsigned i, char *out, size_t room);
bool value_has(const struct message_match *m, unsigned i, const char *part);

#endif
