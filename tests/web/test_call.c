/* SPDX-License-Identifier: MIT */
/* web/route.h and web/call.h: every row of the table and nothing else; who is let in; what is refused, and how. */
#include "config.h"

#include "web/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "record/account.pb-c.h"
#include "record/common.pb-c.h"
#include "record/company.pb-c.h"
#include "record/package.pb-c.h"
#include "rest/json.h"
#include "rest/operation.h"
#include "web/sample.h"

#define JSON "Content-Type: application/json\r\n"
#define TEXT_MAX 8192

/* The message as the JSON that goes over the wire. */
static const char *
json_of(const ProtobufCMessage *m, const char *const *bound, struct arena *arena)
{
	struct buf b;
	buf_init(&b, TEXT_MAX);
	struct http_json_write w = http_json_write_to(&b);
	http_json_write_object(&w, NULL);
	rest_json_write_members(&w, m, bound);
	http_json_write_close(&w);
	assert_int_equal(http_json_write_end(&w), 0);
	const char *text = arena_str(arena, buf_view(&b));
	buf_deinit(&b);
	return text;
}

/* The operation's target with the message's fields in it. */
static const char *
target_of(const struct rest_operation *op, const ProtobufCMessage *m, struct arena *arena)
{
	struct buf b;
	size_t hole = 0;
	buf_init(&b, TEXT_MAX);
	assert_int_equal(buf_append_str(&b, REST_OPERATION_BASE), 0);
	for (const char *p = op->pattern; *p != '\0'; p++) {
		if (*p != '{') {
			assert_int_equal(buf_append_u8(&b, (uint8_t)*p), 0);
			continue;
		}
		assert_int_equal(rest_json_get(m, op->params[hole++], &b), 0);
		p = strchr(p, '}');
	}
	for (const struct rest_query *q = op->query; q->name != NULL; q++) {
		assert_int_equal(buf_printf(&b, "%c%s=", q == op->query ? '?' : '&', q->name), 0);
		assert_int_equal(rest_json_get(m, q->field, &b), 0);
	}
	const char *text = arena_str(arena, buf_view(&b));
	buf_deinit(&b);
	return text;
}

/* Any path of the operation. */
static const char *
path_of(const struct rest_operation *op, struct arena *arena)
{
	static const struct { const char *hole, *text; } holes[] = {
		{ "{id}", STAGE_ID }, { "{number}", "0" }, { "{slug}", "acme" }, { "{token}", "K-1" },
	};
	struct buf b;
	buf_init(&b, TEXT_MAX);
	assert_int_equal(buf_append_str(&b, REST_OPERATION_BASE), 0);
	for (const char *p = op->pattern; *p != '\0'; p++) {
		size_t i = 0;
		while (i < 4 && strncmp(p, holes[i].hole, strlen(holes[i].hole)) != 0)
			i++;
		assert_int_equal(i < 4 ? buf_append_str(&b, holes[i].text) : buf_append_u8(&b, (uint8_t)*p), 0);
		p += i < 4 ? strlen(holes[i].hole) - 1 : 0;
	}
	const char *text = arena_str(arena, buf_view(&b));
	buf_deinit(&b);
	return text;
}

/* ---- there and back ---- */

