"""How fast packets go through tunnels: this router, Debian's strongSwan and wireguard-go, and a probe without crypto.

bench/esp.sh calls it. All run in turn in the same two namespaces, in rounds, so that what the machine does meanwhile
meets each of them. Tables go to standard output as Markdown, progress to standard error, results to bench-results.json.
"""
import argparse
import contextlib
import os
import signal
import sys
import time

from measure import MEASURES, UNITS, Bench, Load
from net import BenchError, Lab
from plan import CRYPTO, TITLES, groups, is_named, minutes
from breakdown import profile
from subjects import SUBJECTS, Other
from table import Results, head, number

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def listed(choices=None, kind=str):
    def parse(text):
        values = [kind(v) for v in text.split(",") if v]
        for v in values:
            if choices and v not in choices:
                raise argparse.ArgumentTypeError(f"{v} is none of {', '.join(map(str, choices))}")
        return values
    return parse


def arguments():
    p = argparse.ArgumentParser(prog="bench/esp.sh", description=__doc__.split("\n", 1)[0],
                                epilog="A selection makes one table of all its combinations; without one it is the whole plan.")
    for program in ("--mainmode", "--load", "--probe"):  # of one optimised build; esp.sh says where they are
        p.add_argument(program, required=True, help=argparse.SUPPRESS)
    p.add_argument("--json", default="bench-results.json", help="where the results go (%(default)s)")
    p.add_argument("--subjects", type=str, help=", ".join(SUBJECTS) + ", or a NAME of --other")
    p.add_argument("--transports", type=listed(("udp", "esp", "xdp")), help="udp, esp (raw socket), xdp")
    p.add_argument("--families", type=listed((4, 6), int), help="4, 6: of inner and outer packets")
    p.add_argument("--crypto", type=listed(CRYPTO), help=", ".join(CRYPTO))
    p.add_argument("--measures", type=listed(), help=", ".join(MEASURES) + ", tcpN: N streams")
    p.add_argument("--sas", type=listed(kind=int), help="numbers of SAs in use, up to 1000")
    p.add_argument("--rounds", type=int, help="of each group; else 3 of transports, 2 of transforms and ipv6, 5 of sas; --quick: 2")
    p.add_argument("--secs", type=int, help="of a TCP measure: 2; --quick: 1")
    p.add_argument("--quick", action="store_true", help="some three minutes")
    p.add_argument("--fill", metavar="FILE", help="put the tables into this document, too: doc/performance.md")
    p.add_argument("--groups", type=listed(), help="of the whole plan: transports, transforms, ipv6, sas")
    p.add_argument("--perf", action="store_true", help="where the time goes during tcpN and pps64, instead of how much goes")
    p.add_argument("--other", action="append", default=[], metavar="NAME=COMMAND",
                   help="one more subject: {dev} {local} {remote} {transport} {iface} are filled in")
    p.add_argument("--any-build", action="store_true", help="take a build with sanitizers, whose speed says nothing")
    o = p.parse_args()
    o.others = dict(x.split("=", 1) for x in o.other if "=" in x)
    if len(o.others) != len(o.other):
        p.error("--other takes NAME=COMMAND")
    try:
        o.subjects = listed([*SUBJECTS, *o.others])(o.subjects) if o.subjects else None
    except argparse.ArgumentTypeError as e:
        p.error(str(e))
    for m in o.measures or []:
        if m not in UNITS and not (m.startswith("tcp") and m[3:].isdigit() and 0 < int(m[3:]) <= 4096):
            p.error(f"no measure {m}")
    if any(not any(is_named(t, g) for t in TITLES) for g in o.groups or []):
        p.error("--groups: " + ", ".join(t.split()[0].lower() for t in TITLES))
    if any(not 1 <= n <= 1000 for n in o.sas or []):
        p.error("1 to 1000 SAs")
    return o


def sanitized(program):
    with open(program, "rb") as f:
        return b"__asan_init" in f.read()


def say(text, end="\n"):
    print(text, end=end, file=sys.stderr, flush=True)


def start(lab, cell, options):
    subject = SUBJECTS.get(cell.subject, Other)(lab, cell, options)
    try:
        subject.start()
    except BaseException:
        subject.stop()
        raise
    return subject


def measure_cell(bench, subject, cell, group, results):
    say(f"{time.strftime('%H:%M:%S')}  {cell}:", end="")
    for m in group.measures:
        value, cores = bench.take(m, subject, cell)
        subject.alive()
        results.add(group, cell, m, value, cores)
        say(f"  {head(m)} {number(m, value)}", end="")
    bench.load.quiet()  # what it has queued is not to be worked off while another is measured
    say("")


def skip(cell, error, results):
    results.skipped[cell] = str(error)
    say(f"\n{cell}: not measured any more: {error}")


def one_after_another(lab, load, cells, group, options, results, guesses):
    """Once each. What does not work is said, and left out from then on."""
    for cell in cells:
        if cell in results.skipped:
            continue
        if caught:
            raise KeyboardInterrupt
        try:
            subject = start(lab, cell, options)
            try:
                measure_cell(Bench(lab, load, options.secs, guesses), subject, cell, group, results)
            finally:
                subject.stop()
        except BenchError as e:
            skip(cell, e, results)


