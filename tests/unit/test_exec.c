/* The EXEC commands as typed at a session, with their dialogs: show crypto, ping, debug, clear. */
#include "shell/cmd_session.h"
#include "shell/commands_show.h"
#include "tests/unit/exec_fakes.h"
#include "tests/unit/shell_rig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct cmd_table tables[11];
static struct rig rig;

static void begin(void)
{
	tables[0] = cmd_show_crypto_table;
	tables[1] = cmd_ping_table;
	tables[2] = cmd_debug_table;
	tables[3] = cmd_clear_table;
	tables[4] = cmd_show_interface_table;
	tables[5] = cmd_session_table;
	tables[6] = cmd_show_route_table;
	tables[7] = cmd_neigh_table;
	tables[8] = cmd_trace_table;
	tables[9] = cmd_accelerator_table;
	tables[10] = cmd_condition_table;
	fakes = (struct exec_fakes){ 0 };
	rig = (struct rig){ 0 };
	rig_open_router(&rig, tables, sizeof(tables) / sizeof(tables[0]), SESSION_TEST);
}

static void end(void)
{
	rig_close(&rig);
}

static struct ip_addr ip(const char *text)
{
	struct ip_addr a = { 0 };

	CU_ASSERT_TRUE_FATAL(ip_parse(text, &a));
	return a;
}

#define TYPED(line, transcript)                                                                                        \
	do {                                                                                                           \
		rig_type(&rig, (line));                                                                                \
		CU_ASSERT_TRUE(rig_is(&rig, "R2#" line "\n" transcript));                                              \
	} while (0)

/* Is this part of what was printed last? */
static bool printed(const char *part)
{
	static char text[sizeof(rig.out)];
	size_t n = 0;

	for (size_t k = 0; k < rig.octets; k++)
		if (rig.out[k] != '\r')
			text[n++] = rig.out[k];
	text[n < sizeof(text) ? n : n - 1] = '\0';
	return strstr(text, part) != NULL;
}

static const unsigned document_rtt_us[] = { 8000, 8000, 20400, 11000, 7600 };

static void ping_asks_for_the_interface_of_a_link_local_target(void)
{
	begin();
	fakes.ping_source = ip("FE80::23:2");
	fakes.answers = "!!!!!";
	fakes.rtt_us = document_rtt_us;
	rig.input = "tunnel23\r";
	TYPED("ping fe80::23:3", "Output Interface: tunnel23\n"
				 "Type escape sequence to abort.\n"
				 "Sending 5, 100-byte ICMP Echos to FE80::23:3, timeout is 2 seconds:\n"
				 "Packet sent with a source address of FE80::23:2%Tunnel23\n"
				 "!!!!!\n"
				 "Success rate is 100 percent (5/5), round-trip min/avg/max = 8/11/20 ms\n");
	CU_ASSERT_STRING_EQUAL(fakes.path_out_if, "Tunnel23");
	CU_ASSERT_EQUAL(fakes.last_ping.size, 100);
	CU_ASSERT_EQUAL(fakes.last_ping.timeout_ms, 2000);
	CU_ASSERT_EQUAL(fakes.last_ping.sequence, 4);
	rig.input = "tu 23\r";
	TYPED("ping fe80::23:3", "Output Interface: tu 23\n"
				 "% Invalid interface. Use full interface name without spaces (e.g. Serial0/1)\n");
	end();
}

static void ping_takes_its_options(void)
{
	begin();
	fakes.answers = "U..!";
	TYPED("ping 192.168.0.1 size 1500 source 192.168.0.10 repeat 4 df-bit timeout 0",
	      "Type escape sequence to abort.\n"
	      "Sending 4, 1500-byte ICMP Echos to 192.168.0.1, timeout is 0 seconds:\n"
	      "Packet sent with a source address of 192.168.0.10 \n"
	      "Packet sent with the DF bit set\n"
	      "U..!\n"
	      "Success rate is 25 percent (1/4), round-trip min/avg/max = 1/1/1 ms\n");
	CU_ASSERT_TRUE(fakes.last_ping.df);
	fakes.ping_source = ip("1:1:1::1");
	fakes.sent = 0;
	TYPED("ping ipv6 2:1:1::1 source ethernet 0/1 repeat 1",
	      "Type escape sequence to abort.\n"
	      "Sending 1, 100-byte ICMP Echos to 2:1:1::1, timeout is 2 seconds:\n"
	      "Packet sent with a source address of 1:1:1::1\n"
	      "U\n"
	      "Success rate is 0 percent (0/1)\n");
	CU_ASSERT_STRING_EQUAL(fakes.path_source_if, "Ethernet0/1");
	end();
}

static void ping_breaks_its_lines(void)
{
	char out[256], dots[72];

	begin();
	memset(dots, '.', 70);
	strcpy(dots + 70, "\n");
	snprintf(out, sizeof(out), "%s.\nSuccess rate is 0 percent (0/71)\n", dots);
	rig_type(&rig, "ping 10.0.0.1 repeat 71 timeout 0");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "timeout is 0 seconds:\r\n"));
	memmove(rig.out, strstr(rig.out, "seconds:") + 10, strlen(strstr(rig.out, "seconds:") + 10) + 1);
	CU_ASSERT_TRUE(rig_is(&rig, out));
	/* a full screen does not stop it */
	session_terminal(rig.session)->length = 5;
	rig.input = "";
	rig_clear(&rig);
	rig_type(&rig, "ping 10.0.0.1 repeat 700 timeout 0");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, "Success rate is 0 percent (0/700)"));
	CU_ASSERT_PTR_NULL(strstr(rig.out, "More"));
	session_terminal(rig.session)->length = 0;
	rig_type(&rig, "ping 10.0.0.1 repeat 70 timeout 0");
	CU_ASSERT_PTR_NOT_NULL(strstr(rig.out, ".\r\nSuccess rate is 0 percent (0/70)\r\n"));
	end();
}

