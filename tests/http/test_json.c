/* SPDX-License-Identifier: MIT */
/* http/json.h, http/json_write.h, http/problem.h: what is refused, which field is named, and back again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/json.h"
#include "http/json_write.h"
#include "http/problem.h"

#define CASE(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static void
test_refused_documents(void **state)
{
	(void)state;
	static const struct view BAD[] = {
		CASE(""), CASE(" "), CASE("5"), CASE("\"a\""), CASE("null"), CASE("{"), CASE("{}x"), CASE("{} {}"), CASE("{\"a\":1,}"),
		CASE("{a:1}"), CASE("{'a':1}"), CASE("{\"a\":1,\"a\":2}"), CASE("{\"a\":01}"), CASE("{\"a\":+1}"), CASE("{\"a\":.5}"),
		CASE("{\"a\":NaN}"), CASE("{\"a\":1e999}"), CASE("{\"a\":99999999999999999999}"),
		CASE("{\"a\":\"\\ud800\"}"), CASE("{\"a\":\"\\udc00\\ud800\"}"), CASE("{\"a\":\"\377\"}"), CASE("{\"a\":\"\300\257\"}"),
		CASE("{\"a\":\"\355\240\200\"}"), CASE("{\"a\":\"\n\"}"), CASE("{\"a\":\"\\x\"}"), CASE("{\"a\\u0000\":1}"), CASE("{\"a\":1}\0"),
		CASE("\357\273\277{}"), CASE("[1,2"), CASE("{\"a\":tru}"), CASE("/* */{}"), CASE("{\"a\":\"\xf4\x90\x80\x80\"}"),
	};
	struct http_json *doc;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		if (http_json_parse(BAD[i], 1000, &doc) != ERR_SYNTAX)
			fail_msg("%.*s", VIEW_FMT(BAD[i]));
		assert_int_equal(http_json_check(doc), ERR_SYNTAX);
		assert_null(http_json_string(http_json_root(doc), "a", 10).data);
		http_json_free(&doc);
	}
	assert_int_equal(http_json_parse(VIEW_LIT("{\"a\":1}"), 6, &doc), ERR_LIMIT);
	assert_null(doc);
}

/* What is no JSON has a place all the same, as far as it is sure. */
static void
test_places(void **state)
{
	(void)state;
	static const struct {
		struct view text;
		const char *field;
	} CASES[] = {
		{ CASE("{\"text\":\"a\377\"}"), "text" }, { CASE("{\"a\":1,\"text\":\"\355\240\200\",\"b\":2}"), "text" },
		{ CASE("{\"text\":\"\\ud800\"}"), "text" }, { CASE("{\"a\":{\"b\":\"x\"},\"c\":tru}"), "c" },
		{ CASE("{\"files\":[{\"name\":\"a,\\\",b\"},{\"size\":1,\"name\":\"\300\257\"}]}"), "files[1].name" },
		{ CASE("[[1,2],[3,\"\377\"]]"), "[1][1]" }, { CASE("{\"a\":[1,2],\"b\":{\"c\":\"\377\"}}"), "b.c" },
		{ CASE("{\"a\":1,\"b\377\":2}"), "" }, { CASE("{\"x\":{\"\303\244\":\"\377\"}}"), "x" }, { CASE("{\"x\":{\"a b\":{\"c\":\"\377\"}}}"), "x" },
		{ CASE("{\"x\":{\"\":\"\377\"}}"), "x" }, { CASE("\377"), "" }, { CASE("}]\"\377\""), "" }, { CASE(""), "" },
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct http_json *doc;
		assert_int_equal(http_json_parse(CASES[i].text, 1000, &doc), ERR_SYNTAX);
		assert_string_equal(http_json_field(doc), CASES[i].field);
		http_json_free(&doc);
	}
	/* no more than there is room for, nothing half */
	char text[400];
	struct http_json *doc;
	int n = snprintf(text, sizeof(text), "{\"outer\":{\"%0200d\":\"\377\"}}", 1);
	assert_int_equal(http_json_parse(view_of(text, (size_t)n), 1000, &doc), ERR_SYNTAX);
	assert_string_equal(http_json_field(doc), "outer");
	http_json_free(&doc);
}

