/* SPDX-License-Identifier: MIT */
/* web/upload.h: tus in front, the store's messages and descriptors behind; above all: no descriptor is ever kept. */
#include "config.h"

#include "web/stage.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "record/common.pb-c.h"
#include "record/package.pb-c.h"

#define TUS "Tus-Resumable: 1.0.0\r\n"
#define PARTS "/api/v1/packages/" STAGE_ID "/parts"
#define UPLOAD "/api/v1/uploads/" STAGE_ID
#define TYPE "Content-Type: application/offset+octet-stream\r\n"
#define PATCH "PATCH " UPLOAD STAGE_H STAGE_LOGIN TUS TYPE "Upload-Offset: 3\r\n"

static uint8_t ones[16] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

static Provision__UploadReply
upload_at(uint64_t offset, uint64_t length)
{
	Provision__UploadReply m = PROVISION__UPLOAD_REPLY__INIT;
	m.upload = (ProtobufCBinaryData){ sizeof(ones), ones };
	m.offset = offset;
	m.length = length;
	m.expires_ms = 1800000000000;
	return m;
}

static void
expect_ones(ProtobufCBinaryData b)
{
	assert_int_equal(b.len, sizeof(ones));
	assert_memory_equal(b.data, ones, sizeof(ones));
}

/* ---- creation, state, end ---- */

static void
create_asks_and_tells_the_place(void **state)
{
	struct stage *s = *state;
	stage_say(s, "POST " PARTS STAGE_H STAGE_LOGIN TUS "User-Agent: t\xc3\xa9st\r\nUpload-Length: 10\r\n"
	    "Upload-Metadata: part Ym9keQ==\r\n\r\n");
	const Provision__UploadCreate *m = (const void *)stage_wait_asked(s, IPC_UPLOAD_CREATE);
	static const uint8_t address[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7 };
	expect_ones(m->package);
	assert_int_equal(m->part, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY);
	assert_int_equal(m->length, 10);
	assert_int_equal(m->caller->session.len, 32);
	assert_int_equal(m->caller->session.data[31], 1);
	assert_int_equal(m->caller->address.len, 16);
	assert_memory_equal(m->caller->address.data, address, 16);
	assert_int_equal(m->caller->user_agent.len, 5);
	assert_memory_equal(m->caller->user_agent.data, "t??st", 5);
	Provision__UploadReply reply = upload_at(0, 10);
	stage_answer(s, 0, &reply.base, -1);
	assert_int_equal(stage_hear(s, false), 201);
	assert_string_equal(stage_field(s, "Location"), UPLOAD);
	assert_string_equal(stage_field(s, "Tus-Resumable"), "1.0.0");
	assert_string_equal(stage_field(s, "Upload-Expires"), "Fri, 15 Jan 2027 08:00:00 GMT");
}

