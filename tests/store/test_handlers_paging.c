/* SPDX-License-Identifier: MIT */
/*
 * Cursors: every list gives each row once, whatever changes meanwhile, and takes no cursor but its own.
 */
#include <string.h>

#include "store/fixture.h"

#include "crypt/random.h"
#include "store/company_cast.h"

#define OWNER PROVISION__MEMBER_ROLE__MEMBER_ROLE_OWNER

static const ProtobufCBinaryData START = { .len = 0 };

static int
members(struct cast *c, const struct person *p, ProtobufCBinaryData cursor, Provision__MemberListReply **reply_r)
{
	Provision__MemberList m = PROVISION__MEMBER_LIST__INIT;

	m.caller = desk_caller(c->d, p);
	m.slug = wire_str("kanzlei");
	m.cursor = cursor;
	m.limit = 1;
	return desk_web(c->d, IPC_MEMBER_LIST, &m.base, reply_r);
}

static int
sessions(struct desk *d, const struct person *p, ProtobufCBinaryData cursor, uint32_t limit, Provision__SessionListReply **reply_r)
{
	Provision__SessionList m = PROVISION__SESSION_LIST__INIT;

	m.caller = desk_caller(d, p);
	m.cursor = cursor;
	m.limit = limit;
	return desk_web(d, IPC_SESSION_LIST, &m.base, reply_r);
}

static int
companies(struct desk *d, const struct person *p, ProtobufCBinaryData cursor, Provision__CompanyListReply **reply_r)
{
	Provision__CompanyList m = PROVISION__COMPANY_LIST__INIT;

	m.caller = desk_caller(d, p);
	m.cursor = cursor;
	m.limit = 1;
	return desk_web(d, IPC_COMPANY_LIST, &m.base, reply_r);
}

static void
invite(struct cast *c)
{
	Provision__MemberInvite m = PROVISION__MEMBER_INVITE__INIT;
	struct id invitation = id_random();

	m.caller = desk_caller(c->d, &c->owner);
	m.slug = wire_str("kanzlei");
	m.invitation = wire_of_id(&invitation);
	m.role = OWNER;
	assert_int_equal(desk_web(c->d, IPC_MEMBER_INVITE, &m.base, NULL), 0);
}

/* ---- */

/* Two tables in one list: the second begins where the first ends. */
static void
test_every_row_once(void **state)
{
	struct cast *c = *state;
	ProtobufCBinaryData cursor = START;
	Provision__MemberListReply *r;
	unsigned joined = 0, open = 0;

	invite(c);
	invite(c);
	do {
		assert_int_equal(members(c, &c->owner, cursor, &r), 0);
		assert_int_equal(r->n_items, 1);
		*(r->items[0]->account.len != 0 ? &joined : &open) += 1;
		assert_true(open == 0 || r->items[0]->account.len == 0);
		cursor = r->next;
		if (joined + open == 2)
			desk_restart(c->d);
	} while (cursor.len != 0 && joined + open < 10);
	assert_int_equal(joined, 2);
	assert_int_equal(open, 2);
}

static void
test_sessions_by_time(void **state)
{
	struct desk *d = ((struct cast *)*state)->d;
	const struct person *anna = &((struct cast *)*state)->customer;
	Provision__SessionListReply *all, *r;
	ProtobufCBinaryData cursor = START;

	for (unsigned i = 0; i < 5; i++) {
		struct person other = *anna;
		assert_int_equal(desk_login(d, &other), 0);
	}
	assert_int_equal(sessions(d, anna, START, 100, &all), 0);
	assert_int_equal(all->n_items, 6);
	assert_int_equal(all->next.len, 0);
	for (size_t i = 0; i < all->n_items; i += 2) {
		assert_int_equal(sessions(d, anna, cursor, 2, &r), 0);
		assert_int_equal(r->n_items, 2);
		for (size_t k = 0; k < 2; k++)
			assert_true(view_equal(wire_view(r->items[k]->session), wire_view(all->items[i + k]->session)));
		cursor = r->next;
	}
	assert_int_equal(cursor.len, 0);
}

/* The one at which a page ended is not listed any more: the list goes on behind where it was. */
static void
test_directory_changes(void **state)
{
	struct cast *c = *state;
	Provision__CompanySettings settings = PROVISION__COMPANY_SETTINGS__INIT;
	Provision__CompanyListReply *r;
	struct firm first;

	desk_firm_open(c->d, &first, "erste", "Erste", &c->owner);
	assert_int_equal(companies(c->d, &c->customer, START, &r), 0);
	assert_true(view_equal_str(wire_view(r->items[0]->slug), "erste"));
	settings.caller = desk_caller(c->d, &c->owner);
	settings.slug = wire_str("erste");
	settings.notices = PROVISION__NOTICE_CHOICE__NOTICE_CHOICE_LINK;
	assert_int_equal(desk_web(c->d, IPC_COMPANY_SETTINGS, &settings.base, NULL), 0);
	assert_int_equal(companies(c->d, &c->customer, r->next, &r), 0);
	assert_int_equal(r->n_items, 1);
	assert_true(view_equal_str(wire_view(r->items[0]->slug), "kanzlei"));
	assert_int_equal(r->next.len, 0);
	desk_firm_deinit(&first);
}

static void
test_other_cursors_are_refused(void **state)
{
	struct cast *c = *state;
	Provision__SessionListReply *own, *r;
	Provision__MemberListReply *other;
	struct person again = c->owner;
	uint8_t bytes[256];

	assert_int_equal(desk_login(c->d, &again), 0);
	assert_int_equal(sessions(c->d, &c->owner, START, 1, &own), 0);
	assert_true(own->next.len > 0);
	assert_int_equal(sessions(c->d, &c->owner, own->next, 1, &r), 0);
	/* somebody else's, of another list */
	assert_int_equal(sessions(c->d, &c->agent, own->next, 1, &r), ERR_SYNTAX);
	assert_int_equal(members(c, &c->owner, START, &other), 0);
	assert_int_equal(sessions(c->d, &c->owner, other->next, 1, &r), ERR_SYNTAX);
	assert_int_equal(members(c, &c->owner, own->next, &other), ERR_SYNTAX);
	/* every bit counts, and every length */
	memcpy(bytes, own->next.data, own->next.len);
	for (size_t i = 0; i < own->next.len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(sessions(c->d, &c->owner, wire_bytes(view_of(bytes, own->next.len)), 1, &r), ERR_SYNTAX);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	memset(bytes + own->next.len, 0, sizeof(bytes) - own->next.len);
	for (size_t n = 1; n <= sizeof(bytes); n++)
		assert_int_equal(sessions(c->d, &c->owner, wire_bytes(view_of(bytes, n)), 1, &r), n == own->next.len ? 0 : ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_row_once, setup_open, teardown),
		cmocka_unit_test_setup_teardown(test_sessions_by_time, setup_open, teardown),
		cmocka_unit_test_setup_teardown(test_directory_changes, setup_open, teardown),
		cmocka_unit_test_setup_teardown(test_other_cursors_are_refused, setup_open, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
