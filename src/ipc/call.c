/* SPDX-License-Identifier: MIT */
/*
 * One request and its reply over a named socket, waiting. For provisionctl and other tools; roles use
 * ipc/client.h. Knows frames and the message table.
 */
#include "config.h"

#include "ipc/call.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/file.h"
#include "base/mem.h"
#include "ipc/frame.h"

struct ipc_call {
	int fd;
	enum ipc_role self, peer;
	uint64_t id;             /* of the last request */
	bool has_answered;
};

struct ipc_call *
ipc_call_new(int fd, enum ipc_role self, enum ipc_role peer)
{
	struct ipc_call *c = mem_alloc(sizeof(*c));
	*c = (struct ipc_call){ .fd = fd, .self = self, .peer = peer };
	return c;
}

int
ipc_call_open(const char *path, enum ipc_role self, enum ipc_role peer, struct ipc_call **c_r)
{
	*c_r = NULL;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	if (n >= sizeof(sun.sun_path))
		return ERR_LIMIT;
	memcpy(sun.sun_path, path, n + 1);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) != 0) {
		int err = errno == ECONNREFUSED ? ERR_UNAVAILABLE : err_from_errno(errno);
		file_close(&fd);
		return err;
	}
	*c_r = ipc_call_new(fd, self, peer);
	return ERR_OK;
}

void
ipc_call_close(struct ipc_call **c)
{
	if (*c == NULL)
		return;
	file_close(&(*c)->fd);
	mem_free(c);
}

bool
ipc_call_has_answered(const struct ipc_call *c)
{
	return c->has_answered;
}

/* Waits for the socket until end_ms (monotonic). */
static int
wait_for(int fd, short events, uint64_t end_ms)
{
	uint64_t now = clock_mono_ms();
	if (now >= end_ms)
		return ERR_TIMEOUT;
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t left = end_ms - now;
	int n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
	return n < 0 && errno != EINTR ? ERR_IO : ERR_OK;
}

static int
send_request(struct ipc_call *c, const struct ipc_message *row, const struct ProtobufCMessage *m, int *fd, uint64_t end_ms)
{
	struct buf packed;
	buf_init(&packed, row->bytes_max);
	int err = ipc_message_pack(row, m, &packed);
	if (err != ERR_OK)
		goto out;
	struct ipc_packet packet;
	struct ipc_frame f = { .row = row, .id = ++c->id, .payload = buf_view(&packed) };
	if (fd != NULL) {
		f.fds[f.fd_count++] = *fd;
		*fd = -1;
	}
	err = ipc_packet_init(&packet, &f);
	if (err != ERR_OK)
		goto out;
	while ((err = ipc_packet_send(c->fd, &packet)) == ERR_BUSY) {
		err = wait_for(c->fd, POLLOUT, end_ms);
		if (err != ERR_OK)
			break;
	}
	ipc_packet_deinit(&packet);
out:
	if (fd != NULL)
		file_close(fd);
	buf_wipe(&packed);
	buf_deinit(&packed);
	return err;
}

/* The reply to the last request; what else is said meanwhile is passed over. */
static int
receive_reply(struct ipc_call *c, struct buf *memory, struct ipc_frame *f, uint64_t end_ms)
{
	for (;;) {
		int err = ipc_frame_receive(c->fd, c->self, c->peer, memory, f);
		if (err == ERR_BUSY)
			err = wait_for(c->fd, POLLIN, end_ms);
		else if (err == ERR_OK && f->is_reply && f->id == c->id)
			return ERR_OK;
		else if (err == ERR_OK)
			ipc_frame_drop_fds(f);
		if (err != ERR_OK)
			return err;
	}
}

/* fd: given along; fds_r: of the reply; NULL: none. */
static int
exchange(struct ipc_call *c, const struct ipc_message *row, const struct ProtobufCMessage *m, int *fd, uint32_t timeout_ms,
    struct arena *arena, const struct ProtobufCMessage **reply_r, int *fds_r)
{
	require(row != NULL && row->kind == IPC_KIND_REQUEST && row->fds == (fd == NULL ? 0 : 1));
	*reply_r = NULL;
	uint64_t end_ms = clock_mono_ms() + timeout_ms;
	struct ipc_frame f = { .row = NULL };
	struct buf memory;
	buf_init(&memory, IPC_FRAME_MEMORY);
	int err = send_request(c, row, m, fd, end_ms);
	if (err == ERR_OK)
		err = receive_reply(c, &memory, &f, end_ms);
	c->has_answered |= err == ERR_OK;
	if (err == ERR_OK && f.row->type != row->reply)
		err = ERR_SYNTAX;
	if (err == ERR_OK)
		err = f.err;
	if (err == ERR_OK)
		err = ipc_message_unpack(f.row, f.payload, arena, reply_r);
	if (err == ERR_OK && f.fd_count != 0 && fds_r != NULL)
		memcpy(fds_r, f.fds, f.fd_count * sizeof(int));
	else
		ipc_frame_drop_fds(&f);
	buf_wipe(&memory);
	buf_deinit(&memory);
	return err;
}

int
ipc_call(struct ipc_call *c, enum ipc_type type, const struct ProtobufCMessage *m, uint32_t timeout_ms,
    struct arena *arena, const struct ProtobufCMessage **reply_r, int *fds_r)
{
	return exchange(c, ipc_message_find(type), m, NULL, timeout_ms, arena, reply_r, fds_r);
}

int
ipc_call_give(struct ipc_call *c, enum ipc_type type, const struct ProtobufCMessage *m, int *fd, uint32_t timeout_ms,
    struct arena *arena, const struct ProtobufCMessage **reply_r)
{
	return exchange(c, ipc_message_find(type), m, fd, timeout_ms, arena, reply_r, NULL);
}
