/* `show crypto engine configuration`, `brief`, `accelerator statistic`. */
#include "shell/print_accelerator.h"
#include "shell/print_crypto.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

typedef unsigned long long big;

/* What a row costs in one of the engines, 0: it has no such transform. */
typedef unsigned (*row_ns)(const struct esp_engine_row *r);

static unsigned single_ns(const struct esp_engine_row *r)
{
	return r->single_ns;
}

static unsigned multi_ns(const struct esp_engine_row *r)
{
	return r->multi_ns;
}

static void label(struct session *s, const char *name, const char *value)
{
	session_line(s, "%26s:   %s", name, value);
}

static bool has(const struct show_engine *e, row_ns ns, enum esp_cipher cipher, unsigned keybits)
{
	for (size_t k = 0; k < e->row_count; k++)
		if (e->rows[k].cipher == cipher && (!keybits || e->rows[k].keybits == keybits) && ns(&e->rows[k]))
			return true;
	return false;
}

static void capability(struct session *s, const struct show_engine *e, row_ns ns, const char *name,
		       enum esp_cipher cipher, bool has_sizes)
{
	char sizes[32] = "";

	for (unsigned bits = 128; has_sizes && bits <= 256; bits += 64)
		if (has(e, ns, cipher, bits))
			snprintf(sizes + strlen(sizes), sizeof(sizes) - strlen(sizes), "%s%u", *sizes ? "," : " (",
				 bits);
	if (*sizes)
		strcat(sizes, ")");
	session_line(s, "%26s:   %s%s", name, has(e, ns, cipher, 0) ? "Yes" : "No", sizes);
}

static void print_one(struct session *s, const struct show_engine *e, const char *name, row_ns ns)
{
	show_blank(s);
	label(s, "crypto engine name", name);
	label(s, "crypto engine type", "software");
	label(s, "crypto engine state", "installed");
	label(s, "crypto engine in slot", "N/A");
	label(s, "Compression", "No");
	capability(s, e, ns, "DES", ESP_CIPHER_DES, false);
	capability(s, e, ns, "3 DES", ESP_CIPHER_3DES, false);
	capability(s, e, ns, "AES CBC", ESP_CIPHER_AES, true);
	capability(s, e, ns, "AES GCM", ESP_CIPHER_GCM, true);
}

void print_engine_brief(struct session *s, const struct show_engine *e)
{
	print_one(s, e, e->single, single_ns);
	if (*e->multi)
		print_one(s, e, e->multi, multi_ns);
}

static const char *engine_of(const struct esp_engine_row *r, char buf[40])
{
	if (!r->single_ns && !r->multi_ns)
		return "none";
	if (!r->multi_from)
		return "OpenSSL";
	if (r->multi_from == 1 || !r->single_ns)
		return "ipsec-mb";
	snprintf(buf, 40, "ipsec-mb from %u packets", r->multi_from);
	return buf;
}

static const char *ns_text(unsigned ns, char buf[16])
{
	if (!ns)
		return "-";
	snprintf(buf, 16, "%u", ns);
	return buf;
}

static void print_transport(struct session *s, const struct router_transport_info *p)
{
	char packets[96];

	session_line(s, "   %-30s %s", p->name, p->transport);
	if (!p->xdp) {
		if (p->why[0])
			session_line(s, "   %-30s no AF_XDP: %s", "", p->why);
		return;
	}
	snprintf(packets, sizeof(packets), "%llu sent, %llu received, %llu dropped", (big)p->sent, (big)p->received,
		 (big)p->dropped);
	session_line(s, "   %-30s %s", "", packets);
}

