"""The results as Markdown tables, and as bench-results.json, whose form doc/performance.md tells."""
import json
import re
import statistics

from measure import unit

HEADS = {"tcp1": "TCP 1 Gbit/s", "tcp4": "TCP 4 Gbit/s", "udp1300": "UDP 1300 B Gbit/s", "pps64": "UDP 64 B kpps",
         "rtt_us": "RTT us", "rss_mib": "RSS MiB"}


def head(measure):
    m = re.fullmatch(r"tcp(\d+)", measure)
    return HEADS.get(measure) or f"TCP {int(m.group(1)):,} Gbit/s"


def number(measure, v):
    if measure == "pps64":
        v /= 1000
    return f"{v:.0f}" if v >= 100 or measure == "rtt_us" else f"{v:.1f}" if v >= 10 else f"{v:.2f}"


def spread(measure, values, rounds):
    """Median and extremes; of fewer rounds than the others, where some failed."""
    if not values:
        return "-"
    extra = [f"{number(measure, min(values))}-{number(measure, max(values))}"] if len(values) > 1 else []
    extra += [f"of {len(values)}"] if len(values) != rounds else []
    return number(measure, statistics.median(values)) + (f" ({' '.join(extra)})" if extra else "")


MARK_END = "<!-- /bench -->"


def mark(title):
    return f"<!-- bench: {re.escape(title)} -->\n"


def row(cells):
    return "| " + " | ".join(cells) + " |"