static void ping_that_is_interrupted_counts_what_came(void)
{
	begin();
	fakes.answers = "!!0";
	TYPED("ping 10.0.0.1", "Type escape sequence to abort.\n"
			       "Sending 5, 100-byte ICMP Echos to 10.0.0.1, timeout is 2 seconds:\n"
			       "!!\n"
			       "Success rate is 100 percent (2/2), round-trip min/avg/max = 1/1/1 ms\n");
	end();
}

static void ping_without_a_way(void)
{
	begin();
	fakes.ping_rc = -ENETUNREACH;
	TYPED("ping 2001::1", "Type escape sequence to abort.\n"
			      "Sending 5, 100-byte ICMP Echos to 2001::1, timeout is 2 seconds:\n"
			      "\n"
			      "% No valid route for destination\n"
			      "Success rate is 0 percent (0/1)\n");
	/* the interface is down: there is no source to name */
	TYPED("ping fe80::23:3%Ethernet0/0", "Type escape sequence to abort.\n"
					     "Sending 5, 100-byte ICMP Echos to FE80::23:3, timeout is 2 seconds:\n"
					     "\n"
					     "% No valid route for destination\n"
					     "Success rate is 0 percent (0/1)\n");
	TYPED("ping 10.0.0.1 repeat 2 timeout 0", "Type escape sequence to abort.\n"
						  "Sending 2, 100-byte ICMP Echos to 10.0.0.1, timeout is 0 seconds:\n"
						  "..\n"
						  "Success rate is 0 percent (0/2)\n");
	CU_ASSERT_EQUAL(fakes.sent, 0);
	fakes.ping_rc = -EADDRNOTAVAIL;
	TYPED("ping 10.0.0.1 source 10.9.9.9",
	      "% Invalid source address- IP address not on any of our up interfaces\n");
	TYPED("ping 10.0.0.1 source e0/1", "% Invalid source interface - IP not enabled or interface is down\n");
	TYPED("ping nowhere", "Translating \"nowhere\"...domain server (255.255.255.255)\n"
			      "% Unrecognized host or address, or protocol not running.\n");
	rig.shell.config->no_domain_lookup = true;
	TYPED("ping ip 2001:db8::1", "% Unrecognized host or address, or protocol not running.\n");
	end();
}

static void ping_dialog_ipv4(void)
{
	begin();
	fakes.answers = "!!!!!";
	rig.input = "\r172.16.3.1\r\r0\r\r\ry\rping172.16.17.1\r172.16.17.1\r\ry\r\r\r\r\r";
	TYPED("ping", "Protocol [ip]: \n"
		      "Target IP address: 172.16.3.1\n"
		      "Repeat count [5]: \n"
		      "Datagram size [100]: 0\n"
		      "% A decimal number between 36 and 18024.\n"
		      "Datagram size [100]: \n"
		      "Timeout in seconds [2]: \n"
		      "Extended commands [n]: y\n"
		      "Source address or interface: ping172.16.17.1\n"
		      "% Invalid source\n"
		      "Source address or interface: 172.16.17.1\n"
		      "Type of service [0]: \n"
		      "Set DF bit in IP header? [no]: y\n"
		      "Validate reply data? [no]: \n"
		      "Data pattern [0xABCD]: \n"
		      "Loose, Strict, Record, Timestamp, Verbose[none]: \n"
		      "Sweep range of sizes [n]: \n"
		      "Type escape sequence to abort.\n"
		      "Sending 5, 100-byte ICMP Echos to 172.16.3.1, timeout is 2 seconds:\n"
		      "Packet sent with a source address of 172.16.17.1 \n"
		      "Packet sent with the DF bit set\n"
		      "!!!!!\n"
		      "Success rate is 100 percent (5/5), round-trip min/avg/max = 1/1/1 ms\n");
	end();
}

static void ping_dialog_ipv6_with_a_sweep(void)
{
	begin();
	fakes.answers = "!!!!";
	fakes.ping_source = ip("FE80::1");
	rig.input = "ipv6\rfe80::2\r2\r\r\r\ryes\r100\r150\r50\rethernet0/0\r";
	TYPED("ping", "Protocol [ip]: ipv6\n"
		      "Target IPv6 address: fe80::2\n"
		      "Repeat count [5]: 2\n"
		      "Datagram size [100]: \n"
		      "Timeout in seconds [2]: \n"
		      "Extended commands? [no]: \n"
		      "Sweep range of sizes? [no]: yes\n"
		      "Sweep min size [48]: 100\n"
		      "Sweep max size [18024]: 150\n"
		      "Sweep interval [1]: 50\n"
		      "Output Interface: ethernet0/0\n"
		      "Type escape sequence to abort.\n"
		      "Sending 4, [100..150]-byte ICMP Echos to FE80::2, timeout is 2 seconds:\n"
		      "Packet sent with a source address of FE80::1%Ethernet0/0\n"
		      "!!!!\n"
		      "Success rate is 100 percent (4/4), round-trip min/avg/max = 1/1/1 ms\n");
	CU_ASSERT_EQUAL(fakes.last_ping.size, 150);
	fakes.ping_source = (struct ip_addr){ 0 };
	/* the protocol on the line: the dialog goes on behind it */
	rig.input = "2001:db8::9\r1\r\r0\r\r\r";
	TYPED("ping ipv6", "Target IPv6 address: 2001:db8::9\n"
			   "Repeat count [5]: 1\n"
			   "Datagram size [100]: \n"
			   "Timeout in seconds [2]: 0\n"
			   "Extended commands? [no]: \n"
			   "Sweep range of sizes? [no]: \n"
			   "Type escape sequence to abort.\n"
			   "Sending 1, 100-byte ICMP Echos to 2001:DB8::9, timeout is 0 seconds:\n"
			   ".\n"
			   "Success rate is 0 percent (0/1)\n");
	end();
}

