/* SPDX-License-Identifier: MIT */
/*
 * The message table and unpacking: what is well-formed passes, hostile encodings end in an error within the
 * bounds of memory and never in a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/mem.h"
#include "ipc/check.h"
#include "ipc/message.h"
#include "ipc/wire.h"
#include "record/account.pb-c.h"
#include "record/company.pb-c.h"
#include "record/control.pb-c.h"
#include "record/courier.pb-c.h"
#include "record/limits.h"
#include "record/package.pb-c.h"

static uint8_t bytes[1 << 20];
static uint8_t key[32], id[16];

#define BYTES(p, n) ((ProtobufCBinaryData){ (n), (uint8_t *)(uintptr_t)(p) })

static int
unpack(enum ipc_type type, size_t n)
{
	const struct ipc_message *row = ipc_message_find(type);
	struct arena *arena = arena_new(row->arena_max);
	const ProtobufCMessage *m;
	int err = ipc_message_unpack(row, view_of(bytes, n), arena, &m);
	assert_true((err == ERR_OK) == (m != NULL));
	assert_true(arena_used(arena) <= row->arena_max);
	arena_free(&arena);
	return err;
}

/* A Caller field 1 without session. */
static size_t
put_caller(size_t at)
{
	return wire_put_bytes(bytes, at, 1, "", 0);
}

static void
test_table_is_sound(void **state)
{
	(void)state;
	for (unsigned type = 1; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_message *row = ipc_message_find(type);
		assert_non_null(row);
		assert_int_equal(row->type, type);
		assert_non_null(limits_find(row->descriptor->name));
		assert_int_equal(limits_find(row->descriptor->name)->field_count, row->descriptor->n_fields);
		assert_true((row->kind == IPC_KIND_REQUEST) == (row->reply != IPC_NONE));
		assert_true(row->arena_max >= row->bytes_max);
		if (row->kind != IPC_KIND_REQUEST)
			continue;
		const struct ipc_message *reply = ipc_message_find(row->reply);
		assert_int_equal(reply->kind, IPC_KIND_REPLY);
		assert_int_equal(reply->from & row->to, row->to);
		assert_int_equal(reply->to & row->from, row->from);
	}
	assert_null(ipc_message_find(0));
	assert_null(ipc_message_find(IPC_TYPE_COUNT));
	assert_null(ipc_message_find(65535));
}

/* The largest message its annotations allow, counted by the table alone. */
static uint64_t
largest(const ProtobufCMessageDescriptor *d)
{
	uint64_t sum = 0;
	const struct limits_message *limits = limits_find(d->name);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const struct limits_field *l = &limits->fields[i];
		bool is_message = d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE;
		uint64_t inner = is_message ? largest(d->fields[i].descriptor) : l->kind <= LIMITS_VALUE ? 10 : l->max;
		sum += (inner + 6) * (l->kind == LIMITS_LIST ? l->items_max : 1);
	}
	return sum;
}

static void
test_bytes_max_holds_the_largest(void **state)
{
	(void)state;
	for (unsigned type = 1; type < IPC_TYPE_COUNT; type++) {
		const struct ipc_message *row = ipc_message_find(type);
		uint64_t need = largest(row->descriptor);
		/* never 50 texts of 64 KiB in each of 100 mails: the store counts what a lease says (store/test_handlers_texts) */
		if (type == IPC_MAIL_LEASE_REPLY)
			continue;
		if (need > row->bytes_max)
			fail_msg("%s may need %llu bytes, its row has %u", row->name, (unsigned long long)need, row->bytes_max);
	}
}

