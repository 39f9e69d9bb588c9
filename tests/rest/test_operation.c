/* SPDX-License-Identifier: MIT */
/*
 * The table of operations: what every row must say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rest/operation.h"

static bool
has_query(const struct rest_operation *op, const char *name)
{
	for (const struct rest_query *q = op->query; q->name != NULL; q++)
		if (strcmp(q->name, name) == 0)
			return true;
	return false;
}

/* Whoever loses an answer must know what to do, of every operation that writes. */
static void
test_repeats_are_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		bool reads = op->method == HTTP_GET || op->method == HTTP_HEAD || op->method == HTTP_OPTIONS;
		if (reads != (op->repeat == REST_REPEAT_UNSAID))
			fail_msg("%s does not say what a repetition comes to", op->name);
		/* the key is bound to an account, and kept with the answer by the store */
		if (op->repeat == REST_REPEAT_KEY && (!op->needs_session || op->media != REST_MEDIA_JSON))
			fail_msg("%s cannot take a key", op->name);
	}
}

static void
test_lists_are_paged(void **state)
{
	(void)state;
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		bool is_list = strncmp(op->name, "list", 4) == 0;
		assert_int_equal(has_query(op, "cursor"), is_list);
		assert_int_equal(has_query(op, "limit"), is_list);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeats_are_said),
		cmocka_unit_test(test_lists_are_paged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
