/* SPDX-License-Identifier: MIT */
/*
 * Making erasure receipts (trust/erasure.h) under the service's key: as the answer of a request, and for the mail that follows. A
 * receipt says "complete" only where all copies of the data keys are overwritten, and "begun" while one cannot be reached.
 */
#ifndef STORE_ERASURE_RECEIPT_H
#define STORE_ERASURE_RECEIPT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/view.h"
#include "record/common.pb-c.h"
#include "store/call.h"
#include "trust/erasure.h"

/* A receipt to be filled: id, time, service and key. */
struct trust_erasure store_erasure_receipt_begin(struct store_call *c, enum trust_erasure_occasion occasion, enum trust_erasure_by by,
    const struct id *subject);
/* Whether every copy of what was destroyed so far is overwritten. */
bool store_erasure_receipt_is_complete(const struct store *s);
/* What had left the service of what went, by what was counted. */
void store_erasure_receipt_copies(struct trust_erasure *r);
/*
 * apply() only, after everything that r is about was destroyed through c->tx: the answer (ErasureReply). *bytes_r: the receipt, in c's
 * arena. What it says of the copies is put right when they are overwritten, before the answer goes out.
 */
int store_erasure_receipt_answer(struct store_call *c, struct trust_erasure *r, struct view *bytes_r) ERR_CHECK;
/* A receipt as it stands now, as words, in a; nothing for an empty one. */
int store_erasure_receipt_words(struct store *s, struct arena *a, struct view receipt, ProtobufCBinaryData *words_r) ERR_CHECK;

#endif
