/* SPDX-License-Identifier: MIT */
/*
 * What a batch will do: rows held against the company's customers, the verb's own checks, and the journal. Sends nothing. Rows that an
 * earlier run has sent are not looked at again, but for their files: a customer may have left since, and files may have gone.
 */
#include <stddef.h>

#include "base/mem.h"
#include "cli/batch.h"
#include "cli/directory.h"
#include "cli/server.h"

/* --- one row */

static int
find_customer(struct cli_batch *b, const struct cli_directory *directory, struct cli_batch_row *row)
{
	struct cli_session *s = b->session;
	int err = cli_whom_check_word(s->call, row->to);
	row->whom.typed = arena_str(b->arena, view_str(tool_verb_safe(s->call, view_str(row->to))));
	row->whom.membership = b->membership;
	if (err == 0)
		err = cli_directory_find(s, directory, row->to, &row->whom.row);
	if (err == 0)
		err = cli_whom_check_active(s->call, &row->whom);
	if (err == 0)
		row->same = cli_batch_table_hash(row, cli_server_view(row->whom.row->subscription));
	return err;
}

static const struct cli_journal_row *
find_noted(const struct cli_batch *b, const struct cli_batch_row *row)
{
	return b->is_anew ? NULL : cli_journal_find(b->journal, &row->key);
}

static void
take_sent(struct cli_batch_row *row, const struct cli_journal_row *noted)
{
	row->state = CLI_BATCH_SENT_BEFORE;
	row->id = noted->id;
	row->sequence = noted->sequence;
	row->time_ms = noted->time_ms;
	row->files_state = noted->files;
}

/* Sent rows are taken as they are noted; others are looked at. */
static int
plan_row(struct cli_batch *b, const struct cli_directory *directory, struct cli_batch_row *row)
{
	if (crypt_hash_is_zero(&row->key))
		return 0;
	const struct cli_journal_row *noted = find_noted(b, row);
	bool is_sent = noted != NULL && noted->state == CLI_JOURNAL_SENT;
	int err = 0;
	if (noted != NULL && noted->state != CLI_JOURNAL_NONE && !is_sent && b->kind->was_delivered != NULL)
		err = b->kind->was_delivered(b, noted, &is_sent);
	if (err == 0 && is_sent) {
		take_sent(row, noted);
		return 0;
	}
	if (err == 0)
		err = find_customer(b, directory, row);
	return err == 0 ? b->kind->plan(b, row) : err;
}

static int
plan_rows(struct cli_batch *b, const struct cli_directory *directory)
{
	bool goes_on = true;
	for (size_t i = 0; i < b->count && goes_on; i++) {
		struct cli_batch_row *row = &b->rows[i];
		cli_batch_begin_line(b, row->line);
		int err = plan_row(b, directory, row);
		goes_on = cli_batch_end_line(b);
		if (err == ERR_UNAVAILABLE || err == ERR_CLOSED || err == ERR_LOGIN)
			return tool_verb_fail(b->session->call, err, "nothing was sent");
	}
	if (goes_on)
		cli_batch_table_find_twice(b, offsetof(struct cli_batch_row, same));
	return cli_batch_check_problems(b);
}

/* --- what changed since the batch began */

/* A row, and what is noted of it. What changed is told as a problem; false: that is enough of them. */
static bool
compare_row(struct cli_batch *b, struct cli_batch_row *row, const struct cli_journal_row *noted)
{
	const char *change = NULL;
	bool was_sent = row->state == CLI_BATCH_SENT_BEFORE;
	if (noted == NULL || !noted->is_planned)
		change = "this row is new since the batch began";
	else if (!was_sent && !crypt_hash_equal(&row->files_state, &noted->files))
		change = "the files changed since the batch began";
	else if (was_sent && b->kind->has_files && b->kind->is_changed(b, row))
		change = "this was sent, and its files changed since: they are not sent again";
	return change == NULL || cli_batch_tell(b, row->line, change);
}

/* noted_row: one that is in the CSV no more. */
static bool
tell_gone(struct cli_batch *b, const struct cli_journal_row *noted)
{
	return cli_batch_tell(b, noted->line, noted->state == CLI_JOURNAL_SENT ? "the row that stood here was sent, and is gone" :
	    "the row that stood here is gone");
}

static void
find_changes(struct cli_batch *b)
{
	size_t n;
	const struct cli_journal_row *noted = cli_journal_rows(b->journal, &n);
	bool *is_there = mem_array(n + 1, sizeof(is_there[0])), goes_on = true;
	for (size_t i = 0; i < b->count && goes_on; i++) {
		const struct cli_journal_row *one = cli_journal_find(b->journal, &b->rows[i].key);
		if (one != NULL)
			is_there[one - noted] = true;
		goes_on = compare_row(b, &b->rows[i], one);
	}
	for (size_t i = 0; i < n && goes_on; i++)
		if (noted[i].is_planned && !is_there[i])
			goes_on = tell_gone(b, &noted[i]);
	mem_free(&is_there);
}

static int
compare(struct cli_batch *b)
{
	struct tool_call *c = b->session->call;
	find_changes(b);
	b->is_replanned = b->problems > 0;
	b->problems = 0;
	if (!b->is_replanned || tool_verb_is_set(c, "changed"))
		return 0;
	return tool_verb_fail(c, ERR_STATE, "%s is not what it was when this batch began: nothing was sent now. If that is meant: --changed goes "
	    "on with it as it is, --anew sends everything, also what was sent before", b->shown);
}

int
cli_batch_plan_make(struct cli_batch *b)
{
	struct cli_directory *directory;
	int err = cli_directory_load(b->session, b->membership, &directory);
	if (err == 0)
		err = plan_rows(b, directory);
	if (err == 0 && !b->is_anew && !id_is_none(cli_journal_batch(b->journal)))
		err = compare(b);
	return err;
}
