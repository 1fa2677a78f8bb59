/*
 * The cryptography of IKE against vectors that do not come from OpenSSL.
 *
 * ECP groups and group 24: the vectors of RFC 5903 section 8 and RFC 5114 Appendix A.3.
 * MODP groups: Python's pow(2, x, p), p from the formula that RFC 2409 and 3526 give, with octet i of the two private
 * values (i * 13 + group) and (i * 17 + group + 1) modulo 256; SHA-1 of the two public values and the shared secret.
 * SKEYID and the rest: Python's hashlib and hmac, the formulas of RFC 2409 written down as they stand there, over
 *   psk "cisco", Ni_b 0x10..0x23, Nr_b 0x40..0x53, octet i of g^xi i * 3 + 1, of g^xr i * 5 + 2, of g^xy i * 7 + 3
 *   (96 octets each), of g(qm)^xy i * 11 + 4 (128 octets), CKY-I 0102030405060708, CKY-R 1112131415161718,
 *   SAi_b 0x60..0x7f, ID_b 0x80..0x8b, M-ID 0x51bd2b1e, "rest" 0xa0..0xbf, protocol 3, SPI 0x221a7153.
 * CBC: FIPS 81 Table C1 (DES) and NIST SP 800-38A F.2 (AES).
 */
#include "ike/keys.h"

#include "tests/unit/unit.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

/* Octets of a hex text into out; their number. */
static size_t unhex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned v;

	for (; sscanf(text, "%2x", &v) == 1; text += 2)
		out[n++] = (uint8_t)v;
	return n;
}

static bool is_hex(const uint8_t *octets, size_t n, const char *text)
{
	uint8_t expected[1024];

	return unhex(text, expected) == n && memcmp(octets, expected, n) == 0;
}

