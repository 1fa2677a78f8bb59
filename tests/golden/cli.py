#!/usr/bin/python3
"""cli.py [--write] END TRANSCRIPT...: types what a transcript says and compares what the terminal shows, byte for byte.

END is how the session is reached:
    console COMMAND      a router that is started on a pseudo terminal for each transcript
    attach COMMAND       the same for a program that joins a running one
    telnet HOST:PORT     24 lines of 80 characters: NAWS is refused
    ssh HOST:PORT        with a pseudo terminal of 24 times 80
A name and passwords are `admin` where they are asked; the transcript begins behind the first prompt at level 15.

A transcript is what stands on the screen. Before each step a line says what is typed:
    keys show clck          with Return at the end
    keys show cl\\           without
Below it stands the screen from the prompt on, prompt and line included, as IOS shows it; a step's last line has no line
end and begins the next step's. In keys and screen alike: \\b \\a \\r \\t \\e \\s (a blank at a line's end) \\\\, \\xNN;
in keys also ^C and so on (\\^ is the character, and so is ^ before a small letter). Lines that begin with -- are comments.

--write puts what the router does show in the place of what was expected.
"""
import os
import re
import select
import socket
import sys
import time

import pexpect

LIMIT_S = 20  # the router is given this long to show what is expected
QUIET_S = 0.5  # --write: it has shown all it will


class Mismatch(Exception):
    pass


# --- ends ----


class Pty:
    def __init__(self, command):
        env = dict(os.environ, TERM="vt100")
        self.child = pexpect.spawn("/bin/sh", ["-c", "exec " + command], dimensions=(24, 80), timeout=LIMIT_S, env=env)
        self.child.delaybeforesend = None
        self.console = " boot " in command

    def send(self, data):
        self.child.send(data)

    def read(self, seconds):
        try:
            return self.child.read_nonblocking(4096, seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return b""

    def close(self):
        if self.console:
            self.child.send(b"\r\x04")  # Ctrl-D on an empty line ends the router
            try:
                self.child.expect(pexpect.EOF, 5)
            except pexpect.TIMEOUT:
                self.child.terminate(force=True)
        self.child.close()


class Telnet:
    IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
    TAKEN = (1, 3)  # the router echoes, and suppresses go-aheads

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), LIMIT_S)
        self.raw = b""

    def send(self, data):
        self.socket.sendall(data.replace(b"\r", b"\r\0").replace(b"\xff", b"\xff\xff"))

    def read(self, seconds):
        if not select.select([self.socket], [], [], seconds)[0]:
            return b""
        self.raw += self.socket.recv(4096)
        out = b""
        while self.raw:
            at = self.raw.find(self.IAC)
            if at:
                at = len(self.raw) if at < 0 else at
                out, self.raw = out + self.raw[:at], self.raw[at:]
                continue
            if len(self.raw) < 2 or (self.raw[1] >= self.SB and self.raw[1] < 255 and len(self.raw) < 3):
                break
            verb = self.raw[1]
            if verb == self.SB:
                end = self.raw.find(bytes([self.IAC, self.SE]))
                if end < 0:
                    break
                self.raw = self.raw[end + 2 :]
            elif verb in (self.DO, self.DONT, self.WILL, self.WONT):
                option, self.raw = self.raw[2], self.raw[3:]
                if verb == self.WILL:
                    answer = self.DO if option in self.TAKEN else self.DONT
                    self.socket.sendall(bytes([self.IAC, answer, option]))
                elif verb == self.DO:
                    answer = self.WILL if option == 3 else self.WONT
                    self.socket.sendall(bytes([self.IAC, answer, option]))
            else:
                out += b"\xff" if verb == 255 else b""
                self.raw = self.raw[2:]
        return out.replace(b"\r\0", b"\r")

    def close(self):
        self.socket.close()


class Ssh:
    def __init__(self, host, port):
        import paramiko

        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(host, port, "admin", "admin", look_for_keys=False, allow_agent=False, timeout=LIMIT_S)
        self.channel = self.client.invoke_shell("vt100", 80, 24)

    def send(self, data):
        self.channel.sendall(data)

    def read(self, seconds):
        self.channel.settimeout(seconds)
        try:
            return self.channel.recv(4096)
        except socket.timeout:
            return b""

    def close(self):
        self.client.close()


def connect(kind, where):
    if kind in ("console", "attach"):
        return Pty(where)
    host, port = where.rsplit(":", 1)
    return (Telnet if kind == "telnet" else Ssh)(host, int(port))


# --- the text of a transcript ----

NAMED = {"b": "\b", "a": "\a", "r": "\r", "t": "\t", "e": "\x1b", "s": " ", "\\": "\\", "^": "^"}


