#!/bin/bash
# Every line of a negotiation, as it stands in the log, has its page: show crypto explain message.
#
#   R2 Et0/0 --- Et0/0 R3
. "$(dirname "$0")/../lib.sh"

two_routers
tunnel_up R2
for r in R2 R3; do run $r 'debug crypto isakmp' 'debug crypto ipsec' 'clear logging' >/dev/null || fail "debug"; done
run R2 'clear crypto session' >/dev/null || fail "clear crypto session"
in_log() { run "$1" 'show logging' | grep -q "$2"; }
for r in R2 R3; do
	wait_for 30 in_log $r 'enable notify from ISAKMP\|New State = IKE_QM_PHASE2_COMPLETE' || fail "no negotiation in the log of $r"
	tunnel_up $r
	run $r 'show logging' | grep -E '^[*.]?[A-Z][a-z]{2} .*: (ISAKMP|IPSEC|%CRYPTO|%LINEPROTO|map_db)' >"$lab/lines" || fail "no log"
	count=$(wc -l <"$lab/lines")
	[ "$count" -ge 60 ] || fail "$r has said little: $count lines"
	mapfile -t commands < <(sed 's/^/show crypto explain message /' "$lab/lines")
	run $r "${commands[@]}" >"$lab/pages" || fail "$r does not know a line: $(grep -m1 '^% ' "$lab/pages")"
	[ "$(grep -c '^Message ' "$lab/pages")" -eq "$count" ] || fail "$r: $count lines, $(grep -c '^Message ' "$lab/pages") pages"
	grep -q '^Only other releases' "$lab/pages" && fail "$r prints a line of another release"
	for name in received sending state node_state create_sa; do
		grep -q "^Message $name\$" "$lab/pages" || fail "$r: no $name"
	done
done
run R2 'show crypto explain message no such thing' >"$lab/none" && fail "accepted"
grep -q '^% None of [0-9]* messages is like "no such thing"' "$lab/none" || fail "$(cat "$lab/none")"
echo "every line has its page"
