/* SPDX-License-Identifier: MIT */
/*
 * Live events (D5): who is told what in which order, where a reader goes on, how old events end, and that a listener is woken once
 * for whatever may change what it reads.
 */
#include "base/file.h"
#include "ipc/server.h"
#include "record/conversation.pb-c.h"
#include "record/event.pb-c.h"
#include "store/events.h"
#include "store/handlers.h"
#include "store/links.h"
#include "store/listeners.h"
#include "store/parcel_cast.h"
#include "store/retention.h"

#define ENTRY PROVISION__EVENT_KIND__EVENT_KIND_ENTRY
#define CHANGED PROVISION__EVENT_KIND__EVENT_KIND_CHANGED
#define SUBSCRIPTION PROVISION__EVENT_KIND__EVENT_KIND_SUBSCRIPTION
#define ENDED PROVISION__EVENT_KIND__EVENT_KIND_ENDED
#define READ PROVISION__EVENT_KIND__EVENT_KIND_READ
#define RESYNC PROVISION__EVENT_KIND__EVENT_KIND_RESYNC

static int
ask(struct cast *c, const struct person *who, uint64_t listener, uint64_t after, Provision__EventReadReply **reply_r)
{
	Provision__EventRead m = PROVISION__EVENT_READ__INIT;

	m.caller = desk_caller(c->d, who);
	m.listener = listener;
	m.after = after;
	return desk_web(c->d, IPC_EVENT_READ, &m.base, reply_r);
}

static Provision__EventReadReply *
read_events(struct cast *c, const struct person *who, uint64_t after)
{
	Provision__EventReadReply *reply;

	assert_int_equal(ask(c, who, 1, after, &reply), 0);
	store_listeners_leave(c->d->rig->store->listeners, c->d->link, 1);
	return reply;
}

static void
expect_kinds(const Provision__EventReadReply *reply, const Provision__EventKind *kinds, size_t n)
{
	uint64_t last = 0;

	assert_int_equal(reply->n_items, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(reply->items[i]->kind, kinds[i]);
		assert_true(reply->items[i]->number > last);
		last = reply->items[i]->number;
	}
	assert_true(reply->next >= last);
}
#define EXPECT(reply, ...) \
	do { \
		static const Provision__EventKind kinds[] = { __VA_ARGS__ }; \
		expect_kinds(reply, kinds, sizeof(kinds) / sizeof(kinds[0])); \
	} while (0)

/* Both sides are told under one number, others nothing, and reading on leaves out what was read. */
static void
test_both_sides(void **state)
{
	struct cast *c = *state;
	uint64_t start = read_events(c, &c->anna, 0)->next;
	struct desk_parcel p;
	Provision__EventReadReply *mine, *theirs;
	uint64_t first;

	assert_int_equal(read_events(c, &c->anna, start)->n_items, 0);
	assert_int_equal(read_events(c, &c->anna, start)->next, start);
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	mine = read_events(c, &c->anna, start);
	theirs = read_events(c, &c->agent, start);
	EXPECT(mine, ENTRY);
	EXPECT(theirs, ENTRY);
	first = mine->next;
	assert_int_equal(mine->items[0]->number, theirs->items[0]->number);
	assert_int_equal(mine->items[0]->sequence, 2);
	assert_true(view_equal(wire_view(mine->items[0]->package), id_view(&p.package)));
	assert_true(view_equal(wire_view(mine->items[0]->subscription), id_view(&c->subscription)));
	assert_int_equal(read_events(c, &c->berta, start)->n_items, 0);
	assert_int_equal(read_events(c, &c->mallory, start)->n_items, 0);
	assert_int_equal(desk_parcel_receive(c->d, &c->agent, &p.package, desk_parcel_fetch(c->d, &p)), 0);
	EXPECT(read_events(c, &c->anna, start), ENTRY, CHANGED);
	EXPECT(read_events(c, &c->owner, first), CHANGED);
	assert_int_equal(read_events(c, &c->owner, first)->items[0]->sequence, 2);
	/* what an ended subscription's events were about is gone with its key */
	assert_int_equal(desk_end(c->d, &c->anna, &c->subscription), 0);
	EXPECT(read_events(c, &c->anna, start), ENDED);
	EXPECT(read_events(c, &c->agent, start), ENDED);
	/* a member who has a subscription to the company sees one event once */
	desk_mails_sent(c->d, desk_mails(c->d));
	desk_subscription(c->d, &c->agent, &c->owner, &c->firm);
	EXPECT(read_events(c, &c->agent, first), ENDED, SUBSCRIPTION, SUBSCRIPTION, ENTRY);
	desk_parcel_deinit(&p);
}

