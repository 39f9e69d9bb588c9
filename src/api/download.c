/* SPDX-License-Identifier: MIT */
/*
 * Range downloads that go on after a break. The first answer's strong ETag is sent as If-Range from then on: a part that
 * changed comes whole (200) instead of as a range (206) and is refused.
 */
#include <inttypes.h>
#include <stdio.h>

#include "api/internal.h"

struct download {
	struct api_client *client;
	const struct api_sink *sink;
	const struct api_progress *progress;
	uint64_t offset;        /* next byte that is wanted */
	uint64_t size;
	char etag[API_FIELD_MAX];
};

static int
take(void *arg, struct view bytes)
{
	struct download *d = arg;
	if (bytes.len > d->size - d->offset)
		return ERR_LIMIT;
	d->offset += bytes.len;
	if (d->progress != NULL)
		d->progress->moved(d->progress->arg, d->offset, d->size);
	return d->sink->write(d->sink->arg, bytes);
}

static void
fetch(struct download *d, const char *path, struct api_answer *a_r)
{
	char range[96], if_range[API_FIELD_MAX + 16];
	const char *fields[] = { range, NULL, NULL };
	snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-%" PRIu64, d->offset, d->size - 1);
	snprintf(if_range, sizeof(if_range), "If-Range: %s", d->etag);
	if (d->etag[0] != '\0')
		fields[1] = if_range;
	struct api_request r = { .method = HTTP_GET, .path = path, .fields = fields, .write = take,
		.range_first = d->offset, .arg = d };
	api_transport_exchange(d->client->transport, &r, a_r);
	if (a_r->status == 206 && d->etag[0] == '\0')
		snprintf(d->etag, sizeof(d->etag), "%s", a_r->etag);
}

int
api_client_download(struct api_client *c, const struct id *package, const char *part, uint64_t offset, uint64_t size,
    const struct api_sink *sink, const struct api_progress *progress)
{
	struct download d = { .client = c, .sink = sink, .progress = progress, .offset = offset, .size = size };
	struct api_retry retry = api_retry_start(&c->patience);
	char path[API_PATH_MAX];
	int err = 0;
	snprintf(path, sizeof(path), API_BASE "/packages/%s/%s", id_text(package).s, part);
	while (err == 0 && d.offset < d.size) {
		struct api_answer a;
		uint64_t before = d.offset;
		fetch(&d, path, &a);
		bool is_more = a.err == 0 && a.status == 206 && d.offset > before;
		if (d.offset > before)
			api_retry_progress(&retry);
		if (!is_more && !api_retry_wait(&retry, &a))
			err = api_internal_fail(c, &a);
		api_answer_deinit(&a);
	}
	return err;
}
