#!/bin/bash
# What README.md shows is what happens: its examples ($ ...) are run one after the other, and their output is compared
# with what stands there, once numbers that differ each time are masked.
. "$(dirname "$0")/../lib.sh"
export MAINMODE=$mainmode MAINMODE_LAB=$lab/lab
lab_ports
cd "$top" || exit 1
trap 'rc=$?; trap "" INT TERM HUP PIPE; ./run --down; (exit $rc); finish' EXIT

# README_EXAMPLES: one file per example, the command in its first line
awk -v dir="$lab" '/^    \$ / { n++; f = sprintf("%s/example.%02d", dir, n); print substr($0, 7) >f; next }
	f && /^    / { print substr($0, 5) >f; next }
	f && /^$/ { print "" >f; next }
	{ f = "" }' README.md
mask() {
	sed -E 's/^\*[A-Z][a-z]{2} .[0-9] [0-9:.]+: /*TIME: /; s/\(1[0-9]{3}\)/(CID)/; s/= [0-9]+\/[0-9]+\/[0-9]+ ms/= RTT/;
		s/FE80::[0-9A-F]+:[0-9A-F]+FF:FE[0-9A-F]+:[0-9A-F]+/FE80::EUI64/; s/(#pkts [a-z]+: )[0-9]+/\1N/g' |
		sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' # without empty lines at the end
}

# what README.md says of SSH, while the lab is up
by_ssh() {
	grep -q "ssh -p 2202 admin@127.0.0.1 'show version'" README.md || fail "README.md's example of SSH is another one"
	lab_ssh $((2202 + MAINMODE_LAB_OFFSET)) 'show version' | grep -q 'Cisco IOS Software' || fail "show version by SSH"
	lab_ssh $((2202 + MAINMODE_LAB_OFFSET)) 'show vresion' >"$lab/out"
	[ $? -eq 1 ] || fail "a rejected command by SSH: $(cat "$lab/out")"
}
export PATH=${mainmode%/*}:$PATH # mainmode explain
count=0
for e in "$lab"/example.*; do
	command=$(head -1 "$e")
	tail -n +2 "$e" | mask >"$lab/want"
	[ "$command" = './run --down' ] && by_ssh
	show() { bash -c "$command" 2>/dev/null | mask >"$lab/have"; cmp -s "$lab/want" "$lab/have"; }
	# only what looks may be run again until it is so: the tunnel takes a moment
	case $command in
	*show*) wait_for 10 show ;;
	*) show ;;
	esac || { echo "\$ $command"; diff "$lab/want" "$lab/have"; fail "README.md shows something else"; }
	count=$((count + 1))
done
[ "$count" -ge 7 ] || fail "only $count examples found in README.md"

# the configuration of a hub is understood to the last line
sed -n '/^    hostname HUB$/,/^    end$/s/^    //p' README.md >"$lab/hub.cfg"
grep -q virtual-template "$lab/hub.cfg" || fail "README.md has no configuration of a hub"
"$mainmode" check "$lab/hub.cfg" >"$lab/report" && grep -q ' 0 kept, 0 rejected$' "$lab/report" ||
	fail "README.md's hub is not understood: $(grep -v accepted: "$lab/report")"

# the same by the standard input, for programs
"$mainmode" check --json - <"$lab/hub.cfg" | python3 -c 'import json, sys
r = json.load(sys.stdin)
sys.exit(r["file"] != "-" or r["kept"] or r["rejected"] or r["accepted"] != sum(l["verdict"] == "accepted" for l in r["lines"]))' ||
	fail "check --json - of README.md's hub"

# the options in --help and in the manual are those of the program
"$mainmode" --help >"$lab/help" || fail "--help"
for word in boot exec attach check explain --state --daemon --transport --workers --identity --quiet --json --html; do
	grep -q -- "$word" "$lab/help" || fail "--help lacks $word"
	man -l "$top/doc/mainmode.8" 2>/dev/null | col -b | grep -q -- "$word" || fail "the manual lacks $word"
done
echo "$count examples"
