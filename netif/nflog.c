/* Packets that a rule of nftables logs to a group (nfnetlink_log). */
#include "netif/netif.h"
#include "netif/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_OCTETS 32768
#define BURST         16 /* messages per call: the kernel drops what it cannot queue */

struct netif_nflog {
	struct mnl_socket *socket;
	uint16_t group;
};

struct reading {
	void (*fn)(void *ctx, const struct netif_logged *p);
	void *ctx;
};

static struct nlmsghdr *config(void *buf, uint16_t group, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->version = NFNETLINK_V0;
	g->res_id = htons(group);
	return h;
}

/* 0 or -errno; before anything else is read from the socket */
static int acknowledged(struct netif_nflog *l)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_OCTETS];
	ssize_t n = mnl_socket_recvfrom(l->socket, answer, sizeof(answer));

	if (n < 0 ||
	    mnl_cb_run(answer, nl_whole(answer, (size_t)n), 0, mnl_socket_get_portid(l->socket), NULL, NULL) < 0)
		return -errno;
	return 0;
}

static int bind_group(struct netif_nflog *l, unsigned octets)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nfulnl_msg_config_cmd cmd = { .command = NFULNL_CFG_CMD_BIND };
	struct nfulnl_msg_config_mode mode = { .copy_range = htonl(octets), .copy_mode = NFULNL_COPY_PACKET };
	struct nlmsghdr *h = config(buf, l->group, NLM_F_ACK);

	if (mnl_socket_bind(l->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	mnl_attr_put(h, NFULA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put(h, NFULA_CFG_MODE, sizeof(mode), &mode);
	if (mnl_socket_sendto(l->socket, h, h->nlmsg_len) < 0)
		return -errno;
	return acknowledged(l);
}

int netif_nflog_open(uint16_t group, unsigned octets, struct netif_nflog **out)
{
	struct netif_nflog *l = calloc(1, sizeof(*l));
	int rc, fd;

	if (!l)
		return -ENOMEM;
	l->group = group;
	if (!(l->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC))) {
		rc = -errno;
		free(l);
		return rc;
	}
	rc = bind_group(l, octets);
	fd = mnl_socket_get_fd(l->socket);
	if (!rc && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		rc = -errno;
	if (rc) {
		netif_nflog_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

void netif_nflog_close(struct netif_nflog *l)
{
	if (!l)
		return;
	mnl_socket_close(l->socket);
	free(l);
}

int netif_nflog_fd(const struct netif_nflog *l)
{
	return mnl_socket_get_fd(l->socket);
}

static int attribute(const struct nlattr *a, void *ctx)
{
	const struct nlattr **at = ctx;

	if (mnl_attr_type_valid(a, NFULA_MAX) > 0)
		at[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *h, void *ctx)
{
	const struct nlattr *at[NFULA_MAX + 1] = { 0 }, *payload, *prefix, *in;
	const struct reading *r = ctx;
	struct netif_logged p = { 0 };

	if (h->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    mnl_attr_parse(h, sizeof(struct nfgenmsg), attribute, at) < 0)
		return MNL_CB_OK;
	payload = at[NFULA_PAYLOAD];
	prefix = at[NFULA_PREFIX];
	in = at[NFULA_IFINDEX_INDEV];
	if (!payload || !prefix || mnl_attr_validate(prefix, MNL_TYPE_NUL_STRING) < 0)
		return MNL_CB_OK;
	p.prefix = mnl_attr_get_str(prefix);
	p.packet = mnl_attr_get_payload(payload);
	p.octets = mnl_attr_get_payload_len(payload);
	p.ifindex = in && !(mnl_attr_validate(in, MNL_TYPE_U32) < 0) ? (int)ntohl(mnl_attr_get_u32(in)) : 0;
	r->fn(r->ctx, &p);
	return MNL_CB_OK;
}

void netif_nflog_read(struct netif_nflog *l, void (*fn)(void *ctx, const struct netif_logged *p), void *ctx)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_OCTETS];
	struct reading r = { fn, ctx };

	for (int k = 0; k < BURST; k++) {
		ssize_t n = mnl_socket_recvfrom(l->socket, answer, sizeof(answer));

		if (n <= 0)
			return;
		mnl_cb_run(answer, nl_whole(answer, (size_t)n), 0, 0, on_message, &r);
	}
}