static void
go_there_and_back(struct stage *s, const struct rest_operation *op, struct arena *arena)
{
	const struct ipc_message *row = ipc_message_find(op->request);
	const char *bound[REST_OPERATION_BOUND_MAX], *body = "";
	ProtobufCMessage *m = sample_message(row->descriptor, arena);
	rest_operation_bound(op, bound);
	if (op->body == HTTP_BODY_JSON)
		body = json_of(m, bound, arena);
	stage_say(s, "%s %s" STAGE_H STAGE_LOGIN "User-Agent: agent/1\r\n%sContent-Length: %zu\r\n\r\n%s",
	    http_head_method_name(op->method), target_of(op, m, arena), *body == '\0' ? "" : JSON, strlen(body), body);
	const ProtobufCMessage *got = stage_wait_asked(s, op->request);
	/* what neither path, query nor body can bring is not there */
	for (unsigned i = 0; op->body != HTTP_BODY_JSON && i < row->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &row->descriptor->fields[i];
		bool is_bound = false;
		for (size_t k = 0; bound[k] != NULL; k++)
			is_bound |= strcmp(bound[k], f->name) == 0;
		if (!is_bound && strcmp(f->name, "caller") != 0)
			memset((char *)m + f->offset, 0, f->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : 4);
	}
	if (!sample_is_equal(got, m))
		fail_msg("%s: another message than %s", op->name, json_of(m, NULL, arena));
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(row->descriptor, "caller");
	const Provision__Caller *caller = f == NULL ? NULL : *(Provision__Caller *const *)(const void *)((const char *)got + f->offset);
	if (caller != NULL) {
		assert_int_equal(caller->session.len, op->needs_session ? 32 : 0);
		assert_int_equal(caller->address.len, 16);
		assert_int_equal(caller->user_agent.len, 7);
	}
	assert_true(caller != NULL || !op->needs_session);
	ProtobufCMessage *reply = sample_message(ipc_message_find(row->reply)->descriptor, arena);
	stage_answer(s, 0, reply, -1);
	assert_int_equal(stage_hear(s, false), op->status);
	assert_string_equal(stage_body(s), reply->descriptor->n_fields == 0 ? "" : json_of(reply, NULL, arena));
	assert_string_equal(stage_field(s, "Cache-Control"), "no-store");
}

static void
every_row_goes_there_and_back(void **state)
{
	struct stage *s = *state;
	size_t n = 0;
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		struct arena *arena = arena_new(1 << 20);
		if (op->media == REST_MEDIA_JSON) {
			go_there_and_back(s, op, arena);
			n++;
		}
		arena_free(&arena);
	}
	assert_true(n > 20 && s->asked_count == n);
}

/* By hand, so that nobody reads with what wrote. */
static void
one_row_in_plain_words(void **state)
{
	struct stage *s = *state;
	static const char BODY[] = "{\"files\":[{\"path\":\"YS_DvC5wZGY\",\"size\":12,\"fingerprint\":\"AQID\"}]}";
	stage_say(s, "PUT /api/v1/packages/" STAGE_ID "/files/3" STAGE_H STAGE_LOGIN JSON "Content-Length: %zu\r\n\r\n%s",
	    strlen(BODY), BODY);
	const Provision__PackageFilesPut *m = (const void *)stage_wait_asked(s, IPC_PACKAGE_FILES_PUT);
	assert_int_equal(m->package.len, 16);
	assert_int_equal(m->package.data[15], 1);
	assert_int_equal(m->page, 3);
	assert_int_equal(m->n_files, 1);
	assert_int_equal(m->files[0]->path.len, 8);
	assert_memory_equal(m->files[0]->path.data, "a/\xc3\xbc.pdf", 8);
	assert_int_equal(m->files[0]->size, 12);
	assert_memory_equal(m->files[0]->fingerprint.data, "\1\2\3", 3);
	stage_answer(s, 0, NULL, -1);
	assert_int_equal(stage_hear(s, false), 204);
	stage_say(s, "GET /api/v1/inbox?outgoing=1&company=acme" STAGE_H STAGE_LOGIN "\r\n");
	const Provision__InboxList *list = (const void *)stage_wait_asked(s, IPC_INBOX_LIST);
	assert_true(list->outgoing);
	assert_int_equal(list->slug.len, 4);
	assert_int_equal(list->cursor.len, 0);
	assert_int_equal(list->limit, 50);
	Provision__InboxListReply reply = PROVISION__INBOX_LIST_REPLY__INIT;
	reply.next = (ProtobufCBinaryData){ 3, (uint8_t *)(uintptr_t)"\xff\xfe\xfd" };
	stage_answer(s, 0, &reply.base, -1);
	assert_int_equal(stage_hear(s, false), 200);
	assert_string_equal(stage_body(s), "{\"items\":[],\"next\":\"__79\"}");
}

