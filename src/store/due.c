/* SPDX-License-Identifier: MIT */
/*
 * The table "due" and who works it. Owns when an item is ripe, how often a failed one is tried; the kinds and their jobs
 * are the handlers'. Items driven by time and erasing are a class of their own: they follow the believed time.
 */
#include "store/due.h"

#include <stdatomic.h>
#include <string.h>

#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/random.h"
#include "event/loop.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/settings.h"

#define MINUTE_MS 60000ULL
#define ROUND_ITEMS 64            /* of one round, in one commit */
#define BACKOFF_MAX_MINUTES 60U
#define UNKNOWN_KIND_MINUTES 1440U
#define VALUE_MAX (2 + 4 + 4 + STORE_DUE_REFERENCE_MAX)

enum class { CLASS_ERASURE = 0, CLASS_OTHER = 1, CLASS_COUNT };

struct store_due {
	struct store *store;
	const struct store_due_kind *kinds;
	size_t kind_count;
	struct event_loop *loop;
	struct event_timer *timer;
	struct event_wakeup *wakeup;
	/* the round under way: of the loop's thread until submitted, of the committer's until the wake-up */
	struct store_write write;
	bool has_more;
	_Atomic bool is_running;
	_Atomic bool is_poked;        /* something is due at once */
	atomic_uint_fast64_t failures;
};

/* ---- items ---- */

static const struct store_due_kind *
find_kind(const struct store_due *d, uint16_t kind)
{
	for (size_t i = 0; i < d->kind_count; i++)
		if (d->kinds[i].kind == kind)
			return &d->kinds[i];
	return NULL;
}

/* class u8, minute u32, random number. */
static void
make_key(enum class class, uint32_t minute, struct store_due_key *key_r)
{
	key_r->bytes[0] = (uint8_t)class;
	for (int i = 0; i < 4; i++)
		key_r->bytes[1 + i] = (uint8_t)(minute >> (24 - 8 * i));
	crypt_random(key_r->bytes + 5, sizeof(key_r->bytes) - 5);
}

static int
poke(void *arg)
{
	struct store_due *d = arg;
	d->is_poked = true;
	if (d->wakeup != NULL)
		event_wakeup_send(d->wakeup);
	return 0;
}

static uint32_t
minute_now(const struct store_due *d, enum class class)
{
	struct store_clock *clock = d->store->clock;
	uint64_t ms = class == CLASS_ERASURE ? store_clock_guard_erasure_ms(clock) : store_clock_guard_now_ms(clock);
	return (uint32_t)(ms / MINUTE_MS);
}

static void
put(struct store_due *d, struct store_txn *tx, enum class class, uint32_t minute, uint16_t kind, uint32_t tries,
    struct view reference, struct store_due_key *key_r)
{
	struct store_due_key key;
	struct buf value;
	buf_init(&value, VALUE_MAX);
	struct encoder e = encoder_of(&value);
	encoder_u16(&e, kind);
	encoder_u32(&e, tries);
	encoder_block(&e, reference);
	require(encoder_end(&e) == 0);
	make_key(class, minute, &key);
	require(store_index_insert(tx, STORE_TABLE_DUE, view_of(key.bytes, sizeof(key.bytes)), buf_view(&value)) == 0);
	buf_deinit(&value);
	if (key_r != NULL)
		*key_r = key;
	if (minute <= minute_now(d, class))
		store_txn_hook(tx, STORE_AFTER_COMMIT, poke, d);
}

static enum class
class_of(const struct store_due_kind *kind)
{
	return kind->is_erasure ? CLASS_ERASURE : CLASS_OTHER;
}

void
store_due_put(struct store_due *d, struct store_txn *tx, uint16_t kind, uint64_t at_ms, struct view reference,
    struct store_due_key *key_r)
{
	const struct store_due_kind *row = find_kind(d, kind);
	require(row != NULL && reference.len <= STORE_DUE_REFERENCE_MAX);
	enum class class = class_of(row);
	uint32_t now = minute_now(d, class);
	uint64_t minute = (at_ms + MINUTE_MS - 1) / MINUTE_MS;
	/* at once, or past: ripe now, not at the end of this minute */
	if (at_ms <= store_clock_guard_now_ms(d->store->clock))
		minute = at_ms / MINUTE_MS < now ? at_ms / MINUTE_MS : now;
	put(d, tx, class, minute > UINT32_MAX ? UINT32_MAX : (uint32_t)minute, kind, 0, reference, key_r);
}

