/* SPDX-License-Identifier: MIT */
/*
 * The list of pins and its sealed form. Rows are kept sorted by kind and principal, so that the encoding is canonical and
 * a look-up is a search. What a key change means is decided in trust/meet.c. Clients only, but for
 * trust_pins_check().
 */
#include "trust/pins.h"

#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/record.h"
#include "trust/statement.h"

#define MAGIC "PVpn"
#define PURPOSE "provision/1/pin-store"
#define HEAD_BYTES (TRUST_STATEMENT_MAGIC_LEN + 2 + 8)
#define PLAIN_MAX (TRUST_PINS_BYTES_MAX - HEAD_BYTES - CRYPT_RECORD_OVERHEAD)
#define ROW_BYTES (1 + ID_BYTES + CRYPT_HASH_BYTES + CRYPT_SIGN_PUBLIC_BYTES + 4 + 1 + 1 + 8)
#define EPOCH_BYTES CRYPT_HASH_BYTES

struct trust_pins {
	struct trust_pin *rows;   /* sorted by compare(), no two equal */
	size_t count;
};

static int
compare(enum trust_pin_kind kind, const struct id *principal, const struct trust_pin *row)
{
	if (kind != row->kind)
		return kind < row->kind ? -1 : 1;
	return memcmp(principal->bytes, row->principal.bytes, ID_BYTES);
}

static size_t
row_bytes(enum trust_pin_kind kind)
{
	return kind == TRUST_PIN_COMPANY ? ROW_BYTES + EPOCH_BYTES : ROW_BYTES;
}

struct trust_pins *
trust_pins_new(void)
{
	return mem_alloc(sizeof(struct trust_pins));
}

void
trust_pins_free(struct trust_pins **p)
{
	if (*p == NULL)
		return;
	mem_free(&(*p)->rows);
	mem_free(p);
}

size_t
trust_pins_count(const struct trust_pins *p)
{
	return p->count;
}

const struct trust_pin *
trust_pins_at(const struct trust_pins *p, size_t i)
{
	require(i < p->count);
	return &p->rows[i];
}

/* Where the row is, or would be. */
static size_t
place(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal, bool *is_there_r)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = compare(kind, principal, &p->rows[mid]);
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
trust_pins_find(const struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal)
{
	bool is_there;
	size_t i = place(p, kind, principal, &is_there);
	return is_there ? &p->rows[i] : NULL;
}

static size_t
plain_bytes(const struct trust_pins *p)
{
	size_t n = 4;
	for (size_t i = 0; i < p->count; i++)
		n += row_bytes(p->rows[i].kind);
	return n;
}

int
trust_pins_put(struct trust_pins *p, const struct trust_pin *pin)
{
	bool is_there;
	size_t i = place(p, pin->kind, &pin->principal, &is_there);
	if (!is_there) {
		if (plain_bytes(p) + row_bytes(pin->kind) > PLAIN_MAX)
			return ERR_LIMIT;
		p->rows = mem_resize(p->rows, p->count + 1, sizeof(p->rows[0]));
		memmove(&p->rows[i + 1], &p->rows[i], (p->count - i) * sizeof(p->rows[0]));
		p->count++;
	}
	p->rows[i] = *pin;
	return 0;
}

void
trust_pins_remove(struct trust_pins *p, enum trust_pin_kind kind, const struct id *principal)
{
	bool is_there;
	size_t i = place(p, kind, principal, &is_there);
	if (!is_there)
		return;
	memmove(&p->rows[i], &p->rows[i + 1], (p->count - i - 1) * sizeof(p->rows[0]));
	p->count--;
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

/* The list without its seal: u32 count || rows. */
static int
get_rows(struct view plain, struct trust_pins *p)
{
	struct cursor c = cursor_of(plain);
	uint32_t n = cursor_u32(&c);
	for (uint32_t i = 0; i < n && c.err == 0; i++) {
		struct trust_pin pin;
		memset(&pin, 0, sizeof(pin));
		get_row(&c, &pin);
		if (p->count > 0 && compare(pin.kind, &pin.principal, &p->rows[p->count - 1]) <= 0)
			cursor_fail(&c);
		if (c.err == 0 && trust_pins_put(p, &pin) != 0)
			cursor_fail(&c);
	}
	return cursor_end(&c);
}

/* purpose || 0 || account || version */
static void
associated_data(struct buf *out, const struct id *account, uint64_t version)
{
	buf_init(out, sizeof(PURPOSE) + ID_BYTES + 8);
	struct encoder e = encoder_of(out);
	encoder_bytes(&e, PURPOSE, sizeof(PURPOSE));
	encoder_bytes(&e, account->bytes, ID_BYTES);
	encoder_u64(&e, version);
	require(encoder_end(&e) == 0);
}

int
trust_pins_seal(const struct trust_pins *p, const struct id *account, uint64_t version, const struct secret *key,
    struct buf *out)
{
	struct buf plain, ad, sealed;
	buf_init(&plain, PLAIN_MAX);
	buf_init(&sealed, PLAIN_MAX + CRYPT_RECORD_OVERHEAD);
	associated_data(&ad, account, version);
	struct encoder rows = encoder_of(&plain);
	encoder_u32(&rows, (uint32_t)p->count);
	for (size_t i = 0; i < p->count; i++)
		put_row(&rows, &p->rows[i]);
	int err = encoder_end(&rows);
	if (err == 0)
		err = crypt_record_seal(key, buf_view(&ad), buf_view(&plain), &sealed);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_u64(&e, version);
	encoder_view(&e, buf_view(&sealed));
	encoder_fail(&e, err);
	err = encoder_end(&e);
	buf_wipe(&plain);
	buf_deinit(&plain);
	buf_deinit(&sealed);
	buf_deinit(&ad);
	return err;
}

/* magic || version of the format || version of the store; the record follows */
static int
get_head(struct cursor *c, uint64_t *version_r)
{
	int err = trust_statement_open(c, MAGIC);
	if (err != 0)
		return err;
	*version_r = cursor_u64(c);
	if (c->err != 0 || *version_r == 0 || c->rest.len < CRYPT_RECORD_OVERHEAD + 4 ||
	    c->rest.len > PLAIN_MAX + CRYPT_RECORD_OVERHEAD)
		return ERR_SYNTAX;
	return 0;
}

int
trust_pins_check(struct view sealed, uint64_t *version_r)
{
	struct cursor c = cursor_of(sealed);
	return get_head(&c, version_r);
}

int
trust_pins_open(struct view sealed, const struct id *account, uint64_t said_version, uint64_t highest,
    const struct secret *key, struct trust_pins **p_r)
{
	struct cursor c = cursor_of(sealed);
	struct buf plain, ad;
	uint64_t version;
	if (sealed.len == 0)
		return ERR_TRUST;
	int err = get_head(&c, &version);
	if (err != 0)
		return err;
	if (version != said_version || version < highest)
		return ERR_TRUST;
	struct trust_pins *p = trust_pins_new();
	buf_init(&plain, PLAIN_MAX);
	associated_data(&ad, account, version);
	err = crypt_record_open(key, buf_view(&ad), c.rest, &plain);
	if (err == 0)
		err = get_rows(buf_view(&plain), p);
	buf_wipe(&plain);
	buf_deinit(&plain);
	buf_deinit(&ad);
	if (err == 0)
		*p_r = p;
	else
		trust_pins_free(&p);
	return err;
}
