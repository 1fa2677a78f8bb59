/* `terminal exec prompt timestamp`: what stands above the output of a show command. */
#ifndef SHELL_STAMP_H
#define SHELL_STAMP_H

struct session;

/* The processor's load and the time; past the filter. For struct shell's exec_stamp. The control lock may be held. */
void stamp_print(struct session *s);

#endif
