/* SPDX-License-Identifier: MIT */
/*
 * Forwarded and X-Forwarded-For. The first byte chooses; what follows is the value, of two fields where it has a line end.
 * Whatever a client sends, the address that a trusted proxy appended is the one that counts.
 */
#include "base/buf.h"
#include "base/fatal.h"
#include "fuzz/fuzz.h"
#include "http/forwarded.h"

#define CLIENT "198.51.100.1"

static struct event_address
client_of(enum http_forwarded field, struct view first, struct view second)
{
	const char *name = field == HTTP_FORWARDED_FORWARDED ? "forwarded" : "x-forwarded-for";
	struct http_head h = { .n_fields = 2 };
	struct event_address peer;
	struct network_list trusted;

	require(network_parse_list(VIEW_LIT("10.0.0.0/8 2001:db8::/32"), &trusted) == 0);
	require(event_address_parse(VIEW_LIT("10.0.0.1"), 0, &peer) == 0);
	h.fields[0] = (struct http_field){ view_str(name), first };
	h.fields[1] = (struct http_field){ view_str(name), second };
	return http_forwarded_client(&h, field, &trusted, &peer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 4096)
		return 0;
	enum http_forwarded field = data[0] % 2 == 0 ? HTTP_FORWARDED_FORWARDED : HTTP_FORWARDED_X_FORWARDED_FOR;
	struct view v = view_of(data + 1, size - 1);
	size_t line = view_find(v, '\n');
	struct event_address expected, a;
	struct buf b;

	a = client_of(field, view_slice(v, 0, line), view_slice(v, line + 1, v.len));
	require(event_address_text(&a).s[0] != '\0');
	buf_init(&b, 8192);
	require(buf_append_view(&b, v) == 0);
	require(buf_append_view(&b, field == HTTP_FORWARDED_FORWARDED ? VIEW_LIT(", for=" CLIENT) : VIEW_LIT(", " CLIENT)) == 0);
	a = client_of(field, VIEW_LIT("1.1.1.1"), buf_view(&b));
	require(event_address_parse(VIEW_LIT(CLIENT), 0, &expected) == 0 && event_address_equal(&a, &expected));
	buf_deinit(&b);
	return 0;
}
