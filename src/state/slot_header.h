/* SPDX-License-Identifier: MIT */
/*
 * The first sector of a slot file, in keys/ or in the mirror, as spool/README.md lays it out: whose slots these are, which
 * copy, how young. Public: no key is in it.
 */
#ifndef STATE_SLOT_HEADER_H
#define STATE_SLOT_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "crypt/secret.h"

#define STATE_SLOT_HEADER_BYTES 512U
#define STATE_SLOT_FILE_NAME "slots"

enum state_slot_copy { STATE_SLOT_PRIMARY = 1, STATE_SLOT_MIRROR = 2 };

struct state_slot_header {
	struct id store;            /* random, the same in both copies */
	struct id master;           /* which master key wraps */
	struct id next_master;      /* while that is being changed: which one wraps from now on; else zeros */
	enum state_slot_copy copy;
	bool has_mirror;            /* primary: a mirror has been attached */
	uint64_t generation;        /* counts up whenever both copies have been brought in line, and with each backup */
};

/* Which key a master key is: a derived, public id. */
struct id state_slot_master_id(const struct secret *master);

void state_slot_header_encode(const struct state_slot_header *h, uint8_t out[STATE_SLOT_HEADER_BYTES]);
/* ERR_VERSION: written by a newer program. ERR_SYNTAX: no slot file, or damaged. */
int state_slot_header_decode(const uint8_t in[STATE_SLOT_HEADER_BYTES], struct state_slot_header *h_r) ERR_CHECK;
/* Of the file "slots" in a folder. ERR_NOT_FOUND, ERR_STATE: an empty file; ERR_IO. */
int state_slot_header_read(int folder, struct state_slot_header *h_r) ERR_CHECK;

#endif