static void
test_round_trip(void **state)
{
	(void)state;
	Provision__Caller caller = PROVISION__CALLER__INIT;
	caller.session = BYTES(key, 32);
	caller.user_agent = BYTES("Bäcker/1", 9);
	Provision__SubscriptionDecide m = PROVISION__SUBSCRIPTION_DECIDE__INIT;
	m.caller = &caller;
	m.slug = BYTES("acme", 4);
	m.number = BYTES("17", 2);
	m.accept = 1;
	const struct ipc_message *row = ipc_message_find(IPC_SUBSCRIPTION_DECIDE);
	struct buf packed;
	buf_init(&packed, row->bytes_max);
	assert_int_equal(ipc_message_pack(row, &m.base, &packed), ERR_OK);
	struct arena *arena = arena_new(row->arena_max);
	const ProtobufCMessage *got;
	assert_int_equal(ipc_message_unpack(row, buf_view(&packed), arena, &got), ERR_OK);
	const Provision__SubscriptionDecide *d = (const Provision__SubscriptionDecide *)got;
	assert_int_equal(d->slug.len, 4);
	assert_memory_equal(d->slug.data, "acme", 4);
	assert_true(d->accept);
	assert_int_equal(d->caller->session.len, 32);
	ipc_message_wipe(got);
	assert_memory_equal(d->slug.data, "\0\0\0\0", 4);
	for (int i = 0; i < 9; i++)
		assert_int_equal(d->caller->user_agent.data[i], 0);
	arena_free(&arena);
	buf_deinit(&packed);
}

static void
test_pack_refuses_what_breaks_limits(void **state)
{
	(void)state;
	struct buf packed;
	buf_init(&packed, 1 << 20);
	const struct ipc_message *row = ipc_message_find(IPC_COMPANY_GET);
	Provision__CompanyGet m = PROVISION__COMPANY_GET__INIT;
	Provision__Caller caller = PROVISION__CALLER__INIT;
	m.slug = BYTES("acme", 4);
	struct ipc_check_fault fault;
	assert_int_equal(ipc_check(&m.base, &fault), ERR_SYNTAX);
	assert_string_equal(fault.message, "provision.CompanyGet");
	assert_string_equal(fault.field, "caller");
	m.caller = &caller;
	assert_int_equal(ipc_message_pack(row, &m.base, &packed), ERR_OK);
	buf_clear(&packed);
	m.slug = BYTES(bytes, 64);
	assert_int_equal(ipc_message_pack(row, &m.base, &packed), ERR_LIMIT);
	m.slug = BYTES(NULL, 0);
	assert_int_equal(ipc_message_pack(row, &m.base, &packed), ERR_SYNTAX);
	m.slug = BYTES("a\0b", 3);
	assert_int_equal(ipc_message_pack(row, &m.base, &packed), ERR_SYNTAX);
	m.slug = BYTES("acme", 4);
	caller.session = BYTES(key, 31);
	assert_int_equal(ipc_check(&m.base, &fault), ERR_SYNTAX);
	assert_string_equal(fault.message, "provision.Caller");
	assert_string_equal(fault.field, "session");
	assert_int_equal(packed.len, 0);
	buf_deinit(&packed);
}

static void
test_hostile_text(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len;
		int err;
	} cases[] = {
		{ "slug", 4, ERR_OK }, { "\xc3\xa4", 2, ERR_OK }, { "", 0, ERR_SYNTAX },
		{ "a\0b", 3, ERR_SYNTAX }, { "a\nb", 3, ERR_SYNTAX }, { "a\tb", 3, ERR_SYNTAX }, { "\x7f", 1, ERR_SYNTAX },
		{ "\xc2\x85", 2, ERR_SYNTAX }, { "\xff", 1, ERR_SYNTAX }, { "\xc3", 1, ERR_SYNTAX },
		{ "\xed\xa0\x80", 3, ERR_SYNTAX }, { "\xc0\xaf", 2, ERR_SYNTAX }, { "\xf4\x90\x80\x80", 4, ERR_SYNTAX },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = put_caller(0);
		n = wire_put_bytes(bytes, n, 2, cases[i].text, cases[i].len);
		assert_int_equal(unpack(IPC_COMPANY_GET, n), cases[i].err);
	}
	/* multi-line text: tab and newline, nothing else */
	static const struct {
		const char *text;
		int err;
	} comments[] = { { "a\n\tb", ERR_OK }, { "a\rb", ERR_SYNTAX }, { "a\033b", ERR_SYNTAX } };
	for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++) {
		size_t n = put_caller(0);
		n = wire_put_bytes(bytes, n, 2, id, 16);
		n = wire_put_bytes(bytes, n, 3, "header", 6);
		n = wire_put_bytes(bytes, n, 4, comments[i].text, strlen(comments[i].text));
		assert_int_equal(unpack(IPC_PACKAGE_CREATE, n), comments[i].err);
	}
	/* text messages: every control, the store leaves out what it does not keep; no broken UTF-8 */
	static const struct {
		const char *text;
		int err;
	} messages[] = { { "a\r\033\x7f\xc2\x85", ERR_OK }, { "\xed\xa0\x80", ERR_SYNTAX }, { "\xff", ERR_SYNTAX } };
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		size_t n = put_caller(0);
		n = wire_put_bytes(bytes, n, 2, id, 16);
		n = wire_put_bytes(bytes, n, 3, id, 16);
		n = wire_put_bytes(bytes, n, 5, messages[i].text, strlen(messages[i].text));
		assert_int_equal(unpack(IPC_MESSAGE_CREATE, n), messages[i].err);
	}
}

