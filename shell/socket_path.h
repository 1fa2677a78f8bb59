/* The address of the local socket in a state directory, for its two ends. */
#ifndef SHELL_SOCKET_PATH_H
#define SHELL_SOCKET_PATH_H

#include "shell/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* 0 or -ENAMETOOLONG: a socket's path is short. */
static inline int socket_path(const char *state_dir, struct sockaddr_un *out)
{
	int n;

	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	n = snprintf(out->sun_path, sizeof(out->sun_path), "%s/%s", state_dir, WIRE_SOCKET);
	return n < 0 || (size_t)n >= sizeof(out->sun_path) ? -ENAMETOOLONG : 0;
}

#endif
