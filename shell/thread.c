#define _GNU_SOURCE /* gettid */
#include "shell/thread.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A tenth of the weight of the others. Not less: such a thread may hold the control lock. */
#define NICE 10

void thread_of_user(const char *name)
{
	prctl(PR_SET_NAME, name);
	/* on Linux a priority is a thread's; one that was lower already stays */
	if (getpriority(PRIO_PROCESS, (id_t)gettid()) < NICE)
		setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}
