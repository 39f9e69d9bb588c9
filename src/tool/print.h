/* SPDX-License-Identifier: MIT */
/*
 * The result of a verb, as text for people or as JSON for programs, by the same calls. A result is one object or one
 * list of objects; text shows an object as lines "name: value" and a list as a table with a column a value. What is
 * nested deeper stands only in JSON. Errors stick and come from tool_print_end().
 */
#ifndef TOOL_PRINT_H
#define TOOL_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"

struct ProtobufCMessage;

enum tool_print_format { TOOL_PRINT_TEXT, TOOL_PRINT_JSON };

/* Where a value is shown. */
enum tool_print_show {
	TOOL_SHOW,            /* in both */
	TOOL_SHOW_JSON,       /* in JSON only */
	TOOL_SHOW_TEXT,       /* in text only */
	TOOL_SHOW_ALONE       /* in both; in text without its name, on a line of its own */
};

struct tool_print;

struct tool_print *tool_print_new(enum tool_print_format format);
void tool_print_free(struct tool_print **p);
bool tool_print_is_json(const struct tool_print *p);

/* name: of a member, NULL for the outermost and in lists. "_" in a name is a blank in text. */
void tool_print_list(struct tool_print *p, const char *name);
void tool_print_object(struct tool_print *p, const char *name);
void tool_print_close(struct tool_print *p);

/* Any bytes: what is not UTF-8 is escaped in JSON, and controls too in text. */
void tool_print_text(struct tool_print *p, const char *name, enum tool_print_show show, struct view v);
void tool_print_str(struct tool_print *p, const char *name, enum tool_print_show show, const char *s);
void tool_print_number(struct tool_print *p, const char *name, enum tool_print_show show, uint64_t v);
/* Text: yes or no. */
void tool_print_bool(struct tool_print *p, const char *name, enum tool_print_show show, bool v);
void tool_print_id(struct tool_print *p, const char *name, enum tool_print_show show, const struct id *id);
/* The same of a message's bytes. None: left out, an empty cell in a table. */
void tool_print_id_bytes(struct tool_print *p, const char *name, enum tool_print_show show, struct view bytes);
/* JSON: RFC 3339 in UTC; text: local time to the minute. 0: left out, an empty cell in a table. */
void tool_print_time(struct tool_print *p, const char *name, enum tool_print_show show, uint64_t wall_ms);
/* JSON only: base64url. */
void tool_print_bytes(struct tool_print *p, const char *name, struct view v);
/* All members of a message into the open object (rest/json.h); JSON only. */
void tool_print_message(struct tool_print *p, const struct ProtobufCMessage *m);

/* Writes out what is complete, before the person is asked something. */
void tool_print_flush(struct tool_print *p);
/* Writes the rest; an empty object if nothing was printed as JSON. ERR_IO: standard output failed. */
int tool_print_end(struct tool_print *p) ERR_CHECK;

#endif
