/* SPDX-License-Identifier: MIT */
/* http/server.h with a literal client: refusals, keep-alive, pipelining, bodies, answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/fatal.h"
#include "base/file.h"
#include "http/heads.h"
#include "http/talk.h"

#define H " HTTP/1.1\r\nHost: a\r\n"
#define E "\r\n"
#define JSON "Content-Type: application/json\r\n"

static void
run(void (*client)(void *arg), bool is_tls)
{
	struct talk t;
	talk_init(&t, is_tls, http_server_defaults());
	talk_run(&t, client);
	talk_deinit(&t);
}

/* --- refusals */

static void
client_bad_heads(void *arg)
{
	struct talk *t = arg;
	for (size_t i = 0; i < HEADS_BAD_COUNT; i++) {
		talk_open(t);
		talk_say_bytes(t, HEADS_BAD[i].bytes);
		const char *why = HEADS_BAD[i].why;
		bool is_large = strstr(why, "too many fields") != NULL || strstr(why, "too long") != NULL || strstr(why, "endless") != NULL;
		if (talk_hear(t) != (is_large ? 431 : 400) || !t->is_closed || !talk_is_over(t))
			panic("%s: %d", why, t->status);
		require(strstr(t->body, is_large ? "urn:provision:problem:limit" : "urn:provision:problem:syntax") != NULL);
	}
	require(http_server_counts(t->site.server).malformed_total == HEADS_BAD_COUNT);
	require(t->site.n_gated == 0);
}

static void
test_bad_heads(void **state)
{
	(void)state;
	run(client_bad_heads, false);
}

static void
client_good_heads(void *arg)
{
	struct talk *t = arg;
	for (size_t i = 0; i < HEADS_GOOD_COUNT; i++) {
		talk_open(t);
		talk_say_bytes(t, HEADS_GOOD[i].bytes);
		if (talk_hear(t) != 200 || strcmp(t->body, "hello") != 0)
			panic("%s: %d", HEADS_GOOD[i].why, t->status);
	}
}

static void
test_good_heads(void **state)
{
	(void)state;
	run(client_good_heads, true);
}

/* --- one connection, many requests */

static void
client_keep_alive(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	for (int i = 0; i < 50; i++) {
		require(talk_ask(t, "GET /hello" H E) == 200);
		require(!t->is_closed && strcmp(t->body, "hello") == 0);
	}
	require(talk_ask(t, "GET /hello" H "Connection: close\r\n" E) == 200);
	require(t->is_closed && talk_is_over(t));
	talk_open(t);
	require(talk_ask(t, "GET /hello HTTP/1.0\r\nHost: a\r\n" E) == 200);
	require(t->is_closed && talk_is_over(t));
	require(http_server_counts(t->site.server).connections_total == 2);
}

static void
test_keep_alive(void **state)
{
	(void)state;
	run(client_keep_alive, true);
}

/* Answers come in the order of requests, although the first takes its time; a body is not taken for a request. */
static void
client_pipelined(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /later/60" H E "POST /any" H "Content-Length: 20\r\n" E "GET /evil HTTP/1.1\r\n" "GET /hello" H E
	    "POST /any" H "Transfer-Encoding: chunked\r\n" E "3\r\nabc\r\n0\r\n\r\n" "GET /nothing" H E "GET /hello" H E);
	require(talk_hear(t) == 200 && strcmp(t->body, "later") == 0);
	require(talk_hear(t) == 200 && strcmp(t->body, "20") == 0);
	require(talk_hear(t) == 200 && strcmp(t->body, "hello") == 0);
	require(talk_hear(t) == 200 && strcmp(t->body, "3") == 0);
	require(talk_hear(t) == 404);
	require(talk_hear(t) == 200 && strcmp(t->body, "hello") == 0);
}

static void
test_pipelined(void **state)
{
	(void)state;
	run(client_pipelined, true);
	run(client_pipelined, false);
}

static void
client_many_pipelined(void *arg)
{
	struct talk *t = arg;
	static const char ONE[] = "GET /hello" H E;
	char all[200 * sizeof(ONE)] = "";
	size_t n = 0;
	for (int i = 0; i < 200; i++, n += sizeof(ONE) - 1)
		memcpy(all + n, ONE, sizeof(ONE) - 1);
	talk_open(t);
	talk_say_bytes(t, view_of(all, n));
	for (int i = 0; i < 200; i++)
		require(talk_hear(t) == 200);
}

