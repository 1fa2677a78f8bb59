/*
 * What the files of router/ share. One lock holder at a time works on all of it.
 *
 *   router.c   creation, the lock, the loop          apply.c     the order in which the runtime follows the model
 *   iface.c    interfaces as they are, what is said  addr.c      addresses of the kernel
 *   route.c    static routes of the kernel           tunnel.c    TUN, source in force, ident of each VTI
 *   ikeops.c   what the IKE engine asks              espevent.c  what the data plane says
 *   dhpool.c   threads for Diffie-Hellman            ikesettings.c  what it is told
 *   keep.c     sysctls and links, and the way back   mss.c       TCP MSS through nftables
 *   snapshot.c copies for show and ping              plan.c rib.c  the same without a kernel
 *   vaccess.c  Virtual-Access interfaces             neigh.c  ARP and neighbour discovery
 *   count.c    counters of interfaces                engine.c    those of the data plane
 *   transport.c  what native ESP goes by                obstacle.c  why a tunnel does not negotiate
 *   capture.c  packets in memory for `monitor capture`  capture_ring.c  that memory
 */
#ifndef ROUTER_INTERNAL_H
#define ROUTER_INTERNAL_H

#include "netif/tun.h"
#include "router/capture.h"
#include "router/dhpool.h"
#include "router/nft.h"
#include "router/plan.h"
#include "router/rib.h"
#include "router/lock.h"
#include "router/router.h"
#include "router/transport.h"

#include <event2/event.h>
#include <pthread.h>
#include <sys/queue.h>
#include <sys/types.h>

#define ROUTER_TICK_S         5
#define ROUTER_RECURSION_MS   60000
#define ROUTER_PATH_MTU_MS    600000 /* a path MTU that was learned is tried again: RFC 1191 6.3, RFC 8201 4 */
#define ROUTER_BAD_PACKET_MS  60000
#define ROUTER_BAD_PACKETS    32
#define ROUTER_COMPLAINT_SIZE 160
#define ROUTER_COMPLAINTS     16
#define IKE_PORT              500
#define ROUTER_IKE_OCTETS     16384
#define ROUTER_IKE_BURST      64

/* An IPsec VTI: present while the interface is one and is not shut down. */
struct tunnel {
	struct netif_tun tun; /* no queues: there is none */
	uint32_t ident;       /* of the engine and of the data plane; 0: something is missing */
	struct esp_tunnel data;
	struct ip_prefix behind; /* of a Virtual-Access: what its peer protects */
	unsigned link_mtu;       /* of the link to the peer */
	int egress;              /* that link's index */
	bool forgotten;          /* the engine has given up the ident by itself */
	bool up;                 /* SAs in both directions */
	unsigned plaintext_mtu;  /* of the SA in use, 0: none yet */
	struct esp_suite_info suite;
	bool udp;             /* it is encapsulated in UDP */
	unsigned learned_mtu; /* of the path, 0: none */
	uint64_t learned_ms;
	uint64_t recursive_until_ms; /* 0: not held down */
};

/*
 * Of the access lists of an interface. HELD: they cannot be installed, so the interface is down. WAITING: they are being
 * installed; its link and its addresses stay what they are until then.
 */
enum filter_state { FILTER_UNKNOWN, FILTER_IN_FORCE, FILTER_WAITING, FILTER_HELD };
/* The lists by family and direction: IPv4 in and out, IPv6 in and out. */
#define FILTER_SLOTS 4

struct filter_use {
	struct filter_list *lists[FILTER_SLOTS]; /* NULL: none */
	bool quiet;                              /* `no ip unreachables` */
};

struct counters {
	uint64_t rx_packets, rx_octets, rx_errors, rx_dropped, rx_multicast;
	uint64_t tx_packets, tx_octets, tx_errors, tx_dropped;
	uint64_t wrong_family, rx_no_buffer;
};

