/* SPDX-License-Identifier: MIT */
/*
 * What all formats of trust/ and package/ have in common: magic, version, fields, signatures at the end. For use
 * inside these two folders.
 */
#ifndef TRUST_STATEMENT_H
#define TRUST_STATEMENT_H

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "crypt/sign.h"

#define TRUST_STATEMENT_MAGIC_LEN 4
#define TRUST_STATEMENT_VERSION 1

/* Magic (4 characters) and version. */
void trust_statement_begin(struct encoder *e, const char *magic);
/* ERR_SYNTAX: another magic, or too short. ERR_VERSION: a version that this program does not know. */
int trust_statement_open(struct cursor *c, const char *magic) ERR_CHECK;
/* Signs what e has appended so far and appends the signature. */
void trust_statement_sign(struct encoder *e, const struct secret *sign_private, const char *purpose);
struct hash trust_statement_get_hash(struct cursor *c);
struct id trust_statement_get_id(struct cursor *c);
struct sign_public trust_statement_get_sign(struct cursor *c);
struct signature trust_statement_get_signature(struct cursor *c);
/* The signature as the last field: nothing behind it, and key made it over all before (ERR_SYNTAX, ERR_CRYPTO). */
int trust_statement_close(struct cursor *c, struct view whole, const struct sign_public *key, const char *purpose) ERR_CHECK;
/* The bytes between the start of whole and where c stands. */
struct view trust_statement_before(struct view whole, const struct cursor *c);

#endif
