#include "netif/nl.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DUMP_TRIES 16

static void switch_on(struct mnl_socket *s, int option)
{
	int on = 1;

	/* Older kernels lack some of these; the answers are then less detailed or not filtered, and read all the same. */
	(void)mnl_socket_setsockopt(s, option, &on, sizeof(on));
}

int nl_open(struct nl *nl)
{
	int rc;

	nl->text[0] = '\0';
	nl->sequence = (uint32_t)time(NULL);
	nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->socket)
		return -errno;
	switch_on(nl->socket, NETLINK_EXT_ACK);
	switch_on(nl->socket, NETLINK_CAP_ACK);
	switch_on(nl->socket, NETLINK_GET_STRICT_CHK);
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		rc = -errno;
		nl_close(nl);
		return rc;
	}
	nl->portid = mnl_socket_get_portid(nl->socket);
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

struct nlmsghdr *nl_begin(struct nl_request *r, uint16_t type, uint16_t flags, size_t family_octets)
{
	struct nlmsghdr *h;

	memset(r->octets, 0, sizeof(r->octets)); /* libmnl leaves what aligns attributes as it was */
	h = mnl_nlmsg_put_header(r->octets);
	mnl_nlmsg_put_extra_header(h, family_octets);
	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return h;
}

static int transmit(struct nl *nl, struct nlmsghdr *h)
{
	ssize_t n;

	nl->text[0] = '\0';
	h->nlmsg_seq = ++nl->sequence;
	do
		n = mnl_socket_sendto(nl->socket, h, h->nlmsg_len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static size_t aligned(size_t octets)
{
	return (octets + 3) & ~(size_t)3;
}

size_t nl_whole(const void *datagram, size_t octets)
{
	struct rd r = rd_of(datagram, octets);
	struct nlmsghdr h;

	while (rd_left(&r) >= sizeof(h)) {
		memcpy(&h, r.p, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > rd_left(&r))
			break;
		rd_take(&r, aligned(h.nlmsg_len) < rd_left(&r) ? aligned(h.nlmsg_len) : rd_left(&r));
	}
	return octets - rd_left(&r);
}

/* Octets in nl->answer that are whole messages, or -errno. */
static int receive(struct nl *nl)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(nl->socket, nl->answer, sizeof(nl->answer));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (int)nl_whole(nl->answer, (size_t)n);
}

/* Messages of an earlier request, given up half way, are not for us. */
static bool is_answer(const struct nl *nl, const struct nlmsghdr *h)
{
	return h->nlmsg_seq == nl->sequence && mnl_nlmsg_portid_ok(h, nl->portid);
}

static int take_word(const struct nlattr *a, void *ctx)
{
	struct nl *nl = ctx;

	if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) == 0)
		snprintf(nl->text, sizeof(nl->text), "%s", mnl_attr_get_str(a));
	return MNL_CB_OK;
}

/* Keeps the words behind the first `fixed` octets of an ACK or of the end of a dump. */
static void keep_text(struct nl *nl, const struct nlmsghdr *h, size_t fixed)
{
	if (h->nlmsg_flags & NLM_F_ACK_TLVS && mnl_nlmsg_get_payload_len(h) >= fixed)
		mnl_attr_parse(h, (unsigned)fixed, take_word, nl);
}

static int take_ack(struct nl *nl, const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);
	size_t fixed = sizeof(*e);

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*e))
		return -EBADMSG;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		fixed += aligned(mnl_nlmsg_get_payload_len(&e->msg));
	if (e->error)
		keep_text(nl, h, fixed);
	return e->error;
}

int nl_ask(struct nl *nl, struct nlmsghdr *h, nl_fn fn, void *ctx)
{
	int rc;

	h->nlmsg_flags |= NLM_F_ACK;
	rc = transmit(nl, h);
	if (rc)
		return rc;
	for (;;) {
		int left = receive(nl);

		if (left < 0)
			return left;
		for (const struct nlmsghdr *m = (const void *)nl->answer; mnl_nlmsg_ok(m, left);
		     m = mnl_nlmsg_next(m, &left)) {
			if (!is_answer(nl, m))
				continue;
			if (m->nlmsg_type == NLMSG_ERROR)
				return take_ack(nl, m);
			if (fn)
				fn(ctx, m);
		}
	}
}

struct heap {
	uint8_t *octets;
	size_t used, room;
};

