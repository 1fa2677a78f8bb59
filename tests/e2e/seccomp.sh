#!/bin/bash
# Every kind of thread does its work within its system calls, and they are bound: the tunnel of the lab is up by a router of which
# each thread has a filter, the data plane's and Diffie-Hellman's one more; boot --no-seccomp has none. nft inherits the process's, of
# which an ioctl() that nobody needs is seen to be refused there. Access lists, SSH's and
# telnet's terminals, captures and files are those of all other tests, whose routers are bound as well.
#
#   R2 2001:DB8::2 Et0/0 ---- veth ---- Et0/0 2001:DB8::3 R3
. "$(dirname "$0")/../lib.sh"
if ! grep -q '^#define HAVE_SECCOMP 1' "$(dirname "$mainmode")/config.h"; then
	exit 0 # built without
fi
namespaces R2 R3 && join R2 eth0 R3 eth0 || fail "no namespaces"
# a program in front of nft: asks for an interface's name, which is allowed, and to rename one
nft=$(PATH=$PATH:/usr/sbin:/sbin command -v nft) && mkdir "$lab/bin"
cat >"$lab/bin/nft" <<X
#!/bin/sh
for request in 0x8910 0x8923; do
	{ perl -e 'ioctl(STDIN, \$ARGV[0], my \$at = "\0" x 64)' \$((request)); echo \$request \$? >>$lab/requests; } 2>/dev/null
done
exec $nft "\$@"
X
chmod +x "$lab/bin/nft"
for r in R2 R3; do
	PATH=$lab/bin:$PATH boot $r "$top/startup-config/${r/R/r}.cfg" -i Ethernet0/0=eth0 || fail "$r does not boot"
done
tunnel_up R2
config R2 'access-list 101 deny tcp any any eq 99' 'access-list 101 permit ip any any' 'interface Ethernet0/0' 'ip access-group 101 in' ||
	fail "an access list"
wait_for 10 sh -c "nsenter -t $(cat "$lab/R2.ns") $([ "$(id -u)" -eq 0 ] || echo -U --preserve-credentials) -n nft list ruleset | grep -q 'dport 99'" ||
	fail "nft: $(run R2 'show logging')"
[ "$(sort -u "$lab/requests")" = "0x8910 0
0x8923 159" ] || fail "ioctl() in what nft's place is taken by: $(cat "$lab/requests")"
run R2 'ping fe80::23:3' 'Tunnel23' | grep -q '(5/5)' || fail "ping"
run R2 'show processes cpu' >"$lab/cpu" && grep -q 'Crypto Engine' "$lab/cpu" || fail "show processes cpu: $(cat "$lab/cpu")"
filters() { sed -n 's/^Seccomp_filters:\t//p' "$1/status"; }
sanitized=$(grep -c 'fsanitize=' "$(dirname "$mainmode")/flags")
for task in $(threads_of R2); do
	want=1
	case $(cat "$task/comm") in "Crypto Engine" | "Crypto DH") [ "$sanitized" -gt 0 ] || want=2 ;; esac
	[ "$(filters "$task")" = $want ] || fail "$(cat "$task/comm") has $(filters "$task") filters, not $want"
done
run R2 'reload' 'n' '' >/dev/null 2>&1
wait_for 30 sh -c "'$mainmode' exec --quiet --state '$lab/R2' 'show version' | grep -q uptime" || fail "no reload"
tunnel_up R2 60
stop R2
[ ! -e "$lab/R2/vty.sock" ] || fail "it did not stop in order"
boot R2 --no-seccomp "$top/startup-config/r2.cfg" -i Ethernet0/0=eth0 || fail "--no-seccomp: R2 does not boot"
[ "$(filters "/proc/$(cat "$lab/R2/mainmode.pid")")" = 0 ] || fail "--no-seccomp: there is a filter"
