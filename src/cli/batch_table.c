/* SPDX-License-Identifier: MIT */
/*
 * The CSV of a batch: a header row that names columns, then one row a package or message. Knows neither customers nor files; the
 * dialect is cli/csv.h's.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoder.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/batch.h"
#include "cli/csv.h"

#define FILE_MAX ((size_t)32 * 1024 * 1024)
#define ROWS_MAX 100000U
#define HASH_PURPOSE "provision/1/batch-row"
#define TEXT_MAX ((size_t)64 * 1024)
#define FILES_MAX 1000U

/* A reading of the file. */
struct table {
	struct cli_batch *batch;
	struct cli_csv csv;
	struct cli_csv_row row;
	const struct column *columns[CLI_CSV_CELLS_MAX];   /* of the header; NULL: passed over */
	size_t column_count;
	size_t room;             /* of the batch's rows */
};

/* --- cells */

static struct view
trim(struct view v)
{
	while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
		v = view_slice(v, 1, v.len);
	while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
		v.len--;
	return v;
}

/* Line ends as one LF. */
static struct view
unify_lines(struct cli_batch *b, struct view v)
{
	if (view_find(v, '\r') == v.len)
		return v;
	uint8_t *out = arena_alloc(b->arena, v.len);
	size_t n = 0;
	for (size_t i = 0; i < v.len; i++)
		if (v.data[i] != '\r' || i + 1 == v.len || v.data[i + 1] != '\n')
			out[n++] = v.data[i];
	return view_of(out, n);
}

static const char *
take_to(struct cli_batch *b, struct cli_batch_row *row, struct view cell)
{
	cell = trim(cell);
	row->to = arena_str(b->arena, cell);
	return cell.len == 0 ? "is empty" : tool_option_check_name(cell);
}

static bool
leads_out(struct view path)
{
	if (path.data[0] == '/')
		return true;
	for (size_t slash; path.len > 0; path = view_slice(path, slash + 1, path.len)) {
		slash = view_find(path, '/');
		if (view_equal_str(view_slice(path, 0, slash), ".."))
			return true;
	}
	return false;
}

/* Room for one more than there are. */
static void
add_file(struct cli_batch *b, struct cli_batch_row *row, struct view path)
{
	if ((row->file_count & (row->file_count + 1)) == 0) {
		const char **files = arena_alloc(b->arena, (row->file_count * 2 + 1) * sizeof(files[0]));
		for (size_t i = 0; i < row->file_count; i++)
			files[i] = row->files[i];
		row->files = files;
	}
	row->files[row->file_count++] = arena_str(b->arena, path);
}

/* A file or folder a line. */
static const char *
take_files(struct cli_batch *b, struct cli_batch_row *row, struct view cell)
{
	cell = unify_lines(b, cell);
	for (size_t end; cell.len > 0; cell = view_slice(cell, end + 1, cell.len)) {
		end = view_find(cell, '\n');
		struct view path = view_slice(cell, 0, end);
		if (path.len == 0)
			continue;
		if (leads_out(path))
			return "names something outside of the folder: paths are relative to it (--folder DIR) and without \"..\"";
		if (row->file_count == FILES_MAX)
			return "has more than 1000 names: put the files in a folder, and name that";
		add_file(b, row, path);
	}
	return NULL;
}

static const char *
take_comment(struct cli_batch *b, struct cli_batch_row *row, struct view cell)
{
	struct view comment = unify_lines(b, cell);
	row->comment = comment.len == 0 ? NULL : arena_str(b->arena, comment);
	return tool_option_check_text(comment);
}

static const char *
take_text(struct cli_batch *b, struct cli_batch_row *row, struct view cell)
{
	row->text = unify_lines(b, cell);
	return row->text.len == 0 ? "is empty" : row->text.len > TEXT_MAX ? "has more than 64 KiB: send it as a file" : NULL;
}

