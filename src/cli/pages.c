/* SPDX-License-Identifier: MIT */
/*
 * Walks through lists in the call's arena. Knows no list. A server that gives pages without end is left.
 */
#include "cli/pages.h"

#include <string.h>

#include "rest/pages.h"

/* More pages than that are not taken: 100,000 rows. */
#define PAGES_MAX 1000

/* A row and who wants it. */
struct walk {
	struct cli_session *session;
	cli_pages_row *fn;
	void *arg;
};

static int
pass_on(const ProtobufCMessage *row, void *arg)
{
	struct walk *w = arg;
	return w->fn(w->session, row, w->arg);
}

int
cli_pages_each(struct cli_session *s, const char *operation, ProtobufCMessage *request, int expected, cli_pages_row *fn, void *arg)
{
	struct walk walk = { s, fn, arg };
	rest_pages_begin(request);
	for (unsigned i = 0; i < PAGES_MAX; i++) {
		const ProtobufCMessage *reply = NULL;
		int err = cli_session_ask_but(s, operation, request, &reply, expected);
		if (err == 0)
			err = rest_pages_each(reply, pass_on, &walk);
		if (err != 0 || !rest_pages_next(request, reply))
			return err;
	}
	return tool_verb_fail(s->call, ERR_LIMIT, "the list has too many pages");
}

struct rows {
	const ProtobufCMessage **items;
	size_t count, room;
};

static int
keep(struct cli_session *s, const ProtobufCMessage *row, void *arg)
{
	struct rows *rows = arg;
	if (rows->count == rows->room) {
		rows->room = 2 * rows->room + 16;
		const ProtobufCMessage **items = arena_alloc(s->call->arena, rows->room * sizeof(items[0]));
		for (size_t i = 0; i < rows->count; i++)
			items[i] = rows->items[i];
		rows->items = items;
	}
	rows->items[rows->count++] = row;
	return 0;
}

int
cli_pages_all(struct cli_session *s, const char *operation, ProtobufCMessage *request, int expected, void *items_r, size_t *count_r)
{
	struct rows rows = { .count = 0 };
	int err = cli_pages_each(s, operation, request, expected, keep, &rows);
	memcpy(items_r, &rows.items, sizeof(rows.items));
	*count_r = rows.count;
	return err;
}