void
store_due_cancel(struct store_due *d, struct store_txn *tx, const struct store_due_key *key)
{
	(void)d;
	int err = store_index_delete(tx, STORE_TABLE_DUE, view_of(key->bytes, sizeof(key->bytes)));
	require(err == 0 || err == ERR_NOT_FOUND);
}

/* ---- working ---- */

struct found {
	struct store_due_key key;
	struct store_due_item item;
	enum class class;
};

/* a: for the reference; NULL: as long as value. */
static void
decode(struct view key, struct view value, struct arena *a, struct found *f)
{
	struct cursor c = cursor_of(key);
	f->class = (enum class)cursor_u8(&c);
	f->item.at_ms = cursor_u32(&c) * MINUTE_MS;
	require(c.err == 0 && key.len == sizeof(f->key.bytes));
	memcpy(f->key.bytes, key.data, key.len);
	c = cursor_of(value);
	f->item.kind = cursor_u16(&c);
	f->item.tries = cursor_u32(&c);
	struct view reference = cursor_block(&c, STORE_DUE_REFERENCE_MAX);
	f->item.reference = a == NULL ? reference : arena_dup(a, reference);
	require(cursor_end(&c) == 0);
}

/* Over the ripe items of a class, oldest first. */
static struct store_cursor *
open_ripe(struct store_due *d, struct store_txn *tx, enum class class)
{
	uint8_t from[5] = { (uint8_t)class }, until[5] = { (uint8_t)class };
	uint64_t end = (uint64_t)minute_now(d, class) + 1;
	for (int i = 0; i < 4; i++)
		until[1 + i] = (uint8_t)(end >> (24 - 8 * i));
	return store_cursor_open(tx, STORE_TABLE_DUE, view_of(from, sizeof(from)), view_of(until, sizeof(until)), STORE_FORWARD);
}

/* The first limit of them. */
static uint32_t
collect(struct store_due *d, struct store_txn *tx, enum class class, struct found *out, uint32_t limit)
{
	struct view key, value;
	uint32_t n = 0;
	struct store_cursor *c = open_ripe(d, tx, class);
	while (n < limit && store_cursor_next(c, &key, &value))
		decode(key, value, store_txn_arena(tx), &out[n++]);
	store_cursor_close(&c);
	return n;
}

/* The item once more, later each time. */
static void
postpone(struct store_due *d, struct store_txn *tx, const struct found *f, uint32_t minutes)
{
	store_due_cancel(d, tx, &f->key);
	put(d, tx, f->class, minute_now(d, f->class) + minutes, f->item.kind, f->item.tries + 1, f->item.reference, NULL);
}

/* In a child of its own. */
static int
run_job(struct store_due *d, struct store_txn *parent, const struct found *f, const struct store_due_kind *kind)
{
	struct store_txn *tx = store_txn_begin_child(parent);
	store_due_cancel(d, tx, &f->key);
	int rc = kind->run(d->store, tx, &f->item);
	if (rc == STORE_DUE_MORE) {
		put(d, tx, f->class, minute_now(d, f->class), f->item.kind, 0, f->item.reference, NULL);
		rc = 0;
	}
	if (rc == 0)
		rc = store_txn_commit(&tx);
	store_txn_abort(&tx);
	return rc;
}

/* False: it failed, and was put off. */
static bool
work_item(struct store_due *d, struct store_txn *tx, const struct found *f, const struct store_due_kind *kind)
{
	if (kind == NULL) {
		log_event(LOG_ERROR, "due-unknown-kind", LOG_U("kind", f->item.kind));
		postpone(d, tx, f, UNKNOWN_KIND_MINUTES);
		return false;
	}
	int err = run_job(d, tx, f, kind);
	if (err == 0)
		return true;
	uint32_t minutes = f->item.tries >= 6 ? BACKOFF_MAX_MINUTES : 1U << f->item.tries;
	d->failures++;
	log_event(LOG_WARNING, "due-failed", LOG_S("kind", kind->name), LOG_ERR(err), LOG_U("tries", f->item.tries + 1));
	postpone(d, tx, f, minutes);
	return false;
}

