/* SPDX-License-Identifier: MIT */
/*
 * What provision-janitor does, one function each; the store does the work. Every call has an admin link as its context.
 */
#ifndef JANITOR_RUN_H
#define JANITOR_RUN_H

#include "tool/verb.h"

/* Works until nothing is due, --limit is reached or a signal came, then prints and has logged the report. */
int run_work(struct tool_call *c) ERR_CHECK;
/* --explain: prints why something is kept, and until when. */
int run_explain(struct tool_call *c) ERR_CHECK;
/* --plan: prints what would be worked now. */
int run_plan(struct tool_call *c) ERR_CHECK;

#endif
