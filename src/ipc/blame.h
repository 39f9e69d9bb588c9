/* SPDX-License-Identifier: MIT */
/*
 * What an error reply says beside the error: which field of the request is to blame, and, where something has a limit, the
 * limit and what of it is used. On the wire: the field's name; with a limit a NUL byte, limit and used (u64) behind it.
 */
#ifndef IPC_BLAME_H
#define IPC_BLAME_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define IPC_BLAME_FIELD_MAX 64       /* [a-z0-9_] */
#define IPC_BLAME_MAX (IPC_BLAME_FIELD_MAX + 1 + 8 + 8)

struct ipc_blame {
	char field[IPC_BLAME_FIELD_MAX + 1];   /* "": nothing is to blame */
	uint64_t limit, used;                  /* limit 0: none is meant */
};

/* field: NULL for none; one that is no field's name panics. */
struct ipc_blame ipc_blame_of(const char *field, uint64_t limit, uint64_t used);
/* Appends to out, which has room for IPC_BLAME_MAX bytes. */
void ipc_blame_write(const struct ipc_blame *blame, struct buf *out);
/* ERR_SYNTAX: not what is written so. */
int ipc_blame_parse(struct view wire, struct ipc_blame *blame_r) ERR_CHECK;

#endif
