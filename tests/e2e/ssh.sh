#!/bin/bash
# SSH with Debian's OpenSSH client, from C (10.0.0.9 and 10.0.0.10) to R2 (10.0.0.2):
#
#   C c0 10.0.0.9/24, 2001:DB8::9/64 ------ veth ------ Ethernet0/0 (eth0) 10.0.0.2, 2001:DB8::2 R2
#
# Passwords, keys, commands with their exit status, files both ways, windows, `clear line`, half-open handshakes, and a
# port that is closed while there is no host key.
. "$(dirname "$0")/../lib.sh"

cat >"$lab/r2.cfg" <<'X'
hostname R2
ip domain name lab
username admin privilege 15 secret admin
username low password low
interface Ethernet0/0
 ip address 10.0.0.2 255.255.255.0
 ipv6 address 2001:DB8::2/64
banner login ^CAuthorized only^C
banner exec ^CWelcome to $(hostname)^C
login on-failure log
ip ssh logging events
line vty 0 4
 login local
 transport input ssh
line vty 5 15
 login local
 transport input ssh
end
X
namespaces R2 C && join R2 eth0 C c0 || fail "no namespaces"
in_ns C ip addr add 10.0.0.9/24 dev c0 && in_ns C ip addr add 10.0.0.10/24 dev c0 &&
	in_ns C ip addr add 2001:db8::9/64 dev c0 nodad || fail "addresses"
boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"

# the client's answer to "Password: " is $password
export password=admin
printf '#!/bin/sh\necho "$password"\n' >"$lab/ask" && chmod +x "$lab/ask"
export SSH_ASKPASS=$lab/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none
options="-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentityAgent=none"
by_password="$options -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1"
ssh_c() { in_ns C timeout 30 ssh $by_password "$@"; } # ssh_c USER@HOST [COMMAND]
scp_c() { in_ns C timeout 30 scp -O $by_password "$@"; }
port_open() { in_ns C bash -c 'exec 3<>/dev/tcp/10.0.0.2/22' 2>/dev/null; }
port_closed() { ! port_open; }
logged() { run R2 'show logging' | grep -q "$1"; }

# --- no key, no port
port_closed || fail "SSH without a host key"
run R2 'show ip ssh' | grep -q '^SSH Disabled - version 1.99' || fail "show ip ssh"
run R2 'crypto key generate rsa general-keys modulus 2048' >"$lab/out"
grep -q '^\[OK\] (elapsed time was ' "$lab/out" || fail "generate: $(cat "$lab/out")"
wait_for 10 port_open || fail "the port does not open"
logged '%SSH-5-ENABLED: SSH 1.99 has been enabled' || fail "no %SSH-5-ENABLED"

# --- a command and its exit status; IPv6; both ways to give a password
ssh_c admin@10.0.0.2 'show privilege' >"$lab/out" 2>"$lab/err" || fail "exec: $(cat "$lab/err")"
printf 'Current privilege level is 15\r\n' | cmp -s - "$lab/out" || fail "exec prints $(cat "$lab/out")"
in_ns C timeout 30 ssh -o LogLevel=INFO $by_password admin@10.0.0.2 'show clock' 2>&1 | grep -q 'Authorized only' ||
	fail "no banner login"
ssh_c admin@10.0.0.2 'show nonsense' >"$lab/out"
[ $? -eq 1 ] || fail "a rejected command must exit with 1"
grep -q "% Invalid input detected at '^' marker." "$lab/out" || fail "exec: $(cat "$lab/out")"
ssh_c -o PreferredAuthentications=password admin@2001:db8::2 'show privilege' | grep -q 'is 15' || fail "IPv6, password"
password=low ssh_c -o PreferredAuthentications=keyboard-interactive low@10.0.0.2 'show privilege' | grep -q 'is 1.$' ||
	fail "keyboard-interactive"

# --- what clients of IOS's time offer
for old in "-o KexAlgorithms=diffie-hellman-group14-sha1 -o Ciphers=aes128-cbc -o MACs=hmac-sha1 -o HostKeyAlgorithms=ssh-rsa" \
	"-o HostKeyAlgorithms=rsa-sha2-256" "-o HostKeyAlgorithms=rsa-sha2-512"; do
	ssh_c $old admin@10.0.0.2 'show privilege' | grep -q 'is 15' || fail "$old"
