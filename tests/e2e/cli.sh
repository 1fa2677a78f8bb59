#!/bin/bash
# What a user types and what the terminal shows, byte for byte: the same transcripts on the console, on the local vty, by
# telnet and by SSH.
#
#   terminal --- R2 Et0/0 --- (nobody)
. "$(dirname "$0")/../lib.sh"
cli="$top/tests/golden/cli.py"
transcripts=$(ls "$top"/tests/golden/cli/*.txt)

# fresh NAME: a startup-config of its own, which `write memory` writes
fresh() { cp "$top/tests/golden/cli/router.cfg" "$lab/$1.cfg"; }

namespaces R2 && in_ns R2 ip link add eth0 type veth peer name eth1 && in_ns R2 ip link set eth0 up &&
	in_ns R2 ip link set eth1 up || fail "no namespace"
fresh console
mkdir -p "$lab/console"
in_ns R2 "$cli" console "$mainmode boot $lab/console.cfg -i Ethernet0/0=eth0 --state $lab/console" $transcripts ||
	fail "console"

for end in attach telnet ssh; do
	fresh $end
	boot R2 "$lab/$end.cfg" -i Ethernet0/0=eth0 || fail "R2 does not boot"
	case $end in
	attach) where="$mainmode attach --state $lab/R2" ;;
	telnet) where=127.0.0.1:23 ;;
	ssh)
		where=127.0.0.1:22
		config R2 'crypto key generate rsa modulus 2048' || fail "no host key"
		;;
	esac
	in_ns R2 "$cli" $end "$where" $transcripts || fail "$end"
	stop R2
done
