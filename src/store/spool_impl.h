/* SPDX-License-Identifier: MIT */
/*
 * What spool.c (life of files) and spool_sweep.c (start) share. Nobody else includes it.
 */
#ifndef STORE_SPOOL_IMPL_H
#define STORE_SPOOL_IMPL_H

#include <pthread.h>
#include <stdio.h>

#include "base/file.h"
#include "store/spool.h"

struct lease;

struct store_spool {
	int folder;
	struct store_index *index;
	struct store_pool *pool;
	pthread_mutex_t lock;
	struct lease *leases;        /* under lock */
};

/* "tmp", "tmp/ab", "tmp/ab/abcdef..." below packages/. */
struct store_spool_path {
	char top[4];
	char sub[8];
	char file[8 + ID_TEXT_LEN + 2];
};

struct store_spool_path store_spool_path(enum store_folder folder, const struct id *file);
/* The row of a file. ERR_NOT_FOUND. */
int store_spool_row(struct store_txn *tx, const struct id *file, enum store_folder *folder_r, struct id *owner_r)
    ERR_CHECK;
/* Durable. ERR_NOT_FOUND: it is not there. */
int store_spool_move_file(struct store_spool *spool, const struct id *file, enum store_folder from,
    enum store_folder to) ERR_CHECK;

#endif