/* ---- who is let in ---- */

static void
nobody_comes_in_without_a_token(void **state)
{
	struct stage *s = *state;
	static const char *const fields[] = {
		"", "Cookie: session=" STAGE_TOKEN "; __Host-session=" STAGE_TOKEN "\r\n", "Authorization: Basic " STAGE_TOKEN "\r\n",
		"Authorization: " STAGE_TOKEN "\r\n", "Authorization: Bearer\r\n", "X-CSRF-Token: " STAGE_TOKEN "\r\n",
	};
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		struct arena *arena = arena_new(TEXT_MAX * 2);
		for (size_t k = 0; op->needs_session && k < sizeof(fields) / sizeof(fields[0]); k++) {
			/* refused before the body is asked for */
			stage_say(s, "%s %s?access_token=" STAGE_TOKEN STAGE_H "%sContent-Length: 1000\r\n\r\n",
			    http_head_method_name(op->method), path_of(op, arena), fields[k]);
			assert_int_equal(stage_hear(s, op->method == HTTP_HEAD), 401);
			assert_string_equal(stage_field(s, "WWW-Authenticate"), "Bearer");
			assert_string_equal(stage_field(s, "Set-Cookie"), "");
			stage_connect(s, false);
		}
		arena_free(&arena);
	}
	assert_int_equal(s->asked_count, 0);
}

static void
a_token_has_one_form(void **state)
{
	struct stage *s = *state;
	static const char *const tokens[] = {
		"A", "AQEB", STAGE_TOKEN "A", STAGE_TOKEN "=", STAGE_TOKEN "AQEB", "****",
		/* one bit beyond the 32 bytes is set */
		"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB.QE",
	};
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		/* a body that is never sent: the token was judged before it */
		stage_ask(s, "POST /api/v1/nonces" STAGE_H "Authorization: Bearer %s\r\n" JSON "Content-Length: 10\r\n\r\n", tokens[i]);
		stage_expect_problem(s, 401, "login", NULL);
		stage_connect(s, false);
	}
	assert_int_equal(stage_ask(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN STAGE_LOGIN "\r\n"), 400);
	assert_int_equal(s->asked_count, 0);
}

static void
a_token_is_kept_from_where_it_is_not_needed(void **state)
{
	struct stage *s = *state;
	static const char BODY[] = "{\"email\":\"a@b.example\"}";
	stage_say(s, "POST /api/v1/login-parameters" STAGE_H STAGE_LOGIN JSON "Content-Length: %zu\r\n\r\n%s", strlen(BODY), BODY);
	const Provision__LoginParameters *m = (const void *)stage_wait_asked(s, IPC_LOGIN_PARAMETERS);
	assert_int_equal(m->caller->session.len, 0);
	assert_int_equal(m->caller->user_agent.len, 0);
	stage_answer(s, ERR_BUSY, NULL, -1);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 429, "busy", NULL);
}

static void
a_user_agent_is_cut_and_cleaned(void **state)
{
	struct stage *s = *state;
	char agent[400];
	memset(agent, 'x', sizeof(agent));
	memcpy(agent, "\x80\xff\t", 3);
	agent[399] = '\0';
	stage_say(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "User-Agent: %s\r\n\r\n", agent);
	const Provision__AccountGet *m = (const void *)stage_wait_asked(s, IPC_ACCOUNT_GET);
	assert_int_equal(m->caller->user_agent.len, 256);
	assert_memory_equal(m->caller->user_agent.data, "???xxx", 6);
	stage_answer(s, ERR_LOGIN, NULL, -1);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 401, "login", NULL);
}

/* ---- nothing else ---- */

static unsigned
methods_of(const struct rest_operation *op)
{
	unsigned allowed = 0;
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *o = rest_operation_at(i);
		if (strcmp(o->pattern, op->pattern) == 0)
			allowed |= 1u << o->method | (o->method == HTTP_GET ? 1u << HTTP_HEAD : 0);
	}
	return allowed;
}

