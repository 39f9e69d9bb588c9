/* SPDX-License-Identifier: MIT */
/*
 * Inside http/ only: where a request's body begins and ends (llhttp, strict). The head has passed http/head.h
 * before; llhttp must come to the same result. Chunked framing is narrowed to size lines and CRLF: no
 * extensions, no trailers, nothing that two readers could take differently.
 */
#ifndef HTTP_FRAME_H
#define HTTP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

struct http_frame;

/* body gets the pieces of the body, borrowed; an error it returns ends the feeding with that error. */
struct http_frame *http_frame_new(int (*body)(void *arg, struct view bytes), void *arg);
void http_frame_free(struct http_frame **f);
/* The bytes of the head, and what http_head_parse() said of the body. ERR_SYNTAX: llhttp sees it differently. */
int http_frame_head(struct http_frame *f, struct view bytes, bool is_chunked, uint64_t length) ERR_CHECK;
/* Bytes of the body as they come; *used_r: how many belong to this request. ERR_SYNTAX, or body's error. */
int http_frame_feed(struct http_frame *f, struct view bytes, size_t *used_r) ERR_CHECK;
/* The body (which may be empty) is complete. */
bool http_frame_is_complete(const struct http_frame *f);

#endif
