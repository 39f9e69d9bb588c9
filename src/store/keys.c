/* SPDX-License-Identifier: MIT */
/*
 * The life of data keys: created, found, unwrapped, destroyed, forgotten, tied to the transactions that name them. Owns
 * the table "keys" and which slot is taken. Start and mirror are in keys_repair.c, bytes of slots in slot_file.c.
 */
#include "store/keys_impl.h"

#include <string.h>
#include <sysexits.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/random.h"

#define ROW_LIVE 1
#define ROW_DEAD 2
#define ROW_BYTES (1 + 4 + 8)

/* ---- rows ---- */

void
store_keys_encode_name(const struct store_key_name *name, uint8_t out[STORE_KEY_NAME_BYTES])
{
	require(name->kind >= 1 && name->kind < STORE_KEY_KIND_COUNT);
	out[0] = (uint8_t)name->kind;
	memcpy(out + 1, name->owner.bytes, ID_BYTES);
	for (int i = 0; i < 4; i++)
		out[1 + ID_BYTES + i] = (uint8_t)(name->day >> (24 - 8 * i));
}

void
store_keys_decode_row(struct view key, struct view value, struct store_key_name *name_r, struct store_key_row *row_r)
{
	struct cursor c = cursor_of(key);
	name_r->kind = (enum store_key_kind)cursor_u8(&c);
	cursor_copy(&c, name_r->owner.bytes, ID_BYTES);
	name_r->day = cursor_u32(&c);
	require(cursor_end(&c) == 0);
	c = cursor_of(value);
	row_r->is_live = cursor_u8(&c) == ROW_LIVE;
	row_r->number = cursor_u32(&c);
	row_r->generation = cursor_u64(&c);
	require(cursor_end(&c) == 0);
}

void
store_keys_put_row(struct store_txn *tx, const struct store_key_name *name, const struct store_key_row *row)
{
	uint8_t key[STORE_KEY_NAME_BYTES];
	struct buf value;
	store_keys_encode_name(name, key);
	buf_init(&value, ROW_BYTES);
	struct encoder e = encoder_of(&value);
	encoder_u8(&e, row->is_live ? ROW_LIVE : ROW_DEAD);
	encoder_u32(&e, row->number);
	encoder_u64(&e, row->generation);
	require(encoder_end(&e) == 0);
	store_index_put(tx, STORE_TABLE_KEYS, view_of(key, sizeof(key)), buf_view(&value));
	buf_deinit(&value);
}

static int
get_row(struct store_txn *tx, const struct store_key_name *name, struct store_key_row *row_r)
{
	uint8_t key[STORE_KEY_NAME_BYTES];
	struct store_key_name same;
	struct buf value;
	store_keys_encode_name(name, key);
	buf_init(&value, ROW_BYTES);
	int err = store_index_get(tx, STORE_TABLE_KEYS, view_of(key, sizeof(key)), &value);
	require(err == 0 || err == ERR_NOT_FOUND);
	if (err == 0)
		store_keys_decode_row(view_of(key, sizeof(key)), buf_view(&value), &same, row_r);
	buf_deinit(&value);
	return err;
}

/* ---- slots; the lock is held ---- */

void
store_keys_reserve_bits(struct store_keys *k, uint32_t count)
{
	if (count <= k->taken_slots)
		return;
	k->taken = mem_resize(k->taken, (count + 7) / 8, 1);
	memset(k->taken + (k->taken_slots + 7) / 8, 0, (count + 7) / 8 - (k->taken_slots + 7) / 8);
	k->taken_slots = count;
}

bool
store_keys_is_taken(const struct store_keys *k, uint32_t number)
{
	return number < k->taken_slots && (k->taken[number / 8] & (1U << number % 8)) != 0;
}

void
store_keys_set_taken(struct store_keys *k, uint32_t number, bool is_taken)
{
	require(number < k->taken_slots);
	uint8_t bit = (uint8_t)(1U << number % 8);
	k->taken[number / 8] = (uint8_t)(is_taken ? k->taken[number / 8] | bit : k->taken[number / 8] & ~bit);
}

