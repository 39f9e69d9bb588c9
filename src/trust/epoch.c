/* SPDX-License-Identifier: MIT */
/*
 * Epochs: made by an owner's client, checked by everybody. The chain as a whole is trust/company.h's.
 */
#include "trust/epoch.h"

#include "trust/statement.h"

#define MAGIC "PVce"
#define PURPOSE "provision/1/company-epoch"

/* magic || version || company || root || number || X25519 || Ed25519 || previous || recovery || created */
static void
put_body(struct encoder *e, const struct trust_epoch *epoch)
{
	trust_statement_begin(e, MAGIC);
	encoder_bytes(e, epoch->company.bytes, ID_BYTES);
	encoder_bytes(e, epoch->root.bytes, sizeof(epoch->root.bytes));
	encoder_u32(e, epoch->number);
	encoder_bytes(e, epoch->seal.bytes, sizeof(epoch->seal.bytes));
	encoder_bytes(e, epoch->sign.bytes, sizeof(epoch->sign.bytes));
	encoder_bytes(e, epoch->previous.bytes, sizeof(epoch->previous.bytes));
	encoder_bytes(e, epoch->recovery.bytes, sizeof(epoch->recovery.bytes));
	encoder_u64(e, epoch->created_ms);
}

/* The fields of the one after previous, all but the keys. */
static int
next_epoch(const struct trust_root *root, const struct secret *root_private, const struct trust_epoch *previous,
    uint64_t now_ms, struct trust_epoch *epoch)
{
	struct sign_public public = crypt_sign_public(root_private);
	if (!crypt_sign_public_equal(&public, &root->sign))
		return ERR_TRUST;
	*epoch = (struct trust_epoch){ .company = root->company, .root = root->fingerprint, .number = 1, .created_ms = now_ms };
	if (previous == NULL)
		return 0;
	if (!id_equal(&previous->company, &root->company))
		return ERR_TRUST;
	if (previous->number == UINT32_MAX)
		return ERR_LIMIT;
	epoch->number = previous->number + 1;
	epoch->previous = previous->fingerprint;
	/* a clock that went back must not make an epoch older than the one before */
	if (now_ms < previous->created_ms)
		epoch->created_ms = previous->created_ms;
	return 0;
}

int
trust_epoch_make(const struct trust_root *root, const struct secret *root_private, const struct trust_epoch *previous,
    const struct hash *recovery, uint64_t now_ms, struct trust_keys *keys_r, struct buf *out)
{
	struct trust_epoch epoch;
	struct trust_keys keys;
	int err = next_epoch(root, root_private, previous, now_ms, &epoch);
	if (err != 0)
		return err;
	if (recovery != NULL)
		epoch.recovery = *recovery;
	crypt_seal_keypair(&epoch.seal, &keys.seal);
	crypt_sign_keypair(&epoch.sign, &keys.sign);
	struct encoder e = encoder_of(out);
	put_body(&e, &epoch);
	trust_statement_sign(&e, root_private, PURPOSE);
	err = encoder_end(&e);
	if (err == 0)
		*keys_r = keys;
	else
		trust_keys_deinit(&keys);
	return err;
}

static void
get_body(struct cursor *c, struct trust_epoch *epoch)
{
	epoch->company = trust_statement_get_id(c);
	epoch->root = trust_statement_get_hash(c);
	epoch->number = cursor_u32(c);
	cursor_copy(c, epoch->seal.bytes, sizeof(epoch->seal.bytes));
	epoch->sign = trust_statement_get_sign(c);
	epoch->previous = trust_statement_get_hash(c);
	epoch->recovery = trust_statement_get_hash(c);
	epoch->created_ms = cursor_u64(c);
	if (epoch->number == 0 || (epoch->number == 1) != crypt_hash_is_zero(&epoch->previous))
		cursor_fail(c);
}

int
trust_epoch_parse(struct view statement, const struct trust_root *root, struct trust_epoch *epoch_r)
{
	struct trust_epoch epoch;
	struct cursor c = cursor_of(statement);
	int err = trust_statement_open(&c, MAGIC);
	if (err != 0)
		return err;
	get_body(&c, &epoch);
	struct view body = trust_statement_before(statement, &c);
	struct signature sig = trust_statement_get_signature(&c);
	err = cursor_end(&c);
	if (err != 0)
		return err;
	if (!id_equal(&epoch.company, &root->company) || !crypt_hash_equal(&epoch.root, &root->fingerprint))
		return ERR_TRUST;
	err = crypt_sign_verify(&root->sign, PURPOSE, body, &sig);
	if (err != 0)
		return err;
	epoch.fingerprint = crypt_hash(PURPOSE, body);
	*epoch_r = epoch;
	return 0;
}

int
trust_epoch_follows(const struct trust_epoch *next, const struct trust_epoch *previous)
{
	if (!id_equal(&next->company, &previous->company))
		return ERR_TRUST;
	if (previous->number == UINT32_MAX || next->number != previous->number + 1)
		return ERR_TRUST;
	if (!crypt_hash_equal(&next->previous, &previous->fingerprint) || next->created_ms < previous->created_ms)
		return ERR_TRUST;
	return 0;
}