static void
test_many_pipelined(void **state)
{
	(void)state;
	run(client_many_pipelined, true);
}

static void
client_by_bytes(void *arg)
{
	struct talk *t = arg;
	static const char TEXT[] = "POST /json" H JSON "Content-Length: 15\r\n" E "{\"name\":\"Anna\"}";
	talk_open(t);
	for (size_t i = 0; i < sizeof(TEXT) - 1; i++)
		talk_say_bytes(t, view_of(&TEXT[i], 1));
	require(talk_hear(t) == 200 && strcmp(t->body, "{\"hello\":\"Anna\"}") == 0);
}

static void
test_partial_writes(void **state)
{
	(void)state;
	run(client_by_bytes, true);
}

/* A bad request behind a good one: the good one is answered, then 400, then the end; what follows is not looked at. */
static void
client_bad_behind_good(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	talk_say(t, "GET /hello" H E "GET /hello\r\n\r\nGET /hello" H E);
	require(talk_hear(t) == 200);
	require(talk_hear(t) == 400 && t->is_closed && talk_is_over(t));
	require(http_server_counts(t->site.server).requests_total == 2);
}

static void
test_bad_behind_good(void **state)
{
	(void)state;
	run(client_bad_behind_good, true);
}

/* --- bodies */

static void
client_bodies(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	require(talk_ask(t, "POST /json" H JSON "Content-Length: 12\r\n" E "{\"name\":\"x\"}") == 200);
	require(talk_ask(t, "POST /json" H "Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 12\r\n" E "{\"name\":\"x\"}") == 200);
	require(talk_ask(t, "POST /json" H JSON "Content-Length: 10\r\n" E "{\"name\":5}") == 400);
	require(strstr(t->body, "\"field\":\"name\"") != NULL && !t->is_closed);
	require(talk_ask(t, "POST /json" H JSON "Content-Length: 22\r\n" E "{\"name\":\"01234567890\"}") == 413);
	require(talk_ask(t, "POST /json" H JSON "Content-Length: 0\r\n" E) == 400);
	require(talk_ask(t, "POST /json" H JSON "Transfer-Encoding: chunked\r\n" E "c\r\n{\"name\":\"x\"}\r\n0\r\n\r\n") == 200);
	require(talk_ask(t, "POST /json" H "Content-Type: text/plain\r\nContent-Length: 2\r\n" E "{}") == 415);
	require(t->is_closed && talk_is_over(t));
	static const struct { const char *text; int status; } CLOSING[] = {
		{ "POST /json" H JSON "Content-Encoding: gzip\r\nContent-Length: 2\r\n" E "{}", 415 },
		{ "POST /json" H "Content-Length: 2\r\n" E "{}", 415 },
		{ "POST /json" H JSON "Content-Length: 4097\r\n" E, 413 },
		{ "POST /json" H JSON "Content-Length: 9223372036854775807\r\n" E, 413 },
		{ "POST /json" H JSON "Transfer-Encoding: chunked\r\n" E "fff\r\n", 0 },
		{ "POST /json" H JSON "Transfer-Encoding: chunked\r\n" E "5\nhello", 400 },
		{ "POST /json" H JSON "Transfer-Encoding: chunked\r\n" E "5;a=b\r\nhello\r\n0\r\n\r\n", 400 },
		{ "POST /json" H JSON "Transfer-Encoding: chunked\r\n" E "zz\r\n", 400 },
		{ "GET /hello" H "Content-Length: 5\r\n" E "hello", 400 },
		{ "GET /hello" H "Transfer-Encoding: chunked\r\n" E "0\r\n\r\n", 400 },
		{ "POST /hello" H "Content-Length: 5\r\n" E "hello", 405 },
		{ "POST /nothing" H "Content-Length: 5\r\n" E "hello", 404 },
	};
	static uint8_t junk[5000];
	for (size_t i = 0; i < sizeof(CLOSING) / sizeof(CLOSING[0]); i++) {
		talk_open(t);
		talk_say(t, CLOSING[i].text);
		if (CLOSING[i].status == 0) {
			memset(junk, ' ', sizeof(junk));
			memcpy(junk + 4095, "\r\nff\r\n", 6);
			talk_say_bytes(t, view_of(junk, sizeof(junk)));
		}
		int wanted = CLOSING[i].status == 0 ? 413 : CLOSING[i].status;
		if (talk_hear(t) != wanted || !t->is_closed || !talk_is_over(t))
			panic("%s: %d", CLOSING[i].text, t->status);
	}
}

