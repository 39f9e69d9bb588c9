/* SPDX-License-Identifier: MIT */
/*
 * What several documents have in common.
 */
#ifndef ARCHIVE_ITEM_H
#define ARCHIVE_ITEM_H

#include "archive/archive.h"
#include "archive/source.h"
#include "record/package.pb-c.h"

/* A document with one list, "items", of what a request lists; bound: fields of its rows that are left out, ends with NULL. */
int archive_item_list(struct archive *a, const struct archive_source *s, const char *name, const char *operation,
    struct ProtobufCMessage *request, const char *const *bound) ERR_CHECK;
/* The same of what a request answers in one piece. */
int archive_item_all(struct archive *a, const struct archive_source *s, const char *name, const char *operation,
    const struct ProtobufCMessage *request) ERR_CHECK;
/* A document with the members of one answer. */
int archive_item_single(struct archive *a, const struct archive_source *s, const char *name, const char *operation,
    const struct ProtobufCMessage *request, const char *const *bound) ERR_CHECK;
/* The members of a message into the open object; its field "address", an IP address, as people write it. */
void archive_item_members(struct http_json_write *w, const struct ProtobufCMessage *m, const char *const *bound);
/* Into the open object: "package", and "files" with the records of all of them. */
int archive_item_package(struct archive_document *d, const struct archive_source *s, const Provision__PackageRow *row) ERR_CHECK;

#endif