done

# --- a terminal: an empty line, the prompt, three kinds of line ends
printf 'show privilege\rshow ssh\nshow ip ssh\r\nexit\r' | ssh_c -tt admin@10.0.0.2 >"$lab/out" || fail "terminal"
tr -d '\r' <"$lab/out" >"$lab/text"
grep -q '^Welcome to R2$' "$lab/text" || fail "no banner exec: $(cat "$lab/text")"
[ "$(head -3 "$lab/text" | tr '\n' '|')" = '|Welcome to R2|R2#show privilege|' ] || fail "no empty line: $(cat "$lab/text")"
grep -q 'Current privilege level is 15' "$lab/text" || fail "CR: $(cat "$lab/text")"
[ "$(grep -cE '^[0-9]+ +2.0 +(IN |OUT) .* Session started +admin$' "$lab/text")" -eq 2 ] || fail "LF: $(cat "$lab/text")"
grep -q '^SSH Enabled - version 1.99' "$lab/text" || fail "CR LF: $(cat "$lab/text")"

# --- windows, who is there, clear line: a client that python drives
cat >"$lab/terminal.py" <<'X'
import pexpect, sys
c = pexpect.spawn("ssh", sys.argv[1:] + ["-tt", "admin@10.0.0.2"], timeout=20, dimensions=(12, 91), encoding="latin1")
c.expect("R2#")
c.send("show running-config\r")
c.expect(" --More-- ")
assert c.before.count("\n") < 13, c.before
c.send("q")
c.expect("R2#")
c.setwinsize(400, 120)
for i in range(50): # the change and the line come one after the other
    c.send("show running-config\r")
    if c.expect(["\nend\r\n.*R2#", " --More-- "]) == 0:
        break
    c.send("q")
    c.expect("R2#")
c.send("show users\r")
c.expect(r"\* +[0-9]+ vty 0 +admin +idle +00:00:00 +10.0.0.9")
c.expect("R2#")
print("ready", flush=True)
c.expect(pexpect.EOF)
c.close()
print("ended", flush=True)
X
helper C terminal python3 "$lab/terminal.py" $by_password
wait_for 20 grep -q ready "$lab/terminal.out" || fail "terminal: $(tail -20 "$lab/terminal.out")"
run R2 'clear line vty 0' '' >"$lab/out" || fail "clear line: $(cat "$lab/out")"
wait_for 10 grep -q ended "$lab/terminal.out" || fail "clear line: $(tail -20 "$lab/terminal.out")"

# --- keys
ssh-keygen -q -t rsa -b 2048 -N '' -C 'admin@c' -f "$lab/id" && ssh-keygen -q -t rsa -b 2048 -N '' -f "$lab/other" || fail "keygen"
mapfile -t key < <(fold -bw 72 "$lab/id.pub")
config R2 'ip ssh pubkey-chain' 'username admin' 'key-string' "${key[@]}" 'exit' 'exit' 'exit' || fail "key-string"
hash=$(ssh-keygen -E md5 -lf "$lab/id.pub" | sed 's/.*MD5:\([^ ]*\).*/\1/' | tr -d : | tr a-f A-F)
run R2 'show running-config' | grep -qx "   key-hash ssh-rsa $hash admin@c" || fail "key-hash"
by_key="$options -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no -o IdentitiesOnly=yes"
in_ns C timeout 30 ssh $by_key -i "$lab/id" admin@10.0.0.2 'show privilege' | grep -q 'is 15' || fail "public key"
in_ns C timeout 30 ssh $by_key -i "$lab/other" admin@10.0.0.2 'show privilege' 2>/dev/null && fail "another key is let in"
in_ns C timeout 30 ssh $by_key -i "$lab/id" low@10.0.0.2 'show privilege' 2>/dev/null && fail "another's key is let in"

