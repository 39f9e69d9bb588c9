/* SPDX-License-Identifier: MIT */
/*
 * The OpenAPI 3.1 description, made from the table of operations, the descriptors of the messages and their
 * limits: what the server does is what it says.
 */
#ifndef REST_DOCUMENT_H
#define REST_DOCUMENT_H

#include "base/buf.h"
#include "base/err.h"

#define REST_DOCUMENT_MAX ((size_t)1024 * 1024)
/* What a browser's session is kept in. */
#define REST_DOCUMENT_COOKIE "__Host-provision-session"

/* Items of a page for who does not say how many. */
#define REST_DOCUMENT_LIMIT 50
/* The header field of operations whose repeat is REST_REPEAT_KEY. */
#define REST_DOCUMENT_IDEMPOTENCY_KEY "Idempotency-Key"

/* Appends the description as JSON. ERR_LIMIT: out is too small. */
int rest_document_write(struct buf *out) ERR_CHECK;

#endif
