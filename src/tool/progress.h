/* SPDX-License-Identifier: MIT */
/*
 * How far something long is, on a terminal's last line: share, bytes or items, rate, time that is left. Nothing where standard
 * error is no terminal. Plain value; the caller's memory.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct tool_progress {
	const char *what;        /* "sending" */
	bool is_shown;
	bool is_items;           /* counted, not bytes */
	uint64_t start_ms;       /* monotonic */
	uint64_t drawn_ms;
	uint64_t first_done;     /* what was done when it began */
};

void tool_progress_begin(struct tool_progress *p, const char *what);
/* The same for things that are counted. */
void tool_progress_begin_items(struct tool_progress *p, const char *what);
/* Cheap: draws five times a second at most. */
void tool_progress_move(struct tool_progress *p, uint64_t done, uint64_t total);
/* Clears the line. */
void tool_progress_end(struct tool_progress *p);
/* "1.5 GiB"; out holds 32 bytes. */
void tool_progress_bytes(uint64_t n, char *out);

#endif
