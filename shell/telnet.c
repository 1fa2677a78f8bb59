/*
 * Options follow RFC 1143 without its queue: this end asks for each once, at the beginning, so that an answer to a
 * question is never answered itself, and whatever is in force already is not acknowledged again.
 */
#include "shell/telnet.h"

#include "shell/keys.h"

#define BIT(option) (1u << (option))

static const uint32_t server_does = BIT(TELNET_ECHO) | BIT(TELNET_SGA),
		      client_may = BIT(TELNET_SGA) | BIT(TELNET_TTYPE) | BIT(TELNET_NAWS);
static const uint32_t client_does = BIT(TELNET_SGA), server_may = BIT(TELNET_ECHO) | BIT(TELNET_SGA);

static void say(struct telnet *t, uint8_t command, uint8_t option)
{
	t->answer(t->ctx, (const uint8_t[]){ TELNET_IAC, command, option }, 3);
}

void telnet_begin(struct telnet *t)
{
	t->state = TELNET_DATA;
	t->answers = TELNET_ANSWERS;
	if (t->client)
		return;
	t->ours = t->ours_asked = BIT(TELNET_ECHO) | BIT(TELNET_SGA);
	t->theirs_asked = BIT(TELNET_TTYPE) | BIT(TELNET_NAWS);
	say(t, TELNET_WILL, TELNET_ECHO);
	say(t, TELNET_WILL, TELNET_SGA);
	say(t, TELNET_DO, TELNET_TTYPE);
	say(t, TELNET_DO, TELNET_NAWS);
}

static void type(struct telnet *t, uint8_t c)
{
	if (t->answers < TELNET_ANSWERS)
		t->answers++;
	t->typed(t->ctx, &c, 1);
}

static void answer(struct telnet *t, uint8_t command, uint8_t option)
{
	if (!t->answers)
		return;
	t->answers--;
	say(t, command, option);
}

/* One side's option is asked for or answered: `on` is what the other end wants, or says that it does. */
static void settle(struct telnet *t, uint32_t *in_force, uint32_t *asked, bool able, bool on, uint8_t option,
		   uint8_t yes, uint8_t no)
{
	uint32_t bit = option < 32 ? BIT(option) : 0;
	bool due = *asked & bit;

	*asked &= ~bit;
	if (!able) {
		if (on)
			answer(t, no, option);
		return;
	}
	if (!due && on != !!(*in_force & bit))
		answer(t, on ? yes : no, option);
	*in_force = on ? *in_force | bit : *in_force & ~bit;
}

static void take_option(struct telnet *t, uint8_t option)
{
	uint32_t bit = option < 32 ? BIT(option) : 0;
	bool can = bit & (t->client ? client_does : server_does), may = bit & (t->client ? server_may : client_may);

	switch (t->command) {
	case TELNET_DO:
	case TELNET_DONT:
		settle(t, &t->ours, &t->ours_asked, can, t->command == TELNET_DO, option, TELNET_WILL, TELNET_WONT);
		break;
	default:
		settle(t, &t->theirs, &t->theirs_asked, may, t->command == TELNET_WILL, option, TELNET_DO, TELNET_DONT);
		break;
	}
}

static void take_sub(struct telnet *t)
{
	if (t->sub_octets == 5 && t->sub[0] == TELNET_NAWS && t->window)
		t->window(t->ctx, (unsigned)(t->sub[3] << 8 | t->sub[4]), (unsigned)(t->sub[1] << 8 | t->sub[2]));
}

static void keep_sub(struct telnet *t, uint8_t c)
{
	if (t->sub_octets < sizeof(t->sub))
		t->sub[t->sub_octets] = c;
	if (t->sub_octets <= sizeof(t->sub))
		t->sub_octets++;
}

static enum telnet_state take_command(struct telnet *t, uint8_t c)
{
	switch (c) {
	case TELNET_IAC:
		type(t, c);
		return TELNET_DATA;
	case TELNET_BRK: /* a break is the escape sequence, as an interrupt of the process */
	case TELNET_IP:
		type(t, KEY_INTERRUPT);
		return TELNET_DATA;
	case TELNET_EC:
		type(t, KEY_RUBOUT);
		return TELNET_DATA;
	case TELNET_EL:
		type(t, CTRL_KEY('U'));
		return TELNET_DATA;
	case TELNET_SB:
		t->sub_octets = 0;
		return TELNET_SUB;
	case TELNET_WILL:
	case TELNET_WONT:
	case TELNET_DO:
	case TELNET_DONT:
		t->command = c;
		return TELNET_OPTION;
	default:
		return TELNET_DATA;
	}
}

/* A NUL is what fills up a Return, or nothing. */
static enum telnet_state take_data(struct telnet *t, uint8_t c)
{
	bool end_of_return = t->state == TELNET_CR && c == '\n' && !t->client;

	if (c == TELNET_IAC)
		return TELNET_COMMAND;
	if (c && !end_of_return)
		type(t, c);
	return c == '\r' ? TELNET_CR : TELNET_DATA;
}

static enum telnet_state next(struct telnet *t, uint8_t c)
{
	switch (t->state) {
	case TELNET_DATA:
	case TELNET_CR:
		return take_data(t, c);
	case TELNET_COMMAND:
		return take_command(t, c);
	case TELNET_OPTION:
		take_option(t, c);
		return TELNET_DATA;
	case TELNET_SUB:
		if (c == TELNET_IAC)
			return TELNET_SUB_COMMAND;
		keep_sub(t, c);
		return TELNET_SUB;
	case TELNET_SUB_COMMAND:
		if (c == TELNET_SE)
			take_sub(t);
		if (c != TELNET_IAC)
			return c == TELNET_SE ? TELNET_DATA : take_command(t, c);
		keep_sub(t, c);
		return TELNET_SUB;
	}
	return TELNET_DATA;
}

void telnet_take(struct telnet *t, const uint8_t *bytes, size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		t->state = next(t, bytes[i]);
}

size_t telnet_encode(const char *text, size_t octets, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < octets; i++) {
		uint8_t c = (uint8_t)text[i];

		out[n++] = c;
		if (c == TELNET_IAC)
			out[n++] = TELNET_IAC;
		else if (c == '\r' && (i + 1 == octets || text[i + 1] != '\n'))
			out[n++] = 0;
	}
	return n;
}
