/*
 * A peer that has the keys and sends what is wrong: negotiates a tunnel (ike_peer.h), then sends ESP packets of every fault
 * as fast as it can, good ones between them.
 *
 *	bad_peer LOCAL REMOTE INNER-LOCAL INNER-REMOTE cbc|gcm COUNT SEED [flood]
 *
 * IPv4. INNER-REMOTE answers pings: a good packet is one. So many bad packets as a socket holds are sent, then a good one, and
 * what comes back says that all were dealt with: none is lost on the way, and each counter must be right. It prints them as
 * the peer must count them, NAME=VALUE, with the names of esp/esp.h's drops; unanswered: of the good ones those at the
 * beginning that had none. flood: nothing is awaited, so that the socket of the peer overflows.
 */
#define _GNU_SOURCE /* sendmmsg */
#include "base/buf.h"
#include "esp/inner.h"
#include "netif/netif.h"
#include "tests/tool/ike_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUTER_OCTETS  20
#define PACKET_OCTETS 1600
#define INNER_MAX     1200 /* of a ping */
#define WINDOW        64
#define KEPT          32 /* good packets that may be sent again */
#define BATCH         64
#define ROUND         192 /* packets until all good ones must be answered: less than a veth holds that is read by AF_XDP */
#define WAIT_MS       5000
#define FIRST_MS      1000 /* for an answer to the first */
#define FIRST_TRIES   20
#define ESP_FRONT     8 /* SPI, sequence number */

enum kind {
	GOOD,
	CORRUPT,
	CUT,
	LONGER,
	AGAIN,
	OLD,
	ZERO,
	PAD_OCTETS,
	PAD_LENGTH,
	EMPTY,
	NEXT_HEADER,
	OTHER_FAMILY,
	NOT_IP,
	INNER_LENGTH,
	DUMMY,
	OTHER_SOURCE,
	IN_UDP,
	CONGESTED,
	OTHER_SPI,
	KIND_COUNT
};

/* What the peer is to count; ACCEPTED and SILENT are no drops. */
#define COUNTS(X)                                                                                                      \
	X(ACCEPTED, "decaps")                                                                                          \
	X(SILENT, "silent")                                                                                            \
	X(UNKNOWN, "unknown_spi")                                                                                      \
	X(SHORT, "short")                                                                                              \
	X(REPLAY, "replay")                                                                                            \
	X(ICV, "icv")                                                                                                  \
	X(PADDING, "padding")                                                                                          \
	X(SELECTOR, "selector")                                                                                        \
	X(FAMILY, "family") X(ADDRESS, "address") X(ENCAPSULATION, "encapsulation") X(ECN, "ecn")

enum count {
#define X(id, name) id,
	COUNTS(X)
#undef X
		COUNT_COUNT
};

static const char *const count_names[] = {
#define X(id, name) [id] = name,
	COUNTS(X)
#undef X
};

struct packet {
	uint8_t bytes[PACKET_OCTETS]; /* the outer IPv4 header first */
	size_t octets;
};

