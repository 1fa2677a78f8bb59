/* Names of hosts: the router's table, a name server (a thread on loopback), and answers that are none. */
#include "shell/dns.h"
#include "shell/resolve.h"
#include "tests/unit/shell_rig.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct rig rig;

/* --- a name server: answers as `how` says ---- */

enum how { HOW_ADDRESS, HOW_ALIAS, HOW_UNKNOWN, HOW_FORGED_FIRST, HOW_NAME };

struct server {
	int fd;
	uint16_t port;
	enum how how;
	pthread_t thread;
};

static size_t name_end(const uint8_t *m)
{
	size_t at = 12;

	while (m[at])
		at += m[at] + 1u;
	return at + 1 + 4;
}

static size_t add_record(uint8_t *m, size_t at, uint8_t pointer, uint8_t type, const void *data, uint8_t octets)
{
	const uint8_t head[] = { 0xc0, pointer, 0, type, 0, 1, 0, 0, 0, 60, 0, octets };

	memcpy(m + at, head, sizeof(head));
	memcpy(m + at + sizeof(head), data, octets);
	return at + sizeof(head) + octets;
}

static void *serve(void *ctx)
{
	struct server *v = ctx;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	uint8_t m[512];
	ssize_t n = recvfrom(v->fd, m, 256, 0, (struct sockaddr *)&from, &size);
	size_t at;

	if (n < 17)
		return NULL;
	at = name_end(m);
	m[2] = 0x81;
	m[3] = v->how == HOW_UNKNOWN ? 0x83 : 0x80;
	m[7] = v->how == HOW_UNKNOWN ? 0 : v->how == HOW_ALIAS ? 2 : 1;
	memset(m + 8, 0, 4);
	if (v->how == HOW_ALIAS) {
		at = add_record(m, at, 12, 5, "\3www\300\14", 6);
		at = add_record(m, at, (uint8_t)(at - 6), 1, "\12\0\0\11", 4);
	} else if (v->how == HOW_NAME) {
		at = add_record(m, at, 12, 12, "\2r3\3lab", 8);
	} else if (v->how != HOW_UNKNOWN) {
		at = add_record(m, at, 12, 1, "\12\0\0\7", 4);
	}
	if (v->how == HOW_FORGED_FIRST) {
		uint8_t forged[512];

		memcpy(forged, m, at);
		forged[0] ^= 1;
		forged[at - 1] = 66;
		sendto(v->fd, forged, at, 0, (struct sockaddr *)&from, size);
	}
	sendto(v->fd, m, at, 0, (struct sockaddr *)&from, size);
	return NULL;
}

static struct ip_addr loopback(void)
{
	struct ip_addr a;

	ip_parse("127.0.0.1", &a);
	return a;
}

static void serve_begin(struct server *v, enum how how)
{
	struct sockaddr_storage ss;
	struct ip_addr a = loopback();
	socklen_t size = ip_to_sockaddr(&a, 0, 0, &ss);

	*v = (struct server){ .fd = socket(AF_INET, SOCK_DGRAM, 0), .how = how };
	CU_ASSERT_EQUAL_FATAL(bind(v->fd, (struct sockaddr *)&ss, size), 0);
	size = sizeof(ss);
	getsockname(v->fd, (struct sockaddr *)&ss, &size);
	ip_from_sockaddr(&ss, &a, &v->port);
	pthread_create(&v->thread, NULL, serve, v);
}

static void serve_end(struct server *v)
{
	pthread_join(v->thread, NULL);
	close(v->fd);
}

static enum dns_verdict ask(enum how how, struct ip_addr *out, size_t *count)
{
	struct ip_addr a = loopback(), found[DNS_ADDRESSES];
	struct server v;
	enum dns_verdict verdict;

	serve_begin(&v, how);
	verdict = dns_ask(&a, v.port, "www.lab", 4, -1, found, count);
	serve_end(&v);
	*out = found[0];
	return verdict;
}

static void test_answers(void)
{
	char text[IP_TEXT_SIZE];
	struct ip_addr a;
	size_t count;

	CU_ASSERT_EQUAL(ask(HOW_ADDRESS, &a, &count), DNS_ANSWERED);
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "10.0.0.7");
	CU_ASSERT_EQUAL(ask(HOW_ALIAS, &a, &count), DNS_ANSWERED);
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "10.0.0.9");
	CU_ASSERT_EQUAL(ask(HOW_UNKNOWN, &a, &count), DNS_UNKNOWN);
	CU_ASSERT_EQUAL(count, 0);
}

