/*
 * The running-config as plain data: what was configured, nothing of what runs. No text output, no sockets.
 *
 * Lists are kept in the order in which IOS prints them. Names are literal and case-sensitive. A value that is at
 * IOS's default is stored as that default; writers decide what to print. All strings are NUL-terminated and fit their
 * arrays; the finders return NULL when there is none, the *_get functions create it with IOS's defaults (NULL only
 * when out of memory). Lifetimes are in seconds and kilobytes, as configured.
 */
#ifndef CONFIG_MODEL_H
#define CONFIG_MODEL_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "config/access.h"
#include "config/acl.h"
#include "config/kept.h"
#include "config/system.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define CONFIG_NAME_SIZE   64
#define CONFIG_TEXT_SIZE   241
#define CONFIG_IFNAME_SIZE 40
#define CONFIG_PSK_SIZE    129 /* 128 characters and a NUL */
#define CONFIG_TYPE6_SIZE  289 /* the encrypted form of that */

/* --- crypto ------------------------------------------------------------------------------------------------- */

enum isakmp_encr { ISAKMP_ENCR_DES, ISAKMP_ENCR_3DES, ISAKMP_ENCR_AES };
enum isakmp_hash { ISAKMP_HASH_SHA, ISAKMP_HASH_MD5, ISAKMP_HASH_SHA256, ISAKMP_HASH_SHA384, ISAKMP_HASH_SHA512 };
enum isakmp_auth { ISAKMP_AUTH_RSA_SIG, ISAKMP_AUTH_PRE_SHARE };

#define ISAKMP_GROUP_DEFAULT      1
#define ISAKMP_LIFETIME_DEFAULT_S 86400

struct isakmp_policy {
	TAILQ_ENTRY(isakmp_policy) link;
	unsigned priority; /* 1..10000, the list's order */
	enum isakmp_encr encr;
	unsigned keybits; /* 128, 192, 256 with AES, else 0 */
	enum isakmp_hash hash;
	enum isakmp_auth auth; /* default rsa-sig, as on IOS; only pre-share can be negotiated */
	unsigned group;        /* 1 2 5 14 15 16 19 20 21 24 */
	unsigned lifetime_s;   /* 60..86400 */
	struct kept_list kept;
};

/*
 * `crypto isakmp key K address A [mask]`, `address ipv6 P/len`, `hostname H`, and the `pre-shared-key` lines of a
 * keyring. Of addresses the longest match wins.
 */
struct isakmp_key {
	TAILQ_ENTRY(isakmp_key) link;
	char hostname
		[CONFIG_TEXT_SIZE];    /* the identity that the peer sends (FQDN, user FQDN, key ID), "": by address */
	struct ip_prefix peer;         /* of an address key */
	bool with_mask;                /* a mask was typed */
	char key[CONFIG_PSK_SIZE];     /* in clear; "" while it cannot be decrypted */
	char type6[CONFIG_TYPE6_SIZE]; /* its encrypted form when that is what the running-config shows; else "" */
};
TAILQ_HEAD(isakmp_key_list, isakmp_key);

/* `crypto keyring N [vrf V]` */
struct isakmp_keyring {
	TAILQ_ENTRY(isakmp_keyring) link;
	char name[CONFIG_NAME_SIZE];
	char vrf[CONFIG_NAME_SIZE]; /* "": none */
	char description[CONFIG_TEXT_SIZE];
	struct ip_addr local_address;      /* family 0: any */
	char local_if[CONFIG_IFNAME_SIZE]; /* `local-address Ethernet0/0`, or "" */
	struct isakmp_key_list keys;
	struct kept_list kept;
};

enum isakmp_identity { ISAKMP_ID_ADDRESS, ISAKMP_ID_HOSTNAME, ISAKMP_ID_DN };

/* `match identity ...`: what the peer may send as its phase 1 ID. */
enum isakmp_match_kind {
	ISAKMP_MATCH_ADDRESS,     /* prefix: ID_IPV4_ADDR, ID_IPV6_ADDR */
	ISAKMP_MATCH_HOST,        /* text: ID_FQDN */
	ISAKMP_MATCH_HOST_DOMAIN, /* text: ID_FQDN that ends in it */
	ISAKMP_MATCH_USER,        /* text: ID_USER_FQDN */
	ISAKMP_MATCH_USER_DOMAIN,
	ISAKMP_MATCH_GROUP, /* text: ID_KEY_ID */
	ISAKMP_MATCH_KEY_ID
};

