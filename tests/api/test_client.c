/* SPDX-License-Identifier: MIT */
/* JSON calls and api_ask() against a server that misbehaves (api/fake.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "api/ask.h"
#include "api/fake.h"
#include "api/follow.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "record/account.pb-c.h"
#include "record/company.pb-c.h"

static struct fake fake;

static int
setup(void **state)
{
	(void)state;
	fake_start(&fake);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_stop(&fake);
	return 0;
}

static int
call(struct api_client *c, const char *path, struct http_json **answer)
{
	return api_client_call(c, HTTP_GET, path, view_of(NULL, 0), NULL, answer);
}

static void
an_answer_is_given_back(void **state)
{
	struct api_client *c = fake_client(&fake, 0);
	struct http_json *answer = NULL;
	(void)state;
	assert_int_equal(call(c, "/ok", &answer), 0);
	assert_int_equal(http_json_u64(http_json_root(answer), "answer", 100), 42);
	http_json_free(&answer);
	assert_int_equal(call(c, "/ok", NULL), 0);
	assert_int_equal(call(c, "/empty", &answer), 0);
	assert_null(answer);
	api_client_free(&c);
}

static void
method_body_and_token_go_out(void **state)
{
	struct api_client *c = fake_client(&fake, 0);
	struct http_json *answer = NULL;
	struct secret *token = secret_new(API_SESSION_BYTES);
	(void)state;
	api_client_set_session(c, token);
	assert_int_equal(api_client_call(c, HTTP_PUT, "/echo", VIEW_LIT("{\"a\":1}"), NULL, &answer), 0);
	struct http_json_at o = http_json_root(answer);
	assert_true(view_equal_str(http_json_string(o, "method", 100), "PUT"));
	assert_true(view_equal_str(http_json_string(o, "body", 100), "{\"a\":1}"));
	assert_true(view_equal_str(http_json_string(o, "type", 100), "application/json"));
	assert_true(view_equal_str(http_json_string(o, "authorization", 100), "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	http_json_free(&answer);
	api_client_set_session(c, NULL);
	assert_int_equal(call(c, "/echo", &answer), 0);
	assert_int_equal(http_json_string(http_json_root(answer), "authorization", 100).len, 0);
	http_json_free(&answer);
	secret_free(&token);
	api_client_free(&c);
}

static void
breaks_and_busy_servers_are_outlasted(void **state)
{
	struct api_client *c = fake_client(&fake, 10000);
	struct http_json *answer = NULL;
	(void)state;
	assert_int_equal(call(c, "/flaky", &answer), 0);
	assert_int_equal(http_json_u64(http_json_root(answer), "answer", 100), 3);
	http_json_free(&answer);
	assert_int_equal(call(c, "/busy", &answer), 0);
	assert_int_equal(http_json_u64(http_json_root(answer), "answer", 100), 3);
	http_json_free(&answer);
	/* told to come back long after the patience has ended: gives up at once */
	uint64_t start_ms = clock_mono_ms();
	assert_int_equal(call(c, "/never", &answer), ERR_UNAVAILABLE);
	assert_in_range(clock_mono_ms() - start_ms, 0, 3000);
	api_client_free(&c);
}

static void
refusals_are_understood(void **state)
{
	static const struct {
		const char *path;
		int err;
	} bad[] = {
		{ "/refused", ERR_STATE }, { "/nowhere", ERR_NOT_FOUND }, { "/html", ERR_UNAVAILABLE }, { "/text", ERR_SYNTAX },
		{ "/huge", ERR_LIMIT }, { "/redirect", ERR_SYNTAX }, { "/latin", ERR_SYNTAX },
	};
	struct api_client *c = fake_client(&fake, 0);
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_json *answer = NULL;
		assert_int_equal(call(c, bad[i].path, &answer), bad[i].err);
		assert_null(answer);
		assert_int_equal(api_client_problem(c)->err, bad[i].err);
	}
	struct http_json *none;
	assert_int_equal(call(c, "/latin", &none), ERR_SYNTAX);
	assert_string_equal(api_client_problem(c)->field, "items[0].text");
	assert_int_equal(call(c, "/refused", NULL), ERR_STATE);
	assert_string_equal(api_client_problem(c)->detail, "not \\x1b[31mnow");
	assert_string_equal(api_client_problem(c)->field, "files[0].name");
	api_client_free(&c);
}