static bool heap_add(struct heap *all, const struct nlmsghdr *h)
{
	size_t need = aligned(h->nlmsg_len);

	if (all->room - all->used < need) {
		size_t room = all->room ? all->room * 2 : (size_t)NL_ANSWER_OCTETS * 2;
		uint8_t *more = realloc(all->octets, room);

		if (!more)
			return false;
		all->octets = more;
		all->room = room;
	}
	memset(&all->octets[all->used], 0, need);
	memcpy(&all->octets[all->used], h, h->nlmsg_len);
	all->used += need;
	return true;
}

static int dump_end(struct nl *nl, const struct nlmsghdr *h)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(h) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(h), sizeof(error));
	if (error)
		keep_text(nl, h, sizeof(error));
	return error;
}

static int dump_once(struct nl *nl, struct nlmsghdr *h, struct heap *all)
{
	bool interrupted = false;
	int rc = transmit(nl, h);

	if (rc)
		return rc;
	all->used = 0;
	for (;;) {
		int left = receive(nl);

		if (left < 0)
			return left;
		for (const struct nlmsghdr *m = (const void *)nl->answer; mnl_nlmsg_ok(m, left);
		     m = mnl_nlmsg_next(m, &left)) {
			if (!is_answer(nl, m))
				continue;
			interrupted |= (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (m->nlmsg_type == NLMSG_ERROR)
				return take_ack(nl, m);
			if (m->nlmsg_type == NLMSG_DONE) {
				rc = dump_end(nl, m);
				return rc ? rc : interrupted ? -EINTR : 0;
			}
			if (!heap_add(all, m))
				return -ENOMEM;
		}
	}
}

int nl_dump(struct nl *nl, struct nlmsghdr *h, nl_fn fn, void *ctx)
{
	struct heap all = { NULL, 0, 0 };
	int rc = -EINTR;

	h->nlmsg_flags |= NLM_F_DUMP;
	for (int i = 0; i < DUMP_TRIES && rc == -EINTR; i++)
		rc = dump_once(nl, h, &all);
	if (!rc) {
		int left = (int)all.used;

		for (const struct nlmsghdr *m = (const void *)all.octets; left > 0 && mnl_nlmsg_ok(m, left);
		     m = mnl_nlmsg_next(m, &left))
			fn(ctx, m);
	}
	free(all.octets);
	return rc;
}

struct index {
	const struct nlattr **at;
	uint16_t max;
};

static int index_one(const struct nlattr *a, void *ctx)
{
	struct index *i = ctx;

	if (mnl_attr_get_type(a) <= i->max)
		i->at[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

bool nl_attributes(const struct nlmsghdr *h, size_t family_octets, const struct nlattr **at, uint16_t max)
{
	struct index i = { at, max };

	memset(at, 0, sizeof(const struct nlattr *) * (max + 1u));
	return mnl_nlmsg_get_payload_len(h) >= family_octets &&
	       mnl_attr_parse(h, (unsigned)family_octets, index_one, &i) == MNL_CB_OK;
}

bool nl_nested(const struct nlattr *nest, const struct nlattr **at, uint16_t max)
{
	struct index i = { at, max };

	memset(at, 0, sizeof(const struct nlattr *) * (max + 1u));
	return nest && mnl_attr_parse_nested(nest, index_one, &i) == MNL_CB_OK;
}

bool nl_u32(const struct nlattr *a, uint32_t *out)
{
	if (!a || mnl_attr_get_payload_len(a) != sizeof(*out))
		return false;
	memcpy(out, mnl_attr_get_payload(a), sizeof(*out));
	return true;
}

bool nl_u8(const struct nlattr *a, uint8_t *out)
{
	if (!a || mnl_attr_get_payload_len(a) != sizeof(*out))
		return false;
	memcpy(out, mnl_attr_get_payload(a), sizeof(*out));
	return true;
}

bool nl_address(const struct nlattr *a, unsigned char af, struct ip_addr *out)
{
	if (!a)
		return false;
	if (af == AF_INET && mnl_attr_get_payload_len(a) == 4)
		*out = ip_from_in4(mnl_attr_get_payload(a));
	else if (af == AF_INET6 && mnl_attr_get_payload_len(a) == 16)
		*out = ip_from_in6(mnl_attr_get_payload(a));
	else
		return false;
	return true;
}

void nl_put_address(struct nlmsghdr *h, uint16_t type, const struct ip_addr *a)
{
	mnl_attr_put(h, type, ip_octets(a), a->octets);
}

unsigned char nl_af(const struct ip_addr *a)
{
	return a->family == 4 ? AF_INET : a->family == 6 ? AF_INET6 : AF_UNSPEC;
}