static void
create_refuses(void **state)
{
	struct stage *s = *state;
	static const struct {
		const char *fields;
		int status;
		const char *name, *field;
	} cases[] = {
		{ "Upload-Length: 10\r\nUpload-Metadata: part Ym9keQ==\r\n", 412, "version", NULL },
		{ "Tus-Resumable: 0.2\r\nUpload-Length: 10\r\nUpload-Metadata: part Ym9keQ==\r\n", 412, "version", NULL },
		{ TUS "Upload-Metadata: part Ym9keQ==\r\n", 400, "syntax", "Upload-Length" },
		{ TUS "Upload-Length: -1\r\nUpload-Metadata: part Ym9keQ==\r\n", 400, "syntax", "Upload-Length" },
		{ TUS "Upload-Length: 9223372036854775808\r\nUpload-Metadata: part Ym9keQ==\r\n", 400, "syntax", "Upload-Length" },
		{ TUS "Upload-Length: 9223372036854775807\r\nUpload-Metadata: part Ym9keQ==\r\n", 413, "limit", "Upload-Length" },
		{ TUS "Upload-Defer-Length: 1\r\nUpload-Metadata: part Ym9keQ==\r\n", 415, "unsupported", "Upload-Length" },
		{ TUS "Upload-Length: 10\r\n", 400, "syntax", "Upload-Metadata.part" },
		{ TUS "Upload-Length: 10\r\nUpload-Metadata: part\r\n", 400, "syntax", "Upload-Metadata.part" },
		{ TUS "Upload-Length: 10\r\nUpload-Metadata: part Ym9keXg=\r\n", 400, "syntax", "Upload-Metadata.part" },
		{ TUS "Upload-Length: 10\r\nUpload-Metadata: part *\r\n", 400, "syntax", "Upload-Metadata" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_ask(s, "POST " PARTS STAGE_H STAGE_LOGIN "%s\r\n", cases[i].fields);
		stage_expect_problem(s, cases[i].status, cases[i].name, cases[i].field);
		assert_string_equal(stage_field(s, "Tus-Resumable"), "1.0.0");
		assert_string_equal(stage_field(s, "Tus-Version"), cases[i].status == 412 ? "1.0.0" : "");
	}
	assert_int_equal(s->asked_count, 0);
}

static void
head_tells_what_is_durable(void **state)
{
	struct stage *s = *state;
	stage_say(s, "HEAD " UPLOAD STAGE_H STAGE_LOGIN TUS "\r\n");
	expect_ones(((const Provision__UploadGet *)(const void *)stage_wait_asked(s, IPC_UPLOAD_GET))->upload);
	Provision__UploadReply reply = upload_at(7, 10);
	stage_answer(s, 0, &reply.base, -1);
	assert_int_equal(stage_hear(s, true), 200);
	assert_string_equal(stage_field(s, "Upload-Offset"), "7");
	assert_string_equal(stage_field(s, "Upload-Length"), "10");
	assert_string_equal(stage_field(s, "Cache-Control"), "no-store");
	stage_say(s, "HEAD " UPLOAD STAGE_H STAGE_LOGIN "\r\n");
	assert_int_equal(stage_hear(s, true), 412);
}

static void
delete_gives_up(void **state)
{
	struct stage *s = *state;
	stage_say(s, "DELETE " UPLOAD STAGE_H STAGE_LOGIN TUS "\r\n");
	expect_ones(((const Provision__UploadDelete *)(const void *)stage_wait_asked(s, IPC_UPLOAD_DELETE))->upload);
	Provision__Empty empty = PROVISION__EMPTY__INIT;
	stage_answer(s, 0, &empty.base, -1);
	assert_int_equal(stage_hear(s, false), 204);
	stage_say(s, "DELETE " UPLOAD STAGE_H STAGE_LOGIN TUS "\r\n");
	(void)stage_wait_asked(s, IPC_UPLOAD_DELETE);
	stage_answer(s, ERR_STATE, NULL, -1);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 409, "state", NULL);
}

static void
options_need_nobody(void **state)
{
	struct stage *s = *state;
	static const char *const paths[] = { PARTS, UPLOAD };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(stage_ask(s, "OPTIONS %s" STAGE_H "\r\n", paths[i]), 204);
		assert_string_equal(stage_field(s, "Tus-Version"), "1.0.0");
		assert_string_equal(stage_field(s, "Tus-Extension"), "creation,termination,expiration");
		assert_string_equal(stage_field(s, "Tus-Max-Size"), "5000000000");
	}
	assert_int_equal(s->asked_count, 0);
}

/* ---- PATCH ---- */

/* What the store lends: the writing end of a pipe, so that its closing can be seen. */
struct loan {
	int in, out;
	char text[64];
	size_t len;
};

static struct loan
loan_new(void)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	return (struct loan){ .in = ends[0], .out = ends[1] };
}

