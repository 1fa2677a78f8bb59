/* shell/check.c: `mainmode check`, for people and for programs. */
#include "shell/check.h"
#include "startup-config/nvram.h"
#include "tests/unit/shell_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUT_SIZE 16384

static char path[] = "/tmp/test_check.XXXXXX";

static void begin(const char *text)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int check(const char *file, bool json, char out[OUT_SIZE])
{
	FILE *f;
	int code;

	memset(out, 0, OUT_SIZE);
	f = fmemopen(out, OUT_SIZE, "w");
	code = check_file(file, json, f);
	fclose(f);
	return code;
}

static int check_text(const char *text, bool json, char out[OUT_SIZE])
{
	int code;

	begin(text);
	code = check(path, json, out);
	unlink(path);
	return code;
}

static bool printed(const char *out, const char *want)
{
	if (!strcmp(out, want))
		return true;
	printf("\n--- wanted\n%s--- printed\n%s", want, out);
	return false;
}

static void each_line_has_a_verdict(void)
{
	char out[OUT_SIZE];

	CU_ASSERT_EQUAL(check_text("hostname R2\n!\nno ip http server\nend\n", false, out), 0);
	CU_ASSERT_TRUE(printed(out, "line 1: accepted: hostname R2\n"
				    "line 3: accepted: no ip http server\n"
				    "2 accepted, 0 kept, 0 rejected\n"));
	CU_ASSERT_EQUAL(check_text("router bgp 1\n neighbor 10.0.0.1 remote-as 1\n", false, out), 0);
	CU_ASSERT_TRUE(printed(out, "line 1: kept (not implemented): router bgp 1\n"
				    "line 2: kept (its section is not implemented): neighbor 10.0.0.1 remote-as 1\n"
				    "0 accepted, 2 kept, 0 rejected\n"));
	CU_ASSERT_EQUAL(check_text("interface Tunnel1\n tunnel mode ipsec ipv4\n zone-member security X\n", false, out),
			0);
	CU_ASSERT_TRUE(printed(out,
			       "line 1: accepted: interface Tunnel1\n"
			       "line 2: accepted: tunnel mode ipsec ipv4\n"
			       "line 3: kept (not implemented), restricts and is NOT enforced: zone-member security X\n"
			       "check: interface Tunnel1: no tunnel source\n"
			       "check: interface Tunnel1: no tunnel destination\n"
			       "check: interface Tunnel1: no tunnel protection\n"
			       "check: interface Tunnel1: no IPv4 address, nothing is carried\n"
			       "2 accepted, 1 kept, 0 rejected\n"));
}

/* The caret stands under the first wrong character of the line as it would stand behind its prompt. */
static void a_rejected_line_stands_there_as_on_a_terminal(void)
{
	char out[OUT_SIZE];

	CU_ASSERT_EQUAL(check_text("hostname R2\n"
				   "interface Ethernet0/0\n"
				   " ip address 10.0.0.256 255.255.255.0\n"
				   " ip address 10.0.0.1 255.0.255.0\n"
				   "ip route 10.9.0.1 255.255.0.0 10.0.0.9\n"
				   "end\n"
				   "hostname R3\n",
				   false, out),
			1);
	CU_ASSERT_TRUE(printed(out, "line 1: accepted: hostname R2\n"
				    "line 2: accepted: interface Ethernet0/0\n"
				    "line 3: rejected\n"
				    "R2(config-if)#ip address 10.0.0.256 255.255.255.0\n"
				    "                                  ^\n"
				    "% Invalid input detected at '^' marker.\n"
				    "line 4: rejected\n"
				    "R2(config-if)#ip address 10.0.0.1 255.0.255.0\n"
				    "Bad mask 0xFF00FF00 for address 10.0.0.1\n"
				    "line 5: rejected\n"
				    "R2(config)#ip route 10.9.0.1 255.255.0.0 10.0.0.9\n"
				    "%Inconsistent address and mask\n"
				    "line 7: rejected\n"
				    "R2(config)#hostname R3\n"
				    "% Stands behind `end`\n"
				    "2 accepted, 0 kept, 4 rejected\n"));
	/* a name that a terminal would obey: CSI in UTF-8 */
	CU_ASSERT_EQUAL(check_text("hostname R\xc2\x9b\nip route 10.9.0.1 255.255.0.0 10.0.0.9\n", false, out), 1);
	CU_ASSERT_TRUE(printed(out, "line 1: accepted: hostname R??\n"
				    "line 2: rejected\n"
				    "R?\?(config)#ip route 10.9.0.1 255.255.0.0 10.0.0.9\n"
				    "%Inconsistent address and mask\n"
				    "1 accepted, 0 kept, 1 rejected\n"));
}

