/*
 * What is known of lines that are not implemented: their place in the running-config, whether they open a section,
 * and which of them a user would count on to restrict something.
 */
#include "shell/kept.h"

#include "shell/running.h"

#include <string.h>
#include <strings.h>

/* Of a mode that this program enters and has no commands for. */
static struct kept_list *children_of(struct session *s, const char *text)
{
	struct kept_line *k = config_kept_find(&session_config(s)->kept, text);

	return k ? &k->children : NULL;
}

struct kept_list *kept_list_of(struct session *s)
{
	switch (session_mode(s)) {
	case MODE_CONFIG:
		return &session_config(s)->kept;
	case MODE_IF:
		return &session_interface(s)->kept;
	case MODE_REDUNDANCY:
		return children_of(s, "redundancy");
	case MODE_CONTROL_PLANE:
		return children_of(s, "control-plane");
	case MODE_ARCHIVE:
	case MODE_ARCHIVE_LOG:
		return &session_config(s)->system.archive.kept;
	case MODE_LINE:
		return &session_line_config(s)->kept;
	case MODE_ISAKMP_POLICY:
		return &session_policy(s)->kept;
	case MODE_TRANSFORM_SET:
		return &session_transform_set(s)->kept;
	case MODE_IPSEC_PROFILE:
		return &session_profile(s)->kept;
	case MODE_KEYRING:
		return &session_keyring(s)->kept;
	case MODE_ISAKMP_PROFILE:
		return &session_isakmp_profile(s)->kept;
	case MODE_ISAKMP_PEER:
		return &session_isakmp_peer(s)->kept;
	case MODE_STANDARD_ACL:
	case MODE_EXTENDED_ACL:
	case MODE_IPV6_ACL:
		return session_acl(s) ? &session_acl(s)->kept : NULL;
	case MODE_SSH_PUBKEY:
	case MODE_SSH_PUBKEY_USER:
	case MODE_SSH_PUBKEY_DATA:
	case MODE_EXEC:
	case MODE_COUNT:
		break;
	}
	return NULL;
}

/* Does text begin with these words? */
static bool begins(const char *text, const char *words)
{
	size_t n = strlen(words);

	return !strncmp(text, words, n) && (!text[n] || text[n] == ' ');
}

static const char *without_no(const char *text)
{
	return begins(text, "no") && text[2] ? text + 3 : text;
}

/* The longest beginning that fits decides. */
struct place {
	const char *words;
	enum running_place place;
};

static const struct place global_places[] = {
	{ "service", PLACE_SERVICE },
	{ "boot", PLACE_BOOT },
	{ "logging", PLACE_SECURITY },
	{ "logging host", PLACE_ACL },
	{ "logging trap", PLACE_ACL },
	{ "logging facility", PLACE_ACL },
	{ "logging source-interface", PLACE_ACL },
	{ "enable", PLACE_SECURITY },
	{ "security", PLACE_SECURITY },
	{ "aaa", PLACE_AAA },
	{ "clock", PLACE_PLATFORM },
	{ "mmi", PLACE_PLATFORM },
	{ "memory-size", PLACE_PLATFORM },
	{ "vrf definition", PLACE_IP_FIRST },
	{ "ip vrf", PLACE_IP_FIRST },
	{ "ip", PLACE_IP },
	{ "ipv6", PLACE_IPV6 },
	{ "multilink", PLACE_MULTILINK },
	{ "key chain", PLACE_MULTILINK },
	{ "crypto pki", PLACE_LICENSE },
	{ "license", PLACE_LICENSE },
	{ "voice-card", PLACE_LICENSE },
	{ "archive", PLACE_USERNAME },
	{ "username", PLACE_USERNAME },
	{ "object-group", PLACE_USERNAME },
	{ "redundancy", PLACE_REDUNDANCY },
	{ "cdp", PLACE_MISC },
	{ "lldp", PLACE_MISC },
	{ "track", PLACE_MISC },
	{ "class-map", PLACE_MISC },
	{ "policy-map", PLACE_MISC },
	{ "zone", PLACE_MISC },
	{ "zone-pair", PLACE_MISC },
	{ "ip tcp", PLACE_MISC },
	{ "ip ssh", PLACE_MISC },
	{ "ip ftp", PLACE_MISC },
	{ "ip tftp", PLACE_MISC },
	{ "crypto", PLACE_CRYPTO },
	{ "crypto keyring", PLACE_ISAKMP },
	{ "crypto isakmp", PLACE_ISAKMP },
	{ "interface", PLACE_INTERFACE },
	{ "router", PLACE_ROUTER },
	{ "ip forward-protocol", PLACE_FORWARD },
	{ "ip http", PLACE_HTTP },
	{ "ip dns", PLACE_HTTP },
	{ "ip nat", PLACE_HTTP },
	{ "ip route", PLACE_ROUTE },
	{ "access-list", PLACE_ACL },
	{ "ip access-list", PLACE_ACL },
	{ "ip prefix-list", PLACE_ACL },
	{ "ip sla", PLACE_ACL },
	{ "dialer-list", PLACE_ACL },
	{ "ipv6 route", PLACE_ROUTE6 },
	{ "ipv6 router", PLACE_ROUTE6 },
	{ "ipv6 access-list", PLACE_OTHER },
	{ "ipv6 prefix-list", PLACE_OTHER },
	{ "control-plane", PLACE_CONTROL },
	{ "mgcp", PLACE_VOICE },
	{ "dial-peer", PLACE_VOICE },
	{ "gatekeeper", PLACE_VOICE },
	{ "voice", PLACE_VOICE },
	{ "banner", PLACE_BANNER },
	{ "alias", PLACE_BANNER },
	{ "privilege", PLACE_BANNER },
	{ "line", PLACE_LINE },
	{ "scheduler", PLACE_TAIL },
	{ "ntp", PLACE_TAIL },
	{ "event", PLACE_TAIL },
	{ NULL, PLACE_OTHER },
};

