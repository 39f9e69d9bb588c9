/* SPDX-License-Identifier: MIT */
/*
 * The desk: asking, time, mails.
 */
#include "store/desk.h"

#include <string.h>

#include "base/file.h"
#include "store/call.h"
#include "store/handlers.h"
#include "store/listeners.h"
#include "store/repeat.h"
#include "store/service.h"

#define STEP_MS (RIG_DAY_MS / 4)
#define MEMORY_FOLDER "/dev/shm"
#define ARENA_MAX ((size_t)256 * 1024 * 1024)

static void
start(struct desk *d)
{
	struct rig *r = d->rig;

	assert_int_equal(rig_try_open(r), 0);
	assert_int_equal(store_service_open(r->store, &r->store->service), 0);
	r->store->listeners = store_listeners_new(r->store);
	store_recovery_start(r->store);
}

static void
stop(struct desk *d)
{
	store_recovery_stop(d->rig->store);
	store_listeners_free(&d->rig->store->listeners);
	store_service_close(&d->rig->store->service);
	store_recovery_close(&d->rig->store);
}

/* A new store makes some thirty files with many flushes: where there is a file system in memory, they cost nothing. */
static void
choose_folder(void)
{
	if (getenv("TMPDIR") == NULL && access(MEMORY_FOLDER, W_OK) == 0)
		require(setenv("TMPDIR", MEMORY_FOLDER, 1) == 0);
}

struct desk *
desk_new(void)
{
	struct desk *d = mem_alloc(sizeof(*d));

	choose_folder();
	d->rig = rig_new();
	d->rig->options.due_kinds = store_handlers_due_kinds(&d->rig->options.due_kind_count);
	start(d);
	d->arena = arena_new(ARENA_MAX);
	d->link = DESK_LINK;
	d->fd = -1;
	memcpy(d->address, (uint8_t[4]){ 192, 0, 2, 17 }, 4);
	return d;
}

void
desk_free(struct desk **d)
{
	file_close(&(*d)->fd);
	stop(*d);
	rig_free(&(*d)->rig);
	arena_free(&(*d)->arena);
	mem_free(d);
}

void
desk_restart(struct desk *d)
{
	stop(d);
	start(d);
}

int
desk_setup(void **state)
{
	*state = desk_new();
	return 0;
}

int
desk_teardown(void **state)
{
	struct desk *d = *state;
	desk_free(&d);
	return 0;
}

/* ---- asking ---- */

static const struct store_handler *
row_of(enum ipc_type type)
{
	size_t n;
	const struct store_handler *rows = store_handlers_table(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].type == type)
			return &rows[i];
	fail_msg("no handler of type %d", (int)type);
	return NULL;
}

/* Once for nothing first: a batch whose keys could not be flushed is run again, and must come to the same. */
static int
apply(void *arg, struct store_txn *tx)
{
	struct store_call *c = arg;
	struct store_txn *rehearsal = store_txn_begin_child(tx);
	int err;

	c->tx = rehearsal;
	err = store_repeat_apply(c);
	store_txn_abort(&rehearsal);
	c->tx = tx;
	c->reply = NULL;
	assert_int_equal(store_repeat_apply(c), err);
	return err;
}

static int
run(struct store_call *c)
{
	int err = 0;

	c->tx = store_txn_view(c->store->index);
	err = store_repeat_prepare(c);
	store_txn_abort(&c->tx);
	if (err == STORE_CALL_DONE)
		return 0;
	if (err == 0 && c->handler->apply != NULL)
		err = store_committer_run(c->store->committer, apply, c);
	return err;
}

/* As it would go over a link: both ways within the limits of the table. */
static const struct ProtobufCMessage *
over_link(struct desk *d, enum ipc_type type, const struct ProtobufCMessage *m)
{
	const struct ipc_message *row = ipc_message_find(type);
	const struct ProtobufCMessage *copy = NULL;
	struct buf packed;

	assert_non_null(row);
	buf_init(&packed, row->bytes_max);
	assert_int_equal(ipc_message_pack(row, m, &packed), 0);
	assert_int_equal(ipc_message_unpack(row, arena_dup(d->arena, buf_view(&packed)), d->arena, &copy), 0);
	buf_deinit(&packed);
	return copy;
}

int
desk_ask(struct desk *d, enum ipc_role role, enum ipc_type type, const struct ProtobufCMessage *m, void *reply_r)
{
	struct store *s = d->rig->store;
	struct store_call c = { .store = s, .handler = row_of(type), .role = role, .link = d->link, .reply_fd = -1 };
	const struct ProtobufCMessage *reply = NULL;
	int err;

	file_close(&d->fd);
	assert_true((c.handler->roles & IPC_ROLE_BIT(role)) != 0);
	c.settings = &d->settings;
	c.request = over_link(d, type, m);
	c.arena = arena_new(STORE_CALL_ARENA_MAX);
	err = run(&c);
	if (err == 0) {
		enum ipc_type answer = ipc_message_find(type)->reply;
		if (c.reply != NULL)
			reply = over_link(d, answer, c.reply);
		assert_int_equal(ipc_message_find(answer)->fds, c.reply_fd != -1 ? 1 : 0);
		d->fd = c.reply_fd;
	} else {
		file_close(&c.reply_fd);
	}
	if (reply_r != NULL)
		memcpy(reply_r, &reply, sizeof(reply));
	arena_free(&c.arena);
	return err;
}

