/* SPDX-License-Identifier: MIT */
/*
 * Authorization: Bearer (RFC 6750 section 2.1).
 */
#ifndef HTTP_TOKEN_H
#define HTTP_TOKEN_H

#include "base/err.h"
#include "base/view.h"

#define HTTP_TOKEN_MAX 512

/*
 * authorization: the field's value, data NULL when not sent. *token_r is borrowed from it.
 * ERR_NOT_FOUND: not sent. ERR_SYNTAX: another scheme, characters outside token68, longer than HTTP_TOKEN_MAX.
 */
int http_token_bearer(struct view authorization, struct view *token_r) ERR_CHECK;

#endif
