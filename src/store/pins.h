/* SPDX-License-Identifier: MIT */
/*
 * Pin stores as the service keeps them: a root, which the client sealed, and pages by the place at which they begin. All of
 * it is opaque here; that root and pages belong together is seen by the client. Sealed under ACCOUNT, and gone with it.
 */
#ifndef STORE_PINS_H
#define STORE_PINS_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "record/account.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"

/* What an answer gives of it, in the call's arena: the page only if there is no other. Errors of store_records_get(). */
int store_pins_read(struct store_call *c, const struct id *account, uint64_t *version_r, ProtobufCBinaryData *root_r,
    ProtobufCBinaryData *page_r) ERR_CHECK;
int store_pins_version(struct store_call *c, const struct id *account, uint64_t *version_r) ERR_CHECK;
/* A new store of one page, in apply. What was there before is removed: only other keys could have opened it. */
int store_pins_begin(struct store_call *c, const struct id *account, uint64_t version, ProtobufCBinaryData root,
    ProtobufCBinaryData page) ERR_CHECK;
/*
 * The next version, in apply, or the present one once more with the same root: nothing happens. ERR_CONFLICT: another version.
 * ERR_FULL: too many pages. Errors of store_records_get().
 */
int store_pins_put(struct store_call *c, const struct id *account, const Provision__PinsPut *m) ERR_CHECK;
/* Pages from place at on, at most m->count (0: one), into reply. ERR_CONFLICT: another version than the present one. */
int store_pins_pages(struct store_call *c, const struct id *account, const Provision__PinPagesGet *m,
    Provision__PinPagesGetReply *reply) ERR_CHECK;

#endif