class Results:
    """found[title][cell][what]: what the group of this title has of a cell, one value for each round, of a measure or "cores",
    those of the tunnel processes during TCP. Of cells that were measured in turns what stands at one place is of one round.
    conditions[title]: where and when that was."""

    def __init__(self):
        self.found, self.conditions, self.skipped = {}, {}, {}
        self.turns = set()  # title, cell

    def of(self, group, cell):
        return self.found.get(group.title, {}).get(cell, {})

    def add(self, group, cell, measure, value, cores):
        found = self.found.setdefault(group.title, {}).setdefault(cell, {})
        found.setdefault(measure, []).append(value)
        if cores is not None:
            found.setdefault("cores", []).append(cores)
        if group.in_turn(cell):
            self.turns.add((group.title, cell))

    def merged(self):
        """Each cell and measure once. In turns, where it was measured so: what differs between such cells is little, and all of
        them are to be of the same turns. Else as the first of the groups has it, which has the most rounds."""
        out = {}
        for turns in (True, False):
            for title, cells in self.found.items():
                for cell, found in cells.items():
                    if ((title, cell) in self.turns) == turns:
                        out[cell] = {**found, **out.get(cell, {})}
        return out

    def ratio(self, group, cell, other, measure):
        """In turns: the median of the rounds' ratios."""
        a, b = self.of(group, cell).get(measure), self.of(group, other).get(measure)
        if not a or not b or not all(b):
            return None
        if group.in_turn(cell) and group.in_turn(other):
            return statistics.median(x / y for x, y in zip(a, b))
        return statistics.median(a) / statistics.median(b)

    def write_json(self, path):
        out = []
        for cell, found in self.merged().items():
            for measure, v in ((m, v) for m, v in found.items() if m != "cores"):
                out.append({"subject": cell.subject, "transport": cell.transport, "family": cell.family, "crypto": cell.crypto,
                            "measure": measure, "median": statistics.median(v), "min": min(v), "max": max(v),
                            "unit": unit(measure), "sas": cell.sas})
        with open(path, "w") as f:
            json.dump(out, f, indent=1)
            f.write("\n")

    # --- tables ---

    def table(self, group):
        cells = [c for c in group.cells if self.of(group, c)]
        if not cells:
            return []
        names = [("subject", lambda c: c.subject), ("transport", lambda c: c.transport), ("IP", lambda c: str(c.family)),
                 ("crypto", lambda c: c.crypto), ("SAs", lambda c: f"{c.sas:,}")]
        shown = [n for n in names if n[0] in ("subject", "transport") or len({n[1](c) for c in cells}) > 1 or
                 (n[0] == "crypto" and not any(c.sas > 1 for c in cells))]
        cores = any("cores" in self.of(group, c) for c in cells)
        heads = [n[0] for n in shown] + [head(m) for m in group.measures] + (["CPU"] if cores else [])
        lines = [row(heads), row(["---"] * len(heads))]
        for c in cells:
            line = [n[1](c) for n in shown]
            for m in group.measures:
                line.append(spread(m, self.of(group, c).get(m), group.rounds))
            if cores:
                v = self.of(group, c).get("cores")
                line.append(f"{statistics.median(v):.2f}" if v else "-")
            lines.append(row(line))
        return lines

    def references(self, group, cell):
        """What a cell is compared with, of the same group: name, cell."""
        alone = [c for c in self.found[group.title] if not group.in_turn(c)]
        udp = [c for c in alone if c.family == cell.family and c.sas == 1 and c.transport == "udp"]
        out = [("strongSwan, same transform", c) for c in udp if c.subject == "strongswan" and c.crypto == cell.crypto]
        out += [("wireguard-go", c) for c in udp if c.subject == "wireguard-go"]
        own = cell._replace(subject="probe", crypto="none", sas=1)
        if own in alone:
            out.append((f"probe, {cell.transport}", own))
        if cell.sas > 1:
            out = [("1 SA", cell._replace(sas=1))]
        return out

    def ratios(self, group):
        lines = []
        for c in group.cells:
            if not self.of(group, c) or c.subject != "mainmode":
                continue
            for name, other in self.references(group, c):
                found = [self.ratio(group, c, other, m) for m in group.measures]
                if any(r is not None for r in found):
                    what = [c.transport, c.crypto] + ([f"{c.sas:,}"] if any(x.sas > 1 for x in group.cells) else [])
                    lines.append(row([*what, name, *(f"{r:.2f}" if r is not None else "-" for r in found)]))
        if lines:
            heads = ["mainmode", "crypto", *(["SAs"] if any(c.sas > 1 for c in group.cells) else []), "divided by",
                     *(re.sub(" (Gbit/s|kpps|us|MiB)$", "", head(m)) for m in group.measures)]
            lines = [row(heads), row(["---"] * len(heads)), *lines]
        return lines

    def others(self, group):
        """Programs of --other against the probe of the same transport: is the probe what it is taken for?"""
        lines = []
        for c in group.cells:
            for o in self.found.get(group.title, {}):
                if c.subject == "probe" and o.subject not in ("probe", "mainmode", "strongswan", "wireguard-go") and \
                        o == c._replace(subject=o.subject) and self.of(group, c):
                    found = (f"{head(m)} {r:.2f}" for m in group.measures if (r := self.ratio(group, c, o, m)) is not None)
                    lines.append(f"- probe {c.transport} divided by {o.subject}: " + ", ".join(found))
        return lines

    def section(self, group):
        body = self.table(group)
        rounds = "Median of {} (least-most).".format(group.rounds) if group.rounds > 1 else "One round."
        out = [" ".join((rounds, self.conditions.get(group.title, ""))).rstrip(), "", *body] if body else []
        for extra in (self.ratios(group), self.others(group)):
            if extra:
                out += ["", *extra]
        return "\n".join(out)

    def markdown(self, groups):
        out = []
        for g in groups:
            section = self.section(g)
            if section:
                out += [f"### {g.title}", "", section, ""]
        if self.skipped:
            out += ["Not measured:", ""] + [f"- {cell}: {why}" for cell, why in self.skipped.items()] + [""]
        return "\n".join(out)

    @staticmethod
    def unmarked(path, groups):
        """Titles of those that a document has no place for."""
        with open(path) as f:
            text = f.read()
        return [g.title for g in groups if not re.search(f"{mark(g.title)}.*?{MARK_END}", text, flags=re.S)]

    def fill(self, path, groups):
        """Puts the sections into a document, between the marks <!-- bench: TITLE --> and <!-- /bench -->; others stay."""
        with open(path) as f:
            text = f.read()
        for g in groups:
            body = self.section(g)
            if body:
                text = re.sub(f"({mark(g.title)}).*?({MARK_END})",
                              lambda m, body=body: f"{m.group(1)}{body}\n{m.group(2)}", text, flags=re.S)
        with open(path, "w") as f:
            f.write(text)
