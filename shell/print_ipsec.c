/* `show crypto ipsec ...`: SAs, transform sets and profiles. */
#include "base/names.h"
#include "shell/print_crypto.h"
#include "shell/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct name auth_names[] = {
	{ ESP_AUTH_MD5, "esp-md5-hmac" },       { ESP_AUTH_SHA, "esp-sha-hmac" },
	{ ESP_AUTH_SHA256, "esp-sha256-hmac" }, { ESP_AUTH_SHA384, "esp-sha384-hmac" },
	{ ESP_AUTH_SHA512, "esp-sha512-hmac" }, { 0, NULL },
};

/* The set that every 15.x router has. */
static const struct transform_set default_set = {
	.name = "default",
	.cipher = ESP_CIPHER_AES,
	.keybits = 128,
	.auth = ESP_AUTH_SHA,
	.transport = true,
};

const char *show_transform(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, char buf[SHOW_TRANSFORM_SIZE])
{
	char bits[16] = "";
	const char *hmac = name_of(auth_names, (int)auth, ""), *name = "";

	switch (cipher) {
	case ESP_CIPHER_NONE:
		break;
	case ESP_CIPHER_NULL:
		name = "esp-null ";
		break;
	case ESP_CIPHER_DES:
		name = "esp-des ";
		break;
	case ESP_CIPHER_3DES:
		name = "esp-3des ";
		break;
	case ESP_CIPHER_AES:
		name = keybits == 256 ? "esp-256-aes " : keybits == 192 ? "esp-192-aes " : "esp-aes ";
		break;
	case ESP_CIPHER_GCM:
		name = "esp-gcm ";
		if (keybits > 128)
			snprintf(bits, sizeof(bits), "%u ", keybits);
		break;
	}
	snprintf(buf, SHOW_TRANSFORM_SIZE, "%s%s%s%s", name, bits, hmac, *hmac ? " " : "");
	return buf;
}

/* "::/0/0/0", "0.0.0.0/0.0.0.0/0/0": address, mask, protocol, port. */
static void proxy_line(struct session *s, const char *side, const struct ip_prefix *p)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m;

	ip_text(&p->addr, addr);
	if (p->addr.family == 4) {
		m = ip_mask(p->len);
		ip_text(&m, mask);
	} else {
		snprintf(mask, sizeof(mask), "%u", p->len);
	}
	session_line(s, "   %s ident (addr/mask/prot/port): (%s/%s/0/0)", side, addr, mask);
}

/* What the bits say in the captures: 80000000 always, 40 tunnel mode, 1 IPv6 endpoints. */
static uint32_t sibling_flags(const struct ike_ident *config, const struct ike_child_info *c)
{
	return 0x80000000u | (c->transport ? 0 : 0x40u) | (config->local.family == 6 ? 0x1u : 0);
}

static void print_child(struct session *s, const struct ike_ident *config, const struct ike_child_info *c, bool detail)
{
	char transform[SHOW_TRANSFORM_SIZE];
	struct esp_suite_info suite = { 0 };

	esp_suite_info(c->cipher, c->keybits, c->auth, &suite);
	session_line(s, "      spi: 0x%X(%u)", c->spi, c->spi);
	session_line(s, "        transform: %s,", show_transform(c->cipher, c->keybits, c->auth, transform));
	session_line(s, "        in use settings ={%s%s, }", c->transport ? "Transport" : "Tunnel",
		     c->udp ? " UDP-Encaps" : "");
	session_line(s, "        conn id: %u, flow_id: SW:%u, sibling_flags %08X, crypto map: %s", c->conn_id,
		     c->conn_id, sibling_flags(config, c), config->map);
	if (config->lifetime_kb) {
		session_line(s, "        sa timing: remaining key lifetime (k/sec): (%llu/%llu)",
			     (unsigned long long)c->left_kb, (unsigned long long)c->left_s);
	} else {
		session_line(s, "        sa timing: remaining key lifetime (sec): %llu", (unsigned long long)c->left_s);
		session_line(s, "        Kilobyte Volume Rekey has been disabled");
	}
	session_line(s, "        IV size: %u bytes", suite.iv_octets);
	if (detail && c->replay_window)
		session_line(s, "        replay detection support: Y  replay window size: %u", c->replay_window);
	else
		session_line(s, "        replay detection support: %c", c->replay_window ? 'Y' : 'N');
	session_line(s, "        Status: ACTIVE");
}

