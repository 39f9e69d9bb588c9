/* SPDX-License-Identifier: MIT */
/*
 * Start of the key slots, and the mirror whenever it comes: the two copies and the table "keys" are brought in line. What
 * is dead in the mirror stays dead, because a restored or rolled back state directory must not bring anything back; what
 * no name leads to is overwritten. Works in portions, each in a write transaction, so the committer can go on.
 */
#include "store/keys_impl.h"

#include <fcntl.h>
#include <string.h>
#include <sysexits.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/random.h"

#define PORTION_ROWS 512
#define DEFAULT_CACHED_KEYS 4096

#define MIRROR_HOW "nothing that needs a new key is accepted. An empty file \"slots\" in its folder starts a new mirror there"
#define MIRROR_GONE "the mirror of the key slots cannot be reached (not mounted?): " MIRROR_HOW
#define MIRROR_OLD "the mirror of the key slots is an older copy (another disk, a snapshot?): " MIRROR_HOW

#define REFUSE(err, text) (log_event(LOG_ERROR, "key-slots", LOG_ERR(err), LOG_S("message", (text))), (err))

/* ---- bringing in line ---- */

struct repair {
	struct store_keys *k;
	bool is_fresh;           /* the mirror was just made: it says nothing yet */
	uint32_t erased, copied, damaged, swept, dead;
};

/* What a copy says of the key a row names. */
enum finding { FOUND, GONE, BROKEN };

static enum finding
look(const struct store_slot_bytes *bytes, const struct store_key_row *row)
{
	uint64_t generation = 0;
	enum store_slot_state state = store_slot_look(bytes, &generation);
	if (state == STORE_SLOT_DAMAGED)
		return BROKEN;
	return state == STORE_SLOT_LIVE && generation == row->generation ? FOUND : GONE;
}

/* BROKEN: it has no say. */
static enum finding
ask_mirror(const struct repair *r, const struct store_key_row *row, struct store_slot_bytes *out)
{
	struct store_keys *k = r->k;
	if (k->mirror_state != MIRROR_JOINING || r->is_fresh)
		return BROKEN;
	int err = store_slot_file_read(&k->mirror, row->number, 1, out);
	if (err == 0)
		return look(out, row);
	store_keys_mirror_lost(k, err);
	return BROKEN;
}

static int
repair_row(struct repair *r, struct store_txn *tx, const struct store_key_name *name, struct store_key_row *row)
{
	static const struct store_slot_bytes zeros;
	struct store_keys *k = r->k;
	struct store_slot_bytes here, there;
	int err = store_slot_file_read(&k->primary, row->number, 1, &here);
	if (err != 0)
		return err;
	enum finding p = look(&here, row), m = ask_mirror(r, row, &there);
	if (row->is_live && p != FOUND && m == FOUND) {
		store_keys_write_slot(k, row->number, &there);
		r->copied++;
	} else if (row->is_live && (m == GONE || p == GONE)) {
		row->is_live = false;
		store_keys_put_row(tx, name, row);
		r->erased++;
	} else if (row->is_live && p == BROKEN) {
		r->damaged++;
	}
	if (!row->is_live) {
		store_keys_write_slot(k, row->number, &zeros);
		store_key_cache_drop(k->cache, row->number);
		r->dead++;
	}
	return 0;
}

/* A slot file that was cut, or restored from an older one. */
static int
make_room(struct store_keys *k, uint32_t count)
{
	int err = store_slot_file_grow(&k->primary, count);
	store_keys_reserve_bits(k, k->primary.count);
	int mirror_err = k->mirror_state == MIRROR_JOINING ? store_slot_file_grow(&k->mirror, k->primary.count) : 0;
	if (mirror_err != 0)
		store_keys_mirror_lost(k, mirror_err);
	return err;
}

/* One portion of rows from behind last on, which moves; *more_r tells whether it was full. */
static int
repair_portion(struct repair *r, struct store_txn *tx, struct buf *last, bool *more_r)
{
	struct store_key_name name;
	struct store_key_row row;
	struct view key, value;
	uint32_t n = 0;
	int err = 0;
	struct store_cursor *c = store_cursor_open_prefix(tx, STORE_TABLE_KEYS, view_str(""), buf_view(last), STORE_FORWARD);
	for (; err == 0 && n < PORTION_ROWS && store_cursor_next(c, &key, &value); n++) {
		store_keys_decode_row(key, value, &name, &row);
		err = row.number < r->k->primary.count ? 0 : make_room(r->k, row.number + 1);
		if (err == 0) {
			store_keys_set_taken(r->k, row.number, true);
			err = repair_row(r, tx, &name, &row);
		}
		buf_clear(last);
		require(buf_append_view(last, key) == 0);
	}
	store_cursor_close(&c);
	*more_r = n == PORTION_ROWS;
	return err;
}

