# Sourced: what the build, the lab and the tests need from Debian, and how to get it.
# need_packages run|test|bench: installs what is missing (apt-get, through sudo when not root). run: to build, and to run the lab.
PACKAGES_BUILD="gcc make autoconf automake pkg-config libc6-dev libcrypt-dev libcli-dev libreadline-dev libssl-dev libssh-dev libmnl-dev
libevent-dev uthash-dev libcunit1-dev libxdp-dev libbpf-dev libcap-ng-dev libseccomp-dev linux-libc-dev"
# ESP's cryptography for many packets at once; there is none for other processors
[ "$(dpkg --print-architecture)" != amd64 ] || PACKAGES_BUILD="$PACKAGES_BUILD libipsec-mb-dev"
# nftables for access lists, the others for the lab's namespaces and its ports
PACKAGES_RUN="iproute2 util-linux socat nftables"
PACKAGES_TEST="clang libclang-rt-14-dev llvm clang-format strongswan-swanctl charon-systemd
libstrongswan-standard-plugins libstrongswan-extra-plugins libcharon-extra-plugins python3 python3-scapy python3-cryptography tshark tcpdump
python3-pexpect python3-paramiko python3-netmiko ansible openssh-client telnet procps iputils-ping man-db ethtool iperf3 binutils valgrind clang-tidy cppcheck
fonts-dejavu-core"
# Ubuntu has Chromium as a snap only
[ "$(. /etc/os-release && echo "$ID")" = ubuntu ] || PACKAGES_TEST="$PACKAGES_TEST chromium"
# make bench: what this router is measured against, and with
PACKAGES_BENCH="iperf3 wireguard-go wireguard-tools strongswan-swanctl charon-systemd libstrongswan-standard-plugins
libstrongswan-extra-plugins libcharon-extra-plugins linux-perf python3 procps iputils-ping"

need_packages() {
	wanted="$PACKAGES_BUILD $PACKAGES_RUN"
	[ "$1" = test ] && wanted="$wanted $PACKAGES_TEST"
	[ "$1" = bench ] && wanted="$wanted $PACKAGES_BENCH"
	missing=
	for p in $wanted; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
	done
	[ -z "$missing" ] && return 0
	echo "Installing:$missing" >&2
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || {
			echo "These packages are missing and sudo is not there to install them:$missing" >&2
			return 1
		}
		as_root=sudo
	fi
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
