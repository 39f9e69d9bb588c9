/* SPDX-License-Identifier: MIT */
/*
 * A store with its loop in a thread of its own, reached over real links (socket pairs), as front roles reach it.
 */
#ifndef TESTS_STORE_LINKS_H
#define TESTS_STORE_LINKS_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "event/loop.h"
#include "ipc/call.h"
#include "ipc/frame.h"
#include "ipc/link.h"
#include "ipc/server.h"
#include "store/rig.h"
#include "store/upkeep.h"
#include "store/worker.h"

#define LINKS_MAX 512

struct links {
	struct rig *rig;
	struct event_loop *loop;
	struct event_wakeup *wakeup;
	pthread_t thread;
	atomic_int command;              /* link to drop + 1, or -1: stop */
	pthread_mutex_t lock;
	pthread_cond_t obeyed;
	int fds[LINKS_MAX];              /* our ends' counterparts, to be added */
	enum ipc_role roles[LINKS_MAX];
	unsigned added, wanted;
};

static inline void
links_request(void *arg, struct ipc_request *r)
{
	struct links *l = arg;
	store_worker_submit(l->rig->store->worker, r);
}

/* In the loop's thread: new links, dropped ones, the end. */
static inline void
links_obey(void *arg)
{
	struct links *l = arg;
	pthread_mutex_lock(&l->lock);
	for (; l->added < l->wanted; l->added++)
		ipc_server_add(l->rig->store->server, l->fds[l->added], l->roles[l->added], l->added + 1);
	int command = atomic_exchange(&l->command, 0);
	if (command > 0) {
		ipc_server_drop(l->rig->store->server, (uint64_t)command);
		store_worker_link_gone(l->rig->store->worker, (uint64_t)command);
	}
	if (command < 0)
		event_loop_stop(l->loop);
	pthread_cond_broadcast(&l->obeyed);
	pthread_mutex_unlock(&l->lock);
}

static inline void *
links_run(void *arg)
{
	event_loop_run(((struct links *)arg)->loop);
	return NULL;
}

/* handlers: static. The rig has been started. */
static inline struct links *
links_new(struct rig *r, const struct store_handler *handlers, size_t count)
{
	struct links *l = mem_alloc(sizeof(*l));
	l->rig = r;
	l->loop = event_loop_new();
	require(pthread_mutex_init(&l->lock, NULL) == 0 && pthread_cond_init(&l->obeyed, NULL) == 0);
	struct ipc_server_options so = { .self = IPC_ROLE_STORE, .inflight_max = 256, .request = links_request, .arg = l };
	r->store->server = ipc_server_new(l->loop, &so);
	struct store_worker_options wo = { .handlers = handlers, .handler_count = count };
	r->store->worker = store_worker_new(r->store, &wo);
	l->wakeup = event_wakeup_start(l->loop, links_obey, l);
	require(pthread_create(&l->thread, NULL, links_run, l) == 0);
	return l;
}

static inline void
links_command(struct links *l, int command)
{
	pthread_mutex_lock(&l->lock);
	l->command = command;
	event_wakeup_send(l->wakeup);
	while (l->command != 0 || l->added < l->wanted)
		pthread_cond_wait(&l->obeyed, &l->lock);
	pthread_mutex_unlock(&l->lock);
}

/* A new link; its number goes to *number_r. Returns owned. */
static inline struct ipc_call *
links_connect(struct links *l, enum ipc_role role, int *number_r)
{
	int fds[2];
	require(ipc_frame_pair(fds) == 0);
	pthread_mutex_lock(&l->lock);
	require(l->wanted < LINKS_MAX);
	l->fds[l->wanted] = fds[0];
	l->roles[l->wanted] = role;
	*number_r = (int)++l->wanted;
	pthread_mutex_unlock(&l->lock);
	links_command(l, 0);
	return ipc_call_new(fds[1], role, IPC_ROLE_STORE);
}

/* A link of which the test reads the frames itself. Its descriptor, owned. */
static inline int
links_connect_raw(struct links *l, enum ipc_role role)
{
	int fds[2];
	require(ipc_frame_pair(fds) == 0);
	pthread_mutex_lock(&l->lock);
	l->fds[l->wanted] = fds[0];
	l->roles[l->wanted++] = role;
	pthread_mutex_unlock(&l->lock);
	links_command(l, 0);
	return fds[1];
}

/* Type of the next frame, IPC_NONE when none comes. */
static inline enum ipc_type
links_next_frame(int fd, uint8_t *bytes, size_t room, size_t *n_r, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	if (poll(&p, 1, timeout_ms) != 1)
		return IPC_NONE;
	ssize_t n = recv(fd, bytes, room, 0);
	require(n >= (ssize_t)IPC_FRAME_HEAD_BYTES);
	*n_r = (size_t)n;
	return (enum ipc_type)(bytes[0] << 8 | bytes[1]);
}

/* The process behind this link is dead. */
static inline void
links_drop(struct links *l, int number)
{
	links_command(l, number);
}

static inline void
links_free(struct links **links)
{
	struct links *l = *links;
	links_command(l, -1);
	require(pthread_join(l->thread, NULL) == 0);
	struct store *s = l->rig->store;
	store_worker_free(&s->worker);
	store_recovery_stop(s);
	event_wakeup_cancel(&l->wakeup);
	/* answers that the workers gave at the end */
	event_loop_step(l->loop, false);
	ipc_server_free(&s->server);
	event_loop_free(&l->loop);
	pthread_cond_destroy(&l->obeyed);
	pthread_mutex_destroy(&l->lock);
	mem_free(links);
}

#endif
