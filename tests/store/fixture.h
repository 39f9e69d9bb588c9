/* SPDX-License-Identifier: MIT */
/*
 * A folder of its own for a test of the store, made before and removed with all content after it.
 */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fatal.h"
#include "base/mem.h"

struct fixture {
	char path[128];
};

static inline void
fixture_init(struct fixture *f)
{
	(void)snprintf(f->path, sizeof(f->path), "%s/provision-store-XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	require(mkdtemp(f->path) != NULL);
}

static inline void
fixture_deinit(struct fixture *f)
{
	char *paths[] = { f->path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	require(walk != NULL);
	for (FTSENT *e; (e = fts_read(walk)) != NULL;)
		if (e->fts_info != FTS_D)
			(void)remove(e->fts_accpath);
	(void)fts_close(walk);
}

/* A folder below it; the path is owned by the caller. */
static inline char *
fixture_folder(const struct fixture *f, const char *name)
{
	char *path = mem_printf("%s/%s", f->path, name);
	(void)mkdir(path, 0700);
	return path;
}

#endif
