#!/usr/bin/python3
"""rows.py: what doc/cli.md and doc/fidelity.md name as the test of a row is there: the file, and in it the name."""
import os
import re
import sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
named = missing = 0
for page in ("doc/cli.md", "doc/fidelity.md"):
    with open(os.path.join(top, page), encoding="utf-8") as f:
        lines = f.read().splitlines()
    for number, line in enumerate(lines, 1):
        if page == "doc/cli.md" and not line.startswith("|"):
            continue
        for path, name in re.findall(r"`((?:tests|fuzz|bench)/[\w./-]+)(?:: ([^`]+))?`", line):
            named += 1
            full = os.path.join(top, path)
            if not os.path.exists(full):
                print(f"{page}:{number}: no such file: {path}")
                missing += 1
            elif name:
                with open(full, encoding="utf-8") as f:
                    if name not in f.read():
                        print(f"{page}:{number}: {path} has no test of this name: {name}")
                        missing += 1
print(f"{named} tests named, {missing} of them missing")
sys.exit(missing > 0 or named == 0)
