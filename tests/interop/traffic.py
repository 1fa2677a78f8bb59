#!/usr/bin/env python3
"""Traffic for the tests, over whatever leads to ADDRESS: TCP and UDP of the largest size, there and back.

traffic.py serve PORT            answers with what it gets, IPv4 and IPv6, until it is ended
traffic.py check ADDRESS PORT    1 MB by TCP and 64 KB datagrams by UDP; the exit code says whether all came back whole
"""
import os
import select
import socket
import sys
import threading

TCP_OCTETS = 1 << 20
UDP_OCTETS = 65535 - 8 - 40  # fits IPv4 and IPv6
UDP_COUNT = 4


def serve(port):
    tcp = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    udp.bind(("::", port))

    def echo(connection):
        with connection:
            while octets := connection.recv(65536):
                connection.sendall(octets)

    while True:
        for ready in select.select([tcp, udp], [], [])[0]:
            if ready is tcp:
                threading.Thread(target=echo, args=(tcp.accept()[0],), daemon=True).start()
            else:
                octets, peer = udp.recvfrom(65536)
                udp.sendto(octets, peer)


def check_tcp(address, port):
    sent = os.urandom(TCP_OCTETS)
    with socket.create_connection((address, port), timeout=10) as s:
        writer = threading.Thread(target=s.sendall, args=(sent,))
        writer.start()
        got = bytearray()
        while len(got) < len(sent):
            octets = s.recv(65536)
            if not octets:
                break
            got += octets
        writer.join()
    if got != sent:
        sys.exit(f"TCP: {len(got)} of {len(sent)} octets came back, or others")


def check_udp(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        s.connect((address, port))
        for n in range(UDP_COUNT):
            sent = os.urandom(UDP_OCTETS)
            s.send(sent)
            try:
                if s.recv(65536) != sent:
                    sys.exit(f"UDP: datagram {n} came back changed")
            except TimeoutError:
                sys.exit(f"UDP: datagram {n} of {UDP_OCTETS} octets did not come back")


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    check_tcp(sys.argv[2], int(sys.argv[3]))
    check_udp(sys.argv[2], int(sys.argv[3]))
