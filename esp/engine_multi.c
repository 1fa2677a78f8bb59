/*
 * Many packets at a time, by intel-ipsec-mb: each is a job of cipher and hash, in the order of RFC 4303 for its direction.
 * The manager collects jobs until its lanes are full, whatever SAs they are of, and the flush at the end works off the rest.
 * GCM has no lanes; its packets are done at once.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "config.h"
#include "esp/engine_parts.h"

#ifdef HAVE_IPSEC_MB
#include "base/buf.h"
#include "base/pages.h"
#include "base/wipe.h"
#include "esp/ipsec_mb.h"

#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HMAC_BLOCK_MAX 128
#define AES_ROUND_KEYS 15
#define DES_ROUNDS     16

struct multi {
	IMB_MGR *manager; /* one block, imb_get_mb_mgr_size() */
	struct gcm_context_data gcm;
	/* ICVs as they should be. Here, so that what is compared is not where the packet is. */
	uint8_t icvs[ESP_BATCH][IMB_SHA512_DIGEST_SIZE_IN_BYTES];
};

/* As long as the transform needs, and no longer. */
struct multi_keys {
	union {
		struct gcm_key_data gcm;
		struct {
			/* The hash's state behind the key in its two forms: RFC 2104. */
			uint8_t inner[IMB_SHA512_DIGEST_SIZE_IN_BYTES], outer[IMB_SHA512_DIGEST_SIZE_IN_BYTES];
			union {
				alignas(16) uint8_t aes[AES_ROUND_KEYS][IMB_AES_BLOCK_SIZE]; /* of the SA's direction */
				struct {
					uint64_t rounds[3][DES_ROUNDS];
					const void *triple[3];
				} des;
			} cipher;
		} pair;
	};
};

struct multi *multi_new(void)
{
	const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
	size_t octets = (imb_get_mb_mgr_size() + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	struct multi *m = calloc(1, sizeof(*m));
	void *room = aligned_alloc(CACHE_LINE, octets);

	if (!m || !room || !(m->manager = imb_set_pointers_mb_mgr(room, 0, 1))) {
		free(room);
		free(m);
		return NULL;
	}
	init_mb_mgr_auto(m->manager, NULL); /* tests itself */
	if (!imb_get_errno(m->manager) && (m->manager->features & needed) == needed &&
	    m->manager->features & IMB_FEATURE_SELF_TEST_PASS)
		return m;
	multi_free(m);
	return NULL;
}

void multi_free(struct multi *m)
{
	if (!m)
		return;
	wipe(m->manager, imb_get_mb_mgr_size());
	free(m->manager);
	wipe(m, sizeof(*m));
	free(m);
}

/* The segment of a library where `at` points to. It is a file's, and nobody writes to it: what is used again is still in the kernel's cache. */
static int forget_code(struct dl_phdr_info *o, size_t octets, void *at)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)octets;
	for (unsigned i = 0; i < o->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &o->dlpi_phdr[i];
		const uintptr_t from = o->dlpi_addr + p->p_vaddr, to = from + p->p_filesz;

		if (p->p_type != PT_LOAD || p->p_flags & PF_W || (uintptr_t)at < from || (uintptr_t)at >= to)
			continue;
		pages_give_back((void *)(from / page * page), to - from / page * page);
		return 1;
	}
	return 0;
}

void multi_forget_tests(void)
{
	dl_iterate_phdr(forget_code, (void *)imb_get_version_str);
}

const char *multi_version(void)
{
	return imb_get_version_str();
}

const char *multi_arch(const struct multi *m)
{
	static const char *const names[IMB_ARCH_NUM] = {
		[IMB_ARCH_SSE] = "SSE", [IMB_ARCH_AVX] = "AVX", [IMB_ARCH_AVX2] = "AVX2", [IMB_ARCH_AVX512] = "AVX512"
	};
	uint32_t arch = m->manager->used_arch;

	return arch < IMB_ARCH_NUM && names[arch] ? names[arch] : "";
}

