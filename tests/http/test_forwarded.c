/* SPDX-License-Identifier: MIT */
/* http/forwarded.h: the rightmost address that is not trusted, whatever a client puts in front. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/forwarded.h"

#define F HTTP_FORWARDED_FORWARDED
#define X HTTP_FORWARDED_X_FORWARDED_FOR
#define PROXY "10.0.0.1"

struct row {
	enum http_forwarded field;
	const char *peer, *first, *second;   /* the values of two fields, NULL: not sent */
	const char *client;
};

static const struct row ROWS[] = {
	/* nobody is believed who is not trusted */
	{ X, "192.0.2.9", "198.51.100.1", NULL, "192.0.2.9" },
	{ F, "192.0.2.9", "for=198.51.100.1", NULL, "192.0.2.9" },
	{ HTTP_FORWARDED_NONE, PROXY, "198.51.100.1", NULL, PROXY },
	{ X, PROXY, NULL, NULL, PROXY },
	/* from the right */
	{ X, PROXY, "198.51.100.1", NULL, "198.51.100.1" },
	{ X, PROXY, "1.1.1.1, 198.51.100.1", NULL, "198.51.100.1" },
	{ X, PROXY, "1.1.1.1", "2.2.2.2,198.51.100.1", "198.51.100.1" },
	{ X, PROXY, "198.51.100.1, 10.0.0.2", NULL, "198.51.100.1" },
	{ X, PROXY, "198.51.100.1", "10.0.0.3 ,\t10.0.0.2", "198.51.100.1" },
	{ X, PROXY, "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3" },
	{ X, PROXY, "10.0.0.3, 198.51.100.1, 10.0.0.2", NULL, "198.51.100.1" },
	/* forms */
	{ X, PROXY, "198.51.100.1:4711", NULL, "198.51.100.1" },
	{ X, PROXY, "2001:db8::7", NULL, "2001:db8::7" },
	{ X, PROXY, "[2001:db8::7]:4711", NULL, "2001:db8::7" },
	{ F, PROXY, "for=198.51.100.1", NULL, "198.51.100.1" },
	{ F, PROXY, "for=1.1.1.1, For=\"198.51.100.1:4711\";proto=https;by=10.0.0.1", NULL, "198.51.100.1" },
	{ F, PROXY, "proto=http; for=\"[2001:db8::7]:4711\"", NULL, "2001:db8::7" },
	{ F, PROXY, "for=\"open, for=198.51.100.1", NULL, "198.51.100.1" },
	{ F, PROXY, "for=\"a;b, for=198.51.100.1;host=x", "for=10.0.0.2", "198.51.100.1" },
	/* what cannot be read ends the search at who said it */
	{ X, PROXY, "198.51.100.1, unknown", NULL, PROXY },
	{ X, PROXY, "198.51.100.1, unknown, 10.0.0.2", NULL, "10.0.0.2" },
	{ X, PROXY, "198.51.100.1,", NULL, PROXY },
	{ X, PROXY, "::", NULL, PROXY },
	{ X, PROXY, "198.51.100.1:99999", NULL, PROXY },
	{ X, PROXY, "198.51.100.1:", NULL, PROXY },
	{ X, PROXY, "[2001:db8::7]x", NULL, PROXY },
	{ X, PROXY, "[2001:db8::7", NULL, PROXY },
	{ X, PROXY, "[]", NULL, PROXY },
	{ X, PROXY, "localhost", NULL, PROXY },
	{ F, PROXY, "for=_hidden", NULL, PROXY },
	{ F, PROXY, "for=198.51.100.1;for=198.51.100.2", NULL, PROXY },
	{ F, PROXY, "for", NULL, PROXY },
	{ F, PROXY, "for=", NULL, PROXY },
	{ F, PROXY, "by=10.0.0.1", NULL, PROXY },
	{ F, PROXY, "for=\"", NULL, PROXY },
	{ F, PROXY, "for=\"\"", NULL, PROXY },
};

static struct event_address
address(const char *s)
{
	struct event_address a;
	assert_int_equal(event_address_parse(view_str(s), 0, &a), 0);
	return a;
}

static void
finds_the_client(void **state)
{
	(void)state;
	struct network_list trusted;
	assert_int_equal(network_parse_list(VIEW_LIT("10.0.0.0/8"), &trusted), 0);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const struct row *row = &ROWS[i];
		const char *name = row->field == F ? "FORWARDED" : "X-Forwarded-For";
		struct http_head h = { .n_fields = 0 };
		struct event_address peer = address(row->peer);
		h.fields[h.n_fields++] = (struct http_field){ VIEW_LIT("Host"), VIEW_LIT("198.51.100.99") };
		if (row->first != NULL)
			h.fields[h.n_fields++] = (struct http_field){ view_str(name), view_str(row->first) };
		if (row->second != NULL)
			h.fields[h.n_fields++] = (struct http_field){ view_str(name), view_str(row->second) };
		struct event_address client = http_forwarded_client(&h, row->field, &trusted, &peer);
		assert_string_equal(event_address_text(&client).s, row->client);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_the_client) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