/* Children are listed newest first; IOS prints the SA that is being replaced before its successor. */
static void print_direction(struct session *s, const struct ike_ident_info *info, bool inbound, bool detail)
{
	const char *side = inbound ? "inbound" : "outbound";

	show_blank(s);
	session_line(s, "     %s esp sas:", side);
	for (unsigned i = info->child_count; i > 0; i--)
		if (info->children[i - 1].inbound == inbound)
			print_child(s, &info->config, &info->children[i - 1], detail);
	show_blank(s);
	session_line(s, "     %s ah sas:", side);
	show_blank(s);
	session_line(s, "     %s pcp sas:", side);
}

typedef unsigned long long big;

static void print_errors_detail(struct session *s, const struct show_ident *i)
{
	const uint64_t *out = i->out.drops, *in = i->in.drops;
	big encaps_failed = out[ESP_DROP_SEND] + out[ESP_DROP_SHORT] + i->info.send_errors;
	big decaps_failed = in[ESP_DROP_PADDING] + in[ESP_DROP_ECN] + i->info.recv_errors;
	/* the SPI is there, but not for packets from there or in that encapsulation */
	big invalid_sa = in[ESP_DROP_UNKNOWN_SPI] + in[ESP_DROP_ADDRESS] + in[ESP_DROP_ENCAPSULATION];

	session_line(s, "    #pkts no sa (send) %llu, #pkts invalid sa (rcv) %llu", (big)out[ESP_DROP_NO_SA],
		     invalid_sa);
	session_line(s, "    #pkts encaps failed (send) %llu, #pkts decaps failed (rcv) %llu", encaps_failed,
		     decaps_failed);
	session_line(s, "    #pkts invalid prot (recv) %llu, #pkts verify failed: %llu", (big)in[ESP_DROP_FAMILY],
		     (big)in[ESP_DROP_ICV]);
	session_line(s, "    #pkts invalid identity (recv) %llu, #pkts invalid len (rcv) %llu",
		     (big)in[ESP_DROP_SELECTOR], (big)in[ESP_DROP_SHORT]);
	session_line(s, "    #pkts replay rollover (send): %llu, #pkts replay rollover (rcv) 0",
		     (big)out[ESP_DROP_SEQUENCE]);
	session_line(s, "    ##pkts replay failed (rcv): %llu", (big)in[ESP_DROP_REPLAY]);
	session_line(s, "    #pkts tagged (send): 0, #pkts untagged (rcv): 0");
	session_line(s, "    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0");
	session_line(s, "    #pkts internal err (send): %llu, #pkts internal err (recv) %llu",
		     (big)out[ESP_DROP_CRYPTO], (big)in[ESP_DROP_CRYPTO] + in[ESP_DROP_SEND] + i->no_buffer);
}

static void print_errors(struct session *s, const struct show_ident *i)
{
	big send_errors = i->info.send_errors, recv_errors = i->info.recv_errors;

	/* Packets of the other IP version, and those answered with ICMP, are no failures of IPsec. */
	for (int d = 0; d < ESP_DROP_COUNT; d++) {
		if (d == ESP_DROP_FAMILY || d == ESP_DROP_TOO_BIG)
			continue;
		send_errors += i->out.drops[d];
		recv_errors += i->in.drops[d];
	}
	session_line(s, "    #send errors %llu, #recv errors %llu", send_errors, recv_errors);
}

static void print_counters(struct session *s, const struct show_ident *i, bool detail)
{
	big out = i->out.packets, in = i->in.packets;

	session_line(s, "    #pkts encaps: %llu, #pkts encrypt: %llu, #pkts digest: %llu", out, out, out);
	session_line(s, "    #pkts decaps: %llu, #pkts decrypt: %llu, #pkts verify: %llu", in, in, in);
	session_line(s, "    #pkts compressed: 0, #pkts decompressed: 0");
	session_line(s, "    #pkts not compressed: 0, #pkts compr. failed: 0");
	session_line(s, "    #pkts not decompressed: 0, #pkts decompress failed: 0");
	if (detail)
		print_errors_detail(s, i);
	else
		print_errors(s, i);
}

