/* SPDX-License-Identifier: MIT */
/*
 * Belief in the wall clock. Three numbers: the mark (highest wall time believed), and a base (wall, boottime) from which
 * wall time may not run ahead of real progress by more than a day. Owns their row in the table "meta".
 */
#include "store/clock_guard.h"

#include <fcntl.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/encoder.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/hash.h"

#define KEY VIEW_LIT("clock")
#define JUMP_MS CLOCK_DAY_MS
#define SYNCHRONISED_MS (60ULL * 60 * 1000)
#define SAVE_EVERY_MS (5ULL * 60 * 1000)
#define ROW_BYTES (8 * 4)

struct store_clock {
	const struct store_clock_source *source;
	uint64_t boot_id;
	pthread_mutex_t lock;
	uint64_t mark_ms;
	uint64_t base_wall_ms, base_boot_ms;
	uint64_t synchronised_since_ms;   /* boottime; 0: it is not */
	uint64_t saved_ms;                /* mark as last written */
	bool is_held;
	bool is_save_due;
};

/* ---- the system's clocks ---- */

static uint64_t
system_wall_ms(void *arg)
{
	(void)arg;
	return clock_wall_ms();
}

static uint64_t
system_boot_ms(void *arg)
{
	(void)arg;
	return clock_boot_ms();
}

static bool
system_is_synchronised(void *arg)
{
	(void)arg;
	return clock_is_synchronised();
}

/* Of this process's life; 0: not learned. */
static uint64_t learned_boot_id;

static uint64_t
system_boot_id(void *arg)
{
	(void)arg;
	return learned_boot_id;
}

static const struct store_clock_source system_source = { system_wall_ms, system_boot_ms, system_is_synchronised,
	system_boot_id, NULL };

void
store_clock_guard_learn_boot(void)
{
	struct buf text;
	buf_init(&text, 64);
	if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &text) == 0) {
		struct hash h = crypt_hash("provision/1/store/boot-id", buf_view(&text));
		struct cursor c = cursor_of(crypt_hash_view(&h));
		learned_boot_id = cursor_u64(&c);
	}
	buf_deinit(&text);
}

/* ---- belief; lock held ---- */

static uint64_t
wall(const struct store_clock *c)
{
	return c->source->wall_ms(c->source->arg);
}

static uint64_t
boot(const struct store_clock *c)
{
	return c->source->boot_ms(c->source->arg);
}

/* Wall time as it should be by what has really passed. */
static uint64_t
expected(const struct store_clock *c)
{
	uint64_t now = boot(c);
	return c->base_wall_ms + (now > c->base_boot_ms ? now - c->base_boot_ms : 0);
}

static void
set_base(struct store_clock *c, uint64_t wall_ms)
{
	c->base_wall_ms = wall_ms;
	c->base_boot_ms = boot(c);
}

static bool
is_synchronised_long(struct store_clock *c)
{
	uint64_t now = boot(c);
	if (!c->source->is_synchronised(c->source->arg))
		c->synchronised_since_ms = 0;
	else if (c->synchronised_since_ms == 0)
		c->synchronised_since_ms = now;
	return c->synchronised_since_ms != 0 && now - c->synchronised_since_ms >= SYNCHRONISED_MS;
}

static void
set_held(struct store_clock *c, bool is_held, uint64_t now_ms)
{
	if (is_held == c->is_held)
		return;
	c->is_held = is_held;
	c->is_save_due = true;
	if (is_held)
		log_event(LOG_ERROR, "clock-doubted", LOG_U("wall_ms", now_ms), LOG_U("expected_ms", expected(c)),
		    LOG_S("message", "the clock has jumped ahead by more than a day: erasure by time waits until it was "
		    "synchronised for an hour or \"provisionctl clock accept\""));
	else
		log_event(LOG_NOTICE, "clock-believed", LOG_U("wall_ms", now_ms));
}

static void
look(struct store_clock *c)
{
	uint64_t now = wall(c), should = expected(c);
	bool is_long = is_synchronised_long(c);
	if (now > should + JUMP_MS && is_long)
		set_base(c, now);
	set_held(c, now > expected(c) + JUMP_MS, now);
	if (!c->is_held && now > c->mark_ms)
		c->mark_ms = now;
	if (c->mark_ms >= c->saved_ms + SAVE_EVERY_MS)
		c->is_save_due = true;
}

