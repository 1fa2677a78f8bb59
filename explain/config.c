/* The configuration that a message relates to, with what the log tells of it. */
#include "explain/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct out {
	char *p;
	size_t room, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(o->p + o->used, o->room - o->used, format, ap);
	va_end(ap);
	if (n > 0)
		o->used = o->used + (size_t)n < o->room ? o->used + (size_t)n : o->room - 1;
}

static const struct story_value *value_of(const struct story_exchange *x, const char *what)
{
	for (unsigned i = 0; i < x->value_count; i++)
		if (!strcmp(x->values[i].what, what))
			return &x->values[i];
	return NULL;
}

/* What stands behind the colon of "crypto isakmp policy 10: hash sha". */
static const char *behind(const struct story_value *v)
{
	const char *colon = v ? strstr(v->config, ": ") : NULL;

	return colon ? colon + 2 : "";
}

static bool policy(struct out *o, const struct story_exchange *x, bool group_alone)
{
	const struct story_value *v = value_of(x, group_alone ? "Diffie-Hellman group" : "encryption");

	if (!v)
		return false;
	put(o, "%.*s", (int)strcspn(v->config, ":"), v->config);
	for (unsigned i = 0; i < x->value_count; i++)
		if (!group_alone || &x->values[i] == v)
			put(o, "\n %s", behind(&x->values[i]));
	return true;
}

static bool transform_set(struct out *o, const struct story_peer *p, const struct story_exchange *x, bool tunnel_alone)
{
	const struct story_value *map = value_of(x, "crypto map"), *pfs = value_of(x, "PFS"),
				 *mode = value_of(x, "mode");
	const bool tunnel = map && !strncmp(map->value, "Tunnel", 6);

	if (!tunnel_alone) {
		if (!value_of(x, "transform"))
			return false;
		put(o, "crypto ipsec transform-set NAME %s", behind(value_of(x, "transform")));
		if (value_of(x, "integrity"))
			put(o, " %s", behind(value_of(x, "integrity")));
		if (mode)
			put(o, "\n mode %s", mode->value[1] == 'u' ? "tunnel" : "transport");
		put(o, "\n");
	}
	if (map && !tunnel) {
		put(o, "crypto map %s ipsec-isakmp\n set peer %s\n set transform-set NAME\n match address ACL",
		    map->value, p->address);
		return true;
	}
	if (!tunnel_alone) {
		put(o, "crypto ipsec profile NAME\n set transform-set NAME");
		if (pfs && strcmp(pfs->value, "none") != 0)
			put(o, "\n set pfs group%s", pfs->value + strlen("group "));
		put(o, "\n");
	}
	put(o, "interface %.*s", tunnel ? (int)strcspn(map->value, "-") : 7, tunnel ? map->value : "TunnelN");
	put(o, "\n tunnel mode ipsec %s\n tunnel destination %s\n tunnel protection ipsec profile NAME",
	    strchr(p->address, ':') ? "ipv6" : "ipv4", *p->address ? p->address : "PEER");
	return true;
}

const char *story_config(const struct story_peer *p, const struct story_exchange *x, enum story_phase phase, char *buf,
			 size_t room)
{
	struct out o = { buf, room, 0 };
	bool told = false;

	buf[0] = '\0';
	switch (phase) {
	case STORY_MM1:
	case STORY_MM2:
	case STORY_AM1:
	case STORY_AM2:
		told = policy(&o, x, false);
		break;
	case STORY_MM3:
	case STORY_MM4:
		told = policy(&o, x, true);
		break;
	case STORY_QM1:
	case STORY_QM2:
		told = transform_set(&o, p, x, false);
		break;
	case STORY_QM3:
		told = transform_set(&o, p, x, true);
		break;
	case STORY_MM5:
	case STORY_MM6:
	case STORY_AM3:
	case STORY_INFO:
	case STORY_LOCAL:
	case STORY_PHASES:
		break;
	}
	if (told && (phase == STORY_MM1 || phase == STORY_MM4))
		put(&o, "\ncrypto isakmp key KEY address %s%s", strchr(p->address, ':') ? "ipv6 " : "",
		    *p->address ? p->address : "PEER");
	if (!told)
		put(&o, "%s", story_phase_config(phase));
	return buf;
}