/* --- the connection */

static unsigned waits_told;
static unsigned stop_after;

static void
waits(void *arg, const char *reason)
{
	assert_ptr_equal(arg, &waits_told);
	assert_true(strlen(reason) > 0);
	waits_told++;
}

static bool
is_stopped(void)
{
	if (waits_told > 0 && stop_after > 1)
		stop_after--;
	return waits_told > 0 && stop_after == 1;
}

static void
nobody_there_is_said_once(void **state)
{
	struct api_options o = { .url = "https://127.0.0.1:1", .patience_ms = 600, .waits = waits, .arg = &waits_told };
	struct api_client *c = NULL;
	uint64_t start_ms = clock_mono_ms();
	(void)state;
	waits_told = 0;
	assert_int_equal(api_client_new(&o, &c), 0);
	assert_int_equal(call(c, "/ok", NULL), ERR_UNAVAILABLE);
	assert_int_equal(waits_told, 1);
	assert_in_range(clock_mono_ms() - start_ms, 100, 3000);
	api_client_free(&c);
}

static void
waiting_can_be_stopped(void **state)
{
	struct api_options o = { .url = "https://127.0.0.1:1", .patience_ms = 60000, .waits = waits, .is_stopped = is_stopped,
		.arg = &waits_told };
	struct api_client *c = NULL;
	uint64_t start_ms = clock_mono_ms();
	(void)state;
	waits_told = 0;
	stop_after = 2;
	assert_int_equal(api_client_new(&o, &c), 0);
	assert_int_equal(call(c, "/ok", NULL), ERR_CLOSED);
	assert_in_range(clock_mono_ms() - start_ms, 0, 5000);
	api_client_free(&c);
}

static void
only_the_right_server_is_spoken_to(void **state)
{
	char numeric[64];
	struct api_options wrong_ca = { .url = fake.url, .ca_file = fake.other_ca };
	struct api_options wrong_name = { .url = numeric, .ca_file = fake.ca };
	struct api_options system_ca = { .url = fake.url };
	struct api_options *const bad[] = { &wrong_ca, &wrong_name, &system_ca };
	(void)state;
	snprintf(numeric, sizeof(numeric), "https://127.0.0.1:%u", fake.port);
	for (size_t i = 0; i < 3; i++) {
		struct api_client *c = NULL;
		assert_int_equal(api_client_new(bad[i], &c), 0);
		assert_int_equal(call(c, "/ok", NULL), ERR_TRUST);
		assert_true(strlen(api_client_problem(c)->detail) > 0);
		api_client_free(&c);
	}
}

static void
addresses_are_checked(void **state)
{
	static const char *const bad[] = { "", "localhost", "http://localhost", "https://", "https:///", "https://a/b", "https://a b",
		"https://user@host", "ftp://x", "https://a?b", "https://a#b" };
	struct api_client *c = NULL;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct api_options o = { .url = bad[i] };
		assert_int_equal(api_client_new(&o, &c), ERR_SYNTAX);
		assert_null(c);
	}
	struct api_options good = { .url = "https://Provision.EXAMPLE:8443/" };
	assert_int_equal(api_client_new(&good, &c), 0);
	assert_string_equal(api_client_host(c), "provision.example:8443");
	api_client_free(&c);
	good.ca_file = "/nonexistent/ca.pem";
	assert_int_equal(api_client_new(&good, &c), ERR_NOT_FOUND);
	assert_null(c);
}

static void
authorities_must_be_some(void **state)
{
	char path[128];
	struct api_options o = { .url = fake.url, .ca_file = path, .patience_ms = 60000 };
	struct api_client *c = NULL;
	(void)state;
	snprintf(path, sizeof(path), "%s/garbage.pem", fake.folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs("-----BEGIN CERTIFICATE-----\nno\n", f) >= 0 && fclose(f) == 0);
	assert_int_equal(api_client_new(&o, &c), 0);
	assert_int_equal(call(c, "/ok", NULL), ERR_CONFIG);
	assert_non_null(strstr(api_client_problem(c)->detail, path));
	api_client_free(&c);
}

