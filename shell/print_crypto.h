/*
 * The layouts of `show crypto ...`: each function takes copies of what it prints and writes IOS 15.2's lines through
 * session_line(). None looks at the running router, so a test feeds it structs and compares every byte.
 */
#ifndef SHELL_PRINT_CRYPTO_H
#define SHELL_PRINT_CRYPTO_H

#include "esp/esp.h"
#include "ike/ike.h"

struct session;

/* One ident (crypto map entry of a VTI) with the counters of its packets. */
struct show_ident {
	struct ike_ident_info info;
	struct esp_counters in, out;    /* decapsulated, encapsulated; since the ident came up first */
	uint64_t no_buffer;             /* packets that the socket it shares with others had no room for */
	unsigned ip_mtu;                /* of the interface the packets leave through */
	char profile[CONFIG_NAME_SIZE]; /* the IPsec profile of its interface; for `show crypto sockets` */
};

/* `crypto isakmp peer`: what is said about an address. */
struct show_peer {
	struct ip_addr address;
	char description[CONFIG_TEXT_SIZE];
};

/* "": nothing. */
const char *show_description(const struct ip_addr *peer, const struct show_peer *peers, size_t count);

/* A key with the keyring it is of. */
struct show_key {
	char keyring[CONFIG_NAME_SIZE];
	struct isakmp_key key;
};

/* "DN": the capabilities of an IKE SA in IOS's order, or "". */
#define SHOW_CAPABILITIES_SIZE 8
const char *show_capabilities(const struct ike_sa_info *sa, char buf[SHOW_CAPABILITIES_SIZE]);

/* `show crypto isakmp sa [detail|count]`; newest first, as the engine lists them. */
void print_isakmp_sas(struct session *s, const struct ike_sa_info *sas, size_t count);
void print_isakmp_sas_detail(struct session *s, const struct ike_sa_info *sas, size_t count);
void print_isakmp_sa_count(struct session *s, const struct ike_stats *t);
/* `show crypto isakmp peers` */
void print_isakmp_peers(struct session *s, const struct ike_sa_info *sas, size_t count, const struct show_peer *peers,
			size_t peer_count);
/* `show crypto isakmp policy`, `key` and `profile`, in the order of the configuration. */
void print_isakmp_policies(struct session *s, const struct isakmp_policy *policies, size_t count);
/* `show crypto isakmp default policy`, and what is in force while no policy is configured */
void print_isakmp_default_policies(struct session *s, const struct isakmp_policy *p, size_t count);
void print_isakmp_keys(struct session *s, const struct show_key *keys, size_t count);
void print_isakmp_profile(struct session *s, const struct isakmp_profile *p);
/* `show crypto call admission statistics` */
void print_call_admission(struct session *s, const struct ike_stats *t);

/* "esp-256-aes esp-sha-hmac ": as show spells it, the key length inside, one space after each. Returns buf. */
#define SHOW_TRANSFORM_SIZE 48
const char *show_transform(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, char buf[SHOW_TRANSFORM_SIZE]);

/* `show crypto ipsec sa [detail|count]`; idents of one interface stand together. */
void print_ipsec_sas(struct session *s, const struct show_ident *idents, size_t count, bool detail);
void print_ipsec_sa_count(struct session *s, const struct show_ident *idents, size_t count);
/* `show crypto sockets`: one for each ident. */
void print_crypto_sockets(struct session *s, const struct show_ident *idents, size_t count);
/* `show crypto ipsec transform-set`: the sets that are configured; the built-in one is added unless it is there. */
void print_transform_sets(struct session *s, const struct transform_set *sets, size_t count);
/*
 * `show crypto ipsec profile`: the profiles that are configured, sorted by name with the built-in one. sets: where
 * their transform sets are looked up. lifetimes: the global ones, for profiles without their own.
 */
void print_ipsec_profiles(struct session *s, const struct ipsec_profile *profiles, size_t count,
			  const struct transform_set *sets, size_t set_count, unsigned lifetime_s,
			  uint32_t lifetime_kb);

/* From its lifetime (the one in force) to its transform sets: of a profile, and of the map made of it. */
void print_profile_body(struct session *s, const struct ipsec_profile *p, const struct transform_set *sets,
			size_t set_count, unsigned lifetime_s, uint32_t lifetime_kb);

/* The map that protects a tunnel interface: its profile, and the ident once there is one. */
struct show_map {
	char ifname[CONFIG_IFNAME_SIZE];
	unsigned family; /* of the packets inside, 4 or 6 */
	struct ipsec_profile profile;
	struct ip_addr peer; /* family 0: there is no ident */
};
/* `show crypto map`; lifetimes: the global ones. */
void print_crypto_maps(struct session *s, const struct show_map *maps, size_t count, const struct transform_set *sets,
		       size_t set_count, unsigned lifetime_s, uint32_t lifetime_kb);

/* One SA of `show crypto engine connections active`. */
struct show_connection {
	uint32_t conn_id;
	bool ike;
	char algorithm[32]; /* "AES256+SHA" of IPsec, "SHA+AES256" of IKE */
	uint64_t encrypt, decrypt;
	uint32_t sequence; /* the last one that came */
	struct ip_addr local;
};
void print_connections(struct session *s, const struct show_connection *c, size_t count);
const char *show_ipsec_algorithm(const struct ike_child_info *c, char buf[32]);
const char *show_ike_algorithm(const struct ike_sa_info *sa, char buf[32]);
/* `show crypto eli` */
void print_crypto_eli(struct session *s, const struct ike_stats *t);

/* `show crypto session [detail]` */
void print_crypto_sessions(struct session *s, const struct show_ident *idents, size_t count,
			   const struct ike_sa_info *sas, size_t sa_count, const struct show_peer *peers,
			   size_t peer_count, bool detail);

#endif
