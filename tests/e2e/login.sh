#!/bin/bash
# Who may enter, by telnet from C to R2:
#
#   C c0 10.0.0.9/24 ------ veth ------ Ethernet0/0 (eth0) 10.0.0.2 R2
#
# What the wire shows byte for byte: no password set, a line's password, users, AAA; wrong ones and where they lead
# (tries, log, quiet mode); enable from elsewhere; banners; the console's own login.
. "$(dirname "$0")/../lib.sh"

cat >"$lab/r2.cfg" <<'X'
hostname R2
username admin privilege 15 secret 9 $9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6
username low password 7 02050D480809
banner motd ^C
This is $(hostname)
^C
interface Ethernet0/0
 ip address 10.0.0.2 255.255.255.0
line con 0
 password console
 login
line vty 0 4
 login
 transport input telnet
end
X
namespaces R2 C && join R2 eth0 C c0 || fail "no namespaces"
in_ns C ip addr add 10.0.0.9/24 dev c0 || fail "address"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"

cat >"$lab/telnet.py" <<'X'
"""telnet.py SCRIPT: lines "< text" await it, lines "> text" type it; "<end>" awaits the end of the connection. Python's escapes."""
import re, socket, sys
seen, end = b"", False
try:
    s = socket.create_connection(("10.0.0.2", 23), 20)
except ConnectionResetError: # refused before it says anything
    end = True
def read():
    global seen, end
    try:
        got = s.recv(4096)
    except ConnectionResetError:
        got = b""
    except TimeoutError:
        sys.exit(f"nothing more comes behind {seen}")
    end = not got
    seen += got
def text():  # without what telnet negotiates
    return re.sub(rb"\xff[\xfb-\xfe].|\xff\xfa.*?\xff\xf0", b"", seen, flags=re.S)
at = 0
for step in open(sys.argv[1]).read().splitlines():
    want = step[2:].encode().decode("unicode_escape").encode()
    if step.startswith("<end>"):
        while not end:
            read()
    elif step[0] == "<":
        while text().find(want, at) < 0:
            if end:
                sys.exit(f"awaited {want}, came {text()[at:]} and the end")
            read()
        at = text().index(want, at) + len(want)
    else:
        s.sendall(want + b"\r\n")
X
# telnet_c: the script on its standard input
telnet_c() {
	cat >"$lab/script"
	in_ns C timeout 60 python3 "$lab/telnet.py" "$lab/script" || fail "telnet: $1"
}
logged() { run R2 'show logging' | grep -q "$1"; }
motd='\r\n\r\nThis is R2\r\n\r\n\r\n'

# --- nothing is configured: nobody comes in
telnet_c "no password" <<X
< $motd\r\nPassword required, but none set\r\n
<end>
X

# --- the line's password; enable, which has none
config R2 'line vty 0 4' 'password cisco'
telnet_c "the line's password" <<X
< $motd
< User Access Verification\r\n\r\nPassword: 
> wrong
< \r\nPassword: 
> cisco
< R2>
> enable
< enable\r\n% No password set\r\n
< R2>
> exit
<end>
X
telnet_c "three wrong passwords" <<X
< Password: 
> a
< Password: 
> b
< Password: 
> c
< % Bad passwords\r\n
<end>
X

# --- users; the level is theirs
config R2 'service password-encryption' 'login on-failure log' 'login on-success log' 'enable secret top' 'line vty 0 4' 'login local'
telnet_c "users" <<X
< Username: 
> nobody
< nobody\r\nPassword: 
> cisco
< \r\n% Login invalid\r\n\r\nUsername: 
> admin
< Password: 
> hashcat
< R2#
> show privilege
< Current privilege level is 15
> exit
<end>
X
logged '%SEC_LOGIN-4-LOGIN_FAILED: Login failed \[user: nobody\] \[Source: 10.0.0.9\] \[localport: 23\] \[Reason: Login Authentication Failed\] at ..:..:.. UTC' ||
	fail "no LOGIN_FAILED: $(run R2 'show logging')"
logged '%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success \[user: admin\] \[Source: 10.0.0.9\] \[localport: 23\] at ' ||
	fail "no LOGIN_SUCCESS"
telnet_c "enable" <<X
< Username: 
> low
< Password: 
> cisco
< R2>
> enable
< Password: 
> x
< \r\nPassword: 
> x
< \r\nPassword: 
> x
< \r\n% Bad secrets\r\n\r\nR2>
> enable
< Password: 
> top
< \r\nR2#
> exit
<end>
X
run R2 'show logging' 'show running-config' 'show history' | grep -Ew 'cisco|top|hashcat' && fail "a password is told"

# --- AAA
config R2 'aaa new-model' 'aaa authentication login default local' 'aaa authorization exec default local' 'banner exec #line $(line)#'
telnet_c "AAA" <<X
< Username: 
> low
< Password: 
> no
< \r\n\r\n% Authentication failed\r\n\r\nUsername: 
> ADMIN
< Password: 
> hashcat
< \r\nline 2\r\n
< R2#
> exit
<end>
X

# --- too many: quiet, but for the list
config R2 'login block-for 600 attempts 2 within 60' 'no aaa new-model' 'line vty 0 4' 'login local'
telnet_c "the second failure ends it" <<X
< Username: 
> a
< Password: 
> b
< % Login invalid\r\n\r\nUsername: 
> a
< Password: 
> b
< % Login invalid\r\n\r\n
<end>
X
telnet_c "quiet" <<X
<end>
X
logged '%SEC_LOGIN-1-QUIET_MODE_ON: Still timeleft for watching failures is ' || fail "no QUIET_MODE_ON"
run R2 'show login' | grep -q '^     Router presently in Quiet-Mode.$' || fail "show login: $(run R2 'show login')"
config R2 'access-list 7 permit 10.0.0.9' 'login quiet-mode access-class 7'
telnet_c "the list lets in" <<X
< Username: 
> admin
< Password: 
> hashcat
< R2#
> exit
<end>
X
config R2 'no login block-for'
logged '%SEC_LOGIN-5-QUIET_MODE_OFF: Quiet Mode is OFF' || fail "no QUIET_MODE_OFF"

# --- the console, which asks as well
mkdir -p "$lab/console"
printf 'wrong\nconsole\nshow privilege\n' |
	in_ns C "$mainmode" boot "$lab/r2.cfg" -i Ethernet0/0=c0 --state "$lab/console" >"$lab/out" 2>&1
tr -d '\r' <"$lab/out" | grep -v '^\*\|^$\|^Cisco\|^Copyright\|^mainmode' >"$lab/seen"
printf '%s\n' 'This is R2' 'User Access Verification' 'Password: ' 'Password: ' 'R2>show privilege' 'Current privilege level is 1' |
	cmp -s - "$lab/seen" || fail "console: $(cat "$lab/out")"