static void
proxies_are_checked(void **state)
{
	static const char *const bad[] = { "nein:::", "ftp://proxy", "http://", "a b", "http://proxy:port" };
	static const char *const good[] = { "proxy", "proxy:3128", "127.0.0.1", "http://proxy:3128", "https://[::1]:8080/", "socks5h://proxy" };
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct api_options o = { .url = fake.url, .proxy = bad[i] };
		struct api_client *c = NULL;
		assert_int_equal(api_client_new(&o, &c), ERR_CONFIG);
		assert_null(c);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct api_options o = { .url = fake.url, .proxy = good[i] };
		struct api_client *c = NULL;
		assert_int_equal(api_client_new(&o, &c), 0);
		api_client_free(&c);
	}
}

/* --- operations */

static ProtobufCBinaryData
bytes(const char *s)
{
	return (ProtobufCBinaryData){ .len = strlen(s), .data = (uint8_t *)(uintptr_t)s };
}

static void
an_operation_is_path_query_and_message(void **state)
{
	struct api_client *c = fake_client(&fake, 0);
	struct arena *arena = arena_new(65536);
	Provision__CompanyGet m = PROVISION__COMPANY_GET__INIT;
	Provision__LoginParameters p = PROVISION__LOGIN_PARAMETERS__INIT;
	const ProtobufCMessage *reply = NULL;
	struct id invitation = { { 0 } };
	(void)state;
	m.slug = bytes("a/b?c#d \xc3\xa4");
	m.invitation = (ProtobufCBinaryData){ .len = ID_BYTES, .data = invitation.bytes };
	assert_int_equal(api_ask(c, "getCompany", &m.base, arena, &reply), 0);
	const Provision__CompanyRow *row = ((const Provision__CompanyGetReply *)reply)->company;
	assert_true(view_equal_str(view_of(row->name.data, row->name.len),
	    "/companies/a%2Fb%3Fc%23d%20%C3%A4?invitation=aaaaaaaaaaaaaaaaaaaaaaaaaa"));
	assert_true(row->is_active);
	p.email = bytes("änna@x.example");
	assert_int_equal(api_ask(c, "getLoginParameters", &p.base, arena, &reply), 0);
	const Provision__LoginParametersReply *r = (const Provision__LoginParametersReply *)reply;
	assert_int_equal(r->memory_kib, 131072);
	assert_int_equal(r->salt.len, 16);
	arena_free(&arena);
	api_client_free(&c);
}

static void
an_answer_against_its_limits_is_refused(void **state)
{
	struct api_client *c = fake_client(&fake, 0);
	struct arena *arena = arena_new(65536), *small = arena_new(64);
	Provision__CompanyGet m = PROVISION__COMPANY_GET__INIT;
	const ProtobufCMessage *reply = NULL;
	(void)state;
	m.slug = bytes("broken");
	assert_int_equal(api_ask(c, "getCompany", &m.base, arena, &reply), ERR_SYNTAX);
	assert_non_null(strstr(api_client_problem(c)->detail, "getCompany"));
	assert_string_equal(api_client_problem(c)->field, "company.name");
	m.slug = bytes("large");
	assert_int_equal(api_ask(c, "getCompany", &m.base, small, &reply), ERR_LIMIT);
	arena_free(&arena);
	arena_free(&small);
	api_client_free(&c);
}

/* The fake says what it saw: every try brings the same key, another call another one, and who needs none brings none. */
static void
a_lost_answer_is_asked_for_again(void **state)
{
	struct api_client *c = fake_client(&fake, 10000);
	struct arena *arena = arena_new(10000);
	Provision__SubscriptionEnd end = PROVISION__SUBSCRIPTION_END__INIT;
	Provision__NonceCreate nonce = PROVISION__NONCE_CREATE__INIT;
	uint8_t bytes[64] = { 1 };
	(void)state;
	end.subscription = (ProtobufCBinaryData){ 16, bytes };
	end.nonce = (ProtobufCBinaryData){ 32, bytes };
	end.signature = (ProtobufCBinaryData){ 64, bytes };
	nonce.action = (ProtobufCBinaryData){ 1, (uint8_t *)"x" };
	assert_int_equal(api_ask(c, "endSubscription", &end.base, arena, NULL), 0);
	assert_int_equal(api_ask(c, "endSubscription", &end.base, arena, NULL), 0);
	assert_int_equal(api_ask(c, "createNonce", &nonce.base, arena, NULL), 0);
	arena_free(&arena);
	api_client_free(&c);
}

