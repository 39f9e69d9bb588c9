/* SPDX-License-Identifier: MIT */
/*
 * package/receipt.h: what removes a package. First byte 0: the bytes as they are; else signed here (fuzz/sign.h).
 */
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "fuzz/sign.h"
#include "package/receipt.h"

#define PURPOSE "provision/1/package-receipt"
/* magic, version, ids, three hashes; then kind and ids of the receiver */
#define KEY_OFFSET (6 + 2 * ID_BYTES + 3 * CRYPT_HASH_BYTES + 1 + 2 * ID_BYTES)

static void
check(const struct package_receipt *r, struct view bytes, bool is_ours)
{
	struct buf again;
	require(bytes.len <= PACKAGE_RECEIPT_MAX);
	if (!is_ours)
		return;
	buf_init(&again, bytes.len);
	require(package_receipt_make(r, sign_private(), &again) == 0);
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
	struct package_receipt r;
	struct buf bytes;
	buf_init(&bytes, rest.len + CRYPT_SIGNATURE_BYTES);
	if (data[0] != 0)
		sign_make(rest, KEY_OFFSET, PURPOSE, &bytes);
	else
		require(buf_append_view(&bytes, rest) == 0);
	if (package_receipt_parse(buf_view(&bytes), &r) == 0)
		check(&r, buf_view(&bytes), data[0] != 0);
	buf_deinit(&bytes);
	return 0;
}
