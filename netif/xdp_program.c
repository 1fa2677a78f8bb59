/*
 * The program in the machine's own instructions: it is short, and a BPF compiler is not asked of who builds this.
 *
 * It is written in blocks. A jump names the block it goes to, and the loader puts in how far that is. Registers: the verifier
 * keeps 6 to 9 over a call; 6 holds the context, 7 where the frame begins, 8 where it ends, 9 how long it is by its IP header.
 */
#include "netif/xdp_program.h"
#include "netif/xdp.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Key of the map of peers, as the program builds it on its stack. */
struct pair {
	uint8_t local[16], remote[16]; /* IPv4: the first four */
	uint32_t family;
};

enum block { BLOCK_START, BLOCK_IP4, BLOCK_IP6, BLOCK_TAKE, BLOCK_PASS, BLOCKS };
enum map { MAP_PEERS, MAP_SOCKETS };

#define FAR       0x4000 /* what a jump says before the loader has seen it: FAR + block */
#define TO(block) (FAR + (block))

#define LOAD(size, to, from, at)                                                                                       \
	{                                                                                                              \
		BPF_LDX | BPF_MEM | (size), (to), (from), (at), 0                                                      \
	}
#define STORE(size, to, at, from)                                                                                      \
	{                                                                                                              \
		BPF_STX | BPF_MEM | (size), (to), (from), (at), 0                                                      \
	}
#define STORE_VALUE(size, to, at, value)                                                                               \
	{                                                                                                              \
		BPF_ST | BPF_MEM | (size), (to), 0, (at), (value)                                                      \
	}
#define MOVE(to, from)                                                                                                 \
	{                                                                                                              \
		BPF_ALU64 | BPF_MOV | BPF_X, (to), (from), 0, 0                                                        \
	}
#define SET(to, value)                                                                                                 \
	{                                                                                                              \
		BPF_ALU64 | BPF_MOV | BPF_K, (to), 0, 0, (value)                                                       \
	}
#define ADD(to, value)                                                                                                 \
	{                                                                                                              \
		BPF_ALU64 | BPF_ADD | BPF_K, (to), 0, 0, (value)                                                       \
	}
#define ADD_REG(to, from)                                                                                              \
	{                                                                                                              \
		BPF_ALU64 | BPF_ADD | BPF_X, (to), (from), 0, 0                                                        \
	}
#define AND(to, value)                                                                                                 \
	{                                                                                                              \
		BPF_ALU64 | BPF_AND | BPF_K, (to), 0, 0, (value)                                                       \
	}
#define SHIFT_RIGHT(to, bits)                                                                                          \
	{                                                                                                              \
		BPF_ALU64 | BPF_RSH | BPF_K, (to), 0, 0, (bits)                                                        \
	}
#define HOST_ORDER(to)                                                                                                 \
	{                                                                                                              \
		BPF_ALU | BPF_END | BPF_TO_BE, (to), 0, 0, 16                                                          \
	}
#define GO(block)                                                                                                      \
	{                                                                                                              \
		BPF_JMP | BPF_JA, 0, 0, TO(block), 0                                                                   \
	}
#define IF(op, reg, value, block)                                                                                      \
	{                                                                                                              \
		BPF_JMP | (op) | BPF_K, (reg), 0, TO(block), (value)                                                   \
	}
#define IF_REG(op, reg, than, block)                                                                                   \
	{                                                                                                              \
		BPF_JMP | (op) | BPF_X, (reg), (than), TO(block), 0                                                    \
	}
#define LOAD_MAP(to, map)                                                                                              \
	{ BPF_LD | BPF_DW | BPF_IMM, (to), BPF_PSEUDO_MAP_FD, 0, (map) },                                              \
	{                                                                                                              \
		0, 0, 0, 0, 0                                                                                          \
	}
#define CALL_OP (BPF_JMP | BPF_CALL)
#define CALL(function)                                                                                                 \
	{                                                                                                              \
		CALL_OP, 0, 0, 0, (function)                                                                           \
	}
#define EXIT                                                                                                           \
	{                                                                                                              \
		BPF_JMP | BPF_EXIT, 0, 0, 0, 0                                                                         \
	}

