/* SPDX-License-Identifier: MIT */
/*
 * Owns session records: finding, opening, closing, noting use, ending. Knows nothing of passwords (handle_session.c) and
 * nothing of what a session allows (access.h).
 */
#include "store/session.h"

#include <string.h>

#include "base/mem.h"
#include "crypt/random.h"
#include "crypt/secret.h"
#include "store/clock_guard.h"
#include "store/committer.h"
#include "store/jobs.h"
#include "store/listeners.h"
#include "store/pins.h"
#include "store/policy.h"
#include "store/records.h"
#include "store/retention.h"
#include "store/rowkey.h"
#include "store/service.h"
#include "store/tokens.h"
#include "store/wire.h"

#define NOTE_AFTER_MS (5 * STORE_MINUTE_MS)

static bool
is_over(const Provision__StoredSession *r, uint64_t now_ms)
{
	return now_ms >= r->end_ms || now_ms >= r->idle_end_ms;
}

static uint64_t
first_end(const Provision__StoredSession *r)
{
	return r->idle_end_ms < r->end_ms ? r->idle_end_ms : r->end_ms;
}

static int
write_session(struct store *s, struct store_txn *tx, const struct hash *hash, const Provision__StoredSession *r)
{
	struct store_key_name key = { STORE_KEY_ACCOUNT, wire_id(r->account), 0 };

	return store_records_put(s, tx, STORE_TABLE_SESSION, crypt_hash_view(hash), &key, &r->base);
}

/* Both rows of a session; live events over it end. */
static void
delete_session(struct store *s, struct store_txn *tx, const struct hash *hash, const Provision__StoredSession *r)
{
	struct store_rowkey of = rowkey_of(wire_view(r->account), wire_view(r->id));
	struct id account = wire_id(r->account);

	store_records_delete(tx, STORE_TABLE_SESSION, crypt_hash_view(hash));
	store_records_delete(tx, STORE_TABLE_SESSION_OF, rowkey_view(&of));
	store_listeners_wake_after(s, tx, &account);
}

/* ---- noting a use: a write of its own, behind the answer's back ---- */

struct note {
	struct store_write write;
	struct store *store;
	struct hash session;
	uint64_t idle_ms;
};

static int
note_apply(struct store_write *w, struct store_txn *tx)
{
	struct note *n = (struct note *)w;
	struct arena *a = store_records_arena();
	uint64_t now_ms = store_clock_guard_now_ms(n->store->clock);
	Provision__StoredSession *r;
	int err = store_records_get(n->store, tx, a, STORE_TABLE_SESSION, crypt_hash_view(&n->session), &r);

	if (err == 0 && !is_over(r, now_ms) && now_ms >= r->last_use_ms + NOTE_AFTER_MS) {
		r->last_use_ms = now_ms;
		r->idle_end_ms = now_ms + n->idle_ms;
		err = write_session(n->store, tx, &n->session, r);
	}
	arena_free(&a);
	return err;
}

static void
note_done(struct store_write *w, int err)
{
	struct note *n = (struct note *)w;

	(void)err;   /* closed meanwhile: nothing to note */
	mem_free(&n);
}

static void
note_use(struct store_call *c, const struct hash *session)
{
	struct note *n = mem_alloc(sizeof(*n));

	n->write.apply = note_apply;
	n->write.done = note_done;
	n->store = c->store;
	n->session = *session;
	n->idle_ms = store_retention_ms(c->settings, STORE_RETENTION_SESSION_IDLE);
	store_committer_submit(c->store->committer, &n->write);
}

/* ---- */

/* The operator's tool asks for an account, where a request is open to it (handlers.c). */
static int
look_for_operator(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r, uint64_t *last_use_ms_r)
{
	*who_r = (struct store_who){ .account = wire_id(caller->account) };
	*last_use_ms_r = UINT64_MAX - NOTE_AFTER_MS;
	if (c->role != IPC_ROLE_CTL || caller->session.len != 0)
		return ERR_LOGIN;
	return store_index_has(c->tx, STORE_TABLE_ACCOUNT, id_view(&who_r->account)) ? 0 : ERR_LOGIN;
}

