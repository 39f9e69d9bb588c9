/* SPDX-License-Identifier: MIT */
/*
 * Composes a log line in memory of its own stack frame and hands it to the kernel in one write(2).
 * Owns the format; must not allocate, must not fail, and is called by fatal.c when nothing else works.
 */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define LINE_SIZE 4096          /* PIPE_BUF: a pipe does not mix such lines of several processes */
#define VALUE_SIZE 1024
#define CUT_MARK " cut=true"

struct line {
	char text[LINE_SIZE];
	size_t len;
	size_t limit;           /* len never passes it; kept below LINE_SIZE for the mark and the end of line */
	bool is_full;           /* sticky: something did not fit */
};

static struct {
	char program[32];
	bool is_systemd;
	_Atomic int level;
} state = { .program = "provision", .level = LOG_INFO };

static const char *const LEVEL_NAMES[] = {
	[LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice", [LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

void
log_init(const char *program, enum log_level level, bool is_systemd)
{
	(void)snprintf(state.program, sizeof(state.program), "%s", program);
	state.is_systemd = is_systemd;
	log_set_level(level);
}

void
log_set_level(enum log_level level)
{
	atomic_store(&state.level, (int)level);
}

static void
put_bytes(struct line *l, const char *p, size_t n)
{
	if (l->is_full || n > l->limit - l->len) {
		l->is_full = true;
		return;
	}
	memcpy(l->text + l->len, p, n);
	l->len += n;
}

static void
put_str(struct line *l, const char *s)
{
	put_bytes(l, s, strlen(s));
}

__attribute__((format(printf, 2, 3)))
static void
put_format(struct line *l, const char *fmt, ...)
{
	char piece[64];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	put_str(l, piece);
}

/* Letters, digits and the punctuation of names, addresses and paths stand bare; all else is quoted. */
static bool
is_bare(const char *s)
{
	static const char BARE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/@+,[]";
	return *s != '\0' && s[strspn(s, BARE)] == '\0';
}

static void
put_value(struct line *l, const char *s)
{
	struct view rest = view_str(s);
	bool is_quoted = !is_bare(s);
	size_t end = l->len + VALUE_SIZE;
	if (is_quoted)
		put_str(l, "\"");
	while (rest.len != 0 && l->len < end && !l->is_full) {
		char piece[TEXT_ESCAPE_MAX];
		if (rest.data[0] == '"' || rest.data[0] == '\\')
			put_str(l, "\\");
		size_t n = text_escape_next(&rest, piece);
		put_bytes(l, piece, n);
	}
	if (rest.len != 0)
		put_str(l, "...");
	if (is_quoted)
		put_str(l, "\"");
}

static void
put_field(struct line *l, const struct log_field *f)
{
	size_t len_before = l->len;
	put_str(l, " ");
	put_str(l, f->key);
	put_str(l, "=");
	switch (f->kind) {
	case LOG_FIELD_STR:
		put_value(l, f->str == NULL ? "-" : f->str);
		break;
	case LOG_FIELD_INT:
		put_format(l, "%" PRId64, f->i);
		break;
	case LOG_FIELD_UINT:
		put_format(l, "%" PRIu64, f->u);
		break;
	case LOG_FIELD_ID:
		put_str(l, f->id == NULL ? "-" : id_text(f->id).s);
		break;
	}
	if (l->is_full)
		l->len = len_before;
}

static void
put_head(struct line *l, enum log_level level, const char *event)
{
	if (state.is_systemd) {
		put_format(l, "<%d>", (int)level);
	} else {
		char now[CLOCK_RFC3339_LEN + 1];
		clock_rfc3339(clock_wall_ms(), now);
		put_format(l, "%s %s ", now, LEVEL_NAMES[level]);
	}
	put_str(l, event);
	put_field(l, &LOG_S("program", state.program));
	if (!state.is_systemd)
		put_field(l, &LOG_I("pid", getpid()));
}

void
log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	if ((int)level > atomic_load(&state.level))
		return;
	int saved_errno = errno;
	struct line l;
	l.len = 0;
	l.is_full = false;
	l.limit = sizeof(l.text) - sizeof(CUT_MARK);   /* its NUL's place is for the end of line */
	put_head(&l, level, event);
	for (size_t i = 0; i < n && !l.is_full; i++)
		put_field(&l, &fields[i]);
	l.limit = sizeof(l.text);
	if (l.is_full) {
		l.is_full = false;
		put_str(&l, CUT_MARK);
	}
	put_str(&l, "\n");
	ssize_t rc;
	do
		rc = write(STDERR_FILENO, l.text, l.len);
	while (rc == -1 && errno == EINTR);
	errno = saved_errno;
}
