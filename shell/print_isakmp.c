/* `show crypto isakmp ...`: SAs, peers, policies and keys. */
#include "base/names.h"
#include "shell/print_crypto.h"
#include "shell/secret.h"
#include "shell/session.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

static const struct name encryptions[] = {
	{ ISAKMP_ENCR_DES, "des" },
	{ ISAKMP_ENCR_3DES, "3des" },
	{ ISAKMP_ENCR_AES, "aes" },
	{ 0, NULL },
};

static const struct name hashes[] = {
	{ ISAKMP_HASH_SHA, "sha" },       { ISAKMP_HASH_MD5, "md5" },       { ISAKMP_HASH_SHA256, "sha256" },
	{ ISAKMP_HASH_SHA384, "sha384" }, { ISAKMP_HASH_SHA512, "sha512" }, { 0, NULL },
};

static const struct name authentications[] = {
	{ ISAKMP_AUTH_RSA_SIG, "rsig" },
	{ ISAKMP_AUTH_PRE_SHARE, "psk" },
	{ 0, NULL },
};

/* The Engine-id line counts from 1, ISAKMP's conn-ids from 1001. */
static unsigned engine_conn_id(uint32_t conn_id)
{
	return conn_id > 1000 ? conn_id - 1000 : 0;
}

static const char *status_of(const struct ike_sa_info *sa)
{
	return sa->deleted ? "ACTIVE (deleted)" : "ACTIVE";
}

/* dst is the responder's address and src the initiator's, on both routers. */
static void endpoints(const struct ike_sa_info *sa, char dst[IP_TEXT_SIZE], char src[IP_TEXT_SIZE])
{
	ip_text(sa->initiator ? &sa->path.remote : &sa->path.local, dst);
	ip_text(sa->initiator ? &sa->path.local : &sa->path.remote, src);
}

void print_isakmp_sas(struct session *s, const struct ike_sa_info *sas, size_t count)
{
	char dst[IP_TEXT_SIZE], src[IP_TEXT_SIZE];

	session_line(s, "IPv4 Crypto ISAKMP SA");
	session_line(s, "dst             src             state          conn-id status");
	for (size_t i = 0; i < count; i++) {
		if (sas[i].path.remote.family != 4)
			continue;
		endpoints(&sas[i], dst, src);
		session_line(s, "%-16s%-16s%-14s%8u %s", dst, src, sas[i].state, sas[i].conn_id, status_of(&sas[i]));
	}
	show_blank(s);
	session_line(s, "IPv6 Crypto ISAKMP SA");
	show_blank(s);
	for (size_t i = 0; i < count; i++) {
		if (sas[i].path.remote.family != 6)
			continue;
		endpoints(&sas[i], dst, src);
		session_line(s, " dst: %s", dst);
		session_line(s, " src: %s", src);
		session_line(s, " state: %-14s  conn-id: %6u status: %s", sas[i].state, sas[i].conn_id,
			     status_of(&sas[i]));
		show_blank(s);
	}
}

const char *show_capabilities(const struct ike_sa_info *sa, char buf[SHOW_CAPABILITIES_SIZE])
{
	snprintf(buf, SHOW_CAPABILITIES_SIZE, "%s%s%s", sa->dpd ? "D" : "", sa->natt ? "N" : "",
		 sa->fragmentation ? "F" : "");
	return buf;
}

