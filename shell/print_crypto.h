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
	struct esp_counters in, out; /* decapsulated, encapsulated; since the ident came up first */
	unsigned ip_mtu;             /* of the interface the packets leave through */
};

/* `show crypto isakmp sa [detail|count]`; newest first, as the engine lists them. */
void print_isakmp_sas(struct session *s, const struct ike_sa_info *sas, size_t count);
void print_isakmp_sas_detail(struct session *s, const struct ike_sa_info *sas, size_t count);
void print_isakmp_sa_count(struct session *s, const struct ike_sa_info *sas, size_t count);
/* `show crypto isakmp peers` */
void print_isakmp_peers(struct session *s, const struct ike_sa_info *sas, size_t count);
/* `show crypto isakmp policy` and `key`, in the order of the configuration. */
void print_isakmp_policies(struct session *s, const struct isakmp_policy *policies, size_t count);
void print_isakmp_keys(struct session *s, const struct isakmp_key *keys, size_t count);

/* `show crypto ipsec sa`; idents of one interface stand together. */
void print_ipsec_sas(struct session *s, const struct show_ident *idents, size_t count);
/* `show crypto ipsec transform-set`: the sets that are configured; the built-in one is added unless it is there. */
void print_transform_sets(struct session *s, const struct transform_set *sets, size_t count);
/*
 * `show crypto ipsec profile`: the profiles that are configured, sorted by name with the built-in one. sets: where
 * their transform sets are looked up. lifetimes: the global ones, for profiles without their own.
 */
void print_ipsec_profiles(struct session *s, const struct ipsec_profile *profiles, size_t count,
			  const struct transform_set *sets, size_t set_count, unsigned lifetime_s,
			  uint32_t lifetime_kb);

/* `show crypto session [detail]` */
void print_crypto_sessions(struct session *s, const struct show_ident *idents, size_t count,
			   const struct ike_sa_info *sas, size_t sa_count, bool detail);

#endif
