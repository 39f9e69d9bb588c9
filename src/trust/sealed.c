/* SPDX-License-Identifier: MIT */
/*
 * Company keys sealed to whoever may have them. The content says what it is, so that a box cannot be passed off as another; that the
 * opened key is the right one is then checked against the signed statement. Clients only.
 */
#include "trust/sealed.h"

#include <string.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "crypt/seal.h"
#include "trust/statement.h"

#define MAGIC "PVsk"
#define HEAD_BYTES (TRUST_STATEMENT_MAGIC_LEN + 2 + 1 + ID_BYTES + CRYPT_HASH_BYTES)

enum kind { KIND_EPOCH = 1, KIND_ROOT = 2 };

/* magic || version || kind || company || fingerprint of the statement */
static void
put_head(uint8_t out[HEAD_BYTES], enum kind kind, const struct id *company, const struct hash *fingerprint)
{
	struct buf b;
	buf_init(&b, HEAD_BYTES);
	struct encoder e = encoder_of(&b);
	trust_statement_begin(&e, MAGIC);
	encoder_u8(&e, (uint8_t)kind);
	encoder_bytes(&e, company->bytes, ID_BYTES);
	encoder_bytes(&e, fingerprint->bytes, sizeof(fingerprint->bytes));
	require(encoder_end(&e) == 0 && b.len == HEAD_BYTES);
	memcpy(out, b.data, HEAD_BYTES);
	buf_deinit(&b);
}

/* head || seal_private (may be NULL) || seed of sign_private, sealed */
static int
seal(const uint8_t head[HEAD_BYTES], const struct secret *seal_private, const struct secret *sign_private,
    const struct seal_public *to, struct buf *out)
{
	struct view x = seal_private == NULL ? view_of(NULL, 0) : secret_view(seal_private);
	struct view seed = crypt_sign_seed(sign_private);
	struct secret *plain = secret_new(HEAD_BYTES + x.len + seed.len);
	uint8_t *p = secret_bytes(plain);
	memcpy(p, head, HEAD_BYTES);
	if (x.len > 0)
		memcpy(p + HEAD_BYTES, x.data, x.len);
	memcpy(p + HEAD_BYTES + x.len, seed.data, seed.len);
	int err = crypt_seal(to, secret_view(plain), out);
	secret_free(&plain);
	return err;
}

/* Opens a box that must begin with head and have key_bytes behind it. */
static int
open_box(const uint8_t head[HEAD_BYTES], struct view sealed, const struct trust_keys *to, size_t key_bytes,
    struct secret **plain_r)
{
	struct secret *plain;
	int err = crypt_seal_open(to->seal, sealed, &plain);
	if (err != 0)
		return err;
	struct view v = secret_view(plain);
	if (v.len != HEAD_BYTES + key_bytes || !view_equal(view_slice(v, 0, HEAD_BYTES), view_of(head, HEAD_BYTES))) {
		secret_free(&plain);
		return ERR_TRUST;
	}
	*plain_r = plain;
	return 0;
}

static int
epoch_owns(const struct trust_epoch *epoch, const struct trust_keys *keys)
{
	struct trust_account as_account = { .seal = epoch->seal, .sign = epoch->sign };
	return trust_account_owns(&as_account, keys);
}

int
trust_sealed_epoch_to(const struct trust_epoch *epoch, const struct trust_keys *epoch_keys, const struct seal_public *to,
    struct buf *out)
{
	uint8_t head[HEAD_BYTES];
	int err = epoch_owns(epoch, epoch_keys);
	if (err != 0)
		return err;
	put_head(head, KIND_EPOCH, &epoch->company, &epoch->fingerprint);
	return seal(head, epoch_keys->seal, epoch_keys->sign, to, out);
}

