/* SPDX-License-Identifier: MIT */
/* web/session.h: a browser's session lies in a cookie, serves only the service's own pages, and ends with the logout. */
#include "config.h"

#include "web/stage.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "record/account.pb-c.h"
#include "record/common.pb-c.h"
#include "web/sample.h"

#define LOGIN_BODY "{\"email\":\"a@b.example\",\"auth_key\":\"" STAGE_TOKEN "\"}"
#define SESSIONS "POST /api/v1/sessions" STAGE_H "Content-Type: application/json\r\n"
#define COOKIE "Cookie: __Host-provision-session=" STAGE_TOKEN "\r\n"
#define OWN "Origin: https://provision.example\r\n"
#define SITE "Sec-Fetch-Site: same-origin\r\n"

/* Logs in with these fields; the store gives the session 32 × 0x01. */
static void
log_in(struct stage *s, const char *fields)
{
	uint8_t ones[32];
	memset(ones, 1, sizeof(ones));
	struct arena *arena = arena_new(1 << 20);
	Provision__SessionOpenReply *reply = (void *)sample_message(&provision__session_open_reply__descriptor, arena);
	reply->session = (ProtobufCBinaryData){ sizeof(ones), ones };
	stage_say(s, SESSIONS "%sContent-Length: %zu\r\n\r\n%s", fields, strlen(LOGIN_BODY), LOGIN_BODY);
	(void)stage_wait_asked(s, IPC_SESSION_OPEN);
	stage_answer(s, 0, &reply->base, -1);
	assert_int_equal(stage_hear(s, false), 201);
	assert_int_equal(ones[0], 1);
	arena_free(&arena);
}

/* The anti-forgery token of the session, as a reading request brings it. */
static void
learn_token(struct stage *s, char out[64])
{
	struct arena *arena = arena_new(1 << 20);
	stage_say(s, "GET /api/v1/account/pins" STAGE_H COOKIE SITE "\r\n");
	const Provision__PinsGet *m = (const void *)stage_wait_asked(s, IPC_PINS_GET);
	assert_int_equal(m->caller->session.len, 32);
	assert_int_equal(m->caller->session.data[0], 1);
	stage_answer(s, 0, sample_message(&provision__pins_get_reply__descriptor, arena), -1);
	arena_free(&arena);
	assert_int_equal(stage_hear(s, false), 200);
	(void)snprintf(out, 64, "%s", stage_field(s, "Provision-CSRF"));
	assert_int_equal(strlen(out), 43);
	assert_string_not_equal(out, STAGE_TOKEN);
}

static void
a_program_gets_its_token_and_no_cookie(void **state)
{
	struct stage *s = *state;
	log_in(s, "");
	assert_string_equal(stage_field(s, "Set-Cookie"), "");
	assert_non_null(strstr(stage_body(s), "\"session\":\"" STAGE_TOKEN "\""));
	log_in(s, "Provision-Session: token\r\n");
	assert_string_equal(stage_field(s, "Set-Cookie"), "");
}

static void
a_browser_gets_a_cookie_and_no_token(void **state)
{
	struct stage *s = *state;
	char token[64], member[96];
	log_in(s, "Provision-Session: cookie\r\n");
	assert_string_equal(stage_field(s, "Set-Cookie"),
	    "__Host-provision-session=" STAGE_TOKEN "; Path=/; Secure; HttpOnly; SameSite=Strict");
	assert_null(strstr(stage_body(s), STAGE_TOKEN));
	char *body = strdup(stage_body(s));
	learn_token(s, token);
	(void)snprintf(member, sizeof(member), "\"session\":\"%s\"", token);
	assert_non_null(strstr(body, member));
	free(body);
}

