/* Phase 2: the peer's proposals against an ident's transform sets, in IOS's words. RFC 2407 4.5. */
#include "ike/choose.h"
#include "ike/natt.h"

#include "base/names.h"

#include <stdio.h>

static const struct name transform_names[] = { { ESP_TRANSFORM_DES, "ESP_DES" },    { ESP_TRANSFORM_3DES, "ESP_3DES" },
					       { ESP_TRANSFORM_NULL, "ESP_NULL" },  { ESP_TRANSFORM_AES, "ESP_AES " },
					       { ESP_TRANSFORM_GCM_16, "ESP_GCM" }, { 0, NULL } };
static const struct name encaps_names[] = { { IPSEC_ENCAPS_TUNNEL, " (Tunnel)" },
					    { IPSEC_ENCAPS_TRANSPORT, " (Transport)" },
					    { IPSEC_ENCAPS_UDP_TUNNEL, " (Tunnel-UDP)" },
					    { IPSEC_ENCAPS_UDP_TRANSPORT, " (Transport-UDP)" },
					    { IPSEC_ENCAPS_UDP_TUNNEL_03, " (Tunnel-UDP)" },
					    { IPSEC_ENCAPS_UDP_TRANSPORT_03, " (Transport-UDP)" },
					    { 0, NULL } };
static const struct name auth_names[] = {
	{ IPSEC_AUTH_HMAC_MD5, "HMAC-MD5" },       { IPSEC_AUTH_HMAC_SHA, "HMAC-SHA" },
	{ IPSEC_AUTH_HMAC_SHA256, "HMAC-SHA256" }, { IPSEC_AUTH_HMAC_SHA384, "HMAC-SHA384" },
	{ IPSEC_AUTH_HMAC_SHA512, "HMAC-SHA512" }, { 0, NULL }
};

static void say_attr(struct ike *e, const struct ike_attr *a)
{
	char text[80];

	switch (a->type) {
	case IPSEC_ATTR_LIFE_TYPE:
		snprintf(text, sizeof(text), "SA life type in %s",
			 a->value == LIFE_KILOBYTES ? "kilobytes" : "seconds");
		break;
	case IPSEC_ATTR_LIFE_DURATION:
		ike_say_duration(e, "SA life duration", a);
		return;
	case IPSEC_ATTR_GROUP:
		snprintf(text, sizeof(text), "group is %u", a->value);
		break;
	case IPSEC_ATTR_ENCAPS:
		snprintf(text, sizeof(text), "encaps is %u%s", a->value, name_of(encaps_names, (int)a->value, ""));
		break;
	case IPSEC_ATTR_AUTH:
		if (name_of(auth_names, (int)a->value, NULL))
			snprintf(text, sizeof(text), "authenticator is %s", name_of(auth_names, (int)a->value, ""));
		else
			snprintf(text, sizeof(text), "authenticator... What? %u?", a->value);
		break;
	case IPSEC_ATTR_KEY_LENGTH:
		snprintf(text, sizeof(text), "key length is %u", a->value);
		break;
	default:
		snprintf(text, sizeof(text), "attribute... What? %u?", a->type);
		break;
	}
	dbg_attr(e, text);
}

void ike_say_duration(struct ike *e, const char *what, const struct ike_attr *a)
{
	char text[128];
	int n;

	if (a->basic) {
		snprintf(text, sizeof(text), "%s (basic) of %u", what, a->value);
	} else {
		n = snprintf(text, sizeof(text), "%s (VPI) of  ", what);
		for (size_t i = 0; i < a->value_octets && i < 8; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "0x%X ", a->octets[i]);
	}
	dbg_attr(e, text);
}

/* What came, spelled as a transform set: "esp-aes esp-md5-hmac ". */
static const char *offer_text(const struct ike_p2_attrs *a, char buf[64])
{
	const int cipher = ike_cipher_of_wire(a->transform_id), auth = ike_esp_auth_of_wire(a->auth);
	const struct ike_proposal p = { .cipher = cipher < 0 ? ESP_CIPHER_NONE : (enum esp_cipher)cipher,
					.keybits = a->keybits,
					.auth = auth < 0 ? ESP_AUTH_NONE : (enum esp_auth)auth };

	return ike_transform_text(&p, buf);
}