static void ping_shows_each_reply(void)
{
	begin();
	fakes.answers = "!.!";
	rig.input = "\r10.0.0.3\r3\r\r\ry\r\r184\r\ry\r0xZZ\r0x1234\rs\rv\r\r\r";
	TYPED("ping", "Protocol [ip]: \n"
		      "Target IP address: 10.0.0.3\n"
		      "Repeat count [5]: 3\n"
		      "Datagram size [100]: \n"
		      "Timeout in seconds [2]: \n"
		      "Extended commands [n]: y\n"
		      "Source address or interface: \n"
		      "Type of service [0]: 184\n"
		      "Set DF bit in IP header? [no]: \n"
		      "Validate reply data? [no]: y\n"
		      "Data pattern [0xABCD]: 0xZZ\n"
		      "% A hexadecimal number between 0x0 and 0xFFFF.\n"
		      "Data pattern [0xABCD]: 0x1234\n"
		      "Loose, Strict, Record, Timestamp, Verbose[none]: s\n"
		      "% Only Record and Verbose are supported here.\n"
		      "Loose, Strict, Record, Timestamp, Verbose[none]: v\n"
		      "Loose, Strict, Record, Timestamp, Verbose[V]: \n"
		      "Sweep range of sizes [n]: \n"
		      "Type escape sequence to abort.\n"
		      "Sending 3, 100-byte ICMP Echos to 10.0.0.3, timeout is 2 seconds:\n"
		      "Reply data will be validated\n"
		      "Packet has data pattern 0x1234\n"
		      "Reply to request 0 (1 ms)\n"
		      "Request 1 timed out\n"
		      "Reply to request 2 (1 ms)\n"
		      "Success rate is 66 percent (2/3), round-trip min/avg/max = 1/1/1 ms\n");
	CU_ASSERT_TRUE(fakes.last_ping.validate && fakes.last_ping.patterned);
	CU_ASSERT_EQUAL(fakes.last_ping.pattern, 0x1234);
	CU_ASSERT_EQUAL(fakes.last_ping.tos, 184);
	end();
}

static void ping_records_the_route(void)
{
	begin();
	fakes.answers = "!";
	fakes.ping_reply.route_slots = 3;
	fakes.ping_reply.route_used = 2;
	fakes.ping_reply.route[0] = ip("10.0.0.2");
	fakes.ping_reply.route[1] = ip("10.0.0.3");
	fakes.ping_reply.route[2] = ip("0.0.0.0");
	rig.input = "\r10.0.0.3\r1\r\r\ry\r\r\r\r\r\rr\r3\r\r\r";
	rig_type(&rig, "ping");
	CU_ASSERT_TRUE(printed("Loose, Strict, Record, Timestamp, Verbose[none]: r\n"
			       "Number of hops [9]: 3\n"
			       "Loose, Strict, Record, Timestamp, Verbose[RV]: \n"));
	CU_ASSERT_TRUE(printed("Packet has IP options:  Total option bytes= 15, padded length=16\n"
			       " Record route: <*>\n"
			       "   (0.0.0.0)\n   (0.0.0.0)\n   (0.0.0.0)\n"
			       "\n"
			       "Reply to request 0 (1 ms).  Received packet has options\n"
			       " Total option bytes= 16, padded length=16\n"
			       " Record route:\n"
			       "   (10.0.0.2)\n"
			       "   (10.0.0.3) <*>\n"
			       "   (0.0.0.0)\n"
			       " End of list\n"
			       "\n"
			       "Success rate is 100 percent (1/1)"));
	CU_ASSERT_EQUAL(fakes.last_ping.record_slots, 3);
	end();
}

static void ping_of_a_group(void)
{
	begin();
	fakes.ping_group = true;
	fakes.answers = "!.";
	fakes.ping_reply.from = ip("10.32.20.2");
	TYPED("ping 10.32.20.255 repeat 1", "Type escape sequence to abort.\n"
					    "Sending 1, 100-byte ICMP Echos to 10.32.20.255, timeout is 2 seconds:\n"
					    "\n"
					    "Reply to request 0 from 10.32.20.2, 1 ms\n");
	TYPED("ping 224.0.0.9", "Type escape sequence to abort.\n"
				"Sending 1, 100-byte ICMP Echos to 224.0.0.9, timeout is 2 seconds:\n"
				".\n"
				"Success rate is 0 percent (0/1)\n");
	end();
}

static void ping_takes_data_and_validate(void)
{
	begin();
	fakes.answers = "!";
	TYPED("ping 10.0.0.3 data ff00 validate repeat 1",
	      "Type escape sequence to abort.\n"
	      "Sending 1, 100-byte ICMP Echos to 10.0.0.3, timeout is 2 seconds:\n"
	      "Reply data will be validated\n"
	      "Packet has data pattern 0xFF00\n"
	      "!\n"
	      "Success rate is 100 percent (1/1), round-trip min/avg/max = 1/1/1 ms\n");
	TYPED("ping 10.0.0.3 data 12345", "% Data pattern must be a hexadecimal number between 0x0 and 0xFFFF\n");
	/* no VRFs: the word is a name as any other */
	rig_type(&rig, "ping vrf RED 10.0.0.3");
	CU_ASSERT_TRUE(printed("% Invalid input detected at '^' marker."));
	end();
}

