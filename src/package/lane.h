/* SPDX-License-Identifier: MIT */
/*
 * One thread's cipher and hash for the chunks of one package. Lanes of the same writer or reader may be used at the same time,
 * each by one thread, on different chunks.
 */
#ifndef PACKAGE_LANE_H
#define PACKAGE_LANE_H

#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "package/layout.h"
#include "package/reader.h"
#include "package/writer.h"

struct package_lane;

/* Both return owned; the writer or reader must outlive them. */
struct package_lane *package_lane_of_writer(struct package_writer *w);
struct package_lane *package_lane_of_reader(struct package_reader *r);
/* For use inside package/. */
struct package_grid;
struct package_lane *package_lane_of_grid(struct package_grid *g);
void package_lane_free(struct package_lane **lane);

/*
 * Writer. plain: exactly chunk->plain_bytes; out: chunk->stored_bytes. Records the leaf. ERR_CHANGED: the chunk had
 * another leaf before (the file changed between two passes).
 */
int package_lane_encrypt(struct package_lane *lane, const struct package_chunk *chunk, struct view plain,
    uint8_t *out) ERR_CHECK;
/* Only the leaf, for chunks that were uploaded before. ERR_CHANGED as above. */
int package_lane_hash(struct package_lane *lane, const struct package_chunk *chunk, struct view plain) ERR_CHECK;
/*
 * Reader. stored: exactly chunk->stored_bytes; out: chunk->plain_bytes, filled only when the chunk is what was signed.
 * ERR_CRYPTO: it is not (out zeroed). ERR_CONFLICT: this chunk was released already.
 */
int package_lane_decrypt(struct package_lane *lane, const struct package_chunk *chunk, struct view stored,
    uint8_t *out) ERR_CHECK;
/*
 * Reader. plain: exactly chunk->plain_bytes, decrypted and written by an earlier process: counts as released when it is what was
 * signed. ERR_CRYPTO: it is not. ERR_CONFLICT as above.
 */
int package_lane_verify(struct package_lane *lane, const struct package_chunk *chunk, struct view plain) ERR_CHECK;
/* Padding of the body: len bytes from body offset on (both sides; a reader compares). offset >= content bytes. */
int package_lane_padding(struct package_lane *lane, uint64_t offset, uint8_t *out, size_t len) ERR_CHECK;

#endif
