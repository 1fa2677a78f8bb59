#!/bin/bash
# bench/forward works: one short round of the router and of the probe, whose results have the form that is promised. It
# leaves nothing behind, not even when it is interrupted. Nothing is said of speed.
. "$(dirname "$0")/../lib.sh"
command -v iperf3 >/dev/null || fail "iperf3 is missing"
bin=$(dirname "$mainmode")/tests/bin
export TMPDIR=$lab/scratch
mkdir "$TMPDIR"
forward=(timeout 200 python3 -B "$top/bench/forward" --mainmode "$mainmode" --load "$bin/load" --probe "$bin/probe"
	--any-build --json "$lab/results.json" --secs 1)
[ "$(id -u)" -eq 0 ] || forward=(unshare -Ur "${forward[@]}")
all() { cat "$lab/progress" "$lab/table"; }
nothing_left() { [ -z "$(ls "$TMPDIR")" ] && ! pgrep -f "$TMPDIR" >/dev/null; }

"${forward[@]}" --subjects mainmode,probe --transports udp --rounds 1 >"$lab/table" 2>"$lab/progress" || fail "$(all)"
grep -q '^| mainmode | udp | aes128-sha1 | ' "$lab/table" && grep -q '^| udp | aes128-sha1 | probe, udp | ' "$lab/table" || fail "$(all)"
python3 - "$lab/results.json" <<'END' || fail "$(all; cat "$lab/results.json")"
import json, sys
results = json.load(open(sys.argv[1]))
keys = {"subject", "transport", "family", "crypto", "measure", "median", "min", "max", "unit", "sas"}
units = {"tcp1": "Gbit/s", "tcp4": "Gbit/s", "udp1300": "Gbit/s", "pps64": "packets/s", "rtt_us": "us", "rss_mib": "MiB"}
for r in results:
    assert set(r) == keys, r
    assert r["unit"] == units[r["measure"]] and r["transport"] == "udp" and r["family"] == 4 and r["sas"] == 1, r
    assert (r["subject"], r["crypto"]) in (("mainmode", "aes128-sha1"), ("probe", "none")), r
    assert 0 <= r["min"] <= r["median"] <= r["max"], r
assert {(r["subject"], r["measure"]) for r in results} == {(s, m) for s in ("mainmode", "probe") for m in units}, results
END
nothing_left || fail "it leaves: $(ls "$TMPDIR"; pgrep -af "$TMPDIR")"

# native ESP, IPv6, more SAs than one
"${forward[@]}" --subjects mainmode --transports esp --families 6 --sas 3 --measures tcp1,tcp6,rtt_us --rounds 1 \
	>"$lab/table" 2>"$lab/progress" || fail "$(all)"
grep -q '^| mainmode | esp | [0-9]' "$lab/table" || fail "$(all)"
python3 - "$lab/results.json" <<'END' || fail "$(all; cat "$lab/results.json")"
import json, sys
found = {(r["measure"], r["unit"], r["sas"], r["median"] > 0) for r in json.load(open(sys.argv[1]))}
assert found == {("tcp1", "Gbit/s", 3, True), ("tcp6", "Gbit/s", 3, True), ("rtt_us", "us", 3, True)}, found
END

# The receiver is there for as long as it is asked: a whole plan takes longer than anything may send.
python3 - "$bin/load" <<'END' || fail "the receiver"
import subprocess, sys, time
r = subprocess.Popen(["unshare", "-Urn", sys.argv[1], "receive", "9999", "5"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
assert r.stdout.readline() == "ready\n"
end = time.monotonic() + 6
while time.monotonic() < end:
    r.stdin.write("\n")
    r.stdin.flush()
    assert r.stdout.readline() == "0 0\n", r.poll()
    time.sleep(0.1)
assert r.wait(60) == 0
END

# numbers of SAs side by side, in turns
"${forward[@]}" --subjects mainmode --transports udp --sas 1,3 --measures tcp6 --rounds 2 >"$lab/table" 2>"$lab/progress" ||
	fail "$(all)"
[ "$(sed -n 's/^[0-9:]*  mainmode udp IPv4 aes128-sha1\(, 3 SAs\)\?:.*/\1./p' "$lab/progress" | tr -d '\n ')" = .,3SAs.,3SAs.. ] ||
	fail "$(all)"
grep -q '^| udp | aes128-sha1 | 3 | 1 SA | [0-9]' "$lab/table" || fail "$(all)"
nothing_left || fail "it leaves: $(ls "$TMPDIR"; pgrep -af "$TMPDIR")"

# the whole plan: each transform over each transport, and beside it the probe of the same one; all numbers of SAs
python3 -B - "$top/bench/forward" <<'END' || fail "the plan has gaps"
import sys
sys.path.insert(0, sys.argv[1])
from argparse import Namespace
import plan
whole = plan.groups(Namespace(subjects=None, transports=None, families=None, crypto=None, sas=None, measures=None, quick=False,
                              rounds=None, groups=None, others={}))
cells = {g.title: {(c.subject, c.transport, c.crypto, c.sas) for c in g.cells} for g in whole}
three = ("udp", "esp", "xdp")
for t in three:
    for crypto in ("aes128-sha1", "aes128-gcm", "aes256-gcm", "aes256-sha256", "3des-sha1"):
        assert ("mainmode", t, crypto, 1) in cells["Transforms"], (t, crypto)
    assert ("probe", t, "none", 1) in cells["Transforms"], t
    for sas in (1, 10, 100, 1000):
        assert ("mainmode", t, "aes128-sha1", sas) in cells["SAs in use"], (t, sas)
assert "tcp1" in whole[-1].measures and whole[-1].title == "SAs in use", whole[-1]
END

began() { grep -sq 'TCP 1 Gbit' "$lab/progress"; }
interrupted() { # what it measures
	rm "$lab/progress" # what is read below is this run's
	"${forward[@]}" --subjects mainmode --transports esp --measures tcp1 --rounds 100 "$@" >"$lab/table" 2>"$lab/progress" &
	wait_for 40 began || fail "it does not begin: $(all)"
	kill "$!" # timeout hands it on
	kill "$!"
	wait "$!"
	[ $? -ne 0 ] || fail "it was not interrupted: $(all)"
	wait_for 10 nothing_left || fail "interrupted, it leaves: $(ls "$TMPDIR"; pgrep -af "$TMPDIR")"
}
interrupted
interrupted --sas 1,2
exit 0
