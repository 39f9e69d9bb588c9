/* SPDX-License-Identifier: MIT */
/*
 * From where something was written (C4, D4): IP address, user agent, time, under a day key of their own that lives shorter than
 * the conversation. For its writer and the operator only.
 */
#ifndef STORE_PROVENANCE_H
#define STORE_PROVENANCE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "record/common.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/index.h"
#include "store/store.h"

/* apply(): notes where caller is; item is the package or message. The day's key is made where there is none, with its end. */
int store_provenance_put(struct store *s, struct store_txn *tx, const struct id *subscription, const struct id *item,
    const Provision__Caller *caller, uint64_t now_ms) ERR_CHECK;
/* Of the day of time_ms. ERR_NOT_FOUND: none (any more). */
int store_provenance_get(struct store *s, struct store_txn *tx, struct arena *a, const struct id *subscription,
    const struct id *item, uint64_t time_ms, Provision__StoredProvenance **r_r) ERR_CHECK;

#endif
