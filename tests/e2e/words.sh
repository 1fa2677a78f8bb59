#!/bin/bash
# What programs take for an error must not stand in what is none: no output of a show command, a ping or a file command
# has one of the words that Ansible's cisco.ios looks for, and none is empty.
. "$(dirname "$0")/../lib.sh"
cp "$top/startup-config/r2.cfg" "$lab/r2.cfg" # `write memory` writes it
R2_CONFIG=$lab/r2.cfg
two_routers
tunnel_up R2
cat >"$lab/words.py" <<'END'
import re
import subprocess
import sys

ERRORS = [
    rb"% ?Error", rb"^% ?Bad secret", rb"[\r\n%] Bad passwords", rb"(?i)invalid input",
    rb"(?i)(?:incomplete|ambiguous) command", rb"(?i)connection timed out", rb"(?i)[^\r\n]+ not found",
    rb"'[^']' +returned error code: ?\d+", rb"(?i)Bad mask", rb"(?i)% ?(\S+) ?overlaps with ?(\S+)",
    rb"(?i)[%\S] ?Error: ?[\s]+", rb"(?i)[%\S] ?Informational: ?[\s]+", rb"Command authorization failed",
    rb"Command Rejected: ?[\s]+", rb"%SNMP agent not enabled", rb"% Invalid", rb"% Aborted",
    rb"% ?IPv6 routing not enabled",
]
COMMANDS = """
show version|show inventory|show running-config|show running-config all|show startup-config|show interfaces
show ip interface|show ip interface brief|show ipv6 interface|show ipv6 interface brief|show interfaces description
show interfaces summary|show arp|show ip arp|show ip route|show ip route connected|show ip route static|show ipv6 route
show memory statistics|show processes memory|show processes cpu|show processes cpu ~ include CPU utilization|dir
show file systems|show archive|show hosts|show clock detail|show logging|show terminal|show aliases|show history
show users|show line|show ssh|show ip ssh|show login|show privilege|show reload|show tech-support|show archive config differences
show crypto isakmp sa|show crypto isakmp sa detail|show crypto isakmp peers|show crypto isakmp policy
show crypto isakmp key|show crypto ipsec sa|show crypto ipsec sa detail|show crypto ipsec profile
show crypto ipsec transform-set|show crypto session|show crypto session detail|show crypto map|show crypto eli
show crypto debug-condition|show crypto engine connections active|show crypto engine brief|show crypto engine configuration
show crypto engine accelerator statistic|show crypto explain|show running-config interface Tunnel23|show running-config ~ section ^interface
ping FE80::23:3 Tunnel23|write memory|verify /md5 nvram:startup-config|more nvram:startup-config
"""
bad = 0
for command in re.split(r"[|\n]", COMMANDS.strip()):
    command = command.replace("~", "|").replace(" Tunnel23", "\nTunnel23") if "ping" in command else command.replace("~", "|")
    words = sys.argv[1:] + command.split("\n")
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    if done.returncode or not done.stdout.strip():
        print(f"{command}: exit status {done.returncode}: {done.stdout!r}")
        bad += 1
    for error in ERRORS:
        found = re.search(error, done.stdout)
        if found:
            print(f"{command}: {found.group(0)!r}")
            bad += 1
sys.exit(bad > 0)
END
python3 "$lab/words.py" "$mainmode" exec --quiet --state "$lab/R2" || fail "words of errors"
