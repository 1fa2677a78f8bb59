#!/bin/bash
# Secrets that exist nowhere else are configured and used: a tunnel comes up, fails by a wrong key, comes up again and is
# rekeyed, with every debug on, what is typed logged, and syslog sent. Then no file, no log and no output has any of them, in
# clear, in base64 or in hexadecimal, also after a crash. What IOS prints in clear is asked for too, so that it is known what
# was looked for.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3 (syslog server)
. "$(dirname "$0")/../lib.sh"
psk=Zq7PskLabSecret91 wrong=Wx3OtherKeyTried82 enable=En5EnableSecretLab73 user=Us8UserPasswordLab64 line=Li2LinePasswordLab55
login=Lo6UserSecretLab46 master=Ma9MasterKeyOfLab37 refused=Re4TypedAndRefused28
secrets="$psk $wrong $enable $user $line $login $master $refused"
out=$lab/out # everything a router printed
mkdir "$out" "$lab/written"

# the forms of a secret: extended regular expressions
forms=$(python3 - $secrets <<'PY'
import base64, sys
for s in sys.argv[1:]:
    b = s.encode()
    # three positions within base64's groups, without the characters that neighbours change
    print("|".join([s, s[::-1], b.hex(), b.hex().upper(), " ".join(f"{x:02X}" for x in b), " ".join(f"{x:02x}" for x in b)] +
                   [base64.b64encode(bytes(k) + b)[(0, 2, 3)[k] + 1:-4].decode().replace("+", "[+]") for k in range(3)]))
PY
) || fail "no forms"
forms=$(echo "$forms" | tr '\n' '|')
forms=${forms%|}
clean() { # clean WHAT FILE...
	local what=$1
	shift
	! grep -rEaoH -- ".{0,40}($forms).{0,10}" "$@" >"$lab/leak" || fail "$what: $(head -20 "$lab/leak")"
}
shows() { # shows ROUTER NAME 'COMMAND'...: their output goes to a file that must be clean
	local r=$1 name=$2
	shift 2
	run "$r" "$@" >"$out/$r.$name" 2>&1
}

for r in 2 3; do sed "s/key cisco/key $psk/" "$top/startup-config/r$r.cfg" >"$lab/written/r$r.cfg"; done
grep -q $psk "$lab/written/r2.cfg" || fail "the key is not in the configuration"
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
# a syslog server
helper R3 syslog python3 -c "
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(('::', 514))
while True:
    print(s.recv(4096).decode(errors='replace'), flush=True)"
for r in R2 R3; do
	mkdir -p "$lab/$r"
	in_ns $r "$mainmode" boot "$lab/written/${r/R/r}.cfg" -i Ethernet0/0=eth0 --state "$lab/$r" --daemon >"$out/$r.boot" 2>&1 ||
		fail "$r does not boot: $(cat "$out/$r.boot")"
done
for r in R2 R3; do
	config $r 'logging host 2001:DB8::3' 'logging trap debugging' 'logging buffered 4000000 debugging' 'archive' 'log config' 'logging enable' \
		'logging size 1000' 'notify syslog contenttype plaintext' 'hidekeys' || fail "$r: logging"
	run $r 'debug crypto isakmp' 'debug crypto isakmp error' 'debug crypto ipsec' 'debug crypto ipsec error' 'debug crypto engine' \
		'debug crypto engine error' 'debug crypto condition unmatched isakmp' 'debug ip packet' 'debug aaa authentication' >/dev/null
	config $r "enable secret $enable" "username someone password 0 $user" "username other secret 0 $login" 'line vty 5' \
		"password $line" 'exit' || fail "$r: secrets"
	run $r "configure terminal" "crypto isakmp key $refused address 999.1.2.3" "username x passwort $refused" "enable sekret $refused" end \
		>"$lab/refused" 2>&1
done

# negotiated, failed, rekeyed
tunnel_up R2
tunnel_up R3
again() { run R3 'clear crypto session' >/dev/null && run R2 'clear crypto session' >/dev/null; }
config R3 "no crypto isakmp key $psk address ipv6 ::/0" "crypto isakmp key $wrong address ipv6 ::/0" || fail "the other key"
again
wait_for 40 sh -c "'$mainmode' exec --quiet --state '$lab/R2' 'show crypto explain' | grep -q key_wrong" ||
	fail "the wrong key is not seen: $(run R2 'show crypto explain')"
