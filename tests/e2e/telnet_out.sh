#!/bin/bash
# Telnet from a router to another: opened, left by Ctrl-^ x, found again, closed by either side; what cannot be reached.
#
#   H eth0 10.0.0.1 ---- Et0/1 10.0.0.2 R2 Et0/0 10.1.1.2 ---- Et0/0 10.1.1.3 R3
. "$(dirname "$0")/../lib.sh"
namespaces H R2 R3 && join H eth0 R2 eth1 && join R2 eth0 R3 eth0 || fail "no namespaces"
in_ns H ip addr add 10.0.0.1/24 dev eth0
lines=$'line vty 0 4\n no login\n privilege level 15\n transport input telnet\nend'
cat >"$lab/r2.cfg" <<K
hostname R2
no ip domain lookup
interface Ethernet0/0
 ip address 10.1.1.2 255.255.255.0
 no shutdown
interface Ethernet0/1
 ip address 10.0.0.2 255.255.255.0
 no shutdown
$lines
K
cat >"$lab/r3.cfg" <<K
hostname R3
interface Ethernet0/0
 ip address 10.1.1.3 255.255.255.0
 no shutdown
$lines
K
boot R3 "$lab/r3.cfg" -i Ethernet0/0=eth0 || fail "R3 does not boot"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 -i Ethernet0/1=eth1 || fail "R2 does not boot"
listens() { in_ns "$1" ss -Hltn 'sport = 23' | grep -q .; }
wait_for 10 listens R2 && wait_for 10 listens R3 || fail "telnet's port is not open"

in_ns H "$top/tests/tool/telnet_user.py" 10.0.0.2 >"$lab/users" <<'K' || fail "$(cat "$lab/users")"
a open
a see R2#
a type where
a see where\r\n% No connections open\r\nR2#
a type telnet 10.1.1.3
a see telnet 10.1.1.3\r\nTrying 10.1.1.3 ... Open\r\n\r\nR3#
a type show users
a see *  2 vty 0                idle                 00:00:00   10.1.1.2\r\n
a see R3#
# what is typed behind the escape sequence is not R3's
a keys \x1ex
a see \r\nR2#
a type show users
a see *  2 vty 0                10.1.1.3             00:00:00   10.0.0.1\r\n
a see R2#
# a host's name or address alone is the same
a type 10.1.1.3
a see 10.1.1.3\r\nTrying 10.1.1.3 ... Open\r\n\r\nR3#
a keys \x1ex
a see \r\nR2#
a type show sessions
a see Conn Host                Address             Byte  Idle Conn Name\r\n
a see    1 10.1.1.3            10.1.1.3               0     0 10.1.1.3\r\n
a see *  2 10.1.1.3            10.1.1.3               0     0 10.1.1.3\r\n\r\nR2#
# Return alone is the one that was left last
a keys \r
a see \r\n[Resuming connection 2 to 10.1.1.3 ... ]\r\n
a type show privilege
a see Current privilege level is 15\r\nR3#
a keys \x1ex
a see \r\nR2#
a type resume 1
a see [Resuming connection 1 to 10.1.1.3 ... ]\r\n
a type show privilege
a see Current privilege level is 15\r\nR3#
# closed there
a type exit
a see exit\r\n\r\n[Connection to 10.1.1.3 closed by foreign host]\r\nR2#
a type disconnect 2
a see Closing connection to 10.1.1.3 [confirm]
a keys y
a see R2#
a type disconnect
a see % No current connection\r\n
a see R2#
# nobody listens there; a page that is not telnet's; no such host
a type telnet 10.1.1.3 24
a see Trying 10.1.1.3, 24 ... \r\n% Connection refused by remote host\r\n\r\nR2#
a type telnet 192.0.2.1
a see Trying 192.0.2.1 ... \r\n% Destination unreachable; gateway or host down\r\n\r\nR2#
a type telnet nobody
a see % Unknown command or computer name, or unable to find computer address\r\n
# the escape sequence gives up what does not answer
a type telnet 10.1.1.77
a see Trying 10.1.1.77 ... 
a keys \x1e
a see R2#
# connections end with their session
a type telnet 10.1.1.3
a see R3#
a keys \x1ex
a see R2#
a type exit
a see You have open connections [confirm]
a keys \r
a see Closing: 10.1.1.3 !\r\n
a closed
K
empty() { run R3 'show users' | grep -q '10\.1\.1\.2' && return 1 || return 0; }
wait_for 10 empty || fail "a connection stayed open: $(run R3 'show users')"