static int
repair_rows(struct repair *r)
{
	struct buf last;
	bool has_more = true;
	int err = 0;
	buf_init(&last, STORE_KEY_NAME_BYTES);
	while (err == 0 && has_more) {
		struct store_txn *tx = store_txn_begin(r->k->index);
		pthread_mutex_lock(&r->k->lock);
		err = repair_portion(r, tx, &last, &has_more);
		pthread_mutex_unlock(&r->k->lock);
		int commit_err = store_txn_commit(&tx);
		if (err == 0)
			err = commit_err;
	}
	buf_deinit(&last);
	return err;
}

/* Overwrites in the primary what no name leads to, and makes the mirror's part the same. */
static int
sweep_part(struct repair *r, uint32_t first, struct store_slot_bytes *here, struct store_slot_bytes *there)
{
	static const struct store_slot_bytes zeros;
	struct store_keys *k = r->k;
	uint32_t n = STORE_SLOT_GROWTH, before = r->swept;
	int err = store_slot_file_read(&k->primary, first, n, here);
	for (uint32_t i = 0; err == 0 && i < n; i++)
		if (!store_keys_is_taken(k, first + i) && memcmp(&here[i], &zeros, sizeof(zeros)) != 0) {
			here[i] = zeros;
			r->swept++;
		}
	if (err == 0 && r->swept != before)
		err = store_slot_file_write(&k->primary, first, n, here);
	if (err != 0 || k->mirror_state != MIRROR_JOINING)
		return err;
	err = store_slot_file_read(&k->mirror, first, n, there);
	if (err == 0 && (k->is_mirror_unsure || memcmp(here, there, n * sizeof(*here)) != 0))
		err = store_slot_file_write(&k->mirror, first, n, here);
	if (err != 0)
		store_keys_mirror_lost(k, err);
	return 0;
}

static int
sweep(struct repair *r)
{
	struct store_keys *k = r->k;
	struct store_slot_bytes *here = mem_array(STORE_SLOT_GROWTH, sizeof(*here));
	struct store_slot_bytes *there = mem_array(STORE_SLOT_GROWTH, sizeof(*there));
	int err = 0;
	for (uint32_t first = 0; err == 0; first += STORE_SLOT_GROWTH) {
		pthread_mutex_lock(&k->lock);
		bool is_end = first >= k->primary.count;
		if (!is_end)
			err = sweep_part(r, first, here, there);
		pthread_mutex_unlock(&k->lock);
		if (is_end)
			break;
	}
	mem_free(&here);
	mem_free(&there);
	return err;
}

bool
store_keys_write_header(struct store_keys *k, const struct state_slot_header *h)
{
	if (k->mirror_state != MIRROR_NONE) {
		struct state_slot_header copy = *h;
		copy.copy = STATE_SLOT_MIRROR;
		copy.has_mirror = false;
		int err = store_slot_file_set_header(&k->mirror, &copy);
		if (err != 0) {
			store_keys_mirror_lost(k, err);
			return false;
		}
	}
	k->header = *h;
	int err = store_slot_file_set_header(&k->primary, &k->header);
	if (err != 0)
		fatal(EX_IOERR, "key slots: write failed: %s", err_text(err));
	return true;
}

/* Lock held, both copies flushed: both count one more. */
static bool
count_generation(struct store_keys *k)
{
	struct state_slot_header h = k->header;
	h.generation++;
	return store_keys_write_header(k, &h);
}

int
store_keys_mark(struct store_keys *k, struct id *store_r, uint64_t *generation_r)
{
	pthread_mutex_lock(&k->lock);
	int err = k->mirror_state == MIRROR_NONE ? ERR_STATE : k->mirror_state == MIRROR_JOINING ? ERR_BUSY : 0;
	if (err == 0 && (k->mirror_state != MIRROR_HERE || !count_generation(k)))
		err = ERR_UNAVAILABLE;
	*store_r = k->header.store;
	*generation_r = k->header.generation;
	pthread_mutex_unlock(&k->lock);
	return err;
}

