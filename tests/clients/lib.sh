# Sourced by the tests with client programs. Gives client_router: R1 in a namespace of its own, with users to log in as,
# SSH and telnet on its loopback, and what the programs keep at home in $lab/home.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
clients=$top/tests/clients
export HOME=$lab/home
python=/usr/bin/python3 # Debian's, which its client programs belong to

client_router() {
	mkdir -p "$lab/R1" "$HOME"
	cp "$clients/r1.cfg" "$lab/R1/startup-config"
	namespaces R1 R9
	join R1 eth0 R9 eth0
	boot R1 -i Ethernet0/0=eth0
	R1 'configure terminal' 'crypto key generate rsa modulus 2048' end >/dev/null || fail 'no host key'
	for port in 22 23; do
		wait_for 10 in_ns R1 "$python" -c "import socket; socket.create_connection(('127.0.0.1', $port), 5)" ||
			fail "nothing listens on port $port"
	done
}

R1() { "$mainmode" exec --quiet --state "$lab/R1" "$@"; }
