#!/bin/bash
# What a user types and what the terminal shows, byte for byte: the same transcripts on the console, on the local vty, by
# telnet and by SSH.
#
#   terminal --- R2 Et0/0 --- (nobody)
. "$(dirname "$0")/../lib.sh"
cli="$top/tests/golden/cli.py"
config=$lab/router.cfg # a copy: it is the startup-config that `write memory` writes
cp "$top/tests/golden/cli/router.cfg" "$config"
transcripts=$(ls "$top"/tests/golden/cli/*.txt)

namespaces R2 && in_ns R2 ip link add eth0 type veth peer name eth1 && in_ns R2 ip link set eth0 up &&
	in_ns R2 ip link set eth1 up || fail "no namespace"
mkdir -p "$lab/console"
in_ns R2 "$cli" console "$mainmode boot $config -i Ethernet0/0=eth0 --state $lab/console" $transcripts || fail "console"

boot R2 "$config" -i Ethernet0/0=eth0 || fail "R2 does not boot"
in_ns R2 "$cli" attach "$mainmode attach --state $lab/R2" $transcripts || fail "local vty"
