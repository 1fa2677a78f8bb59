#!/bin/bash
# What goes wrong is said in one clear line, and nothing else breaks: broken startup-config, full disk, missing device,
# missing capability, port in use, rubbish on the IKE port.
. "$(dirname "$0")/../lib.sh"
namespaces R2 R3 X && join R2 eth0 R3 eth0 || fail "no namespaces"

expect() { # expect CODE PATTERN COMMAND...: exit code, and one line on stderr that says what is wrong
	local code=$1 pattern=$2 rc
	shift 2
	"$@" >"$lab/out" 2>"$lab/err" </dev/null
	rc=$?
	[ "$rc" -eq "$code" ] || fail "exit $rc instead of $code: $* ($(cat "$lab/err"))"
	grep -qE "$pattern" "$lab/err" || fail "stderr lacks '$pattern': $(cat "$lab/err")"
	[ "$(wc -l <"$lab/err")" -eq 1 ] || fail "more than one line: $(cat "$lab/err")"
}
mkdir -p -m 777 "$lab/X" && chmod 711 "$lab" && chmod 777 "$lab/X"
expect 2 'nodev' in_ns R2 "$mainmode" boot /dev/null -i Ethernet0/0=nodev --state "$lab/X"
expect 2 'CAP_NET_(ADMIN|RAW)' in_ns R2 setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
	--reuid=65534 --clear-groups "$mainmode" boot /dev/null -i Ethernet0/0=eth0 --state "$lab/X"
expect 2 'no router answers' "$mainmode" exec --state "$lab/X" 'show clock'
expect 2 'nowhere' "$mainmode" boot "$lab/nowhere.cfg" -i Ethernet0/0=eth0 --state "$lab/X"
expect 2 'Ethernet0-0' "$mainmode" boot /dev/null -i Ethernet0-0=eth0 --state "$lab/X"

# a broken startup-config: the good lines are active, the bad ones are reported with their numbers and kept
sed 's/^interface Tunnel23/router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n!\n&\n ip inspect FW in\n ip nonsense/' \
	"$top/startup-config/r2.cfg" >"$lab/broken.cfg"
boot R3 "$top/startup-config/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
boot R2 "$lab/broken.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot with a broken configuration"
tunnel_up R2
run R2 'show logging' >"$lab/log"
n=$(grep -n 'ip nonsense' "$lab/broken.cfg" | cut -d: -f1)
grep -q "line $n.*ip nonsense" "$lab/log" || fail "line $n is not reported: $(cat "$lab/log")"
grep -qE '%[A-Z]+-4-[A-Z_]+:.*ip inspect FW in' "$lab/log" || fail "no warning for what restricts: $(cat "$lab/log")"
run R2 'show running-config' >"$lab/running"
for line in 'router bgp 65000' ' neighbor 10.0.0.1 remote-as 65001' ' ip inspect FW in' ' ip nonsense'; do
	grep -qxF "$line" "$lab/running" || fail "'$line' is not in the running-config"
done

verdict() { # verdict CODE PATTERN FILE
	local rc
	"$mainmode" check "$3" >"$lab/report"
	rc=$?
	[ "$rc" -eq "$1" ] && grep -qE "$2" "$lab/report" || fail "mainmode check $3: exit $rc, $(cat "$lab/report")"
}
# the same without a router: what is kept is no error, what nobody could understand is one
verdict 0 "^line $n: kept .*: ip nonsense" "$lab/broken.cfg"
echo 'ip route 0.0.0.0 0.0.0.0 10.0.0.256' >>"$lab/broken.cfg"
sed -i '/^end$/d' "$lab/broken.cfg"
verdict 1 ', 1 rejected$' "$lab/broken.cfg"
"$mainmode" check --json - <"$lab/broken.cfg" >"$lab/report"
python3 - "$lab/report" <<'END' || fail "mainmode check --json: $(cat "$lab/report")"
import json, sys
o = json.load(open(sys.argv[1]))
bad = [l for l in o["lines"] if l["verdict"] == "rejected"]
assert len(bad) == o["rejected"] == 1 and bad[0]["text"][bad[0]["column"] - 1] == "6", bad
assert len(o["lines"]) == o["accepted"] + o["kept"] + o["rejected"] and o["file"] == "-"
END
for f in "$top"/startup-config/*.cfg; do
	verdict 0 ' 0 kept, 0 rejected$' "$f"
done

# the IKE port is taken
expect 2 'port 500' in_ns R2 "$mainmode" boot /dev/null --state "$lab/X"

expect 2 'port 4500 \(IPv4\) is in use' in_ns X /usr/bin/python3 -c 'import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 4500))
s.set_inheritable(True)
os.execv(sys.argv[1], sys.argv[1:])' "$mainmode" boot /dev/null --state "$lab/X"

# rubbish on the IKE port changes nothing
before=$(run R2 'show crypto isakmp sa')
in_ns R3 /usr/bin/python3 - <<'P'
import random, socket
random.seed(1)
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
for i in range(500):
    n = random.choice([0, 1, 27, 28, 29, 64, 200, 1200, 3000])
    s.sendto(bytes(random.randrange(256) for _ in range(n)), ("2001:db8::2", 500))
P
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "the tunnel is gone after rubbish"
[ "$before" = "$(run R2 'show crypto isakmp sa')" ] || fail "rubbish changed the SAs"

# write memory on a full disk: said, and the old file stays
mount_full() { # a 64 KiB file system, filled
	mkdir -p "$lab/full" && mount -t tmpfs -o size=64k tmpfs "$lab/full"
}
if [ "$(id -u)" -eq 0 ] && mount_full; then
	cp "$top/startup-config/r2.cfg" "$lab/full/r2.cfg"
	stop R2
	boot R2 "$lab/full/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
	dd if=/dev/zero of="$lab/full/fill" bs=1k 2>/dev/null
	run R2 'write memory' >"$lab/out" && { umount -l "$lab/full"; fail "write memory on a full disk must be rejected"; }
	cmp -s "$top/startup-config/r2.cfg" "$lab/full/r2.cfg"
	same=$?
	stop R2
	umount "$lab/full"
	grep -q 'No space left' "$lab/out" || fail "write memory on a full disk: $(cat "$lab/out")"
	[ $same -eq 0 ] || fail "the old file was damaged"
fi

# a wrong key: IOS's words on both sides, retried for ever, and the right key mends it
boot R2 "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0
tunnel_up R2
config R2 'no crypto isakmp key cisco address ipv6 ::/0' 'crypto isakmp key wrong address ipv6 ::/0'
run R3 'debug crypto isakmp' >/dev/null
run R2 'clear crypto session' >/dev/null
said() { run "$1" 'show logging' | grep -qF "$2"; }
wait_for 20 said R3 '%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 2001:DB8::2 failed its sanity check or is malformed' ||
	fail "no word of the wrong key: $(run R3 'show logging' | tail -20)"
said R3 'reserved not zero on' || fail "reserved not zero: $(run R3 'show logging' | tail -20)"
config R2 'no crypto isakmp key wrong address ipv6 ::/0' 'crypto isakmp key cisco address ipv6 ::/0'
run R2 'clear crypto session' >/dev/null
tunnel_up R2 60
