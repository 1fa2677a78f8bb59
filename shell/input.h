/*
 * What a user types, from a terminal or a socket: bytes in the order they came. While a command runs nobody reads;
 * one that can be interrupted asks for a descriptor, and a thread then watches for the escape sequence (Ctrl-^,
 * Ctrl-C) and keeps what else is typed for later.
 */
#ifndef SHELL_INPUT_H
#define SHELL_INPUT_H

#include "shell/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;

/* Turns what came from the descriptor into bytes for input_push(). False: it makes no sense, the line is closed. */
typedef bool (*input_decode_fn)(void *ctx, struct input *in, const uint8_t *bytes, size_t octets);

/*
 * fd and stop_fd (readable: the line closes) stay the caller's. decode NULL: bytes are what was typed. NULL when out
 * of memory or descriptors.
 */
struct input *input_new(int fd, int stop_fd, input_decode_fn decode, void *ctx);
void input_free(struct input *in);
/*
 * While pending() says so, input_wait() also waits until the descriptor takes output, calls flush() then, and returns
 * INPUT_OTHER once nothing is pending.
 */
void input_set_output(struct input *in, bool (*pending)(void *ctx), void (*flush)(void *ctx), void *ctx);
/* CR LF becomes CR: one Return. */
void input_push(struct input *in, const uint8_t *bytes, size_t octets);

enum input_event { INPUT_BYTE, INPUT_OTHER, INPUT_TIMEOUT, INPUT_CLOSED };
/* Waits until a byte is there or other_fd (or -1) is readable. timeout_ms -1: for ever. */
enum input_event input_wait(struct input *in, int other_fd, int timeout_ms);
/* As a session's wait (shell/session.h). */
enum session_wait input_session_wait(struct input *in, int other_fd, int timeout_ms);
/* The next byte, waits for it; -1: closed. */
int input_byte(struct input *in);
/* The same, -2: none came in time. */
int input_byte_within(struct input *in, int timeout_ms);
/* What was typed is forgotten, and it is open again: for a console, whose next user is at the same terminal. */
void input_reopen(struct input *in);

/* Readable once the user typed the escape sequence or the line closed. -1 when that cannot be had. */
int input_interrupt_fd(struct input *in);
/* The command is over. */
void input_interrupt_done(struct input *in);

#endif
