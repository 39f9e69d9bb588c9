/* SPDX-License-Identifier: MIT */
/*
 * One end of a link between two processes: a nonblocking SOCK_SEQPACKET socket in an event loop. Every
 * frame is held against the message table before anyone sees it (ipc/frame.h); whoever breaks a rule is
 * cut off. Sending never blocks: a peer that does not read until the queue is full is cut off too.
 */
#ifndef IPC_LINK_H
#define IPC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/view.h"
#include "event/loop.h"
#include "ipc/frame.h"
#include "ipc/message.h"

struct ipc_link;

struct ipc_link_options {
	enum ipc_role self, peer;
	/*
	 * A frame that fits the table; payload borrowed until the return or the link is freed, which may happen inside; fds
	 * are the callee's.
	 */
	void (*frame)(void *arg, struct ipc_link *link, struct ipc_frame *f);
	/* Over: ERR_CLOSED: the peer is gone; ERR_SYNTAX: it broke a rule; ERR_BUSY: it did not read; ERR_IO. Once, the last. */
	void (*closed)(void *arg, struct ipc_link *link, int err);
	void *arg;
	size_t queue_max;        /* bytes that may wait to be sent */
};

/* Bytes that wait to be sent. */
size_t ipc_link_queued(const struct ipc_link *link);
/* Takes fd. Callbacks come from the loop only. */
struct ipc_link *ipc_link_new(struct event_loop *loop, int fd, const struct ipc_link_options *o);
/* Takes *link, accepts NULL; cuts; no callback afterwards. */
void ipc_link_free(struct ipc_link **link);
/*
 * Queues one frame. payload is copied. Takes fds (closed when sent, dropped or failed). Against the table, or not ours to
 * say: panic.
 * ERR_CLOSED: cut already. A full queue cuts the link: ERR_BUSY here, and closed comes.
 */
int ipc_link_send_request(struct ipc_link *link, enum ipc_type type, uint64_t id, struct view payload,
    const int *fds, size_t fd_count) ERR_CHECK;
int ipc_link_send_reply(struct ipc_link *link, enum ipc_type reply, uint64_t id, int err, struct view payload,
    const int *fds, size_t fd_count) ERR_CHECK;
/* No frame callback until resume: backpressure. */
void ipc_link_pause(struct ipc_link *link);
void ipc_link_resume(struct ipc_link *link);
/* Ends a link for a broken rule that an upper layer found: closed comes with err. */
void ipc_link_cut(struct ipc_link *link, int err);
/* Who connected to a named socket (SO_PEERCRED). ERR_IO. */
int ipc_link_peer(int fd, uid_t *uid_r, gid_t *gid_r, pid_t *pid_r) ERR_CHECK;

#endif
