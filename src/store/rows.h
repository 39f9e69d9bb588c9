/* SPDX-License-Identifier: MIT */
/*
 * Stored records as clients see them: the rows of lists. What is not put in a row here is shown to nobody; a customer's
 * e-mail address never is. Rows borrow from the records they are made of.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/arena.h"
#include "base/id.h"
#include "record/company.pb-c.h"
#include "record/stored.pb-c.h"
#include "store/call.h"

/* A company as customers and members see it. In arena memory; borrows id and record. */
Provision__CompanyRow *store_rows_company(struct arena *a, const struct id *company,
    const Provision__StoredCompany *record);
/* An array of n pointers in arena memory; NULL: the arena is full (answer ERR_LIMIT). */
void **store_rows_array(struct arena *a, size_t n);

#endif
