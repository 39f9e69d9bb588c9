/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 and HMAC-SHA-256 of large things, through GnuTLS (hardware instructions where there are some). What
 * is small and only ours uses BLAKE2b (crypt/hash.h). A handle belongs to one thread at a time and is
 * ready for the next message after _final().
 */
#ifndef CRYPT_DIGEST_H
#define CRYPT_DIGEST_H

#include <stdint.h>

#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_DIGEST_BYTES 32

struct digest;

/* SHA-256. Returns owned. */
struct digest *crypt_digest_new(void);
/* HMAC-SHA-256 under key (16 to 64 bytes, panic otherwise). Returns owned. */
struct digest *crypt_digest_new_keyed(const struct secret *key);
void crypt_digest_free(struct digest **d);
void crypt_digest_update(struct digest *d, struct view data);
/* The value over everything since the last _final(); starts anew. */
void crypt_digest_final(struct digest *d, uint8_t out[CRYPT_DIGEST_BYTES]);
/* In one go. */
void crypt_digest_sha256(struct view data, uint8_t out[CRYPT_DIGEST_BYTES]);

#endif
