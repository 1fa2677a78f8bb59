#!/usr/bin/python3
"""compare.py EXPECTED ACTUAL: every line of EXPECTED stands in ACTUAL, in that order, byte for byte.

Masked, and nothing else: timestamps, pointers, peer handles, conn-ids, message IDs, SPIs, remaining lifetimes, the sadb
pointer; with --verification also the round-trip times of the ping.
Left out of EXPECTED: the phase markers (### MM1), which no router prints; the IPSEC(sa ident sadb root ...) line with
its unexpanded %s; prompts that stand alone on a line, which belong to the console and not to the log.
"""
import re
import sys

MASKS = [
    (r"^\*[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d\.\d{3}: ", "*TIME: "),
    (r"sadb_root [0-9A-F]+ ", "sadb_root PTR "),
    (r"peer = 0x[0-9A-F]+ peer_handle = 0x8[0-9A-F]{7}$", "peer = 0xPTR peer_handle = 0xHANDLE"),
    (r"peer struct 0x[0-9A-F]+", "peer struct 0xPTR"),
    (r"\bsa = (0x)?[0-9A-F]+$", r"sa = \1PTR"),
    (r"inserted successfully [0-9A-F]+\.$", "inserted successfully PTR."),
    (r"^(\*TIME: ISAKMP ?:?)( ?)\(1\d{3}\)", r"\1\2(CID)"),
    (r"sa_conn_id= \d+", "sa_conn_id= CONN"),
    (r"message ID = -?[1-9]\d*", "message ID = MID"),
    (r"M-ID of -?[1-9]\d*", "M-ID of MID"),
    (r"\b([Nn])ode -?[1-9]\d*", r"\1ode MID"),
    (r"spi([:=]) 0x[0-9A-F]+\(\d+\)", r"spi\1 SPI"),
    (r"sa_lifetime\(k/sec\)= \((\d+)/\d+\)", r"sa_lifetime(k/sec)= (\1/LEFT)"),
    (r"conn id: \d+, flow_id: SW:\d+,", "conn id: CONN, flow_id: SW:CONN,"),
    (r"lifetime \(k/sec\): \(\d+/\d+\)", "lifetime (k/sec): (LEFT)"),
]
VERIFICATION = [
    (r"min/avg/max = \d+/\d+/\d+ ms$", "min/avg/max = RTT ms"),
]


def masked(line, masks):
    for pattern, by in masks:
        line = re.sub(pattern, by, line)
    return line


def main():
    verification = "--verification" in sys.argv
    expected, actual = [a for a in sys.argv[1:] if not a.startswith("--")]
    masks = MASKS + (VERIFICATION if verification else [])
    want = []
    for line in open(expected, encoding="latin-1", newline="").read().replace("\r\n", "\n").split("\n")[:-1]:
        if line.startswith("### ") or "sadb root initialize" in line:
            continue
        if not verification and re.fullmatch(r"R\d\(config-if\)#", line):
            continue
        want.append(line)
    have = open(actual, encoding="latin-1", newline="").read().replace("\r\n", "\n").split("\n")
    have = [masked(h, masks) for h in have]
    at = 0
    for number, line in enumerate(want, 1):
        m = masked(line, masks)
        try:
            at = have.index(m, at) + 1
        except ValueError:
            print(f"{expected}: this line is missing, or not at its place:\n  {m!r}")
            print("after these lines of the router:")
            for h in have[max(0, at - 6):at]:
                print(f"  {h!r}")
            print("which go on with:")
            for h in have[at:at + 6]:
                print(f"  {h!r}")
            return 1
    print(f"{expected}: {len(want)} lines, each found in its place")
    return 0


if __name__ == "__main__":
    sys.exit(main())
