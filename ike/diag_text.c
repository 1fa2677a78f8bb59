/* Values of the wire in the words of a configuration, and messages and notifications by name. */
#include "ike/diag.h"

#include "base/names.h"
#include "ike/attr.h"
#include "ike/isakmp.h"

#include <stdio.h>

const char *ike_message_name(enum ike_message m)
{
	static const char *const names[] = { "",    "MM1", "MM2", "MM3", "MM4", "MM5", "MM6",
					     "AM1", "AM2", "AM3", "QM1", "QM2", "QM3" };

	return names[m];
}

static const struct name notify_names[] = { { NOTIFY_INVALID_PAYLOAD_TYPE, "INVALID_PAYLOAD_TYPE" },
					    { NOTIFY_DOI_NOT_SUPPORTED, "DOI_NOT_SUPPORTED" },
					    { NOTIFY_SITUATION_NOT_SUPPORTED, "SITUATION_NOT_SUPPORTED" },
					    { NOTIFY_INVALID_COOKIE, "INVALID_COOKIE" },
					    { NOTIFY_INVALID_EXCHANGE_TYPE, "INVALID_EXCHANGE_TYPE" },
					    { NOTIFY_INVALID_FLAGS, "INVALID_FLAGS" },
					    { NOTIFY_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
					    { NOTIFY_INVALID_PROTOCOL_ID, "INVALID_PROTOCOL_ID" },
					    { NOTIFY_INVALID_SPI, "INVALID_SPI" },
					    { NOTIFY_INVALID_TRANSFORM_ID, "INVALID_TRANSFORM_ID" },
					    { NOTIFY_ATTRIBUTES_NOT_SUPPORTED, "ATTRIBUTES_NOT_SUPPORTED" },
					    { NOTIFY_NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN" },
					    { NOTIFY_BAD_PROPOSAL_SYNTAX, "BAD_PROPOSAL_SYNTAX" },
					    { NOTIFY_PAYLOAD_MALFORMED, "PAYLOAD_MALFORMED" },
					    { NOTIFY_INVALID_KEY_INFORMATION, "INVALID_KEY_INFORMATION" },
					    { NOTIFY_INVALID_ID_INFORMATION, "INVALID_ID_INFORMATION" },
					    { NOTIFY_INVALID_HASH_INFORMATION, "INVALID_HASH_INFORMATION" },
					    { NOTIFY_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
					    { NOTIFY_UNSUPPORTED_EXCHANGE_TYPE, "UNSUPPORTED_EXCHANGE_TYPE" },
					    { 0, NULL } };

const char *ike_notify_text(uint16_t type, char buf[IKE_NOTIFY_SIZE])
{
	char number[24];

	snprintf(number, sizeof(number), "notification %u", type);
	snprintf(buf, IKE_NOTIFY_SIZE, "%s", name_of(notify_names, type, number));
	return buf;
}

static const struct name encr_names[] = {
	{ OAKLEY_ENCR_DES, "des" }, { OAKLEY_ENCR_3DES, "3des" }, { OAKLEY_ENCR_AES, "aes" }, { 0, NULL }
};
static const struct name hash_names[] = { { OAKLEY_HASH_MD5, "md5" },       { OAKLEY_HASH_SHA, "sha" },
					  { OAKLEY_HASH_SHA256, "sha256" }, { OAKLEY_HASH_SHA384, "sha384" },
					  { OAKLEY_HASH_SHA512, "sha512" }, { 0, NULL } };
static const struct name auth_names[] = { { OAKLEY_AUTH_PRE_SHARED, "pre-share" },
					  { OAKLEY_AUTH_DSS_SIG, "dsa-sig" },
					  { OAKLEY_AUTH_RSA_SIG, "rsa-sig" },
					  { OAKLEY_AUTH_RSA_ENC, "rsa-encr" },
					  { OAKLEY_AUTH_XAUTH_INIT_PRE_SHARED, "pre-share with XAUTH" },
					  { 0, NULL } };
static const struct name cipher_names[] = { { ESP_TRANSFORM_DES, "esp-des" },    { ESP_TRANSFORM_3DES, "esp-3des" },
					    { ESP_TRANSFORM_NULL, "esp-null" },  { ESP_TRANSFORM_AES, "esp-aes" },
					    { ESP_TRANSFORM_GCM_16, "esp-gcm" }, { 0, NULL } };
static const struct name integrity_names[] = {
	{ IPSEC_AUTH_HMAC_MD5, "esp-md5-hmac" },       { IPSEC_AUTH_HMAC_SHA, "esp-sha-hmac" },
	{ IPSEC_AUTH_HMAC_SHA256, "esp-sha256-hmac" }, { IPSEC_AUTH_HMAC_SHA384, "esp-sha384-hmac" },
	{ IPSEC_AUTH_HMAC_SHA512, "esp-sha512-hmac" }, { 0, NULL }
};
static const struct name mode_names[] = { { IPSEC_ENCAPS_TUNNEL, "tunnel" },
					  { IPSEC_ENCAPS_TRANSPORT, "transport" },
					  { 0, NULL } };
static const struct name protocol_names[] = { { PROTO_IPSEC_AH, "AH" },
					      { PROTO_IPSEC_ESP, "ESP with AH or compression" },
					      { PROTO_IPCOMP, "compression" },
					      { 0, NULL } };

static const struct name *const subject_names[] = {
	[IKE_ON_ENCRYPTION] = encr_names,     [IKE_ON_KEYLENGTH] = encr_names, [IKE_ON_HASH] = hash_names,
	[IKE_ON_AUTH] = auth_names,           [IKE_ON_CIPHER] = cipher_names,  [IKE_ON_CIPHERLENGTH] = cipher_names,
	[IKE_ON_INTEGRITY] = integrity_names, [IKE_ON_MODE] = mode_names,      [IKE_ON_PROTOCOL] = protocol_names,
};
const char *ike_value_text(enum ike_subject on, uint32_t value, unsigned bits, char buf[IKE_VALUE_SIZE])
{
	const struct name *names = subject_names[on];
	const char *name = names ? name_of(names, (int)value, NULL) : NULL;

	if (name && bits)
		snprintf(buf, IKE_VALUE_SIZE, "%s %u", name, bits);
	else if (name)
		snprintf(buf, IKE_VALUE_SIZE, "%s", name);
	else if ((on == IKE_ON_PFS || on == IKE_ON_INTEGRITY) && !value)
		snprintf(buf, IKE_VALUE_SIZE, "none");
	else if (on == IKE_ON_PFS)
		snprintf(buf, IKE_VALUE_SIZE, "group%u", value);
	else if (names)
		snprintf(buf, IKE_VALUE_SIZE, value ? "unknown (%u)" : "none", value);
	else
		snprintf(buf, IKE_VALUE_SIZE, "%u", value);
	return buf;
}

uint32_t ike_value_of_cipher(enum esp_cipher cipher)
{
	return ike_cipher_to_wire(cipher);
}

uint32_t ike_value_of_integrity(enum esp_auth auth)
{
	return ike_esp_auth_to_wire(auth);
}