/* NUL stands where all of Unicode is asked for, nowhere else. */
static void
test_nul(void **state)
{
	(void)state;
	struct http_json *doc;
	assert_int_equal(http_json_parse(VIEW_LIT("{\"a\":\"x\\u0000y\",\"b\":[\"\\u0000\"]}"), 1000, &doc), 0);
	struct view v = http_json_unicode(http_json_root(doc), "a", 10);
	assert_true(view_equal(v, view_of("x\0y", 3)));
	assert_int_equal(http_json_check(doc), 0);
	assert_null(http_json_string(http_json_root(doc), "a", 10).data);
	assert_int_equal(http_json_check(doc), ERR_SYNTAX);
	http_json_free(&doc);
	assert_int_equal(http_json_parse(VIEW_LIT("{\"b\":[\"\\u0000\"]}"), 1000, &doc), 0);
	assert_null(http_json_item_string(http_json_array(http_json_root(doc), "b", 1), 0, 10).data);
	assert_int_equal(http_json_check(doc), ERR_SYNTAX);
	http_json_free(&doc);
}

static void
test_depth_and_number(void **state)
{
	(void)state;
	char text[100];
	struct http_json *doc;
	for (size_t depth = 15; depth <= 18; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		int err = http_json_parse(view_of(text, 2 * depth), 1000, &doc);
		assert_int_equal(err, depth <= HTTP_JSON_DEPTH_MAX ? 0 : ERR_LIMIT);
		http_json_free(&doc);
	}
	assert_int_equal(http_json_parse(VIEW_LIT("[\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[\"]"), 1000, &doc), 0);   /* in a string */
	http_json_free(&doc);
	size_t n = 2 * HTTP_JSON_VALUES_MAX + 10;
	char *many = malloc(n);
	for (size_t i = 0; i < n; i++)
		many[i] = i % 2 == 0 ? '1' : ',';
	many[0] = '[';
	many[n - 1] = ']';
	many[1] = '1';
	assert_int_equal(http_json_parse(view_of(many, n), n, &doc), ERR_LIMIT);
	free(many);
}

static struct http_json *
parse(const char *text)
{
	struct http_json *doc;
	assert_int_equal(http_json_parse(view_str(text), 10000, &doc), 0);
	return doc;
}

static void
test_values(void **state)
{
	(void)state;
	struct http_json *doc = parse("{\"s\":\"\\u00e4b\",\"n\":7,\"t\":true,\"f\":false,\"null\":null,\"b\":\"AQID\","
		"\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"when\":\"2026-01-31T23:59:59.123Z\",\"o\":{\"x\":1},\"a\":[{\"x\":5},{\"x\":6}],"
		"\"l\":[\"p\",\"q\"],\"empty\":\"\"}");
	struct http_json_at o = http_json_root(doc);
	uint8_t bytes[3];
	struct buf blob;
	buf_init(&blob, 3);
	assert_true(view_equal_str(http_json_string(o, "s", 3), "\303\244b"));
	assert_int_equal(http_json_string(o, "empty", 3).len, 0);
	assert_non_null(http_json_string(o, "empty", 3).data);
	assert_null(http_json_string_optional(o, "none", 3).data);
	assert_null(http_json_string_optional(o, "null", 3).data);
	assert_int_equal(http_json_u64(o, "n", 7), 7);
	assert_int_equal(http_json_u64_optional(o, "none", 9, 4), 4);
	assert_true(http_json_bool(o, "t"));
	assert_false(http_json_bool(o, "f"));
	assert_true(http_json_bool_optional(o, "none", true));
	assert_true(http_json_has(o, "n"));
	assert_false(http_json_has(o, "null"));
	http_json_bytes(o, "b", bytes, 3);
	assert_memory_equal(bytes, "\1\2\3", 3);
	http_json_blob(o, "b", &blob);
	assert_int_equal(blob.len, 3);
	struct id id = http_json_id(o, "id");
	assert_true(id_is_none(&id));
	assert_true(http_json_time(o, "when") == 1769903999123ULL);
	assert_int_equal(http_json_u64(http_json_object(o, "o"), "x", 1), 1);
	assert_null(http_json_object_optional(o, "none").value);
	struct http_json_at a = http_json_array(o, "a", 2), l = http_json_array(o, "l", 2);
	assert_int_equal(http_json_count(a), 2);
	assert_int_equal(http_json_u64(http_json_item_object(a, 1), "x", 9), 6);
	assert_true(view_equal_str(http_json_item_string(l, 1, 1), "q"));
	assert_int_equal(http_json_count(http_json_array_optional(o, "none", 2)), 0);
	assert_int_equal(http_json_count(http_json_object(o, "o")), 1);
	assert_true(view_equal_str(http_json_member_name(http_json_object(o, "o"), 0), "x"));
	assert_int_equal(http_json_check(doc), 0);
	assert_string_equal(http_json_field(doc), "");
	buf_deinit(&blob);
	http_json_free(&doc);
	assert_null(doc);
}

