/* SPDX-License-Identifier: MIT */
/*
 * Makes one harmless line of foreign text. Called before a value is put into a template or a header. Must
 * not know what the text means.
 */
#include "mail/clean.h"

#include <stddef.h>

#include "base/encoder.h"
#include "base/text.h"

/* Zero-width joiner and non-joiner (U+200C, U+200D) stay: names in some scripts and emoji need them. */
static const struct range {
	int32_t first;
	int32_t last;
} refused[] = {
	{ 0x0000, 0x0008 }, { 0x000e, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x061c, 0x061c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200b }, { 0x200e, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0001 }, { 0xfdd0, 0xfdef },
};

static bool
is_blank(int32_t c)
{
	return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool
mail_clean_is_refused(int32_t codepoint)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (codepoint >= refused[i].first && codepoint <= refused[i].last)
			return true;
	return codepoint < 0;
}

int
mail_clean_append(struct buf *out, struct view v)
{
	struct encoder e = encoder_of(out);
	bool is_gap = false;
	if (!text_is_utf8(v))
		encoder_fail(&e, ERR_SYNTAX);
	while (v.len > 0 && e.err == 0) {
		struct view here = v;
		int32_t c = text_next_codepoint(&v);
		here.len -= v.len;
		if (is_blank(c)) {
			is_gap = encoder_so_far(&e).len > 0;
		} else if (!mail_clean_is_refused(c)) {
			if (is_gap)
				encoder_u8(&e, ' ');
			encoder_view(&e, here);
			is_gap = false;
		}
	}
	return encoder_end(&e);
}

/* CR, LF, VT, FF, NEL, line and paragraph separator. */
static bool
is_line_end(int32_t c)
{
	return (c >= 0x0a && c <= 0x0d) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

static bool
is_control(int32_t c)
{
	return (c < 0x20 && c != '\t') || (c >= 0x7f && c <= 0x9f);
}

int
mail_clean_append_lines(struct buf *out, struct view v)
{
	struct encoder e = encoder_of(out);
	size_t line_ends = 0;
	if (!text_is_utf8(v))
		encoder_fail(&e, ERR_SYNTAX);
	for (int32_t before = 0; v.len > 0 && e.err == 0;) {
		struct view here = v;
		int32_t c = text_next_codepoint(&v);
		here.len -= v.len;
		if (is_line_end(c)) {
			line_ends += c != '\n' || before != '\r';
		} else if (!is_control(c)) {
			for (; line_ends > 0; line_ends--)
				encoder_u8(&e, '\n');
			encoder_view(&e, here);
		}
		before = c;
	}
	return encoder_end(&e);
}
