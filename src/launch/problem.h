/* SPDX-License-Identifier: MIT */
/*
 * Why something does not start, or does not take a reload: one sentence for the operator that names what
 * and where, and the exit code.
 */
#ifndef LAUNCH_PROBLEM_H
#define LAUNCH_PROBLEM_H

#include <stddef.h>

struct problem {
	int exit_code;           /* sysexits.h */
	char text[2048];         /* NUL-terminated, without the name of a program and without control characters */
};

/* Fills *p; returns ERR_CONFIG, so that it can end a function. */
int problem_set(struct problem *p, int exit_code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same text for a terminal, cut to what fits in size bytes with its NUL. */
void problem_escape(const char *text, char *out, size_t size);

#endif
