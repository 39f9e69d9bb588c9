/* SPDX-License-Identifier: MIT */
/*
 * Encodings and checks of text at the edges. Decoders accept exactly one spelling, so that a value has
 * one name and comparing names is comparing values. Not for secrets: look-ups depend on the data.
 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char BASE32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char HEX[] = "0123456789abcdef";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Writes v in digits of `bits` bits, the last one filled with zero bits; returns the number of digits. */
static size_t
encode(struct view v, const char *alphabet, unsigned bits, char *out)
{
	uint32_t acc = 0;
	unsigned held = 0;
	size_t n = 0;
	for (size_t i = 0; i < v.len; i++) {
		acc = (acc << 8 | v.data[i]) & 0xffff;
		for (held += 8; held >= bits; held -= bits)
			out[n++] = alphabet[acc >> (held - bits) & ((1U << bits) - 1)];
	}
	if (held != 0)
		out[n++] = alphabet[acc << (bits - held) & ((1U << bits) - 1)];
	return n;
}

/* Value of a digit, or -1. NUL ends the alphabet and is never a digit. */
static int
digit_of(const char *alphabet, uint8_t c)
{
	const char *at = c == 0 ? NULL : strchr(alphabet, c);
	return at == NULL ? -1 : (int)(at - alphabet);
}

/* The reverse of encode(): text.len * bits / 8 bytes to out; left-over bits must be zero and fewer than a digit's. */
static int
decode(struct view text, const char *alphabet, unsigned bits, uint8_t *out)
{
	uint32_t acc = 0;
	unsigned held = 0;
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of(alphabet, text.data[i]);
		if (digit < 0)
			return ERR_SYNTAX;
		acc = (acc << bits | (uint32_t)digit) & 0xffff;
		held += bits;
		if (held >= 8) {
			held -= 8;
			*out++ = (uint8_t)(acc >> held);
		}
	}
	return held >= bits || (acc & ((1U << held) - 1)) != 0 ? ERR_SYNTAX : 0;
}

static int
decode_exactly(struct view text, const char *alphabet, unsigned bits, void *out, size_t n)
{
	if (text.len > SIZE_MAX / 8 || text.len != (n * 8 + bits - 1) / bits)
		return ERR_SYNTAX;
	int err = decode(text, alphabet, bits, out);
	if (err != 0 && n != 0)
		memset(out, 0, n);
	return err;
}

void
text_base32(struct view v, char *out)
{
	out[encode(v, BASE32, 5, out)] = '\0';
}

int
text_unbase32(struct view text, void *out, size_t n)
{
	return decode_exactly(text, BASE32, 5, out, n);
}

void
text_hex(struct view v, char *out)
{
	out[encode(v, HEX, 4, out)] = '\0';
}

int
text_unhex(struct view text, void *out, size_t n)
{
	return decode_exactly(text, HEX, 4, out, n);
}

static int
append_base64(struct buf *out, struct view v, const char *alphabet, bool is_padded)
{
	uint8_t *space;
	if (v.len > SIZE_MAX / 8)
		return ERR_LIMIT;
	size_t size = is_padded ? TEXT_BASE64_LEN(v.len) : TEXT_BASE64URL_LEN(v.len);
	int err = buf_reserve(out, size, &space);
	if (err != 0)
		return err;
	size_t n = encode(v, alphabet, 6, (char *)space);
	memset(space + n, '=', size - n);
	buf_commit(out, size);
	return 0;
}

static int
append_unbase64(struct view text, const char *alphabet, struct buf *out)
{
	uint8_t *space;
	if (text.len > SIZE_MAX / 8)
		return ERR_LIMIT;
	size_t n = text.len * 6 / 8;
	int err = buf_reserve(out, n, &space);
	if (err == 0)
		err = decode(text, alphabet, 6, space);
	if (err == 0)
		buf_commit(out, n);
	return err;
}

int
text_base64(struct buf *out, struct view v)
{
	return append_base64(out, v, BASE64, true);
}

int
text_unbase64(struct view text, struct buf *out_r)
{
	size_t padding = 0;
	if (text.len % 4 != 0)
		return ERR_SYNTAX;
	while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
		padding++;
	return append_unbase64(view_slice(text, 0, text.len - padding), BASE64, out_r);
}

