/* SPDX-License-Identifier: MIT */
/*
 * Notes of what was done under an idempotency key. Knows no request but by its type: a request is compared as packed, without
 * its caller. Stands between worker.c and the handlers.
 */
#include "store/repeat.h"

#include <string.h>

#include "base/fatal.h"
#include "crypt/equal.h"
#include "crypt/record.h"
#include "record/stored.pb-c.h"
#include "store/clock_guard.h"
#include "store/jobs.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/session.h"
#include "store/wire.h"

#define TABLE STORE_TABLE_REPEAT
/* Of an answer, packed. */
#define REPLY_MAX 2000U

struct repeat {
	struct store_who who;
	struct store_rowkey row;
	struct hash request;
	struct view key;
};

static const Provision__Caller *
caller_of(const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "caller");

	return f == NULL ? NULL : *(Provision__Caller *const *)((const char *)m + f->offset);
}

static bool
has_key(const struct store_call *c)
{
	const Provision__Caller *caller = caller_of(c->request);

	return c->handler->apply != NULL && (c->handler->flags & STORE_CALL_UNNOTED) == 0 && caller != NULL &&
	    caller->idempotency_key.len != 0;
}

/* The request's name and everything in it but who asks, from where, and under which key. */
static struct hash
request_hash(struct store_call *c)
{
	const char *name = ipc_message_find(c->handler->type)->name;
	size_t name_len = strlen(name) + 1;
	ProtobufCMessage *bare = arena_alloc(c->arena, c->request->descriptor->sizeof_message);
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(c->request->descriptor, "caller");
	uint8_t *bytes;
	size_t n;

	memcpy(bare, c->request, c->request->descriptor->sizeof_message);
	*(void **)((char *)bare + f->offset) = NULL;
	n = protobuf_c_message_get_packed_size(bare);
	bytes = arena_alloc(c->arena, name_len + n);
	memcpy(bytes, name, name_len);
	protobuf_c_message_pack(bare, bytes + name_len);
	return store_service_token_hash(c->store->service, "repeat-request", view_of(bytes, name_len + n));
}

static int
begin(struct store_call *c, struct repeat *r)
{
	const Provision__Caller *caller = caller_of(c->request);
	struct hash key;
	int err = store_session_find(c, caller, &r->who);

	if (err != 0)
		return err;
	r->key = wire_view(caller->idempotency_key);
	key = store_service_token_hash(c->store->service, "repeat-key", r->key);
	r->row = rowkey_of(id_view(&r->who.account), crypt_hash_view(&key));
	r->request = request_hash(c);
	return 0;
}

/* ---- answers ---- */

static struct secret *
answer_key(struct store_call *c, const struct repeat *r)
{
	struct hash h = store_service_derive(c->store->service, "repeat-answer", r->key);

	return secret_from_view(crypt_hash_view(&h));
}

/* ERR_CRYPTO, ERR_SYNTAX: damaged. */
static int
open_answer(struct store_call *c, const struct repeat *r, struct view sealed)
{
	const struct ipc_message *row = ipc_message_find(ipc_message_find(c->handler->type)->reply);
	struct secret *key = answer_key(c, r);
	struct buf packed;
	int err;

	buf_init(&packed, REPLY_MAX);
	err = crypt_record_open(key, rowkey_view(&r->row), sealed, &packed);
	if (err == 0)
		err = ipc_message_unpack(row, arena_dup(c->arena, buf_view(&packed)), c->arena, &c->reply);
	buf_wipe(&packed);
	buf_deinit(&packed);
	secret_free(&key);
	return err;
}