/* Everything is in line: flushed, the mirror counts. */
static void
finish(struct repair *r)
{
	struct store_keys *k = r->k;
	pthread_mutex_lock(&k->lock);
	(void)store_keys_sync(k);
	if (k->mirror_state == MIRROR_JOINING && count_generation(k)) {
		k->mirror_state = MIRROR_HERE;
		k->is_mirror_unsure = false;
		k->pending = 0;
		log_event(LOG_NOTICE, "key-mirror-here", LOG_U("slots", k->primary.count));
	} else if (k->mirror_state == MIRROR_AWAY) {
		k->pending = r->dead;
	}
	pthread_mutex_unlock(&k->lock);
	log_event(r->damaged > 0 ? LOG_ERROR : LOG_INFO, "key-slots-checked", LOG_U("erased", r->erased),
	    LOG_U("copied", r->copied), LOG_U("damaged", r->damaged), LOG_U("swept", r->swept));
}

static int
repair(struct store_keys *k, bool is_fresh)
{
	struct repair r = { .k = k, .is_fresh = is_fresh };
	int err = repair_rows(&r);
	if (err == 0)
		err = sweep(&r);
	if (err == 0)
		finish(&r);
	return err;
}

/* ---- the mirror ---- */

static int
mirror_make(struct store_keys *k)
{
	struct state_slot_header h = k->header;
	h.copy = STATE_SLOT_MIRROR;
	h.has_mirror = false;
	return store_slot_file_make(&k->mirror, k->mirror_folder, &h, k->primary.count);
}

/*
 * The mirror's file is open, this store's and no older one: of that, keys made since would be missing. 0, ERR_TRUST, ERR_CONFLICT, or why it
 * cannot be reached.
 */
static int
mirror_open(struct store_keys *k, bool *is_fresh_r)
{
	struct state_slot_header h;
	int err = file_open_dir(AT_FDCWD, k->mirror_path, &k->mirror_folder);
	if (err != 0)
		return ERR_UNAVAILABLE;
	err = store_slot_file_open(&k->mirror, k->mirror_folder, &h);
	*is_fresh_r = (err == ERR_NOT_FOUND && !k->header.has_mirror) || err == ERR_STATE;
	if (*is_fresh_r)
		return mirror_make(k);
	if (err == 0 && (!id_equal(&h.store, &k->header.store) || h.copy != STATE_SLOT_MIRROR))
		err = ERR_TRUST;
	if (err == 0 && h.generation < k->header.generation)
		err = ERR_CONFLICT;
	if (err == 0)
		k->header.generation = h.generation;
	return err;
}

/* Tries to reach the mirror; state JOINING or AWAY afterwards. ERR_TRUST: it is another store's. */
static int
mirror_attach(struct store_keys *k, bool *is_fresh_r)
{
	*is_fresh_r = false;
	pthread_mutex_lock(&k->lock);
	int err = mirror_open(k, is_fresh_r);
	if (err == 0)
		err = store_slot_file_grow(&k->mirror, k->primary.count);
	if (err == 0 && !k->header.has_mirror) {
		k->header.has_mirror = true;
		err = store_slot_file_set_header(&k->primary, &k->header);
	}
	k->mirror_state = err == 0 ? MIRROR_JOINING : MIRROR_AWAY;
	if (err != 0) {
		store_slot_file_close(&k->mirror);
		file_close(&k->mirror_folder);
	}
	pthread_mutex_unlock(&k->lock);
	return err;
}

void
store_keys_tend(struct store_keys *k)
{
	bool is_fresh;
	if (k->mirror_state != MIRROR_AWAY)
		return;
	int err = mirror_attach(k, &is_fresh);
	if (err == 0)
		err = repair(k, is_fresh);
	if (err == 0) {
		store_keys_resume_rotation(k);
		return;
	}
	pthread_mutex_lock(&k->lock);
	store_keys_mirror_lost(k, err);
	pthread_mutex_unlock(&k->lock);
	log_event(LOG_WARNING, "key-mirror-away", LOG_ERR(err));
}

/* At start. */
static int
mirror_begin(struct store_keys *k, bool *is_fresh_r)
{
	*is_fresh_r = false;
	if (k->mirror_path == NULL) {
		if (!k->header.has_mirror)
			return 0;
		log_event(LOG_WARNING, "key-mirror-dropped", LOG_S("message", "no key mirror is configured any more: "
		    "destroy the old one, nothing will be erased from it"));
		k->header.has_mirror = false;
		return store_slot_file_set_header(&k->primary, &k->header);
	}
	int err = mirror_attach(k, is_fresh_r);
	if (err == ERR_TRUST)
		return REFUSE(err, "the key mirror belongs to another store: check key_mirror_dir");
	if (err != 0)
		log_event(LOG_ERROR, "key-mirror-away", LOG_ERR(err), LOG_S("message", err == ERR_CONFLICT ? MIRROR_OLD : MIRROR_GONE));
	return 0;
}

/* ---- start ---- */

