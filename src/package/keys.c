/* SPDX-License-Identifier: MIT */
/*
 * Key derivation of the package format: one table of purposes. Nothing else makes a key from a package key.
 */
#include "package/keys.h"

#include <string.h>

#include "crypt/derive.h"
#include "crypt/keyhash.h"

static const char *const purposes[] = {
	[PACKAGE_KEY_MANIFEST] = "provision/1/package-manifest",
	[PACKAGE_KEY_BODY] = "provision/1/package-body",
	[PACKAGE_KEY_PADDING] = "provision/1/package-padding",
	[PACKAGE_KEY_NONCE] = "provision/1/package-nonce",
	[PACKAGE_KEY_LEAF] = "provision/1/package-leaf",
	[PACKAGE_KEY_FINGERPRINT] = "provision/1/package-fingerprint",
	[PACKAGE_KEY_LEAVES] = "provision/1/package-leaves",
	[PACKAGE_KEY_COMMITMENT] = "provision/1/package-commitment",
	[PACKAGE_KEY_RECEIPT] = "provision/1/package-receipt-key",
};

struct secret *
package_keys_derive(const struct secret *package_key, enum package_key which, const struct id *package)
{
	return crypt_derive(package_key, purposes[which], id_view(package));
}

struct hash
package_keys_commitment(const struct secret *package_key, const struct id *package)
{
	struct hash h;
	struct secret *commitment = package_keys_derive(package_key, PACKAGE_KEY_COMMITMENT, package);
	memcpy(h.bytes, secret_view(commitment).data, sizeof(h.bytes));
	secret_free(&commitment);
	return h;
}

struct hash
package_keys_proof(const struct secret *package_key, const struct id *package, const struct hash *header_hash,
    const struct hash *content_root)
{
	struct secret *key = package_keys_derive(package_key, PACKAGE_KEY_RECEIPT, package);
	struct hash proof = package_keys_proof_by(key, header_hash, content_root);
	secret_free(&key);
	return proof;
}

struct hash
package_keys_proof_by(const struct secret *receipt_key, const struct hash *header_hash, const struct hash *content_root)
{
	uint8_t about[2 * CRYPT_HASH_BYTES];
	memcpy(about, header_hash->bytes, CRYPT_HASH_BYTES);
	memcpy(about + CRYPT_HASH_BYTES, content_root->bytes, CRYPT_HASH_BYTES);
	return crypt_keyhash(receipt_key, "provision/1/package-proof", view_of(about, sizeof(about)));
}
