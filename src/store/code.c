/* SPDX-License-Identifier: MIT */
/*
 * Making mailed codes, and reading them as people type them. Knows no mail. Registrations and resets call it.
 */
#include "store/code.h"

#include "base/text.h"
#include "crypt/random.h"

#define CODE_BYTES 5

void
store_code_make(char code[STORE_CODE_CHARS + 1])
{
	uint8_t random[CODE_BYTES];

	crypt_random(random, sizeof(random));
	text_base32(view_of(random, sizeof(random)), code);
}

struct view
store_code_typed(struct arena *a, struct view typed)
{
	uint8_t *out = arena_alloc(a, typed.len);
	size_t n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		uint8_t b = typed.data[i];
		if (b == ' ' || b == '-')
			continue;
		out[n++] = b >= 'A' && b <= 'Z' ? (uint8_t)(b - 'A' + 'a') : b;
	}
	return view_of(out, n);
}
