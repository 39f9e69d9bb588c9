/* SPDX-License-Identifier: MIT */
/* Uploads and downloads against a server that misbehaves (api/fake.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "api/fake.h"
#include "base/fatal.h"

#define PATIENCE_MS 5000

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

/* --- uploads */

struct source {
	uint64_t at, end;
	unsigned seeks;
	int err;                 /* given at the end instead of the end */
	struct api_mark *mark;
};

static int
source_seek(void *arg, uint64_t offset)
{
	struct source *s = arg;
	s->at = offset;
	s->seeks++;
	return 0;
}

static int
source_read(void *arg, void *out, size_t max, size_t *n_r)
{
	struct source *s = arg;
	uint64_t n = s->end - s->at < max ? s->end - s->at : max;
	memcpy(out, fake_body() + s->at, n);
	s->at += n;
	*n_r = n;
	return n == 0 ? s->err : 0;
}

static uint64_t last_done;

static void
moved(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	assert_int_equal(total, FAKE_SIZE);
	assert_true(done <= total);
	last_done = done;
}

static int
upload(uint8_t scenario, struct source *s)
{
	struct api_client *c = fake_client(&fake, PATIENCE_MS);
	struct api_source source = { .seek = source_seek, .read = source_read, .arg = s };
	struct api_progress progress = { .moved = moved };
	struct id package = fake_package(scenario);
	if (scenario == 8)
		memset(package.bytes + 1, 8, ID_BYTES - 1);   /* the same one each time */
	last_done = 0;
	int err = api_client_upload(c, &package, "body", FAKE_SIZE, &source, s->mark, &progress);
	api_client_free(&c);
	return err;
}

static void
an_upload_arrives(void **state)
{
	struct source s = { .end = FAKE_SIZE };
	(void)state;
	assert_int_equal(upload(1, &s), 0);
	assert_int_equal(s.seeks, 1);
	assert_int_equal(last_done, FAKE_SIZE);
}

static void
a_broken_upload_goes_on_where_the_server_stands(void **state)
{
	struct source s = { .end = FAKE_SIZE };
	(void)state;
	assert_int_equal(upload(2, &s), 0);
	assert_int_equal(s.seeks, 4);
	assert_int_equal(last_done, FAKE_SIZE);
	/* another writer was not gone yet */
	s = (struct source){ .end = FAKE_SIZE };
	assert_int_equal(upload(5, &s), 0);
	assert_int_equal(s.seeks, 2);
}

static void
a_lying_server_is_found_out(void **state)
{
	static const struct {
		uint8_t scenario;
		int err;
	} lies[] = { { 3, ERR_CONFLICT }, { 4, ERR_CONFLICT }, { 6, ERR_SYNTAX } };
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct source s = { .end = FAKE_SIZE };
		assert_int_equal(upload(lies[i].scenario, &s), lies[i].err);
	}
}

static unsigned notes;

static int
note(void *arg, uint64_t confirmed, uint64_t sent)
{
	const struct api_mark *m = arg;
	assert_true(m->confirmed == confirmed && m->sent == sent && confirmed <= sent && sent <= FAKE_SIZE);
	notes++;
	return 0;
}

static void
a_lie_to_the_next_process_is_found_out(void **state)
{
	struct api_mark fresh = { .note = note, .arg = &fresh }, lost = { .note = note, .arg = &lost, .confirmed = 500, .sent = 1000 };
	struct api_mark few = { .note = note, .arg = &few, .confirmed = 0, .sent = 1000 };
	struct source s = { .end = FAKE_SIZE, .mark = &lost };
	(void)state;
	/* the server has less than it confirmed to the process before */
	assert_int_equal(upload(8, &s), ERR_CONFLICT);
	s = (struct source){ .end = FAKE_SIZE, .mark = &fresh };
	notes = 0;
	assert_int_equal(upload(8, &s), 0);
	assert_int_equal(fresh.confirmed, FAKE_SIZE);
	assert_int_equal(fresh.sent, FAKE_SIZE);
	assert_int_equal(notes, 2);
	/* more than was ever sent; and what is true is believed */
	s = (struct source){ .end = FAKE_SIZE, .mark = &few };
	assert_int_equal(upload(8, &s), ERR_CONFLICT);
	s = (struct source){ .end = FAKE_SIZE, .mark = &fresh };
	assert_int_equal(upload(8, &s), 0);
	assert_int_equal(s.seeks, 0);
}

