/* SPDX-License-Identifier: MIT */
/*
 * Sealed records, keyed hashes, the service's own secrets. Layout in spool/README.md. Knows no record's meaning; which
 * data keys cover it is the caller's choice and stands in the record's head.
 */
#include "store/vault.h"

#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/derive.h"
#include "crypt/keyhash.h"
#include "crypt/record.h"
#include "ipc/message.h"
#include "store/committer.h"

#define VERSION 1
#define KEYS_MAX STORE_VAULT_KEYS_MAX
#define SLOT_BYTES (4 + 8 + 1 + ID_BYTES + 4)
#define HEAD_MAX (2 + KEYS_MAX * SLOT_BYTES)
/* Lengths on disk are multiples of this (and the head): they say less about what is inside. */
#define PADDING 64U
#define PLAIN_MAX (STORE_VALUE_MAX - HEAD_MAX - CRYPT_RECORD_OVERHEAD)
/* Unpacked, a stored record may be larger than it is on disk. */
#define ARENA_MAX (8U * 1024 * 1024)

static const struct store_key_name service_name = { .kind = STORE_KEY_SERVICE };
static const struct store_key_name lookup_name = { .kind = STORE_KEY_LOOKUP, .day = 1 };

struct store_vault {
	struct store_keys *keys;
	struct secret *service, *lookup;
};

/* ---- start ---- */

static int
ensure_service_keys(void *arg, struct store_txn *tx)
{
	struct store_keys *keys = arg;
	int err = store_keys_ensure(keys, tx, &service_name);
	return err != 0 ? err : store_keys_ensure(keys, tx, &lookup_name);
}

static int
load(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name, struct secret **key_r)
{
	struct store_slot slot;
	int err = store_keys_find(keys, tx, name, &slot);
	return err != 0 ? err : store_keys_unwrap(keys, &slot, key_r);
}

static int
load_service_keys(struct store_index *index, struct store_vault *v)
{
	struct store_txn *tx = store_txn_view(index);
	int err = load(v->keys, tx, &service_name, &v->service);
	if (err == 0)
		err = load(v->keys, tx, &lookup_name, &v->lookup);
	store_txn_abort(&tx);
	return err;
}

int
store_vault_open(struct store_index *index, struct store_keys *keys, struct store_vault **vault_r)
{
	struct store_vault *v = mem_alloc(sizeof(*v));
	v->keys = keys;
	int err = load_service_keys(index, v);
	if (err == ERR_NOT_FOUND) {
		err = store_committer_run_alone(index, ensure_service_keys, keys);
		if (err == 0)
			err = load_service_keys(index, v);
	}
	if (err != 0) {
		log_event(LOG_ERROR, "vault-open", LOG_ERR(err), LOG_S("message", "the service's own keys cannot be had"));
		store_vault_close(&v);
	} else {
		*vault_r = v;
	}
	return err;
}

void
store_vault_close(struct store_vault **vault)
{
	if (*vault == NULL)
		return;
	secret_free(&(*vault)->service);
	secret_free(&(*vault)->lookup);
	mem_free(vault);
}

/* ---- the seal ---- */

static void
encode_slot(struct encoder *e, const struct store_slot *s)
{
	encoder_u32(e, s->number);
	encoder_u64(e, s->generation);
	encoder_u8(e, (uint8_t)s->name.kind);
	encoder_view(e, id_view(&s->name.owner));
	encoder_u32(e, s->name.day);
}

static void
decode_slot(struct cursor *c, struct store_slot *s)
{
	s->number = cursor_u32(c);
	s->generation = cursor_u64(c);
	s->name.kind = (enum store_key_kind)cursor_u8(c);
	cursor_copy(c, s->name.owner.bytes, ID_BYTES);
	s->name.day = cursor_u32(c);
}

/* The key that seals a record under these slots; exists only while all of them do. */
static int
record_key(struct store_vault *v, const struct store_slot *slots, size_t count, struct secret **key_r)
{
	struct secret *keys[KEYS_MAX] = { NULL, NULL };
	int err = 0;
	for (size_t i = 0; err == 0 && i < count; i++)
		err = store_keys_unwrap(v->keys, &slots[i], &keys[i]);
	if (err == 0 && count == 1)
		*key_r = crypt_derive(keys[0], "provision/1/store/record", view_str(""));
	else if (err == 0)
		*key_r = crypt_derive_both(keys[0], keys[1], "provision/1/store/record-both", view_str(""));
	secret_free(&keys[0]);
	secret_free(&keys[1]);
	return err;
}