int
text_base64url(struct buf *out, struct view v)
{
	return append_base64(out, v, BASE64URL, false);
}

int
text_unbase64url(struct view text, struct buf *out_r)
{
	return append_unbase64(text, BASE64URL, out_r);
}

int
text_u64(struct view text, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;
	if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
		return ERR_SYNTAX;
	for (size_t i = 0; i < text.len; i++) {
		int digit = digit_of("0123456789", text.data[i]);
		if (digit < 0)
			return ERR_SYNTAX;
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, (uint64_t)digit, &value))
			return ERR_LIMIT;
	}
	if (value > max)
		return ERR_LIMIT;
	*value_r = value;
	return 0;
}

/* The forms of RFC 3629: which lead bytes, how many bytes, and the range of the second byte. */
static const struct utf8_form {
	uint8_t lead_first, lead_last, second_first, second_last, len;
} UTF8_FORMS[] = {
	{ 0x00, 0x7f, 0, 0, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The code point at the front of v and how many bytes it takes; -1 when there is no valid one. */
static int32_t
codepoint_at(struct view v, size_t *len_r)
{
	const struct utf8_form *f = UTF8_FORMS;
	*len_r = 1;
	while (v.data[0] < f->lead_first || v.data[0] > f->lead_last)
		if (++f == UTF8_FORMS + sizeof(UTF8_FORMS) / sizeof(UTF8_FORMS[0]))
			return -1;
	if (f->len > v.len)
		return -1;
	int32_t c = f->len == 1 ? v.data[0] : v.data[0] & (0x7f >> f->len);
	for (size_t i = 1; i < f->len; i++) {
		uint8_t first = i == 1 ? f->second_first : 0x80, last = i == 1 ? f->second_last : 0xbf;
		if (v.data[i] < first || v.data[i] > last)
			return -1;
		c = c << 6 | (v.data[i] & 0x3f);
	}
	*len_r = f->len;
	return c;
}

int32_t
text_next_codepoint(struct view *v)
{
	size_t len;
	if (v->len == 0)
		return -1;
	int32_t c = codepoint_at(*v, &len);
	*v = view_slice(*v, len, v->len);
	return c;
}

bool
text_is_utf8(struct view v)
{
	while (v.len != 0)
		if (text_next_codepoint(&v) < 0)
			return false;
	return true;
}

static bool
is_control(int32_t c)
{
	return (c >= 0 && c < 0x20) || (c >= 0x7f && c <= 0x9f);
}

bool
text_has_control(struct view v)
{
	while (v.len != 0) {
		int32_t byte = v.data[0];
		int32_t c = text_next_codepoint(&v);
		if (is_control(c < 0 ? byte : c))
			return true;
	}
	return false;
}

bool
text_is_unsafe(int32_t c)
{
	return is_control(c) || c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

size_t
text_escape_next(struct view *v, char *out)
{
	struct view before = *v;
	if (v->len == 0)
		return 0;
	int32_t c = text_next_codepoint(v);
	if (c < 0x20 || c == 0x7f)
		return (size_t)snprintf(out, TEXT_ESCAPE_MAX, "\\x%02x", before.data[0]);
	if (text_is_unsafe(c))
		return (size_t)snprintf(out, TEXT_ESCAPE_MAX, "\\u{%x}", (unsigned)c);
	memcpy(out, before.data, before.len - v->len);
	return before.len - v->len;
}

int
text_escape(struct buf *out, struct view v)
{
	char piece[TEXT_ESCAPE_MAX];
	size_t len_before = out->len;
	while (v.len != 0) {
		size_t n = text_escape_next(&v, piece);
		int err = buf_append(out, piece, n);
		if (err != 0) {
			out->len = len_before;
			return err;
		}
	}
	return 0;
}

size_t
text_strip_controls(struct view v, uint8_t *out)
{
	size_t n = 0;
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] >= 0x20 || v.data[i] == '\t' || v.data[i] == '\n')
			out[n++] = v.data[i];
	return n;
}
