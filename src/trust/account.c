/* SPDX-License-Identifier: MIT */
/*
 * Account statements. Knows keys and bytes, not where they are kept; the store checks with trust_account_parse(),
 * clients make, pin and follow.
 */
#include "trust/account.h"

#include "trust/statement.h"

#define MAGIC "PVas"
#define SELF_PURPOSE "provision/1/account-statement"
#define SUCCESSOR_PURPOSE "provision/1/account-successor"

void
trust_keys_deinit(struct trust_keys *keys)
{
	secret_free(&keys->seal);
	secret_free(&keys->sign);
}

/* magic || version || account || number || X25519 || Ed25519 || created || predecessor || is_successor */
static void
put_body(struct encoder *e, const struct trust_account *a)
{
	trust_statement_begin(e, MAGIC);
	encoder_bytes(e, a->account.bytes, ID_BYTES);
	encoder_u32(e, a->number);
	encoder_bytes(e, a->seal.bytes, sizeof(a->seal.bytes));
	encoder_bytes(e, a->sign.bytes, sizeof(a->sign.bytes));
	encoder_u64(e, a->created_ms);
	encoder_bytes(e, a->predecessor.bytes, sizeof(a->predecessor.bytes));
	encoder_u8(e, a->is_successor);
}

/* New keys into a and keys_r, the statement into out; old_sign: the predecessor's private key, or NULL. */
static int
make(struct trust_account *a, const struct secret *old_sign, struct trust_keys *keys_r, struct buf *out)
{
	struct trust_keys keys;
	crypt_seal_keypair(&a->seal, &keys.seal);
	crypt_sign_keypair(&a->sign, &keys.sign);
	struct encoder e = encoder_of(out);
	put_body(&e, a);
	struct signature by_old = { { 0 } };
	if (old_sign != NULL && e.err == 0)
		by_old = crypt_sign(old_sign, SUCCESSOR_PURPOSE, encoder_so_far(&e));
	trust_statement_sign(&e, keys.sign, SELF_PURPOSE);
	if (old_sign != NULL)
		encoder_bytes(&e, by_old.bytes, sizeof(by_old.bytes));
	int err = encoder_end(&e);
	if (err == 0)
		*keys_r = keys;
	else
		trust_keys_deinit(&keys);
	return err;
}

int
trust_account_make(const struct id *account, uint32_t number, uint64_t now_ms, struct trust_keys *keys_r, struct buf *out)
{
	struct trust_account a = { .account = *account, .number = number, .created_ms = now_ms };
	if (number == 0 || id_is_none(account))
		return ERR_SYNTAX;
	return make(&a, NULL, keys_r, out);
}

int
trust_account_succeed(const struct trust_account *old, const struct trust_keys *old_keys, uint64_t now_ms,
    struct trust_keys *keys_r, struct buf *out)
{
	struct trust_account a = {
		.account = old->account, .number = old->number + 1, .created_ms = now_ms,
		.predecessor = old->fingerprint, .is_successor = true,
	};
	if (old->number == UINT32_MAX)
		return ERR_LIMIT;
	int err = trust_account_owns(old, old_keys);
	return err != 0 ? err : make(&a, old_keys->sign, keys_r, out);
}

/* The fields as put_body() wrote them; rules between fields are the caller's. */
static void
get_body(struct cursor *c, struct trust_account *a)
{
	a->account = trust_statement_get_id(c);
	a->number = cursor_u32(c);
	cursor_copy(c, a->seal.bytes, sizeof(a->seal.bytes));
	a->sign = trust_statement_get_sign(c);
	a->created_ms = cursor_u64(c);
	a->predecessor = trust_statement_get_hash(c);
	uint8_t is_successor = cursor_u8(c);
	a->is_successor = is_successor == 1;
	if (is_successor > 1 || a->number == 0 || id_is_none(&a->account))
		cursor_fail(c);
	if (a->is_successor ? a->number < 2 : !crypt_hash_is_zero(&a->predecessor))
		cursor_fail(c);
}

int
trust_account_parse(struct view statement, struct trust_account *account_r)
{
	struct trust_account a = { .number = 0 };
	struct cursor c = cursor_of(statement);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	get_body(&c, &a);
	struct view body = trust_statement_before(statement, &c);
	struct signature self = trust_statement_get_signature(&c);
	if (a.is_successor)
		a.predecessor_sig = trust_statement_get_signature(&c);
	err = cursor_end(&c);
	if (err == 0)
		err = crypt_sign_verify(&a.sign, SELF_PURPOSE, body, &self);
	if (err != 0)
		return err;
	a.fingerprint = crypt_hash(SELF_PURPOSE, body);
	*account_r = a;
	return 0;
}

int
trust_account_follows(const struct trust_account *next, const struct id *account, uint32_t number,
    const struct hash *fingerprint, const struct sign_public *sign)
{
	struct buf body;
	if (!next->is_successor || !id_equal(&next->account, account) || number == UINT32_MAX ||
	    next->number != number + 1 || !crypt_hash_equal(&next->predecessor, fingerprint))
		return ERR_TRUST;
	buf_init(&body, TRUST_STATEMENT_MAX);
	struct encoder e = encoder_of(&body);
	put_body(&e, next);
	int err = encoder_end(&e);
	if (err == 0)
		err = crypt_sign_verify(sign, SUCCESSOR_PURPOSE, buf_view(&body), &next->predecessor_sig);
	buf_deinit(&body);
	return err == 0 ? 0 : ERR_TRUST;
}

int
trust_account_owns(const struct trust_account *account, const struct trust_keys *keys)
{
	struct seal_public seal;
	struct sign_public sign;
	struct secret *again;
	if (secret_len(keys->sign) != CRYPT_SIGN_PRIVATE_BYTES || crypt_seal_public(keys->seal, &seal) != 0)
		return ERR_TRUST;
	/* the public half inside a private key may be a lie: make it anew from the seed */
	crypt_sign_keypair_of(crypt_sign_seed(keys->sign), &sign, &again);
	secret_free(&again);
	struct sign_public inside = crypt_sign_public(keys->sign);
	if (!crypt_seal_public_equal(&seal, &account->seal) || !crypt_sign_public_equal(&sign, &account->sign) ||
	    !crypt_sign_public_equal(&inside, &account->sign))
		return ERR_TRUST;
	return 0;
}
