/* SPDX-License-Identifier: MIT */
/*
 * Error bodies, RFC 9457: {"type":"urn:provision:problem:not-found","title":...,"status":404,"detail":...,
 * "field":...,"limit":...,"used":...}. The type is stable and made from err_name(); detail is one English sentence without
 * personal data; field names the member of the input that was wrong, or the quota that is full with its limit and what is used.
 */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define HTTP_PROBLEM_URN "urn:provision:problem:"
#define HTTP_PROBLEM_DETAIL_MAX 512
#define HTTP_PROBLEM_FIELD_MAX 128

/* What a body says beside the kind of problem. */
struct http_problem_says {
	const char *detail, *field;    /* NULL: nothing */
	uint64_t limit, used;          /* of what is full; limit 0: nothing */
};
/* Appends the body. ERR_LIMIT: no room. */
int http_problem_write(struct buf *out, int err, int status, const struct http_problem_says *says) ERR_CHECK;

/* The client's side. */
struct http_problem {
	int err;                                   /* enum err named by the type; ERR_UNAVAILABLE when unknown and status >= 500,
	                                              else ERR_SYNTAX */
	char detail[HTTP_PROBLEM_DETAIL_MAX + 1];  /* "" when there is none; controls are escaped */
	char field[HTTP_PROBLEM_FIELD_MAX + 1];
	uint64_t limit, used;                      /* limit 0: not said */
};
/* Reads a body as untrusted input. ERR_SYNTAX: no problem document; p_r->err is then set from the status alone. */
int http_problem_parse(struct view body, int status, struct http_problem *p_r) ERR_CHECK;

#endif