static void
test_bodies(void **state)
{
	(void)state;
	run(client_bodies, true);
}

static void
client_held(void *arg)
{
	struct talk *t = arg;
	static uint8_t junk[300000];
	talk_open(t);
	talk_say(t, "POST /any-login" H "Content-Length: 300000\r\n" E);
	require(talk_hear(t) == 401 && strcmp(talk_field(t, "WWW-Authenticate"), "Bearer") == 0);
	talk_open(t);
	talk_say(t, "POST /any-login" H "Authorization: Bearer x\r\nContent-Length: 300000\r\n" E);
	talk_say_bytes(t, view_of(junk, sizeof(junk)));
	require(talk_hear(t) == 200 && strcmp(t->body, "300000") == 0);
}

static void
client_held_anonymous(void *arg)
{
	struct talk *t = arg;
	static uint8_t junk[60000];
	talk_open(t);
	talk_say(t, "POST /any" H "Content-Length: 60000\r\n" E);
	talk_say_bytes(t, view_of(junk, sizeof(junk)));
	require(talk_hear(t) == 413);
	talk_open(t);
	talk_say(t, "POST /any" H "Transfer-Encoding: chunked\r\n" E "ea60\r\n");
	talk_say_bytes(t, view_of(junk, sizeof(junk)));
	require(talk_hear(t) == 413);
}

/* What a client may make us hold before it logs in is small, after that more. */
static void
test_held(void **state)
{
	struct talk t;
	struct http_server_options o = http_server_defaults();
	(void)state;
	run(client_held, true);
	o.held_max = 50000;
	talk_init(&t, true, o);
	talk_run(&t, client_held_anonymous);
	talk_deinit(&t);
}

static void
client_expects(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	require(talk_ask(t, "POST /any" H "Expect: 100-continue\r\nContent-Length: 5\r\n" E) == 100);
	require(talk_ask(t, "hello") == 200 && strcmp(t->body, "5") == 0);
	require(talk_ask(t, "PATCH /upload/0" H "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
	    "Expect: 100-continue\r\nContent-Length: 5\r\n" E) == 100);
	require(talk_ask(t, "hello") == 204 && strcmp(talk_field(t, "Upload-Offset"), "5") == 0);
	require(talk_ask(t, "POST /json" H "Expect: 100-continue\r\nContent-Type: a/b\r\nContent-Length: 5\r\n" E) == 415);
	require(t->is_closed && talk_is_over(t));
}

static void
test_expect(void **state)
{
	(void)state;
	run(client_expects, true);
}

/* --- answers */