/* Takes what was written; true when nobody can write any more. */
static bool
is_given_back(struct loan *l)
{
	ssize_t n;
	while ((n = read(l->in, l->text + l->len, sizeof(l->text) - 1 - l->len)) > 0)
		l->len += (size_t)n;
	l->text[l->len] = '\0';
	return n == 0;
}

static void
loan_end(struct loan *l)
{
	assert_true(is_given_back(l));
	file_close(&l->in);
}

/* The store grants the upload, which is at 3 of length. */
static void
grant(struct stage *s, struct loan *l, uint64_t length)
{
	const Provision__UploadOpen *m = (const void *)stage_wait_asked(s, IPC_UPLOAD_OPEN);
	expect_ones(m->upload);
	assert_int_equal(m->offset, 3);
	assert_int_equal(m->caller->session.len, 32);
	Provision__UploadReply reply = upload_at(3, length);
	*l = loan_new();
	stage_answer(s, 0, &reply.base, l->out);
}

/* "hello" of ten bytes has been received. */
static void
begin(struct stage *s, struct loan *l)
{
	stage_say(s, PATCH "Content-Length: 10\r\n\r\n");
	grant(s, l, 20);
	stage_say(s, "hello");
	while (l->len < 5) {
		event_loop_step(s->loop, false);
		assert_false(is_given_back(l));
		assert_false(s->is_late);
	}
	assert_string_equal(l->text, "hello");
}

/* The store is told that the descriptor is closed, which it is; answers. */
static void
flush(struct stage *s, struct loan *l, int err, uint64_t offset)
{
	const Provision__UploadClose *m = (const void *)stage_wait_asked(s, IPC_UPLOAD_CLOSE);
	expect_ones(m->upload);
	assert_int_equal(m->caller->session.len, 32);
	loan_end(l);
	Provision__UploadReply reply = upload_at(offset, 20);
	stage_answer(s, err, err == 0 ? &reply.base : NULL, -1);
}

static void
patch_writes_and_tells_the_durable_offset(void **state)
{
	struct stage *s = *state;
	struct loan l;
	begin(s, &l);
	stage_say(s, "world");
	flush(s, &l, 0, 13);
	assert_string_equal(l.text, "helloworld");
	assert_int_equal(stage_hear(s, false), 204);
	assert_string_equal(stage_field(s, "Upload-Offset"), "13");
	assert_string_equal(stage_field(s, "Connection"), "");
	/* what is durable is the store's word, not what was sent */
	begin(s, &l);
	stage_say(s, "world");
	flush(s, &l, 0, 4);
	assert_int_equal(stage_hear(s, false), 204);
	assert_string_equal(stage_field(s, "Upload-Offset"), "4");
}

