/* SPDX-License-Identifier: MIT */
/*
 * What became of the rows of a batch, durably, so that a batch which was broken off goes on and nothing is sent twice. A file of
 * lines, each a JSON object, that is only added to; one process at a time holds it.
 *
 *   {"provision_batch":1,"batch":ID,"verb":"send","server":HOST,"company":SLUG,"time":TIME}   a batch begins, or goes on with
 *                                                       another plan (the same ID)
 *   {"plan":KEY,"line":N,"files":STATE}                 one a row
 *   {"ready":N,"time":TIME}                             the plan has N rows; without this line it does not count
 *   {"row":KEY,"state":"begins"|"completes"|"sent","id":ID,"seq":N,"time":TIME}   what became of a row, the last one counts
 *
 * KEY: hash of what the row asks for, STATE: of its files' names, sizes and times; both base64url. A last line that is cut short was never
 * acted on and is written over.
 */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "base/id.h"
#include "crypt/hash.h"
#include "tool/verb.h"

enum cli_journal_state {
	CLI_JOURNAL_NONE,        /* nothing, as far as is known */
	CLI_JOURNAL_BEGINS,      /* the service may have heard of it */
	CLI_JOURNAL_COMPLETES,   /* it may have been delivered */
	CLI_JOURNAL_SENT
};

struct cli_journal_row {
	struct hash key, files;
	size_t line;             /* in the file, when it was planned */
	bool is_planned;         /* by the last plan */
	enum cli_journal_state state;
	struct id id;            /* of package or message */
	uint64_t sequence, time_ms;
};

/* What a batch is, beside its rows. Strings are borrowed. */
struct cli_journal_about {
	const char *verb, *server, *company;
};

struct cli_journal;

/*
 * Opens and holds the journal; one that is not there is made by the first plan. ERR_STATE: it is of something else. ERR_BUSY: another
 * process holds it. Errors are told. *j_r owned.
 */
int cli_journal_open(struct tool_call *c, const char *path, const struct cli_journal_about *about, struct cli_journal **j_r) ERR_CHECK;
void cli_journal_close(struct cli_journal **j);

/* None: no batch was begun. */
const struct id *cli_journal_batch(const struct cli_journal *j);
/* All rows it knows, planned or not, in no order; and one of them, or NULL. Valid until the next plan. */
const struct cli_journal_row *cli_journal_rows(const struct cli_journal *j, size_t *n_r);
const struct cli_journal_row *cli_journal_find(const struct cli_journal *j, const struct hash *key);

/*
 * From now on these rows (key, files, line) are the batch, durably; is_new: another batch than before, of whose rows nothing is known. Keys
 * differ. Errors are told.
 */
int cli_journal_plan(struct cli_journal *j, const struct cli_journal_row *rows, size_t n, bool is_new) ERR_CHECK;
/* What became of a planned row. Errors are told. */
int cli_journal_note(struct cli_journal *j, const struct cli_journal_row *row, enum file_durability d) ERR_CHECK;

#endif
