/* SPDX-License-Identifier: MIT */
/*
 * Where an archive's contents come from: requests of the API (rest/operation.h), whoever carries them: the command line over
 * HTTPS, the operator's tool over the control socket.
 */
#ifndef ARCHIVE_SOURCE_H
#define ARCHIVE_SOURCE_H

#include "base/arena.h"
#include "base/err.h"
#include "rest/pages.h"

struct ProtobufCMessage;

struct archive_source {
	/* Asks; the reply lies in the arena. Errors are told, but ERR_NOT_FOUND, which has a meaning here. */
	int (*ask)(void *arg, const char *operation, const struct ProtobufCMessage *request, struct arena *arena,
	    const struct ProtobufCMessage **reply_r);
	void *arg;
};

/* What one answer can need. */
#define ARCHIVE_SOURCE_ARENA ((size_t)16 * 1024 * 1024)

int archive_source_ask(const struct archive_source *s, const char *operation, const struct ProtobufCMessage *request,
    struct arena *arena, const struct ProtobufCMessage **reply_r) ERR_CHECK;
/* All rows of a list, of which a page at a time is in memory: a row lives until fn returns. Returns what fn did. */
int archive_source_each(const struct archive_source *s, const char *operation, struct ProtobufCMessage *request,
    rest_pages_row *fn, void *arg) ERR_CHECK;

#endif
