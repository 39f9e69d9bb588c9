/* SPDX-License-Identifier: MIT */
/*
 * What a batch did, row by row: JSON or a summary on standard output, CSV into a file. No name and no text of a customer is in it: only
 * what the company's own table said, and ids.
 */
#include <fcntl.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/batch.h"
#include "cli/csv.h"

#define REPORT_MAX ((size_t)256 * 1024 * 1024)
#define MARK VIEW_LIT("\xef\xbb\xbf")

static const char *const states[] = { [CLI_BATCH_PLANNED] = "planned", [CLI_BATCH_SENT] = "sent", [CLI_BATCH_SENT_BEFORE] = "sent-before",
	[CLI_BATCH_FAILED] = "failed" };
static const char *const keys[] = { [CLI_BATCH_KEY_NONE] = "", [CLI_BATCH_KEY_NEW] = "new", [CLI_BATCH_KEY_KNOWN] = "known",
	[CLI_BATCH_KEY_VERIFIED] = "verified", [CLI_BATCH_KEY_CHANGED] = "changed" };

struct cli_batch_sum
cli_batch_report_sum(const struct cli_batch *b)
{
	struct cli_batch_sum sum = { .planned = 0 };
	size_t *const counts[] = { [CLI_BATCH_PLANNED] = &sum.planned, [CLI_BATCH_SENT] = &sum.sent, [CLI_BATCH_SENT_BEFORE] = &sum.sent_before,
		[CLI_BATCH_FAILED] = &sum.failed };
	for (size_t i = 0; i < b->count; i++) {
		const struct cli_batch_row *row = &b->rows[i];
		++*counts[row->state];
		sum.entries += row->entries;
		sum.bytes += row->bytes;
		sum.unverified += row->key_state == CLI_BATCH_KEY_NEW || row->key_state == CLI_BATCH_KEY_KNOWN;
		sum.changed += row->key_state == CLI_BATCH_KEY_CHANGED;
	}
	return sum;
}

static struct view
number_of(const struct cli_batch_row *row)
{
	return row->whom.row == NULL ? view_of(NULL, 0) : view_of(row->whom.row->number.data, row->whom.row->number.len);
}

/* --- standard output */

static void
print_row(const struct cli_batch *b, const struct cli_batch_row *row)
{
	struct tool_print *p = b->session->call->print;
	tool_print_object(p, NULL);
	tool_print_number(p, "line", TOOL_SHOW, row->line);
	tool_print_str(p, "to", TOOL_SHOW, row->to);
	tool_print_text(p, "number", TOOL_SHOW_JSON, number_of(row));
	tool_print_str(p, "state", TOOL_SHOW, states[row->state]);
	if (!id_is_none(&row->id))
		tool_print_id(p, b->kind->one, TOOL_SHOW_JSON, &row->id);
	if (row->sequence != 0)
		tool_print_number(p, "seq", TOOL_SHOW_JSON, row->sequence);
	tool_print_time(p, "time", TOOL_SHOW_JSON, row->time_ms);
	tool_print_number(p, "files", TOOL_SHOW, row->entries);
	tool_print_number(p, "bytes", TOOL_SHOW, row->bytes);
	tool_print_str(p, "key", TOOL_SHOW, keys[row->key_state]);
	if (row->err != 0) {
		tool_print_str(p, "error", TOOL_SHOW_JSON, err_name(row->err));
		tool_print_str(p, "reason", TOOL_SHOW_JSON, row->reason);
	}
	tool_print_close(p);
}

static void
print_rows(const struct cli_batch *b, const char *name)
{
	struct tool_print *p = b->session->call->print;
	tool_print_list(p, name);
	for (size_t i = 0; i < b->count; i++)
		print_row(b, &b->rows[i]);
	tool_print_close(p);
}

