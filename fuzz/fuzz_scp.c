/*
 * The far end of an scp client: the first line is what the client runs, the rest what it sends before it hangs up. There is
 * no flash:, so nothing is written.
 *
 * libs: -lresolv -lcli -lcrypto -lcrypt -lpthread
 */
#include "fuzz/no_router.h"
#include "shell/fd.h"
#include "shell/scp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MOST 8192 /* what a socket takes without a reader */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell sh = { .config = config_new() };
	const uint8_t *end = memchr(data, '\n', size);
	size_t n = end ? (size_t)(end - data) : size, rest = end ? size - n - 1 : 0;
	char *command = malloc(n + sizeof("scp "));
	int pair[2];

	if (!sh.config || !command || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	memcpy(command, "scp ", 4);
	memcpy(command + 4, data, n);
	command[4 + n] = '\0';
	if (!fd_send_all(pair[0], end ? end + 1 : data, rest < SENT_MOST ? rest : SENT_MOST) ||
	    shutdown(pair[0], SHUT_WR) < 0)
		abort();
	if (scp_is(command))
		scp_serve(&sh, pair[1], command);
	close(pair[0]);
	close(pair[1]);
	free(command);
	config_free(sh.config);
	return 0;
}
