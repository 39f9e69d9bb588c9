/* SPDX-License-Identifier: MIT */
/*
 * Parts of a package between memory or a pipeline and the server, with progress; what send and receive share.
 */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "api/client.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "cli/session.h"
#include "package/encrypt.h"
#include "package/files.h"
#include "package/writer.h"

/* Uploads bytes in memory as a part. Errors are told. */
int cli_transfer_put(struct cli_session *s, const struct id *package, const char *part, struct view bytes) ERR_CHECK;
/*
 * Encrypts and uploads the body, from where an earlier process stopped; every leaf is there then. Errors are told but for ERR_CHANGED, ERR_DENIED, ERR_IO and ERR_NOT_FOUND of a
 * file: then *bad_r is its entry (else -1).
 */
int cli_transfer_put_body(struct cli_session *s, const struct id *package, struct package_writer *w,
    const struct package_source *source, struct api_mark *mark, int64_t *bad_r) ERR_CHECK;
/* Appends a whole part of size bytes to out. ERR_LIMIT: larger than out may become. Errors are told. */
int cli_transfer_get(struct cli_session *s, const struct id *package, const char *part, uint64_t size, struct buf *out) ERR_CHECK;
/* Downloads a part from offset on into the sink. An error of the sink is not told; others are. */
int cli_transfer_get_into(struct cli_session *s, const struct id *package, const char *part, uint64_t offset, uint64_t size,
    const struct api_sink *sink) ERR_CHECK;

#endif
