#!/usr/bin/env python3
"""Numbered datagrams, both ways at once.

    stream.py LOCAL PEER PORT RATE OCTETS

prints "listens". From SIGUSR1 on it sends RATE datagrams a second from LOCAL to PEER, each with its number, and takes those
that PEER sends. At SIGTERM it sends no more, takes what still comes for two seconds, and prints: sent N received N missing N twice N late N
(missing: numbers below the last one that did not come; late: that came after a higher one), then the first of the gaps.
"""
import select
import signal
import socket
import struct
import sys
import time

local, peer, port, rate, octets = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
SO_RCVBUFFORCE = 33
BURST = 8

family, _, _, _, here = socket.getaddrinfo(local, port, type=socket.SOCK_DGRAM)[0]
there = socket.getaddrinfo(peer, port, type=socket.SOCK_DGRAM)[0][4]
s = socket.socket(family, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
s.bind(here)
s.setblocking(False)
started, stopped = [], []
signal.signal(signal.SIGUSR1, lambda *_: started.append(True))
signal.signal(signal.SIGTERM, lambda *_: stopped.append(time.monotonic()))

sent = 0
seen = {}
highest = late = twice = 0


def take():
    global highest, late, twice
    try:
        while True:
            n = struct.unpack("!I", s.recv(65536)[:4])[0]
            twice += n in seen
            late += n < highest
            highest = max(highest, n)
            seen[n] = True
    except (BlockingIOError, ConnectionRefusedError):
        pass


print("listens", flush=True)
while not started and not stopped:
    time.sleep(0.01)
begin = time.monotonic()
while not stopped or time.monotonic() < stopped[0] + 2:
    due = int((time.monotonic() - begin) * rate) - sent
    if stopped or due <= 0:
        select.select([s], [], [], 0.1 if stopped else 1 / rate)
    for _ in range(0 if stopped else min(due, BURST)):
        try:
            s.sendto(struct.pack("!I", sent + 1) + bytes(octets - 4), there)
        except (BlockingIOError, ConnectionRefusedError):
            break
        sent += 1
    if due > BURST:  # a moment lost is not made good
        begin = time.monotonic() - sent / rate
    take()
print(f"sent {sent} received {len(seen)} missing {highest - len(seen)} twice {twice} late {late}", flush=True)
last = shown = 0
for n in sorted(seen):
    if n > last + 1 and shown < 20:
        print(f"gap {last + 1} to {n - 1}", flush=True)
        shown += 1
    last = n
