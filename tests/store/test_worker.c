/* SPDX-License-Identifier: MIT */
/*
 * The way of a request over real links: answers of reads, writes and slow ones, who may ask what, errors that undo, the
 * waiting room, links that die, messages told after a commit, descriptors.
 */
#include "store/links.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "record/account.pb-c.h"
#include "record/admin.pb-c.h"
#include "record/common.pb-c.h"
#include "record/courier.pb-c.h"
#include "record/package.pb-c.h"
#include "store/call.h"
#include "store/spool.h"

#define WEB IPC_ROLE_BIT(IPC_ROLE_WEB)
#define COURIER IPC_ROLE_BIT(IPC_ROLE_COURIER)

static atomic_int prepared, applied, waited;
static struct id cut_package = { { 4 } };

/* A read: what was put. */
static int
get(struct store_call *c)
{
	Provision__PinsGetReply *reply = arena_alloc(c->arena, sizeof(*reply));
	struct view value = view_str("");
	provision__pins_get_reply__init(reply);
	int err = store_index_get_arena(c->tx, STORE_TABLE_META, VIEW_LIT("pins"), c->arena, &value);
	if (err != 0)
		return err;
	reply->version = 7;
	reply->pins = (ProtobufCBinaryData){ value.len, (uint8_t *)(uintptr_t)value.data };
	c->reply = &reply->base;
	return 0;
}

static int
put_check(struct store_call *c)
{
	assert_true(store_txn_is_view(c->tx));
	prepared++;
	c->state = arena_alloc(c->arena, 16);
	memcpy(c->state, "prepared", 9);
	return ((const Provision__PinsPut *)c->request)->version == 99 ? ERR_DENIED : 0;
}

static int
put(struct store_call *c)
{
	const Provision__PinsPut *m = (const Provision__PinsPut *)c->request;
	applied++;
	assert_string_equal(c->state, "prepared");
	store_index_put(c->tx, STORE_TABLE_META, VIEW_LIT("pins"), view_of(m->pins.data, m->pins.len));
	if (m->version == 98)
		return ERR_CONFLICT;
	store_wake_after(c->store, c->tx, STORE_TOPIC_MAIL);
	Provision__PackageCut cut = PROVISION__PACKAGE_CUT__INIT;
	cut.package = (ProtobufCBinaryData){ ID_BYTES, cut_package.bytes };
	store_tell_after(c->store, c->tx, WEB, IPC_PACKAGE_CUT, &cut.base);
	return 0;
}

/* Waits until something was put. */
static int
lease(struct store_call *c)
{
	if (!store_index_has(c->tx, STORE_TABLE_META, VIEW_LIT("pins"))) {
		waited++;
		c->topic = STORE_TOPIC_MAIL;
		return STORE_CALL_WAIT;
	}
	return ERR_TIMEOUT;   /* an answer without content will do */
}

static int
slow(struct store_call *c)
{
	Provision__StatusReply *reply = arena_alloc(c->arena, sizeof(*reply));
	provision__status_reply__init(reply);
	(void)usleep(10000);
	reply->is_accepting = 1;
	c->reply = &reply->base;
	return 0;
}

static int
open_part(struct store_call *c)
{
	const Provision__PartOpen *m = (const Provision__PartOpen *)c->request;
	Provision__PartOpenReply *reply = arena_alloc(c->arena, sizeof(*reply));
	provision__part_open_reply__init(reply);
	reply->size = 3;
	c->reply = &reply->base;
	c->reply_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return m->part == PROVISION__PACKAGE_PART__PACKAGE_PART_BODY ? 0 : ERR_NOT_FOUND;
}

static const struct store_handler handlers[] = {
	{ IPC_PINS_GET, WEB, 0, get, NULL },
	{ IPC_PINS_PUT, WEB, STORE_CALL_GROWS, put_check, put },
	{ IPC_MAIL_LEASE, COURIER, 0, lease, NULL },
	{ IPC_STATUS, WEB, STORE_CALL_SLOW, slow, NULL },
	{ IPC_PART_OPEN, WEB, 0, open_part, NULL },
	{ IPC_SESSION_CLOSE, COURIER, 0, get, NULL },
};

struct env {
	struct links *links;
	struct arena *arena;
	struct ipc_call *web;
	int web_number;
};

static int
setup_with(void **state, uint64_t reserve_bytes)
{
	struct env *e = mem_alloc(sizeof(*e));
	struct rig *r = rig_new();
	r->options.reserve_bytes = reserve_bytes;
	rig_start(r);
	e->links = links_new(r, handlers, sizeof(handlers) / sizeof(handlers[0]));
	e->arena = arena_new(1 << 22);
	e->web = links_connect(e->links, IPC_ROLE_WEB, &e->web_number);
	prepared = applied = waited = 0;
	*state = e;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, 1);
}

