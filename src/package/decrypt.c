/* SPDX-License-Identifier: MIT */
/*
 * From a downloaded body to checked plaintext, all cores at once. The caller's thread cuts the stream into chunks and calls the
 * sink in order; workers decrypt and check. The padding is compared byte by byte, so that nothing in a body is free to change.
 */
#include "package/decrypt.h"

#include <string.h>

#include "base/mem.h"
#include "package/lane.h"
#include "package/pipeline.h"

#define PADDING_STEP 65536U

struct package_decrypt {
	struct package_reader *r;
	struct package_sink sink;
	struct package_pipeline *pipeline;
	struct package_lane *lanes[PACKAGE_THREADS_MAX + 1];   /* the last is the calling thread's */
	unsigned threads;
	struct package_slot *filling;   /* the slot that gets bytes now, or NULL */
	uint32_t next;                  /* chunk to begin next */
	uint32_t delivered;             /* first chunk the sink has not taken */
	uint64_t offset;                /* of the body: what comes next */
	uint8_t *padding;               /* PADDING_STEP bytes, what should be there */
	int err;                        /* sticky */
};

static int
work(void *arg, unsigned thread, struct package_slot *slot)
{
	struct package_decrypt *d = arg;
	slot->out_len = slot->chunk.plain_bytes;
	return package_lane_decrypt(d->lanes[thread], &slot->chunk, view_of(slot->in, slot->in_len), slot->out);
}

struct package_decrypt *
package_decrypt_new(struct package_reader *r, const struct package_sink *sink, uint32_t from_chunk, unsigned threads)
{
	const struct package_layout *l = package_reader_layout(r);
	struct package_decrypt *d = mem_alloc(sizeof(*d));
	d->r = r;
	d->sink = *sink;
	d->next = d->delivered = from_chunk;
	d->offset = from_chunk < package_layout_chunk_count(l) ? package_layout_chunk(l, from_chunk).stored_offset :
	    package_layout_content_bytes(l);
	d->threads = package_pipeline_threads(threads);
	for (unsigned i = 0; i <= d->threads; i++)
		d->lanes[i] = package_lane_of_reader(r);
	d->padding = mem_alloc(PADDING_STEP);
	d->pipeline = package_pipeline_new(d->threads, PACKAGE_STORED_CHUNK_BYTES, PACKAGE_CHUNK_BYTES, work, d);
	return d;
}

void
package_decrypt_free(struct package_decrypt **d)
{
	if (*d == NULL)
		return;
	package_pipeline_free(&(*d)->pipeline);
	/* what was decrypted but not taken may come again */
	for (uint32_t i = (*d)->delivered; i < (*d)->next; i++)
		package_reader_forget((*d)->r, i);
	for (unsigned i = 0; i <= (*d)->threads; i++)
		package_lane_free(&(*d)->lanes[i]);
	mem_free(&(*d)->padding);
	mem_free(d);
}

/* The oldest result goes to the sink. */
static int
deliver(struct package_decrypt *d, struct package_slot *slot)
{
	int err = slot->err;
	if (err == 0)
		err = d->sink.chunk(d->sink.arg, &slot->chunk, view_of(slot->out, slot->out_len));
	package_pipeline_release(d->pipeline);
	if (err == 0)
		d->delivered++;
	return err;
}

/* Whatever is done goes to the sink; at_least_one: waits for the oldest. */
static int
drain(struct package_decrypt *d, bool at_least_one)
{
	struct package_slot *slot = at_least_one ? package_pipeline_wait(d->pipeline) : package_pipeline_ready(d->pipeline);
	int err = 0;
	while (slot != NULL && err == 0) {
		err = deliver(d, slot);
		slot = err == 0 ? package_pipeline_ready(d->pipeline) : NULL;
	}
	return err;
}

/* A slot for the next chunk, waiting for results while all are in use. */
static int
begin_chunk(struct package_decrypt *d)
{
	int err = drain(d, false);
	while (err == 0 && (d->filling = package_pipeline_next(d->pipeline)) == NULL)
		err = drain(d, true);
	if (err != 0)
		return err;
	d->filling->chunk = package_layout_chunk(package_reader_layout(d->r), d->next++);
	d->filling->in_len = 0;
	return 0;
}

/* Takes from *bytes what the current chunk still needs. */
static int
take_content(struct package_decrypt *d, struct view *bytes)
{
	if (d->filling == NULL) {
		int err = begin_chunk(d);
		if (err != 0)
			return err;
	}
	struct package_slot *slot = d->filling;
	size_t need = slot->chunk.stored_bytes - slot->in_len;
	size_t n = bytes->len < need ? bytes->len : need;
	memcpy(slot->in + slot->in_len, bytes->data, n);
	slot->in_len += n;
	d->offset += n;
	*bytes = view_slice(*bytes, n, SIZE_MAX);
	if (n == need) {
		package_pipeline_submit(d->pipeline);
		d->filling = NULL;
	}
	return 0;
}

static int
take_padding(struct package_decrypt *d, struct view *bytes)
{
	uint64_t left = package_layout_body_bytes(package_reader_layout(d->r)) - d->offset;
	size_t n = bytes->len < PADDING_STEP ? bytes->len : PADDING_STEP;
	if (bytes->len > left)
		return ERR_LIMIT;
	int err = package_lane_padding(d->lanes[d->threads], d->offset, d->padding, n);
	if (err != 0)
		return err;
	if (!view_equal(view_of(d->padding, n), view_slice(*bytes, 0, n)))
		return ERR_CRYPTO;
	d->offset += n;
	*bytes = view_slice(*bytes, n, SIZE_MAX);
	return 0;
}

int
package_decrypt_write(struct package_decrypt *d, struct view bytes)
{
	uint64_t content = package_layout_content_bytes(package_reader_layout(d->r));
	while (d->err == 0 && bytes.len > 0)
		d->err = d->offset < content ? take_content(d, &bytes) : take_padding(d, &bytes);
	return d->err;
}

int
package_decrypt_finish(struct package_decrypt *d)
{
	struct package_slot *slot;
	while (d->err == 0 && (slot = package_pipeline_wait(d->pipeline)) != NULL)
		d->err = deliver(d, slot);
	if (d->err == 0 && d->offset != package_layout_body_bytes(package_reader_layout(d->r)))
		d->err = ERR_CLOSED;
	return d->err;
}

uint32_t
package_decrypt_resume_chunk(const struct package_decrypt *d)
{
	return d->delivered;
}

uint64_t
package_decrypt_resume_offset(const struct package_decrypt *d)
{
	const struct package_layout *l = package_reader_layout(d->r);
	return d->delivered < package_layout_chunk_count(l) ? package_layout_chunk(l, d->delivered).stored_offset :
	    package_layout_content_bytes(l);
}
