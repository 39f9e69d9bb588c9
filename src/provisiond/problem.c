/* SPDX-License-Identifier: MIT */
/*
 * Formats the sentence for the operator. Called by everything that can stop the start.
 */
#include "provisiond/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

int
problem_set(struct problem *p, int exit_code, const char *fmt, ...)
{
	va_list ap;
	p->exit_code = exit_code;
	va_start(ap, fmt);
	(void)vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
	return ERR_CONFIG;
}
