#!/usr/bin/python3
"""What happens in soak.sh, and what has to hold; runs in the namespace of R2.

    soak.py LAB MAINMODE SECONDS SEED

A cycle is a storm of events, the recovery (each tunnel is up and carries packets both ways within RECOVERY_S), and a calm:
nothing of a calm's traffic is lost, but for what a full socket of the kernel lost, nothing is dropped in it, and
the descriptors and threads of each router are those of the first calm. What was dropped in a storm has to be explained by
its events (EXPLAINS); all the time what is logged has to be in EXPECTED, what show prints plausible, and no router gone
that was not killed. At the end memory is that of the first calm of the same process, and a margin; and there is one pair of
SAs for each tunnel on both sides and nothing half open.

The series: a line each SAMPLE_S, of R2 and of R3: resident kB, descriptors, threads, SAs, packets, drops.
"""
import concurrent.futures
import ctypes
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

LAB, MAINMODE, SECONDS, SEED = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
HERE = os.path.dirname(os.path.abspath(__file__))
SANITIZED = b"AddressSanitizer" in open(MAINMODE, "rb").read()
SHORT = SECONDS < 600
STORM_S, CALM_S = (32, 20) if SHORT else (60, 45)
SAMPLE_S = 10
RECOVERY_S = 90
SETTLE_S = 150  # an SA that was replaced lives for another 120 s at most
GRACE_S = 8  # what was replaced, deleted or is under way has this long to go before a calm begins
RATE = 12 if SANITIZED else 30  # datagrams a second, of each tunnel, each way
USERS = 8
RSS_MARGIN = (1.35, 40000) if SANITIZED else (1.15, 4000)  # times, and kB more
NEW_PROCESS_S = 45  # so old a process is when its memory is a baseline
TUNNELS = {  # routers, then the addresses inside
    "Tunnel23": (("R2", "fd23::2"), ("R3", "fd23::3")),
    "Tunnel24": (("R2", "192.168.24.2"), ("R3", "192.168.24.3")),
    "Tunnel25": (("R2", "192.168.25.2"), ("R3", "192.168.25.3")),
    "Tunnel26": (("R2", "192.168.26.2"), ("S", "192.168.26.8")),
    "Tunnel36": (("R3", "fd36::3"), ("S", "fd36::8")),
}
# What a router drops, and the events of the same storm that may be why. What is not here may not happen at all.
EXPLAINS = {
    "no sa": {"kill", "swan", "clear", "shut", "port", "cut", "link", "transform"},
    "invalid spi": {"kill", "swan", "clear", "shut", "port", "cut", "link", "transform", "impair"},
    "replay": {"impair"},
    "send failed": {"kill", "shut", "port", "link", "acl"},
    "socket full": {"kill", "swan", "impair", "calm"},  # want of time, not of ours
    "too big": {"kill", "clear", "shut", "port", "transform", "swan", "cut", "link", "impair", "tunnel"},  # answered with ICMP
}
EXPECTED = re.compile(
    r"%(SYS-5-(RESTART|CONFIG_I)|SYS-6-NOLOCK|PARSER-4-WEAK_KEY|LINK-3-UPDOWN|LINK-5-CHANGED|LINEPROTO-5-UPDOWN|SSH-5-\w+|SEC_LOGIN-5-\w+"
    r"|CRYPTO-6-ISAKMP_ON_OFF|CRYPTO-5-SESSION_STATUS|CRYPTO-4-RECVD_PKT_INV_SPI|CRYPTO-4-PKT_REPLAY_ERR"
    r"|CRYPTO-4-IKMP_NO_SA|CRYPTO-6-IKMP_MODE_FAILURE|CRYPTO-6-IKMP_SA_NOT_OFFERED):?"
)
# Where a phase 1 is lost or overtaken on the way (MM6, by the first of Quick Mode)
EXPECTED_IMPAIRED = re.compile(r"%CRYPTO-6-IKMP_SA_NOT_AUTH:?")
SHOWS = [
    ("show version", "Version"),
    ("show ip interface brief", "Tunnel24 "),
    ("show interfaces", "Tunnel23 is "),
    ("show crypto isakmp sa", "IPv4 Crypto ISAKMP SA"),
    ("show crypto isakmp sa detail", "IPv6 Crypto ISAKMP SA"),
    ("show crypto ipsec sa", "interface: Tunnel"),
    ("show crypto ipsec sa detail", "#pkts replay failed"),
    ("show crypto session detail", "Interface: Tunnel"),
    ("show ip route", "Gateway of last resort"),
    ("show ipv6 route", "IPv6 Routing Table"),
    ("show ipv6 interface brief", "Tunnel23"),
    ("show running-config", "crypto ipsec profile P24"),
    ("show crypto engine accelerator statistic", "no sa"),
    ("show crypto isakmp policy", "lifetime"),
    ("show crypto map", "Crypto Map"),
    ("show users", "idle"),
    ("show processes memory", "Total"),
    ("show access-lists", "101"),
    ("show arp", "Protocol"),
]
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
began = time.monotonic()
storm = set()  # the kinds of this storm's events