struct isakmp_match {
	TAILQ_ENTRY(isakmp_match) link;
	enum isakmp_match_kind kind;
	struct ip_prefix prefix;
	char text[CONFIG_TEXT_SIZE];
};

enum isakmp_self_kind { ISAKMP_SELF_NONE, ISAKMP_SELF_ADDRESS, ISAKMP_SELF_FQDN, ISAKMP_SELF_USER_FQDN };

/* `crypto isakmp keepalive S [R] [periodic|on-demand]`, RFC 3706; s 0: not configured */
#define ISAKMP_KEEPALIVE_RETRY_DEFAULT_S 2
struct isakmp_keepalive {
	unsigned s, retry_s; /* 10..3600, 2..60 */
	bool periodic;
};

#define ISAKMP_PROFILE_KEYRINGS 8

/* `crypto isakmp profile N` */
struct isakmp_profile {
	TAILQ_ENTRY(isakmp_profile) link;
	char name[CONFIG_NAME_SIZE];
	char description[CONFIG_TEXT_SIZE];
	char keyrings[ISAKMP_PROFILE_KEYRINGS][CONFIG_NAME_SIZE]; /* in order; none: the global keys */
	unsigned keyring_count;
	TAILQ_HEAD(, isakmp_match) matches;
	enum isakmp_self_kind self;
	char self_text[CONFIG_TEXT_SIZE]; /* of fqdn (empty: the hostname) and user-fqdn */
	struct isakmp_keepalive keepalive;
	bool aggressive;                   /* `initiate mode aggressive` */
	struct ip_addr local_address;      /* family 0: any */
	char local_if[CONFIG_IFNAME_SIZE]; /* `local-address Ethernet0/0`, or "" */
	unsigned virtual_template;         /* number, 0: none */
	struct kept_list kept;
};

enum isakmp_endpoint_kind {
	ISAKMP_ENDPOINT_NONE,
	ISAKMP_ENDPOINT_ADDRESS,
	ISAKMP_ENDPOINT_FQDN,
	ISAKMP_ENDPOINT_USER_FQDN
};

/* `crypto isakmp peer address A`: with a password this router starts Aggressive Mode with it */
struct isakmp_peer {
	TAILQ_ENTRY(isakmp_peer) link;
	struct ip_addr address;
	char description[CONFIG_TEXT_SIZE];
	char password[CONFIG_PSK_SIZE];     /* `set aggressive-mode password`, "": none */
	char type6[CONFIG_TYPE6_SIZE];      /* as in struct isakmp_key */
	enum isakmp_endpoint_kind endpoint; /* `set aggressive-mode client-endpoint` */
	struct ip_addr endpoint_address;
	char endpoint_text[CONFIG_TEXT_SIZE];
	struct kept_list kept;
};

/*
 * Aggressive Mode as responder. IOS's default is on; here it must be asked for with `no crypto isakmp aggressive-mode
 * disable`, since its answer gives a hash of the key to whoever knows an identity.
 */
enum isakmp_aggressive { ISAKMP_AGGRESSIVE_DEFAULT, ISAKMP_AGGRESSIVE_ON, ISAKMP_AGGRESSIVE_OFF };

enum esp_cipher { ESP_CIPHER_NONE, ESP_CIPHER_NULL, ESP_CIPHER_DES, ESP_CIPHER_3DES, ESP_CIPHER_AES, ESP_CIPHER_GCM };
enum esp_auth { ESP_AUTH_NONE, ESP_AUTH_MD5, ESP_AUTH_SHA, ESP_AUTH_SHA256, ESP_AUTH_SHA384, ESP_AUTH_SHA512 };

struct transform_set {
	TAILQ_ENTRY(transform_set) link;
	char name[CONFIG_NAME_SIZE];
	enum esp_cipher cipher;
	unsigned keybits; /* 128, 192, 256 with AES and GCM, else 0 */
	enum esp_auth auth;
	bool transport; /* `mode transport`; a VTI negotiates tunnel all the same */
	struct kept_list kept;
};

#define IPSEC_PROFILE_SETS 6

