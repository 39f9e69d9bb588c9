/* SPDX-License-Identifier: MIT */
/*
 * Inside event/ only: what a connection still has to send, bytes and ranges of files in order.
 */
#ifndef EVENT_OUTPUT_H
#define EVENT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

struct event_output_part;

struct event_output {
	struct event_output_part *first, *last;
	size_t bytes;          /* in memory */
	uint64_t outside_bytes;/* still in files, or borrowed */
	unsigned files;
};

/* Drops everything, closes files. */
void event_output_deinit(struct event_output *o);
void event_output_write(struct event_output *o, struct view v);
/* v lives longer than the queue. */
void event_output_static(struct event_output *o, struct view v);
/* Takes fd. ERR_LIMIT (fd closed): too many files queued. */
int event_output_file(struct event_output *o, int fd, uint64_t offset, uint64_t length) ERR_CHECK;
bool event_output_is_empty(const struct event_output *o);
/*
 * The next bytes to send, at most EVENT_PIECE_BYTES: in the queue itself or gathered in piece. Valid until the next
 * call. ERR_IO: a file is shorter than promised or cannot be read.
 */
int event_output_peek(struct event_output *o, uint8_t *piece, struct view *v_r) ERR_CHECK;
/* n bytes have been sent. */
void event_output_consume(struct event_output *o, size_t n);

#endif
