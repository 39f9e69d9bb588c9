/* SPDX-License-Identifier: MIT */
/*
 * Fingerprints as people see them: 32 bytes as 52 characters of base32, for links in one piece, for reading in
 * groups of four. (Words and QR are other spellings of the same 32 bytes.)
 */
#ifndef TRUST_FINGERPRINT_H
#define TRUST_FINGERPRINT_H

#include "base/err.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/sign.h"

#define TRUST_FINGERPRINT_LEN 52
#define TRUST_FINGERPRINT_GROUPED_LEN 64   /* 13 groups of 4 */

struct trust_fingerprint_text {
	char s[TRUST_FINGERPRINT_GROUPED_LEN + 1];
};

/* In one piece, as in links. */
struct trust_fingerprint_text trust_fingerprint_text(const struct hash *fingerprint);
/* "abcd efgh ..." */
struct trust_fingerprint_text trust_fingerprint_grouped(const struct hash *fingerprint);
/* Takes both spellings; case, spaces and hyphens do not matter. ERR_SYNTAX. */
int trust_fingerprint_parse(struct view typed, struct hash *fingerprint_r) ERR_CHECK;
/* Of a service's signing key, which is pinned like a person's. */
struct hash trust_fingerprint_of_server(const struct sign_public *key);

#endif
