/* SPDX-License-Identifier: MIT */
/*
 * The asking side: calls that wait for their answer, paired by id. A call that cannot be asked or that lost
 * its link is answered from the loop like any other, so that a caller has one path. Front roles use it
 * towards the store, the supervisor towards every role.
 */
#include "ipc/client.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/link.h"

#define QUEUE_MAX ((size_t)16 << 20)

struct ipc_client_call {
	struct ipc_client *client;
	const struct ipc_message *row;
	ipc_client_callback *fn;
	void *arg;
	uint64_t id;             /* 0: not in the slots, ended with err */
	uint64_t asked_us;
	int err;
	struct event_timer *timer;
	struct ipc_client_call *next;    /* in the list of the ended */
};

struct ipc_client {
	struct event_loop *loop;
	struct ipc_client_options options;
	struct ipc_link *link;
	struct ipc_client_call **slots;  /* calls_max; a call lies at its id modulo calls_max */
	uint32_t *vacant;        /* stack of free slots */
	size_t vacant_count;
	uint64_t rounds;         /* so that an id is never used twice */
	struct ipc_client_call *ended, **ended_last;   /* their callbacks are due */
	size_t ended_count;
	struct event_deferred *ending;
	bool is_lost;            /* lost() is due behind the ended */
	int lost_err;
	bool *freed;             /* set when freed inside a callback */
	struct ipc_blame blame;  /* within a callback: what is to blame */
	struct ipc_client_times times;
};

static void
free_call(struct ipc_client_call *call)
{
	event_timer_cancel(&call->timer);
	mem_free(&call);
}

/* Out of the slots; the call itself stays. */
static void
vacate(struct ipc_client *c, struct ipc_client_call *call)
{
	size_t slot = (size_t)(call->id % c->options.calls_max);
	require(c->slots[slot] == call);
	c->slots[slot] = NULL;
	c->vacant[c->vacant_count++] = (uint32_t)slot;
	call->id = 0;
}

/* The callback, then the end of the call. False when the client was freed in it. */
static bool
answer(struct ipc_client *c, struct ipc_client_call *call, int err, const struct ProtobufCMessage *reply, const int *fds)
{
	bool is_freed = false, *outer = c->freed;
	c->freed = &is_freed;
	ipc_client_callback *fn = call->fn;
	void *arg = call->arg;
	free_call(call);
	fn(arg, err, reply, fds);
	if (is_freed && outer != NULL)
		*outer = true;
	if (!is_freed)
		c->freed = outer;
	return !is_freed;
}

static void
on_ending(void *arg)
{
	struct ipc_client *c = arg;
	event_deferred_cancel(&c->ending);
	while (c->ended != NULL) {
		struct ipc_client_call *call = c->ended;
		c->ended = call->next;
		c->ended_count--;
		if (c->ended == NULL)
			c->ended_last = &c->ended;
		if (!answer(c, call, call->err, NULL, NULL))
			return;
	}
	if (c->is_lost) {
		c->is_lost = false;
		if (c->options.lost != NULL)
			c->options.lost(c->options.arg, c->lost_err);
	}
}

static void
schedule_ending(struct ipc_client *c)
{
	if (c->ending == NULL)
		c->ending = event_deferred_start(c->loop, on_ending, c);
}

/* The callback will come from the loop with err. */
static void
end_call(struct ipc_client *c, struct ipc_client_call *call, int err)
{
	if (call->id != 0)
		vacate(c, call);
	event_timer_cancel(&call->timer);
	call->err = err;
	*c->ended_last = call;
	c->ended_last = &call->next;
	c->ended_count++;
	schedule_ending(c);
}

static void
end_all(struct ipc_client *c, int err)
{
	for (size_t i = 0; i < c->options.calls_max; i++)
		if (c->slots[i] != NULL)
			end_call(c, c->slots[i], err);
}

static void
on_timeout(void *arg)
{
	struct ipc_client_call *call = arg;
	end_call(call->client, call, ERR_TIMEOUT);
}

/* The message of a frame, in an arena of its own. NULL and the link cut: it was malformed. */
static const struct ProtobufCMessage *
unpack(struct ipc_client *c, const struct ipc_frame *f, struct arena *arena)
{
	const struct ProtobufCMessage *m;
	int err = ipc_message_unpack(f->row, f->payload, arena, &m);
	if (err == ERR_OK)
		return m;
	log_event(LOG_ERROR, "ipc-message-refused", LOG_S("type", f->row->name), LOG_ERR(err));
	ipc_link_cut(c->link, ERR_SYNTAX);
	return NULL;
}

