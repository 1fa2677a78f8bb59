/* `show crypto session [detail]`: one block per ident, with the phase 1 SAs between its endpoints. */
#include "shell/print_crypto.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

/*
 * Of this session: between the ident's endpoints and for its isakmp profile. Peers behind one NAT share an address; the
 * port of what is encapsulated in UDP tells them apart.
 */
static bool between(const struct ike_sa_info *sa, const struct ike_ident_info *info)
{
	const struct ike_ident *config = &info->config;

	if (!ip_equal(&sa->path.local, &config->local) || !ip_equal(&sa->path.remote, &config->remote))
		return false;
	if (config->profile[0] && sa->profile[0] && strcmp(config->profile, sa->profile) != 0)
		return false;
	for (unsigned i = 0; i < info->child_count; i++)
		if (info->children[i].udp && info->children[i].remote_port != sa->path.remote_port)
			return false;
	return true;
}

static bool usable(const struct ike_sa_info *sa)
{
	return sa->authenticated && !sa->deleted;
}

static const char *session_status(const struct ike_ident_info *info, const struct ike_sa_info *sas, size_t count)
{
	bool phase1 = false, attempted = info->negotiating;

	for (size_t i = 0; i < count; i++) {
		if (!between(&sas[i], info))
			continue;
		attempted = true;
		phase1 |= usable(&sas[i]);
	}
	if (info->up)
		return phase1 ? "UP-ACTIVE" : "UP-NO-IKE";
	if (phase1)
		return "UP-IDLE";
	return attempted ? "DOWN-NEGOTIATING" : "DOWN";
}

/* The captures of the two forms differ in the spaces at the ends of lines. */
static void print_phase1(struct session *s, const struct ike_sa_info *sa, bool detail)
{
	char local[IP_TEXT_SIZE], remote[IP_TEXT_SIZE], left[SHOW_TIME_SIZE] = "0";
	char caps[SHOW_CAPABILITIES_SIZE];
	const char *activity = usable(sa) ? "Active" : "Inactive", *end = detail ? "" : " ";

	ip_text(&sa->path.local, local);
	ip_text(&sa->path.remote, remote);
	session_line(s, "  Session ID: 0 %s", end);
	if (sa->path.remote.family == 6) {
		session_line(s, "  IKEv1 SA: local %s/%u", local, sa->path.local_port);
		session_line(s, "          remote %s/%u %s%s", remote, sa->path.remote_port, activity, end);
	} else {
		session_line(s, "  IKEv1 SA: local %s/%u remote %s/%u %s%s", local, sa->path.local_port, remote,
			     sa->path.remote_port, activity, end);
	}
	if (!detail)
		return;
	if (usable(sa))
		show_hms(sa->lifetime_left_s, left);
	show_capabilities(sa, caps);
	session_line(s, "          Capabilities:%s connid:%u lifetime:%s", *caps ? caps : "(none)", sa->conn_id, left);
}

