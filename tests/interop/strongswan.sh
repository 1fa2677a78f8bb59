#!/bin/bash
# Debian's strongSwan as the peer, both roles, IPv4 and IPv6, DES/modp768 to AES/modp2048: an established IKE SA and
# CHILD SA on both sides.
#
#   R2 (mainmode) eth0 10.0.23.2, 2001:DB8::2 ---- veth ---- eth0 10.0.23.3, 2001:DB8::3 S3 (strongSwan)
. "$(dirname "$0")/../lib.sh"
namespaces R2 S3 && join R2 eth0 S3 eth0 || fail "no namespaces"
in_ns S3 sh -ec 'ip link set eth0 up; ip addr add 10.0.23.3/24 dev eth0; ip addr add 2001:db8::3/64 dev eth0 nodad'
d=$lab/S3
mkdir -p "$d"
cat >"$d/strongswan.conf" <<X
charon-systemd {
  load = random nonce openssl pem pkcs1 pubkey x509 des aes sha1 sha2 md5 hmac kdf gcm gmp kernel-libipsec kernel-netlink socket-default vici
  install_routes = no
  install_virtual_ip = no
  plugins {
    vici { socket = unix://$d/vici }
    openssl { load_legacy = yes }
  }
  journal { default = -1 }
  filelog { f { path = $d/log
    default = 1
    flush_line = yes } }
}
swanctl { load = pem pkcs1 openssl }
X
ctl() { SWANCTL_DIR=$d STRONGSWAN_CONF=$d/strongswan.conf swanctl "$@" --uri "unix://$d/vici"; }
cc -std=gnu17 -Wall -Wextra -Werror -shared -fPIC -o "$d/libipsec_plain.so" "$top/tests/interop/libipsec_plain.c" || fail "cc"
STRONGSWAN_CONF=$d/strongswan.conf in_ns S3 env LD_PRELOAD="$d/libipsec_plain.so" /usr/sbin/charon-systemd >"$d/out" 2>&1 &
charon=$!
stop_charon() {
	for p in $(ps -o pid= --ppid $charon) $charon; do kill "$p" 2>/dev/null; done
	wait $charon 2>/dev/null
	return 0
}
trap 'stop_charon; finish' EXIT
wait_for 10 test -S "$d/vici" || fail "charon does not start: $(cat "$d/out")"

# strongswan_config FAMILY IKE ESP
strongswan_config() {
	local l=10.0.23.3 r=10.0.23.2 any=0.0.0.0/0
	[ "$1" = 6 ] && l=2001:db8::3 r=2001:db8::2 any=::/0
	cat >"$d/swanctl.conf" <<X
connections { t {
  version = 1
  local_addrs = $l
  remote_addrs = $r
  proposals = $2
  local { auth = psk
    id = $l }
  remote { auth = psk
    id = $r }
  children { c {
    local_ts = $any
    remote_ts = $any
    esp_proposals = $3
  } }
} }
secrets { ike-1 { secret = "interop#key1" } }
X
	ctl --load-all --clear --file "$d/swanctl.conf" >"$d/load" 2>&1 || fail "swanctl: $(cat "$d/load")"
}

# mainmode_config FAMILY ROLE ENCR HASH GROUP TRANSFORMS
mainmode_config() {
	local mode=ipv4 key='address 10.0.23.3' dst=10.0.23.3 only=
	[ "$1" = 6 ] && mode=ipv6 key='address ipv6 2001:db8::3/128' dst=2001:DB8::3
	[ "$2" = responder ] && only=' responder-only'
	cat >"$lab/r2.cfg" <<X
hostname R2
no ip domain lookup
ipv6 unicast-routing
crypto isakmp policy 10
 encr $3
 hash $4
 authentication pre-share
 group $5
crypto isakmp key interop#key1 $key
crypto ipsec transform-set T $6
crypto ipsec profile P
 set transform-set T
$only
interface Ethernet0/0
 ip address 10.0.23.2 255.255.255.0
 ipv6 address 2001:DB8::2/64
interface Tunnel23
 ip address 192.168.23.2 255.255.255.0
 ipv6 address FE80::23:2 link-local
 tunnel source Ethernet0/0
 tunnel mode ipsec $mode
 tunnel destination $dst
 tunnel protection ipsec profile P
logging buffered 1000000 debugging
end
X
}

count=0
cell() { # cell FAMILY ENCR HASH GROUP TRANSFORMS SWAN-IKE SWAN-ESP
	local role
	for role in initiator responder; do
		strongswan_config "$1" "$6" "$7"
		mainmode_config "$1" "$role" "$2" "$3" "$4" "$5"
		boot R2 "$lab/r2.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
		[ $role = initiator ] || ctl --initiate --child c >"$d/init" 2>&1 || fail "strongSwan: $(cat "$d/init"; run R2 'show logging' | tail -30)"
		tunnel_up R2 15
		established() { ctl --list-sas >"$d/sas" 2>"$d/sas.err" && grep -q ESTABLISHED "$d/sas" && grep -q 'INSTALLED' "$d/sas"; }
		wait_for 10 established || fail "strongSwan: $(cat "$d/sas"; cat "$d/sas.err" "$d/out"; tail -20 "$d/log"; run R2 'show logging' | tail -30)"
		run R2 'show crypto isakmp sa' | grep -q QM_IDLE || fail "no QM_IDLE: $(run R2 'show crypto isakmp sa')"
		echo "pass IPv$1 mainmode as $role: $6 / $7"
		count=$((count + 1))
		stop R2
		gone() { ! ctl --list-sas | grep -q ESTABLISHED; }
		wait_for 10 gone || fail "strongSwan did not obey the delete: $(ctl --list-sas)"
	done
}

#    IPv  mainmode                                                  strongSwan
cell 4 des sha 1 'esp-des esp-sha-hmac' des-sha1-modp768 des-sha1
cell 6 des sha 1 'esp-aes esp-sha-hmac' des-sha1-modp768 aes128-sha1
cell 4 3des md5 2 'esp-3des esp-md5-hmac' 3des-md5-modp1024 3des-md5
cell 6 'aes' sha 5 'esp-aes esp-sha-hmac' aes128-sha1-modp1536 aes128-sha1
cell 4 'aes 256' sha256 14 'esp-aes 256 esp-sha256-hmac' aes256-sha256-modp2048 aes256-sha256
cell 6 'aes 192' sha512 14 'esp-aes 192 esp-sha512-hmac' aes192-sha512-modp2048 aes192-sha512
cell 6 'aes 256' sha384 20 'esp-gcm 256' aes256-sha384-ecp384 aes256gcm16
echo "$count of $count"
