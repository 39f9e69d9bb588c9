/* SPDX-License-Identifier: MIT */
/*
 * Formats the sentence for the operator. Called by everything that can stop the start.
 */
#include "launch/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"

void
problem_escape(const char *text, char *out, size_t size)
{
	struct view v = view_str(text);
	size_t n = 0;
	while (v.len > 0 && n + TEXT_ESCAPE_MAX < size)
		n += text_escape_next(&v, out + n);
	out[n] = '\0';
}

int
problem_set(struct problem *p, int exit_code, const char *fmt, ...)
{
	char raw[sizeof(p->text)];
	va_list ap;
	p->exit_code = exit_code;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	problem_escape(raw, p->text, sizeof(p->text));
	return ERR_CONFIG;
}