static const struct column {
	const char *verb;         /* NULL: of every one */
	const char *name;
	bool is_required, may_repeat;
	/* NULL, or what is wrong with the cell. */
	const char *(*take)(struct cli_batch *b, struct cli_batch_row *row, struct view cell);
} columns[] = {
	{ NULL, "to", true, false, take_to },
	{ "send", "files", true, true, take_files },
	{ "send", "comment", false, false, take_comment },
	{ "say", "text", true, false, take_text },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* --- the header */

static bool
is_of(const struct column *column, const struct cli_batch *b)
{
	return column->verb == NULL || strcmp(column->verb, b->kind->verb) == 0;
}

static const char *
all_names(const struct cli_batch *b)
{
	const char *names = "";
	for (size_t i = 0; i < COLUMNS; i++)
		if (is_of(&columns[i], b))
			names = arena_printf(b->arena, "%s%s%s", names, *names == '\0' ? "" : ", ", columns[i].name);
	return names;
}

static size_t
count_columns(const struct table *t, const struct column *column)
{
	size_t n = 0;
	for (size_t i = 0; i < t->column_count; i++)
		n += t->columns[i] == column ? 1 : 0;
	return n;
}

/* Columns that begin with "#", and those without a name, are not ours. */
static int
take_name(struct table *t, struct view cell)
{
	struct cli_batch *b = t->batch;
	struct tool_call *c = b->session->call;
	struct view name = trim(cell);
	const struct column *found = NULL;
	for (size_t i = 0; i < COLUMNS; i++)
		if (is_of(&columns[i], b) && view_equal_nocase(name, view_str(columns[i].name)))
			found = &columns[i];
	if (found == NULL && name.len > 0 && name.data[0] != '#')
		return tool_verb_fail(c, ERR_SYNTAX, "column %zu: \"%s\" is none of: %s (a name that begins with # is passed over)",
		    t->column_count + 1, tool_verb_safe(c, name), all_names(b));
	if (found != NULL && !found->may_repeat && count_columns(t, found) > 0)
		return tool_verb_fail(c, ERR_SYNTAX, "column %zu: %s is there twice", t->column_count + 1, found->name);
	t->columns[t->column_count++] = found;
	return 0;
}

static int
take_header(struct table *t)
{
	struct cli_batch *b = t->batch;
	int err = 0;
	for (size_t i = 0; i < t->row.count && err == 0; i++)
		err = take_name(t, t->row.cells[i]);
	for (size_t i = 0; i < COLUMNS && err == 0; i++)
		if (is_of(&columns[i], b) && columns[i].is_required && count_columns(t, &columns[i]) == 0)
			err = tool_verb_fail(b->session->call, ERR_SYNTAX, "this first row has to name the columns: %s; there is no %s",
			    all_names(b), columns[i].name);
	return err;
}

static int
read_header(struct table *t)
{
	struct cli_batch *b = t->batch;
	int err = cli_csv_next(&t->csv, b->arena, &t->row);
	if (err == ERR_CLOSED)
		return tool_verb_fail(b->session->call, ERR_SYNTAX, "%s is empty: its first row names the columns: %s", b->shown, all_names(b));
	if (err != 0)
		return err;
	cli_batch_begin_line(b, t->row.line);
	err = take_header(t);
	cli_batch_end_line(b);
	return err == 0 ? 0 : cli_batch_check_problems(b);
}

/* --- rows */

struct hash
cli_batch_table_hash(const struct cli_batch_row *row, struct view whom)
{
	struct buf bytes;
	buf_init(&bytes, FILE_MAX * 2);
	struct encoder e = encoder_of(&bytes);
	encoder_block(&e, whom);
	encoder_u32(&e, (uint32_t)row->file_count);
	for (size_t i = 0; i < row->file_count; i++)
		encoder_block(&e, view_str(row->files[i]));
	encoder_block(&e, view_str(row->comment));
	encoder_block(&e, row->text);
	require(encoder_end(&e) == 0);
	struct hash hash = crypt_hash(HASH_PURPOSE, buf_view(&bytes));
	buf_deinit(&bytes);
	return hash;
}

static struct cli_batch_row *
add_row(struct table *t)
{
	struct cli_batch *b = t->batch;
	if (b->count == t->room) {
		t->room = t->room * 2 + 64;
		b->rows = mem_resize(b->rows, t->room, sizeof(b->rows[0]));
	}
	b->rows[b->count] = (struct cli_batch_row){ .line = t->row.line };
	return &b->rows[b->count++];
}

static int
take_row(struct table *t)
{
	struct cli_batch *b = t->batch;
	struct tool_call *c = b->session->call;
	struct cli_batch_row *row = add_row(t);
	if (t->row.count != t->column_count)
		return tool_verb_fail(c, ERR_SYNTAX, "this row has %zu cells, the first one %zu", t->row.count, t->column_count);
	for (size_t i = 0; i < t->row.count; i++) {
		const struct column *column = t->columns[i];
		const char *wrong = column == NULL ? NULL : column->take(b, row, t->row.cells[i]);
		if (wrong != NULL)
			return tool_verb_fail(c, ERR_SYNTAX, "column %zu, %s: %s", i + 1, column->name, wrong);
	}
	if (b->kind->has_files && row->file_count == 0)
		return tool_verb_fail(c, ERR_SYNTAX, "files: no file is named");
	row->key = cli_batch_table_hash(row, view_str(row->to));
	return 0;
}

static int
read_rows(struct table *t)
{
	struct cli_batch *b = t->batch;
	bool goes_on = true;
	int err;
	while (goes_on && (err = cli_csv_next(&t->csv, b->arena, &t->row)) == 0) {
		cli_batch_begin_line(b, t->row.line);
		err = b->count == ROWS_MAX ? tool_verb_fail(b->session->call, ERR_LIMIT, "a batch has at most %u rows", ROWS_MAX) : take_row(t);
		goes_on = cli_batch_end_line(b) && err != ERR_LIMIT;
	}
	return goes_on && err != ERR_CLOSED ? err : 0;
}

/* ERR_SYNTAX of the dialect is told here, with its place. */
static int
read_text(struct table *t, struct view text)
{
	struct cli_batch *b = t->batch;
	int err = cli_csv_begin(&t->csv, text);
	b->separator = t->csv.separator;
	b->has_mark = t->csv.has_mark;
	if (err == 0)
		err = read_header(t);
	if (err == 0)
		err = read_rows(t);
	if (t->csv.problem != NULL)
		return tool_verb_fail(b->session->call, err, "%s:%zu:%zu: %s", b->shown, t->csv.bad_line, t->csv.bad_column, t->csv.problem);
	return err;
}

/* --- twice the same */

struct place {
	const struct hash *hash;
	const struct cli_batch_row *row;
};

static int
compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = memcmp(x->hash->bytes, y->hash->bytes, sizeof(x->hash->bytes));
	return order != 0 ? order : x->row->line < y->row->line ? -1 : 1;
}

