/* SPDX-License-Identifier: MIT */
/*
 * Bytes and text of erasure receipts. Knows neither what was erased nor whose key it is. The store makes receipts, the command line
 * checks them.
 */
#include "trust/erasure.h"

#include <string.h>

#include "base/fatal.h"
#include "base/text.h"
#include "trust/statement.h"

#define MAGIC "PVer"
#define PURPOSE "provision/1/erasure-receipt"
#define WORD_CHARS 64
#define BEGIN "-----BEGIN PROVISION ERASURE RECEIPT-----"
#define END "-----END PROVISION ERASURE RECEIPT-----"

/* ---- lists ---- */

void
trust_erasure_put(struct trust_erasure_list *list, uint8_t kind, uint64_t value)
{
	size_t at = 0;
	require(kind != 0);
	while (at < list->count && list->items[at].kind < kind)
		at++;
	if (at == list->count || list->items[at].kind != kind) {
		require(list->count < TRUST_ERASURE_ITEMS_MAX);
		memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(list->items[0]));
		list->count++;
	}
	list->items[at] = (struct trust_erasure_item){ kind, value };
}

void
trust_erasure_add(struct trust_erasure_list *list, uint8_t kind, uint64_t number)
{
	if (number != 0)
		trust_erasure_put(list, kind, trust_erasure_value(list, kind) + number);
}

uint64_t
trust_erasure_value(const struct trust_erasure_list *list, uint8_t kind)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == kind)
			return list->items[i].value;
	return 0;
}

static void
put_list(struct encoder *e, const struct trust_erasure_list *list)
{
	encoder_u8(e, (uint8_t)list->count);
	for (size_t i = 0; i < list->count; i++) {
		encoder_u8(e, list->items[i].kind);
		encoder_u64(e, list->items[i].value);
	}
}

static void
get_list(struct cursor *c, struct trust_erasure_list *list)
{
	list->count = cursor_u8(c);
	if (list->count > TRUST_ERASURE_ITEMS_MAX)
		cursor_fail(c);
	for (size_t i = 0; c->err == 0 && i < list->count; i++) {
		uint8_t before = i == 0 ? 0 : list->items[i - 1].kind;
		list->items[i].kind = cursor_u8(c);
		list->items[i].value = cursor_u64(c);
		if (list->items[i].kind <= before)
			cursor_fail(c);
	}
}

/* ---- bytes ---- */

int
trust_erasure_make(const struct trust_erasure *r, const struct secret *sign_private, struct buf *out)
{
	struct view service = view_str(r->service);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_bytes(&e, r->receipt.bytes, ID_BYTES);
	encoder_u8(&e, (uint8_t)r->occasion);
	encoder_u8(&e, (uint8_t)r->by);
	encoder_bytes(&e, r->subject.bytes, ID_BYTES);
	encoder_u64(&e, r->time_ms);
	encoder_u8(&e, r->is_complete ? 1 : 2);
	put_list(&e, &r->gone);
	put_list(&e, &r->stays);
	put_list(&e, &r->copies);
	encoder_u8(&e, (uint8_t)service.len);
	encoder_view(&e, service);
	encoder_bytes(&e, r->key.bytes, sizeof(r->key.bytes));
	trust_statement_sign(&e, sign_private, PURPOSE);
	return encoder_end(&e);
}

/* A host name, and nothing that a terminal would take amiss. */
static void
get_service(struct cursor *c, char *out)
{
	size_t len = cursor_u8(c);
	cursor_copy(c, out, len);
	out[len] = '\0';
	if (len == 0)
		cursor_fail(c);
	for (size_t i = 0; i < len; i++)
		if (out[i] <= ' ' || out[i] >= 0x7f)
			cursor_fail(c);
}

static uint8_t
get_choice(struct cursor *c, uint8_t last)
{
	uint8_t value = cursor_u8(c);
	if (value == 0 || value > last)
		cursor_fail(c);
	return value;
}

int
trust_erasure_parse(struct view bytes, struct trust_erasure *r)
{
	struct cursor c = cursor_of(bytes);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	memset(r, 0, sizeof(*r));
	r->receipt = trust_statement_get_id(&c);
	r->occasion = (enum trust_erasure_occasion)get_choice(&c, TRUST_ERASURE_CLOSED);
	r->by = (enum trust_erasure_by)get_choice(&c, TRUST_ERASURE_BY_SERVICE);
	r->subject = trust_statement_get_id(&c);
	r->time_ms = cursor_u64(&c);
	r->is_complete = get_choice(&c, 2) == 1;
	get_list(&c, &r->gone);
	get_list(&c, &r->stays);
	get_list(&c, &r->copies);
	get_service(&c, r->service);
	r->key = trust_statement_get_sign(&c);
	return c.err != 0 ? ERR_SYNTAX : trust_statement_close(&c, bytes, &r->key, PURPOSE);
}

/* ---- text ---- */

int
trust_erasure_words(struct view bytes, struct buf *out)
{
	struct encoder e = encoder_of(out);
	struct buf text;
	buf_init(&text, TRUST_ERASURE_TEXT_MAX);
	int err = text_base64url(&text, bytes);
	if (err != 0)
		encoder_fail(&e, err);
	for (size_t at = 0; at < text.len; at += WORD_CHARS) {
		encoder_view(&e, view_slice(buf_view(&text), at, WORD_CHARS));
		encoder_u8(&e, '\n');
	}
	buf_deinit(&text);
	return encoder_end(&e);
}

int
trust_erasure_armor(struct view bytes, struct buf *out)
{
	int err = buf_append_view(out, VIEW_LIT(BEGIN "\n"));
	if (err == 0)
		err = trust_erasure_words(bytes, out);
	return err == 0 ? buf_append_view(out, VIEW_LIT(END "\n")) : err;
}

/* Offset of needle, or v.len. */
static size_t
find(struct view v, struct view needle)
{
	for (size_t at = 0; at + needle.len <= v.len; at++)
		if (view_starts(view_slice(v, at, v.len), needle))
			return at;
	return v.len;
}

/* What mail programs put between: blanks, line ends, quoting, soft line breaks. */
static bool
is_between(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '>' || c == '=';
}

int
trust_erasure_unarmor(struct view text, struct buf *out)
{
	size_t begin = find(text, VIEW_LIT(BEGIN));
	if (begin == text.len)
		return ERR_NOT_FOUND;
	struct view rest = view_slice(text, begin + sizeof(BEGIN) - 1, text.len);
	size_t end = find(rest, VIEW_LIT(END));
	struct buf words;
	buf_init(&words, TRUST_ERASURE_TEXT_MAX);
	int err = end == rest.len ? ERR_SYNTAX : 0;
	for (size_t i = 0; err == 0 && i < end; i++)
		if (!is_between(rest.data[i]))
			err = buf_append(&words, rest.data + i, 1);
	if (err == 0)
		err = text_unbase64url(buf_view(&words), out);
	buf_deinit(&words);
	return err;
}
