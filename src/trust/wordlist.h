/* SPDX-License-Identifier: MIT */
/*
 * The English word list of BIP-39, in its order, which is that of strcmp().
 */
#ifndef TRUST_WORDLIST_H
#define TRUST_WORDLIST_H

#define TRUST_WORDLIST_COUNT 2048

/* The i-th word from 0 (panic beyond); static. */
const char *trust_wordlist_word(unsigned i);

#endif
