/* SPDX-License-Identifier: MIT */
/*
 * What ends a package: package/receipt.h, package/withdrawal.h, and receipts as files. First byte 0: the bytes as they are, to all three;
 * 1: a receipt, 2: a withdrawal, signed here (fuzz/sign.h).
 */
#include "base/fatal.h"
#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "fuzz/sign.h"
#include "package/receiptfile.h"
#include "package/withdrawal.h"

enum { RAW = 0, RECEIPT = 1, WITHDRAWAL = 2 };

/* Of each: magic, version, ids, hashes; then kind and ids of who signs. */
static const struct {
	const char *purpose;
	size_t hashes;
} kinds[] = { [RECEIPT] = { "provision/1/package-receipt", 3 }, [WITHDRAWAL] = { "provision/1/package-withdrawal", 0 } };

static void
expect_same(struct buf *again, int err, struct view bytes)
{
	require(err == 0 && view_equal(buf_view(again), bytes));
	buf_deinit(again);
}

static void
try_receipt(struct view bytes, bool is_ours)
{
	struct package_receipt r;
	struct buf again;
	if (package_receipt_parse(bytes, &r) != 0)
		return;
	require(bytes.len <= PACKAGE_RECEIPT_MAX);
	if (!is_ours)
		return;
	buf_init(&again, bytes.len);
	expect_same(&again, package_receipt_make(&r, sign_private(), &again), bytes);
}

static void
try_withdrawal(struct view bytes, bool is_ours)
{
	struct package_withdrawal w;
	struct buf again;
	if (package_withdrawal_parse(bytes, &w) != 0)
		return;
	require(bytes.len <= PACKAGE_RECEIPT_MAX);
	if (!is_ours)
		return;
	buf_init(&again, bytes.len);
	expect_same(&again, package_withdrawal_make(&w, sign_private(), &again), bytes);
}

static void
try_file(struct view bytes)
{
	struct package_receiptfile f;
	struct buf again;
	if (package_receiptfile_parse(bytes, &f) != 0)
		return;
	buf_init(&again, bytes.len);
	expect_same(&again, package_receiptfile_put(&f, &again), bytes);
	struct package_receiptfile_proof *proof = mem_alloc(sizeof(*proof));
	if (package_receiptfile_check(&f, proof) == 0)
		require(proof->is_company == (f.root.len > 0));
	mem_free(&proof);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct secret *key = sign_private();
	if (size == 0 || key == NULL || data[0] > WITHDRAWAL)
		return 0;
	struct view rest = view_of(data + 1, size - 1);
	struct buf bytes;
	buf_init(&bytes, rest.len + CRYPT_SIGNATURE_BYTES);
	if (data[0] != RAW)
		sign_make(rest, 6 + 2 * ID_BYTES + kinds[data[0]].hashes * CRYPT_HASH_BYTES + 1 + 2 * ID_BYTES, kinds[data[0]].purpose, &bytes);
	else
		require(buf_append_view(&bytes, rest) == 0);
	if (data[0] != WITHDRAWAL)
		try_receipt(buf_view(&bytes), data[0] == RECEIPT);
	if (data[0] != RECEIPT)
		try_withdrawal(buf_view(&bytes), data[0] == WITHDRAWAL);
	if (data[0] == RAW)
		try_file(buf_view(&bytes));
	buf_deinit(&bytes);
	return 0;
}