static void detail_row(struct session *s, const struct ike_sa_info *sa)
{
	char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE], left[SHOW_TIME_SIZE] = "0";
	char caps[SHOW_CAPABILITIES_SIZE];
	const bool chosen = sa->group; /* else there is no policy yet */
	const char *encr = chosen ? name_of(encryptions, (int)sa->encr, "") : "";
	const char *hash = chosen ? name_of(hashes, (int)sa->hash, "") : "";
	const char *auth = chosen ? name_of(authentications, (int)sa->auth, "") : "";

	ip_text(&sa->path.local, local);
	ip_text(&sa->path.remote, remote);
	if (sa->lifetime_left_s)
		show_hms(sa->lifetime_left_s, left);
	if (sa->path.remote.family == 4) {
		session_line(s, "%-5u %-15s %-15s %-6s %-6s %-4s %-6s %-4s %-2u %-8s %-4s", sa->conn_id, local, remote,
			     "", "ACTIVE", encr, hash, auth, sa->group, left, show_capabilities(sa, caps));
		session_line(s, "       Engine-id:Conn-id =  SW:%u", engine_conn_id(sa->conn_id));
	} else {
		char dst[IP_TEXT_SIZE], src[IP_TEXT_SIZE];

		endpoints(sa, dst, src);
		session_line(s, " dst: %s", dst);
		session_line(s, " src: %s", src);
		session_line(s, " conn-id: %6u  I-VRF: %-6s Status: %-6s Encr: %-4s Hash: %-6s Auth: %-4s", sa->conn_id,
			     "", "ACTIVE", encr, hash, auth);
		session_line(s, " DH: %-2u Lifetime: %-8s Cap: %-4s Engine-id:Conn-id =  SW:%u", sa->group, left,
			     show_capabilities(sa, caps), engine_conn_id(sa->conn_id));
	}
	show_blank(s);
}

void print_isakmp_sas_detail(struct session *s, const struct ike_sa_info *sas, size_t count)
{
	session_line(s, "Codes: C - IKE configuration mode, D - Dead Peer Detection");
	session_line(s, "       K - Keepalives, N - NAT-traversal");
	session_line(s, "       T - cTCP encapsulation, X - IKE Extended Authentication");
	session_line(s, "       psk - Preshared key, rsig - RSA signature");
	session_line(s, "       renc - RSA encryption");
	session_line(s, "IPv4 Crypto ISAKMP SA");
	show_blank(s);
	session_line(s, "C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.");
	show_blank(s);
	for (size_t i = 0; i < count; i++)
		if (sas[i].path.remote.family == 4)
			detail_row(s, &sas[i]);
	session_line(s, "IPv6 Crypto ISAKMP SA");
	show_blank(s);
	for (size_t i = 0; i < count; i++)
		if (sas[i].path.remote.family == 6)
			detail_row(s, &sas[i]);
}

void print_isakmp_sa_count(struct session *s, const struct ike_stats *t)
{
	session_line(s, "Active ISAKMP SA's: %u", t->active);
	show_blank(s);
	session_line(s, "Standby ISAKMP SA's: 0");
	show_blank(s);
	session_line(s, "Currently being negotiated ISAKMP SA's: %u", t->negotiating);
	show_blank(s);
	session_line(s, "Dead ISAKMP SA's: %u", t->dead);
}

static bool same_peer(const struct ike_sa_info *a, const struct ike_sa_info *b)
{
	return ip_equal(&a->path.remote, &b->path.remote) && ip_equal(&a->path.local, &b->path.local) &&
	       a->path.remote_port == b->path.remote_port;
}

const char *show_description(const struct ip_addr *peer, const struct show_peer *peers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ip_equal(&peers[i].address, peer))
			return peers[i].description;
	return "";
}

void print_isakmp_peers(struct session *s, const struct ike_sa_info *sas, size_t count, const struct show_peer *peers,
			size_t peer_count)
{
	for (size_t i = 0; i < count; i++) {
		char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE];
		const char *id = sas[i].phase1_id, *description;
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= same_peer(&sas[i], &sas[k]);
		if (seen)
			continue;
		for (size_t k = i; k < count && !*id; k++)
			if (same_peer(&sas[i], &sas[k]))
				id = sas[k].phase1_id;
		session_line(s, "Peer: %s Port: %u Local: %s", ip_text(&sas[i].path.remote, remote),
			     sas[i].path.remote_port, ip_text(&sas[i].path.local, local));
		description = show_description(&sas[i].path.remote, peers, peer_count);
		if (*description)
			session_line(s, " Description: %s", description);
		session_line(s, " Phase1 id: %s", *id ? id : "(none)");
	}
}

static const char *encryption_text(const struct isakmp_policy *p, char *buf, size_t size)
{
	switch (p->encr) {
	case ISAKMP_ENCR_DES:
		return "DES - Data Encryption Standard (56 bit keys).";
	case ISAKMP_ENCR_3DES:
		return "Three key triple DES";
	case ISAKMP_ENCR_AES:
		break;
	}
	snprintf(buf, size, "AES - Advanced Encryption Standard (%u bit keys).", p->keybits);
	return buf;
}

