/* SPDX-License-Identifier: MIT */
/*
 * The master key and its successor. Which of the two wraps stands in the slots' headers, so whoever is killed in the middle
 * finds both copies openable and goes on at the next start:
 *
 *   header: next = new        in the mirror, then here; from then on new slots are wrapped by the new key
 *   every living slot         unwrapped by the old, wrapped by the new key, written in both copies
 *   header: master = new      in the mirror, then here, when no slot is left that the old key opens
 *
 * Only then may the old key be destroyed. Owns which key wraps; knows no files of keys.
 */
#include "store/keys_impl.h"

#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"

#define PORTION_ROWS 256
/* Slots of writes that are under way when it begins have no row yet: they are looked for again. */
#define PASSES_MAX 200
#define PASS_AGAIN_MS 20

struct rotation {
	struct store_keys *k;
	struct store_keys_rotated *result;
	const struct store_master *from, *to;
	uint64_t damaged;             /* in this pass */
};

/* ---- which key ---- */

void
store_keys_set_masters(struct store_keys *k, const struct secret *master, const struct secret *next)
{
	const struct secret *given[STORE_MASTERS] = { master, next };
	for (size_t i = 0; i < STORE_MASTERS; i++) {
		if (given[i] == NULL)
			continue;
		require(secret_len(given[i]) == CRYPT_KEY_BYTES);
		k->masters[i] = (struct store_master){ secret_copy(given[i]), state_slot_master_id(given[i]) };
	}
}

void
store_keys_free_masters(struct store_keys *k)
{
	for (size_t i = 0; i < STORE_MASTERS; i++)
		secret_free(&k->masters[i].key);
}

static const struct store_master *
find(const struct store_keys *k, const struct id *id)
{
	for (size_t i = 0; i < STORE_MASTERS; i++)
		if (k->masters[i].key != NULL && id_equal(&k->masters[i].id, id))
			return &k->masters[i];
	return NULL;
}

int
store_keys_choose_master(struct store_keys *k)
{
	const struct store_master *now = find(k, &k->header.master);
	const struct store_master *next = id_is_none(&k->header.next_master) ? now : find(k, &k->header.next_master);
	const char *why = now == NULL && next == now ? "this is not the master key that this state directory was made with" :
	    now == NULL || next == NULL ? "the master key is being changed: the old one and the new one are both needed until that has ended" : NULL;
	if (why != NULL) {
		log_event(LOG_ERROR, "key-slots", LOG_ERR(ERR_CRYPTO), LOG_S("message", why));
		return ERR_CRYPTO;
	}
	if (now == next && now != &k->masters[0])
		log_event(LOG_NOTICE, "master-key-changed", LOG_S("message", "the new master key is in force: put it in the place of the old one"));
	k->wraps = next;
	return 0;
}

const struct secret *
store_keys_master_of(const struct store_keys *k, const struct store_slot_bytes *bytes)
{
	struct id id = store_slot_wrapped_by(bytes);
	const struct store_master *m = find(k, &id);
	return m != NULL ? m->key : k->wraps->key;
}

/* ---- the headers ---- */

/* Lock held. ERR_UNAVAILABLE: the mirror is not there; nothing has changed here. */
static int
write_headers(struct store_keys *k, const struct id *master, const struct id *next)
{
	struct state_slot_header h = k->header;
	if (!store_keys_is_mirrored(k))
		return ERR_UNAVAILABLE;
	h.master = *master;
	h.next_master = *next;
	if (!store_keys_write_header(k, &h))
		return ERR_UNAVAILABLE;
	return 0;
}

static int
begin(struct rotation *r)
{
	struct store_keys *k = r->k;
	pthread_mutex_lock(&k->lock);
	int err = write_headers(k, &r->from->id, &r->to->id);
	if (err == 0)
		k->wraps = r->to;
	pthread_mutex_unlock(&k->lock);
	return err;
}

static int
finish(struct rotation *r)
{
	static const struct id none;
	struct store_keys *k = r->k;
	pthread_mutex_lock(&k->lock);
	int err = store_keys_sync(k) ? write_headers(k, &r->to->id, &none) : ERR_UNAVAILABLE;
	pthread_mutex_unlock(&k->lock);
	return err;
}

/* ---- the slots ---- */

/* Lock held: whatever has become of the slot since its row was read is what counts. */
static int
rewrap(struct rotation *r, const struct store_slot *slot)
{
	struct store_keys *k = r->k;
	struct store_slot_bytes bytes;
	struct secret *key = NULL;
	uint64_t generation = 0;
	int err = store_slot_file_read(&k->primary, slot->number, 1, &bytes);
	if (err != 0)
		fatal(EX_IOERR, "key slots: read failed: %s", err_text(err));
	struct id by = store_slot_wrapped_by(&bytes);
	if (store_slot_look(&bytes, &generation) != STORE_SLOT_LIVE || generation != slot->generation || !id_equal(&by, &r->from->id))
		return 0;
	if (store_slot_unwrap(r->from->key, slot, &bytes, &key) != 0) {
		r->damaged++;
		return 0;
	}
	store_slot_wrap(r->to->key, slot, key, &bytes);
	secret_free(&key);
	store_keys_write_slot(k, slot->number, &bytes);
	r->result->rewrapped++;
	return store_keys_is_mirrored(k) ? 0 : ERR_UNAVAILABLE;
}

