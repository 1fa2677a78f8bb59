"""Where the time of a packet goes: perf over the whole machine under load, and what the router itself counts.

The load is TCP, whose packets are its segments, of as many streams as the measure says, or UDP of 64 octets at nine tenths of
what gets through. On a virtual machine without counters perf samples by the clock.
"""
import os
import subprocess

from measure import iperf, search
from net import BenchError
from subjects import INNER_MTU

STAGES = "show crypto engine accelerator statistic"
HEADERS = {4: 20 + 32, 6: 40 + 32}  # of IP and TCP with timestamps
STAGES_BEGIN = "Stages, measured"
LEAST = 0.2  # percent


def samples(data, *keys):
    """Share in percent and the keys' values, of each row of perf's report."""
    r = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-q", "-g", "none", "-t", "|",
                        "--sort", ",".join(keys)], capture_output=True, text=True)
    for line in r.stdout.splitlines():
        share, *values = (v.strip() for v in line.split("|"))
        if share.replace(".", "", 1).rstrip("%").isdigit() and len(values) >= len(keys):
            yield float(share.rstrip("%")), values[:len(keys)]


def listed(rows, most, scale):
    rows = sorted(rows, key=lambda r: -r[0])[:most]
    return [f"  {share:5.1f} %  {share / 100 * scale:6.0f} ns  {' '.join(values)}" for share, values in rows if share >= LEAST]


def of_threads(data, threads, *keys):
    """perf's "pid" is a thread's number and name: each row once for all of them."""
    found = {}
    for share, (thread, *values) in samples(data, "pid", *keys):
        if thread.split(":")[0] in threads:
            found[tuple(values)] = found.get(tuple(values), 0) + share
    return [(share, values) for values, share in found.items()]


def tcp(lab, load, subject, cell, streams, secs):
    """Runs the load; what it was, and packets a second."""
    rate = load.tcp(subject.targets, streams) if streams > 1 else iperf(lab, subject.source, subject.targets[0], 1, secs)
    return f"TCP {streams:,} {rate:.2f} Gbit/s", rate * 1e9 / 8 / (INNER_MTU - HEADERS[cell.family])


def udp(load, subject, secs, rate):
    _, got, took = load.udp(subject.targets, 64, rate, secs)
    return "UDP 64 B", got / took


def stages(lab, subject, run):
    """What the router counts of itself, under the same load once more: counting costs a little."""
    for end in lab.ends:
        subject.show(end, "debug crypto engine packet")
    run()
    out = []
    for end in lab.ends:
        text = subject.show(end, STAGES) or ""
        found = text[text.find(STAGES_BEGIN):].rstrip() if STAGES_BEGIN in text else text.rstrip()
        out += [f" R{end.number}, {STAGES}:", found]
    return out


def profile(lab, load, subject, cell, measure, secs):
    """Text: nanoseconds a packet, of all processors together: by process and object, and by function of each end."""
    data = lab.path("perf.data")
    event = "cycles" if os.path.exists("/sys/bus/event_source/devices/cpu") else "cpu-clock"
    rate = search(load, subject.targets, 64, 100000) * 0.9 if measure == "pps64" else 0

    def run():
        return udp(load, subject, secs, rate) if rate else tcp(lab, load, subject, cell, int(measure[3:]), secs)
    perf = subprocess.Popen(["perf", "record", "-q", "-a", "-e", event, "-F", "3999", "-o", data, "--", "sleep", str(secs)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    what, each = run()
    perf.wait(secs + 60)
    if not each:
        raise BenchError(f"{cell}: nothing gets through")
    scale = 1e9 * (os.cpu_count() or 1) / each
    out = [f"{cell}: {what}, {each / 1000:.0f} thousand packets a second, {scale:.0f} ns of "
           f"{os.cpu_count()} processors for each", " by process:"]
    out += listed(samples(data, "comm"), 10, scale) + [" by object:"] + listed(samples(data, "dso"), 10, scale)
    for name, pid in zip(("sends", "receives"), subject.pids):
        threads = os.listdir(f"/proc/{pid}/task")
        whole = of_threads(data, threads, "dso")
        share = sum(r[0] for r in whole)
        out += [f" the process that {name}: {share:.1f} %, {share / 100 * scale:.0f} ns"] + listed(whole, 8, scale)
        out += ["  by function:"] + listed(of_threads(data, threads, "dso", "symbol"), 40, scale)
    if hasattr(subject, "show"):
        out += stages(lab, subject, run)
    os.unlink(data)
    return "\n".join(out)
