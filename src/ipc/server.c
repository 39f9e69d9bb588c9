/* SPDX-License-Identifier: MIT */
/*
 * The answering side: links by number, requests as objects that may travel to worker threads, and an outbox
 * through which any thread hands packed replies to the loop's. Links and their frames are touched by
 * the loop's thread only; the outbox and the count of requests are shared. The store uses it.
 */
#include "ipc/server.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ipc/link.h"

#define QUEUE_MAX ((size_t)32 << 20)

struct peer {
	struct peer *next;
	struct ipc_server *server;
	struct ipc_link *link;
	uint64_t number;
	enum ipc_role role;
	size_t inflight;         /* requests without a sent reply */
};

struct ipc_request {
	struct ipc_server *server;
	const struct ipc_message *row;
	const struct ProtobufCMessage *message;
	struct arena *arena;
	uint64_t link, id;
	enum ipc_role role;
};

/* What a thread wants said: to one link, or to all of some roles. */
struct outgoing {
	struct outgoing *next;
	uint64_t link;           /* 0: to roles */
	unsigned roles;
	const struct ipc_message *row;
	uint64_t id;
	int err;
	struct buf packed;
	int fds[IPC_FDS_MAX];
	size_t fd_count;
};

struct ipc_server {
	struct event_loop *loop;
	struct ipc_server_options options;
	struct peer *peers;
	bool is_paused;
	struct event_wakeup *wakeup;
	atomic_size_t inflight;
	pthread_mutex_t lock;    /* of the outbox */
	struct outgoing *first, **last;
};

static struct peer *
find_peer(struct ipc_server *s, uint64_t number)
{
	for (struct peer *p = s->peers; p != NULL; p = p->next)
		if (p->number == number)
			return p;
	return NULL;
}

static void
free_peer(struct peer *p)
{
	struct peer **at = &p->server->peers;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	ipc_link_free(&p->link);
	mem_free(&p);
}

static void
update_reading(struct peer *p)
{
	if (p->server->is_paused || p->inflight >= p->server->options.inflight_max)
		ipc_link_pause(p->link);
	else
		ipc_link_resume(p->link);
}

/* Unpacks into an arena that also has room for the answer. ERR_SYNTAX cuts the link. */
static int
unpack(struct peer *p, const struct ipc_frame *f, struct arena **arena_r, const struct ProtobufCMessage **m_r)
{
	size_t answer = f->row->reply == IPC_NONE ? 0 : ipc_message_find(f->row->reply)->arena_max;
	*arena_r = arena_new(f->row->arena_max + answer);
	int err = ipc_message_unpack(f->row, f->payload, *arena_r, m_r);
	if (err != ERR_OK) {
		log_event(LOG_ERROR, "ipc-message-refused", LOG_S("type", f->row->name), LOG_ERR(err), LOG_U("link", p->number));
		arena_free(arena_r);
		ipc_link_cut(p->link, ERR_SYNTAX);
	}
	return err;
}

static void
take_request(struct peer *p, struct ipc_frame *f)
{
	struct arena *arena;
	const struct ProtobufCMessage *m;
	if (unpack(p, f, &arena, &m) != ERR_OK)
		return;
	struct ipc_request *r = mem_alloc(sizeof(*r));
	*r = (struct ipc_request){ p->server, f->row, m, arena, p->number, f->id, p->role };
	p->inflight++;
	atomic_fetch_add(&p->server->inflight, 1);
	update_reading(p);
	p->server->options.request(p->server->options.arg, r);
}

static void
take_told(struct peer *p, struct ipc_frame *f)
{
	struct ipc_server *s = p->server;
	struct arena *arena;
	const struct ProtobufCMessage *m;
	if (s->options.told == NULL) {
		ipc_link_cut(p->link, ERR_SYNTAX);
	} else if (unpack(p, f, &arena, &m) == ERR_OK) {
		s->options.told(s->options.arg, p->number, f->row->type, m);
		arena_free(&arena);
	}
}

static void
on_frame(void *arg, struct ipc_link *link, struct ipc_frame *f)
{
	struct peer *p = arg;
	bool has_fds = f->fd_count != 0;
	/* no request to a server carries descriptors: the only ones go over control channels */
	ipc_frame_drop_fds(f);
	if (has_fds || f->row->kind == IPC_KIND_REPLY)
		ipc_link_cut(link, ERR_SYNTAX);
	else if (f->row->kind == IPC_KIND_REQUEST)
		take_request(p, f);
	else
		take_told(p, f);
}

