/* SPDX-License-Identifier: MIT */
/*
 * The way of a request: queue -> worker (or the pool, for slow ones) -> committer -> answer, and the waiting room for
 * those that wait for a topic. Owns the calls; knows nothing of their meaning. What happens to a link here is decided by
 * main.c.
 */
#include "store/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/committer.h"
#include "store/listeners.h"
#include "store/pool.h"
#include "store/repeat.h"
#include "store/reserve.h"
#include "store/settings.h"
#include "store/spool.h"
#include "store/thread.h"

#define THREADS_MAX 64
#define THREADS_MIN 2
#define CALLS_DEFAULT 4096

struct call {
	struct store_call public;       /* first */
	struct store_write write;
	struct store_worker *worker;
	struct ipc_request *request;
	struct call *next;              /* in the queue or the waiting room */
	struct call *newer, *older;     /* of all calls */
	uint64_t topics[STORE_TOPIC_COUNT];   /* wakes seen before prepare() */
	const struct ProtobufCMessage *prepared_reply;
	void *prepared_state;
	bool is_link_gone;
};

struct store_worker {
	struct store *store;
	const struct store_handler *handlers[IPC_TYPE_COUNT];
	uint32_t max_calls;
	pthread_mutex_t lock;           /* what follows */
	pthread_cond_t more, idle;
	struct call *first, **last;     /* to be prepared */
	struct call *waiting;           /* for a topic */
	struct call *newest;            /* all calls */
	_Atomic uint64_t topics[STORE_TOPIC_COUNT];   /* wakes; read without the lock too */
	_Atomic uint32_t depth;         /* calls that are not answered; read without the lock too */
	bool is_quiet;                  /* nothing waits for a topic any more */
	bool is_ending;
	uint32_t thread_count;
	pthread_t threads[THREADS_MAX];
};

_Static_assert(offsetof(struct call, public) == 0, "a call begins with its public part");

/* ---- the end of a call ---- */

/* Out of the list of calls. True: its link is dead. */
static bool
unlist(struct call *c)
{
	struct store_worker *w = c->worker;
	pthread_mutex_lock(&w->lock);
	*(c->newer == NULL ? &w->newest : &c->newer->older) = c->older;
	if (c->older != NULL)
		c->older->newer = c->newer;
	bool is_link_gone = c->is_link_gone;
	pthread_mutex_unlock(&w->lock);
	return is_link_gone;
}

/* One call less. Under the lock: whoever waits for the last one frees the workers then. */
static void
count_down(struct store_worker *w)
{
	pthread_mutex_lock(&w->lock);
	if (--w->depth == 0)
		pthread_cond_broadcast(&w->idle);
	pthread_mutex_unlock(&w->lock);
}

static void
finish(struct call *c, int err)
{
	struct store_worker *w = c->worker;
	struct store_call *p = &c->public;
	bool is_link_gone = unlist(c);
	if (err != 0 || is_link_gone)
		file_close(&p->reply_fd);
	if (err == 0 && is_link_gone)
		err = ERR_CLOSED;
	/* a lease that this call took, or a listener that it made, while its link died */
	if (is_link_gone && w->store->spool != NULL)
		store_spool_link_gone(w->store->spool, p->link);
	if (is_link_gone && w->store->listeners != NULL)
		store_listeners_link_gone(w->store->listeners, p->link);
	if (err != 0) {
		struct ipc_blame blame = ipc_blame_of(p->field, p->limit, p->used);
		ipc_server_refuse(&c->request, err, &blame);
	} else {
		ipc_server_reply(&c->request, 0, p->reply, &p->reply_fd);
	}
	store_settings_put(w->store->settings, &p->settings);
	arena_free(&p->arena);
	mem_free(&c);
	count_down(w);
}

/* ---- writes ---- */

static struct call *
call_of(struct store_write *w)
{
	return (struct call *)(void *)((uint8_t *)w - offsetof(struct call, write));
}

static int
apply(struct store_write *w, struct store_txn *tx)
{
	struct call *c = call_of(w);
	c->public.tx = tx;
	c->public.reply = c->prepared_reply;
	c->public.state = c->prepared_state;
	c->public.field = NULL;
	c->public.limit = c->public.used = 0;
	int err = store_repeat_apply(&c->public);
	c->public.tx = NULL;
	return err;
}

static void
done(struct store_write *w, int err)
{
	finish(call_of(w), err);
}

