#include "esp/arena.h"

#include <errno.h>
#include <sys/mman.h>

#define ARENA_OCTETS ((size_t)ARENA_FRAMES * ARENA_FRAME_OCTETS)

int arena_open(struct arena *a)
{
	void *map = mmap(NULL, ARENA_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return -errno;
	*a = (struct arena){ .memory = map };
	return 0;
}

void arena_close(struct arena *a)
{
	if (a->memory)
		munmap(a->memory, ARENA_OCTETS); /* the kernel clears a page before anybody else sees it */
	*a = (struct arena){ 0 };
}
