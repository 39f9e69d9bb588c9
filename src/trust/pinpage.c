/* SPDX-License-Identifier: MIT */
/*
 * Rows of pins and their encoding. Knows nothing of pages beside this one, of keys and of what a change of key means.
 * trust/pins.c calls it.
 */
#include "trust/pinpage.h"

#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "trust/statement.h"

#define COUNT_BYTES 4
#define ROW_BYTES (1 + ID_BYTES + CRYPT_HASH_BYTES + CRYPT_SIGN_PUBLIC_BYTES + 4 + 1 + 1 + 8)
#define ROOM_FIRST 4

static size_t
row_bytes(enum trust_pin_kind kind)
{
	return kind == TRUST_PIN_COMPANY ? ROW_BYTES + CRYPT_HASH_BYTES : ROW_BYTES;
}

void
trust_pinpage_deinit(struct trust_pinpage *page)
{
	mem_free(&page->rows);
	*page = (struct trust_pinpage){ .rows = NULL };
}

int
trust_pinpage_compare(enum trust_pin_kind kind, const struct id *principal, const struct trust_pin *row)
{
	if (kind != row->kind)
		return kind < row->kind ? -1 : 1;
	return memcmp(principal->bytes, row->principal.bytes, ID_BYTES);
}

/* Where the row is, or would be. */
static size_t
place(const struct trust_pinpage *page, enum trust_pin_kind kind, const struct id *principal, bool *is_there_r)
{
	size_t low = 0, high = page->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = trust_pinpage_compare(kind, principal, &page->rows[mid]);
		if (d == 0) {
			*is_there_r = true;
			return mid;
		}
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	*is_there_r = false;
	return low;
}

const struct trust_pin *
trust_pinpage_find(const struct trust_pinpage *page, enum trust_pin_kind kind, const struct id *principal)
{
	bool is_there;
	size_t i = place(page, kind, principal, &is_there);
	return is_there ? &page->rows[i] : NULL;
}

int
trust_pinpage_put(struct trust_pinpage *page, const struct trust_pin *pin)
{
	bool is_there;
	size_t i = place(page, pin->kind, &pin->principal, &is_there);
	if (!is_there) {
		if (COUNT_BYTES + page->bytes + row_bytes(pin->kind) > TRUST_PINPAGE_PLAIN_MAX)
			return ERR_LIMIT;
		if (page->count == page->room) {
			page->room = page->room == 0 ? ROOM_FIRST : page->room * 2;
			page->rows = mem_resize(page->rows, page->room, sizeof(page->rows[0]));
		}
		memmove(&page->rows[i + 1], &page->rows[i], (page->count - i) * sizeof(page->rows[0]));
		page->count++;
		page->bytes += row_bytes(pin->kind);
	}
	page->rows[i] = *pin;
	return 0;
}

static void
put_row(struct encoder *e, const struct trust_pin *pin)
{
	encoder_u8(e, (uint8_t)pin->kind);
	encoder_bytes(e, pin->principal.bytes, ID_BYTES);
	encoder_bytes(e, pin->fingerprint.bytes, sizeof(pin->fingerprint.bytes));
	encoder_bytes(e, pin->sign.bytes, sizeof(pin->sign.bytes));
	encoder_u32(e, pin->number);
	encoder_u8(e, (uint8_t)pin->source);
	encoder_u8(e, pin->is_verified);
	encoder_u64(e, pin->first_seen_ms);
	if (pin->kind == TRUST_PIN_COMPANY)
		encoder_bytes(e, pin->epoch.bytes, sizeof(pin->epoch.bytes));
}

static void
get_row(struct cursor *c, struct trust_pin *pin)
{
	uint8_t kind = cursor_u8(c);
	pin->kind = (enum trust_pin_kind)kind;
	pin->principal = trust_statement_get_id(c);
	pin->fingerprint = trust_statement_get_hash(c);
	pin->sign = trust_statement_get_sign(c);
	pin->number = cursor_u32(c);
	uint8_t source = cursor_u8(c);
	uint8_t is_verified = cursor_u8(c);
	pin->source = (enum trust_pin_source)source;
	pin->is_verified = is_verified == 1;
	pin->first_seen_ms = cursor_u64(c);
	if (kind == TRUST_PIN_COMPANY)
		pin->epoch = trust_statement_get_hash(c);
	if (kind < TRUST_PIN_CUSTOMER || kind > TRUST_PIN_SERVER || source < TRUST_PIN_DIRECTORY || source > TRUST_PIN_OWN ||
	    is_verified > 1)
		cursor_fail(c);
}

void
trust_pinpage_write(const struct trust_pinpage *page, struct buf *out)
{
	struct encoder e = encoder_of(out);
	encoder_u32(&e, (uint32_t)page->count);
	for (size_t i = 0; i < page->count; i++)
		put_row(&e, &page->rows[i]);
	require(encoder_end(&e) == 0);
}

int
trust_pinpage_read(struct view plain, struct trust_pinpage *page)
{
	struct cursor c = cursor_of(plain);
	uint32_t n = cursor_u32(&c);
	for (uint32_t i = 0; i < n && c.err == 0; i++) {
		struct trust_pin pin;
		memset(&pin, 0, sizeof(pin));
		get_row(&c, &pin);
		if (page->count > 0 && trust_pinpage_compare(pin.kind, &pin.principal, &page->rows[page->count - 1]) <= 0)
			cursor_fail(&c);
		if (c.err == 0 && trust_pinpage_put(page, &pin) != 0)
			cursor_fail(&c);
	}
	int err = cursor_end(&c);
	if (err != 0)
		trust_pinpage_deinit(page);
	return err;
}
