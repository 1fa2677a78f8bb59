#!/usr/bin/python3
"""telnet_user.py HOST: what users do who come in by telnet, with the machine's own telnet program.

Steps are read from standard input, a line each:
    NAME open [OPTION...]  another `telnet HOST`, known as NAME
    NAME see TEXT          waits until TEXT comes; \\r \\n \\b \\xNN are what they are in Python
    NAME type TEXT         and Return; \\x1a and the like as above
    NAME keys TEXT         without Return
    NAME closed            the other end closes the connection, or refused it
"""
import sys

import pexpect

LIMIT_S = 20
users = {}


def text_of(word):
    return word.encode("latin-1").decode("unicode_escape")


def step(name, verb, text):
    if verb == "open":
        users[name] = pexpect.spawn(
            "telnet", ["-E", *text.split(), sys.argv[1]], timeout=LIMIT_S, dimensions=(24, 80), encoding="latin-1"
        )
        users[name].delaybeforesend = None
        return
    user = users[name]
    if verb == "see":
        user.expect_exact(text_of(text))
    elif verb == "type":
        user.send(text_of(text) + "\r")
    elif verb == "keys":
        user.send(text_of(text))
    elif verb == "closed":
        user.expect([r"Connection closed by foreign host\.\s*$", "Connection reset by peer", "Connection refused"])
        user.expect(pexpect.EOF)
    else:
        sys.exit("no such step: %s" % verb)


for number, line in enumerate(sys.stdin, 1):
    words = line.rstrip("\n").split(" ", 2)
    if len(words) < 2 or line.startswith("#"):
        continue
    try:
        step(words[0], words[1], words[2] if len(words) > 2 else "")
    except (pexpect.TIMEOUT, pexpect.EOF) as e:
        user = users[words[0]]
        print("step %d: %s" % (number, line.rstrip()))
        print("%s; came: %r %r" % (type(e).__name__, user.before, user.buffer))
        sys.exit(1)
for user in users.values():
    user.close(force=True)
