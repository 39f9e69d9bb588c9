/* SPDX-License-Identifier: MIT */
/*
 * The recovery code: 128 random bits that a person writes down, and the two keys made from it.
 *
 *     check = first 12 bits of BLAKE2b-256("provision/1/recovery-check" || 0x00 || code[16])
 *     text  = base32(code[16] || check), 28 characters in 7 groups of 4, upper case, joined by "-"
 *     auth  = derive(code, "provision/1/recovery-auth-key", "")
 *     wrap  = derive(code, "provision/1/recovery-wrap-key", "")
 */
#ifndef CRYPT_RECOVERY_H
#define CRYPT_RECOVERY_H

#include "base/err.h"
#include "base/view.h"
#include "crypt/secret.h"

#define CRYPT_RECOVERY_BYTES 16
#define CRYPT_RECOVERY_TEXT_LEN 34
/* Longest input that crypt_recovery_parse() looks at. */
#define CRYPT_RECOVERY_INPUT_MAX 128

/* A new code (CRYPT_RECOVERY_BYTES). Returns owned. */
struct secret *crypt_recovery_new(void);
/* The code as a person sees it, CRYPT_RECOVERY_TEXT_LEN bytes without NUL. Returns owned. */
struct secret *crypt_recovery_text(const struct secret *code);
/*
 * Takes what a person typed: case, spaces, tabs and hyphens do not matter, 0 is read as O and 8 as B.
 * ERR_SYNTAX: a wrong character, too long or too short, or the check digits differ. *code_r owned.
 */
int crypt_recovery_parse(struct view typed, struct secret **code_r) ERR_CHECK;
/* Results owned by the caller, both CRYPT_KEY_BYTES. */
void crypt_recovery_keys(const struct secret *code, struct secret **auth_r, struct secret **wrap_r);

#endif