static void ping_dialog_ipv6_in_full(void)
{
	begin();
	rig.input = "2001:db8::9\r1\r\r\ry\r\r\rmaybe\ry\r8\r5\r46\ry\ry\r\r";
	rig_type(&rig, "ping ipv6");
	CU_ASSERT_TRUE(printed("Extended commands? [no]: y\n"
			       "Source address or interface: \n"
			       "UDP protocol? [no]: \n"
			       "Verbose? [no]: maybe\n"
			       "Please answer 'yes' or 'no'.\n"
			       "Verbose? [no]: y\n"
			       "Precedence [0]: 8\n"
			       "% A decimal number between 0 and 7.\n"
			       "Precedence [0]: 5\n"
			       "DSCP [0]: 46\n"
			       "Include hop by hop option? [no]: y\n"
			       "Include destination option? [no]: y\n"
			       "Sweep range of sizes? [no]: \n"));
	CU_ASSERT_EQUAL(fakes.last_ping.tos, 46 << 2);
	CU_ASSERT_TRUE(fakes.last_ping.hop_options && fakes.last_ping.destination_options);
	end();
}

/* The captures of show/traceroute.txt, without their names. */
static void traceroute_shows_hops(void)
{
	static const struct exec_fake_hop hops[] = {
		{ 't', "10.180.133.121", 1000 }, { 't', "10.180.133.125", 1400 },
		{ 't', "10.180.133.121", 300 },  { 't', "10.180.133.125", 2000 },
		{ '!', "10.133.2.1", 1000 },     { '.', NULL, 0 },
		{ '!', "10.133.2.1", 2000 },     { '.', NULL, 0 },
	};

	begin();
	rig.shell.config->no_domain_lookup = true;
	fakes.hops = hops;
	fakes.hop_count = 8;
	TYPED("traceroute 10.133.2.1 probe 4", "Type escape sequence to abort.\n"
					       "Tracing the route to 10.133.2.1\n"
					       "VRF info: (vrf in name/id, vrf out name/id)\n"
					       "  1 10.180.133.121 1 msec\n"
					       "    10.180.133.125 1 msec\n"
					       "    10.180.133.121 0 msec\n"
					       "    10.180.133.125 2 msec\n"
					       "  2 10.133.2.1 1 msec *  2 msec * \n");
	CU_ASSERT_EQUAL(fakes.last_trace.port, 33434 + 7);
	CU_ASSERT_EQUAL(fakes.last_trace.ttl, 2);
	CU_ASSERT_EQUAL(fakes.last_trace.timeout_ms, 3000);
	end();
}

static void traceroute_takes_its_options(void)
{
	static const struct exec_fake_hop hops[] = { { 'A', "10.0.0.2", 1000 },
						     { '.', NULL, 0 },
						     { 'A', "10.0.0.2", 1 } };

	begin();
	TYPED("traceroute 192.0.2.9 ttl 4 5 numeric timeout 0 port 5000 source 10.0.0.1",
	      "Type escape sequence to abort.\n"
	      "Tracing the route to 192.0.2.9\n"
	      "VRF info: (vrf in name/id, vrf out name/id)\n"
	      "  4  *  *  * \n"
	      "  5  *  *  * \n");
	CU_ASSERT_TRUE(fakes.last_trace.port == 5005 && !fakes.last_trace.timeout_ms && fakes.last_trace.src.family);
	fakes.hops = hops;
	fakes.hop_count = 3;
	fakes.sent = 0;
	TYPED("traceroute ipv6 2001:db8::9 numeric", "Type escape sequence to abort.\n"
						     "Tracing the route to 2001:DB8::9\n"
						     "\n"
						     "  1 10.0.0.2 !A  *  !A \n");
	TYPED("traceroute 192.0.2.9 ttl 5 4", "% Minimum TTL must not be larger than maximum TTL\n");
	rig_type(&rig, "traceroute 192.0.2.9 ttl 5");
	CU_ASSERT_TRUE(printed("% Incomplete command."));
	rig_clear(&rig);
	fakes.ping_rc = -EADDRNOTAVAIL;
	TYPED("traceroute 192.0.2.9 source 10.9.9.9", "% Invalid source address\n");
	end();
}

static void traceroute_names_its_hops(void)
{
	static const struct exec_fake_hop hops[] = { { '!', "10.0.0.3", 1000 }, { '!', "10.0.0.3", 1000 }, { 0 } };
	struct host_entry *h = calloc(1, sizeof(*h));

	begin();
	strcpy(h->name, "R3");
	h->addresses[h->count++] = ip("10.0.0.3");
	TAILQ_INSERT_TAIL(&rig.shell.config->system.hosts, h, link);
	fakes.hops = hops;
	fakes.hop_count = 3;
	/* interrupted at the third probe */
	TYPED("traceroute R3", "Type escape sequence to abort.\n"
			       "Tracing the route to R3 (10.0.0.3)\n"
			       "VRF info: (vrf in name/id, vrf out name/id)\n"
			       "  1 R3 (10.0.0.3) 1 msec 1 msec\n");
	end();
}

static void traceroute_dialog(void)
{
	static const struct exec_fake_hop hops[] = { { '!', "10.0.0.3", 1000 } };

	begin();
	fakes.hops = hops;
	fakes.hop_count = 1;
	rig.input = "\r10.0.0.3\r10.0.0.1\ry\r0\r1\r\r300\r\r\r\r";
	TYPED("traceroute", "Protocol [ip]: \n"
			    "Target IP address: 10.0.0.3\n"
			    "Source address: 10.0.0.1\n"
			    "Numeric display [n]: y\n"
			    "Timeout in seconds [3]: 0\n"
			    "Probe count [3]: 1\n"
			    "Minimum Time to Live [1]: \n"
			    "Maximum Time to Live [30]: 300\n"
			    "% A decimal number between 1 and 255.\n"
			    "Maximum Time to Live [30]: \n"
			    "Port Number [33434]: \n"
			    "Loose, Strict, Record, Timestamp, Verbose[none]: \n"
			    "Type escape sequence to abort.\n"
			    "Tracing the route to 10.0.0.3\n"
			    "VRF info: (vrf in name/id, vrf out name/id)\n"
			    "  1 10.0.0.3 1 msec\n");
	end();
}

