"""Which cells are measured, in which groups, and how often."""
from collections import namedtuple

from measure import IPERF_STREAMS, MEASURES
from subjects import CRYPTO, SUBJECTS, Cell, Other


class Group(namedtuple("Group", "title cells measures rounds")):
    def sets(self):
        """Cells that differ in their number of SAs alone are of one set: what differs between them is little."""
        found = {}
        for c in self.cells:
            found.setdefault(c._replace(sas=0), []).append(c)
        return list(found.values())

    def in_turn(self, cell):
        return any(cell in s and len(s) > 1 for s in self.sets())


TITLES = ("Transports", "Transforms", "IPv6", "SAs in use")

SWEEP = (1, 10, 100, 1000)
SWEEP_STREAMS = "tcp1000"  # the same streams over one SA and over all: what differs are the SAs


def is_named(title, name):
    return title.lower().split()[0] == name.lower()


def product(options, subjects, transports, families, cryptos, sas):
    cells = []
    for family in families:
        for s in subjects:
            kind = SUBJECTS.get(s, Other)
            for crypto in kind.cryptos(cryptos):
                for transport in transports:
                    if transport not in kind.transports or family not in kind.families:
                        continue
                    for n in sas:
                        if n == 1 or kind.many:
                            cells.append(Cell(s, transport, family, crypto, n))
    return cells


def chosen(options):
    """One group of what the arguments name; what they leave open is the plain case."""
    subjects = options.subjects or [*SUBJECTS, *options.others]
    cells = product(options, subjects, options.transports or ["udp", "esp", "xdp"], options.families or [4],
                    options.crypto or ["aes128-sha1"], options.sas or [1])
    return [Group("Chosen", cells, options.measures or MEASURES, options.rounds or 3)]


def quick(options):
    subjects = ["strongswan", "mainmode", "probe"]
    return [Group("Transports", product(options, subjects, ["udp", "esp", "xdp"], [4], ["aes128-sha1"], [1]),
                  ["tcp1", "pps64", "rtt_us", "rss_mib"], options.rounds or 2)]


def whole(options):
    every = [*SUBJECTS, *options.others]
    plain = ["aes128-sha1"]
    three = ["udp", "esp", "xdp"]
    rounds, fewer = options.rounds or 3, options.rounds or 2
    cryptos = ["aes128-sha1", "aes128-gcm", "aes256-gcm", "aes256-sha256", "3des-sha1"]
    transforms = product(options, ["strongswan", "wireguard-go", "mainmode", "probe"], three, [4], cryptos, [1])
    sweep = [c._replace(transport=t) for t in three for c in product(options, ["mainmode"], ["udp"], [4], plain, SWEEP)]
    plan = [
        Group(TITLES[0], product(options, every, three, [4], plain, [1]), MEASURES, rounds),
        Group(TITLES[1], transforms, ["tcp1", "pps64"], fewer),
        Group(TITLES[2], product(options, every, three, [6], plain, [1]), ["tcp1", "pps64", "rtt_us"], fewer),
        Group(TITLES[3], sweep, [SWEEP_STREAMS, "tcp1", "udp1300", "pps64", "rss_mib"], options.rounds or 5),
    ]
    return [g for g in plan if not options.groups or any(is_named(g.title, n) for n in options.groups)]


def groups(options):
    if any((options.subjects, options.transports, options.families, options.crypto, options.sas, options.measures)):
        return chosen(options)
    return quick(options) if options.quick else whole(options)


def seconds(measure, secs):
    """As it was on an idle machine of two processors, what is waited for between two measures included."""
    if measure.startswith("tcp"):
        return secs + (1 if int(measure[3:]) <= IPERF_STREAMS else 6)
    return {"rtt_us": 1.5, "rss_mib": 1.5}.get(measure, 3)


def minutes(plan, secs):
    """How long it takes, or so. To start a cell takes its time each round, in turns once."""
    total = 0
    for g in plan:
        for c in g.cells:
            starts = 1 if g.in_turn(c) else g.rounds
            total += starts * (2 + c.sas / 40) + g.rounds * sum(seconds(m, secs) for m in g.measures)
    return total / 60


__all__ = ["groups", "minutes", "Group", "CRYPTO"]
