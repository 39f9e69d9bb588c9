/* SPDX-License-Identifier: MIT */
/*
 * One copy of the slot file, as spool/README.md lays it out: a header of 512 bytes, then slots of 128. Wrapping and
 * unwrapping of a slot's content too; which slot belongs to whom is known only to keys.c. Blocks. Not thread-safe.
 */
#ifndef STORE_SLOT_FILE_H
#define STORE_SLOT_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypt/secret.h"
#include "state/slot_header.h"
#include "store/keys.h"

#define STORE_SLOT_BYTES 128U
/* Slots by which a file grows at once. */
#define STORE_SLOT_GROWTH 512U
#define STORE_SLOT_COUNT_MAX (1U << 28)

struct store_slot_file {
	int folder;                 /* borrowed */
	int fd;                     /* -1: closed */
	uint32_t count;             /* slots in the file */
};

/* A slot's bytes, and what its clear part says. */
struct store_slot_bytes {
	uint8_t b[STORE_SLOT_BYTES];
};
enum store_slot_state { STORE_SLOT_DEAD, STORE_SLOT_LIVE, STORE_SLOT_DAMAGED };

/* ERR_NOT_FOUND: no file. ERR_STATE: an empty one (how an operator asks for a new mirror). ERR_VERSION: newer.
 * ERR_SYNTAX: no slot file, or damaged. ERR_IO. Nothing is logged. */
int store_slot_file_open(struct store_slot_file *f, int folder, struct state_slot_header *header_r) ERR_CHECK;
/* Makes (replaces) the file with count dead slots, rounded up to STORE_SLOT_GROWTH; durable. */
int store_slot_file_make(struct store_slot_file *f, int folder, const struct state_slot_header *header, uint32_t count)
    ERR_CHECK;
void store_slot_file_close(struct store_slot_file *f);
int store_slot_file_set_header(struct store_slot_file *f, const struct state_slot_header *header) ERR_CHECK;
/* At least count slots, rounded up to STORE_SLOT_GROWTH; durable. ERR_FULL, ERR_LIMIT. */
int store_slot_file_grow(struct store_slot_file *f, uint32_t count) ERR_CHECK;
/* n slots from number on; beyond the end of the file all are dead. */
int store_slot_file_read(const struct store_slot_file *f, uint32_t number, uint32_t n, struct store_slot_bytes *out)
    ERR_CHECK;
/* Not durable before _sync(). number + n must be in the file (panic). */
int store_slot_file_write(const struct store_slot_file *f, uint32_t number, uint32_t n, const struct store_slot_bytes *in)
    ERR_CHECK;
int store_slot_file_sync(const struct store_slot_file *f) ERR_CHECK;

/* Which key says so of itself that it wraps these bytes. */
struct id store_slot_wrapped_by(const struct store_slot_bytes *in);
/* A living slot: key wrapped by master. */
void store_slot_wrap(const struct secret *master, const struct store_slot *slot, const struct secret *key,
    struct store_slot_bytes *out);
/* ERR_ERASED: dead, or another generation. ERR_CRYPTO: damaged or another master key. *key_r owned. */
int store_slot_unwrap(const struct secret *master, const struct store_slot *slot, const struct store_slot_bytes *in,
    struct secret **key_r) ERR_CHECK;
/* What the clear part says; *generation_r of a living one. */
enum store_slot_state store_slot_look(const struct store_slot_bytes *in, uint64_t *generation_r);

#endif
