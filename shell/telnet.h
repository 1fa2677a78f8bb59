/*
 * Telnet's octets, RFC 854, as the router's end speaks it: options, window size (RFC 1073), line ends, interrupts. No
 * sockets. What comes may be cut anywhere.
 *
 * The router offers ECHO and SUPPRESS-GO-AHEAD and asks for terminal type and window size, as IOS does; all else is
 * refused. Nothing is kept of a subnegotiation but what a window size needs, and of what is asked in a flood only so
 * much is answered as TELNET_ANSWERS says, and one more for each octet that is typed.
 */
#ifndef SHELL_TELNET_H
#define SHELL_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TELNET_PORT    23
#define TELNET_ANSWERS 64

enum telnet_octet {
	TELNET_SE = 240,
	TELNET_NOP,
	TELNET_DM,
	TELNET_BRK,
	TELNET_IP,
	TELNET_AO,
	TELNET_AYT,
	TELNET_EC,
	TELNET_EL,
	TELNET_GA,
	TELNET_SB,
	TELNET_WILL,
	TELNET_WONT,
	TELNET_DO,
	TELNET_DONT,
	TELNET_IAC
};
enum telnet_option {
	TELNET_ECHO = 1,
	TELNET_SGA = 3,
	TELNET_TTYPE = 24,
	TELNET_NAWS = 31,
};

enum telnet_state { TELNET_DATA, TELNET_CR, TELNET_COMMAND, TELNET_OPTION, TELNET_SUB, TELNET_SUB_COMMAND };

struct telnet {
	void *ctx;
	void (*typed)(void *ctx, const uint8_t *bytes, size_t octets);
	void (*answer)(void *ctx, const uint8_t *bytes, size_t octets); /* to the other end, as it is */
	void (*window)(void *ctx, unsigned rows, unsigned columns);
	enum telnet_state state;
	uint8_t command;                   /* the option's that comes next */
	bool client;                       /* the router is the one who connected: the other end echoes */
	uint32_t ours, theirs;             /* options in force, a bit each */
	uint32_t ours_asked, theirs_asked; /* an answer is due */
	uint8_t sub[5];
	size_t sub_octets; /* how many came, also of those that are not kept */
	unsigned answers;
};

/* The functions and ctx are set; says what is offered (nothing as the client). */
void telnet_begin(struct telnet *t);
void telnet_take(struct telnet *t, const uint8_t *bytes, size_t octets);
/* `octets` of text as they go over the wire, into out, which holds twice as many. Returns how many. */
size_t telnet_encode(const char *text, size_t octets, uint8_t *out);

#endif
