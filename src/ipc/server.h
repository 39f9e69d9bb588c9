/* SPDX-License-Identifier: MIT */
/*
 * The answering side of many links. Requests come unpacked and checked, each in an arena of its own, as an
 * object that may be handed to another thread and is given back with its reply, from any thread.
 */
#ifndef IPC_SERVER_H
#define IPC_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "event/loop.h"
#include "ipc/blame.h"
#include "ipc/message.h"

struct ipc_server;
struct ipc_request;

struct ipc_server_options {
	enum ipc_role self;
	size_t inflight_max;     /* requests of one link that wait for their reply; then it is not read */
	/* A request; the callee owns it and ends it with ipc_server_reply(). From the loop. */
	void (*request)(void *arg, struct ipc_request *r);
	/* Something said unasked, borrowed. NULL: cuts the link. */
	void (*told)(void *arg, uint64_t link, enum ipc_type type, const struct ProtobufCMessage *m);
	/* A link is gone, err as in ipc/link.h. The process behind it may still live (see role/role.h, detach). May be NULL. */
	void (*lost)(void *arg, uint64_t link, enum ipc_role role, int err);
	void *arg;
};

struct ipc_server *ipc_server_new(struct event_loop *loop, const struct ipc_server_options *o);
/* Takes *s, accepts NULL. Every request must have been replied to (panic): stop the workers first. */
void ipc_server_free(struct ipc_server **s);
/* Takes fd. link: the number under which callbacks and requests name it, unique. */
void ipc_server_add(struct ipc_server *s, int fd, enum ipc_role role, uint64_t link);
/* Drops a link without a callback. Unknown numbers are ignored. */
void ipc_server_drop(struct ipc_server *s, uint64_t link);
/* All links go on (false) or are not read any more (true): for a clean stop. */
void ipc_server_pause(struct ipc_server *s, bool is_paused);
/* Requests without a reply yet. Any thread. */
size_t ipc_server_inflight(const struct ipc_server *s);
/* Replies that are packed but have not reached the kernel. Loop thread. */
size_t ipc_server_unsent(const struct ipc_server *s);
/*
 * Says something unasked on every link to this role (IPC_ROLE_BIT set), or on one link. Any thread. A
 * message against its limits is our bug: panic.
 */
void ipc_server_tell_roles(struct ipc_server *s, unsigned roles, enum ipc_type type, const struct ProtobufCMessage *m);
void ipc_server_tell_link(struct ipc_server *s, uint64_t link, enum ipc_type type, const struct ProtobufCMessage *m);

/* Ends a request, from any thread: clears *r, frees its arena. err 0: m is the message of the row's reply type (NULL:
 * Empty), fds as many as that row says, taken. Else an enum err; m NULL, no fds. A link that is gone meanwhile: dropped. */
void ipc_server_reply(struct ipc_request **r, int err, const struct ProtobufCMessage *m, const int *fds);
/* The same with an error and what is to blame for it. */
void ipc_server_refuse(struct ipc_request **r, int err, const struct ipc_blame *blame);

/* What a request is. Everything lives until the reply. */
const struct ipc_message *ipc_server_request_row(const struct ipc_request *r);
const struct ProtobufCMessage *ipc_server_request_message(const struct ipc_request *r);
enum ipc_role ipc_server_request_role(const struct ipc_request *r);
uint64_t ipc_server_request_link(const struct ipc_request *r);
/* The arena the request lies in, with the reply row's arena_max of room beside it for the answer. */
struct arena *ipc_server_request_arena(struct ipc_request *r);

#endif