static void neighbours_are_shown_and_cleared(void)
{
	struct router_neigh n[2] = { { .own = true, .has_mac = true }, { .has_mac = true, .age_s = 61 } };

	begin();
	n[0].addr = ip("10.0.0.9");
	n[1].addr = ip("10.0.0.3");
	strcpy(n[0].ifname, "Ethernet0/0");
	strcpy(n[1].ifname, "Ethernet0/0");
	fakes.neighs = n;
	fakes.neigh_count = 2;
	TYPED("show arp", "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n"
			  "Internet  10.0.0.3                1   0000.0000.0000  ARPA   Ethernet0/0\n"
			  "Internet  10.0.0.9                -   0000.0000.0000  ARPA   Ethernet0/0\n");
	rig_type(&rig, "show ip arp 10.0.0.3");
	CU_ASSERT_FALSE(printed("10.0.0.9"));
	rig_clear(&rig);
	TYPED("show ip arp 10.0.0.4", "");
	rig_type(&rig, "clear arp");
	rig_type(&rig, "clear arp-cache interface e0/0");
	rig_type(&rig, "clear ipv6 neighbors");
	CU_ASSERT_STRING_EQUAL(fakes.told, "arp all;arp Ethernet0/0;neighbors all;");
	end();
}

#define ALL_OFF                                                                                                        \
	"Crypto conditional debug currently is turned OFF\n"                                                           \
	"IKE debug context unmatched flag: OFF\n"                                                                      \
	"IPsec debug context unmatched flag:  OFF\n"                                                                   \
	"Crypto Engine debug context unmatched flag:  OFF\n"

static void debug_conditions(void)
{
	begin();
	TYPED("show crypto debug-condition", ALL_OFF);
	TYPED("debug crypto condition peer ipv4 10.1.1.1", "");
	TYPED("debug crypto condition peer ipv4 10.1.1.2", "");
	TYPED("debug crypto condition peer ipv4 10.1.1.2", "");
	TYPED("debug crypto condition peer ipv6 2001:db8::3", "");
	TYPED("debug crypto condition peer ipv4 10.1.1.4", "");
	TYPED("debug crypto condition connid 2000 engine-id 1", "");
	TYPED("debug crypto condition connid 2001 engine-id 1", "");
	TYPED("debug crypto condition unmatched ipsec", "");
	CU_ASSERT_EQUAL(fakes.conditions.unmatched, IKE_DEBUG_IPSEC);
	TYPED("show crypto debug-condition", "Crypto conditional debug currently is turned ON\n"
					     "IKE debug context unmatched flag: OFF\n"
					     "IPsec debug context unmatched flag:  ON\n"
					     "Crypto Engine debug context unmatched flag:  OFF\n"
					     "\n"
					     "IKE peer IP address filters:\n"
					     "10.1.1.1  10.1.1.2  2001:DB8::3\n"
					     "10.1.1.4\n"
					     "\n"
					     "Connection-id filters:[connid:engine_id]2000:1,2001:1,\n");
	TYPED("no debug crypto condition peer ipv4 10.1.1.1", "");
	TYPED("undebug crypto condition peer ipv6 2001:DB8::3", "");
	TYPED("undebug crypto condition connid 2000 engine-id 1", "");
	TYPED("no debug crypto condition peer ipv4 10.9.9.9", "");
	CU_ASSERT_EQUAL(fakes.conditions.count, 3);
	TYPED("debug crypto condition unmatched", "");
	TYPED("no debug crypto condition unmatched engine", "");
	CU_ASSERT_EQUAL(fakes.conditions.unmatched, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC);
	TYPED("debug crypto condition peer subnet 10.2.3.4 255.255.0.0", "");
	TYPED("debug crypto condition peer hostname R3.example.com", "");
	TYPED("debug crypto condition peer group BRANCH", "");
	TYPED("debug crypto condition local ipv4 10.1.1.9", "");
	TYPED("debug crypto condition local ipv6 2001:DB8::9", "");
	TYPED("debug crypto condition isakmp profile P", "");
	TYPED("debug crypto condition fvrf RED", "");
	TYPED("debug crypto condition ivrf BLUE", "");
	TYPED("debug crypto condition flowid 7 engine-id 1", "");
	TYPED("debug crypto condition spi 4275878552", "");
	TYPED("show crypto debug-condition", "Crypto conditional debug currently is turned ON\n"
					     "IKE debug context unmatched flag: ON\n"
					     "IPsec debug context unmatched flag:  ON\n"
					     "Crypto Engine debug context unmatched flag:  OFF\n"
					     "\n"
					     "IKE peer IP address filters:\n"
					     "10.1.1.2  10.1.1.4\n"
					     "\n"
					     "IKE peer subnet filters:\n"
					     "10.2.0.0/255.255.0.0\n"
					     "\n"
					     "IKE peer hostname filters:\n"
					     "R3.example.com\n"
					     "\n"
					     "IKE peer group filters:\n"
					     "BRANCH\n"
					     "\n"
					     "IKE local IP address filters:\n"
					     "10.1.1.9  2001:DB8::9\n"
					     "\n"
					     "ISAKMP profile filters:\n"
					     "P\n"
					     "\n"
					     "FVRF filters:\n"
					     "RED\n"
					     "\n"
					     "IVRF filters:\n"
					     "BLUE\n"
					     "\n"
					     "Connection-id filters:[connid:engine_id]2001:1,\n"
					     "\n"
					     "Flow-id filters:[flowid:engine_id]7:1,\n"
					     "\n"
					     "SPI filters:[spi]0xFEDCBA98,\n");
	TYPED("show crypto debug-condition spi", "Crypto conditional debug currently is turned ON\n"
						 "\n"
						 "SPI filters:[spi]0xFEDCBA98,\n");
	TYPED("show crypto debug-condition unmatched", "Crypto conditional debug currently is turned ON\n"
						       "IKE debug context unmatched flag: ON\n"
						       "IPsec debug context unmatched flag:  ON\n"
						       "Crypto Engine debug context unmatched flag:  OFF\n");
	/* what has no meaning here is not there */
	TYPED("debug crypto condition peer username u", "                               ^\n"
							"% Invalid input detected at '^' marker.\n\n");
	TYPED("debug crypto condition peer subnet 10.0.0.0 255.0.255.0",
	      "                                               ^\n"
	      "% Invalid input detected at '^' marker.\n\n");
	CU_ASSERT_EQUAL(fakes.conditions.count, 13);
	TYPED("debug crypto condition reset", "");
	TYPED("show crypto debug-condition", ALL_OFF);
	end();
}

