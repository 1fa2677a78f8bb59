#!/usr/bin/env python3
"""Writes the seeds of fuzz_ike into fuzz/corpus/ike: what fuzz/fuzz_ike.c and fuzz/ike_world.c read, by name."""
import os
import sys

STEP, EDIT, CHANGE, REPLAY, INVENT, PRETEND, FLOOD, PASS, LINE, COMMAND, TRAFFIC = range(11)
SPANS = [1, 2, 10, 100, 500, 1000, 2100, 5000, 10000, 10001, 21000, 31000, 51000, 61000, 90000, 121000, 300000, 600000, 1800000,
         3570000, 3600000, 7200000, 86400000]


def config(v6=0, debug=0, real=0, policy=0, lives=0, volume=0, proxies=0, sets=0, pfs=0, c=0, who=0, ag=0, more=0, nat=0, other=0,
           limits=0, seed=1):
    b = pfs << 5
    b += (sets - b) % 6
    return bytes([v6 | debug << 3 | (0x70 if real else 0), policy | lives << 3 | volume << 5 | proxies << 7, b, c, who, ag, more, nat,
                  other, limits, seed >> 8, seed & 255])


# of c
FRAGMENTS, NO_NATT, NAT_KEEPALIVE, LOGGING, SPI_RECOVERY, DPD, DPD_60, PERIODIC = (1 << i for i in range(8))
# of who
HOSTNAME, NAMES, KEYRING, PROFILE, P_AGGRESSIVE, SELF, SELF_2, P_IDENT = (1 << i for i in range(8))
# of more
BOTH_ASK, TWO, OTHER_PROXIES, IDLE, TEMPLATE, ANY_LOCAL, NARROW, SLOW_DH = (1 << i for i in range(8))


def op(what, *args):
    return bytes([what, len(args)]) + bytes(args)


def wait(ms):
    return op(PASS, SPANS.index(ms))


def steps(n):
    return op(STEP, n - 1)


def invent(to, *body, kind=0, how=1, which=0):
    return op(INVENT, to, which, kind, how, 0, 1, body[0] if body else 0, *body)


UP = wait(1000)
LOOK = op(COMMAND, 10, 0, 0)
ESP = op(TRAFFIC, 0, 0, 1) + op(TRAFFIC, 0, 1, 1) + wait(10)
CUT, MEND = op(LINE, 0, 2) + op(LINE, 0, 3), op(LINE, 0, 0) + op(LINE, 0, 1)
CRASH_R = op(COMMAND, 13, 1, 0)
CRASH_I = op(COMMAND, 13, 0, 0)
NOTIFY, DELETE, ID, KE, NONCE, VID, NATOA, HASH = range(8)