static void
other_methods_are_told_which(void **state)
{
	struct stage *s = *state;
	for (size_t i = 0; i < rest_operation_count(); i++) {
		const struct rest_operation *op = rest_operation_at(i);
		struct arena *arena = arena_new(TEXT_MAX * 2);
		unsigned allowed = methods_of(op), told = 0;
		for (int m = 0; m < HTTP_METHODS; m++) {
			if ((allowed & 1u << m) != 0)
				continue;
			stage_say(s, "%s %s" STAGE_H "\r\n", http_head_method_name((enum http_method)m), path_of(op, arena));
			assert_int_equal(stage_hear(s, m == HTTP_HEAD), 405);
			char *allow = arena_str(arena, view_str(stage_field(s, "Allow")));
			told = 0;
			for (char *save, *name = strtok_r(allow, ", ", &save); name != NULL; name = strtok_r(NULL, ", ", &save))
				for (int k = 0; k < HTTP_METHODS; k++)
					told |= strcmp(name, http_head_method_name((enum http_method)k)) == 0 ? 1u << k : 0;
			if (told != allowed)
				fail_msg("%s: %s", op->pattern, stage_field(s, "Allow"));
		}
		arena_free(&arena);
	}
	assert_int_equal(s->asked_count, 0);
}

static void
other_paths_are_not_there(void **state)
{
	struct stage *s = *state;
	static const char *const paths[] = {
		"/api", "/api/v1", "/api/v1/", "/api/v2/server", "/api/v1/server/", "/api/v1//server", "/api/v1/Server", "/metrics",
		"/api/v1/packages/x", "/api/v1/packages/" STAGE_ID "x", "/api/v1/packages/AEAQCAIBAEAQCAIBAEAQCAIBAE",
		/* the last character has bits beyond the 128 */
		"/api/v1/packages/aeaqcaibaeaqcaibaeaqcaibaf", "/api/v1/packages/" STAGE_ID "/files/00",
		"/api/v1/packages/" STAGE_ID "/files/65536", "/api/v1/packages/" STAGE_ID "/files/-1", "/api/v1/companies/Acme",
		"/api/v1/companies/-acme", "/api/v1/companies/a/customers/K%201/decision", "/index.html", "/favicon.ico", "/p", "/p/x",
		"/api/v1/companies/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		stage_ask(s, "GET %s" STAGE_H STAGE_LOGIN "\r\n", paths[i]);
		if (s->client.status != 404)
			fail_msg("%s: %d", paths[i], s->client.status);
		stage_expect_problem(s, 404, "not-found", NULL);
	}
	assert_int_equal(s->asked_count, 0);
}

static void
the_description_is_served_as_it_is(void **state)
{
	struct stage *s = *state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stage_ask(s, "GET /api/v1/openapi.json" STAGE_H "\r\n"), 200);
		assert_string_equal(stage_field(s, "Content-Type"), "application/json");
		assert_true(s->client.body.len > 50000);
		assert_non_null(strstr(stage_body(s), "\"operationId\":\"patchUpload\""));
	}
	assert_int_equal(s->asked_count, 0);
}

/* ---- refusals ---- */