static void
only_own_pages_may_write(void **state)
{
	struct stage *s = *state;
	char token[64];
	static const struct { const char *fields; bool is_let; } rows[] = {
		{ COOKIE OWN SITE, true }, { COOKIE OWN, true }, { COOKIE SITE, true }, { COOKIE "Origin: https://PROVISION.example\r\n", true },
		{ COOKIE, false }, { COOKIE "Origin: null\r\n", false }, { COOKIE "Origin: http://provision.example\r\n", false },
		{ COOKIE "Origin: https://provision.example.evil.example\r\n", false }, { COOKIE OWN "Sec-Fetch-Site: cross-site\r\n", false },
		{ COOKIE "Sec-Fetch-Site: same-site\r\n", false }, { COOKIE "Sec-Fetch-Site: none\r\n", false },
		{ COOKIE "Origin: https://evil.example\r\n" SITE, false },
	};
	learn_token(s, token);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stage_say(s, "DELETE /api/v1/sessions/current" STAGE_H "%sProvision-CSRF: %s\r\n\r\n", rows[i].fields, token);
		if (!rows[i].is_let) {
			(void)stage_hear(s, false);
			stage_expect_problem(s, 403, "denied", NULL);
			assert_string_equal(stage_field(s, "Set-Cookie"), "");
			continue;
		}
		(void)stage_wait_asked(s, IPC_SESSION_CLOSE);
		stage_answer(s, 0, NULL, -1);
		assert_int_equal(stage_hear(s, false), 204);
		assert_string_equal(stage_field(s, "Set-Cookie"), "__Host-provision-session=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
	}
}

static void
writing_needs_the_token_of_this_session(void **state)
{
	struct stage *s = *state;
	char token[64];
	unsigned asked;
	learn_token(s, token);
	asked = s->asked_count;
	token[5] = token[5] == 'A' ? 'B' : 'A';
	stage_ask(s, "DELETE /api/v1/sessions/current" STAGE_H COOKIE OWN SITE "\r\n");
	stage_expect_problem(s, 403, "denied", NULL);
	stage_ask(s, "DELETE /api/v1/sessions/current" STAGE_H COOKIE OWN SITE "Provision-CSRF: %s\r\n\r\n", token);
	stage_expect_problem(s, 403, "denied", NULL);
	stage_ask(s, "DELETE /api/v1/sessions/current" STAGE_H COOKIE OWN SITE "Provision-CSRF: " STAGE_TOKEN "\r\n\r\n");
	stage_expect_problem(s, 403, "denied", NULL);
	assert_int_equal(s->asked_count, asked);
}

static void
other_sites_cannot_even_read(void **state)
{
	struct stage *s = *state;
	static const char *const fields[] = { "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Origin: https://evil.example\r\n" };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		stage_ask(s, "GET /api/v1/account" STAGE_H COOKIE "%s\r\n", fields[i]);
		stage_expect_problem(s, 403, "denied", NULL);
		assert_string_equal(stage_field(s, "Provision-CSRF"), "");
	}
	assert_int_equal(s->asked_count, 0);
}

static void
a_bearer_token_wins_and_needs_no_page(void **state)
{
	struct stage *s = *state;
	stage_say(s, "DELETE /api/v1/sessions/current" STAGE_H STAGE_LOGIN "Cookie: __Host-provision-session=AAAA\r\nSec-Fetch-Site: cross-site\r\n\r\n");
	(void)stage_wait_asked(s, IPC_SESSION_CLOSE);
	stage_answer(s, 0, NULL, -1);
	assert_int_equal(stage_hear(s, false), 204);
	assert_string_equal(stage_field(s, "Set-Cookie"), "");
}

static void
a_cookie_that_can_be_none_is_no_session(void **state)
{
	struct stage *s = *state;
	static const char *const fields[] = {
		"Cookie: __Host-provision-session=\r\n", "Cookie: __Host-provision-session=AQEB\r\n", "Cookie: provision-session=" STAGE_TOKEN "\r\n",
		"Cookie: __Host-provision-session=" STAGE_TOKEN "; __Host-provision-session=" STAGE_TOKEN "\r\n",
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		stage_ask(s, "GET /api/v1/account" STAGE_H "%s" SITE "\r\n", fields[i]);
		stage_expect_problem(s, 401, "login", NULL);
	}
	assert_int_equal(s->asked_count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_program_gets_its_token_and_no_cookie),
		TEST(a_browser_gets_a_cookie_and_no_token),
		TEST(only_own_pages_may_write),
		TEST(writing_needs_the_token_of_this_session),
		TEST(other_sites_cannot_even_read),
		TEST(a_bearer_token_wins_and_needs_no_page),
		TEST(a_cookie_that_can_be_none_is_no_session),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
