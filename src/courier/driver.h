/* SPDX-License-Identifier: MIT */
/*
 * libetpan's stream over ours: a mailstream_low_driver that reads and writes an event_stream, with what
 * libetpan lacks: a deadline for a whole reply (not for each byte of it), a limit on its size, and an error that stays.
 * Nothing else of libetpan touches the network.
 */
#ifndef COURIER_DRIVER_H
#define COURIER_DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "event/stream.h"

/* The longest reply that is read, all its lines together. */
#define DRIVER_REPLY_MAX ((size_t)16 * 1024)

struct driver;
struct _mailstream;

/* Takes stream. end_ms (monotonic): nothing goes on after it, whatever the other time-outs say. */
struct driver *driver_new(struct event_stream *stream, uint64_t end_ms);
/* Another end. */
void driver_set_end(struct driver *d, uint64_t end_ms);
/* Takes *d, accepts NULL; closes the connection. The mailstream made of it is gone before or never used again. */
void driver_free(struct driver **d);
/*
 * A mailstream over d for mailsmtp_connect(); returns owned, freed by mailstream_close() (which leaves d and the
 * connection alone) or by the mailsmtp that has it.
 */
struct _mailstream *driver_mailstream(struct driver *d);
/* Before a command: this long to write it, then this long for its whole reply. The size of the reply counts from 0. */
void driver_expect(struct driver *d, uint32_t write_ms, uint32_t read_ms);
/* TLS from now on; as event_stream_start_tls(), within timeout_ms. The mailstream's read buffer must be empty. */
int driver_start_tls(struct driver *d, struct event_tls_credentials *credentials, const char *name,
    uint32_t timeout_ms) ERR_CHECK;
/* 0, or the first error: ERR_TIMEOUT, ERR_CLOSED, ERR_IO, ERR_LIMIT (the reply was too long). It stays. */
int driver_error(const struct driver *d);
/* Why a certificate was refused, or "". */
const char *driver_reason(const struct driver *d);

#endif
