/* SPDX-License-Identifier: MIT */
/* base/network.h: what is a network, and what is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/network.h"

static bool
is_in(const char *list, const char *address)
{
	struct network_list l;
	struct network a;
	assert_int_equal(network_parse_list(view_str(list), &l), 0);
	assert_int_equal(network_parse(view_str(address), &a), 0);
	return network_list_has(&l, a.ip);
}

static void
matches_by_prefix(void **state)
{
	(void)state;
	assert_true(is_in("192.0.2.1", "192.0.2.1"));
	assert_false(is_in("192.0.2.1", "192.0.2.2"));
	assert_true(is_in("10.0.0.0/8", "10.255.0.1"));
	assert_false(is_in("10.0.0.0/8", "11.0.0.1"));
	assert_true(is_in("192.0.2.128/25", "192.0.2.200"));
	assert_false(is_in("192.0.2.128/25", "192.0.2.127"));
	assert_true(is_in("2001:db8::/33 192.0.2.1", "2001:db8:7fff::1"));
	assert_false(is_in("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(is_in("2001:db8::/32 192.0.2.1", "192.0.2.1"));
	assert_true(is_in("0.0.0.0/0", "198.51.100.7"));
	assert_false(is_in("0.0.0.0/0", "2001:db8::1"));
	assert_true(is_in("::/0", "192.0.2.1"));
	assert_false(is_in("", "192.0.2.1"));
}

static void
refuses_what_is_none(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "x", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.1/8",
		"2001:db8::/129", "2001:db8::1/32", "::ffff:192.0.2.1", "[::1]", "::1%lo", "192.0.2.1/32/32", "/8", "1.2.3.4:80" };
	struct network n;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(network_parse(view_str(bad[i]), &n), ERR_SYNTAX);
	assert_int_equal(network_parse(VIEW_LIT("1.2.3.4\0"), &n), ERR_SYNTAX);
}

static void
one_form_of_addresses(void **state)
{
	(void)state;
	static const uint8_t ipv4[4] = { 192, 0, 2, 1 }, ipv6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	uint8_t ip[16] = { 1, 2, 3 };
	network_map_ipv4(ipv4, ip);
	assert_true(network_is_ipv4(ip));
	assert_true(view_equal(network_own_bytes(view_of(ip, 16)), view_of(ipv4, 4)));
	/* in its own place, too */
	memcpy(ip, ipv4, sizeof(ipv4));
	network_map_ipv4(ip, ip);
	assert_true(view_equal(network_own_bytes(view_of(ip, 16)), view_of(ipv4, 4)));
	assert_false(network_is_ipv4(ipv6));
	assert_true(view_equal(network_own_bytes(view_of(ipv6, 16)), view_of(ipv6, 16)));
	assert_true(view_equal(network_own_bytes(view_of(ipv4, 4)), view_of(ipv4, 4)));
	assert_int_equal(network_own_bytes(view_of(NULL, 0)).len, 0);
}

static void
lists_are_strict(void **state)
{
	(void)state;
	struct network_list l;
	char text[NETWORK_LIST_MAX * 8 + 8] = "";
	static const char *const bad[] = { " ", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4  5.6.7.8", "1.2.3.4,5.6.7.8" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(network_parse_list(view_str(bad[i]), &l), ERR_SYNTAX);
	for (size_t i = 0; i < NETWORK_LIST_MAX; i++)
		memcpy(text + i * 8, "1.2.3.4 ", 8);
	assert_int_equal(network_parse_list(view_of(text, NETWORK_LIST_MAX * 8 - 1), &l), 0);
	memcpy(text + (size_t)NETWORK_LIST_MAX * 8, "1.2.3.4", 7);
	assert_int_equal(network_parse_list(view_of(text, NETWORK_LIST_MAX * 8 + 7), &l), ERR_LIMIT);
}

static void
written_as_people_do(void **state)
{
	(void)state;
	static const uint8_t mapped[16] = { [10] = 255, [11] = 255, [12] = 192, [13] = 0, [14] = 2, [15] = 1 }, six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	assert_string_equal(network_text(view_of(mapped, 16)).s, "192.0.2.1");
	assert_string_equal(network_text(view_of(mapped + 12, 4)).s, "192.0.2.1");
	assert_string_equal(network_text(view_of(six, 16)).s, "2001:db8::1");
	assert_string_equal(network_text(view_of(six, 5)).s, "");
	assert_string_equal(network_text(view_of(NULL, 0)).s, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_by_prefix),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(one_form_of_addresses), cmocka_unit_test(lists_are_strict), cmocka_unit_test(written_as_people_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