/* Reads what one row asks for; the result is in the document. */
static void
read_one(struct http_json_at o, char kind)
{
	uint8_t bytes[4];
	struct buf b;
	struct http_json_at list;
	switch (kind) {
	case 's':
		http_json_string(o, "x", 3);
		break;
	case 'n':
		http_json_u64(o, "x", 100);
		break;
	case 't':
		http_json_bool(o, "x");
		break;
	case 'b':
		http_json_bytes(o, "x", bytes, 3);
		break;
	case 'B':
		buf_init(&b, 3);
		http_json_blob(o, "x", &b);
		buf_deinit(&b);
		break;
	case 'i':
		http_json_id(o, "x");
		break;
	case 'w':
		http_json_time(o, "x");
		break;
	case 'o':
		http_json_string(http_json_object(o, "x"), "y", 3);
		break;
	case 'a':
		list = http_json_array(o, "x", 2);
		for (size_t i = 0; i < http_json_count(list); i++)
			http_json_u64(http_json_item_object(list, i), "y", 100);
		break;
	default:
		list = http_json_array(o, "x", 2);
		for (size_t i = 0; i < http_json_count(list); i++)
			http_json_item_string(list, i, 3);
	}
}

static void
test_errors_name_the_field(void **state)
{
	(void)state;
	static const struct { char kind; const char *text; int err; const char *field; } ROWS[] = {
		{ 's', "{}", ERR_SYNTAX, "x" }, { 's', "{\"x\":null}", ERR_SYNTAX, "x" }, { 's', "{\"x\":5}", ERR_SYNTAX, "x" },
		{ 's', "{\"x\":\"abcd\"}", ERR_LIMIT, "x" }, { 's', "[]", ERR_SYNTAX, "" },
		{ 'n', "{\"x\":\"5\"}", ERR_SYNTAX, "x" }, { 'n', "{\"x\":-1}", ERR_SYNTAX, "x" }, { 'n', "{\"x\":1.0}", ERR_SYNTAX, "x" },
		{ 'n', "{\"x\":101}", ERR_LIMIT, "x" }, { 'n', "{\"x\":true}", ERR_SYNTAX, "x" },
		{ 't', "{\"x\":1}", ERR_SYNTAX, "x" }, { 't', "{\"x\":\"true\"}", ERR_SYNTAX, "x" },
		{ 'b', "{\"x\":\"AQI\"}", ERR_SYNTAX, "x" }, { 'b', "{\"x\":\"AQIDBA\"}", ERR_SYNTAX, "x" }, { 'b', "{\"x\":\"AQI=\"}", ERR_SYNTAX, "x" },
		{ 'b', "{\"x\":\"A+ID\"}", ERR_SYNTAX, "x" }, { 'B', "{\"x\":\"AQIDBA\"}", ERR_LIMIT, "x" }, { 'B', "{\"x\":\"A\"}", ERR_SYNTAX, "x" },
		{ 'i', "{\"x\":\"aaaa\"}", ERR_SYNTAX, "x" }, { 'i', "{\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAA\"}", ERR_SYNTAX, "x" },
		{ 'w', "{\"x\":\"yesterday\"}", ERR_SYNTAX, "x" },
		{ 'o', "{\"x\":[]}", ERR_SYNTAX, "x" }, { 'o', "{\"x\":{}}", ERR_SYNTAX, "x.y" }, { 'o', "{\"x\":{\"y\":5}}", ERR_SYNTAX, "x.y" },
		{ 'a', "{\"x\":{}}", ERR_SYNTAX, "x" }, { 'a', "{\"x\":[{\"y\":1},{}]}", ERR_SYNTAX, "x[1].y" },
		{ 'a', "{\"x\":[5]}", ERR_SYNTAX, "x[0]" }, { 'a', "{\"x\":[{},{},{}]}", ERR_LIMIT, "x" },
		{ 'l', "{\"x\":[\"a\",5]}", ERR_SYNTAX, "x[1]" }, { 'l', "{\"x\":[\"a\",\"abcd\"]}", ERR_LIMIT, "x[1]" },
	};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct http_json *doc = parse(ROWS[i].text);
		read_one(http_json_root(doc), ROWS[i].kind);
		if (http_json_check(doc) != ROWS[i].err || strcmp(http_json_field(doc), ROWS[i].field) != 0)
			fail_msg("%c %s: %d %s", ROWS[i].kind, ROWS[i].text, http_json_check(doc), http_json_field(doc));
		http_json_free(&doc);
	}
}