struct ipsec_profile {
	TAILQ_ENTRY(ipsec_profile) link;
	char name[CONFIG_NAME_SIZE];
	char sets[IPSEC_PROFILE_SETS][CONFIG_NAME_SIZE]; /* in order; empty: the set `default` */
	unsigned set_count;
	unsigned pfs_group;   /* 0: none */
	unsigned lifetime_s;  /* 0: the global one */
	uint32_t lifetime_kb; /* 0: the global one */
	unsigned idle_s;      /* `set security-association idle-time`, 0: the global one */
	bool responder_only;
	char isakmp_profile[CONFIG_NAME_SIZE]; /* `set isakmp-profile`, or "" */
	struct kept_list kept;
};

/* --- interfaces and routes ------------------------------------------------------------------------------------ */

/* Virtual-Access interfaces are not configured: the router clones them from a Virtual-Template. */
enum if_type {
	IF_NONE,
	IF_ETHERNET,
	IF_FASTETHERNET,
	IF_GIGABITETHERNET,
	IF_LOOPBACK,
	IF_TUNNEL,
	IF_VIRTUAL_TEMPLATE,
	IF_VIRTUAL_ACCESS
};

/* `crypto ipsec df-bit`, of an interface: IPSEC_DF_DEFAULT is the global one, whose default is copy */
enum ipsec_df { IPSEC_DF_DEFAULT, IPSEC_DF_COPY, IPSEC_DF_SET, IPSEC_DF_CLEAR };
/* `crypto ipsec fragmentation`, likewise; the global default is before-encryption */
enum ipsec_fragmentation { IPSEC_FRAGMENT_DEFAULT, IPSEC_FRAGMENT_BEFORE, IPSEC_FRAGMENT_AFTER };

enum tunnel_mode {
	TUNNEL_GRE_IP,
	TUNNEL_IPSEC_IPV4,
	TUNNEL_IPSEC_IPV6
}; /* gre ip: IOS's default; it carries nothing here */

struct if_address4 {
	struct ip_prefix prefix;
	bool secondary;
};

#define IF_ADDRESSES                 16 /* of each family, at most */
#define IF_LOAD_INTERVAL_DEFAULT_S   300
#define IF_KEEPALIVE_DEFAULT_S       10
#define IF_KEEPALIVE_DEFAULT_RETRIES 3
#define IF_NULL0                     "Null0" /* no interface of the model: where static routes discard */

enum if_duplex { IF_DUPLEX_DEFAULT, IF_DUPLEX_AUTO, IF_DUPLEX_FULL, IF_DUPLEX_HALF };
#define IF_SPEED_AUTO 1 /* of speed_mbit */

struct if_address6 {
	struct ip_prefix prefix; /* of an eui-64 address: the prefix as typed */
	bool link_local, eui64;
};

struct interface {
	TAILQ_ENTRY(interface) link;
	UT_hash_handle hh;             /* by name */
	char name[CONFIG_IFNAME_SIZE]; /* "Ethernet0/0", "Tunnel23" */
	enum if_type type;
	const char *description; /* base/text.h */
	bool shutdown;
	struct if_address4 *ip; /* the primary first */
	unsigned ip_count;
	char unnumbered[CONFIG_IFNAME_SIZE]; /* `ip unnumbered X`, or "" */
	struct if_address6 *ipv6;
	unsigned ipv6_count;
	bool ipv6_enable;
	unsigned ip_mtu, ipv6_mtu; /* 0: the default */
	unsigned mtu;              /* of a port, 64..18000; 0: as the kernel has it */
	/* What only show and routing protocols would see; 0: that of the type. delay is in tens of microseconds. */
	unsigned bandwidth_kbit, delay;
	unsigned load_interval_s; /* 30..600; 0: the default */
	/* `keepalive S [R]`, 0: the type's, which is IF_KEEPALIVE_DEFAULT_S for a port and none otherwise; only told */
	unsigned keepalive_s, keepalive_retries;
	bool no_keepalive; /* of a port */
	enum if_duplex duplex;
	unsigned speed_mbit; /* 10, 100, 1000, IF_SPEED_AUTO; 0: not configured */
	bool no_redirects, no_unreachables, no_proxy_arp;
	unsigned tcp_mss; /* `ip tcp adjust-mss`, 0: none */
	/* `ip access-group N in|out` and `ipv6 traffic-filter N in|out`: names by enum acl_direction, "": none */
	char access_group[ACL_DIRECTIONS][ACL_NAME_SIZE], traffic_filter[ACL_DIRECTIONS][ACL_NAME_SIZE];
	enum ipsec_df df; /* `crypto ipsec df-bit` */
	enum ipsec_fragmentation fragmentation;
	/* Tunnel and Virtual-Template (`type tunnel`) only */
	struct {
		struct ip_addr source; /* family 0 when the source is an interface or absent */
		char source_if[CONFIG_IFNAME_SIZE];
		struct ip_addr destination;
		enum tunnel_mode mode;
		char profile[CONFIG_NAME_SIZE]; /* tunnel protection ipsec profile, or "" */
		bool shared;                    /* `... shared` */
	} tunnel;
	struct kept_list kept;
};

