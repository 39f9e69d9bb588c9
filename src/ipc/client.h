/* SPDX-License-Identifier: MIT */
/*
 * The asking side of a link, for event-driven roles: requests with a deadline, replies paired by id. A
 * client outlives its links: when the store restarts, a new link is attached. Nothing is sent again by itself.
 */
#ifndef IPC_CLIENT_H
#define IPC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/loop.h"
#include "ipc/blame.h"
#include "ipc/message.h"

struct ipc_client;
struct ipc_client_call;

/*
 * The end of a call. err 0: reply is the message of the row's reply type, borrowed for the callback, and fds are as many
 * as that row says, the callee's from now on. Else an enum err: the store's own answer (reply NULL), ERR_UNAVAILABLE (no
 * link, or lost before the answer: the request may or may not have been done), ERR_TIMEOUT, ERR_BUSY (too many
 * calls waiting), ERR_SYNTAX or ERR_LIMIT (the message is against its limits and was not sent).
 */
typedef void ipc_client_callback(void *arg, int err, const struct ProtobufCMessage *reply, const int *fds);

struct ipc_client_options {
	enum ipc_role self, peer;
	size_t calls_max;        /* waiting calls */
	/* The peer said something unasked; borrowed. NULL: then that cuts the link. */
	void (*told)(void *arg, enum ipc_type type, const struct ProtobufCMessage *m);
	/* The link is gone (all its calls have been answered), err as in ipc/link.h. May be NULL. */
	void (*lost)(void *arg, int err);
	void *arg;
};

struct ipc_client *ipc_client_new(struct event_loop *loop, const struct ipc_client_options *o);
/* Takes *c, accepts NULL. No callback comes any more. */
void ipc_client_free(struct ipc_client **c);
/* Takes fd. An older link is dropped, its calls end with ERR_UNAVAILABLE (from the loop). */
void ipc_client_attach(struct ipc_client *c, int fd);
void ipc_client_detach(struct ipc_client *c);
bool ipc_client_is_attached(const struct ipc_client *c);
size_t ipc_client_waiting(const struct ipc_client *c);
/*
 * Asks; type must be a request of the table. timeout_ms 0: waits as long as the link lives. fds (as many as the row
 * says, NULL for none) are taken. The message is packed before the return.
 * fn comes exactly once, from the loop, unless cancelled; the handle ends with it.
 */
struct ipc_client_call *ipc_client_call(struct ipc_client *c, enum ipc_type type, const struct ProtobufCMessage *m,
    const int *fds, uint32_t timeout_ms, ipc_client_callback *fn, void *arg);
/* The answer is not wanted any more: no callback; what was asked may still be done. Clears *call, accepts NULL. */
void ipc_client_cancel(struct ipc_client_call **call);
/* Says something unasked (a row without reply). ERR_UNAVAILABLE: no link. ERR_SYNTAX, ERR_LIMIT as above. */
int ipc_client_tell(struct ipc_client *c, enum ipc_type type, const struct ProtobufCMessage *m) ERR_CHECK;
/* Within the callback of a call that ended with an error: what the other side blames for it. Borrowed; never NULL. */
const struct ipc_blame *ipc_client_blame(const struct ipc_client *c);
/* How long answers took, errors included; a longer bound counts those of the shorter ones too. */
#define IPC_CLIENT_BOUNDS 8
struct ipc_client_times {
	struct {
		uint32_t bound_ms;
		uint64_t count;
	} within[IPC_CLIENT_BOUNDS];
	uint64_t count, sum_us;  /* of all */
};
const struct ipc_client_times *ipc_client_times(const struct ipc_client *c);

#endif
