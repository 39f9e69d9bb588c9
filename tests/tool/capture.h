/* SPDX-License-Identifier: MIT */
/*
 * What a function writes to standard output and standard error.
 */
#ifndef TESTS_TOOL_CAPTURE_H
#define TESTS_TOOL_CAPTURE_H

struct capture {
	char out[65536], err[65536];   /* NUL-terminated */
	int result;
};

/* Runs fn(arg) with both streams in files. */
void capture_run(struct capture *c, int (*fn)(void *arg), void *arg);

#endif
