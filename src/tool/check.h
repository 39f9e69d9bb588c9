/* SPDX-License-Identifier: MIT */
/*
 * Checks for rows of options (tool/option.h) whose values are more than text.
 */
#ifndef TOOL_CHECK_H
#define TOOL_CHECK_H

#include "base/view.h"

/* NULL, or what the value must be: "must be ...". */
const char *tool_check_email(struct view value);
/* A whole number. */
const char *tool_check_number(struct view value);
const char *tool_check_locale(struct view value);

#endif
