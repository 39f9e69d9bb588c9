/* SPDX-License-Identifier: MIT */
/*
 * A backup while the store serves: a thread of its own copies the index into a pipe, from which provisionctl writes files.
 * The store's jail keeps it from opening anything outside the state directory, and nothing that a slow receiver does may hold
 * up a request; so it hands out bytes and read-only descriptors, never takes a path.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "base/err.h"
#include "state/manifest.h"
#include "store/store.h"

struct store_backup;

/* Borrows s. Returns owned. */
struct store_backup *store_backup_new(struct store *s);
/* Takes *b, accepts NULL: breaks off what runs. */
void store_backup_free(struct store_backup **b);
/*
 * Begins one: both copies of the slots count one more, then the index flows into *fd_r (owned by the caller, read end;
 * state/stream.h). ERR_BUSY: one is under way. ERR_STATE, ERR_UNAVAILABLE: as store_keys_mark(). Blocks a little.
 */
int store_backup_begin(struct store_backup *b, struct state_manifest_head *head_r, int *fd_r) ERR_CHECK;

#endif
