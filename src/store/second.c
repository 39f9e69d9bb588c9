/* SPDX-License-Identifier: MIT */
/*
 * Owns the table "totp": checking codes and using them up. Knows no requests; proofs, logins, recoveries and resets call it, and
 * handle_totp.c, which turns it on and off.
 */
#include "store/second.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypt/equal.h"
#include "crypt/random.h"
#include "crypt/totp.h"
#include "store/clock_guard.h"
#include "store/code.h"
#include "store/limiter.h"
#include "store/mailqueue.h"
#include "store/records.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/wire.h"

#define BACKUP_BYTES 7
#define BACKUP_CHARS TEXT_BASE32_LEN(BACKUP_BYTES)
#define GROUP_CHARS 4

/* What a typed code is: of a step, or a backup code. */
struct match {
	uint64_t step;      /* 0: a backup code */
	size_t backup;
};

int
store_second_get(struct store_call *c, const struct id *account, Provision__StoredTotp **r_r)
{
	return store_records_get(c->store, c->tx, c->arena, STORE_TABLE_TOTP, id_view(account), r_r);
}

static int
put(struct store_call *c, const struct id *account, const Provision__StoredTotp *r)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, *account, 0 };

	return store_records_put(c->store, c->tx, STORE_TABLE_TOTP, id_view(account), &key, &r->base);
}

/* Bound to the account; code: without dashes, in lower case. */
static struct hash
backup_hash(struct store_call *c, const struct id *account, struct view code)
{
	struct store_rowkey both = rowkey_of(id_view(account), code);

	return store_service_token_hash(c->store->service, "backup-code", rowkey_view(&both));
}

static int
match_app(struct store_call *c, const Provision__StoredTotp *r, struct view code, struct match *m)
{
	return crypt_totp_find(wire_view(r->secret), store_clock_guard_now_ms(c->store->clock), r->last_step, code, &m->step);
}

static int
match_backup(struct store_call *c, const struct id *account, const Provision__StoredTotp *r, struct view code, struct match *m)
{
	int err = ERR_NOT_FOUND;

	if (code.len != BACKUP_CHARS)
		return err;
	struct hash hash = backup_hash(c, account, code);
	m->step = 0;
	for (size_t i = 0; i < r->n_backup_hashes; i++) {
		if (crypt_equal(wire_view(r->backup_hashes[i]), crypt_hash_view(&hash))) {
			m->backup = i;
			err = 0;
		}
	}
	return err;
}

/* A try with a code costs one of the account's; a right one gives it back. */
static int
take_try(struct store_call *c, const struct id *account)
{
	return store_limiter_take(store_service_limiter(c->store->service), STORE_LIMIT_SECOND, id_view(account), view_of(NULL, 0),
	    clock_mono_ms());
}

static void
give_try(struct store_call *c, const struct id *account)
{
	store_limiter_give(store_service_limiter(c->store->service), STORE_LIMIT_SECOND, id_view(account), view_of(NULL, 0));
}

static int
find(struct store_call *c, const struct id *account, const Provision__StoredTotp *r, ProtobufCBinaryData typed, struct match *m)
{
	struct view code = store_code_typed(c->arena, wire_view(typed));
	bool is_counted = store_txn_is_view(c->tx);
	int err = code.len == 0 ? ERR_SECOND : 0;

	if (err == 0 && is_counted)
		err = take_try(c, account);
	if (err != 0)
		return err;
	err = match_app(c, r, code, m);
	if (err != 0 && r->is_on)
		err = match_backup(c, account, r, code, m);
	if (err == 0 && is_counted)
		give_try(c, account);
	return err == 0 ? 0 : ERR_SECOND;
}

static int
use_up(struct store_call *c, const struct id *account, Provision__StoredTotp *r, const struct match *m)
{
	int err = 0;

	if (m->step != 0) {
		r->last_step = m->step;
	} else {
		r->backup_hashes[m->backup] = r->backup_hashes[--r->n_backup_hashes];
		err = store_mailqueue_tell(c->store, c->tx, account, PROVISION__MAIL_KIND__MAIL_KIND_BACKUP_CODE_USED);
	}
	return err == 0 ? put(c, account, r) : err;
}

int
store_second_check(struct store_call *c, const struct id *account, ProtobufCBinaryData typed)
{
	Provision__StoredTotp *r;
	struct match m;
	int err = store_second_get(c, account, &r);

	if (err == ERR_NOT_FOUND || (err == 0 && !r->is_on))
		return 0;
	if (err == 0)
		err = find(c, account, r, typed, &m);
	return err == 0 && !store_txn_is_view(c->tx) ? use_up(c, account, r, &m) : err;
}

/* ---- turning on ---- */

int
store_second_begin(struct store_call *c, const struct id *account, ProtobufCBinaryData secret)
{
	Provision__StoredTotp r = PROVISION__STORED_TOTP__INIT;

	r.secret = secret;
	return put(c, account, &r);
}

int
store_second_confirm(struct store_call *c, const struct id *account, Provision__StoredTotp *r, ProtobufCBinaryData typed)
{
	struct match m;
	int err = find(c, account, r, typed, &m);

	if (err != 0 || store_txn_is_view(c->tx))
		return err;
	r->is_on = true;
	r->since_ms = store_clock_guard_now_ms(c->store->clock);
	return use_up(c, account, r, &m);
}

/* "ABCD-EFGH-JKLM" of base32 in lower case. */
static ProtobufCBinaryData
code_for_people(struct arena *a, struct view code)
{
	size_t n = 0;
	uint8_t *out = arena_alloc(a, BACKUP_CHARS + BACKUP_CHARS / GROUP_CHARS);

	for (size_t i = 0; i < code.len; i++) {
		if (i != 0 && i % GROUP_CHARS == 0)
			out[n++] = '-';
		out[n++] = code.data[i] >= 'a' ? (uint8_t)(code.data[i] - 'a' + 'A') : code.data[i];
	}
	return wire_bytes(view_of(out, n));
}

int
store_second_backup_codes(struct store_call *c, const struct id *account, Provision__StoredTotp *r,
    Provision__BackupCodesReply **reply_r)
{
	Provision__BackupCodesReply *reply = arena_alloc(c->arena, sizeof(*reply));

	provision__backup_codes_reply__init(reply);
	reply->n_codes = r->n_backup_hashes = STORE_SECOND_BACKUP_CODES;
	reply->codes = arena_alloc(c->arena, STORE_SECOND_BACKUP_CODES * sizeof(*reply->codes));
	r->backup_hashes = arena_alloc(c->arena, STORE_SECOND_BACKUP_CODES * sizeof(*r->backup_hashes));
	for (size_t i = 0; i < STORE_SECOND_BACKUP_CODES; i++) {
		uint8_t random[BACKUP_BYTES];
		char code[BACKUP_CHARS + 1];
		crypt_random(random, sizeof(random));
		text_base32(view_of(random, sizeof(random)), code);
		struct hash hash = backup_hash(c, account, view_str(code));
		r->backup_hashes[i] = wire_bytes(arena_dup(c->arena, crypt_hash_view(&hash)));
		reply->codes[i] = arena_alloc(c->arena, sizeof(*reply->codes[i]));
		provision__backup_code__init(reply->codes[i]);
		reply->codes[i]->code = code_for_people(c->arena, view_str(code));
	}
	*reply_r = reply;
	return put(c, account, r);
}