struct static_route {
	TAILQ_ENTRY(static_route) link;
	struct ip_prefix prefix;
	struct ip_addr via; /* family 0: none */
	char ifname[CONFIG_IFNAME_SIZE];
	unsigned distance;           /* 1..254, default 1 */
	char name[CONFIG_NAME_SIZE]; /* `name X`, or "" */
	unsigned tag;                /* 0: none */
	bool permanent;
};

/* --- lines ----------------------------------------------------------------------------------------------------- */

enum line_kind { LINE_CON, LINE_AUX, LINE_VTY };
/* Of a line: none, the line's password, users of this router. With `aaa new-model` AAA's lists take their place. */
enum line_login { LINE_LOGIN_NONE, LINE_LOGIN_PASSWORD, LINE_LOGIN_LOCAL };
/* What a line takes and may be configured for; of these only telnet and SSH are there. */
enum line_transport {
	LINE_TRANSPORT_TELNET = 1 << 0,
	LINE_TRANSPORT_SSH = 1 << 1,
	LINE_TRANSPORT_LAPB_TA = 1 << 2,
	LINE_TRANSPORT_MOP = 1 << 3,
	LINE_TRANSPORT_PAD = 1 << 4,
	LINE_TRANSPORT_RLOGIN = 1 << 5,
	LINE_TRANSPORT_UDPTN = 1 << 6,
	LINE_TRANSPORT_V120 = 1 << 7,
	LINE_TRANSPORT_ALL = (1 << 8) - 1
};

#define LINE_VTY_LAST                 15 /* 0..4 are always there */
#define LINE_EXEC_TIMEOUT_DEFAULT_MIN 10
#define LINE_PRIVILEGE_DEFAULT        1
#define LINE_LENGTH_DEFAULT           24
#define LINE_WIDTH_DEFAULT            80
#define LINE_HISTORY_DEFAULT          20
#define LINE_SYNCHRONOUS_DEFAULT      2
#define LINE_SYNCHRONOUS_ALL          8

struct line_config {
	TAILQ_ENTRY(line_config) link;
	enum line_kind kind;
	unsigned first, last;
	unsigned exec_timeout_min, exec_timeout_s; /* default 10 0; 0 0: none */
	bool logging_synchronous;
	unsigned synchronous_level;      /* `logging synchronous level N|all`, default 2; kept only */
	unsigned privilege;              /* 0..15, default 1 */
	unsigned length, width, history; /* default 24, 80, 20 */
	enum line_login login;           /* default of a vty: LINE_LOGIN_PASSWORD, of others LINE_LOGIN_NONE */
	struct password password;
	unsigned transport_in;                             /* mask of enum line_transport */
	char access_class[ACL_DIRECTIONS][ACL_NAME_SIZE];  /* `access-class N in|out`, "": none */
	char access_class6[ACL_DIRECTIONS][ACL_NAME_SIZE]; /* `ipv6 access-class N in|out` */
	bool access_class_vrf[ACL_DIRECTIONS];             /* `... vrf-also`: there are no VRFs */
	unsigned session_timeout_min;                      /* 0: none */
	char login_list[ACCESS_NAME_SIZE];                 /* `login authentication N`, "": default */
	char exec_list[ACCESS_NAME_SIZE];                  /* `authorization exec N`, "": default */
	bool no_exec, no_transport_preferred;              /* `no exec`, `transport preferred none` */
	bool prompt_timestamp;                             /* `exec prompt timestamp` */
	struct kept_list kept;
};

