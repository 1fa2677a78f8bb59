/*
 * What name servers answer. The sockets are the harness's; the question that was asked stands in the answer, and its number, so
 * that what follows is read.
 *
 * The first octet says what is asked and what of the question is given back. Then answers: two octets of length, the flags and
 * counts of the header, the records. Not more addresses come out than there is room for, and a name can be printed.
 *
 * libs: -Wl,--wrap=socket,--wrap=connect,--wrap=send,--wrap=recv,--wrap=poll -lresolv -lcrypto
 */
#include "base/buf.h"
#include "shell/dns.h"

#include <arpa/nameser.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *a, socklen_t octets);
ssize_t __wrap_send(int fd, const void *data, size_t octets, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t room, int flags);
int __wrap_poll(struct pollfd *p, nfds_t count, int timeout);

static struct rd in;
static uint8_t question[512];
static size_t question_octets;
static bool other_number, other_question;

static void demand(bool good)
{
	if (!good)
		abort();
}

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_connect(int fd, const struct sockaddr *a, socklen_t octets)
{
	(void)fd, (void)a, (void)octets;
	return 0;
}

ssize_t __wrap_send(int fd, const void *data, size_t octets, int flags)
{
	(void)fd, (void)flags;
	demand(octets <= sizeof(question));
	memcpy(question, data, octets);
	question_octets = octets;
	return (ssize_t)octets;
}

int __wrap_poll(struct pollfd *p, nfds_t count, int timeout)
{
	(void)count, (void)timeout;
	p[0].revents = POLLIN;
	return 1;
}

/* The number, the input's flags and counts, the question, the input's records. When there is no more the server is gone. */
ssize_t __wrap_recv(int fd, void *buf, size_t room, int flags)
{
	size_t octets = rd_u16(&in);
	struct wr w = wr_of(buf, room);
	struct rd r;

	(void)fd, (void)flags;
	memset(buf, 0xa5, room);
	if (in.why) {
		errno = ECONNREFUSED;
		return -1;
	}
	r = rd_sub(&in, octets < rd_left(&in) ? octets : rd_left(&in));
	if (other_number)
		wr_u16(&w, rd_u16(&r));
	else
		wr_bytes(&w, question, 2);
	for (unsigned i = 0; i < NS_HFIXEDSZ - 2; i++)
		wr_u8(&w, rd_u8(&r));
	if (!other_question)
		wr_bytes(&w, question + NS_HFIXEDSZ, question_octets - NS_HFIXEDSZ);
	octets = rd_left(&r) < room - wr_octets(&w) ? rd_left(&r) : room - wr_octets(&w);
	wr_bytes(&w, rd_take(&r, octets), octets);
	return (ssize_t)wr_octets(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ip_addr server = { 4, { 192, 0, 2, 53 } }, asked4 = { 4, { 10, 0, 0, 3 } },
				    asked6 = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	struct ip_addr *found = malloc(DNS_ADDRESSES * sizeof(*found));
	char *name = malloc(DNS_NAME_SIZE);
	const unsigned what = size ? data[0] : 0, family = what & 1 ? 6 : 4;
	size_t count = 0;

	demand(found && name);
	in = rd_of(data, size);
	rd_u8(&in);
	other_number = what & 4;
	other_question = what & 8;
	if (what & 2) {
		if (dns_ask_name(&server, 0, family == 4 ? &asked4 : &asked6, -1, name) == DNS_ANSWERED) {
			demand(strnlen(name, DNS_NAME_SIZE) < DNS_NAME_SIZE && *name);
			for (const char *p = name; *p; p++)
				demand(isgraph((unsigned char)*p));
		}
	} else {
		const enum dns_verdict verdict = dns_ask(&server, 0, "r3.example.net", family, -1, found, &count);

		demand(count <= DNS_ADDRESSES && (verdict == DNS_ANSWERED) == (count > 0));
		for (size_t i = 0; i < count; i++)
			demand(found[i].family == family);
	}
	free(found);
	free(name);
	return 0;
}