struct iface {
	TAILQ_ENTRY(iface) link;
	UT_hash_handle by_name, by_ident; /* by_ident: while the engine has one for it */
	UT_hash_handle by_index;          /* of its link; one Loopback stands for all of them */
	char name[CONFIG_IFNAME_SIZE];
	enum if_type type;
	bool port;                /* mapped with -i */
	struct iface *template;   /* of a Virtual-Access: what it is cloned from, else NULL */
	bool configured;          /* in the running-config */
	char device[IF_NAMESIZE]; /* "": none */
	struct netif_link kernel; /* ifindex 0: no such link now */
	bool link_stale;          /* the kernel's link has changed since it was read */
	bool addrs_stale;         /* so have its addresses */
	uint64_t addrs_wanted;    /* a digest of those that were followed last */
	bool tunnel_changed;      /* its SAs came or went: tunnels_follow has to look at it */
	bool admin_down, link_up, protocol_up;
	struct {
		bool fresh; /* nothing was said yet */
		bool admin_down, link_up, protocol_up;
	} said;
	struct ip_addr link_local; /* in force */
	bool mtu_set;              /* by us */
	/* As their sources said last, the zero of what is shown, what is shown, and when the rates were made. */
	struct counters counted, base, seen, rated;
	uint64_t rated_ms, last_input_ms, last_output_ms; /* 0: never */
	struct plan_rate in, out;
	uint64_t cleared_ms; /* 0: never */
	unsigned resets;
	enum filter_state filter;
	bool filter_refused; /* one of its lists is not understood */
	struct filter_use filter_wanted, filter_sent, filter_installed;
	struct tunnel tunnel;            /* Tunnel and Virtual-Access; of a Virtual-Template the ident alone */
	struct ip_addr source;           /* of a tunnel, in force */
	struct transport_port transport; /* of a port */
};

/* What was added to the kernel, or found there as wanted (foreign: it stays when the router goes). */
struct held_addr {
	LIST_ENTRY(held_addr) link;
	int ifindex;
	struct ip_prefix prefix;
	bool foreign;
};

/* What tells routes of the kernel apart; without holes, so that it can be hashed. */
struct route_key {
	struct ip_prefix prefix;
	struct ip_addr via;
	bool discards; /* Null0 */
	int ifindex;
	unsigned metric;
};

struct held_route {
	UT_hash_handle hh;
	struct route_key key;
	bool installed, wanted;
};

struct held_sysctl {
	LIST_ENTRY(held_sysctl) link;
	char path[96], old[64], value[16];
};

struct held_link {
	LIST_ENTRY(held_link) link;
	int ifindex;
	bool up;
	unsigned mtu;
};

/* A packet that was complained about, and when: of an SA, or (tunnel 0) of an SPI that nobody has. */
struct bad_packet {
	uint32_t tunnel, spi;
	struct ip_addr src, dst;
	uint64_t said_ms; /* 0: never */
};
enum bad_packet_kind { BAD_SPI, BAD_REPLAY, BAD_ICV, BAD_KINDS };

struct router {
	struct control_lock lock;
	struct event_base *base;
	struct logger *log;
	struct config *config;
	struct router_port *ports;
	size_t port_count;

	struct netif *netif;
	struct ike *ike;
	struct esp *esp;
	struct {
		struct esp_counters in, out;           /* of the tunnels that are gone */
		struct esp_counters in_base, out_base; /* the zero of what is shown */
		uint64_t no_buffer_base;
		uint64_t cleared_ms, measured_ms; /* measured: since then */
	} engine;
	struct dhpool *dhpool; /* NULL: the engine computes itself */
	struct event *dh_event;
	int ike_fd[2];       /* IPv4, IPv6; -1: this kernel has no such family */
	int ike_known_fd[2]; /* of what bears a responder's cookie */
	struct esp_config esp_config;
	struct event *ike_event[2], *ike_known_event[2], *ike_udp_event, *ike_udp_first_event, *esp_event, *netif_event,
		*timer_event, *tick_event;
	uint64_t timer_ms; /* UINT64_MAX: off */
	unsigned debug;
	struct ike_conditions conditions;

	TAILQ_HEAD(iface_list, iface) ifaces;                     /* in the order of the running-config */
	struct iface *iface_names, *iface_idents, *iface_indices; /* hash tables of them */
	LIST_HEAD(, held_addr) addrs;
	struct held_route *routes;        /* hash table of them */
	LIST_HEAD(, held_sysctl) sysctls; /* the newest first */
	LIST_HEAD(, held_link) links;
	struct rib rib;
	struct ikesettings *told; /* what the engine was told last; holds keys */
	struct log_settings logging;
	bool logging_told;
	bool forwarding6;    /* what ipv6/conf/all/forwarding was set to last */
	uint8_t base_mac[6]; /* of the first port: interfaces without a MAC borrow it */
	bool has_base_mac;
	struct bad_packet bad_packets[BAD_KINDS][ROUTER_BAD_PACKETS];
	char complaints[ROUTER_COMPLAINTS][ROUTER_COMPLAINT_SIZE];
	unsigned complaint_next;
	char *mss_rules; /* what nft was given last, NULL: nothing */
	bool mss_there;  /* and it took them */
	struct nft_run mss_run;
	struct event *mss_done;        /* while it runs */
	struct filter *filter;         /* filter.c's */
	struct filter_log *filter_log; /* filter_log.c's */
	struct transport *transport;   /* transport.c's */
	struct capture *capture;

