/* SPDX-License-Identifier: MIT */
/*
 * Bearer tokens as they come in a header field. What a token allows is the store's business.
 *
 * credentials = "Bearer" 1*SP b64token;  b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
 */
#include "http/token.h"

#include <stdbool.h>
#include <string.h>

static bool
is_token68(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("-._~+/", c) != NULL);
}

int
http_token_bearer(struct view authorization, struct view *token_r)
{
	static const struct view SCHEME = { (const uint8_t *)"Bearer ", 7 };
	*token_r = view_of(NULL, 0);
	if (authorization.data == NULL)
		return ERR_NOT_FOUND;
	if (!view_equal_nocase(view_slice(authorization, 0, SCHEME.len), SCHEME))
		return ERR_SYNTAX;
	struct view t = view_slice(authorization, SCHEME.len, authorization.len);
	while (t.len > 0 && t.data[0] == ' ')
		t = view_slice(t, 1, t.len);
	size_t n = 0;
	while (n < t.len && is_token68(t.data[n]))
		n++;
	size_t padded = n;
	while (padded < t.len && t.data[padded] == '=')
		padded++;
	if (n == 0 || padded != t.len || t.len > HTTP_TOKEN_MAX)
		return ERR_SYNTAX;
	*token_r = t;
	return 0;
}
