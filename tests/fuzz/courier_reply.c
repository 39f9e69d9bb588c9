/* SPDX-License-Identifier: MIT */
/*
 * courier/reply.h: a relay's words before they are kept. The input is two bytes of code and the words.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "base/text.h"
#include "courier/reply.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(view_of(data, size));
	struct mail_address to;
	uint16_t code = cursor_u16(&c);
	if (c.err != 0)
		return 0;
	require(mail_address_parse(VIEW_LIT("anna.schmidt@example.org"), &to) == 0);
	struct reply r = reply_of(code, c.rest, &to);
	struct view text = view_str(r.text);
	require(r.code == 0 || (r.code >= 200 && r.code <= 599));
	require(text.len <= REPLY_TEXT_LEN && text_is_utf8(text) && !text_has_control(text));
	require(view_find(text, '@') == text.len);
	require(strlen(r.enhanced) <= REPLY_ENHANCED_LEN);
	for (const char *p = r.enhanced; *p != '\0'; p++)
		require(*p == '.' || (*p >= '0' && *p <= '9'));
	return 0;
}
