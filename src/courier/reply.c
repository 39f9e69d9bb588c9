/* SPDX-License-Identifier: MIT */
/*
 * Makes a relay's words fit to be kept. Must not know SMTP's flow. Called by courier/relay.c.
 */
#include "courier/reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/text.h"
#include "mail/clean.h"

#define ADDRESS_WORD "(address)"
/* Of a long answer only the beginning is looked at. */
#define WORDS_MAX 2048

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* class "." subject "." detail at the front, RFC 3463: 1, 1..3 and 1..3 digits. Returns its length, 0: none. */
static size_t
enhanced_len(struct view v)
{
	size_t at = 0;
	for (int part = 0; part < 3; part++) {
		size_t digits = 0;
		while (at + digits < v.len && is_digit(v.data[at + digits]))
			digits++;
		if (digits == 0 || digits > (part == 0 ? 1 : 3))
			return 0;
		at += digits;
		if (part < 2 && (at >= v.len || v.data[at++] != '.'))
			return 0;
	}
	return at == v.len || v.data[at] == ' ' || v.data[at] == '\n' ? at : 0;
}

static bool
is_word_end(uint8_t c)
{
	return c <= ' ' || strchr("<>()[]\"'`,;:", c) != NULL;
}

static bool
is_address(struct view word, const struct mail_address *to)
{
	while (word.len > 0 && word.data[word.len - 1] == '.')
		word.len--;
	return view_find(word, '@') < word.len || (to != NULL && view_equal_nocase(word, view_str(to->local)));
}

/* v shortened to at most max bytes, whole characters only. */
static struct view
cut(struct view v, size_t max)
{
	if (v.len > max) {
		v.len = max;
		while (v.len > 0 && (v.data[v.len] & 0xc0) == 0x80)
			v.len--;
	}
	return v;
}

static void
append_cut(struct buf *out, struct view v)
{
	int err = buf_append_view(out, cut(v, out->max - out->len));
	require(err == 0);
}

/* One word or one character between words; bytes that are no UTF-8 one by one. */
static void
append_readable(struct buf *out, struct view v)
{
	while (v.len > 0) {
		struct view here = v;
		int32_t c = text_next_codepoint(&v);
		if (c < 0)
			v = view_slice(here, 1, here.len);
		here.len -= v.len;
		if (c < 0)
			append_cut(out, VIEW_LIT("?"));
		else if (c < ' ' || mail_clean_is_refused(c))
			append_cut(out, VIEW_LIT(" "));
		else
			append_cut(out, here);
	}
}

static void
append_words(struct buf *out, struct view v, const struct mail_address *to)
{
	while (v.len > 0 && out->len < out->max) {
		struct view word = v;
		for (word.len = 0; word.len < v.len && !is_word_end(v.data[word.len]);)
			word.len++;
		if (word.len == 0)
			word.len = 1;
		v = view_slice(v, word.len, v.len);
		if (is_address(word, to))
			append_cut(out, VIEW_LIT(ADDRESS_WORD));
		else
			append_readable(out, word);
	}
}

struct reply
reply_of(int code, struct view words, const struct mail_address *to)
{
	struct reply r = { .code = code >= 200 && code <= 599 ? (uint32_t)code : 0 };
	size_t n = enhanced_len(words);
	if (n > 0 && n <= REPLY_ENHANCED_LEN) {
		memcpy(r.enhanced, words.data, n);
		words = view_slice(words, n, words.len);
	}
	struct buf text, clean;
	buf_init(&text, WORDS_MAX);
	buf_init(&clean, WORDS_MAX);
	append_words(&text, words, to);
	int err = mail_clean_append(&clean, buf_view(&text));
	require(err == 0);
	struct view line = cut(buf_view(&clean), REPLY_TEXT_LEN);
	if (line.len > 0)
		memcpy(r.text, line.data, line.len);
	buf_deinit(&clean);
	buf_deinit(&text);
	return r;
}

struct reply
reply_none(const char *text)
{
	struct reply r = { .code = 0 };
	snprintf(r.text, sizeof(r.text), "%s", text);
	return r;
}
