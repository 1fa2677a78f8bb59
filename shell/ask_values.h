/* Questions of a dialog that want a value: each is asked again until its answer will do. False: the user gave up. */
#ifndef SHELL_ASK_VALUES_H
#define SHELL_ASK_VALUES_H

#include "config/model.h"

#include <stdbool.h>

struct session;

/* "Repeat count [5]: "; Return keeps *value. */
bool ask_number(struct session *s, const char *question, unsigned min, unsigned max, unsigned *value);
/* Return is no. */
bool ask_yes_no(struct session *s, const char *prompt, bool *yes);
/* About what cannot be varied here: only its default is taken. */
bool ask_only(struct session *s, const char *prompt, const char *only);
/* "[yes/no]: ", without a default; any beginning of the words will do. ASK_NONE: the user gave up. */
enum ask_answer { ASK_NONE, ASK_NO, ASK_YES };
enum ask_answer ask_yes_or_no(struct session *s, const char *prompt);
/* The same, true: yes. */
bool ask_yes(struct session *s, const char *prompt);
/* "Protocol [ip]: " of a command: 4, 6, or 0 when it is neither (said so) or the user gave up. */
int ask_protocol(struct session *s, const char *command);
/*
 * The interface of a link-local target: asked once, or as it stands behind the address ("FE80::3%Tunnel23"). Only a full
 * name will do, as on IOS: "tunnel23", not "tu23"; else that is said, and false.
 */
bool ask_output_interface(struct session *s, char out[CONFIG_IFNAME_SIZE]);
bool take_output_interface(struct session *s, const char *typed, char out[CONFIG_IFNAME_SIZE]);

#endif
