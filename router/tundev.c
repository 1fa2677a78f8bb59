/* The TUN devices of tunnels: opened one by one, deleted all at once. */
#include "router/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No way back is kept: the settings go with the device. */
static void prepare_tun(const char *device)
{
	static const struct {
		const char *family, *name, *value;
	} settings[] = {
		{ "ipv6", "disable_ipv6", "0" },
		{ "ipv6", "addr_gen_mode", "1" },
		{ "ipv6", "accept_dad", "0" },
		{ "ipv6", "accept_ra", "0" },
		{ "ipv6", "router_solicitations", "0" },
		{ "ipv6", "forwarding", "0" },
		/* Loose: the way back to a sender may well be another interface. */
		{ "ipv4", "rp_filter", "2" },
	};
	char path[96];

	for (size_t k = 0; k < sizeof(settings) / sizeof(settings[0]); k++) {
		snprintf(path, sizeof(path), "%s/conf/%s/%s", settings[k].family, device, settings[k].name);
		netif_sysctl_set(path, settings[k].value, NULL, 0);
	}
}

void tunnel_open(struct router *r, struct iface *i)
{
	char name[CONFIG_IFNAME_SIZE];
	int rc;

	snprintf(name, sizeof(name), "%s", i->name);
	/* Linux names have 15 characters at most. */
	if (strlen(name) >= sizeof(i->device))
		ifname_short(i->name, name);
	memcpy(i->device, name, sizeof(i->device));
	i->device[sizeof(i->device) - 1] = '\0';
	rc = netif_tun_create(i->device, r->esp_config.workers, &i->tunnel.tun);
	if (rc < 0) {
		router_complain(r, "%s: cannot open TUN device %s: %s", i->name, i->device, strerror(-rc));
		i->device[0] = '\0';
		return;
	}
	prepare_tun(i->device);
	i->link_stale = i->addrs_stale = true;
}

bool tunnel_reopen(struct router *r, struct iface *i)
{
	struct tunnel *t = &i->tunnel;
	struct netif_tun old = t->tun;
	struct esp_tunnel data = t->data;
	char device[sizeof(i->device)];

	memcpy(device, i->device, sizeof(device));
	t->tun = (struct netif_tun){ 0 };
	tunnel_open(r, i);
	if (t->tun.queues && t->ident) {
		memcpy(data.tun_fd, t->tun.fd, sizeof(data.tun_fd));
		data.uso = t->tun.uso;
		if (esp_tunnel_add(r->esp, &data))
			netif_tun_close(&t->tun);
		else
			t->data = data;
	}
	if (!t->tun.queues) { /* the name is another's, say: tried again when the kernel changes */
		t->tun = old;
		memcpy(i->device, device, sizeof(device));
		return false;
	}
	netif_tun_close(&old); /* what has another name now goes with it */
	return true;
}

/*
 * The kernel forwards when all/forwarding says so; the setting of a device only makes it act as a router there: it joins
 * the all-routers groups and reports that with MLD. A tunnel of IOS is silent until there is traffic. Changing
 * all/forwarding sets every device's.
 */
void tunnel_forwarding(struct router *r)
{
	struct iface *i;
	char path[96];

	TAILQ_FOREACH (i, &r->ifaces, link) {
		if (!i->tunnel.tun.queues || !i->device[0])
			continue;
		snprintf(path, sizeof(path), "ipv6/conf/%s/forwarding", i->device);
		netif_sysctl_set(path, "0", NULL, 0);
	}
}

void tunnel_delete_links(struct router *r, bool (*doomed)(struct router *r, const struct iface *i))
{
	struct iface *i;
	size_t count = 0;
	int *links;

	TAILQ_FOREACH (i, &r->ifaces, link)
		count += i->tunnel.tun.queues && i->kernel.ifindex && doomed(r, i);
	if (count < 2 || !(links = calloc(count, sizeof(*links))))
		return;
	count = 0;
	TAILQ_FOREACH (i, &r->ifaces, link) {
		if (!i->tunnel.tun.queues || !i->kernel.ifindex || !doomed(r, i))
			continue;
		engine_keep(r, i);
		if (i->tunnel.ident)
			esp_tunnel_remove(r->esp, i->tunnel.ident); /* nobody reads there any more */
		links[count++] = i->kernel.ifindex;
	}
	netif_links_delete(r->netif, links, count);
	free(links);
}
