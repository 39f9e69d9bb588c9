/* SPDX-License-Identifier: MIT */
/*
 * The keys made from a package key: crypt_derive(package key, purpose, package id). For use inside package/.
 */
#ifndef PACKAGE_KEYS_H
#define PACKAGE_KEYS_H

#include "base/id.h"
#include "crypt/hash.h"
#include "crypt/secret.h"

enum package_key {
	PACKAGE_KEY_MANIFEST,      /* XChaCha20-Poly1305 of the manifest */
	PACKAGE_KEY_BODY,          /* AES-256-GCM of the chunks */
	PACKAGE_KEY_PADDING,       /* AES-256-GCM as a stream */
	PACKAGE_KEY_NONCE,         /* HMAC-SHA-256 */
	PACKAGE_KEY_LEAF,          /* HMAC-SHA-256 over chunks */
	PACKAGE_KEY_FINGERPRINT,   /* HMAC-SHA-256 over leaves */
	PACKAGE_KEY_LEAVES,        /* XChaCha20-Poly1305 of the leaves in the seal */
	PACKAGE_KEY_COMMITMENT,    /* is itself the commitment: not a key, but public */
	PACKAGE_KEY_RECEIPT        /* BLAKE2b-256 keyed: the receipt's proof */
};

/* Returns owned. */
struct secret *package_keys_derive(const struct secret *package_key, enum package_key which, const struct id *package);
/* The commitment as it stands in the header. */
struct hash package_keys_commitment(const struct secret *package_key, const struct id *package);
/* The receipt's proof. */
struct hash package_keys_proof(const struct secret *package_key, const struct id *package, const struct hash *header_hash,
    const struct hash *content_root);
/* The same with the derived key PACKAGE_KEY_RECEIPT. */
struct hash package_keys_proof_by(const struct secret *receipt_key, const struct hash *header_hash, const struct hash *content_root);

#endif