static struct ike_crypto *crypto_or_stop(void)
{
	struct ike_crypto *c = ike_crypto_new();

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

/* --- Diffie-Hellman -------------------------------------------------------------------------------------------- */

/* A random function that hands out prepared octets, then zeros. */
struct prepared {
	uint8_t octets[2 * IKE_DH_PRIVATE_MAX];
	size_t used, count;
};

static void draw_prepared(void *ctx, void *out, size_t octets)
{
	struct prepared *p = ctx;
	uint8_t *to = out;

	for (size_t i = 0; i < octets; i++)
		to[i] = p->used < p->count ? p->octets[p->used++] : 0;
}

static int generate_from(struct ike_crypto *c, struct ike_dh *dh, unsigned group, const char *x)
{
	struct prepared p = { .used = 0 };

	p.count = unhex(x, p.octets);
	return ike_dh_generate(c, dh, group, draw_prepared, &p);
}

static struct ike_bytes public_of(const struct ike_dh *dh)
{
	return (struct ike_bytes){ dh->public, dh->public_octets };
}

static const struct dh_vector {
	unsigned group;
	const char *xi, *gxi, *xr, *gxr, *gxy;
} dh_vectors[] = {
	{
		.group = 19, /* RFC 5903 8.1 */
		.xi = "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
		.gxi = "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59a"
		       "b1f45b33accf5f58389e0577b8990bb3",
		.xr = "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
		.gxr = "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6a"
		       "ac23f046ada30f8353e74f33039872ab",
		.gxy = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
	},
	{
		.group = 20, /* RFC 5903 8.2 */
		.xi = "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
		.gxi = "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa"
		       "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
		.xr = "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
		.gxr = "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571"
		       "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
		.gxy = "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
	},
	{
		.group = 21, /* RFC 5903 8.3 */
		.xi = "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777"
		      "f5957b2639bab072462f68c27a57382d4a52",
		.gxi = "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564"
		       "941885942af5a7f4601723c4195d176ced3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4"
		       "a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
		.xr = "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2"
		      "f869cca7458aa4a4effc311f5cb151685eb9",
		.gxr = "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6"
		       "c2912d4ef2d0433ced2b6171640012d9460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d985207"
		       "7b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
		.gxy = "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06"
		       "b3c715a3a8cc3151f2bee417996d19f3ddea",
	},
	{
		.group = 24, /* RFC 5114 Appendix A.3 */
		.xi = "0881382cdb87660c6dc13e614938d5b9c8b2f248581cc5e31b35454397fce50e",
		.gxi = "2e9380c8323af97545bc4941deb0ec3742c62fe0ece824a6abdbe66c59bee0242911bfb967235ceba35ae13e4ec752be"
		       "630b92dc4bde2847a9c62cb8152745421fb7eb60a63c0fe9159fcce726ce7cd8523d7450667ef840e4919121eb5f01c8"
		       "c9b0d3d648a93bfb75689e8244ac134af544711ce79a02dcc34226684780dddcb498594106c37f5bc79856487af5ab02"
		       "2a2e5e42f09897c1a85a11ea0212af04d9b4cebc937c3c1a3e15a8a0342e337615c84e7fe3b8b9b87fb1e73a15af12a3"
		       "0d746e06dfc34f290d797ce51aa13aa785bf6658aff5e4b093003cbeaf665b3c2e113a3a4e905269341dc0711426685f"
		       "4ef37e868a8126ff3f2279b57ca67e29",
		.xr = "7d62a7e3ef36de617b13d1afb82c780d83a23bd4ee6705645121f371f546a53d",
		.gxr = "575f0351bd2b1b817448bdf87a6c362c1e289d3903a30b9832c5741fa250363e7acbc7f77f3dacbc1f131add8e03367e"
		       "ff8fbbb3e1c5784424809b25afe4d2262a1a6fd2fab64105ca30a674e07f7809852088632fc049233791ad4edd083a97"
		       "8b883ee618bc5e0dd047415f2d95e683cf14826b5fbe10d3ce41c6c120c78ab20008c698bf7f0bcab9d7f407bed0f43a"
		       "fb2970f57f8d12043963e66ddd320d599ad9936c8f44137c08b180ec5e985cebe186f3d549677e80607331ee17af3380"
		       "a725b0782317d7dd43f59d7af9568a9bb63a84d365f92244ed120988219302f42924c7ca90b89d24f71b0ab697823d7d"
		       "eb1aff5b0e8e4a45d49f7f53757e1913",
		.gxy = "86c70bf8d0bb81bb01078a17219cb7d27203db2a19c877f1d1f19fd7d77ef22546a68f005ad52dc84553b78fc60330be"
		       "51ea7c0672cac1515e4b35c047b9a551b88f39dc26da14a09ef74774d47c762dd177f9ed5bc2f11e52c879bd95098504"
		       "cd9eecd8a8f9b3efbd1f008ac5853097d9d1837f2b18f77cd7be01af80a7c7b5ea3ca54cc02d0c116fee3f95bb873993"
		       "85875d7e86747e676e728938acbff7098e05be4dcfb24052b83aeffb14783f029adbde7f53fae92084224090e007cee9"
		       "4d4bf2bace9ffd4b57d2af7c724d0caa19bf0501f6f17b4aa10f425e3ea76080b4b9d6b3cefea115b2ceb8789bb8a3b0"
		       "ea87febe63b6c8f846ec6db0c26c5d7c",
	},
};

static void test_dh_rfc_vectors(void)
{
	struct ike_crypto *c = crypto_or_stop();

	for (size_t i = 0; i < sizeof(dh_vectors) / sizeof(dh_vectors[0]); i++) {
		const struct dh_vector *v = &dh_vectors[i];
		size_t shared = ike_dh_shared_octets(v->group);
		uint8_t out[IKE_DH_MAX];
		struct ike_dh xi, xr;

		CU_ASSERT_EQUAL(generate_from(c, &xi, v->group, v->xi), 0);
		CU_ASSERT_EQUAL(generate_from(c, &xr, v->group, v->xr), 0);
		CU_ASSERT(is_hex(xi.public, xi.public_octets, v->gxi));
		CU_ASSERT(is_hex(xr.public, xr.public_octets, v->gxr));
		CU_ASSERT_EQUAL(ike_dh_shared(c, &xi, public_of(&xr), out), 0);
		CU_ASSERT(is_hex(out, shared, v->gxy));
		CU_ASSERT_EQUAL(ike_dh_shared(c, &xr, public_of(&xi), out), 0);
		CU_ASSERT(is_hex(out, shared, v->gxy));
		ike_dh_wipe(&xi);
		ike_dh_wipe(&xr);
	}
	ike_crypto_free(c);
}

struct stream {
	unsigned next, step;
};

static void draw_stream(void *ctx, void *out, size_t octets)
{
	struct stream *s = ctx;
	uint8_t *to = out;

	for (size_t i = 0; i < octets; i++, s->next += s->step)
		to[i] = (uint8_t)s->next;
}

static const struct {
	unsigned group;
	const char *gx, *gy, *gxy;
} modp_vectors[] = {
	{ 1, "65d77cb2cee711c8a6adcda763c294685f11aa6f", "c9a99b0ca16ef340d2dbc857ee4d6480b9ed4a34",
	  "7f269bffe0b602a44150c0860ec5641c3199b3d2" },
	{ 2, "4b4193d72eac8b1a425c0b10d97ab0ea827fea57", "26fbe698301ff9f121ad378d4d2940a4407bfe0c",
	  "51d4537a74e918ee16c28e8adb81e83de8e6aea1" },
	{ 5, "c67671f256d195394c83ef3c06fbbde86ea9ccad", "a3d87001c78e67ff27267a09cb43ca50d0df514b",
	  "2452683affc74a2732489df88f9af4ac77669f61" },
	{ 14, "9d6467ba0303c12afea8d592557fe616947ac546", "30f9b03fe32272959aa07afa1181284d8a726c7f",
	  "3c1b52c3d3dc733cc6f692c0c18b9bb66c525c16" },
	{ 15, "75a8eb106efa82280e9b93c953366fc72e4cf2d1", "a91245eafee6b4dc1f4055a8c1306508dbace0b2",
	  "7bd8cfcd58cbff5265f36d4dba6bb2bb6c33a989" },
	{ 16, "8fdcec2d653e1ae05492d0238846c65323b4598f", "4c327dd5cc018cab13a16def7b345c5fd2dd3016",
	  "9dc71a86a761bfcff6849a6e9132ec3a338f729c" },
};

static bool sha1_is(const uint8_t *octets, size_t n, const char *hex)
{
	uint8_t md[SHA_DIGEST_LENGTH];

	SHA1(octets, n, md);
	return is_hex(md, sizeof(md), hex);
}

static void test_dh_modp(void)
{
	struct ike_crypto *c = crypto_or_stop();

	for (size_t i = 0; i < sizeof(modp_vectors) / sizeof(modp_vectors[0]); i++) {
		unsigned group = modp_vectors[i].group;
		struct stream sx = { group, 13 }, sy = { group + 1, 17 };
		uint8_t out[IKE_DH_MAX];
		struct ike_dh x, y;

		CU_ASSERT_EQUAL(ike_dh_generate(c, &x, group, draw_stream, &sx), 0);
		CU_ASSERT_EQUAL(ike_dh_generate(c, &y, group, draw_stream, &sy), 0);
		CU_ASSERT(sha1_is(x.public, x.public_octets, modp_vectors[i].gx));
		CU_ASSERT(sha1_is(y.public, y.public_octets, modp_vectors[i].gy));
		CU_ASSERT_EQUAL(ike_dh_shared(c, &x, public_of(&y), out), 0);
		CU_ASSERT(sha1_is(out, ike_dh_shared_octets(group), modp_vectors[i].gxy));
	}
	ike_crypto_free(c);
}

/* With x as in the vector of group 1 and y = 1021, g^xy begins with a zero octet, which must not get lost. */
static void test_dh_padding(void)
{
	struct ike_crypto *c = crypto_or_stop();
	struct stream sx = { 1, 13 };
	uint8_t out[IKE_DH_MAX], head[] = { 0x00, 0x9e, 0x92, 0x11 };
	struct ike_dh x, y;

	CU_ASSERT_EQUAL(ike_dh_generate(c, &x, 1, draw_stream, &sx), 0);
	CU_ASSERT_EQUAL(generate_from(c, &y, 1, "00000000000000000000000000000000000000000000000000000000000003fd"), 0);
	CU_ASSERT_EQUAL(ike_dh_shared(c, &x, public_of(&y), out), 0);
	CU_ASSERT_EQUAL(memcmp(out, head, sizeof(head)), 0);
	memset(out, 0xff, sizeof(out));
	CU_ASSERT_EQUAL(ike_dh_shared(c, &y, public_of(&x), out), 0);
	CU_ASSERT_EQUAL(memcmp(out, head, sizeof(head)), 0);
	ike_crypto_free(c);
}

static void test_dh_sizes(void)
{
	static const struct {
		unsigned group;
		size_t public, shared;
	} sizes[] = {
		{ 1, 96, 96 },    { 2, 128, 128 }, { 5, 192, 192 }, { 14, 256, 256 }, { 15, 384, 384 },
		{ 16, 512, 512 }, { 19, 64, 32 },  { 20, 96, 48 },  { 21, 132, 66 },  { 24, 256, 256 },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CU_ASSERT(ike_dh_supported(sizes[i].group));
		CU_ASSERT_EQUAL(ike_dh_public_octets(sizes[i].group), sizes[i].public);
		CU_ASSERT_EQUAL(ike_dh_shared_octets(sizes[i].group), sizes[i].shared);
	}
	CU_ASSERT_FALSE(ike_dh_supported(0));
	CU_ASSERT_FALSE(ike_dh_supported(3));
	CU_ASSERT_EQUAL(ike_dh_public_octets(22), 0);
}

/* A random source that gives zeros for ever ends in an error; private values out of range are drawn again. */
static void test_dh_private_range(void)
{
	struct ike_crypto *c = crypto_or_stop();
	struct prepared again = { .count = 64 };
	struct stream zeros = { 0, 0 };
	struct ike_dh dh;

	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 14, draw_stream, &zeros), -IKE_ECRYPTO);
	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 19, draw_stream, &zeros), -IKE_ECRYPTO);
	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 7, draw_stream, &zeros), -IKE_ECRYPTO);
	memset(again.octets, 0xff, 32); /* above the order of P-256 and of group 24 */
	memset(again.octets + 32, 0x11, 32);
	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 19, draw_prepared, &again), 0);
	CU_ASSERT_EQUAL(again.used, 64);
	CU_ASSERT_EQUAL(dh.private[0], 0x11);
	again.used = 0;
	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 24, draw_prepared, &again), 0);
	CU_ASSERT_EQUAL(again.used, 64);
	ike_crypto_free(c);
}

