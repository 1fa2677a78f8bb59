#!/usr/bin/python3
"""Traffic of all sizes through tunnels, both ways, its content checked.

    traffic.py SEED RATE < commands

Commands, one a line, each answered with one line of JSON:
    flow NAME PID-A PID-B ADDRESS-A ADDRESS-B    UDP and TCP both ways between the namespaces of the two processes
    count         of each flow: UDP sent, received, wrong; TCP transfers done, abandoned, wrong; the age of what came last
    calm          counts begin at zero, and TCP connections anew
    pause         nothing more is sent until calm
    stop          nothing more is sent; what is under way has two seconds to come, then as count
A datagram carries its number and size; content follows from the number. A TCP connection carries its number and length,
then as much, and is done when the other side has said that all came; without progress for STALL_S it is abandoned.
"""
import collections
import ctypes
import errno
import json
import math
import os
import random
import selectors
import socket
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
STALL_S = 20.0
PAUSE_S = 0.3
UDP_HEAD = struct.Struct("!QI")
TCP_HEAD = struct.Struct("!QI")
PATTERN = random.Random(1).randbytes(256) * 600
libc = ctypes.CDLL(None, use_errno=True)
rng = random.Random(sys.argv[1])
RATE = float(sys.argv[2])
selector = selectors.DefaultSelector()
sending = True


def enter(pid):
    fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def udp_size():
    """1 octet to the largest, small ones as often as large ones; one of fifty is of any size."""
    if rng.random() < 0.02:
        return rng.randrange(12, 65000)
    return int(math.exp(rng.uniform(math.log(12), math.log(9000))))


class Udp:
    def __init__(self, name, pid_from, pid_to, target):
        self.name = name
        enter(pid_to)
        self.there = socket.socket(family(target), socket.SOCK_DGRAM)
        try:
            self.there.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        except PermissionError:
            pass
        self.there.bind(("::" if ":" in target else "0.0.0.0", 0))
        self.there.setblocking(False)
        enter(pid_from)
        self.here = socket.socket(family(target), socket.SOCK_DGRAM)
        self.here.setblocking(False)
        self.target = (target, self.there.getsockname()[1])
        self.number = 0
        self.next = time.monotonic() + rng.random()
        self.last = 0.0
        self.zero()
        selector.register(self.there, selectors.EVENT_READ, self)

    def zero(self):
        self.first = self.number
        self.sent = self.received = self.wrong = self.twice = 0
        self.missing = collections.OrderedDict()

    def tick(self, now):
        while self.next <= now:
            self.next = max(self.next, now - 0.2) + rng.expovariate(RATE)
            size = udp_size()
            if not sending:
                continue
            self.number += 1
            data = UDP_HEAD.pack(self.number, size) + PATTERN[self.number % 256 :][: size - UDP_HEAD.size]
            try:
                self.here.sendto(data, self.target)
            except OSError:  # no route now, or the error of the one before
                try:
                    self.here.sendto(data, self.target)
                except OSError:
                    continue
            self.sent += 1
            self.missing[self.number] = (round(time.time(), 2), size)
            if len(self.missing) > 20000:
                self.missing.popitem(last=False)

    def ready(self, now, key, mask):
        while True:
            try:
                data = self.there.recv(66000)
            except BlockingIOError:
                return
            except OSError:
                continue
            if len(data) < UDP_HEAD.size:
                self.wrong += 1
                continue
            number, size = UDP_HEAD.unpack_from(data)
            if len(data) != size or data[UDP_HEAD.size :] != PATTERN[number % 256 :][: size - UDP_HEAD.size]:
                self.wrong += 1
                continue
            self.last = now
            if number <= self.first:
                continue
            if self.missing.pop(number, None):
                self.received += 1
            else:
                self.twice += 1

    def count(self, now):
        return {
            "sent": self.sent,
            "received": self.received,
            "wrong": self.wrong,
            "twice": self.twice,
            "age": round(now - self.last, 2),
            "missing": list(self.missing.values())[:8],
        }


