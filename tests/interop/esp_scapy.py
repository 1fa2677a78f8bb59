"""Every transform, both ways, against scapy.layers.ipsec: what we encrypt scapy decrypts, and the other way round.

The keys are fixed patterns. Both check the other's ICV and give back the inner packet octet for octet. IVs are drawn at
random by each side, so ciphertexts are not compared but opened.
"""
import subprocess
import sys

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import raw

# ours: name, bits, key octets with GCM's salt; scapy: name
CIPHERS = [
    ("null", 0, 0, "NULL"),
    ("des", 0, 8, "DES"),
    ("3des", 0, 24, "3DES"),
    ("aes", 128, 16, "AES-CBC"),
    ("aes", 192, 24, "AES-CBC"),
    ("aes", 256, 32, "AES-CBC"),
    ("gcm", 128, 20, "AES-GCM"),
    ("gcm", 192, 28, "AES-GCM"),
    ("gcm", 256, 36, "AES-GCM"),
]
AUTHS = [
    ("none", 0, "NULL"),
    ("md5", 16, "HMAC-MD5-96"),
    ("sha", 20, "HMAC-SHA1-96"),
    ("sha256", 32, "SHA2-256-128"),
    ("sha384", 48, "SHA2-384-192"),
    ("sha512", 64, "SHA2-512-256"),
]
SPI = 0xDEB7E26C
SIZES = [0, 1, 2, 3, 13, 14, 15, 16, 100, 999, 1350]


def allowed(cipher, auth):
    if cipher == "gcm":
        return auth == "none"
    return not (cipher == "null" and auth == "none")


def inner_packets(family):
    for size in SIZES:
        body = bytes((7 * i + size) % 256 for i in range(size))
        if family == 4:
            yield raw(IP(src="10.1.0.1", dst="10.2.0.1", tos=0x28) / UDP(sport=7, dport=9) / body)
            yield raw(IP(src="10.1.0.1", dst="10.2.0.1", flags="DF") / ICMP() / body)
        else:
            yield raw(IPv6(src="2001:db8:1::1", dst="2001:db8:2::1", tc=0x28) / UDP(sport=7, dport=9) / body)
            yield raw(IPv6(src="fe80::1", dst="fe80::2") / ICMPv6EchoRequest(data=body))


class Tool:
    def __init__(self, path, engine):
        self.process = subprocess.Popen([path, engine], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(w) for w in words) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def outer_header(family):
    if family == 4:
        return IP(src="192.0.2.2", dst="192.0.2.3")
    return IPv6(src="2001:db8:23::2", dst="2001:db8:23::3")


def compare(tool, cipher, auth, family, failures):
    name, bits, key_octets, scapy_cipher = cipher
    auth_name, auth_octets, scapy_auth = auth
    key = bytes((3 * i + 0x11) % 256 for i in range(key_octets))
    auth_key = bytes((5 * i + 0x81) % 256 for i in range(auth_octets))
    label = f"{name}{' ' + str(bits) if bits else ''} {auth_name} IPv{family}"
    words = (name, bits, auth_name, key.hex() or "-", auth_key.hex() or "-", f"{SPI:08x}", family)
    header = outer_header(family)
    count = 0
    for inner in inner_packets(family):
        theirs = SecurityAssociation(
            ESP,
            spi=SPI,
            crypt_algo=scapy_cipher,
            crypt_key=key or None,
            auth_algo=scapy_auth,
            auth_key=auth_key or None,
            tunnel_header=header,
        )
        answer = tool.ask("encap", *words, inner.hex())
        try:
            outer = header.copy() / ESP(bytes.fromhex(answer))
            if family == 4:
                outer.proto = 50
            else:
                outer.nh = 50
            opened = raw(theirs.decrypt(outer.__class__(raw(outer))))
        except Exception as error:  # what scapy raises differs by algorithm; any of it is a failure
            opened, answer = b"", f"{answer[:40]}: {error!r}"
        if opened != inner:
            failures.append(f"{label}: scapy does not open our packet of {len(inner)} octets ({answer[:120]})")

        sealed = theirs.encrypt(IP(inner) if family == 4 else IPv6(inner))
        answer = tool.ask("decap", *words, raw(sealed[ESP]).hex())
        if answer != inner.hex():
            failures.append(f"{label}: we do not open scapy's packet of {len(inner)} octets ({answer[:60]})")
        count += 2
    print(f"{label}: {count} packets, both ways")


def with_engine(engine):
    tool = Tool(sys.argv[1], engine)
    failures = []
    transforms = 0
    for cipher in CIPHERS:
        for auth in AUTHS:
            if not allowed(cipher[0], auth[0]):
                continue
            transforms += 1
            for family in (4, 6):
                compare(tool, cipher, auth, family, failures)
    code = tool.close()
    for line in failures:
        print("DIFFERS", line)
    print(f"{transforms} transforms over IPv4 and IPv6 by {engine}, {len(failures)} differences")
    return 1 if failures or code else 0


def main():
    return max(with_engine("openssl"), with_engine("ipsec-mb"))


if __name__ == "__main__":
    sys.exit(main())
