#include "shell/stamp.h"

#include "shell/session_int.h"
#include "shell/sys.h"

#include <stdio.h>

static unsigned whole(unsigned hundredths)
{
	return (hundredths + 50) / 100;
}

static void print_load(struct session *s)
{
	struct cpu_use use = { 0 };
	unsigned kernel = 0;
	char line[128];

	if (s->shell->sys)
		cpu_total(sys_cpu(s->shell->sys), &use, &kernel);
	snprintf(line, sizeof(line), "Load for five secs: %u%%/%u%%; one minute: %u%%; five minutes: %u%%",
		 whole(use.five_seconds), whole(kernel), whole(use.one_minute), whole(use.five_minutes));
	output_line(s, line);
}

void stamp_print(struct session *s)
{
	bool taken = session_lock(s);
	struct zone z = s->shell->config->logging.zone;
	char line[128], clock[64];
	struct timespec now;

	session_unlock(s, taken);
	logger_now(s->shell->log, &now);
	zone_clock_text(&z, &now, clock, sizeof(clock));
	print_load(s);
	/* the mark as in `show clock`: nobody vouches for the time */
	snprintf(line, sizeof(line), "Time source is hardware calendar, %s%s",
		 logger_clock_is_set(s->shell->log) ? "" : "*", clock);
	output_line(s, line);
	output_line(s, "");
}