static void say_validate(struct ike_step *s, const struct ike_proxies *x, unsigned keybits)
{
	char text[512];

	dbg_validate_part(s->e, 1);
	if (s->e->debug & IKE_DEBUG_IPSEC)
		dbg_validate(s->e, 1, ike_inbound_text(&s->sa->path, &x->local, &x->remote, keybits, text));
}

/*
 * ESP alone under its number: a combination with AH or IPCOMP is not one that can be granted; and an SPI that is one: 0 is
 * none, 1 to 255 are reserved (RFC 4303 2.1).
 */
static bool esp_alone(const struct payload_sa *sa, const struct payload_proposal *p)
{
	for (unsigned i = 0; i < sa->proposal_count; i++)
		if (&sa->proposals[i] != p && sa->proposals[i].number == p->number)
			return false;
	return p->protocol == PROTO_IPSEC_ESP && p->spi_octets == 4 && payload_spi(p->spi) >= IKE_SPI_MIN;
}

bool ike_p2_choose(struct ike_step *s, const struct payload_sa *sa, const struct ike_ident_entry *ident,
		   const struct ike_proxies *x, struct ike_p2_choice *out)
{
	const uint32_t cid = s->sa->conn_id;
	char text[64], unknown[32];

	for (unsigned i = 0; i < sa->proposal_count; i++) {
		const struct payload_proposal *p = &sa->proposals[i];

		dbg_checking2(s->e, cid, p->number);
		for (unsigned t = p->first; t < p->first + p->count; t++) {
			const struct payload_transform *tr = &sa->transforms[t];
			bool readable = ike_p2_parse(tr->id, tr->attrs, &out->offer);

			snprintf(unknown, sizeof(unknown), "ESP_UNKNOWN %u", tr->id);
			out->offer.transform_id = tr->id;
			dbg_transform(s->e, tr->number, name_of(transform_names, tr->id, unknown));
			dbg_attributes(s->e);
			for (unsigned a = 0; a < out->offer.count; a++)
				say_attr(s->e, &out->offer.list[a]);
			if (!readable || !esp_alone(sa, p)) {
				dbg_atts_bad(s->e, cid, tr->next);
				continue;
			}
			dbg_atts_ok2(s->e, cid);
			say_validate(s, x, out->offer.keybits);
			if (!ident) {
				dbg_no_map(s->e);
				dbg_bad_proxies(s->e);
				dbg_proposal_invalidated(s->e, cid, 32);
				continue;
			}
			out->offer.encaps = ike_natt_native(s->sa, out->offer.encaps, &out->udp);
			out->proposal = p;
			out->transform = tr;
			for (unsigned k = 0; k < ident->config.proposal_count; k++) {
				out->set = ident->config.proposals[k];
				if (ike_p2_compare(&out->offer, &out->set, ident->config.pfs_group) == IKE_P2_SAME)
					return true;
			}
			dbg_bad_transform(s->e, offer_text(&out->offer, text));
			dbg_proposal_invalidated(s->e, cid, 256);
		}
	}
	return false;
}

void ike_p2_agree(struct ike_qm *qm, const struct ike_ident *ident, const struct ike_p2_choice *c)
{
	qm->chosen = c->set;
	qm->udp = c->udp;
	qm->number = c->proposal->number;
	qm->group = c->offer.group;
	qm->out_spi = payload_spi(c->proposal->spi);
	qm->offered_s = c->offer.life_s ? c->offer.life_s : IPSEC_LIFE_DEFAULT_S;
	qm->offered_kb = c->offer.life_kb;
	qm->life_s = ident->lifetime_s && ident->lifetime_s < qm->offered_s ? ident->lifetime_s : qm->offered_s;
	qm->life_kb = ident->lifetime_kb;
	if (qm->offered_kb && (!qm->life_kb || qm->offered_kb < qm->life_kb))
		qm->life_kb = qm->offered_kb;
}
