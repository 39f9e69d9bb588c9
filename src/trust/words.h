/* SPDX-License-Identifier: MIT */
/*
 * Fingerprints as words, to be read out: BIP-39 with its English list, for people of every language the same, so that both
 * sides hear the same. 24 words of 11 bits hold the 256 bits and 8 bits of check. Bytes: trust/FORMAT.md, "Fingerprints for
 * people".
 */
#ifndef TRUST_WORDS_H
#define TRUST_WORDS_H

#include "base/err.h"
#include "base/view.h"
#include "crypt/hash.h"

#define TRUST_WORDS_COUNT 24
#define TRUST_WORDS_LEN (TRUST_WORDS_COUNT * 9)   /* words have at most 8 letters; NUL included */

struct trust_words {
	char s[TRUST_WORDS_LEN];     /* words with one space between */
};

struct trust_words trust_words_of(const struct hash *fingerprint);
/* Case and the kind and number of spaces do not matter. ERR_SYNTAX: a word that is not in the list, not 24, or the check fails. */
int trust_words_parse(struct view typed, struct hash *fingerprint_r) ERR_CHECK;

#endif
