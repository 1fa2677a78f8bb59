"""What is measured: each carries packets between the inner addresses of two namespaces.

A subject is started for a cell, is up when start() returns, and leaves the namespaces as they were. `pids` are the two
processes that carry, `source` the inner address to send from (None: the kernel chooses), `targets` the addresses that
lead through its SAs, one for each, and `near` our ends of them.
"""
import os
import shutil
import subprocess
import time
from collections import namedtuple

from net import BenchError, cpu_seconds, stop, wait_for

INNER_MTU = 1400  # of every subject: the packets are the same
NAT_PORT = 20500

# crypto: IOS's transform set, strongSwan's proposal
CRYPTO = {
    "aes128-sha1": ("esp-aes esp-sha-hmac", "aes128-sha1"),
    "aes192-sha1": ("esp-aes 192 esp-sha-hmac", "aes192-sha1"),
    "aes256-sha1": ("esp-aes 256 esp-sha-hmac", "aes256-sha1"),
    "aes128-sha256": ("esp-aes esp-sha256-hmac", "aes128-sha256"),
    "aes256-sha256": ("esp-aes 256 esp-sha256-hmac", "aes256-sha256"),
    "aes256-sha384": ("esp-aes 256 esp-sha384-hmac", "aes256-sha384"),
    "aes256-sha512": ("esp-aes 256 esp-sha512-hmac", "aes256-sha512"),
    "aes128-gcm": ("esp-gcm", "aes128gcm16"),
    "aes256-gcm": ("esp-gcm 256", "aes256gcm16"),
    "3des-sha1": ("esp-3des esp-sha-hmac", "3des-sha1"),
    "3des-md5": ("esp-3des esp-md5-hmac", "3des-md5"),
    "des-sha1": ("esp-des esp-sha-hmac", None),
    "null-sha1": ("esp-null esp-sha-hmac", "null-sha1"),
}


def ip_sent(end, family):
    """Packets that the kernel's IP was given to send."""
    if family == 6:
        for line in end.run("cat", "/proc/net/snmp6").stdout.splitlines():
            if line.startswith("Ip6OutRequests"):
                return int(line.split()[1])
    names, values = (x.split() for x in end.run("cat", "/proc/net/snmp").stdout.splitlines()[:2])
    return int(values[names.index("OutRequests")])


class Cell(namedtuple("Cell", "subject transport family crypto sas")):
    def key(self):
        return tuple(self)

    def __str__(self):
        sas = f", {self.sas} SAs" if self.sas > 1 else ""
        return f"{self.subject} {self.transport} IPv{self.family} {self.crypto}{sas}"


class Subject:
    transports = ("udp",)
    families = (4, 6)
    many = False  # more than one SA

    def __init__(self, lab, cell, options):
        self.lab, self.cell, self.options = lab, cell, options
        self.processes = []
        for end in lab.ends:
            if os.path.exists(self.log(end)):
                os.unlink(self.log(end))
        self.source = lab.a.inner[cell.family]
        self.targets = [lab.b.inner[cell.family]]
        self.near = [self.source]

    @property
    def pids(self):
        return [p.pid for p in self.processes]

    @classmethod
    def cryptos(cls, wanted):
        return wanted

    def start(self):
        raise NotImplementedError

    def stop(self):
        for p in self.processes:
            stop(p)

    def alive(self):
        for p in self.processes:
            if p.poll() is not None:
                raise BenchError(f"{self.cell}: a process has ended with {p.returncode}: {self.said()}")

    def log(self, end):
        return self.lab.path(f"{self.cell.subject}.{end.number}.log")

    def said(self):
        out = []
        for end in self.lab.ends:
            if os.path.exists(self.log(end)):
                with open(self.log(end), errors="replace") as f:
                    out += f.read().splitlines()[-5:]
        return "; ".join(out)

    def reach(self, seconds=15):
        """Until a packet gets through."""
        words = ["ping", "-q", "-c", "1", "-W", "1"] + (["-I", self.source] if self.source else [])

        def test():
            self.alive()
            return all(self.lab.a.run(*words, t, check=False).returncode == 0 for t in (self.targets[0], self.targets[-1]))
        wait_for(seconds, lambda: f"{self.cell}: nothing gets through. {self.said()}", test)


class OnDevice(Subject):
    """Subjects that want the addresses and a route to their device from us."""

    def start(self):
        for end in self.lab.ends:
            end.addresses("add")
        for end in self.lab.ends:  # who writes Ethernet headers needs the neighbour
            end.run("ping", "-q", "-c", "1", "-W", "5", self.lab.other(end).outer[self.cell.family])
        self.begin()
        self.reach()

    def route(self, end, device):
        family = self.cell.family
        end.run("ip", "link", "set", device, "mtu", str(INNER_MTU), "up")
        end.run("ip", f"-{family}", "route", "add", self.lab.other(end).inner[family], "dev", device, "src", end.inner[family])

    def stop(self):
        super().stop()
        for end in self.lab.ends:
            end.addresses("del")


