#!/usr/bin/env python3
"""memory.py PID TEXT...: where a process has these texts in its memory, one line each:

    TEXT dumped|kept-out swapped|locked ADDRESS MAPPING PERMISSIONS

dumped: it would stand in a core file. swapped: it could be swapped out. hex:0011ff is octets. Exits 0 when nothing is found, 1
when something is. Root's, as gcore is.
"""
import sys

PIECE = 1 << 20


def mappings(pid):
    """(start, end, permissions, name, whether a core file holds it, whether it is locked)"""
    at = None
    for line in open(f"/proc/{pid}/smaps", errors="replace"):
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            start, end = (int(x, 16) for x in words[0].split("-"))
            at = [start, end, words[1], " ".join(words[5:]) or "anonymous"]
        elif words[0] == "VmFlags:":
            yield (*at, "dd" not in words, "lo" in words)


def find(memory, start, end, texts):
    longest = max(len(t) for t in texts.values())
    for begin in range(start, end, PIECE):
        try:
            memory.seek(begin)
            piece = memory.read(min(PIECE + longest - 1, end - begin))
        except (OSError, ValueError, OverflowError):
            continue
        for name, text in texts.items():
            where = piece.find(text)
            while 0 <= where < PIECE:
                yield name, begin + where, piece[max(0, where - 24):where + len(text) + 24]
                where = piece.find(text, where + 1)


def main():
    pid = int(sys.argv[1])
    texts = {t: bytes.fromhex(t[4:]) if t.startswith("hex:") else t.encode() for t in sys.argv[2:]}
    found = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, permissions, name, dumped, locked in mappings(pid):
            if not permissions.startswith("r") or name in ("[vvar]", "[vsyscall]"):
                continue
            for text, address, around in find(memory, start, end, texts):
                print(text, "dumped" if dumped else "kept-out", "locked" if locked else "swapped", hex(address), name, permissions, around)
                found += 1
    return 1 if found else 0


sys.exit(main())
