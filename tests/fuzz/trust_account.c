/* SPDX-License-Identifier: MIT */
/*
 * trust/account.h: an account's statement. First byte 0: the bytes as they are; 1: signed here (fuzz/sign.h); else signed
 * here by the predecessor, too.
 */
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "fuzz/sign.h"
#include "trust/account.h"

#define SELF "provision/1/account-statement"
#define SUCCESSOR "provision/1/account-successor"
/* magic, version, account, number, X25519 key */
#define KEY_OFFSET (6 + ID_BYTES + 4 + 32)

static void
make(uint8_t how, struct view rest, struct buf *out)
{
	struct sign_public public = sign_public();
	require(buf_append_view(out, rest) == 0);
	if (how == 0)
		return;
	sign_patch(out, KEY_OFFSET, public.bytes, sizeof(public.bytes));
	struct signature old = crypt_sign(sign_private(), SUCCESSOR, buf_view(out));
	sign_append(out, SELF);
	if (how > 1)
		require(buf_append(out, old.bytes, sizeof(old.bytes)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trust_account a;
	struct sign_public public = sign_public();
	struct buf bytes;
	if (size == 0)
		return 0;
	buf_init(&bytes, size + 2 * CRYPT_SIGNATURE_BYTES);
	make(data[0], view_of(data + 1, size - 1), &bytes);
	if (trust_account_parse(buf_view(&bytes), &a) == 0) {
		require(a.number > 0 && !id_is_none(&a.account) && bytes.len <= TRUST_STATEMENT_MAX);
		/* the statement is written anew for this: what was read is all there is */
		int err = trust_account_follows(&a, &a.account, a.number - 1, &a.predecessor, &public);
		require(data[0] == 0 || err == (a.is_successor ? 0 : ERR_TRUST));
		require(trust_account_follows(&a, &a.account, a.number, &a.predecessor, &public) == ERR_TRUST);
	}
	buf_deinit(&bytes);
	return 0;
}