/* The prime of group 1, for p and its neighbours. */
static const char modp768[] = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
			      "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
			      "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620ffffffffffffffff";

static void test_dh_bad_public_modp(void)
{
	struct ike_crypto *c = crypto_or_stop();
	struct stream s = { 1, 13 };
	uint8_t peer[256] = { 0 }, out[IKE_DH_MAX];
	struct ike_dh dh;

	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 1, draw_stream, &s), 0);
	memset(out, 0xee, sizeof(out));
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 96 }, out), -IKE_EMALFORMED); /* 0 */
	CU_ASSERT_EQUAL(out[0], 0);
	peer[95] = 1;
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 96 }, out), -IKE_EMALFORMED); /* 1 */
	peer[95] = 2;
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 96 }, out), 0);
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 95 }, out), -IKE_EMALFORMED);
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 97 }, out), -IKE_EMALFORMED);
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ NULL, 0 }, out), -IKE_EMALFORMED);
	CU_ASSERT_EQUAL(unhex(modp768, peer), 96);
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 96 }, out), -IKE_EMALFORMED); /* p */
	peer[95] = 0xfe;
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 96 }, out), -IKE_EMALFORMED); /* p-1 */
	memset(peer, 0xff, sizeof(peer));
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 96 }, out), -IKE_EMALFORMED); /* > p */
	/* group 24: 2 is below p, but not of order q */
	CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, 24, draw_stream, &s), 0);
	memset(peer, 0, sizeof(peer));
	peer[255] = 2;
	CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ peer, 256 }, out), -IKE_EMALFORMED);
	ike_crypto_free(c);
}

