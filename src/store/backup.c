/* SPDX-License-Identifier: MIT */
/*
 * The thread of a backup and its pipe. Knows neither files nor requests: what is copied is index_copy.h's, where to is the
 * receiver's business. A receiver that takes nothing for a minute is given up.
 */
#include "config.h"

#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "state/stream.h"
#include "store/clock_guard.h"
#include "store/format.h"
#include "store/index_copy.h"
#include "store/keys.h"
#include "store/thread.h"

#define STALLED_MS 60000
#define LOOK_EVERY_MS 500

struct store_backup {
	struct store *store;
	pthread_mutex_t lock;        /* of what follows, but is_running and is_ending */
	pthread_t thread;
	bool has_thread;
	int out;                     /* write end; the thread's while it runs */
	_Atomic bool is_running, is_ending;
};

/* ---- the pipe ---- */

/* Until the pipe takes something. ERR_TIMEOUT: it does not; ERR_CLOSED: we end. */
static int
wait_for_room(struct store_backup *b)
{
	uint64_t end_ms = clock_mono_ms() + STALLED_MS;
	while (!b->is_ending) {
		struct pollfd p = { .fd = b->out, .events = POLLOUT };
		if (poll(&p, 1, LOOK_EVERY_MS) > 0)
			return 0;
		if (clock_mono_ms() >= end_ms)
			return ERR_TIMEOUT;
	}
	return ERR_CLOSED;
}

static int
send_bytes(void *arg, struct view v)
{
	struct store_backup *b = arg;
	while (v.len > 0) {
		ssize_t n = write(b->out, v.data, v.len);
		if (n > 0)
			v = view_slice(v, (size_t)n, v.len);
		else if (errno == EPIPE)
			return ERR_CLOSED;
		else if (errno == EAGAIN) {
			int err = wait_for_room(b);
			if (err != 0)
				return err;
		} else if (errno != EINTR) {
			return ERR_IO;
		}
	}
	return 0;
}

static int
send_head(void *arg, const char *name, uint64_t bytes)
{
	uint8_t head[STATE_STREAM_HEAD_BYTES];
	state_stream_head_encode(name, bytes, head);
	return send_bytes(arg, view_of(head, sizeof(head)));
}

/* ---- the thread ---- */

static void *
work(void *arg)
{
	struct store_backup *b = arg;
	const struct store_index_sink sink = { .file = send_head, .data = send_bytes, .arg = b };
	int err = store_index_copy(b->store->index, &sink);
	if (err == 0)
		err = send_head(b, "", 0);
	log_event(err == 0 ? LOG_NOTICE : LOG_WARNING, "backup-index", LOG_ERR(err));
	file_close(&b->out);
	b->is_running = false;
	return NULL;
}

struct store_backup *
store_backup_new(struct store *s)
{
	struct store_backup *b = mem_alloc(sizeof(*b));
	b->store = s;
	b->out = -1;
	require(pthread_mutex_init(&b->lock, NULL) == 0);
	return b;
}

void
store_backup_free(struct store_backup **backup)
{
	struct store_backup *b = *backup;
	if (b == NULL)
		return;
	b->is_ending = true;
	if (b->has_thread)
		store_thread_join(b->thread);
	pthread_mutex_destroy(&b->lock);
	mem_free(backup);
}

/* Lock held, nothing runs. */
static int
start(struct store_backup *b, int *fd_r)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return ERR_IO;
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
		file_close(&ends[0]);
		file_close(&ends[1]);
		return ERR_IO;
	}
	if (b->has_thread)
		store_thread_join(b->thread);
	b->out = ends[1];
	*fd_r = ends[0];
	b->is_running = b->has_thread = true;
	store_thread_start(&b->thread, work, b);
	return 0;
}

int
store_backup_begin(struct store_backup *b, struct state_manifest_head *head_r, int *fd_r)
{
	struct store *s = b->store;
	*head_r = (struct state_manifest_head){ .format = STATE_FORMAT_VERSION, .time_ms = store_clock_guard_now_ms(s->clock) };
	pthread_mutex_lock(&b->lock);
	int err = b->is_running || b->is_ending ? ERR_BUSY : 0;
	if (err == 0)
		err = store_keys_mark(s->keys, &head_r->store, &head_r->generation);
	if (err == 0)
		err = start(b, fd_r);
	pthread_mutex_unlock(&b->lock);
	return err;
}
