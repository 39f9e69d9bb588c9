/* SPDX-License-Identifier: MIT */
/*
 * The pin store: whose keys this account has seen and what it thinks of them. The server keeps it, encrypted and
 * authenticated under the account's private keys; its version only grows, and clients that remember the highest
 * one notice when an old or empty one is served. Bytes: trust/FORMAT.md, "Pin store".
 */
#ifndef TRUST_PINS_H
#define TRUST_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/secret.h"
#include "crypt/sign.h"
#include "trust/account.h"
#include "trust/company.h"

/* A pin store as sealed. */
#define TRUST_PINS_BYTES_MAX 65536

enum trust_pin_kind { TRUST_PIN_CUSTOMER = 1, TRUST_PIN_COMPANY = 2, TRUST_PIN_SERVER = 3 };
/* How the key was learnt: from the server alone, from a link, confirmed after a change, by its predecessor's signature, as
 * one's own. */
enum trust_pin_source {
	TRUST_PIN_DIRECTORY = 1, TRUST_PIN_LINK = 2, TRUST_PIN_CONFIRMED = 3, TRUST_PIN_SUCCESSION = 4, TRUST_PIN_OWN = 5
};

struct trust_pin {
	enum trust_pin_kind kind;
	struct id principal;            /* account or company; all zero for the server */
	struct hash fingerprint;        /* account statement, company root, server key */
	struct sign_public sign;        /* the pinned Ed25519 key: account, root or server */
	uint32_t number;                /* account: statement's number; company: highest epoch seen; server: 0 */
	struct hash epoch;              /* company: fingerprint of that epoch; else zero */
	enum trust_pin_source source;
	bool is_verified;               /* compared by people, or learnt from a link */
	uint64_t first_seen_ms;
};

struct trust_pins;

struct trust_pins *trust_pins_new(void);
void trust_pins_free(struct trust_pins **p);
size_t trust_pins_count(const struct trust_pins *p);
const struct trust_pin *trust_pins_at(const struct trust_pins *p, size_t i);
/* NULL: not pinned. Valid until the next change. */
const struct trust_pin *trust_pins_find(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal);
/* Adds, or replaces the one of the same kind and principal. ERR_LIMIT: the store would be too large. */
int trust_pins_put(struct trust_pins *p, const struct trust_pin *pin) ERR_CHECK;
void trust_pins_remove(struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal);

/* version: one more than the last. key: trust_wrap_pin_key(). */
int trust_pins_seal(const struct trust_pins *p, const struct id *account, uint64_t version, const struct secret *key,
    struct buf *out) ERR_CHECK;
/*
 * sealed: what the server gave; said_version: the version it says this is; highest: the highest version this client
 * knows of (0: none). ERR_TRUST: empty (an account has a store from its registration on), older than highest, or not the
 * version that was said. ERR_CRYPTO: changed, or another account's. ERR_SYNTAX, ERR_VERSION. *p_r owned.
 */
int trust_pins_open(struct view sealed, const struct id *account, uint64_t said_version, uint64_t highest,
    const struct secret *key, struct trust_pins **p_r) ERR_CHECK;
/* The version a sealed store claims, without a key (the server): ERR_SYNTAX, ERR_VERSION. */
int trust_pins_check(struct view sealed, uint64_t *version_r) ERR_CHECK;

/* What a client does when the server shows keys: */
enum trust_pin_verdict {
	TRUST_PIN_NEW,          /* first contact: pinned now, shown as "not verified" */
	TRUST_PIN_SAME,         /* the pinned key */
	TRUST_PIN_ADVANCED      /* successor by signature, or a later epoch of the pinned root: taken silently */
};
/*
 * Compares and updates the pin (a change must then be stored). ERR_TRUST: the key is not the pinned one and not its
 * successor, or an epoch went back: stop sending to this person until they are confirmed.
 */
int trust_pins_meet_account(struct trust_pins *p, const struct trust_account *account, uint64_t now_ms,
    enum trust_pin_verdict *verdict_r) ERR_CHECK;
/* expected_root: fingerprint from an invitation link, or NULL. ERR_TRUST also when it is another. */
int trust_pins_meet_company(struct trust_pins *p, const struct trust_company *company, const struct hash *expected_root,
    uint64_t now_ms, enum trust_pin_verdict *verdict_r) ERR_CHECK;
int trust_pins_meet_server(struct trust_pins *p, const struct sign_public *key, uint64_t now_ms,
    enum trust_pin_verdict *verdict_r) ERR_CHECK;
/*
 * What "keys accept WHOM FINGERPRINT" does: pins these keys whatever was pinned before, as verified. typed: the fingerprint
 * the person gave. ERR_TRUST: it is not that of these keys.
 */
int trust_pins_accept_account(struct trust_pins *p, const struct trust_account *account, const struct hash *typed,
    uint64_t now_ms) ERR_CHECK;
int trust_pins_accept_company(struct trust_pins *p, const struct trust_company *company, const struct hash *typed,
    uint64_t now_ms) ERR_CHECK;
/* A company that this account itself is an owner of: pinned as TRUST_PIN_OWN and verified. */
int trust_pins_own_company(struct trust_pins *p, const struct trust_company *company, uint64_t now_ms) ERR_CHECK;

#endif
