/* SPDX-License-Identifier: MIT */
/*
 * Datagrams with a head, a packed message and descriptors over SOCK_SEQPACKET. Holds what comes against the
 * message table before anyone else sees it, and leaves no descriptor behind. Called by ipc/link.c and
 * ipc/call.c; knows no loop and no protobuf.
 */
#include "config.h"

#include "ipc/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/log.h"
#include "ipc/blame.h"

#define FLAG_REPLY 1u
#define FLAG_MEMFD 2u
#define FLAGS_KNOWN (FLAG_REPLY | FLAG_MEMFD)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* MFD_NOEXEC_SEAL, which the headers of Debian 12 do not know */
#define MEMFD_NOEXEC_SEAL 8u

union control {
	char bytes[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
	struct cmsghdr align;
};

void
ipc_frame_drop_fds(struct ipc_frame *f)
{
	for (size_t i = 0; i < f->fd_count; i++)
		file_close(&f->fds[i]);
	f->fd_count = 0;
}

/* Every descriptor that came, also those beyond what the table allows. */
static void
take_fds(struct msghdr *msg, struct ipc_frame *f)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (f->fd_count < IPC_FDS_MAX)
				f->fds[f->fd_count++] = fd;
			else
				file_close(&fd);
		}
	}
}

static int
receive_datagram(int fd, struct buf *memory, struct ipc_frame *f)
{
	uint8_t *space;
	size_t room = IPC_FRAME_HEAD_BYTES + IPC_FRAME_PAYLOAD_MAX;
	buf_clear(memory);
	int err = buf_reserve(memory, room, &space);
	require(err == ERR_OK);
	union control control;
	struct iovec iov = { space, room };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;
	/* A peer that died with unread frames leaves ECONNRESET once, in front of what it sent before. */
	do {
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return errno == EAGAIN ? ERR_BUSY : ERR_IO;
	take_fds(&msg, f);
	if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return ERR_SYNTAX;
	if (n == 0)
		return f->fd_count == 0 ? ERR_CLOSED : ERR_SYNTAX;
	buf_commit(memory, (size_t)n);
	return ERR_OK;
}

/* What an error may bring. */
static bool
is_blame(struct view v)
{
	struct ipc_blame blame;
	return ipc_blame_parse(v, &blame) == 0;
}

static size_t
payload_max(const struct ipc_frame *f)
{
	return f->err == 0 ? f->row->bytes_max : IPC_BLAME_MAX;
}

/* Direction, kind and error of a head. */
static int
check_head(const struct ipc_frame *f, enum ipc_role self, enum ipc_role peer)
{
	const struct ipc_message *row = f->row;
	if (row == NULL || f->is_reply != (row->kind == IPC_KIND_REPLY))
		return ERR_SYNTAX;
	if ((row->from & IPC_ROLE_BIT(peer)) == 0 || (row->to & IPC_ROLE_BIT(self)) == 0)
		return ERR_SYNTAX;
	if ((f->id == 0) != (row->kind == IPC_KIND_TOLD))
		return ERR_SYNTAX;
	if (f->err > 0 || f->err <= ERR_LAST || (f->err != 0 && !f->is_reply))
		return ERR_SYNTAX;
	return ERR_OK;
}

/* Reads the message out of the memfd in front, which then leaves the list. */
static int
read_memfd(struct ipc_frame *f, struct buf *memory)
{
	int fd = f->fds[0];
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0)
		return ERR_SYNTAX;
	if (st.st_size <= (off_t)IPC_FRAME_PAYLOAD_MAX || (uint64_t)st.st_size > f->row->bytes_max)
		return ERR_SYNTAX;
	uint8_t *space;
	size_t n = (size_t)st.st_size;
	buf_clear(memory);
	if (buf_reserve(memory, n, &space) != ERR_OK || file_pread_full(fd, space, n, 0) != ERR_OK)
		return ERR_SYNTAX;
	buf_commit(memory, n);
	f->payload = buf_view(memory);
	file_close(&f->fds[0]);
	f->fd_count--;
	memmove(f->fds, f->fds + 1, f->fd_count * sizeof(int));
	return ERR_OK;
}

static int
parse(struct buf *memory, enum ipc_role self, enum ipc_role peer, struct ipc_frame *f)
{
	struct cursor c = cursor_of(buf_view(memory));
	f->row = ipc_message_find(cursor_u16(&c));
	unsigned flags = cursor_u16(&c);
	f->is_reply = (flags & FLAG_REPLY) != 0;
	f->err = (int32_t)cursor_u32(&c);
	f->id = cursor_u64(&c);
	f->payload = c.rest;
	if (c.err != 0 || (flags & ~FLAGS_KNOWN) != 0 || check_head(f, self, peer) != ERR_OK)
		return ERR_SYNTAX;
	bool has_memfd = (flags & FLAG_MEMFD) != 0;
	size_t fds = (f->err == 0 ? f->row->fds : 0) + (has_memfd ? 1 : 0);
	if (f->fd_count != fds || f->payload.len > payload_max(f))
		return ERR_SYNTAX;
	if ((has_memfd && f->payload.len != 0) || (f->err != 0 && (has_memfd || !is_blame(f->payload))))
		return ERR_SYNTAX;
	return has_memfd ? read_memfd(f, memory) : ERR_OK;
}

