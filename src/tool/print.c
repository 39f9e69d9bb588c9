/* SPDX-License-Identifier: MIT */
/*
 * One output for people and programs. JSON goes through http/json_write.h in pieces; text is gathered as cells, a row
 * at a time, so that columns can be aligned. Knows no verb. The tools' verbs call it.
 */
#include "tool/print.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/fatal.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/json_write.h"
#include "rest/json.h"

#define PIECE_MAX ((size_t)4 * 1024 * 1024)
#define PIECE ((size_t)256 * 1024)
#define COLUMNS_MAX 16
/* Rows that are aligned together. */
#define ROWS_MAX 512

struct cell {
	size_t offset, len;       /* in text */
	bool is_end;              /* last of its row */
};

struct tool_print {
	enum tool_print_format format;
	struct buf out;           /* JSON, or lines of text */
	struct http_json_write json;
	unsigned depth;
	bool is_list;             /* the outermost value */
	bool has_value;           /* something was begun */
	int err;
	/* A table's rows that wait for their columns' widths. */
	struct buf text;
	struct cell cells[ROWS_MAX * COLUMNS_MAX];
	size_t cell_count, row_count, column;
};

struct tool_print *
tool_print_new(enum tool_print_format format)
{
	struct tool_print *p = mem_alloc(sizeof(*p));
	p->format = format;
	buf_init(&p->out, PIECE_MAX);
	buf_init(&p->text, PIECE_MAX);
	p->json = http_json_write_to(&p->out);
	return p;
}

void
tool_print_free(struct tool_print **p)
{
	if (*p == NULL)
		return;
	buf_wipe(&(*p)->out);
	buf_deinit(&(*p)->out);
	buf_deinit(&(*p)->text);
	mem_free(p);
}

bool
tool_print_is_json(const struct tool_print *p)
{
	return p->format == TOOL_PRINT_JSON;
}

static void
note(struct tool_print *p, int err)
{
	if (p->err == 0)
		p->err = err;
}

static void
write_out(struct tool_print *p)
{
	if (p->out.len > 0 && fwrite(p->out.data, 1, p->out.len, stdout) != p->out.len)
		note(p, ERR_IO);
	buf_wipe(&p->out);
}

/* --- a table's rows */

static size_t
width_of(struct view v)
{
	size_t n = 0;
	while (v.len > 0) {
		text_next_codepoint(&v);
		n++;
	}
	return n;
}

static struct view
cell_view(const struct tool_print *p, const struct cell *cell)
{
	return view_slice(buf_view(&p->text), cell->offset, cell->len);
}

static void
put_cell(struct tool_print *p, const struct cell *cell, size_t width)
{
	struct view v = cell_view(p, cell);
	size_t blanks = cell->is_end ? 0 : width - width_of(v) + 2;
	note(p, buf_append_view(&p->out, v));
	for (; blanks > 0; blanks--)
		note(p, buf_append_u8(&p->out, ' '));
	if (!cell->is_end)
		return;
	while (p->out.len > 0 && p->out.data[p->out.len - 1] == ' ')
		p->out.len--;
	note(p, buf_append_u8(&p->out, '\n'));
}

static void
put_rows(struct tool_print *p)
{
	size_t widths[COLUMNS_MAX] = { 0 }, column = 0;
	for (size_t i = 0; i < p->cell_count; i++) {
		size_t width = width_of(cell_view(p, &p->cells[i]));
		widths[column] = width > widths[column] ? width : widths[column];
		column = p->cells[i].is_end ? 0 : column + 1;
	}
	column = 0;
	for (size_t i = 0; i < p->cell_count; i++) {
		put_cell(p, &p->cells[i], widths[column]);
		column = p->cells[i].is_end ? 0 : column + 1;
		if (p->out.len > PIECE)
			write_out(p);
	}
	p->cell_count = p->row_count = 0;
	buf_clear(&p->text);
}

static void
end_row(struct tool_print *p)
{
	if (p->column == 0)
		return;
	p->cells[p->cell_count - 1].is_end = true;
	p->column = 0;
	if (++p->row_count == ROWS_MAX || p->text.len > PIECE)
		put_rows(p);
}

static void
add_cell(struct tool_print *p, struct view v)
{
	require(p->column < COLUMNS_MAX);
	struct cell cell = { .offset = p->text.len };
	note(p, text_escape(&p->text, v));
	cell.len = p->text.len - cell.offset;
	p->cells[p->cell_count++] = cell;
	p->column++;
}

/* --- lines of one object */

static void
add_line(struct tool_print *p, const char *name, enum tool_print_show show, struct view v)
{
	for (const char *c = name; show != TOOL_SHOW_ALONE && *c != '\0'; c++)
		note(p, buf_append_u8(&p->out, *c == '_' ? ' ' : (uint8_t)*c));
	if (show != TOOL_SHOW_ALONE)
		note(p, buf_append_str(&p->out, ": "));
	note(p, text_escape(&p->out, v));
	note(p, buf_append_u8(&p->out, '\n'));
}

/* True when text shows the value: of the outermost object, or of a row of the outermost list. */
static bool
is_shown(const struct tool_print *p, enum tool_print_show show)
{
	return p->format == TOOL_PRINT_TEXT && show != TOOL_SHOW_JSON && p->depth == (p->is_list ? 2 : 1);
}