#define CTX_DATA     0 /* struct xdp_md */
#define CTX_DATA_END 4
#define CTX_QUEUE    16
_Static_assert(offsetof(struct xdp_md, data) == CTX_DATA && offsetof(struct xdp_md, data_end) == CTX_DATA_END &&
		       offsetof(struct xdp_md, rx_queue_index) == CTX_QUEUE,
	       "struct xdp_md");

/* Where the key stands, from the stack's end. */
#define KEY        (-40)
#define KEY_LOCAL  (KEY + 0)
#define KEY_REMOTE (KEY + 16)
#define KEY_FAMILY (KEY + 32)
_Static_assert(offsetof(struct pair, remote) == 16 && offsetof(struct pair, family) == 32 && sizeof(struct pair) == 36,
	       "struct pair");

#define ETHER_TYPE 12
#define NET        ETH_HLEN /* where the IP header begins */
#define ESP_LEAST  8        /* SPI and sequence number */

/*
 * BPF_FUNC_xdp_get_buff_len, of Linux 5.18. To make a pointer of a length that was read and compare that with the frame's end
 * would take CAP_PERFMON.
 */
#define FRAME_OCTETS 188

/* Enough for Ethernet and the smaller of the IP headers; too long a frame does not fit what the socket has. */
#define TOO_LONG 4 /* the instruction of this block whose value is the first length that is too long */
static const struct bpf_insn start[] = {
	MOVE(6, 1),
	LOAD(BPF_W, 7, 6, CTX_DATA),
	LOAD(BPF_W, 8, 6, CTX_DATA_END),
	MOVE(2, 7),
	ADD(2, 0),
	IF_REG(BPF_JLE, 2, 8, BLOCK_PASS),
	MOVE(2, 7),
	ADD(2, NET + 20),
	IF_REG(BPF_JGT, 2, 8, BLOCK_PASS),
	STORE_VALUE(BPF_DW, 10, KEY, 0),
	STORE_VALUE(BPF_DW, 10, KEY + 8, 0),
	STORE_VALUE(BPF_DW, 10, KEY + 16, 0),
	STORE_VALUE(BPF_DW, 10, KEY + 24, 0),
	LOAD(BPF_H, 0, 7, ETHER_TYPE),
	HOST_ORDER(0),
	IF(BPF_JEQ, 0, ETH_P_IPV6, BLOCK_IP6),
	IF(BPF_JNE, 0, ETH_P_IP, BLOCK_PASS),
};

/* One's complement (RFC 1071) of two words at a time; carries are added when all are. */
#define SUM_FIRST(to)    LOAD(BPF_W, to, 7, NET)
#define SUM_NEXT(to, at) LOAD(BPF_W, 0, 7, NET + (at)), ADD_REG(to, 0)
#define SUM_FOLD(to)     MOVE(0, to), SHIFT_RIGHT(0, 16), AND(to, 0xffff), ADD_REG(to, 0)

/*
 * RFC 791 3.1: version 4, no options; neither MF nor an offset; the protocol; the checksum; the total length, which padding may
 * follow.
 */
static const struct bpf_insn ip4[] = {
	LOAD(BPF_B, 0, 7, NET),
	IF(BPF_JNE, 0, 0x45, BLOCK_PASS),
	LOAD(BPF_H, 0, 7, NET + 6),
	HOST_ORDER(0),
	AND(0, 0x3fff),
	IF(BPF_JNE, 0, 0, BLOCK_PASS),
	LOAD(BPF_B, 0, 7, NET + 9),
	IF(BPF_JNE, 0, IPPROTO_ESP, BLOCK_PASS),
	SUM_FIRST(1),
	SUM_NEXT(1, 4),
	SUM_NEXT(1, 8),
	SUM_NEXT(1, 12),
	SUM_NEXT(1, 16),
	SUM_FOLD(1),
	SUM_FOLD(1), /* what the first left over is less than 6: no third is needed */
	IF(BPF_JNE, 1, 0xffff, BLOCK_PASS),
	LOAD(BPF_H, 9, 7, NET + 2),
	HOST_ORDER(9),
	IF(BPF_JLT, 9, 20 + ESP_LEAST, BLOCK_PASS),
	ADD(9, NET),
	LOAD(BPF_W, 0, 7, NET + 16),
	STORE(BPF_W, 10, KEY_LOCAL, 0),
	LOAD(BPF_W, 0, 7, NET + 12),
	STORE(BPF_W, 10, KEY_REMOTE, 0),
	STORE_VALUE(BPF_W, 10, KEY_FAMILY, 4),
	GO(BLOCK_TAKE),
};

