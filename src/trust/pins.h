/* SPDX-License-Identifier: MIT */
/*
 * The pin store: whose keys this account has seen and what it thinks of them. The server keeps it, encrypted and
 * authenticated under the account's private keys: a root, and pages that the root names by their hash. Its version only
 * grows, and clients that remember the highest one notice when an old or empty one is served. A pin's page follows from a
 * keyed hash of kind and principal, so that a look-up or a change needs the root and one page; a full page becomes two.
 * Bytes: trust/FORMAT.md, "Pin store".
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
#include "trust/pinpage.h"

/* The root and one page as sealed; pages at most: about 280,000 pins. */
#define TRUST_PINS_ROOT_BYTES_MAX 33850
#define TRUST_PINS_PAGE_BYTES_MAX 32000
#define TRUST_PINS_PAGES_MAX 1024

struct trust_pins;

/* An empty store of one page. account, key (trust_wrap_pin_key()): copied. */
struct trust_pins *trust_pins_new(const struct id *account, const struct secret *key);
void trust_pins_free(struct trust_pins **p);
/*
 * root: what the server gave; said_version: the version it says this is; highest: the highest version this client
 * knows of (0: none). ERR_TRUST: empty (an account has a store from its registration on), older than highest, or not the
 * version that was said. ERR_CRYPTO: changed, or another account's. ERR_SYNTAX, ERR_VERSION. *p_r owned; it has no page yet.
 */
int trust_pins_open(struct view root, const struct id *account, uint64_t said_version, uint64_t highest,
    const struct secret *key, struct trust_pins **p_r) ERR_CHECK;
/*
 * The page that begins at at, as the server gave it; nothing happens if it is there already. ERR_TRUST: not the page that the
 * root names. ERR_SYNTAX, ERR_VERSION: the writer's mistake.
 */
int trust_pins_take(struct trust_pins *p, uint32_t at, struct view page) ERR_CHECK;
/* Whether the page of this pin is not there yet; *at_r: where it begins. */
bool trust_pins_lacks(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal, uint32_t *at_r);
/* The same of any page, the first one. */
bool trust_pins_lacks_any(const struct trust_pins *p, uint32_t *at_r);

/* Of the pages that are there. */
size_t trust_pins_count(const struct trust_pins *p);
/* The same pins in order of kind and principal. Returns owned; the pins are valid until the next change. */
const struct trust_pin **trust_pins_sorted(const struct trust_pins *p);
/* NULL: not pinned. Its page must be there (panic). Valid until the next change. */
const struct trust_pin *trust_pins_find(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal);
/*
 * Adds, or replaces the one of the same kind and principal; its page must be there (panic), and is split when it is full.
 * ERR_LIMIT: the store would be too large.
 */
int trust_pins_put(struct trust_pins *p, const struct trust_pin *pin) ERR_CHECK;

/* Seals the pages that changed, and the root. version: one more than the last. root: empty, TRUST_PINS_ROOT_BYTES_MAX. */
void trust_pins_seal(struct trust_pins *p, uint64_t version, struct buf *root);
/* The pages that were sealed with the last root, in order; *at_r: where it begins. Valid until the next seal. */
size_t trust_pins_sealed_count(const struct trust_pins *p);
struct view trust_pins_sealed_at(const struct trust_pins *p, size_t i, uint32_t *at_r);

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
