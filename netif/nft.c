/* Counters of an nftables table, through nfnetlink. */
#include "netif/netif.h"
#include "netif/nl.h"

#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#define ANSWER_OCTETS 32768

struct ask {
	void (*fn)(void *ctx, const char *name, uint64_t packets);
	void *ctx;
};

static struct nlmsghdr *begin(void *buf, unsigned message, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message);
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	g->version = NFNETLINK_V0;
	return h;
}

/* Sends h and hands its answers to fn; 0 or -errno. */
static int ask(const struct nlmsghdr *h, mnl_cb_t fn, void *ctx)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_OCTETS];
	struct mnl_socket *s = mnl_socket_open(NETLINK_NETFILTER);
	ssize_t n;
	int rc = -1;

	if (!s)
		return -errno;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) >= 0 && mnl_socket_sendto(s, h, h->nlmsg_len) >= 0)
		do {
			n = mnl_socket_recvfrom(s, answer, sizeof(answer));
			rc = n < 0 ? -1
				   : mnl_cb_run(answer, nl_whole(answer, (size_t)n), 1, mnl_socket_get_portid(s), fn,
						ctx);
		} while (rc > 0);
	rc = rc < 0 ? -errno : 0;
	mnl_socket_close(s);
	return rc;
}

int netif_nft_table(const char *table)
{
	_Alignas(struct nlmsghdr) char buf[512];
	struct nlmsghdr *h = begin(buf, NFT_MSG_GETTABLE, NLM_F_ACK);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, table);
	return ask(h, NULL, NULL);
}

struct object {
	const struct nlattr *at[NFTA_OBJ_MAX + 1];
};

static int object_attribute(const struct nlattr *a, void *ctx)
{
	struct object *o = ctx;

	if (mnl_attr_type_valid(a, NFTA_OBJ_MAX) > 0)
		o->at[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

static int packets_of(const struct nlattr *a, void *ctx)
{
	uint64_t be;

	if (mnl_attr_get_type(a) != NFTA_COUNTER_PACKETS || mnl_attr_get_payload_len(a) < sizeof(be))
		return MNL_CB_OK;
	memcpy(&be, mnl_attr_get_payload(a), sizeof(be));
	*(uint64_t *)ctx = be64toh(be);
	return MNL_CB_OK;
}

static int on_object(const struct nlmsghdr *h, void *ctx)
{
	const struct ask *a = ctx;
	struct object o = { 0 };
	uint64_t packets = 0;

	if (mnl_attr_parse(h, sizeof(struct nfgenmsg), object_attribute, &o) < 0 || !o.at[NFTA_OBJ_NAME] ||
	    !o.at[NFTA_OBJ_DATA] || mnl_attr_validate(o.at[NFTA_OBJ_NAME], MNL_TYPE_NUL_STRING) < 0 ||
	    mnl_attr_validate(o.at[NFTA_OBJ_DATA], MNL_TYPE_NESTED) < 0)
		return MNL_CB_OK;
	mnl_attr_parse_nested(o.at[NFTA_OBJ_DATA], packets_of, &packets);
	if (a->fn)
		a->fn(a->ctx, mnl_attr_get_str(o.at[NFTA_OBJ_NAME]), packets);
	return MNL_CB_OK;
}

static struct nlmsghdr *counters(void *buf, unsigned message, uint16_t flags, const char *table)
{
	struct nlmsghdr *h = begin(buf, message, flags);

	mnl_attr_put_strz(h, NFTA_OBJ_TABLE, table);
	mnl_attr_put_u32(h, NFTA_OBJ_TYPE, htobe32(NFT_OBJECT_COUNTER));
	return h;
}

int netif_nft_counters(const char *table, void (*fn)(void *ctx, const char *name, uint64_t packets), void *ctx)
{
	_Alignas(struct nlmsghdr) char buf[512];

	return ask(counters(buf, NFT_MSG_GETOBJ, NLM_F_DUMP, table), on_object, &(struct ask){ fn, ctx });
}

int netif_nft_reset(const char *table, const char *counter)
{
	_Alignas(struct nlmsghdr) char buf[512];
	struct nlmsghdr *h = counters(buf, NFT_MSG_GETOBJ_RESET, NLM_F_ACK, table);

	mnl_attr_put_strz(h, NFTA_OBJ_NAME, counter);
	return ask(h, on_object, &(struct ask){ 0 });
}
