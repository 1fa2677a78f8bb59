#include "shell/ask_values.h"

#include "shell/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool ask_number(struct session *s, const char *question, unsigned min, unsigned max, unsigned *value)
{
	char prompt[64], answer[32];

	snprintf(prompt, sizeof(prompt), "%s [%u]: ", question, *value);
	for (;;) {
		char *end;
		unsigned long n;

		if (!session_ask(s, prompt, false, answer, sizeof(answer)))
			return false;
		if (!*answer)
			return true;
		errno = 0;
		n = strtoul(answer, &end, 10);
		if (!errno && !*end && *answer >= '0' && *answer <= '9' && n >= min && n <= max) {
			*value = (unsigned)n;
			return true;
		}
		session_line(s, "%% A decimal number between %u and %u.", min, max);
	}
}

bool ask_yes_no(struct session *s, const char *prompt, bool *yes)
{
	char answer[16];

	*yes = false;
	for (;;) {
		size_t n;

		if (!session_ask(s, prompt, false, answer, sizeof(answer)))
			return false;
		n = strlen(answer);
		if (!n || strncasecmp(answer, "no", n) == 0)
			return true;
		if (strncasecmp(answer, "yes", n) == 0) {
			*yes = true;
			return true;
		}
		session_line(s, "Please answer 'yes' or 'no'.");
	}
}

bool ask_only(struct session *s, const char *prompt, const char *only)
{
	char answer[64];

	for (;;) {
		if (!session_ask(s, prompt, false, answer, sizeof(answer)))
			return false;
		if (!*answer || strcasecmp(answer, only) == 0)
			return true;
		session_line(s, "%% Only %s is supported here.", only);
	}
}

enum ask_answer ask_yes_or_no(struct session *s, const char *prompt)
{
	char answer[16];

	for (;;) {
		size_t n;

		if (!session_ask(s, prompt, false, answer, sizeof(answer)))
			return ASK_NONE;
		n = strlen(answer);
		if (n && !strncasecmp(answer, "yes", n))
			return ASK_YES;
		if (n && !strncasecmp(answer, "no", n))
			return ASK_NO;
		session_line(s, "%% Please answer 'yes' or 'no'.");
	}
}

bool ask_yes(struct session *s, const char *prompt)
{
	return ask_yes_or_no(s, prompt) == ASK_YES;
}

int ask_protocol(struct session *s, const char *command)
{
	char protocol[16];

	if (!session_ask(s, "Protocol [ip]: ", false, protocol, sizeof(protocol)))
		return 0;
	if (!*protocol || strcasecmp(protocol, "ip") == 0)
		return 4;
	if (strcasecmp(protocol, "ipv6") == 0)
		return 6;
	session_line(s, "%% Unknown protocol - \"%s\", type \"%s ?\" for help", protocol, command);
	return 0;
}

bool take_output_interface(struct session *s, const char *typed, char out[CONFIG_IFNAME_SIZE])
{
	enum if_type type;

	if (ifname_canonical(typed, out, &type) && strcasecmp(typed, out) == 0)
		return true;
	*out = '\0';
	session_line(s, "%% Invalid interface. Use full interface name without spaces (e.g. Serial0/1)");
	return false;
}

bool ask_output_interface(struct session *s, char out[CONFIG_IFNAME_SIZE])
{
	char answer[CONFIG_IFNAME_SIZE] = "";

	return session_ask(s, "Output Interface: ", false, answer, sizeof(answer)) &&
	       take_output_interface(s, answer, out);
}