static void debug_switches(void)
{
	begin();
	TYPED("show debugging", "");
	TYPED("debug crypto isakmp", "Crypto ISAKMP debugging is on\n");
	TYPED("debug crypto ipsec", "Crypto IPSEC debugging is on\n");
	CU_ASSERT_EQUAL(fakes.debug, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC);
	TYPED("show debug", "\n\nCryptographic Subsystem:\n"
			    "  Crypto ISAKMP debugging is on\n"
			    "  Crypto IPSEC debugging is on\n");
	TYPED("no debug crypto ipsec", "Crypto IPSEC debugging is off\n");
	TYPED("undebug crypto isakmp", "Crypto ISAKMP debugging is off\n");
	CU_ASSERT_EQUAL(fakes.debug, 0);
	TYPED("debug crypto isakmp error", "Crypto ISAKMP Error debugging is on\n");
	TYPED("debug crypto ipsec error", "Crypto IPSEC Error debugging is on\n");
	CU_ASSERT_EQUAL(fakes.debug, IKE_DEBUG_ISAKMP_ERROR | IKE_DEBUG_IPSEC_ERROR);
	TYPED("show debugging", "\n\nCryptographic Subsystem:\n"
				"  Crypto ISAKMP Error debugging is on\n"
				"  Crypto IPSEC Error debugging is on\n");
	TYPED("no debug crypto isakmp error", "Crypto ISAKMP Error debugging is off\n");
	TYPED("undebug crypto ipsec error", "Crypto IPSEC Error debugging is off\n");
	CU_ASSERT_EQUAL(fakes.debug, 0);
	TYPED("debug crypto engine", "Crypto Engine debugging is on\n");
	CU_ASSERT_EQUAL(fakes.debug, IKE_DEBUG_ENGINE);
	TYPED("show debugging", "\n\nCryptographic Subsystem:\n"
				"  Crypto Engine debugging is on\n");
	TYPED("undebug crypto engine", "Crypto Engine debugging is off\n");
	TYPED("debug crypto engine packet", "Crypto Engine Packet debugging is on\n");
	CU_ASSERT_EQUAL(fakes.debug, ROUTER_DEBUG_ENGINE_PACKET);
	TYPED("show debugging", "\n\nCryptographic Subsystem:\n"
				"  Crypto Engine Packet debugging is on\n");
	TYPED("no debug crypto engine packet", "Crypto Engine Packet debugging is off\n");
	CU_ASSERT_EQUAL(fakes.debug, 0);
	TYPED("debug crypto kmi", "Crypto Key Management Interface debugging is on\n");
	rig.input = "yes\r\r";
	TYPED("debug all", "This may severely impact network performance. Continue? (yes/[no]): yes\n"
			   "All possible debugging has been turned on\n");
	TYPED("u all", "All possible debugging has been turned off\n");
	CU_ASSERT_EQUAL(fakes.debug, 0);
	TYPED("debug all", "This may severely impact network performance. Continue? (yes/[no]): \n");
	CU_ASSERT_EQUAL(fakes.debug, 0);
	TYPED("no debug all", "All possible debugging has been turned off\n");
	end();
}

static void count_message(void *ctx, const char *text)
{
	(void)text;
	++*(unsigned *)ctx;
}

static void clear_commands(void)
{
	unsigned messages = 0;

	begin();
	TYPED("clear crypto isakmp", "");
	TYPED("clear crypto isakmp 1001", "");
	TYPED("clear crypto sa", "");
	TYPED("clear crypto sa peer 10.0.0.2", "");
	TYPED("clear crypto session remote 2001:db8::3", "");
	TYPED("clear crypto session", "");
	TYPED("clear crypto call admission statistics", "");
	TYPED("clear crypto engine accelerator counter", "");
	CU_ASSERT_STRING_EQUAL(fakes.told, "isakmp 0;isakmp 1001;sa all;sa 10.0.0.2;session 2001:DB8::3;session all;"
					   "stats all;engine counters;");
	fakes.told[0] = '\0';
	rig.input = "nyy";
	TYPED("clear counters", "Clear \"show interface\" counters on all interfaces [confirm]n\n");
	TYPED("clear counters", "Clear \"show interface\" counters on all interfaces [confirm]y\n");
	TYPED("clear counters tu 23", "Clear \"show interface\" counters on this interface [confirm]y\n");
	CU_ASSERT_STRING_EQUAL(fakes.told, "counters all;counters Tunnel23;");
	fakes.told[0] = '\0';
	TYPED("clear ip route *", "");
	TYPED("clear ip route 10.9.0.0", "");
	TYPED("clear ip route 10.9.0.0 255.255.0.0", "");
	TYPED("clear ip route 10.9.0.1 255.255.255.255", "% Network not in table\n");
	TYPED("clear ip route 10.9.0.0 255.0.255.0", "% Inconsistent address and mask\n");
	CU_ASSERT_STRING_EQUAL(fakes.told, "routes all;routes 10.9.0.0/-1;routes 10.9.0.0/16;routes 10.9.0.1/32;");
	logger_clear_buffer(rig.shell.log);
	log_debug(rig.shell.log, "one");
	rig.input = "n\r";
	TYPED("clear logging", "Clear logging buffer [confirm]n\n");
	logger_each(rig.shell.log, count_message, &messages);
	CU_ASSERT_EQUAL(messages, 1);
	TYPED("clear logging", "Clear logging buffer [confirm]\n");
	messages = 0;
	logger_each(rig.shell.log, count_message, &messages);
	CU_ASSERT_EQUAL(messages, 0);
	end();
}

