#include "base/buf.h"
#include "esp/inner.h"
#include "esp/transform.h"

#include <openssl/rand.h>

#define HMAC_MAX 64

/*
 * Restarting an HMAC from its keyed state copies two digest states; it hashes no key. (OpenSSL 3.0 allocates for
 * that copy inside, which only a later OpenSSL can change.)
 */
bool esp_hmac(struct sa *sa, const uint8_t *data, size_t octets, uint8_t out[ESP_ICV_MAX])
{
	uint8_t full[HMAC_MAX];
	size_t len = 0;

	if (!EVP_MAC_init(sa->run.mac, NULL, 0, NULL) || !EVP_MAC_update(sa->run.mac, data, octets) ||
	    !EVP_MAC_final(sa->run.mac, full, &len, sizeof(full)) || len < sa->suite.info.icv_octets)
		return false;
	memcpy(out, full, sa->suite.info.icv_octets);
	return true;
}

/* RFC 4303 3.3.3: the number never cycles; a key engine that was told twice (half, all) has let the SA starve. */
static bool next_sequence(struct sa *sa, uint32_t *out)
{
	uint32_t last = atomic_load_explicit(&sa->run.sequence, memory_order_relaxed);

	if (last == UINT32_MAX)
		return false;
	*out = last + 1;
	atomic_store_explicit(&sa->run.sequence, *out, memory_order_relaxed);
	return true;
}

/* RFC 4303 2.4: padding 1, 2, 3 ... up to the block, then its length and the next header. */
static bool put_trailer(struct esp_packet *p, unsigned block)
{
	size_t pad = (block - (p->octets + ESP_TRAILER_OCTETS) % block) % block;
	uint8_t *at = packet_put(p, pad + ESP_TRAILER_OCTETS);
	struct wr w;

	if (!at)
		return false;
	w = wr_of(at, pad + ESP_TRAILER_OCTETS);
	for (size_t i = 1; i <= pad; i++)
		wr_u8(&w, (uint8_t)i);
	wr_u8(&w, (uint8_t)pad);
	wr_u8(&w, p->family == 6 ? IP_PROTO_IPV6 : IP_PROTO_IPV4);
	return !w.full;
}

/*
 * RFC 4106: the nonce is salt and IV, the IV our sequence number, which no key sees twice: it never wraps, and it
 * starts at 1 with every SA, whose key is fresh. The header is authenticated but not encrypted.
 */
static bool seal_aead(struct sa *sa, struct esp_packet *p)
{
	uint8_t *body = p->data, nonce[ESP_SALT_OCTETS + 8], *iv, *header, *icv;
	size_t octets = p->octets;
	struct wr w = wr_of(nonce, sizeof(nonce));
	int n = 0, rest = 0;

	wr_bytes(&w, sa->salt, ESP_SALT_OCTETS);
	wr_u32(&w, 0);
	wr_u32(&w, p->sequence);
	iv = packet_push(p, 8);
	header = packet_push(p, ESP_HEADER_OCTETS);
	icv = packet_put(p, sa->suite.info.icv_octets);
	if (!iv || !header || !icv)
		return false;
	w = wr_of(header, ESP_HEADER_OCTETS + 8);
	wr_u32(&w, sa->params.spi);
	wr_u32(&w, p->sequence);
	wr_u32(&w, 0);
	wr_u32(&w, p->sequence);
	return EVP_EncryptInit_ex2(sa->run.cipher, NULL, NULL, nonce, NULL) &&
	       EVP_EncryptUpdate(sa->run.cipher, NULL, &n, header, ESP_HEADER_OCTETS) &&
	       EVP_EncryptUpdate(sa->run.cipher, body, &n, body, (int)octets) && (size_t)n == octets &&
	       EVP_EncryptFinal_ex(sa->run.cipher, body, &rest) && rest == 0 &&
	       EVP_CIPHER_CTX_ctrl(sa->run.cipher, EVP_CTRL_AEAD_GET_TAG, (int)sa->suite.info.icv_octets, icv);
}

/* Encrypt, then authenticate what is sent: RFC 4303 3.3.2. */
static bool seal(struct sa *sa, struct esp_packet *p, const uint8_t *random_iv)
{
	uint8_t *body = p->data, *front, icv[ESP_ICV_MAX], *at;
	size_t octets = p->octets;
	struct wr w;
	int n = 0;

	if (sa->run.cipher && !(EVP_EncryptInit_ex2(sa->run.cipher, NULL, NULL, random_iv, NULL) &&
				EVP_EncryptUpdate(sa->run.cipher, body, &n, body, (int)octets) && (size_t)n == octets))
		return false;
	front = packet_push(p, ESP_HEADER_OCTETS + sa->suite.info.iv_octets);
	if (!front)
		return false;
	w = wr_of(front, ESP_HEADER_OCTETS + sa->suite.info.iv_octets);
	wr_u32(&w, sa->params.spi);
	wr_u32(&w, p->sequence);
	wr_bytes(&w, random_iv, sa->suite.info.iv_octets);
	if (!sa->run.mac)
		return !w.full;
	if (w.full || !esp_hmac(sa, p->data, p->octets, icv))
		return false;
	at = packet_put(p, sa->suite.info.icv_octets);
	if (at)
		memcpy(at, icv, sa->suite.info.icv_octets);
	return at != NULL;
}

void esp_encap(struct esp_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		/* CBC needs an IV that nobody can predict: RFC 3602 3. */
		uint8_t iv[ESP_IV_MAX];
		struct sa *sa = p[i].sa;
		bool ok;

		if (p[i].verdict)
			continue;
		p[i].inner_octets = p[i].octets;
		if (!sa->suite.aead && sa->suite.info.iv_octets &&
		    RAND_bytes_ex(sa->lib, iv, sa->suite.info.iv_octets, 0) != 1) {
			p[i].verdict = ESP_DROP_CRYPTO;
			continue;
		}
		if (!next_sequence(sa, &p[i].sequence)) {
			p[i].verdict = ESP_DROP_SEQUENCE;
			continue;
		}
		ok = put_trailer(&p[i], sa->suite.info.block_octets) &&
		     (sa->suite.aead ? seal_aead(sa, &p[i]) : seal(sa, &p[i], iv));
		if (!ok)
			p[i].verdict = ESP_DROP_CRYPTO;
	}
}
