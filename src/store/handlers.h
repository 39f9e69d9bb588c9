/* SPDX-License-Identifier: MIT */
/*
 * The tables that say what the store does: one row per request, one row per kind of due item. The rows' functions are in
 * files of their own, one per subject (account, company, package, mail, admin).
 */
#ifndef STORE_HANDLERS_H
#define STORE_HANDLERS_H

#include <stddef.h>

#include "store/call.h"
#include "store/due.h"

const struct store_handler *store_handlers_table(size_t *count_r);
const struct store_due_kind *store_handlers_due_kinds(size_t *count_r);

#endif
