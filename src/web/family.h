/* SPDX-License-Identifier: MIT */
/*
 * The metrics by name, as the Prometheus text format wants them: one row a family, with its type and what it says.
 */
#ifndef WEB_FAMILY_H
#define WEB_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

struct web_family {
	const char *name;       /* without "provision_"; counters end in _total */
	bool is_counter, is_histogram;   /* neither: a gauge */
	const char *help;       /* one line */
};

const struct web_family *web_family_table(size_t *n_r);
/* Whether a sample of that name belongs to the family: its own name, of a histogram with _bucket, _sum or _count. */
bool web_family_has(const struct web_family *f, struct view sample);

#endif