void print_engine_configuration(struct session *s, const struct show_engine *e)
{
	char workers[32];

	print_engine_brief(s, e);
	show_blank(s);
	session_line(s, "   Encryption Process Info:");
	snprintf(workers, sizeof(workers), "%u in each direction", e->workers);
	label(s, "workers", workers);
	show_blank(s);
	session_line(s, "   ESP that is not encapsulated in UDP:");
	for (size_t k = 0; k < e->port_count; k++)
		print_transport(s, &e->ports[k]);
	show_blank(s);
	session_line(s, "   Transforms (ns for a packet of 512 bytes):");
	session_line(s, "   %-30s %-25s %8s %9s %6s", "transform", "engine", "OpenSSL", "ipsec-mb", "of 16");
	for (const struct esp_engine_row *r = e->rows; r < e->rows + e->row_count; r++) {
		char transform[SHOW_TRANSFORM_SIZE], engine[40], single[16], alone[16], many[16];

		session_line(s, "   %-30s %-25s %8s %9s %6s", show_transform(r->cipher, r->keybits, r->auth, transform),
			     engine_of(r, engine), ns_text(r->single_ns, single), ns_text(r->multi_1, alone),
			     ns_text(r->multi_ns, many));
	}
}

/* --- accelerator statistic ---- */

static void pair(struct session *s, big in, const char *what_in, big out, const char *what_out)
{
	char left[32];

	snprintf(left, sizeof(left), "%s", what_in);
	session_line(s, "%19llu %-20s%18llu %s", in, left, out, what_out);
}

/* Of both directions, in the order of their list, two in a line. */
static void print_drops(struct session *s, const struct router_engine_counters *c)
{
	char left[64] = "";

	session_line(s, "Errors:");
	for (int d = ESP_OK + 1; d < ESP_DROP_COUNT; d++) {
		char text[64];

		snprintf(text, sizeof(text), "%-24s:%13llu", esp_drop_name((enum esp_drop)d),
			 (big)c->in.drops[d] + c->out.drops[d]);
		if (!*left) {
			memcpy(left, text, sizeof(left));
			continue;
		}
		session_line(s, "        %s   %s", left, text);
		*left = '\0';
	}
	session_line(s, "        %s%s%-24s:%13llu", left, *left ? "   " : "", "socket full", (big)c->no_buffer);
}

static uint64_t drops(const struct esp_counters *c)
{
	uint64_t n = 0;

	for (int d = ESP_OK + 1; d < ESP_DROP_COUNT; d++)
		n += c->drops[d];
	return n;
}

static void print_stages(struct session *s, const struct router_engine_counters *c)
{
	char cost[32];

	if (!c->measuring) {
		session_line(s, "Stages are not measured (debug crypto engine packet)");
		return;
	}
	session_line(s, "Stages, measured for %llu seconds:", (big)c->measured_s);
	snprintf(cost, sizeof(cost), "%.16s/packet", c->unit);
	session_line(s, "        %-10s %15s %15s %15s %15s", "stage", "packets", "batches", "packets/batch", cost);
	for (int k = 0; k < ESP_STAGE_COUNT; k++) {
		const struct esp_stage_count *t = &c->stages[k];
		double per_turn = t->turns ? (double)t->packets / (double)t->turns : 0;
		double per_packet = t->packets ? (double)t->cycles / (double)t->packets : 0;

		session_line(s, "        %-10s %15llu %15llu %15.1f %15.0f", esp_stage_name((enum esp_stage)k),
			     (big)t->packets, (big)t->turns, per_turn, per_packet);
	}
}

void print_engine_statistics(struct session *s, const struct router_engine_counters *c)
{
	const struct esp_counters *in = &c->in, *out = &c->out;
	const uint64_t done = in->packets + out->packets, came = done + drops(in) + drops(out);
	const uint64_t seconds = c->cleared_s ? c->cleared_s : 1;

	session_line(s, "Device:   Software");
	session_line(s, "Location: Onboard: 0");
	session_line(s, "        :Statistics for encryption device since the last clear");
	session_line(s, "         of counters %llu seconds ago", (big)c->cleared_s);
	pair(s, came, "packets in", done, "packets out");
	pair(s, came / seconds, "paks/sec in", done / seconds, "paks/sec out");
	pair(s, in->packets, "packets decrypted", out->packets, "packets encrypted");
	pair(s, in->octets, "bytes decrypted", out->octets, "bytes encrypted");
	pair(s, in->octets * 8 / 1000 / seconds, "Kbits/sec decrypted", out->octets * 8 / 1000 / seconds,
	     "Kbits/sec encrypted");
	show_blank(s);
	print_drops(s, c);
	show_blank(s);
	print_stages(s, c);
}
