/* SPDX-License-Identifier: MIT */
/* web/download.h and web/cut.h: parts by range, and that erasing a package ends what is still being sent. */
#include "config.h"

#include "web/stage.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "record/package.pb-c.h"

#define BODY "/api/v1/packages/" STAGE_ID "/body"
#define TEXT "0123456789"
/* More than a socket and the server's buffers take. */
#define LARGE ((uint64_t)64 << 20)

static int
file_of(const char *text, uint64_t size)
{
	int fd = memfd_create("part", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(file_pwrite_full(fd, text, strlen(text), 0), 0);
	return fd;
}

/* The store checks and lends the part. */
static void
lend(struct stage *s, Provision__PackagePart part, const char *text, uint64_t size)
{
	const Provision__PartOpen *m = (const void *)stage_wait_asked(s, IPC_PART_OPEN);
	assert_int_equal(m->package.len, 16);
	assert_int_equal(m->package.data[0], 1);
	assert_int_equal(m->part, part);
	assert_int_equal(m->caller->session.len, 32);
	Provision__PartOpenReply reply = PROVISION__PART_OPEN_REPLY__INIT;
	reply.size = size;
	stage_answer(s, 0, &reply.base, file_of(text, size));
}

static int
ask_part(struct stage *s, const char *fields)
{
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "%s\r\n", fields);
	lend(s, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY, TEXT, strlen(TEXT));
	return stage_hear(s, false);
}

static void
each_part_is_sent_whole(void **state)
{
	struct stage *s = *state;
	static const struct { const char *name; Provision__PackagePart part; } parts[] = {
		{ "manifest", PROVISION__PACKAGE_PART__PACKAGE_PART_MANIFEST }, { "body", PROVISION__PACKAGE_PART__PACKAGE_PART_BODY },
		{ "seal", PROVISION__PACKAGE_PART__PACKAGE_PART_SEAL },
	};
	char etags[3][64];
	for (size_t i = 0; i < 3; i++) {
		stage_say(s, "GET /api/v1/packages/" STAGE_ID "/%s" STAGE_H STAGE_LOGIN "\r\n", parts[i].name);
		lend(s, parts[i].part, TEXT, strlen(TEXT));
		assert_int_equal(stage_hear(s, false), 200);
		assert_string_equal(stage_body(s), TEXT);
		assert_string_equal(stage_field(s, "Content-Type"), "application/octet-stream");
		assert_string_equal(stage_field(s, "Accept-Ranges"), "bytes");
		assert_string_equal(stage_field(s, "Cache-Control"), "no-store");
		(void)snprintf(etags[i], sizeof(etags[i]), "%s", stage_field(s, "ETag"));
		assert_int_equal(etags[i][0], '"');
		assert_non_null(strstr(etags[i], STAGE_ID));
	}
	/* so that no range of one is ever joined to another */
	assert_string_not_equal(etags[0], etags[1]);
	assert_string_not_equal(etags[1], etags[2]);
	assert_string_not_equal(etags[0], etags[2]);
	stage_say(s, "HEAD " BODY STAGE_H STAGE_LOGIN "\r\n");
	lend(s, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY, TEXT, strlen(TEXT));
	assert_int_equal(stage_hear(s, true), 200);
	assert_string_equal(stage_field(s, "Content-Length"), "10");
	stage_settle(s);
	assert_null(s->web->cuts.first);
}

static void
ranges_have_edges(void **state)
{
	struct stage *s = *state;
	static const struct {
		const char *fields;
		int status;
		const char *range, *body;
	} cases[] = {
		{ "Range: bytes=0-0\r\n", 206, "bytes 0-0/10", "0" },
		{ "Range: bytes=9-\r\n", 206, "bytes 9-9/10", "9" },
		{ "Range: bytes=9-9\r\n", 206, "bytes 9-9/10", "9" },
		{ "Range: bytes=3-99\r\n", 206, "bytes 3-9/10", "3456789" },
		{ "Range: bytes=-4\r\n", 206, "bytes 6-9/10", "6789" },
		{ "Range: bytes=-99\r\n", 206, "bytes 0-9/10", TEXT },
		{ "Range: bytes=0-\r\n", 206, "bytes 0-9/10", TEXT },
		{ "Range: bytes=10-\r\n", 416, "bytes */10", NULL },
		{ "Range: bytes=18446744073709551615-\r\n", 416, "bytes */10", NULL },
		{ "Range: bytes=-0\r\n", 416, "bytes */10", NULL },
		/* what is no single range is no range */
		{ "Range: bytes=5-4\r\n", 200, "", TEXT },
		{ "Range: bytes=18446744073709551616-\r\n", 200, "", TEXT },
		{ "Range: bytes=0-1,3-4\r\n", 200, "", TEXT },
		{ "Range: lines=0-1\r\n", 200, "", TEXT },
		{ "Range: bytes=a-b\r\n", 200, "", TEXT },
		/* of another file */
		{ "Range: bytes=3-4\r\nIf-Range: \"other\"\r\n", 200, "", TEXT },
		{ "Range: bytes=3-4\r\nIf-Range: W/\"" STAGE_ID "-2\"\r\n", 200, "", TEXT },
		{ "Range: bytes=3-4\r\nIf-Range: \"" STAGE_ID "-2\"\r\n", 206, "bytes 3-4/10", "34" },
		{ "If-None-Match: \"" STAGE_ID "-2\"\r\n", 304, "", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (ask_part(s, cases[i].fields) != cases[i].status)
			fail_msg("%s: %d", cases[i].fields, s->client.status);
		assert_string_equal(stage_field(s, "Content-Range"), cases[i].range);
		if (cases[i].body != NULL)
			assert_string_equal(stage_body(s), cases[i].body);
		else
			stage_expect_problem(s, 416, "limit", NULL);
	}
	/* nothing at all */
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "Range: bytes=0-\r\n\r\n");
	lend(s, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY, "", 0);
	assert_int_equal(stage_hear(s, false), 416);
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "\r\n");
	lend(s, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY, "", 0);
	assert_int_equal(stage_hear(s, false), 200);
	assert_string_equal(stage_field(s, "Content-Length"), "0");
}