#define IPSEC_LIFETIME_DEFAULT_S  3600
#define IPSEC_LIFETIME_DEFAULT_KB 4608000
#define IPSEC_REPLAY_DEFAULT      64
#define LOG_BUFFER_DEFAULT        4096
#define CONFIG_HOSTNAME_DEFAULT   "Router"

#define OWN_ADDRESS_BITS 32768

struct config {
	char hostname[CONFIG_NAME_SIZE]; /* default "Router" */
	struct log_settings logging;     /* timestamps, console, monitor, buffered */
	bool no_domain_lookup;
	bool ipv6_unicast_routing;
	char domain_name[CONFIG_TEXT_SIZE]; /* `ip domain name`, or "" */
	bool isakmp_disabled;               /* `no crypto isakmp enable` */
	enum isakmp_identity isakmp_identity;
	struct isakmp_keepalive keepalive;
	unsigned nat_keepalive_s;  /* `crypto isakmp nat keepalive`, 5..3600, 0: IOS's default of none */
	bool no_nat_transparency;  /* `no crypto ipsec nat-transparency udp-encapsulation` */
	bool invalid_spi_recovery; /* `crypto isakmp invalid-spi-recovery` */
	bool isakmp_fragmentation; /* `crypto isakmp fragmentation` */
	bool crypto_logging;       /* `crypto logging session` */
	enum isakmp_aggressive aggressive;
	unsigned ike_sa_limit;          /* `crypto call admission limit ike sa`, 0: none */
	unsigned ike_negotiation_limit; /* `... ike in-negotiation-sa`, 0: the default */
	unsigned ipsec_idle_s;          /* `crypto ipsec security-association idle-time`, 60..86400, 0: none */
	enum ipsec_df df;
	enum ipsec_fragmentation fragmentation;
	bool password_encryption_aes;     /* `password encryption aes` */
	char master_key[CONFIG_PSK_SIZE]; /* `key config-key password-encrypt`; never part of the configuration */
	unsigned ipsec_lifetime_s;        /* default 3600 */
	uint32_t ipsec_lifetime_kb;       /* default 4608000; 0: disabled */
	unsigned replay_window;           /* 64..1024; 0: `replay disable` */
	uint8_t own_addresses[OWN_ADDRESS_BITS / 8]; /* config_is_own_address()'s */
	TAILQ_HEAD(, isakmp_policy) policies;
	struct isakmp_key_list keys; /* IOS's keyring "default" */
	TAILQ_HEAD(, isakmp_keyring) keyrings;
	TAILQ_HEAD(, isakmp_profile) isakmp_profiles;
	TAILQ_HEAD(, isakmp_peer) isakmp_peers;
	TAILQ_HEAD(, transform_set) transform_sets;
	TAILQ_HEAD(, ipsec_profile) profiles;
	struct interface *interface_names;                /* hash table of them */
	TAILQ_HEAD(interface_list, interface) interfaces; /* Loopback, Tunnel, physical, Virtual-Template; by number */
	TAILQ_HEAD(, static_route) routes;                /* IPv4 and IPv6 */
	struct static_route **route_order;                /* the same, to be searched */
	size_t route_count, route_room;
	TAILQ_HEAD(, line_config) lines;
	struct acl_list acls;  /* IPv4, in the order of the running-config */
	struct acl_list acls6; /* IPv6 */
	struct config_access access;
	struct config_system system;
	struct kept_list kept; /* global lines */
};

/* NULL when out of memory. The model owns all it points to; config_free wipes keys. */
struct config *config_new(void);
void config_free(struct config *c);
/* Each becomes what the other was: whoever points to one of the two finds the other's content there. */
void config_swap(struct config *a, struct config *b);

struct isakmp_policy *config_policy_find(struct config *c, unsigned priority);
struct isakmp_policy *config_policy_get(struct config *c, unsigned priority);
void config_policy_remove(struct config *c, struct isakmp_policy *p);
/*
 * list is c->keys or a keyring's. A key is known by its hostname, or by network and mask. add: a copy, which replaces
 * the one that is there; 0, or -1 when there is no memory.
 */
