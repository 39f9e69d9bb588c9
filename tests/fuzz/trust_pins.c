/* SPDX-License-Identifier: MIT */
/*
 * trust/pins.h. First byte 0: a sealed store, as the server checks and the client refuses it; else the plaintext, sealed here
 * and opened.
 */
#include <string.h>

#include "base/encoder.h"
#include "base/fatal.h"
#include "crypt/init.h"
#include "crypt/record.h"
#include "fuzz/fuzz.h"
#include "trust/pins.h"
#include "trust/statement.h"

#define MAGIC "PVpn"
#define PURPOSE "provision/1/pin-store"
#define HEAD_BYTES (TRUST_STATEMENT_MAGIC_LEN + 2 + 8)
#define VERSION 7

static const struct id account = { { 0x22 } };

static struct view
associated_data(struct buf *ad)
{
	buf_init(ad, 64);
	struct encoder e = encoder_of(ad);
	encoder_bytes(&e, PURPOSE, sizeof(PURPOSE));
	encoder_bytes(&e, account.bytes, ID_BYTES);
	encoder_u64(&e, VERSION);
	require(encoder_end(&e) == 0);
	return buf_view(ad);
}

static void
seal(struct view plain, const struct secret *key, struct buf *out)
{
	struct buf ad;
	struct view bound = associated_data(&ad);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_u64(&e, VERSION);
	require(encoder_end(&e) == 0);
	require(crypt_record_seal(key, bound, plain, out) == 0);
	buf_deinit(&ad);
}

static void
check(const struct trust_pins *p, struct view plain, const struct secret *key)
{
	struct buf sealed, opened, ad;
	struct view bound = associated_data(&ad);
	for (size_t i = 0; i < trust_pins_count(p); i++) {
		const struct trust_pin *pin = trust_pins_at(p, i);
		require(trust_pins_find(p, pin->kind, &pin->principal) == pin);
	}
	buf_init(&sealed, TRUST_PINS_BYTES_MAX);
	buf_init(&opened, TRUST_PINS_BYTES_MAX);
	require(trust_pins_seal(p, &account, VERSION, key, &sealed) == 0);
	require(crypt_record_open(key, bound, view_slice(buf_view(&sealed), HEAD_BYTES, sealed.len), &opened) == 0);
	require(view_equal(buf_view(&opened), plain));
	buf_deinit(&sealed);
	buf_deinit(&opened);
	buf_deinit(&ad);
}

static void
try_plain(struct view plain, const struct secret *key)
{
	struct trust_pins *p;
	struct buf sealed;
	uint64_t version;
	buf_init(&sealed, plain.len + HEAD_BYTES + CRYPT_RECORD_OVERHEAD);
	seal(plain, key, &sealed);
	if (trust_pins_open(buf_view(&sealed), &account, VERSION, 1, key, &p) == 0) {
		require(trust_pins_check(buf_view(&sealed), &version) == 0 && version == VERSION);
		check(p, plain, key);
		trust_pins_free(&p);
	}
	buf_deinit(&sealed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct secret *key;
	struct trust_pins *p;
	uint64_t version;
	if (key == NULL) {
		require(crypt_init() == 0);
		key = secret_new(CRYPT_KEY_BYTES);
		secret_bytes(key)[0] = 1;
	}
	if (size == 0)
		return 0;
	struct view rest = view_of(data + 1, size - 1);
	if (data[0] != 0)
		try_plain(rest, key);
	else if (trust_pins_check(rest, &version) == 0)
		require(version > 0 && trust_pins_open(rest, &account, version, 0, key, &p) == ERR_CRYPTO);
	return 0;
}