static struct view
seal_answer(struct store_call *c, const struct repeat *r)
{
	size_t n = c->reply == NULL ? 0 : protobuf_c_message_get_packed_size(c->reply);
	uint8_t *packed = arena_alloc(c->arena, n), *sealed = arena_alloc(c->arena, n + CRYPT_RECORD_OVERHEAD);
	struct secret *key = answer_key(c, r);

	require(n <= REPLY_MAX && c->reply_fd == -1);
	if (n > 0)
		protobuf_c_message_pack(c->reply, packed);
	crypt_record_seal_at(key, rowkey_view(&r->row), view_of(packed, n), sealed);
	secret_free(&key);
	return view_of(sealed, n + CRYPT_RECORD_OVERHEAD);
}

/* ---- notes ---- */

/* STORE_CALL_DONE with the answer; 0: nothing was done under this key; ERR_CONFLICT: something else was. */
static int
look(struct store_call *c, const struct repeat *r)
{
	Provision__StoredRepeat *note;
	int err = store_records_get(c->store, c->tx, c->arena, TABLE, rowkey_view(&r->row), &note);

	if (err == ERR_NOT_FOUND || (err == 0 && store_clock_guard_now_ms(c->store->clock) >= note->end_ms))
		return 0;
	if (err != 0)
		return err;
	if (!crypt_equal(wire_view(note->request_hash), crypt_hash_view(&r->request))) {
		c->field = "idempotency_key";
		return ERR_CONFLICT;
	}
	return open_answer(c, r, wire_view(note->reply)) == 0 ? STORE_CALL_DONE : ERR_IO;
}

static bool
has_room(struct store_call *c, const struct repeat *r)
{
	struct store_cursor *cursor = store_cursor_open_prefix(c->tx, TABLE, id_view(&r->who.account), view_of(NULL, 0),
	    STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (n < STORE_REPEATS_MAX && store_cursor_next(cursor, &key, &value))
		n++;
	store_cursor_close(&cursor);
	return n < STORE_REPEATS_MAX;
}

static int
note(struct store_call *c, const struct repeat *r)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, r->who.account, 0 };
	Provision__StoredRepeat n = PROVISION__STORED_REPEAT__INIT;

	n.request_hash = wire_of_hash(&r->request);
	n.reply = wire_bytes(seal_answer(c, r));
	n.end_ms = store_clock_guard_now_ms(c->store->clock) + store_retention_ms(c->settings, STORE_RETENTION_REPEAT);
	store_jobs_put(c->store, c->tx, STORE_JOB_REPEAT_END, n.end_ms, rowkey_view(&r->row));
	return store_records_put(c->store, c->tx, TABLE, rowkey_view(&r->row), &key, &n.base);
}

/* One that was noted again later has another time. */
int
store_repeat_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	Provision__StoredRepeat *n;
	int err = store_records_get(s, tx, a, TABLE, item->reference, &n);

	if (err == ERR_NOT_FOUND || (err == 0 && store_clock_guard_now_ms(s->clock) >= n->end_ms))
		store_records_delete(tx, TABLE, item->reference);
	arena_free(&a);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* ---- around the handlers ---- */

static int
prepare(struct store_call *c)
{
	return c->handler->prepare == NULL ? 0 : c->handler->prepare(c);
}

int
store_repeat_prepare(struct store_call *c)
{
	const char *field;
	struct repeat r;
	int err;

	if (!has_key(c))
		return prepare(c);
	err = begin(c, &r);
	if (err == 0)
		err = look(c, &r);
	if (err != 0)
		return err;
	err = prepare(c);
	if (err >= 0)
		return err;
	/* perhaps because the first one was committed just now */
	field = c->field;
	if (look(c, &r) == STORE_CALL_DONE)
		return STORE_CALL_DONE;
	c->field = field;
	return err;
}

int
store_repeat_apply(struct store_call *c)
{
	struct repeat r;
	int err;

	if (!has_key(c))
		return c->handler->apply(c);
	err = begin(c, &r);
	if (err == 0)
		err = look(c, &r);
	if (err != 0)
		return err == STORE_CALL_DONE ? 0 : err;
	if (!has_room(c, &r))
		return ERR_BUSY;
	err = c->handler->apply(c);
	return err == 0 ? note(c, &r) : err;
}
