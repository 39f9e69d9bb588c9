/* SPDX-License-Identifier: MIT */
/*
 * Raw datagrams and raw protobuf for hostile tests. Knows nothing of src/ipc/ but the wire format.
 */
#include "config.h"

#include "ipc/wire.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

void
wire_send(int fd, struct wire_head h, const void *payload, size_t n, const int *fds, size_t fd_count)
{
	uint8_t head[16] = { (uint8_t)(h.type >> 8), (uint8_t)h.type, (uint8_t)(h.flags >> 8), (uint8_t)h.flags };
	for (int i = 0; i < 4; i++)
		head[4 + i] = (uint8_t)((uint32_t)h.err >> (24 - 8 * i));
	for (int i = 0; i < 8; i++)
		head[8 + i] = (uint8_t)(h.id >> (56 - 8 * i));
	uint8_t *copy = mem_dup(payload == NULL ? "" : payload, n);
	struct iovec iov[2] = { { head, sizeof(head) }, { copy, n } };
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 32)];
		struct cmsghdr align;
	} control;
	memset(&control, 0, sizeof(control));
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	if (fd_count != 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
	}
	assert_int_equal(sendmsg(fd, &msg, MSG_NOSIGNAL), (ssize_t)(n + sizeof(head)));
	mem_free(&copy);
}

void
wire_send_raw(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

int
wire_memfd(size_t n, int c, int seals)
{
	int fd = memfd_create("wire", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(fd >= 0);
	uint8_t *bytes = mem_alloc(n);
	memset(bytes, c, n);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	mem_free(&bytes);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

size_t
wire_open_fds(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

size_t
wire_put_varint(uint8_t *out, size_t at, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		out[at++] = (uint8_t)(v | 0x80);
	out[at++] = (uint8_t)v;
	return at;
}

size_t
wire_put_bytes(uint8_t *out, size_t at, unsigned field, const void *p, size_t n)
{
	at = wire_put_varint(out, at, field << 3 | 2);
	at = wire_put_varint(out, at, n);
	if (n != 0)
		memcpy(out + at, p, n);
	return at + n;
}

size_t
wire_put_integer(uint8_t *out, size_t at, unsigned field, uint64_t v)
{
	at = wire_put_varint(out, at, field << 3);
	return wire_put_varint(out, at, v);
}