/* B1: the company knows nothing of a request that it has declined, not even of having been asked. */
static void
test_declined(void **state)
{
	struct cast *c = *state;
	uint64_t start = read_events(c, &c->mallory, 0)->next;
	struct id id;

	assert_int_equal(desk_subscribe(c->d, &c->mallory, &c->firm, &id), 0);
	EXPECT(read_events(c, &c->agent, start), SUBSCRIPTION);
	assert_int_equal(desk_decide(c->d, &c->agent, &c->firm, desk_number(c->d, &c->mallory), false), 0);
	assert_int_equal(read_events(c, &c->agent, start)->n_items, 0);
	EXPECT(read_events(c, &c->mallory, start), SUBSCRIPTION, SUBSCRIPTION);
	start = read_events(c, &c->mallory, start)->next;
	desk_pass(c->d, store_retention_ms(NULL, STORE_RETENTION_DECLINED) + RIG_DAY_MS);
	assert_int_equal(desk_login(c->d, &c->agent), 0);
	assert_int_equal(desk_login(c->d, &c->mallory), 0);
	EXPECT(read_events(c, &c->mallory, start), ENDED);
	assert_int_equal(read_events(c, &c->agent, start)->n_items, 0);
}

static void
put_read(struct cast *c, const struct person *who, uint64_t sequence)
{
	Provision__ReadStatePut m = PROVISION__READ_STATE_PUT__INIT;
	Provision__ReadState *reply;

	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(&c->subscription);
	m.sequence = sequence;
	assert_int_equal(desk_web(c->d, IPC_READ_STATE_PUT, &m.base, &reply), 0);
}

/* D5: a person's other clients learn what was read, whichever side the person is on; nobody else does, and nothing tells of no news. */
static void
test_read(void **state)
{
	struct cast *c = *state;
	uint64_t start = read_events(c, &c->anna, 0)->next;
	Provision__EventReadReply *mine;

	put_read(c, &c->anna, 1);
	mine = read_events(c, &c->anna, start);
	EXPECT(mine, READ);
	assert_int_equal(mine->items[0]->sequence, 1);
	assert_true(view_equal(wire_view(mine->items[0]->subscription), id_view(&c->subscription)));
	assert_int_equal(read_events(c, &c->agent, start)->n_items, 0);
	put_read(c, &c->anna, 1);
	put_read(c, &c->anna, 0);
	put_read(c, &c->anna, 99);
	EXPECT(read_events(c, &c->anna, start), READ);
	put_read(c, &c->agent, 1);
	EXPECT(read_events(c, &c->agent, start), READ);
	assert_int_equal(read_events(c, &c->owner, start)->n_items, 0);
	EXPECT(read_events(c, &c->anna, start), READ);
}

/* ---- many ---- */

struct many {
	struct cast *c;
	unsigned n;
};

static int
put_many(void *arg, struct store_txn *tx)
{
	struct many *m = arg;
	struct store_event e = { .kind = ENTRY, .subscription = m->c->subscription, .customer = m->c->anna.account,
		.company = m->c->firm.id };
	int err = 0;

	for (unsigned i = 0; err == 0 && i < m->n; i++) {
		e.sequence = i + 1;
		err = store_events_put(m->c->d->rig->store, tx, &e);
	}
	return err;
}

