/* SPDX-License-Identifier: MIT */
/*
 * A handle on an answer under way, for those who must know when it has left or must be able to cut it. Must not
 * know what is sent. The handle is the owner's until done; done always comes from the loop.
 */
#include "base/mem.h"
#include "base/fatal.h"
#include "http/conn.h"

struct http_response_watch {
	struct event_loop *loop;
	struct http_request *r;          /* NULL: fired, done is on its way */
	void (*done)(void *arg, int err);
	void *arg;
	int err;
	struct event_deferred *deferred;
	bool is_cutting;
};

struct http_response_watch *
http_response_watch(struct http_request *r, void (*done)(void *arg, int err), void *arg)
{
	struct http_response_watch *w = mem_alloc(sizeof(*w));
	require(r->watch == NULL && !r->is_answered);
	w->loop = r->server->loop;
	w->r = r;
	w->done = done;
	w->arg = arg;
	r->watch = w;
	return w;
}

static void
on_fired(void *arg)
{
	struct http_response_watch *w = arg;
	event_deferred_cancel(&w->deferred);
	w->done(w->arg, w->err);
	mem_free(&w);
}

void
http_response_watch_fire(struct http_response_watch **w_at, int err)
{
	struct http_response_watch *w = *w_at;
	*w_at = NULL;
	if (w == NULL)
		return;
	w->r = NULL;
	w->err = w->is_cutting ? ERR_ERASED : err;
	event_deferred_cancel(&w->deferred);
	w->deferred = event_deferred_start(w->loop, on_fired, w);
}

static void
on_cut(void *arg)
{
	struct http_response_watch *w = arg;
	event_deferred_cancel(&w->deferred);
	if (w->r != NULL && w->r->conn != NULL)
		http_conn_cut(w->r->conn, ERR_ERASED);
}

void
http_response_cut(struct http_response_watch *w)
{
	w->is_cutting = true;
	if (w->r != NULL && w->deferred == NULL)
		w->deferred = event_deferred_start(w->loop, on_cut, w);
}
