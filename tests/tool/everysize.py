#!/usr/bin/python3
"""Packets of every size and kind, sent by two hosts to each other through two routers, and held against what arrives.

    everysize.py packets A B RELAY SEED COUNT MTU4 MTU6 [RELAY-COMMAND...]

A, B: process ids that stand for the hosts' namespaces, each with eth0 and behind it the router's interface with the MAC
address 02:00:00:00:00:02 (A's) and 02:00:00:00:00:03. A's packets come from 10.22.0.0/16 and 2001:db8:22::/64, B's from 10.33
and 2001:db8:33. RELAY: control socket of the wire (relay.c), whose commands hold while COUNT packets of each direction and
family are sent; it is clear when the last are. MTU4, MTU6: what a tunnel takes whole; a larger IPv4 packet without DF arrives in
pieces. SEED: what is sent.

What arrives is what was sent, octet for octet, but for: TTL or hop limit, two less; IPv4's header checksum, which must be
right; IPv4's identification where DF says that it means nothing (RFC 6864). GSO packets count as the packets that they stand for.

Prints NAME=VALUE: for each direction (a, b: who sent) and family (4, 6) as in sent_a4: sent (what was to cross the tunnel: packets, or
pieces), received, missing, twice, wrong (arrived, but never sent so), late (behind one of its flow that was sent after it); and of
the relay in_a, out_a, lost_a, repeated_a, refused_a. What is missing or wrong is told on stderr.

    everysize.py streams A B OCTETS SEGMENT TO-B TO-A [TO-B TO-A]

TCP in large writes to all these addresses at a time, then datagrams that the kernel cuts into packets of up to SEGMENT octets of
payload (UDP_SEGMENT), then some of up to 65,507 that are sent as fragments. Prints "same" when what was read is what was written.
"""
import array
import ctypes
import os
import random
import select
import socket
import struct
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
UDP_SEGMENT = 103
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
DF, MF = 0x4000, 0x2000
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = 1, 2, 4, 8, 16, 32, 64, 128, 256
GSO_TCP4, GSO_TCP6, GSO_UDP, GSO_ECN = 1, 4, 5, 0x80
BURST = 300
MARKERS = 4
GIVE_UP = 60

libc = ctypes.CDLL(None, use_errno=True)


def enter(pid):
    fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


# --- packets ----------------------------------------------------------------------------------------------------------


def total(data):
    """The sum of RFC 1071, folded, in the order in which it lies in memory."""
    s = sum(array.array("H", data if len(data) % 2 == 0 else data + b"\0"))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return s


def complement(s):
    return struct.pack("=H", ~s & 0xFFFF)


def pseudo(src, dst, protocol, octets):
    return src + dst + struct.pack("!IHBB", octets, 0, 0, protocol)


def ip4(h, payload):
    options = h.get("options", b"")
    p = bytearray(
        struct.pack(
            "!BBHHHBBH4s4s",
            0x45 + len(options) // 4,
            h["tos"],
            20 + len(options) + len(payload),
            h["id"],
            h["frag"],
            h["ttl"],
            h["protocol"],
            0,
            h["src"],
            h["dst"],
        )
        + options
    )
    p[10:12] = complement(total(bytes(p)))
    return bytes(p) + payload


def ip6(h, payload):
    body = h.get("extensions", b"") + payload
    return (
        struct.pack("!IHBB", 6 << 28 | h["tos"] << 20 | h["flow"], len(body), h.get("next", h["protocol"]), h["ttl"])
        + h["src"]
        + h["dst"]
        + body
    )


def ip(h, payload):
    return ip4(h, payload) if len(h["src"]) == 4 else ip6(h, payload)


def summed(h, segment, at):
    """The transport's checksum, put where it stands."""
    s = complement(total(pseudo(h["src"], h["dst"], h["protocol"], len(segment)) + segment))
    if h["protocol"] == UDP and s == b"\0\0":
        s = b"\xff\xff"
    return segment[:at] + s + segment[at + 2 :]


def udp(h, ports, data):
    return summed(h, ports + struct.pack("!HH", 8 + len(data), 0) + data, 6)