static void test_dh_bad_public_ecp(void)
{
	static const unsigned ecp[] = { 19, 20, 21 };
	struct ike_crypto *c = crypto_or_stop();
	struct stream s = { 1, 13 };
	uint8_t out[IKE_DH_MAX];

	for (size_t i = 0; i < 3; i++) {
		struct ike_dh dh, peer;

		CU_ASSERT_EQUAL(ike_dh_generate(c, &dh, ecp[i], draw_stream, &s), 0);
		CU_ASSERT_EQUAL(ike_dh_generate(c, &peer, ecp[i], draw_stream, &s), 0);
		peer.public[peer.public_octets - 1] ^= 1; /* off the curve */
		CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, public_of(&peer), out), -IKE_EMALFORMED);
		memset(peer.public, 0, peer.public_octets);
		CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, public_of(&peer), out), -IKE_EMALFORMED);
		memset(peer.public, 0xff, peer.public_octets); /* coordinates above p */
		CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, public_of(&peer), out), -IKE_EMALFORMED);
		CU_ASSERT_EQUAL(ike_dh_shared(c, &dh, (struct ike_bytes){ dh.public, dh.public_octets / 2 }, out),
				-IKE_EMALFORMED);
	}
	ike_crypto_free(c);
}

/* --- SKEYID, HASH, KEYMAT -------------------------------------------------------------------------------------- */