/* RFC 8200 3: the version; ESP is the next header; the payload length. */
static const struct bpf_insn ip6[] = {
	MOVE(2, 7),
	ADD(2, NET + 40),
	IF_REG(BPF_JGT, 2, 8, BLOCK_PASS),
	LOAD(BPF_B, 0, 7, NET),
	AND(0, 0xf0),
	IF(BPF_JNE, 0, 0x60, BLOCK_PASS),
	LOAD(BPF_B, 0, 7, NET + 6),
	IF(BPF_JNE, 0, IPPROTO_ESP, BLOCK_PASS),
	LOAD(BPF_H, 9, 7, NET + 4),
	HOST_ORDER(9),
	IF(BPF_JLT, 9, ESP_LEAST, BLOCK_PASS),
	ADD(9, NET + 40),
	LOAD(BPF_DW, 0, 7, NET + 24),
	STORE(BPF_DW, 10, KEY_LOCAL, 0),
	LOAD(BPF_DW, 0, 7, NET + 32),
	STORE(BPF_DW, 10, KEY_LOCAL + 8, 0),
	LOAD(BPF_DW, 0, 7, NET + 8),
	STORE(BPF_DW, 10, KEY_REMOTE, 0),
	LOAD(BPF_DW, 0, 7, NET + 16),
	STORE(BPF_DW, 10, KEY_REMOTE + 8, 0),
	STORE_VALUE(BPF_W, 10, KEY_FAMILY, 6),
};

/* All of it must be there. The redirection's last argument is what it does where no socket is. */
static const struct bpf_insn take[] = {
	MOVE(1, 6),
	CALL(FRAME_OCTETS),
	IF_REG(BPF_JGT, 9, 0, BLOCK_PASS),
	LOAD_MAP(1, MAP_PEERS),
	MOVE(2, 10),
	ADD(2, KEY),
	CALL(BPF_FUNC_map_lookup_elem),
	IF(BPF_JEQ, 0, 0, BLOCK_PASS),
	LOAD_MAP(1, MAP_SOCKETS),
	LOAD(BPF_W, 2, 6, CTX_QUEUE),
	SET(3, XDP_PASS),
	CALL(BPF_FUNC_redirect_map),
	EXIT,
};

static const struct bpf_insn pass[] = {
	SET(0, XDP_PASS),
	EXIT,
};

#define BLOCK(array)                                                                                                   \
	{                                                                                                              \
		array, sizeof(array) / sizeof((array)[0])                                                              \
	}
static const struct {
	const struct bpf_insn *code;
	size_t count;
} blocks[BLOCKS] = {
	[BLOCK_START] = BLOCK(start), [BLOCK_IP4] = BLOCK(ip4),   [BLOCK_IP6] = BLOCK(ip6),
	[BLOCK_TAKE] = BLOCK(take),   [BLOCK_PASS] = BLOCK(pass),
};

#define CODE_MAX ((sizeof(start) + sizeof(ip4) + sizeof(ip6) + sizeof(take) + sizeof(pass)) / sizeof(struct bpf_insn))

static bool is_jump(const struct bpf_insn *i)
{
	return (i->code & 7) == BPF_JMP && i->off >= FAR;
}

/* measures: the kernel can tell the program how long a frame is. */
static void assemble(struct bpf_insn code[CODE_MAX], const struct xdp_program *p, size_t frame, bool measures)
{
	static const struct bpf_insn any_length = SET(0, INT_MAX);
	size_t at[BLOCKS], n = 0;

	for (unsigned b = 0; b < BLOCKS; b++) {
		at[b] = n;
		memcpy(&code[n], blocks[b].code, blocks[b].count * sizeof(*code));
		n += blocks[b].count;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_jump(&code[i]))
			code[i].off = (int16_t)(at[code[i].off - FAR] - i - 1);
		else if (code[i].code == (BPF_LD | BPF_DW | BPF_IMM))
			code[i].imm = code[i].imm == MAP_PEERS ? p->peers : p->sockets;
		else if (code[i].code == CALL_OP && code[i].imm == FRAME_OCTETS && !measures)
			code[i] = any_length;
	}
	code[at[BLOCK_START] + TOO_LONG].imm = (int32_t)frame + 1;
}

