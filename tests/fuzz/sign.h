/* SPDX-License-Identifier: MIT */
/*
 * For the harnesses of signed formats. A fuzzer cannot make a signature, so that most inputs would end there: these harnesses
 * take a first byte that says whether the rest is used as it is, or is signed first by a key that is known here.
 */
#ifndef TESTS_FUZZ_SIGN_H
#define TESTS_FUZZ_SIGN_H

#include "base/buf.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

/* Always the same key, made at the first call; borrowed. Starts crypt/. */
const struct secret *sign_private(void);
struct sign_public sign_public(void);
/* Writes n bytes over those at offset, as far as b has that many. */
void sign_patch(struct buf *b, size_t offset, const void *bytes, size_t n);
/* Appends body with our public key at key_offset, and the signature for purpose over all of that. */
void sign_make(struct view body, size_t key_offset, const char *purpose, struct buf *out);
/* The signature over what b holds, appended. */
void sign_append(struct buf *b, const char *purpose);

#endif
