/* SPDX-License-Identifier: MIT */
/*
 * An archive on its way to disk (FORMAT.md): a tar file that has its name only when it is whole. Members come in order; documents are
 * JSON written bit by bit beside them, so that memory does not follow what is exported.
 */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "http/json_write.h"

struct archive;

/* What was written so far. */
struct archive_count {
	uint64_t conversations, entries, letters, packages;
};

/*
 * kind: "company" or "person"; host: of the service, as in links. *a_r owned. ERR_EXISTS: the file is there already.
 */
int archive_begin(const char *path, const char *kind, const char *host, uint64_t made_ms, struct archive **a_r) ERR_CHECK;
/* Writes the index, then the file gets its name; takes *a. ERR_EXISTS: somebody else has taken the name meanwhile. */
int archive_finish(struct archive **a) ERR_CHECK;
/* Takes *a, accepts NULL: nothing is left behind. */
void archive_give_up(struct archive **a);
/* To be counted up by whoever writes. */
struct archive_count *archive_count(struct archive *a);
uint64_t archive_made_ms(const struct archive *a);

/* A whole member. */
int archive_put(struct archive *a, const char *name, struct view content, uint64_t time_ms) ERR_CHECK;
/* One whose bytes come one after the other, exactly size of them (panic otherwise). No other member meanwhile. */
int archive_stream_begin(struct archive *a, const char *name, uint64_t size, uint64_t time_ms) ERR_CHECK;
int archive_stream_write(struct archive *a, struct view bytes) ERR_CHECK;
int archive_stream_end(struct archive *a) ERR_CHECK;

/* A JSON document: an object that is open when it begins, and often a list in it. */
struct archive_document;

/* name, kept as a copy: also what the index says of it. *d_r owned. */
int archive_document_begin(struct archive *a, const char *name, struct archive_document **d_r) ERR_CHECK;
/* To write members with. */
struct http_json_write *archive_document_json(struct archive_document *d);
/* After each item of a list, so that it has a line of its own and memory is given back. */
int archive_document_item(struct archive_document *d) ERR_CHECK;
/* In the middle of a long item. */
int archive_document_flush(struct archive_document *d) ERR_CHECK;
/* Closes the object and makes it a member; takes *d. err: what has gone wrong before, then it is only given up; returned. */
int archive_document_end(struct archive_document **d, int err) ERR_CHECK;

#endif