/* ---- preparing ---- */

static void run_slow(void *arg);

/* Lock held. */
static void
enqueue(struct store_worker *w, struct call *c)
{
	c->next = NULL;
	if ((c->public.handler->flags & STORE_CALL_SLOW) != 0) {
		store_pool_submit(w->store->pool, run_slow, c);
		return;
	}
	*w->last = c;
	w->last = &c->next;
	pthread_cond_signal(&w->more);
}

/* Into the waiting room, unless the topic was woken since prepare() began, or the end is near. */
static void
wait_for_topic(struct call *c)
{
	struct store_worker *w = c->worker;
	enum store_topic topic = c->public.topic;
	int err = 0;
	require(topic > STORE_TOPIC_NONE && topic < STORE_TOPIC_COUNT && c->public.reply_fd == -1);
	arena_reset(c->public.arena);
	pthread_mutex_lock(&w->lock);
	if (w->is_quiet || c->is_link_gone) {
		err = ERR_UNAVAILABLE;
	} else if (w->topics[topic] != c->topics[topic]) {
		enqueue(w, c);
	} else {
		c->next = w->waiting;
		w->waiting = c;
	}
	pthread_mutex_unlock(&w->lock);
	if (err != 0)
		finish(c, err);
}

static int
run_prepare(struct call *c)
{
	struct store_worker *w = c->worker;
	struct store_call *p = &c->public;
	for (int t = 0; t < STORE_TOPIC_COUNT; t++)
		c->topics[t] = w->topics[t];
	p->topic = STORE_TOPIC_NONE;
	p->state = NULL;
	p->reply = NULL;
	p->tx = store_txn_view(w->store->index);
	int rc = store_repeat_prepare(p);
	store_txn_abort(&p->tx);
	return rc;
}

static void
prepare(struct call *c)
{
	int rc = run_prepare(c);
	if (rc == STORE_CALL_WAIT) {
		wait_for_topic(c);
	} else if (rc == STORE_CALL_DONE) {
		finish(c, 0);
	} else if (rc != 0 || c->public.handler->apply == NULL) {
		require(rc <= 0);
		finish(c, rc);
	} else {
		c->prepared_reply = c->public.reply;
		c->prepared_state = c->public.state;
		store_committer_submit(c->worker->store->committer, &c->write);
	}
}

static void
run_slow(void *arg)
{
	prepare(arg);
}

static void *
work(void *arg)
{
	struct store_worker *w = arg;
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->first == NULL && !w->is_ending)
			pthread_cond_wait(&w->more, &w->lock);
		struct call *c = w->first;
		if (c == NULL)
			break;
		w->first = c->next;
		if (w->first == NULL)
			w->last = &w->first;
		pthread_mutex_unlock(&w->lock);
		prepare(c);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- start and end ---- */

static uint32_t
thread_count(uint32_t wanted)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n = wanted != 0 ? wanted : cores < THREADS_MIN ? THREADS_MIN : (uint32_t)cores;
	return n > THREADS_MAX ? THREADS_MAX : n;
}

struct store_worker *
store_worker_new(struct store *s, const struct store_worker_options *o)
{
	struct store_worker *w = mem_alloc(sizeof(*w));
	w->store = s;
	w->last = &w->first;
	w->max_calls = o->max_calls != 0 ? o->max_calls : CALLS_DEFAULT;
	for (size_t i = 0; i < o->handler_count; i++) {
		const struct store_handler *h = &o->handlers[i];
		require(h->type > IPC_NONE && h->type < IPC_TYPE_COUNT && w->handlers[h->type] == NULL);
		w->handlers[h->type] = h;
	}
	require(pthread_mutex_init(&w->lock, NULL) == 0);
	store_thread_cond_init(&w->more);
	store_thread_cond_init(&w->idle);
	w->thread_count = thread_count(o->threads);
	for (uint32_t i = 0; i < w->thread_count; i++)
		store_thread_start(&w->threads[i], work, w);
	return w;
}

/* Takes those out of the waiting room that is_wanted says, as a list. */
static struct call *
take_waiting(struct store_worker *w, bool (*is_wanted)(const struct call *c, const void *arg), const void *arg)
{
	struct call *taken = NULL;
	for (struct call **at = &w->waiting; *at != NULL;) {
		struct call *c = *at;
		if (!is_wanted(c, arg)) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->next = taken;
		taken = c;
	}
	return taken;
}

