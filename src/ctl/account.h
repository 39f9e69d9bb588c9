/* SPDX-License-Identifier: MIT */
/*
 * Accounts as the operator names them.
 */
#ifndef CTL_ACCOUNT_H
#define CTL_ACCOUNT_H

#include "base/err.h"
#include "base/id.h"
#include "tool/verb.h"

/* The account of the call's first argument, an id or an address. Errors are told. */
int ctl_account_find(struct tool_call *c, struct id *account_r) ERR_CHECK;

#endif