struct tool {
	struct ike_peer_sa sa;
	bool gcm;
	unsigned iv, icv, block;
	struct ip_addr local, remote, inner_local, inner_remote;
	EVP_CIPHER_CTX *cipher;
	int out, in; /* raw: with our header; what comes back */
	uint64_t random;
	uint32_t sequence, top; /* last given; last that the peer took for genuine */
	struct packet kept[KEPT];
	unsigned kept_count;
	struct packet batch[BATCH];
	unsigned waiting;
	uint64_t counts[COUNT_COUNT], answers, unanswered;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t draw(struct tool *t, uint64_t below)
{
	uint64_t z = t->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % below;
}

/* --- packets ----------------------------------------------------------------------------------------------------- */

static void put_ip4(struct wr *w, const struct ip_addr *src, const struct ip_addr *dst, uint8_t tos, uint8_t protocol,
		    size_t payload)
{
	uint8_t *start = w->p;

	wr_u8(w, 0x45);
	wr_u8(w, tos);
	wr_u16(w, (uint16_t)(OUTER_OCTETS + payload));
	wr_u32(w, 0);
	wr_u8(w, 64);
	wr_u8(w, protocol);
	wr_u16(w, 0);
	wr_bytes(w, src->octets, 4);
	wr_bytes(w, dst->octets, 4);
	if (!w->full) {
		const uint16_t sum = inner_checksum(0, start, OUTER_OCTETS);

		start[10] = (uint8_t)(sum >> 8);
		start[11] = (uint8_t)sum;
	}
}

/* A ping. */
static size_t put_inner(struct tool *t, uint8_t *at, size_t room)
{
	const size_t data = draw(t, 4) ? draw(t, 64) : draw(t, INNER_MAX);
	struct wr w = wr_of(at, room);
	uint16_t sum;

	put_ip4(&w, &t->inner_local, &t->inner_remote, 0, IP_PROTO_ICMP, 8 + data);
	wr_u16(&w, 0x0800);
	wr_u16(&w, 0);
	wr_u32(&w, (uint32_t)draw(t, UINT32_MAX));
	wr_zero(&w, data);
	sum = inner_checksum(0, at + IP4_HEADER_OCTETS, 8 + data);
	at[IP4_HEADER_OCTETS + 2] = (uint8_t)(sum >> 8);
	at[IP4_HEADER_OCTETS + 3] = (uint8_t)sum;
	return IP4_HEADER_OCTETS + 8 + data;
}

/* Encrypts and signs what stands behind header and IV: `octets` of plaintext, whole blocks. */
static void seal(struct tool *t, struct packet *p, size_t octets, uint32_t spi, uint32_t sequence)
{
	uint8_t *esp = p->bytes + OUTER_OCTETS, *body = esp + ESP_FRONT + t->iv, nonce[16] = { 0 };
	struct wr w = wr_of(esp, ESP_FRONT);
	int n = 0, ok;
	unsigned mac = 0;
	uint8_t digest[EVP_MAX_MD_SIZE];

	wr_u32(&w, spi);
	wr_u32(&w, sequence);
	w = wr_of(esp + ESP_FRONT, t->iv);
	for (unsigned k = 0; k < t->iv; k += 8)
		wr_u32(&w, (uint32_t)draw(t, UINT32_MAX)), wr_u32(&w, sequence);
	if (t->gcm) {
		memcpy(nonce, t->sa.cipher_key + t->sa.cipher_key_octets - 4, 4);
		memcpy(nonce + 4, esp + ESP_FRONT, 8);
		ok = EVP_EncryptInit_ex(t->cipher, NULL, NULL, NULL, nonce) &&
		     EVP_EncryptUpdate(t->cipher, NULL, &n, esp, ESP_FRONT) &&
		     EVP_EncryptUpdate(t->cipher, body, &n, body, (int)octets) &&
		     EVP_EncryptFinal_ex(t->cipher, body, &n) &&
		     EVP_CIPHER_CTX_ctrl(t->cipher, EVP_CTRL_GCM_GET_TAG, (int)t->icv, body + octets);
	} else {
		ok = EVP_EncryptInit_ex(t->cipher, NULL, NULL, NULL, esp + ESP_FRONT) &&
		     EVP_EncryptUpdate(t->cipher, body, &n, body, (int)octets) &&
		     HMAC(EVP_sha1(), t->sa.auth_key, (int)t->sa.auth_key_octets, esp, ESP_FRONT + t->iv + octets,
			  digest, &mac);
		memcpy(body + octets, digest, t->icv);
	}
	if (!ok)
		die("crypto");
	p->octets = OUTER_OCTETS + ESP_FRONT + t->iv + octets + t->icv;
}

/* The inner packet's octets, its padding and trailer; spoil says what is wrong with these. Octets of plaintext. */
static size_t put_trailer(struct tool *t, uint8_t *body, size_t octets, enum kind kind, uint8_t next)
{
	size_t pad = (t->block - (octets + 2) % t->block) % t->block;

	if (kind == PAD_OCTETS && !pad)
		pad = t->block;
	for (size_t k = 1; k <= pad; k++)
		body[octets + k - 1] = (uint8_t)k;
	if (kind == PAD_OCTETS)
		body[octets + draw(t, pad)] ^= (uint8_t)(1 + draw(t, 255));
	octets += pad;
	body[octets] = (uint8_t)pad;
	if (kind == PAD_LENGTH) /* more than there is */
		body[octets] = 255;
	body[octets + 1] = next;
	return octets + 2;
}

static void outer(struct tool *t, struct packet *p, const struct ip_addr *src, uint8_t tos, uint8_t protocol)
{
	struct wr w = wr_of(p->bytes, OUTER_OCTETS);

	put_ip4(&w, src, &t->remote, tos, protocol, p->octets - OUTER_OCTETS);
}

static uint8_t next_header(struct tool *t, enum kind kind)
{
	static const uint8_t wrong[] = { 0, 6, 17, 50, 255 };

	return kind == NEXT_HEADER ? wrong[draw(t, sizeof(wrong))] : kind == OTHER_FAMILY ? 41 : kind == DUMMY ? 59 : 4;
}

static size_t plaintext(struct tool *t, uint8_t *body, enum kind kind)
{
	size_t octets;

	if (kind == EMPTY)
		return put_trailer(t, body, 0, kind, 4);
	octets = put_inner(t, body, INNER_MAX + 64);
	if (kind == PAD_LENGTH) /* so short that 255 octets of padding are not there */
		octets = IP4_HEADER_OCTETS;
	if (kind == OTHER_FAMILY) {
		memset(body, 0, IP6_HEADER_OCTETS);
		body[0] = 0x60;
		octets = IP6_HEADER_OCTETS;
	} else if (kind == NOT_IP) {
		body[0] = (uint8_t)(draw(t, 2) ? 0x60 : 0x43); /* IPv6 where IPv4 is said; a header of 12 octets */
	} else if (kind == INNER_LENGTH) {
		body[2] = 0xff;
	}
	return put_trailer(t, body, octets, kind, next_header(t, kind));
}

static void flip(struct tool *t, struct packet *p)
{
	const size_t front = OUTER_OCTETS + ESP_FRONT;

	p->bytes[front + draw(t, p->octets - front)] ^= (uint8_t)(1u << draw(t, 8));
}

/* RFC 4303 3.4: what is too short, or no whole blocks, goes before its ICV is looked at. */
static enum count by_length(const struct tool *t, size_t esp)
{
	const size_t around = ESP_FRONT + t->iv + t->icv;

