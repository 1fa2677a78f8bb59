#!/bin/bash
# A router that has no descriptors left: who comes by telnet, SSH or the local socket waits or is turned away, it is said once
# and nothing spins; when there are some again all are let in.
#
#   R2 Et0/0 10.0.0.2 ---- veth ---- eth0 10.0.0.1 H
. "$(dirname "$0")/../lib.sh"
namespaces H R2 && join H eth0 R2 eth0 || fail "no namespaces"
in_ns H ip addr add 10.0.0.1/24 dev eth0
cat >"$lab/r2.cfg" <<'K'
hostname R2
no ip domain lookup
ip domain name lab
username admin privilege 15 password 0 admin
interface Ethernet0/0
 ip address 10.0.0.2 255.255.255.0
 no shutdown
line vty 0 15
 login local
 transport input telnet ssh
end
K
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
config R2 'crypto key generate rsa modulus 1024'
pid=$(cat "$lab/R2/mainmode.pid")
ssh_listens() { in_ns R2 ss -Hltn 'sport = 22' | grep -q .; }
wait_for 10 ssh_listens || fail "no SSH"

printf '#!/bin/sh\necho admin\n' >"$lab/ask" && chmod +x "$lab/ask"
by_ssh() { # by_ssh [SECONDS]
	SSH_ASKPASS=$lab/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none in_ns H timeout "${1:-20}" ssh -F none -o StrictHostKeyChecking=no \
		-o IdentityAgent=none -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o PubkeyAuthentication=no admin@10.0.0.2 'show clock' >"$lab/ssh" 2>&1 </dev/null
}
by_telnet() { # by_telnet [SECONDS]
	in_ns H timeout "${1:-20}" bash -c 'exec 3<>/dev/tcp/10.0.0.2/23 && read -r -d : -u 3 && [[ $REPLY = *Username ]]' >"$lab/telnet" 2>&1
}
by_socket() { timeout "${1:-20}" "$mainmode" exec --quiet --state "$lab/R2" 'show clock' >"$lab/shown" 2>&1; }
free() { # free COUNT: the limit that leaves room for so many more
	ls "/proc/$pid/fd" | sort -n | awk -v left="$1" '{ while (n < $1 && left-- > 0) n++; if (n < $1) exit; n++ } END { print n + (left > 0 ? left : 0) }'
}
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"; }
says() { run R2 'show logging' | grep -c "$1"; }

soft=$(prlimit --pid "$pid" --nofile --output SOFT --noheadings | tr -d ' ')
[ -n "$soft" ] || fail "no limit"
fds=$(ls "/proc/$pid/fd" | wc -l)
by_telnet && by_ssh && by_socket || fail "at first: $(cat "$lab/telnet" "$lab/ssh" "$lab/shown")"
# Somebody is in, and there is nothing for his session.
master() { SSH_ASKPASS=$lab/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none in_ns H timeout 60 ssh -F none -S "$lab/master" "$@" admin@10.0.0.2; }
master -f -N -M -o StrictHostKeyChecking=no -o IdentityAgent=none -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o PubkeyAuthentication=no \
	>"$lab/ssh" 2>&1 </dev/null || fail "no connection: $(cat "$lab/ssh")"
prlimit --pid "$pid" --nofile="$(free 0)": || fail "no limit can be set"
! in_ns H timeout 20 ssh -F none -S "$lab/master" admin@10.0.0.2 'show clock' >"$lab/ssh" 2>&1 </dev/null || fail "a session of nothing"
prlimit --pid "$pid" --nofile="$soft":
[ "$(says '%SSH-3-ACCEPT: .*Too many open files')" -eq 1 ] || fail "not told of a session: $(run R2 'show logging')"
in_ns H ssh -F none -S "$lab/master" -O exit admin@10.0.0.2 >"$lab/ssh" 2>&1 || : # it may have gone

waiting() { in_ns R2 ss -Hltn "sport = $1" | awk '$2 { n++ } END { exit !n }'; }
at_first() { [ "$(ls "/proc/$pid/fd" | wc -l)" -le "$fds" ]; } # a look is short, and some come and go
for more in 0 1 2 3 4 6 9; do
	wait_for 20 at_first || fail "$more: descriptors are kept: $(ls -l "/proc/$pid/fd")"
	prlimit --pid "$pid" --nofile="$(free $more)": || fail "no limit can be set"
	by_telnet 3 &
	telnet=$!
	by_ssh 3 &
	ssh=$!
	by_socket 3 &
	socket=$!
	if [ $more -eq 0 ]; then
		wait_for 3 waiting 22 && wait_for 3 waiting 23 || fail "nobody waits"
		before=$(ticks)
		sleep 1
		used=$(($(ticks) - before))
	fi
	wait $telnet $ssh $socket
	if [ $more -eq 0 ]; then
		[ "$used" -lt $(($(getconf CLK_TCK) / 12)) ] || fail "it spins: $used ticks in a second"
	fi
	[ -d "/proc/$pid" ] && [ "$(cat "$lab/R2/mainmode.pid")" = "$pid" ] || fail "$more: it has ended"
	prlimit --pid "$pid" --nofile="$soft":
	wait_for 20 by_telnet 5 || fail "$more: telnet does not come back: $(cat "$lab/telnet"; run R2 'show logging')"
	wait_for 20 by_ssh 10 || fail "$more: SSH does not come back: $(cat "$lab/ssh"; run R2 'show logging')"
	by_socket || fail "$more: the local socket does not come back: $(cat "$lab/shown")"
	if [ $more -eq 0 ]; then
		[ "$(says '%TTY-3-ACCEPT: .*Too many open files')" -eq 1 ] || fail "not told once for telnet: $(run R2 'show logging')"
		[ "$(says '%SSH-3-ACCEPT: .*Too many open files')" -eq 1 ] || fail "not told once for SSH: $(run R2 'show logging')"
	fi
done
wait_for 20 at_first || fail "descriptors are kept: $(ls -l "/proc/$pid/fd")"
echo "pass without descriptors, and with few"
