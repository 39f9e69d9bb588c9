/* SPDX-License-Identifier: MIT */
/*
 * Codes that are mailed and typed back: 40 random bits in base32.
 */
#ifndef STORE_CODE_H
#define STORE_CODE_H

#include "base/arena.h"
#include "base/view.h"

#define STORE_CODE_CHARS 8

void store_code_make(char code[STORE_CODE_CHARS + 1]);
/* As mailed, whatever case, blanks and dashes a person put in; in a. Anything else does not match. */
struct view store_code_typed(struct arena *a, struct view typed);

#endif
