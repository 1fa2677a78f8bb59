/* The layouts of show processes, show memory and show inventory. */
#ifndef SHELL_PRINT_PROCESS_H
#define SHELL_PRINT_PROCESS_H

#include "router/router.h"
#include "shell/cpu.h"

struct session;

/* In octets. */
struct show_memory {
	uint64_t head; /* where the heap begins */
	uint64_t total, used, available, lowest;
	uint64_t text; /* of the program itself */
	uint64_t heap_taken, heap_used, heap_free, heap_blocks;
};

/* kernel: hundredths of a percent, printed where IOS has interrupts. */
void print_cpu(struct session *s, const struct cpu_use *all, unsigned kernel, const struct cpu_thread *threads,
	       size_t count);
void print_process_memory(struct session *s, const struct show_memory *m);
void print_memory(struct session *s, const struct show_memory *m, bool summary);
void print_inventory(struct session *s, const char *version, const char *serial, const struct router_if_info *ports,
		     size_t count);

#endif