void
store_keys_mirror_lost(struct store_keys *k, int err)
{
	if (k->mirror_state != MIRROR_HERE && k->mirror_state != MIRROR_JOINING)
		return;
	k->mirror_state = MIRROR_AWAY;
	k->is_mirror_unsure = true;
	store_slot_file_close(&k->mirror);
	file_close(&k->mirror_folder);
	log_event(LOG_ERROR, "key-mirror-lost", LOG_ERR(err), LOG_S("message", "the mirror of the key slots cannot be "
	    "written: nothing that needs a new key is accepted until it is back"));
}

static bool
has_mirror_open(const struct store_keys *k)
{
	return k->mirror_state == MIRROR_HERE || k->mirror_state == MIRROR_JOINING;
}

void
store_keys_write_slot(struct store_keys *k, uint32_t number, const struct store_slot_bytes *bytes)
{
	int err = store_slot_file_write(&k->primary, number, 1, bytes);
	if (err != 0)
		fatal(EX_IOERR, "key slots: write failed: %s", err_text(err));
	if (!has_mirror_open(k))
		return;
	err = store_slot_file_write(&k->mirror, number, 1, bytes);
	if (err != 0)
		store_keys_mirror_lost(k, err);
}

bool
store_keys_sync(struct store_keys *k)
{
	int err = store_slot_file_sync(&k->primary);
	if (err != 0)
		fatal(EX_IOERR, "key slots: sync failed: %s", err_text(err));
	if (!has_mirror_open(k))
		return k->mirror_state == MIRROR_NONE;
	err = store_slot_file_sync(&k->mirror);
	if (err != 0)
		store_keys_mirror_lost(k, err);
	return err == 0;
}

/* Room in both copies. */
static int
grow(struct store_keys *k)
{
	int err = store_slot_file_grow(&k->primary, k->primary.count + 1);
	if (err != 0)
		return err;
	store_keys_reserve_bits(k, k->primary.count);
	if (!has_mirror_open(k))
		return 0;
	err = store_slot_file_grow(&k->mirror, k->primary.count);
	if (err == 0)
		return 0;
	store_keys_mirror_lost(k, err);
	return ERR_UNAVAILABLE;
}

static int
take_number(struct store_keys *k, uint32_t *number_r)
{
	uint32_t count = k->primary.count;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = (k->hint + i) % count;
		if (n % 8 == 0 && k->taken[n / 8] == 0xff && i + 8 <= count) {
			i += 7;
			continue;
		}
		if (!store_keys_is_taken(k, n)) {
			*number_r = n;
			k->hint = n + 1;
			return 0;
		}
	}
	int err = grow(k);
	*number_r = count;
	k->hint = count + 1;
	return err;
}

/* ---- creating ---- */

struct created {
	struct store_keys *k;
	uint32_t number;
};

static int
flush_created(void *arg)
{
	struct store_keys *k = ((struct created *)arg)->k;
	pthread_mutex_lock(&k->lock);
	bool is_whole = !k->is_dirty || store_keys_sync(k);
	k->is_dirty = false;
	/* it may have gone when the slot was written, before this */
	is_whole = is_whole && (k->mirror_state == MIRROR_NONE || k->mirror_state == MIRROR_HERE);
	pthread_mutex_unlock(&k->lock);
	return is_whole ? 0 : ERR_UNAVAILABLE;
}

static int
undo_created(void *arg)
{
	static const struct store_slot_bytes zeros;
	struct created *c = arg;
	struct store_keys *k = c->k;
	store_key_cache_drop(k->cache, c->number);
	pthread_mutex_lock(&k->lock);
	store_keys_write_slot(k, c->number, &zeros);
	store_keys_set_taken(k, c->number, false);
	pthread_mutex_unlock(&k->lock);
	return 0;
}

/* A slot with a fresh key, in both copies, not flushed. */
static int
write_fresh(struct store_keys *k, struct store_slot *slot)
{
	struct store_slot_bytes bytes;
	pthread_mutex_lock(&k->lock);
	int err = take_number(k, &slot->number);
	if (err == 0) {
		struct secret *key = secret_random(CRYPT_KEY_BYTES);
		store_slot_wrap(k->wraps->key, slot, key, &bytes);
		store_keys_set_taken(k, slot->number, true);
		store_keys_write_slot(k, slot->number, &bytes);
		k->is_dirty = true;
		store_key_cache_put(k->cache, slot->number, slot->generation, key, store_key_cache_epoch(k->cache));
		secret_free(&key);
	}
	pthread_mutex_unlock(&k->lock);
	return err;
}

