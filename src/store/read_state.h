/* SPDX-License-Identifier: MIT */
/*
 * How far a person has read, one number a conversation.
 */
#ifndef STORE_READ_STATE_H
#define STORE_READ_STATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "store/call.h"

/* Up to which entry; 0: nothing. */
int store_read_state_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription, const struct id *account,
    uint64_t *sequence_r) ERR_CHECK;
/* apply() only. */
int store_read_state_put(struct store_call *c, const struct id *subscription, const struct id *account, uint64_t sequence) ERR_CHECK;

#endif
