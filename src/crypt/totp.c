/* SPDX-License-Identifier: MIT */
/*
 * Owns liboath, of which only HOTP is used: steps are numbers here, not times. Knows no accounts. store/second.c calls it.
 */
#include "crypt/totp.h"

#include <liboath/oath.h>

#include "base/fatal.h"
#include "crypt/equal.h"
#include "crypt/secret.h"

void
crypt_totp_code(struct view secret, uint64_t step, char code_r[CRYPT_TOTP_DIGITS + 1])
{
	require(secret.len == CRYPT_TOTP_SECRET_BYTES);
	require(oath_init() == OATH_OK);
	require(oath_hotp_generate((const char *)secret.data, secret.len, step, CRYPT_TOTP_DIGITS, false,
	    OATH_HOTP_DYNAMIC_TRUNCATION, code_r) == OATH_OK);
}

int
crypt_totp_find(struct view secret, uint64_t now_ms, uint64_t last_step, struct view typed, uint64_t *step_r)
{
	uint64_t now = now_ms / CRYPT_TOTP_STEP_MS;
	char code[CRYPT_TOTP_DIGITS + 1];
	int err = ERR_NOT_FOUND;

	*step_r = 0;
	for (uint64_t step = now == 0 ? 0 : now - 1; step <= now + 1; step++) {
		crypt_totp_code(secret, step, code);
		bool is_right = crypt_equal(view_of(code, CRYPT_TOTP_DIGITS), typed) && step > last_step;
		*step_r = is_right ? step : *step_r;
		err = is_right ? 0 : err;
	}
	secret_wipe(code, sizeof(code));
	return err;
}
