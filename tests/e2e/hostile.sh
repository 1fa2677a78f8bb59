#!/bin/bash
# Users and hosts that mean harm: C (10.0.0.9) has a user of level 1 at R2 (10.0.0.2), and is a host that R2's users call.
#
#   C c0 10.0.0.9/24 ------ veth ------ Ethernet0/0 (eth0) 10.0.0.2 R2
. "$(dirname "$0")/../lib.sh"
cat >"$lab/r2.cfg" <<'X'
hostname R2
ip domain name lab
username admin privilege 15 secret admin
username low password low
interface Ethernet0/0
 ip address 10.0.0.2 255.255.255.0
line vty 0 15
 login local
 transport input ssh telnet
end
X
namespaces R2 C && join R2 eth0 C c0 && in_ns C ip addr add 10.0.0.9/24 dev c0 || fail "no namespaces"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
run R2 'crypto key generate rsa general-keys modulus 2048' >"$lab/out"
port_open() { in_ns C bash -c 'exec 3<>/dev/tcp/10.0.0.2/22' 2>/dev/null; }
wait_for 10 port_open || fail "SSH's port is not open"
export SSH_ASKPASS=$lab/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none
printf '#!/bin/sh\necho low\n' >"$SSH_ASKPASS" && chmod +x "$SSH_ASKPASS"
options="-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentityAgent=none"
low() { in_ns C timeout 30 ssh $options -o PubkeyAuthentication=no low@10.0.0.2 "$@"; }

# --- level 1 writes no file, whatever it is called
for filter in redirect tee append; do
	low "show clock | $filter flash:x" >"$lab/out" && fail "level 1: $filter"
	grep -q "% Invalid input detected" "$lab/out" || fail "$filter: $(cat "$lab/out")"
	low "show clock | $filter nvram:startup-config" >"$lab/out" && fail "level 1: $filter"
done
grep -qx 'username low password low' "$lab/r2.cfg" || fail "startup-config: $(cat "$lab/r2.cfg")"
run R2 'dir' | grep -q ' x$' && fail "a file: $(run R2 dir)"

# --- patterns and commands that would take the stack, or hours
deep=$(head -c 30000 /dev/zero | tr '\0' '(')
low "show clock | include $deep" >"$lab/out" 2>&1 && fail "a command of 30000 octets"
low "show clock | include ${deep::2000}" | grep -q '% Failed to compile regular expression.' || fail "a deep pattern"
low 'show version | include (.*)(.*)(.*)(.*)\1\2\3\4x' | grep -q '% Failed to compile' || fail "a pattern that recalls"
low 'show privilege' | grep -q 'is 1.$' || fail "R2 does not answer"

# --- whoever logs in and gets no line does not stay; nor does one that SCP only says no to, and that reads nothing of it
cat >"$lab/stays.py" <<'X'
import paramiko, sys
from paramiko.common import MSG_CHANNEL_FAILURE
# what paramiko would not do itself: a channel stays open when it is refused something, and one without a window
paramiko.Transport._channel_handler_table[MSG_CHANNEL_FAILURE] = lambda channel, message: channel.event.set()
paramiko.Transport._sanitize_window_size = lambda transport, size: 0
t = paramiko.Transport(("10.0.0.2", 22))
t.start_client()
t.auth_password("low", "low")
c = t.open_session()
try:
    c.exec_command("scp -t x") if sys.argv[1] == "scp" else c.invoke_shell()
except paramiko.SSHException:
    pass
print("ready", flush=True)
t.join()
print("gone", flush=True)
X
config R2 'ip ssh time-out 3' 'line vty 0 15' 'no exec'
helper C stays /usr/bin/python3 "$lab/stays.py" shell
wait_for 20 grep -q ready "$lab/stays.out" || fail "stays: $(cat "$lab/stays.out")"
wait_for 20 grep -q gone "$lab/stays.out" || fail "a connection without a line stays"
config R2 'line vty 0 15' 'exec'
helper C denied /usr/bin/python3 "$lab/stays.py" scp
wait_for 20 grep -q ready "$lab/denied.out" || fail "stays: $(cat "$lab/denied.out")"
wait_for 20 grep -q gone "$lab/denied.out" || fail "a connection that was denied SCP stays"

# --- login block-for: the connection in which it begins has no more tries
config R2 'login block-for 600 attempts 2 within 60' 'ip ssh time-out 60' 'ip ssh authentication-retries 5'
printf '#!/bin/sh\necho wrong\n' >"$SSH_ASKPASS"
low -o NumberOfPasswordPrompts=5 'show clock' >"$lab/out" 2>&1 && fail "a wrong password"
printf '#!/bin/sh\necho low\n' >"$SSH_ASKPASS"
run R2 'show login failures' | grep -q 'Total failed logins: 2$' || fail "tries: $(run R2 'show login failures')"
low 'show clock' >"$lab/out" 2>&1 && fail "no quiet mode"
config R2 'no login block-for'
low 'show privilege' | grep -q 'is 1.$' || fail "the quiet mode does not end"

# --- a host that sends without end: its user gets away from it, by telnet and by SSH
cat >"$lab/endless.py" <<'X'
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.0.0.9", 2323))
s.listen(5)
print("ready", flush=True)
while True:
    c = s.accept()[0]
    try:
        while True:
            c.sendall(b"y\r\n" * 20000)
    except OSError:
        c.close()
X
helper C endless python3 "$lab/endless.py"
wait_for 20 grep -q ready "$lab/endless.out" || fail "endless: $(cat "$lab/endless.out")"
cat >"$lab/user.py" <<'X'
import pexpect, sys
c = pexpect.spawn("telnet", ["-E", "10.0.0.2"], timeout=20, encoding="latin1")
c.expect("Username: ")
c.send("low\r")
c.expect("Password: ")
c.send("low\r")
c.expect("R2>")
c.send("telnet 10.0.0.9 2323\r")
c.expect("Open\r\n")
c.expect("(y\r\n){1000}")
c.send("\x1ex")
c.expect("R2>")
c.send("disconnect 1\r")
c.expect("confirm")
c.send("\r")
c.expect("R2>")
X
in_ns C python3 "$lab/user.py" >"$lab/out" 2>&1 || fail "no escape from a host: $(tail -c 600 "$lab/out")"
true
