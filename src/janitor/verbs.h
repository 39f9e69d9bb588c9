/* SPDX-License-Identifier: MIT */
/*
 * The command line of provision-janitor(8): one verb without a name, and its options.
 */
#ifndef JANITOR_VERBS_H
#define JANITOR_VERBS_H

#include "tool/verb.h"

const struct tool_verb *verbs_table(size_t *count_r);
const struct tool_option *verbs_options(void);

#endif