static void live_numbers_reach_the_layouts(void)
{
	struct router_if_info interfaces[] = {
		{ .name = "Tunnel23", .config_name = "Tunnel23", .type = IF_TUNNEL, .link_up = true, .mtu = 1422 },
		{ .name = "Ethernet0/0", .type = IF_ETHERNET, .link_up = true, .mtu = 1400 },
		{ .name = "Loopback0", .type = IF_LOOPBACK, .link_up = true, .mtu = 65536 },
	};
	struct ike_ident_info idents[2] = {
		{ .ident = 2, .config = { .ifname = "Tunnel100", .map = "Tunnel100-head-0" } },
		{ .ident = 1,
		  .config = { .ifname = "Tunnel23", .map = "Tunnel23-head-0", .out_ifname = "Ethernet0/0" } },
	};

	begin();
	for (int k = 0; k < 2; k++) {
		idents[k].config.local = ip("10.0.0.1");
		idents[k].config.remote = ip(k ? "10.0.0.2" : "10.0.0.3");
		idents[k].config.local_proxy.addr = idents[k].config.remote_proxy.addr = ip("0.0.0.0");
	}
	idents[1].config.path_mtu = 1300;
	fakes.interfaces = interfaces;
	fakes.interface_count = 3;
	fakes.idents = idents;
	fakes.ident_count = 2;
	fakes.out.packets = 9;
	fakes.in.packets = 8;
	TYPED("sh crypto ipsec sa | i encaps|decaps|mtu|^interface",
	      "interface: Tunnel23\n"
	      "    #pkts encaps: 9, #pkts encrypt: 9, #pkts digest: 9\n"
	      "    #pkts decaps: 8, #pkts decrypt: 8, #pkts verify: 8\n"
	      "     path mtu 1300, ip mtu 1400, ip mtu idb Ethernet0/0\n"
	      "interface: Tunnel100\n"
	      "    #pkts encaps: 0, #pkts encrypt: 0, #pkts digest: 0\n"
	      "    #pkts decaps: 0, #pkts decrypt: 0, #pkts verify: 0\n"
	      "     path mtu 0, ip mtu 0, ip mtu idb (none)\n");
	TYPED("show crypto ipsec sa interface tunnel 100 | include interface:", "interface: Tunnel100\n");
	TYPED("show crypto ipsec sa peer 10.0.0.2 | include interface:", "interface: Tunnel23\n");
	TYPED("show crypto ipsec sa peer 10.9.9.9", "\nNo SAs found\n");
	fakes.in.drops[ESP_DROP_REPLAY] = 3;
	TYPED("show crypto ipsec sa detail | include replay failed", "    ##pkts replay failed (rcv): 3\n"
								     "    ##pkts replay failed (rcv): 0\n");
	TYPED("show crypto ipsec sa interface tu23 detail | include replay failed",
	      "    ##pkts replay failed (rcv): 3\n");
	TYPED("show crypto ipsec sa peer 10.0.0.3 detail | include replay failed",
	      "    ##pkts replay failed (rcv): 0\n");
	fakes.engine.no_buffer = 4;
	TYPED("show crypto ipsec sa interface tu23 detail | include internal err",
	      "    #pkts internal err (send): 0, #pkts internal err (recv) 4\n");
	idents[1].child_count = 1;
	idents[1].children[0].udp = true; /* another socket */
	TYPED("show crypto ipsec sa interface tu23 detail | include internal err",
	      "    #pkts internal err (send): 0, #pkts internal err (recv) 0\n");
	idents[1].child_count = 0;
	TYPED("show crypto ipsec sa count", "IPsec SA total: 0, active: 0, rekeying: 0, unused: 0, invalid: 0\n");
	fakes.stats.in_rejected = 7;
	fakes.stats.negotiating = 2;
	TYPED("show crypto isakmp sa count | include negotiated", "Currently being negotiated ISAKMP SA's: 2\n");
	TYPED("show crypto call admission statistics | include Incoming IKE",
	      "Incoming IKE Requests:        7 accepted:        0 rejected:        7\n");
	snprintf(config_interface_get(rig.shell.config, "Tunnel23")->tunnel.profile, CONFIG_NAME_SIZE, "PRO");
	TYPED("show crypto sockets | include Tu23|Listen|Map", "   Tu23 Peers (local/remote): 10.0.0.1/10.0.0.2 \n"
							       "Crypto Sockets in Listen state:\n"
							       "Client: \"TUNNEL SEC\" Profile: \"PRO\" Map-name: "
							       "\"Tunnel23-head-0\"\n"
							       "Client: \"TUNNEL SEC\" Profile: \"\" Map-name: "
							       "\"Tunnel100-head-0\"\n");
	TYPED("show crypto session | include Interface", "Interface: Tunnel23\nInterface: Tunnel100\n");
	TYPED("show interfaces e0/0 | include MTU", "  MTU 1400 bytes, BW 10000 Kbit/sec, DLY 1000 usec, \n");
	TYPED("show interfaces | include line protocol", "Ethernet0/0 is up, line protocol is down \n"
							 "Tunnel23 is up, line protocol is down \n"
							 "Loopback0 is up, line protocol is down \n");
	TYPED("show interfaces lo0 | include MTU", "  MTU 1514 bytes, BW 8000000 Kbit/sec, DLY 5000 usec, \n");
	TYPED("show interfaces | count line protocol", "Number of lines which match regexp = 3\n");
	end();
}

