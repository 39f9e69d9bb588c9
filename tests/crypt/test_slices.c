/* SPDX-License-Identifier: MIT */
/* Slices: whatever method this build has, it must give what SHA-256 gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/init.h"
#include "crypt/slices.h"

static void
test_against_sha256(void **state)
{
	static const size_t lengths[] = {
		0, 1, 55, 56, 64, CRYPT_SLICE_BYTES - 1, CRYPT_SLICE_BYTES, CRYPT_SLICE_BYTES + 1, 7 * CRYPT_SLICE_BYTES + 5, 1 << 20,
		(1 << 20) - 77, CRYPT_SLICES_MAX,
	};
	uint8_t out[64 * CRYPT_DIGEST_BYTES], one[CRYPT_DIGEST_BYTES];
	uint8_t *data = mem_alloc(CRYPT_SLICES_MAX);
	struct slices *s = crypt_slices_new();
	(void)state;
	for (size_t i = 0; i < CRYPT_SLICES_MAX; i++)
		data[i] = (uint8_t)(i * 31 + i / 1000);
	for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
		/* at an odd address too */
		for (size_t shift = 0; shift < 2 && lengths[k] + shift <= CRYPT_SLICES_MAX; shift++) {
			struct view v = view_of(data + shift, lengths[k]);
			crypt_slices_sha256(s, v, out);
			for (size_t i = 0; i < CRYPT_SLICES(v.len); i++) {
				crypt_digest_sha256(view_slice(v, i * CRYPT_SLICE_BYTES, CRYPT_SLICE_BYTES), one);
				assert_memory_equal(out + i * CRYPT_DIGEST_BYTES, one, sizeof(one));
			}
		}
	}
	assert_int_equal(CRYPT_SLICES(0), 0);
	assert_int_equal(CRYPT_SLICES(CRYPT_SLICE_BYTES + 1), 2);
	print_message("method: %s\n", crypt_slices_method());
	crypt_slices_free(&s);
	crypt_slices_free(&s);
	mem_free(&data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_sha256) };
	if (crypt_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