int
ipc_frame_receive(int fd, enum ipc_role self, enum ipc_role peer, struct buf *memory, struct ipc_frame *f)
{
	*f = (struct ipc_frame){ .row = NULL };
	int err = receive_datagram(fd, memory, f);
	if (err == ERR_OK)
		err = parse(memory, self, peer, f);
	if (err != ERR_OK)
		ipc_frame_drop_fds(f);
	if (err == ERR_SYNTAX)
		log_event(LOG_ERROR, "ipc-frame-refused", LOG_S("peer", ipc_message_role_name(peer)),
		    LOG_S("type", f->row == NULL ? "unknown" : f->row->name), LOG_U("bytes", memory->len));
	return err;
}

/* Never executable where the kernel knows how (6.3), as some are configured to insist. */
static int
open_memfd(void)
{
	int fd = memfd_create("ipc", MFD_CLOEXEC | MFD_ALLOW_SEALING | MEMFD_NOEXEC_SEAL);
	return fd < 0 && errno == EINVAL ? memfd_create("ipc", MFD_CLOEXEC | MFD_ALLOW_SEALING) : fd;
}

static int
make_memfd(struct view payload, int *fd_r)
{
	int fd = open_memfd();
	int err = fd < 0 ? ERR_IO : file_write_full(fd, payload.data, payload.len);
	if (err == ERR_OK && fcntl(fd, F_ADD_SEALS, SEALS) != 0)
		err = ERR_IO;
	if (err != ERR_OK) {
		log_event(LOG_ERROR, "memfd-failed", LOG_ERRNO(errno));
		file_close(&fd);
		return ERR_IO;
	}
	*fd_r = fd;
	return ERR_OK;
}

static void
put_head(struct buf *out, const struct ipc_frame *f, unsigned flags)
{
	int err = buf_append_u16(out, (uint16_t)f->row->type);
	if (err == ERR_OK)
		err = buf_append_u16(out, (uint16_t)flags);
	if (err == ERR_OK)
		err = buf_append_u32(out, (uint32_t)f->err);
	if (err == ERR_OK)
		err = buf_append_u64(out, f->id);
	require(err == ERR_OK);
}

int
ipc_packet_init(struct ipc_packet *p, const struct ipc_frame *f)
{
	bool is_large = f->payload.len > IPC_FRAME_PAYLOAD_MAX;
	require(f->payload.len <= payload_max(f) && (f->err == 0 || is_blame(f->payload)));
	require(f->fd_count == (f->err == 0 ? f->row->fds : 0));
	require(f->is_reply == (f->row->kind == IPC_KIND_REPLY) && (f->id == 0) == (f->row->kind == IPC_KIND_TOLD));
	*p = (struct ipc_packet){ .fd_count = 0 };
	buf_init(&p->bytes, IPC_FRAME_HEAD_BYTES + IPC_FRAME_PAYLOAD_MAX);
	int err = is_large ? make_memfd(f->payload, &p->fds[0]) : ERR_OK;
	p->fd_count = is_large && err == ERR_OK ? 1 : 0;
	for (size_t i = 0; i < f->fd_count; i++)
		p->fds[p->fd_count++] = f->fds[i];
	put_head(&p->bytes, f, (f->is_reply ? FLAG_REPLY : 0) | (is_large ? FLAG_MEMFD : 0));
	if (err == ERR_OK && !is_large)
		err = buf_append_view(&p->bytes, f->payload);
	if (err != ERR_OK)
		ipc_packet_deinit(p);
	return err;
}

void
ipc_packet_deinit(struct ipc_packet *p)
{
	buf_wipe(&p->bytes);
	buf_deinit(&p->bytes);
	for (size_t i = 0; i < p->fd_count; i++)
		file_close(&p->fds[i]);
	p->fd_count = 0;
}

int
ipc_packet_send(int fd, const struct ipc_packet *p)
{
	union control control;
	struct iovec iov = { p->bytes.data, p->bytes.len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	if (p->fd_count != 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(p->fd_count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(p->fd_count * sizeof(int));
		memcpy(CMSG_DATA(c), p->fds, p->fd_count * sizeof(int));
	}
	ssize_t n;
	do {
		n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return ERR_OK;
	return errno == EAGAIN ? ERR_BUSY : errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
}

int
ipc_frame_pair(int fds_r[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds_r) != 0) {
		log_event(LOG_ERROR, "socketpair-failed", LOG_ERRNO(errno));
		return ERR_IO;
	}
	return ERR_OK;
}
