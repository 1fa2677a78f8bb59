#!/bin/bash
# A person at the keyboard of Debian's ssh and telnet.
. "$(dirname "$0")/lib.sh"
client_router
in_ns R1 "$python" "$clients/typed.py" telnet telnet 127.0.0.1 || fail 'telnet'
in_ns R1 "$python" "$clients/typed.py" ssh ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile="$lab/hosts" \
	-o PubkeyAuthentication=no -l admin 127.0.0.1 || fail 'ssh'
