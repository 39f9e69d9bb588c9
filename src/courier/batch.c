/* SPDX-License-Identifier: MIT */
/*
 * Works through the mails of one lease. Owns the thread and what passes between it and the loop: results
 * under a lock, a stop flag, a wake-up. Must not know the store. Called by courier/courier.c.
 */
#include "courier/batch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "courier/render.h"
#include "mail/compose.h"

/* A mail is not begun when less than this is left for it. */
#define MAIL_MS 5000
/* For opening a connection, while another relay could be used instead. */
#define QUICK_MS 5000

struct batch {
	struct job *jobs;
	size_t n;
	struct settings settings;
	struct secret *password;
	void (*progress)(void *arg);
	void *arg;
	uint64_t end_ms;                /* monotonic */

	pthread_t thread;
	bool has_thread;
	struct event_wakeup *wakeup;
	atomic_bool is_stopped;
	pthread_mutex_t lock;
	/* Under the lock; results below n_results do not change any more. */
	struct batch_result *results;
	size_t n_results;
	bool is_over;
};

struct batch *
batch_new(size_t n)
{
	require(n > 0 && n <= BATCH_MAX);
	struct batch *b = mem_alloc(sizeof(*b));
	b->jobs = mem_array(n, sizeof(b->jobs[0]));
	b->results = mem_array(n, sizeof(b->results[0]));
	b->n = n;
	int r = pthread_mutex_init(&b->lock, NULL);
	require(r == 0);
	return b;
}

struct job *
batch_job(struct batch *b, size_t n)
{
	require(n < b->n && !b->has_thread);
	return &b->jobs[n];
}

static void
add_result(struct batch *b, size_t job, const struct relay_result *result)
{
	pthread_mutex_lock(&b->lock);
	b->results[b->n_results++] = (struct batch_result){ b->jobs[job].id, *result };
	pthread_mutex_unlock(&b->lock);
	event_wakeup_send(b->wakeup);
}

static bool
may_begin(struct batch *b)
{
	return !atomic_load(&b->is_stopped) && clock_mono_ms() + MAIL_MS < b->end_ms;
}

/* One mail. An error: the connection is of no use any more. */
static int
send_one(struct batch *b, struct relay *relay, size_t n, struct buf *message)
{
	const struct job *job = &b->jobs[n];
	const struct render_sender sender = { b->settings.service_name, &b->settings.from };
	struct relay_result result;
	int err = 0;
	if (!job->is_good || render_job(&sender, job, message) != 0)
		result = (struct relay_result){ RELAY_FAILED, reply_none("not sent: a part of it is missing or malformed") };
	else
		err = relay_send(relay, job->has_envelope_from ? &job->envelope_from : NULL, &job->to, buf_view(message),
		    &result);
	add_result(b, n, &result);
	return err;
}

/* What ended the connection goes for all that were waiting for it. */
static void
share_reason(struct batch *b, size_t from, struct relay_result why)
{
	why.outcome = RELAY_RETRY;
	for (size_t i = from; i < b->n; i++)
		add_result(b, i, &why);
}

/* ---- the relays */

static struct view
password_of(const struct batch *b)
{
	return b->password == NULL ? view_of(NULL, 0) : secret_view(b->password);
}

/* The way out: which relay is open, or to be tried next. */
struct way {
	struct relay_options options;
	struct relay *relay;     /* NULL: none is open */
	size_t at;
	bool has_sent;           /* over the open one */
	size_t failures;         /* in a row, of relays that took nothing */
};

static int
open_one(struct batch *b, struct way *w, uint32_t open_ms, struct relay_result *why_r)
{
	const struct settings *set = &b->settings;
	const struct settings_relay *relay = &set->relays[w->at];
	w->options = (struct relay_options){
		.host = relay->host, .port = relay->port, .security = set->security, .certificate_name = relay->name,
		.credentials = set->credentials, .helo = set->helo, .user = view_str(set->relay_user), .password = password_of(b),
		.time_percent = 100, .end_ms = b->end_ms, .open_ms = open_ms,
	};
	w->has_sent = false;
	return relay_open(&w->options, &w->relay, why_r);
}