class Tcp:
    def __init__(self, name, pid_from, pid_to, target):
        self.name, self.pid_from = name, pid_from
        enter(pid_to)
        self.listener = socket.create_server(("::" if ":" in target else "0.0.0.0", 0), family=family(target))
        self.listener.setblocking(False)
        self.target = (target, self.listener.getsockname()[1])
        selector.register(self.listener, selectors.EVENT_READ, self)
        self.number = 0
        self.client = None
        self.served = {}
        self.next = time.monotonic() + rng.random()
        self.last = 0.0
        self.octets = 0
        self.zero()

    def zero(self):
        self.done = self.abandoned = self.wrong = 0
        self.why = []

    def close(self, s):
        selector.unregister(s)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()

    def give_up(self, now, why=None):
        if self.client:
            self.close(self.client)
            self.client = None
        self.next = now + PAUSE_S
        if why:
            self.abandoned += 1
            self.why = (self.why + [f"{why} after {self.at} of {len(self.data)} octets"])[-4:]

    def restart(self, now):
        self.give_up(now)
        for s in list(self.served):
            self.close(s)
        self.served.clear()

    def tick(self, now):
        if self.client is None and now >= self.next and sending:
            self.begin(now)
        elif self.client is not None and now - self.progress > STALL_S:
            self.give_up(now, "stalled")
        for s, state in list(self.served.items()):
            if now - state["progress"] > 2 * STALL_S:
                self.close(s)
                del self.served[s]

    def begin(self, now):
        self.number += 1
        size = int(math.exp(rng.uniform(0, math.log(600000))))
        self.data = TCP_HEAD.pack(self.number, size) + (PATTERN * (size // len(PATTERN) + 2))[self.number % 256 :][:size]
        self.at = 0
        self.progress = now
        self.finished = False
        enter(self.pid_from)
        self.client = socket.socket(family(self.target[0]), socket.SOCK_STREAM)
        self.client.setblocking(False)
        rc = self.client.connect_ex(self.target)
        selector.register(self.client, selectors.EVENT_WRITE, self)
        if rc not in (0, errno.EINPROGRESS):
            self.give_up(now, os.strerror(rc))

    def push(self, now):
        rc = self.client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if rc:
            self.give_up(now, os.strerror(rc))
            return
        try:
            if self.at < len(self.data):
                self.at += self.client.send(memoryview(self.data)[self.at : self.at + 65536])
                self.progress = now
            if self.at == len(self.data):
                self.client.shutdown(socket.SHUT_WR)
                selector.modify(self.client, selectors.EVENT_READ, self)
        except BlockingIOError:
            pass
        except OSError as e:
            self.give_up(now, e.strerror)

    def answer(self, now):
        try:
            got = self.client.recv(16)
        except BlockingIOError:
            return
        except OSError as e:
            self.give_up(now, e.strerror)
            return
        if got != b"K":
            self.give_up(now, "closed by the other side")
            return
        self.done += 1
        self.last = now
        self.octets += len(self.data)
        self.give_up(now)

    def accept(self, now):
        try:
            s = self.listener.accept()[0]
        except OSError:
            return
        s.setblocking(False)
        self.served[s] = {"head": b"", "number": 0, "size": 0, "at": 0, "progress": now}
        selector.register(s, selectors.EVENT_READ, self)

    def take(self, s, now):
        state = self.served[s]
        try:
            got = s.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            got = None
        if got:
            state["progress"] = now
            if len(state["head"]) < TCP_HEAD.size:
                need = TCP_HEAD.size - len(state["head"])
                state["head"] += got[:need]
                got = got[need:]
                if len(state["head"]) == TCP_HEAD.size:
                    state["number"], state["size"] = TCP_HEAD.unpack(state["head"])
            if got:
                begin = (state["number"] + state["at"]) % 256
                if (PATTERN * (len(got) // len(PATTERN) + 2))[begin:][: len(got)] != got:
                    self.wrong += 1
                state["at"] += len(got)
            return
        if got == b"" and len(state["head"]) == TCP_HEAD.size:
            if state["at"] != state["size"]:
                self.wrong += 1
            else:
                try:
                    s.send(b"K")
                    s.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                selector.unregister(s)
                s.close()
                del self.served[s]
                return
        self.close(s)
        del self.served[s]

    def ready(self, now, s, mask):
        if s is self.listener:
            self.accept(now)
        elif s is self.client:
            if mask & selectors.EVENT_WRITE:
                self.push(now)
            else:
                self.answer(now)
        elif s in self.served:
            self.take(s, now)

    def count(self, now):
        return {"done": self.done, "abandoned": self.abandoned, "wrong": self.wrong, "octets": self.octets, "why": self.why}


udp, tcp = [], []


def count(now):
    return {"udp": {f.name: f.count(now) for f in udp}, "tcp": {f.name: f.count(now) for f in tcp}}


def command(words, now):
    global sending
    if words[0] == "flow":
        name, a, b, address_a, address_b = words[1:]
        for flow in (Udp, Tcp):
            l = udp if flow is Udp else tcp
            l.append(flow(name + ">", a, b, address_b))
            l.append(flow(name + "<", b, a, address_a))
    elif words[0] == "calm":
        sending = True
        for f in udp:
            f.zero()
        for f in tcp:
            f.restart(now)
            f.zero()
    elif words[0] == "pause":
        sending = False
    elif words[0] == "stop":
        sending = False
        end = now + 2
        while time.monotonic() < end or (time.monotonic() < end + 15 and any(f.client for f in tcp)):
            turn()
        answer = count(time.monotonic())
        sending = True
        return answer
    return count(now)


def turn():
    for key, mask in selector.select(0.005):
        if key.data is not None:
            key.data.ready(time.monotonic(), key.fileobj, mask)
    now = time.monotonic()
    for f in udp:
        f.tick(now)
    for f in tcp:
        f.tick(now)


os.set_blocking(0, False)
left = b""
while True:
    turn()
    try:
        got = os.read(0, 4096)
    except BlockingIOError:
        continue
    if not got:
        break
    left += got
    while b"\n" in left:
        line, left = left.split(b"\n", 1)
        print(json.dumps(command(line.decode().split(), time.monotonic())), flush=True)
