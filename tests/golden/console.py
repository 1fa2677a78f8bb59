#!/usr/bin/python3
"""console.py OUT COMMAND...: runs COMMAND on a pseudo terminal as a router's console, removes the tunnel protection of
Tunnel23 with the document's debugs on, enters it again, and writes what the terminal got from then on to OUT.

The prompt comes back under the messages (logging synchronous): that is checked here.
"""
import sys

import pexpect

out, command = sys.argv[1], sys.argv[2:]
router = pexpect.spawn(command[0], command[1:], timeout=30, dimensions=(50, 200), encoding="latin-1")
UP = r"%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel23, changed state to up"
DOWN = UP[:-2] + "down"


def type_line(line, prompt):
    router.sendline(line)
    router.expect_exact(line)
    router.expect(prompt)


router.expect(UP)  # before the first prompt or after it
router.expect("\r\nR2#")
for line in ("debug crypto isakmp", "debug crypto ipsec", "debug crypto kmi"):
    type_line(line, r"debugging is on\r\n")
type_line("configure terminal", r"R2\(config\)#")
type_line("interface Tunnel23", r"R2\(config-if\)#")
router.sendline("no tunnel protection ipsec profile PRO")
router.expect(DOWN)
router.expect(r"R2\(config-if\)#$")
with open(out, "w", encoding="latin-1", newline="") as capture:
    router.logfile_read = capture
    router.sendline("tunnel protection ipsec profile PRO")
    router.expect(UP)
    router.expect(r"\r\nR2\(config-if\)#$")
    router.logfile_read = None
router.send("\x04")  # Ctrl-D on an empty line
router.expect(pexpect.EOF)
router.close()
sys.exit(router.exitstatus or 0)