static const struct key_vector {
	enum isakmp_encr encr;
	unsigned keybits;
	enum isakmp_hash hash;
	const char *skeyid, *skeyid_d, *skeyid_a, *skeyid_e, *key, *iv, *iv2;
	const char *hash_i, *hash_r, *hash_1, *hash_2, *hash_3, *keymat, *keymat_pfs;
} key_vectors[] = {
	{
		.encr = ISAKMP_ENCR_DES,
		.keybits = 0,
		.hash = ISAKMP_HASH_SHA,
		.skeyid = "41a037295e31e767e5c177e6de7ea98064765e42",
		.skeyid_d = "a5420475925143752eed49dd75b01cda7cfa16d6",
		.skeyid_a = "aa3e88a33e72720cc4e18abb264061233087d6c4",
		.skeyid_e = "df3344ed325c92c94ab6bab8aeefdad3ea1211d7",
		.key = "df3344ed325c92c9",
		.iv = "8f95fc45e51a98c5",
		.iv2 = "6f78927c5a6f7ccb",
		.hash_i = "470514e5fc18a41e7c00b52d95f660c05e7a7be2",
		.hash_r = "3d63974466eac00df40ea7efca9c255021de84f3",
		.hash_1 = "316c43399e48c295f540864c8d17a97a294ae719",
		.hash_2 = "3465b93c8a51156cb5dd67323b873ff002942e3e",
		.hash_3 = "672eb72e88057634e663dc5b5b95fe8b3a67b66c",
		.keymat =
			"90217b34bedd9ec8cf0f8ba2de85596f24e4f05a837359c2d1fd2c2ac1f1c31f1a7bebf2b9eea5c12510b2d57c14d8e0"
			"8aea834f",
		.keymat_pfs =
			"4cc360d786905613c33774aa1eb174aa57a3327ebcc4a75c7c62e29cf1dfd1d6793e401f4867b5e4a31c81df2f8bdf86"
			"f0fce051",
	},
	{
		.encr = ISAKMP_ENCR_3DES,
		.keybits = 0,
		.hash = ISAKMP_HASH_MD5,
		.skeyid = "c1b574d0b72463763efea8e3764929dd",
		.skeyid_d = "527100bb07d0bfed08701eea53b37cdc",
		.skeyid_a = "1b426d6babffd0d68343d76c9d40a857",
		.skeyid_e = "03e81422c9850b38851a2bda6b2f284b",
		.key = "4174293b94bc5f373387ccd7c486208fb0cccb382893132b",
		.iv = "c6623f71e5e34b8f",
		.iv2 = "aabaefec06fbe731",
		.hash_i = "2e500c9554c43d4ceaf420ce88fa000d",
		.hash_r = "a492b7adc8f3c0f715d6877dbb7ea73b",
		.hash_1 = "148b953fe8fd936f581b5b56a495a115",
		.hash_2 = "c2af60eb6d2a8c863b75939783360c15",
		.hash_3 = "b1bfabc4ea922c820fb3f4645e8d886d",
		.keymat =
			"ec4bfe8500dfd942a22004ea7142616f7ec8fb5eb94273eda3080f9f29d3b3777d46e685ca3b001f6e085cede67ead72"
			"ce947c5f",
		.keymat_pfs =
			"846110775cbabec26a311e2249dffd0d11289367a32fe65123c756b1e08a8cfb67cb170da8aaa9dea1c750f077d6d94e"
			"a40013de",
	},
	{
		.encr = ISAKMP_ENCR_AES,
		.keybits = 256,
		.hash = ISAKMP_HASH_SHA,
		.skeyid = "41a037295e31e767e5c177e6de7ea98064765e42",
		.skeyid_d = "a5420475925143752eed49dd75b01cda7cfa16d6",
		.skeyid_a = "aa3e88a33e72720cc4e18abb264061233087d6c4",
		.skeyid_e = "df3344ed325c92c94ab6bab8aeefdad3ea1211d7",
		.key = "396984111d81890dd9d3492d88c50edad6de486fe8bc95b6f03fc9595b15ddc5",
		.iv = "8f95fc45e51a98c534df17aeb2e8babb",
		.iv2 = "559972f5e890cee144ce098899ab1a9b",
		.hash_i = "470514e5fc18a41e7c00b52d95f660c05e7a7be2",
		.hash_r = "3d63974466eac00df40ea7efca9c255021de84f3",
		.hash_1 = "316c43399e48c295f540864c8d17a97a294ae719",
		.hash_2 = "3465b93c8a51156cb5dd67323b873ff002942e3e",
		.hash_3 = "672eb72e88057634e663dc5b5b95fe8b3a67b66c",
		.keymat =
			"90217b34bedd9ec8cf0f8ba2de85596f24e4f05a837359c2d1fd2c2ac1f1c31f1a7bebf2b9eea5c12510b2d57c14d8e0"
			"8aea834f",
		.keymat_pfs =
			"4cc360d786905613c33774aa1eb174aa57a3327ebcc4a75c7c62e29cf1dfd1d6793e401f4867b5e4a31c81df2f8bdf86"
			"f0fce051",
	},
	{
		.encr = ISAKMP_ENCR_AES,
		.keybits = 256,
		.hash = ISAKMP_HASH_SHA256,
		.skeyid = "aad0adc62fd3b08778b4ef564bb9ebb58d51d909913d8bbfe1f256d27006f54f",
		.skeyid_d = "d938770acdd4a28642d213999ad9f3a54a3fe12252b8ddb63974a07d1872cb0d",
		.skeyid_a = "975aa9a6dcab362a411851d83d068543ee1c796ba9042f3676e829d2ba3612e3",
		.skeyid_e = "68e8db5318a58aa8167dfafd39237e825f0c81d5f5cba3dcaa2e61f4a4bb276a",
		.key = "68e8db5318a58aa8167dfafd39237e825f0c81d5f5cba3dcaa2e61f4a4bb276a",
		.iv = "33aa39d818c9627edaea27d43ee8e022",
		.iv2 = "92994a607e4c468e8cd6ee2196beccd4",
		.hash_i = "040688d4f3e2bf48f182ea7c33c66480f0d70f3a618bef25d30d60c3fc5d1a94",
		.hash_r = "bc31ad671d796372bc02e6b32b4056b22a5c58f70ead94713b8bc503a812ca50",
		.hash_1 = "bc27ab215e80ea175b6a4925c4e54b16f9fab99af4ca671c0f887f74893d53a0",
		.hash_2 = "cf24849a04861f8a3ea91b964fcaba8c0e04eac85b4591bfaa5d9ee848a26c7e",
		.hash_3 = "542b777e073fb152b5a983731984419239237ef488d7c8bd0a702a6868250daa",
		.keymat =
			"6c2cea1dde437ee3596c7d482089c92a506d87199f3111f78cc4b98c52478c2cc07c7937e127921f3a0ce78e64e9d75c"
			"5df13f83",
		.keymat_pfs =
			"f5061114524e22eb763aecffa049eb5cc2744a89956d5c09adb672ae2ececc56751c09d4ab8a9dda2889314951cbc2f3"
			"e509cd78",
	},
	{
		.encr = ISAKMP_ENCR_AES,
		.keybits = 192,
		.hash = ISAKMP_HASH_SHA512,
		.skeyid =
			"2277bf6c6a5990e979a54439d09eb5ba0c36675ae2cca4e85fcc8021a95d85e0eb7e6344b7861721a4841d05b8e67989"
			"7dbbcf1e0146ee536eb6878181559452",
		.skeyid_d =
			"cfab191d6dbbae1cebf59d329ca1b26aae06aa00470baa7d4d2306ec01b68ef810b46bff2e833415a036098cc8b9d6bf"
			"19643ba661da0d4b44db61cb4a852523",
		.skeyid_a =
			"24825f929f7e64978b987f45d60cd3f40d9ec10d7bbc2dcfe0177da7b02001ce71a3fb1e03020499d4a486c8966ea740"
			"39ce9ef5822a1e662ca9ccbf14a46324",
		.skeyid_e =
			"e0cea2e8f15995b634cc9027ab91cfcd6f111606879e9fc297377a4573c37bdbec37bf9884fc3068d05ebe8efac20837"
			"98ddc70dc6615d8579679d4b50ecc17d",
		.key = "e0cea2e8f15995b634cc9027ab91cfcd6f111606879e9fc2",
		.iv = "91022b797c96b0b794c989b8db3a52c4",
		.iv2 = "d3c36eee67b9070deac104cd96047ab3",
		.hash_i =
			"d81a199d289b3f6747b4dbf60f94826345cbe639f93ba54ed21e945a800a9318552b0660b82f9b86a26924d9303681d8"
			"57d64aa1ab4cc51b9a3cb30b93290630",
		.hash_r =
			"9c2c4e6106aff861b5df34709518f192ffdc2e81f3a9f2caa6b59a7e894119fe39de4ba1ea9a9f6c2878585732bbf91c"
			"ec264abc2b0b7e519b0cf27a4b655fe4",
		.hash_1 =
			"f4db588dec893ee35b1ffe3aad86501cfdfb54b34bf78f9daddfe58f4188281b071c5bb283ef3ded06fcfcc7da32f48e"
			"d2d4b05f2b03622edb6dbac5c4fbdfec",
		.hash_2 =
			"706733d1f78feb351d204d7ce7162acccc1f89330264f77cefebd18ead24ce1dd5e5fd1f5cfbf4990d199592244aac33"
			"8bb9197d2ef25f5409a8907131b0cd38",
		.hash_3 =
			"eb4c1dfde983698b928340e82c9106d05261d0a828429c11202aa2dc3f1271b3c010348e2f76e63ecf4f703c93e68783"
			"8bca1f770f1a3c33c845dc33ddd06b86",
		.keymat =
			"2273b04235868cd7aa1fcfb846c37bfcadcc799a4c7785136e782967ef2efcc2a92a06fe8c906e61ca2311d2e10f8093"
			"cb6c0e92",
		.keymat_pfs =
			"304199acf364d3632b8f8d70172a6165963b71233bae3e0db478535a03bce51c6b95d63ca99fdf0d86c8dff9f3606cd0"
			"d7740777",
	},
	{
		.encr = ISAKMP_ENCR_AES,
		.keybits = 128,
		.hash = ISAKMP_HASH_SHA384,
		.skeyid =
			"4370534ead22e05cdd41cf2badf637502d1e37508535d45f82def5cf21e26aa1a2696a3364437eb52c10b7ab3e060657",
		.skeyid_d =
			"48e7cf36d86942765a732d1b2aa2b1b0c0e543caf2435b71e0d1d2c514ed91db3373ad61f8d6fafdf3881ec191f64cd0",
		.skeyid_a =
			"38b9a6d6ca39ac3abc0e1bd1133c19dd08fe52087468d81ca402f7348eaa1440e2ea0d2bc2e8f09f259c6e34e4df58cd",
		.skeyid_e =
			"856a8746b8e376da77784aaf286f4f7faa624c54fad025ee8bbe5c270f94e88d39e570946ab01eaaac00e8cedecb2ace",
		.key = "856a8746b8e376da77784aaf286f4f7f",
		.iv = "eaf9529657f84c9ada2c9dc81a168181",
		.iv2 = "0ce752b2300caabf3f6012b536b63c00",
		.hash_i =
			"e7e0f30271bf7ab602d6940db3379c198e3945c226fdd68e522e1ddde1795e474b1ce84034b9138de08c8270f44612ab",
		.hash_r =
			"d71d2809f38aae16b22eb4e3997e3a3e4114d1a0797edd234f234e2f6cd578081c3e32ef50cc2ec2fb4ca8b1d096b1dd",
		.hash_1 =
			"9cc48e02da23b2b170aa13f325d53344693aa44df0b943b48706e532787727e43e0a54137d6fa9029e084bb36cb633ff",
		.hash_2 =
			"9e90c14cdebde59622b7843bc84ba4c671e932e8de4f8e49d37e198cf4e41abde47fc1e8302ab78a8faaebf9eaed6004",
		.hash_3 =
			"d97c29fa8690f79985ebc31c5f7c75618dde6de82808ecb9b33286dc042e63f9afcddb3bee307f2883af36997ac2bc99",
		.keymat =
			"f3dde98e1f919ae0962a6259b9e92f30dc142678e8acf26b97fdf89333ba2a1aa7f2441a64d42cdf8aecaccea3904d07"
			"08573bda",
		.keymat_pfs =
			"a8cf223e445270a6f81beea7f8d9f05326d740f20ee3d0edad453b5b02dbb187c297276bcb6688e13ad974f6401d1a8a"
			"11486363",
	},
};

