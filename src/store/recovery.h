/* SPDX-License-Identifier: MIT */
/*
 * Start and end of everything on disk, in the one right order: owner and mode of the state directory checked -> lock
 * file -> ballast dropped -> Berkeley DB recovery -> ballast made anew -> key slots checked and swept -> vault ->
 * clock -> spool swept. After it, threads may start (store_recovery_start).
 */
#ifndef STORE_RECOVERY_H
#define STORE_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypt/secret.h"
#include "store/store.h"

struct store_due_kind;
struct store_clock_source;

struct store_options {
	const char *state_path;          /* absolute; ours, mode 0700; its folders are made if missing */
	const char *mirror_path;         /* NULL = none */
	const struct secret *master;     /* CRYPT_KEY_BYTES; copied */
	const struct secret *next_master;   /* the same; NULL = none */
	uint64_t cache_bytes;            /* 0 = 16 MiB */
	uint64_t reserve_bytes;          /* 0 = 256 MiB */
	uint64_t ballast_bytes;          /* 0 = two logs and the cache */
	const struct store_clock_source *clock;    /* NULL = the system's */
	const struct store_due_kind *due_kinds;
	size_t due_kind_count;
	const struct conf *conf;         /* first settings; copied; may be NULL */
	const struct secret *relay_password;       /* the same */
};

/*
 * Everything ready but no thread running. ERR_STATE: the directory has the wrong owner or mode. ERR_BUSY: another store
 * runs on it. ERR_CRYPTO: wrong master key. ERR_VERSION: newer format. ERR_TRUST: foreign mirror. ERR_FULL.
 * ERR_IO. Each logged with what to do about it. Returns owned.
 */
int store_recovery_open(const struct store_options *options, struct store **store_r) ERR_CHECK;
/* Starts checkpoints, pool and committer. In a jailed process: after the jail. */
void store_recovery_start(struct store *s);
/* Works off what was submitted and ends pool and committer: afterwards no thread of the store calls anybody. */
void store_recovery_stop(struct store *s);
/* Takes *s, accepts NULL: stops what runs, checkpoint, unlock. */
void store_recovery_close(struct store **s);

#endif
