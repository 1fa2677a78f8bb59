"""Two network namespaces joined by a veth, and processes that end with this one.

A namespace lives as long as its holder. Whatever is started here is told by the kernel to end when this process does,
so that not even SIGKILL leaves something behind.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)
HZ = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something does not work; the text says what."""


def dies_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for us: we end what we have started


def wait_for(seconds, what, test):
    end = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        if time.monotonic() > end:
            raise BenchError(what() if callable(what) else what)
        time.sleep(0.02)


class Namespace:
    """One end: `outer` and `inner` are its addresses by family, `outside` its veth."""

    outside = "eth0"

    def __init__(self, number):
        self.number = number
        self.outer = {4: f"10.0.23.{number}", 6: f"2001:db8:23::{number}"}
        self.inner = {4: f"10.{number}.{number}.1", 6: f"2001:db8:{number}::1"}
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"], preexec_fn=dies_with_parent)
        own = os.readlink("/proc/self/ns/net")
        wait_for(5, "no network namespace can be made: are you root?", self._apart(own))
        self.run("ip", "link", "set", "lo", "up")

    def _apart(self, own):
        def test():
            try:
                return os.readlink(f"/proc/{self.holder.pid}/ns/net") != own
            except OSError:
                return False
        return test

    def words(self, *command):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "--", *command]

    def run(self, *command, check=True, timeout=60, **kw):
        r = subprocess.run(self.words(*command), capture_output=True, text=True, timeout=timeout,
                           preexec_fn=dies_with_parent, **kw)
        if check and r.returncode:
            raise BenchError(f"{' '.join(command)}: {(r.stderr or r.stdout).strip()}")
        return r

    def start(self, *command, log=None, **kw):
        out = open(log, "ab") if log else subprocess.DEVNULL
        kw = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, **kw}
        p = subprocess.Popen(self.words(*command), preexec_fn=dies_with_parent, **kw)
        if log:
            out.close()
        return p

    def addresses(self, change):
        """add or del: the outer addresses on the veth, the inner ones on lo."""
        for family in (4, 6):
            nodad = ["nodad"] if family == 6 and change == "add" else []
            self.run("ip", "addr", change, f"{self.outer[family]}/{24 if family == 4 else 64}", "dev", self.outside, *nodad)
            self.run("ip", "addr", change, f"{self.inner[family]}/{32 if family == 4 else 128}", "dev", "lo", *nodad)

    def end(self):
        stop(self.holder)


class Lab:
    """Namespaces a, which sends, and b; `dir` is a scratch folder."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="mainmode-bench.")
        self.ends = []
        try:
            self.a, self.b = (self._end(n) for n in (2, 3))
            self.a.run("ip", "link", "add", self.a.outside, "mtu", "1500", "type", "veth", "peer", "name", self.b.outside,
                       "mtu", "1500", "netns", str(self.b.holder.pid))
            for e in self.ends:
                # many streams wait longer for their turn when they are slower; none of them is to begin anew for it
                e.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
                      "net.ipv4.tcp_slow_start_after_idle=0")
                e.run("ip", "link", "set", e.outside, "up")
        except BaseException:
            self.close()
            raise

    def _end(self, number):
        self.ends.append(Namespace(number))
        return self.ends[-1]

    def other(self, end):
        return self.b if end is self.a else self.a

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def close(self):
        for e in self.ends:
            e.end()
        subprocess.run(["rm", "-rf", self.dir], check=False)


def stop(process, seconds=5):
    """SIGTERM, and SIGKILL when that is not enough."""
    if process is None:
        return
    for sent in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        process.send_signal(sent)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
    for f in (process.stdin, process.stdout):
        if f:
            with contextlib.suppress(BrokenPipeError):  # a line that it did not read
                f.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / HZ


def reset_peak(pid):
    """From here on VmHWM is the peak of what follows."""
    with open(f"/proc/{pid}/clear_refs", "w") as f:
        f.write("5")


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    raise BenchError(f"process {pid} has no VmHWM")
