/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a package that is being sent, so that a sending which was broken off goes on in another process, after a new login
 * or a restart of the machine. In the profile's folder, one set a package:
 *
 *   sending-PACKAGE        "PVcs" ‖ u16 1 ‖ package[16] ‖ block(box(own account's X25519 key, package key)) ‖
 *                          block(record(derive(package key, "provision/1/local-sending", package), all before, state))
 *     state = block(to) ‖ block(company) ‖ block(comment) ‖ u32 n ‖ n × block(path) ‖ block(header) ‖ block(manifest)
 *             ‖ u32 n ‖ n × (u64 inode ‖ u64 size ‖ i64 mtime ‖ i64 ctime, ns), in the manifest's order
 *   sending-PACKAGE.sent   u64 confirmed ‖ u64 sent, of the body
 *   sending-PACKAGE.seal   the seal, from before its first byte goes out: a package has only one
 *
 * One process at a time holds a set. Sets that nobody finished are removed after 30 days.
 */
#ifndef CLI_SENDING_H
#define CLI_SENDING_H

#include <stdint.h>

#include "api/client.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "cli/session.h"
#include "cli/walk.h"
#include "package/writer.h"

struct cli_sending;

/* A command to send. Strings are borrowed. */
struct cli_sending_request {
	const char *to, *company, *comment;   /* NULL: not given */
	const char *const *paths;             /* absolute */
	size_t path_count;
};

/*
 * The set of a package, or with package NULL of the same request; both NULL: the newest. ERR_NOT_FOUND: none of the
 * logged-in person's. ERR_BUSY: only one that another process holds. Not told. *x_r owned.
 */
int cli_sending_find(struct cli_session *s, const struct id *package, const struct cli_sending_request *request,
    struct cli_sending **x_r) ERR_CHECK;
/* Begins a set for the walk that w was made of, durable when it returns. Told. *x_r owned. */
int cli_sending_new(struct cli_session *s, const struct cli_sending_request *request, const struct cli_walk *walk,
    const struct package_writer *w, const struct id *package, struct cli_sending **x_r) ERR_CHECK;
/* Lets go of it; it stays. */
void cli_sending_close(struct cli_sending **x);
/* Delivered or given up: removes it. */
void cli_sending_end(struct cli_sending **x);

const struct id *cli_sending_package(const struct cli_sending *x);
/* Valid as long as x. */
const struct cli_sending_request *cli_sending_request(const struct cli_sending *x);
/*
 * Whether the files are those of then, unchanged; manifest is made of the walk. *bad_r: entry of the manifest that is not, or -1
 * when others came or went.
 */
bool cli_sending_is_same(const struct cli_sending *x, const struct cli_walk *walk, const struct package_manifest *manifest,
    const struct package_writer *w, int64_t *bad_r);
/* ERR_SYNTAX, ERR_TRUST, ...: damaged. *w_r owned. */
int cli_sending_writer(const struct cli_sending *x, struct package_writer **w_r) ERR_CHECK;
/* Of the body; keeps itself. Valid as long as x. */
struct api_mark *cli_sending_mark(struct cli_sending *x);
/* Whether there is a seal already: appended to out. ERR_NOT_FOUND. */
int cli_sending_get_seal(const struct cli_sending *x, struct buf *out) ERR_CHECK;
int cli_sending_put_seal(struct cli_sending *x, struct view seal) ERR_CHECK;

#endif