static void
on_closed(void *arg, struct ipc_link *link, int err)
{
	struct peer *p = arg;
	struct ipc_server *s = p->server;
	uint64_t number = p->number;
	enum ipc_role role = p->role;
	require(link == p->link);
	free_peer(p);
	if (s->options.lost != NULL)
		s->options.lost(s->options.arg, number, role, err);
}

static void
close_fds(struct outgoing *o)
{
	for (size_t i = 0; i < o->fd_count; i++)
		file_close(&o->fds[i]);
	o->fd_count = 0;
}

static void
send_to_peer(struct peer *p, struct outgoing *o)
{
	int err;
	if (o->row->kind == IPC_KIND_REPLY) {
		err = ipc_link_send_reply(p->link, o->row->type, o->id, o->err, buf_view(&o->packed), o->fds, o->fd_count);
		o->fd_count = 0;
		p->inflight--;
		update_reading(p);
	} else {
		err = ipc_link_send_request(p->link, o->row->type, 0, buf_view(&o->packed), NULL, 0);
	}
	/* a link that cannot take it is cut, and on_closed tells */
	if (err != ERR_OK)
		log_event(LOG_DEBUG, "ipc-not-sent", LOG_S("type", o->row->name), LOG_ERR(err));
}

static void
send_outgoing(struct ipc_server *s, struct outgoing *o)
{
	for (struct peer *p = s->peers; p != NULL; p = p->next)
		if (o->link != 0 ? p->number == o->link : (IPC_ROLE_BIT(p->role) & o->roles) != 0)
			send_to_peer(p, o);
	close_fds(o);
	buf_wipe(&o->packed);
	buf_deinit(&o->packed);
	mem_free(&o);
}

static struct outgoing *
take_outbox(struct ipc_server *s)
{
	pthread_mutex_lock(&s->lock);
	struct outgoing *list = s->first;
	s->first = NULL;
	s->last = &s->first;
	pthread_mutex_unlock(&s->lock);
	return list;
}

static void
on_wakeup(void *arg)
{
	struct ipc_server *s = arg;
	struct outgoing *o = take_outbox(s);
	while (o != NULL) {
		struct outgoing *next = o->next;
		send_outgoing(s, o);
		o = next;
	}
}

static void
post(struct ipc_server *s, struct outgoing *o)
{
	pthread_mutex_lock(&s->lock);
	*s->last = o;
	s->last = &o->next;
	pthread_mutex_unlock(&s->lock);
	event_wakeup_send(s->wakeup);
}

struct ipc_server *
ipc_server_new(struct event_loop *loop, const struct ipc_server_options *o)
{
	struct ipc_server *s = mem_alloc(sizeof(*s));
	s->loop = loop;
	s->options = *o;
	s->last = &s->first;
	require(pthread_mutex_init(&s->lock, NULL) == 0);
	s->wakeup = event_wakeup_start(loop, on_wakeup, s);
	return s;
}

void
ipc_server_free(struct ipc_server **server)
{
	struct ipc_server *s = *server;
	if (s == NULL)
		return;
	require(atomic_load(&s->inflight) == 0);
	event_wakeup_cancel(&s->wakeup);
	on_wakeup(s);
	while (s->peers != NULL)
		free_peer(s->peers);
	pthread_mutex_destroy(&s->lock);
	mem_free(server);
}

void
ipc_server_add(struct ipc_server *s, int fd, enum ipc_role role, uint64_t link)
{
	require(link != 0 && find_peer(s, link) == NULL);
	struct peer *p = mem_alloc(sizeof(*p));
	*p = (struct peer){ .next = s->peers, .server = s, .number = link, .role = role };
	struct ipc_link_options o = { .self = s->options.self, .peer = role, .frame = on_frame, .closed = on_closed,
		.arg = p, .queue_max = QUEUE_MAX };
	p->link = ipc_link_new(s->loop, fd, &o);
	s->peers = p;
	update_reading(p);
}

void
ipc_server_drop(struct ipc_server *s, uint64_t link)
{
	struct peer *p = find_peer(s, link);
	if (p != NULL)
		free_peer(p);
}

