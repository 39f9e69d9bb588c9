/* SPDX-License-Identifier: MIT */
/*
 * An e-mail address as a checked plain value: what the store, the clients and the courier pass around
 * instead of raw text. Nothing here blocks, asks a resolver or depends on the locale.
 *
 *   address = local "@" domain
 *   local   = atom *("." atom)      1..64 bytes; RFC 5321 Dot-string, no quoted strings, no comments
 *   atom    = 1*(atext / UTF8-non-ascii)   RFC 6532; valid UTF-8 without controls, spaces,
 *                                   invisible or direction-changing characters
 *   domain  = label 1*("." label)   at most 253 bytes in A-label form, no address literal, no final dot
 *
 * IDN: a domain with non-ASCII letters is mapped to its A-label form (UTS #46 non-transitional, IDNA2008:
 * what browsers do), so that there is one form only and no relay needs SMTPUTF8 for it. A local part with
 * non-ASCII letters stays as it is; such a mail needs SMTPUTF8 (RFC 6531) from the relay.
 *
 * Comparison: the domain is kept in lower case, and for the local part only the ASCII letters are folded.
 * Anything more (Unicode case folding, normalisation) would have to be the same in every client for ever,
 * and taking two mailboxes for one is worse than keeping one person's two spellings apart.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/view.h"

#define MAIL_ADDRESS_LEN 254          /* the longest address, bytes (RFC 5321 path without <>) */
#define MAIL_ADDRESS_LOCAL_LEN 64
#define MAIL_ADDRESS_DOMAIN_LEN 253

struct mail_address {
	char local[MAIL_ADDRESS_LOCAL_LEN + 1];     /* as it was written */
	char domain[MAIL_ADDRESS_DOMAIN_LEN + 1];   /* lower-case A-labels */
};

/* An address written out: local@domain; .s is NUL-terminated and holds no space, control or <>. */
struct mail_address_text {
	char s[MAIL_ADDRESS_LEN + 1];
};

/* ERR_SYNTAX: not of the grammar above (nothing is trimmed). ERR_LIMIT: too long. */
int mail_address_parse(struct view text, struct mail_address *a_r) ERR_CHECK;
/* The form mail is sent to. */
struct mail_address_text mail_address_text(const struct mail_address *a);
/* The form to look up, hash and derive from: ASCII letters of the local part in lower case. */
struct mail_address_text mail_address_key(const struct mail_address *a);
/* Same mailbox as far as we are concerned: equal keys. */
bool mail_address_equal(const struct mail_address *a, const struct mail_address *b);
/* False when the relay must offer SMTPUTF8. */
bool mail_address_is_ascii(const struct mail_address *a);

#endif