static void programs_get_json(void)
{
	char out[OUT_SIZE], want[OUT_SIZE];

	CU_ASSERT_EQUAL(check_text("hostname R2\n"
				   "interface Tunnel1\n"
				   " ip address 10.0.0.256 255.255.255.0\n"
				   " ip foo \"a\\b\" caf\xe9 \xc3\xa9\n"
				   "ip route 10.9.0.1 255.255.0.0 10.0.0.9\n"
				   "i r\n",
				   true, out),
			1);
	snprintf(
		want, sizeof(want),
		"{\"file\": \"%s\",\n"
		" \"lines\": [\n"
		"  {\"line\": 1, \"text\": \"hostname R2\", \"verdict\": \"accepted\", \"column\": null, \"message\": null, \"restricts\": false},\n"
		"  {\"line\": 2, \"text\": \"interface Tunnel1\", \"verdict\": \"accepted\", \"column\": null, \"message\": null, \"restricts\": false},\n"
		"  {\"line\": 3, \"text\": \"ip address 10.0.0.256 255.255.255.0\", \"verdict\": \"rejected\", \"column\": 21, \"message\": \"%% Invalid input detected at '^' marker.\", \"restricts\": false},\n"
		"  {\"line\": 4, \"text\": \"ip foo \\\"a\\\\b\\\" caf\\u00e9 \xc3\xa9\", \"verdict\": \"kept\", \"column\": 4, \"message\": \"not understood from \\\"foo\\\"\", \"restricts\": false},\n"
		"  {\"line\": 5, \"text\": \"ip route 10.9.0.1 255.255.0.0 10.0.0.9\", \"verdict\": \"rejected\", \"column\": null, \"message\": \"%%Inconsistent address and mask\", \"restricts\": false},\n",
		path);
	if (strncmp(out, want, strlen(want)) != 0)
		printf("\n--- wanted\n%s--- printed\n%s", want, out);
	CU_ASSERT_NSTRING_EQUAL(out, want, strlen(want));
	CU_ASSERT_PTR_NOT_NULL(strstr(out,
				      "\n ],\n \"accepted\": 2, \"kept\": 2, \"rejected\": 2,\n \"findings\": [\n"
				      "  \"interface Tunnel1: tunnel mode gre ip carries nothing on this router\"\n"));
	CU_ASSERT_STRING_EQUAL(out + strlen(out) - 5, "\n ]}\n");
}

static void secrets_are_in_neither(void)
{
	static const char text[] = "username bob password 0 hidden\n"
				   "crypto isakmp key hidden address 10.0.0.1\n"
				   "crypto isakmp key hidden address 10.0.0.300\n"
				   "line vty 0 4\n"
				   " password hidden\n"
				   "enable sec 5 hidden\n"
				   "snmp-server community hidden RO\n";
	char out[OUT_SIZE];

	for (int json = 0; json < 2; json++) {
		CU_ASSERT_EQUAL(check_text(text, json, out), 1);
		if (strstr(out, "hidden"))
			printf("\n%s", out);
		CU_ASSERT_PTR_NULL(strstr(out, "hidden"));
		CU_ASSERT_PTR_NOT_NULL(strstr(out, "crypto isakmp key <removed>"));
	}
}

static void what_cannot_be_read_is_said(void)
{
	char out[OUT_SIZE];
	FILE *big;

	CU_ASSERT_EQUAL(check("/tmp/test_check.none", false, out), 2);
	CU_ASSERT_TRUE(printed(out, "/tmp/test_check.none: No such file or directory\n"));
	CU_ASSERT_EQUAL(check("/tmp/test_check.none", true, out), 2);
	CU_ASSERT_TRUE(
		printed(out, "{\"file\": \"/tmp/test_check.none\", \"error\": \"No such file or directory\"}\n"));
	CU_ASSERT_EQUAL(check("/tmp", false, out), 2);
	CU_ASSERT_TRUE(printed(out, "/tmp: Is a directory\n"));
	begin("");
	big = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(big);
	CU_ASSERT_EQUAL(ftruncate(fileno(big), 100000000), 0); /* a hundred million octets, and no block on the disk */
	fclose(big);
	CU_ASSERT_EQUAL(check(path, false, out), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(out, ": larger than a configuration may be (33554432 bytes)\n"));
	unlink(path);
}

static void the_standard_input_is_a_file(void)
{
	char out[OUT_SIZE];
	int saved = dup(STDIN_FILENO), p[2];

	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	CU_ASSERT_EQUAL(write(p[1], "hostname R2", 11), 11);
	close(p[1]);
	dup2(p[0], STDIN_FILENO);
	close(p[0]);
	CU_ASSERT_EQUAL(check("-", false, out), 0);
	CU_ASSERT_TRUE(printed(out, "line 1: accepted: hostname R2\n1 accepted, 0 kept, 0 rejected\n"));
	dup2(saved, STDIN_FILENO);
	close(saved);
}

/* What is shipped is understood, all of it. */
static void the_shipped_configurations_are_accepted(void)
{
	const char *top = getenv("srcdir");
	char folder[256], file[600], out[OUT_SIZE];
	struct dirent *e;
	unsigned count = 0;
	DIR *d;

	snprintf(folder, sizeof(folder), "%s/startup-config", top ? top : ".");
	d = opendir(folder);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n < 4 || strcmp(e->d_name + n - 4, ".cfg") != 0)
			continue;
		count++;
		snprintf(file, sizeof(file), "%s/%s", folder, e->d_name);
		CU_ASSERT_EQUAL(check(file, false, out), 0);
		if (!strstr(out, " accepted, 0 kept, 0 rejected\n"))
			printf("\n%s: %s", e->d_name, out);
		CU_ASSERT_PTR_NOT_NULL(strstr(out, " accepted, 0 kept, 0 rejected\n"));
	}
	closedir(d);
	CU_ASSERT_TRUE(count >= 2);
}

static const struct unit_test tests[] = {
	{ "each line has a verdict", each_line_has_a_verdict },
	{ "a rejected line stands there as on a terminal", a_rejected_line_stands_there_as_on_a_terminal },
	{ "programs get JSON", programs_get_json },
	{ "secrets are in neither", secrets_are_in_neither },
	{ "what cannot be read is said", what_cannot_be_read_is_said },
	{ "the standard input is a file", the_standard_input_is_a_file },
	{ "the shipped configurations are accepted", the_shipped_configurations_are_accepted },
};

UNIT_MAIN("check", tests)
