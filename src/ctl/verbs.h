/* SPDX-License-Identifier: MIT */
/*
 * The verbs of provisionctl(8): a table, and one function each.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "tool/verb.h"

/* Flag of a verb: it asks no store. */
#define CTL_VERB_NO_LINK 1U

const struct tool_verb *ctl_verbs_table(size_t *count_r);
/* Options of all verbs. */
const struct tool_option *ctl_verbs_options(void);

int ctl_company_add(struct tool_call *c);
int ctl_company_list(struct tool_call *c);
int ctl_account_show(struct tool_call *c);
int ctl_account_lock(struct tool_call *c);
int ctl_account_unlock(struct tool_call *c);
int ctl_account_reset(struct tool_call *c);
int ctl_account_delete(struct tool_call *c);
int ctl_export_run(struct tool_call *c);
int ctl_queue_list(struct tool_call *c);
int ctl_queue_show(struct tool_call *c);
int ctl_queue_retry(struct tool_call *c);
int ctl_queue_drop(struct tool_call *c);
int ctl_queue_flush(struct tool_call *c);
int ctl_quota_show(struct tool_call *c);
int ctl_quota_set(struct tool_call *c);
int ctl_support_list(struct tool_call *c);
int ctl_support_show(struct tool_call *c);
int ctl_support_answer(struct tool_call *c);
int ctl_retention(struct tool_call *c);
int ctl_service_status(struct tool_call *c);
int ctl_service_statistics(struct tool_call *c);
int ctl_verify(struct tool_call *c);
int ctl_key_rotate(struct tool_call *c);
int ctl_backup(struct tool_call *c);
int ctl_restore(struct tool_call *c);
int ctl_service_clock_accept(struct tool_call *c);

#endif