static void
add_text(struct tool_print *p, const char *name, enum tool_print_show show, struct view v)
{
	if (p->is_list)
		add_cell(p, v);
	else if (v.len > 0 || show == TOOL_SHOW_ALONE)
		add_line(p, name, show, v);
}

/* --- structure */

static void
begin(struct tool_print *p, const char *name, bool is_list)
{
	if (p->depth == 0) {
		require(!p->has_value);
		p->has_value = true;
		p->is_list = is_list;
	}
	p->depth++;
	if (p->format != TOOL_PRINT_JSON)
		return;
	if (is_list)
		http_json_write_array(&p->json, name);
	else
		http_json_write_object(&p->json, name);
}

void
tool_print_list(struct tool_print *p, const char *name)
{
	begin(p, name, true);
}

void
tool_print_object(struct tool_print *p, const char *name)
{
	begin(p, name, false);
}

void
tool_print_close(struct tool_print *p)
{
	require(p->depth > 0);
	p->depth--;
	if (p->format == TOOL_PRINT_JSON)
		http_json_write_close(&p->json);
	else if (p->is_list && p->depth == 1)
		end_row(p);
	if (p->format == TOOL_PRINT_JSON && p->out.len > PIECE)
		write_out(p);
}

/* --- values */

/* JSON's strings are UTF-8: other bytes are shown escaped. */
static void
write_string(struct tool_print *p, const char *name, struct view v)
{
	struct buf escaped;
	if (text_is_utf8(v)) {
		http_json_write_string(&p->json, name, v);
		return;
	}
	buf_init(&escaped, PIECE);
	note(p, text_escape(&escaped, v));
	http_json_write_string(&p->json, name, buf_view(&escaped));
	buf_deinit(&escaped);
}

void
tool_print_text(struct tool_print *p, const char *name, enum tool_print_show show, struct view v)
{
	if (is_shown(p, show))
		add_text(p, name, show, v);
	if (p->format == TOOL_PRINT_JSON && show != TOOL_SHOW_TEXT)
		write_string(p, name, v);
}

void
tool_print_str(struct tool_print *p, const char *name, enum tool_print_show show, const char *s)
{
	tool_print_text(p, name, show, view_str(s));
}

void
tool_print_number(struct tool_print *p, const char *name, enum tool_print_show show, uint64_t v)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	if (is_shown(p, show))
		add_text(p, name, show, view_str(text));
	if (p->format == TOOL_PRINT_JSON && show != TOOL_SHOW_TEXT)
		http_json_write_u64(&p->json, name, v);
}

void
tool_print_bool(struct tool_print *p, const char *name, enum tool_print_show show, bool v)
{
	if (is_shown(p, show))
		add_text(p, name, show, view_str(v ? "yes" : "no"));
	if (p->format == TOOL_PRINT_JSON && show != TOOL_SHOW_TEXT)
		http_json_write_bool(&p->json, name, v);
}

void
tool_print_id(struct tool_print *p, const char *name, enum tool_print_show show, const struct id *id)
{
	tool_print_str(p, name, show, id_text(id).s);
}

void
tool_print_id_bytes(struct tool_print *p, const char *name, enum tool_print_show show, struct view bytes)
{
	struct id id;
	if (id_from_view(bytes, &id) == 0)
		tool_print_id(p, name, show, &id);
	else if (show != TOOL_SHOW_JSON)
		tool_print_str(p, name, TOOL_SHOW_TEXT, "");
}

void
tool_print_time(struct tool_print *p, const char *name, enum tool_print_show show, uint64_t wall_ms)
{
	char text[64] = "";
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;
	if (wall_ms != 0 && localtime_r(&t, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	if (is_shown(p, show))
		add_text(p, name, show, view_str(text));
	if (p->format == TOOL_PRINT_JSON && show != TOOL_SHOW_TEXT && wall_ms != 0)
		http_json_write_time(&p->json, name, wall_ms);
}

void
tool_print_bytes(struct tool_print *p, const char *name, struct view v)
{
	if (p->format == TOOL_PRINT_JSON)
		http_json_write_bytes(&p->json, name, v);
}

void
tool_print_message(struct tool_print *p, const struct ProtobufCMessage *m)
{
	if (p->format == TOOL_PRINT_JSON)
		rest_json_write_members(&p->json, m, NULL);
}

void
tool_print_flush(struct tool_print *p)
{
	if (p->format == TOOL_PRINT_TEXT && p->cell_count > 0 && p->column == 0)
		put_rows(p);
	write_out(p);
	if (fflush(stdout) != 0)
		note(p, ERR_IO);
}

int
tool_print_end(struct tool_print *p)
{
	require(p->depth == 0);
	if (p->format == TOOL_PRINT_JSON && !p->has_value) {
		tool_print_object(p, NULL);
		tool_print_close(p);
	}
	if (p->format == TOOL_PRINT_JSON) {
		note(p, http_json_write_end(&p->json));
		note(p, buf_append_u8(&p->out, '\n'));
	}
	tool_print_flush(p);
	return p->err;
}