static void print_endpoints(struct session *s, const struct show_ident *i)
{
	const struct ike_ident *config = &i->info.config;
	const char *ip = config->local.family == 6 ? "ipv6" : "ip";
	char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE];

	ip_text(&config->local, local);
	ip_text(&config->remote, remote);
	if (config->local.family == 6) {
		session_line(s, "     local crypto endpt.: %s,", local);
		session_line(s, "     remote crypto endpt.: %s", remote);
	} else {
		session_line(s, "     local crypto endpt.: %s, remote crypto endpt.: %s", local, remote);
	}
	session_line(s, "     path mtu %u, %s mtu %u, %s mtu idb %s", config->path_mtu, ip, i->ip_mtu, ip,
		     *config->out_ifname ? config->out_ifname : "(none)");
}

/* 500, or where the NAT has put the peer. */
static uint16_t peer_port(const struct ike_ident_info *info)
{
	for (unsigned k = 0; k < info->child_count; k++)
		if (info->children[k].udp)
			return info->children[k].remote_port;
	return 500;
}

static void print_ident(struct session *s, const struct show_ident *i, bool detail)
{
	const struct ike_ident_info *info = &i->info;
	char peer[IP_TEXT_SIZE];
	uint32_t spi = 0;

	for (unsigned k = info->child_count; k > 0; k--)
		if (!info->children[k - 1].inbound && info->children[k - 1].current)
			spi = info->children[k - 1].spi;
	show_blank(s);
	session_line(s, "   protected vrf: (none)");
	proxy_line(s, "local ", &info->config.local_proxy);
	proxy_line(s, "remote", &info->config.remote_proxy);
	session_line(s, "   current_peer %s port %u", ip_text(&info->config.remote, peer), peer_port(info));
	session_line(s, "     PERMIT, flags={origin_is_acl,}");
	print_counters(s, i, detail);
	show_blank(s);
	print_endpoints(s, i);
	session_line(s, "     current outbound spi: 0x%X(%u)", spi, spi);
	if (info->pfs_group)
		session_line(s, "     PFS (Y/N): Y, DH group: group%u", info->pfs_group);
	else
		session_line(s, "     PFS (Y/N): N, DH group: none");
	print_direction(s, info, true, detail);
	print_direction(s, info, false, detail);
}

void print_ipsec_sas(struct session *s, const struct show_ident *idents, size_t count, bool detail)
{
	const char *ifname = "";
	char local[IP_TEXT_SIZE];

	if (!count) {
		show_blank(s);
		session_line(s, "No SAs found");
	}
	for (size_t i = 0; i < count; i++) {
		const struct ike_ident *config = &idents[i].info.config;

		if (strcmp(ifname, config->ifname) != 0) {
			ifname = config->ifname;
			show_blank(s);
			session_line(s, "interface: %s", ifname);
			session_line(s, "    Crypto map tag: %s, local addr %s", config->map,
				     ip_text(&config->local, local));
		}
		print_ident(s, &idents[i], detail);
	}
}

/* Both directions of a pair count. What is being replaced: outbound SAs that are not used any more, and their pair's other half. */
void print_ipsec_sa_count(struct session *s, const struct show_ident *idents, size_t count)
{
	unsigned total = 0, rekeying = 0;

	for (size_t i = 0; i < count; i++) {
		const struct ike_ident_info *info = &idents[i].info;
		unsigned in = 0, current = 0;

		for (unsigned k = 0; k < info->child_count; k++) {
			in += info->children[k].inbound;
			current += info->children[k].current && !info->children[k].inbound;
		}
		total += info->child_count;
		rekeying += info->child_count - in - current;
		rekeying += in > current ? in - current : 0;
	}
	session_line(s, "IPsec SA total: %u, active: %u, rekeying: %u, unused: 0, invalid: 0", total, total - rekeying,
		     rekeying);
}

static void socket_ident(struct session *s, const char *side, const struct ip_prefix *p)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(p->len);

	if (p->addr.family == 4)
		ip_text(&m, mask);
	else
		snprintf(mask, sizeof(mask), "%u", p->len);
	session_line(s, "       %s Ident %s(addr/mask/port/prot): (%s/%s/0/0)", side, *side == 'L' ? " " : "",
		     ip_text(&p->addr, addr), mask);
}

