/*
 * The running-config as text: each file of commands writes its own lines, running.c puts them into IOS's order with
 * IOS's `!` lines. Text has LF line ends and holds keys: whoever gets it wipes it.
 */
#ifndef SHELL_RUNNING_H
#define SHELL_RUNNING_H

#include "config/model.h"

struct shell;

/* "Current configuration : N bytes": captures count one more than the text from the first `!` to `end`. */
#define RUNNING_COUNT(octets) ((octets) + 1)

enum running_detail {
	RUNNING_PLAIN,
	RUNNING_ALL,   /* also what is at its default */
	RUNNING_BRIEF, /* without the data of certificates */
};

/*
 * From the first `!` to `end` and its line end; `! Last configuration change at` comes from sh. *text is NUL-terminated
 * and the caller's to wipe and free. 0, -ENOMEM; running_interface also -ENOENT.
 */
int running_text(const struct shell *sh, char **text, size_t *octets);
int running_text_of(const struct shell *sh, enum running_detail detail, char **text, size_t *octets);
/* `show running-config interface X`: `!`, its block, `end`. ifname is canonical. */
int running_interface(const struct shell *sh, const char *ifname, char **text, size_t *octets);

/* --- for the files of commands ---- */

struct out {
	char *text;
	size_t octets, room;
	bool failed; /* out of memory */
	enum running_detail detail;
	struct router *router; /* whose event loop is let in between, or NULL */
	unsigned lines;
};

/* Is a value printed? When it is not at its default, and when all are. */
static inline bool out_shows(const struct out *o, bool differs)
{
	return differs || o->detail == RUNNING_ALL;
}

/* A switch: what it is when that is not its default, and when all are printed. depth: blanks in front. */
void out_switch(struct out *o, unsigned depth, const char *text, bool on, bool by_default);
/* One line of the configuration, without its line end. */
void out_line(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_bangs(struct out *o, unsigned count);

/*
 * Where kept and harmless lines stand: among the sections of the whole configuration, inside an interface, inside a
 * line. kept_line.rank is KEPT_RANK(place, order inside the place).
 */
enum running_place {
	PLACE_NONE,
	PLACE_SERVICE,
	PLACE_BOOT,
	PLACE_SECURITY, /* logging, enable */
	PLACE_AAA,
	PLACE_PLATFORM,
	PLACE_IP_FIRST,
	PLACE_IP,
	PLACE_IPV6,
	PLACE_MULTILINK,
	PLACE_LICENSE,
	PLACE_USERNAME,
	PLACE_REDUNDANCY,
	PLACE_MISC,
	PLACE_ISAKMP,
	PLACE_CRYPTO,
	PLACE_INTERFACE,
	PLACE_ROUTER,
	PLACE_FORWARD,
	PLACE_HTTP,
	PLACE_ROUTE,
	PLACE_ACL,
	PLACE_ROUTE6,
	PLACE_OTHER,
	PLACE_CONTROL,
	PLACE_VOICE,
	PLACE_BANNER,
	PLACE_LINE,
	PLACE_TAIL,

	PLACE_IF_FIRST, /* behind the description */
	PLACE_IF_IP,    /* behind ip address */
	PLACE_IF_IP_LATE,
	PLACE_IF_LINK, /* behind shutdown: duplex, speed, keepalive */
	PLACE_IF_IPV6,
	PLACE_IF_TUNNEL,
	PLACE_IF_LAST,

	PLACE_LINE_FIRST,
	PLACE_LINE_LOGIN,
	PLACE_LINE_EXEC, /* before transport */
	PLACE_LINE_LAST,
};
#define KEPT_RANK(place, order) ((int)(place)*256 + (int)(order))
#define KEPT_RANK_UNKNOWN       255

/* Writers, each beside the handlers that it mirrors. */
void write_service(struct out *o, const struct config *c);
void write_hostname(struct out *o, const struct config *c);
void write_service_encryption(struct out *o, const struct config *c);
void write_enable(struct out *o, const struct config *c);
void write_users(struct out *o, const struct config *c);
void write_aaa(struct out *o, const struct config *c);
void write_login(struct out *o, const struct config *c);
void write_banners(struct out *o, const struct config *c);
void write_logging(struct out *o, const struct config *c);
void write_archive(struct out *o, const struct config *c);
void write_names(struct out *o, const struct config *c);
void write_clock(struct out *o, const struct config *c);
void write_log_hosts(struct out *o, const struct config *c);
void write_file_prompt(struct out *o, const struct config *c);
void write_domain(struct out *o, const struct config *c);
void write_ipv6_unicast_routing(struct out *o, const struct config *c);
void write_password_encryption(struct out *o, const struct config *c);
void write_isakmp(struct out *o, const struct config *c);
void write_isakmp_policies(struct out *o, const struct config *c); /* parts of write_isakmp() */
void write_isakmp_keys(struct out *o, const struct config *c);
void write_keyrings(struct out *o, const struct config *c);
void write_isakmp_peers(struct out *o, const struct config *c);
void write_isakmp_profiles(struct out *o, const struct config *c);
void write_ipsec(struct out *o, const struct config *c);
void write_key_export(struct out *o, const struct config *c);
void write_ipsec_global(struct out *o, const struct config *c); /* a part of write_ipsec() */
void write_if_ipsec(struct out *o, const struct interface *i);
/* Parts of write_interface(): mtu, bandwidth; redirects, proxy-arp; delay, load-interval; duplex, speed. */
void write_if_sizes(struct out *o, const struct interface *i);
void write_if_habits(struct out *o, const struct interface *i);
void write_if_load(struct out *o, const struct interface *i);
void write_if_wire(struct out *o, const struct interface *i);
void write_if_keepalive(struct out *o, const struct interface *i);
void write_interface(struct out *o, const struct interface *i);
void write_interfaces(struct out *o, const struct config *c);
void write_ip_routes(struct out *o, const struct config *c);
void write_ipv6_routes(struct out *o, const struct config *c);
void write_aliases(struct out *o, const struct config *c);
void write_named_acls(struct out *o, const struct config *c);
void write_numbered_acls(struct out *o, const struct config *c);
void write_ipv6_acls(struct out *o, const struct config *c);
void write_if_access_groups(struct out *o, const struct interface *i);
void write_if_traffic_filters(struct out *o, const struct interface *i);
void write_lines(struct out *o, const struct config *c);
void write_line_access(struct out *o, const struct line_config *l); /* parts of write_lines() */
void write_line_password(struct out *o, const struct line_config *l);
void write_line_login(struct out *o, const struct config *c, const struct line_config *l);
void write_line_transport(struct out *o, const struct line_config *l);
void write_ssh(struct out *o, const struct config *c);
void write_pubkey_chain(struct out *o, const struct config *c); /* a part of write_ssh() */
/* What stands before and behind a banner's text: ^C, or another character where the text holds that. */
void banner_mark(const char *text, char mark[3]);
/* Harmless lines at their defaults or as configured, then kept ones. */
void write_place(struct out *o, const struct kept_list *list, enum running_place place);
/* All of a list, each line with its children, `depth` blanks in front. */
void write_kept(struct out *o, const struct kept_list *list, unsigned depth);

#endif
