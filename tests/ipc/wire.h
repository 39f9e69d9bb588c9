/* SPDX-License-Identifier: MIT */
/*
 * Raw datagrams for hostile tests: what a process that does not use src/ipc/ could put on a link.
 */
#ifndef TESTS_IPC_WIRE_H
#define TESTS_IPC_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_REPLY 1u
#define WIRE_MEMFD 2u

/* A head as on the wire. */
struct wire_head {
	unsigned type, flags;
	int err;
	uint64_t id;
};

/* Sends head and payload as one datagram with these descriptors (which stay the caller's). */
void wire_send(int fd, struct wire_head h, const void *payload, size_t n, const int *fds, size_t fd_count);
/* Sends n raw bytes as one datagram. */
void wire_send_raw(int fd, const void *p, size_t n);
/* A memfd of n bytes of c with these seals. */
int wire_memfd(size_t n, int c, int seals);
/* Open descriptors of this process. */
size_t wire_open_fds(void);
/* Appends a varint, a bytes field, an integer field in protobuf's encoding; returns the new length. */
size_t wire_put_varint(uint8_t *out, size_t at, uint64_t v);
size_t wire_put_bytes(uint8_t *out, size_t at, unsigned field, const void *p, size_t n);
size_t wire_put_integer(uint8_t *out, size_t at, unsigned field, uint64_t v);

#endif
