/* SPDX-License-Identifier: MIT */
/* web/page.h and web/metrics.h: what is shown to whoever comes, and what the operator's monitoring reads. */
#include "config.h"

#include "web/report.h"
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
		    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
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

/* Answers a scrape with these counters. */
static void
tell_status(struct stage *s, const char *const (*rows)[2], size_t n)
{
	Provision__Counter counters[8], *list[8];
	Provision__StatusReply m = PROVISION__STATUS_REPLY__INIT;
	for (size_t i = 0; i < n; i++) {
		provision__counter__init(&counters[i]);
		counters[i].name = (ProtobufCBinaryData){ strlen(rows[i][0]), (uint8_t *)(uintptr_t)rows[i][0] };
		counters[i].labels = (ProtobufCBinaryData){ strlen(rows[i][1]), (uint8_t *)(uintptr_t)rows[i][1] };
		counters[i].value = 1234567 + i;
		list[i] = &counters[i];
	}
	m.counters = list;
	m.n_counters = n;
	m.is_accepting = true;
	(void)stage_wait_asked(s, IPC_STATUS);
	stage_answer(s, 0, &m.base, -1);
}

static void
metrics_are_written_by_family(void **state)
{
	struct stage *s = *state;
	static const char *const rows[][2] = {
		{ "web_requests_total", "process=\"web-1\",status=\"200\"" }, { "mails_waiting", "" },
		{ "store_answer_seconds_sum", "process=\"web-0\"" }, { "web_requests_total", "process=\"web-0\",status=\"200\"" },
		{ "store_answer_seconds_count", "process=\"web-0\"" }, { "store_answer_seconds", "" }, { "web_requests", "" },
	};
	unsigned before = s->reports;
	stage_connect(s, true);
	stage_say(s, "GET /metrics" STAGE_H "\r\n");
	tell_status(s, rows, sizeof(rows) / sizeof(rows[0]));
	assert_int_equal(stage_hear(s, false), 200);
	assert_string_equal(stage_field(s, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(stage_body(s),
	    "# HELP provision_store_up 1 if the store answered, and all numbers are there.\n"
	    "# TYPE provision_store_up gauge\nprovision_store_up 1\n"
	    "# HELP provision_store_accepting 0 while nothing new is taken: the disk is nearly full, or the mirror of the keys is away.\n"
	    "# TYPE provision_store_accepting gauge\nprovision_store_accepting 1\n"
	    "# HELP provision_store_clock_held 1 while erasing by time waits until the operator accepts a jump of the clock.\n"
	    "# TYPE provision_store_clock_held gauge\nprovision_store_clock_held 0\n"
	    "# HELP provision_mails_waiting Mails in the queue, those that were given up included.\n"
	    "# TYPE provision_mails_waiting gauge\nprovision_mails_waiting 1234568\n"
	    "# HELP provision_web_requests_total Answered requests by operation and status; none: no such operation.\n"
	    "# TYPE provision_web_requests_total counter\n"
	    "provision_web_requests_total{process=\"web-1\",status=\"200\"} 1234567\n"
	    "provision_web_requests_total{process=\"web-0\",status=\"200\"} 1234570\n"
	    "# HELP provision_store_answer_seconds How long the store's answers to web took.\n"
	    "# TYPE provision_store_answer_seconds histogram\n"
	    "provision_store_answer_seconds_sum{process=\"web-0\"} 1.234569\n"
	    "provision_store_answer_seconds_count{process=\"web-0\"} 1234571\n");
	/* its own numbers were sent before it asked */
	assert_true(s->reports > before);
}

/* Without the store: this process's own. Operation and status are told, nothing else of a request. */
static void
metrics_come_without_a_store(void **state)
{
	struct stage *s = *state;
	assert_int_equal(stage_ask(s, "GET /none?x=anna" STAGE_H "\r\n"), 404);
	assert_int_equal(stage_ask(s, "GET /p/" STAGE_ID STAGE_H "\r\n"), 200);
	assert_int_equal(stage_ask(s, "GET /p/" STAGE_ID STAGE_H "\r\n"), 200);
	stage_connect(s, true);
	stage_unlink(s);
	assert_int_equal(stage_ask(s, "GET /metrics" STAGE_H "\r\n"), 200);
	static const char *const lines[] = {
		"\nprovision_store_up 0\n", "\nprovision_web_requests_total{process=\"web-0\",operation=\"none\",status=\"404\"} 1\n",
		"\nprovision_web_requests_total{process=\"web-0\",operation=\"package\",status=\"200\"} 2\n",
		"\nprovision_web_connections_total{process=\"web-0\"} 1\n", "\n# TYPE provision_web_bytes_out_total counter\n",
		"\nprovision_store_answer_seconds_bucket{process=\"web-0\",le=\"+Inf\"} 1\n",
		"\nprovision_store_answer_seconds_bucket{process=\"web-0\",le=\"5.000\"} 1\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strstr(stage_body(s), lines[i]) == NULL)
			fail_msg("no %s in %s", lines[i], stage_body(s));
	assert_null(strstr(stage_body(s), "provision_store_accepting"));
	assert_null(strstr(stage_body(s), "anna"));
	assert_null(strstr(stage_body(s), STAGE_ID));
	/* and nothing else is served here */
	assert_int_equal(stage_ask(s, "GET /api/v1/server" STAGE_H "\r\n"), 404);
	assert_int_equal(stage_ask(s, "GET /" STAGE_H "\r\n"), 404);
	assert_int_equal(stage_ask(s, "POST /metrics" STAGE_H "\r\n"), 405);
}

static void
expect_health(struct stage *s, int status)
{
	assert_int_equal(stage_ask(s, "GET /health" STAGE_H "\r\n"), status);
	assert_string_equal(stage_body(s), status == 200 ? "ok\n" : "unavailable\n");
}

/* The same on both listeners, without asking the store for each one. */
static void
health_tells_yes_or_no(void **state)
{
	struct stage *s = *state;
	for (int i = 0; i < 2; i++) {
		stage_connect(s, i == 1);
		stage_settle(s);
		expect_health(s, 200);
		stage_unlink(s);
		stage_settle(s);
		expect_health(s, 503);
		s->is_full = true;
		stage_link(s);
		stage_settle(s);
		expect_health(s, 503);
		s->is_full = false;
		web_report_send(s->web->report);
		stage_settle(s);
		expect_health(s, 200);
	}
	assert_int_equal(s->asked_count, 0);
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
		TEST(pages_show_nothing_about_anyone), TEST(the_language_is_what_is_liked_best), TEST(metrics_are_written_by_family), TEST(health_tells_yes_or_no),
		TEST(metrics_come_without_a_store), TEST(only_the_first_process_has_metrics), TEST(a_reload_keeps_what_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