static void
count_time(struct ipc_client *c, uint64_t took_us)
{
	c->times.count++;
	c->times.sum_us += took_us;
	for (size_t i = 0; i < IPC_CLIENT_BOUNDS; i++)
		c->times.within[i].count += took_us <= c->times.within[i].bound_ms * 1000ULL;
}

static void
take_reply(struct ipc_client *c, struct ipc_frame *f)
{
	struct ipc_client_call *call = c->slots[f->id % c->options.calls_max];
	if (call == NULL || call->id != f->id) {
		/* cancelled or too late */
		ipc_frame_drop_fds(f);
		return;
	}
	if (f->row->type != call->row->reply) {
		ipc_frame_drop_fds(f);
		ipc_link_cut(c->link, ERR_SYNTAX);
		return;
	}
	count_time(c, clock_mono_us() - call->asked_us);
	struct arena *arena = arena_new(f->row->arena_max);
	const struct ProtobufCMessage *m = f->err == ERR_OK ? unpack(c, f, arena) : NULL;
	if (f->err == ERR_OK && m == NULL) {
		ipc_frame_drop_fds(f);
	} else {
		vacate(c, call);
		if (f->err != ERR_OK)
			require(ipc_blame_parse(f->payload, &c->blame) == 0);
		if (answer(c, call, f->err, m, f->fds))
			c->blame = ipc_blame_of(NULL, 0, 0);
		if (m != NULL)
			ipc_message_wipe(m);
	}
	arena_free(&arena);
}

static void
take_told(struct ipc_client *c, struct ipc_frame *f)
{
	struct arena *arena = arena_new(f->row->arena_max);
	const struct ProtobufCMessage *m = NULL;
	if (c->options.told == NULL)
		ipc_link_cut(c->link, ERR_SYNTAX);
	else
		m = unpack(c, f, arena);
	if (m != NULL)
		c->options.told(c->options.arg, f->row->type, m);
	ipc_frame_drop_fds(f);
	arena_free(&arena);
}

static void
on_frame(void *arg, struct ipc_link *link, struct ipc_frame *f)
{
	struct ipc_client *c = arg;
	if (f->is_reply) {
		take_reply(c, f);
	} else if (f->row->kind == IPC_KIND_TOLD) {
		take_told(c, f);
	} else {
		/* an answering side does not ask */
		ipc_frame_drop_fds(f);
		ipc_link_cut(link, ERR_SYNTAX);
	}
}

static void
on_closed(void *arg, struct ipc_link *link, int err)
{
	struct ipc_client *c = arg;
	require(link == c->link);
	ipc_link_free(&c->link);
	end_all(c, ERR_UNAVAILABLE);
	c->is_lost = true;
	c->lost_err = err;
	schedule_ending(c);
}

struct ipc_client *
ipc_client_new(struct event_loop *loop, const struct ipc_client_options *o)
{
	static const uint32_t bounds_ms[IPC_CLIENT_BOUNDS] = { 1, 5, 10, 50, 100, 500, 1000, 5000 };
	require(o->calls_max > 0 && o->calls_max <= UINT32_MAX);
	struct ipc_client *c = mem_alloc(sizeof(*c));
	c->loop = loop;
	c->options = *o;
	c->slots = mem_array(o->calls_max, sizeof(*c->slots));
	c->vacant = mem_array(o->calls_max, sizeof(*c->vacant));
	for (size_t i = 0; i < o->calls_max; i++)
		c->vacant[c->vacant_count++] = (uint32_t)(o->calls_max - 1 - i);
	c->ended_last = &c->ended;
	for (size_t i = 0; i < IPC_CLIENT_BOUNDS; i++)
		c->times.within[i].bound_ms = bounds_ms[i];
	return c;
}

void
ipc_client_free(struct ipc_client **client)
{
	struct ipc_client *c = *client;
	if (c == NULL)
		return;
	if (c->freed != NULL)
		*c->freed = true;
	ipc_link_free(&c->link);
	end_all(c, ERR_UNAVAILABLE);
	event_deferred_cancel(&c->ending);
	while (c->ended != NULL) {
		struct ipc_client_call *next = c->ended->next;
		free_call(c->ended);
		c->ended = next;
	}
	mem_free(&c->slots);
	mem_free(&c->vacant);
	mem_free(client);
}

