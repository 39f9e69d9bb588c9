/* SPDX-License-Identifier: MIT */
/*
 * The JSON image of messages: every kind of field both ways, and what a reader refuses, by field name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/company.pb-c.h"
#include "record/package.pb-c.h"
#include "rest/json.h"
#include "rest/operation.h"

#define ARENA ((size_t)256 * 1024)
#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(ARENA);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Reads text as a message; the error, and the field it names. */
static int
read_text(const char *text, const ProtobufCMessageDescriptor *d, const char *const *bound, ProtobufCMessage **m_r,
    char *field)
{
	struct http_json *doc = NULL;
	ProtobufCMessage *m = rest_json_message(d, arena);
	int err = http_json_parse(view_str(text), ARENA, &doc);
	assert_non_null(m);
	field[0] = '\0';
	if (err == 0)
		err = rest_json_read(http_json_root(doc), bound, REST_JSON_REFUSE, arena, m);
	if (err == 0)
		err = http_json_check(doc);
	if (doc != NULL) {
		strncpy(field, http_json_field(doc), 63);
		field[63] = '\0';
	}
	http_json_free(&doc);
	if (m_r != NULL)
		*m_r = m;
	return err;
}

static void
write_text(const ProtobufCMessage *m, const char *const *bound, char *out, size_t size)
{
	struct buf b;
	buf_init(&b, size - 1);
	struct http_json_write w = http_json_write_to(&b);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, m, bound);
	http_json_write_close(&w);
	assert_int_equal(http_json_write_end(&w), 0);
	memcpy(out, b.data, b.len);
	out[b.len] = '\0';
	buf_deinit(&b);
}

static void
every_kind_of_field_goes_both_ways(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"package\":\"" ID_A "\",\"subscription\":\"" ID_A "\",\"state\":\"waiting\",\"incoming\":true,"
	    "\"slug\":\"kanzlei\",\"company\":\"M\xc3\xbcller\",\"number\":\"12345678\",\"comment\":\"a\\tb\","
	    "\"created\":\"2026-01-31T23:59:59.123Z\",\"file_count\":1,\"page_count\":1,\"manifest_bytes\":5,"
	    "\"body_bytes\":4294967296,\"seal_bytes\":6,\"files\":[{\"path\":\"_-8\",\"size\":7}],\"peer\":\"" ID_A "\"}";
	char field[64], out[2048];
	ProtobufCMessage *m;
	assert_int_equal(read_text("{}", &provision__package_row__descriptor, NULL, NULL, field), ERR_SYNTAX);
	assert_int_equal(read_text(text, &provision__package_row__descriptor, NULL, &m, field), 0);
	assert_int_equal(((const Provision__PackageRow *)(const void *)m)->completed_ms, 0);
	const Provision__PackageRow *row = (const void *)m;
	assert_int_equal(row->state, PROVISION__PACKAGE_STATE__PACKAGE_STATE_WAITING);
	assert_true(row->is_incoming);
	assert_int_equal(row->created_ms, 1769903999123ULL);
	assert_int_equal(row->body_bytes, 4294967296ULL);
	assert_int_equal(row->package.len, 16);
	assert_int_equal(row->n_files, 1);
	assert_memory_equal(row->files[0]->path.data, "\xff\xef", 2);
	write_text(m, NULL, out, sizeof(out));
	assert_string_equal(out, text);
}

static void
a_server_refuses_and_names_the_field(void **state)
{
	(void)state;
	static const struct {
		const char *text, *field;
		int err;
	} rows[] = {
		{ "{\"invitation\":\"" ID_A "\",\"role\":\"owner\",\"x\":1}", "x", ERR_SYNTAX },
		{ "{\"invitation\":\"" ID_A "\",\"role\":\"owner\",\"slug\":\"kanzlei\"}", "slug", ERR_SYNTAX },
		{ "{\"invitation\":\"" ID_A "\",\"role\":\"owner\",\"caller\":{}}", "caller", ERR_SYNTAX },
		{ "{\"role\":\"owner\"}", "invitation", ERR_SYNTAX },
		{ "{\"invitation\":\"short\",\"role\":\"owner\"}", "invitation", ERR_SYNTAX },
		{ "{\"invitation\":7,\"role\":\"owner\"}", "invitation", ERR_SYNTAX },
		{ "{\"invitation\":\"" ID_A "\"}", "role", ERR_SYNTAX },
		{ "{\"invitation\":\"" ID_A "\",\"role\":\"none\"}", "role", ERR_SYNTAX },
		{ "{\"invitation\":\"" ID_A "\",\"role\":\"OWNER\"}", "role", ERR_SYNTAX },
		{ "[]", "", ERR_SYNTAX },
	};
	const char *const bound[] = { "slug", NULL };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char field[64];
		int err = read_text(rows[i].text, &provision__member_invite__descriptor, bound, NULL, field);
		if (err != rows[i].err || strcmp(field, rows[i].field) != 0)
			fail_msg("%s: %d at '%s'", rows[i].text, err, field);
	}
}

