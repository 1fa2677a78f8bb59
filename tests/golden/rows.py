#!/usr/bin/python3
"""rows.py: what doc/cli.md, doc/fidelity.md, doc/weaknesses.md and SECURITY.md name as the test of a row is there: the file, and in it the name, or
several names with commas between them; x.txt is a transcript.
A row names each transcript."""
import os
import re
import sys

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
named = missing = 0
paths = set()
for page in ("doc/cli.md", "doc/fidelity.md", "doc/weaknesses.md", "SECURITY.md"):
    with open(os.path.join(top, page), encoding="utf-8") as f:
        lines = f.read().splitlines()
    for number, line in enumerate(lines, 1):
        if page == "doc/cli.md" and not line.startswith("|"):
            continue
        if page == "doc/cli.md":
            line = re.sub(r"`([\w-]+\.txt)`", r"`tests/golden/cli/\1`", line)
        for path, name, more in re.findall(r"`((?:tests|fuzz|bench)/[\w./-]+)(?:: ([^`]+))?`((?:, `[^`/]+`)*)", line):
            paths.add(path)
            full = os.path.join(top, path)
            names = [n for n in [name] + (re.findall(r"`([^`]+)`", more) if name else []) if n]
            named += max(len(names), 1)
            if not os.path.exists(full):
                print(f"{page}:{number}: no such file: {path}")
                missing += 1
                continue
            for name in names:
                with open(full, encoding="utf-8") as f:
                    text = f.read()
                if name not in text:
                    print(f"{page}:{number}: {path} has no test of this name: {name}")
                    missing += 1
for name in sorted(os.listdir(os.path.join(top, "tests", "golden", "cli"))):
    if name.endswith(".txt") and f"tests/golden/cli/{name}" not in paths:
        print(f"doc/cli.md: no row names {name}")
        missing += 1
print(f"{named} tests named, {missing} of them missing")
sys.exit(missing > 0 or named == 0)
