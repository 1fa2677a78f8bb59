#!/usr/bin/python3
"""typed.py WHAT COMMAND...: a person at the terminal that COMMAND (ssh or telnet) opens on R1: logs in, looks around with
`?` and Tab, mistypes, corrects, pages, configures, interrupts a ping and leaves.
"""
import sys

import pexpect

what, command = sys.argv[1], sys.argv[2:]
person = pexpect.spawn(command[0], command[1:], timeout=60, dimensions=(24, 80), encoding="latin-1")


def step(name, typed, *expected):
    """Types, and waits for each of the expected texts in turn."""
    if typed is not None:
        person.send(typed)
    for text in expected:
        try:
            person.expect_exact(text)
        except (pexpect.TIMEOUT, pexpect.EOF):
            sys.exit(f"FAIL {what}: {name}: no {text!r} in {person.before!r}")
    print(f"ok {what}: {name}", flush=True)


PROMPT = "\r\nR1#"
if what == "telnet":
    step("the login's dialog", None, "User Access Verification\r\n\r\nUsername: ")
    step("a name", "admin\r", "admin\r\nPassword: ")
    step("a wrong password", "wrong\r", "\r\n% Login invalid\r\n\r\nUsername: ")
    step("the right one", "admin\r", "Password: ")
    step("logged in", "admin\r", PROMPT)
else:
    step("a wrong password", None, "assword: ")
    step("asked again", "wrong\r", "assword: ")
    step("logged in", "admin\r", PROMPT)

step("? in a word", "sho?", "show  \r\nR1#sho")
step("Tab", "\t", "\r\nR1#show ")
step("? behind it", "ip int?", "interface  \r\n", "R1#show ip int")
step("the line is still there", " br\r", "Interface", "Loopback0 ", "10.0.0.1", PROMPT)
step("a mistyped word", "show ip rouet\r", "show ip rouet\r\n           ^\r\n% Invalid input detected at '^' marker.\r\n" + PROMPT)
step("the line again", "\x10", "show ip rouet")
step("two letters transposed", "\x14\r", "Codes: ", "Loopback0", PROMPT)
step("a word deleted", "show ip nonsense\x17route connected\r", "Loopback0", PROMPT)
step("a page", "show running-config\r", "Building configuration...", " --More-- ")
step("a line more", "\r", " --More-- ")
step("a page more", " ", " --More-- ")
step("enough", "q", "R1#")
step("filtered", "show run | include ^hostname\r", "\r\nhostname R1\r\nR1#")
step("configuration", "conf t\r", "Enter configuration commands, one per line.  End with CNTL/Z.\r\nR1(config)#")
step("an interface", "int lo5\r", "R1(config-if)#")
step("an address", "ip addr 10.5.5.5 255.255.255.255\r", "R1(config-if)#")
step("do", "do show ip int br | inc Loopback5\r", "10.5.5.5", "R1(config-if)#")
step("a global command from here", "hostname Other\r", "Other(config)#")
step("and back", "hostname R1\r", "R1(config)#")
step("Ctrl-Z", "\x1a", "^Z\r\nR1#")
step("who is here", "show users\r", "    Line       User       Host(s)              Idle       Location\r\n", "*", "vty ", "admin", "127.0.0.1",
     PROMPT)
step("a ping", "ping 192.0.2.77 repeat 1000\r", "Type escape sequence to abort.", "Sending 1000, 100-byte ICMP Echos")
step("a first timeout", None, ".")
step("interrupted", "\x1e", "Success rate is 0 percent (0/", PROMPT)
step("a dialog", "clear counters\r", 'Clear "show interface" counters on all interfaces [confirm]')
step("Return", "\r", PROMPT)
step("no longer there", "conf t\r", "R1(config)#")
step("an object that goes", "no interface loopback 5\r", "R1(config)#")
step("Ctrl-C", "\x03", "R1#")
step("out", "exit\r")
person.expect(pexpect.EOF)