static int
look(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r, uint64_t *last_use_ms_r)
{
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	Provision__StoredSession *r;
	int err;

	if (caller->account.len != 0)
		return look_for_operator(c, caller, who_r, last_use_ms_r);
	if (caller->session.len == 0)
		return ERR_LOGIN;
	who_r->session = store_service_token_hash(c->store->service, "session", wire_view(caller->session));
	err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SESSION, crypt_hash_view(&who_r->session), &r);
	if (err == ERR_NOT_FOUND || (err == 0 && is_over(r, now_ms)))
		return ERR_LOGIN;
	if (err != 0)
		return err;
	who_r->account = wire_id(r->account);
	*last_use_ms_r = r->last_use_ms;
	return 0;
}

int
store_session_look(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r)
{
	uint64_t last_use_ms;

	return look(c, caller, who_r, &last_use_ms);
}

int
store_session_find(struct store_call *c, const Provision__Caller *caller, struct store_who *who_r)
{
	uint64_t last_use_ms;
	int err = look(c, caller, who_r, &last_use_ms);

	if (err == 0 && store_txn_is_view(c->tx) && store_clock_guard_now_ms(c->store->clock) >= last_use_ms + NOTE_AFTER_MS)
		note_use(c, &who_r->session);
	return err;
}

/* ---- all of an account's ---- */

struct each {
	struct store_call *call;
	int (*fn)(void *arg, const struct hash *hash, const Provision__StoredSession *r);
	void *arg;
};

static int
each_one(void *arg, const struct hash *hash)
{
	struct each *e = arg;
	Provision__StoredSession *r;
	int err = store_records_get(e->call->store, e->call->tx, e->call->arena, STORE_TABLE_SESSION, crypt_hash_view(hash), &r);

	if (err == ERR_NOT_FOUND)
		return 0;
	return err == 0 ? e->fn(e->arg, hash, r) : err;
}

int
store_session_each(struct store_call *c, const struct id *account,
    int (*fn)(void *arg, const struct hash *hash, const Provision__StoredSession *r), void *arg)
{
	struct each e = { c, fn, arg };

	return store_tokens_each(c->tx, STORE_TABLE_SESSION_OF, account, each_one, &e);
}

int
store_session_by_id(struct store_txn *tx, const struct id *account, const struct id *session, struct hash *hash_r)
{
	return store_tokens_find(tx, STORE_TABLE_SESSION_OF, account, session, hash_r);
}

struct closing {
	struct store *store;
	struct store_txn *tx;
	const struct hash *but;
};

static int
close_one(void *arg, const struct hash *hash, const Provision__StoredSession *r)
{
	const struct closing *closing = arg;

	if (closing->but == NULL || !crypt_hash_equal(hash, closing->but))
		delete_session(closing->store, closing->tx, hash, r);
	return 0;
}

int
store_session_close_all(struct store_call *c, const struct id *account, const struct hash *but)
{
	struct closing closing = { c->store, c->tx, but };

	return store_session_each(c, account, close_one, &closing);
}

struct census {
	size_t count;
	struct hash hash;
	const Provision__StoredSession *least;   /* not used for the longest time */
};

static int
count_one(void *arg, const struct hash *hash, const Provision__StoredSession *r)
{
	struct census *census = arg;

	census->count++;
	if (census->least == NULL || r->last_use_ms < census->least->last_use_ms) {
		census->least = r;
		census->hash = *hash;
	}
	return 0;
}

static int
make_room(struct store_call *c, const struct id *account)
{
	struct census census = { .count = 0 };
	int err = store_session_each(c, account, count_one, &census);

	if (err == 0 && census.count >= STORE_SESSIONS_MAX)
		delete_session(c->store, c->tx, &census.hash, census.least);
	return err;
}

/* Both rows of a new session, and its end. */
static int
add_session(struct store_call *c, const Provision__Caller *caller, const struct id *account, const struct hash *hash,
    Provision__StoredSession *r)
{
	uint64_t now_ms = store_clock_guard_now_ms(c->store->clock);
	struct id owner = *account, id = id_random();
	struct store_rowkey of = rowkey_ids(&owner, &id);
	int err = make_room(c, account);

	if (err != 0)
		return err;
	provision__stored_session__init(r);
	r->id = wire_of_id(&id);
	r->account = wire_of_id(&owner);
	r->address = caller->address;
	r->user_agent = caller->user_agent;
	r->created_ms = r->last_use_ms = now_ms;
	r->end_ms = now_ms + store_retention_ms(c->settings, STORE_RETENTION_SESSION);
	r->idle_end_ms = now_ms + store_retention_ms(c->settings, STORE_RETENTION_SESSION_IDLE);
	err = write_session(c->store, c->tx, hash, r);
	if (err != 0)
		return err;
	store_index_put(c->tx, STORE_TABLE_SESSION_OF, rowkey_view(&of), crypt_hash_view(hash));
	store_jobs_put(c->store, c->tx, STORE_JOB_SESSION_END, first_end(r),
	    crypt_hash_view(hash));
	return 0;
}

