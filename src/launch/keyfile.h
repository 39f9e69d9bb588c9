/* SPDX-License-Identifier: MIT */
/*
 * Files with keys, certificates and passwords that the configuration names: read into secret memory by whoever starts the
 * processes, never by these.
 */
#ifndef LAUNCH_KEYFILE_H
#define LAUNCH_KEYFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "conf/conf.h"
#include "crypt/secret.h"
#include "launch/problem.h"

#define KEYFILE_MASTER_KEY_BYTES 32

/* How a file must be. */
struct keyfile {
	const char *option;      /* which names it */
	const char *path;
	size_t min, max;         /* bytes */
	mode_t forbidden;        /* permission bits that would give it to others */
};

/* The whole file; *s_r owned by the caller. ERR_CONFIG: *p says what is wrong with it. Blocks. */
int keyfile_read(const struct keyfile *w, struct secret **s_r, struct problem *p) ERR_CHECK;
/* The master key of this configuration and the next one, the same way; *next_r: NULL while there is no such file. */
int keyfile_read_masters(const struct conf *conf, struct secret **master_r, struct secret **next_r, struct problem *p) ERR_CHECK;

#endif
