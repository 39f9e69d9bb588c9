/* SPDX-License-Identifier: MIT */
/*
 * Secret bytes: keys, passwords, codes. They live in locked, undumpable memory of libsodium (small ones
 * share guarded slabs, so making one costs no system call) and are overwritten when freed. A secret has a
 * fixed length. Thread-safe as far as different secrets are concerned.
 */
#ifndef CRYPT_SECRET_H
#define CRYPT_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

/* Length of every symmetric key and every derived key in this program. */
#define CRYPT_KEY_BYTES 32

struct secret;

/* len zero bytes. Returns owned; never fails (fatal). */
struct secret *secret_new(size_t len);
/* A copy of v. Returns owned; the caller wipes the source. */
struct secret *secret_from_view(struct view v);
struct secret *secret_copy(const struct secret *s);
/* len random bytes. Returns owned. */
struct secret *secret_random(size_t len);
/* Overwrites and frees *s, clears it; accepts NULL. */
void secret_free(struct secret **s);
/* The bytes, to be filled; valid as long as s. */
uint8_t *secret_bytes(struct secret *s);
struct view secret_view(const struct secret *s);
size_t secret_len(const struct secret *s);
/* Overwrites n bytes at p in a way the compiler keeps: for stack copies and foreign buffers. */
void secret_wipe(void *p, size_t n);

#endif