class Probe(OnDevice):
    """bench/probe.c, or another program with such arguments: no SAs, no crypto."""
    transports = ("udp", "esp", "xdp")

    @classmethod
    def cryptos(cls, wanted):
        return ["none"]

    def command(self, end):
        return [self.options.probe, "-d", "probe0", "-l", end.outer[self.cell.family],
                "-r", self.lab.other(end).outer[self.cell.family], "-t", self.cell.transport, "-i", end.outside]

    def begin(self):
        for end in self.lab.ends:
            self.processes.append(end.start(*self.command(end), log=self.log(end)))
        for end in self.lab.ends:
            wait_for(5, lambda: f"{self.cell}: no device. {self.said()}", lambda: self.alive() or
                     end.run("ip", "link", "show", "probe0", check=False).returncode == 0)
            self.route(end, "probe0")


class Other(Probe):
    """A program of --other."""

    def command(self, end):
        words = self.options.others[self.cell.subject]
        return words.format(dev="probe0", local=end.outer[self.cell.family], iface=end.outside,
                            remote=self.lab.other(end).outer[self.cell.family], transport=self.cell.transport).split()


class WireGuard(OnDevice):
    """Debian's wireguard-go. Its control socket is the host's: the device's name has our pid."""

    @classmethod
    def cryptos(cls, wanted):
        return ["chacha20-poly1305"]

    def begin(self):
        family = self.cell.family
        names = {e: f"wg{os.getpid() % 100000}n{e.number}" for e in self.lab.ends}
        keys = {e: subprocess.run(["wg", "genkey"], capture_output=True, check=True).stdout for e in self.lab.ends}
        public = {e: subprocess.run(["wg", "pubkey"], input=keys[e], capture_output=True, check=True).stdout.decode().strip()
                  for e in self.lab.ends}
        for end in self.lab.ends:
            env = {**os.environ, "WG_PROCESS_FOREGROUND": "1", "LOG_LEVEL": "error"}
            self.processes.append(end.start("wireguard-go", "-f", names[end], log=self.log(end), env=env))
        for end in self.lab.ends:
            other = self.lab.other(end)
            wait_for(10, lambda: f"{self.cell}: does not start. {self.said()}", lambda: self.alive() or
                     os.path.exists(f"/var/run/wireguard/{names[end]}.sock"))
            address = other.outer[family]
            end.run("wg", "set", names[end], "listen-port", "4500", "private-key", "/dev/stdin", "peer", public[other],
                    "endpoint", f"[{address}]:4500" if family == 6 else f"{address}:4500",
                    "allowed-ips", other.inner[family], input=keys[end].decode())
            self.route(end, names[end])


class StrongSwan(OnDevice):
    """Debian's strongSwan with kernel-libipsec, IKEv1: ESP in UDP, which is all that its userspace has before 6.0."""
    daemon = "/usr/sbin/charon-systemd"

    @classmethod
    def cryptos(cls, wanted):
        return [c for c in wanted if CRYPTO[c][1]]

    def _write(self, end):
        d = self.lab.path(f"swan{end.number}")
        other, family = self.lab.other(end), self.cell.family
        host = 32 if family == 4 else 128
        os.makedirs(d, exist_ok=True)
        with open(d + "/strongswan.conf", "w") as f:
            f.write(f"""charon-systemd {{
	load = random nonce openssl pem pkcs1 pubkey x509 aes des sha1 sha2 md5 hmac kdf gcm kernel-libipsec kernel-netlink socket-default vici
	plugins {{
		vici {{
			socket = unix://{d}/vici
		}}
		openssl {{
			load_legacy = yes
		}}
	}}
	journal {{
		default = -1
	}}
}}
swanctl {{
	load = pem pkcs1 openssl
}}
""")
        with open(d + "/swanctl.conf", "w") as f:
            f.write(f"""connections {{
	bench {{
		version = 1
		local_addrs = {end.outer[family]}
		remote_addrs = {other.outer[family]}
		encap = yes
		proposals = aes128-sha1-modp1024
		rekey_time = 0
		local {{
			auth = psk
			id = {end.outer[family]}
		}}
		remote {{
			auth = psk
			id = {other.outer[family]}
		}}
		children {{
			tunnel {{
				local_ts = {end.inner[family]}/{host}
				remote_ts = {other.inner[family]}/{host}
				esp_proposals = {CRYPTO[self.cell.crypto][1]}
				rekey_time = 0
			}}
		}}
	}}
}}
secrets {{
	ike-bench {{
		secret = "bench"
	}}
}}
""")
        return d

    def _swanctl(self, d, *words):
        r = subprocess.run(["swanctl", *words, "--uri", f"unix://{d}/vici"], capture_output=True, text=True, timeout=30,
                           env={**os.environ, "SWANCTL_DIR": d, "STRONGSWAN_CONF": d + "/strongswan.conf"})
        if r.returncode:
            raise BenchError(f"{self.cell}: swanctl {words[0]}: {(r.stdout + r.stderr).strip()[-300:]}")

    def begin(self):
        dirs = []
        for end in self.lab.ends:
            d = self._write(end)
            dirs.append(d)
            env = {**os.environ, "STRONGSWAN_CONF": d + "/strongswan.conf"}
            self.processes.append(end.start(self.daemon, log=self.log(end), env=env))
        for d in dirs:
            wait_for(10, lambda: f"{self.cell}: does not start. {self.said()}", lambda: self.alive() or os.path.exists(d + "/vici"))
            self._swanctl(d, "--load-all", "--file", d + "/swanctl.conf")
        self._swanctl(dirs[0], "--initiate", "--child", "tunnel", "--timeout", "20")

    def stop(self):
        super().stop()
        for end in self.lab.ends:
            shutil.rmtree(self.lab.path(f"swan{end.number}"), ignore_errors=True)
            # when it had to be killed
            end.run("ip", f"-{self.cell.family}", "route", "flush", "table", "220", check=False)
            end.run("ip", f"-{self.cell.family}", "rule", "del", "table", "220", check=False)


