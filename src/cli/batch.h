/* SPDX-License-Identifier: MIT */
/*
 * Many packages or messages in one run: rows of a CSV, all checked before anything is sent, noted in a journal (cli/journal.h) so that
 * none is sent twice however often the run is broken off, and reported at the end. The verbs send and say hand over to
 * cli_batch_run(); the rest of this header is for the files cli/batch_*.c:
 *
 *   batch_table    the CSV as rows
 *   batch_plan     rows against customers, files and journal: what will be done
 *   batch_send     one row: a package          batch_say   one row: a message
 *   batch_report   what was done, for people and programs
 */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "cli/journal.h"
#include "cli/session.h"
#include "cli/whom.h"
#include "crypt/hash.h"
#include "tool/verb.h"

enum cli_batch_state {
	CLI_BATCH_PLANNED,       /* to be sent, or not reached before the run ended */
	CLI_BATCH_SENT,
	CLI_BATCH_SENT_BEFORE,   /* by an earlier run */
	CLI_BATCH_FAILED
};

enum cli_batch_key { CLI_BATCH_KEY_NONE, CLI_BATCH_KEY_NEW, CLI_BATCH_KEY_KNOWN, CLI_BATCH_KEY_VERIFIED, CLI_BATCH_KEY_CHANGED };

struct cli_batch_row {
	/* As it stands in the file. */
	size_t line;
	const char *to;
	const char **files;      /* send: relative to the folder */
	size_t file_count;
	const char *comment;     /* send; NULL: none */
	struct view text;        /* say */
	struct hash key;         /* what it asks for, by to as written; zero: the row is not as it must be */
	/* As it is planned; only of rows that were not sent before. */
	struct cli_whom whom;
	struct hash same;        /* what it asks for, by customer */
	const char **paths;      /* send: of files, absolute */
	struct hash files_state; /* send; else zero */
	uint64_t entries, bytes; /* send: files and folders, and what is in them; say: 0 and the text's */
	enum cli_batch_key key_state;
	/* What came of it. */
	enum cli_batch_state state;
	int err;                 /* of the last try, 0: none */
	const char *reason;      /* as it was told */
	struct id id;            /* of package or message */
	uint64_t sequence, time_ms;
};

struct cli_batch;

/* What the verbs differ in. */
struct cli_batch_kind {
	const char *verb;                 /* "send" */
	const char *doing, *one, *many;   /* "sending", "package", "packages" */
	bool has_files;
	/* Completes the plan of a row whose customer is known; within a part. Errors are told. */
	int (*plan)(struct cli_batch *b, struct cli_batch_row *row);
	/* has_files: whether those of a row that was sent before are there, and others than they were. */
	bool (*is_changed)(struct cli_batch *b, const struct cli_batch_row *row);
	/*
	 * Of a row that an earlier run has begun: whether it was delivered; and notes that, once sending begins. Within a part. Both NULL: what is
	 * begun again is the same.
	 */
	int (*was_delivered)(struct cli_batch *b, const struct cli_journal_row *noted, bool *is_so_r);
	int (*settle)(struct cli_batch *b, struct cli_batch_row *row);
	/* What is told once, before the first is sent. */
	void (*announce)(struct cli_batch *b);
	/* Sends one; within a part. Sets id, sequence and time_ms. Errors are told. */
	int (*deliver)(struct cli_batch *b, struct cli_batch_row *row);
};

struct cli_batch {
	struct cli_session *session;
	struct arena *arena;                          /* lives as long as the batch, also within parts */
	struct buf text;                              /* the CSV */
	const struct cli_batch_kind *kind;
	const char *path, *shown;                     /* of the CSV; the second is fit for a terminal */
	const char *folder;                           /* of the files, absolute */
	char separator;                               /* of the CSV */
	bool has_mark;
	const Provision__MembershipRow *membership;   /* the company that sends */
	struct cli_batch_row *rows;
	size_t count;
	struct cli_journal *journal;
	bool is_anew;                                 /* what was sent before is sent again */
	bool is_replanned;                            /* not what it was when the batch began, and that is meant */
	bool is_journal_broken;                       /* nothing more can be noted */
	struct tool_part part;
	size_t problems;                              /* found before sending */
};

/* The verb's run with --batch. */
int cli_batch_run(struct tool_call *c, const struct cli_batch_kind *kind) ERR_CHECK;
const struct cli_batch_kind *cli_batch_send_kind(void);
const struct cli_batch_kind *cli_batch_say_kind(void);

/* A part of the call that is about a line; tool_part_end() ends it. */
void cli_batch_begin_line(struct cli_batch *b, size_t line);
/* Ends it; a failure is a problem. False: there are so many that looking on is of no use. */
bool cli_batch_end_line(struct cli_batch *b);
/* Both at once, for a problem that is one sentence. */
bool cli_batch_tell(struct cli_batch *b, size_t line, const char *problem);
/* After all lines were looked at: ERR_SYNTAX, told, if there are problems. */
int cli_batch_check_problems(struct cli_batch *b) ERR_CHECK;

/* What a row asks for, of whom: an encoding to be hashed. */
struct hash cli_batch_table_hash(const struct cli_batch_row *row, struct view whom);

/* Reads the CSV: separator, rows as they stand there, keys. Rows that are not as they must be, or the same, are problems. Errors are told. */
int cli_batch_table_read(struct cli_batch *b) ERR_CHECK;
/* Customers, files, what the journal knows. ERR_SYNTAX: there are problems; ERR_STATE: something changed since the batch began. Told. */
int cli_batch_plan_make(struct cli_batch *b) ERR_CHECK;
/* Rows with the same hash at this offset, key or same, are problems; zero ones are not looked at, nor what is the same by key already. */
void cli_batch_table_find_twice(struct cli_batch *b, size_t offset);

struct cli_batch_sum {
	size_t planned, sent, sent_before, failed;
	uint64_t entries, bytes;             /* of rows not sent before */
	size_t unverified, changed;          /* keys of these */
};
struct cli_batch_sum cli_batch_report_sum(const struct cli_batch *b);
/* Onto standard output. */
void cli_batch_report_print(const struct cli_batch *b, bool is_dry_run);
/* As CSV. Errors are told. */
int cli_batch_report_write(struct cli_batch *b, const char *path) ERR_CHECK;

#endif
