/* SPDX-License-Identifier: MIT */
/*
 * A small synchronous byte stream over a socket, plain or TLS as a client, for disposable processes that do
 * one thing at a time. Every call blocks for at most the time-out. No loop, no resolver, no files. Nothing
 * is buffered above the kernel and TLS.
 */
#ifndef EVENT_STREAM_H
#define EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"
#include "event/address.h"
#include "event/tls.h"

struct event_stream;

/* Connects to a numeric address. timeout_ms is also that of every later call. ERR_TIMEOUT; ERR_UNAVAILABLE: refused or
 * unreachable; ERR_IO: no socket. */
int event_stream_connect(const struct event_address *peer, uint32_t timeout_ms, struct event_stream **s_r) ERR_CHECK;
/* Takes a connected socket (also of a socket pair). */
struct event_stream *event_stream_new(int fd, uint32_t timeout_ms);
/* Takes *s, accepts NULL; TLS bye if possible without waiting. */
void event_stream_free(struct event_stream **s);
/*
 * Goes over to TLS: at once after connecting, or after STARTTLS. host (a DNS name or a numeric address) must be in the
 * certificate, which must lead to an authority in credentials and be valid now.
 * ERR_TRUST: certificate (reason in event_stream_reason()); ERR_SYNTAX: handshake failed; ERR_STATE: TLS already, or
 * plain bytes are waiting that the peer sent behind its STARTTLS answer. The stream is of no use after an error.
 */
int event_stream_start_tls(struct event_stream *s, struct event_tls_credentials *credentials, const char *host) ERR_CHECK;
bool event_stream_is_tls(const struct event_stream *s);
/* At least one byte, at most n. ERR_CLOSED: the end; ERR_TIMEOUT; ERR_IO: broken, also a TLS stream cut without a bye. */
int event_stream_read(struct event_stream *s, void *p, size_t n, size_t *n_r) ERR_CHECK;
/* Everything. ERR_CLOSED, ERR_TIMEOUT, ERR_IO. */
int event_stream_write(struct event_stream *s, struct view v) ERR_CHECK;
/* Time-out of the following calls. */
void event_stream_set_timeout(struct event_stream *s, uint32_t timeout_ms);
/* The descriptor, for poll() only; owned by the stream. */
int event_stream_fd(const struct event_stream *s);
/* Why a certificate was refused, one English sentence for the log; "" if it was not. */
const char *event_stream_reason(const struct event_stream *s);

#endif
