/* SPDX-License-Identifier: MIT */
/*
 * Glue between api/ (uploads, downloads), package/ (pipelines) and the terminal. Knows neither files nor keys.
 */
#include "cli/transfer.h"

#include <string.h>

#include "cli/server.h"
#include "tool/progress.h"
#include "tool/stop.h"

static void
moved(void *arg, uint64_t done, uint64_t total)
{
	tool_progress_move(arg, done, total);
}

/* --- out of memory */

struct memory {
	struct view all, rest;
};

static int
memory_seek(void *arg, uint64_t offset)
{
	struct memory *m = arg;
	m->rest = view_slice(m->all, (size_t)offset, m->all.len);
	return 0;
}

static int
memory_read(void *arg, void *out, size_t max, size_t *n_r)
{
	struct memory *m = arg;
	struct view piece = view_slice(m->rest, 0, max);
	if (piece.len > 0)
		memcpy(out, piece.data, piece.len);
	m->rest = view_slice(m->rest, piece.len, m->rest.len);
	*n_r = piece.len;
	return 0;
}

int
cli_transfer_put(struct cli_session *s, const struct id *package, const char *part, struct view bytes)
{
	struct memory memory = { .all = bytes, .rest = bytes };
	struct api_source source = { .seek = memory_seek, .read = memory_read, .arg = &memory };
	int err = api_client_upload(s->client, package, part, bytes.len, &source, NULL, NULL);
	return err == 0 ? 0 : cli_server_fail(s->call, s->client, err);
}

/* --- the body, out of the pipeline */

struct body {
	struct package_writer *writer;
	const struct package_source *source;
	struct package_encrypt *pipeline;
	int64_t bad;
	int err;                 /* of the pipeline */
};

static int
body_seek(void *arg, uint64_t offset)
{
	struct body *b = arg;
	package_encrypt_free(&b->pipeline);
	b->pipeline = package_encrypt_new(b->writer, b->source, offset, 0);
	return 0;
}

static int
body_read(void *arg, void *out, size_t max, size_t *n_r)
{
	struct body *b = arg;
	*n_r = 0;
	if (tool_stop_is_wanted())
		return ERR_CLOSED;
	b->err = package_encrypt_read(b->pipeline, out, max, n_r);
	if (b->err != 0)
		b->bad = package_encrypt_bad_entry(b->pipeline);
	return b->err;
}

static int
hash_again(struct body *b, uint64_t length)
{
	uint8_t none[1];
	size_t n;
	int err = body_seek(b, length);
	return err == 0 ? body_read(b, none, sizeof(none), &n) : err;
}

int
cli_transfer_put_body(struct cli_session *s, const struct id *package, struct package_writer *w,
    const struct package_source *source, struct api_mark *mark, int64_t *bad_r)
{
	struct body body = { .writer = w, .source = source, .bad = -1 };
	struct api_source out = { .seek = body_seek, .read = body_read, .arg = &body };
	struct tool_progress bar;
	struct api_progress progress = { .moved = moved, .arg = &bar };
	uint64_t length = package_layout_body_bytes(package_writer_layout(w));
	tool_progress_begin(&bar, "sending");
	int err = api_client_upload(s->client, package, "body", length, &out, mark, &progress);
	/* all of it was there already: what is signed is what lies here */
	if (err == 0 && package_writer_missing(w) != 0 && mark->sent == length)
		err = hash_again(&body, length);
	tool_progress_end(&bar);
	package_encrypt_free(&body.pipeline);
	*bad_r = body.bad;
	if (body.err != 0)
		return body.err;
	if (err == 0 && package_writer_missing(w) != 0)
		return tool_verb_fail(s->call, ERR_CONFLICT, "the server says it has bytes that were never sent");
	return err == 0 ? 0 : cli_server_fail(s->call, s->client, err);
}

/* --- into memory */

static int
memory_write(void *arg, struct view bytes)
{
	return buf_append_view(arg, bytes);
}

int
cli_transfer_get(struct cli_session *s, const struct id *package, const char *part, uint64_t size, struct buf *out)
{
	struct api_sink sink = { .write = memory_write, .arg = out };
	if (size > out->max - out->len)
		return tool_verb_fail(s->call, ERR_LIMIT, "the %s of this package is larger than any can be", part);
	int err = api_client_download(s->client, package, part, 0, size, &sink, NULL);
	return err == 0 ? 0 : cli_server_fail(s->call, s->client, err);
}

/* --- the body, into a pipeline */

struct delivery {
	const struct api_sink *sink;
	int err;
};

static int
delivery_write(void *arg, struct view bytes)
{
	struct delivery *d = arg;
	if (tool_stop_is_wanted())
		return ERR_CLOSED;
	d->err = d->sink->write(d->sink->arg, bytes);
	return d->err;
}

int
cli_transfer_get_into(struct cli_session *s, const struct id *package, const char *part, uint64_t offset, uint64_t size,
    const struct api_sink *sink)
{
	struct delivery delivery = { .sink = sink };
	struct api_sink in = { .write = delivery_write, .arg = &delivery };
	struct tool_progress bar;
	struct api_progress progress = { .moved = moved, .arg = &bar };
	tool_progress_begin(&bar, "receiving");
	int err = api_client_download(s->client, package, part, offset, size, &in, &progress);
	tool_progress_end(&bar);
	if (delivery.err != 0)
		return delivery.err;
	return err == 0 ? 0 : cli_server_fail(s->call, s->client, err);
}
