/* SPDX-License-Identifier: MIT */
/*
 * package/seal.h: the signed statement of a package. First byte 0: the bytes as they are; else signed here (fuzz/sign.h).
 */
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "fuzz/sign.h"
#include "package/seal.h"

#define PURPOSE "provision/1/package-seal"
/* magic, version, package, subscription; then kind and ids of the sender */
#define KEY_OFFSET (6 + 2 * ID_BYTES + 1 + 2 * ID_BYTES)

static void
check(const struct package_seal *s, struct view bytes, bool is_ours)
{
	struct buf again;
	require(s->head_bytes <= bytes.len && s->statement.len + CRYPT_SIGNATURE_BYTES == s->head_bytes);
	require(package_seal_bytes(s) <= PACKAGE_SEAL_MAX);
	require(package_seal_order(s->sequence - 1, s->sequence) == PACKAGE_ORDER_NEXT);
	if (!is_ours)
		return;
	buf_init(&again, bytes.len);
	require(package_seal_put(s, sign_private(), &again) == 0);
	require(view_equal(buf_view(&again), bytes));
	buf_deinit(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct secret *key = sign_private();
	if (size == 0 || key == NULL)
		return 0;
	struct view rest = view_of(data + 1, size - 1);
	struct package_seal s;
	struct buf bytes;
	buf_init(&bytes, rest.len + CRYPT_SIGNATURE_BYTES);
	if (data[0] != 0)
		sign_make(rest, KEY_OFFSET, PURPOSE, &bytes);
	else
		require(buf_append_view(&bytes, rest) == 0);
	if (package_seal_parse(buf_view(&bytes), &s) == 0)
		check(&s, buf_view(&bytes), data[0] != 0 && s.head_bytes == bytes.len);
	buf_deinit(&bytes);
	return 0;
}
