/* Vendor IDs: what IOS prints about a peer's, and which it sends. RFC 2408 3.16. */
#include "ike/table.h"

static void one(struct ike_step *s, const struct payload *p)
{
	struct ike *e = s->e;
	const struct ike_bytes v = ike_body(p);
	const enum isakmp_vid vid = isakmp_vid_identify(v.p, v.octets);
	const uint32_t cid = s->sa->conn_id;
	uint8_t ios[IKE_IOS_VID_OCTETS];

	if (vid == VID_FRAGMENTATION) {
		dbg_vid_frag(e, cid);
		if (!e->set.fragmentation)
			dbg_vid_frag_off(e, cid);
		return;
	}
	dbg_vid(e, cid);
	if (vid == VID_UNITY || vid == VID_DPD) {
		s->sa->peer_dpd |= vid == VID_DPD;
		dbg_vid_is(e, cid, vid == VID_UNITY ? "Unity" : "DPD");
		return;
	}
	if (v.octets == sizeof(ios) && !ike_ios_vid(e->crypto, s->sa->icookie, s->sa->rcookie, ios) &&
	    !memcmp(v.p, ios, sizeof(ios))) {
		s->sa->peer_ios = true;
		dbg_vid_ios(e, cid);
		return;
	}
	/* Unity and DPD are 14 octets of a hash, then major and minor version; IOS reads every other VID so */
	if (isakmp_vid_major(v.p, v.octets) == 1)
		dbg_vid_hash(e, cid);
	else
		dbg_vid_major(e, cid, isakmp_vid_major(v.p, v.octets));
	if (vid == VID_XAUTH)
		dbg_vid_is(e, cid, "XAUTH");
	else if (vid == VID_NATT_RFC3947)
		dbg_vid_natt(e, cid);
	else if (vid == VID_NATT_07)
		dbg_vid_is(e, cid, "NAT-T v7");
	else if (vid == VID_NATT_03)
		dbg_vid_is(e, cid, "NAT-T v3");
	else if (vid == VID_NATT_02)
		dbg_vid_is(e, cid, "NAT-T v2");
}

void ike_vendor_ids(struct ike_step *s)
{
	for (unsigned i = 0; i < s->in.count; i++)
		if (s->in.p[i].type == PAYLOAD_VID)
			one(s, &s->in.p[i]);
}

static void put(struct ike_step *s, enum isakmp_vid vid)
{
	size_t octets;
	const uint8_t *data = isakmp_vid_octets(vid, &octets);

	if (data)
		wr_payload(&s->out, PAYLOAD_VID, data, octets);
}

void ike_vendor_build(struct ike_step *s)
{
	static const uint8_t none[ISAKMP_COOKIE_OCTETS];
	uint8_t ios[IKE_IOS_VID_OCTETS];

	if (!s->sa->initiator)
		put(s, VID_UNITY);
	put(s, VID_DPD);
	/* it depends on both cookies, of which the first message of Aggressive Mode has but one */
	if (memcmp(s->sa->rcookie, none, sizeof(none)) &&
	    !ike_ios_vid(s->e->crypto, s->sa->icookie, s->sa->rcookie, ios))
		wr_payload(&s->out, PAYLOAD_VID, ios, sizeof(ios));
	if (s->sa->initiator)
		put(s, VID_XAUTH);
}