static void
bodies_are_judged(void **state)
{
	struct stage *s = *state;
	static const struct {
		const char *path, *type, *body;
		int status;
		const char *name, *field;
	} cases[] = {
		{ "nonces", "text/plain", "{}", 415, "unsupported", NULL },
		{ "nonces", "", "{}", 415, "unsupported", NULL },
		{ "nonces", "application/jsonx", "{}", 415, "unsupported", NULL },
		{ "nonces", "application/json; charset=utf-8", "", 400, "syntax", NULL },
		{ "nonces", "application/json", "{", 400, "syntax", NULL },
		{ "nonces", "application/json", "[]", 400, "syntax", NULL },
		{ "nonces", "application/json", "{\"action\":\"a\"}}", 400, "syntax", NULL },
		{ "nonces", "application/json", "{\"action\":\"a\",\"action\":\"b\"}", 400, "syntax", "action" },
		{ "nonces", "application/json", "{}", 400, "syntax", "action" },
		{ "nonces", "application/json", "{\"action\":1}", 400, "syntax", "action" },
		{ "nonces", "application/json", "{\"action\":\"\"}", 400, "syntax", "action" },
		{ "nonces", "application/json", "{\"action\":\"a\\u0000b\"}", 400, "syntax", "action" },
		{ "nonces", "application/json", "{\"action\":\"a\\nb\"}", 400, "syntax", "action" },
		{ "nonces", "application/json", "{\"action\":\"a\",\"subject\":\"x\"}", 400, "syntax", "subject" },
		{ "nonces", "application/json", "{\"action\":\"a\",\"other\":1}", 400, "syntax", "other" },
		{ "nonces", "application/json", "{\"action\":\"a\",\"caller\":{}}", 400, "syntax", "caller" },
		{ "companies/acme/customers/K-1/decision", "application/json", "{\"accept\":true,\"slug\":\"other\"}", 400, "syntax", "slug" },
		{ "companies/acme/customers/K-1/decision", "application/json", "{\"accept\":\"true\"}", 400, "syntax", "accept" },
		/* 17 characters where 16 are allowed: no such customer */
		{ "companies/acme/customers/12345678901234567/decision", "application/json", "{\"accept\":true}", 404, "not-found", NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_ask(s, "POST /api/v1/%s" STAGE_H STAGE_LOGIN "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", cases[i].path,
		    cases[i].type, strlen(cases[i].body), cases[i].body);
		if (s->client.status != cases[i].status)
			fail_msg("%s: %s", cases[i].body, stage_body(s));
		stage_expect_problem(s, cases[i].status, cases[i].name, cases[i].field);
		stage_connect(s, false);
	}
	assert_int_equal(s->asked_count, 0);
}

static void
bodies_have_an_end(void **state)
{
	struct stage *s = *state;
	static char big[8192];
	memset(big, ' ', sizeof(big) - 1);
	stage_ask(s, "POST /api/v1/nonces" STAGE_H STAGE_LOGIN JSON "Content-Length: 4097\r\n\r\n");
	stage_expect_problem(s, 413, "limit", NULL);
	stage_connect(s, false);
	stage_ask(s, "POST /api/v1/nonces" STAGE_H STAGE_LOGIN JSON "Transfer-Encoding: chunked\r\n\r\n1fff\r\n%s\r\n0\r\n\r\n", big);
	stage_expect_problem(s, 413, "limit", NULL);
	assert_string_equal(stage_field(s, "Connection"), "close");
	stage_connect(s, false);
	/* before login a connection may make us hold little, whatever the row allows */
	stage_ask(s, "POST /api/v1/registrations" STAGE_H JSON "Content-Length: 262144\r\n\r\n");
	stage_expect_problem(s, 413, "limit", NULL);
	stage_connect(s, false);
	stage_ask(s, "DELETE /api/v1/packages/" STAGE_ID STAGE_H STAGE_LOGIN JSON "Content-Length: 2\r\n\r\n{}");
	stage_expect_problem(s, 400, "syntax", NULL);
	assert_int_equal(s->asked_count, 0);
}

static void
queries_are_judged(void **state)
{
	struct stage *s = *state;
	static const struct {
		const char *target;
		int status;
		const char *name, *field;
	} cases[] = {
		{ "inbox?limit=0", 400, "limit", "limit" }, { "inbox?limit=101", 400, "limit", "limit" },
		{ "inbox?limit=x", 400, "syntax", "limit" }, { "inbox?limit=+1", 400, "syntax", "limit" },
		{ "inbox?limit=", 400, "syntax", "limit" }, { "inbox?limit=1&limit=2", 400, "syntax", "limit" },
		{ "inbox?cursor=%2B", 400, "syntax", "cursor" }, { "inbox?cursor=%", 400, "syntax", "cursor" },
		{ "inbox?outgoing=yes", 400, "syntax", "outgoing" }, { "inbox?company=a%0Ab", 400, "syntax", "company" },
		{ "inbox?company=%FF", 400, "syntax", "company" },
		{ "inbox?company=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 400, "limit", "company" },
		{ "companies/acme?invitation=x", 400, "syntax", "invitation" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_ask(s, "GET /api/v1/%s" STAGE_H STAGE_LOGIN "\r\n", cases[i].target);
		if (s->client.status != cases[i].status)
			fail_msg("%s: %s", cases[i].target, stage_body(s));
		stage_expect_problem(s, cases[i].status, cases[i].name, cases[i].field);
	}
	assert_int_equal(s->asked_count, 0);
}

/* ---- the store's word ---- */

static void
every_error_has_its_status(void **state)
{
	struct stage *s = *state;
	for (int err = ERR_SYNTAX; err > ERR_LAST; err--) {
		stage_say(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "\r\n");
		(void)stage_wait_asked(s, IPC_ACCOUNT_GET);
		stage_answer(s, err, NULL, -1);
		(void)stage_hear(s, false);
		stage_expect_problem(s, err_http_status(err), err_name(err), NULL);
		assert_string_equal(stage_field(s, "Retry-After"), s->client.status == 503 || s->client.status == 429 ? "1" : "");
		assert_string_equal(stage_field(s, "Connection"), "");
	}
}

static void
a_store_that_goes_can_be_asked_again(void **state)
{
	struct stage *s = *state;
	stage_say(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_ACCOUNT_GET);
	stage_unlink(s);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 503, "unavailable", NULL);
	assert_string_equal(stage_field(s, "Retry-After"), "1");
	stage_answer(s, ERR_IO, NULL, -1);
	/* on the same connection: no link, then a new one */
	stage_ask(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "\r\n");
	stage_expect_problem(s, 503, "unavailable", NULL);
	stage_link(s);
	stage_say(s, "DELETE /api/v1/sessions/current" STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_SESSION_CLOSE);
	stage_answer(s, 0, NULL, -1);
	assert_int_equal(stage_hear(s, false), 204);
	/* a store that sleeps */
	s->web->store_timeout_ms = 20;
	stage_say(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_ACCOUNT_GET);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 504, "timeout", NULL);
}

static void
a_client_that_goes_leaves_nothing(void **state)
{
	struct stage *s = *state;
	stage_say(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_ACCOUNT_GET);
	stage_disconnect(s);
	stage_settle(s);
	stage_answer(s, ERR_STATE, NULL, -1);
	stage_settle(s);
	assert_int_equal(http_server_counts(s->web->https).requests, 0);
	assert_int_equal(http_server_counts(s->web->https).connections, 0);
}

static void
a_stop_lets_requests_finish(void **state)
{
	struct stage *s = *state;
	stage_say(s, "GET /api/v1/account" STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_ACCOUNT_GET);
	web_stop(&s->role, s->web, 1000);
	stage_settle(s);
	assert_false(s->role.is_over);
	stage_answer(s, ERR_STATE, NULL, -1);
	assert_int_equal(stage_hear(s, false), 409);
	assert_string_equal(stage_field(s, "Connection"), "close");
	stage_disconnect(s);
	stage_settle(s);
	assert_true(s->role.is_over);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_goes_there_and_back), TEST(one_row_in_plain_words), TEST(nobody_comes_in_without_a_token),
		TEST(a_token_has_one_form), TEST(a_token_is_kept_from_where_it_is_not_needed), TEST(a_user_agent_is_cut_and_cleaned),
		TEST(other_methods_are_told_which), TEST(other_paths_are_not_there), TEST(the_description_is_served_as_it_is),
		TEST(bodies_are_judged), TEST(bodies_have_an_end), TEST(queries_are_judged), TEST(every_error_has_its_status),
		TEST(a_store_that_goes_can_be_asked_again), TEST(a_client_that_goes_leaves_nothing), TEST(a_stop_lets_requests_finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