# --- files
head -c 3000000 /dev/urandom >"$lab/big" && echo small >"$lab/small" || fail "files"
scp_c "$lab/small" admin@10.0.0.2:flash:small 2>"$lab/err" && fail "SCP before ip scp server enable"
grep -q 'Administratively disabled.' "$lab/err" || fail "SCP: $(cat "$lab/err"; run R2 'show logging' | tail)"
config R2 'ip scp server enable'
scp_c "$lab/small" "$lab/big" admin@10.0.0.2:flash:/ || fail "SCP of two files"
run R2 'dir' | grep -q ' 3000000 .* big' || fail "dir: $(run R2 dir)"
scp_c admin@10.0.0.2:flash:big "$lab/back" && cmp "$lab/big" "$lab/back" || fail "SCP back"
scp_c admin@10.0.0.2:running-config "$lab/running" && grep -q '^hostname R2' "$lab/running" || fail "SCP of running-config"
scp_c admin@10.0.0.2:flash:none "$lab/none" 2>"$lab/err" && fail "SCP of nothing"
grep -q 'No such file or directory' "$lab/err" || fail "SCP: $(cat "$lab/err")"
password=low scp_c low@10.0.0.2:running-config "$lab/none" 2>"$lab/err" && fail "SCP with privilege 1"
grep -q 'Privilege denied.' "$lab/err" || fail "SCP: $(cat "$lab/err")"
in_ns C sftp -q $by_password admin@10.0.0.2 </dev/null >"$lab/out" 2>&1 && fail "there is an SFTP server"

# --- wrong passwords: as many as configured, each logged
config R2 'ip ssh authentication-retries 2'
password=wrong ssh_c -o NumberOfPasswordPrompts=5 admin@10.0.0.2 'show clock' 2>/dev/null && fail "a wrong password is let in"
[ "$(run R2 'show logging' | grep -c '%SEC_LOGIN-4-LOGIN_FAILED: Login failed \[user: admin\] \[Source: 10.0.0.9\] \[localport: 22\]')" -eq 2 ] ||
	fail "failures: $(run R2 'show logging' | grep SEC_LOGIN)"
for event in "SSH2_SESSION: SSH2 Session request from 10.0.0.9 (tty = 0) using crypto cipher" \
	"SSH2_USERAUTH: User 'admin' authentication for SSH2 Session from 10.0.0.9 (tty = 0) using crypto cipher .* Succeeded" \
	"SSH2_USERAUTH: User 'admin' authentication for SSH2 Session from 10.0.0.9 (tty = 0) using crypto cipher .* Failed" \
	"SSH2_CLOSE: SSH2 Session from 10.0.0.9 (tty = 0) for user 'admin' using crypto cipher"; do
	logged "%SSH-5-$event" || fail "not logged: $event"
done

# --- a line that asks for its password alone lets nobody in by SSH
config R2 'line vty 0 15' 'password admin' 'login'
ssh_c admin@10.0.0.2 'show clock' 2>/dev/null && fail "SSH with the line's password"
config R2 'line vty 0 15' 'login local'

# --- from the router: to itself, with the client's words
"$mainmode" exec --state "$lab/R2" 'ssh -l admin 10.0.0.2 show privilege' admin >"$lab/out" || fail "ssh: $(cat "$lab/out")"
grep -q '^Current privilege level is 15' "$lab/out" || fail "ssh: $(cat "$lab/out")"
run R2 'ssh -l admin -p 9 10.0.0.2' | grep -q '^% Connection refused by remote host' || fail "ssh to a closed port"
run R2 'ssh 10.0.0.2' | grep -q '^% No user specified nor available for SSH client' || fail "ssh without a user"
cat >"$lab/out.py" <<'X'
import pexpect, sys
c = pexpect.spawn(sys.argv[1], ["attach", "--state", sys.argv[2]], timeout=20, encoding="latin1")
c.expect("R2>")
for leave, said in (("exit\r", "\\[Connection to 10.0.0.2 closed by foreign host\\]"), ("\x1ex", "\\[Connection to 10.0.0.2 closed\\]")):
    c.send("ssh -l admin 10.0.0.2\r")
    c.expect("Password: ")
    c.send("admin\r")
    c.expect("R2#")
    c.send("show users\r")
    c.expect("vty 0 +10.0.0.2 ") # where the line is connected to
    c.expect(r"\* +[0-9]+ vty 1 +admin +idle +[0-9:]+ +10.0.0.2")
    c.expect("R2#")
    c.send(leave)
    c.expect(said)
    c.expect("R2>")
