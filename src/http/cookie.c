/* SPDX-License-Identifier: MIT */
/*
 * Cookies of our own making: found by name, set with fixed attributes. What is inside is the handler's business.
 *
 * cookie-string = cookie-pair *( ";" SP cookie-pair );  cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
 */
#include "http/cookie.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "http/response.h"

#define PREFIX "__Host-"

static bool
is_value(struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.data[i];
		if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return v.len <= HTTP_COOKIE_VALUE_MAX;
}

int
http_cookie_find(struct view cookie_field, const char *name, struct view *value_r)
{
	struct view rest = cookie_field, found = { NULL, 0 };
	*value_r = found;
	while (rest.len > 0) {
		size_t end = view_find(rest, ';');
		struct view pair = view_slice(rest, 0, end);
		rest = view_slice(rest, end + 1, rest.len);
		while (pair.len > 0 && pair.data[0] == ' ')
			pair = view_slice(pair, 1, pair.len);
		size_t equals = view_find(pair, '=');
		if (equals == pair.len || !view_equal_str(view_slice(pair, 0, equals), name))
			continue;
		if (found.data != NULL)
			return ERR_SYNTAX;
		found = view_of(pair.data + equals + 1, pair.len - equals - 1);
	}
	if (found.data == NULL)
		return ERR_NOT_FOUND;
	if (!is_value(found))
		return ERR_SYNTAX;
	*value_r = found;
	return 0;
}

int
http_cookie_get(const struct http_request *r, const char *name, struct view *value_r)
{
	return http_cookie_find(http_request_field(r, "cookie"), name, value_r);
}

void
http_cookie_set(struct http_request *r, const char *name, struct view value, uint32_t max_age_s)
{
	char age[32] = "";
	require(strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 && is_value(value));
	if (max_age_s > 0)
		snprintf(age, sizeof(age), "; Max-Age=%u", max_age_s);
	http_response_add(r, "Set-Cookie", "%s=%.*s; Path=/; Secure; HttpOnly; SameSite=Strict%s", name, VIEW_FMT(value), age);
}

void
http_cookie_clear(struct http_request *r, const char *name)
{
	require(strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0);
	http_response_add(r, "Set-Cookie", "%s=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0", name);
}
