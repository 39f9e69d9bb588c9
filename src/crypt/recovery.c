/* SPDX-License-Identifier: MIT */
/*
 * The recovery code's text and keys. Runs in clients only; the server knows nothing but the (keyed hash of the)
 * authentication key made from it.
 */
#include "crypt/recovery.h"

#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "crypt/derive.h"
#include "crypt/equal.h"
#include "crypt/hash.h"

#define CODE CRYPT_RECOVERY_BYTES
#define CHARS 28                 /* 128 bits of code and 12 of check, 5 a character */
#define GROUP 4
#define CODED (CODE + 2)         /* code and check with four zero bits at the end */
#define PADDED_CHARS TEXT_BASE32_LEN(CODED)

_Static_assert(PADDED_CHARS == CHARS + 1, "one character of padding");
_Static_assert(CRYPT_RECOVERY_TEXT_LEN == CHARS + CHARS / GROUP - 1, "groups");

/* out = code || 12 bits of check || 0000 */
static void
code_with_check(struct view code, uint8_t out[CODED])
{
	struct hash h = crypt_hash("provision/1/recovery-check", code);
	memcpy(out, code.data, CODE);
	out[CODE] = h.bytes[0];
	out[CODE + 1] = h.bytes[1] & 0xf0;
}

struct secret *
crypt_recovery_new(void)
{
	return secret_random(CODE);
}

struct secret *
crypt_recovery_text(const struct secret *code)
{
	uint8_t coded[CODED];
	char plain[PADDED_CHARS + 1];
	require(secret_len(code) == CODE);
	code_with_check(secret_view(code), coded);
	text_base32(view_of(coded, sizeof(coded)), plain);
	struct secret *text = secret_new(CRYPT_RECOVERY_TEXT_LEN);
	uint8_t *out = secret_bytes(text);
	for (size_t i = 0; i < CHARS; i++) {
		if (i > 0 && i % GROUP == 0)
			*out++ = '-';
		*out++ = (uint8_t)(plain[i] >= 'a' ? plain[i] - 'a' + 'A' : plain[i]);
	}
	secret_wipe(coded, sizeof(coded));
	secret_wipe(plain, sizeof(plain));
	return text;
}

/* The base32 character a typed one stands for; 0 for one that is skipped. */
static char
typed_char(uint8_t c)
{
	if (c == ' ' || c == '\t' || c == '-')
		return 0;
	if (c == '0')
		return 'o';
	if (c == '8')
		return 'b';
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Exactly CHARS characters into out, then the padding character. */
static int
collect(struct view typed, char out[PADDED_CHARS])
{
	size_t n = 0;
	if (typed.len > CRYPT_RECOVERY_INPUT_MAX)
		return ERR_SYNTAX;
	for (size_t i = 0; i < typed.len; i++) {
		char c = typed_char(typed.data[i]);
		if (c == 0)
			continue;
		if (n == CHARS)
			return ERR_SYNTAX;
		out[n++] = c;
	}
	out[CHARS] = 'a';
	return n == CHARS ? 0 : ERR_SYNTAX;
}

int
crypt_recovery_parse(struct view typed, struct secret **code_r)
{
	char plain[PADDED_CHARS];
	uint8_t coded[CODED] = { 0 };
	uint8_t again[CODED];
	int err = collect(typed, plain);
	if (err == 0)
		err = text_unbase32(view_of(plain, sizeof(plain)), coded, sizeof(coded));
	if (err == 0) {
		code_with_check(view_of(coded, CODE), again);
		if (!crypt_equal(view_of(coded, CODED), view_of(again, CODED)))
			err = ERR_SYNTAX;
		secret_wipe(again, sizeof(again));
	}
	if (err == 0)
		*code_r = secret_from_view(view_of(coded, CODE));
	secret_wipe(plain, sizeof(plain));
	secret_wipe(coded, sizeof(coded));
	return err;
}

void
crypt_recovery_keys(const struct secret *code, struct secret **auth_r, struct secret **wrap_r)
{
	require(secret_len(code) == CODE);
	*auth_r = crypt_derive(code, "provision/1/recovery-auth-key", view_of(NULL, 0));
	*wrap_r = crypt_derive(code, "provision/1/recovery-wrap-key", view_of(NULL, 0));
}
