/* SPDX-License-Identifier: MIT */
/*
 * Encodes, seals and opens entries. Knows the format and the names of the keys, not what an entry means or when one is written
 * (entries.c). Layout: spool/README.md.
 */
#include "store/entry_form.h"

#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/log.h"
#include "crypt/derive.h"
#include "crypt/random.h"
#include "crypt/record.h"
#include "ipc/message.h"
#include "store/keys.h"

#define VERSION 2
#define HEAD_BYTES (1 + 4 + STORE_ENTRY_SALT_BYTES + ID_BYTES + 8 + 8)
#define PURPOSE "provision/1/store/entry"
#define AD_MAX 256
#define RECORD_MAX (96U * 1024)
#define UNPACKED_MAX (128U * 1024)
#define KEYS_A_DAY 65536U

struct store_entry_opener
store_entry_opener_of(struct store *s, const struct id *subscription)
{
	return (struct store_entry_opener){ .store = s, .subscription = *subscription };
}

void
store_entry_opener_clear(struct store_entry_opener *o)
{
	secret_free(&o->key);
}

struct store_rowkey
store_entry_key(const struct id *subscription, uint64_t sequence)
{
	struct store_rowkey k = rowkey_of(id_view(subscription), view_of(NULL, 0));

	rowkey_add_number(&k, sequence, 8);
	return k;
}

int
store_entry_key_number(uint32_t day, uint64_t n, uint32_t *number_r)
{
	if (n / STORE_ENTRIES_A_KEY >= KEYS_A_DAY || day >= UINT32_MAX / KEYS_A_DAY)
		return ERR_LIMIT;
	*number_r = store_entry_first_key(day) + (uint32_t)(n / STORE_ENTRIES_A_KEY);
	return 0;
}

/* ---- the head ---- */

static void
encode_head(struct buf *out, const struct store_entry_head *h)
{
	struct encoder e = encoder_of(out);

	encoder_u8(&e, VERSION);
	encoder_u32(&e, h->key_number);
	encoder_view(&e, view_of(h->salt, STORE_ENTRY_SALT_BYTES));
	encoder_view(&e, id_view(&h->id));
	encoder_u64(&e, h->customer_number);
	encoder_u64(&e, h->company_number);
	require(encoder_end(&e) == 0);
}

struct store_entry_head
store_entry_head_of(struct view value)
{
	struct store_entry_head h;
	struct cursor c = cursor_of(value);

	require(cursor_u8(&c) == VERSION);
	h.key_number = cursor_u32(&c);
	cursor_copy(&c, h.salt, STORE_ENTRY_SALT_BYTES);
	cursor_copy(&c, h.id.bytes, ID_BYTES);
	h.customer_number = cursor_u64(&c);
	h.company_number = cursor_u64(&c);
	require(c.err == 0);
	return h;
}

/* ---- keys ---- */

static int
unwrap(struct store *s, struct store_txn *tx, const struct store_key_name *name, struct secret **key_r)
{
	struct store_slot slot;
	int err = store_keys_find(s->keys, tx, name, &slot);

	return err == 0 ? store_keys_unwrap(s->keys, &slot, key_r) : err;
}

static int
use_key(struct store_entry_opener *o, struct store_txn *tx, uint32_t key_number)
{
	struct store_key_name names[2] = {
		{ STORE_KEY_SUBSCRIPTION, o->subscription, 0 },
		{ STORE_KEY_ENTRY_DAY, o->subscription, key_number },
	};
	struct secret *own = NULL, *day = NULL;
	int err;

	if (o->key != NULL && o->key_number == key_number)
		return 0;
	store_entry_opener_clear(o);
	err = unwrap(o->store, tx, &names[0], &own);
	if (err == 0)
		err = unwrap(o->store, tx, &names[1], &day);
	if (err == 0)
		o->key = crypt_derive_both(own, day, PURPOSE, view_str(""));
	o->key_number = key_number;
	secret_free(&own);
	secret_free(&day);
	return err;
}

/* ---- the sealed part ---- */

static void
encode_ad(struct buf *out, struct view key, struct view head)
{
	struct encoder e = encoder_of(out);

	encoder_block(&e, view_str(PURPOSE));
	encoder_view(&e, key);
	encoder_view(&e, head);
	require(encoder_end(&e) == 0);
}

/* A write that is undone and made again with another time or text has another salt, so no nonce serves twice. */
int
store_entry_write(struct store_entry_opener *o, struct store_txn *tx, uint64_t sequence, struct store_entry_head *head,
    const Provision__StoredEntry *record)
{
	struct store_rowkey key = store_entry_key(&o->subscription, sequence);
	struct buf plain, ad, value;
	int err;

	buf_init(&plain, RECORD_MAX);
	buf_init(&ad, AD_MAX);
	buf_init(&value, RECORD_MAX + HEAD_BYTES + CRYPT_RECORD_TAG_BYTES);
	crypt_random(head->salt, STORE_ENTRY_SALT_BYTES);
	encode_head(&value, head);
	encode_ad(&ad, rowkey_view(&key), buf_view(&value));
	err = use_key(o, tx, head->key_number);
	if (err == 0)
		err = ipc_message_pack_record(&record->base, RECORD_MAX, &plain);
	if (err == 0)
		err = crypt_record_seal_derived(o->key, buf_view(&ad), buf_view(&plain), &value);
	if (err == 0)
		store_index_put(tx, STORE_TABLE_ENTRY, rowkey_view(&key), buf_view(&value));
	buf_wipe(&plain);
	buf_deinit(&plain);
	buf_deinit(&ad);
	buf_deinit(&value);
	return err;
}

static int
unseal(const struct store_entry_opener *o, struct view key, struct view value, struct buf *plain)
{
	struct buf ad;
	int err;

	buf_init(&ad, AD_MAX);
	encode_ad(&ad, key, view_slice(value, 0, HEAD_BYTES));
	err = crypt_record_open_derived(o->key, buf_view(&ad), view_slice(value, HEAD_BYTES, value.len), plain);
	buf_deinit(&ad);
	return err;
}

int
store_entry_open(struct store_entry_opener *o, struct store_txn *tx, struct view key, struct view value, struct arena *a,
    Provision__StoredEntry **record_r)
{
	static const struct ipc_message shape = { .descriptor = &provision__stored_entry__descriptor, .bytes_max = RECORD_MAX,
		.arena_max = UNPACKED_MAX };
	struct store_entry_head head = store_entry_head_of(value);
	const struct ProtobufCMessage *m;
	struct buf plain;
	int err = use_key(o, tx, head.key_number);

	if (err != 0)
		return err == ERR_ERASED ? ERR_NOT_FOUND : err;
	buf_init(&plain, RECORD_MAX);
	err = unseal(o, key, value, &plain);
	if (err == 0)
		err = ipc_message_unpack(&shape, buf_view(&plain), a, &m);
	buf_wipe(&plain);
	buf_deinit(&plain);
	if (err == 0)
		*record_r = (Provision__StoredEntry *)(uintptr_t)m;
	if (err != ERR_CRYPTO && err != ERR_SYNTAX)
		return err;
	log_event(LOG_ERROR, "record-damaged", LOG_S("table", "entry"));
	return ERR_IO;
}