static void
client_answers(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	require(talk_ask(t, "GET /hello" H E) == 200);
	require(strcmp(talk_field(t, "Content-Type"), "text/plain; charset=utf-8") == 0);
	require(strcmp(talk_field(t, "Cache-Control"), "no-store") == 0);
	require(strcmp(talk_field(t, "X-Content-Type-Options"), "nosniff") == 0);
	require(strcmp(talk_field(t, "Referrer-Policy"), "no-referrer") == 0);
	require(strcmp(talk_field(t, "Cross-Origin-Opener-Policy"), "same-origin") == 0);
	require(strcmp(talk_field(t, "Cross-Origin-Embedder-Policy"), "require-corp") == 0);
	require(strstr(talk_field(t, "Content-Security-Policy"), "default-src 'none'") != NULL);
	require((talk_field(t, "Strict-Transport-Security")[0] != '\0') == t->is_tls);
	require(strlen(talk_field(t, "Date")) == 29);
	require(talk_ask(t, "DELETE /hello" H E) == 405 && strcmp(talk_field(t, "Allow"), "GET, HEAD") == 0);
	require(strstr(t->body, "urn:provision:problem:unsupported") != NULL);
	require(talk_ask(t, "GET /split" H E) == 500 && talk_field(t, "X-Bad")[0] == '\0' && talk_field(t, "Set-Cookie")[0] == '\0');
	require(talk_ask(t, "GET /echo/x-1?q=%C3%A4%2Fb&z=1" H "Authorization: Bearer tok\r\nCookie: a=b; __Host-session=s1\r\n" E) == 200);
	require(strcmp(t->body, "q=0:\303\244/b token=0:tok cookie=0:s1 slug=x-1") == 0);
	require(strstr(t->head, "Set-Cookie: __Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Strict\r\n") != NULL);
	require(strstr(t->head, "Set-Cookie: __Host-address=a@b; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60\r\n") != NULL);
	require(talk_ask(t, "GET /echo/x?q=1&q=2" H E) == 200 && strncmp(t->body, "q=-1:", 5) == 0);
	t->is_answer_to_head = true;
	require(talk_ask(t, "HEAD /static" H E) == 200 && strcmp(talk_field(t, "Content-Length"), "500000") == 0);
	require(strcmp(talk_field(t, "Cache-Control"), "max-age=60") == 0);
	require(strcmp(talk_field(t, "Content-Security-Policy"), "default-src 'self'") == 0);
	require(talk_ask(t, "HEAD /file" H "Range: bytes=0-4\r\n" E) == 200 && strcmp(talk_field(t, "Content-Length"), "1048576") == 0);
	t->is_answer_to_head = false;
	require(talk_ask(t, "GET /too-big" H E) == 500);          /* over held_max: the answer is ours to make smaller */
	require(talk_ask(t, "GET /hello" H E) == 200);
}

static void
test_answers(void **state)
{
	(void)state;
	run(client_answers, true);
	run(client_answers, false);
}

static void
client_ranges(void *arg)
{
	struct talk *t = arg;
	talk_open(t);
	require(talk_ask(t, "GET /file" H "Range: bytes=0-9\r\n" E) == 206);
	require(t->body_len == 10 && memcmp(t->body, "BEGIN\0\0\0\0\0", 10) == 0);
	require(strcmp(talk_field(t, "Content-Range"), "bytes 0-9/1048576") == 0);
	require(strcmp(talk_field(t, "ETag"), "\"site-1\"") == 0 && strcmp(talk_field(t, "Accept-Ranges"), "bytes") == 0);
	require(talk_ask(t, "GET /file" H "Range: bytes=-3\r\nIf-Range: \"site-1\"\r\n" E) == 206 && memcmp(t->body, "END", 3) == 0);
	require(talk_ask(t, "GET /file" H "Range: bytes=1048576-\r\n" E) == 416);
	require(strcmp(talk_field(t, "Content-Range"), "bytes */1048576") == 0);
	require(talk_ask(t, "GET /file" H "If-None-Match: \"site-1\"\r\n" E) == 304 && talk_field(t, "Content-Length")[0] == '\0');
	require(talk_ask(t, "GET /prefixed" H E) == 200 && t->body_len == 27 && memcmp(t->body, "prefix-BEGIN", 12) == 0);
	require(talk_ask(t, "GET /prefixed" H "Range: bytes=3-8\r\n" E) == 206 && strcmp(t->body, "fix-BE") == 0);
	require(talk_ask(t, "GET /prefixed" H "Range: bytes=7-11\r\n" E) == 206 && strcmp(t->body, "BEGIN") == 0);
	require(talk_ask(t, "GET /prefixed" H "Range: bytes=9-11\r\n" E) == 206 && strcmp(t->body, "GIN") == 0);
	require(talk_ask(t, "GET /prefixed" H "Range: bytes=1-2\r\n" E) == 206 && strcmp(t->body, "re") == 0);
	require(talk_ask(t, "GET /prefixed" H "Range: bytes=-3\r\n" E) == 206 && strcmp(t->body, "END") == 0);
}

static void
test_ranges(void **state)
{
	(void)state;
	run(client_ranges, true);
}

