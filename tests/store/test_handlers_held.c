/* SPDX-License-Identifier: MIT */
/*
 * What is held about a person: each thing once however the pages are cut, of nobody else, and for the operator's tool in the person's
 * place.
 */
#define _GNU_SOURCE
#include <string.h>

#include "crypt/random.h"
#include "record/conversation.pb-c.h"
#include "record/held.pb-c.h"
#include "store/parcel_cast.h"
#include "store/records.h"

/* More entries than one page looks at. */
#define TEXTS 280
#define ROWS_MAX 2000

static void
say(struct cast *c, const struct person *who, const struct id *subscription)
{
	Provision__MessageCreate m = PROVISION__MESSAGE_CREATE__INIT;
	struct id id = id_random();

	m.caller = desk_caller(c->d, who);
	m.subscription = wire_of_id(subscription);
	m.message = wire_of_id(&id);
	m.as_company = true;
	m.text = wire_bytes(VIEW_LIT("Kanarienwort"));
	assert_int_equal(desk_web(c->d, IPC_MESSAGE_CREATE, &m.base, NULL), 0);
}

/* All rows, in pages of so many; from the operator's tool where role says so. */
static size_t
list(struct cast *c, enum ipc_role role, Provision__Caller *caller, uint32_t limit, const Provision__HeldRow **rows)
{
	Provision__HeldList m = PROVISION__HELD_LIST__INIT;
	Provision__HeldListReply *reply;
	size_t n = 0;

	m.caller = caller;
	m.limit = limit;
	do {
		assert_int_equal(desk_ask(c->d, role, IPC_HELD_LIST, &m.base, &reply), 0);
		assert_true(reply->n_items <= limit);
		for (size_t i = 0; i < reply->n_items; i++) {
			assert_true(n < ROWS_MAX);
			rows[n++] = reply->items[i];
		}
		m.cursor = reply->next;
	} while (reply->next.len != 0);
	return n;
}

static size_t
count(const Provision__HeldRow *const *rows, size_t n, Provision__HeldKind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += rows[i]->kind == kind;
	return found;
}

static void
test_of_a_member(void **state)
{
	static const Provision__HeldRow *rows[ROWS_MAX], *again[ROWS_MAX];
	struct cast *c = *state;
	uint8_t seen[2 * TEXTS + 10] = { 0 };
	size_t n;

	for (unsigned i = 0; i < TEXTS; i++) {
		say(c, &c->agent, i % 2 == 0 ? &c->subscription : &c->other_subscription);
		say(c, &c->owner, &c->subscription);
	}
	n = list(c, IPC_ROLE_WEB, desk_caller(c->d, &c->agent), 100, rows);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_TEXT), TEXTS);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_MEMBERSHIP), 1);
	for (size_t i = 0; i < n; i++) {
		if (rows[i]->kind != PROVISION__HELD_KIND__HELD_KIND_TEXT)
			continue;
		assert_true(rows[i]->number < sizeof(seen));
		assert_int_equal(seen[rows[i]->number]++, 0);
		assert_true(view_equal_str(wire_view(rows[i]->user_agent), DESK_AGENT));
		assert_int_equal(rows[i]->address.len, 4);
		assert_true(view_equal_str(wire_view(rows[i]->slug), "kanzlei"));
		assert_int_not_equal(rows[i]->time_ms, 0);
	}
	assert_int_equal(list(c, IPC_ROLE_WEB, desk_caller(c->d, &c->agent), 7, again), n);
	for (size_t i = 0; i < n; i++)
		assert_true(rows[i]->kind == again[i]->kind && rows[i]->number == again[i]->number);
	/* of a customer nothing of that */
	n = list(c, IPC_ROLE_WEB, desk_caller(c->d, &c->anna), 100, rows);
	assert_int_equal(n, count(rows, n, PROVISION__HELD_KIND__HELD_KIND_USAGE) + count(rows, n, PROVISION__HELD_KIND__HELD_KIND_MAIL));
}

