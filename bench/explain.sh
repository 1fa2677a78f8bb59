#!/bin/bash
# How long `mainmode explain` takes, and its memory: bench/explain.sh [MB [PEERS]], 100 MB and 500 peers unless said otherwise.
#
# The log is of a responder that negotiates with all of them at once, each packet of one peer between those of the others;
# every seventh peer has another hash, and is refused. It is made in a temporary directory, which is removed.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
mainmode=${MAINMODE:-$top/build-O2/mainmode}
[ -x "$mainmode" ] || { echo "no program at $mainmode: MAINMODE says where it is"; exit 1; }
mb=${1:-100} peers=${2:-500}
tmp=$(mktemp -d /tmp/mainmode-bench.XXXXXX)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

awk -v octets="$((mb * 1000000))" -v peers="$peers" '
function say(text) {
	out = sprintf("*%s %2d %02d:%02d:%02d.%03d: %s", "Nov", 1 + int(ms / 86400000) % 28, int(ms / 3600000) % 24,
		int(ms / 60000) % 60, int(ms / 1000) % 60, ms % 1000, text)
	print out
	done += length(out) + 1
}
function come(cid, state) {
	say("ISAKMP (" cid "): received packet from " a " dport 500 sport 500 Global (" (state == "NEW SA" ? "N" : "R") ") " state)
}
function go(cid, state) {
	say("ISAKMP:(" cid "): sending packet to " a " my_port 500 peer_port 500 (R) " state)
	say("ISAKMP:(" cid "):Sending an IKE IPv4 Packet.")
}
function states(cid, input, from, to) {
	say("ISAKMP:(" cid "):Input = " input)
	say("ISAKMP:(" cid "):Old State = " from "  New State = " to " \n")
}
function attributes(hash) {
	say("ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy")
	say("ISAKMP:      encryption AES-CBC")
	say("ISAKMP:      keylength of 256")
	say("ISAKMP:      hash " hash)
	say("ISAKMP:      default group 14")
	say("ISAKMP:      auth pre-share")
	say("ISAKMP:      life type in seconds")
	say("ISAKMP:      life duration (VPI) of  0x0 0x1 0x51 0x80 ")
}
function mm1() {
	come(0, "NEW SA")
	say("ISAKMP: Created a peer struct for " a ", peer port 500")
	say("ISAKMP:(0):insert sa successfully sa = 5D40")
	states(0, "IKE_MESG_FROM_PEER, IKE_MM_EXCH", "IKE_READY", "IKE_R_MM1")
	say("ISAKMP:(0): processing SA payload. message ID = 0")
	say("ISAKMP:(0):found peer pre-shared key matching " a)
	attributes(p % 7 ? "SHA256" : "MD5")
	if (p % 7 == 0) {
		say("ISAKMP:(0):Hash algorithm offered does not match policy!")
		say("ISAKMP:(0):atts are not acceptable. Next payload is 0")
		say("ISAKMP:(0):no offers accepted!")
		say("ISAKMP:(0): phase 1 SA policy not acceptable! (local 10.255.0.1 remote " a ")")
		go(0, "MM_NO_STATE")
		say("ISAKMP:(0):deleting SA reason \"Phase1 SA policy proposal not accepted\" state (R) MM_NO_STATE (peer " a ")")
		return
	}
	say("ISAKMP:(0):atts are acceptable. Next payload is 0")
	states(0, "IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE", "IKE_R_MM1", "IKE_R_MM1")
	go(0, "MM_SA_SETUP")
	states(0, "IKE_MESG_INTERNAL, IKE_PROCESS_COMPLETE", "IKE_R_MM1", "IKE_R_MM2")
}
function mm3() {
	come(0, "MM_SA_SETUP")
	states(0, "IKE_MESG_FROM_PEER, IKE_MM_EXCH", "IKE_R_MM2", "IKE_R_MM3")
	say("ISAKMP:(0): processing KE payload. message ID = 0")
	say("ISAKMP:(0): processing NONCE payload. message ID = 0")
	cid[p] = ++last
	say("ISAKMP:(" cid[p] "): processing vendor id payload")
	say("ISAKMP:(" cid[p] "): vendor ID is DPD")
	go(cid[p], "MM_KEY_EXCH")
	states(cid[p], "IKE_MESG_INTERNAL, IKE_PROCESS_COMPLETE", "IKE_R_MM3", "IKE_R_MM4")
}
function mm5() {
	come(cid[p], "MM_KEY_EXCH")
	states(cid[p], "IKE_MESG_FROM_PEER, IKE_MM_EXCH", "IKE_R_MM4", "IKE_R_MM5")
	say("ISAKMP:(" cid[p] "): processing ID payload. message ID = 0")
	say("ISAKMP (" cid[p] "): ID payload \n\tnext-payload : 8\n\ttype         : 1 \n\taddress      : " a \
		" \n\tprotocol     : 17 \n\tport         : 500 \n\tlength       : 12")
	say("ISAKMP:(" cid[p] "): processing HASH payload. message ID = 0")
	say("ISAKMP:(" cid[p] "):SA authentication status:\n\tauthenticated")
	say("ISAKMP:(" cid[p] "):SA has been authenticated with " a)
	go(cid[p], "MM_KEY_EXCH")
	states(cid[p], "IKE_MESG_INTERNAL, IKE_PROCESS_COMPLETE", "IKE_R_MM5", "IKE_P1_COMPLETE")
}
function qm(   m) {
	m = 1000000 + last * 10
	come(cid[p], "QM_IDLE      ")
	say("ISAKMP: set new node " m " to QM_IDLE      ")
	say("ISAKMP:(" cid[p] "): processing HASH payload. message ID = " m)
	say("ISAKMP:(" cid[p] "): processing SA payload. message ID = " m)
	say("ISAKMP:(" cid[p] "):Checking IPSec proposal 1")
	say("ISAKMP: transform 1, ESP_AES ")
	say("ISAKMP:   attributes in transform:")
	say("ISAKMP:      encaps is 1 (Tunnel)")
	say("ISAKMP:      authenticator is HMAC-SHA256")
	say("ISAKMP:      key length is 256")
	say("ISAKMP:(" cid[p] "):atts are acceptable.")
	say("ISAKMP:(" cid[p] "):QM Responder gets spi")
	say("ISAKMP:(" cid[p] "):Node " m ", Input = IKE_MESG_FROM_PEER, IKE_QM_EXCH")
	say("ISAKMP:(" cid[p] "):Old State = IKE_QM_READY  New State = IKE_QM_SPI_STARVE")
	go(cid[p], "QM_IDLE      ")
	say("ISAKMP:(" cid[p] "):Node " m ", Input = IKE_MESG_INTERNAL, IKE_GOT_SPI")
	say("ISAKMP:(" cid[p] "):Old State = IKE_QM_SPI_STARVE  New State = IKE_QM_R_QM2")
	come(cid[p], "QM_IDLE      ")
	say("ISAKMP:(" cid[p] "):deleting node " m " error FALSE reason \"QM done (await)\"")
	say("ISAKMP:(" cid[p] "):Node " m ", Input = IKE_MESG_FROM_PEER, IKE_QM_EXCH")
	say("ISAKMP:(" cid[p] "):Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE")
}
BEGIN {
	last = 1000
	for (done = 0; done < octets;)
		for (step = 0; step < 4 && done < octets; step++)
			for (p = 0; p < peers && done < octets; p++) {
				if (step && p % 7 == 0)
					continue
				a = "10." int(p / 62500) "." int(p / 250) % 250 "." (p % 250 + 1)
				ms += 3
				if (step == 0) mm1()
				else if (step == 1) mm3()
				else if (step == 2) mm5()
				else qm()
			}
}' >"$tmp/log"

python3 - "$mainmode" "$tmp/log" "$peers" <<'END'
import os, resource, subprocess, sys, time
mainmode, log, peers = sys.argv[1:]
size = os.path.getsize(log) / 1e6
begin = time.monotonic()
rc = subprocess.run([mainmode, "explain", log], stdout=subprocess.DEVNULL).returncode
seconds = time.monotonic() - begin
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
peak, cpu = usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime
if rc != 1:
    sys.exit("explain ended with %d" % rc)
print("explain: %.0f MB of %s peers in %.2f s (%.2f s of the processor, %.0f MB/s), peak memory %.0f MB"
      % (size, peers, seconds, cpu, size / seconds, peak))
END