	return esp <= around || (esp - around) % t->block ? SHORT : ICV;
}

static enum count resize(struct tool *t, struct packet *p, enum kind kind)
{
	const size_t esp = p->octets - OUTER_OCTETS;

	if (kind == CUT) {
		p->octets = OUTER_OCTETS + 4 + draw(t, esp - 4);
	} else {
		const size_t more = 1 + draw(t, 100);

		memset(p->bytes + p->octets, 0xa5, more);
		p->octets += more;
	}
	return by_length(t, p->octets - OUTER_OCTETS);
}

static void as_udp(struct tool *t, struct packet *p)
{
	struct wr w = wr_of(p->bytes + OUTER_OCTETS, 8);

	memmove(p->bytes + OUTER_OCTETS + 8, p->bytes + OUTER_OCTETS, p->octets - OUTER_OCTETS);
	p->octets += 8;
	wr_u16(&w, 4500);
	wr_u16(&w, 4500);
	wr_u16(&w, (uint16_t)(p->octets - OUTER_OCTETS));
	wr_u16(&w, 0);
	(void)t;
}

/* One packet of this kind into p: what the peer must count it as. */
static enum count make(struct tool *t, struct packet *p, enum kind kind)
{
	struct ip_addr src = t->local;
	enum count count = ACCEPTED;
	uint32_t spi = t->sa.spi, sequence = 0;

