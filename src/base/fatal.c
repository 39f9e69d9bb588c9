/* SPDX-License-Identifier: MIT */
/*
 * How a process ends when it cannot go on. Uses no heap, because having none may be the reason. Ends
 * with _exit(): other threads may be inside libraries whose exit handlers must not run under them.
 */
#include "base/fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

#define MESSAGE_MAX 512

void
panic_at(const char *file, int line, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	log_event(LOG_ERROR, "panic", LOG_S("message", message), LOG_S("file", file), LOG_I("line", line));
	abort();
}

void
fatal(int exit_code, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	log_event(LOG_ERROR, "fatal", LOG_S("message", message), LOG_I("exit", exit_code));
	_exit(exit_code);
}