/* Associated data: where the record stands and under which keys. */
static void
encode_ad(struct buf *out, enum store_table table, struct view key, struct view head)
{
	struct encoder e = encoder_of(out);
	encoder_block(&e, VIEW_LIT("provision/1/store/record"));
	encoder_block(&e, view_str(store_table_row(table)->name));
	encoder_block(&e, key);
	encoder_view(&e, head);
	require(encoder_end(&e) == 0);
}

static size_t
padded(size_t n)
{
	return (n + PADDING - 1) / PADDING * PADDING;
}

/* Length, message, padding. */
static int
pack_plain(const struct ProtobufCMessage *record, struct buf *plain)
{
	uint8_t *space;
	require(buf_append_u32(plain, 0) == 0);
	int err = ipc_message_pack_record(record, PLAIN_MAX - PADDING, plain);
	if (err != 0)
		return err;
	size_t len = plain->len - 4, pad = padded(plain->len) - plain->len;
	for (int i = 0; i < 4; i++)
		plain->data[i] = (uint8_t)(len >> (24 - 8 * i));
	err = buf_reserve(plain, pad, &space);
	if (err == 0) {
		memset(space, 0, pad);
		buf_commit(plain, pad);
	}
	return err;
}

static int
seal(struct store_vault *v, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *names, size_t name_count, struct view plain, struct buf *out)
{
	struct store_slot slots[KEYS_MAX];
	struct secret *secret = NULL;
	struct buf ad;
	int err = 0;
	require(name_count >= 1 && name_count <= KEYS_MAX);
	buf_init(&ad, HEAD_MAX + STORE_KEY_MAX + 256);
	struct encoder e = encoder_of(out);
	encoder_u8(&e, VERSION);
	encoder_u8(&e, (uint8_t)name_count);
	for (size_t i = 0; err == 0 && i < name_count; i++) {
		err = store_keys_find(v->keys, tx, &names[i], &slots[i]);
		if (err == 0)
			encode_slot(&e, &slots[i]);
	}
	require(encoder_end(&e) == 0);
	if (err == 0)
		err = record_key(v, slots, name_count, &secret);
	if (err == 0) {
		encode_ad(&ad, table, key, buf_view(out));
		err = crypt_record_seal(secret, buf_view(&ad), plain, out);
	}
	secret_free(&secret);
	buf_deinit(&ad);
	return err;
}

static int
put(struct store_vault *v, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *names, size_t name_count, const struct ProtobufCMessage *record, bool is_insert)
{
	struct buf plain, value;
	buf_init(&plain, PLAIN_MAX);
	buf_init(&value, STORE_VALUE_MAX);
	int err = pack_plain(record, &plain);
	if (err == 0)
		err = seal(v, tx, table, key, names, name_count, buf_view(&plain), &value);
	if (err == 0 && is_insert)
		err = store_index_insert(tx, table, key, buf_view(&value));
	else if (err == 0)
		store_index_put(tx, table, key, buf_view(&value));
	buf_wipe(&plain);
	buf_deinit(&plain);
	buf_deinit(&value);
	return err;
}

int
store_vault_put(struct store_vault *v, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *names, size_t name_count, const struct ProtobufCMessage *record)
{
	return put(v, tx, table, key, names, name_count, record, false);
}

int
store_vault_insert(struct store_vault *v, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *names, size_t name_count, const struct ProtobufCMessage *record)
{
	return put(v, tx, table, key, names, name_count, record, true);
}

/* ---- reading ---- */

