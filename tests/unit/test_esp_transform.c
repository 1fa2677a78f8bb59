/* esp/encap.c and esp/decap.c: vectors of the RFCs, round trips, tampering, the order of RFC 4303. */
#include "tests/unit/esp_unit.h"

#include <errno.h>

#define LENGTH_MAX 1500

static const struct esp_unit_suite aes_sha = { ESP_CIPHER_AES, 128, ESP_AUTH_SHA };
static const struct esp_unit_suite aes_alone = { ESP_CIPHER_AES, 128, ESP_AUTH_NONE };
static const struct esp_unit_suite null_sha = { ESP_CIPHER_NULL, 0, ESP_AUTH_SHA };

/* RFC 3602 4, case 7: a tunnel-mode packet without an HMAC. */
static void rfc3602_case_7(void)
{
	static const char key_hex[] = "0123456789abcdef0123456789abcdef";
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_sa params = esp_unit_params(aes_alone, true, 0x8765);
	struct esp_packet p = esp_unit_packet();
	uint8_t key[16], inner[84];
	struct sa *sa = NULL;

	esp_unit_hex(key_hex, key);
	params.cipher_key = key;
	CU_ASSERT_EQUAL_FATAL(sa_new(lib.engines, &params, &sa), 0);
	CU_ASSERT_EQUAL(esp_unit_hex("45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a20400"
				     "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
				     "28292a2b2c2d2e2f3031323334353637",
				     inner),
			84);
	p.octets = esp_unit_hex("0000876500000002f4e765244f6407adf13dc1380f673f37"
				"773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8"
				"e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5"
				"c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d",
				p.data);
	p.sa = sa;
	p.family = 4;
	esp_unit_open(&lib, &p, 1);
	CU_ASSERT_EQUAL(p.verdict, ESP_OK);
	CU_ASSERT_EQUAL(p.sequence, 2);
	CU_ASSERT_EQUAL_FATAL(p.octets, sizeof(inner));
	CU_ASSERT_EQUAL(memcmp(p.data, inner, sizeof(inner)), 0);
	sa_free(sa);
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* A published AES-GCM ESP packet (RFC 4106 form); its next header is 1, so it ends at the selector, decrypted. */
static void gcm_vector(void)
{
	struct esp_unit_suite gcm = { ESP_CIPHER_GCM, 128, ESP_AUTH_NONE };
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_sa params = esp_unit_params(gcm, true, 0xa5f8);
	struct esp_packet p = esp_unit_packet();
	uint8_t key[20], plain[64];
	struct sa *sa = NULL;

	esp_unit_hex("feffe9928665731c6d6a8f9467308308cafebabe", key);
	params.cipher_key = key;
	CU_ASSERT_EQUAL_FATAL(sa_new(lib.engines, &params, &sa), 0);
	esp_unit_hex("4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d00100"
		     "0001000000000000037369700963796265726369747902646b00000100010001",
		     plain);
	p.octets = esp_unit_hex("0000a5f80000000afacedbaddecaf888"
				"deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c"
				"3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1"
				"83b70d3aa8bc6ee4c309e9d85a41ad4a",
				p.data);
	p.sa = sa;
	p.family = 4;
	esp_unit_open(&lib, &p, 1);
	CU_ASSERT_EQUAL(p.verdict, ESP_DROP_SELECTOR);
	CU_ASSERT_EQUAL_FATAL(p.octets, 62);
	CU_ASSERT_EQUAL(memcmp(p.data, plain, 62), 0);
	sa_free(sa);
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* The window is off here: the same SA pair carries all lengths. */
static void every_suite_and_length_comes_back(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_packet p = esp_unit_packet();
	uint8_t inner[LENGTH_MAX];
	struct esp_unit_suite u;

	for (unsigned i = 0; esp_unit_suite(i, &u); i++) {
		struct sa *out = esp_unit_sa(&lib, u, false), *in = esp_unit_sa(&lib, u, true);
		unsigned wrong = 0;

		CU_ASSERT_PTR_NOT_NULL_FATAL(out);
		CU_ASSERT_PTR_NOT_NULL_FATAL(in);
		for (size_t n = 0; n <= LENGTH_MAX; n++) {
			unsigned family = n % 2 ? 6 : 4;
			size_t least = family == 6 ? IP6_HEADER_OCTETS : IP4_HEADER_OCTETS;

			packet_reset(&p, p.room, ESP_SLOT_OCTETS);
			p.octets = n;
			p.family = family;
			if (n >= least)
				esp_unit_inner(family, n, 0, false, inner);
			else
				memset(inner, 0x5a, n);
			memcpy(p.data, inner, n);
			esp_unit_seal(&lib, out, &p, 1);
			wrong += p.verdict != ESP_OK || p.inner_octets != n || p.sequence != n + 1;
			wrong += p.data < p.room || p.data + p.octets > p.room + ESP_SLOT_OCTETS;
			p.sa = in;
			p.verdict = ESP_OK;
			esp_unit_open(&lib, &p, 1);
			/* what is no IP packet arrives whole too, and ends at the selector */
			wrong += p.verdict != (n >= least ? ESP_OK : ESP_DROP_SELECTOR);
			wrong += p.octets != n || memcmp(p.data, inner, n) != 0;
		}
		CU_ASSERT_EQUAL(wrong, 0);
		sa_free(out);
		sa_free(in);
	}
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* With an ICV no changed octet passes; of each, one bit is changed. The window takes no notice of any of them. */
static void every_changed_octet_is_noticed(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_packet p = esp_unit_packet();
	struct esp_unit_suite u;
	uint8_t sealed[512];

	for (unsigned i = 0; esp_unit_suite(i, &u); i++) {
		struct sa *out = esp_unit_sa(&lib, u, false), *in = esp_unit_sa(&lib, u, true);
		unsigned passed = 0;
		size_t octets;

		if (out->suite.info.icv_octets) {
			packet_reset(&p, p.room, ESP_SLOT_OCTETS);
			p.octets = 100;
			p.family = 6;
			esp_unit_inner(6, 100, 0, false, p.data);
			esp_unit_seal(&lib, out, &p, 1);
			octets = p.octets;
			memcpy(sealed, p.data, octets);
			/* the SPI's octets are changed here too: the ICV covers them although lookup would miss */
			for (size_t at = 0; at < octets; at++) {
				packet_reset(&p, p.room, ESP_SLOT_OCTETS);
				memcpy(p.data, sealed, octets);
				p.data[at] ^= (uint8_t)(1u << at % 8);
				p.octets = octets;
				p.sa = in;
				p.family = 6;
				esp_unit_open(&lib, &p, 1);
				passed += p.verdict != ESP_DROP_ICV;
			}
			CU_ASSERT_EQUAL(passed, 0);
			CU_ASSERT_EQUAL(sa_sequence(in), 0);
			for (size_t cut = 0; cut < octets; cut++) {
				packet_reset(&p, p.room, ESP_SLOT_OCTETS);
				memcpy(p.data, sealed, cut);
				p.octets = cut;
				p.sa = in;
				p.family = 6;
				esp_unit_open(&lib, &p, 1);
				passed += p.verdict != ESP_DROP_SHORT && p.verdict != ESP_DROP_ICV;
			}
			CU_ASSERT_EQUAL(passed, 0);
			packet_reset(&p, p.room, ESP_SLOT_OCTETS);
			memcpy(p.data, sealed, octets);
			p.octets = octets;
			p.sa = in;
			p.family = 6;
			esp_unit_open(&lib, &p, 1);
			CU_ASSERT_EQUAL(p.verdict, ESP_OK);
			CU_ASSERT_EQUAL(sa_sequence(in), 1);
		}
		sa_free(out);
		sa_free(in);
	}
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* Seals `octets` of plaintext that ends with the trailer as given, by esp-null, so that any trailer can be made. */
static enum esp_drop open_plain(struct esp_unit_lib *lib, struct sa *in, struct sa *out, struct esp_packet *p,
				const uint8_t *plain, size_t octets, unsigned family, uint8_t outer_tos)
{
	uint8_t icv[ESP_ICV_MAX];
	struct wr w;

	packet_reset(p, p->room, ESP_SLOT_OCTETS);
	w = wr_of(p->data, 1024);
	wr_u32(&w, in->params.spi);
	wr_u32(&w, sa_sequence(in) + 1);
	wr_bytes(&w, plain, octets);
	esp_unit_hmac(lib, out, p->data, wr_octets(&w), icv);
	wr_bytes(&w, icv, out->suite.info.icv_octets);
	p->octets = wr_octets(&w);
	p->sa = in;
	p->family = family;
	p->tos = outer_tos;
	esp_unit_open(lib, p, 1);
	return p->verdict;
}

static void trailers_and_selectors(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct sa *out = esp_unit_sa(&lib, null_sha, false), *in = esp_unit_sa(&lib, null_sha, true);
	struct esp_packet p = esp_unit_packet();
	uint8_t plain[64];

	esp_unit_inner(4, 24, 0, false, plain);
	memcpy(plain + 24, "\x01\x02\x02\x04", 4);
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 4, 0), ESP_OK);
	CU_ASSERT_EQUAL(p.octets, 24);
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 6, 0), ESP_DROP_FAMILY);
	memcpy(plain + 24, "\x01\x02\x02\x29", 4); /* says IPv6, holds IPv4 */
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 6, 0), ESP_DROP_SELECTOR);
	memcpy(plain + 24, "\x01\x02\x02\x06", 4); /* a transport-mode payload */
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 4, 0), ESP_DROP_SELECTOR);
	memcpy(plain + 24, "\x01\x03\x02\x04", 4);
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 4, 0), ESP_DROP_PADDING);
	memcpy(plain + 24, "\x01\x02\xff\x04", 4); /* longer than the packet */
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 4, 0), ESP_DROP_PADDING);

	/* RFC 4303 2.6 and 2.7: a dummy is no error; TFC padding goes */
	memcpy(plain + 24, "\x01\x02\x02\x3b", 4);
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 4, 0), ESP_OK);
	CU_ASSERT_TRUE(p.dummy);
	esp_unit_inner(4, 24, 0, false, plain);
	memset(plain + 24, 0xee, 20);
	memcpy(plain + 44, "\x01\x02\x02\x04", 4);
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 48, 4, 0), ESP_OK);
	CU_ASSERT_EQUAL(p.octets, 24);

	/* an inner packet that claims more than there is */
	esp_unit_inner(4, 60, 0, false, plain);
	memcpy(plain + 24, "\x01\x02\x02\x04", 4);
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 28, 4, 0), ESP_DROP_SELECTOR);

	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 27, 4, 0), ESP_DROP_SHORT); /* not aligned */
	CU_ASSERT_EQUAL(open_plain(&lib, in, out, &p, plain, 0, 4, 0), ESP_DROP_SHORT);
	sa_free(out);
	sa_free(in);
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* RFC 6040, figure 4: rows are the inner field, columns the outer one; 4 is "drop". */
static void ecn_is_merged(void)
{
	static const uint8_t want[4][4] = { { 0, 0, 0, 4 }, { 1, 1, 1, 3 }, { 2, 1, 2, 3 }, { 3, 3, 3, 3 } };
	struct esp_unit_lib lib = esp_unit_lib();
	struct sa *out = esp_unit_sa(&lib, null_sha, false), *in = esp_unit_sa(&lib, null_sha, true);
	struct esp_packet p = esp_unit_packet();
	uint8_t plain[64];

	for (unsigned family = 4; family <= 6; family += 2) {
		for (unsigned inner = 0; inner < 4; inner++) {
			for (unsigned outer = 0; outer < 4; outer++) {
				enum esp_drop got;
				struct inner head = { 0 };

				esp_unit_inner(family, 44, (uint8_t)(0xb8 | inner), false, plain);
				memcpy(plain + 44, "\x01\x02\x02\x04", 4);
				plain[47] = family == 6 ? IP_PROTO_IPV6 : IP_PROTO_IPV4;
				got = open_plain(&lib, in, out, &p, plain, 48, family, (uint8_t)outer);
				CU_ASSERT_EQUAL(got, want[inner][outer] == 4 ? ESP_DROP_ECN : ESP_OK);
				if (got)
					continue;
				CU_ASSERT_TRUE(inner_read(p.data, p.octets, &head));
				CU_ASSERT_EQUAL(head.tos, 0xb8 | want[inner][outer]);
				if (family == 4)
					CU_ASSERT_EQUAL(inner_checksum(0, p.data, IP4_HEADER_OCTETS), 0);
			}
		}
	}
	sa_free(out);
	sa_free(in);
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* Two copies in one batch both pass the check; the commit lets one through. Later and stale ones fall to the check. */
static void a_copy_in_the_same_batch_is_a_replay(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct sa *out = esp_unit_sa(&lib, aes_sha, false), *in = esp_unit_sa(&lib, aes_sha, true);
	struct esp_packet p[3];
	uint8_t sealed[256];
	size_t octets;

	for (int i = 0; i < 3; i++)
		p[i] = esp_unit_packet();
	p[0].octets = 60;
	p[0].family = 4;
	esp_unit_inner(4, 60, 0, false, p[0].data);
	esp_unit_seal(&lib, out, p, 1);
	octets = p[0].octets;
	memcpy(sealed, p[0].data, octets);
	for (int i = 0; i < 3; i++) {
		packet_reset(&p[i], p[i].room, ESP_SLOT_OCTETS);
		memcpy(p[i].data, sealed, octets);
		p[i].octets = octets;
		p[i].sa = in;
		p[i].family = 4;
	}
	esp_unit_open(&lib, p, 2);
	CU_ASSERT_EQUAL(p[0].verdict, ESP_OK);
	CU_ASSERT_EQUAL(p[1].verdict, ESP_DROP_REPLAY);
	esp_unit_open(&lib, p + 2, 1);
	CU_ASSERT_EQUAL(p[2].verdict, ESP_DROP_REPLAY);
	for (int i = 0; i < 3; i++)
		free(p[i].room);
	sa_free(out);
	sa_free(in);
	esp_unit_lib_free(&lib);
}

static void the_sequence_number_never_wraps(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct sa *out = esp_unit_sa(&lib, aes_sha, false);
	struct esp_packet p = esp_unit_packet();

	out->run.sequence = UINT32_MAX - 1;
	p.octets = 20;
	esp_unit_inner(4, 20, 0, false, p.data);
	esp_unit_seal(&lib, out, &p, 1);
	CU_ASSERT_EQUAL(p.verdict, ESP_OK);
	CU_ASSERT_EQUAL(p.sequence, UINT32_MAX);
	packet_reset(&p, p.room, ESP_SLOT_OCTETS);
	p.octets = 20;
	esp_unit_seal(&lib, out, &p, 1);
	CU_ASSERT_EQUAL(p.verdict, ESP_DROP_SEQUENCE);
	CU_ASSERT_EQUAL(p.octets, 20);
	CU_ASSERT_EQUAL(sa_sequence(out), UINT32_MAX);
	sa_free(out);
	free(p.room);
	esp_unit_lib_free(&lib);
}

/* Equal plaintexts in one batch: every IV differs, and with GCM it is the counter. */
static void ivs_differ(void)
{
	struct esp_unit_suite gcm = { ESP_CIPHER_GCM, 128, ESP_AUTH_NONE };
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_packet p[ESP_BATCH];

	for (int i = 0; i < ESP_BATCH; i++)
		p[i] = esp_unit_packet();
	for (int g = 0; g < 2; g++) {
		struct sa *out = esp_unit_sa(&lib, g ? gcm : aes_sha, false);
		size_t iv = out->suite.info.iv_octets;

		for (int i = 0; i < ESP_BATCH; i++) {
			packet_reset(&p[i], p[i].room, ESP_SLOT_OCTETS);
			p[i].octets = 40;
			memset(p[i].data, 0, 40);
		}
		esp_unit_seal(&lib, out, p, ESP_BATCH);
		for (int i = 0; i < ESP_BATCH; i++) {
			CU_ASSERT_EQUAL(p[i].verdict, ESP_OK);
			CU_ASSERT_EQUAL(p[i].sequence, (uint32_t)i + 1);
			for (int j = 0; j < i; j++)
				CU_ASSERT_NOT_EQUAL(memcmp(p[i].data + 8, p[j].data + 8, iv), 0);
		}
		sa_free(out);
	}
	for (int i = 0; i < ESP_BATCH; i++)
		free(p[i].room);
	esp_unit_lib_free(&lib);
}

static void parameters_are_checked(void)
{
	struct esp_unit_lib lib = esp_unit_lib();
	struct esp_sa good = esp_unit_params(aes_sha, true, 256), bad;
	struct sa *sa = NULL;

	CU_ASSERT_EQUAL(sa_new(lib.engines, &good, &sa), 0);
	sa_free(sa);
	bad = good, bad.spi = 255;
	CU_ASSERT_EQUAL(sa_new(lib.engines, &bad, &sa), -EINVAL);
	bad = good, bad.cipher_key_octets--;
	CU_ASSERT_EQUAL(sa_new(lib.engines, &bad, &sa), -EINVAL);
	bad = good, bad.auth_key_octets = 0;
	CU_ASSERT_EQUAL(sa_new(lib.engines, &bad, &sa), -EINVAL);
	bad = good, bad.replay_window = 63;
	CU_ASSERT_EQUAL(sa_new(lib.engines, &bad, &sa), -EINVAL);
	bad = good, bad.replay_window = 1025;
	CU_ASSERT_EQUAL(sa_new(lib.engines, &bad, &sa), -EINVAL);
	bad = good, bad.dst.family = 6;
	CU_ASSERT_EQUAL(sa_new(lib.engines, &bad, &sa), -EINVAL);
	good = esp_unit_params(aes_alone, true, 256);
	CU_ASSERT_EQUAL(sa_new(lib.engines, &good, &sa), 0);
	CU_ASSERT_EQUAL(sa->run.replay.window, 0); /* nothing vouches for its numbers */
	sa_free(sa);
	esp_unit_lib_free(&lib);
}

static const struct unit_test tests[] = {
	{ "RFC 3602 case 7", rfc3602_case_7 },
	{ "GCM vector", gcm_vector },
	{ "every suite and length comes back", every_suite_and_length_comes_back },
	{ "every changed octet is noticed", every_changed_octet_is_noticed },
	{ "trailers and selectors", trailers_and_selectors },
	{ "ECN is merged", ecn_is_merged },
	{ "a copy in the same batch is a replay", a_copy_in_the_same_batch_is_a_replay },
	{ "the sequence number never wraps", the_sequence_number_never_wraps },
	{ "IVs differ", ivs_differ },
	{ "parameters are checked", parameters_are_checked },
};

UNIT_MAIN("esp transforms", tests)