void
cli_batch_report_print(const struct cli_batch *b, bool is_dry_run)
{
	struct tool_print *p = b->session->call->print;
	struct cli_batch_sum sum = cli_batch_report_sum(b);
	if (is_dry_run && !tool_print_is_json(p)) {
		print_rows(b, NULL);
		return;
	}
	tool_print_object(p, NULL);
	if (!id_is_none(cli_journal_batch(b->journal)))
		tool_print_id(p, "batch", TOOL_SHOW_JSON, cli_journal_batch(b->journal));
	tool_print_bool(p, "dry_run", TOOL_SHOW_JSON, is_dry_run);
	tool_print_number(p, "total", TOOL_SHOW_JSON, b->count);
	tool_print_number(p, "sent", TOOL_SHOW, sum.sent);
	tool_print_number(p, "sent_before", TOOL_SHOW, sum.sent_before);
	tool_print_number(p, "failed", TOOL_SHOW, sum.failed);
	tool_print_number(p, "planned", TOOL_SHOW, sum.planned);
	tool_print_number(p, "files", TOOL_SHOW_JSON, sum.entries);
	tool_print_number(p, "bytes", TOOL_SHOW_JSON, sum.bytes);
	print_rows(b, "rows");
	tool_print_close(p);
}

/* --- the file */

static const char *
time_text(struct arena *a, uint64_t wall_ms)
{
	char *text = arena_alloc(a, CLOCK_RFC3339_LEN + 1);
	if (wall_ms != 0)
		clock_rfc3339(wall_ms, text);
	return text;
}

static const char *
number_text(struct arena *a, uint64_t n, bool is_there)
{
	return is_there ? arena_printf(a, "%" PRIu64, n) : "";
}

static int
put_header(const struct cli_batch *b, struct buf *out)
{
	static const char *const names[] = { "line", "to", "number", "state", "", "seq", "time", "files", "bytes", "key", "error", "reason" };
	size_t n = sizeof(names) / sizeof(names[0]);
	int err = b->has_mark ? buf_append_view(out, MARK) : 0;
	for (size_t i = 0; i < n && err == 0; i++)
		err = cli_csv_put(out, b->separator, view_str(*names[i] == '\0' ? b->kind->one : names[i]), i + 1 == n);
	return err;
}

static int
put_row(const struct cli_batch *b, const struct cli_batch_row *row, struct arena *a, struct buf *out)
{
	const struct view cells[] = {
		view_str(number_text(a, row->line, true)), view_str(row->to), number_of(row), view_str(states[row->state]),
		view_str(id_is_none(&row->id) ? "" : arena_str(a, view_str(id_text(&row->id).s))),
		view_str(number_text(a, row->sequence, row->sequence != 0)), view_str(time_text(a, row->time_ms)),
		view_str(number_text(a, row->entries, true)), view_str(number_text(a, row->bytes, true)), view_str(keys[row->key_state]),
		view_str(row->err == 0 ? "" : err_name(row->err)), view_str(row->reason),
	};
	size_t n = sizeof(cells) / sizeof(cells[0]);
	int err = 0;
	for (size_t i = 0; i < n && err == 0; i++)
		err = cli_csv_put(out, b->separator, cells[i], i + 1 == n);
	return err;
}

int
cli_batch_report_write(struct cli_batch *b, const char *path)
{
	struct tool_call *c = b->session->call;
	struct arena *a = arena_new(1 << 20);
	struct buf out;
	buf_init(&out, REPORT_MAX);
	int err = put_header(b, &out);
	for (size_t i = 0; i < b->count && err == 0; i++) {
		err = put_row(b, &b->rows[i], a, &out);
		arena_reset(a);
	}
	if (err == 0)
		err = file_replace(AT_FDCWD, path, buf_view(&out), 0644, FILE_DURABLE);
	buf_deinit(&out);
	arena_free(&a);
	return err == 0 ? 0 : tool_verb_fail(c, err, "the report %s cannot be written: %s", tool_verb_safe(c, view_str(path)), err_text(err));
}
