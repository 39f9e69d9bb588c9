/* SPDX-License-Identifier: MIT */
/* event/limiter.h: totals, prefixes, memory that follows what exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "event/limiter.h"

static struct event_address
address(const char *s)
{
	struct event_address a;
	assert_int_equal(event_address_parse(view_str(s), 1000, &a), 0);
	return a;
}

static void
test_prefix_and_total(void **state)
{
	(void)state;
	struct event_limiter *l = event_limiter_new(4, 2);
	struct event_address a = address("192.0.2.1"), b = address("192.0.2.2"), c = address("192.0.2.3");
	assert_int_equal(event_limiter_enter(l, &a), 0);
	a.port = 2000;
	assert_int_equal(event_limiter_enter(l, &a), 0);
	assert_int_equal(event_limiter_enter(l, &a), ERR_LIMIT);
	assert_int_equal(event_limiter_enter(l, &b), 0);
	assert_int_equal(event_limiter_enter(l, &b), 0);
	assert_int_equal(event_limiter_enter(l, &c), ERR_BUSY);
	assert_int_equal(event_limiter_count(l), 4);
	event_limiter_leave(l, &a);
	assert_int_equal(event_limiter_enter(l, &c), 0);
	event_limiter_leave(l, &a);
	event_limiter_leave(l, &b);
	event_limiter_leave(l, &b);
	event_limiter_leave(l, &c);
	assert_int_equal(event_limiter_count(l), 0);
	event_limiter_free(&l);
	assert_null(l);
}

static void
test_ipv6_counts_by_64(void **state)
{
	(void)state;
	struct event_limiter *l = event_limiter_new(10, 1);
	struct event_address a = address("2001:db8::1"), b = address("2001:db8::2"), c = address("2001:db8:0:1::1");
	assert_int_equal(event_limiter_enter(l, &a), 0);
	assert_int_equal(event_limiter_enter(l, &b), ERR_LIMIT);
	assert_int_equal(event_limiter_enter(l, &c), 0);
	event_limiter_leave(l, &b);
	event_limiter_leave(l, &c);
	event_limiter_free(&l);
}

static void
test_local_peers_count_in_total_only(void **state)
{
	(void)state;
	struct event_limiter *l = event_limiter_new(3, 1);
	struct event_address none = address("::");
	for (int i = 0; i < 3; i++)
		assert_int_equal(event_limiter_enter(l, &none), 0);
	assert_int_equal(event_limiter_enter(l, &none), ERR_BUSY);
	for (int i = 0; i < 3; i++)
		event_limiter_leave(l, &none);
	event_limiter_free(&l);
}

static void
test_many_addresses(void **state)
{
	(void)state;
	struct event_limiter *l = event_limiter_new(100000, 1);
	struct event_address a = address("10.0.0.0");
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 20000; i++) {
			a.ip[14] = (uint8_t)(i >> 8);
			a.ip[15] = (uint8_t)i;
			if (event_limiter_enter(l, &a) != 0 || event_limiter_enter(l, &a) != ERR_LIMIT)
				fail_msg("address %u", i);
		}
		for (unsigned i = 0; i < 20000; i++) {
			a.ip[14] = (uint8_t)(i >> 8);
			a.ip[15] = (uint8_t)i;
			event_limiter_leave(l, &a);
		}
	}
	event_limiter_set(l, 1, 1);
	assert_int_equal(event_limiter_enter(l, &a), 0);
	assert_int_equal(event_limiter_enter(l, &a), ERR_BUSY);
	event_limiter_leave(l, &a);
	event_limiter_free(&l);
}

static void
test_exempt(void **state)
{
	(void)state;
	struct event_limiter *l = event_limiter_new(4, 1);
	struct event_address a = address("192.0.2.1"), b = address("198.51.100.1");
	struct network_list proxies;
	assert_int_equal(network_parse_list(VIEW_LIT("192.0.2.0/24"), &proxies), 0);
	event_limiter_exempt(l, &proxies);
	for (int i = 0; i < 3; i++)
		assert_int_equal(event_limiter_enter(l, &a), 0);
	assert_int_equal(event_limiter_enter(l, &b), 0);
	assert_int_equal(event_limiter_enter(l, &a), ERR_BUSY);
	event_limiter_leave(l, &a);
	assert_int_equal(event_limiter_enter(l, &b), ERR_LIMIT);
	event_limiter_leave(l, &a);
	event_limiter_leave(l, &a);
	event_limiter_leave(l, &b);
	assert_int_equal(event_limiter_count(l), 0);
	event_limiter_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exempt),
		cmocka_unit_test(test_prefix_and_total), cmocka_unit_test(test_ipv6_counts_by_64),
		cmocka_unit_test(test_local_peers_count_in_total_only), cmocka_unit_test(test_many_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
