#!/usr/bin/env python3
"""allowed.py UNIT SANDBOX.C: the system calls of the process's list that the unit's SystemCallFilter= does not allow, one a line.

systemd-analyze says what is in its groups; the list is that of base/sandbox.c.
"""
import re
import subprocess
import sys


def groups():
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=True).stdout
    found, at = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            at = found.setdefault(line.strip(), [])
        elif line.startswith("    ") and not line.strip().startswith("#"):
            at.append(line.strip())
    return found


def members(of, name):
    if not name.startswith("@"):
        return {name}
    return set().union(*(members(of, n) for n in of[name]))


def unit_allows(unit):
    of = groups()
    allowed = members(of, "@default")
    for value in re.findall(r"^SystemCallFilter=(.*)$", open(unit).read(), re.M):
        for name in value.split():
            allowed |= members(of, name)
    return allowed


def process_makes(source):
    text = open(source).read()
    names = set()
    for array in ("common", "engine", "process"):
        names |= set(re.findall(r'"(\w+)"', re.search(r"char \*const %s\[\] = \{(.*?)\};" % array, text, re.S)[1]))
    # those that are allowed with some arguments only
    names |= set(re.findall(r"SCMP_ACT_ALLOW, SCMP_SYS\((\w+)\)", text))
    return names


makes = process_makes(sys.argv[2])
if len(makes) < 150:
    sys.exit(f"only {len(makes)} calls were found in {sys.argv[2]}")
for missing in sorted(makes - unit_allows(sys.argv[1])):
    print(missing)