struct inputs {
	uint8_t ni[20], nr[20], gxi[96], gxr[96], gxy[96], gqmxy[128], sai[32], id[12], rest[32];
	struct ike_p1_material p1;
};

static void fill(uint8_t *out, size_t n, unsigned first, unsigned step)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(first + i * step);
}

static void make_inputs(struct inputs *in)
{
	static const uint8_t icookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t rcookie[] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18 };

	fill(in->ni, sizeof(in->ni), 0x10, 1);
	fill(in->nr, sizeof(in->nr), 0x40, 1);
	fill(in->gxi, sizeof(in->gxi), 1, 3);
	fill(in->gxr, sizeof(in->gxr), 2, 5);
	fill(in->gxy, sizeof(in->gxy), 3, 7);
	fill(in->gqmxy, sizeof(in->gqmxy), 4, 11);
	fill(in->sai, sizeof(in->sai), 0x60, 1);
	fill(in->id, sizeof(in->id), 0x80, 1);
	fill(in->rest, sizeof(in->rest), 0xa0, 1);
	in->p1 = (struct ike_p1_material){
		.icookie = icookie,
		.rcookie = rcookie,
		.psk = { (const uint8_t *)"cisco", 5 },
		.ni = { in->ni, sizeof(in->ni) },
		.nr = { in->nr, sizeof(in->nr) },
		.gxi = { in->gxi, sizeof(in->gxi) },
		.gxr = { in->gxr, sizeof(in->gxr) },
		.gxy = { in->gxy, sizeof(in->gxy) },
	};
}

#define MESSAGE_ID 0x51bd2b1eu
#define BYTES(a)   ((struct ike_bytes){ (a), sizeof(a) })

