/* SPDX-License-Identifier: MIT */
/*
 * Walking through a list of the API, page by page: what all lists have in common is cursor and limit in the request, items and next
 * in the reply. Knows no list; whoever walks asks himself.
 */
#ifndef REST_PAGES_H
#define REST_PAGES_H

#include <stdbool.h>

#include "base/err.h"

struct ProtobufCMessage;

/* One row of a list, of the reply's type of items. Something else than 0 ends the walk. */
typedef int rest_pages_row(const struct ProtobufCMessage *row, void *arg);

/* The first page, as large as the service gives them. */
void rest_pages_begin(struct ProtobufCMessage *request);
/* Gives every row of a reply to fn; what fn returned. */
int rest_pages_each(const struct ProtobufCMessage *reply, rest_pages_row *fn, void *arg) ERR_CHECK;
/* The request for the page behind this reply, from which it borrows. False: this was the last. */
bool rest_pages_next(struct ProtobufCMessage *request, const struct ProtobufCMessage *reply);

#endif