static void
test_hostile_numbers(void **state)
{
	(void)state;
	static const struct {
		uint64_t role;
		int err;
	} cases[] = { { 1, ERR_OK }, { 2, ERR_OK }, { 0, ERR_SYNTAX }, { 3, ERR_SYNTAX }, { 1u << 31, ERR_SYNTAX },
		{ UINT64_MAX, ERR_SYNTAX }, { 1000000, ERR_SYNTAX } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = put_caller(0);
		n = wire_put_bytes(bytes, n, 2, "acme", 4);
		n = wire_put_bytes(bytes, n, 3, id, 16);
		n = wire_put_integer(bytes, n, 4, cases[i].role);
		assert_int_equal(unpack(IPC_MEMBER_INVITE, n), cases[i].err);
	}
	size_t n = put_caller(0);
	assert_int_equal(unpack(IPC_COMPANY_LIST, n), ERR_SYNTAX);
	assert_int_equal(unpack(IPC_COMPANY_LIST, wire_put_integer(bytes, n, 3, 100)), ERR_OK);
	assert_int_equal(unpack(IPC_COMPANY_LIST, wire_put_integer(bytes, n, 3, 101)), ERR_SYNTAX);
}

static void
test_unknown_fields(void **state)
{
	(void)state;
	size_t n = put_caller(0);
	assert_int_equal(unpack(IPC_SERVER_INFO, n), ERR_OK);
	assert_int_equal(unpack(IPC_SERVER_INFO, wire_put_bytes(bytes, n, 2, "x", 1)), ERR_SYNTAX);
	assert_int_equal(unpack(IPC_SERVER_INFO, wire_put_integer(bytes, n, 536870911, 1)), ERR_SYNTAX);
	/* nested: in the caller */
	uint8_t inner[16];
	size_t k = wire_put_bytes(inner, 0, 9, "x", 1);
	assert_int_equal(unpack(IPC_SERVER_INFO, wire_put_bytes(bytes, 0, 1, inner, k)), ERR_SYNTAX);
	/* a known field with another wire type counts as unknown too */
	assert_int_equal(unpack(IPC_SERVER_INFO, wire_put_integer(bytes, 0, 1, 5)), ERR_SYNTAX);
	/* 100,000 unknown fields */
	for (n = put_caller(0); n < 200 * 1024;)
		n = wire_put_integer(bytes, n, 77, 1);
	assert_true(unpack(IPC_PACKAGE_FILES_PUT, n) < 0);
}