/* --- live events */

struct seen {
	char text[128];
	unsigned connected;
	int answer;
};

static int
on_connected(void *arg)
{
	struct seen *s = arg;
	s->connected++;
	return 0;
}

static int
on_event(void *arg, const Provision__EventRow *row)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);
	(void)snprintf(s->text + n, sizeof(s->text) - n, "%u:%d ", (unsigned)row->number, (int)row->kind);
	assert_int_equal(row->sequence, 3);
	return s->answer;
}

static void
events_come_once_over_breaks(void **state)
{
	static const struct api_follow_handler handler = { on_connected, on_event }, bare = { NULL, on_event };
	struct api_client *c = fake_client(&fake, 5000);
	struct seen s = { .connected = 0 };
	(void)state;
	assert_int_equal(api_follow(c, 4, &handler, &s), ERR_LOGIN);
	assert_string_equal(s.text, "6:1 7:1 8:1 9:6 ");
	assert_int_equal(s.connected, 2);
	/* what is no event: no kind, no JSON, no UTF-8, no end */
	static const int errors[] = { ERR_SYNTAX, ERR_SYNTAX, ERR_SYNTAX, ERR_LIMIT };
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_int_equal(api_follow(c, 0, &bare, &s), errors[i]);
	/* the caller's own end */
	s.answer = ERR_FULL;
	s.text[0] = '\0';
	assert_int_equal(api_follow(c, 0, &bare, &s), ERR_FULL);
	assert_string_equal(s.text, "1:1 ");
	api_client_free(&c);
}

/* Cut within TLS, reset, refused by what stands in front: none of it is the end, and none of it is told when it is short. */
static void
following_outlasts_what_passes(void **state)
{
	static const struct api_follow_handler handler = { on_connected, on_event };
	struct api_options o = { .url = fake.url, .ca_file = fake.ca, .patience_ms = 60000, .quiet_ms = 60000, .waits = waits,
		.arg = &waits_told };
	struct api_client *c = NULL;
	struct seen s = { .connected = 0 };
	(void)state;
	waits_told = 0;
	assert_int_equal(api_client_new(&o, &c), 0);
	assert_int_equal(api_follow(c, 100, &handler, &s), ERR_DENIED);
	assert_string_equal(s.text, "101:1 ");
	assert_int_equal(waits_told, 0);
	api_client_free(&c);
}

/* One that is not short is told, once, and whoever stops meanwhile is told nothing of the network. */
static void
a_long_outage_is_said_once(void **state)
{
	static const struct api_follow_handler handler = { on_connected, on_event };
	struct api_options o = { .url = fake.url, .ca_file = fake.ca, .patience_ms = 60000, .quiet_ms = 300, .waits = waits,
		.is_stopped = is_stopped, .arg = &waits_told };
	struct api_client *c = NULL;
	struct seen s = { .connected = 0 };
	uint64_t start_ms = clock_mono_ms();
	(void)state;
	waits_told = 0;
	stop_after = 4;
	assert_int_equal(api_client_new(&o, &c), 0);
	assert_int_equal(api_follow(c, 200, &handler, &s), ERR_CLOSED);
	assert_int_equal(waits_told, 1);
	assert_in_range(clock_mono_ms() - start_ms, 300, 10000);
	assert_int_equal(s.connected, 0);
	api_client_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_given_back),
		cmocka_unit_test(method_body_and_token_go_out),
		cmocka_unit_test(breaks_and_busy_servers_are_outlasted),
		cmocka_unit_test(refusals_are_understood),
		cmocka_unit_test(nobody_there_is_said_once),
		cmocka_unit_test(waiting_can_be_stopped),
		cmocka_unit_test(only_the_right_server_is_spoken_to),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(authorities_must_be_some),
		cmocka_unit_test(proxies_are_checked),
		cmocka_unit_test(an_operation_is_path_query_and_message),
		cmocka_unit_test(an_answer_against_its_limits_is_refused),
		cmocka_unit_test(a_lost_answer_is_asked_for_again),
		cmocka_unit_test(events_come_once_over_breaks),
		cmocka_unit_test(following_outlasts_what_passes),
		cmocka_unit_test(a_long_outage_is_said_once),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
