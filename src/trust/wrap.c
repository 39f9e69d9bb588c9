/* SPDX-License-Identifier: MIT */
/*
 * Wrapped private keys. Plaintext keys are in secret memory only, from the wrap key to the opened pair. Clients wrap
 * and open; the server sees the form.
 */
#include "trust/wrap.h"

#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "crypt/derive.h"
#include "crypt/record.h"
#include "trust/statement.h"

#define MAGIC "PVaw"
#define PURPOSE "provision/1/account-keys"
#define PLAIN_BYTES (CRYPT_SEAL_PRIVATE_BYTES + CRYPT_SIGN_SEED_BYTES)
#define SEALED_BYTES (PLAIN_BYTES + CRYPT_RECORD_OVERHEAD)
#define AD_BYTES (sizeof(PURPOSE) + ID_BYTES + CRYPT_HASH_BYTES + 1)

/* purpose || 0 || account || fingerprint || kind */
static struct view
associated_data(const struct trust_account *account, enum trust_wrap kind, uint8_t out[AD_BYTES])
{
	uint8_t *p = out;
	memcpy(p, PURPOSE, sizeof(PURPOSE));
	p += sizeof(PURPOSE);
	memcpy(p, account->account.bytes, ID_BYTES);
	p += ID_BYTES;
	memcpy(p, account->fingerprint.bytes, CRYPT_HASH_BYTES);
	p[CRYPT_HASH_BYTES] = (uint8_t)kind;
	return view_of(out, AD_BYTES);
}

/* X25519 private key || Ed25519 seed */
static struct secret *
plain_of(const struct trust_keys *keys)
{
	struct secret *plain = secret_new(PLAIN_BYTES);
	require(secret_len(keys->seal) == CRYPT_SEAL_PRIVATE_BYTES);
	memcpy(secret_bytes(plain), secret_view(keys->seal).data, CRYPT_SEAL_PRIVATE_BYTES);
	memcpy(secret_bytes(plain) + CRYPT_SEAL_PRIVATE_BYTES, crypt_sign_seed(keys->sign).data, CRYPT_SIGN_SEED_BYTES);
	return plain;
}

int
trust_wrap_seal(const struct trust_account *account, const struct trust_keys *keys, enum trust_wrap kind,
    const struct secret *wrap_key, struct buf *out)
{
	uint8_t ad[AD_BYTES], sealed[SEALED_BYTES];
	int err = trust_account_owns(account, keys);
	if (err != 0)
		return err;
	struct secret *plain = plain_of(keys);
	crypt_record_seal_at(wrap_key, associated_data(account, kind, ad), secret_view(plain), sealed);
	secret_free(&plain);
	struct encoder e = encoder_of(out);
	trust_statement_begin(&e, MAGIC);
	encoder_u8(&e, (uint8_t)kind);
	encoder_bytes(&e, sealed, sizeof(sealed));
	return encoder_end(&e);
}

static int
parse(struct view wrapped, enum trust_wrap kind, struct view *sealed_r)
{
	struct cursor c = cursor_of(wrapped);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	if (cursor_u8(&c) != kind)
		cursor_fail(&c);
	*sealed_r = cursor_bytes(&c, SEALED_BYTES);
	return cursor_end(&c);
}

int
trust_wrap_check(struct view wrapped, enum trust_wrap kind)
{
	struct view sealed;
	return parse(wrapped, kind, &sealed);
}

int
trust_wrap_open(const struct trust_account *account, struct view wrapped, enum trust_wrap kind,
    const struct secret *wrap_key, struct trust_keys *keys_r)
{
	uint8_t ad[AD_BYTES];
	struct view sealed;
	struct secret *plain;
	struct sign_public public;
	struct trust_keys keys;
	int err = parse(wrapped, kind, &sealed);
	if (err == 0)
		err = crypt_record_open_secret(wrap_key, associated_data(account, kind, ad), sealed, &plain);
	if (err != 0)
		return err;
	struct view v = secret_view(plain);
	keys.seal = secret_from_view(view_slice(v, 0, CRYPT_SEAL_PRIVATE_BYTES));
	crypt_sign_keypair_of(view_slice(v, CRYPT_SEAL_PRIVATE_BYTES, CRYPT_SIGN_SEED_BYTES), &public, &keys.sign);
	secret_free(&plain);
	err = trust_account_owns(account, &keys);
	if (err == 0)
		*keys_r = keys;
	else
		trust_keys_deinit(&keys);
	return err;
}

/* A key of the account's own, that only who has both private keys can make. */
static struct secret *
own_key(const struct trust_account *account, const struct trust_keys *keys, const char *purpose)
{
	struct secret *plain = plain_of(keys);
	struct secret *key = crypt_derive(plain, purpose, id_view(&account->account));
	secret_free(&plain);
	return key;
}

struct secret *
trust_wrap_pin_key(const struct trust_account *account, const struct trust_keys *keys)
{
	return own_key(account, keys, "provision/1/pin-store-key");
}

struct secret *
trust_wrap_kept_key(const struct trust_account *account, const struct trust_keys *keys)
{
	return own_key(account, keys, "provision/1/package-kept-key");
}