static void
test_what_waits_is_one_persons(void **state)
{
	static const Provision__HeldRow *rows[ROWS_MAX];
	struct cast *c = *state;
	Provision__ResetCreate reset = PROVISION__RESET_CREATE__INIT;
	Provision__AddressCreate address = PROVISION__ADDRESS_CREATE__INIT;
	size_t n;

	reset.caller = desk_caller(c->d, NULL);
	reset.email = wire_str("anna@example.org");
	assert_int_equal(desk_web(c->d, IPC_RESET_CREATE, &reset.base, NULL), 0);
	address.caller = desk_caller(c->d, &c->anna);
	address.email = wire_str("neu@example.org");
	assert_int_equal(desk_web(c->d, IPC_ADDRESS_CREATE, &address.base, NULL), 0);
	n = list(c, IPC_ROLE_WEB, desk_caller(c->d, &c->anna), 1, rows);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_RESET), 1);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_ADDRESS_CHANGE), 1);
	for (size_t i = 0; i < n; i++)
		if (rows[i]->kind == PROVISION__HELD_KIND__HELD_KIND_ADDRESS_CHANGE)
			assert_true(view_equal_str(wire_view(rows[i]->email), "neu@example.org"));
	n = list(c, IPC_ROLE_WEB, desk_caller(c->d, &c->berta), 1, rows);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_RESET), 0);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_ADDRESS_CHANGE), 0);
}

/* Places are keys of records that may be anybody's. */
static void
test_cursors_are_sealed_and_ones_own(void **state)
{
	struct cast *c = *state;
	Provision__HeldList m = PROVISION__HELD_LIST__INIT;
	Provision__HeldListReply *reply;

	say(c, &c->agent, &c->subscription);
	m.caller = desk_caller(c->d, &c->agent);
	m.limit = 1;
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(desk_web(c->d, IPC_HELD_LIST, &m.base, &reply), 0);
		if (reply->next.len == 0)
			break;
		assert_null(memmem(reply->next.data, reply->next.len, c->firm.id.bytes, ID_BYTES));
		assert_null(memmem(reply->next.data, reply->next.len, c->subscription.bytes, ID_BYTES));
		m.cursor = reply->next;
	}
	assert_int_not_equal(m.cursor.len, 0);
	m.caller = desk_caller(c->d, &c->owner);
	assert_int_equal(desk_web(c->d, IPC_HELD_LIST, &m.base, &reply), ERR_SYNTAX);
}

static void
test_operator_in_the_persons_place(void **state)
{
	static const Provision__HeldRow *rows[ROWS_MAX];
	struct cast *c = *state;
	Provision__HeldList m = PROVISION__HELD_LIST__INIT;
	Provision__Caller caller = PROVISION__CALLER__INIT;
	struct id nobody = id_random();
	size_t n;

	say(c, &c->agent, &c->subscription);
	caller.account = wire_of_id(&c->agent.account);
	n = list(c, IPC_ROLE_CTL, &caller, 100, rows);
	assert_int_equal(count(rows, n, PROVISION__HELD_KIND__HELD_KIND_TEXT), 1);
	/* nobody else by that way, and nobody who is not there */
	m.caller = &caller;
	m.limit = 1;
	assert_int_equal(desk_web(c->d, IPC_HELD_LIST, &m.base, NULL), ERR_LOGIN);
	caller.session = wire_bytes(view_of(c->anna.session, sizeof(c->anna.session)));
	assert_int_equal(desk_web(c->d, IPC_HELD_LIST, &m.base, NULL), ERR_LOGIN);
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_HELD_LIST, &m.base, NULL), ERR_LOGIN);
	caller = (Provision__Caller)PROVISION__CALLER__INIT;
	caller.account = wire_of_id(&nobody);
	assert_int_equal(desk_ask(c->d, IPC_ROLE_CTL, IPC_HELD_LIST, &m.base, NULL), ERR_LOGIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_of_a_member, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_waits_is_one_persons, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursors_are_sealed_and_ones_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_operator_in_the_persons_place, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