/* A fresh key; the name leads to it, whatever it led to before. */
static int
make(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_key_row row;
	struct store_slot slot = { .name = *name };
	require(!store_txn_is_view(tx));
	if (!store_keys_is_mirrored(k))
		return ERR_UNAVAILABLE;
	do
		crypt_random(&slot.generation, sizeof(slot.generation));
	while (slot.generation == 0);
	int err = write_fresh(k, &slot);
	if (err != 0)
		return err;
	row = (struct store_key_row){ true, slot.number, slot.generation };
	store_keys_put_row(tx, name, &row);
	struct created *c = arena_alloc(store_txn_arena(tx), sizeof(*c));
	*c = (struct created){ k, slot.number };
	store_txn_hook(tx, STORE_BEFORE_COMMIT, flush_created, c);
	store_txn_hook(tx, STORE_ON_ABORT, undo_created, c);
	return 0;
}

int
store_keys_create(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_key_row row;
	return get_row(tx, name, &row) == 0 ? ERR_EXISTS : make(k, tx, name);
}

int
store_keys_ensure(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_key_row row;
	if (get_row(tx, name, &row) == 0)
		return row.is_live ? 0 : ERR_ERASED;
	return store_keys_create(k, tx, name);
}

/* ---- using ---- */

int
store_keys_find(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name, struct store_slot *slot_r)
{
	struct store_key_row row;
	(void)k;
	int err = get_row(tx, name, &row);
	if (err != 0)
		return err;
	*slot_r = (struct store_slot){ row.number, row.generation, *name };
	return row.is_live ? 0 : ERR_ERASED;
}

static int
unwrap_from_file(struct store_keys *k, const struct store_slot *slot, struct secret **key_r)
{
	struct store_slot_bytes bytes;
	uint64_t epoch = store_key_cache_epoch(k->cache);
	int err = store_slot_file_read(&k->primary, slot->number, 1, &bytes);
	if (err != 0)
		fatal(EX_IOERR, "key slots: read failed: %s", err_text(err));
	err = store_slot_unwrap(store_keys_master_of(k, &bytes), slot, &bytes, key_r);
	if (err == 0)
		store_key_cache_put(k->cache, slot->number, slot->generation, *key_r, epoch);
	else if (err == ERR_CRYPTO)
		log_event(LOG_ERROR, "key-slot-damaged", LOG_U("slot", slot->number), LOG_ID("owner", &slot->name.owner));
	return err;
}

int
store_keys_unwrap(struct store_keys *k, const struct store_slot *slot, struct secret **key_r)
{
	*key_r = store_key_cache_get(k->cache, slot->number, slot->generation);
	return *key_r != NULL ? 0 : unwrap_from_file(k, slot, key_r);
}

/* ---- destroying ---- */

/* The row says dead and is durable. One flush for all destructions of the transaction, with the last. */
static int
overwrite(void *arg)
{
	static const struct store_slot_bytes zeros;
	struct created *c = arg;
	struct store_keys *k = c->k;
	pthread_mutex_lock(&k->lock);
	store_keys_write_slot(k, c->number, &zeros);
	store_key_cache_drop(k->cache, c->number);
	if (k->mirror_state != MIRROR_NONE)
		k->pending++;
	if (--k->to_overwrite == 0 && store_keys_sync(k) && k->mirror_state == MIRROR_HERE)
		k->pending = 0;
	pthread_mutex_unlock(&k->lock);
	return 0;
}

static int
spare(void *arg)
{
	struct store_keys *k = ((struct created *)arg)->k;
	pthread_mutex_lock(&k->lock);
	k->to_overwrite--;
	pthread_mutex_unlock(&k->lock);
	return 0;
}