static bool
has_names(struct store_index *index)
{
	struct view key, value;
	struct store_txn *tx = store_txn_view(index);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_KEYS, view_str(""), view_str(""), STORE_FORWARD);
	bool has = store_cursor_next(c, &key, &value);
	store_cursor_close(&c);
	store_txn_abort(&tx);
	return has;
}

/* The primary's file anew from the mirror, slot by slot. */
static int
restore_primary(struct store_keys *k, int folder)
{
	struct store_slot_bytes *part = mem_array(STORE_SLOT_GROWTH, sizeof(*part));
	int mirror_folder = -1;
	struct store_slot_file mirror = { .fd = -1 };
	int err = file_open_dir(AT_FDCWD, k->mirror_path, &mirror_folder);
	if (err == 0)
		err = store_slot_file_open(&mirror, mirror_folder, &k->header);
	k->header.copy = STATE_SLOT_PRIMARY;
	k->header.has_mirror = true;
	if (err == 0)
		err = store_slot_file_make(&k->primary, folder, &k->header, mirror.count);
	for (uint32_t n = 0; err == 0 && n < k->primary.count; n += STORE_SLOT_GROWTH) {
		err = store_slot_file_read(&mirror, n, STORE_SLOT_GROWTH, part);
		if (err == 0)
			err = store_slot_file_write(&k->primary, n, STORE_SLOT_GROWTH, part);
	}
	if (err == 0)
		err = store_slot_file_sync(&k->primary);
	store_slot_file_close(&mirror);
	file_close(&mirror_folder);
	mem_free(&part);
	log_event(LOG_NOTICE, "key-slots-restored", LOG_ERR(err), LOG_U("slots", k->primary.count));
	return err;
}

static int
primary_make(struct store_keys *k, int folder)
{
	if (has_names(k->index)) {
		if (k->mirror_path != NULL && restore_primary(k, folder) == 0)
			return 0;
		return REFUSE(ERR_STATE, "keys/slots is missing although the index names keys: restore it from the mirror");
	}
	k->header = (struct state_slot_header){ .store = id_random(), .master = k->masters[0].id,
	    .copy = STATE_SLOT_PRIMARY };
	int err = store_slot_file_make(&k->primary, folder, &k->header, STORE_SLOT_GROWTH);
	return err == 0 ? 0 : REFUSE(err, "keys/slots cannot be made");
}

static int
primary_open(struct store_keys *k, int folder)
{
	int err = store_slot_file_open(&k->primary, folder, &k->header);
	if (err == ERR_NOT_FOUND)
		err = primary_make(k, folder);
	else if (err == ERR_VERSION)
		return REFUSE(err, "keys/slots was written by a newer version of the program");
	else if (err == ERR_SYNTAX || err == ERR_STATE)
		return REFUSE(ERR_STATE, "keys/slots is damaged: restore it from the mirror");
	else if (err != 0)
		return REFUSE(err, "keys/slots cannot be read");
	if (err == 0)
		err = store_keys_choose_master(k);
	/* a file may have been cut: whole portions are read and written */
	if (err == 0)
		err = store_slot_file_grow(&k->primary, k->primary.count);
	return err;
}

int
store_keys_open(const struct store_keys_options *o, struct store_index *index, struct store_keys **keys_r)
{
	bool is_fresh;
	struct store_keys *k = mem_alloc(sizeof(*k));
	k->index = index;
	store_keys_set_masters(k, o->master, o->next_master);
	k->cache = store_key_cache_new(o->cached_keys != 0 ? o->cached_keys : DEFAULT_CACHED_KEYS);
	k->mirror_path = o->mirror_path == NULL ? NULL : mem_strdup(o->mirror_path);
	k->mirror_folder = k->primary.fd = k->mirror.fd = -1;
	require(pthread_mutex_init(&k->lock, NULL) == 0);
	int err = primary_open(k, o->folder_fd);
	if (err == 0)
		err = mirror_begin(k, &is_fresh);
	store_keys_reserve_bits(k, k->primary.count);
	if (err == 0)
		err = repair(k, is_fresh);
	if (err == 0)
		store_keys_resume_rotation(k);
	if (err != 0)
		store_keys_close(&k);
	else
		*keys_r = k;
	return err;
}

void
store_keys_close(struct store_keys **keys)
{
	struct store_keys *k = *keys;
	if (k == NULL)
		return;
	store_slot_file_close(&k->primary);
	store_slot_file_close(&k->mirror);
	file_close(&k->mirror_folder);
	store_key_cache_free(&k->cache);
	store_keys_free_masters(k);
	mem_free(&k->taken);
	mem_free(&k->mirror_path);
	pthread_mutex_destroy(&k->lock);
	mem_free(keys);
}