static int
setup_full(void **state)
{
	return setup_with(state, UINT64_MAX);
}

static int
teardown(void **state)
{
	struct env *e = *state;
	struct rig *r = e->links->rig;
	ipc_call_close(&e->web);
	links_free(&e->links);
	rig_free(&r);
	arena_free(&e->arena);
	mem_free(&e);
	return 0;
}

static Provision__Caller caller = PROVISION__CALLER__INIT;

static int
ask_put(struct env *e, uint64_t version, const char *pins)
{
	Provision__PinsPut m = PROVISION__PINS_PUT__INIT;
	const struct ProtobufCMessage *reply;
	m.caller = &caller;
	m.version = version;
	m.pins = (ProtobufCBinaryData){ strlen(pins), (uint8_t *)(uintptr_t)pins };
	return ipc_call(e->web, IPC_PINS_PUT, &m.base, 5000, e->arena, &reply, NULL);
}

static int
ask_get(struct env *e, const char *expected)
{
	Provision__PinsGet m = PROVISION__PINS_GET__INIT;
	const struct ProtobufCMessage *reply;
	m.caller = &caller;
	int err = ipc_call(e->web, IPC_PINS_GET, &m.base, 5000, e->arena, &reply, NULL);
	if (err == 0) {
		const Provision__PinsGetReply *r = (const Provision__PinsGetReply *)reply;
		assert_true(view_equal_str(view_of(r->pins.data, r->pins.len), expected));
		assert_int_equal(r->version, 7);
	}
	return err;
}

static void
test_read_and_write(void **state)
{
	struct env *e = *state;
	assert_int_equal(ask_get(e, ""), ERR_NOT_FOUND);
	assert_int_equal(ask_put(e, 99, "refused"), ERR_DENIED);
	assert_int_equal(applied, 0);
	assert_int_equal(ask_put(e, 98, "undone"), ERR_CONFLICT);
	assert_int_equal(ask_get(e, ""), ERR_NOT_FOUND);
	assert_int_equal(ask_put(e, 1, "kept"), 0);
	assert_int_equal(ask_get(e, "kept"), 0);
	assert_int_equal(prepared, 3);
	assert_int_equal(applied, 2);
}

static void
test_who_may(void **state)
{
	struct env *e = *state;
	const struct ProtobufCMessage *reply;
	Provision__SessionClose close_session = PROVISION__SESSION_CLOSE__INIT;
	Provision__AccountGet unknown = PROVISION__ACCOUNT_GET__INIT;
	close_session.caller = unknown.caller = &caller;
	assert_int_equal(ipc_call(e->web, IPC_SESSION_CLOSE, &close_session.base, 5000, e->arena, &reply, NULL), ERR_DENIED);
	assert_int_equal(ipc_call(e->web, IPC_ACCOUNT_GET, &unknown.base, 5000, e->arena, &reply, NULL), ERR_UNSUPPORTED);
}

static void
test_full_disk(void **state)
{
	struct env *e = *state;
	assert_int_equal(ask_put(e, 1, "x"), ERR_FULL);
	assert_int_equal(ask_get(e, ""), ERR_NOT_FOUND);
	assert_int_equal(prepared, 0);
}

static void
test_slow_and_descriptor(void **state)
{
	struct env *e = *state;
	const struct ProtobufCMessage *reply;
	Provision__Status status = PROVISION__STATUS__INIT;
	Provision__PartOpen part = PROVISION__PART_OPEN__INIT;
	int fds[IPC_FDS_MAX];
	part.caller = &caller;
	part.package = (ProtobufCBinaryData){ ID_BYTES, cut_package.bytes };
	part.part = PROVISION__PACKAGE_PART__PACKAGE_PART_BODY;
	assert_int_equal(ipc_call(e->web, IPC_STATUS, &status.base, 5000, e->arena, &reply, NULL), 0);
	assert_true(((const Provision__StatusReply *)reply)->is_accepting);
	assert_int_equal(ipc_call(e->web, IPC_PART_OPEN, &part.base, 5000, e->arena, &reply, fds), 0);
	assert_true(fcntl(fds[0], F_GETFD) >= 0);
	(void)close(fds[0]);
	part.part = PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL;
	assert_int_equal(ipc_call(e->web, IPC_PART_OPEN, &part.base, 5000, e->arena, &reply, fds), ERR_NOT_FOUND);
}

struct waiter {
	struct ipc_call *link;
	int err;
};

