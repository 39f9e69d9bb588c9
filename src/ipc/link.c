/* SPDX-License-Identifier: MIT */
/*
 * A link in the loop: the bounded queue of what waits to be sent, the reading of what comes, and its end.
 * Knows frames, not messages. Clients and servers stand above it.
 */
#include "config.h"

#include "ipc/link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypt/secret.h"

#define FRAMES_A_ROUND 32
#define SOCKET_BUFFER (1 << 20)
#define MEMORY_KEPT ((size_t)256 * 1024)
#define WAITING_COST sizeof(struct waiting)

/* One packet that waits. */
struct waiting {
	struct waiting *next;
	struct ipc_packet packet;
	size_t cost;             /* what it counts in the queue */
};

struct ipc_link {
	struct event_loop *loop;
	struct ipc_link_options options;
	int fd;                  /* -1: cut */
	struct event_watch *watch;
	struct event_deferred *ending;   /* closed is about to come */
	int end_err;
	bool is_paused;
	struct waiting *first, **last;
	size_t queued;           /* sum of costs, at most options.queue_max */
	struct buf memory;       /* of the frame being received */
	bool *freed;             /* set when freed inside a callback */
};

int
ipc_link_peer(int fd, uid_t *uid_r, gid_t *gid_r, pid_t *pid_r)
{
	struct ucred c;
	socklen_t n = sizeof(c);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) != 0 || n != sizeof(c))
		return ERR_IO;
	*uid_r = c.uid;
	*gid_r = c.gid;
	*pid_r = c.pid;
	return ERR_OK;
}

static void
update_watch(struct ipc_link *l)
{
	if (l->watch != NULL)
		event_watch_change(l->watch, (l->is_paused ? 0u : EVENT_READ) | (l->first != NULL ? EVENT_WRITE : 0u));
}

static void
drop_queue(struct ipc_link *l)
{
	while (l->first != NULL) {
		struct waiting *w = l->first;
		l->first = w->next;
		ipc_packet_deinit(&w->packet);
		mem_free(&w);
	}
	l->last = &l->first;
	l->queued = 0;
}

static void
on_end(void *arg)
{
	struct ipc_link *l = arg;
	event_deferred_cancel(&l->ending);
	l->options.closed(l->options.arg, l, l->end_err);
}

void
ipc_link_cut(struct ipc_link *l, int err)
{
	if (l->fd == -1)
		return;
	event_watch_cancel(&l->watch);
	file_close(&l->fd);
	drop_queue(l);
	l->end_err = err;
	l->ending = event_deferred_start(l->loop, on_end, l);
	if (err != ERR_CLOSED)
		log_event(LOG_WARNING, "link-cut", LOG_S("peer", ipc_message_role_name(l->options.peer)), LOG_ERR(err));
}

/* Sends what waits, until there is no room. */
static void
flush(struct ipc_link *l)
{
	int err = ERR_OK;
	while (l->first != NULL && err == ERR_OK) {
		struct waiting *w = l->first;
		err = ipc_packet_send(l->fd, &w->packet);
		if (err != ERR_OK)
			break;
		l->first = w->next;
		l->queued -= w->cost;
		ipc_packet_deinit(&w->packet);
		mem_free(&w);
	}
	if (l->first == NULL)
		l->last = &l->first;
	if (err != ERR_OK && err != ERR_BUSY)
		ipc_link_cut(l, err);
}

/* False when the link was freed meanwhile. */
static bool
receive(struct ipc_link *l)
{
	bool is_freed = false;
	l->freed = &is_freed;
	for (int i = 0; i < FRAMES_A_ROUND && l->fd != -1 && !l->is_paused; i++) {
		struct ipc_frame f;
		int err = ipc_frame_receive(l->fd, l->options.self, l->options.peer, &l->memory, &f);
		if (err == ERR_BUSY)
			break;
		if (err != ERR_OK) {
			ipc_link_cut(l, err);
			break;
		}
		l->options.frame(l->options.arg, l, &f);
		if (is_freed)
			return false;
		/* what was received; beyond it nothing was written, and wiping all of it costs as much as the rest */
		secret_wipe(l->memory.data, l->memory.len);
		buf_clear(&l->memory);
	}
	l->freed = NULL;
	if (l->memory.cap > MEMORY_KEPT)
		buf_shrink(&l->memory);
	return true;
}

