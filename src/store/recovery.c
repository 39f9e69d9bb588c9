/* SPDX-License-Identifier: MIT */
/*
 * The order of start and end. Every step's own file says what it does; here it only stands when, and what an operator
 * is told when it fails.
 */
#include "store/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/backup.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/due.h"
#include "store/format.h"
#include "store/index.h"
#include "store/keys.h"
#include "store/pool.h"
#include "store/reserve.h"
#include "store/settings.h"
#include "store/spool.h"
#include "store/vault.h"

#define CACHE_DEFAULT (16ULL * 1024 * 1024)
#define RESERVE_DEFAULT (256ULL * 1024 * 1024)
#define POOL_THREADS 4
#define FOLDER_MODE 0700

/* struct store, and what only start and end need. */
struct opened {
	struct store public;      /* first */
	struct store_options options;
	int state, lock, keys, packages;
	char *index_path;
};

_Static_assert(offsetof(struct opened, public) == 0, "an opened store begins with its public part");

static int
refuse(const struct opened *o, int err, const char *text)
{
	log_event(LOG_ERROR, "state-directory", LOG_S("state_dir", o->options.state_path), LOG_ERR(err), LOG_S("message", text));
	return err;
}

/* ---- steps ---- */

static int
open_state(struct opened *o)
{
	struct stat st;
	int err = file_open_dir(AT_FDCWD, o->options.state_path, &o->state);
	if (err != 0)
		return refuse(o, err, "the state directory cannot be opened: it must exist and belong to the store's user");
	if (fstat(o->state, &st) != 0)
		return refuse(o, ERR_IO, "the state directory cannot be looked at");
	if (st.st_uid != geteuid())
		return refuse(o, ERR_STATE, "the state directory belongs to another user");
	if ((st.st_mode & 077) != 0)
		return refuse(o, ERR_STATE, "the state directory is open to others: its mode must be 0700");
	if (faccessat(o->state, STATE_RESTORING_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse(o, ERR_STATE, "a restore has not come to its end here: run provisionctl restore again");
	return 0;
}

static int
take_lock(struct opened *o)
{
	o->lock = openat(o->state, STATE_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (o->lock == -1)
		return refuse(o, err_from_errno(errno), "the lock file cannot be opened");
	if (flock(o->lock, LOCK_EX | LOCK_NB) != 0)
		return refuse(o, errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO, "another store runs on this state directory");
	return 0;
}

static int
make_folders(struct opened *o)
{
	static const struct {
		const char *name, *message;
	} folders[] = {
		{ STATE_INDEX_NAME, "the folder index cannot be made or opened" },
		{ STATE_KEYS_NAME, "the folder keys cannot be made or opened" },
		{ STATE_PACKAGES_NAME, "the folder packages cannot be made or opened" },
	};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		int made = file_make_dir(o->state, folders[i].name, FOLDER_MODE, FILE_DURABLE);
		if (made != 0)
			return refuse(o, made, folders[i].message);
	}
	int err = file_open_dir(o->state, STATE_KEYS_NAME, &o->keys);
	if (err == 0)
		err = file_open_dir(o->state, STATE_PACKAGES_NAME, &o->packages);
	return err == 0 ? 0 : refuse(o, err, "the folders keys and packages cannot be opened");
}

static uint64_t
or_default(uint64_t value, uint64_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static int
recover_index(struct opened *o)
{
	struct store *s = &o->public;
	uint64_t cache = or_default(o->options.cache_bytes, CACHE_DEFAULT);
	struct store_index_options io = { .path = o->index_path, .cache_bytes = cache };
	s->reserve = store_reserve_new(o->state, or_default(o->options.reserve_bytes, RESERVE_DEFAULT),
	    or_default(o->options.ballast_bytes, 2ULL * STORE_FORMAT_LOG_BYTES + cache));
	int err = store_reserve_drop_ballast(s->reserve);
	if (err != 0)
		return refuse(o, err, "the ballast file cannot be removed");
	err = store_index_open(&io, &s->index);
	if (err != 0)
		return err;
	int ballast_err = store_reserve_make_ballast(s->reserve);
	if (ballast_err != 0)
		(void)refuse(o, ballast_err, "there is no room for the ballast file: the disk is nearly full");
	store_reserve_check(s->reserve);
	return 0;
}

static int
open_keys(struct opened *o)
{
	struct store *s = &o->public;
	struct store_keys_options ko = { .folder_fd = o->keys, .mirror_path = o->options.mirror_path,
	    .master = o->options.master, .next_master = o->options.next_master };
	int err = store_keys_open(&ko, s->index, &s->keys);
	return err != 0 ? err : store_vault_open(s->index, s->keys, &s->vault);
}

static int
save_clock(void *arg, struct store_txn *tx)
{
	store_clock_guard_save(arg, tx);
	return 0;
}

static int
open_rest(struct opened *o)
{
	struct store *s = &o->public;
	s->settings = store_settings_new(o->options.conf, o->options.relay_password);
	s->clock = store_clock_guard_new(s->index, o->options.clock);
	int err = store_committer_run_alone(s->index, save_clock, s->clock);
	if (err != 0)
		return err;
	s->due = store_due_new(s, o->options.due_kinds, o->options.due_kind_count);
	err = store_spool_open(o->packages, s->index, &s->spool);
	if (err == 0)
		err = store_spool_sweep(s->spool);
	return err == 0 ? 0 : refuse(o, err, "the folder of the packages cannot be read");
}

/* ---- start and end ---- */

static int (*const steps[])(struct opened *o) = { open_state, take_lock, make_folders, recover_index, open_keys,
	open_rest };

int
store_recovery_open(const struct store_options *options, struct store **store_r)
{
	struct opened *o = mem_alloc(sizeof(*o));
	o->options = *options;
	o->state = o->lock = o->keys = o->packages = -1;
	o->index_path = mem_printf("%s/index", options->state_path);
	int err = 0;
	for (size_t i = 0; err == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = steps[i](o);
	struct store *s = &o->public;
	if (err != 0)
		store_recovery_close(&s);
	else
		*store_r = s;
	return err;
}

void
store_recovery_start(struct store *s)
{
	store_index_start(s->index);
	s->pool = store_pool_new(POOL_THREADS);
	store_spool_start(s->spool, s->pool);
	s->committer = store_committer_new(s->index);
	s->backup = store_backup_new(s);
}

void
store_recovery_stop(struct store *s)
{
	store_backup_free(&s->backup);
	store_committer_free(&s->committer);
	store_pool_free(&s->pool);
}

void
store_recovery_close(struct store **store)
{
	struct opened *o = (struct opened *)(void *)*store;
	if (o == NULL)
		return;
	struct store *s = &o->public;
	store_recovery_stop(s);
	store_due_free(&s->due);
	store_spool_close(&s->spool);
	store_clock_guard_free(&s->clock);
	store_settings_free(&s->settings);
	store_vault_close(&s->vault);
	store_keys_close(&s->keys);
	store_index_close(&s->index);
	store_reserve_free(&s->reserve);
	file_close(&o->keys);
	file_close(&o->packages);
	file_close(&o->lock);
	file_close(&o->state);
	mem_free(&o->index_path);
	mem_free(&o);
	*store = NULL;
}
