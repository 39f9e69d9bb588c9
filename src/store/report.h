/* SPDX-License-Identifier: MIT */
/*
 * What other processes count, for the metrics: each one's last report, in memory, until its next one, also when it is started
 * again meanwhile. Names and labels are checked, so that a report cannot break the text format. Thread-safe.
 */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "record/admin.pb-c.h"

struct store_reports;

struct store_reports *store_reports_new(void);
/* Takes *r, accepts NULL. */
void store_reports_free(struct store_reports **r);
/* In place of the process's report before; copies. ERR_SYNTAX: no name or label of the text format. ERR_LIMIT: too many
 * processes. */
int store_reports_put(struct store_reports *r, const Provision__Report *report) ERR_CHECK;
/* Puts copies of all counters, at most max, into out; all in arena memory. Returns how many. */
size_t store_reports_copy(struct store_reports *r, struct arena *arena, Provision__Counter **out, size_t max);

#endif