X
python3 "$lab/out.py" "$mainmode" "$lab/R2" >"$lab/out" 2>&1 || fail "ssh from the router: $(tail -20 "$lab/out")"
config R2 'ip ssh stricthostkeycheck'
run R2 'ssh -l admin 10.0.0.2 show privilege' | grep -q '^% Host key verification failed' || fail "an unknown host key is taken"
hash=$(in_ns C ssh-keyscan -t rsa 10.0.0.2 2>/dev/null | ssh-keygen -E md5 -lf - | sed 's/.*MD5:\([^ ]*\).*/\1/')
config R2 'ip ssh pubkey-chain' 'server 10.0.0.2' "key-hash ssh-rsa $hash"
run R2 'ssh -l admin 10.0.0.2 show privilege' admin | grep -q 'level is 15' || fail "a known host key is not taken"

# --- a client that takes nothing: its session waits, then its output is dropped; the router keeps no more of it
awk 'BEGIN { printf "terminal length 0\r"; for (i = 0; i < 3000; i++) printf "show running-config\r" }' >"$lab/typed"
mkfifo "$lab/unread"
helper C unread bash -c "exec 9<>'$lab/unread'; exec timeout 60 ssh $by_password -tt admin@10.0.0.2 <'$lab/typed' >'$lab/unread'"
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$lab/R2/mainmode.pid")/status"; }
before=$(rss)
dropping() { run R2 'show line' | grep -qE '^\* +[0-9]+ +[0-9]+ VTY .* 0/[1-9]'; }
wait_for 30 dropping || fail "nothing is dropped: $(run R2 'show line')"
# a sanitizer keeps what was freed for a while
grep -q __asan_init "$mainmode" || [ "$(rss)" -lt $((before + 8192)) ] || fail "a client that does not read: $before kB became $(rss)"
ssh_c admin@10.0.0.2 'show privilege' | grep -q 'is 15' || fail "no login beside a client that does not read"
helper_down unread

# --- a flood of handshakes that go no further does not keep anybody else out, and is bounded
cat >"$lab/flood.py" <<'X'
import signal, socket, sys
held = []
for i in range(int(sys.argv[1])):
    s = socket.socket()
    s.bind(("10.0.0.10", 0))
    s.connect(("10.0.0.2", 22))
    if i % 2:
        s.sendall(b"SSH-2.0-flood\r\n")
    held.append(s)
print("flooded", flush=True)
signal.pause()
X
half_open() { in_ns R2 ss -Htn state established '( sport = :22 )' | wc -l; }
bounded() { [ "$(half_open)" -le 16 ]; }
helper C flood python3 "$lab/flood.py" 300
wait_for 20 grep -q flooded "$lab/flood.out" || fail "the flood does not begin"
wait_for 10 bounded || fail "$(half_open) connections are half open"
ssh_c admin@10.0.0.2 'show privilege' | grep -q 'is 15' || fail "no login while there is a flood"
ssh_c -b 10.0.0.10 admin@10.0.0.2 'show privilege' | grep -q 'is 15' || fail "no login from where the flood comes from"
# and they do not stay
helper_down flood
config R2 'ip ssh time-out 1'
helper C flood python3 "$lab/flood.py" 10
none_left() { [ "$(half_open)" -eq 0 ]; }
wait_for 20 none_left || fail "$(half_open) connections are half open after their time"

# --- no key, no port
printf 'crypto key zeroize rsa\ryes\rexit\r' | ssh_c -tt admin@10.0.0.2 >"$lab/out" || fail "zeroize: $(cat "$lab/out")"
wait_for 10 port_closed || fail "the port is open without a host key"
logged '%SSH-5-DISABLED: SSH 1.99 has been disabled' || fail "no %SSH-5-DISABLED"
true