static struct host_entry *add_host(const char *name, const char *address)
{
	struct host_entry *h = calloc(1, sizeof(*h));

	strcpy(h->name, name);
	CU_ASSERT_TRUE(ip_parse(address, &h->addresses[h->count++]));
	TAILQ_INSERT_TAIL(&rig.shell.config->system.hosts, h, link);
	return h;
}

static void test_names(void)
{
	struct ip_addr a = loopback(), r3;
	char name[DNS_NAME_SIZE];
	struct server v;
	bool silent = false;

	CU_ASSERT_TRUE(ip_parse("2001:db8::3", &r3));
	serve_begin(&v, HOW_NAME);
	CU_ASSERT_EQUAL(dns_ask_name(&a, v.port, &r3, -1, name), DNS_ANSWERED);
	serve_end(&v);
	CU_ASSERT_STRING_EQUAL(name, "r3.lab");
	CU_ASSERT_TRUE(ip_parse("10.0.0.3", &r3));
	serve_begin(&v, HOW_UNKNOWN);
	CU_ASSERT_EQUAL(dns_ask_name(&a, v.port, &r3, -1, name), DNS_UNKNOWN);
	serve_end(&v);

	rig = (struct rig){ 0 };
	rig_open_router(&rig, NULL, 0, SESSION_TEST);
	add_host("R3", "10.0.0.3");
	CU_ASSERT_TRUE(resolve_name(rig.session, &r3, &silent, name, sizeof(name)));
	CU_ASSERT_STRING_EQUAL(name, "R3");
	CU_ASSERT_FALSE(resolve_name(rig.session, &a, &silent, name, sizeof(name))); /* no server: nobody is asked */
	CU_ASSERT_FALSE(silent);
	rig_close(&rig);
}

static void test_forged(void)
{
	char text[IP_TEXT_SIZE];
	struct ip_addr a;
	size_t count;

	CU_ASSERT_EQUAL(ask(HOW_FORGED_FIRST, &a, &count), DNS_ANSWERED);
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "10.0.0.7");
}

/* A server that says nothing is waited for until the user has enough. */
static void test_interrupted(void)
{
	struct ip_addr a = loopback(), found[DNS_ADDRESSES];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), pipes[2];
	struct sockaddr_storage ss;
	socklen_t size = ip_to_sockaddr(&a, 0, 0, &ss);
	uint16_t port;
	size_t count;

	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&ss, size), 0);
	size = sizeof(ss);
	getsockname(fd, (struct sockaddr *)&ss, &size);
	ip_from_sockaddr(&ss, &a, &port);
	CU_ASSERT_EQUAL(write(pipes[1], "x", 1), 1);
	CU_ASSERT_EQUAL(dns_ask(&a, port, "www.lab", 4, pipes[0], found, &count), DNS_INTERRUPTED);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_table(void)
{
	char text[IP_TEXT_SIZE];
	struct ip_addr a;

	rig = (struct rig){ 0 };
	rig_open_router(&rig, NULL, 0, SESSION_TEST);
	rig.shell.config->no_domain_lookup = true;
	strcpy(rig.shell.config->domain_name, "lab.net");
	ip_parse("2001:db8::7", &add_host("R3", "10.0.0.3")->addresses[1]);
	TAILQ_FIRST(&rig.shell.config->system.hosts)->count = 2;
	add_host("web.lab.net", "10.0.0.8");
	CU_ASSERT_TRUE(resolve_host(rig.session, "r3", 0, &a));
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "10.0.0.3");
	CU_ASSERT_TRUE(resolve_host(rig.session, "R3", 6, &a));
	CU_ASSERT_STRING_EQUAL(ip_text(&a, text), "2001:DB8::7");
	CU_ASSERT_TRUE(resolve_host(rig.session, "web", 4, &a));
	CU_ASSERT_TRUE(resolve_host(rig.session, "192.0.2.1", 0, &a));
	CU_ASSERT_FALSE(resolve_host(rig.session, "192.0.2.1", 6, &a));
	CU_ASSERT_TRUE(rig_is(&rig, ""));
	CU_ASSERT_FALSE(resolve_host(rig.session, "other", 0, &a));
	CU_ASSERT_TRUE(rig_is(&rig, "Translating \"other\"\n"));
	rig_close(&rig);
}

static const struct unit_test tests[] = {
	{ "what a server answers", test_answers },
	{ "names of addresses", test_names },
	{ "an answer to another question is none", test_forged },
	{ "the escape sequence ends the wait", test_interrupted },
	{ "ip host, domains, no ip domain lookup", test_table },
};

UNIT_MAIN("resolve", tests)