static int
rewrap_portion(struct rotation *r, struct store_txn *tx, struct buf *last, bool *more_r)
{
	struct store_key_name name;
	struct store_key_row row;
	struct view key, value;
	uint32_t n = 0;
	int err = 0;
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_KEYS, view_str(""), buf_view(last), STORE_FORWARD);
	for (; err == 0 && n < PORTION_ROWS && store_cursor_next(c, &key, &value); n++) {
		store_keys_decode_row(key, value, &name, &row);
		struct store_slot slot = { row.number, row.generation, name };
		pthread_mutex_lock(&r->k->lock);
		err = row.is_live ? rewrap(r, &slot) : 0;
		pthread_mutex_unlock(&r->k->lock);
		buf_clear(last);
		require(buf_append_view(last, key) == 0);
	}
	store_cursor_close(&c);
	*more_r = n == PORTION_ROWS;
	return err;
}

static int
rewrap_all(struct rotation *r)
{
	struct store_txn *tx = store_txn_view(r->k->index);
	struct buf last;
	bool has_more = true;
	int err = 0;
	r->damaged = 0;
	buf_init(&last, STORE_KEY_NAME_BYTES);
	while (err == 0 && has_more)
		err = rewrap_portion(r, tx, &last, &has_more);
	buf_deinit(&last);
	store_txn_abort(&tx);
	return err;
}

/* Slots that the old key still wraps, whether a row names them or not. */
static uint64_t
count_left(struct rotation *r)
{
	struct store_keys *k = r->k;
	struct store_slot_bytes *part = mem_array(STORE_SLOT_GROWTH, sizeof(*part));
	uint64_t n = 0, generation;
	bool is_end = false;
	for (uint32_t first = 0; !is_end; first += STORE_SLOT_GROWTH) {
		pthread_mutex_lock(&k->lock);
		is_end = first >= k->primary.count;
		int err = is_end ? 0 : store_slot_file_read(&k->primary, first, STORE_SLOT_GROWTH, part);
		pthread_mutex_unlock(&k->lock);
		if (err != 0)
			fatal(EX_IOERR, "key slots: read failed: %s", err_text(err));
		for (uint32_t i = 0; !is_end && i < STORE_SLOT_GROWTH; i++) {
			struct id by = store_slot_wrapped_by(&part[i]);
			n += store_slot_look(&part[i], &generation) == STORE_SLOT_LIVE && id_equal(&by, &r->from->id);
		}
	}
	mem_free(&part);
	return n;
}

static int
rewrap_until_none_is_left(struct rotation *r)
{
	for (int pass = 0; pass < PASSES_MAX; pass++) {
		int err = rewrap_all(r);
		if (err != 0)
			return err;
		if (count_left(r) == r->damaged)
			return 0;
		clock_sleep_ms(PASS_AGAIN_MS);
	}
	return ERR_BUSY;
}

static int
rotate(struct rotation *r)
{
	int err = begin(r);
	if (err == 0)
		err = rewrap_until_none_is_left(r);
	if (err == 0)
		err = finish(r);
	r->result->damaged = r->damaged;
	log_event(err == 0 ? LOG_NOTICE : LOG_WARNING, "master-key-rotation", LOG_ERR(err), LOG_U("rewrapped", r->result->rewrapped),
	    LOG_U("damaged", r->damaged));
	return err;
}

int
store_keys_rotate(struct store_keys *k, struct store_keys_rotated *result_r)
{
	*result_r = (struct store_keys_rotated){ .rewrapped = 0 };
	if (k->masters[1].key == NULL)
		return ERR_STATE;
	if (atomic_exchange(&k->is_rotating, true))
		return ERR_BUSY;
	struct rotation r = { .k = k, .result = result_r, .from = find(k, &k->header.master), .to = &k->masters[1] };
	/* done already, but for the operator's part */
	int err = r.from == r.to ? 0 : rotate(&r);
	result_r->old_master = k->masters[0].id;
	result_r->master = r.to->id;
	k->is_rotating = false;
	return err;
}

void
store_keys_resume_rotation(struct store_keys *k)
{
	struct store_keys_rotated ignored;
	if (!id_is_none(&k->header.next_master) && store_keys_rotate(k, &ignored) != 0)
		log_event(LOG_WARNING, "master-key-unfinished", LOG_S("message", "keep the old master key: both are still needed"));
}
