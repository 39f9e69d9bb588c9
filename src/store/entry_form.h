/* SPDX-License-Identifier: MIT */
/*
 * Values of the table "entry": a head in the clear, by which an erasure finds what belongs to an entry without its keys, and the
 * sealed record, in the short form of spool/README.md. 64 entries of a day at most share a data key, so that taking one
 * back means writing few anew.
 */
#ifndef STORE_ENTRY_FORM_H
#define STORE_ENTRY_FORM_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "crypt/secret.h"
#include "record/stored.pb-c.h"
#include "store/index.h"
#include "store/rowkey.h"
#include "store/store.h"

#define STORE_ENTRY_SALT_BYTES 4
#define STORE_ENTRIES_A_KEY 64U

struct store_entry_head {
	uint32_t key_number;         /* "day" of the data key's name */
	uint8_t salt[STORE_ENTRY_SALT_BYTES];
	struct id id;                /* of the message or package */
	uint64_t customer_number;    /* among all entries of the customer, of the company */
	uint64_t company_number;
};

/* The key of a conversation that was used last, so that a page of entries opens one, not fifty. */
struct store_entry_opener {
	struct store *store;
	struct id subscription;
	uint32_t key_number;
	struct secret *key;          /* NULL: none yet */
};

/* Borrows s. */
struct store_entry_opener store_entry_opener_of(struct store *s, const struct id *subscription);
/* Forgets the key. */
void store_entry_opener_clear(struct store_entry_opener *o);

/* Key in the table. */
struct store_rowkey store_entry_key(const struct id *subscription, uint64_t sequence);
/* Name of the data key of a day's n-th entry, from 0. ERR_LIMIT: too many on one day. */
int store_entry_key_number(uint32_t day, uint64_t n, uint32_t *number_r) ERR_CHECK;
static inline uint32_t
store_entry_day(uint32_t key_number)
{
	return key_number >> 16;
}
static inline uint32_t
store_entry_first_key(uint32_t day)
{
	return day << 16;
}

/* The head of a value; a value that is too short is a bug of ours. */
struct store_entry_head store_entry_head_of(struct view value);
/*
 * Writes an entry of that number. The salt is made here. ERR_NOT_FOUND, ERR_ERASED: one of the data keys is not there.
 * ERR_LIMIT: the record is too large.
 */
int store_entry_write(struct store_entry_opener *o, struct store_txn *tx, uint64_t sequence, struct store_entry_head *head,
    const Provision__StoredEntry *record) ERR_CHECK;
/* The record, in a. ERR_NOT_FOUND: a data key is destroyed. ERR_IO: damaged (logged). ERR_LIMIT: a is full. */
int store_entry_open(struct store_entry_opener *o, struct store_txn *tx, struct view key, struct view value, struct arena *a,
    Provision__StoredEntry **record_r) ERR_CHECK;

#endif
