/*
 * How a thread that works for a user begins. It gives way to the others of the process: sixteen terminals that print take
 * what the event loop, Diffie-Hellman and the data plane leave of the cores. What it starts gives way, too.
 */
#ifndef SHELL_THREAD_H
#define SHELL_THREAD_H

/* In the thread itself. The name, at most 15 octets, is that of `show processes cpu`. */
void thread_of_user(const char *name);

#endif