int
trust_sealed_root_to(const struct trust_root *root, const struct secret *root_private, const struct seal_public *to,
    struct buf *out)
{
	uint8_t head[HEAD_BYTES];
	struct sign_public public = crypt_sign_public(root_private);
	if (!crypt_sign_public_equal(&public, &root->sign))
		return ERR_TRUST;
	put_head(head, KIND_ROOT, &root->company, &root->fingerprint);
	return seal(head, NULL, root_private, to, out);
}

int
trust_sealed_epoch(const struct trust_epoch *epoch, const struct trust_keys *epoch_keys, const struct trust_certificate *to,
    struct buf *out)
{
	if (!id_equal(&to->company, &epoch->company))
		return ERR_TRUST;
	return trust_sealed_epoch_to(epoch, epoch_keys, &to->seal, out);
}

int
trust_sealed_root(const struct trust_root *root, const struct secret *root_private, const struct trust_certificate *to,
    struct buf *out)
{
	if (!id_equal(&to->company, &root->company) || !crypt_hash_equal(&to->root, &root->fingerprint))
		return ERR_TRUST;
	if (to->role != TRUST_ROLE_OWNER)
		return ERR_DENIED;
	return trust_sealed_root_to(root, root_private, &to->seal, out);
}

int
trust_sealed_again(const struct id *company, struct view sealed, const struct trust_keys *to, const struct seal_public *next,
    struct buf *out)
{
	const struct hash none = { { 0 } };
	uint8_t head[HEAD_BYTES];
	struct secret *plain;
	int err = crypt_seal_open(to->seal, sealed, &plain);
	if (err != 0)
		return err;
	put_head(head, KIND_EPOCH, company, &none);
	/* all but the fingerprint, which whoever uses the key compares */
	struct view known = view_of(head, HEAD_BYTES - sizeof(none.bytes)), v = secret_view(plain);
	if (v.len != HEAD_BYTES + CRYPT_SEAL_PRIVATE_BYTES + CRYPT_SIGN_SEED_BYTES || !view_starts(v, known))
		err = ERR_TRUST;
	if (err == 0)
		err = crypt_seal(next, v, out);
	secret_free(&plain);
	return err;
}

int
trust_sealed_open_epoch(const struct trust_epoch *epoch, struct view sealed, const struct trust_keys *to,
    struct trust_keys *keys_r)
{
	uint8_t head[HEAD_BYTES];
	struct secret *plain;
	struct trust_keys keys;
	struct sign_public public;
	put_head(head, KIND_EPOCH, &epoch->company, &epoch->fingerprint);
	int err = open_box(head, sealed, to, CRYPT_SEAL_PRIVATE_BYTES + CRYPT_SIGN_SEED_BYTES, &plain);
	if (err != 0)
		return err;
	struct view v = view_slice(secret_view(plain), HEAD_BYTES, SIZE_MAX);
	keys.seal = secret_from_view(view_slice(v, 0, CRYPT_SEAL_PRIVATE_BYTES));
	crypt_sign_keypair_of(view_slice(v, CRYPT_SEAL_PRIVATE_BYTES, CRYPT_SIGN_SEED_BYTES), &public, &keys.sign);
	secret_free(&plain);
	err = epoch_owns(epoch, &keys);
	if (err == 0)
		*keys_r = keys;
	else
		trust_keys_deinit(&keys);
	return err;
}

int
trust_sealed_open_root(const struct trust_root *root, struct view sealed, const struct trust_keys *to,
    struct secret **private_r)
{
	uint8_t head[HEAD_BYTES];
	struct secret *plain, *private;
	struct sign_public public;
	put_head(head, KIND_ROOT, &root->company, &root->fingerprint);
	int err = open_box(head, sealed, to, CRYPT_SIGN_SEED_BYTES, &plain);
	if (err != 0)
		return err;
	crypt_sign_keypair_of(view_slice(secret_view(plain), HEAD_BYTES, CRYPT_SIGN_SEED_BYTES), &public, &private);
	secret_free(&plain);
	if (!crypt_sign_public_equal(&public, &root->sign)) {
		secret_free(&private);
		return ERR_TRUST;
	}
	*private_r = private;
	return 0;
}