/* Everything the answer needs is in arena memory or in records that live there. */
int
store_session_open(struct store_call *c, const Provision__Caller *caller, const struct id *account,
    const Provision__StoredAccount *record, Provision__SessionOpenReply **reply_r)
{
	Provision__SessionOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	Provision__StoredSession r;
	uint8_t *token = arena_alloc(c->arena, STORE_TOKEN_BYTES);
	struct hash hash;
	int err;

	crypt_random(token, STORE_TOKEN_BYTES);
	hash = store_service_token_hash(c->store->service, "session", view_of(token, STORE_TOKEN_BYTES));
	err = add_session(c, caller, account, &hash, &r);
	if (err != 0)
		return err;
	provision__session_open_reply__init(reply);
	reply->session = wire_bytes(view_of(token, STORE_TOKEN_BYTES));
	reply->account = wire_bytes(arena_dup(c->arena, id_view(account)));
	reply->statement = record->statement;
	reply->wrapped_keys = record->wrapped_keys;
	reply->idle_end_ms = r.idle_end_ms;
	reply->end_ms = r.end_ms;
	reply->recovery_checked = record->recovery_checked;
	*reply_r = reply;
	return store_pins_read(c, account, &reply->pins_version, &reply->pins, &reply->pin_page);
}

int
store_session_close(struct store_call *c, const struct hash *session)
{
	Provision__StoredSession *r;
	int err = store_records_get(c->store, c->tx, c->arena, STORE_TABLE_SESSION, crypt_hash_view(session), &r);

	if (err == 0)
		delete_session(c->store, c->tx, session, r);
	return err == ERR_NOT_FOUND ? 0 : err;
}

/* True: one of its ends is earlier now. */
static bool
shorten(Provision__StoredSession *r, const struct store_settings *settings)
{
	uint64_t end_ms = r->created_ms + store_retention_ms(settings, STORE_RETENTION_SESSION);
	uint64_t idle_ms = r->last_use_ms + store_retention_ms(settings, STORE_RETENTION_SESSION_IDLE);
	bool is_earlier = end_ms < r->end_ms || idle_ms < r->idle_end_ms;

	r->end_ms = end_ms < r->end_ms ? end_ms : r->end_ms;
	r->idle_end_ms = idle_ms < r->idle_end_ms ? idle_ms : r->idle_end_ms;
	return is_earlier;
}

uint64_t
store_session_retime(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	struct arena *a = store_records_arena();
	uint64_t at_ms = item->at_ms;
	Provision__StoredSession *r;
	struct hash hash;

	memcpy(hash.bytes, item->reference.data, sizeof(hash.bytes));
	if (store_records_get(s, tx, a, STORE_TABLE_SESSION, item->reference, &r) == 0 && shorten(r, item->settings) &&
	    write_session(s, tx, &hash, r) == 0)
		at_ms = first_end(r);
	arena_free(&a);
	return at_ms;
}

int
store_session_end_job(struct store *s, struct store_txn *tx, const struct store_due_item *item)
{
	uint64_t now_ms = store_clock_guard_now_ms(s->clock);
	struct arena *a = store_records_arena();
	Provision__StoredSession *r;
	int err = store_records_get(s, tx, a, STORE_TABLE_SESSION, item->reference, &r);

	if (err == ERR_NOT_FOUND) {
		store_records_delete(tx, STORE_TABLE_SESSION, item->reference);
		err = 0;
	} else if (err == 0 && is_over(r, now_ms)) {
		struct hash hash;
		memcpy(hash.bytes, item->reference.data, sizeof(hash.bytes));
		delete_session(s, tx, &hash, r);
	} else if (err == 0) {
		store_jobs_put(s, tx, STORE_JOB_SESSION_END, first_end(r),
		    item->reference);
	}
	arena_free(&a);
	return err;
}
