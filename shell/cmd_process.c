/* show processes cpu, show processes memory, show memory, show inventory: the process as the kernel sees it. */
#include "config.h"

#include "shell/commands_show.h"
#include "shell/print_process.h"
#include "shell/show.h"
#include "shell/sys.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- processes ---- */

enum { SORT_NONE, SORT_5SEC, SORT_1MIN, SORT_5MIN };

static int by_five_seconds(const void *a, const void *b)
{
	const struct cpu_thread *x = a, *y = b;

	return (int)y->use.five_seconds - (int)x->use.five_seconds;
}

static int by_one_minute(const void *a, const void *b)
{
	const struct cpu_thread *x = a, *y = b;

	return (int)y->use.one_minute - (int)x->use.one_minute;
}

static int by_five_minutes(const void *a, const void *b)
{
	const struct cpu_thread *x = a, *y = b;

	return (int)y->use.five_minutes - (int)x->use.five_minutes;
}

static enum cmd_result show_cpu(struct session *s, const struct cmd_match *m)
{
	static int (*const orders[])(const void *a, const void *b) = { NULL, by_five_seconds, by_one_minute,
								       by_five_minutes };
	int order = (int)cmd_num(m, "order", cmd_of(m)->arg);
	struct sys *y = session_shell(s)->sys;
	struct cpu_thread *threads;
	struct cpu_use all;
	unsigned kernel;
	size_t count;

	if (!y)
		return CMD_OK;
	cpu_total(sys_cpu(y), &all, &kernel);
	threads = cpu_threads(sys_cpu(y), &count);
	for (size_t i = 0; i < count; i++)
		threads[i].id = (unsigned)i + 1; /* as IOS numbers its own; the kernel's numbers mean nothing here */
	if (count && orders[order])
		qsort(threads, count, sizeof(*threads), orders[order]);
	print_cpu(s, &all, kernel, threads, count);
	free(threads);
	return CMD_OK;
}

/* --- memory ---- */

/* "VmRSS:    1234 kB" in octets */
static uint64_t field(const char *path, const char *name)
{
	unsigned long long kb = 0;
	char line[256];
	size_t n = strlen(name);
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, n) && line[n] == ':') {
			kb = strtoull(line + n + 1, NULL, 10);
			break;
		}
	fclose(f);
	return kb * 1024;
}

/* Where the heap begins; another allocator than libc's has its memory in mappings without a name. */
static uint64_t heap_begin(void)
{
	unsigned long long at = 0;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (strstr(line, "[heap]")) {
			at = strtoull(line, NULL, 16);
			break;
		} else if (!at && strstr(line, " rw-p 00000000 00:00 0")) {
			at = strtoull(line, NULL, 16);
		}
	fclose(f);
	return at;
}

static void read_memory(struct show_memory *out)
{
	struct mallinfo2 heap = mallinfo2();
	uint64_t peak = field("/proc/self/status", "VmHWM");

	out->head = heap_begin();
	out->used = field("/proc/self/status", "VmRSS");
	out->available = field("/proc/meminfo", "MemAvailable");
	out->total = out->used + out->available;
	out->lowest = out->total > peak ? out->total - peak : 0;
	out->text = field("/proc/self/status", "RssFile");
	out->heap_taken = heap.arena + heap.hblkhd;
	out->heap_free = heap.fordblks;
	out->heap_used = heap.uordblks + heap.hblkhd;
	out->heap_blocks = heap.hblks + 1;
}

static enum cmd_result show_process_memory(struct session *s, const struct cmd_match *m)
{
	struct show_memory memory;

	(void)m;
	read_memory(&memory);
	print_process_memory(s, &memory);
	return CMD_OK;
}

static enum cmd_result show_memory(struct session *s, const struct cmd_match *m)
{
	struct show_memory memory;

	read_memory(&memory);
	print_memory(s, &memory, cmd_of(m)->arg);
	return CMD_OK;
}

/* --- inventory ---- */

static void add_port(void *ctx, const struct router_if_info *i)
{
	struct router_if_info *to;

	if (!*i->device || if_type_is_logical(i->type) || !(to = show_list_add(ctx)))
		return;
	*to = *i;
}

static enum cmd_result show_inventory(struct session *s, const struct cmd_match *m)
{
	struct show_list ports = SHOW_LIST(struct router_if_info);
	struct sys *y = session_shell(s)->sys;

	(void)m;
	show_lock(s);
	if (session_router(s))
		router_each_if(session_router(s), add_port, &ports);
	show_unlock(s);
	print_inventory(s, PACKAGE_VERSION, y ? sys_serial(y) : "", ports.items, ports.count);
	show_list_free(&ports);
	return CMD_OK;
}

static const struct cmd_choice orders[] = {
	{ "1min", "Sort based on 1 minute utilization", SORT_1MIN },
	{ "5min", "Sort based on 5 minutes utilization", SORT_5MIN },
	{ "5sec", "Sort based on 5 seconds utilization", SORT_5SEC },
	{ 0 },
};

#define SHOW_WORD KW("show", "Show running system information")
#define PROCESSES KW("processes", "Active process statistics")
#define SHOW(handler_, arg_, ...)                                                                                      \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED, .tokens = { SHOW_WORD, __VA_ARGS__ },        \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}

static const struct cmd cmds[] = {
	SHOW(show_cpu, SORT_NONE, PROCESSES, KW("cpu", "Show CPU use per process")),
	SHOW(show_cpu, SORT_5SEC, PROCESSES, KW("cpu", "Show CPU use per process"),
	     KW("sorted", "Show sorted output based on percentage of utilization")),
	SHOW(show_cpu, SORT_5SEC, PROCESSES, KW("cpu", "Show CPU use per process"),
	     KW("sorted", "Show sorted output based on percentage of utilization"), PICK("order", orders)),
	SHOW(show_process_memory, 0, PROCESSES, KW("memory", "Show memory use per process")),
	SHOW(show_process_memory, 0, PROCESSES, KW("memory", "Show memory use per process"),
	     KW("sorted", "Sort output")),
	SHOW(show_memory, 0, KW("memory", "Memory statistics")),
	SHOW(show_memory, 0, KW("memory", "Memory statistics"), KW("statistics", "Memory statistics")),
	SHOW(show_memory, 1, KW("memory", "Memory statistics"), KW("summary", "Summary of memory usage per alloc PC")),
	SHOW(show_inventory, 0, KW("inventory", "Show the physical inventory")),
};

const struct cmd_table cmd_process_table = CMD_TABLE(cmds);
