/* SPDX-License-Identifier: MIT */
/*
 * The index as a backup wants it: a consistent copy while it is used.
 */
#ifndef STORE_INDEX_COPY_H
#define STORE_INDEX_COPY_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "store/index.h"

/* Where the copy goes. An error of either ends it. */
struct store_index_sink {
	/* A file of the environment begins: bytes follow in portions. */
	int (*file)(void *arg, const char *name, uint64_t bytes);
	int (*data)(void *arg, struct view portion);
	void *arg;
};

/*
 * All tables, then the log: the state at some moment during the call, with everything that was committed before it.
 * No checkpoint is written and no log is removed meanwhile; one that somebody asks for waits. Blocks as long as the sink takes, never
 * the committer. One at a time. ERR_CRYPTO: a page is damaged (logged). ERR_IO, or the sink's error.
 */
int store_index_copy(struct store_index *index, const struct store_index_sink *sink) ERR_CHECK;

#endif
