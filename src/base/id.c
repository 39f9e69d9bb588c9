/* SPDX-License-Identifier: MIT */
/*
 * Ids as values. Knows nothing about what an id names and makes none (crypt/random.h does).
 */
#include "base/id.h"

#include <string.h>

#include "base/text.h"

_Static_assert(ID_TEXT_LEN == TEXT_BASE32_LEN(ID_BYTES), "the text of an id is its base32");

bool
id_equal(const struct id *a, const struct id *b)
{
	return memcmp(a->bytes, b->bytes, ID_BYTES) == 0;
}

bool
id_is_none(const struct id *a)
{
	static const struct id NONE;
	return id_equal(a, &NONE);
}

struct view
id_view(const struct id *a)
{
	return view_of(a->bytes, ID_BYTES);
}

int
id_from_view(struct view v, struct id *id_r)
{
	if (v.len != ID_BYTES)
		return ERR_SYNTAX;
	memcpy(id_r->bytes, v.data, ID_BYTES);
	return 0;
}

struct id_text
id_text(const struct id *a)
{
	struct id_text text;
	text_base32(id_view(a), text.s);
	return text;
}

int
id_parse(struct view text, struct id *id_r)
{
	return text_unbase32(text, id_r->bytes, ID_BYTES);
}
