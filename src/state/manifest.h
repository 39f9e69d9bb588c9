/* SPDX-License-Identifier: MIT */
/*
 * The manifest of a backup: what the backup is of, and every file in it. Text, one fact a line, so that it can be read and
 * checked with ordinary tools; the last line makes a cut or changed one show. Grammar in spool/README.md.
 */
#ifndef STATE_MANIFEST_H
#define STATE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/digest.h"

#define STATE_MANIFEST_NAME "manifest"
#define STATE_MANIFEST_PATH_MAX 64        /* "packages/new/ab/" and an id are 42 */

/* What the backup is of. */
struct state_manifest_head {
	struct id store;
	uint32_t format;             /* version of the state directory */
	uint64_t time_ms;            /* when it was begun, by the store's guarded clock */
	uint64_t generation;         /* of the key slots then: an older mirror has lost something since */
};

/* One file. */
struct state_manifest_file {
	char path[STATE_MANIFEST_PATH_MAX];   /* below the backup, with slashes */
	uint64_t bytes;
	bool is_linked;              /* a second name of a package's file: not read, so without a hash */
	uint8_t hash[CRYPT_DIGEST_BYTES];     /* SHA-256 */
};

/* ---- writing ---- */

struct state_manifest_writer;

/* Makes the file in folder (borrowed), which has none. ERR_EXISTS, ERR_FULL, ERR_IO. */
int state_manifest_create(int folder, const struct state_manifest_head *head, struct state_manifest_writer **w_r) ERR_CHECK;
int state_manifest_add(struct state_manifest_writer *w, const struct state_manifest_file *file) ERR_CHECK;
/* Takes *w, accepts NULL; with is_whole the end is written and everything is on disk. */
int state_manifest_close(struct state_manifest_writer **w, bool is_whole) ERR_CHECK;

/* ---- reading ---- */

struct state_manifest_reader;

/* ERR_NOT_FOUND: no backup. ERR_SYNTAX: not a manifest. ERR_VERSION: a newer program's. ERR_IO. */
int state_manifest_open(int folder, struct state_manifest_head *head_r, struct state_manifest_reader **r_r) ERR_CHECK;
/* The next file; only plain paths below index/ and packages/ are let through. *is_end_r: there is none, and the manifest is whole.
 * ERR_SYNTAX: cut or changed. */
int state_manifest_next(struct state_manifest_reader *r, struct state_manifest_file *file_r, bool *is_end_r) ERR_CHECK;
void state_manifest_free(struct state_manifest_reader **r);

#endif