void
ipc_server_pause(struct ipc_server *s, bool is_paused)
{
	s->is_paused = is_paused;
	for (struct peer *p = s->peers; p != NULL; p = p->next)
		update_reading(p);
}

size_t
ipc_server_inflight(const struct ipc_server *s)
{
	return atomic_load(&s->inflight);
}

size_t
ipc_server_unsent(const struct ipc_server *s)
{
	size_t n = 0;
	for (struct peer *p = s->peers; p != NULL; p = p->next)
		n += p->inflight + (ipc_link_queued(p->link) != 0);
	return n;
}

static void
tell(struct ipc_server *s, uint64_t link, unsigned roles, enum ipc_type type, const struct ProtobufCMessage *m)
{
	struct outgoing *o = mem_alloc(sizeof(*o));
	*o = (struct outgoing){ .link = link, .roles = roles, .row = ipc_message_find(type) };
	require(o->row != NULL && o->row->kind == IPC_KIND_TOLD && o->row->fds == 0);
	buf_init(&o->packed, o->row->bytes_max);
	int err = ipc_message_pack(o->row, m, &o->packed);
	require(err == ERR_OK);
	post(s, o);
}

void
ipc_server_tell_roles(struct ipc_server *s, unsigned roles, enum ipc_type type, const struct ProtobufCMessage *m)
{
	tell(s, 0, roles, type, m);
}

void
ipc_server_tell_link(struct ipc_server *s, uint64_t link, enum ipc_type type, const struct ProtobufCMessage *m)
{
	tell(s, link, 0, type, m);
}

/* Packs the answer; one that breaks its own limits becomes ERR_IO and is logged, so that one bad record harms one request. */
static void
pack_answer(struct outgoing *o, const struct ProtobufCMessage *m)
{
	buf_init(&o->packed, o->row->bytes_max);
	if (o->err != ERR_OK || m == NULL) {
		require(o->err != ERR_OK || o->row->type == IPC_EMPTY);
		return;
	}
	int err = ipc_message_pack(o->row, m, &o->packed);
	if (err != ERR_OK) {
		log_event(LOG_ERROR, "ipc-reply-invalid", LOG_S("type", o->row->name), LOG_ERR(err));
		o->err = ERR_IO;
	}
}

static struct outgoing *
new_answer(const struct ipc_request *r, int err)
{
	struct outgoing *o = mem_alloc(sizeof(*o));
	*o = (struct outgoing){ .link = r->link, .row = ipc_message_find(r->row->reply), .id = r->id, .err = err };
	return o;
}

/* Ends the request; takes both. */
static void
end_request(struct ipc_request *r, struct outgoing *o)
{
	struct ipc_server *s = r->server;
	ipc_message_wipe(r->message);
	arena_free(&r->arena);
	mem_free(&r);
	atomic_fetch_sub(&s->inflight, 1);
	post(s, o);
}

void
ipc_server_reply(struct ipc_request **request, int err, const struct ProtobufCMessage *m, const int *fds)
{
	struct ipc_request *r = *request;
	*request = NULL;
	struct outgoing *o = new_answer(r, err);
	for (size_t i = 0; err == ERR_OK && i < o->row->fds; i++)
		o->fds[o->fd_count++] = fds[i];
	pack_answer(o, m);
	if (o->err != ERR_OK)
		close_fds(o);
	end_request(r, o);
}

void
ipc_server_refuse(struct ipc_request **request, int err, const struct ipc_blame *blame)
{
	struct ipc_request *r = *request;
	*request = NULL;
	require(err != ERR_OK);
	struct outgoing *o = new_answer(r, err);
	buf_init(&o->packed, IPC_BLAME_MAX);
	ipc_blame_write(blame, &o->packed);
	end_request(r, o);
}

const struct ipc_message *
ipc_server_request_row(const struct ipc_request *r)
{
	return r->row;
}

const struct ProtobufCMessage *
ipc_server_request_message(const struct ipc_request *r)
{
	return r->message;
}

enum ipc_role
ipc_server_request_role(const struct ipc_request *r)
{
	return r->role;
}

uint64_t
ipc_server_request_link(const struct ipc_request *r)
{
	return r->link;
}

struct arena *
ipc_server_request_arena(struct ipc_request *r)
{
	return r->arena;
}