static void
patch_waits_with_continue(void **state)
{
	struct stage *s = *state;
	struct loan l;
	stage_say(s, PATCH "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	stage_settle(s);
	assert_int_equal(s->client.in.len, 0);
	grant(s, &l, 20);
	assert_int_equal(stage_hear(s, false), 100);
	stage_say(s, "hello");
	flush(s, &l, 0, 8);
	assert_int_equal(stage_hear(s, false), 204);
	/* the store's refusal comes before any byte of the body */
	stage_say(s, PATCH "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	(void)stage_wait_asked(s, IPC_UPLOAD_OPEN);
	stage_answer(s, ERR_CONFLICT, NULL, -1);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 409, "conflict", "Upload-Offset");
	assert_string_equal(stage_field(s, "Connection"), "close");
}

static void
patch_refuses(void **state)
{
	struct stage *s = *state;
	static const struct {
		const char *fields;
		int status;
		const char *name, *field;
	} cases[] = {
		{ TYPE "Upload-Offset: 3\r\n", 412, "version", NULL },
		{ TUS "Content-Type: text/plain\r\nUpload-Offset: 3\r\n", 415, "unsupported", "Content-Type" },
		{ TUS "Upload-Offset: 3\r\n", 415, "unsupported", "Content-Type" },
		{ TUS TYPE, 400, "syntax", "Upload-Offset" },
		{ TUS TYPE "Upload-Offset: 0x3\r\n", 400, "syntax", "Upload-Offset" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stage_ask(s, "PATCH " UPLOAD STAGE_H STAGE_LOGIN "%sContent-Length: 10\r\n\r\n", cases[i].fields);
		stage_expect_problem(s, cases[i].status, cases[i].name, cases[i].field);
		/* the body was not read, so nothing can follow */
		assert_string_equal(stage_field(s, "Connection"), "close");
		stage_connect(s, false);
	}
	assert_int_equal(s->asked_count, 0);
}

static void
patch_beyond_the_length_is_refused(void **state)
{
	struct stage *s = *state;
	struct loan l;
	stage_say(s, PATCH "Content-Length: 10\r\n\r\nhelloworld");
	grant(s, &l, 3 + 4);
	flush(s, &l, 0, 3);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 413, "limit", NULL);
}

static void
patch_tells_that_the_disk_is_full(void **state)
{
	struct stage *s = *state;
	stage_say(s, PATCH "Content-Length: 10\r\n\r\nhelloworld");
	(void)stage_wait_asked(s, IPC_UPLOAD_OPEN);
	Provision__UploadReply reply = upload_at(3, 20);
	stage_answer(s, 0, &reply.base, open("/dev/full", O_WRONLY | O_CLOEXEC));
	(void)stage_wait_asked(s, IPC_UPLOAD_CLOSE);
	stage_answer(s, 0, &reply.base, -1);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 507, "full", NULL);
}

static void
patch_of_a_client_that_leaves_is_flushed(void **state)
{
	struct stage *s = *state;
	struct loan l;
	begin(s, &l);
	stage_disconnect(s);
	flush(s, &l, 0, 8);
	/* and one that leaves before it is granted */
	stage_connect(s, false);
	stage_say(s, PATCH "Content-Length: 10\r\n\r\n");
	(void)stage_wait_asked(s, IPC_UPLOAD_OPEN);
	stage_disconnect(s);
	stage_settle(s);
	grant(s, &l, 20);
	flush(s, &l, 0, 3);
	stage_settle(s);
	assert_int_equal(http_server_counts(s->web->https).requests, 0);
}

static void
patch_of_a_slow_client_is_cut_and_flushed(void **state)
{
	struct stage *s = *state;
	struct loan l;
	stage_hurry(s);
	begin(s, &l);
	flush(s, &l, 0, 8);
	assert_int_equal(stage_hear(s, false), 0);
	assert_int_equal(http_server_counts(s->web->https).timeouts_total, 1);
}

/* ---- the store goes ---- */

static void
expect_retryable(struct stage *s)
{
	(void)stage_hear(s, false);
	stage_expect_problem(s, 503, "unavailable", NULL);
	assert_string_equal(stage_field(s, "Retry-After"), "1");
	assert_string_equal(stage_field(s, "Tus-Resumable"), "1.0.0");
}

/* The store that starts again cannot grant the upload before web has let go of it. */
static void
patch_ends_with_its_link(void **state)
{
	struct stage *s = *state;
	struct loan l;
	begin(s, &l);
	stage_unlink(s);
	expect_retryable(s);
	assert_string_equal(stage_field(s, "Connection"), "close");
	loan_end(&l);
	assert_int_equal(s->role.lost, 1);
	assert_int_equal(s->role.lost_link, s->web->store_link);
	/* the client comes again */
	stage_link(s);
	stage_connect(s, false);
	begin(s, &l);
	stage_say(s, "world");
	flush(s, &l, 0, 13);
	assert_int_equal(stage_hear(s, false), 204);
	assert_int_equal(s->asked_count, 3);
}