shows R2 failing 'show crypto explain' 'show crypto isakmp sa detail' 'show crypto session detail' 'show logging'
shows R3 failing 'show crypto explain' 'show logging'
config R3 "no crypto isakmp key $wrong address ipv6 ::/0" "crypto isakmp key $psk address ipv6 ::/0" || fail "the key again"
again
tunnel_up R2 60
run R2 'clear crypto sa' >/dev/null # a Quick Mode of its own
tunnel_up R2 60

# without a master key type 0 keys stand in the configuration, as on IOS: the secrets are those looked for
run R2 'show running-config' | grep -q "key $psk address" || fail "type 0: $(run R2 'show running-config' | grep key)"
run R2 'show running-config' | grep -q "password 0 $user" || fail "type 0: $(run R2 'show running-config' | grep username)"
for r in R2 R3; do
	config $r 'service password-encryption' "key config-key password-encrypt $master" 'password encryption aes' || fail "$r: encryption"
	run $r 'write memory' >/dev/null || fail "$r: not saved"
done
grep -q ' key 6 ' "$lab/written/r2.cfg" || fail "no type 6 key: $(cat "$lab/written/r2.cfg")"
[ "$(stat -c %a "$lab/written/r2.cfg.private" "$lab/written/r2.cfg" | sort -u)" = 600 ] || fail "others may read what was saved"
grep -q "$master" "$lab/written/r2.cfg.private" || fail "the master key is saved elsewhere"
rm "$lab/written"/*.private
for r in R2 R3; do
	shows $r running 'show running-config' 'show startup-config' 'show archive log config all' 'show archive config differences'
	shows $r tech 'show tech-support'
	shows $r show 'show crypto isakmp key' 'show crypto isakmp policy' 'show crypto isakmp peers' 'show crypto isakmp sa detail' \
		'show crypto ipsec sa detail' 'show crypto map' 'show crypto session detail' 'show crypto explain' 'show crypto engine connections active' \
		'show processes cpu' 'show processes memory' 'show users' 'show logging' 'show archive log config all provisioning' 'show debugging'
	run $r 'show logging' >"$lab/log"
	grep -q 'IKE_P1_COMPLETE\|QM_PHASE2_COMPLETE' "$lab/log" || fail "$r: no debug lines"
	grep -q 'PARSER-5-CFGLOG_LOGGEDCMD.*crypto isakmp key \*' "$lab/log" || [ $r = R2 ] || fail "$r: what is typed is not logged"
	"$mainmode" explain --json "$lab/log" >"$out/$r.json"
	"$mainmode" explain --html "$out/$r.html" "$lab/log" >"$out/$r.explained"
	"$mainmode" check --json "$lab/written/${r/R/r}.cfg" >"$out/$r.check"
	"$mainmode" check "$lab/written/${r/R/r}.cfg" >"$out/$r.check-text"
done
wait_for 10 grep -q LOGGEDCMD "$lab/syslog.out" || fail "nothing was sent to the syslog server"
clean "what is printed" "$out"
clean "what is sent" "$lab/syslog.out"
clean "what is saved" "$lab/written" "$lab/R2" "$lab/R3"

# what is left by a crash
for signal in SEGV ABRT; do
	r=R2
	[ $signal = ABRT ] && r=R3
	pid=$(cat "$lab/$r/mainmode.pid")
	mkdir -p "$lab/asan-crash"
	kill -$signal "$pid"
	wait_gone "$pid"
	rm -f "$lab/$r/mainmode.pid"
	mv "$lab"/asan.* "$lab"/tsan.* "$lab/asan-crash/" 2>/dev/null
done
clean "what a crash leaves" "$out" "$lab/R2" "$lab/R3" "$lab/asan-crash" "$lab/written"
! find "$lab" "$PWD" -maxdepth 2 -name 'core*' -newer "$lab/refused" -type f | grep . || fail "a core file"
