"""What is measured, one value for each call. Every load is bounded in time."""
import json
import re
import subprocess
import time

from net import BenchError, cpu_seconds, peak_mib, reset_peak, stop

PORT = 9999
UNITS = {"tcp1": "Gbit/s", "tcp4": "Gbit/s", "udp1300": "Gbit/s", "pps64": "packets/s", "rtt_us": "us", "rss_mib": "MiB"}
MEASURES = list(UNITS)  # and tcpN
LOSS = 0.01      # a rate counts when less is lost
GRAIN = 0.05     # the search ends when it knows the rate so well
STEP_S = 0.5     # one try of it
DRAIN_S = 0.1    # what comes later than so long after the last was sent has been lost on its way
FLOOD_S = 1.0
IPERF_STREAMS = 16  # more, or several to more addresses than one, are for bench/load.c


def unit(measure):
    return UNITS["tcp1" if measure.startswith("tcp") else measure]


class Load:
    """The receiver of bench/load.c, and its senders."""

    def __init__(self, lab, program, secs):
        self.lab, self.program, self.secs = lab, program, secs
        self.receiver = lab.b.start(program, "receive", str(PORT), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.receiver.stdout.readline() != "ready\n":
            raise BenchError(f"{program} receives nothing")

    def close(self):
        stop(self.receiver)

    def came(self):
        """UDP packets and TCP octets since the last call."""
        try:
            self.receiver.stdin.write("\n")
            self.receiver.stdin.flush()
            packets, octets = self.receiver.stdout.readline().split()
        except (OSError, ValueError):
            raise BenchError("the receiver has ended") from None
        return int(packets), int(octets)

    def quiet(self):
        """Waits until nothing comes any more: a subject may have queued for seconds."""
        end = time.monotonic() + 20
        while True:
            self.came()
            time.sleep(0.1)
            packets, octets = self.came()
            if packets < 10 and octets < 10000:
                return
            if time.monotonic() > end:
                raise BenchError("packets still come 20 s after the last was sent")

    def _sender(self, *words):
        return self.lab.a.start(self.program, *map(str, words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def udp(self, to, octets, rate, seconds):
        """Packets sent, packets that came in time, seconds."""
        s = self._sender("udp", PORT, octets, int(rate), seconds)
        self.came()
        out, _ = s.communicate("\n".join(to) + "\n", timeout=seconds + 30)
        time.sleep(DRAIN_S)
        got = self.came()[0]
        if s.returncode:
            raise BenchError("the UDP sender has failed")
        sent, took = out.split()
        return int(sent), got, float(took)

    def tcp(self, to, streams):
        """Gbit/s of many streams."""
        s = self._sender("tcp", PORT, streams, self.secs)
        s.stdin.write("\n".join(to) + "\n")
        s.stdin.close()
        try:
            if s.stdout.readline() != "go\n":
                raise BenchError(f"{streams} TCP streams cannot be connected")
            self.came()
            took = float(s.stdout.readline())
            return self.came()[1] * 8 / took / 1e9
        finally:
            stop(s)


def search(load, to, octets, guess):
    """The highest rate of which less than LOSS is lost, packets a second: doubled and halved, then bisected."""
    low, high, rate = 0.0, None, guess
    for _ in range(14):
        sent, got, took = load.udp(to, octets, rate, STEP_S)
        kept = sent > 0.9 * rate * took  # else the sender could not
        if sent and got >= (1 - LOSS) * sent and kept:
            low = got / took
            following = rate * 2 if high is None else (rate + high) / 2
        else:
            high = rate
            following = (rate + low) / 2 if low else rate / 2
            load.quiet()
        if low and high and high - low < GRAIN * high:
            break
        rate = following
        if not 500 <= rate <= 8e6:
            break
    return low


def iperf(lab, source, target, streams, seconds):
    """Gbit/s that were received."""
    server = lab.b.start("iperf3", "-s", "-1", "--forceflush", "-B", target, stdout=subprocess.PIPE)
    try:
        for line in server.stdout:
            if b"listening" in line:
                break
        r = lab.a.run("timeout", str(seconds + 10), "iperf3", "-J", "-c", target, "-B", source, "-t", str(seconds),
                      "-P", str(streams), check=False, timeout=seconds + 20)
        return json.loads(r.stdout)["end"]["sum_received"]["bits_per_second"] / 1e9
    except (KeyError, ValueError):
        raise BenchError(f"iperf3 does not reach {target}: {r.stdout[-200:]}{r.stderr[-200:]}") from None
    finally:
        stop(server)


def ping(lab, source, target):
    r = lab.a.run("ping", "-q", "-I", source, "-i", "0.005", "-c", "200", "-w", "6", target, check=False)
    m = re.search(r"= [\d.]+/([\d.]+)/", r.stdout)
    if not m:
        raise BenchError(f"no answer from {target}: {r.stdout.strip()}")
    return float(m.group(1)) * 1000


class Bench:
    """Measures one subject that is up. `guesses` keeps where a search of the same kind ended before."""

    def __init__(self, lab, load, secs, guesses):
        self.lab, self.load, self.secs, self.guesses = lab, load, secs, guesses

    def take(self, measure, subject, cell):
        """The value, and the cores that the two tunnel processes took meanwhile (None where that says nothing)."""
        before = [cpu_seconds(p) for p in subject.pids], time.monotonic()
        value = self._value(measure, subject, cell)
        cores = sum(cpu_seconds(p) - b for p, b in zip(subject.pids, before[0])) / (time.monotonic() - before[1])
        return value, cores if measure.startswith("tcp") else None

    def _value(self, measure, subject, cell):
        source, to = subject.source, subject.targets
        self.load.quiet()
        if measure.startswith("tcp"):
            streams = int(measure[3:])
            if streams == 1 or (cell.sas == 1 and streams <= IPERF_STREAMS):
                return iperf(self.lab, source or subject.near[0], to[0], streams, self.secs)
            return self.load.tcp(to, streams)
        if measure == "rtt_us":
            return ping(self.lab, source or subject.near[0], to[0])
        if measure == "rss_mib":
            for p in subject.pids:
                reset_peak(p)
            self.load.udp(to, 1300, 0, FLOOD_S)
            return max(peak_mib(p) for p in subject.pids)
        octets = 1300 if measure == "udp1300" else 64
        key = (measure, cell.key())
        rate = search(self.load, to, octets, self.guesses.get(key, 100000))
        if rate:
            self.guesses[key] = rate
        return rate if measure == "pps64" else rate * octets * 8 / 1e9