def unescape(text, control):
    def one(m):
        word, times = m.group(1), int(m.group(2) or 1)
        if word[0] == "^":
            return chr(ord(word[1].upper()) & 0x1F) if control else m.group(0)
        return times * (chr(int(word[2:], 16)) if word[1] == "x" else NAMED.get(word[1], word))

    return re.sub(r"(\\x[0-9a-f]{2}|\\.|\^[@-_])(?:{(\d+)})?", one, text).encode("latin-1")


def escape(data):
    names = {v: "\\" + k for k, v in NAMED.items() if k not in "s^"}
    text = data.decode("latin-1").replace("\r\n", "\n")
    text = "".join(names.get(c, c if c == "\n" or " " <= c < "\x7f" else "\\x%02x" % ord(c)) for c in text)
    text = re.sub(r" (?=\n)", r"\\s", text)
    text = re.sub(r"(\\[abrte])\1+", lambda m: "%s{%d}" % (m.group(1), len(m.group(0)) // 2), text)
    return "\n".join(
        re.sub(r" {9,}", lambda m: "\\s{%d}" % len(m.group(0)), line) if "\\b" in line else line
        for line in text.split("\n")
    )


def looks(line):
    """What a line that the cursor is still in looks like."""
    shown, at = [], 0
    for c in line:
        if c == 8:
            at = max(at - 1, 0)
        elif c >= 32:
            shown[at : at + 1] = [c]
            at += 1
    while len(shown) > at and shown[-1] == 32:
        shown.pop()
    return bytes(shown) + b"\b" * (len(shown) - at)


class Step:
    def __init__(self, line):
        keys = line[len("keys ") :]
        self.line = line
        whole = not re.search(r"(?<!\\)(\\\\)*\\$", keys)
        self.keys = unescape(keys if whole else keys[:-1], True) + (b"\r" if whole else b"")
        self.screen = []


def parse(path):
    """The lines before the first step, and the steps with the comments that stand before them."""
    head, steps, comments = [], [], []
    for line in open(path, encoding="latin-1").read().splitlines():
        if line.startswith("--"):
            comments.append(line)
        elif line.startswith("keys "):
            steps.append(Step(line))
            steps[-1].comments, comments = comments, []
        elif steps:
            steps[-1].screen.append(line)
        elif line:
            raise Mismatch("%s: %s: no step yet" % (path, line))
    return steps


# --- running one ----


def until(end, wanted):
    got = b""
    limit = time.monotonic() + LIMIT_S
    while not re.search(wanted, got):
        if time.monotonic() > limit:
            raise Mismatch("the session does not begin: %r" % got)
        got += end.read(1)
    return got


def begin(end):
    """To level 15. A router that asks who comes is told."""
    restarted = rb"SYS-5-RESTART[^\0]*" if getattr(end, "console", False) else b""  # may come behind the first prompt
    got = until(end, restarted + rb"(Username: |Password: |[>#])$")
    while not got.endswith(b"#"):
        end.send(b"enable\r" if got.endswith(b">") else b"admin\r")
        got = until(end, rb"(Username: |Password: |[>#])$")
    prompt = got.split(b"\n")[-1]
    end.send(b"!here\r")
    until(end, b"!here\r\n" + re.escape(prompt) + b"$")
    return prompt


def show(end, expected):
    got = b""
    limit = time.monotonic() + LIMIT_S
    while len(got) < len(expected) and expected.startswith(got) and time.monotonic() < limit:
        got += end.read(1)
    return got


def all_shown(end):
    got, more = b"", end.read(QUIET_S)
    while more:
        got, more = got + more, end.read(QUIET_S)
    return got


def compare(path, end):
    before = begin(end)
    for step in parse(path):
        wanted = unescape("\r\n".join(step.screen).replace("\r\n", "\n"), False).replace(b"\n", b"\r\n")
        if not wanted.startswith(before):
            raise Mismatch("%s: behind %r cannot follow %r" % (path, step.line, before))
        end.send(step.keys)
        got = before + show(end, wanted[len(before) :])
        if got != wanted:
            raise Mismatch(
                "%s: %s\n--- wanted\n%s\n--- shown\n%s\n---" % (path, step.line, escape(wanted), escape(got))
            )
        before = looks(wanted.split(b"\r\n")[-1])
    rest = end.read(0.05)
    if rest:
        raise Mismatch("%s: more than expected at its end: %r" % (path, rest))


def write(path, end):
    steps = parse(path)
    before, out = begin(end), []
    for step in steps:
        end.send(step.keys)
        got = before + all_shown(end)
        out += step.comments + [step.line, escape(got)]
        before = looks(got.split(b"\r\n")[-1])
    with open(path, "w", encoding="latin-1") as f:
        f.write("\n".join(out) + "\n")


def main():
    args = sys.argv[1:]
    work = compare
    if args[0] == "--write":
        work, args = write, args[1:]
    kind, where, failed = args[0], args[1], False
    for path in args[2:]:
        try:
            end = connect(kind, where)
            work(path, end)
            end.close()
        except Mismatch as e:
            failed = True
            print("%s: %s" % (kind, e))
            end.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
