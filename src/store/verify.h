/* SPDX-License-Identifier: MIT */
/*
 * Whether a state directory is as spool/README.md says: names, owners and modes, every row, keys against slots and mirror,
 * files against rows, rows against each other. Changes nothing. For a store that nobody else uses meanwhile.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include <stdint.h>

#include "base/err.h"
#include "store/store.h"
#include "store/table.h"

#define STORE_VERIFY_FINDINGS_MAX 100
#define STORE_VERIFY_TEXT_MAX 120

/* What was counted for one subject: "account" for a table, "slots", "streams", ... */
struct store_verify_count {
	const char *subject;
	uint64_t checked, erased, wrong;    /* erased: its data key is destroyed */
};

#define STORE_VERIFY_COUNTS (STORE_TABLE_COUNT + 4)

struct store_verify_finding {
	const char *subject, *what;          /* static */
	char where[STORE_VERIFY_TEXT_MAX];   /* NUL-terminated: a key in hex or a path */
};

struct store_verify_report {
	struct store_verify_count counts[STORE_VERIFY_COUNTS];
	struct store_verify_finding findings[STORE_VERIFY_FINDINGS_MAX];
	uint32_t finding_count;              /* kept; wrong may be more */
	uint64_t wrong;
};

/* state_path: the directory. Blocks for as long as reading all of the index takes, and looking at every file. */
void store_verify(struct store *s, const char *state_path, struct store_verify_report *report);

/* For the parts of the check: one more of a subject was looked at; what: NULL, or what is wrong with it. */
void store_verify_note(struct store_verify_report *report, uint32_t subject, const char *what, const char *where);
/* Subjects behind those of the tables. */
enum store_verify_subject { STORE_VERIFY_DIRECTORY = STORE_TABLE_COUNT, STORE_VERIFY_STREAMS, STORE_VERIFY_SLOTS, STORE_VERIFY_MIRROR };

/* verify_files.c: names, owners, modes below the directory. */
void store_verify_files(const char *state_path, struct store_verify_report *report);

#endif
