/* SPDX-License-Identifier: MIT */
/*
 * The run of a batch: table → journal → plan → each row → report. Knows nothing of packages and messages: their kinds do. What is
 * found wrong before the first row is sent ends it; after that a row that fails is told, and the next one goes on.
 */
#include "cli/batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "tool/progress.h"
#include "tool/stop.h"

/* Told before looking on is given up. */
#define PROBLEMS_MAX 50
/* Names, paths and lists: rows are limited by the size of the file. */
#define ARENA_MAX ((size_t)512 * 1024 * 1024)

/* --- lines */

void
cli_batch_begin_line(struct cli_batch *b, size_t line)
{
	char label[TOOL_PART_LABEL_MAX];
	snprintf(label, sizeof(label), "%s:%zu", b->shown, line);
	tool_part_begin(b->session->call, &b->part, label);
}

bool
cli_batch_end_line(struct cli_batch *b)
{
	b->problems += b->session->call->is_told ? 1 : 0;
	tool_part_end(b->session->call);
	return b->problems < PROBLEMS_MAX;
}

bool
cli_batch_tell(struct cli_batch *b, size_t line, const char *problem)
{
	cli_batch_begin_line(b, line);
	tool_verb_fail(b->session->call, ERR_SYNTAX, "%s", problem);
	return cli_batch_end_line(b);
}

int
cli_batch_check_problems(struct cli_batch *b)
{
	if (b->problems == 0)
		return 0;
	return tool_verb_fail(b->session->call, ERR_SYNTAX, "%s%zu %s: nothing was sent", b->problems < PROBLEMS_MAX ? "" : "stopped looking after ",
	    b->problems, b->problems == 1 ? "problem" : "problems");
}

/* --- what is given */

