#!/bin/bash
# Ansible's cisco.ios collection over network_cli, as a user who has to enable: facts, commands, and each module that
# changes something, twice: what is there already must be seen.
. "$(dirname "$0")/lib.sh"
client_router
export LC_ALL=C.UTF-8 # Ansible starts with no other encoding
export ANSIBLE_CONFIG=$clients/ansible/ansible.cfg ANSIBLE_HOME=$lab/home/ansible
export ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=$lab/pc # short: sockets lie in it

play() { # play BOOK: the output is in $lab/play
	in_ns R1 ansible-playbook -i "$clients/ansible/hosts" "$clients/ansible/$1.yml" >"$lab/play" 2>&1 || {
		cat "$lab/play"
		fail "ansible: $1"
	}
	sed -n 's/^TASK \[\(.*\)\].*/ok ansible: \1/p' "$lab/play"
}

play read
play change
play change
grep -q '^R1 .* changed=0 ' "$lab/play" || {
	grep -A12 -B2 '^changed' "$lab/play"
	fail 'ansible: the second run changed something'
}
