/* SPDX-License-Identifier: MIT */
/*
 * Asking in bounded memory. Knows no operation.
 */
#include "archive/source.h"

#include "record/common.pb-c.h"

int
archive_source_ask(const struct archive_source *s, const char *operation, const ProtobufCMessage *request, struct arena *arena,
    const ProtobufCMessage **reply_r)
{
	return s->ask(s->arg, operation, request, arena, reply_r);
}

int
archive_source_each(const struct archive_source *s, const char *operation, ProtobufCMessage *request, rest_pages_row *fn, void *arg)
{
	/* in turns: a request borrows its cursor from the answer before it */
	struct arena *arenas[2] = { arena_new(ARCHIVE_SOURCE_ARENA), arena_new(ARCHIVE_SOURCE_ARENA) };
	const ProtobufCMessage *reply = NULL;
	bool has_more = true;
	int err = 0;
	rest_pages_begin(request);
	for (unsigned turn = 0; err == 0 && has_more; turn = 1 - turn) {
		arena_reset(arenas[turn]);
		err = archive_source_ask(s, operation, request, arenas[turn], &reply);
		if (err == 0)
			err = rest_pages_each(reply, fn, arg);
		has_more = err == 0 && rest_pages_next(request, reply);
	}
	arena_free(&arenas[0]);
	arena_free(&arenas[1]);
	return err;
}