class Apart:
    """A subject that is up beside others, in namespaces of its own."""

    def __init__(self, cell, options, guesses):
        self.cell, self.load, self.subject, self.lab = cell, None, None, Lab()
        try:
            self.load = Load(self.lab, options.load, options.secs)
            self.subject = start(self.lab, cell, options)
            self.bench = Bench(self.lab, self.load, options.secs, guesses)
        except BaseException:
            self.close()
            raise

    def close(self):
        for part in (self.subject, self.load, self.lab):
            if part:
                (part.stop if part is self.subject else part.close)()


def start_apart(cells, options, results, guesses, apart):
    for cell in cells:
        if caught:
            raise KeyboardInterrupt
        try:
            say(f"{time.strftime('%H:%M:%S')}  {cell} starts")
            apart.append(Apart(cell, options, guesses))
        except BenchError as e:
            skip(cell, e, results)


def in_turn(cells, group, options, results, guesses):
    """All rounds of cells that are up at the same time. From one minute to the next a machine changes by more than they differ."""
    apart = []
    try:
        start_apart([c for c in cells if c not in results.skipped], options, results, guesses, apart)
        for r in range(1, group.rounds + 1):
            say(f"== {group.title}, round {r} of {group.rounds}")
            for a in apart if r % 2 else apart[::-1]:
                if caught:
                    raise KeyboardInterrupt
                if a.cell in results.skipped:
                    continue
                try:
                    measure_cell(a.bench, a.subject, a.cell, group, results)
                except BenchError as e:
                    skip(a.cell, e, results)
            results.write_json(options.json)
    finally:
        with undisturbed():
            for a in apart:
                a.close()


def measure_all(lab, plan, options):
    results, guesses = Results(), {}
    load = Load(lab, options.load, options.secs)
    try:
        for g in plan:
            began = time.monotonic()
            alone = [c for c in g.cells if not g.in_turn(c)]
            for r in range(1, g.rounds + 1) if alone else ():
                say(f"== {g.title}, round {r} of {g.rounds}")
                # there and back again: what drifts meets first and last alike
                one_after_another(lab, load, alone if r % 2 else alone[::-1], g, options, results, guesses)
                results.write_json(options.json)
            for cells in (s for s in g.sets() if len(s) > 1):
                in_turn(cells, g, options, results, guesses)
            results.conditions[g.title] = conditions(options, time.monotonic() - began)
    finally:
        load.close()
    return results


def profile_all(lab, plan, options):
    secs = max(options.secs, 3)
    load = Load(lab, options.load, secs)
    try:
        for cell in plan[0].cells:
            for measure in (m for m in plan[0].measures if m.startswith("tcp") or m == "pps64"):
                try:
                    subject = start(lab, cell, options)
                except BenchError as e:
                    print(f"{cell}: not measured: {e}\n", flush=True)
                    continue
                try:
                    print(profile(lab, load, subject, cell, measure, secs) + "\n", flush=True)
                finally:
                    subject.stop()
    finally:
        load.close()


def processor():
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def conditions(options, took):
    """Of a table: they are not all measured on one day."""
    took = f"{took / 60:.0f} minutes" if took >= 90 else f"{took:.0f} seconds"
    return (f"{processor()}, {os.cpu_count()} processors, Linux {os.uname().release}, {time.strftime('%d %b %Y')}, {took}; "
            f"TCP for {options.secs} s.")


caught = []  # signals: Python drops what is raised while it destroys an object


@contextlib.contextmanager
def undisturbed():
    """Whatever is to be ended is ended, however often we are asked to end."""
    before = {s: signal.signal(s, signal.SIG_IGN) for s in SIGNALS}
    try:
        yield
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


def interrupted(signum, frame):
    caught.append(signum)
    raise KeyboardInterrupt


def main():
    options = arguments()
    options.secs = options.secs or (1 if options.quick else 2)
    if sanitized(options.mainmode) and not options.any_build:
        say(f"{options.mainmode} is built with AddressSanitizer: its speed says nothing. Take an optimised build.")
        return 2
    for s in SIGNALS:
        signal.signal(s, interrupted)
    plan, lab = groups(options), None
    if options.fill and (missing := Results.unmarked(options.fill, plan)):
        say(f"{options.fill} has no place for {', '.join(missing)}")
        return 2
    try:
        lab = Lab()
        if options.perf:
            profile_all(lab, plan, options)
            return 0
        say(f"{sum(len(g.cells) for g in plan)} cells, some {minutes(plan, options.secs):.0f} minutes")
        results = measure_all(lab, plan, options)
        print("\n" + results.markdown(plan))
        if options.fill:
            results.fill(options.fill, plan)
        return 0 if results.found else 1
    except BenchError as e:
        say(f"\n{e}")
        return 1
    except KeyboardInterrupt:
        say("\ninterrupted")
        return 130
    finally:
        if lab:
            for s in SIGNALS:
                signal.signal(s, signal.SIG_IGN)
            lab.close()


if __name__ == "__main__":
    sys.exit(main())