static void
put(struct cast *c, unsigned n)
{
	struct many m = { c, n };

	assert_int_equal(store_committer_run(c->d->rig->store->committer, put_many, &m), 0);
}

/* Numbers rise though the clock stands, and pages leave nothing out; so over a restart. */
static void
test_pages(void **state)
{
	struct cast *c = *state;
	uint64_t at = read_events(c, &c->anna, 0)->next, sequence = 0;
	Provision__EventReadReply *reply;

	put(c, 100);
	desk_restart(c->d);
	c->d->rig->wall_ms -= 5000;
	put(c, 50);
	do {
		reply = read_events(c, &c->agent, at);
		assert_true(reply->n_items <= STORE_EVENTS_READ_MAX);
		assert_int_equal(reply->is_more, reply->n_items == STORE_EVENTS_READ_MAX);
		for (size_t i = 0; i < reply->n_items; i++) {
			assert_int_equal(reply->items[i]->sequence, sequence % 100 + 1);
			assert_true(reply->items[i]->number > at);
			at = reply->items[i]->number;
			sequence++;
		}
	} while (reply->is_more);
	assert_int_equal(sequence, 150);
}

static void
test_old_ones_end(void **state)
{
	struct cast *c = *state;
	uint64_t start = read_events(c, &c->anna, 0)->next, middle, last;

	EXPECT(read_events(c, &c->anna, start + 1000000), RESYNC);
	put(c, 600);
	middle = read_events(c, &c->anna, start)->next;
	desk_pass(c->d, 4 * RIG_DAY_MS);
	put(c, 1);
	desk_pass(c->d, 4 * RIG_DAY_MS);
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	last = read_events(c, &c->anna, 0)->next;
	/* the first day has gone whole, the later one is there */
	EXPECT(read_events(c, &c->anna, middle), RESYNC);
	assert_int_equal(read_events(c, &c->anna, middle)->next, last);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_EVENT), 2);
	EXPECT(read_events(c, &c->anna, last - 1), ENTRY);
	assert_int_equal(read_events(c, &c->anna, last)->n_items, 0);
	desk_pass(c->d, 5 * RIG_DAY_MS);
	assert_int_equal(desk_rows(c->d, STORE_TABLE_EVENT), 0);
	/* who had taken the last one misses nothing */
	assert_int_equal(desk_login(c->d, &c->anna), 0);
	assert_int_equal(read_events(c, &c->anna, last)->n_items, 0);
	put(c, 1);
	EXPECT(read_events(c, &c->anna, last), ENTRY);
}

/* A6: a client that listens by itself is no use of a session. */
static void
test_listening_is_no_use(void **state)
{
	struct cast *c = *state;
	Provision__EventReadReply *reply;

	for (int i = 0; i < 11; i++) {
		desk_pass(c->d, 3600000);
		assert_int_equal(ask(c, &c->anna, 1, 0, &reply), 0);
	}
	desk_pass(c->d, 2 * 3600000);
	assert_int_equal(ask(c, &c->anna, 1, 0, &reply), ERR_LOGIN);
	assert_int_equal(store_listeners_count(c->d->rig->store->listeners), 0);
}

/* ---- listeners ---- */

