/* SPDX-License-Identifier: MIT */
/*
 * Error bodies, RFC 9457: {"type":"urn:provision:problem:not-found","title":...,"status":404,"detail":...,
 * "field":...}. The type is stable and made from err_name(); detail is one English sentence without
 * personal data; field names the member of the input that was wrong.
 */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define HTTP_PROBLEM_URN "urn:provision:problem:"
#define HTTP_PROBLEM_DETAIL_MAX 512
#define HTTP_PROBLEM_FIELD_MAX 128

/* Appends the body. detail and field may be NULL. ERR_LIMIT: no room. */
int http_problem_write(struct buf *out, int err, int status, const char *detail, const char *field) ERR_CHECK;

/* The client's side. */
struct http_problem {
	int err;                                   /* enum err named by the type; ERR_UNAVAILABLE when unknown and status >= 500,
	                                              else ERR_SYNTAX */
	char detail[HTTP_PROBLEM_DETAIL_MAX + 1];  /* "" when there is none; controls are escaped */
	char field[HTTP_PROBLEM_FIELD_MAX + 1];
};
/* Reads a body as untrusted input. ERR_SYNTAX: no problem document; p_r->err is then set from the status alone. */
int http_problem_parse(struct view body, int status, struct http_problem *p_r) ERR_CHECK;

#endif
