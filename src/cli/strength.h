/* SPDX-License-Identifier: MIT */
/*
 * How hard a password is to guess. Owns libzxcvbn.
 */
#ifndef CLI_STRENGTH_H
#define CLI_STRENGTH_H

#include <stddef.h>

#include "crypt/secret.h"

/* About 10^12 guesses: with what one guess costs (crypt/password.h), years of a large machine. */
#define CLI_STRENGTH_BITS 40.0
/* Most words about the person that are looked at. */
#define CLI_STRENGTH_WORDS_MAX 32

/*
 * NULL: strong enough. Else the reason as a sentence for people; static. words: what others know of the person (names,
 * address), n of them, each NUL-terminated.
 */
const char *cli_strength_judge(const struct secret *password, const char *const *words, size_t n);

#endif
