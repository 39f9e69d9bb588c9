/* SPDX-License-Identifier: MIT */
/*
 * A blocking client for tools: connects to a named SOCK_SEQPACKET socket, asks one thing at a time.
 */
#ifndef IPC_CALL_H
#define IPC_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ipc/message.h"

struct ipc_call;

/* ERR_NOT_FOUND: no such socket; ERR_DENIED; ERR_UNAVAILABLE: nobody listens; ERR_LIMIT: path too long; ERR_IO. */
int ipc_call_open(const char *path, enum ipc_role self, enum ipc_role peer, struct ipc_call **c_r) ERR_CHECK;
/* The same over a socket that is connected already (a socket pair); takes fd. */
struct ipc_call *ipc_call_new(int fd, enum ipc_role self, enum ipc_role peer);
void ipc_call_close(struct ipc_call **c);
/* Whether the peer has answered anything yet: it did not turn us away. */
bool ipc_call_has_answered(const struct ipc_call *c);
/*
 * Asks and waits. The reply lies in arena, which needs room for the reply row's arena_max; fds_r (IPC_FDS_MAX long, or
 * NULL when the reply has none) become the caller's. Errors: the peer's own, ERR_CLOSED, ERR_TIMEOUT, ERR_SYNTAX (the
 * message is against its limits, or the reply was), ERR_LIMIT. After ERR_CLOSED, ERR_TIMEOUT or a bad reply: close.
 */
int ipc_call(struct ipc_call *c, enum ipc_type type, const struct ProtobufCMessage *m, uint32_t timeout_ms,
    struct arena *arena, const struct ProtobufCMessage **reply_r, int *fds_r) ERR_CHECK;

/* The same for a request that carries one descriptor (*fd, taken) or none (NULL), and a reply without any. */
int ipc_call_give(struct ipc_call *c, enum ipc_type type, const struct ProtobufCMessage *m, int *fd, uint32_t timeout_ms,
    struct arena *arena, const struct ProtobufCMessage **reply_r) ERR_CHECK;

#endif
