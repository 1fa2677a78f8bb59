/* The names of all messages as numbers: MSG_sa_deleting. */
#ifndef EXPLAIN_MESSAGE_ID_H
#define EXPLAIN_MESSAGE_ID_H

enum message_id {
	MSG_none,
#define DBG(name, ...) MSG_##name,
#define LOG(name, ...) MSG_##name,
#include "ike/debug.def"
#define DBG(name, ...) MSG_##name,
#define LOG(name, ...) MSG_##name,
#include "router/debug.def"
#define FOREIGN(name, kind, form, types) MSG_##name,
#define FORM(name, form, types)
#include "explain/foreign.def"
	MSG_COUNT
};

#endif
