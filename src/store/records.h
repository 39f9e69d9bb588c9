/* SPDX-License-Identifier: MIT */
/*
 * Stored records by table: which message lies in which table, and the data keys they are sealed under. Thin, so that a
 * handler names the table and gets the right type.
 */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/hash.h"
#include "store/index.h"
#include "store/keys.h"
#include "store/store.h"

struct ProtobufCMessage;

/* An arena for the records of one job, beside a request's own. Returns owned. */
struct arena *store_records_arena(void);

/* Whether a table has records of this kind: plain ones and those of entries (entry_form.h) are others. */
bool store_records_is_sealed(enum store_table table);

/*
 * The record of table at key. record_r: address of a pointer to the table's message type; NULL on error.
 * ERR_NOT_FOUND: none, or its data key is destroyed. ERR_IO: damaged (logged). ERR_LIMIT: a is full.
 */
int store_records_get(struct store *s, struct store_txn *tx, struct arena *a, enum store_table table, struct view key,
    void *record_r) ERR_CHECK;
/* The same for a value that a cursor gave. */
int store_records_open(struct store *s, struct arena *a, enum store_table table, struct view key, struct view value,
    void *record_r) ERR_CHECK;
/* Seals under one data key and writes. */
int store_records_put(struct store *s, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *name, const struct ProtobufCMessage *record) ERR_CHECK;
/* Under two: it ends with either. */
int store_records_put2(struct store *s, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *a, const struct store_key_name *b, const struct ProtobufCMessage *record) ERR_CHECK;
/* Deletes; there may be none. */
void store_records_delete(struct store_txn *tx, enum store_table table, struct view key);

/* An id that a plain table holds (address -> account, slug -> company). ERR_NOT_FOUND. */
int store_records_get_id(struct store_txn *tx, enum store_table table, struct view key, struct id *id_r) ERR_CHECK;
void store_records_put_id(struct store_txn *tx, enum store_table table, struct view key, const struct id *id);

/* Deletes a record that has a data key of its own, and destroys that; there may be neither. */
int store_records_end(struct store *s, struct store_txn *tx, enum store_table table, struct view key,
    const struct store_key_name *own) ERR_CHECK;
/* Destroys a data key and has its name forgotten later, when its records are gone. 0 if there is none. */
int store_records_destroy_key(struct store *s, struct store_txn *tx, const struct store_key_name *name) ERR_CHECK;

/* How many rows begin with prefix (an empty one: all). Reads every one of them. */
uint32_t store_records_count(struct store_txn *tx, enum store_table table, struct view prefix);

#endif