static const struct name hash_texts[] = {
	{ ISAKMP_HASH_SHA, "Secure Hash Standard" },
	{ ISAKMP_HASH_MD5, "Message Digest 5" },
	{ ISAKMP_HASH_SHA256, "Secure Hash Standard 2 (256 bit)" },
	{ ISAKMP_HASH_SHA384, "Secure Hash Standard 2 (384 bit)" },
	{ ISAKMP_HASH_SHA512, "Secure Hash Standard 2 (512 bit)" },
	{ 0, NULL },
};

static const struct name group_texts[] = {
	{ 1, "768 bit" },   { 2, "1024 bit" },
	{ 5, "1536 bit" },  { 14, "2048 bit" },
	{ 15, "3072 bit" }, { 16, "4096 bit" },
	{ 19, "256 bit" },  { 20, "384 bit" },
	{ 21, "521 bit" },  { 24, "2048 bit, 256 bit subgroup" },
	{ 0, NULL },
};

static void print_suite(struct session *s, const struct isakmp_policy *p)
{
	char encr[64];

	session_line(s, "\tencryption algorithm:\t%s", encryption_text(p, encr, sizeof(encr)));
	session_line(s, "\thash algorithm:\t\t%s", name_of(hash_texts, (int)p->hash, ""));
	session_line(s, "\tauthentication method:\t%s",
		     p->auth == ISAKMP_AUTH_PRE_SHARE ? "Pre-Shared Key" : "Rivest-Shamir-Adleman Signature");
	session_line(s, "\tDiffie-Hellman group:\t#%u (%s)", p->group, name_of(group_texts, (int)p->group, ""));
	session_line(s, "\tlifetime:\t\t%u seconds, no volume limit", p->lifetime_s);
}

void print_isakmp_default_policies(struct session *s, const struct isakmp_policy *p, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		session_line(s, "Default protection suite of priority %u", p[i].priority);
		print_suite(s, &p[i]);
	}
}

void print_isakmp_policies(struct session *s, const struct isakmp_policy *policies, size_t count)
{
	show_blank(s);
	session_line(s, "Global IKE policy");
	for (size_t i = 0; i < count; i++) {
		session_line(s, "Protection suite of priority %u", policies[i].priority);
		print_suite(s, &policies[i]);
	}
}

static void key_peer(const struct isakmp_key *k, char *text, size_t size)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(k->peer.len);

	ip_text(&k->peer.addr, addr);
	if (k->hostname[0])
		snprintf(text, size, "%s", k->hostname);
	else if (k->peer.addr.family == 6)
		snprintf(text, size, "%s/%u", addr, k->peer.len);
	else if (k->with_mask || ip_is_zero(&k->peer.addr))
		snprintf(text, size, "%-15s[%-15s]", addr, ip_text(&m, mask));
	else
		snprintf(text, size, "%s", addr);
}

void print_isakmp_keys(struct session *s, const struct show_key *keys, size_t count)
{
	char peer[CONFIG_TEXT_SIZE];

	session_line(s, "Keyring      Hostname/Address                            Preshared Key");
	show_blank(s);
	for (size_t i = 0; i < count; i++) {
		const struct isakmp_key *k = &keys[i].key;

		key_peer(k, peer, sizeof(peer));
		/* what is encrypted in the running-config is not shown in clear here either */
		session_line(s, "%-12s %-43s %s", keys[i].keyring, peer, secret_text(k->key, k->type6));
	}
}

static const char *match_text(const struct isakmp_match *x, char *buf, size_t size)
{
	static const char *const words[] = {
		[ISAKMP_MATCH_HOST] = "fqdn",      [ISAKMP_MATCH_HOST_DOMAIN] = "domain",
		[ISAKMP_MATCH_USER] = "user-fqdn", [ISAKMP_MATCH_USER_DOMAIN] = "user domain",
		[ISAKMP_MATCH_GROUP] = "group",    [ISAKMP_MATCH_KEY_ID] = "key-id",
	};
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m = ip_mask(x->prefix.len);

	ip_text(&x->prefix.addr, addr);
	if (x->kind != ISAKMP_MATCH_ADDRESS)
		snprintf(buf, size, "%s %s", words[x->kind], x->text);
	else if (x->prefix.addr.family == 6)
		snprintf(buf, size, "ipv6-address %s/%u", addr, x->prefix.len);
	else
		snprintf(buf, size, "ip-address %s %s", addr, ip_text(&m, mask));
	return buf;
}

