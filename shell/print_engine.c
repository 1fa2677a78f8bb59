/* `show crypto map`, `show crypto engine connections active`, `show crypto eli`. */
#include "base/names.h"
#include "shell/print_crypto.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

enum { MAP_HEAD = 65536, MAP_INSTANCE }; /* the numbers of a tunnel's map entries */

static void print_entry(struct session *s, const struct show_map *m, unsigned number)
{
	session_line(s, "Crypto Map IPv%u \"%s-head-0\" %u ipsec-isakmp", m->family, m->ifname, number);
}

static void print_instance(struct session *s, const struct show_map *m)
{
	char peer[IP_TEXT_SIZE];

	ip_text(&m->peer, peer);
	session_line(s, "\tMap is a PROFILE INSTANCE.");
	session_line(s, "\tPeer = %s", peer);
	session_line(s, m->family == 6 ? "\tIPv6 access list " : "\tExtended IP access list ");
	session_line(s, m->family == 6 ? "\t    access-list  permit ipv6 any any"
				       : "\t    access-list  permit ip any any");
	session_line(s, "\tCurrent peer: %s", peer);
}

void print_crypto_maps(struct session *s, const struct show_map *maps, size_t count, const struct transform_set *sets,
		       size_t set_count, unsigned lifetime_s, uint32_t lifetime_kb)
{
	if (!count)
		session_line(s, "No crypto maps found.");
	for (const struct show_map *m = maps; count; count--, m++) {
		const struct ipsec_profile *p = &m->profile;
		unsigned seconds = p->lifetime_s ? p->lifetime_s : lifetime_s;
		uint32_t kb = p->lifetime_kb ? p->lifetime_kb : lifetime_kb;

		print_entry(s, m, MAP_HEAD);
		if (p->isakmp_profile[0])
			session_line(s, "\tISAKMP Profile: %s", p->isakmp_profile);
		session_line(s, "\tProfile name: %s", p->name);
		print_profile_body(s, p, sets, set_count, seconds, kb);
		show_blank(s);
		if (!m->peer.family)
			continue;
		print_entry(s, m, MAP_INSTANCE);
		print_instance(s, m);
		print_profile_body(s, p, sets, set_count, seconds, kb);
		session_line(s, "\tAlways create SAs");
		session_line(s, "\tInterfaces using crypto map %s-head-0:", m->ifname);
		session_line(s, "\t\t%s", m->ifname);
		show_blank(s);
	}
}

/* --- connections ---- */

static const struct name esp_auths[] = {
	{ ESP_AUTH_MD5, "MD5" },       { ESP_AUTH_SHA, "SHA" },       { ESP_AUTH_SHA256, "SHA256" },
	{ ESP_AUTH_SHA384, "SHA384" }, { ESP_AUTH_SHA512, "SHA512" }, { 0, NULL },
};

static const struct name ike_hashes[] = {
	{ ISAKMP_HASH_SHA, "SHA" },       { ISAKMP_HASH_MD5, "MD5" },       { ISAKMP_HASH_SHA256, "SHA256" },
	{ ISAKMP_HASH_SHA384, "SHA384" }, { ISAKMP_HASH_SHA512, "SHA512" }, { 0, NULL },
};

/* "AES", "AES256": 128 bits are not said. */
static void put_aes(char buf[32], const char *name, unsigned keybits)
{
	if (keybits > 128)
		snprintf(buf, 32, "%s%u", name, keybits);
	else
		snprintf(buf, 32, "%s", name);
}

const char *show_ipsec_algorithm(const struct ike_child_info *c, char buf[32])
{
	const char *auth = name_of(esp_auths, (int)c->auth, "");
	char cipher[32] = "";

	switch (c->cipher) {
	case ESP_CIPHER_NONE:
	case ESP_CIPHER_NULL:
		strcpy(cipher, "NULL");
		break;
	case ESP_CIPHER_DES:
		strcpy(cipher, "DES");
		break;
	case ESP_CIPHER_3DES:
		strcpy(cipher, "3DES");
		break;
	case ESP_CIPHER_AES:
		put_aes(cipher, "AES", c->keybits);
		break;
	case ESP_CIPHER_GCM:
		put_aes(cipher, "AESGCM", c->keybits);
		break;
	}
	snprintf(buf, 32, "%.20s%s%s", cipher, *auth ? "+" : "", auth);
	return buf;
}

const char *show_ike_algorithm(const struct ike_sa_info *sa, char buf[32])
{
	char cipher[32] = "DES";

	if (sa->encr == ISAKMP_ENCR_3DES)
		strcpy(cipher, "3DES");
	else if (sa->encr == ISAKMP_ENCR_AES)
		put_aes(cipher, "AES", sa->keybits);
	snprintf(buf, 32, "%s+%.20s", name_of(ike_hashes, (int)sa->hash, ""), cipher);
	return buf;
}

void print_connections(struct session *s, const struct show_connection *c, size_t count)
{
	char addr[IP_TEXT_SIZE];

	session_line(s, "Crypto Engine Connections");
	show_blank(s);
	session_line(s, "   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address");
	for (; count; count--, c++)
		session_line(s, "%5u  %-7s %-18s %8llu %8llu %8u %s", c->conn_id, c->ike ? "IKE" : "IPsec",
			     c->algorithm, (unsigned long long)c->encrypt, (unsigned long long)c->decrypt, c->sequence,
			     ip_text(&c->local, addr));
}

static void print_sessions(struct session *s, const char *label, unsigned active, unsigned max,
			   unsigned long long failed, unsigned long long created)
{
	session_line(s, " %s : %5u active, %u max, %llu failed, %llu created", label, active, max, failed, created);
}

void print_crypto_eli(struct session *s, const struct ike_stats *t)
{
	session_line(s, "Hardware Encryption : INACTIVE");
	session_line(s, " Number of crypto engines = 1");
	show_blank(s);
	session_line(s, " CryptoEngine Software Crypto Engine details: state = Active");
	session_line(s, " Capability    : DES, 3DES, AES, GCM, IPv6");
	show_blank(s);
	print_sessions(s, "IKE-Session  ", t->active, t->sa_limit, t->in_rejected + t->out_rejected,
		       t->in_accepted + t->out_accepted);
	print_sessions(s, "IPSec-Session", t->ipsec_active, 0, t->ipsec_in_rejected + t->ipsec_out_rejected,
		       t->ipsec_in_accepted + t->ipsec_out_accepted);
}
