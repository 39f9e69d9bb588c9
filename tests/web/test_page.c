/* SPDX-License-Identifier: MIT */
/* web/page.h and web/metrics.h: what is shown to whoever comes, and what the operator's monitoring reads. */
#include "config.h"

#include "web/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/admin.pb-c.h"

#define COMMON "GET / HTTP/1.1\r\nHost: a\r\n"

static const char *const pages[] = { "/", ("/p/" STAGE_ID), "/v", "/i/some-company" };
#define PAGES (sizeof(pages) / sizeof(pages[0]))

/* ---- pages ---- */

static void
pages_show_nothing_about_anyone(void **state)
{
	struct stage *s = *state;
	static const char *const langs[] = { "de", "en" };
	for (size_t i = 0; i < PAGES * 2; i++) {
		const char *page = pages[i / 2], *lang = langs[i % 2];
		char text[64];
		stage_ask(s, "GET %s?c=secret" STAGE_H "Accept-Language: %s\r\nCookie: a=b\r\n" STAGE_LOGIN "\r\n", page, lang);
		assert_int_equal(s->client.status, 200);
		assert_string_equal(stage_field(s, "Content-Type"), "text/html; charset=utf-8");
		assert_string_equal(stage_field(s, "Content-Language"), lang);
		assert_string_equal(stage_field(s, "Vary"), "Accept-Language");
		assert_string_equal(stage_field(s, "Content-Security-Policy"),
		    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
		assert_string_equal(stage_field(s, "Referrer-Policy"), "no-referrer");
		assert_string_equal(stage_field(s, "Set-Cookie"), "");
		(void)snprintf(text, sizeof(text), "<html lang=\"%s\">", lang);
		assert_non_null(strstr(stage_body(s), text));
		/* the operator's words, escaped; no hole is left */
		assert_non_null(strstr(stage_body(s), "Post &amp; &lt;Co&gt;"));
		assert_null(strstr(stage_body(s), "<Co>"));
		if (strcmp(page, "/v") != 0)
			assert_non_null(strstr(stage_body(s), "PROVISION_URL=https://provision.example"));
		assert_null(strchr(stage_body(s), '{'));
		/* nothing of what was asked */
		assert_null(strstr(stage_body(s), STAGE_ID));
		assert_null(strstr(stage_body(s), "some-company"));
		assert_null(strstr(stage_body(s), "secret"));
	}
	stage_say(s, "HEAD /" STAGE_H "\r\n");
	assert_int_equal(stage_hear(s, true), 200);
	assert_int_equal(stage_ask(s, "POST /" STAGE_H "\r\n"), 405);
	assert_string_equal(stage_field(s, "Allow"), "GET, HEAD");
	assert_int_equal(stage_ask(s, "GET /style.css" STAGE_H "\r\n"), 200);
	assert_string_equal(stage_field(s, "Content-Type"), "text/css; charset=utf-8");
	assert_int_equal(s->asked_count, 0);
}

static void
the_language_is_what_is_liked_best(void **state)
{
	struct stage *s = *state;
	static const struct { const char *accept, *lang, *lang_of_german; } cases[] = {
		{ "de", "de", "de" }, { "DE-at", "de", "de" }, { "en-GB,en;q=0.9,de;q=0.8", "en", "en" }, { "fr, de;q=0.3", "de", "de" },
		{ "en;q=0.5, de", "de", "de" }, { "en;q=0.5,de;q=0.51", "de", "de" }, { "de;q=0.8 , en;Q=0.80", "de", "de" },
		{ "de;q=0, en;q=0.001", "en", "en" }, { "de ; q=0.1 ,en", "en", "en" },
		/* neither: the operator's */
		{ "", "en", "de" }, { "fr", "en", "de" }, { "*", "en", "de" }, { "den, enm", "en", "de" }, { "de;q=0, en;q=0.000", "en", "de" },
		/* noise */
		{ ",,;,;q=,de", "de", "de" }, { "en;q", "en", "en" }, { "de;q=x", "de", "de" }, { ";q=0.5", "en", "de" }, { "-", "en", "de" },
		{ "de;q=0.", "en", "de" }, { "en;q=0.9999,de;q=1", "de", "de" }, { "d", "en", "de" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) * 2; i++) {
		const char *lang = i % 2 == 0 ? cases[i / 2].lang : cases[i / 2].lang_of_german;
		s->role.conf.default_locale = i % 2 == 0 ? CONF_LOCALE_EN : CONF_LOCALE_DE;
		assert_int_equal(stage_ask(s, COMMON "Accept-Language: %s\r\n\r\n", cases[i / 2].accept), 200);
		if (strcmp(stage_field(s, "Content-Language"), lang) != 0)
			fail_msg("%s: not %s", cases[i / 2].accept, lang);
	}
	assert_int_equal(stage_ask(s, COMMON "\r\n"), 200);
	assert_string_equal(stage_field(s, "Content-Language"), "de");
}

/* ---- metrics ---- */

static void
tell_status(struct stage *s, bool is_accepting)
{
	Provision__Counter counter = PROVISION__COUNTER__INIT, *list[1] = { &counter };
	Provision__StatusReply m = PROVISION__STATUS_REPLY__INIT;
	counter.name = (ProtobufCBinaryData){ 11, (uint8_t *)(uintptr_t)"queue_depth" };
	counter.value = UINT64_MAX;
	m.counters = list;
	m.n_counters = 1;
	m.is_accepting = is_accepting;
	(void)stage_wait_asked(s, IPC_STATUS);
	stage_answer(s, 0, &m.base, -1);
}

/* The value behind a name; the name stands once, at the start of a line. */
static uint64_t
metric(struct stage *s, const char *name)
{
	char text[128];
	(void)snprintf(text, sizeof(text), "\n%s ", name);
	const char *at = strstr(stage_body(s), text);
	if (strncmp(stage_body(s), text + 1, strlen(text + 1)) == 0)
		at = stage_body(s) - 1;
	if (at == NULL)
		fail_msg("%s is missing: %s", name, stage_body(s));
	assert_null(strstr(at + 1, text));
	return strtoull(at + strlen(text), NULL, 10);
}

static void
metrics_have_their_names(void **state)
{
	struct stage *s = *state;
	assert_int_equal(stage_ask(s, "GET /none" STAGE_H "\r\n"), 404);
	stage_connect(s, true);
	stage_say(s, "GET /metrics" STAGE_H "\r\n");
	tell_status(s, true);
	assert_int_equal(stage_hear(s, false), 200);
	assert_string_equal(stage_field(s, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	const struct { const char *name; uint64_t value; } rows[] = {
		{ "provision_web_connections", 0 }, { "provision_web_requests_in_flight", 0 }, { "provision_web_connections_total", 1 },
		{ "provision_web_requests_total", 1 }, { "provision_web_refused_total", 0 }, { "provision_web_malformed_total", 0 },
		{ "provision_web_timeouts_total", 0 }, { "provision_web_answers_total{class=\"2xx\"}", 0 },
		{ "provision_web_answers_total{class=\"3xx\"}", 0 }, { "provision_web_answers_total{class=\"4xx\"}", 1 },
		{ "provision_web_answers_total{class=\"5xx\"}", 0 }, { "provision_web_handshakes_resumed_total", 0 },
		{ "provision_certificate_expires_seconds", s->web->certificate_ends_ms / 1000 }, { "provision_store_up", 1 },
		{ "provision_store_accepting", 1 }, { "provision_store_clock_held", 0 }, { "provision_queue_depth", UINT64_MAX },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (metric(s, rows[i].name) != rows[i].value)
			fail_msg("%s is not %lu", rows[i].name, (unsigned long)rows[i].value);
	assert_true(metric(s, "provision_web_bytes_in_total") > 20);
	assert_true(metric(s, "provision_web_bytes_out_total") > 200);
	/* every line is a name of this form and a number */
	for (const char *line = stage_body(s); *line != '\0'; line = strchr(line, '\n') + 1) {
		assert_int_equal(strncmp(line, "provision_", 10), 0);
		const char *space = line + strcspn(line, " \n");
		assert_int_equal(*space, ' ');
		assert_int_equal(space[1 + strspn(space + 1, "0123456789")], '\n');
	}
}

static void
metrics_come_without_a_store(void **state)
{
	struct stage *s = *state;
	stage_connect(s, true);
	stage_unlink(s);
	assert_int_equal(stage_ask(s, "GET /metrics" STAGE_H "\r\n"), 200);
	assert_int_equal(metric(s, "provision_store_up"), 0);
	assert_null(strstr(stage_body(s), "provision_store_accepting"));
	assert_int_equal(stage_ask(s, "GET /health" STAGE_H "\r\n"), 503);
	assert_string_equal(stage_body(s), "the store does not answer\n");
	stage_link(s);
	stage_say(s, "GET /health" STAGE_H "\r\n");
	tell_status(s, false);
	assert_int_equal(stage_hear(s, false), 503);
	assert_string_equal(stage_body(s), "the store takes nothing new\n");
	stage_say(s, "GET /health" STAGE_H "\r\n");
	tell_status(s, true);
	assert_int_equal(stage_hear(s, false), 200);
	assert_string_equal(stage_body(s), "ok\n");
	/* and nothing else */
	assert_int_equal(stage_ask(s, "GET /api/v1/server" STAGE_H "\r\n"), 404);
	assert_int_equal(stage_ask(s, "GET /" STAGE_H "\r\n"), 404);
	assert_int_equal(stage_ask(s, "POST /metrics" STAGE_H "\r\n"), 405);
}

/* ---- the process ---- */

static void
only_the_first_process_has_metrics(void **state)
{
	struct stage *s = *state;
	struct role second = s->role;
	void *web;
	assert_non_null(s->web->metrics);
	second.index = 1;
	assert_int_equal(web_open(&second, &web), 0);
	assert_int_equal(web_start(&second, web), 0);
	assert_null(((struct web *)web)->metrics);
	web_close(web);
}

static void
a_reload_keeps_what_works(void **state)
{
	struct stage *s = *state;
	struct secret *good = s->role.secrets[ROLE_SECRET_CERTIFICATE_KEY];
	struct event_tls_credentials *before = s->web->credentials;
	s->role.secrets[ROLE_SECRET_CERTIFICATE_KEY] = secret_from_view(VIEW_LIT("no key"));
	assert_int_not_equal(web_reload(&s->role, s->web), 0);
	assert_ptr_equal(s->web->credentials, before);
	secret_free(&s->role.secrets[ROLE_SECRET_CERTIFICATE_KEY]);
	assert_int_equal(web_reload(&s->role, s->web), ERR_CONFIG);
	/* nor does one start so */
	void *web;
	assert_int_equal(web_open(&s->role, &web), 0);
	assert_int_equal(web_start(&s->role, web), ERR_CONFIG);
	web_close(web);
	s->role.secrets[ROLE_SECRET_CERTIFICATE_KEY] = good;
	s->role.secrets[ROLE_SECRET_TICKET_KEY] = secret_random(EVENT_TLS_TICKET_KEY_BYTES);
	assert_int_equal(web_reload(&s->role, s->web), 0);
	web_ticket(&s->role, s->web);
	assert_true(s->web->certificate_ends_ms > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_show_nothing_about_anyone), TEST(the_language_is_what_is_liked_best), TEST(metrics_have_their_names),
		TEST(metrics_come_without_a_store), TEST(only_the_first_process_has_metrics), TEST(a_reload_keeps_what_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
