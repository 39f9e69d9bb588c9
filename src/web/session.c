/* SPDX-License-Identifier: MIT */
/*
 * Bearer tokens and session cookies. Keeps nothing: the anti-forgery token is computed from the session token, which no
 * script and no other site can read. Must not know whether a session exists: that is the store's. Called by web/call.c.
 */
#include "web/session.h"

#include <string.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/text.h"
#include "crypt/equal.h"
#include "crypt/keyhash.h"
#include "http/cookie.h"
#include "http/response.h"
#include "http/token.h"
#include "record/account.pb-c.h"
#include "rest/document.h"
#include "web/web.h"

#define COOKIE REST_DOCUMENT_COOKIE
#define PURPOSE "provision web anti-forgery 1"
#define TEXT_LEN 43    /* of 32 bytes in base64url */

static bool
has_bearer(const struct http_request *r)
{
	return http_request_field(r, "authorization").data != NULL;
}

static int
decode(struct view text, struct arena *arena, struct view *token_r)
{
	struct buf raw;
	buf_init(&raw, WEB_SESSION_BYTES);
	int err = text_unbase64url(text, &raw);
	if (err == 0 && raw.len == WEB_SESSION_BYTES)
		*token_r = arena_dup(arena, buf_view(&raw));
	else
		err = ERR_LOGIN;
	buf_wipe(&raw);
	buf_deinit(&raw);
	return err;
}

int
web_session_token(struct http_request *r, struct arena *arena, struct view *token_r)
{
	struct view text;
	*token_r = (struct view){ NULL, 0 };
	int err = has_bearer(r) ? http_token_bearer(http_request_field(r, "authorization"), &text) : http_cookie_get(r, COOKIE, &text);
	if (err == ERR_NOT_FOUND)
		return 0;
	return err == 0 ? decode(text, arena, token_r) : ERR_LOGIN;
}

static const char *
base64url(struct view v, struct arena *arena)
{
	struct buf text;
	buf_init(&text, TEXT_LEN);
	require(text_base64url(&text, v) == 0);
	const char *s = arena_str(arena, buf_view(&text));
	buf_wipe(&text);
	buf_deinit(&text);
	return s;
}

static struct hash
forgery_token(struct view session)
{
	struct secret *key = secret_from_view(session);
	struct hash h = crypt_keyhash(key, PURPOSE, (struct view){ NULL, 0 });
	secret_free(&key);
	return h;
}

/* Browsers name the page's origin in one field or both; a request that names none is no browser's. */
static bool
is_own_page(const struct http_request *r, const char *url, bool is_writing)
{
	struct view site = http_request_field(r, "sec-fetch-site"), origin = http_request_field(r, "origin");
	if (site.data != NULL && !view_equal_str(site, "same-origin") && (is_writing || !view_equal_str(site, "none")))
		return false;
	if (origin.data != NULL && !view_equal_nocase(origin, view_str(url)))
		return false;
	return !is_writing || site.data != NULL || origin.data != NULL;
}

static bool
brings_forgery_token(const struct http_request *r, const struct hash *expected, struct arena *arena)
{
	struct view sent;
	return decode(http_request_field(r, "provision-csrf"), arena, &sent) == 0 && crypt_equal(sent, crypt_hash_view(expected));
}

int
web_session_gate(struct http_request *r, struct web *web)
{
	struct arena *arena = http_request_arena(r);
	struct view token;
	int err = web_session_token(r, arena, &token);
	if (err != 0 || token.len == 0)
		return ERR_LOGIN;
	if (has_bearer(r))
		return 0;
	enum http_method method = http_request_route(r)->method;
	bool is_writing = method != HTTP_GET && method != HTTP_HEAD && method != HTTP_OPTIONS;
	struct hash expected = forgery_token(token);
	if (!is_own_page(r, web_conf(web)->url, is_writing) || (is_writing && !brings_forgery_token(r, &expected, arena)))
		return ERR_DENIED;
	if (!is_writing)
		http_response_add(r, "Provision-CSRF", "%s", base64url(crypt_hash_view(&expected), arena));
	return 0;
}

static const ProtobufCMessage *
open_by_cookie(struct http_request *r, const Provision__SessionOpenReply *reply, struct arena *arena)
{
	Provision__SessionOpenReply *shown = arena_alloc(arena, sizeof(*shown));
	struct view session = view_of(reply->session.data, reply->session.len);
	struct hash h = forgery_token(session);
	http_cookie_set(r, COOKIE, view_str(base64url(session, arena)), 0);
	*shown = *reply;
	shown->session.data = (uint8_t *)(uintptr_t)arena_dup(arena, crypt_hash_view(&h)).data;
	return &shown->base;
}

const ProtobufCMessage *
web_session_answer(struct http_request *r, const struct rest_operation *op, const ProtobufCMessage *reply, struct arena *arena)
{
	if (op->request == IPC_SESSION_CLOSE && !has_bearer(r))
		http_cookie_clear(r, COOKIE);
	if (reply->descriptor != &provision__session_open_reply__descriptor
	    || !view_equal_str(http_request_field(r, "provision-session"), "cookie"))
		return reply;
	return open_by_cookie(r, (const Provision__SessionOpenReply *)reply, arena);
}
