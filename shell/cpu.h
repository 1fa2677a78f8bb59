/*
 * How much processor time the router and each of its threads take, from /proc/self, sampled every CPU_SAMPLE_S seconds
 * over five minutes. Percentages are of one processor, in hundredths, at most 100 %.
 */
#ifndef SHELL_CPU_H
#define SHELL_CPU_H

#include <stddef.h>
#include <stdint.h>

#define CPU_SAMPLE_S 5

struct cpu;

struct cpu_use {
	unsigned five_seconds, one_minute, five_minutes; /* hundredths of a percent */
};

struct cpu_thread {
	unsigned id;
	char name[32];
	uint64_t runtime_ms, invoked; /* invoked: how often it was given a processor */
	struct cpu_use use;
};

struct cpu *cpu_new(void);
void cpu_free(struct cpu *c);
/* Every CPU_SAMPLE_S seconds. */
void cpu_sample(struct cpu *c);
/* kernel: what of the five seconds was spent in the kernel, as IOS prints interrupts. */
void cpu_total(struct cpu *c, struct cpu_use *out, unsigned *kernel);
/* The threads there are, by number; to be freed. NULL: none could be read. */
struct cpu_thread *cpu_threads(struct cpu *c, size_t *count);

#endif