/* Two names of one file. */
static bool
is_same_file(const char *a, const char *b)
{
	struct stat x, y;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int
check_options(struct tool_call *c, const char *journal)
{
	const char *report = tool_verb_value(c, "report"), *table = tool_verb_value(c, "batch");
	if (c->argument_count > 0 || tool_verb_value(c, "to") != NULL)
		return tool_verb_fail(c, ERR_USAGE, "with --batch, the file says what is sent to whom: no other words and no --to");
	if (report != NULL && (is_same_file(report, table) || is_same_file(report, journal)))
		return tool_verb_fail(c, ERR_USAGE, "--report names the table or its journal: it would be lost");
	if (tool_verb_is_set(c, "changed") && tool_verb_is_set(c, "anew"))
		return tool_verb_fail(c, ERR_USAGE, "--changed goes on with a batch, --anew begins another one: one of them");
	return 0;
}

/* --folder, or the folder of the table; absolute. */
static int
find_folder(struct cli_batch *b)
{
	struct tool_call *c = b->session->call;
	const char *given = tool_verb_value(c, "folder"), *slash = strrchr(b->path, '/');
	if (given == NULL)
		given = slash == NULL ? "." : slash == b->path ? "/" : arena_str(b->arena, view_of(b->path, (size_t)(slash - b->path)));
	char *real = realpath(given, NULL);
	if (real == NULL)
		return tool_verb_fail(c, err_from_errno(errno), "%s: %s", tool_verb_safe(c, view_str(given)), strerror(errno));
	b->folder = arena_str(b->arena, view_str(strcmp(real, "/") == 0 ? "" : real));
	free(real);
	return 0;
}

static int
open_journal(struct cli_batch *b, const char *path)
{
	struct cli_journal_about about = { .verb = b->kind->verb, .server = api_client_host(b->session->client),
		.company = arena_str(b->arena, view_of(b->membership->company->slug.data, b->membership->company->slug.len)) };
	return cli_journal_open(b->session->call, path, &about, &b->journal);
}

/* Everything that can be known without sending. */
static int
prepare(struct cli_batch *b)
{
	struct tool_call *c = b->session->call;
	const char *journal = tool_verb_value(c, "journal");
	if (journal == NULL)
		journal = arena_printf(b->arena, "%s.journal", b->path);
	int err = check_options(c, journal);
	if (err == 0 && b->kind->has_files)
		err = find_folder(b);
	if (err == 0)
		err = cli_batch_table_read(b);
	if (err == 0)
		err = cli_whom_membership(b->session, tool_verb_value(c, "company"), &b->membership);
	if (err == 0)
		err = open_journal(b, journal);
	return err == 0 ? cli_batch_plan_make(b) : err;
}

/* --- sending */

static int
note_plan(struct cli_batch *b)
{
	struct cli_journal_row *rows = mem_array(b->count, sizeof(rows[0]));
	bool is_new = b->is_anew || id_is_none(cli_journal_batch(b->journal));
	for (size_t i = 0; i < b->count; i++) {
		const struct cli_batch_row *row = &b->rows[i];
		rows[i] = (struct cli_journal_row){ .key = row->key, .files = row->files_state, .line = row->line };
	}
	int err = is_new || b->is_replanned ? cli_journal_plan(b->journal, rows, b->count, is_new) : 0;
	mem_free(&rows);
	return err;
}

/* What stops all rows, not this one. */
static bool
ends_run(const struct cli_batch *b, int err)
{
	static const int ends[] = { ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_LOGIN, ERR_BUSY, ERR_CLOSED, ERR_FULL };
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (err == ends[i])
			return true;
	return b->is_journal_broken;
}

/* What an earlier run delivered without noting it is noted. */
static int
settle(struct cli_batch *b, struct cli_batch_row *row)
{
	const struct cli_journal_row *noted = cli_journal_find(b->journal, &row->key);
	return noted->state == CLI_JOURNAL_SENT ? 0 : b->kind->settle(b, row);
}

static int
do_row(struct cli_batch *b, struct cli_batch_row *row)
{
	bool was_sent = row->state == CLI_BATCH_SENT_BEFORE;
	cli_batch_begin_line(b, row->line);
	row->err = was_sent ? settle(b, row) : b->kind->deliver(b, row);
	if (row->err != 0)
		tool_verb_fail(b->session->call, row->err, "%s", err_text(row->err));
	tool_part_end(b->session->call);
	if (row->err != 0)
		row->reason = arena_str(b->arena, view_str(b->part.reason));
	if (row->err == 0 && !was_sent)
		row->state = CLI_BATCH_SENT;
	else if (row->err != 0 && !ends_run(b, row->err))
		row->state = CLI_BATCH_FAILED;
	return ends_run(b, row->err) ? row->err : 0;
}

static int
do_rows(struct cli_batch *b)
{
	struct tool_call *c = b->session->call;
	struct tool_progress bar;
	int err = 0;
	tool_progress_begin_items(&bar, b->kind->doing);
	for (size_t i = 0; i < b->count && err == 0; i++) {
		tool_progress_move(&bar, i, b->count);
		err = tool_stop_is_wanted() ? ERR_CLOSED : do_row(b, &b->rows[i]);
	}
	tool_progress_end(&bar);
	struct cli_batch_sum sum = cli_batch_report_sum(b);
	if (err != 0)
		return tool_verb_fail(c, err, "stopped: %zu of %zu %s are sent; the same command goes on", sum.sent + sum.sent_before, b->count,
		    b->kind->many);
	if (sum.failed > 0)
		return tool_verb_fail(c, ERR_BUSY, "%zu of %zu %s could not be sent; the same command tries them again", sum.failed, b->count,
		    b->kind->many);
	return 0;
}

static int
carry_out(struct cli_batch *b)
{
	struct tool_call *c = b->session->call;
	const char *report = tool_verb_value(c, "report");
	/* also now, so that it is known that it can be written */
	int err = report == NULL ? 0 : cli_batch_report_write(b, report);
	if (err == 0)
		err = note_plan(b);
	if (err != 0)
		return err;
	if (cli_batch_report_sum(b).planned > 0)
		b->kind->announce(b);
	else
		tool_verb_say(c, "all of it was sent before: nothing to do (--anew sends it once more)");
	err = do_rows(b);
	if (report != NULL && cli_batch_report_write(b, report) != 0 && err == 0)
		err = ERR_IO;
	cli_batch_report_print(b, false);
	if (err != 0 && tool_print_end(c->print) != 0)
		err = ERR_IO;
	return err;
}

static void
show_plan(struct cli_batch *b)
{
	struct cli_batch_sum sum = cli_batch_report_sum(b);
	char bytes[32];
	tool_progress_bytes(sum.bytes, bytes);
	tool_verb_say(b->session->call, "%zu %s to be sent, %s; %zu sent before. Nothing was sent now", sum.planned, b->kind->many, bytes,
	    sum.sent_before);
	if (sum.planned > 0)
		b->kind->announce(b);
	cli_batch_report_print(b, true);
}

int
cli_batch_run(struct tool_call *c, const struct cli_batch_kind *kind)
{
	struct cli_batch b = { .session = cli_session_of(c), .arena = arena_new(ARENA_MAX), .kind = kind, .path = tool_verb_value(c, "batch"),
		.is_anew = tool_verb_is_set(c, "anew") };
	b.shown = tool_verb_safe(c, view_str(b.path));
	b.session->is_terse = true;
	int err = prepare(&b);
	if (err == 0 && tool_verb_is_set(c, "dry-run"))
		show_plan(&b);
	else if (err == 0)
		err = carry_out(&b);
	cli_journal_close(&b.journal);
	tool_part_deinit(&b.part);
	mem_free(&b.rows);
	buf_deinit(&b.text);
	arena_free(&b.arena);
	return err;
}
