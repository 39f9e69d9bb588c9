/* SPDX-License-Identifier: MIT */
/* event/address.h: one form for all peers, and which ranges are not the public network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "event/address.h"

static struct event_address
parse(const char *s)
{
	struct event_address a;
	assert_int_equal(event_address_parse(view_str(s), 7, &a), 0);
	return a;
}

static void
test_text_round_trip(void **state)
{
	(void)state;
	static const char *const TEXTS[] = { "192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1",
		"fe80::1234:5678:9abc:def0" };
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		struct event_address a = parse(TEXTS[i]);
		assert_string_equal(event_address_text(&a).s, TEXTS[i]);
		assert_int_equal(a.port, 7);
	}
}

static void
test_bad_text(void **state)
{
	(void)state;
	static const char *const TEXTS[] = { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "[::1]", "::1%eth0", "localhost", " 1.2.3.4",
		"1.2.3.4 ", "1:2:3:4:5:6:7:8:9", "01.2.3.4", "11111111111111111111111111111111111111111111111111111" };
	struct event_address a;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		assert_int_equal(event_address_parse(view_str(TEXTS[i]), 0, &a), ERR_SYNTAX);
	assert_int_equal(event_address_parse(view_of("1.2.3.4\0", 8), 0, &a), ERR_SYNTAX);
}

static void
test_sockaddr_round_trip(void **state)
{
	(void)state;
	static const char *const TEXTS[] = { "192.0.2.1", "2001:db8::1" };
	for (size_t i = 0; i < 2; i++) {
		struct event_address a = parse(TEXTS[i]);
		struct sockaddr_storage ss;
		socklen_t len = event_address_to_sockaddr(&a, &ss);
		assert_int_equal(ss.ss_family, i == 0 ? AF_INET : AF_INET6);
		struct event_address b = event_address_from_sockaddr((struct sockaddr *)&ss, len);
		assert_true(event_address_equal(&a, &b));
	}
	struct sockaddr local = { .sa_family = AF_UNIX };
	struct event_address none = event_address_from_sockaddr(&local, sizeof(local.sa_family));
	assert_string_equal(event_address_text(&none).s, "::");
}

static void
test_mapped_is_ipv4(void **state)
{
	(void)state;
	struct event_address a = parse("::ffff:192.0.2.1"), b = parse("192.0.2.1");
	assert_true(event_address_equal(&a, &b));
	assert_true(event_address_is_ipv4(&a));
}

static void
test_special(void **state)
{
	(void)state;
	static const struct { const char *text; bool is_special; } ROWS[] = {
		{ "127.0.0.1", true }, { "127.255.0.1", true }, { "10.1.2.3", true }, { "172.16.0.1", true }, { "172.31.255.255", true },
		{ "172.32.0.1", false }, { "192.168.1.1", true }, { "169.254.169.254", true }, { "100.64.0.1", true },
		{ "100.127.255.255", true }, { "100.128.0.1", false }, { "0.0.0.0", true }, { "224.0.0.1", true }, { "255.255.255.255", true },
		{ "8.8.8.8", false }, { "9.255.255.255", false }, { "11.0.0.0", false }, { "198.17.1.1", false }, { "198.19.1.1", true },
		{ "::", true }, { "::1", true }, { "::ffff:10.0.0.1", true }, { "::ffff:8.8.8.8", false }, { "::127.0.0.1", true },
		{ "fe80::1", true }, { "febf::1", true }, { "fec0::1", true }, { "fc00::1", true }, { "fdff::1", true }, { "ff02::1", true },
		{ "2001:db8::1", true }, { "2001::1", true }, { "2002:7f00:1::", true }, { "64:ff9b::7f00:1", true },
		{ "2a00:1450::1", false }, { "2600::1", false }, { "fb00::1", false },
	};
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct event_address a = parse(ROWS[i].text);
		if (event_address_is_special(&a) != ROWS[i].is_special)
			fail_msg("%s", ROWS[i].text);
	}
	struct event_address l4 = parse("127.9.9.9"), l6 = parse("::1"), p = parse("10.0.0.1");
	assert_true(event_address_is_loopback(&l4));
	assert_true(event_address_is_loopback(&l6));
	assert_false(event_address_is_loopback(&p));
}

static void
test_prefix(void **state)
{
	(void)state;
	struct event_address a = parse("2001:db8:1:2:3:4:5:6"), b = parse("192.0.2.9");
	struct event_address pa = event_address_prefix(&a), pb = event_address_prefix(&b);
	assert_string_equal(event_address_text(&pa).s, "2001:db8:1:2::");
	assert_string_equal(event_address_text(&pb).s, "192.0.2.9");
	assert_int_equal(pa.port, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_round_trip), cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_sockaddr_round_trip), cmocka_unit_test(test_mapped_is_ipv4),
		cmocka_unit_test(test_special), cmocka_unit_test(test_prefix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
