/*
 * What the running-config asks of interfaces and tunnels, computed from plain data: no kernel, no engine.
 * Nothing here keeps a pointer into its arguments.
 */
#ifndef ROUTER_PLAN_H
#define ROUTER_PLAN_H

#include "config/model.h"
#include "ike/ike.h"

/* Primary, secondary, IPv6 and one link-local that nobody typed. */
#define PLAN_ADDRESSES (2 * IF_ADDRESSES + 1)

struct plan_addresses {
	struct ip_prefix at[PLAN_ADDRESSES];
	unsigned count;
};

/* RFC 4291 appendix A: the prefix's 64 bits, then the MAC with FFFE in the middle and the u bit turned. */
struct ip_prefix plan_eui64(const struct ip_prefix *prefix, const uint8_t mac[6]);
/* IPv6 is on: an address or `ipv6 enable`. */
bool plan_wants_ipv6(const struct interface *i);
/* The link-local address typed, else the one made from mac; family 0 when IPv6 is off or mac is NULL. */
struct ip_addr plan_link_local(const struct interface *i, const uint8_t *mac);
bool plan_typed_link_local(const struct interface *i);
/* The index-th IPv6 address with its eui-64 part filled in; false: none, or it needs a MAC and mac is NULL. */
bool plan_address6(const struct interface *i, unsigned index, const uint8_t *mac, struct ip_prefix *out);
/*
 * All addresses i is to have, IPv4 first, the primary before its secondaries; then IPv6, the link-local one last and
 * only when it was typed. lender: the interface that `ip unnumbered` names, or NULL; its primary comes as a /32.
 */
void plan_addresses(const struct interface *i, const struct interface *lender, const uint8_t *mac,
		    struct plan_addresses *out);
/* What i gives as a source: the primary IPv4 address, or the first global IPv6 one, else link_local. Family 0: none. */
struct ip_addr plan_source(const struct interface *i, const struct interface *lender, const uint8_t *mac,
			   unsigned family, const struct ip_addr *link_local);

/* The outer and inner IP version of an IPsec VTI; 0: the tunnel's mode is none of them. */
unsigned plan_tunnel_family(const struct interface *i);
/*
 * The ident of an IPsec VTI; every octet of *out is set, so that two are equal when their bytes are. False when the
 * profile or all of its transform sets are missing.
 */
bool plan_ident(struct config *c, const struct interface *i, const struct ip_addr *local, const char *out_ifname,
		unsigned path_mtu, struct ike_ident *out);
/* What stands at the interface, else globally, else IOS's default: copy, before-encryption. */
enum ipsec_df plan_df(const struct config *c, const struct interface *i);
bool plan_cut_after(const struct config *c, const struct interface *i);
/*
 * What a router on the way said that the path takes (0: it did not say how much), where `now` is what was known. 0: that
 * changes nothing. Never below what every path takes, whoever may have said it: 576 (IPv4) and 1280.
 */
unsigned plan_path_mtu(unsigned now, unsigned said, unsigned family);
/*
 * The TUN's MTU: plaintext_mtu (0: no SA yet), `ip mtu`/`ipv6 mtu` when lower, never below what IP needs. Where the outer
 * packet may be cut: what was typed, else link_mtu, of the link to the peer.
 */
unsigned plan_tunnel_mtu(const struct config *config, const struct interface *i, unsigned plaintext_mtu,
			 unsigned path_mtu, unsigned link_mtu);

/* Workers of the data plane in each direction: as asked, or (0) half of the processors; at least one, at most ROUTER_WORKERS_MAX. */
unsigned plan_workers(unsigned asked, long processors);

/* Averages as IOS weights them: a sample every few seconds, the past fading with exp(-t / window), `load-interval`. */
struct plan_rate {
	double bits_per_s, packets_per_s;
};
void plan_rate_update(struct plan_rate *r, uint64_t octets, uint64_t packets, double seconds, unsigned window_s);

#endif