	if (kind == AGAIN && t->kept_count) {
		*p = t->kept[draw(t, t->kept_count < KEPT ? t->kept_count : KEPT)];
		return REPLAY;
	}
	if (kind == OLD && t->top > 3 * WINDOW)
		sequence = t->top - WINDOW - (uint32_t)draw(t, 2 * WINDOW);
	else if (kind != ZERO)
		sequence = ++t->sequence;
	if (kind == OTHER_SPI)
		spi = 256 + (uint32_t)draw(t, UINT32_MAX - 256);
	if (spi == t->sa.spi && kind == OTHER_SPI)
		spi ^= 1;
	seal(t, p, plaintext(t, p->bytes + OUTER_OCTETS + ESP_FRONT + t->iv, kind), spi, sequence);
	switch (kind) {
	case CORRUPT:
		flip(t, p);
		count = ICV;
		break;
	case CUT:
	case LONGER:
		count = resize(t, p, kind);
		break;
	case OLD:
	case ZERO:
		count = sequence && sequence == t->sequence ? ACCEPTED : REPLAY;
		break;
	case PAD_OCTETS:
	case PAD_LENGTH:
		count = PADDING;
		break;
	case EMPTY:
	case NEXT_HEADER:
	case NOT_IP:
	case INNER_LENGTH:
		count = SELECTOR;
		break;
	case OTHER_FAMILY:
		count = FAMILY;
		break;
	case DUMMY:
		count = SILENT;
		break;
	case OTHER_SOURCE:
		src.octets[3] ^= 0x40;
		count = ADDRESS;
		break;
	case IN_UDP:
		as_udp(t, p);
		count = ENCAPSULATION;
		break;
	case CONGESTED:
		count = ECN;
		break;
	case OTHER_SPI:
		count = UNKNOWN;
		break;
	case GOOD:
	case AGAIN:
	case KIND_COUNT:
		break;
	}
	outer(t, p, &src, kind == CONGESTED ? 3 : 0, kind == IN_UDP ? IPPROTO_UDP : IPPROTO_ESP);
	if (count == ACCEPTED || count == SILENT || count == PADDING || count == SELECTOR || count == FAMILY ||
	    count == ECN)
		t->top = sequence;
	if (count == ACCEPTED)
		t->kept[t->kept_count++ % KEPT] = *p;
	return count;
}

/* --- the wire ---------------------------------------------------------------------------------------------------- */

static void flush(struct tool *t)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct mmsghdr m[BATCH] = { 0 };
	struct iovec iov[BATCH];
	unsigned at = 0;

	memcpy(&to.sin_addr, t->remote.octets, 4);
	for (unsigned k = 0; k < t->waiting; k++) {
		iov[k] = (struct iovec){ t->batch[k].bytes, t->batch[k].octets };
		m[k].msg_hdr = (struct msghdr){
			.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov[k], .msg_iovlen = 1
		};
	}
	while (at < t->waiting) {
		int n = sendmmsg(t->out, m + at, t->waiting - at, 0);

		if (n < 0)
			die("sendmmsg");
		at += (unsigned)n;
	}
	t->waiting = 0;
}

static void add(struct tool *t, enum kind kind)
{
	t->counts[make(t, &t->batch[t->waiting++], kind)]++;
	if (t->waiting == BATCH)
		flush(t);
}

/* Until each good packet was answered. */
static void settle(struct tool *t)
{
	uint8_t room[2048];

	flush(t);
	while (t->answers < t->counts[ACCEPTED]) {
		struct pollfd p = { .fd = t->in, .events = POLLIN };

		if (poll(&p, 1, WAIT_MS) != 1) {
			fprintf(stderr, "%llu of %llu good packets are answered\n", (unsigned long long)t->answers,
				(unsigned long long)t->counts[ACCEPTED]);
			exit(1);
		}
		while (recv(t->in, room, sizeof(room), MSG_DONTWAIT) > 0)
			t->answers++;
	}
}

