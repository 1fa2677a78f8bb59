/*
 * The far end of an `scp` client of the old protocol (rcp's, as OpenSSH's `scp -O` speaks it): `scp -t TARGET` takes files,
 * `scp -f SOURCE` gives one. Files are those of shell/fs.h.
 */
#ifndef SHELL_SCP_H
#define SHELL_SCP_H

#include "shell/session.h"

/* Is this what a client runs on the far side? */
bool scp_is(const char *command);
/*
 * Speaks over fd, a stream socket, until the client is done or gone. Waits for both it and the disk: not with the control
 * lock. The exit status.
 */
int scp_serve(struct shell *sh, int fd, const char *command);
/* Says why (a line with its end) to a client that may not; one that wants a file then ends. The exit status. */
int scp_refuse(int fd, const char *command, const char *why);

#endif