size_t multi_keys_octets(const struct esp_suite *s)
{
	const struct multi_keys *k = NULL;
	size_t octets = offsetof(struct multi_keys, pair.cipher);

	switch (s->cipher) {
	case ESP_CIPHER_DES:
	case ESP_CIPHER_3DES:
		octets += sizeof(k->pair.cipher.des);
		break;
	case ESP_CIPHER_AES:
		octets += sizeof(k->pair.cipher.aes);
		break;
	case ESP_CIPHER_GCM:
		octets = sizeof(k->gcm);
		break;
	case ESP_CIPHER_NONE:
	case ESP_CIPHER_NULL:
		break;
	}
	return (octets + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

static void make_aes(const IMB_MGR *m, struct multi_keys *out, const struct sa_keys *k)
{
	alignas(16) uint8_t other[AES_ROUND_KEYS][IMB_AES_BLOCK_SIZE];
	void *enc = k->inbound ? other : out->pair.cipher.aes, *dec = k->inbound ? out->pair.cipher.aes : other;

	if (k->suite->keybits == 128)
		IMB_AES_KEYEXP_128(m, k->cipher_key, enc, dec);
	else if (k->suite->keybits == 192)
		IMB_AES_KEYEXP_192(m, k->cipher_key, enc, dec);
	else
		IMB_AES_KEYEXP_256(m, k->cipher_key, enc, dec);
	wipe(other, sizeof(other));
}

static void make_gcm(const IMB_MGR *m, struct multi_keys *out, const struct sa_keys *k)
{
	if (k->suite->keybits == 128)
		IMB_AES128_GCM_PRE(m, k->cipher_key, &out->gcm);
	else if (k->suite->keybits == 192)
		IMB_AES192_GCM_PRE(m, k->cipher_key, &out->gcm);
	else
		IMB_AES256_GCM_PRE(m, k->cipher_key, &out->gcm);
}

static void make_des(const IMB_MGR *m, struct multi_keys *out, const struct sa_keys *k)
{
	struct rd key = rd_of(k->cipher_key, k->suite->info.key_octets);

	for (unsigned i = 0; rd_left(&key); i++) {
		IMB_DES_KEYSCHED(m, out->pair.cipher.des.rounds[i], rd_take(&key, IMB_DES_BLOCK_SIZE));
		out->pair.cipher.des.triple[i] = out->pair.cipher.des.rounds[i];
	}
}

/* The state of the hash after a block of key and pad. */
static void make_half(const IMB_MGR *m, const struct sa_keys *k, uint8_t pad, uint8_t *out)
{
	uint8_t block[HMAC_BLOCK_MAX];

	memset(block, pad, sizeof(block));
	for (unsigned i = 0; i < k->suite->info.auth_octets; i++)
		block[i] ^= k->auth_key[i];
	switch (k->suite->auth) {
	case ESP_AUTH_MD5:
		IMB_MD5_ONE_BLOCK(m, block, out);
		break;
	case ESP_AUTH_SHA:
		IMB_SHA1_ONE_BLOCK(m, block, out);
		break;
	case ESP_AUTH_SHA256:
		IMB_SHA256_ONE_BLOCK(m, block, out);
		break;
	case ESP_AUTH_SHA384:
		IMB_SHA384_ONE_BLOCK(m, block, out);
		break;
	case ESP_AUTH_SHA512:
		IMB_SHA512_ONE_BLOCK(m, block, out);
		break;
	case ESP_AUTH_NONE:
		break;
	}
	wipe(block, sizeof(block));
}

void multi_keys_make(const struct multi *m, const struct sa_keys *k, struct multi_keys *out)
{
	switch (k->suite->cipher) {
	case ESP_CIPHER_DES:
	case ESP_CIPHER_3DES:
		make_des(m->manager, out, k);
		break;
	case ESP_CIPHER_AES:
		make_aes(m->manager, out, k);
		break;
	case ESP_CIPHER_GCM:
		make_gcm(m->manager, out, k);
		break;
	case ESP_CIPHER_NONE:
	case ESP_CIPHER_NULL:
		break;
	}
	if (k->suite->aead)
		return;
	make_half(m->manager, k, 0x36, out->pair.inner);
	make_half(m->manager, k, 0x5c, out->pair.outer);
}

static void run_gcm(struct multi *m, const struct sa_keys *k, const struct frame *f, enum esp_drop *verdict,
		    uint8_t *icv)
{
	const IMB_MGR *mgr = m->manager;
	const struct gcm_key_data *key = &k->multi->gcm;
	const unsigned bits = k->suite->keybits;
	const aes_gcm_enc_dec_t run = k->inbound ? (bits == 128   ? mgr->gcm128_dec
						    : bits == 192 ? mgr->gcm192_dec
								  : mgr->gcm256_dec)
						 : (bits == 128   ? mgr->gcm128_enc
						    : bits == 192 ? mgr->gcm192_enc
								  : mgr->gcm256_enc);
	uint8_t nonce[NONCE_OCTETS];
	struct wr w = wr_of(nonce, sizeof(nonce));

	wr_bytes(&w, keys_salt(k), ESP_SALT_OCTETS);
	wr_bytes(&w, f->iv, k->suite->info.iv_octets);
	run(key, &m->gcm, f->body, f->body, f->octets, nonce, f->header, ESP_HEADER_OCTETS, k->inbound ? icv : f->icv,
	    k->suite->info.icv_octets);
	*verdict = !k->inbound || equal_const_time(icv, f->icv, k->suite->info.icv_octets) ? ESP_OK : ESP_DROP_ICV;
}

/* Of a received packet with an ICV user_data2 is what stood in it. */
static void take_result(const IMB_JOB *job)
{
	enum esp_drop *verdict = job->user_data;

	if (job->status != IMB_STATUS_COMPLETED)
		*verdict = ESP_DROP_CRYPTO;
	else if (job->user_data2 &&
		 !equal_const_time(job->auth_tag_output, job->user_data2, job->auth_tag_output_len_in_bytes))
		*verdict = ESP_DROP_ICV;
	else
		*verdict = ESP_OK;
}

static void fill_job(const struct sa_keys *k, const struct frame *f, uint8_t *icv, IMB_JOB *job)
{
	const struct esp_suite *s = k->suite;
	const struct multi_keys *mk = k->multi;
	const void *key = s->cipher == ESP_CIPHER_3DES ? (const void *)mk->pair.cipher.des.triple
						       : (const void *)&mk->pair.cipher;

	job->enc_keys = job->dec_keys = key;
	job->key_len_in_bytes = s->info.key_octets;
	job->src = f->header;
	job->dst = f->body;
	job->cipher_start_src_offset_in_bytes = ESP_HEADER_OCTETS + s->info.iv_octets;
	job->msg_len_to_cipher_in_bytes = f->octets;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = keys_covered(k, f);
	job->iv = f->iv;
	job->iv_len_in_bytes = s->info.iv_octets;
	job->auth_tag_output = k->inbound ? icv : f->icv;
	job->auth_tag_output_len_in_bytes = s->info.icv_octets;
	job->u.HMAC._hashed_auth_key_xor_ipad = mk->pair.inner;
	job->u.HMAC._hashed_auth_key_xor_opad = mk->pair.outer;
	job->cipher_mode = (IMB_CIPHER_MODE)s->multi_cipher;
	job->hash_alg = (IMB_HASH_ALG)s->multi_hash;
	job->cipher_direction = k->inbound ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
	job->chain_order = k->inbound ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	job->user_data2 = k->inbound && s->info.icv_octets ? f->icv : NULL;
}

void multi_start(struct multi *m, unsigned slot, const struct sa_keys *k, const struct frame *f, enum esp_drop *verdict)
{
	IMB_JOB *job;

	if (k->suite->aead) {
		run_gcm(m, k, f, verdict, m->icvs[slot]);
		return;
	}
	*verdict = ESP_DROP_CRYPTO; /* until it is done */
	job = IMB_GET_NEXT_JOB(m->manager);
	fill_job(k, f, m->icvs[slot], job);
	job->user_data = verdict;
	for (job = IMB_SUBMIT_JOB_NOCHECK(m->manager); job; job = IMB_GET_COMPLETED_JOB(m->manager))
		take_result(job);
}

void multi_finish(struct multi *m)
{
	const IMB_JOB *job;

	while ((job = IMB_FLUSH_JOB(m->manager)))
		take_result(job);
}

#else /* there is none */

struct multi *multi_new(void)
{
	return NULL;
}

void multi_free(struct multi *m)
{
	(void)m;
}

void multi_forget_tests(void)
{
}

const char *multi_version(void)
{
	return "";
}

const char *multi_arch(const struct multi *m)
{
	(void)m;
	return "";
}

size_t multi_keys_octets(const struct esp_suite *s)
{
	(void)s;
	return 0;
}

void multi_keys_make(const struct multi *m, const struct sa_keys *k, struct multi_keys *out)
{
	(void)m;
	(void)k;
	(void)out;
}

void multi_start(struct multi *m, unsigned slot, const struct sa_keys *k, const struct frame *f, enum esp_drop *verdict)
{
	(void)m;
	(void)slot;
	(void)k;
	(void)f;
	*verdict = ESP_DROP_CRYPTO;
}

void multi_finish(struct multi *m)
{
	(void)m;
}

#endif
