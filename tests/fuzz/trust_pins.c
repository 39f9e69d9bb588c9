/* SPDX-License-Identifier: MIT */
/*
 * trust/pins.h. First byte 0: a sealed root as the client refuses it; 1: a root's plaintext, sealed here and opened; else the
 * plaintext of a store's only page, sealed here with its root, and opened.
 */
#include <string.h>

#include "base/encoder.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "crypt/init.h"
#include "crypt/record.h"
#include "fuzz/fuzz.h"
#include "trust/pins.h"
#include "trust/statement.h"

#define HEAD_BYTES (TRUST_STATEMENT_MAGIC_LEN + 2 + 8)
#define VERSION 7

static const struct id account = { { 0x22 } };
static struct secret *key;

struct form {
	const char *magic, *purpose;
	bool is_page;
};
static const struct form root_form = { "PVpn", "provision/1/pin-store", false };
static const struct form page_form = { "PVpp", "provision/1/pin-page", true };

/* A page is the whole of the store: place 0, depth 0. */
static void
associated_data(const struct form *f, struct buf *ad)
{
	buf_init(ad, 64);
	struct encoder e = encoder_of(ad);
	encoder_bytes(&e, f->purpose, strlen(f->purpose) + 1);
	encoder_bytes(&e, account.bytes, ID_BYTES);
	encoder_u64(&e, VERSION);
	if (f->is_page)
		encoder_bytes(&e, "\0\0\0\0", 5);
	require(encoder_end(&e) == 0);
}

static void
seal(const struct form *f, struct view plain, struct buf *out)
{
	struct buf ad;
	associated_data(f, &ad);
	buf_init(out, plain.len + HEAD_BYTES + CRYPT_RECORD_OVERHEAD);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, f->magic);
	encoder_u64(&e, VERSION);
	require(encoder_end(&e) == 0);
	require(crypt_record_seal(key, buf_view(&ad), plain, out) == 0);
	buf_deinit(&ad);
}

static void
expect_plain(const struct form *f, struct view sealed, struct view plain)
{
	struct buf ad, opened;
	associated_data(f, &ad);
	buf_init(&opened, TRUST_PINS_ROOT_BYTES_MAX);
	require(crypt_record_open(key, buf_view(&ad), view_slice(sealed, HEAD_BYTES, sealed.len), &opened) == 0);
	require(view_equal(buf_view(&opened), plain));
	buf_deinit(&opened);
	buf_deinit(&ad);
}

static void
try_root(struct view plain)
{
	struct trust_pins *p;
	struct buf root, again;
	seal(&root_form, plain, &root);
	buf_init(&again, TRUST_PINS_ROOT_BYTES_MAX);
	if (trust_pins_open(buf_view(&root), &account, VERSION, 1, key, &p) == 0) {
		uint32_t at;
		require(trust_pins_lacks_any(p, &at) && at == 0 && trust_pins_count(p) == 0);
		require(trust_pins_lacks(p, TRUST_PIN_SERVER, &account, &at));
		require(trust_pins_take(p, at, VIEW_LIT("another page")) == ERR_TRUST);
		trust_pins_seal(p, VERSION, &again);
		require(trust_pins_sealed_count(p) == 0);
		expect_plain(&root_form, buf_view(&again), plain);
		trust_pins_free(&p);
	}
	buf_deinit(&root);
	buf_deinit(&again);
}

/* Every row is found, and all written anew are the same bytes. */
static void
check_rows(const struct trust_pins *p, struct view plain)
{
	struct trust_pins *copy = trust_pins_new(&account, key);
	const struct trust_pin **pins = trust_pins_sorted(p);
	struct buf root;
	uint32_t at;
	buf_init(&root, TRUST_PINS_ROOT_BYTES_MAX);
	for (size_t i = 0; i < trust_pins_count(p); i++) {
		require(trust_pins_find(p, pins[i]->kind, &pins[i]->principal) == pins[i]);
		require(trust_pins_put(copy, pins[i]) == 0);
	}
	trust_pins_seal(copy, VERSION, &root);
	require(trust_pins_sealed_count(copy) == 1);
	expect_plain(&page_form, trust_pins_sealed_at(copy, 0, &at), plain);
	mem_free(&pins);
	trust_pins_free(&copy);
	buf_deinit(&root);
}

static void
try_page(struct view plain)
{
	struct trust_pins *p;
	struct buf page, names, root;
	seal(&page_form, plain, &page);
	struct hash hash = crypt_hash("provision/1/pin-page-hash", buf_view(&page));
	buf_init(&names, 64);
	require(buf_append_u32(&names, 1) == 0 && buf_append_u8(&names, 0) == 0 && buf_append_view(&names, crypt_hash_view(&hash)) == 0);
	seal(&root_form, buf_view(&names), &root);
	require(trust_pins_open(buf_view(&root), &account, VERSION, 1, key, &p) == 0);
	if (trust_pins_take(p, 0, buf_view(&page)) == 0)
		check_rows(p, plain);
	else
		require(trust_pins_count(p) == 0);
	trust_pins_free(&p);
	buf_deinit(&names);
	buf_deinit(&page);
	buf_deinit(&root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trust_pins *p;
	if (key == NULL) {
		require(crypt_init() == 0);
		key = secret_new(CRYPT_KEY_BYTES);
		secret_bytes(key)[0] = 1;
	}
	if (size == 0)
		return 0;
	struct view rest = view_of(data + 1, size - 1);
	if (data[0] == 0)
		require(trust_pins_open(rest, &account, VERSION, 0, key, &p) != 0);
	else if (data[0] == 1)
		try_root(rest);
	else
		try_page(rest);
	return 0;
}
