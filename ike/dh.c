/*
 * Diffie-Hellman: MODP groups of RFC 2409 section 6, RFC 3526 and RFC 5114 2.3, ECP groups of RFC 5903.
 *
 * The private value is drawn by the caller's random function, not by OpenSSL, so that a test can pin it. OpenSSL's EVP
 * interface has no "public value of this private one", hence the two ways in public_modp() and public_ecp().
 */
#include "ike/keys.h"

#include "base/buf.h"
#include "base/wipe.h"
#include "ike/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#define DRAWS_MAX      64   /* random values tried before it is called broken */
#define POINT_EVEN_ODD 0x04 /* an uncompressed point's first octet, SEC 1 2.3.3 */

/*
 * octets: of the prime, or of one coordinate. private_octets: of the exponent of a MODP group, twice the strength that
 * RFC 3526 section 8 gives it or more; group 24 has a subgroup of 256 bits.
 */
static const struct dh_group {
	unsigned number;
	size_t octets, private_octets;
	BIGNUM *(*prime)(BIGNUM *bn); /* of the MODP groups but 24 */
	const char *name;             /* OpenSSL's, of the others */
	int curve;
} groups[] = {
	{ OAKLEY_GROUP_MODP768, 96, 32, BN_get_rfc2409_prime_768, NULL, 0 },
	{ OAKLEY_GROUP_MODP1024, 128, 32, BN_get_rfc2409_prime_1024, NULL, 0 },
	{ OAKLEY_GROUP_MODP1536, 192, 32, BN_get_rfc3526_prime_1536, NULL, 0 },
	{ OAKLEY_GROUP_MODP2048, 256, 40, BN_get_rfc3526_prime_2048, NULL, 0 },
	{ OAKLEY_GROUP_MODP3072, 384, 52, BN_get_rfc3526_prime_3072, NULL, 0 },
	{ OAKLEY_GROUP_MODP4096, 512, 60, BN_get_rfc3526_prime_4096, NULL, 0 },
	{ OAKLEY_GROUP_ECP256, 32, 32, NULL, "P-256", NID_X9_62_prime256v1 },
	{ OAKLEY_GROUP_ECP384, 48, 48, NULL, "P-384", NID_secp384r1 },
	{ OAKLEY_GROUP_ECP521, 66, 66, NULL, "P-521", NID_secp521r1 },
	{ OAKLEY_GROUP_MODP2048_256, 256, 32, NULL, "dh_2048_256", 0 },
};

static const struct dh_group *group_find(unsigned number)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].number == number)
			return &groups[i];
	return NULL;
}

bool ike_dh_supported(unsigned group)
{
	return group_find(group) != NULL;
}

size_t ike_dh_public_octets(unsigned group)
{
	const struct dh_group *g = group_find(group);

	return g ? (g->curve ? 2 * g->octets : g->octets) : 0;
}

size_t ike_dh_shared_octets(unsigned group)
{
	const struct dh_group *g = group_find(group);

	return g ? g->octets : 0;
}

void ike_dh_wipe(struct ike_dh *dh)
{
	wipe(dh, sizeof(*dh));
}

/* --- keys as OpenSSL has them ---------------------------------------------------------------------------------- */

static bool push_modp(OSSL_PARAM_BLD *bld, const struct dh_group *g, BIGNUM *p, BIGNUM *two)
{
	if (g->name)
		return OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0);
	return g->prime(p) && BN_set_word(two, 2) && OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, p) &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, two);
}

/* A key of this group from a private value, a public one, or neither (the parameters alone); NULL when it cannot be. */
static EVP_PKEY *modp_key(struct ike_crypto *c, const struct dh_group *g, const BIGNUM *priv, const BIGNUM *pub)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(c->lib, g->name ? "DHX" : "DH", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *p = BN_new(), *two = BN_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (!ctx || !bld || !p || !two || !push_modp(bld, g, p, two) ||
	    (pub && !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, pub)) ||
	    (priv && !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, priv)))
		goto out;
	params = OSSL_PARAM_BLD_to_param(bld);
	if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, priv || pub ? EVP_PKEY_KEYPAIR : EVP_PKEY_KEY_PARAMETERS, params) <= 0)
		key = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(p);
	BN_free(two);
	return key;
}