/* The first relay from w->at on that can be used. Where there are several, each has little time at first. */
static int
open_any(struct batch *b, struct way *w, struct relay_result *why_r)
{
	size_t n = b->settings.relay_count;
	int err = ERR_UNAVAILABLE;
	require(n > 0);
	for (size_t i = n > 1 ? 0 : n; i < 2 * n && err != 0; i++) {
		err = open_one(b, w, i < n ? QUICK_MS : 0, why_r);
		if (err != 0)
			w->at = (w->at + 1) % n;
	}
	return err;
}

/* The connection is gone: the next relay, or this one once more if it took something. False: all have failed. */
static bool
go_on_elsewhere(struct batch *b, struct way *w)
{
	relay_close(&w->relay);
	w->failures = w->has_sent ? 0 : w->failures + 1;
	if (!w->has_sent)
		w->at = (w->at + 1) % b->settings.relay_count;
	return w->failures < b->settings.relay_count;
}

static void
send_all(struct batch *b, struct way *w)
{
	struct relay_result why;
	struct buf message;
	buf_init(&message, MAIL_COMPOSE_MAX);
	for (size_t i = 0; i < b->n && may_begin(b); i++) {
		if (w->relay == NULL && open_any(b, w, &why) != 0) {
			share_reason(b, i, why);
			break;
		}
		if (send_one(b, w->relay, i, &message) == 0)
			w->has_sent = true;
		else if (!go_on_elsewhere(b, w)) {
			share_reason(b, i + 1, b->results[i].result);
			break;
		}
	}
	buf_wipe(&message);
	buf_deinit(&message);
}

static void *
work(void *arg)
{
	struct batch *b = arg;
	struct way w = { .relay = NULL };
	send_all(b, &w);
	relay_close(&w.relay);
	pthread_mutex_lock(&b->lock);
	b->is_over = true;
	pthread_mutex_unlock(&b->lock);
	event_wakeup_send(b->wakeup);
	return NULL;
}

static void
wake(void *arg)
{
	struct batch *b = arg;
	b->progress(b->arg);
}

void
batch_start(struct batch *b, struct event_loop *loop, const struct batch_options *o)
{
	sigset_t all, before;
	b->settings = settings_copy(o->settings);
	b->password = o->password;
	b->progress = o->progress;
	b->arg = o->arg;
	b->end_ms = clock_mono_ms() + o->time_ms;
	b->wakeup = event_wakeup_start(loop, wake, b);
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&b->thread, NULL, work, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	require(r == 0);
	b->has_thread = true;
}

void
batch_stop(struct batch *b)
{
	atomic_store(&b->is_stopped, true);
}

const struct batch_result *
batch_results(struct batch *b, size_t from, size_t *n_r)
{
	pthread_mutex_lock(&b->lock);
	*n_r = b->n_results - from;
	pthread_mutex_unlock(&b->lock);
	return b->results + from;
}

bool
batch_is_over(struct batch *b)
{
	pthread_mutex_lock(&b->lock);
	bool is_over = b->is_over;
	pthread_mutex_unlock(&b->lock);
	return is_over;
}

void
batch_free(struct batch **b)
{
	if (*b == NULL)
		return;
	if ((*b)->has_thread) {
		batch_stop(*b);
		pthread_join((*b)->thread, NULL);
	}
	event_wakeup_cancel(&(*b)->wakeup);
	pthread_mutex_destroy(&(*b)->lock);
	for (size_t i = 0; i < (*b)->n; i++)
		job_wipe(&(*b)->jobs[i]);
	secret_free(&(*b)->password);
	settings_deinit(&(*b)->settings);
	mem_free(&(*b)->results);
	mem_free(&(*b)->jobs);
	mem_free(b);
}