static void
a_refusal_while_sending_is_told(void **state)
{
	struct source s = { .end = FAKE_SIZE };
	(void)state;
	assert_int_equal(upload(7, &s), ERR_FULL);
}

static void
a_source_that_fails_ends_the_upload(void **state)
{
	struct source shorter = { .end = FAKE_SIZE - 5 }, broken = { .end = 500000, .err = ERR_IO };
	(void)state;
	assert_int_equal(upload(1, &shorter), ERR_CHANGED);
	assert_int_equal(upload(1, &broken), ERR_IO);
	assert_int_equal(broken.seeks, 1);
}

/* --- downloads */

struct sink {
	uint64_t got;
	uint64_t fail_at;        /* 0: never */
};

static int
sink_write(void *arg, struct view bytes)
{
	struct sink *s = arg;
	if (s->got + bytes.len > FAKE_SIZE || memcmp(fake_body() + s->got, bytes.data, bytes.len) != 0)
		fail_msg("other bytes at %llu", (unsigned long long)s->got);
	s->got += bytes.len;
	return s->fail_at != 0 && s->got > s->fail_at ? ERR_FULL : 0;
}

static int
download(uint8_t scenario, struct sink *s)
{
	struct api_client *c = fake_client(&fake, PATIENCE_MS);
	struct api_sink sink = { .write = sink_write, .arg = s };
	struct api_progress progress = { .moved = moved };
	struct id package = fake_package(scenario);
	uint64_t offset = s->got;
	int err = api_client_download(c, &package, "body", offset, FAKE_SIZE, &sink, &progress);
	api_client_free(&c);
	return err;
}

static void
a_download_arrives(void **state)
{
	struct sink s = { .got = 0 }, later = { .got = 777777 };
	(void)state;
	assert_int_equal(download(1, &s), 0);
	assert_int_equal(s.got, FAKE_SIZE);
	assert_int_equal(last_done, FAKE_SIZE);
	assert_int_equal(download(1, &later), 0);
	assert_int_equal(later.got, FAKE_SIZE);
}

static void
a_broken_download_goes_on_behind_what_came(void **state)
{
	struct sink s = { .got = 0 };
	(void)state;
	assert_int_equal(download(2, &s), 0);
	assert_int_equal(s.got, FAKE_SIZE);
}

static void
other_bytes_never_reach_the_sink(void **state)
{
	static const struct {
		uint8_t scenario;
		int err;
		uint64_t got_max;
	} bad[] = {
		{ 3, ERR_TRUST, 150000 },         /* changed between two tries */
		{ 4, ERR_SYNTAX, 0 },             /* another range than was asked for */
		{ 5, ERR_LIMIT, FAKE_SIZE },      /* more than was asked for */
		{ 6, ERR_ERASED, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sink s = { .got = 0 };
		assert_int_equal(download(bad[i].scenario, &s), bad[i].err);
		assert_true(s.got <= bad[i].got_max);
	}
}

static void
a_sink_that_fails_ends_the_download(void **state)
{
	struct sink s = { .fail_at = 400000 };
	(void)state;
	assert_int_equal(download(1, &s), ERR_FULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_upload_arrives),
		cmocka_unit_test(a_broken_upload_goes_on_where_the_server_stands),
		cmocka_unit_test(a_lie_to_the_next_process_is_found_out),
		cmocka_unit_test(a_lying_server_is_found_out),
		cmocka_unit_test(a_refusal_while_sending_is_told),
		cmocka_unit_test(a_source_that_fails_ends_the_upload),
		cmocka_unit_test(a_download_arrives),
		cmocka_unit_test(a_broken_download_goes_on_behind_what_came),
		cmocka_unit_test(other_bytes_never_reach_the_sink),
		cmocka_unit_test(a_sink_that_fails_ends_the_download),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