/* pub: x | y. Fails for a point that is not on the curve. */
static EVP_PKEY *ecp_key(struct ike_crypto *c, const struct dh_group *g, const BIGNUM *priv, const uint8_t *pub)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(c->lib, "EC", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * IKE_DH_PRIVATE_MAX];
	struct wr w = wr_of(point, sizeof(point));
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	wr_u8(&w, POINT_EVEN_ODD);
	wr_bytes(&w, pub, 2 * g->octets);
	if (!ctx || !bld || !OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, wr_octets(&w)) ||
	    (priv && !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, priv)))
		goto out;
	params = OSSL_PARAM_BLD_to_param(bld);
	if (!params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &key, priv ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/*
 * The shared secret, exactly `octets` long. The peer's value was checked: OpenSSL's own check would raise it to the
 * order of the group, which costs several times what the short exponent does.
 */
static int derive(struct ike_crypto *c, EVP_PKEY *own, EVP_PKEY *peer, bool modp, uint8_t *out, size_t octets)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(c->lib, own, NULL);
	size_t got = octets;
	int rc = -IKE_ECRYPTO;

	if (ctx && EVP_PKEY_derive_init(ctx) > 0 && (!modp || EVP_PKEY_CTX_set_dh_pad(ctx, 1) > 0) &&
	    EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) > 0 && EVP_PKEY_derive(ctx, out, &got) > 0 && got == octets)
		rc = 0;
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* --- making a key pair ----------------------------------------------------------------------------------------- */

/* g^x: the shared secret with one whose private value is 1, that is, whose public value is g. */
static int public_modp(struct ike_crypto *c, const struct dh_group *g, const BIGNUM *x, uint8_t *out)
{
	EVP_PKEY *own = modp_key(c, g, x, NULL), *params = modp_key(c, g, NULL, NULL), *peer = NULL;
	BIGNUM *generator = NULL;
	int rc = -IKE_ECRYPTO;

	if (own && params && EVP_PKEY_get_bn_param(params, OSSL_PKEY_PARAM_FFC_G, &generator))
		peer = modp_key(c, g, NULL, generator);
	if (peer)
		rc = derive(c, own, peer, true, out, g->octets);
	BN_free(generator);
	EVP_PKEY_free(own);
	EVP_PKEY_free(params);
	EVP_PKEY_free(peer);
	return rc;
}

/* x | y of d times the base point, RFC 5903 7. Derivation would give x alone. */
static int public_ecp(struct ike_crypto *c, const struct dh_group *g, const BIGNUM *d, uint8_t *out)
{
	EC_GROUP *curve = EC_GROUP_new_by_curve_name_ex(c->lib, NULL, g->curve);
	EC_POINT *q = curve ? EC_POINT_new(curve) : NULL;
	BN_CTX *bn = BN_CTX_secure_new_ex(c->lib);
	uint8_t point[1 + 2 * IKE_DH_PRIVATE_MAX];
	struct rd r = rd_of(point, 1 + 2 * g->octets);
	int rc = -IKE_ECRYPTO;

	if (q && bn && EC_POINT_mul(curve, q, d, NULL, NULL, bn) &&
	    EC_POINT_point2oct(curve, q, POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point), bn) == rd_left(&r)) {
		rd_u8(&r);
		rd_copy(&r, out, 2 * g->octets);
		rc = 0;
	}
	EC_POINT_free(q);
	EC_GROUP_free(curve);
	BN_CTX_free(bn);
	return rc;
}

/* Is x a private value: at least 1, and below the order of the group where that is near to what was drawn? */
static bool private_good(struct ike_crypto *c, const struct dh_group *g, const BIGNUM *x)
{
	EC_GROUP *curve = NULL;
	EVP_PKEY *params = NULL;
	BIGNUM *q = NULL;
	bool good = !BN_is_zero(x);

	if (g->curve) {
		curve = EC_GROUP_new_by_curve_name_ex(c->lib, NULL, g->curve);
		good = good && curve && BN_cmp(x, EC_GROUP_get0_order(curve)) < 0;
	} else if (g->name) {
		params = modp_key(c, g, NULL, NULL);
		good = good && params && EVP_PKEY_get_bn_param(params, OSSL_PKEY_PARAM_FFC_Q, &q) && BN_cmp(x, q) < 0;
	}
	EC_GROUP_free(curve);
	EVP_PKEY_free(params);
	BN_free(q);
	return good;
}

int ike_dh_draw(struct ike_crypto *c, struct ike_dh *dh, unsigned group,
		void (*random)(void *ctx, void *out, size_t octets), void *ctx)
{
	const struct dh_group *g = group_find(group);
	BIGNUM *x = BN_secure_new();
	bool good = false;

	*dh = (struct ike_dh){ .group = group };
	if (g && x) {
		dh->private_octets = g->private_octets;
		dh->public_octets = ike_dh_public_octets(group);
		for (unsigned draws = 0; draws < DRAWS_MAX && !good; draws++) {
			random(ctx, dh->private, dh->private_octets);
			if (g->curve == NID_secp521r1)
				dh->private[0] &= 1; /* 521 bits in 66 octets */
			good = BN_bin2bn(dh->private, (int)dh->private_octets, x) && private_good(c, g, x);
		}
	}
	BN_clear_free(x);
	if (!good)
		ike_dh_wipe(dh);
	ERR_clear_error();
	return good ? 0 : -IKE_ECRYPTO;
}