/* The supervisor's word may come before the link is seen to be gone; a word about an older link means nothing. */
static void
patch_ends_with_detach_and_attach(void **state)
{
	struct stage *s = *state;
	struct loan l;
	begin(s, &l);
	web_detach(s->web, s->link - 1);
	stage_settle(s);
	assert_false(is_given_back(&l));
	web_detach(s->web, s->link);
	expect_retryable(s);
	loan_end(&l);
	stage_link(s);
	stage_connect(s, false);
	begin(s, &l);
	stage_link(s);
	expect_retryable(s);
	loan_end(&l);
}

/* Nobody is there to be answered, but the descriptor goes all the same; two at once. */
static void
patches_of_gone_clients_end_with_their_link(void **state)
{
	struct stage *s = *state;
	struct loan a, b;
	begin(s, &a);
	int left_open = s->client.fd;
	s->client.fd = -1;
	event_watch_cancel(&s->client.watch);
	stage_connect(s, false);
	begin(s, &b);
	stage_disconnect(s);
	ipc_server_drop(s->store, s->link);
	stage_settle(s);
	loan_end(&a);
	loan_end(&b);
	assert_null(s->asked);
	file_close(&left_open);
}

static void
patch_is_lost_while_the_store_works(void **state)
{
	struct stage *s = *state;
	struct loan l;
	stage_say(s, PATCH "Content-Length: 10\r\n\r\n");
	(void)stage_wait_asked(s, IPC_UPLOAD_OPEN);
	stage_unlink(s);
	stage_answer(s, ERR_IO, NULL, -1);
	expect_retryable(s);
	stage_link(s);
	stage_connect(s, false);
	begin(s, &l);
	stage_say(s, "world");
	(void)stage_wait_asked(s, IPC_UPLOAD_CLOSE);
	stage_unlink(s);
	stage_answer(s, ERR_IO, NULL, -1);
	expect_retryable(s);
	loan_end(&l);
	/* and while there is none */
	stage_say(s, "HEAD " UPLOAD STAGE_H STAGE_LOGIN TUS "\r\n");
	assert_int_equal(stage_hear(s, true), 503);
	assert_string_equal(stage_field(s, "Retry-After"), "1");
}

/* Granted or not, nobody knows: the store is told to take it back, and the client does not wait for that. */
static void
patch_that_is_granted_too_late_is_closed(void **state)
{
	struct stage *s = *state;
	struct loan l = loan_new();
	s->web->store_timeout_ms = 20;
	stage_say(s, PATCH "Content-Length: 10\r\n\r\n");
	(void)stage_wait_asked(s, IPC_UPLOAD_OPEN);
	struct ipc_request *late = s->asked;
	s->asked = NULL;
	(void)stage_hear(s, false);
	stage_expect_problem(s, 504, "timeout", NULL);
	expect_ones(((const Provision__UploadClose *)(const void *)stage_wait_asked(s, IPC_UPLOAD_CLOSE))->upload);
	Provision__UploadReply reply = upload_at(3, 20);
	ipc_server_reply(&late, 0, &reply.base, &l.out);
	stage_settle(s);
	loan_end(&l);
	stage_answer(s, ERR_STATE, NULL, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(create_asks_and_tells_the_place), TEST(create_refuses), TEST(head_tells_what_is_durable), TEST(delete_gives_up),
		TEST(options_need_nobody), TEST(patch_writes_and_tells_the_durable_offset), TEST(patch_waits_with_continue),
		TEST(patch_refuses), TEST(patch_beyond_the_length_is_refused), TEST(patch_tells_that_the_disk_is_full),
		TEST(patch_of_a_client_that_leaves_is_flushed), TEST(patch_of_a_slow_client_is_cut_and_flushed),
		TEST(patch_ends_with_its_link), TEST(patch_ends_with_detach_and_attach),
		TEST(patches_of_gone_clients_end_with_their_link), TEST(patch_is_lost_while_the_store_works),
		TEST(patch_that_is_granted_too_late_is_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
