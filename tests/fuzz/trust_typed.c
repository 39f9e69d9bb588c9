/* SPDX-License-Identifier: MIT */
/*
 * What a person types or clicks: links, fingerprints, recovery codes. The first byte chooses. Whatever spelling was accepted,
 * the one we write means the same.
 */
#include "base/fatal.h"
#include "crypt/init.h"
#include "crypt/recovery.h"
#include "fuzz/fuzz.h"
#include "trust/fingerprint.h"
#include "trust/link.h"

static void
try_link(struct view v)
{
	struct trust_link a, b;
	struct buf text;
	if (trust_link_parse(v, &a) != 0)
		return;
	buf_init(&text, TRUST_LINK_MAX);
	require(trust_link_is_slug(view_str(a.slug)));
	require(trust_link_make(&a, &text) == 0);
	require(text.len <= v.len);
	require(trust_link_parse(buf_view(&text), &b) == 0);
	require(a.is_member == b.is_member && crypt_hash_equal(&a.root, &b.root));
	require(view_equal(view_str(a.host), view_str(b.host)) && view_equal(view_str(a.slug), view_str(b.slug)));
	if (a.is_member)
		require(view_equal(secret_view(a.secret), secret_view(b.secret)) && a.role == b.role &&
		    id_equal(&a.invitation, &b.invitation));
	trust_link_deinit(&a);
	trust_link_deinit(&b);
	buf_deinit(&text);
}

static void
try_fingerprint(struct view v)
{
	struct hash a, b;
	if (trust_fingerprint_parse(v, &a) != 0)
		return;
	struct trust_fingerprint_text piece = trust_fingerprint_text(&a), groups = trust_fingerprint_grouped(&a);
	require(trust_fingerprint_parse(view_str(piece.s), &b) == 0 && crypt_hash_equal(&a, &b));
	require(trust_fingerprint_parse(view_str(groups.s), &b) == 0 && crypt_hash_equal(&a, &b));
}

static void
try_recovery(struct view v)
{
	struct secret *a, *b;
	if (crypt_recovery_parse(v, &a) != 0)
		return;
	struct secret *text = crypt_recovery_text(a);
	require(secret_len(a) == CRYPT_RECOVERY_BYTES && secret_len(text) == CRYPT_RECOVERY_TEXT_LEN);
	require(crypt_recovery_parse(secret_view(text), &b) == 0);
	require(view_equal(secret_view(a), secret_view(b)));
	secret_free(&a);
	secret_free(&b);
	secret_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct view v) = { try_link, try_fingerprint, try_recovery };
	require(crypt_init() == 0);
	if (size > 0)
		tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](view_of(data + 1, size - 1));
	return 0;
}