int ike_dh_publish(struct ike_crypto *c, struct ike_dh *dh)
{
	const struct dh_group *g = group_find(dh->group);
	BIGNUM *x = BN_secure_new();
	int rc = -IKE_ECRYPTO;

	if (g && x && BN_bin2bn(dh->private, (int)dh->private_octets, x)) {
		BN_set_flags(x, BN_FLG_CONSTTIME);
		rc = g->curve ? public_ecp(c, g, x, dh->public) : public_modp(c, g, x, dh->public);
	}
	BN_clear_free(x);
	if (rc < 0)
		ike_dh_wipe(dh);
	ERR_clear_error();
	return rc;
}

int ike_dh_generate(struct ike_crypto *c, struct ike_dh *dh, unsigned group,
		    void (*random)(void *ctx, void *out, size_t octets), void *ctx)
{
	int rc = ike_dh_draw(c, dh, group, random, ctx);

	return rc ? rc : ike_dh_publish(c, dh);
}

/* --- the shared secret ----------------------------------------------------------------------------------------- */

/*
 * 1 < y < p-1: with a safe prime nothing else is in a small subgroup (RFC 6989 2.1). Group 24 is a small subgroup
 * itself, so there y must be of its order (RFC 6989 2.2). A point that is on a curve of RFC 5903 is in its one group.
 */
static bool peer_good(struct ike_crypto *c, const struct dh_group *g, EVP_PKEY *peer, const BIGNUM *y)
{
	EVP_PKEY_CTX *ctx = NULL;
	BIGNUM *p = NULL;
	bool good;

	good = EVP_PKEY_get_bn_param(peer, OSSL_PKEY_PARAM_FFC_P, &p) && BN_sub_word(p, 1) &&
	       BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0;
	if (good && g->name)
		good = (ctx = EVP_PKEY_CTX_new_from_pkey(c->lib, peer, NULL)) && EVP_PKEY_public_check(ctx) > 0;
	BN_free(p);
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static int shared_modp(struct ike_crypto *c, const struct dh_group *g, const BIGNUM *x, struct ike_bytes pub,
		       uint8_t *out)
{
	BIGNUM *y = BN_bin2bn(pub.p, (int)pub.octets, NULL);
	EVP_PKEY *own = modp_key(c, g, x, NULL), *peer = y ? modp_key(c, g, NULL, y) : NULL;
	int rc = -IKE_ECRYPTO;

	if (own && peer)
		rc = peer_good(c, g, peer, y) ? derive(c, own, peer, true, out, g->octets) : -IKE_EMALFORMED;
	BN_free(y);
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
	return rc;
}

static int shared_ecp(struct ike_crypto *c, const struct dh_group *g, const struct ike_dh *dh, const BIGNUM *d,
		      struct ike_bytes pub, uint8_t *out)
{
	EVP_PKEY *own = ecp_key(c, g, d, dh->public), *peer = ecp_key(c, g, NULL, pub.p);
	int rc = -IKE_ECRYPTO;

	if (own)
		rc = peer ? derive(c, own, peer, false, out, g->octets) : -IKE_EMALFORMED;
	EVP_PKEY_free(own);
	EVP_PKEY_free(peer);
	return rc;
}

int ike_dh_shared(struct ike_crypto *c, const struct ike_dh *dh, struct ike_bytes peer, uint8_t out[IKE_DH_MAX])
{
	const struct dh_group *g = group_find(dh->group);
	BIGNUM *x = NULL;
	int rc = -IKE_ECRYPTO;

	if (!g)
		return rc;
	if (peer.octets != ike_dh_public_octets(dh->group))
		return -IKE_EMALFORMED;
	x = BN_secure_new();
	if (x && BN_bin2bn(dh->private, (int)dh->private_octets, x)) {
		BN_set_flags(x, BN_FLG_CONSTTIME);
		rc = g->curve ? shared_ecp(c, g, dh, x, peer, out) : shared_modp(c, g, x, peer, out);
	}
	if (rc < 0)
		wipe(out, g->octets);
	BN_clear_free(x);
	ERR_clear_error();
	return rc;
}
