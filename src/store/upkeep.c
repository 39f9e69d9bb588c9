/* SPDX-License-Identifier: MIT */
/*
 * Two timers. Knows when to look, not what there is to see.
 */
#include "store/upkeep.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/keys.h"
#include "store/pool.h"
#include "store/reserve.h"

#define DISK_EVERY_MS 5000
#define MINUTE_MS 60000

struct store_upkeep {
	struct store *store;
	struct event_timer *disk, *minute;
	struct store_write save;         /* of the clock's mark */
	_Atomic bool is_saving, is_tending;
};

static void
on_disk(void *arg)
{
	struct store_upkeep *u = arg;
	store_reserve_check(u->store->reserve);
	event_timer_again(u->disk, DISK_EVERY_MS);
}

static struct store_upkeep *
upkeep_of(struct store_write *w)
{
	return (struct store_upkeep *)(void *)((uint8_t *)w - offsetof(struct store_upkeep, save));
}

static int
save_clock(struct store_write *w, struct store_txn *tx)
{
	store_clock_guard_save(upkeep_of(w)->store->clock, tx);
	return 0;
}

static void
clock_saved(struct store_write *w, int err)
{
	(void)err;
	upkeep_of(w)->is_saving = false;
}

static void
tend_keys(void *arg)
{
	struct store_upkeep *u = arg;
	store_keys_tend(u->store->keys);
	u->is_tending = false;
}

static void
on_minute(void *arg)
{
	struct store_upkeep *u = arg;
	struct store *s = u->store;
	if (store_clock_guard_tick(s->clock) && !atomic_exchange(&u->is_saving, true)) {
		u->save = (struct store_write){ .apply = save_clock, .done = clock_saved };
		store_committer_submit(s->committer, &u->save);
	}
	if (!store_keys_is_mirrored(s->keys) && !atomic_exchange(&u->is_tending, true))
		store_pool_submit(s->pool, tend_keys, u);
	event_timer_again(u->minute, MINUTE_MS);
}

struct store_upkeep *
store_upkeep_start(struct store *s, struct event_loop *loop)
{
	struct store_upkeep *u = mem_alloc(sizeof(*u));
	u->store = s;
	u->disk = event_timer_start(loop, DISK_EVERY_MS, on_disk, u);
	u->minute = event_timer_start(loop, MINUTE_MS, on_minute, u);
	return u;
}

void
store_upkeep_stop(struct store_upkeep **u)
{
	if (*u == NULL)
		return;
	event_timer_cancel(&(*u)->disk);
	event_timer_cancel(&(*u)->minute);
	mem_free(u);
}
