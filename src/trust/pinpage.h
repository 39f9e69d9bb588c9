/* SPDX-License-Identifier: MIT */
/*
 * One page of a pin store: rows in ascending order of kind and principal, none twice, so that the encoding is canonical and
 * a look-up is a search. trust/pins.c decides which rows belong here, and seals it. Bytes: trust/FORMAT.md, "Pin store".
 */
#ifndef TRUST_PINPAGE_H
#define TRUST_PINPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "crypt/sign.h"

/* A page without its seal. */
#define TRUST_PINPAGE_PLAIN_MAX 31946

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

/* A plain value; all zero is empty. */
struct trust_pinpage {
	struct trust_pin *rows;
	size_t count;
	size_t room;                    /* rows allocated */
	size_t bytes;                   /* of the rows, encoded */
};

void trust_pinpage_deinit(struct trust_pinpage *page);
/* The order of rows: negative, 0, positive. */
int trust_pinpage_compare(enum trust_pin_kind kind, const struct id *principal, const struct trust_pin *row);
/* NULL: not there. Valid until the next change. */
const struct trust_pin *trust_pinpage_find(const struct trust_pinpage *page, enum trust_pin_kind kind, const struct id *principal);
/* Adds, or replaces the one of the same kind and principal. ERR_LIMIT: the page is full. */
int trust_pinpage_put(struct trust_pinpage *page, const struct trust_pin *pin) ERR_CHECK;
/* u32 count || rows. out: empty, with room for TRUST_PINPAGE_PLAIN_MAX. */
void trust_pinpage_write(const struct trust_pinpage *page, struct buf *out);
/* The same into an empty page. ERR_SYNTAX; the page is empty again. */
int trust_pinpage_read(struct view plain, struct trust_pinpage *page) ERR_CHECK;

#endif