static void
client_tus(void *arg)
{
	struct talk *t = arg;
#define TUS "Tus-Resumable: 1.0.0\r\n"
	talk_open(t);
	require(talk_ask(t, "OPTIONS /upload" H E) == 204);
	require(strcmp(talk_field(t, "Tus-Version"), "1.0.0") == 0 && strcmp(talk_field(t, "Tus-Max-Size"), "1048576") == 0);
	require(strcmp(talk_field(t, "Tus-Extension"), "creation,termination,expiration") == 0);
	require(talk_ask(t, "POST /upload" H "Upload-Length: 5\r\n" E) == 412 && strcmp(talk_field(t, "Tus-Version"), "1.0.0") == 0);
	require(talk_ask(t, "POST /upload" H "Tus-Resumable: 0.2.2\r\nUpload-Length: 5\r\n" E) == 412);
	require(talk_ask(t, "POST /upload" H TUS "Upload-Length: 5\r\nUpload-Metadata: flag,name d29ybGQ=, other YQ==\r\n" E) == 201);
	require(strcmp(talk_field(t, "Location"), "/upload/0") == 0 && strcmp(talk_field(t, "X-Name"), "world") == 0);
	require(strcmp(talk_field(t, "Upload-Expires"), "Sun, 06 Nov 1994 08:49:37 GMT") == 0);
	require(strcmp(talk_field(t, "Tus-Resumable"), "1.0.0") == 0);
	require(talk_ask(t, "POST /upload" H TUS "Upload-Length: 1048577\r\n" E) == 413);
	static const char *const BAD[] = { "", "Upload-Length: -1\r\n", "Upload-Length: x\r\n", "Upload-Length: 5\r\nUpload-Metadata: name d29ybGQ\r\n",
		"Upload-Length: 5\r\nUpload-Metadata: name YQ==,\r\n", "Upload-Length: 5\r\nUpload-Metadata: name YQ==,name YQ==\r\n",
		"Upload-Length: 5\r\nUpload-Metadata: name YQ== x\r\n", "Upload-Length: 5\r\nUpload-Metadata: ,\r\n",
		"Upload-Length: 5\r\nUpload-Metadata: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\r\n" };
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text), "POST /upload" H TUS "%s" E, BAD[i]);
		if (talk_ask(t, text) != 400 || strstr(t->body, "Upload-") == NULL)
			panic("%s: %d %s", BAD[i], t->status, t->body);
	}
	require(talk_ask(t, "POST /upload" H TUS "Upload-Defer-Length: 1\r\n" E) == 415);
	t->is_answer_to_head = true;
	require(talk_ask(t, "HEAD /upload/5" H TUS E) == 200);
	require(strcmp(talk_field(t, "Upload-Offset"), "5") == 0 && strcmp(talk_field(t, "Upload-Length"), "10") == 0);
	t->is_answer_to_head = false;
	require(strcmp(talk_field(t, "Cache-Control"), "no-store") == 0);
	require(talk_ask(t, "DELETE /upload/5" H TUS E) == 204);
	require(talk_ask(t, "PATCH /upload/0" H TUS "Upload-Offset: 0\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n" E) == 415);
	require(talk_ask(t, "PATCH /upload/0" H TUS "Content-Type: application/offset+octet-stream\r\nContent-Length: 0\r\n" E) == 400);
	require(talk_ask(t, "PATCH /upload/7" H TUS "Upload-Offset: 7\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 0\r\n" E) == 204);
	require(strcmp(talk_field(t, "Upload-Offset"), "7") == 0);
	require(talk_ask(t, "PATCH /upload/7" H TUS "Upload-Offset: 8\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: 3\r\n" E) == 409);
	require(t->is_closed && talk_is_over(t));                 /* the body was not read */
}

static void
test_tus(void **state)
{
	(void)state;
	run(client_tus, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_heads), cmocka_unit_test(test_good_heads), cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_pipelined), cmocka_unit_test(test_many_pipelined), cmocka_unit_test(test_partial_writes),
		cmocka_unit_test(test_bad_behind_good), cmocka_unit_test(test_bodies), cmocka_unit_test(test_held),
		cmocka_unit_test(test_expect), cmocka_unit_test(test_answers), cmocka_unit_test(test_ranges), cmocka_unit_test(test_tus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