static const char *flow_side(const struct ip_prefix *p, char *buf, size_t size)
{
	char addr[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr m;

	ip_text(&p->addr, addr);
	if (p->addr.family == 6) {
		snprintf(buf, size, "%s/%u", addr, p->len);
	} else if (p->len == 32) {
		snprintf(buf, size, "host %s", addr);
	} else {
		m = ip_mask(p->len);
		snprintf(buf, size, "%s/%s", addr, ip_text(&m, mask));
	}
	return buf;
}

static const struct ike_child_info *current_child(const struct ike_ident_info *info, bool inbound)
{
	for (unsigned i = 0; i < info->child_count; i++)
		if (info->children[i].inbound == inbound && (inbound || info->children[i].current))
			return &info->children[i];
	return NULL;
}

static uint64_t all_drops(const struct esp_counters *c)
{
	uint64_t sum = 0;

	for (int d = 0; d < ESP_DROP_COUNT; d++)
		sum += c->drops[d];
	return sum;
}

static void print_life(struct session *s, const char *label, const struct esp_counters *c,
		       const struct ike_child_info *child)
{
	session_line(s, "        %s %llu drop %llu life (KB/Sec) %llu/%llu", label, (unsigned long long)c->packets,
		     (unsigned long long)all_drops(c), (unsigned long long)(child ? child->left_kb : 0),
		     (unsigned long long)(child ? child->left_s : 0));
}

static void print_flow(struct session *s, const struct show_ident *i, bool detail)
{
	const struct ike_ident *config = &i->info.config;
	char from[2 * IP_TEXT_SIZE], to[2 * IP_TEXT_SIZE];

	session_line(s, "  IPSEC FLOW: permit %s %s %s%s", config->local_proxy.addr.family == 6 ? "ipv6" : "ip",
		     flow_side(&config->local_proxy, from, sizeof(from)),
		     flow_side(&config->remote_proxy, to, sizeof(to)), detail ? "" : " ");
	session_line(s, "        Active SAs: %u, origin: crypto map", i->info.child_count);
	if (!detail)
		return;
	print_life(s, "Inbound:  #pkts dec'ed", &i->in, current_child(&i->info, true));
	print_life(s, "Outbound: #pkts enc'ed", &i->out, current_child(&i->info, false));
}

static void print_legend(struct session *s)
{
	session_line(s, " ");
	session_line(s, "Code: C - IKE Configuration mode, D - Dead Peer Detection    ");
	session_line(s, "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation    ");
	session_line(s, "X - IKE Extended Authentication, F - IKE Fragmentation");
	session_line(s, "R - IKE Auto Reconnect");
}

/* What the newest IKE SA that can be used says about the peer; one that is being made knows its port at least. */
static struct about_peer {
	const char *id, *profile;
	uint16_t port;
} about(const struct ike_ident_info *info, const struct ike_sa_info *sas, size_t count)
{
	struct about_peer a = { "", info->config.profile, 500 };

	for (unsigned i = info->child_count; i > 0; i--)
		if (info->children[i - 1].udp)
			a.port = info->children[i - 1].remote_port;
	for (size_t k = count; k > 0; k--) {
		if (!between(&sas[k - 1], info))
			continue;
		a.port = sas[k - 1].path.remote_port;
		if (usable(&sas[k - 1]))
			a.id = sas[k - 1].phase1_id;
		if (sas[k - 1].profile[0])
			a.profile = sas[k - 1].profile;
	}
	return a;
}

static void print_one(struct session *s, const struct show_ident *i, const struct ike_sa_info *sas, size_t count,
		      const char *description, bool detail)
{
	const struct ike_ident *config = &i->info.config;
	const struct about_peer a = about(&i->info, sas, count);
	const char *status = session_status(&i->info, sas, count);
	char peer[IP_TEXT_SIZE], age[SHOW_TIME_SIZE];

	ip_text(&config->remote, peer);
	session_line(s, "%s", detail ? " " : "");
	session_line(s, "Interface: %s", config->ifname);
	if (*a.profile)
		session_line(s, "Profile: %s", a.profile);
	if (detail && i->info.up)
		session_line(s, "Uptime: %s", show_age(i->info.up_s, age));
	session_line(s, "Session status: %-*s", detail ? 13 : 14, status);
	if (detail) {
		session_line(s, "Peer: %s port %u fvrf: (none) ivrf: (none)", peer, a.port);
		if (*a.id) {
			session_line(s, "      Phase1_id: %s", a.id);
			session_line(s, "      Desc: %s", description);
		} else {
			session_line(s, "      Desc: %s", description);
			session_line(s, "      Phase1_id: (none)");
		}
	} else {
		session_line(s, "Peer: %s port %u ", peer, a.port);
	}
	for (size_t k = 0; k < count; k++)
		if (between(&sas[k], &i->info))
			print_phase1(s, &sas[k], detail);
	print_flow(s, i, detail);
}

void print_crypto_sessions(struct session *s, const struct show_ident *idents, size_t count,
			   const struct ike_sa_info *sas, size_t sa_count, const struct show_peer *peers,
			   size_t peer_count, bool detail)
{
	session_line(s, "Crypto session current status");
	if (detail)
		print_legend(s);
	for (size_t i = 0; i < count; i++) {
		const char *description = show_description(&idents[i].info.config.remote, peers, peer_count);

		print_one(s, &idents[i], sas, sa_count, *description ? description : "(none)", detail);
	}
}
