#!/bin/bash
# bench/forward's tables and bench-results.json, of made-up results: each table has what was measured for it and says when,
# the file has of each cell and measure one value, and a document gets its tables one by one. Nothing is measured.
. "$(dirname "$0")/../lib.sh"
python3 -B - "$top/bench/forward" "$lab" "$top/doc/performance.md" <<'END' || fail "see above"
import json, sys
from argparse import Namespace
sys.path.insert(0, sys.argv[1])
lab, page = sys.argv[2:]
import plan
from plan import Group
from subjects import Cell
from table import Results

mainmode = Cell("mainmode", "udp", 4, "aes128-sha1", 1)
swan, probe = mainmode._replace(subject="strongswan"), mainmode._replace(subject="probe", crypto="none")
gcm, thousand = mainmode._replace(crypto="aes128-gcm"), mainmode._replace(sas=1000)
transports = Group("Transports", [swan, mainmode, probe], ["tcp1", "rtt_us"], 3)
transforms = Group("Transforms", [mainmode, gcm, probe], ["tcp1"], 2)
sas = Group("SAs in use", [mainmode, thousand], ["tcp1000", "tcp1"], 3)
groups = [transports, transforms, sas]
r = Results()


def measured(group, cell, measure, *values):
    for v in values:
        r.add(group, cell, measure, v, None)


measured(transports, swan, "tcp1", 1, 1, 1)
measured(transports, mainmode, "tcp1", 4, 4, 4)
measured(transports, mainmode, "rtt_us", 200, 210, 220)
measured(transports, probe, "tcp1", 8, 8, 8)
measured(transforms, mainmode, "tcp1", 5, 5)
measured(transforms, gcm, "tcp1", 6)  # its second round failed
measured(transforms, probe, "tcp1", 10, 10)
measured(sas, mainmode, "tcp1000", 2, 3, 4)
measured(sas, mainmode, "tcp1", 7, 7, 7)
measured(sas, thousand, "tcp1000", 1, 3, 4)
measured(sas, thousand, "tcp1", 7, 7, 7)


def want(given, expected):
    if given != expected:
        sys.exit(f"{given!r} is not {expected!r}")


# the file: numbers of SAs can be divided, and nothing that was measured is lost
r.write_json(lab + "/results.json")
rows = json.load(open(lab + "/results.json"))
found = {(x["subject"], x["crypto"], x["sas"], x["measure"]): x["median"] for x in rows}
want(len(rows), len(found))
want(found, {("mainmode", "aes128-sha1", 1, "tcp1000"): 3, ("mainmode", "aes128-sha1", 1, "tcp1"): 7,
             ("mainmode", "aes128-sha1", 1, "rtt_us"): 210, ("mainmode", "aes128-sha1", 1000, "tcp1000"): 3,
             ("mainmode", "aes128-sha1", 1000, "tcp1"): 7, ("mainmode", "aes128-gcm", 1, "tcp1"): 6,
             ("strongswan", "aes128-sha1", 1, "tcp1"): 1, ("probe", "none", 1, "tcp1"): 8})

# tables: what is compared was measured together
def lines(group, begin):
    return [line for line in r.section(group).splitlines() if line.startswith(begin)]
want(lines(transports, "| udp "), ["| udp | aes128-sha1 | strongSwan, same transform | 4.00 | - |",
                                   "| udp | aes128-sha1 | probe, udp | 0.50 | - |"])
want(lines(transforms, "| udp "), ["| udp | aes128-sha1 | probe, udp | 0.50 |", "| udp | aes128-gcm | probe, udp | 0.60 |"])
want(lines(transforms, "| mainmode | udp"), ["| mainmode | udp | aes128-sha1 | 5.00 (5.00-5.00) |",
                                             "| mainmode | udp | aes128-gcm | 6.00 (of 1) |"])
want(lines(sas, "| udp "), ["| udp | aes128-sha1 | 1,000 | 1 SA | 1.00 | 1.00 |"])

# each table says when and where it was measured; another's stays as it is
r.conditions["Transports"], r.conditions["Transforms"] = "On Monday.", "On Tuesday."
want(r.section(transforms).splitlines()[0], "Median of 2 (least-most). On Tuesday.")
copy = lab + "/page.md"
with open(page) as f, open(copy, "w") as g:
    before = f.read()
    g.write(before)
for title in plan.TITLES:
    want((title, before.count(f"<!-- bench: {title} -->\n")), (title, 1))
want(r.unmarked(copy, groups), [])
want(r.unmarked(copy, [transports, Group("Chosen", [], [], 1)]), ["Chosen"])
r.fill(copy, [transports, transforms])
after = open(copy).read()


def part(text, title):
    return text.split(f"<!-- bench: {title} -->\n", 1)[1].split("<!-- /bench -->", 1)[0]


want(part(after, "Transports"), r.section(transports) + "\n")
want(part(after, "Transforms"), r.section(transforms) + "\n")
for title in ("IPv6", "SAs in use"):
    want(part(after, title), part(before, title))

# each transform over each transport, and the probe of the same one; the whole plan takes less than an hour
def whole(**given):
    names = "subjects transports families crypto sas measures quick rounds groups".split()
    return plan.groups(Namespace(**{n: given.get(n) for n in names}, others={}))
want(len(whole(groups=["transforms"])[0].cells), 1 + 5 + 3 * (5 + 1))
want([g.rounds for g in whole()], [3, 2, 2, 5])
want([g.rounds for g in whole(rounds=2)], [2, 2, 2, 2])
assert 20 < plan.minutes(whole(), 2) < 60, plan.minutes(whole(), 2)
assert plan.minutes(whole(quick=True), 1) < 5, plan.minutes(whole(quick=True), 1)
END
exit 0
