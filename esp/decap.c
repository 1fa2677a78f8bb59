#include "base/buf.h"
#include "base/wipe.h"
#include "esp/inner.h"
#include "esp/transform.h"

/* RFC 4303 3.4.3, first half: nothing is computed for a packet that is too old or was seen. */
static enum esp_drop check_window(struct esp_packet *p)
{
	const struct esp_suite_info *s = &p->sa->suite.info;
	struct rd r = rd_of(p->data, p->octets);
	size_t around = ESP_HEADER_OCTETS + s->iv_octets + s->icv_octets, body;

	rd_u32(&r); /* the SPI led to the SA */
	p->sequence = rd_u32(&r);
	if (r.why || p->octets <= around)
		return ESP_DROP_SHORT;
	body = p->octets - around;
	if (body % s->block_octets)
		return ESP_DROP_SHORT;
	return replay_check(&p->sa->run.replay, p->sequence) ? ESP_OK : ESP_DROP_REPLAY;
}

/* 3.4.4.1. GCM verifies as it decrypts. */
static enum esp_drop verify(struct esp_packet *p)
{
	uint8_t icv[ESP_ICV_MAX], *theirs;

	if (!p->sa->run.mac)
		return ESP_OK;
	theirs = packet_trim(p, p->sa->suite.info.icv_octets);
	if (!theirs)
		return ESP_DROP_SHORT;
	if (!esp_hmac(p->sa, p->data, p->octets, icv))
		return ESP_DROP_CRYPTO;
	return equal_const_time(icv, theirs, p->sa->suite.info.icv_octets) ? ESP_OK : ESP_DROP_ICV;
}

static enum esp_drop open_aead(struct sa *sa, struct esp_packet *p)
{
	uint8_t nonce[ESP_SALT_OCTETS + 8];
	uint8_t *icv = packet_trim(p, sa->suite.info.icv_octets);
	uint8_t *header = packet_pull(p, ESP_HEADER_OCTETS), *iv = packet_pull(p, sa->suite.info.iv_octets);
	struct wr w = wr_of(nonce, sizeof(nonce));
	int n = 0, rest = 0;

	if (!icv || !header || !iv)
		return ESP_DROP_SHORT;
	wr_bytes(&w, sa->salt, ESP_SALT_OCTETS);
	wr_bytes(&w, iv, sa->suite.info.iv_octets);
	if (w.full || !EVP_DecryptInit_ex2(sa->run.cipher, NULL, NULL, nonce, NULL) ||
	    !EVP_DecryptUpdate(sa->run.cipher, NULL, &n, header, ESP_HEADER_OCTETS) ||
	    !EVP_DecryptUpdate(sa->run.cipher, p->data, &n, p->data, (int)p->octets) || (size_t)n != p->octets ||
	    !EVP_CIPHER_CTX_ctrl(sa->run.cipher, EVP_CTRL_AEAD_SET_TAG, (int)sa->suite.info.icv_octets, icv))
		return ESP_DROP_CRYPTO;
	return EVP_DecryptFinal_ex(sa->run.cipher, p->data, &rest) > 0 ? ESP_OK : ESP_DROP_ICV;
}

/* 3.4.4 step 2 */
static enum esp_drop decrypt(struct esp_packet *p)
{
	struct sa *sa = p->sa;
	uint8_t *iv;
	int n = 0;

	if (sa->suite.aead)
		return open_aead(sa, p);
	if (!packet_pull(p, ESP_HEADER_OCTETS) || !(iv = packet_pull(p, sa->suite.info.iv_octets)))
		return ESP_DROP_SHORT;
	if (!sa->run.cipher)
		return ESP_OK;
	return EVP_DecryptInit_ex2(sa->run.cipher, NULL, NULL, iv, NULL) &&
			       EVP_DecryptUpdate(sa->run.cipher, p->data, &n, p->data, (int)p->octets) &&
			       (size_t)n == p->octets
		       ? ESP_OK
		       : ESP_DROP_CRYPTO;
}

/* 2.4, 2.6: what stood behind the inner packet. The ICV has vouched for it where there is one. */
static enum esp_drop take_trailer(struct esp_packet *p, uint8_t *next_header)
{
	uint8_t *at = packet_trim(p, ESP_TRAILER_OCTETS);
	struct rd r;
	size_t pad;

	if (!at)
		return ESP_DROP_SHORT;
	r = rd_of(at, ESP_TRAILER_OCTETS);
	pad = rd_u8(&r);
	*next_header = rd_u8(&r);
	at = packet_trim(p, pad);
	if (!at)
		return ESP_DROP_PADDING;
	r = rd_of(at, pad);
	for (size_t i = 1; i <= pad; i++)
		if (rd_u8(&r) != i)
			return ESP_DROP_PADDING;
	return ESP_OK;
}

/* RFC 4301 5.2 step 4: the SA protects every packet of the tunnel's family and no other. */
static enum esp_drop check_selector(struct esp_packet *p, uint8_t next_header)
{
	struct inner in;
	unsigned family;

	if (next_header == IP_PROTO_NONE) {
		p->dummy = true;
		return ESP_OK;
	}
	family = next_header == IP_PROTO_IPV4 ? 4 : next_header == IP_PROTO_IPV6 ? 6 : 0;
	if (!family || inner_version(p->data, p->octets) != family)
		return ESP_DROP_SELECTOR;
	if (family != p->family)
		return ESP_DROP_FAMILY;
	if (!inner_read(p->data, p->octets, &in))
		return ESP_DROP_SELECTOR;
	packet_trim(p, p->octets - in.octets); /* TFC padding, RFC 4303 2.7 */
	return inner_merge_ecn(p->data, p->octets, p->tos) ? ESP_OK : ESP_DROP_ECN;
}

static enum esp_drop after_decryption(struct esp_packet *p)
{
	uint8_t next_header = IP_PROTO_NONE;
	uint32_t top = sa_sequence(p->sa);
	enum esp_drop drop;

	if (!replay_commit(&p->sa->run.replay, p->sequence))
		return ESP_DROP_REPLAY;
	p->newest = p->sequence > top;
	drop = take_trailer(p, &next_header);
	return drop ? drop : check_selector(p, next_header);
}

void esp_decap(struct esp_packet *p, unsigned count)
{
	static enum esp_drop (*const steps[])(struct esp_packet *) = { check_window, verify, decrypt,
								       after_decryption };

	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
		for (unsigned i = 0; i < count; i++)
			if (!p[i].verdict)
				p[i].verdict = steps[s](&p[i]);
}