static int
unpack_plain(struct view plain, const struct ProtobufCMessageDescriptor *type, struct arena *a,
    struct ProtobufCMessage **record_r)
{
	struct ipc_message row = { .descriptor = type, .bytes_max = PLAIN_MAX, .arena_max = ARENA_MAX };
	const struct ProtobufCMessage *m;
	struct cursor c = cursor_of(plain);
	struct view packed = cursor_block(&c, plain.len);
	int err = c.err != 0 ? ERR_CRYPTO : ipc_message_unpack(&row, packed, a, &m);
	if (err == 0)
		*record_r = (struct ProtobufCMessage *)(uintptr_t)m;
	return err == ERR_SYNTAX ? ERR_CRYPTO : err;
}

/* The slots of a record's head; what is left is the sealed part. */
static int
decode_head(struct view value, struct store_slot slots[KEYS_MAX], size_t *count_r, struct view *head_r,
    struct view *sealed_r)
{
	struct cursor c = cursor_of(value);
	uint8_t version = cursor_u8(&c);
	size_t count = cursor_u8(&c);
	if (c.err != 0 || version != VERSION || count < 1 || count > KEYS_MAX)
		return ERR_CRYPTO;
	for (size_t i = 0; i < count; i++)
		decode_slot(&c, &slots[i]);
	if (c.err != 0)
		return ERR_CRYPTO;
	*count_r = count;
	*head_r = view_slice(value, 0, 2 + count * SLOT_BYTES);
	*sealed_r = c.rest;
	return 0;
}

static int
open_value(struct store_vault *v, enum store_table table, struct view key, struct view value, struct buf *plain)
{
	struct store_slot slots[KEYS_MAX];
	struct secret *secret = NULL;
	struct view head, sealed;
	struct buf ad;
	size_t count;
	int err = decode_head(value, slots, &count, &head, &sealed);
	if (err == 0)
		err = record_key(v, slots, count, &secret);
	if (err != 0)
		return err;
	buf_init(&ad, HEAD_MAX + STORE_KEY_MAX + 256);
	encode_ad(&ad, table, key, head);
	err = crypt_record_open(secret, buf_view(&ad), sealed, plain);
	secret_free(&secret);
	buf_deinit(&ad);
	return err;
}

int
store_vault_open_value(struct store_vault *v, enum store_table table, struct view key, struct view value,
    const struct ProtobufCMessageDescriptor *type, struct arena *a, struct ProtobufCMessage **record_r)
{
	struct buf plain;
	buf_init(&plain, STORE_VALUE_MAX);
	int err = open_value(v, table, key, value, &plain);
	if (err == 0)
		err = unpack_plain(buf_view(&plain), type, a, record_r);
	if (err == ERR_CRYPTO)
		log_event(LOG_ERROR, "record-damaged", LOG_S("table", store_table_row(table)->name));
	buf_wipe(&plain);
	buf_deinit(&plain);
	return err;
}

int
store_vault_get(struct store_vault *v, struct store_txn *tx, enum store_table table, struct view key,
    const struct ProtobufCMessageDescriptor *type, struct arena *a, struct ProtobufCMessage **record_r)
{
	struct buf value;
	buf_init(&value, STORE_VALUE_MAX);
	int err = store_index_get(tx, table, key, &value);
	if (err == 0)
		err = store_vault_open_value(v, table, key, buf_view(&value), type, a, record_r);
	buf_deinit(&value);
	return err;
}

bool
store_vault_is_erased(struct store_vault *v, struct store_txn *tx, struct view value,
    struct store_key_name names_r[STORE_VAULT_KEYS_MAX], size_t *count_r)
{
	struct store_slot slots[KEYS_MAX], now;
	struct view head, sealed;
	bool is_erased = false;
	*count_r = 0;
	if (decode_head(value, slots, count_r, &head, &sealed) != 0)
		return false;
	for (size_t i = 0; i < *count_r; i++) {
		names_r[i] = slots[i].name;
		is_erased |= store_keys_find(v->keys, tx, &names_r[i], &now) != 0 || now.number != slots[i].number ||
		    now.generation != slots[i].generation;
	}
	return is_erased;
}

struct hash
store_vault_lookup(struct store_vault *v, const char *purpose, struct view data)
{
	return crypt_keyhash(v->lookup, purpose, data);
}

struct secret *
store_vault_service_key(struct store_vault *v, const char *purpose)
{
	return crypt_derive(v->service, purpose, view_str(""));
}