void
ipc_client_attach(struct ipc_client *c, int fd)
{
	ipc_client_detach(c);
	struct ipc_link_options o = { .self = c->options.self, .peer = c->options.peer, .frame = on_frame,
		.closed = on_closed, .arg = c, .queue_max = QUEUE_MAX };
	c->link = ipc_link_new(c->loop, fd, &o);
}

void
ipc_client_detach(struct ipc_client *c)
{
	ipc_link_free(&c->link);
	end_all(c, ERR_UNAVAILABLE);
	c->is_lost = false;
}

bool
ipc_client_is_attached(const struct ipc_client *c)
{
	return c->link != NULL;
}

size_t
ipc_client_waiting(const struct ipc_client *c)
{
	return c->options.calls_max - c->vacant_count + c->ended_count;
}

const struct ipc_client_times *
ipc_client_times(const struct ipc_client *c)
{
	return &c->times;
}

static void
close_fds(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = fds[i];
		file_close(&fd);
	}
}

/* Packs and sends under a new id; fds are taken. */
static int
ask(struct ipc_client *c, struct ipc_client_call *call, const struct ProtobufCMessage *m, const int *fds)
{
	struct buf packed;
	buf_init(&packed, call->row->bytes_max);
	int err = c->link == NULL ? ERR_UNAVAILABLE : c->vacant_count == 0 ? ERR_BUSY : ERR_OK;
	if (err == ERR_OK)
		err = ipc_message_pack(call->row, m, &packed);
	if (err != ERR_OK) {
		close_fds(fds, call->row->fds);
		goto out;
	}
	uint32_t slot = c->vacant[--c->vacant_count];
	call->id = ++c->rounds * c->options.calls_max + slot;
	c->slots[slot] = call;
	if (ipc_link_send_request(c->link, call->row->type, call->id, buf_view(&packed), fds, call->row->fds) != ERR_OK)
		err = ERR_UNAVAILABLE;
out:
	buf_wipe(&packed);
	buf_deinit(&packed);
	return err;
}

struct ipc_client_call *
ipc_client_call(struct ipc_client *c, enum ipc_type type, const struct ProtobufCMessage *m,
    const int *fds, uint32_t timeout_ms, ipc_client_callback *fn, void *arg)
{
	struct ipc_client_call *call = mem_alloc(sizeof(*call));
	*call = (struct ipc_client_call){ .client = c, .row = ipc_message_find(type), .fn = fn, .arg = arg,
		.asked_us = clock_mono_us() };
	require(call->row != NULL && call->row->kind == IPC_KIND_REQUEST);
	int err = ask(c, call, m, fds);
	if (err != ERR_OK)
		end_call(c, call, err);
	else if (timeout_ms != 0)
		call->timer = event_timer_start(c->loop, timeout_ms, on_timeout, call);
	return call;
}

/* Takes a call out of the list of the ended. */
static void
unlink_ended(struct ipc_client *c, struct ipc_client_call *call)
{
	struct ipc_client_call **at = &c->ended;
	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	if (c->ended_last == &call->next)
		c->ended_last = at;
	c->ended_count--;
}

void
ipc_client_cancel(struct ipc_client_call **call)
{
	if (*call == NULL)
		return;
	struct ipc_client *c = (*call)->client;
	if ((*call)->id != 0)
		vacate(c, *call);
	else
		unlink_ended(c, *call);
	free_call(*call);
	*call = NULL;
}

int
ipc_client_tell(struct ipc_client *c, enum ipc_type type, const struct ProtobufCMessage *m)
{
	const struct ipc_message *row = ipc_message_find(type);
	require(row != NULL && row->kind == IPC_KIND_TOLD && row->fds == 0);
	struct buf packed;
	buf_init(&packed, row->bytes_max);
	int err = ipc_message_pack(row, m, &packed);
	if (err == ERR_OK && (c->link == NULL || ipc_link_send_request(c->link, type, 0, buf_view(&packed), NULL, 0) != ERR_OK))
		err = ERR_UNAVAILABLE;
	buf_deinit(&packed);
	return err;
}

const struct ipc_blame *
ipc_client_blame(const struct ipc_client *c)
{
	return &c->blame;
}
