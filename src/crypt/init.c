/* SPDX-License-Identifier: MIT */
/*
 * Start of the two libraries. Every program that uses crypt/ calls crypt_init() first, before its jail:
 * libsodium opens its source of randomness here, GnuTLS chooses its processor-specific code.
 */
#include "crypt/init.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

int
crypt_init(void)
{
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	if (gnutls_global_init() != GNUTLS_E_SUCCESS)
		return ERR_CRYPTO;
	if (gnutls_cipher_get_key_size(GNUTLS_CIPHER_AES_256_GCM) != 32)
		return ERR_CRYPTO;
	return 0;
}
