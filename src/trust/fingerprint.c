/* SPDX-License-Identifier: MIT */
/*
 * The spellings of a fingerprint. Further ones (words, QR) belong here.
 */
#include "trust/fingerprint.h"

#include "base/text.h"

#define GROUP 4

_Static_assert(TRUST_FINGERPRINT_LEN == TEXT_BASE32_LEN(CRYPT_HASH_BYTES), "one piece");
_Static_assert(TRUST_FINGERPRINT_GROUPED_LEN == TRUST_FINGERPRINT_LEN + TRUST_FINGERPRINT_LEN / GROUP - 1, "groups");

struct trust_fingerprint_text
trust_fingerprint_text(const struct hash *fingerprint)
{
	struct trust_fingerprint_text t = { { 0 } };
	text_base32(crypt_hash_view(fingerprint), t.s);
	return t;
}

struct trust_fingerprint_text
trust_fingerprint_grouped(const struct hash *fingerprint)
{
	struct trust_fingerprint_text one = trust_fingerprint_text(fingerprint), t = { { 0 } };
	char *out = t.s;
	for (size_t i = 0; i < TRUST_FINGERPRINT_LEN; i++) {
		if (i > 0 && i % GROUP == 0)
			*out++ = ' ';
		*out++ = one.s[i];
	}
	return t;
}

int
trust_fingerprint_parse(struct view typed, struct hash *fingerprint_r)
{
	char plain[TRUST_FINGERPRINT_LEN];
	struct hash h;
	size_t n = 0;
	if (typed.len > 4 * TRUST_FINGERPRINT_LEN)
		return ERR_SYNTAX;
	for (size_t i = 0; i < typed.len; i++) {
		uint8_t c = typed.data[i];
		if (c == ' ' || c == '-' || c == '\t')
			continue;
		if (n == sizeof(plain))
			return ERR_SYNTAX;
		plain[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	if (n != sizeof(plain) || text_unbase32(view_of(plain, n), h.bytes, sizeof(h.bytes)) != 0)
		return ERR_SYNTAX;
	*fingerprint_r = h;
	return 0;
}

struct hash
trust_fingerprint_of_server(const struct sign_public *key)
{
	return crypt_hash("provision/1/server-key", view_of(key->bytes, sizeof(key->bytes)));
}
