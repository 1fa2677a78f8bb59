#!/bin/bash
# Telnet to a router: who is let in by which line, what they are asked, what they see of each other, and how it ends.
#
#   H eth0 10.0.0.1, 2001:DB8::1 ---- Et0/0 10.0.0.2, 2001:DB8::2 R2
. "$(dirname "$0")/../lib.sh"
namespaces H R2 && join H eth0 R2 eth0 || fail "no namespaces"
in_ns H ip addr add 10.0.0.1/24 dev eth0
in_ns H ip addr add 10.0.0.9/24 dev eth0
in_ns H ip addr add 2001:db8::1/64 dev eth0 nodad
cat >"$lab/r2.cfg" <<'K'
hostname R2
no ip domain lookup
username admin privilege 15 password 0 admin
interface Ethernet0/0
 ip address 10.0.0.2 255.255.255.0
 ipv6 address 2001:DB8::2/64
 no shutdown
line vty 0 4
 login
end
K
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"

users() { in_ns H "$top/tests/tool/telnet_user.py" "${1:-10.0.0.2}" >"$lab/users" || fail "$(cat "$lab/users")"; }
listens() { in_ns R2 ss -Hltn 'sport = 23' | grep -q .; }
listens_not() { ! listens; }

# nobody comes in until a line takes telnet and has something to ask
listens && fail "telnet's port is open though no line takes telnet"
config R2 'line vty 0 4' 'transport input telnet'
wait_for 10 listens || fail "telnet's port is not open"
users <<'K'
a open
a see \r\n\r\nPassword required, but none set\r\n
a closed
K

config R2 'line vty 0 4' 'password cisco'
users <<'K'
a open
a see \r\nUser Access Verification\r\n\r\nPassword: 
a type wrong
a see Password: 
a type wrong
a see Password: 
a type wrong
a see % Bad passwords\r\n
a closed
b open
b see Password: 
b type cisco
b see \r\nR2>
b type show privilege
b see show privilege\r\nCurrent privilege level is 1\r\nR2>
b type exit
b see exit\r\n
b closed
K

# users by name; two in configuration at once; what they see of each other; the address family does not matter
config R2 'line vty 0 4' 'login local'
users <<'K'
a open
a see Username: 
a type admin
a see Password: 
a type admin
a see \r\nR2#
b open
b see Username: 
b type admin
b see Password: 
b type admin
b see \r\nR2#
a type terminal monitor
a see R2#
b type configure terminal
b see R2(config)#
a type configure terminal
a see R2(config)#
b type interface Loopback1
b see R2(config-if)#
a type interface Loopback2
a see R2(config-if)#
b type description by b
b see R2(config-if)#
a type description by a
a see R2(config-if)#
b keys \x1a
b see ^Z\r\nR2#
a see %SYS-5-CONFIG_I: Configured from console by admin on vty1 (10.0.0.1)\r\nR2(config-if)#
a keys \x1a
a see by admin on vty0 (10.0.0.1)\r\nR2#
a type show users
a see     Line       User       Host(s)              Idle       Location\r\n
a see *  2 vty 0     admin      idle                 00:00:00   10.0.0.1\r\n
a see    3 vty 1     admin      idle                 
a see    10.0.0.1\r\n
a see R2#
b type send 2
b see CTRL/C:\r\n
b keys hello\x1a
b see [confirm]
b keys y
b see R2#
a see ***\r\n*** Message from tty3 to tty2:\r\n***\r\nhello\r\n
a type clear line vty 1
a see [confirm]
a keys \r
a see \r\n [OK]\r\nR2#
b closed
# a window of 24 lines; Ctrl-C at the page's end
a type show running-config
a see  --More-- 
a keys \x03
a see R2#
a type logout
a closed
K
run R2 'show running-config' >"$lab/running"
grep -A1 '^interface Loopback1' "$lab/running" | grep -q 'description by b' || fail "$(cat "$lab/running")"
grep -A1 '^interface Loopback2' "$lab/running" | grep -q 'description by a' || fail "$(cat "$lab/running")"
users 2001:db8::2 <<'K'
a open
a see Username: 
a type admin
a see Password: 
a type admin
a see \r\nR2#
a type show users
a see    2001:DB8::1\r\n
a type exit
a closed
K

# exec-timeout; a line more than there are
config R2 'line vty 0' 'no login' 'exec-timeout 0 1'
users <<'K'
a open
a see \r\nR2>
a closed
K
config R2 'line vty 0 4' 'no login' 'exec-timeout 10 0'
users <<'K'
a open
a see R2>
b open
b see R2>
c open
c see R2>
d open
d see R2>
e open
e see R2>
f open
f closed
a type exit
a closed
g open
g see R2>
K

# access-class: a source that is not permitted is refused
config R2 'access-list 7 permit 10.0.0.1' 'line vty 0 4' 'access-class 7 in'
users <<'K'
a open
a see R2>
b open -b 10.0.0.9
b closed
K
run R2 'show line' | grep -q '^[* ] *2    2 VTY              -    -      -    -    7 ' || fail "$(run R2 'show line')"

# the port closes with the last line that takes telnet; who is in stays in
config R2 'line vty 0 4' 'no access-class 7 in'
mkfifo "$lab/steps"
users <"$lab/steps" &
client=$!
exec 7>"$lab/steps"
printf 'a open\na see R2>\n' >&7
sits() { run R2 'show users' | grep -q '10\.0\.0\.1'; }
wait_for 20 sits || fail "nobody sits on the line: $(cat "$lab/users")"
config R2 'line vty 0 4' 'transport input none'
wait_for 10 listens_not || fail "telnet's port is still open"
printf 'a type show privilege\na see level is 1\r\na type exit\na closed\n' >&7
exec 7>&-
wait "$client" || exit 1
wait_for 10 test "$(run R2 'show users' | grep -c 10.0.0.1)" = 0 || fail "somebody sits there still"
