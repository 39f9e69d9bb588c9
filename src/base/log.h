/* SPDX-License-Identifier: MIT */
/*
 * The log: one line an event on standard error, values quoted and escaped where needed (logfmt).
 *   by hand        2026-01-31T23:59:59.123Z info session-open program=web pid=71 session=... port=443
 *   under systemd  <6>session-open program=web session=... port=443           (priority: sd-daemon(3))
 * A line is one write(2) of at most 4096 bytes, from any thread: a longer value ends in "...", further
 * fields are left out and " cut=true" says so. No memory is allocated, errno is kept. May block on a full pipe.
 * Log once, where the cause is known, with ids. Never: secrets, tokens, message text, names, addresses.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

/* One key=value of a line; made by the LOG_* helpers below. */
struct log_field {
	const char *key;
	enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_UINT, LOG_FIELD_ID } kind;
	const char *str;
	int64_t i;
	uint64_t u;
	const struct id *id;
};

#define LOG_S(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_STR, .str = (v) })
#define LOG_I(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_INT, .i = (int64_t)(v) })
#define LOG_U(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_UINT, .u = (uint64_t)(v) })
#define LOG_ID(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_ID, .id = (v) })
#define LOG_ERR(v) LOG_S("err", err_name(v))
#define LOG_ERRNO(e) LOG_S("errno", strerror(e))

/* program stands in every line ("web", "store"); level is the lowest that is written. */
void log_init(const char *program, enum log_level level, bool is_systemd);
void log_set_level(enum log_level level);
void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t n);
/* log_event(LOG_INFO, "session-open", LOG_ID("session", &id), LOG_U("port", 443)); event: lower-case-words. */
#define log_event(level, event, ...) \
	log_fields((level), (event), (const struct log_field[]){ { .key = NULL }, ##__VA_ARGS__ } + 1, \
	    sizeof((const struct log_field[]){ { .key = NULL }, ##__VA_ARGS__ }) / sizeof(struct log_field) - 1)

#endif