static const struct place interface_places[] = {
	{ "bandwidth", PLACE_IF_FIRST }, { "encapsulation", PLACE_IF_FIRST },
	{ "vrf", PLACE_IF_FIRST },       { "ip vrf", PLACE_IF_FIRST },
	{ "ip", PLACE_IF_IP },           { "ip nat", PLACE_IF_IP_LATE },
	{ "ip ospf", PLACE_IF_IP_LATE }, { "zone-member", PLACE_IF_IP_LATE },
	{ "duplex", PLACE_IF_LINK },     { "speed", PLACE_IF_LINK },
	{ "ipv6", PLACE_IF_IPV6 },       { "ospfv3", PLACE_IF_IPV6 },
	{ "tunnel", PLACE_IF_TUNNEL },   { NULL, PLACE_IF_LAST },
};

static const struct place line_places[] = {
	{ "access-class", PLACE_LINE_FIRST }, { "ipv6", PLACE_LINE_LAST }, { "login", PLACE_LINE_LOGIN },
	{ "password", PLACE_LINE_LOGIN },     { NULL, PLACE_LINE_LAST },
};

int kept_rank(enum cmd_mode mode, const char *text)
{
	const struct place *p = mode == MODE_IF ? interface_places : mode == MODE_LINE ? line_places : global_places;
	const struct place *best = NULL;

	for (; p->words; p++)
		if (begins(without_no(text), p->words) && (!best || strlen(p->words) > strlen(best->words)))
			best = p;
	return KEPT_RANK(best ? best->place : p->place, KEPT_RANK_UNKNOWN);
}

/* Somewhere in the line, as whole words: also `ip access-list` under `class-map`, `access-group` under `match`. */
bool kept_restricts(const char *text)
{
	static const char *const words[] = {
		"access-group", "access-class",       "access-list",       "traffic-filter", "zone-member",
		"zone-pair",    "ip inspect",         "ip verify",         "service-policy", "crypto map",
		"ip nat",       "aaa authentication", "aaa authorization", "ip ips",         "authentication-proxy",
		"ip admission", "port-security",      "security",          "privilege",
	};
	const char *line = without_no(text);

	/* entries of access lists */
	if (begins(line, "permit") || begins(line, "deny") || begins(line, "evaluate") || begins(line, "sequence") ||
	    line[strspn(line, "0123456789")] == ' ')
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		for (const char *p = line; (p = strstr(p, words[i])); p += n)
			if ((p == line || p[-1] == ' ') && (!p[n] || p[n] == ' '))
				return true;
	}
	return false;
}

bool kept_opens_section(const char *text)
{
	static const char *const openers[] = {
		"interface",
		"line",
		"router",
		"ipv6 router",
		"crypto map",
		"crypto dynamic-map",
		"crypto keyring",
		"crypto isakmp",
		"crypto ipsec",
		"crypto pki",
		"crypto ca",
		"crypto ikev2",
		"crypto gdoi",
		"ip access-list",
		"ipv6 access-list",
		"class-map",
		"policy-map",
		"route-map",
		"key chain",
		"vrf definition",
		"ip vrf",
		"archive",
		"redundancy",
		"control-plane",
		"gatekeeper",
		"dial-peer",
		"ip dhcp pool",
		"ipv6 dhcp pool",
		"zone",
		"zone-pair",
		"track",
		"ip sla",
		"object-group",
		"voice",
		"voice-card",
		"event manager",
		"aaa group",
		"radius",
		"tacacs",
		"parser view",
		"parameter-map",
		"mac access-list",
		"vlan",
		"sccp",
		"call-manager-fallback",
		"telephony-service",
	};

	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
		if (begins(text, openers[i]))
			return true;
	return false;
}

/* Equal but for blanks at the end: IOS itself puts one behind some lines. */
static bool same_line(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return !a[strspn(a, " \t\r\n")] && !b[strspn(b, " \t\r\n")];
}

bool kept_no(struct session *s, const char *line)
{
	struct kept_list *list = kept_list_of(s);
	struct kept_line *k;

	line += strspn(line, " \t");
	if (!list || strncasecmp(line, "no ", 3) != 0)
		return false;
	TAILQ_FOREACH (k, list, link)
		if (!k->harmless && (same_line(k->text, line) || same_line(k->text, line + 3)))
			return config_kept_remove(list, k->text);
	return false;
}