	struct router_key_sink key_sink; /* its functions are NULL: no key goes anywhere */

	bool applying; /* router_apply is at work: what happens meanwhile is seen by its next pass */
	bool again;    /* it has to make another pass */
	/* What the kernel and the engine report is followed at once, but with many tunnels not all the time. */
	bool kernel_due, tunnels_due;
	bool heap_loose; /* negotiations have left free memory behind */
	uint64_t not_before_us;
	struct event *follow_event;
	bool closing;
};

/* --- router.c ---- */
uint64_t router_now_ms(void);
/* Something the kernel refuses, said once: `%SYS-4-NETIF: text`. */
void router_complain(struct router *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *router_errno_text(struct router *r, int error); /* the kernel's words, else strerror */

/* --- apply.c ---- */
/* The kernel reported a change, or tunnels came up or went: follows now, or when it is time. */
void router_follow(struct router *r);

/* --- ikeops.c ---- */
struct ike_ops ikeops_make(struct router *r);
void ikeops_timer(struct router *r, uint64_t at_ms);
void ikeops_receive(struct router *r, int fd);
void ikeops_receive_udp(struct router *r, enum esp_ike which); /* what the data plane handed over of its UDP port */

/* --- ikesettings.c ---- */
void ikesettings_apply(struct router *r); /* tells the engine what changed of phase 1's settings */
void ikesettings_forget(struct router *r);

/* --- espevent.c ---- */
void espevent_read(struct router *r);

/* --- iface.c ---- */
/* Creates and removes runtimes so that there is one for each configured interface and each port. */
void iface_follow_model(struct router *r);
void iface_free_all(struct router *r);
/* Reads the kernel's links and makes them what the model says. */
void iface_sync(struct router *r);
void iface_sync_tunnel(struct router *r, struct iface *i); /* the link alone: calls no engine */
void iface_announce(struct router *r);
void iface_announce_one(struct router *r, struct iface *i);
/* The kernel's link has changed. */
void iface_doubt(struct router *r, const struct netif_link *link);
struct iface *iface_insert(struct router *r, const char *name, enum if_type type); /* NULL: out of memory */
void iface_discard(struct router *r, struct iface *i);
struct iface *iface_find(const struct router *r, const char *name);
/* Each that is wanted, in order; the lock is lent in between, so one that has gone is left out. */
void iface_each_lending(struct router *r, bool (*wanted)(const struct iface *i),
			void (*fn)(struct router *r, struct iface *i, void *ctx), void *ctx);
struct iface *iface_by_index(struct router *r, int ifindex);
/* Of a Virtual-Access its template's. */
struct interface *iface_config(struct router *r, const struct iface *i);
static inline bool iface_is_tunnel(const struct iface *i)
{
	return i->type == IF_TUNNEL || i->type == IF_VIRTUAL_ACCESS;
}
struct interface *iface_lender(struct router *r, const struct interface *i);
const uint8_t *iface_mac(const struct router *r, const struct iface *i); /* NULL: there is none to use */
void iface_addresses(struct router *r, const struct iface *i, struct plan_addresses *out);
/* The link that a link-local address of ours means something on; 0: none, or another kind of address. */
int iface_scope(const struct router *r, const struct ip_addr *local);
/* Are its addresses to be in the kernel now? */
bool iface_active(const struct iface *i);

/* --- count.c ---- */
/* Takes over what was counted; the kernel's as it stands in i->kernel. */
void iface_count(struct router *r, struct iface *i, uint64_t now_ms);
/* After iface_count() the link or the ident became another one, which counts from its own zero. */
void iface_count_on(struct router *r, struct iface *i);
void iface_clear_counters(struct router *r, struct iface *i, uint64_t now_ms);
void iface_tick(struct router *r, uint64_t now_ms); /* rates */

/* --- engine.c ---- */
void engine_keep(struct router *r, const struct iface *i); /* its ident goes: its counters stay */
void engine_measure(struct router *r, bool on);
/* Of all sockets, and of AF_XDP on this port, or (NULL) on all of them. */
uint64_t engine_no_buffer(const struct router *r, const struct iface *port);

/* --- addr.c, route.c ---- */
void addr_sync(struct router *r);
void addr_sync_tunnel(struct router *r, struct iface *i); /* of a TUN alone */
void addr_doubt(struct router *r, int ifindex);           /* the kernel's have changed */
void addr_release(struct router *r);
void addr_forget(struct router *r, int ifindex); /* the link is gone */
void route_sync(struct router *r);
void route_release(struct router *r);
/* The kernel may have dropped routes through this link (0: any). */
void route_doubt(struct router *r, int ifindex);

/* --- tundev.c ---- */
void tunnel_open(struct router *r, struct iface *i);
/* A device in the place of the one that is gone; SAs and counters stay. False: there is none. */
bool tunnel_reopen(struct router *r, struct iface *i);
void tunnel_forwarding(struct router *r);
/*
 * The devices of these tunnels at once: the kernel waits for its readers once and not for each, some 20 ms. What else
 * there is of them is still to be discarded.
 */
void tunnel_delete_links(struct router *r, bool (*doomed)(struct router *r, const struct iface *i));

/* --- tunnel.c ---- */
/* Opens or closes the TUN. */
void tunnel_device(struct router *r, struct iface *i, bool wanted);
void tunnel_mtu(struct router *r, struct iface *i);
/* Before addresses go: tunnels whose source changes tell their peers from the old one. */
void tunnel_leave(struct router *r);
/* Adds, replaces or removes idents. */
void tunnel_sync(struct router *r);
void tunnel_remove(struct router *r, struct iface *i);
/* TUN and data plane of an ident that the engine makes. False: it cannot be had. */
bool tunnel_open_clone(struct router *r, struct iface *i, uint32_t ident, const struct ike_ident *config);
/* The source in force; family 0: there is none now. */
struct ip_addr tunnel_find_source(struct router *r, const struct interface *c, unsigned family);
/* The other tunnel that has these two addresses for itself, or NULL. */
const struct iface *tunnel_owner(struct router *r, const struct iface *i, const struct ip_addr *local,
				 const struct ip_addr *remote);
struct iface *tunnel_by_ident(struct router *r, uint32_t ident); /* a Tunnel's or a Virtual-Access's */
/* Interfaces of the tunnels whose state has changed, their addresses and routes; then what is said of them. */
void tunnels_follow(struct router *r);
/* The engine's word on the ident's SAs. */
void tunnel_state(struct router *r, struct iface *i, bool up);
/* Of the SA in use, which is encapsulated in UDP or not. */
void tunnel_suite(struct router *r, struct iface *i, const struct esp_suite_info *suite, bool udp);
void tunnel_path_mtu(struct router *r, struct iface *i, unsigned said);
void tunnel_tick(struct router *r, uint64_t now_ms);

/* --- vaccess.c ---- */
bool vaccess_clone(struct router *r, uint32_t template_ident, uint32_t ident, struct ike_ident *config);
void vaccess_gone(struct router *r, uint32_t ident);

/* --- keep.c ---- */
/* Sets it and remembers what stood there. */
void keep_sysctl(struct router *r, const char *value, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Back to what stood there. */
void drop_sysctl(struct router *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The device is gone, and another of its name has settings of its own. */
void forget_sysctls(struct router *r, const char *device);
/* What another program has changed is put right, and told. */
void keep_tick(struct router *r);
void keep_link(struct router *r, const struct netif_link *l);
const struct held_link *kept_link(const struct router *r, int ifindex);
void keep_release(struct router *r);

/* --- filter.c ---- */
void filter_start(struct router *r); /* looks whether a killed router left something */
/*
 * Makes the rules follow the model. Before the first router_apply() is over nft is waited for; later it runs beside, and
 * router_apply() comes again when it has ended.
 */
void filter_sync(struct router *r);
void filter_booted(struct router *r); /* the first router_apply() is over */
/* May the interface come up, and stay as it is? Both false: it is held down. */
bool filter_in_force(struct router *r, const struct iface *i);
bool filter_waiting(struct router *r, const struct iface *i);
bool filter_names_any(const struct interface *c); /* NULL: no. Does its configuration name an access list? */
void filter_tick(struct router *r);
void filter_release(struct router *r);
/* filter_log.c: from now on `log` entries are told. May be called again. */
void filter_log_start(struct router *r);
void filter_log_free(struct router *r);

/* --- mss.c ---- */
void mss_start(struct router *r); /* removes what a killed router left */
void mss_sync(struct router *r);
void mss_tick(struct router *r);
void mss_release(struct router *r);

#endif