static void engines_reach_the_layouts(void)
{
	static const struct esp_engine_row rows[] = {
		{ .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA, .single_ns = 800 },
		{ .cipher = ESP_CIPHER_GCM, .keybits = 128, .single_ns = 300, .multi_from = 1, .multi_ns = 70 },
	};

	begin();
	TYPED("show crypto engine brief | include name:   ipsec-mb", "");
	TYPED("show crypto engine brief | count name:   OpenSSL [0-9]", "Number of lines which match regexp = 1\n");
	fakes.engine_rows = rows;
	fakes.engine_row_count = 2;
	TYPED("show crypto engine brief | include name:   ipsec-mb",
	      "        crypto engine name:   ipsec-mb 1.3.0 AVX512\n");
	TYPED("show crypto engine configuration | include ^   esp-",
	      "   esp-aes esp-sha-hmac           OpenSSL                        800         -      -\n"
	      "   esp-gcm                        ipsec-mb                       300         -     70\n");
	TYPED("show crypto engine configuration | include workers",
	      "                   workers:   3 in each direction\n");
	fakes.engine.in.packets = 7;
	TYPED("show crypto engine accelerator statistic | include packets decrypted",
	      "                  7 packets decrypted                    0 packets encrypted\n");
	end();
}

static void the_configuration_reaches_the_layouts(void)
{
	struct isakmp_key key = { .hostname = "R3", .key = "cisco" };
	struct config *c;

	begin();
	c = rig.shell.config;
	config_key_add(&config_keyring_get(c, "KR")->keys, &key);
	config_isakmp_profile_get(c, "A");
	config_isakmp_profile_get(c, "B");
	TYPED("show crypto isakmp key | include R3",
	      "KR           R3                                          cisco\n");
	/* the first line that waits for the lock may be empty */
	TYPED("show crypto isakmp profile A", "\nIKEv1 PROFILE A\n"
					      "   Identities matched are:\n"
					      "   Certificate maps matched are:\n"
					      "   keyring(s): <none>\n"
					      "   trustpoint(s): <all>\n");
	TYPED("show crypto isakmp profile | include PROFILE", "IKEv1 PROFILE A\nIKEv1 PROFILE B\n");
	TYPED("show crypto isakmp profile B | include PROFILE", "IKEv1 PROFILE B\n");
	TYPED("show crypto ipsec security-association",
	      "Security association lifetime: 4608000 kilobytes/3600 seconds\n");
	TYPED("show crypto ipsec security-association lifetime",
	      "Security association lifetime: 4608000 kilobytes/3600 seconds\n");
	TYPED("show crypto ipsec security-association idle-time", "Security association idletime: disabled\n");
	c->ipsec_idle_s = 600;
	TYPED("show crypto ipsec security-association idle-time", "Security association idletime: 600 seconds\n");
	end();
}

static void a_user_may_look_but_not_touch(void)
{
	static const char *const refused[] = {
		"debug crypto isakmp",
		"clear crypto sa",
		"show crypto isakmp key",
		"undebug all",
	};

	begin();
	session_set_privilege(rig.session, 1);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CU_ASSERT_EQUAL(rig_type(&rig, refused[i]), SESSION_REJECTED_LINE);
	CU_ASSERT_EQUAL(rig_type(&rig, "show crypto isakmp sa"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(rig_type(&rig, "show crypto session detail"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(rig_type(&rig, "ping 10.0.0.1 repeat 1"), SESSION_ACCEPTED);
	CU_ASSERT_STRING_EQUAL(fakes.told, "");
	end();
}

static const struct unit_test tests[] = {
	{ "ping asks for the interface of a link-local target", ping_asks_for_the_interface_of_a_link_local_target },
	{ "ping takes its options", ping_takes_its_options },
	{ "ping breaks its lines", ping_breaks_its_lines },
	{ "ping that is interrupted counts what came", ping_that_is_interrupted_counts_what_came },
	{ "ping without a way", ping_without_a_way },
	{ "ping dialog, IPv4", ping_dialog_ipv4 },
	{ "ping dialog, IPv6 with a sweep", ping_dialog_ipv6_with_a_sweep },
	{ "ping shows each reply", ping_shows_each_reply },
	{ "ping records the route", ping_records_the_route },
	{ "ping of a group", ping_of_a_group },
	{ "ping takes data and validate", ping_takes_data_and_validate },
	{ "ping dialog, IPv6 in full", ping_dialog_ipv6_in_full },
	{ "traceroute shows hops", traceroute_shows_hops },
	{ "traceroute takes its options", traceroute_takes_its_options },
	{ "traceroute names its hops", traceroute_names_its_hops },
	{ "traceroute dialog", traceroute_dialog },
	{ "neighbours are shown and cleared", neighbours_are_shown_and_cleared },
	{ "debug switches", debug_switches },
	{ "debug conditions", debug_conditions },
	{ "clear commands", clear_commands },
	{ "live numbers reach the layouts", live_numbers_reach_the_layouts },
	{ "engines reach the layouts", engines_reach_the_layouts },
	{ "the configuration reaches the layouts", the_configuration_reaches_the_layouts },
	{ "a user may look but not touch", a_user_may_look_but_not_touch },
};

UNIT_MAIN("exec", tests)