int config_key_add(struct isakmp_key_list *list, const struct isakmp_key *key);
bool config_key_drop(struct isakmp_key_list *list, const struct isakmp_key *match);
struct isakmp_key *config_key_find(const struct isakmp_key_list *list, const struct isakmp_key *match);
struct isakmp_keyring *config_keyring_find(struct config *c, const char *name);
struct isakmp_keyring *config_keyring_get(struct config *c, const char *name);
void config_keyring_remove(struct config *c, struct isakmp_keyring *x);
struct isakmp_profile *config_isakmp_profile_find(struct config *c, const char *name);
struct isakmp_profile *config_isakmp_profile_get(struct config *c, const char *name);
void config_isakmp_profile_remove(struct config *c, struct isakmp_profile *x);
struct isakmp_peer *config_isakmp_peer_find(struct config *c, const struct ip_addr *address);
struct isakmp_peer *config_isakmp_peer_get(struct config *c, const struct ip_addr *address);
void config_isakmp_peer_remove(struct config *c, struct isakmp_peer *x);
struct transform_set *config_transform_set_find(struct config *c, const char *name);
struct transform_set *config_transform_set_get(struct config *c, const char *name);
void config_transform_set_remove(struct config *c, struct transform_set *t);
struct ipsec_profile *config_profile_find(struct config *c, const char *name);
struct ipsec_profile *config_profile_get(struct config *c, const char *name);
void config_profile_remove(struct config *c, struct ipsec_profile *p);
struct interface *config_interface_find(struct config *c, const char *name);
struct interface *config_interface_get(struct config *c, const char *name);
void config_interface_remove(struct config *c, struct interface *i);
void config_interface_clear(struct interface *i); /* of what it owns: description, addresses, kept lines */
/* Before the at-th address, up to IF_ADDRESSES of them. False: there is no memory. */
bool config_ip_insert(struct config *c, struct interface *i, unsigned at, const struct if_address4 *a);
bool config_ipv6_insert(struct interface *i, unsigned at, const struct if_address6 *a);
/* Is it an address of an interface of ours? IPv4. */
bool config_is_own_address(const struct config *c, const struct ip_addr *a);
void config_ip_remove(struct interface *i, unsigned at);
void config_ipv6_remove(struct interface *i, unsigned at);
struct static_route *config_route_add(struct config *c, const struct static_route *r);
unsigned config_route_remove(struct config *c, const struct static_route *match); /* how many went */
void config_routes_free(struct config *c);
/*
 * The lines of exactly this range. A range inside another is split off with a copy of its settings; one that covers
 * others takes them in and has the settings of the first. config_line_remove is for what is beyond `vty 0 4`.
 */
struct line_config *config_line_get(struct config *c, enum line_kind kind, unsigned first, unsigned last);
void config_line_remove(struct config *c, struct line_config *l);

/* Interface names: "tu23", "Tunnel 23", "e0/0" -> "Tunnel23", "Ethernet0/0"; false when it is none. */
bool ifname_canonical(const char *typed, char out[CONFIG_IFNAME_SIZE], enum if_type *type);
/* "Tu23", "Et0/0": as tables abbreviate. */
void ifname_short(const char *canonical, char out[CONFIG_IFNAME_SIZE]);
const char *if_type_name(enum if_type t);  /* "Ethernet" */
unsigned if_number(const char *canonical); /* 7 of "Virtual-Template7"; the first of several */
bool if_type_is_logical(enum if_type t);   /* no port of its own */
bool if_type_has_tunnel(enum if_type t);   /* its configuration may have tunnel commands */
/* <0, 0, >0 in the order of the running-config. */
int ifname_compare(const char *a, const char *b);

/* Why a pre-shared key can be guessed, in words that do not give it away; NULL: nothing that can be seen (weakkey.c). */
const char *config_key_weakness(const struct config *c, const struct isakmp_key *k);
/* ... a password of Aggressive Mode, which is one as well. */
const char *config_password_weakness(const struct config *c, const struct isakmp_peer *p);
/* ... for each of the configuration that is weak, with whose it is. */
void config_weak_keys(const struct config *c, void (*fn)(void *ctx, const char *text), void *ctx);
/*
 * Rules across objects. Calls fn for each finding (a profile that names a missing transform set, a tunnel without
 * destination, a key that no peer can use); text has no line end.
 */
void config_check(const struct config *c, void (*fn)(void *ctx, const char *text), void *ctx);

#endif
