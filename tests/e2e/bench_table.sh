#!/bin/bash
# bench/forward's tables and bench-results.json, of made-up results: each table has what was measured for it, the file has of
# each cell and measure one value. Nothing is measured.
. "$(dirname "$0")/../lib.sh"
python3 -B - "$top/bench/forward" "$lab" <<'END' || fail "see above"
import json, sys
sys.path.insert(0, sys.argv[1])
lab = sys.argv[2]
from plan import Group
from subjects import Cell
from table import Results

mainmode = Cell("mainmode", "udp", 4, "aes128-sha1", 1)
swan, probe = mainmode._replace(subject="strongswan"), mainmode._replace(subject="probe", crypto="none")
gcm, thousand = mainmode._replace(crypto="aes128-gcm"), mainmode._replace(sas=1000)
transports = Group("Transports", [swan, mainmode, probe], ["tcp1", "rtt_us"], 3)
transforms = Group("Transforms", [mainmode, gcm, probe], ["tcp1"], 2)
sas = Group("SAs in use", [mainmode, thousand], ["tcp1000", "tcp1"], 3)
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
END
exit 0
