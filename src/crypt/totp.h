/* SPDX-License-Identifier: MIT */
/*
 * Codes of an authenticator app: RFC 6238 with HMAC-SHA-1, steps of 30 seconds since 1970 and 6 digits, which is what every app
 * can do. Keeps nothing: that a code is good once is the caller's, by the step.
 */
#ifndef CRYPT_TOTP_H
#define CRYPT_TOTP_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define CRYPT_TOTP_SECRET_BYTES 20
#define CRYPT_TOTP_DIGITS 6
#define CRYPT_TOTP_STEP_MS 30000U

/* The code of one step: CRYPT_TOTP_DIGITS digits and a NUL. secret: CRYPT_TOTP_SECRET_BYTES. */
void crypt_totp_code(struct view secret, uint64_t step, char code_r[CRYPT_TOTP_DIGITS + 1]);
/*
 * The step whose code was typed: the present one at now_ms (milliseconds since 1970), the one before or the one after, but only
 * one later than last_step. ERR_NOT_FOUND: none. The time it takes does not tell which.
 */
int crypt_totp_find(struct view secret, uint64_t now_ms, uint64_t last_step, struct view typed, uint64_t *step_r) ERR_CHECK;

#endif
