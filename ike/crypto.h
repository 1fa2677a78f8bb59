/* OpenSSL's objects that ike/keys.c and ike/dh.c share. Nobody else includes this. */
#ifndef IKE_CRYPTO_H
#define IKE_CRYPTO_H

#include "config/model.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#define IKE_HASHES (ISAKMP_HASH_SHA512 + 1)

struct ike_crypto {
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *standard, *legacy;
	EVP_MD *md[IKE_HASHES];
	EVP_MAC *hmac;
	EVP_MAC_CTX *mac[IKE_HASHES]; /* each with its hash set; keyed anew for every use */
	EVP_CIPHER *des, *des3, *aes128, *aes192, *aes256;
	EVP_MD_CTX *md_ctx;
	EVP_CIPHER_CTX *cipher_ctx;
};

#endif
