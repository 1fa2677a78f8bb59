#include "shell/print_condition.h"

#include "ike/ops.h"
#include "shell/show.h"

#include <stdio.h>

/* In the order of Cisco's example; those with a `unit` stand behind their title, with their engine where they have one. */
static const struct {
	enum ike_condition_kind kind;
	const char *title, *unit;
} filters[] = {
	{ IKE_BY_PEER, "IKE peer IP address filters:", NULL },
	{ IKE_BY_SUBNET, "IKE peer subnet filters:", NULL },
	{ IKE_BY_HOSTNAME, "IKE peer hostname filters:", NULL },
	{ IKE_BY_GROUP, "IKE peer group filters:", NULL },
	{ IKE_BY_LOCAL, "IKE local IP address filters:", NULL },
	{ IKE_BY_PROFILE, "ISAKMP profile filters:", NULL },
	{ IKE_BY_FVRF, "FVRF filters:", NULL },
	{ IKE_BY_IVRF, "IVRF filters:", NULL },
	{ IKE_BY_CONNID, "Connection-id filters:", "connid:engine_id" },
	{ IKE_BY_FLOWID, "Flow-id filters:", "flowid:engine_id" },
	{ IKE_BY_SPI, "SPI filters:", "spi" },
};

#define FILTERS (sizeof(filters) / sizeof(filters[0]))

static const char *value_text(const struct ike_condition *c, char buf[CONFIG_TEXT_SIZE])
{
	char address[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];

	const struct ip_addr m = ip_mask(c->address.len);

	if (c->kind == IKE_BY_PEER || c->kind == IKE_BY_LOCAL)
		return ip_text(&c->address.addr, buf);
	if (c->kind == IKE_BY_SUBNET)
		snprintf(buf, CONFIG_TEXT_SIZE, "%s/%s", ip_text(&c->address.addr, address), ip_text(&m, mask));
	else if (c->kind == IKE_BY_CONNID || c->kind == IKE_BY_FLOWID)
		snprintf(buf, CONFIG_TEXT_SIZE, "%u:%u,", c->number, c->engine_id);
	else if (c->kind == IKE_BY_SPI)
		snprintf(buf, CONFIG_TEXT_SIZE, "0x%X,", c->number);
	else
		return c->name;
	return buf;
}

/* Addresses and names stand three to a line below the title, numbers all behind it. */
static void print_filter(struct session *s, const struct ike_conditions *c, size_t f)
{
	char line[2048] = "", text[CONFIG_TEXT_SIZE];
	size_t at = 0;
	unsigned values = 0;

	for (unsigned i = 0; i < c->count; i++) {
		if (c->list[i].kind != filters[f].kind)
			continue;
		if (!values) {
			show_blank(s);
			if (filters[f].unit)
				at = (size_t)snprintf(line, sizeof(line), "%s[%s]", filters[f].title, filters[f].unit);
			else
				session_line(s, "%s", filters[f].title);
		}
		if (!filters[f].unit && values && values % 3 == 0) {
			session_line(s, "%s", line);
			at = 0;
		}
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", at && !filters[f].unit ? "  " : "",
				       value_text(&c->list[i], text));
		values++;
	}
	if (values)
		session_line(s, "%s", line);
}

static const char *on_off(const struct ike_conditions *c, unsigned kind)
{
	return c->unmatched & kind ? "ON" : "OFF";
}

void print_conditions(struct session *s, const struct ike_conditions *c, const struct show_conditions *which)
{
	session_line(s, "Crypto conditional debug currently is turned %s", c->count ? "ON" : "OFF");
	if (which->unmatched) {
		session_line(s, "IKE debug context unmatched flag: %s", on_off(c, IKE_DEBUG_ISAKMP));
		session_line(s, "IPsec debug context unmatched flag:  %s", on_off(c, IKE_DEBUG_IPSEC));
		session_line(s, "Crypto Engine debug context unmatched flag:  %s", on_off(c, IKE_DEBUG_ENGINE));
	}
	for (size_t f = 0; f < FILTERS; f++)
		if (which->kinds & 1u << filters[f].kind)
			print_filter(s, c, f);
}