/* No name leads to the slot once tx is durable: then it is overwritten. */
static void
overwrite_after(struct store_keys *k, struct store_txn *tx, const struct store_key_row *row)
{
	struct created *c = arena_alloc(store_txn_arena(tx), sizeof(*c));
	*c = (struct created){ k, row->number };
	pthread_mutex_lock(&k->lock);
	k->to_overwrite++;
	pthread_mutex_unlock(&k->lock);
	store_txn_hook(tx, STORE_AFTER_COMMIT, overwrite, c);
	store_txn_hook(tx, STORE_ON_ABORT, spare, c);
}

static void
destroy_row(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name, struct store_key_row *row)
{
	row->is_live = false;
	store_keys_put_row(tx, name, row);
	overwrite_after(k, tx, row);
}

int
store_keys_destroy(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_key_row row;
	int err = get_row(tx, name, &row);
	if (err == 0 && row.is_live)
		destroy_row(k, tx, name, &row);
	return err;
}

static int
release(void *arg)
{
	struct created *c = arg;
	pthread_mutex_lock(&c->k->lock);
	store_keys_set_taken(c->k, c->number, false);
	pthread_mutex_unlock(&c->k->lock);
	return 0;
}

static void
release_after(struct store_keys *k, struct store_txn *tx, const struct store_key_row *row)
{
	struct created *c = arena_alloc(store_txn_arena(tx), sizeof(*c));
	*c = (struct created){ k, row->number };
	store_txn_hook(tx, STORE_AFTER_COMMIT, release, c);
}

/* After a death before the overwriting no name leads to the former slot: the next start clears it. */
int
store_keys_replace(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_key_row row;
	int err = get_row(tx, name, &row);
	if (err == 0 && !row.is_live)
		err = ERR_ERASED;
	if (err == 0)
		err = make(k, tx, name);
	if (err != 0)
		return err;
	overwrite_after(k, tx, &row);
	release_after(k, tx, &row);
	return 0;
}

static void
forget_row(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name, const struct store_key_row *row)
{
	uint8_t key[STORE_KEY_NAME_BYTES];
	require(!row->is_live);
	store_keys_encode_name(name, key);
	require(store_index_delete(tx, STORE_TABLE_KEYS, view_of(key, sizeof(key))) == 0);
	release_after(k, tx, row);
}

void
store_keys_forget(struct store_keys *k, struct store_txn *tx, const struct store_key_name *name)
{
	struct store_key_row row;
	if (get_row(tx, name, &row) == 0)
		forget_row(k, tx, name, &row);
}

/* Up to limit rows of a range that are live, or dead: destroyed, or forgotten. */
static bool
for_range(struct store_keys *k, struct store_txn *tx, const struct store_key_range *range, uint32_t limit, bool is_live)
{
	uint8_t from[STORE_KEY_NAME_BYTES];
	struct store_key_name name = { range->kind, range->owner, range->first };
	struct store_key_row row;
	struct view key, value;
	uint32_t n = 0;
	store_keys_encode_name(&name, from);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_KEYS, view_of(from, sizeof(from)), view_str(""), STORE_FORWARD);
	while (n < limit && store_cursor_next(c, &key, &value)) {
		store_keys_decode_row(key, value, &name, &row);
		if (name.kind != range->kind || !id_equal(&name.owner, &range->owner) || name.day > range->last)
			break;
		if (row.is_live != is_live)
			continue;
		if (is_live)
			destroy_row(k, tx, &name, &row);
		else
			forget_row(k, tx, &name, &row);
		n++;
	}
	store_cursor_close(&c);
	return n == limit;
}

bool
store_keys_destroy_range(struct store_keys *k, struct store_txn *tx, const struct store_key_range *range, uint32_t limit)
{
	return for_range(k, tx, range, limit, true);
}

bool
store_keys_forget_range(struct store_keys *k, struct store_txn *tx, const struct store_key_range *range, uint32_t limit)
{
	return for_range(k, tx, range, limit, false);
}

bool
store_keys_is_mirrored(const struct store_keys *k)
{
	return k->mirror_state == MIRROR_NONE || k->mirror_state == MIRROR_HERE;
}

uint32_t
store_keys_pending(const struct store_keys *k)
{
	return k->pending;
}