static void
on_ready(void *arg, unsigned ready)
{
	struct ipc_link *l = arg;
	if ((ready & EVENT_WRITE) != 0)
		flush(l);
	if (l->fd != -1 && (ready & EVENT_READ) != 0 && !receive(l))
		return;
	update_watch(l);
}

struct ipc_link *
ipc_link_new(struct event_loop *loop, int fd, const struct ipc_link_options *o)
{
	struct ipc_link *l = mem_alloc(sizeof(*l));
	l->loop = loop;
	l->options = *o;
	l->fd = fd;
	l->last = &l->first;
	buf_init(&l->memory, IPC_FRAME_MEMORY);
	int room = SOCKET_BUFFER;
	/* A hint: the kernel cuts it to its own limit, and the default is enough. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	l->watch = event_watch_start(loop, fd, EVENT_READ, on_ready, l);
	return l;
}

void
ipc_link_free(struct ipc_link **link)
{
	struct ipc_link *l = *link;
	if (l == NULL)
		return;
	if (l->freed != NULL)
		*l->freed = true;
	event_watch_cancel(&l->watch);
	event_deferred_cancel(&l->ending);
	file_close(&l->fd);
	drop_queue(l);
	buf_wipe(&l->memory);
	buf_deinit(&l->memory);
	mem_free(link);
}

/* Takes the packet: to the kernel at once when nothing waits before it, else into the queue. */
static int
post(struct ipc_link *l, struct ipc_packet *p, size_t bytes)
{
	int err = l->first == NULL ? ipc_packet_send(l->fd, p) : ERR_BUSY;
	size_t cost = bytes + WAITING_COST;
	bool is_full = err == ERR_BUSY && cost > l->options.queue_max - l->queued;
	if (err == ERR_BUSY && !is_full) {
		struct waiting *w = mem_alloc(sizeof(*w));
		w->packet = *p;
		w->cost = cost;
		*l->last = w;
		l->last = &w->next;
		l->queued += cost;
		update_watch(l);
		return ERR_OK;
	}
	ipc_packet_deinit(p);
	if (err != ERR_OK)
		ipc_link_cut(l, err);
	return err;
}

static int
send_frame(struct ipc_link *l, struct ipc_frame *f, const int *fds, size_t fd_count)
{
	require(fd_count < IPC_FDS_MAX);
	for (size_t i = 0; i < fd_count; i++)
		f->fds[f->fd_count++] = fds[i];
	if (l->fd == -1) {
		ipc_frame_drop_fds(f);
		return ERR_CLOSED;
	}
	require((f->row->from & IPC_ROLE_BIT(l->options.self)) != 0);
	struct ipc_packet p;
	int err = ipc_packet_init(&p, f);
	if (err != ERR_OK)
		ipc_link_cut(l, err);
	return err != ERR_OK ? err : post(l, &p, f->payload.len);
}

int
ipc_link_send_request(struct ipc_link *l, enum ipc_type type, uint64_t id, struct view payload,
    const int *fds, size_t fd_count)
{
	struct ipc_frame f = { .row = ipc_message_find(type), .id = id, .payload = payload };
	return send_frame(l, &f, fds, fd_count);
}

int
ipc_link_send_reply(struct ipc_link *l, enum ipc_type reply, uint64_t id, int err, struct view payload,
    const int *fds, size_t fd_count)
{
	struct ipc_frame f = { .row = ipc_message_find(reply), .is_reply = true, .err = err, .id = id, .payload = payload };
	return send_frame(l, &f, fds, fd_count);
}

void
ipc_link_pause(struct ipc_link *l)
{
	l->is_paused = true;
	update_watch(l);
}

void
ipc_link_resume(struct ipc_link *l)
{
	l->is_paused = false;
	update_watch(l);
}

size_t
ipc_link_queued(const struct ipc_link *l)
{
	return l->queued;
}
