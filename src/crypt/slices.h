/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of the slices of a run of bytes. Slices are hashed side by side where the machine and the build allow (Intel's
 * multi-buffer library, on x86-64), else one after the other by GnuTLS; the result is the same. A handle belongs
 * to one thread at a time.
 */
#ifndef CRYPT_SLICES_H
#define CRYPT_SLICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "crypt/digest.h"

#define CRYPT_SLICE_BYTES 32768U
/* Most bytes in one call. */
#define CRYPT_SLICES_MAX (64U * CRYPT_SLICE_BYTES)
/* How many slices n bytes have: the last may be short, none is empty. */
#define CRYPT_SLICES(n) (((n) + CRYPT_SLICE_BYTES - 1) / CRYPT_SLICE_BYTES)

struct slices;

/* Returns owned. */
struct slices *crypt_slices_new(void);
void crypt_slices_free(struct slices **s);
/* data: at most CRYPT_SLICES_MAX (panic); out holds CRYPT_SLICES(data.len) * CRYPT_DIGEST_BYTES. */
void crypt_slices_sha256(struct slices *s, struct view data, uint8_t *out);
/* Which of the two it is, for benches: "multi-buffer" or "one by one". */
const char *crypt_slices_method(void);

#endif
