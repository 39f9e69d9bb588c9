/* SPDX-License-Identifier: MIT */
/*
 * Identity of a stored thing: 128 random bits (crypt/random.h fills them), written as 26 characters of
 * lower-case base32. Ids are opaque: they carry no order, time or meaning.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define ID_BYTES 16
#define ID_TEXT_LEN 26

struct id {
	uint8_t bytes[ID_BYTES];
};

/* An id written out; .s is NUL-terminated. */
struct id_text {
	char s[ID_TEXT_LEN + 1];
};

bool id_equal(const struct id *a, const struct id *b);
/* All zero: "none". */
bool id_is_none(const struct id *a);
struct view id_view(const struct id *a);
/* ERR_SYNTAX unless v has exactly ID_BYTES bytes. */
int id_from_view(struct view v, struct id *id_r) ERR_CHECK;
struct id_text id_text(const struct id *a);
int id_parse(struct view text, struct id *id_r) ERR_CHECK;

#endif