static const char *self_text(const struct isakmp_profile *p)
{
	static const char *const words[] = {
		[ISAKMP_SELF_NONE] = "",
		[ISAKMP_SELF_ADDRESS] = "ip-address",
		[ISAKMP_SELF_FQDN] = "fqdn",
		[ISAKMP_SELF_USER_FQDN] = "user-fqdn",
	};

	return words[p->self];
}

void print_isakmp_profile(struct session *s, const struct isakmp_profile *p)
{
	char text[CONFIG_TEXT_SIZE + 16];
	const struct isakmp_match *x;

	show_blank(s);
	session_line(s, "IKEv1 PROFILE %s", p->name);
	session_line(s, "   Identities matched are:");
	TAILQ_FOREACH (x, &p->matches, link)
		session_line(s, "    %s ", match_text(x, text, sizeof(text)));
	session_line(s, "   Certificate maps matched are:");
	if (p->self != ISAKMP_SELF_NONE)
		session_line(s, "   Identity presented is: %s%s%s", self_text(p), p->self_text[0] ? " " : "",
			     p->self_text);
	for (unsigned i = 0; i < p->keyring_count; i++)
		session_line(s, "   keyring(s): %s", p->keyrings[i]);
	if (!p->keyring_count)
		session_line(s, "   keyring(s): <none>");
	session_line(s, "   trustpoint(s): <all>");
	if (p->virtual_template)
		session_line(s, "   virtual-template: %u", p->virtual_template);
}

void print_call_admission(struct session *s, const struct ike_stats *t)
{
	static const char rule[] = "---------------------------------------------------------------------";
	typedef unsigned long long big;

	session_line(s, "%s", rule);
	session_line(s, "               Crypto Call Admission Control Statistics");
	session_line(s, "%s", rule);
	session_line(s, "System Resource Limit:   %6u Max IKE SAs: %5u Max in nego: %5u", 0u, t->sa_limit,
		     t->negotiation_limit);
	session_line(s, "Total IKE SA Count:      %6u active:      %5u negotiating: %5u", t->active + t->negotiating,
		     t->active, t->negotiating);
	session_line(s, "Incoming IKE Requests:   %6llu accepted:    %5llu rejected:    %5llu",
		     (big)t->in_accepted + t->in_rejected, (big)t->in_accepted, (big)t->in_rejected);
	session_line(s, "Outgoing IKE Requests:   %6llu accepted:    %5llu rejected:    %5llu",
		     (big)t->out_accepted + t->out_rejected, (big)t->out_accepted, (big)t->out_rejected);
	session_line(s, "Rejected IKE Requests:   %6llu rsrc low:    %5llu Active SA limit: %llu",
		     (big)t->in_rejected + t->out_rejected, (big)t->rejected_resources, (big)t->rejected_sa_limit);
	session_line(s, "                                                   In-neg SA limit: %llu",
		     (big)t->rejected_negotiation_limit);
	session_line(s, "IKE packets dropped at dispatch: %8llu", (big)t->dropped);
	show_blank(s);
	session_line(s, "Max IPSEC SAs: %5u", 0u);
	session_line(s, "Total IPSEC SA Count:    %6u active:      %5u negotiating: %5u",
		     t->ipsec_active + t->ipsec_negotiating, t->ipsec_active, t->ipsec_negotiating);
	session_line(s, "Incoming IPSEC Requests: %6llu accepted:    %5llu rejected:    %5llu",
		     (big)t->ipsec_in_accepted + t->ipsec_in_rejected, (big)t->ipsec_in_accepted,
		     (big)t->ipsec_in_rejected);
	session_line(s, "Outgoing IPSEC Requests: %6llu accepted:    %5llu rejected:    %5llu",
		     (big)t->ipsec_out_accepted + t->ipsec_out_rejected, (big)t->ipsec_out_accepted,
		     (big)t->ipsec_out_rejected);
	show_blank(s);
	session_line(s, "Phase1.5 SAs under negotiation: %9u", 0u);
}