/* ---- on disk ---- */

/* False: first start. */
static bool
load(struct store_clock *c, struct store_txn *tx)
{
	struct buf value;
	buf_init(&value, ROW_BYTES);
	int err = store_index_get(tx, STORE_TABLE_META, KEY, &value);
	require(err == 0 || err == ERR_NOT_FOUND);
	struct cursor in = cursor_of(buf_view(&value));
	c->mark_ms = c->saved_ms = cursor_u64(&in);
	c->base_wall_ms = cursor_u64(&in);
	c->base_boot_ms = cursor_u64(&in);
	uint64_t boot_id = cursor_u64(&in);
	require(err != 0 || cursor_end(&in) == 0);
	buf_deinit(&value);
	/* another boot: nobody knows how long the machine was off */
	if (err == 0 && (boot_id == 0 || boot_id != c->boot_id))
		set_base(c, c->mark_ms);
	return err == 0;
}

static void
save(struct store_clock *c, struct store_txn *tx)
{
	struct buf value;
	buf_init(&value, ROW_BYTES);
	struct encoder e = encoder_of(&value);
	encoder_u64(&e, c->mark_ms);
	encoder_u64(&e, c->base_wall_ms);
	encoder_u64(&e, c->base_boot_ms);
	encoder_u64(&e, c->boot_id);
	require(encoder_end(&e) == 0);
	store_index_put(tx, STORE_TABLE_META, KEY, buf_view(&value));
	buf_deinit(&value);
	c->saved_ms = c->mark_ms;
	c->is_save_due = false;
}

struct store_clock *
store_clock_guard_new(struct store_index *index, const struct store_clock_source *source)
{
	struct store_clock *c = mem_alloc(sizeof(*c));
	c->source = source != NULL ? source : &system_source;
	c->boot_id = c->source->boot_id(c->source->arg);
	require(pthread_mutex_init(&c->lock, NULL) == 0);
	struct store_txn *tx = store_txn_view(index);
	if (!load(c, tx)) {
		c->mark_ms = wall(c);
		set_base(c, c->mark_ms);
	}
	store_txn_abort(&tx);
	look(c);
	c->is_save_due = true;
	return c;
}

void
store_clock_guard_free(struct store_clock **clock)
{
	if (*clock == NULL)
		return;
	pthread_mutex_destroy(&(*clock)->lock);
	mem_free(clock);
}

bool
store_clock_guard_tick(struct store_clock *c)
{
	pthread_mutex_lock(&c->lock);
	look(c);
	bool is_save_due = c->is_save_due;
	pthread_mutex_unlock(&c->lock);
	return is_save_due;
}

void
store_clock_guard_save(struct store_clock *c, struct store_txn *tx)
{
	pthread_mutex_lock(&c->lock);
	save(c, tx);
	pthread_mutex_unlock(&c->lock);
}

uint64_t
store_clock_guard_now_ms(struct store_clock *c)
{
	pthread_mutex_lock(&c->lock);
	uint64_t now = wall(c);
	if (now < c->mark_ms)
		now = c->mark_ms;
	pthread_mutex_unlock(&c->lock);
	return now;
}

uint64_t
store_clock_guard_erasure_ms(struct store_clock *c)
{
	pthread_mutex_lock(&c->lock);
	/* not only at ticks: between two of them time may jump too */
	uint64_t now = wall(c), should = expected(c);
	if (c->is_held || now > should + JUMP_MS)
		now = should;
	if (now < c->mark_ms)
		now = c->mark_ms;
	pthread_mutex_unlock(&c->lock);
	return now;
}

bool
store_clock_guard_is_held(struct store_clock *c)
{
	pthread_mutex_lock(&c->lock);
	bool is_held = c->is_held;
	pthread_mutex_unlock(&c->lock);
	return is_held;
}

void
store_clock_guard_accept(struct store_clock *c, struct store_txn *tx)
{
	pthread_mutex_lock(&c->lock);
	set_base(c, wall(c));
	look(c);
	save(c, tx);
	pthread_mutex_unlock(&c->lock);
}