static void
test_first_error_sticks(void **state)
{
	(void)state;
	struct http_json *doc = parse("{\"a\":1,\"b\":\"ok\"}");
	struct http_json_at o = http_json_root(doc);
	http_json_string(o, "a", 5);
	assert_null(http_json_string(o, "b", 5).data);
	http_json_fail(o, "c", ERR_LIMIT);
	assert_int_equal(http_json_check(doc), ERR_SYNTAX);
	assert_string_equal(http_json_field(doc), "a");
	http_json_free(&doc);
}

static void
test_write(void **state)
{
	(void)state;
	struct buf b;
	struct id id = { { 0 } };
	buf_init(&b, 1000);
	struct http_json_write w = http_json_write_to(&b);
	http_json_write_object(&w, NULL);
	http_json_write_string(&w, "s", VIEW_LIT("a\"\\\n\t\001\177\303\244/\302\233x\342\200\256"));
	http_json_write_u64(&w, "u", UINT64_MAX);
	http_json_write_i64(&w, "i", -5);
	http_json_write_bool(&w, "t", true);
	http_json_write_null(&w, "n");
	http_json_write_bytes(&w, "b", VIEW_LIT("\1\2\3\4"));
	http_json_write_id(&w, "id", &id);
	http_json_write_time(&w, "w", 0);
	http_json_write_array(&w, "a");
	http_json_write_str(&w, NULL, "x");
	http_json_write_object(&w, NULL);
	http_json_write_close(&w);
	http_json_write_array(&w, NULL);
	http_json_write_close(&w);
	http_json_write_close(&w);
	http_json_write_close(&w);
	assert_int_equal(http_json_write_end(&w), 0);
	assert_true(view_equal_str(buf_view(&b), "{\"s\":\"a\\\"\\\\\\n\\t\\u0001\\u007f\303\244/\\u009bx\\u202e\",\"u\":18446744073709551615,\"i\":-5,"
		"\"t\":true,\"n\":null,\"b\":\"AQIDBA\",\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"w\":\"1970-01-01T00:00:00.000Z\","
		"\"a\":[\"x\",{},[]]}"));
	buf_deinit(&b);
}

static void
test_write_errors(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	struct http_json_write w = http_json_write_to(&b);
	http_json_write_array(&w, NULL);
	http_json_write_str(&w, NULL, "0123456789");
	http_json_write_close(&w);
	assert_int_equal(http_json_write_end(&w), ERR_LIMIT);
	buf_deinit(&b);
	buf_init(&b, 100);
	w = http_json_write_to(&b);
	http_json_write_array(&w, NULL);
	http_json_write_string(&w, NULL, VIEW_LIT("\377"));
	http_json_write_close(&w);
	assert_int_equal(http_json_write_end(&w), ERR_SYNTAX);
	buf_deinit(&b);
}

static void
test_problem(void **state)
{
	(void)state;
	struct buf b;
	struct http_problem p;
	const struct http_problem_says nothing = { .detail = NULL };
	const struct http_problem_says says = { .detail = "de\033tail", .field = "fi.eld", .limit = 3, .used = 4 };
	buf_init(&b, 1000);
	assert_int_equal(http_problem_write(&b, ERR_NOT_FOUND, 404, &nothing), 0);
	assert_true(view_equal_str(buf_view(&b),
		"{\"type\":\"urn:provision:problem:not-found\",\"title\":\"There is no such thing\",\"status\":404}"));
	for (int err = ERR_SYNTAX; err > ERR_LAST; err--) {
		buf_clear(&b);
		assert_int_equal(http_problem_write(&b, err, 418, &says), 0);
		assert_int_equal(http_problem_parse(buf_view(&b), 418, &p), 0);
		assert_int_equal(p.err, err);
		assert_string_equal(p.field, "fi.eld");
		assert_true(p.limit == 3 && p.used == 4);
		assert_null(strchr(p.detail, '\033'));       /* a terminal shows it */
	}
	assert_int_equal(http_problem_parse(VIEW_LIT("<html>"), 502, &p), ERR_SYNTAX);
	assert_int_equal(p.err, ERR_UNAVAILABLE);
	assert_int_equal(http_problem_parse(VIEW_LIT("{\"type\":\"urn:provision:problem:new-one\"}"), 418, &p), 0);
	assert_int_equal(p.err, ERR_SYNTAX);
	assert_true(p.limit == 0 && p.used == 0);
	assert_string_equal(p.detail, "");
	assert_int_equal(http_problem_parse(VIEW_LIT("{\"type\":\"urn:provision:problem:full\",\"limit\":-1}"), 507, &p), ERR_SYNTAX);
	buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nul), cmocka_unit_test(test_refused_documents), cmocka_unit_test(test_places), cmocka_unit_test(test_depth_and_number), cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors_name_the_field), cmocka_unit_test(test_first_error_sticks), cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_errors), cmocka_unit_test(test_problem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
