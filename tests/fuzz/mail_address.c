/* SPDX-License-Identifier: MIT */
/*
 * mail/address.h and mail/clean.h: addresses, and foreign words in mails of ours. Both are stable: what came out goes in again
 * unchanged.
 */
#include "base/fatal.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "mail/address.h"
#include "mail/clean.h"

static void
try_address(struct view v)
{
	struct mail_address a, b;
	if (mail_address_parse(v, &a) != 0)
		return;
	struct mail_address_text text = mail_address_text(&a), key = mail_address_key(&a);
	struct view t = view_str(text.s);
	require(text_is_utf8(t) && !text_has_control(t) && view_find(t, ' ') == t.len);
	require(view_find(t, '<') == t.len && view_find(t, '>') == t.len);
	require(mail_address_parse(t, &b) == 0 && mail_address_equal(&a, &b));
	require(view_equal(t, view_str(mail_address_text(&b).s)));
	require(mail_address_parse(view_str(key.s), &b) == 0 && mail_address_equal(&a, &b));
	require(view_equal(view_str(key.s), view_str(mail_address_key(&b).s)));
}

static void
try_clean(struct view v)
{
	struct buf once, twice;
	buf_init(&once, v.len);
	buf_init(&twice, v.len);
	int err = mail_clean_append(&once, v);
	require((err == 0) == text_is_utf8(v));
	if (err == 0) {
		require(text_is_utf8(buf_view(&once)) && !text_has_control(buf_view(&once)));
		require(mail_clean_append(&twice, buf_view(&once)) == 0);
		require(view_equal(buf_view(&once), buf_view(&twice)));
	}
	buf_deinit(&once);
	buf_deinit(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_address(view_of(data, size));
	try_clean(view_of(data, size));
	return 0;
}
