/*
 * For strongswan.sh only, loaded into charon beside Debian's libipsec: that library carries ESP in UDP alone and refuses
 * to install an SA without encapsulation, which would hide whether the negotiation itself ended in a CHILD_SA. This
 * tells it that the SA is encapsulated; IKE and the CHILD_SA are strongSwan's own, unchanged. No packet flows here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Layouts of libstrongswan 5.9: mark_t and chunk_t are passed by value. */
struct mark {
	uint32_t value, mask;
};
struct chunk {
	unsigned char *ptr;
	size_t len;
};

typedef void *create_fn(uint32_t spi, void *src, void *dst, uint8_t protocol, uint32_t reqid, struct mark mark,
			uint32_t tfc, void *lifetime, uint16_t enc_alg, struct chunk enc_key, uint16_t int_alg,
			struct chunk int_key, int mode, uint16_t ipcomp, uint16_t cpi, bool encap, bool esn,
			bool inbound);
create_fn ipsec_sa_create;

void *ipsec_sa_create(uint32_t spi, void *src, void *dst, uint8_t protocol, uint32_t reqid, struct mark mark,
		      uint32_t tfc, void *lifetime, uint16_t enc_alg, struct chunk enc_key, uint16_t int_alg,
		      struct chunk int_key, int mode, uint16_t ipcomp, uint16_t cpi, bool encap, bool esn, bool inbound)
{
	/* charon's plugin has loaded it, but not for everybody to see */
	void *libipsec = dlopen("libipsec.so.0", RTLD_LAZY | RTLD_NOLOAD);
	create_fn *real = libipsec ? (create_fn *)(uintptr_t)dlsym(libipsec, "ipsec_sa_create") : NULL;

	(void)encap;
	if (!real)
		abort();
	return real(spi, src, dst, protocol, reqid, mark, tfc, lifetime, enc_alg, enc_key, int_alg, int_key, mode,
		    ipcomp, cpi, true, esn, inbound);
}
