#!/usr/bin/env python3
"""Which system calls the threads of routers make, for the lists of base/sandbox.c.

    syscalls.py record DIR PROGRAM   makes DIR/mainmode, which runs PROGRAM (without sanitizers) and has strace write each router's
                                     calls into DIR/calls: MAINMODE=DIR/mainmode tests/e2e/lab.sh, or any others
    syscalls.py tell DIR             prints of each thread's name the calls that were made; of ioctl the requests

What is printed is a lower bound: libraries of another version call others for the same work.
"""
import collections
import glob
import os
import re
import shlex
import sys


def record(folder, program):
    program = os.path.realpath(program)
    build = os.path.dirname(program)
    os.makedirs(f"{folder}/calls", exist_ok=True)
    os.makedirs(f"{folder}/tests", exist_ok=True)
    for name in ("config.h", "Makefile", "flags", "tests/bin"):
        if os.path.exists(f"{build}/{name}") and not os.path.lexists(f"{folder}/{name}"):
            os.symlink(f"{build}/{name}", f"{folder}/{name}")
    with open(f"{folder}/mainmode", "w") as f:
        f.write("#!/bin/sh\n"
                f'[ "$1" = boot ] && exec strace -D -f -qqq -Y -s0 -e signal=none -o {shlex.quote(folder)}/calls/$$ {shlex.quote(program)} "$@"\n'
                f'exec {shlex.quote(program)} "$@"\n')
    os.chmod(f"{folder}/mainmode", 0o755)


def tell(folder):
    calls = collections.defaultdict(set)
    for path in glob.glob(f"{folder}/calls/*"):
        for line in open(path, errors="replace"):
            m = re.match(r"\d+<([^>]*)> (?:<\.\.\. )?(\w+)(?:\(| resumed)", line)
            request = re.search(r" ioctl\([^,]*, ([^,)]*)", line)
            if m:
                calls[m[1]].add(f"ioctl({request[1]})" if request else m[2])
    for thread in sorted(calls):
        print(f"{thread}: {' '.join(sorted(calls[thread]))}")


if len(sys.argv) == 4 and sys.argv[1] == "record":
    record(os.path.abspath(sys.argv[2]), sys.argv[3])
elif len(sys.argv) == 3 and sys.argv[1] == "tell":
    tell(sys.argv[2])
else:
    sys.exit(__doc__)