static void check_vector(struct ike_crypto *c, const struct key_vector *v)
{
	uint8_t hash[IKE_HASH_MAX], iv[IKE_BLOCK_MAX], keymat[52];
	struct ike_p2_material p2;
	struct inputs in;
	struct ike_keys k;

	make_inputs(&in);
	p2 = (struct ike_p2_material){ PROTO_IPSEC_ESP, 0x221a7153, { NULL, 0 }, in.p1.ni, in.p1.nr };
	CU_ASSERT_EQUAL(ike_keys_derive(&k, c, v->encr, v->keybits, v->hash, &in.p1), 0);
	CU_ASSERT(is_hex(k.skeyid, k.hash_octets, v->skeyid));
	CU_ASSERT(is_hex(k.skeyid_d, k.hash_octets, v->skeyid_d));
	CU_ASSERT(is_hex(k.skeyid_a, k.hash_octets, v->skeyid_a));
	CU_ASSERT(is_hex(k.skeyid_e, k.hash_octets, v->skeyid_e));
	CU_ASSERT(is_hex(k.key, k.key_octets, v->key));
	CU_ASSERT(is_hex(k.iv, k.block_octets, v->iv));
	CU_ASSERT_EQUAL(ike_iv_phase2(&k, MESSAGE_ID, iv), 0);
	CU_ASSERT(is_hex(iv, k.block_octets, v->iv2));
	CU_ASSERT_EQUAL(ike_hash_i(&k, &in.p1, BYTES(in.sai), BYTES(in.id), hash), 0);
	CU_ASSERT(is_hex(hash, k.hash_octets, v->hash_i));
	CU_ASSERT_EQUAL(ike_hash_r(&k, &in.p1, BYTES(in.sai), BYTES(in.id), hash), 0);
	CU_ASSERT(is_hex(hash, k.hash_octets, v->hash_r));
	CU_ASSERT_EQUAL(ike_hash_1(&k, MESSAGE_ID, BYTES(in.rest), hash), 0);
	CU_ASSERT(is_hex(hash, k.hash_octets, v->hash_1));
	CU_ASSERT_EQUAL(ike_hash_2(&k, MESSAGE_ID, in.p1.ni, BYTES(in.rest), hash), 0);
	CU_ASSERT(is_hex(hash, k.hash_octets, v->hash_2));
	CU_ASSERT_EQUAL(ike_hash_3(&k, MESSAGE_ID, in.p1.ni, in.p1.nr, hash), 0);
	CU_ASSERT(is_hex(hash, k.hash_octets, v->hash_3));
	CU_ASSERT_EQUAL(ike_keymat(&k, &p2, keymat, sizeof(keymat)), 0);
	CU_ASSERT(is_hex(keymat, sizeof(keymat), v->keymat));
	p2.gqmxy = BYTES(in.gqmxy);
	CU_ASSERT_EQUAL(ike_keymat(&k, &p2, keymat, sizeof(keymat)), 0);
	CU_ASSERT(is_hex(keymat, sizeof(keymat), v->keymat_pfs));
	ike_keys_wipe(&k);
	CU_ASSERT_EQUAL(k.skeyid_d[0] | k.skeyid_e[1] | k.key[0], 0);
}

static void test_keys(void)
{
	struct ike_crypto *c = crypto_or_stop();

	for (size_t i = 0; i < sizeof(key_vectors) / sizeof(key_vectors[0]); i++)
		check_vector(c, &key_vectors[i]);
	ike_crypto_free(c);
}

static void test_keys_refused(void)
{
	struct ike_crypto *c = crypto_or_stop();
	struct inputs in;
	struct ike_keys k;

	make_inputs(&in);
	CU_ASSERT_EQUAL(ike_keys_derive(&k, c, ISAKMP_ENCR_AES, 0, ISAKMP_HASH_SHA, &in.p1), -IKE_ECRYPTO);
	CU_ASSERT_EQUAL(ike_keys_derive(&k, c, ISAKMP_ENCR_AES, 512, ISAKMP_HASH_SHA, &in.p1), -IKE_ECRYPTO);
	in.p1.psk.octets = 0;
	CU_ASSERT_EQUAL(ike_keys_derive(&k, c, ISAKMP_ENCR_DES, 0, ISAKMP_HASH_SHA, &in.p1), -IKE_ECRYPTO);
	ike_crypto_free(c);
}

static void test_hash_equal(void)
{
	struct ike_keys k = { .hash = ISAKMP_HASH_SHA, .hash_octets = 20 };
	uint8_t expected[IKE_HASH_MAX] = { 1, 2, 3 }, received[IKE_HASH_MAX] = { 1, 2, 3 };

	CU_ASSERT(ike_hash_equal(&k, expected, (struct ike_bytes){ received, 20 }));
	CU_ASSERT_FALSE(ike_hash_equal(&k, expected, (struct ike_bytes){ received, 19 }));
	CU_ASSERT_FALSE(ike_hash_equal(&k, expected, (struct ike_bytes){ received, 21 }));
	CU_ASSERT_FALSE(ike_hash_equal(&k, expected, (struct ike_bytes){ NULL, 0 }));
	received[19] = 1;
	CU_ASSERT_FALSE(ike_hash_equal(&k, expected, (struct ike_bytes){ received, 20 }));
}

/* --- CBC ------------------------------------------------------------------------------------------------------- */