static void *
wait_for_mail(void *arg)
{
	struct waiter *w = arg;
	struct arena *a = arena_new(1 << 22);
	const struct ProtobufCMessage *reply;
	Provision__MailLease m = PROVISION__MAIL_LEASE__INIT;
	m.limit = 1;
	w->err = ipc_call(w->link, IPC_MAIL_LEASE, &m.base, 10000, a, &reply, NULL);
	arena_free(&a);
	return NULL;
}

/* Started and waiting in the store. */
static pthread_t
start_waiter(struct waiter *w)
{
	pthread_t t;
	int before = waited;
	assert_int_equal(pthread_create(&t, NULL, wait_for_mail, w), 0);
	while (waited == before)
		(void)usleep(1000);
	return t;
}

static void
test_waiting(void **state)
{
	struct env *e = *state;
	struct waiter w = { 0 };
	int number;
	w.link = links_connect(e->links, IPC_ROLE_COURIER, &number);
	pthread_t t = start_waiter(&w);
	store_wake(e->links->rig->store, STORE_TOPIC_MAIL);     /* for nothing: it waits on */
	while (waited < 2)
		(void)usleep(1000);
	assert_int_equal(ask_put(e, 98, "undone"), ERR_CONFLICT);
	(void)usleep(20000);
	assert_int_equal(waited, 2);
	assert_int_equal(ask_put(e, 1, "mail"), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(w.err, ERR_TIMEOUT);
	ipc_call_close(&w.link);
}

static void
test_link_dies_waiting(void **state)
{
	struct env *e = *state;
	struct waiter w = { 0 };
	int number;
	w.link = links_connect(e->links, IPC_ROLE_COURIER, &number);
	pthread_t t = start_waiter(&w);
	assert_int_equal(store_worker_depth(e->links->rig->store->worker), 1);
	links_drop(e->links, number);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(w.err, ERR_CLOSED);
	assert_int_equal(store_worker_depth(e->links->rig->store->worker), 0);
	ipc_call_close(&w.link);
}

/* The end of the store answers what waits (teardown would hang otherwise). */
static void
test_quiesce(void **state)
{
	struct env *e = *state;
	struct waiter w = { 0 };
	int number;
	w.link = links_connect(e->links, IPC_ROLE_COURIER, &number);
	pthread_t t = start_waiter(&w);
	store_worker_quiesce(e->links->rig->store->worker);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(w.err, ERR_UNAVAILABLE);
	ipc_call_close(&w.link);
}

static int
add_file(void *arg, struct store_txn *tx)
{
	return store_spool_add(((struct rig *)arg)->store->spool, tx, &cut_package, &cut_package);
}

static void
test_dead_link_frees_lease(void **state)
{
	struct env *e = *state;
	struct rig *r = e->links->rig;
	int fd;
	assert_int_equal(RIG_RUN(r, add_file, r), 0);
	assert_int_equal(store_spool_write_open(r->store->spool, &cut_package, (uint64_t)e->web_number, 0, &fd), 0);
	file_close(&fd);
	assert_int_equal(store_spool_write_open(r->store->spool, &cut_package, 77, 0, &fd), ERR_BUSY);
	links_drop(e->links, e->web_number);
	assert_int_equal(store_spool_write_open(r->store->spool, &cut_package, 77, 0, &fd), 0);
	file_close(&fd);
}

struct client {
	struct links *links;
	unsigned errors;
};

static void *
many(void *arg)
{
	struct client *cl = arg;
	struct env e = { .links = cl->links, .arena = arena_new(1 << 20) };
	e.web = links_connect(cl->links, IPC_ROLE_WEB, &e.web_number);
	for (int i = 0; i < 100; i++) {
		arena_reset(e.arena);
		cl->errors += ask_put(&e, 1, "same") != 0;
		cl->errors += ask_get(&e, "same") != 0;
	}
	ipc_call_close(&e.web);
	arena_free(&e.arena);
	return NULL;
}

static void
test_many_clients(void **state)
{
	struct env *e = *state;
	struct client c = { e->links, 0 };
	uint64_t commits, writes;
	/* one after the other would be 800 commits */
	pthread_t threads[4];
	struct client clients[4];
	for (int i = 0; i < 4; i++) {
		clients[i] = c;
		assert_int_equal(pthread_create(&threads[i], NULL, many, &clients[i]), 0);
		(void)usleep(2000);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(clients[i].errors, 0);
	}
	store_committer_counters(e->links->rig->store->committer, &commits, &writes);
	assert_int_equal(writes, 400);
	assert_true(commits <= writes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read_and_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_may, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_disk, setup_full, teardown),
		cmocka_unit_test_setup_teardown(test_slow_and_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_dies_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiesce, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dead_link_frees_lease, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_clients, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