static void
test_empty_items_are_bounded(void **state)
{
	(void)state;
	size_t n = put_caller(0);
	n = wire_put_bytes(bytes, n, 2, id, 16);
	while (n < 200 * 1024)
		n = wire_put_bytes(bytes, n, 4, "", 0);
	assert_int_equal(unpack(IPC_PACKAGE_FILES_PUT, n), ERR_LIMIT);
	n = 0;
	while (n < 40 * 1024)
		n = wire_put_bytes(bytes, n, 1, "", 0);
	assert_int_equal(unpack(IPC_MAIL_RESULTS, n), ERR_LIMIT);
	/* one item too many, each valid */
	uint8_t item[64];
	size_t k = wire_put_bytes(item, 0, 1, id, 16);
	k = wire_put_integer(item, k, 2, 1);
	for (n = 0; n < 100 * (k + 2);)
		n = wire_put_bytes(bytes, n, 1, item, k);
	assert_int_equal(unpack(IPC_MAIL_RESULTS, n), ERR_OK);
	assert_int_equal(unpack(IPC_MAIL_RESULTS, wire_put_bytes(bytes, n, 1, item, k)), ERR_LIMIT);
	assert_int_equal(unpack(IPC_MAIL_RESULTS, 0), ERR_SYNTAX);
}

static void
test_nesting_and_groups(void **state)
{
	(void)state;
	/* start-group tags inside each other: no such wire type here */
	memset(bytes, 0x0b, 1000);
	assert_int_equal(unpack(IPC_SERVER_INFO, 1000), ERR_SYNTAX);
	/* messages in messages where the schema has bytes */
	size_t n = 0;
	static uint8_t copy[4096];
	for (int i = 0; i < 200; i++) {
		memcpy(copy, bytes, n);
		n = wire_put_bytes(bytes, 0, 1, copy, n);
	}
	assert_true(n < ipc_message_find(IPC_SERVER_INFO)->bytes_max);
	assert_int_equal(unpack(IPC_SERVER_INFO, n), ERR_LIMIT);
}

static void
test_truncated_anywhere(void **state)
{
	(void)state;
	size_t n = put_caller(0);
	n = wire_put_bytes(bytes, n, 2, "acme", 4);
	n = wire_put_bytes(bytes, n, 3, id, 16);
	n = wire_put_integer(bytes, n, 4, 1);
	assert_int_equal(unpack(IPC_MEMBER_INVITE, n), ERR_OK);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(unpack(IPC_MEMBER_INVITE, cut), ERR_SYNTAX);
	/* a length beyond the end, also one that overflows */
	bytes[0] = 0x0a;
	memset(bytes + 1, 0xff, 12);
	assert_int_equal(unpack(IPC_MEMBER_INVITE, 13), ERR_SYNTAX);
}

static void
test_oversized(void **state)
{
	(void)state;
	static const uint8_t slug[2000];
	size_t n = put_caller(0);
	n = wire_put_bytes(bytes, n, 2, slug, sizeof(slug));
	assert_int_equal(unpack(IPC_COMPANY_GET, n), ERR_LIMIT);
}

/* Random bytes and mutations of a valid message never crash and never leave limits. */
static void
test_noise(void **state)
{
	(void)state;
	uint32_t seed = 12345;
	size_t n = put_caller(0);
	n = wire_put_bytes(bytes, n, 2, id, 16);
	n = wire_put_integer(bytes, n, 3, 1);
	uint8_t item[64];
	size_t k = wire_put_bytes(item, 0, 1, "a/b", 3);
	n = wire_put_bytes(bytes, n, 4, item, k);
	static uint8_t valid[256];
	memcpy(valid, bytes, n);
	for (int round = 0; round < 20000; round++) {
		memcpy(bytes, valid, n);
		for (int i = 0; i < 3; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 16) % n] = (uint8_t)(seed >> 8);
		}
		int err = unpack(IPC_PACKAGE_FILES_PUT, n);
		assert_true(err == ERR_OK || err == ERR_SYNTAX || err == ERR_LIMIT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_sound),
		cmocka_unit_test(test_bytes_max_holds_the_largest),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_pack_refuses_what_breaks_limits),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_hostile_numbers),
		cmocka_unit_test(test_unknown_fields),
		cmocka_unit_test(test_empty_items_are_bounded),
		cmocka_unit_test(test_nesting_and_groups),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_oversized),
		cmocka_unit_test(test_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