struct round {
	struct store_due *due;
	struct store_due_pile *piles;   /* NULL: not counted */
	uint32_t limit, done;
	bool has_more;
};

static void
count(struct store_due *d, struct store_due_pile *piles, const struct found *f, const struct store_due_kind *kind, bool is_good)
{
	if (piles == NULL || kind == NULL)
		return;
	struct store_due_pile *p = &piles[kind - d->kinds];
	p->items++;
	p->failed += is_good ? 0 : 1;
	if (p->oldest_ms == 0 || f->item.at_ms < p->oldest_ms)
		p->oldest_ms = f->item.at_ms;
}

static int
work_round(void *arg, struct store_txn *tx)
{
	struct round *r = arg;
	struct store_due *d = r->due;
	struct found *items = arena_alloc(store_txn_arena(tx), r->limit * sizeof(*items));
	const struct store_settings *settings = store_settings_get(d->store->settings);
	r->done = 0;
	for (enum class class = CLASS_ERASURE; class < CLASS_COUNT; class++) {
		uint32_t share = class == CLASS_ERASURE ? (r->limit + 1) / 2 : r->limit - r->done;
		uint32_t n = collect(d, tx, class, items, share);
		for (uint32_t i = 0; i < n; i++) {
			const struct store_due_kind *kind = find_kind(d, items[i].item.kind);
			items[i].item.settings = settings;
			count(d, r->piles, &items[i], kind, work_item(d, tx, &items[i], kind));
		}
		r->done += n;
		r->has_more = (class != CLASS_ERASURE && r->has_more) || n == share;
	}
	store_settings_put(d->store->settings, &settings);
	return 0;
}

/* ---- by hand ---- */

struct store_due_pile *
store_due_piles(const struct store_due *d, struct arena *a, size_t *count_r)
{
	struct store_due_pile *piles = arena_alloc(a, d->kind_count * sizeof(*piles));
	for (size_t i = 0; i < d->kind_count; i++)
		piles[i] = (struct store_due_pile){ .kind = &d->kinds[i] };
	*count_r = d->kind_count;
	return piles;
}

bool
store_due_survey(struct store_due *d, struct store_txn *tx, struct store_due_pile *piles, uint64_t limit)
{
	struct view key, value;
	for (enum class class = CLASS_ERASURE; class < CLASS_COUNT; class++) {
		struct store_cursor *c = open_ripe(d, tx, class);
		while (limit > 0 && store_cursor_next(c, &key, &value)) {
			struct found f;
			decode(key, value, NULL, &f);
			count(d, piles, &f, find_kind(d, f.item.kind), true);
			limit--;
		}
		store_cursor_close(&c);
	}
	return limit == 0;
}

void
store_due_each(struct store_due *d, struct store_txn *tx,
    void (*fn)(void *arg, const struct store_due_kind *kind, const struct store_due_item *item), void *arg)
{
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_DUE, view_of(NULL, 0), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	while (store_cursor_next(c, &key, &value)) {
		struct found f;
		decode(key, value, NULL, &f);
		const struct store_due_kind *kind = find_kind(d, f.item.kind);
		if (kind != NULL)
			fn(arg, kind, &f.item);
	}
	store_cursor_close(&c);
}

uint32_t
store_due_work(struct store_due *d, struct store_txn *tx, struct store_due_pile *piles, uint32_t limit)
{
	struct round r = { .due = d, .piles = piles, .limit = limit };
	require(limit >= 1);
	int err = work_round(&r, tx);
	require(err == 0);
	return r.done;
}

