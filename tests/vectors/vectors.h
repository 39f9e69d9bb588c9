/* SPDX-License-Identifier: MIT */
/*
 * The parts of the vector program: make the document, check one, whoever made it.
 */
#ifndef TESTS_VECTORS_VECTORS_H
#define TESTS_VECTORS_VECTORS_H

#include <jansson.h>

#include "trust/cast.h"

/* The whole document with fixed randomness; owned by the caller. */
json_t *vectors_make(void);
void vectors_make_packages(json_t *doc, const struct cast *cast);
/* Ends the program where something is wrong. */
void vectors_check(const json_t *doc);
void vectors_check_packages(const json_t *doc);

#endif