class Mainmode(Subject):
    """This router at both ends, one VTI for each SA. Of many, R2 has its ends at one address, R3 at as many Loopbacks.

    UDP encapsulation comes as in life, from NAT detection: while the tunnels are made, a rule in the sender's namespace
    translates the source port of what goes to port 500, so that IKE sees a NAT and goes to port 4500. No rule touches
    port 4500, and the table is removed before anything is measured: conntrack would cost this subject alone.
    """
    transports = ("udp", "esp", "xdp")
    many = True

    def _common(self, end):
        cell, n = self.cell, end.number
        return [
            f"hostname R{n}", "no logging console", "ipv6 unicast-routing",
            "crypto isakmp policy 10", " encr aes", " authentication pre-share", " group 2",
            "crypto isakmp key bench address 0.0.0.0 0.0.0.0", "crypto isakmp key bench address ipv6 ::/0",
            # over IPv6 NAT traversal is offered only where these are configured
            *(["crypto isakmp nat keepalive 20"] if cell.transport == "udp" else []),
            f"crypto ipsec transform-set TRA {CRYPTO[cell.crypto][0]}",
            "crypto ipsec profile PRO", " set transform-set TRA",
            *([" responder-only"] if end is self.lab.b else []),
            "interface Ethernet0/0", f" ip address {end.outer[4]} 255.255.255.0", f" ipv6 address {end.outer[6]}/64"]

    def _vti(self, number, addressed, source, destination):
        family = self.cell.family
        return [f"interface Tunnel{number}", *addressed, f" {'ip' if family == 4 else 'ipv6'} mtu {INNER_MTU}",
                f" tunnel source {source}", f" tunnel mode ipsec ipv{family}", f" tunnel destination {destination}",
                " tunnel protection ipsec profile PRO"]

    def _one(self, end):
        other, family = self.lab.other(end), self.cell.family
        word = "ip" if family == 4 else "ipv6"
        addressed = " ip unnumbered Loopback0" if family == 4 else f" ipv6 address 2001:db8:9::{end.number}/64"
        host = f"{other.inner[4]} 255.255.255.255" if family == 4 else f"{other.inner[6]}/128"
        return ["interface Loopback0", f" ip address {end.inner[4]} 255.255.255.255", f" ipv6 address {end.inner[6]}/128",
                *self._vti(1, [addressed], "Ethernet0/0", other.outer[family]),
                f"{word} route {host} Tunnel1"]

    def _far(self, k):
        return f"10.8.{k >> 8}.{k & 255}" if self.cell.family == 4 else f"2001:db8:8::{k:x}"

    def _inner(self, k, end):
        if self.cell.family == 4:
            return f"172.{16 + (k >> 14)}.{k >> 6 & 255}.{(k & 63) * 4 + end.number - 1}"
        return f"2001:db8:9:{k:x}::{end.number}"

    def _several(self, end):
        family, lines = self.cell.family, []
        if end is self.lab.a:
            lines += [f"ip route 10.8.0.0 255.255.0.0 {self.lab.b.outer[4]}", f"ipv6 route 2001:db8:8::/64 {self.lab.b.outer[6]}"]
        for k in range(1, self.cell.sas + 1):
            here, there, source = "Ethernet0/0", self._far(k), "Ethernet0/0"
            if end is self.lab.b:
                there, source = self.lab.a.outer[family], f"Loopback{k}"
                here = f" ip address {self._far(k)} 255.255.255.255" if family == 4 else f" ipv6 address {self._far(k)}/128"
                lines += [f"interface Loopback{k}", here]
            inner = self._inner(k, end)
            lines += self._vti(k, [f" ip address {inner} 255.255.255.252" if family == 4 else f" ipv6 address {inner}/64"],
                               source, there)
        return lines

    def start(self):
        cell = self.cell
        if cell.sas > 1:
            self.source = None
            self.targets = [self._inner(k, self.lab.b) for k in range(1, cell.sas + 1)]
            self.near = [self._inner(k, self.lab.a) for k in range(1, cell.sas + 1)]
        if cell.transport == "udp":
            self._nat(f"add table inet bench; add chain inet bench post {{ type nat hook postrouting priority srcnat; }}; "
                      f"add rule inet bench post udp dport 500 masquerade to :{NAT_PORT}")
        try:
            for end in reversed(self.lab.ends):  # the responder is there first
                self._boot(end)
            self._all_up()
        finally:
            if cell.transport == "udp":
                self._nat("delete table inet bench")
        self.reach()
        self._as_wanted()
        self._settle()

    def _settle(self):
        """What the beginning of many tunnels has left to do is not to be measured."""
        def test():
            before = [cpu_seconds(p) for p in self.pids]
            time.sleep(0.5)
            return all(cpu_seconds(p) - b < 0.03 for p, b in zip(self.pids, before))
        if self.cell.sas > 1:
            wait_for(60, f"{self.cell}: not idle after a minute", test)

    def _nat(self, commands):
        self.lab.a.run("nft", commands)

    def state(self, end):
        return self.lab.path(f"R{end.number}")

    def _boot(self, end):
        config = self.lab.path(f"R{end.number}.cfg")
        with open(config, "w") as f:
            f.write("\n".join(self._common(end) + (self._several(end) if self.cell.sas > 1 else self._one(end)) + ["end", ""]))
        transport = "xdp" if self.cell.transport == "xdp" else "raw"
        p = end.start(self.options.mainmode, "boot", config, "-i", f"Ethernet0/0={end.outside}", "--state", self.state(end),
                      "--transport", transport, log=self.log(end), stdin=subprocess.PIPE)
        self.processes.insert(0, p)
        wait_for(60, lambda: f"{self.cell}: R{end.number} does not boot. {self.said()}",
                 lambda: self.alive() or (os.path.exists(self.state(end) + "/vty.sock") and self.show(end, "show version")))

    def show(self, end, command):
        r = subprocess.run([self.options.mainmode, "exec", "--quiet", "--state", self.state(end), command],
                           capture_output=True, text=True, timeout=120)
        return r.stdout if r.returncode == 0 else None

    def _up(self, end):
        return sum(": Tunnel" in line for line in end.run("ip", "-o", "link", "show", "up").stdout.splitlines())

    def _all_up(self):
        def test():
            self.alive()
            return all(self._up(e) >= self.cell.sas for e in self.lab.ends)
        wait_for(60 + self.cell.sas / 5, lambda: f"{self.cell}: tunnels up: {[self._up(e) for e in self.lab.ends]}", test)

    def _by_xdp(self):
        """AF_XDP goes past the kernel's IP, which then counts the inner packets alone: one for each ping, not two. So it would be
        with a packet socket, too."""
        if any("AF_XDP (generic)" not in (self.show(e, "show crypto engine configuration") or "") for e in self.lab.ends):
            return False
        before = [ip_sent(e, self.cell.family) for e in self.lab.ends]
        self.lab.a.run("ping", "-q", "-c", "20", "-i", "0.005", "-w", "3", self.targets[0], check=False)
        return all(ip_sent(e, self.cell.family) - b < 30 for e, b in zip(self.lab.ends, before))

    def _as_wanted(self):
        """The SAs are carried as the cell says; a fallback would be measured under a wrong name."""
        if self.cell.transport == "xdp":
            wait_for(10, lambda: f"{self.cell}: AF_XDP is not used: {self.show(self.lab.a, 'show crypto engine configuration')}",
                     self._by_xdp)
        for end in self.lab.ends:
            text = self.show(end, "show crypto ipsec sa") or ""
            udp = text.count("in use settings ={Tunnel UDP-Encaps, }")
            native = text.count("in use settings ={Tunnel, }")
            good, bad = (udp, native) if self.cell.transport == "udp" else (native, udp)
            if bad or good < 2 * self.cell.sas:
                raise BenchError(f"{self.cell}: {udp} SAs are in UDP and {native} are not")


SUBJECTS = {"strongswan": StrongSwan, "wireguard-go": WireGuard, "mainmode": Mainmode, "probe": Probe}