SEEDS = {
    'plain': config() + UP + LOOK + ESP + wait(3570000) + wait(61000) + ESP + LOOK,
    'debug': config(debug=1, c=LOGGING) + UP + LOOK + ESP + wait(3570000) + op(COMMAND, 8, 0, 0, 255, 3, 0, 1, 4, 7, 2, 0, 10, 3, 0) +
    wait(121000),
    'v6': config(v6=1, proxies=1, pfs=6, policy=1, sets=2) + UP + ESP + wait(3570000) + ESP,
    'real': config(real=1, policy=4, pfs=5, sets=3) + UP + LOOK,
    'real_ec': config(real=1, policy=3, pfs=6, sets=4) + UP + wait(121000),
    'nat': config(nat=1, c=NAT_KEEPALIVE | FRAGMENTS) + UP + ESP + wait(61000) + op(TRAFFIC, 19, 1, 3) + op(LINE, 17, 7) + ESP + wait(21000) +
    op(COMMAND, 0, 0, 0) + wait(31000),
    'nat_moved': config(nat=1 | 4, c=NAT_KEEPALIVE | DPD | PERIODIC) + UP + ESP + op(LINE, 17, 9) + ESP + wait(61000) + wait(121000),
    'nat_transport': config(nat=1, sets=5, more=TWO) + UP + ESP,
    'nat_server': config(nat=2 | 8, c=DPD) + UP + ESP + CRASH_I + wait(61000),
    'dpd_dead': config(c=DPD | PERIODIC) + UP + CUT + wait(61000) + LOOK + MEND + wait(61000),
    'dpd_demand': config(c=DPD) + UP + ESP + CUT + op(TRAFFIC, 0, 0, 1) + wait(21000) + op(TRAFFIC, 0, 0, 1) + wait(90000) + MEND + wait(61000),
    'dpd_crash': config(c=DPD | PERIODIC) + UP + wait(21000) + CRASH_R + ESP + wait(61000),
    'dpd_crash_esp': config(c=DPD) + UP + wait(21000) + CRASH_R + op(TRAFFIC, 0, 0, 1) + wait(1000) + op(TRAFFIC, 0, 0, 1) + wait(121000),
    'spi_recovery': config(c=SPI_RECOVERY) + UP + wait(21000) + CRASH_R + op(TRAFFIC, 0, 0, 1) + wait(1000) + wait(31000),
    'invalid_spi': config() + UP + wait(21000) + op(TRAFFIC, 2, 1, 0) + op(TRAFFIC, 18, 1, 128) + wait(31000) +
    invent(0, 0, 4, 2, 0) + wait(31000),
    'fragments': config(more=NARROW, c=FRAGMENTS, policy=1) + steps(4) + op(EDIT, 0, 1, 0, 0, 5, 0, 0, 0) + UP + op(COMMAND, 7, 0, 20) +
    wait(31000) + invent(1, 7, 0, how=33) * 4 + wait(5000),
    'ag': config(ag=3, c=FRAGMENTS) + steps(1) + op(REPLAY, 0, 0) + UP + ESP + op(COMMAND, 2, 0, 0) + wait(31000),
    'ag_names': config(ag=7, who=NAMES | HOSTNAME, nat=1) + UP + op(LINE, 1, 50) + op(COMMAND, 2, 0, 0) + wait(61000),
    'ag_profile': config(who=PROFILE | KEYRING | P_AGGRESSIVE | P_IDENT, more=SLOW_DH) + UP + LOOK,
    'ag_changed': config(ag=3) + steps(2) + op(EDIT, 0, 2, 10, 5, 3) + wait(31000) + op(COMMAND, 2, 0, 0) + steps(1) + op(EDIT, 0, 0, 12, 0, 5, 0) +
    wait(61000),
    'profile': config(who=PROFILE | KEYRING | P_IDENT | SELF | SELF_2 | HOSTNAME) + UP + LOOK + op(COMMAND, 6, 0, 0, 64, 0) +
    op(COMMAND, 2, 0, 0) + wait(31000),
    'profile_other': config(who=PROFILE | KEYRING | P_IDENT | SELF_2 | NAMES) + UP + op(COMMAND, 6, 1, 0, 2, 1) + op(COMMAND, 2, 0, 0) + wait(61000),
    'template': config(who=PROFILE | KEYRING, more=TEMPLATE | ANY_LOCAL) + UP + ESP + LOOK + wait(31000) + CRASH_I + wait(61000) +
    op(COMMAND, 4, 1, 0) + wait(31000),
    'template_idle': config(who=PROFILE, more=TEMPLATE | IDLE, nat=1) + UP + ESP + wait(121000) + op(COMMAND, 12, 1, 2) + ESP + wait(61000),
    'template_two': config(who=PROFILE, more=TEMPLATE | TWO | OTHER_PROXIES | SLOW_DH) + UP + op(LINE, 17, 3) + CRASH_I + wait(61000),
    'volume': config(volume=1, more=BOTH_ASK) + UP + op(TRAFFIC, 4, 0, 1) + wait(5000) + op(TRAFFIC, 20, 1, 1) + wait(61000),
    'volume_responder': config(volume=1) + UP + op(TRAFFIC, 4, 1, 1) + wait(31000) + op(TRAFFIC, 5, 0, 0) + op(TRAFFIC, 5, 1, 0) + wait(61000),
    'both': config(more=BOTH_ASK | SLOW_DH) + UP + wait(3570000) + wait(31000) + wait(61000),
    'both_lossy': config(more=BOTH_ASK | TWO, lives=1) + op(LINE, 1, 30) + op(LINE, 2, 40) + op(LINE, 3, 90) + op(LINE, 6, 1) + wait(600000),
    'short': config(policy=3, lives=1, more=BOTH_ASK, c=DPD) + op(LINE, 6, 1) + wait(600000) + LOOK,
    'differs_1': config(other=2, c=LOGGING) + UP + LOOK + wait(61000) + op(COMMAND, 5, 0, 0) + LOOK,
    'differs_2': config(other=16 | 1, debug=1) + UP + LOOK + wait(61000),
    'differs_life': config(other=0x80 | 4, policy=2, lives=1) + UP + LOOK,
    'limits': config(limits=0x37, who=HOSTNAME) + op(FLOOD, 60, 2, 0) + wait(5000) + op(FLOOD, 60, 2, 1) + LOOK,
    'flood': config() + op(FLOOD, 250, 3, 0) + op(FLOOD, 250, 0, 0) + op(FLOOD, 100, 5, 0) + LOOK + wait(61000) + UP,
    'strangers': config(more=TWO) + UP + op(FLOOD, 46, 7, 0) + op(FLOOD, 172, 0, 0),
    'no_key': config() + op(COMMAND, 6, 0, 0, 4, 0) + op(COMMAND, 2, 0, 0) + wait(31000) + op(COMMAND, 6, 0, 0, 2, 1) + op(COMMAND, 2, 0, 0) +
    wait(61000) + LOOK + op(COMMAND, 6, 0, 0, 0x81, 128) + wait(31000),
    'no_install': config(more=BOTH_ASK) + op(COMMAND, 12, 0, 1) + UP + wait(31000) + op(COMMAND, 12, 1, 1) + op(COMMAND, 2, 0, 0) + wait(31000),
    'deletes': config(more=TWO) + UP + invent(1, 1, 0, 1, 2) + wait(10) + invent(0, 1, 0, 1, 3) + wait(31000) + invent(1, 1, 0, 1, 0, how=1) +
    wait(10) + op(COMMAND, 0, 0, 3) + wait(31000),
    'notifies': config(c=DPD) + UP + invent(1, 0, 0, 0, 1) + invent(1, 0, 1, 0, 0) + invent(1, 0, 2, 3, 4, 0, 60) + invent(0, 0, 2, 2, 2, 0, 60) +
    invent(1, 0, 3, 0, 0) + wait(31000) + invent(1, 0, 6, 2, 0) + invent(1, 0, 11, 0, 0) + wait(5000),
    'quick': config(more=SLOW_DH) + UP + invent(1, 0, 0, 1, 1, 5, 9, 9, 9, 9, 4, 12, 1, 4, 0, 1, kind=2, how=3) * 3 + op(COMMAND, 1, 0, 0) + steps(2) +
    op(EDIT, 0, 0, 12, 0, 2, 0, 3) + wait(31000) + op(COMMAND, 1, 0, 0) + steps(3) + op(EDIT, 0, 0, 9, 2, 200, 0) + wait(61000),
    'lifetime_told': config(policy=3, other=0x41, lives=2) + UP + LOOK + wait(61000),
    'pretend': config(ag=1, debug=1) + UP + op(PRETEND, 1, 128, 0, 0, 0, 0, 1, 1, 1) + op(PRETEND, 1, 129, 2, 0, 1, 1) + op(PRETEND, 1, 0, 20, 0, 5, 4, 0) +
    op(PRETEND, 0, 0, 4 | 16 | 64, 0, 1, 2) + op(PRETEND, 1, 130, 6 | 64 | 128, 0, 1) + op(PRETEND, 0, 0, 4 | 16 | 32, 0, 1),
    'hints': config(c=DPD) + UP + op(PRETEND, 0, 0, 4 | 16, 0, 0, 1, 5, 0, 0) + wait(31000) + op(PRETEND, 0, 0, 4 | 16, 0, 0, 1, 4, 3, 0) + wait(31000),
    'changed': config(debug=1) + b''.join(steps(1) + op(CHANGE, 0, 0, 0, 28 + i, 1) + op(REPLAY, 0, 16) for i in range(6)) + wait(31000),
    'edited': config() + b''.join(steps(1) + op(EDIT, 0, 2, 7, 128, 5, i) for i in range(8)) + wait(31000),
    'each': config() + op(EDIT, 0, 0, 13, 0, 4, 0, 0, 0) * 9 + UP,
    'each_ag': config(ag=3, nat=1, policy=4, pfs=1) + op(EDIT, 0, 0, 13, 0, 4, 0, 0, 0) * 6 + UP,
    'alike': config(more=TWO) + UP + b''.join(op(INVENT, 1, i, 32, 0, 0, i, 1, 13, 0, 4, 0, 0, 0) for i in range(5)) + wait(31000),
    'refused': config(pfs=1, sets=4) + UP + op(COMMAND, 1, 0, 0) + op(EDIT, 0, 0, 11, 0, 5, 0, 7) + wait(31000) + LOOK,
}


def main():
    where = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), 'corpus', 'ike')
    os.makedirs(where, exist_ok=True)
    for name, octets in SEEDS.items():
        with open(os.path.join(where, name), 'wb') as f:
            f.write(octets)


main()
