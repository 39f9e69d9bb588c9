/* SPDX-License-Identifier: MIT */
/*
 * What a write says about its consequences outside the index: topics that were woken, messages for the links. All of it
 * happens only when the write is durable.
 */
#include "store/call.h"

#include "base/buf.h"
#include "base/fatal.h"
#include "ipc/server.h"
#include "store/worker.h"

#define TOLD_MAX (64U * 1024)

struct wake {
	struct store *store;
	enum store_topic topic;
};

static int
wake_now(void *arg)
{
	struct wake *w = arg;
	store_wake(w->store, w->topic);
	return 0;
}

void
store_wake_after(struct store *s, struct store_txn *tx, enum store_topic topic)
{
	struct wake *w = arena_alloc(store_txn_arena(tx), sizeof(*w));
	*w = (struct wake){ s, topic };
	store_txn_hook(tx, STORE_AFTER_COMMIT, wake_now, w);
}

void
store_wake(struct store *s, enum store_topic topic)
{
	if (s->worker != NULL)
		store_worker_wake(s->worker, topic);
}

struct tell {
	struct store *store;
	unsigned roles;
	enum ipc_type type;
	const struct ProtobufCMessage *message;
};

static int
tell_now(void *arg)
{
	struct tell *t = arg;
	ipc_server_tell_roles(t->store->server, t->roles, t->type, t->message);
	return 0;
}

void
store_tell_after(struct store *s, struct store_txn *tx, unsigned roles, enum ipc_type type,
    const struct ProtobufCMessage *message)
{
	struct arena *a = store_txn_arena(tx);
	const struct ipc_message *row = ipc_message_find(type);
	struct tell *t = arena_alloc(a, sizeof(*t));
	struct buf packed;
	if (s->server == NULL)
		return;
	require(row != NULL);
	*t = (struct tell){ s, roles, type, NULL };
	buf_init(&packed, TOLD_MAX);
	/* a copy that lives as long as the transaction */
	require(ipc_message_pack(row, message, &packed) == 0);
	require(ipc_message_unpack(row, arena_dup(a, buf_view(&packed)), a, &t->message) == 0);
	buf_deinit(&packed);
	store_txn_hook(tx, STORE_AFTER_COMMIT, tell_now, t);
}

int
store_call_blame(struct store_call *c, const char *field, int err)
{
	static const int blamed[] = { ERR_SYNTAX, ERR_LIMIT, ERR_VERSION, ERR_TRUST, ERR_UNSUPPORTED, ERR_CRYPTO };
	for (size_t i = 0; i < sizeof(blamed) / sizeof(blamed[0]); i++)
		if (err == blamed[i] && c->field == NULL)
			c->field = field;
	return err;
}
