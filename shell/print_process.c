#include "shell/print_process.h"

#include "shell/show.h"

/* IOS rounds to whole percents in the head line. */
static unsigned whole(unsigned hundredths)
{
	return (hundredths + 50) / 100;
}

void print_cpu(struct session *s, const struct cpu_use *all, unsigned kernel, const struct cpu_thread *threads,
	       size_t count)
{
	session_line(s, "CPU utilization for five seconds: %u%%/%u%%; one minute: %u%%; five minutes: %u%%",
		     whole(all->five_seconds), whole(kernel), whole(all->one_minute), whole(all->five_minutes));
	session_line(s, " PID Runtime(ms)   Invoked      uSecs   5Sec   1Min   5Min TTY Process");
	for (size_t i = 0; i < count; i++) {
		const struct cpu_thread *t = &threads[i];
		uint64_t each = t->invoked ? t->runtime_ms * 1000 / t->invoked : 0;

		session_line(s, "%4u %11llu %9llu %10llu%3u.%02u%%%3u.%02u%%%3u.%02u%% %3d %s", t->id,
			     (unsigned long long)t->runtime_ms, (unsigned long long)t->invoked,
			     (unsigned long long)each, t->use.five_seconds / 100, t->use.five_seconds % 100,
			     t->use.one_minute / 100, t->use.one_minute % 100, t->use.five_minutes / 100,
			     t->use.five_minutes % 100, 0, t->name);
	}
}

static void print_holder(struct session *s, uint64_t allocated, uint64_t freed, uint64_t holding, const char *name)
{
	session_line(s, "%4u %3u %10llu %10llu %10llu %10u %10u %-16s", 0, 0, (unsigned long long)allocated,
		     (unsigned long long)freed, (unsigned long long)holding, 0, 0, name);
}

void print_process_memory(struct session *s, const struct show_memory *m)
{
	session_line(s, "Processor Pool Total: %10llu Used: %10llu Free: %10llu", (unsigned long long)m->total,
		     (unsigned long long)m->used, (unsigned long long)m->available);
	show_blank(s);
	session_line(s, " PID TTY  Allocated      Freed    Holding    Getbufs    Retbufs Process");
	/* threads share one heap: what each holds cannot be told */
	print_holder(s, m->heap_taken, m->heap_free, m->heap_used, "*Init*");
	print_holder(s, m->text, 0, m->text, "*Program*");
	show_blank(s);
	session_line(s, "%llu Total", (unsigned long long)m->heap_used + m->text);
}

void print_memory(struct session *s, const struct show_memory *m, bool summary)
{
	session_line(s, "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)");
	session_line(s, "Processor %10llX%12llu%12llu%12llu%12llu%12llu", (unsigned long long)m->head,
		     (unsigned long long)m->total, (unsigned long long)m->used, (unsigned long long)m->available,
		     (unsigned long long)m->lowest, (unsigned long long)m->available);
	if (!summary)
		return;
	session_line(s, "\n          Processor memory\n\n Alloc PC          Size     Blocks      Bytes    What\n");
	session_line(s, "0x%08llX %12llu %10llu %10llu    *Init*", (unsigned long long)m->head,
		     (unsigned long long)(m->heap_blocks ? m->heap_used / m->heap_blocks : 0),
		     (unsigned long long)m->heap_blocks, (unsigned long long)m->heap_used);
}

void print_inventory(struct session *s, const char *version, const char *serial, const struct router_if_info *ports,
		     size_t count)
{
	session_line(s, "NAME: \"mainmode\", DESCR: \"mainmode chassis, Hw Serial#: %s, Hw Revision: %s\"", serial,
		     version);
	session_line(s, "PID: %-18s, VID: %s, SN: %s", "MAINMODE", version, serial);
	for (size_t i = 0; i < count; i++) {
		show_blank(s);
		session_line(s, "NAME: \"%s\", DESCR: \"Linux network device %s\"", ports[i].name, ports[i].device);
		session_line(s, "PID: %-18s, VID: %s, SN: ", "", "");
	}
	show_blank(s);
}
