/* SPDX-License-Identifier: MIT */
#include "tool/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fatal.h"

static void
read_all(FILE *f, char *out, size_t size)
{
	rewind(f);
	size_t n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);
}

void
capture_run(struct capture *c, int (*fn)(void *arg), void *arg)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO);
	require(out != NULL && err != NULL && old_out >= 0 && old_err >= 0);
	fflush(NULL);
	require(dup2(fileno(out), STDOUT_FILENO) >= 0 && dup2(fileno(err), STDERR_FILENO) >= 0);
	c->result = fn(arg);
	fflush(NULL);
	require(dup2(old_out, STDOUT_FILENO) >= 0 && dup2(old_err, STDERR_FILENO) >= 0);
	close(old_out);
	close(old_err);
	read_all(out, c->out, sizeof(c->out));
	read_all(err, c->err, sizeof(c->err));
}
