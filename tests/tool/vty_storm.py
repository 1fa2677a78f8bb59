#!/usr/bin/python3
"""vty_storm.py HOST: sixteen telnet users with debugs on their terminals, all of whom print at once but one who never
reads. Says "printed" when the fifteen have all that they asked for and have left, reads what comes for the deaf one when it is told
so by a line on standard input, and says "ended" when the router has closed that connection."""
import selectors
import socket
import sys

ROUNDS = 20
LAST = b"Current privilege level is 15\r\n"


def connect(room):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    s.settimeout(30)
    s.connect((sys.argv[1], 23))
    return s


deaf = connect(4096)
deaf.sendall(b"terminal monitor\r" + 600 * b"show running-config\r")
readers = {}
for _ in range(15):
    s = connect(1 << 20)
    s.sendall(b"terminal monitor\rdebug crypto isakmp\rdebug crypto ipsec\r")
    readers[s] = b""
print("connected", flush=True)
watch = selectors.DefaultSelector()
for s in readers:
    s.sendall(ROUNDS * b"show running-config\r" + b"show privilege\r")
    watch.register(s, selectors.EVENT_READ)
while watch.get_map():
    ready = watch.select(60)
    if not ready:
        sys.exit("%d users wait for what they asked for" % len(watch.get_map()))
    for key, _ in ready:
        got = key.fileobj.recv(65536)
        readers[key.fileobj] += got
        if not got or LAST in readers[key.fileobj]:
            watch.unregister(key.fileobj)
for text in readers.values():
    if text.count(b"\r\nend\r\n") != ROUNDS or LAST not in text:
        sys.exit("not all came: %d ends of %d, %r" % (text.count(b"\r\nend\r\n"), ROUNDS, text[-200:]))
    if b"%SYS-3-MSGLOST" not in text and b"ISAKMP" not in text:
        sys.exit("no debug line came")
for s in readers:
    s.close()
print("printed", flush=True)
sys.stdin.readline()
try:
    while deaf.recv(65536):
        pass
except ConnectionResetError:
    pass
print("ended", flush=True)