static void
finish_list(struct call *list, int err)
{
	while (list != NULL) {
		struct call *c = list;
		list = c->next;
		finish(c, err);
	}
}

static bool
is_any(const struct call *c, const void *arg)
{
	(void)c;
	(void)arg;
	return true;
}

void
store_worker_quiesce(struct store_worker *w)
{
	pthread_mutex_lock(&w->lock);
	w->is_quiet = true;
	struct call *waiting = take_waiting(w, is_any, NULL);
	pthread_mutex_unlock(&w->lock);
	finish_list(waiting, ERR_UNAVAILABLE);
}

void
store_worker_free(struct store_worker **worker)
{
	struct store_worker *w = *worker;
	if (w == NULL)
		return;
	store_worker_quiesce(w);
	pthread_mutex_lock(&w->lock);
	while (w->depth > 0)
		pthread_cond_wait(&w->idle, &w->lock);
	w->is_ending = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	for (uint32_t i = 0; i < w->thread_count; i++)
		store_thread_join(w->threads[i]);
	pthread_cond_destroy(&w->more);
	pthread_cond_destroy(&w->idle);
	pthread_mutex_destroy(&w->lock);
	mem_free(worker);
}

/* ---- from the links ---- */

static int
admit(struct store_worker *w, const struct store_handler *h, enum ipc_role role)
{
	if (h == NULL)
		return ERR_UNSUPPORTED;
	if ((h->roles & IPC_ROLE_BIT(role)) == 0)
		return ERR_DENIED;
	if ((h->flags & STORE_CALL_GROWS) != 0 && w->store->reserve != NULL &&
	    !store_reserve_is_accepting(w->store->reserve))
		return ERR_FULL;
	return 0;
}

void
store_worker_submit(struct store_worker *w, struct ipc_request *r)
{
	const struct store_handler *h = w->handlers[ipc_server_request_row(r)->type];
	enum ipc_role role = ipc_server_request_role(r);
	int err = admit(w, h, role);
	if (err == 0 && store_worker_depth(w) >= w->max_calls)
		err = ERR_BUSY;
	if (err != 0) {
		ipc_server_reply(&r, err, NULL, NULL);
		return;
	}
	struct call *c = mem_alloc(sizeof(*c));
	c->worker = w;
	c->request = r;
	c->write = (struct store_write){ .apply = apply, .done = done };
	c->public = (struct store_call){ .store = w->store, .handler = h, .role = role,
	    .settings = store_settings_get(w->store->settings), .link = ipc_server_request_link(r),
	    .request = ipc_server_request_message(r), .arena = arena_new(STORE_CALL_ARENA_MAX), .reply_fd = -1 };
	pthread_mutex_lock(&w->lock);
	c->older = w->newest;
	if (w->newest != NULL)
		w->newest->newer = c;
	w->newest = c;
	w->depth++;
	enqueue(w, c);
	pthread_mutex_unlock(&w->lock);
}

static bool
is_of_link(const struct call *c, const void *arg)
{
	return c->public.link == *(const uint64_t *)arg;
}

void
store_worker_link_gone(struct store_worker *w, uint64_t link)
{
	pthread_mutex_lock(&w->lock);
	for (struct call *c = w->newest; c != NULL; c = c->older)
		if (c->public.link == link)
			c->is_link_gone = true;
	struct call *waiting = take_waiting(w, is_of_link, &link);
	pthread_mutex_unlock(&w->lock);
	finish_list(waiting, ERR_CLOSED);
	if (w->store->spool != NULL)
		store_spool_link_gone(w->store->spool, link);
	if (w->store->listeners != NULL)
		store_listeners_link_gone(w->store->listeners, link);
}

uint32_t
store_worker_depth(struct store_worker *w)
{
	return w->depth;
}

/* ---- waking ---- */

static bool
is_for_topic(const struct call *c, const void *arg)
{
	return c->public.topic == *(const enum store_topic *)arg;
}

void
store_worker_wake(struct store_worker *w, enum store_topic topic)
{
	pthread_mutex_lock(&w->lock);
	w->topics[topic]++;
	for (struct call *c = take_waiting(w, is_for_topic, &topic), *next; c != NULL; c = next) {
		next = c->next;
		enqueue(w, c);
	}
	pthread_mutex_unlock(&w->lock);
}
