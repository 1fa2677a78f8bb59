#!/usr/bin/python3
"""Numbered datagrams from one namespace to another, as fast as they arrive.

    load.py A B FROM TO OCTETS [CHUNK]

A, B: process ids that stand for the namespaces. From FROM in A to TO in B go datagrams of OCTETS each, written many at a time for
the kernel to cut (UDP_SEGMENT). CHUNK of them (400) are on their way at a time: the next go when the last of these has
arrived, or nothing has for a fifth of a second; 0: nothing is waited for. Prints "begun" when the first are sent; after SIGTERM, when nothing arrives any more:

    sent N received N missing N twice N late N other N

missing: never came; late: came after a higher number; other: not what was sent.
"""
import select
import signal
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
from everysize import SO_RCVBUFFORCE, UDP_SEGMENT, enter  # noqa: E402

PER_WRITE = 60000
QUIET = 0.2
SETTLE = 2.0

pid_a, pid_b, source, target, octets = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
chunk = int(sys.argv[6]) if len(sys.argv) > 6 else 400
family = socket.AF_INET6 if ":" in target else socket.AF_INET
enter(pid_b)
there = socket.socket(family, socket.SOCK_DGRAM)
try:
    there.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
except PermissionError:
    there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
there.bind((target, 0))
there.setblocking(False)
enter(pid_a)
here = socket.socket(family, socket.SOCK_DGRAM)
here.bind((source, 0))
here.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, octets)
filler = bytes(range(256)) * (octets // 256 + 1)
filler = filler[: octets - 8]
at_once = PER_WRITE // octets

stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
sent = highest = late = twice = other = 0
seen = set()
room = bytearray(65536)


def take():
    """False: nothing was there."""
    global highest, late, twice, other
    some = False
    while True:
        try:
            n = there.recv_into(room)
        except BlockingIOError:
            return some
        some = True
        if n != octets or room[8:n] != filler:
            other += 1
            continue
        number = struct.unpack_from("!Q", room)[0]
        if number in seen:
            twice += 1
            continue
        seen.add(number)
        if number < highest:
            late += 1
        else:
            highest = number


def arrives(seconds):
    return bool(select.select([there], [], [], seconds)[0]) and take()


began = False
while not stopped:
    goal = sent + (chunk or at_once)
    while sent < goal:
        n = min(at_once, goal - sent)
        data = b"".join(struct.pack("!Q", sent + k) + filler for k in range(1, n + 1))
        try:
            here.send(data) if began else here.sendto(data, (target, there.getsockname()[1]))
        except OSError as e:  # no way there for now
            if stopped:
                break
            if e.errno not in (11, 105):
                time.sleep(0.01)
            continue
        if not began:
            here.connect((target, there.getsockname()[1]))
            began = True
            print("begun", flush=True)
        sent += n
    while highest < sent and arrives(QUIET if chunk else 0) and chunk:
        pass
while arrives(SETTLE):
    pass
print(f"sent {sent} received {len(seen)} missing {sent - len(seen)} twice {twice} late {late} other {other}", flush=True)