/* --- loading ---- */

static int load_code(const struct xdp_program *p, size_t frame, bool measures)
{
	struct bpf_insn code[CODE_MAX];

	assemble(code, p, frame, measures);
	return bpf_prog_load(BPF_PROG_TYPE_XDP, "mainmode_esp", "GPL", code, CODE_MAX, NULL);
}

static int load(struct xdp_program *p, size_t frame)
{
	LIBBPF_OPTS(bpf_map_create_opts, as_needed, .map_flags = BPF_F_NO_PREALLOC);

	p->peers = bpf_map_create(BPF_MAP_TYPE_HASH, "esp_peers", sizeof(struct pair), sizeof(uint32_t),
				  NETIF_XDP_PEERS, &as_needed);
	if (p->peers < 0)
		return p->peers;
	p->sockets = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "esp_sockets", sizeof(uint32_t), sizeof(uint32_t), 1, NULL);
	if (p->sockets < 0)
		return p->sockets;
	p->program = load_code(p, frame, true);
	if (p->program == -EINVAL) /* also what a kernel says that does not know the function */
		p->program = load_code(p, frame, false);
	return p->program < 0 ? p->program : 0;
}

int xdp_program_open(struct xdp_program *p, int ifindex, size_t frame, char *why, size_t why_size)
{
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
	int rc;

	*p = (struct xdp_program){ -1, -1, -1, -1 };
	rc = load(p, frame);
	if (rc) {
		snprintf(why, why_size, "the kernel loads no XDP program: %s", strerror(-rc));
	} else {
		p->link = bpf_link_create(p->program, ifindex, BPF_XDP, &generic);
		rc = p->link < 0 ? p->link : 0;
		if (rc == -EBUSY || rc == -EEXIST)
			snprintf(why, why_size, "another XDP program is there");
		else if (rc)
			snprintf(why, why_size, "an XDP program cannot be attached: %s", strerror(-rc));
	}
	if (rc)
		xdp_program_close(p);
	return rc;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void xdp_program_close(struct xdp_program *p)
{
	close_one(&p->link);
	close_one(&p->program);
	close_one(&p->sockets);
	close_one(&p->peers);
}

int xdp_program_serve(const struct xdp_program *p, uint32_t queue, int socket)
{
	return bpf_map_update_elem(p->sockets, &queue, &socket, BPF_ANY);
}

bool xdp_program_attached(const struct xdp_program *p)
{
	struct bpf_link_info info = { 0 };
	uint32_t octets = sizeof(info);

	/* A link that was detached, or whose interface is gone, stays, and knows no interface. */
	return !bpf_obj_get_info_by_fd(p->link, &info, &octets) && info.xdp.ifindex != 0;
}

/* --- peers ---- */

static bool pair_of(const struct ip_addr *local, const struct ip_addr *remote, struct pair *out)
{
	if (local->family != remote->family || (local->family != 4 && local->family != 6))
		return false;
	memcpy(out->local, local->octets, sizeof(out->local));
	memcpy(out->remote, remote->octets, sizeof(out->remote));
	out->family = local->family;
	return true;
}

int xdp_program_peer_add(const struct xdp_program *p, const struct ip_addr *local, const struct ip_addr *remote)
{
	const uint32_t value = 1;
	struct pair pair;
	int rc;

	if (!pair_of(local, remote, &pair))
		return -EAFNOSUPPORT;
	rc = bpf_map_update_elem(p->peers, &pair, &value, BPF_ANY);
	return rc == -E2BIG ? -ENOSPC : rc;
}

void xdp_program_peer_del(const struct xdp_program *p, const struct ip_addr *local, const struct ip_addr *remote)
{
	struct pair pair;

	if (pair_of(local, remote, &pair))
		bpf_map_delete_elem(p->peers, &pair);
}