def tcp(h, t, data):
    head = struct.pack(
        "!4sIIHHHH",
        t["ports"],
        t["seq"] & 0xFFFFFFFF,
        t["ack"],
        (5 + len(t["options"]) // 4) << 12 | t["reserved"] | t["flags"],
        t["window"],
        0,
        t["urgent"],
    )
    return summed(h, head + t["options"] + data, 16)


def as_sent(p):
    """What is compared: everything that no router may change, TTL as it is two routers on."""
    b = bytearray(p)
    if p[0] >> 4 == 4:
        b[8] -= 2
        b[10:12] = b"\0\0"
        if b[6] & 0x40 and not (b[6] & 0x3F or b[7]):
            b[4:6] = b"\0\0"
    else:
        b[7] -= 2
    return bytes(b)


def as_received(p):
    b = bytearray(p)
    if p[0] >> 4 == 4:
        if total(p[: (p[0] & 15) * 4]) != 0xFFFF:
            return None
        b[10:12] = b"\0\0"
        if b[6] & 0x40 and not (b[6] & 0x3F or b[7]):
            b[4:6] = b"\0\0"
    return bytes(b)


def flow_of(p):
    """What is to stay in order: fragments have no ports."""
    if p[0] >> 4 == 4:
        whole = not (p[6] & 0x3F or p[7])
        ports = p[(p[0] & 15) * 4 :][:4] if whole and p[9] in (TCP, UDP) else b""
        return p[9:10] + p[12:20] + ports
    return p[1:4] + p[6:7] + p[8:40] + (p[40:44] if p[6] in (TCP, UDP) else b"")


# --- what is sent -----------------------------------------------------------------------------------------------------


class Source:
    """Packets of one direction and family, drawn from a seed. Each is a list: what crosses, in order, and how it is given to the wire."""

    def __init__(self, family, src, dst, mtu, seed):
        self.r = random.Random(seed)
        self.family, self.src, self.dst, self.mtu = family, src, dst, mtu
        self.header = 20 if family == 4 else 40
        self.kinds = [
            (4, self.tcp_train),
            (3, self.udp_train),
            (3, self.tcp_gso),
            (2, self.udp_gso),
            (14, self.one_udp),
            (10, self.one_tcp),
            (6, self.one_icmp),
            (6, self.unknown_protocol),
            (6, self.fragment),
            (8, self.with_options if family == 4 else self.with_extensions),
        ]
        if family == 4:
            self.kinds.append((1, self.oversize))

    def draw(self):
        return self.r.choices([k for _, k in self.kinds], [w for w, _ in self.kinds])[0]()

    def head(self, protocol):
        r = self.r
        h = {"protocol": protocol, "tos": r.randrange(256), "ttl": r.choice([3, 64, 255, r.randrange(3, 256)])}
        n = 2 if self.family == 4 else 8
        h["src"], h["dst"] = self.src + r.randbytes(n), self.dst + r.randbytes(n)
        h["id"], h["frag"] = r.randrange(65536), r.choice([0, DF])
        h["flow"] = r.choice([0, r.randrange(1 << 20)])
        return h

    def size(self, least=0, around=0):
        """Octets of a payload that still fits: small, any, or as large as can be."""
        most = self.mtu - self.header - around
        r = self.r
        n = r.choice([r.randrange(64), r.randrange(most + 1), r.randrange(most + 1), most - r.randrange(20)])
        return max(least, min(most, n))

    def one(self, p, kind):
        return [([p], bytes(10), p, kind)]

    def ports(self):
        return self.r.randbytes(4)

    def one_udp(self):
        h = self.head(UDP)
        data = self.r.randbytes(self.r.choice([0, self.size(0, 8), self.size(0, 8)]))
        segment = udp(h, self.ports(), data)
        what = self.r.randrange(8)
        if what == 0:
            segment = segment[:6] + b"\0\0" + segment[8:]
        elif what == 1:
            segment = segment[:6] + self.r.randbytes(2) + segment[8:]
        elif what == 2:  # a length that is not the packet's
            segment = segment[:4] + self.r.randbytes(2) + segment[6:]
        return self.one(ip(h, segment), "udp")

    def tcp_head(self):
        r = self.r
        options = r.choice(
            [
                b"",
                b"",
                b"\1\1\x08\x0a" + r.randbytes(8),
                b"\1\1\x05\x0a" + r.randbytes(8),
                b"\1" * 4 * r.randrange(11),
                b"\x02\x04\x05\xb4",
                b"\xfd\x08" + r.randbytes(6),
            ]
        )
        return {
            "ports": self.ports(),
            "seq": r.randrange(1 << 32),
            "ack": r.randrange(1 << 32),
            "flags": ACK,
            "reserved": 0,
            "window": r.randrange(65536),
            "urgent": 0,
            "options": options,
        }

    def one_tcp(self):
        h, t = self.head(TCP), self.tcp_head()
        t["flags"], t["reserved"] = self.r.randrange(512), self.r.choice([0, 0, 0xE00])
        t["urgent"] = self.r.choice([0, 1, 65535])
        segment = tcp(h, t, self.r.randbytes(self.size(0, 60) if self.r.random() < 0.7 else 0))
        if self.r.random() < 0.1:
            segment = segment[:16] + self.r.randbytes(2) + segment[18:]
        if self.r.random() < 0.05:  # a header length that cannot be
            segment = segment[:12] + bytes([self.r.choice([0x00, 0x40, 0xF0])]) + segment[13:]
        return self.one(ip(h, segment), "tcp")

    def one_icmp(self):
        h = self.head(ICMP if self.family == 4 else ICMP6)
        # neighbour discovery and multicast listeners are the link's own
        kind = self.r.choice([0, 3, 8, 11, 13, 255] if self.family == 4 else [1, 2, 3, 128, 129, 200])
        body = bytes([kind, self.r.randrange(16), 0, 0]) + self.r.randbytes(self.size(4, 4))
        if self.family == 4:
            body = body[:2] + complement(total(body)) + body[4:]
        else:
            body = summed(h, body, 2)
        return self.one(ip(h, body), "icmp")

    def unknown_protocol(self):
        # not what stands before the payload of IPv6, nor what is counted by its own name above
        h = self.head(self.r.choice([2, 4, 33, 41, 47, 50, 51, 59, 89, 103, 132, 136, 253, 254]))
        return self.one(ip(h, self.r.randbytes(self.size())), "protocol %d" % h["protocol"])

    def fragment(self):
        r = self.r
        h = self.head(r.choice([UDP, TCP, 253]))
        more, offset = r.choice([(1, 0), (1, r.randrange(1, 8000)), (0, r.randrange(1, 8000))])
        size = self.size(8, 8)
        size = size // 8 * 8 if more else size
        if self.family == 4:
            h["frag"] = more * MF | offset | r.choice([0, DF])
        else:
            h["next"] = 44
            h["extensions"] = struct.pack("!BBHI", h["protocol"], 0, offset << 3 | more, r.randrange(1 << 32))
        return self.one(ip(h, r.randbytes(size)), "fragment")

    def with_options(self):
        r = self.r
        h = self.head(r.choice([UDP, TCP, ICMP, 253]))
        options = b""
        while len(options) <= 32 and r.random() < 0.8:
            experiment = bytes([r.choice([30, 94, 158, 222]), 4]) + r.randbytes(2)
            options += r.choice([b"\x01", b"\x01", experiment, bytes([158, 2])])
        h["options"] = options + bytes(-len(options) % 4)
        ports = self.ports()
        body = r.randbytes(self.size(8, 48))
        if h["protocol"] == UDP:
            body = udp(h, ports, body[8:])
        elif h["protocol"] == TCP:
            body = tcp(h, dict(self.tcp_head(), options=b""), body[20:])
        return self.one(ip(h, body), "options")

    def with_extensions(self):
        """RFC 8200 4.1: hop-by-hop, destination, routing, fragment, destination; whatever follows."""
        r = self.r
        h = self.head(r.choice([UDP, TCP, ICMP6, 59, 253]))
        order = [k for k in (0, 60, 43, 44, 60) if r.random() < 0.4] or [r.choice([0, 60, 43])]
        following = order[1:] + [h["protocol"]]
        out = b""
        for k, after in zip(order, following):
            if k == 44:  # an atomic fragment, or the first of more
                out += struct.pack("!BBHI", after, 0, r.choice([0, 1]), r.randrange(1 << 32))
            elif k == 43:
                units = r.randrange(3)
                out += struct.pack("!BBBB", after, units, r.choice([0, 2, 4, 253]), 0) + r.randbytes(4 + 8 * units)
            else:
                units = r.randrange(3)
                pad = 8 * units + 4
                option = b"\x1e" + bytes([pad]) + r.randbytes(pad)
                if units == 0 and r.random() < 0.5:  # PadN; Linux takes no longer one
                    option = b"\x01" + bytes([pad]) + bytes(pad)
                out += bytes([after, units]) + option
        h["extensions"], h["next"] = out, order[0]
        body = r.randbytes(self.size(8, len(out)) // 8 * 8)
        if h["protocol"] == UDP:
            body = udp(h, self.ports(), body[8:])
        elif h["protocol"] == TCP and len(body) >= 20:
            body = tcp(h, dict(self.tcp_head(), options=b""), body[20:])
        elif h["protocol"] == ICMP6:
            body = summed(h, b"\x80\0" + body[2:], 2)
        return self.one(ip(h, body), "extensions %s" % order)

    def oversize(self):
        r = self.r
        h = self.head(r.choice([UDP, TCP, 253]))
        h["options"] = r.choice([b"", b"", bytes([158, 8]) + r.randbytes(6)])
        octets = r.choice([65535, r.randrange(self.mtu + 1, 4 * self.mtu), r.randrange(self.mtu + 1, 65536)])
        h["frag"] = r.choice([0, 0, MF])
        payload = octets - 20 - len(h["options"])
        if h["frag"]:
            payload = payload // 8 * 8
        return [(None, bytes(10), ip(h, r.randbytes(payload)), "oversize")]

    # trains: what a receiver may merge, and in between what it may not

    def train(self, protocol, header):
        r = self.r
        h = self.head(protocol)
        n, size = r.randrange(2, 60), r.randrange(1, self.mtu - self.header - header + 1)
        step = r.choice([1, 1, 0, r.randrange(65536)])
        for k in range(n):
            odd = r.random() < 0.15
            g = dict(h)
            h["id"] = h["id"] + step & 0xFFFF
            if odd and r.random() < 0.5:
                what = r.choice(["tos", "ttl", "id", "frag", "flow"])
                g[what] = {
                    "tos": g["tos"] ^ r.choice([1, 2, 3, 0x40]),
                    "ttl": r.randrange(3, 256),
                    "id": r.randrange(65536),
                    "frag": g["frag"] ^ DF,
                    "flow": r.randrange(1 << 20),
                }[what]
                odd = False
            yield g, odd, size if k < n - 1 else r.randrange(1, size + 1)

    def tcp_train(self):
        r, t, out = self.r, self.tcp_head(), []
        for h, odd, size in self.train(TCP, 60):
            u, spoil = dict(t), False
            if odd:
                what = r.randrange(8)
                if what == 0:
                    u["flags"] = ACK | r.choice([PSH, FIN, SYN, RST, URG, ECE, CWR, AE, PSH | FIN])
                elif what == 1:
                    u["options"] = b"\1\1\x08\x0a" + r.randbytes(8)
                elif what == 2:
                    t["seq"] += r.randrange(1, 5000)
                    u["seq"] = t["seq"]
                elif what == 3:
                    t["ack"] = u["ack"] = r.randrange(1 << 32)
                elif what == 4:
                    t["window"] = u["window"] = r.randrange(65536)
                elif what == 5:
                    size = r.choice([0, r.randrange(size + 1)])
                elif what == 6:
                    spoil = True
                else:
                    u["flags"], u["urgent"] = ACK | URG, r.randrange(65536)
            segment = tcp(h, u, r.randbytes(size))
            if spoil:
                segment = segment[:16] + r.randbytes(2) + segment[18:]
            t["seq"] += size
            out += self.one(ip(h, segment), "tcp train")
        return out

    def udp_train(self):
        r, ports, out = self.r, self.ports(), []
        for h, odd, size in self.train(UDP, 8):
            if odd and r.random() < 0.4:
                size = r.randrange(size + 1)
                odd = False
            segment = udp(h, ports, r.randbytes(size))
            if odd:
                segment = segment[:6] + r.choice([b"\0\0", r.randbytes(2)]) + segment[8:]
            out += self.one(ip(h, segment), "udp train")
        return out

    # what the sender's kernel would leave to its device to be cut

    def gso(self, h, make, header, kind, at):
        r = self.r
        size = r.randrange(100, self.mtu - self.header - header + 1)
        most = (65535 - self.header - header) // size
        octets = r.randrange(size + 1, size * min(most, r.choice([3, 20, 60])) + 1)
        data = r.randbytes(octets)
        cut = []
        for k, done in enumerate(range(0, octets, size)):
            g = dict(h, id=h["id"] + k & 0xFFFF)
            cut.append(ip(g, make(g, k, done, data[done : done + size], done + size >= octets)))
        whole = make(h, None, 0, data, True)
        partial = struct.pack("=H", total(pseudo(h["src"], h["dst"], h["protocol"], len(whole))))
        whole = whole[:at] + partial + whole[at + 2 :]
        vnet = struct.pack("=BBHHHH", 1, kind, 14 + self.header + header, size, 14 + self.header, at)
        return [(cut, vnet, ip(h, whole), "gso %d" % kind)]

    def tcp_gso(self):
        r, h, t = self.r, self.head(TCP), self.tcp_head()
        flags = ACK | r.choice([0, PSH, FIN | PSH, ECE, CWR, CWR | PSH, AE, URG, PSH | URG])
        if flags & URG:
            t["urgent"] = r.randrange(65536)

        def make(g, k, done, data, last):
            f = flags
            if k is not None:
                f &= ~(0 if last else FIN | PSH) & ~(CWR if k else 0)
            return tcp(g, dict(t, seq=t["seq"] + done, flags=f), data)

        kind = (GSO_TCP4 if self.family == 4 else GSO_TCP6) | (GSO_ECN if flags & CWR else 0)
        return self.gso(h, make, 20 + len(t["options"]), kind, 16)

    def udp_gso(self):
        ports = self.ports()
        return self.gso(self.head(UDP), lambda g, k, done, data, last: udp(g, ports, data), 8, GSO_UDP, 6)

    def marker(self):
        h = self.head(UDP)
        h["frag"] = DF
        return self.one(ip(h, udp(h, self.ports(), self.r.randbytes(20))), "marker")


# --- one direction of one family ----------------------------------------------------------------------------------------


class Pieces:
    """An IPv4 packet that is to arrive as fragments."""

    def __init__(self, p, mtu):
        self.p, self.header = p, (p[0] & 15) * 4
        self.payload = len(p) - self.header
        step, last = (mtu - self.header) // 8 * 8, mtu - self.header
        self.pieces = 1 + -(-max(0, self.payload - last) // step)
        self.left, self.seen = self.payload, set()

    def take(self, got):
        """'', or what is wrong with it. Its header was looked up."""
        header = (got[0] & 15) * 4
        field = struct.unpack("!H", got[6:8])[0]
        at, data = (field & 0x1FFF) * 8, got[header:]
        if at in self.seen:
            return "twice"
        end = at + len(data)
        more = end < self.payload or self.p[6] & 0x20
        if self.p[self.header + at : self.header + end] != data or bool(field & MF) != bool(more):
            return "wrong"
        if got[1] != self.p[1] or got[8] != self.p[8] - 2:
            return "wrong"
        if at == 0 and got[20:header] != self.p[20 : self.header]:
            return "wrong"
        self.seen.add(at)
        return ""


class Way:
    def __init__(self, name, family, tx, rx, mac, source, mtu):
        self.name, self.family, self.tx, self.rx, self.source, self.mtu = name, family, tx, rx, source, mtu
        self.ethernet = mac + bytes(6) + struct.pack("!H", ETH_P_IP if family == 4 else ETH_P_IPV6)
        self.expected, self.pieces = {}, {}
        self.sent = self.received = self.twice = self.wrong = self.late = 0
        self.order = {}
        self.seen = {}

    def send(self, item):
        cut, vnet, wire, kind = item
        if cut is None:
            whole = Pieces(wire, self.mtu)
            self.pieces[wire[4:6] + wire[9:10] + wire[12:20]] = whole
            self.sent += whole.pieces
        else:
            keys = [as_sent(p) for p in cut]
            if any(k in self.expected for k in keys):
                return cut  # the same again, by chance
            for k in keys:
                self.expected[k] = (self.sent, kind)
                self.sent += 1
        self.tx.send(vnet + self.ethernet + wire)
        return cut

    def take(self, p):
        key = as_received(p)
        if key in self.expected:
            if key in self.seen:
                self.twice += 1
                return
            index = self.expected[key][0]
            self.seen[key] = True
            self.received += 1
            flow = flow_of(p)
            self.late += index < self.order.get(flow, -1)
            self.order[flow] = max(index, self.order.get(flow, -1))
            return
        whole = self.pieces.get(p[4:6] + p[9:10] + p[12:20]) if self.family == 4 and key else None
        fault = whole.take(p) if whole else "wrong"
        if not fault:
            self.received += 1
        elif fault == "twice":
            self.twice += 1
        else:
            self.wrong += 1
            if self.wrong <= 5:
                print(f"{self.name}: never sent: {p[:120].hex()} ({len(p)})", file=sys.stderr)

    def tell_missing(self):
        missing = [v for k, v in self.expected.items() if k not in self.seen]
        for index, kind in missing[:8]:
            print(f"{self.name}: missing: {index} of {self.sent}, {kind}", file=sys.stderr)
        kinds = {}
        for _, kind in missing:
            kinds[kind] = kinds.get(kind, 0) + 1
        for k in self.pieces.values():
            if k.pieces > len(k.seen):
                kinds["pieces"] = kinds.get("pieces", 0) + k.pieces - len(k.seen)
        print(f"{self.name}: missing: {kinds}", file=sys.stderr)


def packet_socket(vnet):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    if vnet:
        s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        s.bind(("eth0", 0))
        return s
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    try:
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    except PermissionError:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
    s.bind(("eth0", ETH_P_ALL))
    s.setblocking(False)
    return s


class Receiver:
    """What comes to a host: for which way it is its destination tells."""

    def __init__(self, prefix4, prefix6):
        self.socket = packet_socket(False)
        self.prefix4, self.prefix6 = prefix4, prefix6
        self.ways = {}
        self.room = bytearray(70000)

    def drain(self):
        while True:
            try:
                n = self.socket.recv_into(self.room)
            except BlockingIOError:
                return
            kind = self.room[12] << 8 | self.room[13]
            if kind == ETH_P_IP and self.room[30:32] == self.prefix4:
                self.ways[4].take(bytes(self.room[14 : 14 + (self.room[16] << 8 | self.room[17])]))
            elif kind == ETH_P_IPV6 and self.room[38:46] == self.prefix6:
                self.ways[6].take(bytes(self.room[14 : 54 + (self.room[18] << 8 | self.room[19])]))


def tell(path, *words):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(path)
    s.send(" ".join(words).encode() or b" ")
    text = s.recv(4096).decode()
    s.close()
    if "not understood" in text:
        sys.exit(f"relay: {words}: {text}")
    return {line[0]: dict(zip(*[iter(line[3:].split())] * 2)) for line in text.splitlines()}


def settle(ways, receivers, until, shout):
    """Until what was sent last has arrived: all before it that will has then."""
    waits = {}
    for w in ways:
        for _ in range(MARKERS):
            waits[as_sent(w.send(w.source.marker()[0])[0])] = w
    again = time.monotonic() + 0.05
    while waits:
        select.select([r.socket for r in receivers], [], [], 0.02)
        for r in receivers:
            r.drain()
        waits = {k: w for k, w in waits.items() if k not in w.seen}
        now = time.monotonic()
        if now > until:
            sys.exit(f"{shout}: nothing arrives any more: {[w.name for w in waits.values()]}")
        if waits and now > again:  # lost on the way
            waits = {as_sent(w.send(w.source.marker()[0])[0]): w for w in waits.values()}
            again = now + 0.05


def packets(pid_a, pid_b, relay, seed, count, mtu4, mtu6, commands):
    prefixes = {
        "a": (bytes([10, 22]), socket.inet_pton(socket.AF_INET6, "2001:db8:22::")[:8], b"\2\0\0\0\0\2"),
        "b": (bytes([10, 33]), socket.inet_pton(socket.AF_INET6, "2001:db8:33::")[:8], b"\2\0\0\0\0\3"),
    }
    tx, rx, ways = {}, {}, []
    for side, pid in (("a", pid_a), ("b", pid_b)):
        enter(pid)
        tx[side], rx[side] = packet_socket(True), Receiver(*prefixes[side][:2])
    for side, other in (("a", "b"), ("b", "a")):
        for k, (family, mtu) in enumerate(((4, mtu4), (6, mtu6))):
            source = Source(family, prefixes[side][k], prefixes[other][k], mtu, f"{seed} {side} {family}")
            w = Way(f"{side}{family}", family, tx[side], rx[other], prefixes[side][2], source, mtu)
            rx[other].ways[family] = w
            ways.append(w)
    receivers = list(rx.values())
    until = time.monotonic() + GIVE_UP
    tell(relay, "only", "both", "esp")
    before = tell(relay)
    for c in commands:
        tell(relay, *c.split())
    while any(w.sent < count for w in ways):
        for w in ways:
            goal, todo, octets = w.sent + BURST, [], 0
            while w.sent < goal and octets < 400000 and w.sent < count:
                # a few things at a time, each in its own order
                todo = [x for x in (w.source.draw() for _ in range(4))]
                while todo:
                    k = w.source.r.randrange(len(todo))
                    octets += len(todo[k][0][2])
                    w.send(todo[k].pop(0))
                    if not todo[k]:
                        todo.pop(k)
                rx["b" if w.name[0] == "a" else "a"].drain()
        settle(ways, receivers, until, "while packets are sent")
    tell(relay, "clear")
    settle(ways, receivers, until, "at the end")
    after = tell(relay)
    for w in ways:
        missing = w.sent - w.received
        if missing:
            w.tell_missing()
        for name in ("sent", "received", "twice", "wrong", "late"):
            print(f"{name}_{w.name}={getattr(w, name)}")
        print(f"missing_{w.name}={missing}")
    for side in "ab":
        for name in ("in", "out", "lost", "repeated", "refused", "overflowed"):
            print(f"{name}_{side}={int(after[side][name]) - int(before[side][name])}")


# --- sockets ------------------------------------------------------------------------------------------------------------


def tcp_pair(pid_from, pid_to, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    enter(pid_to)
    server = socket.create_server((address, 0), family=family)
    enter(pid_from)
    client = socket.create_connection(server.getsockname()[:2], 20)
    taken = server.accept()[0]
    for s in (client, taken):
        s.settimeout(20)
    server.close()
    return client, taken


def write_all(s, data):
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)


def read_all(s, out):
    while chunk := s.recv(1 << 18):
        out += chunk


def datagrams(pid_from, pid_to, address, r, segment):
    """What is lost is no fault of this, and is sent again with all that went with it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    enter(pid_to)
    there = socket.socket(family, socket.SOCK_DGRAM)
    there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    there.bind((address, 0))
    there.settimeout(0.5)
    enter(pid_from)
    here = socket.socket(family, socket.SOCK_DGRAM)
    here.connect(there.getsockname()[:2])
    todo = []
    for _ in range(30 if segment else 0):
        size = r.randrange(1, segment + 1)
        data = r.randbytes(r.randrange(size + 1, min(64 * size, 60000)))
        todo.append((data, size, [data[k : k + size] for k in range(0, len(data), size)]))
    for octets in [65507] + [r.randrange(1, 9000) for _ in range(10)]:
        data = r.randbytes(octets)
        todo.append((data, 0, [data]))
    for data, size, want in todo:
        here.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
        if not size and family == socket.AF_INET:
            here.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        got = []
        for _ in range(10):
            got = []
            try:
                here.send(data)
                while len(got) < len(want):
                    got.append(there.recv(65536))
            except TimeoutError:
                continue
            break
        if got != want:
            sys.exit(f"{address}: {len(data)} octets of datagrams of {size}: {len(got)} of {len(want)} arrived")


def streams(pid_a, pid_b, octets, segment, addresses):
    r = random.Random(octets)
    ends = [(pid_b, pid_a, x) if k % 2 else (pid_a, pid_b, x) for k, x in enumerate(addresses)]
    flows = [(tcp_pair(*e), r.randbytes(octets), bytearray(), e[2]) for e in ends]
    threads = []
    for (client, taken), data, got, _ in flows:
        threads.append(threading.Thread(target=write_all, args=(client, data)))
        threads.append(threading.Thread(target=read_all, args=(taken, got)))
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for _, data, got, address in flows:
        if data != got:
            sys.exit(f"TCP to {address}: {len(got)} of {len(data)} octets, or others")
    for e in ends:
        datagrams(*e, r, segment)
    print("same")


if __name__ == "__main__":
    if sys.argv[1] == "packets":
        packets(sys.argv[2], sys.argv[3], sys.argv[4], *map(int, sys.argv[5:9]), sys.argv[9:])
    else:
        streams(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6:])
