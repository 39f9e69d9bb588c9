/* SPDX-License-Identifier: MIT */
/*
 * tus 1.0.0 from the client's side: creation, then PATCH from the offset that HEAD tells, until everything is there. What
 * the server keeps is believed only between what it confirmed before and what was sent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/internal.h"
#include "base/fatal.h"
#include "base/text.h"

#define TUS_FIELD "Tus-Resumable: 1.0.0"
#define UPLOADS API_BASE "/uploads/"
/* So much more than was sent is marked as sent. */
#define MARK_AHEAD API_PATCH_MAX

/* One upload on its way. */
struct upload {
	struct api_client *client;
	const struct api_source *source;
	const struct api_progress *progress;
	struct api_mark *mark;  /* may be NULL */
	char path[API_PATH_MAX];
	uint64_t length;
	uint64_t offset;        /* durable on the server, as it said */
	uint64_t sent;          /* of this and earlier tries and processes: the server cannot have more */
	uint64_t at;            /* next byte of the present try */
	uint64_t end;           /* of the present try */
};

static int
begin(struct upload *u, const struct id *package, const char *part, struct api_retry *retry)
{
	char path[API_PATH_MAX], length[64], metadata[128];
	struct buf encoded;
	buf_init(&encoded, 64);
	require(text_base64(&encoded, view_str(part)) == 0);
	snprintf(path, sizeof(path), API_BASE "/packages/%s/parts", id_text(package).s);
	snprintf(length, sizeof(length), "Upload-Length: %" PRIu64, u->length);
	snprintf(metadata, sizeof(metadata), "Upload-Metadata: part %.*s", VIEW_FMT(buf_view(&encoded)));
	buf_deinit(&encoded);
	const char *fields[] = { TUS_FIELD, length, metadata, NULL };
	struct api_request r = { .method = HTTP_POST, .path = path, .fields = fields };
	struct api_answer a;
	for (;;) {
		api_transport_exchange(u->client->transport, &r, &a);
		if (!api_retry_wait(retry, &a))
			break;
		api_answer_deinit(&a);
	}
	struct view location = view_str(a.location);
	struct id upload;
	bool is_good = a.err == 0 && a.status == 201 && view_starts(location, VIEW_LIT(UPLOADS)) &&
	    id_parse(view_slice(location, sizeof(UPLOADS) - 1, location.len), &upload) == 0;
	int err = is_good ? 0 : api_internal_fail(u->client, &a);
	if (is_good)
		snprintf(u->path, sizeof(u->path), "%s", a.location);
	api_answer_deinit(&a);
	return err;
}

/* Takes the offset of an answer. ERR_CONFLICT: less than was durable, or more than was ever sent. */
static int
take_offset(struct upload *u, const struct api_answer *a)
{
	if (!a->has_upload_offset || a->upload_offset < u->offset || a->upload_offset > u->sent)
		return ERR_CONFLICT;
	u->offset = a->upload_offset;
	if (u->mark == NULL || u->offset <= u->mark->confirmed)
		return 0;
	u->mark->confirmed = u->offset;
	return u->mark->note(u->mark->arg, u->mark->confirmed, u->mark->sent);
}

static int
ask_offset(struct upload *u, struct api_retry *retry)
{
	const char *fields[] = { TUS_FIELD, NULL };
	struct api_request r = { .method = HTTP_HEAD, .path = u->path, .fields = fields };
	struct api_answer a;
	for (;;) {
		api_transport_exchange(u->client->transport, &r, &a);
		if (!api_retry_wait(retry, &a))
			break;
		api_answer_deinit(&a);
	}
	int err = a.err == 0 && a.status == 200 ? take_offset(u, &a) : api_internal_fail(u->client, &a);
	api_answer_deinit(&a);
	return err;
}

/* Before bytes go out: keeps that they may, ahead and not for each piece. */
static int
mark_sent(struct upload *u)
{
	if (u->mark == NULL || u->at <= u->mark->sent)
		return 0;
	u->mark->sent = u->length - u->at < MARK_AHEAD ? u->length : u->at + MARK_AHEAD;
	return u->mark->note(u->mark->arg, u->mark->confirmed, u->mark->sent);
}

static int
read_source(void *arg, void *out, size_t max, size_t *n_r)
{
	struct upload *u = arg;
	uint64_t rest = u->end - u->at;
	int err = u->source->read(u->source->arg, out, rest < max ? (size_t)rest : max, n_r);
	if (err != 0)
		return err;
	if (*n_r == 0 && rest > 0)
		return ERR_CHANGED;
	u->at += *n_r;
	if (u->at > u->sent)
		u->sent = u->at;
	err = mark_sent(u);
	if (err != 0)
		return err;
	if (u->progress != NULL)
		u->progress->moved(u->progress->arg, u->at, u->length);
	return 0;
}

/* One PATCH from the known offset on. */
static void
send_rest(struct upload *u, struct api_answer *a_r)
{
	char offset[64];
	snprintf(offset, sizeof(offset), "Upload-Offset: %" PRIu64, u->offset);
	const char *fields[] = { TUS_FIELD, offset, NULL };
	struct api_request r = { .method = HTTP_PATCH, .path = u->path, .fields = fields,
		.content_type = "application/offset+octet-stream", .read = read_source, .arg = u };
	u->at = u->offset;
	u->end = u->length - u->at < API_PATCH_MAX ? u->length : u->at + API_PATCH_MAX;
	r.length = u->end - u->at;
	api_transport_exchange(u->client->transport, &r, a_r);
}

/* 0: everything is there, or it is worth another round. */
static int
one_round(struct upload *u, struct api_retry *retry)
{
	struct api_answer a;
	uint64_t before = u->offset;
	/* after a PATCH that went well the source stands where it should */
	int err = u->at == before && u->end == before && before > 0 ? 0 : u->source->seek(u->source->arg, u->offset);
	if (err != 0)
		return err;
	send_rest(u, &a);
	if (a.err == 0 && a.status == 204) {
		err = take_offset(u, &a);
		if (err == 0 && u->offset == before)
			err = ERR_CONFLICT;
	} else if ((a.err == 0 && a.status == 409) || api_retry_wait(retry, &a)) {
		/* another writer not gone yet, or a break: where do we stand? */
		err = ask_offset(u, retry);
		if (err == 0 && u->offset == before && a.err == 0 && a.status == 409) {
			a.status = 503;
			err = api_retry_wait(retry, &a) ? 0 : a.err == ERR_CLOSED ? ERR_CLOSED : ERR_CONFLICT;
		}
	} else {
		err = api_internal_fail(u->client, &a);
	}
	if (err == 0 && u->offset > before)
		api_retry_progress(retry);
	api_answer_deinit(&a);
	return err;
}

int
api_client_upload(struct api_client *c, const struct id *package, const char *part, uint64_t length,
    const struct api_source *source, struct api_mark *mark, const struct api_progress *progress)
{
	struct upload u = { .client = c, .source = source, .progress = progress, .mark = mark, .length = length };
	struct api_retry retry = api_retry_start(&c->patience);
	int err = begin(&u, package, part, &retry);
	/* what an earlier run of the same program has sent may be there already */
	u.sent = mark == NULL ? length : mark->sent;
	u.offset = mark == NULL ? 0 : mark->confirmed;
	if (err == 0)
		err = ask_offset(&u, &retry);
	while (err == 0 && u.offset < length)
		err = one_round(&u, &retry);
	return err;
}
