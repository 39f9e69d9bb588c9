/* SPDX-License-Identifier: MIT */
/*
 * Data keys. They exist only in fixed slots of keys/slots (and its mirror), wrapped by the master key; layout in
 * spool/README.md. Whoever uses a key gives its name: what it is for, whose, which day. The table "keys" of the
 * index says which slot bears which name; slots that no name leads to are swept at start.
 *
 * Life of a key, all inside write transactions:
 *   store_keys_create()   a fresh key; written and flushed in all copies before the commit that names it
 *   store_keys_destroy()  marks the name dead; after the commit, before the answer, the slot is overwritten
 *                         and synced in all copies. From then on: ERR_ERASED
 *   store_keys_replace()  destroys a key and makes a fresh one of the same name, for what survives under it
 *   store_keys_forget()   when all records under it are gone: the name goes, the slot may be used again
 *
 * While a configured mirror cannot be reached, _create() gives ERR_UNAVAILABLE; _destroy() overwrites what it can, and
 * the rest follows by itself (store_keys_pending() tells). Thread-safe; keys in memory lie in one locked slab.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypt/secret.h"
#include "store/index.h"

/* What a data key is for. Numbers are on disk: never change or reuse one. */
enum store_key_kind {
	STORE_KEY_SERVICE = 1,           /* the service's own secrets; owner none */
	STORE_KEY_LOOKUP = 2,            /* keyed hashes of addresses, slugs, customer numbers; owner none, day = its number */
	STORE_KEY_ACCOUNT = 3,           /* profile, sessions, pins; owner = account */
	STORE_KEY_REGISTRATION = 4,      /* owner = registration, reset or change of address; the latter two used together with ACCOUNT */
	STORE_KEY_COMPANY = 5,           /* company record, members; owner = company */
	STORE_KEY_SUBSCRIPTION = 6,      /* owner = subscription */
	STORE_KEY_SUBSCRIPTION_DAY = 7,  /* owner = subscription, day = UTC day; used together with SUBSCRIPTION */
	STORE_KEY_PROVENANCE_DAY = 8,    /* IP address and user agent; owner = subscription, day = UTC day; used together with SUBSCRIPTION */
	STORE_KEY_PACKAGE = 9,           /* header, sealed keys; owner = package */
	STORE_KEY_INVITATION = 10,       /* owner = invitation */
	STORE_KEY_MAIL = 11,             /* owner = mail job to the address of a deleted account */
	STORE_KEY_EPOCH = 12,            /* an epoch's private keys as sealed to members; owner = company, day = epoch's number */
	STORE_KEY_CUSTOMER_INVITATION = 13,   /* owner = invitation */
	STORE_KEY_ENTRY_DAY = 14,        /* 64 entries of a conversation; owner = subscription, day = UTC day * 65536 + part of the day; with SUBSCRIPTION */
	STORE_KEY_SUPPORT = 15,          /* owner = support request; used together with ACCOUNT */
	STORE_KEY_KIND_COUNT
};

/* A data key's name; a plain value. */
struct store_key_name {
	enum store_key_kind kind;
	struct id owner;
	uint32_t day;           /* UTC day or number; 0 where the kind has none */
};

/* Where a key lies: which use of which slot. Part of every record sealed under it. */
struct store_slot {
	uint32_t number;
	uint64_t generation;    /* random: says which use of the number */
	struct store_key_name name;
};

struct store_keys;

struct store_keys_options {
	int folder_fd;               /* keys/; borrowed until close */
	const char *mirror_path;     /* folder of the mirror, absolute; NULL = none configured; copied */
	const struct secret *master; /* CRYPT_KEY_BYTES; copied */
	const struct secret *next_master;   /* the same; NULL = the master key is not to be changed */
	uint32_t cached_keys;        /* unwrapped keys held at most; 0 = 4096 */
};

/*
 * Opens or makes the slot file, checks the master key, sweeps slots without a name, finishes destructions that were
 * under way, brings the mirror in line: a slot dead in the mirror stays dead. Writes through index.
 * ERR_CRYPTO: another master key than the one the slots were made with, or one of two while it is being changed. ERR_VERSION: newer format.
 * ERR_TRUST: the mirror belongs to another store. ERR_STATE: the slot file is missing or damaged although the index names
 * keys. ERR_IO, ERR_FULL. Each logged with its cause. A mirror that cannot be reached is no error: see _is_mirrored().
 */
