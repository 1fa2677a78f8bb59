#!/bin/bash
# The page of mainmode explain --html in Chromium, in a namespace that reaches nothing: the document's log, each log of
# tests/golden/explain, and one that somebody put markup into. html.sh PICTURE: makes that picture, too.
. "$(dirname "$0")/../lib.sh"
clients=$top/tests/clients
command -v chromium >/dev/null || fail "chromium is not there. On Debian it is one of the tests' packages (lab/packages.sh); Ubuntu's snap cannot be driven"
namespaces B || fail "no namespace"
mkdir -p "$lab/pages" "$lab/home"

explain() { # explain LOG: its page is in $lab/pages; the exit code tells of failures in it
	"$mainmode" explain --html "$lab/pages/$(basename "$1").html" "$1" || [ $? -eq 1 ] || fail "no page of $1"
}

# the file: one that is there stays until the new one is whole; nothing else is left
log=$top/tests/golden/explain/ios124_proxies.debug
(umask 027 && "$mainmode" explain --html "$lab/page" "$log")
[ $? -eq 1 ] || fail "a log with a failure: exit code"
[ "$(stat -c %a "$lab/page")" = 640 ] || fail "the mode of a page: $(stat -c %a "$lab/page")"
"$mainmode" explain --html - - <"$log" | sed 's/Standard input/ios124_proxies.debug/' | cmp - "$lab/page" ||
	fail "the page on the standard output"
ln -s page "$lab/link" && "$mainmode" explain --html "$lab/link" "$top/tests/golden/initiator.debug" || fail "initiator.debug"
[ -L "$lab/link" ] && grep -q '<h1>initiator.debug</h1>' "$lab/page" || fail "a page through a link"
for bad in /dev/full "$lab/none/page" "$lab"; do
	"$mainmode" explain --html "$bad" "$log" 2>"$lab/said"
	[ $? -eq 2 ] && grep -q "^mainmode: cannot write $bad: " "$lab/said" || fail "$bad: $(cat "$lab/said")"
done
cp "$lab/page" "$lab/whole"
(ulimit -f 8; trap '' XFSZ; "$mainmode" explain --html "$lab/page" "$log" 2>"$lab/said")
[ $? -eq 2 ] && grep -q 'cannot write .*: File too large' "$lab/said" && cmp "$lab/page" "$lab/whole" ||
	fail "a page that is not whole: $(cat "$lab/said")"
"$mainmode" explain --json --html "$lab/both" "$log" 2>/dev/null
[ $? -eq 2 ] && [ ! -e "$lab/both" ] || fail '--json and --html'
"$mainmode" explain --html 2>/dev/null
[ $? -eq 2 ] || fail '--html without a file'
[ "$(ls "$lab" | grep -c '^page')" -eq 2 ] || fail "left beside the page: $(ls "$lab")"

cp "$top/tests/golden/initiator.debug" "$top/tests/golden/responder.debug" "$lab"
{
	printf '*Sep 21 08:33:43.000: <script>document.title="taken"</script>: ISAKMP:(0): beginning Main Mode exchange\n'
	printf '*Sep 21 08:33:43.000: ISAKMP:(0): SA request profile is <img/src=x/onerror=alert(1)>\n'
	printf '*Sep 21 08:33:43.001: ISAKMP: Created a peer struct for 192.0.2.66, peer port 500\n'
	printf '*Sep 21 08:33:43.002: ISAKMP:(0): sending packet to 192.0.2.66 my_port 500 peer_port 500 (I) MM_NO_STATE\n'
	printf '*Sep 21 08:33:43.003: ISAKMP:(0): "onclick=alert(1) \xff\xfe \xe2\x80\xae gnp.exe </pre></details></main>\n'
	printf '*Sep 21 08:33:43.004: ISAKMP:(0): <style>body{display:none}</style> <meta http-equiv=refresh content=0>\n'
	printf '*Sep 21 08:33:43.005: ISAKMP:(0): %s\n' "$(head -c 100000 /dev/zero | tr '\0' 'W')"
} >"$lab/<b>markup.debug"
# why it was refused is not told: one of several
sed 's/validate_transform_proposal): proxy identities not supported/ipsec_process_proposal): transform proposal not supported for identity:/' \
	"$top/tests/golden/explain/ios124_proxies.debug" >"$lab/apart.debug"
for log in "$lab"/*.debug "$top"/tests/golden/explain/*.debug; do
	explain "$log"
done
grep -q '<details class="either"' "$lab/pages/apart.debug.html" || fail "nothing that the log does not tell apart"
HOME=$lab/home in_ns B timeout -k 10 300 /usr/bin/python3 -B "$clients/html.py" "$lab/home" "$lab/pages" "$@" || fail "html"
