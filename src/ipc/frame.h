/* SPDX-License-Identifier: MIT */
/*
 * One datagram of a link: a 16-byte head (type u16, flags u16, err i32, id u64, big-endian), the packed message, and
 * descriptors. A message of more than 128 KiB goes in a sealed memfd in front of the other descriptors,
 * which is read, never mapped. Knows sockets, not loops.
 */
#ifndef IPC_FRAME_H
#define IPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "ipc/message.h"

#define IPC_FRAME_HEAD_BYTES 16
#define IPC_FRAME_PAYLOAD_MAX (128 * 1024)   /* in the datagram; larger goes in a memfd */

struct ipc_frame {
	const struct ipc_message *row;
	bool is_reply;
	int err;                 /* of a reply: 0 or an enum err; then the payload is what is to blame (ipc/blame.h) */
	uint64_t id;             /* pairs request and reply; 0: told unasked */
	struct view payload;     /* packed message */
	int fds[IPC_FDS_MAX];
	size_t fd_count;
};

/* A pair of connected sockets, close-on-exec, nonblocking. ERR_IO. */
int ipc_frame_pair(int fds_r[2]) ERR_CHECK;
/*
 * Receives one frame without blocking into *memory (emptied first; born with IPC_FRAME_MEMORY or more) and holds it
 * against the table: may peer say this to self, sizes, flags, exactly the descriptors of its row. The payload lies in *memory; the
 * descriptors (close-on-exec) are the caller's. ERR_BUSY: nothing there. ERR_CLOSED: the end. ERR_SYNTAX: a rule was
 * broken (logged); every descriptor that came has been closed. ERR_IO.
 */
int ipc_frame_receive(int fd, enum ipc_role self, enum ipc_role peer, struct buf *memory, struct ipc_frame *f) ERR_CHECK;
#define IPC_FRAME_MEMORY ((size_t)16 << 20)

/* A frame ready to be sent. */
struct ipc_packet {
	struct buf bytes;        /* head and, up to IPC_FRAME_PAYLOAD_MAX, payload */
	int fds[IPC_FDS_MAX];    /* owned */
	size_t fd_count;
};

/* Builds *p from f, copying the payload; takes f's descriptors, also on error. Not by the table: panic. ERR_IO: no memfd. */
int ipc_packet_init(struct ipc_packet *p, const struct ipc_frame *f) ERR_CHECK;
/* Wipes the bytes, closes the descriptors. */
void ipc_packet_deinit(struct ipc_packet *p);
/* Sends without blocking. ERR_BUSY: no room now. ERR_CLOSED: the peer is gone. ERR_IO. */
int ipc_packet_send(int fd, const struct ipc_packet *p) ERR_CHECK;
/* Closes the descriptors of a received frame that nobody wants. */
void ipc_frame_drop_fds(struct ipc_frame *f);

#endif
