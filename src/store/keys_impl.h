/* SPDX-License-Identifier: MIT */
/*
 * What keys.c (life of keys) and keys_repair.c (start, mirror) share. Nobody else includes it.
 *
 * Order of locks: a write transaction of the index first, then lock.
 */
#ifndef STORE_KEYS_IMPL_H
#define STORE_KEYS_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/key_cache.h"
#include "store/keys.h"
#include "store/slot_file.h"

enum mirror_state {
	MIRROR_NONE,       /* not configured */
	MIRROR_AWAY,       /* cannot be reached: no new keys */
	MIRROR_JOINING,    /* reached, being brought in line: no new keys, destructions reach it */
	MIRROR_HERE
};

/* A master key and its public id. */
struct store_master {
	struct secret *key;       /* NULL: none */
	struct id id;
};
#define STORE_MASTERS 2

struct store_keys {
	struct store_index *index;
	struct store_master masters[STORE_MASTERS];      /* the configured one and the next; they stay as they are */
	const struct store_master *_Atomic wraps;        /* which of them wraps new slots */
	_Atomic bool is_rotating;
	struct state_slot_header header;      /* of the primary; the mirror's generation is the same or one more */
	struct store_key_cache *cache;
	char *mirror_path;
	pthread_mutex_t lock;                 /* what follows */
	struct store_slot_file primary, mirror;
	int mirror_folder;
	_Atomic enum mirror_state mirror_state;
	bool is_mirror_unsure;                /* a write to it has failed: every slot is written anew when it comes back */
	uint8_t *taken;                       /* one bit a slot: a name leads to it */
	uint32_t taken_slots, hint;
	bool is_dirty;                        /* created slots are not flushed yet */
	uint32_t to_overwrite;                /* destructions between their call and their commit */
	_Atomic uint32_t pending;             /* overwritten here, not in the mirror */
};

/* A row of the table "keys". */
struct store_key_row {
	bool is_live;
	uint32_t number;
	uint64_t generation;
};

#define STORE_KEY_NAME_BYTES (1 + ID_BYTES + 4)

void store_keys_encode_name(const struct store_key_name *name, uint8_t out[STORE_KEY_NAME_BYTES]);
/* Panics on anything that is not such a row: only this program writes them, under page checksums. */
void store_keys_decode_row(struct view key, struct view value, struct store_key_name *name_r,
    struct store_key_row *row_r);
void store_keys_put_row(struct store_txn *tx, const struct store_key_name *name, const struct store_key_row *row);

/* Lock held. Bits for count slots. */
void store_keys_reserve_bits(struct store_keys *k, uint32_t count);
bool store_keys_is_taken(const struct store_keys *k, uint32_t number);
void store_keys_set_taken(struct store_keys *k, uint32_t number, bool is_taken);
/* Lock held: the mirror failed. Logs, once. */
void store_keys_mirror_lost(struct store_keys *k, int err);
/* Lock held. In both copies, not flushed; ends the process when the primary fails. */
void store_keys_write_slot(struct store_keys *k, uint32_t number, const struct store_slot_bytes *bytes);
/* Lock held: flushes both. False: the mirror is away. */
bool store_keys_sync(struct store_keys *k);
/*
 * Lock held, mirror here or none configured: h (as the primary has it) in both copies, durably. The mirror first: after a death in between it is the younger
 * one, which is no reason to refuse it. False: it is away now, and nothing has changed here.
 */
bool store_keys_write_header(struct store_keys *k, const struct state_slot_header *h);

/* keys_master.c */
void store_keys_set_masters(struct store_keys *k, const struct secret *master, const struct secret *next);
void store_keys_free_masters(struct store_keys *k);
/* By the header. ERR_CRYPTO: a key is missing (logged). */
int store_keys_choose_master(struct store_keys *k) ERR_CHECK;
/* The key that wraps these bytes; of bytes that no known key wraps: any. */
const struct secret *store_keys_master_of(const struct store_keys *k, const struct store_slot_bytes *bytes);
/* Goes on with what was begun before a death, or while the mirror was away. */
void store_keys_resume_rotation(struct store_keys *k);

#endif