static void
test_how_many(void **state)
{
	struct cast *c = *state;
	struct store_listeners *l = c->d->rig->store->listeners;
	Provision__EventReadReply *reply;

	for (uint64_t i = 1; i <= STORE_LISTENERS_ACCOUNT_MAX; i++)
		assert_int_equal(ask(c, &c->agent, i, 0, &reply), 0);
	assert_int_equal(ask(c, &c->agent, 99, 0, &reply), ERR_BUSY);
	assert_int_equal(ask(c, &c->agent, 1, 0, &reply), 0);
	/* another member, another link */
	assert_int_equal(ask(c, &c->owner, 100, 0, &reply), 0);
	c->d->link = 7;
	assert_int_equal(ask(c, &c->agent, 1, 0, &reply), ERR_BUSY);
	store_listeners_leave(l, DESK_LINK, 5);
	assert_int_equal(ask(c, &c->agent, 1, 0, &reply), 0);
	assert_int_equal(store_listeners_count(l), STORE_LISTENERS_ACCOUNT_MAX + 1);
	/* the number of a stream of another account */
	assert_int_equal(ask(c, &c->anna, 1, 0, &reply), 0);
	assert_int_equal(store_listeners_count(l), STORE_LISTENERS_ACCOUNT_MAX + 1);
	store_listeners_link_gone(l, DESK_LINK);
	assert_int_equal(store_listeners_count(l), 1);
	store_listeners_leave(l, DESK_LINK, 1);
	store_listeners_leave(l, 7, 1);
	assert_int_equal(store_listeners_count(l), 0);
}

/* Number of the listener that is woken over fd; 0: none within a moment. */
static uint64_t
woken(int fd)
{
	uint8_t frame[256];
	size_t n = 0;

	if (links_next_frame(fd, frame, sizeof(frame), &n, 50) != IPC_EVENT_WAKE)
		return 0;
	assert_int_equal(n, IPC_FRAME_HEAD_BYTES + 2);
	assert_int_equal(frame[IPC_FRAME_HEAD_BYTES], 1 << 3);   /* field 1, a number below 128 */
	return frame[IPC_FRAME_HEAD_BYTES + 1];
}

static void
test_waking(void **state)
{
	struct cast *c = *state;
	size_t n;
	const struct store_handler *rows = store_handlers_table(&n);
	struct links *links = links_new(c->d->rig, rows, n);
	int fd = links_connect_raw(links, IPC_ROLE_WEB);    /* the first is number DESK_LINK */
	Provision__EventReadReply *reply;
	struct desk_parcel p;

	assert_int_equal(ask(c, &c->anna, 11, 0, &reply), 0);
	assert_int_equal(ask(c, &c->agent, 12, 0, &reply), 0);
	assert_int_equal(ask(c, &c->berta, 13, 0, &reply), 0);
	assert_int_equal(woken(fd), 0);
	put(c, 1);
	assert_int_equal(woken(fd), 11);
	assert_int_equal(woken(fd), 12);
	/* once, until it has read; not for what was undone (the desk applies everything twice) */
	put(c, 3);
	assert_int_equal(woken(fd), 0);
	assert_int_equal(ask(c, &c->agent, 12, 1, &reply), 0);
	to_company(c, &p);
	desk_parcel_send(c->d, &p);
	assert_int_equal(woken(fd), 12);
	assert_int_equal(woken(fd), 0);
	/* what changes rights: a membership, a session */
	desk_member_add(c->d, &c->firm, &c->owner, &c->berta, PROVISION__MEMBER_ROLE__MEMBER_ROLE_AGENT);
	assert_int_equal(woken(fd), 13);
	assert_int_equal(ask(c, &c->berta, 13, 1, &reply), 0);
	put(c, 1);
	assert_int_equal(woken(fd), 13);
	Provision__SessionClose close = PROVISION__SESSION_CLOSE__INIT;
	close.caller = desk_caller(c->d, &c->anna);
	assert_int_equal(ask(c, &c->anna, 11, 0, &reply), 0);
	assert_int_equal(desk_web(c->d, IPC_SESSION_CLOSE, &close.base, NULL), 0);
	assert_int_equal(woken(fd), 11);
	assert_int_equal(ask(c, &c->anna, 11, 0, &reply), ERR_LOGIN);
	/* a link that is gone takes its listeners with it */
	links_drop(links, DESK_LINK);
	assert_int_equal(store_listeners_count(c->d->rig->store->listeners), 0);
	put(c, 1);
	file_close(&fd);
	links_free(&links);
	desk_parcel_deinit(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_both_sides, setup, teardown),
		cmocka_unit_test_setup_teardown(test_declined, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_ones_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_listening_is_no_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_how_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waking, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
