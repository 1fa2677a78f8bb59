#!/bin/bash
# Debian's strongSwan as the peer: every algorithm that both have, each in both roles over IPv4 and IPv6, with PFS and
# without; each cell an established pair of SAs that both agree about and that carries packets both ways, some of them
# TCP and 64 KB UDP as well. One lane of cells for each family (the drawing is in lib.sh).
. "$(dirname "$0")/lib.sh"
[ $# -eq 1 ] || in_lanes 4 6
peers "$1"
swan_load "$family" aes128-sha1-modp1536 aes128-sha1
# Debian's libipsec (before 6.0) has ESP in UDP alone; over IPv6 this router offers that where keepalives are configured.
[ "$family" = 6 ] && global_lines='crypto isakmp nat keepalive 20'
tunnel_lines=shutdown r2_config "$family" >"$lab/r2.cfg"
r2_boot

# configured ROLE ENCR HASH GROUP TRANSFORMS PFS SWAN-IKE SWAN-ESP: and the tunnel begins
configured() {
	local only='no responder-only' pfs="set pfs group$6"
	[ "$1" = responder ] && only=responder-only
	[ "$6" = - ] && pfs='no set pfs'
	swan_ended || because "strongSwan has not deleted the last cell's SAs" || return
	swan_load "$family" "$7" "$8" || because "swanctl: $(tail -1 "$lab/S3/load")" || return
	config R2 'crypto isakmp policy 10' "encr $2" "hash $3" "group $4" 'exit' "crypto ipsec transform-set T $5" 'exit' \
		'crypto ipsec profile P' "$pfs" "$only" 'exit' 'interface Tunnel23' 'no shutdown'
}
agreed() {
	wait_for 15 tunnel_is R2 up || because "no tunnel" || return
	wait_for 5 same_pair || because "SAs differ: $(spis R2 Tunnel23 inbound; swan_spis)" || return
	run R2 'show crypto isakmp sa' | grep -q QM_IDLE || because 'no QM_IDLE' || return
}
passes() { # passes CHECK: the packets, and no drop counted on the way
	"$1" >"$lab/traffic" 2>&1 || because "$(grep -v '^$' "$lab/traffic" | tail -1)"
}
everything() { pinged && carried; }

# cells: CHECK, then as configured
we_initiate() {
	configured initiator "${@:2}" && agreed && passes "$1"
}
it_initiates() {
	configured responder "${@:2}" && swan_initiate && agreed && passes "$1"
}

row() { # row IKE-AND-ESP...: what mainmode calls it, then what strongSwan does
	local check=pinged name="$6 / $7" role roles='we_initiate it_initiates'
	rows=$((rows + 1))
	case $rows in 1 | 6 | 11) check=everything ;; esac
	for role in $roles; do
		cell "IPv$family $role $name" $role $check "$@"
		config R2 'interface Tunnel23' 'shutdown'
	done
}
rows=0

#   mainmode                                           PFS  strongSwan
row 'aes'     sha    5  'esp-aes esp-sha-hmac'         -   aes128-sha1-modp1536     aes128-sha1
row 'des'     md5    1  'esp-des esp-md5-hmac'         1   des-md5-modp768          des-md5-modp768
row '3des'    sha    2  'esp-3des esp-sha-hmac'        2   3des-sha1-modp1024       3des-sha1-modp1024
row 'aes 192' sha256 14 'esp-aes 192 esp-sha256-hmac'  5   aes192-sha256-modp2048   aes192-sha256-modp1536
row 'aes 256' sha384 15 'esp-aes 256 esp-sha384-hmac'  14  aes256-sha384-modp3072   aes256-sha384-modp2048
row 'aes 256' sha512 20 'esp-gcm 256'                  20  aes256-sha512-ecp384     aes256gcm16-ecp384
row 'aes'     sha512 16 'esp-null esp-sha512-hmac'     15  aes128-sha512-modp4096   null-sha512-modp3072
row 'aes'     sha    19 'esp-gcm'                      19  aes128-sha1-ecp256       aes128gcm16-ecp256
row 'aes 192' md5    21 'esp-gcm 192'                  21  aes192-md5-ecp521        aes192gcm16-ecp521
row 'aes 256' sha256 24 'esp-aes 256 esp-sha512-hmac'  24  aes256-sha256-modp2048s256 aes256-sha512-modp2048s256
row 'aes 256' sha    14 'esp-aes esp-sha256-hmac'      16  aes256-sha1-modp2048     aes128-sha256-modp4096
lane_ends
