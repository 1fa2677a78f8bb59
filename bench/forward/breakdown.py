"""Where the time of a packet goes: perf over the whole machine while one TCP stream runs, and what the router itself counts.

Packets are those on the sender's veth. On a virtual machine without counters perf samples by the clock.
"""
import os
import subprocess

from measure import iperf

STAGES = "show crypto engine accelerator statistic"


def packets(end):
    for line in end.run("cat", "/proc/net/dev").stdout.splitlines():
        if line.strip().startswith(end.outside + ":"):
            return int(line.split(":")[1].split()[9])
    return 0


def report(data, key, most, scale, *more):
    r = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-q", "-g", "none", "--sort", key, *more,
                        "--percent-limit", "0.3"], capture_output=True, text=True)
    lines = []
    for line in r.stdout.splitlines():
        words = line.split()
        if words and words[0].endswith("%"):
            share = float(words[0][:-1])
            lines.append(f"  {share:5.1f} %  {share / 100 * scale:6.0f} ns  {' '.join(w for w in words[1:] if w != '-')}")
    return lines[:most]


def profile(lab, subject, cell, secs):
    """Text: nanoseconds a packet, of all processors together: by process and object, and by function of each end."""
    data = lab.path("perf.data")
    event = "cycles" if os.path.exists("/sys/bus/event_source/devices/cpu") else "cpu-clock"
    perf = subprocess.Popen(["perf", "record", "-q", "-a", "-e", event, "-F", "3999", "-o", data, "--", "sleep", str(secs)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = packets(lab.a)
    rate = iperf(lab, subject.source, subject.targets[0], 1, secs)
    sent = packets(lab.a) - before
    perf.wait(secs + 30)
    scale = secs * 1e9 * (os.cpu_count() or 1) / sent if sent else 0
    out = [f"{cell}: TCP 1 {rate:.2f} Gbit/s, {sent / secs / 1000:.0f} thousand outer packets a second, "
           f"{scale:.0f} ns of {os.cpu_count()} processors for each", " by process:"]
    out += report(data, "comm", 8, scale) + [" by object:"] + report(data, "dso", 10, scale)
    for name, pid in zip(("sends", "receives"), subject.pids):
        out += [f" the process that {name}:"] + report(data, "dso", 8, scale, "--pid", str(pid))
        out += ["  by function:"] + report(data, "dso,symbol", 40, scale, "--pid", str(pid))
    if hasattr(subject, "show"):
        for end in lab.ends:
            text = subject.show(end, STAGES)
            if text and "%" not in text.split("\n", 1)[0]:
                out += [f" R{end.number}, {STAGES}:", text.rstrip()]
    os.unlink(data)
    return "\n".join(out)