static const struct {
	enum isakmp_encr encr;
	const char *key, *iv, *plain, *cipher;
} cbc_vectors[] = {
	{ ISAKMP_ENCR_DES, "0123456789abcdef", "1234567890abcdef", "4e6f77206973207468652074696d6520666f7220616c6c20",
	  "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	{ ISAKMP_ENCR_3DES, "0123456789abcdef0123456789abcdef0123456789abcdef",
	  "1234567890abcdef", /* equal keys: DES */
	  "4e6f77206973207468652074696d6520666f7220616c6c20", "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	{ ISAKMP_ENCR_AES, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
	  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	  "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2" },
	{ ISAKMP_ENCR_AES, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "000102030405060708090a0b0c0d0e0f",
	  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	  "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a" },
	{ ISAKMP_ENCR_AES, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	  "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	  "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d" },
};

static void test_cbc(void)
{
	struct ike_crypto *c = crypto_or_stop();

	for (size_t i = 0; i < sizeof(cbc_vectors) / sizeof(cbc_vectors[0]); i++) {
		struct ike_keys k = { .crypto = c, .encr = cbc_vectors[i].encr };
		uint8_t data[64], iv[IKE_BLOCK_MAX], iv2[IKE_BLOCK_MAX];
		size_t n = unhex(cbc_vectors[i].plain, data), last;

		k.key_octets = unhex(cbc_vectors[i].key, k.key);
		k.block_octets = unhex(cbc_vectors[i].iv, iv);
		last = n - k.block_octets;
		CU_ASSERT_EQUAL(k.block_octets, ike_block_octets(k.encr));
		CU_ASSERT_EQUAL(ike_encrypt(&k, iv, data, n), 0);
		CU_ASSERT(is_hex(data, n, cbc_vectors[i].cipher));
		CU_ASSERT_EQUAL(memcmp(iv, data + last, k.block_octets), 0);
		unhex(cbc_vectors[i].iv, iv2);
		CU_ASSERT_EQUAL(ike_decrypt(&k, iv2, data, n), 0);
		CU_ASSERT(is_hex(data, n, cbc_vectors[i].plain));
		CU_ASSERT_EQUAL(memcmp(iv, iv2, k.block_octets), 0);
		/* two calls with the running IV are one message */
		unhex(cbc_vectors[i].iv, iv2);
		CU_ASSERT_EQUAL(ike_encrypt(&k, iv2, data, k.block_octets), 0);
		CU_ASSERT_EQUAL(ike_encrypt(&k, iv2, data + k.block_octets, n - k.block_octets), 0);
		CU_ASSERT(is_hex(data, n, cbc_vectors[i].cipher));
		CU_ASSERT_EQUAL(ike_decrypt(&k, iv2, data, n - 1), -IKE_ECRYPTO);
		CU_ASSERT_EQUAL(ike_decrypt(&k, iv2, data, 0), -IKE_ECRYPTO);
	}
	ike_crypto_free(c);
}

static void test_sizes(void)
{
	CU_ASSERT_EQUAL(ike_hash_octets(ISAKMP_HASH_MD5), 16);
	CU_ASSERT_EQUAL(ike_hash_octets(ISAKMP_HASH_SHA384), 48);
	CU_ASSERT_EQUAL(ike_key_octets(ISAKMP_ENCR_3DES, 0), 24);
	CU_ASSERT_EQUAL(ike_key_octets(ISAKMP_ENCR_AES, 192), 24);
	CU_ASSERT_EQUAL(ike_esp_cipher_key_octets(ESP_CIPHER_GCM, 256), 36);
	CU_ASSERT_EQUAL(ike_esp_cipher_key_octets(ESP_CIPHER_NULL, 0), 0);
	CU_ASSERT_EQUAL(ike_esp_auth_key_octets(ESP_AUTH_SHA512), 64);
	CU_ASSERT_EQUAL(ike_esp_auth_key_octets(ESP_AUTH_NONE), 0);
}

static void test_ios_vid(void)
{
	static const uint8_t icookie[8] = { 1 }, rcookie[8] = { 2 }, other[8] = { 3 };
	struct ike_crypto *c = crypto_or_stop();
	uint8_t a[IKE_IOS_VID_OCTETS], b[IKE_IOS_VID_OCTETS], d[IKE_IOS_VID_OCTETS];

	CU_ASSERT_EQUAL(ike_ios_vid(c, icookie, rcookie, a), 0);
	CU_ASSERT_EQUAL(ike_ios_vid(c, icookie, rcookie, b), 0);
	CU_ASSERT_EQUAL(ike_ios_vid(c, icookie, other, d), 0);
	CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(a, d, sizeof(a)), 0);
	ike_crypto_free(c);
}

static const struct unit_test tests[] = {
	{ "dh: RFC 5903 and RFC 5114 vectors", test_dh_rfc_vectors },
	{ "dh: MODP groups", test_dh_modp },
	{ "dh: shared secrets keep their leading zeros", test_dh_padding },
	{ "dh: sizes", test_dh_sizes },
	{ "dh: private values in range", test_dh_private_range },
	{ "dh: bad public values, MODP", test_dh_bad_public_modp },
	{ "dh: bad public values, ECP", test_dh_bad_public_ecp },
	{ "keys: SKEYID, HASH, IV, KEYMAT", test_keys },
	{ "keys: refused", test_keys_refused },
	{ "keys: HASH comparison", test_hash_equal },
	{ "keys: CBC", test_cbc },
	{ "keys: sizes", test_sizes },
	{ "keys: IOS vendor ID", test_ios_vid },
};

UNIT_MAIN("ike keys", tests)
