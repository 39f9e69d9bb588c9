/* SPDX-License-Identifier: MIT */
/*
 * A downloaded body, pushed in as bytes in order, decrypted and checked on all cores, handed on in order, in bounded memory
 * (about 3 MiB a thread, 16 MiB at most).
 */
#ifndef PACKAGE_DECRYPT_H
#define PACKAGE_DECRYPT_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "package/reader.h"

struct package_decrypt;

/*
 * Gets checked plaintext, in order, in the thread that calls package_decrypt_write() or _finish(). chunk->is_last: the file is
 * complete. Entries without chunks (folders, empty files) never come: make them from the manifest. An error stops all.
 */
struct package_sink {
	int (*chunk)(void *arg, const struct package_chunk *chunk, struct view plain);
	void *arg;
};

/*
 * from_chunk: the number of the first chunk that will come, for a resumed download from its stored_offset on (chunks
 * before it count as missing unless the reader released them). threads: 0 = one per core. Returns owned.
 */
struct package_decrypt *package_decrypt_new(struct package_reader *r, const struct package_sink *sink, uint32_t from_chunk,
    unsigned threads);
/* The next bytes of the body; may block for the workers and call the sink. ERR_CRYPTO: a chunk or the padding is not
 * what was signed. ERR_LIMIT: more bytes than the body has. Sink errors. Sticky. */
int package_decrypt_write(struct package_decrypt *d, struct view bytes) ERR_CHECK;
/* All bytes were written: the rest goes to the sink. ERR_CLOSED: the body was too short. */
int package_decrypt_finish(struct package_decrypt *d) ERR_CHECK;
/* Body offset from which a resumed download must go on: the first chunk the sink has not taken. */
uint64_t package_decrypt_resume_offset(const struct package_decrypt *d);
uint32_t package_decrypt_resume_chunk(const struct package_decrypt *d);
/* Chunks that were decrypted but not taken by the sink count as missing again. */
void package_decrypt_free(struct package_decrypt **d);

#endif
