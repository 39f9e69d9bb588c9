/* SPDX-License-Identifier: MIT */
/*
 * The output queue of a connection: a list of parts, each a chunk of bytes, borrowed bytes or a range of a file. Small writes
 * gather in one chunk, and a head and the file behind it in one record. Must not know how bytes are sent.
 */
#include "event/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/log.h"
#include "base/mem.h"
#include "event/backend.h"

#define CHUNK_LEAST 1024
#define FILES_MAX 16

struct event_output_part {
	struct event_output_part *next;
	int fd;                /* -1: bytes */
	uint64_t offset;       /* file: the next byte */
	uint64_t length;       /* file: bytes left */
	const uint8_t *bytes;  /* data, or borrowed */
	size_t start, end, cap;/* bytes[start..end) is left; cap 0: borrowed */
	uint8_t data[];
};

static void
append(struct event_output *o, struct event_output_part *p)
{
	if (o->last == NULL)
		o->first = p;
	else
		o->last->next = p;
	o->last = p;
}

static void
drop_first(struct event_output *o)
{
	struct event_output_part *p = o->first;
	o->first = p->next;
	if (o->first == NULL)
		o->last = NULL;
	if (p->fd >= 0) {
		close(p->fd);
		o->files--;
	}
	mem_free(&p);
}

void
event_output_deinit(struct event_output *o)
{
	while (o->first != NULL)
		drop_first(o);
	*o = (struct event_output){ .first = NULL };
}

/* Room at the end of the last chunk, or in a new one. */
static struct event_output_part *
chunk_for(struct event_output *o, size_t n)
{
	struct event_output_part *p = o->last;
	if (p != NULL && p->fd < 0 && p->end < p->cap)
		return p;
	size_t cap = n < CHUNK_LEAST ? CHUNK_LEAST : n > EVENT_PIECE_BYTES ? EVENT_PIECE_BYTES : n;
	p = mem_alloc(sizeof(*p) + cap);
	p->fd = -1;
	p->bytes = p->data;
	p->cap = cap;
	append(o, p);
	return p;
}

void
event_output_write(struct event_output *o, struct view v)
{
	while (v.len > 0) {
		struct event_output_part *p = chunk_for(o, v.len);
		size_t n = p->cap - p->end < v.len ? p->cap - p->end : v.len;
		memcpy(p->data + p->end, v.data, n);
		p->end += n;
		o->bytes += n;
		v = view_slice(v, n, v.len);
	}
}

void
event_output_static(struct event_output *o, struct view v)
{
	if (v.len == 0)
		return;
	struct event_output_part *p = mem_alloc(sizeof(*p));
	p->fd = -1;
	p->bytes = v.data;
	p->end = v.len;
	append(o, p);
	o->outside_bytes += v.len;
}

int
event_output_file(struct event_output *o, int fd, uint64_t offset, uint64_t length)
{
	if (o->files >= FILES_MAX || length == 0) {
		close(fd);
		return length == 0 ? 0 : ERR_LIMIT;
	}
	struct event_output_part *p = mem_alloc(sizeof(*p));
	p->fd = fd;
	p->offset = offset;
	p->length = length;
	append(o, p);
	o->outside_bytes += length;
	o->files++;
	return 0;
}

bool
event_output_is_empty(const struct event_output *o)
{
	return o->first == NULL;
}

static int
read_file(const struct event_output_part *p, uint8_t *to, size_t n)
{
	size_t done = 0;
	while (done < n) {
		ssize_t r = pread(p->fd, to + done, n - done, (off_t)(p->offset + done));
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			log_event(LOG_WARNING, "send-file-failed", LOG_ERRNO(r < 0 ? errno : ENODATA));
			return ERR_IO;
		}
		done += (size_t)r;
	}
	return 0;
}

/* Puts what p holds, at most room bytes, into piece. */
static int
gather(const struct event_output_part *p, uint8_t *piece, size_t room, size_t *n_r)
{
	uint64_t left = p->fd < 0 ? p->end - p->start : p->length;
	*n_r = left < room ? (size_t)left : room;
	if (p->fd >= 0)
		return read_file(p, piece, *n_r);
	memcpy(piece, p->bytes + p->start, *n_r);
	return 0;
}

int
event_output_peek(struct event_output *o, uint8_t *piece, struct view *v_r)
{
	const struct event_output_part *p = o->first;
	if (p->fd < 0 && (p->next == NULL || p->end - p->start >= EVENT_PIECE_BYTES)) {
		*v_r = view_of(p->bytes + p->start, p->end - p->start);
		return 0;
	}
	size_t done = 0;
	for (; p != NULL && done < EVENT_PIECE_BYTES; p = p->next) {
		size_t n = 0;
		int err = gather(p, piece + done, EVENT_PIECE_BYTES - done, &n);
		if (err != 0)
			return err;
		done += n;
	}
	*v_r = view_of(piece, done);
	return 0;
}

void
event_output_consume(struct event_output *o, size_t n)
{
	while (n > 0) {
		struct event_output_part *p = o->first;
		require(p != NULL);
		uint64_t left = p->fd < 0 ? p->end - p->start : p->length;
		size_t k = left < n ? (size_t)left : n;
		if (p->fd < 0) {
			p->start += k;
		} else {
			p->offset += k;
			p->length -= k;
		}
		if (p->cap > 0)
			o->bytes -= k;
		else
			o->outside_bytes -= k;
		n -= k;
		if (k == left)
			drop_first(o);
	}
}
