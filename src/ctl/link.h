/* SPDX-License-Identifier: MIT */
/*
 * The control socket of a running provisiond: finds it, asks the store, explains failures.
 */
#ifndef CTL_LINK_H
#define CTL_LINK_H

#include "base/err.h"
#include "ipc/call.h"
#include "tool/verb.h"

struct ProtobufCMessage;

/*
 * By --socket, else by the configuration of --config. Explains itself. ERR_CONFIG, ERR_NOT_FOUND: configuration;
 * ERR_UNAVAILABLE: no daemon behind the socket; ERR_DENIED: not root, not in the admin group.
 */
int ctl_link_open(struct tool_call *c, struct ipc_call **link_r) ERR_CHECK;
/* Asks over the call's link; the reply lies in the call's arena. Explains what every request can answer, but not ERR_EXISTS,
 * ERR_SYNTAX and ERR_NOT_FOUND, whose meaning the verb knows. */
int ctl_link_ask(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m,
    const struct ProtobufCMessage **reply_r) ERR_CHECK;

#endif
