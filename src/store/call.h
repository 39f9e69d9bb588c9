/* SPDX-License-Identifier: MIT */
/*
 * One request to the store and the row that says how it is worked. README.md in this folder tells how a handler is
 * written.
 *
 * prepare() runs in a worker thread (STORE_CALL_SLOW: in a thread of the pool): authorises, decrypts, answers reads.
 * c->tx is a view. apply() runs in the committer's thread: c->tx is a child of the batch's transaction;
 * authorises again, changes, answers. It must not block, and it may run twice (a batch whose keys could not
 * be flushed is run again), so it changes nothing but the index, through c->tx, and the reply.
 * Either may be NULL; without apply() the request is a read and its reply goes out at once, with apply() only
 * after the commit is durable. A negative return is the answer (and undoes what apply() did).
 */
#ifndef STORE_CALL_H
#define STORE_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "ipc/message.h"
#include "store/index.h"
#include "store/store.h"

struct ProtobufCMessage;
struct store_call;

#define STORE_CALL_ARENA_MAX (8U * 1024 * 1024)

enum store_call_flags {
	STORE_CALL_SLOW = 1,    /* prepare() may wait for the disk (flush, settle) */
	STORE_CALL_GROWS = 2,   /* refused with ERR_FULL while the disk is nearly full */
	STORE_CALL_UNNOTED = 4  /* an idempotency key is not taken: what is noted under one ends with this request */
};

/* From prepare() only: run it again when store_wake() of c->topic came; the request waits without a thread. */
#define STORE_CALL_WAIT 1

/* From store_repeat_prepare() only: the answer is there, apply() must not come. */
#define STORE_CALL_DONE 2

/* What requests can wait for. */
enum store_topic { STORE_TOPIC_NONE = 0, STORE_TOPIC_MAIL, STORE_TOPIC_COUNT };

struct store_handler {
	enum ipc_type type;     /* of the request; its limits, arena cap and reply stand in ipc's message table */
	unsigned roles;         /* IPC_ROLE_BIT()s: who may send it (the link says who it is) */
	unsigned flags;         /* enum store_call_flags */
	int (*prepare)(struct store_call *c);
	int (*apply)(struct store_call *c);
};

struct store_call {
	struct store *store;
	const struct store_handler *handler;
	const struct store_settings *settings;    /* as they were when the request came */
	enum ipc_role role;                       /* of the link */
	uint64_t link;                            /* number of the link, never used again for another */
	const struct ProtobufCMessage *request;   /* checked against its limits; lives until the answer */
	struct arena *arena;                      /* for this request: at most STORE_CALL_ARENA_MAX; until the answer */
	struct store_txn *tx;                     /* view in prepare(), child transaction in apply() */
	void *state;                              /* what prepare() leaves for apply(), in arena; no secrets */
	enum store_topic topic;                   /* set before STORE_CALL_WAIT is returned */
	/* the answer */
	const struct ProtobufCMessage *reply;     /* of the row's reply type, NULL = Empty; in arena */
	int reply_fd;                             /* -1 = none; taken; sent only with a reply that is no error */
	const char *field;                        /* of the request, to blame for an error; static; NULL = none */
	uint64_t limit, used;                     /* of what is full, for an error; limit 0 = none */
};

/* Returns err; where it says that something the client brought is wrong, notes which field (static, [a-z0-9_]). */
int store_call_blame(struct store_call *c, const char *field, int err) ERR_CHECK;

/* Marks topic as changed once c->tx is durable: requests that wait for it run again. For transactions of any kind. */
void store_wake_after(struct store *s, struct store_txn *tx, enum store_topic topic);
/* The same at once, from any thread. */
void store_wake(struct store *s, enum store_topic topic);
/* Says message, unasked, to every link of these roles (IPC_ROLE_BIT) once tx is durable (PackageCut). Packs message now;
 * against its limits: panic. */
void store_tell_after(struct store *s, struct store_txn *tx, unsigned roles, enum ipc_type type,
    const struct ProtobufCMessage *message);

#endif