bool
store_due_step(struct store_due *d, uint32_t limit, uint32_t *done_r)
{
	struct round r = { .due = d, .limit = limit };
	require(limit >= 1);
	d->is_poked = false;
	int err = d->store->committer != NULL ? store_committer_run(d->store->committer, work_round, &r) :
	    store_committer_run_alone(d->store->index, work_round, &r);
	*done_r = err == 0 ? r.done : 0;
	return err != 0 || r.has_more || d->is_poked;
}

/* The item at its new time. */
static void
move(struct store_due *d, struct store_txn *tx, const struct found *f, uint64_t at_ms)
{
	store_due_cancel(d, tx, &f->key);
	store_due_put(d, tx, f->item.kind, at_ms, f->item.reference, NULL);
}

bool
store_due_retime(struct store_due *d, struct store_txn *tx, struct store_due_key *after, uint32_t limit,
    uint64_t (*time_of)(struct store *s, struct store_txn *tx, const struct store_due_item *item))
{
	const struct store_settings *settings = store_settings_get(d->store->settings);
	struct store_cursor *c = store_cursor_open(tx, STORE_TABLE_DUE, view_of(after->bytes, sizeof(after->bytes)), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	uint32_t n = 0;
	while (n < limit && store_cursor_next(c, &key, &value)) {
		struct found f;
		if (memcmp(key.data, after->bytes, sizeof(after->bytes)) == 0)
			continue;
		decode(key, value, store_txn_arena(tx), &f);
		*after = f.key;
		f.item.settings = settings;
		n++;
		uint64_t at_ms = time_of(d->store, tx, &f.item);
		if (at_ms < f.item.at_ms)
			move(d, tx, &f, at_ms);
	}
	store_cursor_close(&c);
	store_settings_put(d->store->settings, &settings);
	return n == limit;
}

/* ---- by itself ---- */

static int
apply_round(struct store_write *w, struct store_txn *tx)
{
	struct store_due *d = (struct store_due *)(void *)((uint8_t *)w - offsetof(struct store_due, write));
	struct round r = { .due = d, .limit = ROUND_ITEMS };
	int err = work_round(&r, tx);
	d->has_more = r.has_more;
	return err;
}

static void
round_done(struct store_write *w, int err)
{
	struct store_due *d = (struct store_due *)(void *)((uint8_t *)w - offsetof(struct store_due, write));
	/* not durable (the mirror went): with the next timer */
	d->has_more = err == 0 && d->has_more;
	d->is_running = false;
	event_wakeup_send(d->wakeup);
}

static void
begin_round(struct store_due *d)
{
	d->is_running = true;
	d->is_poked = false;
	d->write = (struct store_write){ .apply = apply_round, .done = round_done };
	store_committer_submit(d->store->committer, &d->write);
}

static void
on_wakeup(void *arg)
{
	struct store_due *d = arg;
	if (!d->is_running && (d->has_more || d->is_poked))
		begin_round(d);
}

/* A little after each full minute. */
static void
on_minute(void *arg)
{
	struct store_due *d = arg;
	if (!d->is_running)
		begin_round(d);
	event_timer_again(d->timer, MINUTE_MS - store_clock_guard_now_ms(d->store->clock) % MINUTE_MS + 50);
}

void
store_due_start(struct store_due *d, struct event_loop *loop)
{
	d->loop = loop;
	d->wakeup = event_wakeup_start(loop, on_wakeup, d);
	d->timer = event_timer_start(loop, 0, on_minute, d);
}

void
store_due_stop(struct store_due *d)
{
	event_timer_cancel(&d->timer);
	event_wakeup_cancel(&d->wakeup);
}

struct store_due *
store_due_new(struct store *s, const struct store_due_kind *kinds, size_t kind_count)
{
	struct store_due *d = mem_alloc(sizeof(*d));
	d->store = s;
	d->kinds = kinds;
	d->kind_count = kind_count;
	for (size_t i = 0; i < kind_count; i++)
		require(kinds[i].kind != 0 && find_kind(d, kinds[i].kind) == &kinds[i]);
	return d;
}

void
store_due_free(struct store_due **due)
{
	if (*due == NULL)
		return;
	require((*due)->timer == NULL);
	mem_free(due);
}

uint64_t
store_due_failures(const struct store_due *d)
{
	return d->failures;
}