static void
the_store_refuses(void **state)
{
	struct stage *s = *state;
	static const int errs[] = { ERR_NOT_FOUND, ERR_DENIED, ERR_ERASED };
	for (size_t i = 0; i < 3; i++) {
		stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "\r\n");
		(void)stage_wait_asked(s, IPC_PART_OPEN);
		stage_answer(s, errs[i], NULL, -1);
		(void)stage_hear(s, false);
		stage_expect_problem(s, err_http_status(errs[i]), err_name(errs[i]), NULL);
	}
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_PART_OPEN);
	stage_unlink(s);
	(void)stage_hear(s, false);
	stage_expect_problem(s, 503, "unavailable", NULL);
	stage_answer(s, ERR_IO, NULL, -1);
	assert_null(s->web->cuts.first);
}

/* ---- while it is being sent ---- */

static void
begin_large(struct stage *s)
{
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "\r\n");
	lend(s, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY, TEXT, LARGE);
	while (s->client.in.len == 0) {
		event_loop_step(s->loop, false);
		assert_false(s->is_late);
	}
}

/* Reads on to the end of the connection; how many bytes came in all. */
static size_t
drain(struct stage *s)
{
	size_t n = 0;
	while (!s->client.is_over) {
		n += s->client.in.len;
		buf_clear(&s->client.in);
		event_loop_step(s->loop, true);
		assert_false(s->is_late);
	}
	return n + s->client.in.len;
}

static void
erase(struct stage *s, uint8_t which)
{
	uint8_t id[16];
	memset(id, which, sizeof(id));
	Provision__PackageCut m = PROVISION__PACKAGE_CUT__INIT;
	m.package = (ProtobufCBinaryData){ sizeof(id), id };
	ipc_server_tell_link(s->store, s->link, IPC_PACKAGE_CUT, &m.base);
	stage_settle(s);
}

static void
erasing_cuts_the_download(void **state)
{
	struct stage *s = *state;
	begin_large(s);
	erase(s, 2);                    /* of another package */
	assert_non_null(s->web->cuts.first);
	assert_int_equal(http_server_counts(s->web->https).connections, 1);
	erase(s, 1);
	assert_null(s->web->cuts.first);
	assert_int_equal(http_server_counts(s->web->https).connections, 0);
	assert_true(drain(s) < LARGE);
}

static void
a_client_that_leaves_is_forgotten(void **state)
{
	struct stage *s = *state;
	begin_large(s);
	stage_disconnect(s);
	stage_settle(s);
	assert_null(s->web->cuts.first);
	/* and one that leaves while the store is asked */
	stage_connect(s, false);
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_PART_OPEN);
	stage_disconnect(s);
	stage_settle(s);
	lend(s, PROVISION__PACKAGE_PART__PACKAGE_PART_BODY, TEXT, strlen(TEXT));
	stage_settle(s);
	assert_null(s->web->cuts.first);
	assert_int_equal(http_server_counts(s->web->https).requests, 0);
}

/* A file that is shorter than the store said must not look like the whole. */
static void
a_short_file_ends_the_connection(void **state)
{
	struct stage *s = *state;
	stage_say(s, "GET " BODY STAGE_H STAGE_LOGIN "\r\n");
	(void)stage_wait_asked(s, IPC_PART_OPEN);
	Provision__PartOpenReply reply = PROVISION__PART_OPEN_REPLY__INIT;
	reply.size = 20;
	stage_answer(s, 0, &reply.base, file_of(TEXT, strlen(TEXT)));
	assert_int_equal(stage_hear(s, false), 0);
}

/* While the store is away nobody would tell of an erasure. */
static void
the_link_takes_downloads_with_it(void **state)
{
	struct stage *s = *state;
	begin_large(s);
	stage_unlink(s);
	stage_settle(s);
	assert_null(s->web->cuts.first);
	assert_true(drain(s) < LARGE);
	stage_connect(s, false);
	stage_link(s);
	begin_large(s);
	web_detach(s->web, s->link);
	stage_settle(s);
	assert_null(s->web->cuts.first);
	stage_connect(s, false);
	stage_link(s);
	begin_large(s);
	stage_link(s);
	stage_settle(s);
	assert_null(s->web->cuts.first);
}

static void
many_are_cut_at_once(void **state)
{
	struct stage *s = *state;
	int left_open[3];
	for (size_t i = 0; i < 3; i++) {
		begin_large(s);
		event_watch_cancel(&s->client.watch);
		left_open[i] = s->client.fd;
		s->client.fd = -1;
		stage_connect(s, false);
	}
	assert_int_equal(http_server_counts(s->web->https).requests, 3);
	erase(s, 1);
	assert_int_equal(http_server_counts(s->web->https).requests, 0);
	assert_null(s->web->cuts.first);
	for (size_t i = 0; i < 3; i++)
		file_close(&left_open[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_setup, stage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_part_is_sent_whole), TEST(ranges_have_edges), TEST(the_store_refuses), TEST(erasing_cuts_the_download),
		TEST(a_client_that_leaves_is_forgotten), TEST(a_short_file_ends_the_connection), TEST(many_are_cut_at_once),
		TEST(the_link_takes_downloads_with_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
