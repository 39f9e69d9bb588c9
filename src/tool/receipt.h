/* SPDX-License-Identifier: MIT */
/*
 * What the receipt of an erasure says (trust/erasure.h), for people and as JSON.
 */
#ifndef TOOL_RECEIPT_H
#define TOOL_RECEIPT_H

#include "tool/verb.h"
#include "trust/erasure.h"

/* Into the object of the result that is open. */
void tool_receipt_print(struct tool_call *c, const struct trust_erasure *r);

#endif