def now():
    return time.monotonic() - began


def say(text):
    print(f"{now():7.1f} {text}", flush=True)


class Broken(Exception):
    pass


def pid_of(name):
    return open(f"{LAB}/{name}.ns").read().strip()


def inside(name, *command):
    return ["nsenter", "-t", pid_of(name), "-n", "--", *command]


def run(command, seconds=60, check=True, **more):
    p = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, text=True, **more
    )
    if check and p.returncode:
        raise Broken(f"{' '.join(command)}: {p.stdout[-2000:]}")
    return p.stdout


def wait_for(seconds, what, text, tries=5):
    """So long, and so often: on a machine that is very busy a look takes its time."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        tries -= 1
        if got:
            return got
        if time.monotonic() > end and tries <= 0:
            raise Broken(text() if callable(text) else text)
        time.sleep(0.3)


# --- the routers and strongSwan -----------------------------------------------------------------------------------------


class Router:
    def __init__(self, name):
        self.name = name
        self.state = f"{LAB}/{name}"
        self.up = False
        self.epoch = 0
        self.after_boot = []
        self.last_line = None
        self.before = {}  # drops by reason, when they were read last
        self.baseline = None  # descriptors, threads
        self.rss = {}  # by pid: what it had when it was a baseline
        self.quiet = {}

    def boot(self):
        os.makedirs(self.state, exist_ok=True)
        run(
            inside(
                self.name, MAINMODE, "boot", f"{LAB}/{self.name.lower()}.cfg", "-i", "Ethernet0/0=eth0", "-i", "Ethernet0/1=eth1",
                "-i", "Ethernet0/2=eth2", "--state", self.state, "--daemon",
            ),
            env={**os.environ},
        )  # fmt: skip
        self.pid = int(open(f"{self.state}/mainmode.pid").read())
        self.began = time.monotonic()
        self.last_line = None
        self.before = {}
        self.up = True
        self.epoch += 1
        todo, self.after_boot = self.after_boot, []
        for f in todo:
            f()

    def kill(self):
        self.look_alive()
        self.read_log()
        self.up = False
        self.epoch += 1
        os.kill(self.pid, signal.SIGKILL)
        wait_for(20, lambda: self.gone(), "a killed process stays")

    def gone(self):
        try:
            status = open(f"/proc/{self.pid}/status").read()
        except FileNotFoundError:
            return True
        return "\nState:\tZ" in status and len(os.listdir(f"/proc/{self.pid}/task")) <= 1

    def look_alive(self):
        if self.up and self.gone():
            raise Broken(f"{self.name} is gone, and nobody has killed it")

    def exec(self, *commands):
        return run([MAINMODE, "exec", "--quiet", "--state", self.state, *commands])

    def config(self, *lines):
        """Now, or when it is back."""
        if self.up:
            self.exec("configure terminal", *lines, "end")
        else:
            self.after_boot.append(lambda: self.config(*lines))

    def read_log(self):
        text = self.exec("show logging")
        lines = [l for l in text[text.find("Log Buffer") :].split("\n")[2:] if l.strip()]
        new = lines
        if self.last_line in lines:
            at = len(lines) - 1 - lines[::-1].index(self.last_line)
            new = lines[at + 1 :]
        if lines:
            self.last_line = lines[-1]
        with open(f"{LAB}/{self.name}.log", "a") as f:
            f.writelines(l + "\n" for l in new)
        for l in new:
            if ": %" in l and not EXPECTED.search(l) and not ("impair" in storm and EXPECTED_IMPAIRED.search(l)):
                raise Broken(f"{self.name} logs {l}")

    def drops(self):
        text = self.exec("show crypto engine accelerator statistic")
        found = {k: int(v) for k, v in re.findall(r"(?:^ {8}| {3})([a-z][a-z ]*?) +: +(\d+)", text, re.M)}
        if "no sa" not in found or "congestion" not in found:
            raise Broken(f"{self.name}: no drops in {text}")
        return found

    def packets(self):
        text = self.exec("show interfaces")
        return sum(int(n) for n in re.findall(r"(\d+) packets (?:in|out)put", text))

    def judge_drops(self, kinds, when):
        """What was dropped since it was last asked, each explained."""
        if not self.up:
            return {}
        found = self.drops()
        more = {k: v - self.before.get(k, 0) for k, v in found.items() if v != self.before.get(k, 0)}
        self.before = found
        for reason in more:
            if not EXPLAINS.get(reason, set()) & kinds:
                raise Broken(f"{self.name} dropped {more[reason]} ({reason}) in {when}, which {sorted(kinds)} do not explain")
        return more

    def sas(self):
        ipsec = self.exec("show crypto ipsec sa")
        isakmp = self.exec("show crypto isakmp sa")
        return len(re.findall(r"^ +spi: 0x", ipsec, re.M)), len(re.findall(r"QM_IDLE|MM_\w+", isakmp))

    def sizes(self):
        rss = int(re.search(r"^VmRSS:\s+(\d+)", open(f"/proc/{self.pid}/status").read(), re.M).group(1))
        return rss, len(os.listdir(f"/proc/{self.pid}/fd")), len(os.listdir(f"/proc/{self.pid}/task"))

    def spis(self, tunnel):
        text = self.exec(f"show crypto ipsec sa interface {tunnel}")
        found = {"inbound": set(), "outbound": set()}
        part = None
        for l in text.split("\n"):
            m = re.match(r" +(inbound|outbound) (\w+) sas:", l)
            if m:
                part = m.group(1) if m.group(2) == "esp" else None
            m = re.match(r" +spi: 0x([0-9A-F]+)", l)
            if m and part:
                found[part].add(int(m.group(1), 16))
        return found


class Swan:
    name = "S"

    def __init__(self):
        self.dir = f"{LAB}/S"
        self.process = None
        self.env = {**os.environ, "STRONGSWAN_CONF": f"{self.dir}/strongswan.conf", "SWANCTL_DIR": self.dir}
        self.env.pop("ASAN_OPTIONS", None)

    def start(self):
        vici = f"{self.dir}/vici"
        if os.path.exists(vici):
            os.unlink(vici)
        self.process = subprocess.Popen(
            inside("S", "/usr/sbin/charon-systemd"), env=self.env, stdin=subprocess.DEVNULL,
            stdout=open(f"{self.dir}/out", "ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        wait_for(20, lambda: os.path.exists(vici), "charon does not start")
        wait_for(10, lambda: not subprocess.call(inside("S", "ip", "link", "set", "ipsec0", "up"), stderr=subprocess.DEVNULL), "no ipsec0")
        for l in ("addr add 192.168.26.8/24 dev ipsec0", "addr add fd36::8/64 dev ipsec0 nodad"):
            run(inside("S", "ip", *l.split()))
        wait_for(10, lambda: not self.ctl("--load-all", "--clear", "--file", f"{self.dir}/swanctl.conf")[0], "charon does not load")

    def ctl(self, *words):
        try:
            p = subprocess.run(
                ["swanctl", *words, "--uri", f"unix://{self.dir}/vici"], env=self.env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=25, text=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 1, "timeout"
        return p.returncode, p.stdout

    def kill(self):
        self.process.kill()
        self.process.wait()

    def look_alive(self):
        if self.process.poll() is not None:
            raise Broken("charon is gone, and nobody has killed it")

    def spis(self, connection):
        text = self.ctl("--list-sas", "--ike", connection)[1]
        return {
            "inbound": {int(x, 16) for x in re.findall(r"^ +in +([0-9a-f]+)", text, re.M)},
            "outbound": {int(x, 16) for x in re.findall(r"^ +out +([0-9a-f]+)", text, re.M)},
        }


routers = {n: Router(n) for n in ("R2", "R3")}
swan = Swan()


def tell(*words):
    relay = os.path.join(os.path.dirname(MAINMODE), "tests/bin/relay")
    run([relay, "tell", f"{LAB}/relay", *[str(w) for w in words]])


# --- traffic ----------------------------------------------------------------------------------------------------------


class Traffic:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, f"{HERE}/traffic.py", SEED, str(RATE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.lock = threading.Lock()
        for name, ((a, address_a), (b, address_b)) in TUNNELS.items():
            self.ask(f"flow {name} {pid_of(a)} {pid_of(b)} {address_a} {address_b}")

    def ask(self, line):
        with self.lock:
            self.process.stdin.write(line + "\n")
            answer = self.process.stdout.readline()
        if not answer:
            raise Broken("the traffic has ended")
        found = json.loads(answer)
        for kind in ("udp", "tcp"):
            for name, c in found[kind].items():
                if c["wrong"]:
                    raise Broken(f"{kind} of {name}: what came is not what was sent, {c}")
        return found


def overflows():
    """What the kernel dropped because nobody had the time to read it: at sockets, and on the way to a TUN device."""
    n = 0
    for name in ("R2", "R3", "S"):
        files = [f"/proc/net/{f}" for f in ("udp", "udp6", "raw", "raw6", "dev")]
        text = run(inside(name, "cat", *files), check=False)
        for l in text.split("\n"):
            words = l.split()
            if re.match(r" *\d+: ", l):
                n += int(words[-1])
            elif re.match(r" *(Tunnel|ipsec)\d+:", l):
                n += int(words[12])
    return n + sum(r.drops()["socket full"] for r in routers.values())


# --- users ------------------------------------------------------------------------------------------------------------


def enter(name):  # the calling thread alone
    fd = os.open(f"/proc/{pid_of(name)}/ns/net", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def plausible(router, shows, text):
    for l in text.split("\n"):
        if l.lstrip().startswith("%") or l.strip() == "^":
            raise Broken(f"{router.name} says {l.strip()!r} to {[s[0] for s in shows]}: {text[-1500:]}")
    for command, needle in shows:
        if needle not in text:
            raise Broken(f"{router.name}: no {needle!r} in what {command!r} prints: {text[:3000]}")


def telnet(router, commands):
    enter(router.name)
    s = socket.create_connection(("127.0.0.1", 23), 30)
    s.settimeout(60)
    prompt = f"\n{router.name}#".encode()
    text = b""

    def until(mark):
        nonlocal text
        while mark not in text:
            got = s.recv(65536)
            if not got:
                raise OSError("closed")
            text += got
        at = text.index(mark) + len(mark)
        part, text = text[:at], text[at:]
        return part

    until(b"Username: ")
    s.sendall(b"admin\r")
    until(b"Password: ")
    s.sendall(b"admin\r")
    until(prompt)
    out = b""
    for c in ["terminal length 0", *commands]:
        s.sendall(c.encode() + b"\r")
        out += until(prompt)
    s.sendall(b"exit\r")
    while s.recv(65536):
        pass
    s.close()
    return out.decode("latin-1").replace("\r", "")


def ssh(router, commands):
    out = ""
    for c in commands:
        out += run(
            inside(
                router.name, "timeout", "60", "ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "PubkeyAuthentication=no", "admin@127.0.0.1", c,
            ),
            env={**os.environ, "SSH_ASKPASS": f"{LAB}/ask", "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": "none"},
        ).replace("\r", "")  # fmt: skip
    return out


def one_user(kind, router, shows):
    epoch = router.epoch
    if not router.up:
        return
    commands = [s[0] for s in shows]
    try:
        if kind == "telnet":
            text = telnet(router, commands)
        elif kind == "ssh":
            text = ssh(router, commands)
        else:
            text = router.exec(*commands)
    except (OSError, Broken, subprocess.TimeoutExpired) as e:
        if router.epoch != epoch or not router.up:
            return  # killed meanwhile
        raise Broken(f"a {kind} user of {router.name}: {commands}: {e!r}")
    if router.epoch == epoch:
        plausible(router, shows, text)


class Users(threading.Thread):
    """Eight at once, again and again, but while the lock is held by another."""

    def __init__(self):
        super().__init__(daemon=True)
        self.quiet = threading.Lock()
        self.trouble = None
        self.rounds = self.sessions = 0
        self.ended = False

    def run(self):
        rng = random.Random(f"{SEED}/users")
        kinds = ["telnet", "telnet", "telnet", "exec", "exec", "exec", "ssh", "telnet"]
        with concurrent.futures.ThreadPoolExecutor(USERS) as pool:
            while not self.ended and not self.trouble:
                with self.quiet:
                    jobs = [
                        pool.submit(one_user, k, routers[rng.choice(("R2", "R3"))], rng.sample(SHOWS, 1 if k == "ssh" else 4)) for k in kinds
                    ]
                    for j in jobs:
                        try:
                            j.result()
                            self.sessions += 1
                        except Exception as e:  # told by the main thread
                            self.trouble = e
                self.rounds += 1
                time.sleep(rng.uniform(1, 3) if SANITIZED else rng.uniform(0.5, 1.5))


# --- events -----------------------------------------------------------------------------------------------------------
# Each draws what it needs from rng, does it, and leaves in `undo` what ends it after so many seconds.


class Undo:
    def __init__(self):
        self.todo = []

    def after(self, seconds, text, f):
        self.todo.append((now() + seconds, text, f))

    def due(self, all_of_it=False):
        for u in sorted(u for u in self.todo if all_of_it or u[0] <= now()):
            self.todo.remove(u)
            say(f"  {u[1]}")
            u[2]()


undo = Undo()


def any_router(rng):
    return routers[rng.choice(("R2", "R3"))]


def event_kill(rng, cycle):
    r = any_router(rng)
    wait = rng.choice((0, 0, 1, 3))
    # R2 lives on in the later part of a long run, so that what it holds is seen to stay what it is
    if r.name == "R2" and not SHORT and now() > SECONDS / 3:
        r = routers["R3"]
    if not r.up:
        return None
    with users.quiet:
        r.kill()
    undo.after(wait, f"{r.name} boots", r.boot)
    return f"{r.name} is killed"


def event_swan(rng, cycle):
    what = rng.choice(("kill", "kill", "terminate a", "terminate b", "rekey a", "rekey b"))
    if what == "kill":
        swan.kill()
        swan.start()
        return "strongSwan is killed"
    verb, connection = what.split()
    if verb == "terminate":
        swan.ctl("--terminate", "--ike", connection)
    else:
        swan.ctl("--rekey", "--child", "c" + connection)
    return f"strongSwan: {what}"


def event_clear(rng, cycle):
    r, what = any_router(rng), rng.choice(("sa", "isakmp", "session", "sa peer"))
    if not r.up:
        return None
    if what == "sa peer":
        what = "sa peer 10.0.23." + ("3" if r.name == "R2" else "2")
    r.exec(f"clear crypto {what}")
    return f"{r.name}: clear crypto {what}"


def event_impair(rng, cycle):
    text = []
    for d in ("a", "b"):
        for what in ("loss", "dup", "reorder", "delay"):
            n = rng.choice((0, 5, 10, 20, 30))
            if what == "delay":
                tell("delay", d, n // 3, 10)
            elif what == "reorder":
                tell("reorder", d, n, 60)
            else:
                tell(what, d, n)
            text.append(f"{what} {d} {n}")
    undo.after(rng.uniform(4, 9), "the wire is good", lambda: tell("clear"))
    return "the wire: " + ", ".join(text)


def event_cut(rng, cycle):
    d = rng.choice(("a", "b", "both"))
    tell("cut", d, "on")
    undo.after(rng.choice((1, 3, 6)), "the wire is whole", lambda: tell("clear"))
    return f"the wire is cut, {d}"


def event_link(rng, cycle):
    name, device = rng.choice((("W", "w2"), ("W", "w3"), ("N", "n2"), ("N", "n3"), ("S", "s2"), ("S", "s3")))
    run(inside(name, "ip", "link", "set", device, "down"))
    undo.after(rng.choice((0.2, 2, 5)), f"{device} is up", lambda: run(inside(name, "ip", "link", "set", device, "up")))
    return f"{device} is down"


def event_tunnel(rng, cycle):
    r = any_router(rng)
    if not r.up:
        return None
    peer = rng.choice(("10.0.23.99", "10.0.23." + ("3" if r.name == "R2" else "2")))
    r.config(
        "interface Tunnel99", "ip address 192.168.99.1 255.255.255.0", "tunnel source Ethernet0/0", "tunnel mode ipsec ipv4",
        f"tunnel destination {'10.0.23.99' if peer.endswith('99') else '10.0.99.1'}", "tunnel protection ipsec profile PRO",
    )  # fmt: skip
    undo.after(rng.choice((1, 4, 8)), f"{r.name}: no Tunnel99", lambda: r.config("no interface Tunnel99"))
    return f"{r.name}: Tunnel99"


def event_transform(rng, cycle):
    other = rng.choice(("esp-aes 256 esp-sha256-hmac", "esp-gcm 256", "esp-3des esp-sha-hmac"))

    def both(transforms):
        for r in routers.values():
            r.config(f"crypto ipsec transform-set T24 {transforms}")

    both(other)
    for r in routers.values():
        if r.up:
            r.exec("clear crypto sa")
    undo.after(rng.uniform(4, 8), "T24 is as it was", lambda: both("esp-aes esp-sha-hmac"))
    return f"T24 is {other}"


def event_acl(rng, cycle):
    r, way = any_router(rng), rng.choice(("in", "out"))
    r.config("interface Ethernet0/0", f"ip access-group 101 {way}")
    undo.after(rng.choice((2, 6)), f"{r.name}: no list", lambda: r.config("interface Ethernet0/0", f"no ip access-group 101 {way}"))
    return f"{r.name}: access list {way}"


def event_shut(rng, cycle):
    r = any_router(rng)
    t = rng.choice([t for t in TUNNELS if r.name in (TUNNELS[t][0][0], TUNNELS[t][1][0])])
    r.config(f"interface {t}", "shutdown")
    undo.after(rng.choice((0.5, 4)), f"{r.name} {t}: no shutdown", lambda: r.config(f"interface {t}", "no shutdown"))
    return f"{r.name} {t}: shutdown"


def event_port(rng, cycle):
    r, p = any_router(rng), rng.choice(("Ethernet0/0", "Ethernet0/1", "Ethernet0/2"))
    r.config(f"interface {p}", "shutdown")
    undo.after(rng.choice((0.5, 4)), f"{r.name} {p}: no shutdown", lambda: r.config(f"interface {p}", "no shutdown"))
    return f"{r.name} {p}: shutdown"


def event_write(rng, cycle):
    r = any_router(rng)
    if not r.up:
        return None
    r.exec("write memory")
    return f"{r.name}: write memory"


EVENTS = (
    [event_kill] * 2 + [event_swan] * 2 + [event_clear] * 3 + [event_impair] * 3 + [event_cut] * 2 + [event_link] * 2
    + [event_tunnel, event_transform, event_acl, event_shut, event_port, event_write]
)  # fmt: skip


# --- what is looked at ------------------------------------------------------------------------------------------------


def look(kinds, when):
    if users.trouble:
        raise users.trouble if isinstance(users.trouble, Broken) else Broken(repr(users.trouble))
    swan.look_alive()
    for r in routers.values():
        r.look_alive()
        if r.up:
            r.read_log()
            for reason, n in r.judge_drops(kinds, when).items():
                total[r.name][reason] = total[r.name].get(reason, 0) + n
    for f in os.listdir(LAB):
        if f.startswith("asan."):
            raise Broken("a report of AddressSanitizer: " + open(f"{LAB}/{f}").read()[:6000])


total = {"R2": {}, "R3": {}}
sampled = 0.0


def sample(kinds, when, force=False):
    global sampled
    if not force and now() - sampled < SAMPLE_S:
        return
    sampled = now()
    with users.quiet:
        look(kinds, when)
        line = []
        for r in routers.values():
            if not r.up:
                line.append(f"{r.name} down")
                continue
            rss, fds, threads = r.sizes()
            ipsec, isakmp = r.sas()
            drops = " ".join(f"{k}={v}" for k, v in sorted(total[r.name].items()))
            line.append(f"{r.name} rss {rss} fds {fds} threads {threads} sas {ipsec}+{isakmp} packets {r.packets()} [{drops}]")
        say(f"{when:8} " + "; ".join(line))


def shows():
    text = ""
    for r in routers.values():
        if r.up and not r.gone():
            text += f"\n--- {r.name}\n" + run(
                [MAINMODE, "exec", "--quiet", "--state", r.state, "show ip interface brief", "show crypto isakmp sa", "show crypto ipsec sa",
                 "show crypto engine accelerator statistic"], check=False,
            )  # fmt: skip
            text += r.exec("show logging")[-6000:]
    return text + "\n--- S\n" + swan.ctl("--list-sas")[1]


def carried():
    """Each tunnel is up on its routers, and what was sent a moment ago came, both ways."""
    why_not.clear()
    for r in routers.values():
        text = r.exec("show ip interface brief")
        why_not.extend(f"{r.name} {l}" for l in text.split("\n") if l.startswith("Tunnel") and not re.search(r" up +up *$", l))
    why_not.extend(f"{n} {c['age']} s" for n, c in traffic.ask("count")["udp"].items() if c["age"] >= 3)
    return not why_not


why_not = []


def not_carried():
    return f"not recovered after {RECOVERY_S} s: {why_not}{shows()}"


def recover():
    start = now()

    def done():
        sample(storm | {"calm"}, "recovery")
        return carried()

    wait_for(RECOVERY_S, done, not_carried)
    took = now() - start
    # and it stays so
    steady = now()
    while now() < steady + GRACE_S:
        time.sleep(0.5)
        sample(storm | {"calm"}, "recovery")
    wait_for(RECOVERY_S - took, carried, not_carried)
    return took


def calm(seconds, number):
    with users.quiet:
        look(storm | {"calm"}, "the storm")
    storm.clear()
    storm.add("calm")
    lost_before = overflows()
    traffic.ask("calm")
    end = now() + seconds
    while now() < end:
        time.sleep(0.5)
        sample(storm, "calm")
    found = traffic.ask("stop")
    with users.quiet:
        look(storm, "a calm")
        overflown = overflows() - lost_before
    sent = lost = done = 0
    for name, c in found["udp"].items():
        missing = c["sent"] - c["received"]
        sent, lost = sent + c["sent"], lost + missing
        if c["sent"] < seconds * RATE / 4:
            raise Broken(f"{name}: only {c['sent']} datagrams were sent in a calm of {seconds} s")
        # charon hands packets from thread to thread
        spare = 2 + c["sent"] // 200 if name[:8] in ("Tunnel26", "Tunnel36") else 0
        if missing > spare + overflown:
            raise Broken(f"{name}: {missing} of {c['sent']} datagrams of a calm were lost, {overflown} by the kernel: {c['missing']}{shows()}")
        if c["twice"]:
            raise Broken(f"{name}: {c['twice']} datagrams came twice")
    for name, c in found["tcp"].items():
        done += c["done"]
        if c["abandoned"] or not c["done"]:
            raise Broken(f"{name}: TCP in a calm: {c}{shows()}")
    for r in routers.values():
        sizes_are(r, number)
    return f"{sent} datagrams, {lost} lost, {overflown} by full sockets; {done} TCP transfers"


def sizes_are(r, number):
    """Descriptors and threads as in the first calm; without users, once what they had is closed."""
    with users.quiet:
        if not r.baseline:
            # the same twice, some time apart
            def same():
                a = r.sizes()[1:]
                time.sleep(2)
                return a if a == r.sizes()[1:] else None

            r.baseline = wait_for(30, same, f"{r.name}: descriptors do not come to rest")
        else:
            wait_for(
                70, lambda: r.sizes()[1:] == r.baseline,
                lambda: f"{r.name}: descriptors and threads {r.sizes()[1:]}, in the first calm {r.baseline}: "
                + run(["ls", "-l", f"/proc/{r.pid}/fd"]) + shows(),
            )  # fmt: skip
        if r.pid not in r.rss and time.monotonic() - r.began > NEW_PROCESS_S:
            r.rss[r.pid] = r.sizes()[0]
        if r.pid in r.rss:
            rss, first = r.sizes()[0], r.rss[r.pid]
            if rss > first * RSS_MARGIN[0] + RSS_MARGIN[1]:
                raise Broken(f"{r.name}: {rss} kB resident, in its first calm {first}")


def unsettled(left):
    """Takes out of `left` each tunnel that has one pair of SAs, the same on both sides, and each router with nothing half open."""
    for t in [t for t in left if t in TUNNELS]:
        a, b = (end[0] for end in TUNNELS[t])
        x = routers[a].spis(t)
        y = routers[b].spis(t) if b in routers else swan.spis("a" if t == "Tunnel26" else "b")
        if len(x["inbound"]) == len(x["outbound"]) == 1 and x["inbound"] == y["outbound"] and x["outbound"] == y["inbound"]:
            left.remove(t)
    for r in [routers[n] for n in left if n in routers]:
        # what was deleted is shown for a while; with each peer there may be one that either side began, and the one it replaces
        entries = [l for l in r.exec("show crypto isakmp sa").split("\n") if re.search(r"QM_IDLE|MM_", l) and "deleted" not in l]
        if len(entries) <= 12 and not any("MM_" in l for l in entries):
            left.remove(r.name)
    return left


def as_configured(r):
    """What was saved while something was otherwise came back with a boot."""
    ports = "Ethernet0/0", "Ethernet0/1", "Ethernet0/2"
    lines = ["crypto ipsec transform-set T24 esp-aes esp-sha-hmac", "interface Ethernet0/0", "no ip access-group 101 in", "no ip access-group 101 out"]
    for i in (*ports, *(t for t in TUNNELS if r.name in (end[0] for end in TUNNELS[t]))):
        lines += [f"interface {i}", "no shutdown"]
    if "interface Tunnel99" in r.exec("show running-config"):
        lines.append("no interface Tunnel99")
    r.config(*lines)
    r.exec("write memory")


def one_cycle(number, end):
    rng = random.Random(f"{SEED}/{number}")
    storm.clear()
    start = now()
    while now() < min(start + STORM_S, end):
        wait, f = rng.choice((0.3, 1, 2, 3, 5)), rng.choice(EVENTS)
        until = now() + wait
        while now() < until:
            undo.due()
            time.sleep(0.05)
        kind = f.__name__[6:]
        storm.add(kind)  # before it is done: what it does may be counted meanwhile
        text = f(rng, number)
        if text:
            say(f"  {text}")
        undo.due()
        sample(storm | {"calm"}, "storm")
    undo.due(all_of_it=True)
    for r in routers.values():
        as_configured(r)
    kinds = " ".join(sorted(storm))
    took = recover()
    told = calm(CALM_S, number)
    say(f"cycle {number}: {kinds}; recovered in {took:.0f} s; calm: {told}")


def main():
    global users, traffic
    swan.start()
    for r in routers.values():
        r.boot()
    with open(f"{LAB}/ask", "w") as f:
        f.write("#!/bin/sh\necho admin\n")
    os.chmod(f"{LAB}/ask", 0o755)
    for r in routers.values():
        r.config("crypto key generate rsa modulus 1024") if "SSH Enabled" not in r.exec("show ip ssh") else None
    traffic = Traffic()
    users.start()
    storm.update(("kill", "calm"))
    took = recover()
    say(f"all tunnels after {took:.0f} s")
    say("first calm: " + calm(10 if SHORT else 40, 0))
    number = 0
    # what a storm leaves may take two minutes to go
    while now() < (0.55 * SECONDS if SHORT else SECONDS - 60) or number == 0:
        number += 1
        one_cycle(number, SECONDS)
    took = now()
    traffic.ask("pause")  # volume would ask for new SAs all the time
    left = [*TUNNELS, *routers]
    wait_for(SETTLE_S, lambda: not unsettled(left), lambda: f"not one pair of SAs, or something half open: {left}{shows()}")
    traffic.ask("calm")
    storm.clear()
    storm.add("calm")
    sample(storm, "end", force=True)
    say(f"settled in {now() - took:.0f} s; the last calm: {calm(8, number + 1)}")
    users.ended = True
    users.join(90)
    say(f"{number} cycles, {users.sessions} sessions of users in {users.rounds} rounds; drops {total}")


users = Users()
try:
    main()
except (Broken, subprocess.TimeoutExpired, OSError, ValueError) as e:
    say(f"FAIL: {e}")
    keep = os.environ.get("SOAK_KEEP")
    if keep:
        shutil.copytree(LAB, keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("vici", "relay", "vty.sock", "*.ready"))
    sys.stdout.flush()
    os._exit(1)
os._exit(0)
