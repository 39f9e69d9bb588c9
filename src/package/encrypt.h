/* SPDX-License-Identifier: MIT */
/*
 * The body of a package as a stream of bytes to be uploaded, read from the files, hashed and encrypted on all cores, in order,
 * in bounded memory (about 3 MiB a thread, 16 MiB at most). The caller pulls; worker threads work ahead.
 */
#ifndef PACKAGE_ENCRYPT_H
#define PACKAGE_ENCRYPT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "package/writer.h"

struct package_encrypt;

/* How worker threads get at the files: may be called by several at once, for different entries or the same. */
struct package_source {
	/* A new read-only descriptor of the entry's file, closed by the pipeline. */
	int (*open)(void *arg, uint32_t entry, int *fd_r);
	void *arg;
};

/* Kind, size, time and executable bit of an entry (not its path), as the pipeline will compare them later.
 * ERR_UNSUPPORTED: neither a file nor a folder. */
int package_encrypt_describe(const struct stat *st, struct package_entry *entry) ERR_CHECK;
/*
 * Starts at from_offset of the body; chunks that lie wholly before it are only hashed (and only if they have no leaf yet).
 * threads: 0 = one per core. w and source->arg are used by threads until package_encrypt_free(). Returns owned.
 */
struct package_encrypt *package_encrypt_new(struct package_writer *w, const struct package_source *source, uint64_t from_offset,
    unsigned threads);
/*
 * The next bytes of the body: blocks until there are some. *n_r = 0: the end; every leaf is there now. ERR_CHANGED: a
 * file's size, time or identity is not what the manifest says or changed while it was read. Other errors: from open()
 * or reading. After an error every further call gives the same one.
 */
int package_encrypt_read(struct package_encrypt *e, void *out, size_t max, size_t *n_r) ERR_CHECK;
/* The entry the last error was about, or -1. */
int64_t package_encrypt_bad_entry(const struct package_encrypt *e);
/* Stops the threads (at once) and frees. */
void package_encrypt_free(struct package_encrypt **e);

#endif