int store_keys_open(const struct store_keys_options *options, struct store_index *index, struct store_keys **keys_r)
    ERR_CHECK;
void store_keys_close(struct store_keys **keys);

/* A fresh random key of that name. ERR_EXISTS: the name is taken (also by a dead key). ERR_UNAVAILABLE: mirror. */
int store_keys_create(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name) ERR_CHECK;
/* As _create(), but a living key of that name is as good. ERR_ERASED: it is dead. */
int store_keys_ensure(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name) ERR_CHECK;
/* The slot of a name. ERR_NOT_FOUND: never made or forgotten. ERR_ERASED: dead. */
int store_keys_find(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name,
    struct store_slot *slot_r) ERR_CHECK;
/*
 * The name leads to a fresh key, the living one it had is destroyed: in the same transaction everything that is to survive is
 * written anew. ERR_NOT_FOUND, ERR_ERASED: it has none. ERR_UNAVAILABLE: mirror.
 */
int store_keys_replace(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name) ERR_CHECK;
/* 0 also if it is dead already. ERR_NOT_FOUND. */
int store_keys_destroy(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name) ERR_CHECK;
/* Removes a dead name (panic if it lives). 0 if there is none. */
void store_keys_forget(struct store_keys *keys, struct store_txn *tx, const struct store_key_name *name);
/* Keys of a kind and owner whose day (or number) is within first..last; a plain value. */
struct store_key_range {
	enum store_key_kind kind;
	struct id owner;
	uint32_t first, last;
};

static inline struct store_key_range
store_key_range_all(enum store_key_kind kind, const struct id *owner)
{
	return (struct store_key_range){ kind, *owner, 0, UINT32_MAX };
}

/* Destroys up to limit living ones. True: there may be more. */
bool store_keys_destroy_range(struct store_keys *keys, struct store_txn *tx, const struct store_key_range *range, uint32_t limit);
/* Forgets up to limit dead names. True: there may be more. */
bool store_keys_forget_range(struct store_keys *keys, struct store_txn *tx, const struct store_key_range *range, uint32_t limit);
/* The key itself. ERR_ERASED: destroyed, or the slot serves another now. ERR_CRYPTO: the slot is damaged (logged).
 * *key_r owned by the caller, CRYPT_KEY_BYTES. */
int store_keys_unwrap(struct store_keys *keys, const struct store_slot *slot, struct secret **key_r) ERR_CHECK;

/* False while a configured mirror cannot be reached. */
bool store_keys_is_mirrored(const struct store_keys *keys);
/* Destroyed slots whose copy in the mirror still has to be overwritten. 0 = every erasure is complete. */
uint32_t store_keys_pending(const struct store_keys *keys);
/*
 * Before a backup: both copies count one more, durably, so that a mirror of before can be told (state/slot_header.h). ERR_STATE: no mirror
 * is configured, so nothing could be restored. ERR_UNAVAILABLE: it is away. ERR_BUSY: it is being brought in line.
 */
int store_keys_mark(struct store_keys *keys, struct id *store_r, uint64_t *generation_r) ERR_CHECK;
/*
 * For verify: whether a row of the table "keys" has the slots it should. 0; an error: of a living key, its slot does not open, of a dead one, it is not
 * overwritten. is_mirrored_r: the mirror has the same, or none is configured.
 */
int store_keys_check(struct store_keys *keys, struct view key, struct view value, bool *is_living_r, bool *is_mirrored_r) ERR_CHECK;
/* What a change of the master key has done. */
struct store_keys_rotated {
	uint64_t rewrapped, damaged;     /* slots; damaged ones were so before */
	struct id old_master, master;    /* which key was given as the old one, which one wraps now */
};
/*
 * Wraps every slot by the next master key, in both copies, while everything goes on; afterwards the old one opens nothing. 0 also when that was done
 * before. ERR_STATE: no next key was given. ERR_BUSY: it is under way. ERR_UNAVAILABLE: the mirror is away; what was begun goes
 * on when it is back, or after the next start with both keys. Blocks: seconds for a million keys.
 */
int store_keys_rotate(struct store_keys *keys, struct store_keys_rotated *result_r) ERR_CHECK;
/* Tries the mirror again; called about once a minute. Blocks. */
void store_keys_tend(struct store_keys *keys);

#endif
