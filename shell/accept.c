#include "config.h" /* accept4 */

#include "shell/accept.h"

#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define QUIET_MS 60000
#define REST_MS  200
#define AGAIN_MS 5000 /* until a port that could not be opened is tried again */

void accept_missing(struct accepter *a, bool missing)
{
	a->again_ms = missing ? clock_ms() + AGAIN_MS : 0;
}

/* ms until it is time, -1: it never is. */
static int left_ms(const struct accepter *a)
{
	const uint64_t now = clock_ms();

	if (!a->again_ms)
		return -1;
	return now < a->again_ms ? (int)(a->again_ms - now) : 0;
}

bool accept_due(const struct accepter *a)
{
	return left_ms(a) == 0;
}

int accept_wait(const struct accepter *a, struct pollfd *p, unsigned count)
{
	const int n = poll(p, count, left_ms(a));

	/* it lacks memory, or may have no more than some descriptors */
	return n < 0 && errno != EINTR ? poll(p, 1, REST_MS) : n;
}

/* EAGAIN: no more threads */
static bool is_short(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS || error == EAGAIN;
}

void accept_failed(struct accepter *a, int error)
{
	const uint64_t now = clock_ms();
	uint64_t told = atomic_load(&a->told_ms);

	if (!is_short(error) || (told && now < told + QUIET_MS) ||
	    !atomic_compare_exchange_strong(&a->told_ms, &told, now))
		return;
	log_syslog(a->log, LOG_SEV_ERRORS, a->facility, "ACCEPT", "Connections wait or are turned away: %s",
		   strerror(error));
}

int accept_from(struct accepter *a, int listener, int flags, struct sockaddr_storage *peer)
{
	socklen_t size = sizeof(*peer);
	int fd = accept4(listener, (struct sockaddr *)peer, &size, flags), error = errno;
	struct pollfd wake = { a->wake, POLLIN, 0 };

	if (fd >= 0 || error == EAGAIN || error == ECONNABORTED || error == EINTR)
		return fd;
	accept_failed(a, error);
	poll(&wake, 1, REST_MS);
	return -1;
}
