/* SPDX-License-Identifier: MIT */
/*
 * The operator's way to the store: over the control socket of a running provisiond, or, while none runs, over a store of
 * one's own (admin/offline.h). Finds it, asks it, explains failures. For tools with the options "config", "socket" and,
 * where they work offline, "no-jail".
 */
#ifndef ADMIN_LINK_H
#define ADMIN_LINK_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"
#include "ipc/message.h"
#include "tool/verb.h"

struct ProtobufCMessage;
struct admin_link;

/* Which store will do. */
enum admin_way {
	ADMIN_RUNNING,    /* that of a running daemon only */
	ADMIN_OFFLINE,    /* one of one's own only: ERR_BUSY, explained, while a daemon has the state directory */
	ADMIN_EITHER      /* the daemon's, else one of one's own */
};

/*
 * Explains itself. ERR_CONFIG, ERR_NOT_FOUND: configuration; ERR_UNAVAILABLE: no daemon behind the socket; ERR_DENIED: not
 * root, not in the admin group. Offline also ERR_BUSY: the lock file says that a store runs, and whatever it ended with.
 * May wait for the store's recovery: minutes. *link_r owned.
 */
int admin_link_open(struct tool_call *c, enum admin_way way, struct admin_link **link_r) ERR_CHECK;
/* Takes *link, accepts NULL. A store of one's own is ended, and waited for. */
void admin_link_close(struct admin_link **link);
bool admin_link_is_offline(const struct admin_link *link);
/*
 * Asks over the call's link (its context) and waits up to timeout_s; the reply lies in arena. Explains what every request can
 * answer, but not ERR_EXISTS, ERR_SYNTAX and ERR_NOT_FOUND, whose meaning the verb knows.
 */
int admin_link_ask_in(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, unsigned timeout_s,
    struct arena *arena, const struct ProtobufCMessage **reply_r) ERR_CHECK;
/* The usual case: half a minute, in the call's arena. */
int admin_link_ask(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m,
    const struct ProtobufCMessage **reply_r) ERR_CHECK;

/* As _ask_in() for a reply with a descriptor, which becomes the caller's. */
int admin_link_ask_fd(struct tool_call *c, enum ipc_type type, const struct ProtobufCMessage *m, struct arena *arena,
    const struct ProtobufCMessage **reply_r, int *fd_r) ERR_CHECK;

/* The configuration of --config, parsed; owned by the caller. Explains itself. ERR_CONFIG, ERR_NOT_FOUND. */
int admin_link_conf(struct tool_call *c, struct conf **conf_r) ERR_CHECK;

#endif