/* The peer's line may go down with the SAs of before and come up with these: what it took meanwhile has no answer. */
static void first(struct tool *t)
{
	struct pollfd p = { .fd = t->in, .events = POLLIN };

	for (unsigned k = 0; k < FIRST_TRIES; k++) {
		add(t, GOOD);
		flush(t);
		if (poll(&p, 1, FIRST_MS) == 1)
			break;
		t->unanswered++;
	}
	t->answers = t->unanswered;
	settle(t);
}

static void open_wire(struct tool *t)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	int on = 1, octets = 16 << 20;

	memcpy(&here.sin_addr, t->local.octets, 4);
	t->out = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	t->in = socket(AF_INET, SOCK_RAW, IPPROTO_ESP);
	if (t->out < 0 || t->in < 0 || setsockopt(t->out, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on)) ||
	    bind(t->in, (struct sockaddr *)&here, sizeof(here)))
		die("socket");
	if (setsockopt(t->in, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof(octets)))
		setsockopt(t->in, SOL_SOCKET, SO_RCVBUF, &octets, sizeof(octets));
}

static void open_crypto(struct tool *t)
{
	t->iv = t->gcm ? 8 : 16;
	t->icv = t->gcm ? 16 : 12;
	t->block = t->gcm ? 4 : 16;
	t->cipher = EVP_CIPHER_CTX_new();
	if (!t->cipher ||
	    !EVP_EncryptInit_ex(t->cipher, t->gcm ? EVP_aes_128_gcm() : EVP_aes_128_cbc(), NULL, t->sa.cipher_key,
				NULL) ||
	    !EVP_CIPHER_CTX_set_padding(t->cipher, 0))
		die("crypto");
}

int main(int argc, char **argv)
{
	static struct tool t;
	struct ike_proposal proposal = { .cipher = ESP_CIPHER_AES, .keybits = 128, .auth = ESP_AUTH_SHA };
	const bool flood = argc > 8;
	uint64_t count, sent = 0;

	if (argc < 8 || !ip_parse(argv[1], &t.local) || !ip_parse(argv[2], &t.remote) ||
	    !ip_parse(argv[3], &t.inner_local) || !ip_parse(argv[4], &t.inner_remote)) {
		fprintf(stderr, "usage: bad_peer LOCAL REMOTE INNER-LOCAL INNER-REMOTE cbc|gcm COUNT SEED [flood]\n");
		return 2;
	}
	t.gcm = !strcmp(argv[5], "gcm");
	if (t.gcm)
		proposal = (struct ike_proposal){ .cipher = ESP_CIPHER_GCM, .keybits = 128 };
	count = strtoull(argv[6], NULL, 10);
	t.random = strtoull(argv[7], NULL, 10);
	open_wire(&t);
	if (!ike_peer_join(&t.local, &t.remote, &proposal, &t.sa))
		return 1;
	open_crypto(&t);
	first(&t);
	while (sent < count) {
		for (unsigned k = 0; k < ROUND; k++, sent++)
			add(&t, draw(&t, 16) ? (enum kind)draw(&t, KIND_COUNT) : GOOD);
		if (!flood) {
			add(&t, GOOD);
			settle(&t);
		}
	}
	flush(&t);
	for (int k = 0; k < COUNT_COUNT; k++)
		sent = k ? sent + t.counts[k] : t.counts[k];
	for (int k = 0; k < COUNT_COUNT && !flood; k++)
		printf("%s=%llu\n", count_names[k], (unsigned long long)t.counts[k]);
	printf("unanswered=%llu\n", (unsigned long long)t.unanswered);
	printf("sent=%llu\n", (unsigned long long)sent);
	EVP_CIPHER_CTX_free(t.cipher);
	return 0;
}
