/* SPDX-License-Identifier: MIT */
/*
 * Lists of the service, all pages of them.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "base/err.h"
#include "cli/session.h"

/* One row of the list, of the reply's type of items; lives as long as the call. Something else than 0 ends the walk. */
typedef int cli_pages_row(struct cli_session *s, const ProtobufCMessage *row, void *arg);

/*
 * Asks for one page after the other and gives every row to fn. operation: one with a cursor; request: of its type, with nothing
 * in its cursor and limit, which are filled in here. Returns what fn did. Errors are told, except expected (0: none).
 */
int cli_pages_each(struct cli_session *s, const char *operation, ProtobufCMessage *request, int expected, cli_pages_row *fn,
    void *arg) ERR_CHECK;
/*
 * All rows at once: *items_r is an array of *count_r pointers in the call's arena. items_r: address of a pointer to pointers to
 * the type of items.
 */
int cli_pages_all(struct cli_session *s, const char *operation, ProtobufCMessage *request, int expected, void *items_r,
    size_t *count_r) ERR_CHECK;

#endif