static bool
tell_twice(struct cli_batch *b, const struct cli_batch_row *first, const struct cli_batch_row *second)
{
	cli_batch_begin_line(b, second->line);
	int err = tool_verb_fail(b->session->call, ERR_EXISTS, "the same as line %zu: one of them has to go", first->line);
	(void)err;
	return cli_batch_end_line(b);
}

void
cli_batch_table_find_twice(struct cli_batch *b, size_t offset)
{
	struct place *places = mem_array(b->count + 1, sizeof(places[0]));
	size_t n = 0;
	bool goes_on = true;
	for (size_t i = 0; i < b->count; i++) {
		const struct hash *hash = (const struct hash *)((const char *)&b->rows[i] + offset);
		if (!crypt_hash_is_zero(hash))
			places[n++] = (struct place){ hash, &b->rows[i] };
	}
	qsort(places, n, sizeof(places[0]), compare);
	for (size_t i = 1; i < n && goes_on; i++) {
		const struct cli_batch_row *first = places[i - 1].row, *second = places[i].row;
		bool is_known = offset != offsetof(struct cli_batch_row, key) && crypt_hash_equal(&first->key, &second->key);
		if (crypt_hash_equal(places[i - 1].hash, places[i].hash) && !is_known)
			goes_on = tell_twice(b, first, second);
	}
	mem_free(&places);
}

int
cli_batch_table_read(struct cli_batch *b)
{
	struct table *t = arena_alloc(b->arena, sizeof(*t));
	t->batch = b;
	buf_init(&b->text, FILE_MAX);
	int err = file_read(AT_FDCWD, b->path, &b->text);
	err = err == 0 ? read_text(t, buf_view(&b->text)) : tool_verb_fail(b->session->call, err, "%s cannot be read: %s", b->shown, err_text(err));
	if (err == 0)
		cli_batch_table_find_twice(b, offsetof(struct cli_batch_row, key));
	if (err == 0 && b->count == 0)
		err = tool_verb_fail(b->session->call, ERR_SYNTAX, "%s names columns, but has no row", b->shown);
	return err;
}
