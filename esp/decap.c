#include "base/buf.h"
#include "esp/engine_parts.h"
#include "esp/inner.h"
#include "esp/transform.h"

/* Where the parts are. False: they are not all there, or the body is no whole number of blocks. */
static bool find_frame(const struct esp_packet *p, struct frame *f)
{
	const struct esp_suite_info *s = &p->sa->suite.info;
	size_t around = ESP_HEADER_OCTETS + s->iv_octets + s->icv_octets;
	struct wr w = wr_of(p->data, p->octets);

	if (p->octets <= around || (p->octets - around) % s->block_octets)
		return false;
	f->octets = p->octets - around;
	f->header = wr_take(&w, ESP_HEADER_OCTETS);
	f->iv = wr_take(&w, s->iv_octets);
	f->body = wr_take(&w, f->octets);
	f->icv = wr_take(&w, s->icv_octets);
	return true;
}

/* RFC 4303 3.4.3, first half: nothing is computed for a packet that is too old or was seen. */
static enum esp_drop check_window(struct esp_packet *p, struct frame *f)
{
	struct rd r = rd_of(p->data, p->octets);
	bool fresh;

	rd_u32(&r); /* the SPI led to the SA */
	p->sequence = rd_u32(&r);
	if (!find_frame(p, f))
		return ESP_DROP_SHORT;
	sa_lock(p->sa);
	fresh = replay_check(&p->sa->run.replay, p->sequence);
	sa_unlock(p->sa);
	return fresh ? ESP_OK : ESP_DROP_REPLAY;
}

void esp_open(struct engine *e, struct esp_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!p[i].verdict)
			p[i].verdict = check_window(&p[i], &e->frames[i]);
	engine_run(e, p, count); /* 3.4.4: the ICV, then what it vouches for is decrypted */
	for (unsigned i = 0; i < count; i++) {
		const struct esp_suite_info *s;

		if (p[i].verdict)
			continue;
		s = &p[i].sa->suite.info;
		packet_trim(&p[i], s->icv_octets);
		packet_pull(&p[i], ESP_HEADER_OCTETS + s->iv_octets);
	}
}

/* 3.4.3, second half. */
static bool commit(struct esp_packet *p)
{
	struct sa *sa = p->sa;
	bool fresh;

	sa_lock(sa);
	p->newest = p->sequence > sa_sequence(sa);
	fresh = replay_commit(&sa->run.replay, p->sequence);
	sa_unlock(sa);
	return fresh;
}

/* 2.4, 2.6: what stood behind the inner packet. The ICV has vouched for it where there is one. */
static enum esp_drop take_trailer(struct esp_packet *p, uint8_t *next_header)
{
	uint8_t *at = packet_trim(p, ESP_TRAILER_OCTETS);
	uint8_t wrong = 0;
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
	for (size_t i = 0; i < pad; i++)
		wrong |= at[i] ^ (uint8_t)(i + 1);
	if (wrong)
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

static enum esp_drop take(struct esp_packet *p)
{
	uint8_t next_header = IP_PROTO_NONE;
	enum esp_drop drop;

	if (!commit(p))
		return ESP_DROP_REPLAY;
	drop = take_trailer(p, &next_header);
	return drop ? drop : check_selector(p, next_header);
}

void esp_accept(struct esp_packet *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!p[i].verdict)
			p[i].verdict = take(&p[i]);
}

void esp_decap(struct engine *e, struct esp_packet *p, unsigned count)
{
	esp_open(e, p, count);
	esp_accept(p, count);
}