int
desk_web(struct desk *d, enum ipc_type type, const struct ProtobufCMessage *m, void *reply_r)
{
	return desk_ask(d, IPC_ROLE_WEB, type, m, reply_r);
}

Provision__Caller *
desk_caller(struct desk *d, const struct person *p)
{
	Provision__Caller *caller = arena_alloc(d->arena, sizeof(*caller));

	provision__caller__init(caller);
	if (p != NULL && p->has_session)
		caller->session = wire_bytes(arena_dup(d->arena, view_of(p->session, sizeof(p->session))));
	caller->address = wire_bytes(arena_dup(d->arena, view_of(d->address, sizeof(d->address))));
	caller->user_agent = wire_str(DESK_AGENT);
	return caller;
}

/* ---- time ---- */

void
desk_work(struct desk *d)
{
	uint32_t done = 1;

	for (unsigned i = 0; i < 1000 && done > 0; i++)
		(void)store_due_step(d->rig->store->due, 64, &done);
	assert_int_equal(done, 0);
	assert_int_equal(store_due_failures(d->rig->store->due), 0);
}

static int
nothing(void *arg, struct store_txn *tx)
{
	(void)arg;
	(void)tx;
	return 0;
}

void
desk_pass(struct desk *d, uint64_t ms)
{
	/* what requests left to be written behind their answers is written at the time they were made */
	assert_int_equal(store_committer_run(d->rig->store->committer, nothing, NULL), 0);
	while (ms > 0) {
		uint64_t step = ms < STEP_MS ? ms : STEP_MS;
		rig_pass(d->rig, step);
		ms -= step;
		(void)store_clock_guard_tick(d->rig->store->clock);
		desk_work(d);
	}
}

uint64_t
desk_now(const struct desk *d)
{
	return store_clock_guard_now_ms(d->rig->store->clock);
}

int
desk_key(struct desk *d, enum store_key_kind kind, const struct id *owner)
{
	struct store_txn *tx = store_txn_view(d->rig->store->index);
	struct store_key_name name = { kind, *owner, 0 };
	struct store_slot slot;
	int err = store_keys_find(d->rig->store->keys, tx, &name, &slot);

	store_txn_abort(&tx);
	return err;
}

unsigned
desk_rows(struct desk *d, enum store_table table)
{
	struct store_txn *tx = store_txn_view(d->rig->store->index);
	struct store_cursor *c = store_cursor_open(tx, table, view_of(NULL, 0), view_of(NULL, 0), STORE_FORWARD);
	struct view key, value;
	unsigned n = 0;

	while (store_cursor_next(c, &key, &value))
		n++;
	store_cursor_close(&c);
	store_txn_abort(&tx);
	return n;
}

/* ---- mails ---- */

Provision__MailLeaseReply *
desk_mails(struct desk *d)
{
	Provision__MailLease m = PROVISION__MAIL_LEASE__INIT;
	Provision__MailLeaseReply *reply = NULL;
	int err;

	m.limit = 100;
	err = desk_ask(d, IPC_ROLE_COURIER, IPC_MAIL_LEASE, &m.base, &reply);
	if (err == STORE_CALL_WAIT)
		return NULL;
	assert_int_equal(err, 0);
	return reply;
}

void
desk_mails_sent(struct desk *d, const Provision__MailLeaseReply *mails)
{
	Provision__MailResults m = PROVISION__MAIL_RESULTS__INIT;
	Provision__MailResult results[100], *list[100];

	for (size_t i = 0; i < mails->n_jobs; i++) {
		provision__mail_result__init(&results[i]);
		results[i].job = mails->jobs[i]->job;
		results[i].outcome = PROVISION__MAIL_OUTCOME__MAIL_OUTCOME_SENT;
		results[i].smtp_code = 250;
		list[i] = &results[i];
	}
	m.results = list;
	m.n_results = mails->n_jobs;
	assert_int_equal(desk_ask(d, IPC_ROLE_COURIER, IPC_MAIL_RESULTS, &m.base, NULL), 0);
}

const Provision__MailJob *
desk_mail(struct desk *d, Provision__MailKind kind)
{
	Provision__MailLeaseReply *mails = desk_mails(d);

	assert_non_null(mails);
	assert_int_equal(mails->n_jobs, 1);
	assert_int_equal(mails->jobs[0]->kind, kind);
	desk_mails_sent(d, mails);
	return mails->jobs[0];
}