void print_crypto_sockets(struct session *s, const struct show_ident *idents, size_t count)
{
	char ifname[CONFIG_IFNAME_SIZE], local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE];

	session_line(s, "Number of Crypto Socket connections %zu", count);
	show_blank(s);
	for (size_t i = 0; i < count; i++) {
		const struct ike_ident *c = &idents[i].info.config;

		ifname_short(c->ifname, ifname);
		session_line(s, "   %s Peers (local/remote): %s/%s ", ifname, ip_text(&c->local, local),
			     ip_text(&c->remote, remote));
		socket_ident(s, "Local", &c->local_proxy);
		socket_ident(s, "Remote", &c->remote_proxy);
		session_line(s, "       IPSec Profile: \"%s\"", idents[i].profile);
		session_line(s, "       Socket State: %s", idents[i].info.up ? "Open" : "Closed");
		session_line(s, "       Client: \"TUNNEL SEC\" (Client State: Active)");
	}
	session_line(s, "Crypto Sockets in Listen state:");
	for (size_t i = 0; i < count; i++)
		session_line(s, "Client: \"TUNNEL SEC\" Profile: \"%s\" Map-name: \"%s\"", idents[i].profile,
			     idents[i].info.config.map);
}

static const struct transform_set *find_set(const struct transform_set *sets, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(sets[i].name, name) == 0)
			return &sets[i];
	return strcmp(name, default_set.name) == 0 ? &default_set : NULL;
}

static void print_set(struct session *s, const struct transform_set *t)
{
	char transform[SHOW_TRANSFORM_SIZE];

	session_line(s, "Transform set %s: { %s } ", t->name,
		     show_transform(t->cipher, t->keybits, t->auth, transform));
	session_line(s, "   will negotiate = { %s,  }, ", t->transport ? "Transport" : "Tunnel");
	session_line(s, "   ");
}

void print_transform_sets(struct session *s, const struct transform_set *sets, size_t count)
{
	print_set(s, find_set(sets, count, default_set.name));
	for (size_t i = 0; i < count; i++)
		if (strcmp(sets[i].name, default_set.name) != 0)
			print_set(s, &sets[i]);
}

void print_profile_body(struct session *s, const struct ipsec_profile *p, const struct transform_set *sets,
			size_t set_count, unsigned lifetime_s, uint32_t lifetime_kb)
{
	session_line(s, "\tSecurity association lifetime: %u kilobytes/%u seconds", lifetime_kb, lifetime_s);
	session_line(s, "\tResponder-Only (Y/N): %c", p->responder_only ? 'Y' : 'N');
	session_line(s, "\tPFS (Y/N): %c", p->pfs_group ? 'Y' : 'N');
	if (p->pfs_group)
		session_line(s, "\tDH group:  group%u", p->pfs_group);
	session_line(s, "\tMixed-mode : Disabled");
	session_line(s, "\tTransform sets={ ");
	for (unsigned k = 0; k < (p->set_count ? p->set_count : 1); k++) {
		const char *name = p->set_count ? p->sets[k] : default_set.name;
		const struct transform_set *t = find_set(sets, set_count, name);
		char transform[SHOW_TRANSFORM_SIZE] = "";

		if (t)
			show_transform(t->cipher, t->keybits, t->auth, transform);
		session_line(s, "\t\t%s:  { %s } , ", name, transform);
	}
	session_line(s, "\t}");
}

static int by_name(const void *a, const void *b)
{
	const struct ipsec_profile *const *pa = a, *const *pb = b;

	return strcmp((*pa)->name, (*pb)->name);
}

void print_ipsec_profiles(struct session *s, const struct ipsec_profile *profiles, size_t count,
			  const struct transform_set *sets, size_t set_count, unsigned lifetime_s, uint32_t lifetime_kb)
{
	static const struct ipsec_profile default_profile = { .name = "default" };
	const struct ipsec_profile **sorted = calloc(count + 1, sizeof(*sorted));
	bool has_default = false;

	if (!sorted)
		return;
	for (size_t i = 0; i < count; i++) {
		sorted[i] = &profiles[i];
		has_default |= strcmp(profiles[i].name, default_profile.name) == 0;
	}
	if (!has_default)
		sorted[count++] = &default_profile;
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < count; i++) {
		const struct ipsec_profile *p = sorted[i];
		uint32_t kb = p->lifetime_kb ? p->lifetime_kb : lifetime_kb;
		unsigned seconds = p->lifetime_s ? p->lifetime_s : lifetime_s;

		session_line(s, "IPSEC profile %s", p->name);
		if (p->isakmp_profile[0])
			session_line(s, "\tISAKMP Profile: %s", p->isakmp_profile);
		print_profile_body(s, p, sets, set_count, seconds, kb);
		show_blank(s);
	}
	free(sorted);
}