static void
lists_are_counted_and_checked(void **state)
{
	(void)state;
	char field[64];
	const char *const bound[] = { "package", "page", NULL };
	const ProtobufCMessageDescriptor *d = &provision__package_files_put__descriptor;
	assert_int_equal(read_text("{\"files\":[]}", d, bound, NULL, field), ERR_LIMIT);
	assert_string_equal(field, "files");
	assert_int_equal(read_text("{\"files\":[{\"path\":\"YQ\"}]}", d, bound, NULL, field), ERR_SYNTAX);
	assert_int_equal(read_text("{\"files\":[{\"path\":\"YQ\",\"size\":1,\"more\":2}]}", d, bound, NULL, field), ERR_SYNTAX);
	assert_int_equal(read_text("{\"files\":[{\"path\":\"YQ\",\"size\":1}]}", d, bound, NULL, field), 0);
}

static void
a_client_ignores_what_it_does_not_know(void **state)
{
	(void)state;
	struct http_json *doc = NULL;
	ProtobufCMessage *m = rest_json_message(&provision__subscription_create_reply__descriptor, arena);
	assert_int_equal(http_json_parse(VIEW_LIT("{\"subscription\":\"" ID_A "\",\"state\":\"pending\",\"new\":1}"), ARENA, &doc), 0);
	assert_int_equal(rest_json_read(http_json_root(doc), NULL, REST_JSON_IGNORE, arena, m), 0);
	assert_int_equal(http_json_check(doc), 0);
	http_json_free(&doc);
}

static void
path_and_query_set_and_get_fields(void **state)
{
	(void)state;
	Provision__InboxList m = PROVISION__INBOX_LIST__INIT;
	struct buf out;
	buf_init(&out, 64);
	assert_int_equal(rest_json_set(&m.base, "limit", VIEW_LIT("50"), arena), 0);
	assert_int_equal(rest_json_set(&m.base, "limit", VIEW_LIT("51"), arena), ERR_LIMIT);
	assert_int_equal(rest_json_set(&m.base, "limit", VIEW_LIT("0"), arena), ERR_LIMIT);
	assert_int_equal(rest_json_set(&m.base, "limit", VIEW_LIT("x"), arena), ERR_SYNTAX);
	assert_int_equal(rest_json_set(&m.base, "outgoing", VIEW_LIT("1"), arena), 0);
	assert_true(m.outgoing);
	assert_int_equal(rest_json_set(&m.base, "cursor", VIEW_LIT("_-8"), arena), 0);
	assert_int_equal(m.cursor.len, 2);
	assert_int_equal(rest_json_set(&m.base, "cursor", VIEW_LIT("_-9"), arena), ERR_SYNTAX);
	assert_int_equal(rest_json_get(&m.base, "cursor", &out), 0);
	assert_true(view_equal_str(buf_view(&out), "_-8"));
	buf_deinit(&out);
}

static void
every_row_names_fields_that_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		const char *bound[REST_OPERATION_BOUND_MAX];
		if (op->request == IPC_NONE)
			continue;
		const ProtobufCMessageDescriptor *d = ipc_message_find(op->request)->descriptor;
		rest_operation_bound(op, bound);
		for (const char **b = bound; *b != NULL; b++)
			assert_non_null(protobuf_c_message_descriptor_get_field_by_name(d, *b));
		assert_ptr_equal(rest_operation_find(op->name), op);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kind_of_field_goes_both_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_refuses_and_names_the_field, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_are_counted_and_checked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_client_ignores_what_it_does_not_know, set_up, tear_down),
		cmocka_unit_test_setup_teardown(path_and_query_set_and_get_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_row_names_fields_that_exist, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
